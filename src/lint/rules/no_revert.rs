//! RBC110: mutations without a way back, and without the word that there is none.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::effect::{Class, TargetId};
use crate::lint::context::Use;
use crate::lint::{Context, Reach, Rule, revert};
use crate::runbook::{Cell, SectionId, StepKind, TableKind};

static CODE: Code = Code {
    id: "RBC110",
    name: "no-revert",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("no_revert.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    let rows: Vec<&Vec<Cell>> = cx
        .runbook
        .tables
        .iter()
        .filter(|table| table.kind == TableKind::Revert)
        .flat_map(|table| &table.rows)
        .collect();
    // A runbook that keeps no revert table at all has another habit; its sections must speak.
    if rows.is_empty() {
        return;
    }
    let commands = revert::commands(cx);
    for event in cx.events() {
        let in_revert = event
            .section
            .is_some_and(|section| revert::is_revert(cx, section));
        if event.kind != Some(StepKind::Run) || in_revert {
            continue;
        }
        let uncovered = event.uses.iter().find(|one| {
            needs_a_way_back(one)
                && !rows
                    .iter()
                    .any(|row| row_is_about(cx, row, one, event.section))
                && !commands
                    .iter()
                    .flat_map(revert::RevertCommand::uses)
                    .any(|way| same_object(&way, one))
        });
        let stated = event.section.is_some_and(|section| {
            revert::speaks_of_revert(cx.file.slice(cx.runbook.section(section).body))
        });
        if let Some(one) = uncovered.filter(|_| !stated) {
            findings.push(
                Diagnostic::new(&CODE, one.span, format!("nothing says how to take {} back", cx.quote(one.span)))
                    .label("no row of the revert table is about this")
                    .help("add a row to the revert table, or one that says `NONE` and what the posture is then"),
            );
        }
    }
}

/// Whether a command changes the system for longer than it runs.
fn needs_a_way_back(one: &Use<'_>) -> bool {
    one.effect.class >= Class::Mutate
        && !one.effect.unknown
        && !one.has("backup")
        && !one.has("ephemeral")
}

/// Whether a row names the command, or its layer the section.
fn row_is_about(cx: &Context<'_>, row: &[Cell], one: &Use<'_>, section: Option<SectionId>) -> bool {
    let text = row
        .iter()
        .map(|cell| cell.text.text.as_str())
        .collect::<Vec<_>>()
        .join(" | ")
        .to_lowercase();
    let named = one.effect.invocation.as_ref().is_some_and(|it| {
        let verb = it.verb.join(" ");
        let first = it
            .operands
            .first()
            .map_or("", |operand| operand.text.as_str());
        let command = if verb.is_empty() {
            format!("{} {first}", it.tool)
        } else {
            format!("{} {verb}", it.tool)
        };
        text.contains(command.trim())
    });
    let layer = row
        .first()
        .map(|cell| words(&cell.text.text))
        .unwrap_or_default();
    let target = one.targets.iter().any(|target| match &target.id {
        TargetId::Named(id) => layer.contains(&id.to_lowercase()),
        TargetId::Placeholder(_) | TargetId::Ambient | TargetId::All | TargetId::Unknown => false,
    });
    let title = section
        .map(|section| words(&cx.runbook.section(section).title.text))
        .unwrap_or_default();
    let shared = layer.iter().filter(|word| title.contains(word)).count();
    named || target || shared >= 2 || (shared == 1 && layer.len() == 1)
}

/// The words of a text that say something, in lower case.
fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !(c.is_alphanumeric() || c == '-'))
        .filter(|word| word.len() > 3)
        .map(str::to_owned)
        .collect()
}

/// Whether a way back is about the very object.
fn same_object(way: &Use<'_>, one: &Use<'_>) -> bool {
    way.targets.iter().any(|a| {
        one.targets.iter().any(|b| {
            let told = matches!(a.id, TargetId::Named(_) | TargetId::Placeholder(_));
            told && a.kind == b.kind && a.id == b.id
        })
    })
}
