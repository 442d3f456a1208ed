//! RBC205: revision pins in a revert without the return to the channel.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::lint::{context::Use, revert};
use crate::runbook::{Cell, SectionId, TableKind};
use crate::source::Span;

static CODE: Code = Code {
    id: "RBC205",
    name: "pin-without-retrack",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("pin_without_retrack.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    let commands = revert::commands(cx);
    let tables = cx.runbook.tables.iter();
    let rows = tables
        .filter(|table| table.kind == TableKind::Revert)
        .flat_map(|table| &table.rows);
    for row in rows {
        if row.iter().any(|cell| cell.text.text.contains("--channel")) {
            continue;
        }
        let in_row = |one: &Use<'_>| {
            row.iter()
                .any(|cell: &Cell| cell.text.span.contains(one.span))
        };
        let pin = commands.iter().flat_map(revert::RevertCommand::uses);
        if let Some(pin) = pin.into_iter().find(|one| pins(one) && in_row(one)) {
            findings.push(finding(cx, &pin));
        }
    }
    for event in cx.events() {
        let in_revert = event
            .section
            .is_some_and(|section| revert::is_revert(cx, section));
        if !in_revert || cx.file.slice(event.span).contains("--channel") {
            continue;
        }
        if let Some(pin) = event.uses.iter().find(|one| pins(one))
            && !followed(cx, event.section, event.span.end)
        {
            findings.push(finding(cx, pin));
        }
    }
    for paragraph in &cx.runbook.paragraphs {
        let text = cx.file.slice(paragraph.text.span);
        if !revert::speaks_of_revert(text) || text.contains("--channel") {
            continue;
        }
        let span = paragraph.text.span;
        if let Some(pin) = pin_in_code(text)
            && !followed(cx, paragraph.section, span.end)
        {
            let at = span.start + u32::try_from(pin).unwrap_or(0);
            let length = u32::try_from(PIN.len()).unwrap_or(0);
            findings.push(at_place(Span::new(span.file, at, at + length)));
        }
    }
}

const PIN: &str = "--revision";

/// Where the code marks of a text hold a refresh to a revision.
fn pin_in_code(text: &str) -> Option<usize> {
    let mut at = 0;
    for (index, part) in text.split('`').enumerate() {
        if index % 2 == 1
            && part.contains("juju refresh ")
            && let Some(pin) = part.find(PIN)
        {
            return Some(at + pin);
        }
        at += part.len() + 1;
    }
    None
}

/// Whether the rest of the section, tables aside, speaks of the second half.
fn followed(cx: &Context<'_>, section: Option<SectionId>, from: u32) -> bool {
    let Some(section) = section else {
        return false;
    };
    let end = cx.runbook.section(section).body.end.max(from);
    let rest = cx.file.slice(Span::new(cx.file.id, from, end));
    rest.lines()
        .any(|line| line.contains("--channel") && !line.trim_start().starts_with('|'))
}

fn pins(one: &Use<'_>) -> bool {
    let invocation = one.effect.invocation.as_ref();
    one.mutates()
        && invocation.is_some_and(|it| it.options.iter().any(|(name, _)| name == "--revision"))
}

fn finding(cx: &Context<'_>, one: &Use<'_>) -> Diagnostic {
    at_place(cx.part(one.span, PIN))
}

fn at_place(place: Span) -> Diagnostic {
    Diagnostic::new(&CODE, place, "this revert pins a revision and never lets go of it")
        .label("stops following the channel")
        .help("add the second half: `juju refresh <app> --channel <pinned-channel>`, once the cause is understood")
}
