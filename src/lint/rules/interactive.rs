//! RBC409: programs that wait for a person inside a CHECK or gate.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::runbook::StepKind;

static CODE: Code = Code {
    id: "RBC409",
    name: "interactive",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("interactive.md"),
    reach: Reach::Everything,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for event in cx.events() {
        if !matches!(event.kind, Some(StepKind::Check | StepKind::Gate)) {
            continue;
        }
        if let Some(one) = event.uses.iter().find(|one| one.has("interactive")) {
            findings.push(
                Diagnostic::new(
                    &CODE,
                    one.span,
                    format!("{} waits for a person", cx.quote(one.span)),
                )
                .label("interactive")
                .help("a check answers by itself: give the program its command or its batch mode, or make the step a RUN"),
            );
        }
    }
}
