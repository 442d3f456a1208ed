//! The grammar of a label line, as pure functions on text: what kind of step it announces, where to
//! run it, its title and its remark.

use crate::runbook::StepKind;
use crate::source::Range;

/// A label and its parts, as ranges of the text it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LabelText {
    pub(super) kind: StepKind,
    /// `RUN`, `CHECK (read-only)`.
    pub(super) word: Range,
    pub(super) read_only: bool,
    /// What stands between the word and the rest.
    pub(super) separator: Separator,
    pub(super) location: Option<Range>,
    pub(super) title: Option<Range>,
    /// Without its parentheses.
    pub(super) remark: Option<Range>,
    /// The whole label.
    pub(super) whole: Range,
    /// Where the sentences behind it begin.
    pub(super) rest: u32,
}

/// What stands between the label's word and the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separator {
    /// `--`
    Dash,
    /// `:`
    Colon,
    /// `ON:`
    On,
    /// Nothing: the word alone in bold.
    None,
}

/// A word that is nearly a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Near {
    /// The word, with the hyphen behind it where that is what is wrong.
    pub(super) shown: Range,
    /// What to replace.
    pub(super) wrong: Range,
    /// What to write there.
    pub(super) right: &'static str,
    /// Whether the rest of the line has the form of a label, so that it can hardly be anything else.
    pub(super) sure: bool,
}

const KINDS: [(&str, StepKind); 3] = [
    ("RUN", StepKind::Run),
    ("CHECK", StepKind::Check),
    ("GATE", StepKind::Gate),
];

/// Words one letter away from a label that people write for their own sake.
const ORDINARY: &[&str] = &[
    "BATE", "BUN", "CHEEK", "CHICK", "CHUCK", "DATE", "FATE", "FUN", "GALE", "GAME", "GAPE",
    "GAVE", "GAZE", "GUN", "HATE", "LATE", "MATE", "NUN", "PATE", "PUN", "RAN", "RATE", "RUB",
    "RUE", "RUG", "RUIN", "RUM", "RUNE", "RUNG", "RUNT", "RUT", "SUN", "TUN", "UN", "URN",
];

/// Reads the label that `text` starts with. `bold` is the end of the bold stretch that begins with
/// it, `lines` are the starts of its later lines. The text ends where something else begins.
pub(super) fn label(text: &str, bold: Option<u32>, lines: &[u32]) -> Option<LabelText> {
    let (name, kind) = KINDS.into_iter().find(|(name, _)| text.starts_with(name))?;
    let mut at = length(name);
    let mut word = Range::new(0, at);
    let mut read_only = false;
    let mut remark = None;
    if let Some(parenthesis) = parenthesis(text, skip_blanks(text, at)) {
        let inside = parenthesis_content(parenthesis);
        if is_read_only(inside.of(text)) {
            read_only = true;
            word = Range::new(0, parenthesis.end);
        } else {
            remark = Some(inside);
        }
        at = parenthesis.end;
    }
    let (separator, mut at) = separator(text, at, bold)?;
    let mut label = LabelText {
        kind,
        word,
        read_only,
        separator,
        location: None,
        title: None,
        remark,
        whole: Range::new(0, at),
        rest: at,
    };
    if kind == StepKind::Gate && separator == Separator::Colon || separator == Separator::None {
        label.rest = skip_blanks(text, at);
        return Some(label);
    }
    let stop = location_end(text, at, bold, lines);
    let location = trimmed(text, Range::new(at, stop));
    let location = without_on(text, location);
    if !is_location(location.of(text)) {
        return None;
    }
    label.location = Some(location);
    label.whole.end = location.end;
    at = stop;
    if label.remark.is_none()
        && let Some(parenthesis) = parenthesis(text, skip_blanks(text, at))
    {
        label.remark = Some(parenthesis_content(parenthesis));
        label.whole.end = parenthesis.end;
        at = parenthesis.end;
    }
    if let Some(start) = dash(text, at) {
        let stop = title_end(text, start, bold, lines);
        let mut title = trimmed(text, Range::new(start, stop));
        title.end -= u32::from(title.of(text).ends_with('.'));
        at = stop;
        if title.end > title.start {
            label.title = Some(title);
            label.whole.end = title.end;
        }
        if label.remark.is_none()
            && let Some(parenthesis) = parenthesis(text, skip_blanks(text, at))
        {
            label.remark = Some(parenthesis_content(parenthesis));
            label.whole.end = parenthesis.end;
            at = parenthesis.end;
        }
    }
    label.rest = skip(text, at, |character| {
        character == ' ' || matches!(character, '.' | ':' | ';' | ',')
    });
    Some(label)
}

/// Reads a label in a comment, the hash included: `# RUN: on vault/0 -- sanity only`. The ranges
/// are those of `text`.
pub(super) fn comment(text: &str) -> Option<LabelText> {
    let start = skip(text, 0, |character| character == '#');
    let start = if start == 0 {
        return None;
    } else {
        skip_blanks(text, start)
    };
    let mut label = label(text.get(start as usize..)?, None, &[])?;
    let shift = |range: Range| Range::new(range.start + start, range.end + start);
    label.word = shift(label.word);
    label.location = label.location.map(shift);
    label.title = label.title.map(shift);
    label.remark = label.remark.map(shift);
    label.whole = shift(label.whole);
    label.rest += start;
    (label.separator != Separator::None).then_some(label)
}

/// Finds what `text` starts with when it is nearly a label: a letter wrong, lower case, a plural, a
/// single hyphen.
pub(super) fn near(text: &str) -> Option<Near> {
    let end = skip(text, 0, |character| character.is_ascii_alphabetic());
    let found = text.get(..end as usize)?;
    let after = parenthesis(text, skip_blanks(text, end)).map_or(end, |range| range.end);
    let dashed = dash(text, after).is_some();
    let colon = text.get(after as usize..)?.starts_with(':');
    let hyphen = text
        .get(after as usize..)?
        .strip_prefix(" - ")
        .is_some_and(|rest| {
            rest.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '<')
        });
    for (right, kind) in KINDS {
        if found == right {
            let wrong = Range::new(after + 1, after + 2);
            let sure = is_location(first_words(text, after + 3));
            return (hyphen && kind != StepKind::Gate && sure).then_some(Near {
                shown: Range::new(0, after + 2),
                wrong,
                right: "--",
                sure: false,
            });
        }
        let upper = found.to_ascii_uppercase();
        let same_letters = upper == right;
        let plural = upper.strip_suffix('S') == Some(right)
            && found.starts_with(|first: char| first.is_ascii_uppercase());
        let slip = found == upper && one_slip(found, right) && !ORDINARY.contains(&found);
        let title_case = found.starts_with(|first: char| first.is_ascii_uppercase());
        if (dashed || colon) && ((same_letters && title_case) || plural || slip) {
            return Some(Near {
                shown: Range::new(0, end),
                wrong: Range::new(0, end),
                right,
                sure: dashed && (!plural || found == upper),
            });
        }
    }
    let expects = [
        "EXPECT", "Expects", "EXPECTS", "Expected", "EXPECTED", "Exepct", "Expcet", "Epxect",
    ];
    (colon && expects.contains(&found)).then_some(Near {
        shown: Range::new(0, end),
        wrong: Range::new(0, end),
        right: "Expect",
        sure: false,
    })
}

/// Whether text can name a place to run something at: `jumphost`, `vault/0`, `jumphost -> magnum/0`.
pub(super) fn is_location(text: &str) -> bool {
    let plain = text.replace("->", "");
    !text.is_empty()
        && text.len() <= 80
        && text.split(' ').count() <= 8
        && text
            .starts_with(|first: char| first.is_alphanumeric() || matches!(first, '<' | '*' | '@'))
        && plain.matches('<').count() == plain.matches('>').count()
        && !plain.contains("< ")
        && plain.chars().all(|character| {
            character.is_alphanumeric() || "_-./@:*<>|,+&'#[] \u{2192}".contains(character)
        })
}

/// The end of the sentence that `from` lies in: behind a full stop that a blank and no lower-case
/// letter follows, otherwise the end of the text.
pub(super) fn sentence_end(text: &str, from: u32) -> u32 {
    let rest = text.get(from as usize..).unwrap_or("");
    rest.match_indices(['.', '!', '?'])
        .find(|(at, _)| {
            let mut after = rest.get(at + 1..).unwrap_or("").chars();
            match (after.next(), after.next()) {
                (None, _) | (Some(' '), None) => true,
                (Some(' '), Some(next)) => !next.is_lowercase(),
                (Some(_), _) => false,
            }
        })
        .map_or(length(text), |(at, _)| {
            from + u32::try_from(at).unwrap_or(0) + 1
        })
}

/// Behind the dash that stands at `at`, blanks before it: ` -- `, and the typographic ones.
pub(super) fn dash(text: &str, at: u32) -> Option<u32> {
    let from = skip_blanks(text, at);
    let rest = text.get(from as usize..)?;
    ["--", "\u{2014}", "\u{2013}"].into_iter().find_map(|dash| {
        let after = rest.strip_prefix(dash)?;
        (after.is_empty() || after.starts_with(' ')).then(|| skip_blanks(text, from + length(dash)))
    })
}

/// The parenthesis that opens at `at`, both marks included; at most 1000 bytes of it.
pub(super) fn parenthesis(text: &str, at: u32) -> Option<Range> {
    let rest = text.get(at as usize..)?;
    if !rest.starts_with('(') {
        return None;
    }
    let mut depth = 0u32;
    for (offset, byte) in rest.bytes().enumerate().take(1000) {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(Range::new(at, at + u32::try_from(offset).ok()? + 1));
        }
    }
    None
}

/// `range` without the white space at its ends.
pub(super) fn trimmed(text: &str, range: Range) -> Range {
    let inside = range.of(text);
    let start = range.start + length(inside) - length(inside.trim_start());
    Range::new(start, start + length(inside.trim()))
}

/// The first offset from `at` on that holds no blank.
pub(super) fn skip_blanks(text: &str, at: u32) -> u32 {
    skip(text, at, |character| character == ' ')
}

fn skip(text: &str, at: u32, wanted: impl Fn(char) -> bool) -> u32 {
    let rest = text.get(at as usize..).unwrap_or("");
    at + length(rest) - length(rest.trim_start_matches(wanted))
}

fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

fn parenthesis_content(parenthesis: Range) -> Range {
    Range::new(parenthesis.start + 1, parenthesis.end - 1)
}

fn is_read_only(text: &str) -> bool {
    ["read-only", "read only", "readonly", "ro"]
        .iter()
        .any(|spelling| text.trim().eq_ignore_ascii_case(spelling))
}

fn separator(text: &str, at: u32, bold: Option<u32>) -> Option<(Separator, u32)> {
    if let Some(after) = dash(text, at) {
        return Some((Separator::Dash, after));
    }
    let rest = text.get(at as usize..)?;
    if let Some(after) = rest
        .strip_prefix(" ON:")
        .or_else(|| rest.strip_prefix(" on:"))
    {
        return Some((Separator::On, length(text) - length(after)));
    }
    if rest.starts_with(':') {
        return Some((Separator::Colon, at + 1));
    }
    (bold == Some(at)).then_some((Separator::None, at))
}

/// Where the location that starts at `from` ends.
fn location_end(text: &str, from: u32, bold: Option<u32>, lines: &[u32]) -> u32 {
    let mut end = sentence_end(text, from);
    let rest = Range::new(from, end).of(text);
    for mark in [" -- ", " \u{2014} ", " \u{2013} ", " (", ": "] {
        if let Some(at) = rest.find(mark) {
            end = end.min(from + u32::try_from(at).unwrap_or(0));
        }
    }
    if let Some(bold) = bold
        && bold > from
    {
        end = end.min(bold);
    }
    let line = lines
        .iter()
        .copied()
        .find(|line| *line > from && !Range::new(from, *line).of(text).trim_end().ends_with("->"));
    end.min(line.unwrap_or(end))
}

/// Where the title that starts at `from` ends. It runs over the end of a line unless the next one
/// looks like the start of a sentence.
fn title_end(text: &str, from: u32, bold: Option<u32>, lines: &[u32]) -> u32 {
    let mut end = sentence_end(text, from);
    let rest = Range::new(from, end).of(text);
    if let Some(at) = rest.find(" (") {
        end = end.min(from + u32::try_from(at).unwrap_or(0));
    }
    if let Some(bold) = bold
        && bold > from
    {
        end = end.min(bold);
    }
    let line = lines
        .iter()
        .copied()
        .find(|line| *line > from && starts_sentence(text, *line));
    end.min(line.unwrap_or(end))
}

fn starts_sentence(text: &str, at: u32) -> bool {
    let mut characters = text.get(at as usize..).unwrap_or("").chars();
    characters.next().is_some_and(char::is_uppercase)
        && characters.next().is_some_and(char::is_lowercase)
}

fn without_on(text: &str, location: Range) -> Range {
    let inside = location.of(text);
    let end =
        location.end - (length(inside) - length(inside.trim_end_matches(['.', ',', ':', ';'])));
    let skipped = ["on ", "ON ", "On "]
        .into_iter()
        .find(|word| inside.starts_with(word))
        .map_or(0, length);
    trimmed(
        text,
        Range::new(location.start + skipped, end.max(location.start + skipped)),
    )
}

fn first_words(text: &str, from: u32) -> &str {
    let rest = text.get(from as usize..).unwrap_or("");
    let end = rest.find([',', '(', '.', '!', '?']).unwrap_or(rest.len());
    rest.get(..end).unwrap_or("").trim()
}

/// Whether one letter added, dropped or changed, or two neighbours swapped, makes `right` of `word`.
fn one_slip(word: &str, right: &str) -> bool {
    let (word, right) = (word.as_bytes(), right.as_bytes());
    if word == right || word.len() < 2 {
        return false;
    }
    let before = word.iter().zip(right).take_while(|(a, b)| a == b).count();
    let after = |skip_word: usize, skip_right: usize| {
        word.get(before + skip_word..).is_some()
            && word.get(before + skip_word..) == right.get(before + skip_right..)
    };
    let swapped = word.get(before) == right.get(before + 1)
        && word.get(before + 1) == right.get(before)
        && word.get(before).is_some()
        && after(2, 2);
    after(1, 1) || after(1, 0) || after(0, 1) || swapped
}
