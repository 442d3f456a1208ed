//! Placeholders that a file declares: in a `Placeholders:` paragraph or list, or in front matter.

use super::length;
use super::markdown::Inline;
use crate::source::Range;

/// A declared name, its place, and what is said about it, as ranges of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DeclarationText {
    /// The place of the name, brackets included where there are any.
    pub(super) name: Range,
    /// What is said about it.
    pub(super) meaning: Range,
}

/// The placeholders that the words in `range` declare: each in code marks, followed by its meaning.
pub(super) fn in_prose(inline: &Inline, range: Range) -> Vec<DeclarationText> {
    let text = inline.text.text();
    let names: Vec<Range> = inline
        .code
        .iter()
        .copied()
        .filter(|code| range.contains(*code) && name(code.of(text)).is_some())
        .collect();
    let ends = names
        .iter()
        .skip(1)
        .map(|next| next.start)
        .chain([range.end]);
    names
        .iter()
        .zip(ends)
        .map(|(name, end)| DeclarationText {
            name: *name,
            meaning: trimmed(text, Range::new(name.end, end)),
        })
        .collect()
}

/// The name in `<name>`.
pub(super) fn name(code: &str) -> Option<&str> {
    let name = code.strip_prefix('<')?.strip_suffix('>')?;
    let fits = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_|.".contains(&byte));
    fits.then_some(name)
}

/// The end of the front matter at the start of `text`: behind its closing line. Zero when there is
/// none.
pub(super) fn front_matter_end(text: &str) -> u32 {
    let mut lines = text.split_inclusive('\n');
    let Some(mark @ ("---" | "+++")) = lines.next().map(str::trim_end) else {
        return 0;
    };
    let mut end = text.find('\n').map_or(text.len(), |at| at + 1);
    let second = lines.clone().next().unwrap_or("").trim_end();
    let keyed = second.contains([':', '=']) || second.starts_with(['#', '[', '-']);
    if !keyed {
        return 0;
    }
    for line in lines {
        end += line.len();
        if line.trim_end() == mark {
            return u32::try_from(end).unwrap_or(0);
        }
    }
    0
}

/// The placeholders that front matter declares: below `placeholders:` or `[placeholders]`, one a
/// line, `name: meaning`, `name = "meaning"` or `- name`. `text` ends with the front matter.
pub(super) fn in_front_matter(text: &str) -> Vec<DeclarationText> {
    let mut declarations = Vec::new();
    let mut inside = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += length(line);
        let bare = line.trim_end();
        let indented = bare.starts_with([' ', '\t', '-']);
        if bare == "placeholders:" || bare == "[placeholders]" {
            inside = true;
            continue;
        }
        if !inside || bare.is_empty() || bare.trim_start().starts_with('#') {
            continue;
        }
        if bare.starts_with('[')
            || (!indented && !bare.contains('='))
            || bare == "---"
            || bare == "+++"
        {
            inside = false;
            continue;
        }
        let key_start =
            length(bare) - length(bare.trim_start_matches([' ', '\t', '-', '"', '\'', '<']));
        let key = bare.get(key_start as usize..).unwrap_or("");
        let key_end = key
            .find(|letter: char| {
                !(letter.is_alphanumeric() || matches!(letter, '-' | '_' | '|' | '.'))
            })
            .unwrap_or(key.len());
        let name = Range::new(
            start + key_start,
            start + key_start + u32::try_from(key_end).unwrap_or(0),
        );
        if name.end > name.start {
            declarations.push(DeclarationText {
                name,
                meaning: trimmed(text, Range::new(name.end, start + length(bare))),
            });
        }
    }
    declarations
}

fn trimmed(text: &str, range: Range) -> Range {
    let around = |letter: char| letter.is_whitespace() || ".,;:=-\"'>|".contains(letter);
    let inside = range.of(text);
    let start = range.start + length(inside) - length(inside.trim_start_matches(around));
    Range::new(start, start + length(inside.trim_matches(around)))
}
