//! RBC503: bytes outside ASCII.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::source::Span;

static CODE: Code = Code {
    id: "RBC503",
    name: "non-ascii",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("non_ascii.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

/// More lines than this with such characters are a language, not a slip: one finding says so.
const MOST: usize = 20;

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    if cx.file.text.is_ascii() {
        return;
    }
    let mut found = Vec::new();
    let mut at = 0;
    for line in cx.file.text.split_inclusive('\n') {
        if let Some((column, character)) = line.char_indices().find(|(_, c)| !c.is_ascii()) {
            let start = u32::try_from(at + column).unwrap_or(u32::MAX);
            let length = u32::try_from(character.len_utf8()).unwrap_or(1);
            let span = Span::new(cx.file.id, start, start + length);
            found.push((span, character));
        }
        at += line.len();
    }
    let lines = found.len();
    let shown = if lines > MOST { 1 } else { lines };
    for (span, character) in found.into_iter().take(shown) {
        let message = if shown < lines {
            format!("{lines} lines of this file have characters outside ASCII")
        } else {
            format!(
                "`{character}` (U+{:04X}) is outside ASCII",
                u32::from(character)
            )
        };
        findings.push(
            Diagnostic::new(&CODE, span, message)
                .help("write it in ASCII: a console of last resort, a serial line or an old pager shows something else"),
        );
    }
}
