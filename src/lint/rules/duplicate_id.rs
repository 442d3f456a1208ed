//! RBC311: a decision or fix id that two headings of the id files define.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::runbook::ReferenceTarget;

static CODE: Code = Code {
    id: "RBC311",
    name: "duplicate-id",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("duplicate_id.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    let mut headings: Vec<(String, String)> = Vec::new();
    for path in &cx.config.paths.ids {
        let Some(text) = cx.workspace.text(path) else {
            continue;
        };
        for (line, number) in text.lines().zip(1..) {
            if let Some(id) = defined(line) {
                headings.push((id.to_owned(), format!("{path}:{number}")));
            }
        }
    }
    let mut seen = BTreeSet::new();
    for reference in &cx.runbook.references {
        let ReferenceTarget::Id(id) = &reference.target else {
            continue;
        };
        let places: Vec<&str> = headings
            .iter()
            .filter(|(known, _)| known == id)
            .map(|(_, place)| place.as_str())
            .collect();
        if places.len() > 1 && seen.insert(id) {
            findings.push(
                Diagnostic::new(
                    &CODE,
                    reference.span,
                    format!("`{id}` is defined {} times", places.len()),
                )
                .label("which one?")
                .help(format!(
                    "give one of them the next free number: {}",
                    places.join(", ")
                )),
            );
        }
    }
}

/// The id that a heading begins with: `## D-071 -- Cadence`.
fn defined(line: &str) -> Option<&str> {
    let title = line.strip_prefix('#')?.trim_start_matches('#').trim_start();
    let word = title.split([' ', ':', ',']).next()?;
    let (letters, number) = word.rsplit_once('-')?;
    let capitals = !letters.is_empty() && letters.bytes().all(|byte| byte.is_ascii_uppercase());
    let digits = number.starts_with(|first: char| first.is_ascii_digit());
    (capitals && digits).then_some(word)
}
