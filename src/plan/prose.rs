//! The markdown of the plan's texts: the plan shows texts without markup, which a terminal cannot
//! show; a page can.

use std::collections::BTreeMap;

use super::{header, plain};
use crate::runbook::{Runbook, TableKind, Text};

/// The markdown of those texts that have markup, by the text as the plan has it.
pub(super) fn markdown(source: &str, runbook: &Runbook) -> BTreeMap<String, String> {
    let paragraphs = runbook.paragraphs.iter().map(|it| &it.text);
    let conditions = runbook.steps.iter().filter_map(|it| it.condition.as_ref());
    let expectations = runbook
        .steps
        .iter()
        .filter_map(|it| it.expectation.as_ref());
    let tables = runbook
        .tables
        .iter()
        .filter(|it| it.kind != TableKind::Other);
    let cells = tables
        .flat_map(|it| it.rows.iter().flatten())
        .map(|it| &it.text);
    let texts = paragraphs
        .chain(conditions)
        .chain(expectations.map(|it| &it.text))
        .chain(cells)
        .map(|text| ("", text));
    header(runbook)
        .chain(texts)
        .filter_map(|(word, text)| {
            let written = written(source, text)?;
            let whole = |text: &str| plain(&format!("{word} {text}"));
            Some((whole(&text.text), whole(&written)))
        })
        .collect()
}

/// A text as it is written, on one line; `None` where that says nothing more, or where its place
/// holds something else too, such as a fence between two halves of a condition.
fn written(source: &str, text: &Text) -> Option<String> {
    let start = usize::try_from(text.span.start).ok()?;
    let end = usize::try_from(text.span.end).ok()?;
    // The place of a list item's text begins and ends inside of its first and last marks.
    let is_mark = |it: char| matches!(it, '`' | '*' | '_' | '[');
    let start = source.get(..start)?.trim_end_matches(is_mark).len();
    let after = source.get(end..)?;
    let end = match after.strip_prefix("](") {
        Some(target) => end + "](".len() + target.find(')')? + 1,
        None => end + (after.len() - after.trim_start_matches(is_mark).len()),
    };
    let lines = source.get(start..end)?.lines();
    let lines: Vec<&str> = lines
        .map(|line| line.trim_start_matches(['>', ' ', '\t']).trim_end())
        .collect();
    let written = plain(&lines.join(" "));
    let shown = plain(&text.text);
    let is_whole = written.matches('`').count().is_multiple_of(2)
        && written.matches('[').count() == written.matches(']').count()
        && words(&without_targets(&written)) == words(&shown);
    (written != shown && is_whole).then_some(written)
}

/// The letters and digits of a text: what markup does not change.
fn words(text: &str) -> String {
    text.chars().filter(|it| it.is_alphanumeric()).collect()
}

/// Takes the targets of links out: `[text](target)`.
fn without_targets(text: &str) -> String {
    let mut parts = text.split("](");
    let first = parts.next().unwrap_or("").to_owned();
    parts.fold(first, |mut all, part| {
        all.push_str(part.split_once(')').map_or("", |(_, rest)| rest));
        all
    })
}
