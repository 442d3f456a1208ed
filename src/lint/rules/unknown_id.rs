//! RBC306: ids of decisions and fixes that no id file knows.

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::runbook::ReferenceTarget;

static CODE: Code = Code {
    id: "RBC306",
    name: "unknown-id",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("unknown_id.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    let paths = &cx.config.paths.ids;
    let texts: Vec<Arc<str>> = paths
        .iter()
        .filter_map(|path| cx.workspace.text(path))
        .collect();
    if texts.is_empty() {
        return;
    }
    for reference in &cx.runbook.references {
        let ReferenceTarget::Id(id) = &reference.target else {
            continue;
        };
        if !texts.iter().any(|text| defines(text, id)) {
            findings.push(
                Diagnostic::new(&CODE, reference.span, format!("nothing defines `{id}`"))
                    .label("unknown")
                    .help(match next_free(&texts, id) {
                        Some(next) => format!(
                            "the ids are defined in `{}`; the next free one is {next} (provisional: look again before you use it)",
                            paths.join("`, `")
                        ),
                        None => format!("the ids are defined in `{}`", paths.join("`, `")),
                    }),
            );
        }
    }
}

/// Whether the id stands in the text as a word of its own.
fn defines(text: &str, id: &str) -> bool {
    text.match_indices(id).any(|(at, _)| {
        let before = text.get(..at).and_then(|it| it.chars().next_back());
        let after = text.get(at + id.len()..).and_then(|it| it.chars().next());
        let joins = |it: Option<char>| it.is_some_and(char::is_alphanumeric);
        !joins(before) && !joins(after)
    })
}

/// The id behind the highest one with the same letters: `D-075` when `D-074` is the last.
fn next_free(texts: &[Arc<str>], id: &str) -> Option<String> {
    let (letters, number) = id.rsplit_once('-')?;
    let lead = format!("{letters}-");
    let numbers = texts.iter().flat_map(|text| {
        text.match_indices(&lead).filter_map(|(at, _)| {
            let rest = text.get(at + lead.len()..)?;
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            rest.get(..digits)?.parse::<u32>().ok()
        })
    });
    let next = numbers.max()?.checked_add(1)?;
    let width = number
        .trim_end_matches(|c: char| c.is_ascii_lowercase())
        .len();
    Some(format!("{lead}{next:0width$}"))
}
