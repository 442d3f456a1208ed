//! RBC209: a procedure that is done for several objects in an order the policy does not allow.

use crate::config::Order;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::runbook::ParagraphKind;
use crate::source::Span;

static CODE: Code = Code {
    id: "RBC209",
    name: "wrong-order",
    default: Some(Severity::Error),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("wrong_order.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

/// An object that a procedure is done for, and where that is said.
type Place<'a> = (&'a str, Span);

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    if cx.config.policy.order.is_empty() {
        return;
    }
    let sequence = sequence(cx);
    for order in &cx.config.policy.order {
        for (place, other, message) in broken(order, &sequence) {
            let found = Diagnostic::new(&CODE, place, message).label("out of order");
            let found = match other {
                Some(other) => found.related(other, "compare this one"),
                None => found,
            };
            let why = order.reason.as_deref().map_or_else(
                || "`[[policy.order]]` in rbc.toml says so".to_owned(),
                |reason| format!("move it: {reason}"),
            );
            findings.push(found.help(why));
        }
    }
}

/// What a constraint finds wrong: the place, another that explains it, the message.
fn broken(order: &Order, sequence: &[Place<'_>]) -> Vec<(Span, Option<Span>, String)> {
    let find = |name: &str| sequence.iter().position(|(known, _)| *known == name);
    let place = |index: usize| sequence.get(index).map(|(_, span)| *span);
    let mut found = Vec::new();
    if let Some(first) = &order.first
        && let Some(at) = find(first).filter(|at| *at > 0)
        && let Some(span) = place(at)
    {
        found.push((span, place(0), format!("`{first}` has to come first")));
    }
    if let Some(last) = &order.last
        && let Some(at) = find(last).filter(|at| at + 1 < sequence.len())
        && let Some(span) = place(at)
    {
        let end = place(sequence.len() - 1);
        found.push((span, end, format!("`{last}` has to come last")));
    }
    if let Some(principal) = &order.principal
        && let Some(principal_at) = find(principal)
    {
        for name in &order.then {
            let Some(at) = find(name) else { continue };
            let between = sequence
                .get((principal_at + 1).min(at)..at)
                .unwrap_or_default();
            let direct = at > principal_at
                && between
                    .iter()
                    .all(|(other, _)| order.then.iter().any(|it| it == other));
            if !direct && let Some(span) = place(at) {
                let message = format!("`{name}` has to come directly after `{principal}`");
                found.push((span, place(principal_at), message));
                break;
            }
        }
    }
    found
}

/// The objects in order: the values of `apply=...`, else the names of the `Order (...)` paragraphs.
fn sequence<'a>(cx: &Context<'a>) -> Vec<Place<'a>> {
    let mut found = Vec::new();
    for directive in &cx.runbook.directives {
        let applies = directive.pairs.iter().any(|(key, _)| key.text == "apply");
        let values = directive
            .pairs
            .iter()
            .filter(|(key, _)| !["apply", "where"].contains(&key.text.as_str()));
        if applies && let Some((_, value)) = values.into_iter().next() {
            found.extend(names(cx, value.span, [' ', ',', '"', '\'']));
        }
    }
    if !found.is_empty() {
        return found;
    }
    for paragraph in &cx.runbook.paragraphs {
        if paragraph.kind == ParagraphKind::Order {
            let span = paragraph.text.span;
            let text = cx.file.slice(span);
            let start = text.find(':').map_or(0, |at| at + 1);
            let rest = text.get(start..).unwrap_or("");
            let end = rest.find(". ").unwrap_or(rest.len());
            let at = |offset: usize| span.start + u32::try_from(offset).unwrap_or(0);
            let list = Span::new(span.file, at(start), at(start + end));
            found.extend(names(cx, list, [' ', ',', '\n', '.']));
        }
    }
    found
}

/// The words of a stretch that can be names, with their places.
fn names<'a>(cx: &Context<'a>, span: Span, between: [char; 4]) -> Vec<Place<'a>> {
    let text = cx.file.slice(span);
    let base = text.as_ptr() as usize;
    text.split(between)
        .map(|word| word.trim_matches(['`', '*']))
        .filter(|word| word.starts_with(|first: char| first.is_ascii_alphanumeric()))
        .map(|word| {
            let start = span.start + u32::try_from(word.as_ptr() as usize - base).unwrap_or(0);
            let length = u32::try_from(word.len()).unwrap_or(0);
            (word, Span::new(span.file, start, start + length))
        })
        .collect()
}
