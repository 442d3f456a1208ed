//! What commands do: each command of a script becomes one [`Effect`], and never one that claims
//! less than the command may do.

mod arguments;
mod builtins;
mod code;
mod flow;
mod matching;
mod paths;
mod relate;
pub mod report;
mod resolve;
mod script;
pub mod spec;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Config;
use crate::runbook::{BlockId, Runbook, StepId};
use crate::shell::{self, Dialect, Script};
use crate::source::Range;
use crate::workspace::Workspace;

pub use relate::{covers, may_touch, touches};
pub use spec::{Knowledge, SpecError};

/// Everything an analysis looks at besides the text itself.
#[derive(Debug)]
pub struct Analyser<'a> {
    /// What is known about tools.
    pub knowledge: &'a Knowledge,
    /// Where scripts are looked for.
    pub workspace: &'a Workspace,
    /// Files that only set variables (`[session] source`).
    pub session_source: &'a [String],
}

impl<'a> Analyser<'a> {
    /// An analyser for a project: `knowledge` comes from [`Knowledge::with_config`].
    pub fn new(knowledge: &'a Knowledge, config: &'a Config, workspace: &'a Workspace) -> Self {
        Analyser {
            knowledge,
            workspace,
            session_source: &config.session.source,
        }
    }

    /// What a text does when it is run in a fresh shell in the workspace's root. A text that is
    /// not shell has one effect that says so.
    pub fn text(&self, text: &str) -> Analysis {
        self.script(&shell::parse(text, Some("sh")))
    }

    /// What a parsed text does when it is run in a fresh shell in the workspace's root.
    pub fn script(&self, script: &Script) -> Analysis {
        let mut walker = flow::Walker::new(self);
        let mut state = flow::State::new();
        let cx = walker.top(script);
        walker.script(script, &mut state, &cx);
        Analysis {
            effects: walker.effects,
        }
    }

    /// What the blocks and inline commands of a runbook do, as one shell runs them in document
    /// order.
    pub fn runbook(&self, runbook: &Runbook) -> RunbookEffects {
        let mut found = RunbookEffects::default();
        let mut state = flow::State::new();
        for (index, block) in runbook.blocks.iter().enumerate() {
            let analysis = match &block.script {
                Some(script) => match &script.dialect {
                    Dialect::Shell | Dialect::Sql { .. } => self.next(script, &mut state),
                    // Expected output, tables, configuration: nothing that runs.
                    Dialect::Other { .. } => Analysis::default(),
                },
                None => Analysis::default(),
            };
            found.blocks.insert(BlockId(index), analysis);
        }
        for (index, step) in runbook.steps.iter().enumerate() {
            let analyses: Vec<Analysis> = step
                .inline
                .iter()
                .map(|command| {
                    let mut own = flow::State::new();
                    self.next(&command.script, &mut own)
                })
                .collect();
            if !analyses.is_empty() {
                found.inline.insert(StepId(index), analyses);
            }
        }
        found
    }

    fn next(&self, script: &Script, state: &mut flow::State) -> Analysis {
        let mut walker = flow::Walker::new(self);
        let cx = walker.top(script);
        walker.script(script, state, &cx);
        Analysis {
            effects: walker.effects,
        }
    }
}

/// What the parts of a runbook do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunbookEffects {
    /// What each block does; empty for blocks that are not shell.
    pub blocks: BTreeMap<BlockId, Analysis>,
    /// What the inline commands of a step do, in their order; steps without are not here.
    pub inline: BTreeMap<StepId, Vec<Analysis>>,
}

impl RunbookEffects {
    /// What a block does.
    pub fn block(&self, block: BlockId) -> Option<&Analysis> {
        self.blocks.get(&block)
    }

    /// What the inline commands of a step do.
    pub fn inline(&self, step: StepId) -> &[Analysis] {
        self.inline.get(&step).map_or(&[], Vec::as_slice)
    }
}

/// How much a command changes, weakest first; joining takes the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Class {
    /// Nothing runs: no command.
    #[default]
    None,
    /// No persistent change beyond logs; changes of the shell session only.
    Read,
    /// The operator's own files, client configuration and credentials.
    LocalWrite,
    /// The managed system, services, packages, system paths, any remote object.
    Mutate,
    /// Irreversible loss.
    Destroy,
}

impl Class {
    /// The word users read: `none`, `read`, `local-write`, `mutate`, `destroy`.
    pub fn word(self) -> &'static str {
        match self {
            Class::None => "none",
            Class::Read => "read",
            Class::LocalWrite => "local-write",
            Class::Mutate => "mutate",
            Class::Destroy => "destroy",
        }
    }
}

/// Where an effect happens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The shell session only: variables, working directory.
    Session,
    /// The operator's files.
    Workspace,
    /// The host the command runs on.
    Host,
    /// Another host or container, reached by ssh, `kubectl exec` and the like.
    Remote {
        /// What it is: `host`, `pod`, `container`, `juju-unit`.
        kind: String,
        /// Its name as written; a placeholder keeps its brackets.
        id: String,
    },
    /// A service reached over the network by its own client.
    Network,
}

/// Which object of its kind a command is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TargetId {
    /// This one.
    Named(String),
    /// The one a placeholder will name (its name, without brackets).
    Placeholder(String),
    /// The one in force: the current model, context, project.
    Ambient,
    /// All of the kind, as a list command reads them.
    All,
    /// A set or value that cannot be known here.
    Unknown,
}

/// An object a command reads or changes, with what contains it, innermost first:
/// `juju-app keystone` in `juju-model openstack` in `juju-controller (ambient)`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// The kind, such as `juju-app`, `systemd-unit`, `k8s-pod`, `http`.
    pub kind: String,
    /// Which one.
    pub id: TargetId,
    /// The containers, innermost first.
    pub within: Vec<(String, TargetId)>,
}

/// One link of the chain that explains an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What was recognised, such as `juju refresh: mutates juju-app keystone`.
    pub text: String,
    /// The place in the analysed text; in `file` when that is given.
    pub range: Range,
    /// The followed script and line the link lies in, such as `scripts/x.sh:14`.
    pub file: Option<String>,
}

/// A command after wrappers, variables and aliases were resolved, with its arguments sorted out by
/// the knowledge base: what policies are matched on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The tool, such as `juju`.
    pub tool: String,
    /// The verb path, such as `["refresh"]` or `["server", "delete"]`; empty for tools without.
    pub verb: Vec<String>,
    /// The options with their values, in order; names as written.
    pub options: Vec<(String, Option<Argument>)>,
    /// The operands after the verb.
    pub operands: Vec<Argument>,
}

/// An argument as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// The text where it is known; placeholders as `<name>`, unknown parts as `$NAME` or `$(...)`.
    pub text: String,
    /// Whether `text` is exactly what the command gets.
    pub known: bool,
    /// The placeholder that the argument is, when it is nothing else.
    pub placeholder: Option<String>,
    /// The place in the analysed text.
    pub range: Range,
}

/// What one command does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The class.
    pub class: Class,
    /// Whether it may do more than is known.
    pub unknown: bool,
    /// Where it happens.
    pub scope: Scope,
    /// Whether it may not run at all (behind `||`, in `if`, `case`, a loop).
    pub may: bool,
    /// Whether it may run more than once (in a loop, under `xargs`, `watch`).
    pub repeated: bool,
    /// Whether it is started in the background.
    pub background: bool,
    /// What else is true of it: `channel`, `restart`, `credentials-read`, `data-loss`, `backup`,
    /// `interactive`, `opaque-code`, `downloads-code`, `dry-run` ... (see `commands/README.md`).
    pub facets: BTreeSet<String>,
    /// What it reads or changes.
    pub targets: Vec<Target>,
    /// Why, outermost wrapper first.
    pub reasons: Vec<Reason>,
    /// The command, when it is one the analysis could take apart.
    pub invocation: Option<Invocation>,
    /// The place of the whole command in the analysed text.
    pub range: Range,
}

impl Effect {
    /// Whether the command certainly changes nothing but logs.
    pub fn is_proven_read_only(&self) -> bool {
        self.class <= Class::Read && !self.unknown
    }

    /// Whether the command changes the managed system.
    pub fn mutates(&self) -> bool {
        self.class >= Class::Mutate
    }
}

/// What a text does: the effects of its commands in order, those of followed scripts and functions
/// included at the place of the call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Analysis {
    /// One effect a command.
    pub effects: Vec<Effect>,
}

impl Analysis {
    /// The strongest class of all commands.
    pub fn class(&self) -> Class {
        self.effects
            .iter()
            .map(|effect| effect.class)
            .max()
            .unwrap_or_default()
    }

    /// Whether any command may do more than is known.
    pub fn unknown(&self) -> bool {
        self.effects.iter().any(|effect| effect.unknown)
    }

    /// Whether every command is proven read-only.
    pub fn is_proven_read_only(&self) -> bool {
        self.effects.iter().all(Effect::is_proven_read_only)
    }

    /// The commands that change the managed system, in order.
    pub fn mutations(&self) -> impl Iterator<Item = &Effect> {
        self.effects.iter().filter(|effect| effect.mutates())
    }
}
