//! RBC305: references to steps that do not exist.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic, Severity, nearest};
use crate::lint::{Context, Reach, Rule};
use crate::runbook::ReferenceTarget;

static CODE: Code = Code {
    id: "RBC305",
    name: "unknown-step",
    default: Some(Severity::Error),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("unknown_step.md"),
    // "plan 3.3" in other people's documents is a section of the plan.
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    let sections = cx
        .runbook
        .sections
        .iter()
        .filter_map(|it| it.number.as_deref());
    let steps = cx.runbook.steps.iter().map(|it| it.number.as_str());
    let known: BTreeSet<&str> = sections.chain(steps).collect();
    for reference in &cx.runbook.references {
        let ReferenceTarget::Step(number) = &reference.target else {
            continue;
        };
        if known.contains(number.as_str()) || is_list_item(cx, number) {
            continue;
        }
        let near = nearest(number, known.iter().copied());
        let help = near.map_or_else(
            || "say which section is meant, by its present number".to_owned(),
            |near| format!("did you mean {near}?"),
        );
        findings.push(
            Diagnostic::new(
                &CODE,
                reference.span,
                format!("there is no step {number} in this runbook"),
            )
            .label("leads nowhere")
            .help(help),
        );
    }
}

/// Whether the last part of a number is an item of a numbered list of the section before it.
fn is_list_item(cx: &Context<'_>, number: &str) -> bool {
    let Some((section, item)) = number.rsplit_once('.') else {
        return false;
    };
    let sections = &cx.runbook.sections;
    let section = sections
        .iter()
        .find(|it| it.number.as_deref() == Some(section));
    section.is_some_and(|section| {
        cx.file.slice(section.body).lines().any(|line| {
            let rest = line.trim_start_matches([' ', '>']).strip_prefix(item);
            rest.is_some_and(|rest| rest.starts_with(". ") || rest.starts_with(") "))
        })
    })
}
