//! The grammar of a label line, as pure functions on text: what kind of step it announces, where to
//! run it, its title and its remark.

use super::length;
use super::segment::start_of;
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
    // Most lines of prose end here.
    let small = ["run ", "check ", "gate "]
        .iter()
        .any(|word| text.starts_with(word));
    if !text.starts_with(['R', 'C', 'G', 'E']) && !small {
        return None;
    }
    let end = skip(text, 0, |character| character.is_ascii_alphabetic());
    let found = text.get(..end as usize)?;
    let after = parenthesis(text, skip_blanks(text, end)).map_or(end, |range| range.end);
    let dashed = dash(text, after).is_some();
    let colon = text.get(after as usize..)?.starts_with(':');
    if !dashed && !colon && !text.get(after as usize..)?.starts_with(" - ") {
        return None;
    }
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
        let located = || {
            let place = text.get(after as usize..).unwrap_or("");
            let place = place.trim_start_matches([' ', '-']);
            dashed && place.starts_with(|first: char| first.is_ascii_alphanumeric())
        };
        let title_case = found.starts_with(|first: char| first.is_ascii_uppercase())
            || kind != StepKind::Gate && same_letters && located();
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
    let rest = start_of(text.get(from as usize..).unwrap_or(""), 100);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts of a label, or what is nearly one, in a line.
    fn shown(text: &str) -> String {
        let bold = text
            .find("**")
            .map(|at| u32::try_from(at).expect("a short text"));
        let text = text.replace("**", "");
        let Some(label) = label(&text, bold, &[]) else {
            return match near(&text) {
                Some(near) => format!(
                    "nearly: {} -> {}{}",
                    near.wrong.of(&text),
                    near.right,
                    if near.sure { "" } else { " perhaps" }
                ),
                None => "no label".to_owned(),
            };
        };
        let mut shown = label.word.of(&text).to_owned();
        for (name, part) in [
            ("at", label.location),
            ("title", label.title),
            ("remark", label.remark),
        ] {
            if let Some(part) = part {
                shown += &format!(" | {name} {}", part.of(&text));
            }
        }
        let rest = text.get(label.rest as usize..).unwrap_or("");
        if !rest.is_empty() {
            shown += &format!(" | rest {rest}");
        }
        shown
    }

    #[test]
    fn labels_have_a_word_a_place_a_title_and_a_remark() {
        let cases = [
            ("RUN -- jumphost", "RUN | at jumphost"),
            (
                "RUN -- jumphost. Then wait.",
                "RUN | at jumphost | rest Then wait.",
            ),
            (
                "RUN -- jumphost (writes only asbuilt/<ts>/)",
                "RUN | at jumphost | remark writes only asbuilt/<ts>/",
            ),
            (
                "RUN -- jumphost (flags per 1.6; (really)) -- go",
                "RUN | at jumphost | title go | remark flags per 1.6; (really)",
            ),
            (
                "RUN -- jumphost -- state backup (gated; local)",
                "RUN | at jumphost | title state backup | remark gated; local",
            ),
            (
                "RUN -- jumphost -- state backup (gated) and more",
                "RUN | at jumphost | title state backup | remark gated | rest and more",
            ),
            (
                "CHECK (read-only) -- jumphost",
                "CHECK (read-only) | at jumphost",
            ),
            ("CHECK (READ ONLY): db1", "CHECK (READ ONLY) | at db1"),
            (
                "CHECK -- jumphost -> magnum/0",
                "CHECK | at jumphost -> magnum/0",
            ),
            (
                "CHECK -- db1.example.com -- a",
                "CHECK | at db1.example.com | title a",
            ),
            (
                "CHECK -- jumphost -- re-run the 1.3 query. Anything new is LOGGED.",
                "CHECK | at jumphost | title re-run the 1.3 query | rest Anything new is LOGGED.",
            ),
            (
                "CHECK -- jumphost -- look at e.g. the rows of 1.3",
                "CHECK | at jumphost | title look at e.g. the rows of 1.3",
            ),
            ("CHECK -- <host>", "CHECK | at <host>"),
            ("RUN ON: vault/0", "RUN | at vault/0"),
            ("RUN: on vault/0", "RUN | at vault/0"),
            (
                "RUN (gated) -- jumphost",
                "RUN | at jumphost | remark gated",
            ),
            (
                "RUN -- jumphost** -- title",
                "RUN | at jumphost | title title",
            ),
            (
                "RUN -- jumphost** and then",
                "RUN | at jumphost | rest and then",
            ),
            (
                "RUN -- jumphost -- a title** (why)",
                "RUN | at jumphost | title a title | remark why",
            ),
            ("RUN** the tests", "RUN | rest the tests"),
            (
                "RUN \u{2014} jumphost \u{2013} title",
                "RUN | at jumphost | title title",
            ),
            ("GATE: a: b", "GATE | rest a: b"),
            ("GATE:", "GATE"),
            ("GATE (dba): all well", "GATE | remark dba | rest all well"),
            (
                "GATE -- jumphost -- it is back",
                "GATE | at jumphost | title it is back",
            ),
        ];
        for (text, wanted) in cases {
            assert_eq!(shown(text), wanted, "{text}");
        }
    }

    #[test]
    fn other_words_are_no_labels_and_some_are_nearly_labels() {
        let cases = [
            ("RUN/CHECK/GATE labels", "no label"),
            ("RUN the tests", "no label"),
            ("RUNNING: yes", "no label"),
            ("RUN --", "no label"),
            ("RUN -- %clang -o %t", "no label"),
            ("RUN -- a=1", "no label"),
            ("GATEWAY: down", "no label"),
            ("DATE: today", "no label"),
            ("RATE -- high", "no label"),
            ("Run the tests", "no label"),
            ("run -- jumphost", "nearly: run -> RUN"),
            ("Check whether - or not", "no label"),
            ("CHEK -- jumphost", "nearly: CHEK -> CHECK"),
            ("CHCEK (read-only) -- jumphost", "nearly: CHCEK -> CHECK"),
            ("RUNN -- jumphost", "nearly: RUNN -> RUN"),
            ("GAET: x", "nearly: GAET -> GATE perhaps"),
            ("Run -- jumphost", "nearly: Run -> RUN"),
            ("Check (read-only) -- jumphost", "nearly: Check -> CHECK"),
            ("GATES: all", "nearly: GATES -> GATE perhaps"),
            ("Gate: all", "nearly: Gate -> GATE perhaps"),
            ("RUN - jumphost", "nearly: - -> -- perhaps"),
            ("EXPECT: x", "nearly: EXPECT -> Expect perhaps"),
            ("Expected: x", "nearly: Expected -> Expect perhaps"),
            ("Expect: x", "no label"),
        ];
        for (text, wanted) in cases {
            assert_eq!(shown(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_comment_is_a_label_behind_its_hash() {
        let shown = |text: &str| {
            comment(text).map(|label| {
                let location = label.location.map_or("-", |location| location.of(text));
                format!("{} at {location}", label.word.of(text))
            })
        };
        assert_eq!(
            shown("# RUN: on vault/0").as_deref(),
            Some("RUN at vault/0")
        );
        assert_eq!(shown("## CHECK -- h -- t").as_deref(), Some("CHECK at h"));
        assert_eq!(shown("# Run the tests"), None);
        assert_eq!(shown("RUN: h"), None);
        assert_eq!(shown("# RUN: %clang < %s"), None);
    }

    #[test]
    fn a_sentence_ends_at_a_full_stop_before_a_new_start() {
        let first = |text: &str| {
            text.get(..sentence_end(text, 0) as usize)
                .map(str::to_owned)
        };
        assert_eq!(first("A 1.3 b. Then c.").as_deref(), Some("A 1.3 b."));
        assert_eq!(first("A e.g. b").as_deref(), Some("A e.g. b"));
        assert_eq!(first("A b. ").as_deref(), Some("A b."));
        assert_eq!(first("A b").as_deref(), Some("A b"));
    }
}
