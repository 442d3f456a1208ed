//! The lines of a file that a finding is about, as they are shown: control characters as marks, and
//! a line longer than the terminal cut around its labels.

use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::visible::Shown;
use crate::source::{LineIndex, Place, SourceFile, Span};

/// What stands for the part of a line that is cut away.
const CUT: &str = "...";

/// The columns of a line that are kept before its first label, where it has to be cut.
const BEFORE: usize = 24;

/// The columns that are kept even where the text behind the mark then leaves the terminal.
const LEAST_BEFORE: usize = 8;

/// How wide a tab is drawn, in columns.
pub(super) const TAB: usize = 4;

/// A stretch of lines of one file.
pub(super) struct View {
    /// The path as it is shown.
    pub(super) path: String,
    /// The lines, a line feed after each.
    pub(super) text: String,
    /// Where each line begins in `text`.
    starts: Vec<usize>,
    /// The number of the first line, from 1.
    first: usize,
    /// Each span that was asked for: its range in `text`, and the place of its start in the file.
    ranges: Vec<(Span, Range<usize>, Place)>,
}

/// One line as it is shown, and the way from the bytes of the line to those of what is shown.
struct Line<'a> {
    shown: Shown<'a>,
    /// The bytes of the shown line that are kept.
    kept: Range<usize>,
    /// How many bytes of a mark stand before them.
    before: usize,
    text: String,
}

impl View {
    /// The lines from the first to the last of `spans`, each at most `width` columns wide. The
    /// first span is the one that has to be seen; `spans` lie in `file`. `message` is how many
    /// columns the text behind the mark of the first one takes.
    pub(super) fn new(
        file: &SourceFile,
        lines: &LineIndex,
        path: String,
        spans: &[Span],
        width: usize,
        message: usize,
    ) -> View {
        let line_of = |offset: u32| lines.line(offset) as usize;
        let last_byte = |span: &Span| span.end.max(span.start + 1) - 1;
        let first = spans
            .iter()
            .map(|span| line_of(span.start))
            .min()
            .unwrap_or(1);
        let last = spans
            .iter()
            .map(|span| line_of(last_byte(span)))
            .max()
            .unwrap_or(1);
        let mut view = View {
            path,
            text: String::new(),
            starts: Vec::new(),
            first,
            ranges: Vec::new(),
        };
        let mut shown = Vec::new();
        for number in first..=last {
            let line = lines.range(&file.text, number);
            let text = file.text.get(line.clone()).unwrap_or("");
            let parts: Vec<Range<usize>> = spans
                .iter()
                .filter(|span| span.start as usize <= line.end && line.start <= span.end as usize)
                .map(|span| within(span.range(), &line))
                .collect();
            let one = Line::new(text, &parts, width, message);
            view.starts.push(view.text.len());
            view.text.push_str(&one.text);
            view.text.push('\n');
            shown.push((line, one));
        }
        for span in spans {
            let offset = |offset: usize, number: usize| -> usize {
                let index = number - first;
                match (shown.get(index), view.starts.get(index)) {
                    (Some((line, one)), Some(start)) => {
                        start + one.offset(offset.clamp(line.start, line.end) - line.start)
                    }
                    _ => view.text.len(),
                }
            };
            let start = offset(span.start as usize, line_of(span.start));
            let end = offset(span.end as usize, line_of(last_byte(span)));
            let place = lines.place(&file.text, span.start);
            let range = drawn(&view.text, start..end.max(start));
            view.ranges.push((*span, range, place));
        }
        view
    }

    /// Where a span that the view was made for is shown.
    pub(super) fn range(&self, span: Span) -> Range<usize> {
        let found = self.ranges.iter().find(|(known, _, _)| *known == span);
        found.map_or(0..0, |(_, range, _)| range.clone())
    }

    /// The place in the file of a span that is shown from `byte` on.
    pub(super) fn place(&self, byte: usize) -> Option<Place> {
        let found = self.ranges.iter().find(|(_, range, _)| range.start == byte);
        found.map(|(_, _, place)| *place)
    }

    /// The index of the line that holds a byte of the shown text.
    pub(super) fn line_index(&self, byte: usize) -> usize {
        self.starts
            .partition_point(|start| *start <= byte)
            .saturating_sub(1)
    }

    /// The number in the file of a line, by its index.
    pub(super) fn line_number(&self, index: usize) -> usize {
        self.first + index
    }

    /// The bytes of a line of the shown text, its line feed included.
    pub(super) fn line_range(&self, index: usize) -> Option<Range<usize>> {
        let start = *self.starts.get(index)?;
        let end = self
            .starts
            .get(index + 1)
            .copied()
            .unwrap_or(self.text.len());
        Some(start..end)
    }
}

/// A range that something can be drawn under: a mark that joins the character before it is shown
/// with that character.
fn drawn(text: &str, range: Range<usize>) -> Range<usize> {
    let marked = text.get(range.clone()).unwrap_or("");
    if marked.is_empty() || marked.width() > 0 || marked.contains(['\t', '\n']) {
        return range;
    }
    let before = text.get(..range.start).unwrap_or("");
    let base = before
        .char_indices()
        .rev()
        .find(|(_, it)| columns_of(*it) > 0);
    let start = base
        .map(|(at, _)| at)
        .filter(|at| !text.get(*at..range.start).unwrap_or("").contains('\n'));
    start.unwrap_or(range.start)..range.end
}

/// The part of `range` that lies in `line`, counted from the start of the line.
fn within(range: Range<usize>, line: &Range<usize>) -> Range<usize> {
    let start = range.start.clamp(line.start, line.end) - line.start;
    let end = range.end.clamp(line.start, line.end) - line.start;
    start..end.max(start)
}

impl<'a> Line<'a> {
    fn new(text: &'a str, parts: &[Range<usize>], width: usize, message: usize) -> Self {
        let shown = Shown::new(text);
        let parts: Vec<Range<usize>> = parts
            .iter()
            .map(|part| shown.offset(part.start)..shown.offset(part.end))
            .collect();
        let kept = keep(&shown.text, &parts, width, message);
        let before = if kept.start > 0 { CUT } else { "" };
        let after = if kept.end < shown.text.len() { CUT } else { "" };
        let middle = shown.text.get(kept.clone()).unwrap_or("");
        Line {
            text: format!("{before}{middle}{after}"),
            before: before.len(),
            kept,
            shown,
        }
    }

    /// The byte of the shown line for a byte of the line; what is cut away is where its mark is.
    fn offset(&self, offset: usize) -> usize {
        let offset = self.shown.offset(offset);
        if offset < self.kept.start {
            0
        } else if offset <= self.kept.end {
            self.before + (offset - self.kept.start)
        } else {
            self.text.len()
        }
    }
}

/// The bytes of a line to keep so that it is at most `width` columns wide: all of a line that fits,
/// else those around `parts`, or around the first of them where they lie too far apart.
fn keep(text: &str, parts: &[Range<usize>], width: usize, message: usize) -> Range<usize> {
    if columns(text) <= width {
        return 0..text.len();
    }
    let Some(first) = parts.first() else {
        return 0..end_within(text, 0, width.saturating_sub(CUT.len()));
    };
    let start = parts.iter().map(|part| part.start).min().unwrap_or(0);
    let end = parts.iter().map(|part| part.end).max().unwrap_or(0);
    let room = width.saturating_sub(2 * CUT.len()).max(1);
    let span = |range: &Range<usize>| columns(text.get(range.clone()).unwrap_or(""));
    let all = start..end;
    let wanted = if span(&all) <= room { &all } else { first };
    // The text behind the mark should fit too; at least half of the room is for the line.
    let room = if span(wanted) + message >= room {
        room.saturating_sub(message + 1).max(room / 2)
    } else {
        room
    };
    let spare = room.saturating_sub(span(wanted));
    let beside = room
        .saturating_sub(span(wanted) + message + 1)
        .max(LEAST_BEFORE);
    let before = spare.min(BEFORE.max(spare / 2)).min(beside);
    let mut from = start_before(text, wanted.start, before);
    let to = end_within(text, from, room);
    if to == text.len() {
        // Nothing is cut at the end: more of the beginning fits.
        from = start_before(text, text.len(), room + CUT.len());
    }
    from..to
}

/// The columns a text takes.
pub(super) fn columns(text: &str) -> usize {
    let tabs = text.bytes().filter(|byte| *byte == b'\t').count();
    text.width() + tabs * TAB
}

fn columns_of(character: char) -> usize {
    match character {
        '\t' => TAB,
        other => other.width().unwrap_or(0),
    }
}

/// The end of as many characters from `start` on as fit into `room` columns.
fn end_within(text: &str, start: usize, room: usize) -> usize {
    let mut left = room;
    let rest = text.get(start..).unwrap_or("");
    for (at, character) in rest.char_indices() {
        match left.checked_sub(columns_of(character)) {
            Some(remaining) => left = remaining,
            None => return start + at,
        }
    }
    text.len()
}

/// The start of as many characters before `end` as fit into `room` columns; never a character that
/// joins the one before it.
fn start_before(text: &str, end: usize, room: usize) -> usize {
    let mut left = room;
    let mut start = end;
    let before = text.get(..end).unwrap_or("");
    for (at, character) in before.char_indices().rev() {
        let width = columns_of(character);
        match left.checked_sub(width) {
            Some(remaining) => left = remaining,
            None => break,
        }
        if width > 0 {
            start = at;
        }
    }
    start
}
