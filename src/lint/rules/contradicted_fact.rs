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
                true,
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
        rejected.extend(rejects(cx.file.slice(span), span, false));
    }
    rejected.dedup_by(|later, first| later.0 == first.0);
    for block in &cx.runbook.blocks {
        let text = cx.file.slice(block.content.whole());
        let start = block.content.whole().start;
        for (fact, note) in &rejected {
            // A block that uses it three times has one mistake.
            let first = lines(text).find_map(|(start, line)| Some((start, word_at(line, fact)?)));
            if let Some((line_start, at)) = first {
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

/// The names a text rejects: what follows "not", "never", "instead of" or "rather than" in code marks,
/// or looks like a key (`agent-status`, `os_version`). In a correction that is enough, and so is
/// "`x` does not exist"; elsewhere the right name must stand before it: "under `a-b`, not `c-d`".
fn rejects(text: &str, span: Span, correction: bool) -> Vec<(String, Span)> {
    const LEADS: [&str; 5] = ["not", "never", "instead of", "rather than", "replaces"];
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut push = |name: &str, start: usize, end: usize| {
        let at = |offset: usize| span.start + u32::try_from(offset).unwrap_or(0);
        found.push((name.to_owned(), Span::new(span.file, at(start), at(end))));
    };
    for lead in LEADS {
        for (at, _) in lower.match_indices(lead) {
            let before = text.get(..at).unwrap_or("");
            let rest = text.get(at + lead.len()..).unwrap_or("");
            let inside = before.ends_with(|c: char| c.is_alphanumeric() || "-_`".contains(c));
            if inside || !rest.starts_with([' ', '*', '\n', '\r']) {
                continue;
            }
            if !correction && !ends_with_a_name(before) {
                continue;
            }
            if let Some(name) = rejected_name(rest, correction) {
                let end = rest.find(name).unwrap_or(0) + name.len();
                push(name, at, at + lead.len() + end);
            }
        }
    }
    if correction {
        for (at, name) in marked_names(text) {
            let after = text.get(at + name.len() + 1..).unwrap_or("").trim_start();
            if names_something(name) && calls_wrong(after) {
                push(name, at, at + name.len());
            }
        }
    }
    found
}

/// The name behind a word of rejection, with at most a few small words in between.
fn rejected_name(rest: &str, correction: bool) -> Option<&str> {
    const BETWEEN: [&str; 11] = [
        "under", "as", "in", "the", "by", "with", "at", "on", "key", "called", "from",
    ];
    let word = rest.split_whitespace().find(|word| {
        let bare = word.trim_matches('*');
        !bare.is_empty() && !BETWEEN.contains(&bare.to_lowercase().as_str())
    })?;
    let word = word.trim_start_matches(['*', '(', '"']);
    if let Some(marked) = word.strip_prefix('`') {
        let (name, _) = marked.split_once('`')?;
        let key = is_keylike(name) || correction && names_something(name);
        return key.then_some(name);
    }
    let end = word
        .find(|c: char| !(c.is_alphanumeric() || "-_".contains(c)))
        .unwrap_or(word.len());
    let name = word.get(..end)?.trim_end_matches(['-', '_']);
    is_keylike(name).then_some(name)
}

/// Whether a sentence so far ends in a name and a comma or bracket: "under `juju-status`,".
fn ends_with_a_name(before: &str) -> bool {
    let before = before.trim_end();
    let Some(before) = before.strip_suffix([',', '(', ';']) else {
        return false;
    };
    let last = before.split_whitespace().next_back().unwrap_or("");
    is_keylike(last.trim_matches(['`', '*', '"']))
}

fn is_keylike(name: &str) -> bool {
    name.len() > 4
        && name.contains(['-', '_'])
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || "-_".contains(c))
}

/// Whether a name in code marks is more than a word of every day: `8080`, `eth0`, `a.b`.
fn names_something(name: &str) -> bool {
    name.len() > 2
        && name.contains(|c: char| c.is_ascii_digit() || "-_./:".contains(c))
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || "-_./:".contains(c))
}

/// The names in code marks, with the offset of their first character.
fn marked_names(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split('`')
        .enumerate()
        .filter_map(move |(index, part)| {
            let start = at;
            at += part.len() + 1;
            (index % 2 == 1).then_some((start, part))
        })
}

fn calls_wrong(after: &str) -> bool {
    const WRONG: [&str; 8] = [
        "is wrong",
        "was wrong",
        "does not exist",
        "is absent",
        "is gone",
        "no longer exists",
        "is not there",
        "exists no longer",
    ];
    let lower = after.to_ascii_lowercase();
    WRONG.iter().any(|words| lower.starts_with(words))
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
