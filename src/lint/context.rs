//! What a rule may look at: the runbook, the effects of its commands, the settings, other files.

use crate::config::Config;
use crate::effect::{Analyser, Effect, RunbookEffects, Scope, Target, TargetId};
use crate::runbook::{Block, BlockId, Runbook, SectionId, Step, StepId, StepKind};
use crate::source::{Range, SourceFile, Span};
use crate::workspace::Workspace;

/// A runbook with everything that is known about it.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The text.
    pub file: &'a SourceFile,
    /// The folder of the file relative to the root, without a slash at the end.
    pub folder: &'a str,
    /// What the markdown says.
    pub runbook: &'a Runbook,
    /// What its blocks and the code in its gate and probe sentences do.
    pub effects: &'a RunbookEffects,
    /// For commands that stand elsewhere, such as in the cells of a revert table.
    pub analyser: &'a Analyser<'a>,
    /// The project's settings.
    pub config: &'a Config,
    /// The other files of the project.
    pub workspace: &'a Workspace,
}

/// A command with its place in the runbook.
#[derive(Debug, Clone)]
pub(crate) struct Use<'a> {
    pub(crate) effect: &'a Effect,
    pub(crate) span: Span,
    /// The effect's targets, with the host or unit they are on where the label or the command says
    /// so: `nginx` on web1 is another object than `nginx` on web2.
    pub(crate) targets: Vec<Target>,
    /// The host or unit the command runs on, where it is known.
    pub(crate) host: Option<Target>,
}

impl<'a> Use<'a> {
    /// A command at `span`, run at `place` as a label names it.
    pub(crate) fn new(effect: &'a Effect, span: Span, place: Option<&str>) -> Self {
        let containers = containers_of(effect, place);
        Use {
            effect,
            span,
            targets: placed(effect, &containers),
            host: as_target(&containers),
        }
    }

    /// Whether the command changes the system.
    pub(crate) fn mutates(&self) -> bool {
        self.effect.mutates()
    }

    /// Whether something is true of the command; see the facets of the knowledge base.
    pub(crate) fn has(&self, facet: &str) -> bool {
        self.effect.facets.contains(facet)
    }
}

/// The host or unit that an effect happens on, innermost first; empty where nobody says.
fn containers_of(effect: &Effect, place: Option<&str>) -> Vec<(String, TargetId)> {
    match &effect.scope {
        Scope::Remote { kind, id } => containers(kind, id),
        Scope::Host | Scope::Workspace | Scope::Session => place.map_or_else(Vec::new, |place| {
            let is_unit = place.rsplit('/').next().is_some_and(is_number);
            containers(if is_unit { "juju-unit" } else { "host" }, place)
        }),
        Scope::Network => Vec::new(),
    }
}

fn as_target(containers: &[(String, TargetId)]) -> Option<Target> {
    let ((kind, id), within) = containers.split_first()?;
    Some(Target {
        kind: kind.clone(),
        id: id.clone(),
        within: within.to_vec(),
    })
}

/// The targets of an effect, put into the place where the command acts.
fn placed(effect: &Effect, containers: &[(String, TargetId)]) -> Vec<Target> {
    let place = |target: &Target| {
        // The current host of a command that runs elsewhere is that other host.
        if target.kind == "host"
            && target.id == TargetId::Ambient
            && let Some(host) = as_target(containers)
        {
            return host;
        }
        let mut target = target.clone();
        for (kind, id) in containers {
            if !target.within.iter().any(|(known, _)| known == kind) {
                target.within.push((kind.clone(), id.clone()));
            }
        }
        target
    };
    // An assignment such as `api=example.org/api:2` is no object, though it has a slash.
    let objects = effect.targets.iter().filter(|it| !it.kind.contains('='));
    objects.map(place).collect()
}

/// The host or unit with this name; a unit lies in its application.
fn containers(kind: &str, id: &str) -> Vec<(String, TargetId)> {
    let name = id.rsplit('@').next().unwrap_or(id);
    let named = |name: &str| {
        let bare = name.trim_matches(['<', '>']);
        if bare == name {
            TargetId::Named(name.to_owned())
        } else {
            TargetId::Placeholder(bare.to_owned())
        }
    };
    let mut found = vec![(kind.to_owned(), named(name))];
    if kind == "juju-unit"
        && let Some((app, _)) = name.split_once('/')
    {
        found.push(("juju-app".to_owned(), named(app)));
    }
    found
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Where a label says that its step runs: the last hop of `jumphost -> magnum/0`.
pub(crate) fn place(step: &Step) -> Option<&str> {
    let location = step.label.location.as_ref()?;
    let last = location.text.rsplit("->").next()?.trim();
    Some(last.strip_prefix("on ").unwrap_or(last).trim())
}

/// A point of the runbook where commands run, in document order.
#[derive(Debug, Clone)]
pub(crate) struct Event<'a> {
    /// What its label says; `None` for a block without a label.
    pub(crate) kind: Option<StepKind>,
    /// The step, when it is one.
    pub(crate) step: Option<&'a Step>,
    /// The section it stands in.
    pub(crate) section: Option<SectionId>,
    /// Its place.
    pub(crate) span: Span,
    /// The commands of its block and of the code in its sentences. A step that runs another one's
    /// block again has that block's commands.
    pub(crate) uses: Vec<Use<'a>>,
}

impl<'a> Context<'a> {
    /// The points where commands run: steps and blocks without a label, in document order.
    pub(crate) fn events(&self) -> Vec<Event<'a>> {
        let steps = self.runbook.steps.iter().enumerate().map(|(index, step)| {
            let mut uses = self
                .step_block(step)
                .map_or_else(Vec::new, |id| self.uses(id));
            uses.extend(self.inline_uses(StepId(index)));
            Event {
                kind: Some(step.kind),
                step: Some(step),
                section: step.section,
                span: step.span,
                uses,
            }
        });
        let unlabelled = self.unlabelled().map(|(id, block)| Event {
            kind: None,
            step: None,
            section: block.section,
            span: block.span,
            uses: self.uses(id),
        });
        let mut events: Vec<Event<'a>> = steps.chain(unlabelled).collect();
        events.sort_by_key(|event| event.span);
        events
    }

    /// The steps of one kind.
    pub(crate) fn steps(&self, kind: StepKind) -> impl Iterator<Item = (StepId, &'a Step)> {
        self.runbook
            .steps
            .iter()
            .enumerate()
            .filter(move |(_, step)| step.kind == kind)
            .map(|(index, step)| (StepId(index), step))
    }

    /// The blocks that belong to no step.
    pub(crate) fn unlabelled(&self) -> impl Iterator<Item = (BlockId, &'a Block)> {
        self.runbook
            .blocks
            .iter()
            .enumerate()
            .filter(|(_, block)| block.step.is_none())
            .map(|(index, block)| (BlockId(index), block))
    }

    /// The block a step runs: its own, or that of the step it refers to.
    fn step_block(&self, step: &Step) -> Option<BlockId> {
        let own = step.block;
        own.or_else(|| {
            let number = &step.refers_to.as_ref()?.text;
            let referred = self
                .runbook
                .steps
                .iter()
                .find(|other| other.number == *number && other.block.is_some())?;
            referred.block
        })
    }

    /// The commands of a block, in order.
    pub(crate) fn uses(&self, id: BlockId) -> Vec<Use<'a>> {
        self.uses_of_block(id, &|_| true).collect()
    }

    fn uses_of_block<'b>(
        &self,
        id: BlockId,
        wanted: &'b dyn Fn(&Effect) -> bool,
    ) -> impl Iterator<Item = Use<'a>> + use<'a, 'b> {
        let block = self.runbook.block(id);
        let content = &block.content;
        let place = block.step.and_then(|step| place(self.runbook.step(step)));
        let analysis = self.effects.block(id);
        analysis
            .map(|analysis| analysis.effects.as_slice())
            .unwrap_or_default()
            .iter()
            .filter(|effect| wanted(effect))
            .map(move |effect| Use::new(effect, content.span(effect.range), place))
    }

    /// The commands in the sentences of a step, in order.
    pub(crate) fn inline_uses(&self, id: StepId) -> Vec<Use<'a>> {
        self.uses_of_sentences(id, &|_| true).collect()
    }

    fn uses_of_sentences<'b>(
        &self,
        id: StepId,
        wanted: &'b dyn Fn(&Effect) -> bool,
    ) -> impl Iterator<Item = Use<'a>> + use<'a, 'b> {
        let step = self.runbook.step(id);
        let pairs = step.inline.iter().zip(self.effects.inline(id));
        pairs.flat_map(move |(inline, analysis)| {
            let uses = analysis.effects.iter().filter(|effect| wanted(effect));
            uses.map(|effect| Use::new(effect, inline.content.span(effect.range), None))
        })
    }

    /// The commands of all blocks and sentences, each once, in document order.
    pub(crate) fn own_uses(&self) -> Vec<Use<'a>> {
        self.own_uses_where(&|_| true)
    }

    /// Those of [`Context::own_uses`] of which something is true; see the facets of the knowledge
    /// base.
    pub(crate) fn own_uses_with(&self, facet: &str) -> Vec<Use<'a>> {
        self.own_uses_where(&|effect| effect.facets.contains(facet))
    }

    fn own_uses_where(&self, wanted: &dyn Fn(&Effect) -> bool) -> Vec<Use<'a>> {
        let blocks = (0..self.runbook.blocks.len())
            .flat_map(|index| self.uses_of_block(BlockId(index), wanted));
        let inline = (0..self.runbook.steps.len())
            .flat_map(|index| self.uses_of_sentences(StepId(index), wanted));
        let mut uses: Vec<Use<'a>> = blocks.chain(inline).collect();
        uses.sort_by_key(|one| one.span);
        uses
    }

    /// The place of `part` inside `span`; the whole span where it is not written there.
    pub(crate) fn part(&self, span: Span, part: &str) -> Span {
        match self.file.slice(span).find(part) {
            Some(at) => {
                let start = span.start + u32::try_from(at).unwrap_or(0);
                let length = u32::try_from(part.len()).unwrap_or(0);
                Span::new(span.file, start, start + length)
            }
            None => span,
        }
    }

    /// The span of a range of a block's content.
    pub(crate) fn span(&self, block: &Block, range: Range) -> Span {
        block.content.span(range)
    }

    /// What stands at `span`, for a message: its first line in backticks, continued lines joined,
    /// cut where it is long.
    pub(crate) fn quote(&self, span: Span) -> String {
        const LONGEST: usize = 72;
        let joined = self
            .file
            .slice(span)
            .replace("\\\r\n", "")
            .replace("\\\n", "");
        let line = joined.lines().next().unwrap_or("");
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        let line = line.trim_end_matches(['|', ' ']);
        let cut: String = line.chars().take(LONGEST).collect();
        if cut.len() < line.len() {
            format!("`{}...`", cut.trim_end())
        } else {
            format!("`{cut}`")
        }
    }
}

/// A target in words: `juju-app keystone`, `the current juju-model`.
pub(crate) fn describe(target: &Target) -> String {
    let kind = &target.kind;
    match &target.id {
        TargetId::Named(id) => format!("{kind} `{id}`"),
        TargetId::Placeholder(name) => format!("{kind} `<{name}>`"),
        TargetId::Ambient => format!("the current {kind}"),
        TargetId::All => format!("every {kind}"),
        TargetId::Unknown => format!("some {kind}"),
    }
}

/// Commands by place: several effects of one command (a followed script) become one group.
pub(crate) fn by_place<'a>(uses: impl IntoIterator<Item = Use<'a>>) -> Vec<Vec<Use<'a>>> {
    let mut groups: Vec<Vec<Use<'a>>> = Vec::new();
    for one in uses {
        match groups
            .iter_mut()
            .find(|group| group.first().is_some_and(|first| first.span == one.span))
        {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups
}
