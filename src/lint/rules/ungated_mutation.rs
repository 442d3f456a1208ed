//! RBC103: mutations that no gate closes before the next one.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::context::{Event, Use};
use crate::lint::{Context, Reach, Rule};
use crate::runbook::{SectionId, StepKind};

static CODE: Code = Code {
    id: "RBC103",
    name: "ungated-mutation",
    default: Some(Severity::Error),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("ungated_mutation.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

/// What comes after a mutation.
enum Next<'a> {
    Gate,
    Mutation(Use<'a>),
    End,
}

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    let events = cx.events();
    for (index, event) in events.iter().enumerate() {
        if event.kind != Some(StepKind::Run) {
            continue;
        }
        let Some(mutation) = last_mutation(event) else {
            continue;
        };
        let after = events.get(index + 1..).unwrap_or_default();
        let next = next(cx, after, top(cx, event.section));
        let command = cx.quote(mutation.span);
        let found = |message: String| {
            Diagnostic::new(&CODE, mutation.span, message).help(
                "put a GATE behind it that says what must hold before anybody goes on, and how to see it",
            )
        };
        match next {
            Next::Gate => {}
            Next::Mutation(other) => findings.push(
                found(format!(
                    "no GATE stands between {command} and the next mutation"
                ))
                .related(other.span, "the next mutation"),
            ),
            Next::End => findings.push(found(format!(
                "no GATE follows {command} before its section ends"
            ))),
        }
    }
}

/// The last command of an event that changes the system.
fn last_mutation<'a>(event: &Event<'a>) -> Option<Use<'a>> {
    event.uses.iter().rfind(|one| one.mutates()).cloned()
}

fn next<'a>(cx: &Context<'_>, after: &[Event<'a>], section: Option<SectionId>) -> Next<'a> {
    for event in after {
        if top(cx, event.section) != section {
            return Next::End;
        }
        match event.kind {
            Some(StepKind::Gate) => return Next::Gate,
            Some(StepKind::Run) => {
                let first = event.uses.iter().find(|one| one.mutates());
                if let Some(first) = first {
                    return Next::Mutation(first.clone());
                }
            }
            // What changes the system there has a finding of its own.
            Some(StepKind::Check) | None => {}
        }
    }
    Next::End
}

fn top(cx: &Context<'_>, section: Option<SectionId>) -> Option<SectionId> {
    section.map(|section| cx.runbook.top_section(section))
}
