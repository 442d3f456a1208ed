//! What people write around commands, taken off before parsing: placeholders, prompts and output
//! become harmless text of the same length, so that every offset holds.

use super::Placeholder;
use crate::source::Range;

/// The longest name of a placeholder, in bytes.
const LONGEST_NAME: usize = 100;

/// The placeholders in `text`, in order of place. The text may be prose, shell, or anything else.
///
/// `<name>` is one when the name starts with a letter, a digit or `_` and nothing says that the
/// brackets mean something else: a redirection, a heredoc, markup, an address, a regular
/// expression.
pub fn placeholders(text: &str) -> Vec<Placeholder> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(open) = text
        .get(from..)
        .and_then(|rest| rest.find('<'))
        .map(|open| from + open)
    {
        from = open + 1;
        if let Some(placeholder) = placeholder_at(text, open) {
            from = placeholder.range.end as usize;
            found.push(placeholder);
        }
    }
    found
}

/// The placeholder whose `<` stands at byte `open`.
fn placeholder_at(text: &str, open: usize) -> Option<Placeholder> {
    let after = text.get(open + 1..)?;
    let len = name_length(after)?;
    let name = after.get(..len)?;
    let before = text.get(..open).unwrap_or("");
    if !is_name(name, before) || is_markup(text, open, name) {
        return None;
    }
    let choices = if name.contains('|') {
        name.split('|')
            .map(|choice| choice.trim().to_owned())
            .collect()
    } else {
        Vec::new()
    };
    let end = open + 1 + len + 1;
    Some(Placeholder {
        name: name.to_owned(),
        range: Range::new(u32::try_from(open).ok()?, u32::try_from(end).ok()?),
        choices,
    })
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
    for (at, c) in after.char_indices() {
        if at > LONGEST_NAME {
            return None;
        }
        let allowed = c.is_alphanumeric()
            || matches!(
                c,
                '_' | '-'
                    | '.'
                    | '/'
                    | ':'
                    | '|'
                    | ','
                    | '#'
                    | '+'
                    | '*'
                    | '@'
                    | '='
                    | ' '
                    | '…'
                    | '%'
            );
        if c == '>' {
            return Some(at);
        }
        if !allowed {
            return None;
        }
    }
    None
}

/// Whether `name`, which stands behind `before`, is the name of a placeholder.
fn is_name(name: &str, before: &str) -> bool {
    let previous = before.bytes().next_back();
    // `<<EOF`, the regular expressions `(?<name>` and `(?P<name>`, `\k<name>` and `\<word`.
    if matches!(previous, Some(b'<' | b'?' | b'\\'))
        || before.ends_with("?P")
        || before.ends_with("\\k")
        || before.ends_with("\\g")
    {
        return false;
    }
    if name.ends_with([' ', '/']) || name.contains("://") {
        return false;
    }
    // `sort <in 2>err`: the last word is a descriptor.
    let last = name.rsplit(' ').next().unwrap_or("");
    let numbers_only = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    if numbers_only
        || (last.len() < name.len() && last.len() == 1 && last.bytes().all(|b| b.is_ascii_digit()))
    {
        return false;
    }
    // `if x<y and y>z`: a comparison, unless the word ends in `/`, `=` and the like.
    let joined = previous.is_some_and(|byte| byte.is_ascii_alphanumeric());
    if name.contains(' ') && joined {
        return false;
    }
    !is_address(name, before)
}

/// `<user@example.org>` behind a name, in quotes or at the start of a line is an address.
fn is_address(name: &str, before: &str) -> bool {
    let Some((_, host)) = name.split_once('@') else {
        return false;
    };
    if host.contains('.') {
        return true;
    }
    let line = before.rsplit('\n').next().unwrap_or("");
    let quoted = line.matches('"').count() % 2 == 1 || line.matches('\'').count() % 2 == 1;
    let command = line.trim_start().starts_with("ssh")
        || line.contains(" ssh ")
        || line.trim_start().starts_with("scp")
        || line.contains("rsync");
    quoted || !command
}

/// Whether the brackets are a tag of some markup or an include of a header.
fn is_markup(text: &str, open: usize, name: &str) -> bool {
    let word = name.split([' ', '/', '=']).next().unwrap_or("");
    if matches!(
        word,
        "br" | "hr" | "img" | "html" | "head" | "body" | "div" | "span"
    ) {
        return true;
    }
    let line_start = text
        .get(..open)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |feed| feed + 1);
    if text
        .get(line_start..open)
        .is_some_and(|line| line.trim_start().starts_with("#include"))
    {
        return true;
    }
    closes(text.get(open..).unwrap_or(""), word)
}

/// Whether `</word>` occurs in `text`.
fn closes(text: &str, word: &str) -> bool {
    text.match_indices("</").any(|(at, _)| {
        text.get(at + 2..)
            .and_then(|rest| rest.strip_prefix(word))
            .is_some_and(|rest| rest.starts_with('>'))
    })
}

/// `text` with each placeholder replaced by as many bytes that the shell reads as a plain word.
pub(super) fn mask(text: &str, placeholders: &[Placeholder]) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    for placeholder in placeholders {
        let start = placeholder.range.start as usize;
        masked.push_str(text.get(from..start).unwrap_or(""));
        // Behind `$` or `$NAME` a letter would become a part of the variable's name.
        let filler = if follows_variable(&masked) { '%' } else { '_' };
        masked.push(filler);
        masked.extend(std::iter::repeat_n(
            'x',
            (placeholder.range.end as usize - start).saturating_sub(1),
        ));
        from = placeholder.range.end as usize;
    }
    masked.push_str(text.get(from..).unwrap_or(""));
    masked
}

/// Whether `before` ends in `$` or in a variable without braces.
fn follows_variable(before: &str) -> bool {
    before
        .trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_')
        .ends_with('$')
}
