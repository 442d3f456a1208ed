//! The revert tables of a runbook, put beside the steps they take back.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Context, Kind, PlanBlock, PlanStep, effect_lines, fill_in, is_safe, plain, plan_block,
};
use crate::effect::{Analyser, Analysis, Class, Effect, Target, TargetId};
use crate::runbook::{Cell, Runbook, TableKind};
use crate::shell::{self, Dialect, Script};
use crate::source::Excerpt;

/// The way back from one step of the plan, as the runbook's revert table has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PlanRevert {
    /// What people type to approve it: `R` and the number of the step.
    pub number: String,
    /// The number of the step it takes back.
    pub of: String,
    /// The first cell of the row.
    pub layer: String,
    /// The cell with the way back, as it reads.
    pub way: String,
    /// What holds where there is no way back.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub posture: String,
    /// The commands of the way back, in order; each is approved on its own. Empty where a person
    /// has nothing to run.
    pub parts: Vec<RevertPart>,
}

/// One command of a way back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct RevertPart {
    /// What runs.
    pub block: PlanBlock,
    /// What it does to what, a line each.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub effects: Vec<String>,
}

/// A row of a revert table.
pub(super) struct RevertRow<'a> {
    layer: &'a Cell,
    way: &'a Cell,
    posture: Option<&'a Cell>,
    commands: Vec<Command<'a>>,
}

/// A command in the cell of the way back.
pub(super) struct Command<'a> {
    content: &'a Excerpt,
    pub(super) script: Script,
    pub(super) analysis: Analysis,
}

/// The rows of all revert tables, in order.
pub(super) fn rows<'a>(runbook: &'a Runbook, analyser: &Analyser<'_>) -> Vec<RevertRow<'a>> {
    let mut found = Vec::new();
    let tables = runbook.tables.iter();
    for table in tables.filter(|table| table.kind == TableKind::Revert) {
        let says_revert = |cell: &Cell| cell.text.text.to_lowercase().contains("revert");
        let way = table.header.iter().skip(1).position(says_revert);
        let way = way.map_or(1, |at| at + 1);
        for row in &table.rows {
            let (Some(layer), Some(cell)) = (row.first(), row.get(way)) else {
                continue;
            };
            let commands = cell.code.iter().map(|content| {
                let script = shell::parse(content.text(), Some("sh"));
                Command {
                    content,
                    analysis: analyser.script(&script),
                    script,
                }
            });
            found.push(RevertRow {
                layer,
                way: cell,
                posture: row.get(way + 1),
                commands: commands.collect(),
            });
        }
    }
    found
}

impl<'a> RevertRow<'a> {
    /// The commands that may be run.
    pub(super) fn commands(&self) -> impl Iterator<Item = &Command<'a>> {
        self.commands.iter().filter(|command| command.is_whole())
    }

    /// How well the row fits a change; 0 for not at all.
    fn fit(&self, change: &Effect) -> u32 {
        let layer = self.layer.text.text.to_lowercase();
        let named = change.targets.iter().any(|target| match &target.id {
            TargetId::Named(id) => has_word(&layer, &id.to_lowercase()),
            TargetId::Placeholder(_) | TargetId::Ambient | TargetId::All | TargetId::Unknown => {
                false
            }
        });
        let command = command_words(change);
        let spelled = command.as_deref().is_some_and(|it| layer.contains(it));
        let taken_back = self.commands().any(|way| way.takes_back(change));
        4 * u32::from(taken_back) + 2 * u32::from(spelled) + u32::from(named)
    }
}

impl Command<'_> {
    /// Whether it can be run as it stands: shell that is understood, with something to act on.
    fn is_whole(&self) -> bool {
        self.script.dialect == Dialect::Shell
            && self.script.gaps.is_empty()
            && self.analysis.class() >= Class::LocalWrite
            && self.analysis.effects.iter().all(|effect| {
                effect
                    .invocation
                    .as_ref()
                    .is_some_and(|it| !it.operands.is_empty() || !it.options.is_empty())
            })
    }

    /// Whether it acts on the object that was changed, or is the same command on one of its kind.
    fn takes_back(&self, change: &Effect) -> bool {
        self.analysis.mutations().any(|way| {
            let same_command = command_words(way) == command_words(change);
            way.targets.iter().any(|a| {
                change
                    .targets
                    .iter()
                    .any(|b| same_object(a, b) || (same_command && may_be_same(a, b)))
            })
        })
    }
}

fn same_object(a: &Target, b: &Target) -> bool {
    matches!(a.id, TargetId::Named(_) | TargetId::Placeholder(_))
        && a.kind == b.kind
        && a.id == b.id
}

fn may_be_same(a: &Target, b: &Target) -> bool {
    let both_named = matches!((&a.id, &b.id), (TargetId::Named(_), TargetId::Named(_)));
    a.kind == b.kind && (!both_named || a.id == b.id)
}

/// Tool and verb, in lower case, as a table spells them.
fn command_words(effect: &Effect) -> Option<String> {
    let it = effect.invocation.as_ref()?;
    let words = std::iter::once(&it.tool).chain(&it.verb);
    let words: Vec<&str> = words.map(String::as_str).collect();
    Some(words.join(" ").to_lowercase())
}

/// Whether `word` stands in `text` on its own: `vault` does not in `barbican-vault`.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '-';
    !word.is_empty()
        && text.match_indices(word).any(|(at, found)| {
            let before = text.get(..at).and_then(|rest| rest.chars().next_back());
            let after = text
                .get(at + found.len()..)
                .and_then(|rest| rest.chars().next());
            !before.is_some_and(is_part) && !after.is_some_and(is_part)
        })
}

/// The ways back from the steps of a plan that change something, in its order.
pub(super) fn ways_back(
    cx: &Context<'_>,
    rows: &[RevertRow<'_>],
    steps: &[PlanStep],
) -> Vec<PlanRevert> {
    let runs = steps.iter().filter(|step| step.kind == Kind::Run);
    runs.filter_map(|step| way_back(cx, rows, step, steps))
        .collect()
}

fn way_back(
    cx: &Context<'_>,
    rows: &[RevertRow<'_>],
    step: &PlanStep,
    steps: &[PlanStep],
) -> Option<PlanRevert> {
    let number = match &step.row {
        Some(row) => step.number.strip_suffix(&format!("/{}", row.key))?,
        None => &step.number,
    };
    let labelled = cx
        .runbook
        .steps
        .iter()
        .find(|it| plain(&it.number) == number)?;
    let analysis = cx.effects.block(labelled.block?)?;
    // The first of the rows that fit best.
    let (_, row) = rows
        .iter()
        .filter_map(|row| {
            let fit = analysis.mutations().map(|change| row.fit(change)).max()?;
            (fit > 0).then_some((fit, row))
        })
        .rev()
        .max_by_key(|(fit, _)| *fit)?;
    let none = BTreeMap::new();
    let values: BTreeMap<&str, &str> = step
        .row
        .as_ref()
        .map_or(&none, |row| &row.values)
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(_, value)| is_safe(value))
        .collect();
    let filled = |text: &str| {
        let mut text = plain(text);
        for (name, value) in &values {
            text = text.replace(&format!("<{name}>"), value);
        }
        text
    };
    let parts = row.commands().filter(|way| {
        let mut changes = analysis.mutations();
        changes.any(|change| way.takes_back(change))
    });
    Some(PlanRevert {
        number: free_number(&step.number, steps),
        of: step.number.clone(),
        layer: plain(&row.layer.text.text),
        way: filled(&row.way.text.text),
        posture: row
            .posture
            .map_or_else(String::new, |cell| plain(&cell.text.text)),
        parts: parts
            .map(|way| {
                let mut block = plan_block(cx, way.content, Some(&way.script));
                fill_in(&mut block, &values);
                let effects = effect_lines(&way.analysis);
                RevertPart {
                    block,
                    effects: effects.iter().map(|line| filled(line)).collect(),
                }
            })
            .collect(),
    })
}

/// `R` and the number of the step, unless a step is called that.
fn free_number(of: &str, steps: &[PlanStep]) -> String {
    let mut number = format!("R{of}");
    while steps.iter().any(|step| step.number == number) {
        number.insert(0, 'R');
    }
    number
}
