//! Instructions to rbc itself, one grammar for HTML comments, info strings and comments in blocks:
//! words and `key=value` pairs, a value with blanks in double quotes.

use super::length;
use crate::runbook::StepKind;
use crate::source::Range;

/// An instruction's words and pairs, as ranges of the text it was read from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct DirectiveText {
    pub(super) words: Vec<Range>,
    /// Keys and values; a value is without its quotes.
    pub(super) pairs: Vec<(Range, Range)>,
}

impl DirectiveText {
    /// What the first word that names one says the step is.
    pub(super) fn kind(&self, text: &str) -> Option<(StepKind, Range)> {
        self.words
            .iter()
            .find_map(|word| kind(word.of(text)).map(|kind| (kind, *word)))
    }
}

/// Reads words and pairs from `range` of `text`.
pub(super) fn read(text: &str, range: Range) -> DirectiveText {
    let mut directive = DirectiveText::default();
    let mut at = range.start;
    let inside = |at: u32| Range::new(at, range.end).of(text);
    loop {
        let rest = inside(at);
        at += length(rest) - length(rest.trim_start_matches(blank));
        let rest = inside(at);
        if rest.is_empty() {
            return directive;
        }
        let word = rest
            .find(|character| blank(character) || character == '=')
            .unwrap_or(rest.len());
        let key = Range::new(at, at + length(rest.get(..word).unwrap_or("")));
        at = key.end;
        let Some(value) = inside(at).strip_prefix('=') else {
            directive.words.push(key);
            continue;
        };
        at += 1;
        let (start, end, next) = match value.strip_prefix('"') {
            Some(quoted) => {
                let end = quoted.find('"').unwrap_or(quoted.len());
                (1, 1 + end, (2 + end).min(value.len()))
            }
            None => {
                let end = value.find(blank).unwrap_or(value.len());
                (0, end, end)
            }
        };
        let offset = |bytes: usize| at + u32::try_from(bytes).unwrap_or(0);
        directive
            .pairs
            .push((key, Range::new(offset(start), offset(end))));
        at = offset(next);
    }
}

/// What stands behind `rbc:` in an HTML comment that starts at `at`, and the end of the comment.
pub(super) fn html_comment(text: &str, at: u32) -> Option<(Range, u32)> {
    let rest = text.get(at as usize..)?;
    let inside = rest.strip_prefix("<!--")?;
    let length_inside = inside.find("-->").unwrap_or(inside.len());
    let end = at + 4 + u32::try_from(length_inside).ok()?;
    let closing = if length_inside < inside.len() { 3 } else { 0 };
    let trimmed = inside.trim_start();
    let start = at + 4 + length(inside) - length(trimmed);
    trimmed.get(..4).filter(|mark| *mark == "rbc:")?;
    Some((Range::new(start + 4, end), end + closing))
}

/// What stands behind `# rbc:` in a line of a script, the line's indent included.
pub(super) fn hash_comment(line: &str) -> Option<Range> {
    let trimmed = line.trim_start();
    let inside = trimmed
        .strip_prefix('#')?
        .trim_start_matches(['#', ' ', '\t']);
    let inside = inside.strip_prefix("rbc:")?;
    Some(Range::new(length(line) - length(inside), length(line)))
}

/// What stands in the braces of an info string.
pub(super) fn info(info: &str) -> Option<Range> {
    let start = info.find('{')?;
    let end = info.rfind('}').filter(|end| *end > start)?;
    Some(Range::new(
        u32::try_from(start).ok()? + 1,
        u32::try_from(end).ok()?,
    ))
}

/// Whether an attribute list is ours: it names a step or a suppression, or, on a block that is a
/// step already, has a key of ours.
pub(super) fn is_ours(text: &str, directive: &DirectiveText, step: bool) -> bool {
    const KEYS: &[&str] = &[
        "budget",
        "capture",
        "every",
        "expect",
        "none-to-do",
        "on",
        "on-error",
        "role",
        "timeout",
        "wait",
    ];
    directive.kind(text).is_some()
        || directive.words.iter().any(|word| word.of(text) == "allow")
        || step
            && directive
                .pairs
                .iter()
                .any(|(key, _)| KEYS.contains(&key.of(text)))
}

fn kind(word: &str) -> Option<StepKind> {
    match word {
        "run" => Some(StepKind::Run),
        "check" => Some(StepKind::Check),
        "gate" => Some(StepKind::Gate),
        _ => None,
    }
}

fn blank(character: char) -> bool {
    character.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words and pairs in a line.
    fn shown(text: &str) -> String {
        let directive = read(text, Range::new(0, length(text)));
        let words = directive.words.iter().map(|word| word.of(text).to_owned());
        let pairs = directive
            .pairs
            .iter()
            .map(|(key, value)| format!("{}=[{}]", key.of(text), value.of(text)));
        words.chain(pairs).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_directive_is_words_and_pairs() {
        let cases = [
            ("gate role=dba", "gate role=[dba]"),
            (
                "allow RBC201 reason=\"two words\"",
                "allow RBC201 reason=[two words]",
            ),
            (
                "allow RBC201,RBC202 reason=\"\"",
                "allow RBC201,RBC202 reason=[]",
            ),
            ("reason=\"no end", "reason=[no end]"),
            ("a=b=c d=\"e\"f", "f a=[b=c] d=[e]"),
            ("=x", " =[x]"),
            ("  \t ", ""),
        ];
        for (text, wanted) in cases {
            let shown = shown(text);
            assert_eq!(shown.trim(), wanted.trim(), "{text}");
        }
    }

    #[test]
    fn comments_are_ours_when_they_say_so() {
        let html =
            |text: &str| html_comment(text, 0).map(|(range, end)| (range.of(text).to_owned(), end));
        assert_eq!(
            html("<!-- rbc: gate --> x"),
            Some((" gate ".to_owned(), 18))
        );
        assert_eq!(html("<!--rbc:gate"), Some(("gate".to_owned(), 12)));
        assert_eq!(html("<!-- rbc gate -->"), None);
        let hash = |text: &str| hash_comment(text).map(|range| range.of(text).to_owned());
        assert_eq!(hash("  # rbc: allow X"), Some(" allow X".to_owned()));
        assert_eq!(hash("echo # rbc: allow X"), None);
    }
}
