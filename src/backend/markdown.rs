//! Texts of other people put into markdown so that they stay text: nothing in them becomes markup,
//! ends a table cell, a code span or a fence, or starts a line of its own.

use tera::{Filter, Result, Tera, Value};

use crate::plan::{plain, plain_lines};

/// Teaches a template engine to write markdown: what a template prints is escaped, and the filters
/// `code`, `cell_code` and `fenced` write code.
pub(super) fn teach(tera: &mut Tera) {
    tera.autoescape_on(vec![".md"]);
    tera.set_escape_fn(text);
    tera.register_filter("code", Written(|value, _| code(&plain(value))));
    tera.register_filter(
        "cell_code",
        Written(|value, _| code(&plain(value)).replace('|', "\\|")),
    );
    tera.register_filter("fenced", Written(fenced));
}

/// The filters, with what they are for.
pub(super) const FILTERS: &[(&str, &str)] = &[
    ("code", "as inline code"),
    ("cell_code", "as inline code in a table"),
    (
        "fenced(language=\"bash\")",
        "as a fenced block that nothing in it ends",
    ),
    ("safe", "as it is, markup included"),
];

/// What filters and functions of a template are called with.
#[expect(
    clippy::disallowed_types,
    reason = "the template engine's own signature"
)]
pub(super) type Arguments = std::collections::HashMap<String, Value>;

/// A filter whose result is markdown already. Its argument is the text and the language.
struct Written(fn(&str, &str) -> String);

impl Filter for Written {
    fn filter(&self, value: &Value, arguments: &Arguments) -> Result<Value> {
        let language = arguments.get("language").and_then(Value::as_str);
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                value.to_string()
            }
        };
        Ok((self.0)(&text, language.unwrap_or("")).into())
    }

    fn is_safe(&self) -> bool {
        true
    }
}

/// What stands where a person writes.
pub(super) const BLANK: &str = "____";

/// `text` for a paragraph, a heading, a list item or a table cell: one line, markup escaped.
pub(super) fn text(text: &str) -> String {
    let text = plain(text);
    if text == BLANK {
        return text;
    }
    let mut written = String::with_capacity(text.len());
    let mut before = None;
    let mut characters = text.char_indices().peekable();
    let numbered = list_number(&text);
    while let Some((at, character)) = characters.next() {
        let after = characters.peek().map(|(_, next)| *next);
        let word = |it: Option<char>| it.is_some_and(char::is_alphanumeric);
        let blank = |it: Option<char>| it.is_none_or(char::is_whitespace);
        let escape = match character {
            '\\' | '`' | '*' | '<' | '|' | '[' => true,
            '_' => !(word(before) && word(after)),
            // A pair of these strikes through; without an end there is no pair.
            '~' => !blank(before),
            '&' => word(after) || after == Some('#'),
            '#' => blank(before) || before == Some('#'),
            '>' => before.is_none(),
            '-' | '+' | '=' => before.is_none() && (blank(after) || is_rule(&text)),
            '.' | ')' => numbered == Some(at),
            _ => false,
        };
        if escape {
            written.push('\\');
        }
        written.push(character);
        before = Some(character);
    }
    written
}

/// Whether a text is a line across the page, or one that makes the line above it a heading.
fn is_rule(text: &str) -> bool {
    text.chars()
        .all(|character| matches!(character, '-' | '=' | ' '))
}

/// Where the mark of a list number ends, when the text begins like an item: `1. ` or `1) `.
fn list_number(text: &str) -> Option<usize> {
    let at = text.find(|character: char| !character.is_ascii_digit())?;
    let rest = text.get(at + 1..)?;
    (at > 0 && (rest.is_empty() || rest.starts_with(' '))).then_some(at)
}

/// `text`, one line, as inline code; nothing for nothing.
fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let marks = "`".repeat(longest_run(text) + 1);
    if text.starts_with('`') || text.ends_with('`') {
        format!("{marks} {text} {marks}")
    } else {
        format!("{marks}{text}{marks}")
    }
}

/// `text` as a fenced block.
fn fenced(text: &str, language: &str) -> String {
    let marks = "`".repeat(longest_run(text).max(2) + 1);
    let lines = plain_lines(text.trim_end_matches('\n'));
    format!("{marks}{language}\n{lines}\n{marks}")
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{code, fenced, text};

    #[test]
    fn markup_in_a_text_stays_text() {
        let cases = [
            ("a | b", "a \\| b"),
            ("line\nand line", "line and line"),
            ("<script>alert(1)</script>", "\\<script>alert(1)\\</script>"),
            ("[x](http://e)", "\\[x](http://e)"),
            (
                "*bold* and _it_ and snake_case",
                "\\*bold\\* and \\_it\\_ and snake_case",
            ),
            ("# not a heading #", "\\# not a heading \\#"),
            ("- [ ] no task", "\\- \\[ ] no task"),
            ("1. no list, 3.6", "1\\. no list, 3.6"),
            ("3.6.25", "3.6.25"),
            ("> no quote", "\\> no quote"),
            ("---", "\\---"),
            ("--flag", "--flag"),
            ("~~gone~~ ~/home", "~\\~gone\\~\\~ ~/home"),
            ("a &lt; b && c", "a \\&lt; b && c"),
            ("`code`", "\\`code\\`"),
            ("ends in \\", "ends in \\\\"),
        ];
        for (given, expected) in cases {
            assert_eq!(text(given), expected);
        }
    }

    #[test]
    fn nothing_ends_code_early() {
        assert_eq!(code("a `b` c"), "``a `b` c``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(fenced("a\n```\nb\n", "bash"), "````bash\na\n```\nb\n````");
        assert_eq!(fenced("a\u{202e}b\tc", ""), "```\na?b\tc\n```");
    }
}
