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
    let prose = revert_prose(cx);
    let keeps_none = rows.is_empty() && prose.is_empty();
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
                && !prose.iter().any(|text| is_about(text, one))
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
            let found = Diagnostic::new(
                &CODE,
                one.span,
                format!("nothing says how to take {} back", cx.quote(one.span)),
            );
            if keeps_none {
                // One missing table is one finding, at the first change it would be about.
                findings.push(found.label("this runbook has no revert table").help(
                    "add a table `Layer | In-band revert | Posture if none` with a row for each change; `NONE` and what the posture is then is an answer too",
                ));
                return;
            }
            findings.push(found.label("no row of the revert table is about this").help(
                "add a row to the revert table, or one that says `NONE` and what the posture is then",
            ));
        }
    }
}

/// The text of the sections about going back, tables aside.
fn revert_prose<'a>(cx: &Context<'a>) -> Vec<&'a str> {
    let sections = cx.runbook.sections.iter();
    sections
        .filter(|section| revert::speaks_of_revert(&section.title.text))
        .map(|section| cx.file.slice(section.body))
        .filter(|body| !body.lines().any(|line| line.trim_start().starts_with('|')))
        .collect()
}

/// Whether a text about going back names what a command is about: the object, the tool's verb, or
/// the layer its kind belongs to.
fn is_about(text: &str, one: &Use<'_>) -> bool {
    let said = words(text);
    subject(one).iter().any(|word| said.contains(word))
}

/// The words that say what a command is about: the parts of its verb and of its target's kind and
/// name, without those that every change has in common.
fn subject(one: &Use<'_>) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    if let Some(invocation) = &one.effect.invocation {
        parts.extend(invocation.verb.iter().cloned());
        parts.push(invocation.tool.clone());
    }
    for target in &one.targets {
        parts.push(target.kind.clone());
        if let TargetId::Named(id) | TargetId::Placeholder(id) = &target.id {
            parts.push(id.clone());
        }
    }
    let mut found: Vec<String> = Vec::new();
    for part in parts {
        found.push(singular(&part.to_lowercase()));
        found.extend(words(&part.replace(['-', '_', '/', '.'], " ")));
    }
    found.retain(|word| word.len() > 2 && !GENERIC.contains(&word.as_str()));
    found
}

/// Words that say nothing about which change is meant.
const GENERIC: [&str; 24] = [
    "upgrade",
    "update",
    "refresh",
    "restart",
    "change",
    "apply",
    "create",
    "layer",
    "step",
    "none",
    "host",
    "file",
    "juju",
    "kubectl",
    "openstack",
    "systemctl",
    "config",
    "configuration",
    "set",
    "application",
    "service",
    "command",
    "sudo",
    "bash",
];

fn singular(word: &str) -> String {
    let bare = word.strip_suffix('s').filter(|bare| bare.len() > 3);
    bare.unwrap_or(word).to_owned()
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
    let specific: Vec<&String> = layer
        .iter()
        .filter(|word| !GENERIC.contains(&word.as_str()))
        .collect();
    let subject = subject(one);
    let about = specific
        .iter()
        .filter(|word| subject.contains(word))
        .count();
    let titles = titles(cx, section);
    let shared = specific.iter().filter(|word| titles.contains(word)).count();
    let named_by_title = shared >= 2 || shared == 1 && specific.len() == 1;
    named || target || about > 0 && about * 2 >= specific.len() || named_by_title
}

/// The words of the headings around a step.
fn titles(cx: &Context<'_>, section: Option<SectionId>) -> Vec<String> {
    let mut found = Vec::new();
    let mut current = section;
    while let Some(id) = current {
        let section = cx.runbook.section(id);
        if section.level > 1 {
            found.extend(words(&section.title.text));
        }
        current = section.parent;
    }
    found
}

/// The words of a text that say something, in lower case.
fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !(c.is_alphanumeric() || c == '-'))
        .filter(|word| word.len() > 3)
        .map(singular)
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
