//! RBC102: blocks labelled CHECK that change the managed system.

use super::mutating_gate::strongest;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::context::by_place;
use crate::lint::{Context, Reach, Rule};
use crate::runbook::StepKind;

static CODE: Code = Code {
    id: "RBC102",
    name: "mutating-check",
    default: Some(Severity::Error),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("mutating_check.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for (_, step) in cx.steps(StepKind::Check) {
        let Some(block) = step.block else {
            continue;
        };
        for group in by_place(cx.uses(block)) {
            let Some(found) = strongest(cx, &CODE, "this CHECK", &group) else {
                continue;
            };
            findings.push(
                found
                    .related(step.label.word, "says that nothing changes")
                    .help(
                        "make it a RUN with a GATE behind it, or write the command that only reads",
                    ),
            );
        }
    }
}
