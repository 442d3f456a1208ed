//! RBC115: keys and values that a correction note rejects, used after all.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::runbook::ParagraphKind;
use crate::source::Span;

static CODE: Code = Code {
    id: "RBC115",
    name: "contradicted-fact",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("contradicted_fact.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    let mut rejected: Vec<(String, Span)> = Vec::new();
    for paragraph in &cx.runbook.paragraphs {
        if paragraph.kind == ParagraphKind::Correction {
            rejected.extend(rejects(
                cx.file.slice(paragraph.text.span),
                paragraph.text.span,
            ));
        }
    }
    let expectations = cx.runbook.steps.iter().flat_map(|step| {
        let expect = step.expectation.as_ref().map(|expect| expect.text.span);
        expect
            .into_iter()
            .chain(step.condition.as_ref().map(|text| text.span))
    });
    for span in expectations {
        rejected.extend(rejects(cx.file.slice(span), span));
    }
    rejected.dedup_by(|later, first| later.0 == first.0);
    for block in &cx.runbook.blocks {
        let text = cx.file.slice(block.content.whole());
        let start = block.content.whole().start;
        for (fact, note) in &rejected {
            for (line_start, line) in lines(text) {
                let Some(at) = word_at(line, fact) else {
                    continue;
                };
                let from = start + u32::try_from(line_start + at).unwrap_or(0);
                let length = u32::try_from(fact.len()).unwrap_or(0);
                findings.push(
                    Diagnostic::new(
                        &CODE,
                        Span::new(cx.file.id, from, from + length),
                        format!("`{fact}` is what a note of this file calls wrong"),
                    )
                    .label("used after all")
                    .related(*note, "rejected here")
                    .help("write what the note puts in its place: a query for a key that does not exist prints nothing, and nothing reads as a pass"),
                );
            }
        }
    }
}

/// Lines with their offsets.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line)
    })
}

/// The names a note rejects: what follows "not", "never" or "instead of" in code marks, or looks
/// like a key (`agent-status`, `os_version`).
fn rejects(text: &str, span: Span) -> Vec<(String, Span)> {
    const LEADS: [&str; 4] = ["not", "never", "instead of", "rather than"];
    const BETWEEN: [&str; 9] = ["under", "as", "in", "the", "by", "with", "at", "on", "key"];
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for lead in LEADS {
        for (at, _) in lower.match_indices(lead) {
            let starts = text.get(..at).is_some_and(|it| {
                !it.ends_with(|c: char| c.is_alphanumeric() || "-_`".contains(c))
            });
            let Some(rest) = text.get(at + lead.len()..) else {
                continue;
            };
            if !starts || !rest.starts_with([' ', '*', '\n']) {
                continue;
            }
            let word = rest.split_whitespace().find(|word| {
                !BETWEEN.contains(&word.trim_matches('*').to_lowercase().as_str())
                    && !word.trim_matches('*').is_empty()
            });
            let Some(word) = word else { continue };
            let marked = word.trim_start_matches(['*', '(']).starts_with('`');
            let name: String = word
                .trim_start_matches(['`', '*', '"', '(', '.'])
                .chars()
                .take_while(|c| c.is_alphanumeric() || "-_".contains(*c))
                .collect();
            let name = name.trim_end_matches(['-', '_']).to_owned();
            let whole = marked
                && word
                    .trim_start_matches(['*', '('])
                    .get(1..)
                    .is_some_and(|it| it.get(name.len()..).is_some_and(|it| it.starts_with('`')));
            let keylike = name.contains(['-', '_']) && name.len() > 4;
            if keylike && (whole || !marked) {
                let start = span.start + u32::try_from(at).unwrap_or(0);
                let length = lead.len() + rest.find(&name).unwrap_or(0) + name.len();
                let end = start + u32::try_from(length).unwrap_or(0);
                found.push((name, Span::new(span.file, start, end)));
            }
        }
    }
    found
}

/// Where `word` stands in the line as a word of its own.
fn word_at(line: &str, word: &str) -> Option<usize> {
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "-_".contains(c));
    line.match_indices(word).map(|(at, _)| at).find(|at| {
        let before = line.get(..*at).and_then(|it| it.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|it| it.chars().next());
        !joins(before) && !joins(after)
    })
}
