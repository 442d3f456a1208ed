//! What commands do: each command of a script becomes one [`Effect`], and never one that claims
//! less than the command may do.

use std::collections::BTreeSet;

use crate::source::Range;

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
