//! RBC310: two headings with one number.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, Edit, Fix, Safety, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::runbook::ReferenceTarget;
use crate::source::Span;

static CODE: Code = Code {
    id: "RBC310",
    name: "duplicate-step",
    default: Some(Severity::Error),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("duplicate_step.md"),
    reach: Reach::Everything,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    let mut seen = BTreeMap::new();
    for (index, section) in cx.runbook.sections.iter().enumerate() {
        let Some(number) = &section.number else {
            continue;
        };
        // Other people's documents start again with 1 under each heading.
        let within = section
            .parent
            .filter(|_| !cx.runbook.labelled && !number.contains('.'));
        let number = (within, number);
        let Some(first) = seen.get(&number) else {
            seen.insert(number, section.heading);
            continue;
        };
        let finding = Diagnostic::new(
            &CODE,
            section.heading,
            format!("{} is the number of two headings", number.1),
        )
        .related(*first, "the first one")
        .help("number them anew, and look for references to the old numbers");
        findings.push(match renumber(cx, index, number.1) {
            Some(fix) => finding.fix(fix),
            None => finding,
        });
    }
}

/// Counts the heading at `index` and what follows it on its level up by one, with everything below
/// and the references of this file to what moves. References to the number that was there twice may
/// mean either heading and stay, as do those of other files: a person has to look.
fn renumber(cx: &Context<'_>, index: usize, number: &str) -> Option<Fix> {
    let parts: Vec<&str> = number.split('.').collect();
    let (own, above) = parts.split_last()?;
    let own: u32 = own.parse().ok()?;
    let moved = |old: &str| -> Option<String> {
        let old: Vec<&str> = old.split('.').collect();
        let (head, rest) = old.split_at_checked(above.len())?;
        let (part, below) = rest.split_first()?;
        let part: u32 = part.parse().ok()?;
        if head != above || part < own {
            return None;
        }
        let mut new: Vec<String> = head.iter().map(|it| (*it).to_owned()).collect();
        new.push((part + 1).to_string());
        new.extend(below.iter().map(|it| (*it).to_owned()));
        Some(new.join("."))
    };
    let edit = |span: Span, old: &str| -> Option<Edit> {
        let place = cx.part(span, old);
        (place != span || cx.file.slice(span) == old).then_some(())?;
        Some(Edit {
            span: place,
            replacement: moved(old)?,
        })
    };
    let mut edits: Vec<Edit> = Vec::new();
    for section in cx.runbook.sections.iter().skip(index) {
        let old = section.number.as_deref();
        edits.extend(old.and_then(|old| edit(section.heading, old)));
    }
    let twice = format!("{number}.");
    for reference in &cx.runbook.references {
        let ReferenceTarget::Step(old) = &reference.target else {
            continue;
        };
        if old != number && !old.starts_with(&twice) {
            edits.extend(edit(reference.span, old));
        }
    }
    edits.sort_by_key(|edit| edit.span);
    edits.dedup();
    let new = moved(number)?;
    Some(Fix {
        title: format!(
            "call this one {new} and count up what follows; look at references to {number}"
        ),
        safety: Safety::Unsafe,
        edits,
    })
}
