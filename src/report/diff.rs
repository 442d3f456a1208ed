//! Differences between texts, for people: those of a whole file, and the few lines of one fix.

use similar::TextDiff;

use super::view::columns;
use super::visible::visible;
use crate::diagnostic::{Edit, Fix};

/// How many changed lines of one fix are shown.
const MOST_LINES: usize = 3;

/// The differences of a file as a unified diff with three lines of context; empty when there are
/// none. Nothing in it is masked: `patch` and `git apply` take it.
pub fn unified(path: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    TextDiff::from_lines(old, new)
        .unified_diff()
        .context_radius(3)
        .header(&format!("a/{path}"), &format!("b/{path}"))
        .to_string()
}

/// The lines a fix changes, `- ` before the old and `+ ` before the new ones, each at most `width`
/// columns wide; empty where nobody would see a difference.
pub(super) fn of_fix(text: &str, fix: &Fix, width: usize) -> Vec<String> {
    let mut lines: Vec<(usize, usize, Vec<&Edit>)> = Vec::new();
    for edit in &fix.edits {
        let range = edit.span.range();
        let before = text.get(..range.start).unwrap_or("");
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let after = text.get(range.end..).unwrap_or("");
        let end = after.find('\n').map_or(text.len(), |at| range.end + at);
        match lines.last_mut() {
            Some((_, last, edits)) if start < *last => {
                *last = end.max(*last);
                edits.push(edit);
            }
            _ => lines.push((start, end, vec![edit])),
        }
    }
    let mut out = Vec::new();
    let more = lines.len().saturating_sub(MOST_LINES);
    for (start, end, edits) in lines.into_iter().take(MOST_LINES) {
        let old = text.get(start..end).unwrap_or("");
        let mut new = String::new();
        let mut copied = start;
        for edit in edits {
            let range = edit.span.range();
            new.push_str(text.get(copied..range.start).unwrap_or(""));
            new.push_str(&edit.replacement);
            copied = range.end;
        }
        new.push_str(text.get(copied..end).unwrap_or(""));
        let (old, new) = shorten(old, &new, width);
        if old == new {
            return Vec::new();
        }
        out.extend(old.lines().map(|line| format!("- {line}")));
        out.extend(new.lines().map(|line| format!("+ {line}")));
    }
    if more > 0 {
        out.push(format!("... and {more} more lines"));
    }
    out
}

/// Both lines without their common indent, cut to `width` around where they differ.
fn shorten(old: &str, new: &str, width: usize) -> (String, String) {
    let (old, new) = (visible(old.trim()), visible(new.trim()));
    if columns(&old).max(columns(&new)) <= width {
        return (old.into_owned(), new.into_owned());
    }
    let same = old
        .chars()
        .zip(new.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let skipped = same.saturating_sub(width / 3);
    let cut = |text: &str| -> String {
        let mark = if skipped > 0 { "..." } else { "" };
        let mut out = mark.to_owned();
        let mut left = width.saturating_sub(6);
        for character in text.chars().skip(skipped) {
            let wide = columns(character.encode_utf8(&mut [0; 4]));
            if wide > left {
                out.push_str("...");
                return out;
            }
            left -= wide;
            out.push(character);
        }
        out
    };
    (cut(&old), cut(&new))
}
