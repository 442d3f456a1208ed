//! RBC509: suppressions that cannot be read, or that do not say why.

use crate::diagnostic::{Code, Diagnostic, Severity, nearest};
use crate::lint::{Reach, Rule};
use crate::runbook::{Directive, Text};

/// The code.
static CODE: Code = Code {
    id: "RBC509",
    name: "bad-suppression",
    default: Some(Severity::Error),
};

/// Raised where suppressions are read.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("bad_suppression.md"),
    reach: Reach::Runbooks,
    check: None,
};

/// Words other tools use for the same thing.
const FOREIGN: [&str; 6] = ["ignore", "disable", "suppress", "skip", "noqa", "off"];

/// Words of directives that are no suppressions.
const OTHERS: [&str; 9] = [
    "run",
    "check",
    "gate",
    "note",
    "capture",
    "apply",
    "procedure",
    "page",
    "template",
];

/// Text that stands for a reason somebody meant to write later.
const LATER: [&str; 8] = [
    "todo", "fixme", "tbd", "xxx", "...", "reason", "because", "<",
];

/// A directive whose first word is nearly `allow` or another tool's word for it.
pub(crate) fn misspelt(directive: &Directive) -> Option<Diagnostic> {
    let word = directive.words.first()?;
    let lower = word.text.to_lowercase();
    if OTHERS.contains(&lower.as_str()) {
        return None;
    }
    let meant = FOREIGN.contains(&lower.as_str())
        || lower.starts_with("allow")
        || nearest(&lower, ["allow"]).is_some();
    meant.then(|| {
        Diagnostic::new(
            &CODE,
            word.span,
            format!("`{}` suppresses nothing", word.text),
        )
        .help(form(directive.words.get(1..).unwrap_or_default()))
    })
}

/// A suppression that names no rule.
pub(crate) fn blanket(directive: &Directive) -> Diagnostic {
    Diagnostic::new(
        &CODE,
        directive.span,
        "this suppression names no rule, so it would hide everything",
    )
    .help(form(&[]))
}

/// A suppression of a rule that does not exist.
pub(crate) fn unknown_rule(name: &Text, help: String) -> Diagnostic {
    Diagnostic::new(
        &CODE,
        name.span,
        format!("`{}` is no rule, so this suppresses nothing", name.text),
    )
    .help(help)
}

/// A suppression without `reason="..."`.
pub(crate) fn no_reason(directive: &Directive, names: &[Text]) -> Diagnostic {
    Diagnostic::new(&CODE, directive.span, "this suppression does not say why").help(form(names))
}

/// A suppression whose reason says nothing.
pub(crate) fn empty_reason(reason: &Text) -> Diagnostic {
    Diagnostic::new(
        &CODE,
        reason.span,
        format!("`{}` is no reason", reason.text),
    )
    .help("say in a few words why the finding is right to stay, for the next person who reads it")
}

/// Whether a reason is too short or stands for one to be written later.
pub(crate) fn says_nothing(reason: &str) -> bool {
    let lower = reason.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let is_later = |word: &str| LATER.contains(&word.trim_matches([':', '.', ',']));
    words.len() < 2
        || words.iter().all(|word| is_later(word))
        || words.first().is_some_and(|word| {
            ["todo", "fixme", "tbd", "xxx", "..."].contains(&word.trim_end_matches(':'))
        })
        || lower.starts_with('<')
        || lower.ends_with("...")
}

/// The nearest valid form.
fn form(names: &[Text]) -> String {
    let names: Vec<&str> = names.iter().map(|name| name.text.as_str()).collect();
    let names = if names.is_empty() {
        "RBC201".to_owned()
    } else {
        names.join(" ")
    };
    format!("write `rbc: allow {names} reason=\"why this is right here\"`")
}
