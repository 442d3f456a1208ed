//! RBC310: two headings with one number.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};

static CODE: Code = Code {
    id: "RBC310",
    name: "duplicate-step",
    default: Some(Severity::Error),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("duplicate_step.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    let mut seen = BTreeMap::new();
    for section in &cx.runbook.sections {
        let Some(number) = &section.number else {
            continue;
        };
        let Some(first) = seen.get(number) else {
            seen.insert(number, section.heading);
            continue;
        };
        findings.push(
            Diagnostic::new(
                &CODE,
                section.heading,
                format!("{number} is the number of two headings"),
            )
            .related(*first, "the first one")
            .help("number them anew, and look for references to the old numbers"),
        );
    }
}
