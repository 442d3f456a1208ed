//! RBC114: RUNs and CHECKs that say nowhere what a good result is.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::runbook::{SectionId, Step, StepKind};

static CODE: Code = Code {
    id: "RBC114",
    name: "missing-expectation",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("missing_expectation.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    let steps = &cx.runbook.steps;
    for (index, step) in steps.iter().enumerate() {
        if step.kind == StepKind::Gate || says_what_to_expect(step) {
            continue;
        }
        let after = steps.get(index + 1..).unwrap_or_default();
        if judged_by_a_gate(cx, step, after) {
            continue;
        }
        let word = cx.file.slice(step.label.word);
        findings.push(
            Diagnostic::new(
                &CODE,
                step.label.word,
                format!("this {word} says nowhere what a good result is"),
            )
            .help("add `Expect:` with what the operator sees when all is well"),
        );
    }
}

fn says_what_to_expect(step: &Step) -> bool {
    step.expectation.is_some() || step.attributes.contains_key("expect")
}

/// Whether a gate judges the step: it is the next one, in the same numbered section (a RUN in 2.1,
/// its GATE in 2.2), or under the same heading with CHECKs in between.
fn judged_by_a_gate(cx: &Context<'_>, step: &Step, after: &[Step]) -> bool {
    let top = |section: Option<SectionId>| section.map(|id| cx.runbook.top_section(id));
    let is_gate = |next: &Step| next.kind == StepKind::Gate;
    let next = after.first();
    let under_heading = after
        .iter()
        .take_while(|next| next.section == step.section)
        .find(|next| next.kind != StepKind::Check);
    next.is_some_and(|next| is_gate(next) && top(next.section) == top(step.section))
        || under_heading.is_some_and(is_gate)
}
