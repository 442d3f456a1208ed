//! RBC205: revision pins in a revert without the return to the channel.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::lint::{context::Use, revert};
use crate::runbook::{Cell, TableKind};

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
        if let Some(pin) = event.uses.iter().find(|one| pins(one)) {
            let section = event
                .section
                .map(|section| cx.runbook.section(section).body);
            let followed = section.is_some_and(|body| cx.file.slice(body).contains("--channel"));
            if !followed {
                findings.push(finding(cx, pin));
            }
        }
    }
}

fn pins(one: &Use<'_>) -> bool {
    let invocation = one.effect.invocation.as_ref();
    one.mutates()
        && invocation.is_some_and(|it| it.options.iter().any(|(name, _)| name == "--revision"))
}

fn finding(cx: &Context<'_>, one: &Use<'_>) -> Diagnostic {
    let place = cx.part(one.span, "--revision");
    Diagnostic::new(&CODE, place, "this revert pins a revision and never lets go of it")
        .label("stops following the channel")
        .help("add the second half: `juju refresh <app> --channel <pinned-channel>`, once the cause is understood")
}
