//! Text from a document made harmless for a terminal: control characters become visible marks.

use std::borrow::Cow;
use std::fmt::Write;

/// `text` with every character that could drive a terminal or reorder a line replaced by a mark
/// such as `<U+001B>`. Line feeds, tabs and the carriage return of a line ending stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    Shown::new(text).text
}

/// A text as it is shown, with the way from the offsets of the original to its own.
pub(super) struct Shown<'a> {
    pub(super) text: Cow<'a, str>,
    /// Where a replaced character ends in the original, and how many bytes the text has grown by
    /// up to there.
    growth: Vec<(usize, usize)>,
}

impl<'a> Shown<'a> {
    /// The shown form of `text`; borrows where nothing has to change.
    pub(super) fn new(text: &'a str) -> Self {
        let mut shown = String::new();
        let mut growth = Vec::new();
        let mut copied = 0;
        let mut characters = text.char_indices().peekable();
        while let Some((start, character)) = characters.next() {
            let ends_line = matches!(characters.peek(), Some((_, '\n')));
            if !is_hidden(character, ends_line) {
                continue;
            }
            shown.push_str(text.get(copied..start).unwrap_or(""));
            write!(shown, "<U+{:04X}>", u32::from(character)).expect("a string takes any text");
            copied = start + character.len_utf8();
            growth.push((copied, shown.len() - copied));
        }
        if growth.is_empty() {
            return Shown {
                text: Cow::Borrowed(text),
                growth,
            };
        }
        shown.push_str(text.get(copied..).unwrap_or(""));
        Shown {
            text: Cow::Owned(shown),
            growth,
        }
    }

    /// The offset in the shown text of byte `offset` of the original.
    pub(super) fn offset(&self, offset: usize) -> usize {
        let before = self.growth.partition_point(|(end, _)| *end <= offset);
        let grown = before
            .checked_sub(1)
            .and_then(|last| self.growth.get(last))
            .map_or(0, |(_, grown)| *grown);
        offset + grown
    }
}

/// Whether a character is shown as a mark: C0 and C1 controls, and the invisible characters that
/// reorder or join text.
fn is_hidden(character: char, ends_line: bool) -> bool {
    match character {
        '\n' | '\t' => false,
        '\r' => !ends_line,
        '\u{00ad}' | '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' => true,
        '\u{2060}'..='\u{206f}' | '\u{feff}' => true,
        _ => character.is_control(),
    }
}
