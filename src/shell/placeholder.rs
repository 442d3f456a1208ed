//! `<name>` in prose and commands: what a person fills in, told from redirections, markup,
//! addresses and regular expressions.

use std::collections::BTreeSet;

use super::Placeholder;
use super::known::is_command_word;
use crate::source::Range;

/// The longest name of a placeholder, in bytes.
const LONGEST_NAME: usize = 100;

/// How far before a placeholder its line is looked at, in bytes.
const LOOK_BACK: usize = 200;

/// The placeholders in `text`, in order of place. The text may be prose, shell, or anything else.
///
/// `<name>` is one when the name starts with a letter, a digit or `_` and nothing says that the
/// brackets mean something else: a redirection, a heredoc, markup, an address, a regular
/// expression, or the `<none>` that programs print.
pub fn placeholders(text: &str) -> Vec<Placeholder> {
    find(text, false)
}

/// The placeholders in shell text, where `ssh <user@host>` is one and no address.
pub(super) fn in_shell(text: &str) -> Vec<Placeholder> {
    find(text, true)
}

fn find(text: &str, shell: bool) -> Vec<Placeholder> {
    let mut found = Vec::new();
    let mut closing = None;
    let mut lines = None;
    let mut from = 0;
    while let Some(open) = text
        .get(from..)
        .and_then(|rest| rest.find('<'))
        .map(|open| from + open)
    {
        from = open + 1;
        let Some((name, end)) = bracketed(text, open) else {
            continue;
        };
        // The delimiter of a heredoc comes again as a line.
        let doubled = text.as_bytes().get(open + 1) == Some(&b'<');
        if doubled
            && lines
                .get_or_insert_with(|| words_alone(text))
                .contains(name)
        {
            continue;
        }
        let before = line_before(text, open);
        if !is_name(name, before) || is_address(name, before, shell) {
            continue;
        }
        // Most texts have no markup: the closing tags are looked for only behind a candidate.
        let closing = closing.get_or_insert_with(|| closing_tags(text));
        if is_markup(name, before, closing) {
            continue;
        }
        from = end;
        found.extend(placeholder(name, open, end));
    }
    found
}

fn placeholder(name: &str, start: usize, end: usize) -> Option<Placeholder> {
    let choices = if name.contains('|') {
        name.split('|')
            .map(|choice| choice.trim().to_owned())
            .collect()
    } else {
        Vec::new()
    };
    Some(Placeholder {
        name: name.to_owned(),
        range: Range::new(u32::try_from(start).ok()?, u32::try_from(end).ok()?),
        choices,
    })
}

/// The name between the brackets that open at byte `open`, and the offset behind them. `<<name>>`
/// counts unless it is the delimiter of a heredoc.
fn bracketed(text: &str, open: usize) -> Option<(&str, usize)> {
    let after = text.get(open + 1..)?;
    let Some(doubled) = after.strip_prefix('<') else {
        let len = name_length(after)?;
        return Some((after.get(..len)?, open + 1 + len + 1));
    };
    let blanks = doubled.len() - doubled.trim_start_matches(' ').len();
    let len = name_length(doubled.get(blanks..)?)?;
    let inside = doubled.get(blanks..blanks + len)?;
    let name = inside.trim_end();
    if !doubled.get(blanks + len..)?.starts_with(">>") {
        return None;
    }
    (blanks == 0 || name.contains(' ')).then_some((name, open + 2 + blanks + len + 2))
}

/// The length of the name before the closing `>`, when everything up to it may stand in a name.
fn name_length(after: &str) -> Option<usize> {
    if after.starts_with("...>") {
        return Some(3);
    }
    let first = after.chars().next()?;
    if !(first.is_alphanumeric() || first == '_' || first == '…') {
        return None;
    }
    let bytes = after.as_bytes();
    for (at, c) in after.char_indices() {
        if c == '>' {
            return Some(at);
        }
        let between_letters = || {
            let letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphabetic);
            letter(at.checked_sub(1).and_then(|at| bytes.get(at))) && letter(bytes.get(at + 1))
        };
        let allowed = match c {
            '_' | '-' | '.' | '/' | ':' | '|' | ',' | '#' | '+' | '*' | '@' | '=' | ' ' | '%' => {
                true
            }
            '…' => true,
            '\'' => between_letters(),
            _ => c.is_alphanumeric(),
        };
        if !allowed || at > LONGEST_NAME {
            return None;
        }
    }
    None
}

/// The end of the line before byte `open`, as far as it is looked at.
fn line_before(text: &str, open: usize) -> &str {
    let mut start = open.saturating_sub(LOOK_BACK);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let piece = text.get(start..open).unwrap_or("");
    piece.rsplit('\n').next().unwrap_or(piece)
}

/// Whether `name`, which stands behind `before`, is the name of a placeholder.
fn is_name(name: &str, before: &str) -> bool {
    let previous = before.bytes().next_back();
    // `<<EOF`, and of regular expressions `(?<name>`, `(?P<name>`, `\k<name>`, `\<word`.
    if matches!(previous, Some(b'<' | b'?' | b'\\'))
        || before.ends_with("?P")
        || before.ends_with("\\k")
        || before.ends_with("\\g")
    {
        return false;
    }
    if name.ends_with([' ', '/', '|', '=', '-']) || name.contains("://") || name.contains("||") {
        return false;
    }
    if matches!(
        name,
        "none"
            | "nil"
            | "null"
            | "unknown"
            | "pending"
            | "invalid"
            | "unset"
            | "undefined"
            | "no value"
    ) {
        return false;
    }
    // `sort <in 2>err`: the last word is a descriptor.
    let digits = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    let last = name.rsplit(' ').next().unwrap_or("");
    if digits(name) || (last.len() == 1 && last.len() < name.len() && digits(last)) {
        return false;
    }
    // `if x<y and y>z` compares.
    let joined = previous.is_some_and(|byte| byte.is_ascii_alphanumeric());
    !(joined && name.contains(' '))
}

/// Whether `<name>` is an address: always with a domain, otherwise where no command says that
/// someone has to be named.
fn is_address(name: &str, before: &str, shell: bool) -> bool {
    let Some((_, host)) = name.split_once('@') else {
        return false;
    };
    if !shell || host.contains('.') {
        return true;
    }
    let quoted = |quote: char| before.matches(quote).count() % 2 == 1;
    let mut words = before.split_ascii_whitespace();
    let first = words.next().unwrap_or("");
    let command = if first == "sudo" || first == "$" {
        words.next().unwrap_or("")
    } else {
        first
    };
    quoted('"') || quoted('\'') || !is_command_word(command)
}

/// The words that stand alone on a line of `text`.
fn words_alone(text: &str) -> BTreeSet<&str> {
    text.lines()
        .map(str::trim)
        .filter(|line| line.len() <= LONGEST_NAME && !line.contains(' '))
        .collect()
}

/// The names of the closing tags of `text`, in expressions of `sed` too.
fn closing_tags(text: &str) -> BTreeSet<&str> {
    text.match_indices('<')
        .filter_map(|(at, _)| {
            let rest = text.get(at + 1..)?;
            let rest = rest.strip_prefix('/').or(rest.strip_prefix("\\/"))?;
            let len = rest
                .bytes()
                .take(LONGEST_NAME)
                .position(|byte| byte == b'>')?;
            rest.get(..len)
        })
        .collect()
}

/// Whether the brackets are a tag of some markup, or the header of an `#include`.
fn is_markup(name: &str, before: &str, closing: &BTreeSet<&str>) -> bool {
    let word = name.split([' ', '/', '=']).next().unwrap_or("");
    matches!(
        word,
        "br" | "hr" | "img" | "html" | "head" | "body" | "div" | "span" | "sup" | "kbd"
    ) || before.trim_start().starts_with("#include")
        || closing.contains(word)
}

/// `text` with each placeholder replaced by as many bytes that the shell reads as a plain word.
pub(super) fn mask(text: &str, placeholders: &[Placeholder]) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    for placeholder in placeholders {
        let start = placeholder.range.start as usize;
        let end = placeholder.range.end as usize;
        masked.push_str(text.get(from..start).unwrap_or(""));
        // Behind `$` or `$NAME` a letter would become a part of the variable's name.
        masked.push(if follows_variable(&masked) { '%' } else { '_' });
        masked.extend(std::iter::repeat_n('x', end.saturating_sub(start + 1)));
        from = end;
    }
    masked.push_str(text.get(from..).unwrap_or(""));
    masked
}

/// Whether `before` ends in `$` or in a variable without braces.
fn follows_variable(before: &str) -> bool {
    before
        .bytes()
        .rev()
        .take(64)
        .find(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_'))
        == Some(b'$')
}
