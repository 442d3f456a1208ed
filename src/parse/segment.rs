//! Cuts a paragraph at the words that begin something: labels, `Expect:`, and the lead words worth
//! keeping.

use super::markdown::Inline;
use super::{label, length};
use crate::runbook::{ParagraphKind, StepKind};
use crate::source::Range;

/// A piece of a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    /// The place in the paragraph's text.
    pub(super) range: Range,
    /// What begins it.
    pub(super) lead: Lead,
    /// Where the words behind the lead begin.
    pub(super) body: u32,
    /// The end of the bold stretch that begins it.
    pub(super) bold: Option<u32>,
    /// Whether it begins a source line.
    pub(super) line_start: bool,
}

/// What begins a piece of a paragraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lead {
    /// Nothing of ours, or a lead word of prose.
    Prose(ParagraphKind),
    /// `RUN`, `CHECK` or `GATE`; whether the rest has the form of a label is not known yet.
    Label(StepKind),
    /// A label in code marks, `# RUN: jumphost`.
    Code,
    /// `Expect:`
    Expect,
    /// `STATUS:`
    Status,
    /// `Scope:`
    Scope,
    /// `Conventions:`
    Conventions,
    /// `Placeholders:`
    Placeholders,
}

impl Lead {
    fn is_header(self) -> bool {
        match self {
            Lead::Status | Lead::Scope | Lead::Conventions | Lead::Placeholders => true,
            Lead::Prose(_) | Lead::Label(_) | Lead::Code | Lead::Expect => false,
        }
    }
}

/// The pieces of a paragraph, in order; together they are the whole of it.
pub(super) fn cut(inline: &Inline) -> Vec<Segment> {
    let text = inline.text.text();
    let end = length(text);
    let mut segments = vec![Segment {
        range: Range::new(0, end),
        lead: Lead::Prose(ParagraphKind::Plain),
        body: 0,
        bold: None,
        line_start: true,
    }];
    let mut strong = inline.strong.iter().peekable();
    let mut code = inline.code.iter().peekable();
    for (at, line_start) in anchors(inline) {
        while strong.next_if(|range| range.start < at).is_some() {}
        while code.next_if(|range| range.end <= at).is_some() {}
        let bold = strong
            .peek()
            .filter(|range| range.start == at)
            .map(|range| range.end);
        let in_code = code.peek().filter(|range| range.start <= at).copied();
        let Some(rest) = text.get(at as usize..) else {
            continue;
        };
        let lead = match in_code {
            Some(range)
                if line_start && range.start == at && label::comment(range.of(text)).is_some() =>
            {
                Some((Lead::Code, range.end - at))
            }
            Some(_) => None,
            None => lead(rest, line_start).filter(|_| line_start || begins_sentence(inline, at)),
        };
        let Some((lead, body)) = lead else { continue };
        let header = segments.last().is_some_and(|last| last.lead.is_header());
        if header && !lead.is_header() && !(line_start && bold.is_some()) {
            continue;
        }
        if at == 0 {
            segments.clear();
        } else if let Some(last) = segments.last_mut() {
            last.range.end = at;
        }
        segments.push(Segment {
            range: Range::new(at, end),
            lead,
            body: label::skip_blanks(text, at + body),
            bold,
            line_start,
        });
    }
    segments
}

/// Where something may begin: lines, bold stretches, and words before a colon.
fn anchors(inline: &Inline) -> Vec<(u32, bool)> {
    let text = inline.text.text();
    let mut anchors = vec![(0, true)];
    anchors.extend(inline.lines.iter().map(|line| (*line, true)));
    anchors.extend(inline.strong.iter().map(|strong| (strong.start, false)));
    anchors.extend(text.match_indices(':').filter_map(|(colon, _)| {
        let before = text.get(..colon)?;
        let word = match before.strip_suffix(')') {
            Some(inside) => inside.get(..open_parenthesis(inside)?)?.trim_end(),
            None => before,
        };
        ["GATE", "Expect", "Probe", "NOTE", "CAUTION", "CORRECTION"]
            .iter()
            .find(|lead| word.ends_with(**lead))
            .map(|lead| (length(word) - length(lead), false))
    }));
    anchors.sort_by_key(|(at, line_start)| (*at, !line_start));
    anchors.dedup_by_key(|(at, _)| *at);
    anchors
}

/// What `text` begins with, and where the words behind it begin.
fn lead(text: &str, line_start: bool) -> Option<(Lead, u32)> {
    let words: &[(&str, Lead)] = match text.as_bytes().first()? {
        b'R' => &[("RUN", Lead::Label(StepKind::Run))],
        b'G' => &[("GATE", Lead::Label(StepKind::Gate))],
        b'C' => &[
            ("CHECK", Lead::Label(StepKind::Check)),
            ("CAUTION", Lead::Prose(ParagraphKind::Caution)),
            ("CORRECTION", Lead::Prose(ParagraphKind::Correction)),
            ("Conventions", Lead::Conventions),
        ],
        b'E' => &[("Expect", Lead::Expect)],
        b'P' => &[
            ("Probes", Lead::Prose(ParagraphKind::Probe)),
            ("Probe", Lead::Prose(ParagraphKind::Probe)),
            ("Placeholders", Lead::Placeholders),
        ],
        b'N' => &[("NOTE", Lead::Prose(ParagraphKind::Note))],
        b'O' => &[("Order", Lead::Prose(ParagraphKind::Order))],
        b'S' => &[
            ("STATUS", Lead::Status),
            ("Status", Lead::Status),
            ("Scope", Lead::Scope),
        ],
        b'!' => &[("!!!", Lead::Prose(ParagraphKind::Banner))],
        b'[' => &[
            ("[!CAUTION]", Lead::Prose(ParagraphKind::Caution)),
            ("[!WARNING]", Lead::Prose(ParagraphKind::Caution)),
            ("[!IMPORTANT]", Lead::Prose(ParagraphKind::Note)),
            ("[!NOTE]", Lead::Prose(ParagraphKind::Note)),
        ],
        _ => return None,
    };
    let (word, lead) = words.iter().find(|(word, _)| text.starts_with(word))?;
    let at = length(word);
    match lead {
        Lead::Label(_) => {
            let boundary = !text.get(at as usize..)?.starts_with(|next: char| {
                next.is_alphanumeric() || matches!(next, '_' | '/' | '-' | ',')
            });
            boundary.then_some((*lead, at))
        }
        Lead::Prose(ParagraphKind::Banner) => line_start.then_some((*lead, at)),
        Lead::Prose(_) if word.starts_with('[') => line_start.then_some((*lead, at)),
        Lead::Prose(ParagraphKind::Probe) if line_start => {
            let near = start_of(text, 160);
            let sentence = near.get(..label::sentence_end(near, at) as usize)?;
            let colon = sentence
                .find(": ")
                .or_else(|| sentence.strip_suffix(':').map(str::len))?;
            Some((*lead, u32::try_from(colon).ok()? + 1))
        }
        Lead::Prose(_)
        | Lead::Expect
        | Lead::Status
        | Lead::Scope
        | Lead::Conventions
        | Lead::Placeholders
        | Lead::Code => {
            if lead.is_header() && !line_start {
                return None;
            }
            let after = label::parenthesis(text, label::skip_blanks(text, at))
                .map_or(at, |range| range.end);
            text.get(after as usize..)?
                .starts_with(':')
                .then_some((*lead, after + 1))
        }
    }
}

/// Whether what stands before `at` ends a sentence.
fn begins_sentence(inline: &Inline, at: u32) -> bool {
    let text = inline.text.text();
    let before = text.get(..at as usize).unwrap_or("").trim_end();
    let end = length(before);
    let index = inline.code.partition_point(|range| range.end < end);
    let code = inline
        .code
        .get(index)
        .is_some_and(|range| range.end == end && range.start < end);
    code || before.is_empty()
        || before.ends_with(['.', '!', '?', ':', ';', ')', ']', '"', '\'', '*', '|'])
        || before.ends_with("--")
        || before.ends_with('\u{2014}')
}

/// The parenthesis that is still open at the end of `text`, looking back 200 bytes at most.
fn open_parenthesis(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, byte) in text.bytes().enumerate().rev().take(200) {
        match byte {
            b')' => depth += 1,
            b'(' if depth == 0 => return Some(at),
            b'(' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The first `bytes` bytes of a text, or a little more up to the end of a character: what is looked
/// at for each line must not grow with the paragraph.
pub(super) fn start_of(text: &str, bytes: usize) -> &str {
    let end = (bytes..text.len()).find(|at| text.is_char_boundary(*at));
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}
