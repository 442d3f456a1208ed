//! RBC104: several mutations in one RUN.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::effect::Class;
use crate::lint::context::by_place;
use crate::lint::{Context, Reach, Rule};
use crate::runbook::StepKind;

static CODE: Code = Code {
    id: "RBC104",
    name: "batched-mutations",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("batched_mutations.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for (_, step) in cx.steps(StepKind::Run) {
        let Some(block) = step.block else {
            continue;
        };
        let mutations = cx.uses(block).into_iter();
        let mutations = by_place(mutations.filter(|one| one.mutates() && !one.has("backup")));
        let firsts: Vec<_> = mutations.iter().filter_map(|group| group.first()).collect();
        let [first, second, ..] = firsts.as_slice() else {
            continue;
        };
        let destroying = mutations
            .iter()
            .flatten()
            .find(|one| one.effect.class == Class::Destroy);
        let severity = match destroying {
            Some(_) => Severity::Error,
            None => Severity::Warning,
        };
        let mut found = Diagnostic::new(
            &CODE,
            second.span,
            format!("this RUN changes the system {} times", firsts.len()),
        )
        .severity(severity)
        .related(first.span, "the first change")
        .help("give each change a RUN and a GATE of its own, so that the operator can stop between them");
        if let Some(destroying) = destroying {
            found = found.related(destroying.span, "loses data for good");
        }
        findings.push(found);
    }
}
