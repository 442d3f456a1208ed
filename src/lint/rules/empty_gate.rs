//! RBC106: gates without a condition.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::runbook::{Step, StepKind, Text};

static CODE: Code = Code {
    id: "RBC106",
    name: "empty-gate",
    default: Some(Severity::Error),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("empty_gate.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for (_, step) in cx.steps(StepKind::Gate) {
        if !says_something(step) {
            findings.push(
                Diagnostic::new(&CODE, step.label.word, "this gate has no condition")
                    .label("what must hold?")
                    .help("say behind `GATE:` what must hold before anybody goes on, and how to see it"),
            );
        }
    }
}

fn says_something(step: &Step) -> bool {
    let has_words = |text: &Text| text.text.chars().any(char::is_alphanumeric);
    step.condition.as_ref().is_some_and(has_words)
        || step
            .expectation
            .as_ref()
            .is_some_and(|it| has_words(&it.text))
        || step.attributes.contains_key("expect")
        || !step.inline.is_empty()
}
