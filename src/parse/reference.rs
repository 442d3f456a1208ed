//! Words that point elsewhere: step numbers and ids in prose, paths in code marks. Pure functions
//! on text.

use crate::source::Range;

/// Something that may point elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    /// The place in the text.
    pub(super) range: Range,
    /// What it points at.
    pub(super) target: Target,
}

/// What a [`Candidate`] points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// A step or section number.
    Step {
        /// As written: `4.0`, `0b`.
        number: String,
        /// Whether the words around it leave no doubt; otherwise it is a reference only when such
        /// a step exists, and a version or a quantity when not.
        sure: bool,
    },
    /// A decision or fix id.
    Id(String),
}

/// A range of ids names at most so many; a longer one names its ends.
const LONGEST_RANGE: u32 = 500;

/// Words before a number that make it a step's: "per 4.0".
const SURE: &[&str] = &["per", "section", "sections", "step", "steps", "\u{a7}"];

/// Words before a number that allow it to be a step's: "proven at 1.4".
const POSSIBLE: &[&str] = &[
    "after", "and", "at", "before", "beyond", "by", "from", "in", "into", "of", "or", "past",
    "repeat", "rerun", "re-run", "see", "than", "the", "this", "to", "under", "until", "via",
    "with",
];

/// Words after a number that make it a step's: "the 1.4 baseline".
const THINGS: &[&str] = &[
    "baseline",
    "capture",
    "check",
    "gate",
    "inventory",
    "list",
    "measurement",
    "procedure",
    "query",
    "table",
    "worklist",
];

/// Finds step numbers and ids in the stretch `within` of `text`; `code` are the stretches of the text
/// in code marks, in order.
pub(super) fn scan(text: &str, within: Range, code: &[Range], found: &mut Vec<Candidate>) {
    let bytes = text.as_bytes().get(..within.end as usize).unwrap_or(&[]);
    let first = code.partition_point(|range| range.end <= within.start);
    let mut code = code.iter().skip(first).peekable();
    let mut at = within.start as usize;
    while let Some(offset) = bytes
        .get(at..)
        .and_then(|rest| rest.iter().position(u8::is_ascii_digit))
    {
        let start = at + offset;
        while code
            .next_if(|range| (range.end as usize) <= start)
            .is_some()
        {}
        if let Some(range) = code.peek()
            && (range.start as usize) <= start
            && range.end - range.start > 20
        {
            at = range.end as usize;
            continue;
        }
        let in_code = code
            .peek()
            .is_some_and(|range| (range.start as usize) <= start);
        at = match before(bytes, start) {
            Some(b'-') => ids(text, start, found),
            _ if in_code => end_of_digits(bytes, start),
            Some(byte) if byte.is_ascii_alphanumeric() || b"._/$#@-:+~=".contains(&byte) => {
                end_of_digits(bytes, start)
            }
            Some(_) | None => step(text, start, found),
        };
    }
}

/// Whether text in code marks is a path inside the repository: `scripts/x.sh`.
pub(super) fn is_path(code: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
    let Some((folder, name)) = code.rsplit_once('/') else {
        return false;
    };
    let Some((stem, extension)) = name.rsplit_once('.') else {
        return false;
    };
    let first = folder.split('/').next().unwrap_or("");
    code.bytes().all(plain)
        && !code.starts_with('/')
        && !code.contains("//")
        && !stem.is_empty()
        && (1..=5).contains(&extension.len())
        && extension.starts_with(|first: char| first.is_ascii_alphabetic())
        && (first.starts_with('.') || !first.contains('.'))
}

fn before(bytes: &[u8], at: usize) -> Option<u8> {
    at.checked_sub(1).and_then(|at| bytes.get(at)).copied()
}

fn end_of_digits(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or(&[]);
    start
        + rest
            .iter()
            .position(|byte| !byte.is_ascii_digit())
            .unwrap_or(rest.len())
}

/// The ids whose first number stands at `start`, a hyphen before it: `D-071`, `DOCFIX-066..072`,
/// `D-034/042`. Answers where to go on.
fn ids(text: &str, start: usize, found: &mut Vec<Candidate>) -> usize {
    let bytes = text.as_bytes();
    let hyphen = start - 1;
    let letters = bytes
        .get(hyphen.saturating_sub(24)..hyphen)
        .unwrap_or(&[])
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        .count();
    let first = hyphen - letters;
    let prefix = text.get(first..hyphen).unwrap_or("");
    let glued = before(bytes, first)
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-_./$".contains(&byte))
        && !(before(bytes, first) == Some(b'/')
            && found
                .last()
                .is_some_and(|last| last.range.end as usize == first - 1));
    let (number, mut end) = number(text, start);
    if glued
        || !prefix.starts_with(|letter: char| letter.is_ascii_uppercase())
        || bytes
            .get(end)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'-' || *byte == b'_')
    {
        return end;
    }
    let mut push = |range: std::ops::Range<usize>, id: String| {
        found.push(Candidate {
            range: Range::new(
                u32::try_from(range.start).unwrap_or(0),
                u32::try_from(range.end).unwrap_or(0),
            ),
            target: Target::Id(id),
        });
    };
    push(first..end, format!("{prefix}-{number}"));
    loop {
        let rest = text.get(end..).unwrap_or("");
        let (mark, ranged) = if rest.starts_with("..") {
            (2, true)
        } else if rest.starts_with('/') {
            (1, false)
        } else {
            return end;
        };
        let again = format!("{prefix}-");
        let repeated = rest
            .get(mark..)
            .is_some_and(|rest| rest.starts_with(&again));
        let from = end + mark + if repeated { again.len() } else { 0 };
        let (next, after) = self::number(text, from);
        if next.is_empty() || bytes.get(after).is_some_and(u8::is_ascii_alphanumeric) {
            return end;
        }
        if ranged && let (Ok(low), Ok(high)) = (number.parse::<u32>(), next.parse::<u32>()) {
            let width = number.len();
            if high > low && high - low <= LONGEST_RANGE {
                for between in low + 1..high {
                    push(first..after, format!("{prefix}-{between:0width$}"));
                }
            }
        }
        push(end + mark..after, format!("{prefix}-{next}"));
        end = after;
    }
}

/// Digits from `start` on, with one letter behind them (`004a`), and where they end.
fn number(text: &str, start: usize) -> (&str, usize) {
    let bytes = text.as_bytes();
    let digits = end_of_digits(bytes, start);
    let letter = digits > start
        && bytes.get(digits).is_some_and(u8::is_ascii_lowercase)
        && !bytes.get(digits + 1).is_some_and(u8::is_ascii_alphanumeric);
    let end = digits + usize::from(letter);
    (text.get(start..end).unwrap_or(""), end)
}

/// The step number at `start`: `4.0`, `4.0.6`, `1.3.b`, `0b`. Answers where to go on.
fn step(text: &str, start: usize, found: &mut Vec<Candidate>) -> usize {
    let bytes = text.as_bytes();
    let mut end = end_of_digits(bytes, start);
    let mut dots = 0;
    while bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        end = end_of_digits(bytes, end + 1);
        dots += 1;
    }
    let letter_at = |at: usize| {
        bytes.get(at).is_some_and(u8::is_ascii_lowercase)
            && !bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric)
    };
    let mut letter = false;
    if letter_at(end) {
        end += 1;
        letter = true;
    } else if dots > 0 && bytes.get(end) == Some(&b'.') && letter_at(end + 1) {
        end += 2;
    }
    let next = bytes.get(end).copied();
    let foreign = next
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || b"/%_+:*=".contains(&byte))
        || next == Some(b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric)
        || next == Some(b'-') && bytes.get(end + 1).is_some_and(u8::is_ascii_alphabetic);
    let alone = dots == 0 && !letter;
    if foreign || dots > 3 || end - start > 16 || !text.is_char_boundary(end) {
        return end;
    }
    let previous = previous_word(text, start);
    let following = text
        .get(end..)
        .and_then(|rest| rest.strip_prefix(' '))
        .map(|rest| {
            let stop = rest
                .find(|letter: char| !letter.is_ascii_alphabetic())
                .unwrap_or(rest.len());
            rest.get(..stop).unwrap_or("")
        })
        .unwrap_or("");
    let lower = previous.to_ascii_lowercase();
    let opened = previous.is_empty() && matches!(before(bytes, start), None | Some(b'('));
    let elsewhere = matches!(following, "of" | "in" | "release" | "releases" | "docs");
    let sure_before = SURE.contains(&lower.as_str()) && !elsewhere;
    let thing_after = THINGS.contains(&following)
        && (opened || lower == "the" || lower == "re-run" || lower == "rerun");
    if alone && !sure_before {
        return end;
    }
    let sure = dots > 0 && (sure_before || thing_after) || letter && thing_after;
    if sure || sure_before || thing_after || opened || POSSIBLE.contains(&lower.as_str()) {
        found.push(Candidate {
            range: Range::new(
                u32::try_from(start).unwrap_or(0),
                u32::try_from(end).unwrap_or(0),
            ),
            target: Target::Step {
                number: text.get(start..end).unwrap_or("").to_owned(),
                sure,
            },
        });
    }
    end
}

/// The word before `at`, one blank between; empty when there is none.
fn previous_word(text: &str, at: usize) -> &str {
    let Some(rest) = text.get(..at).and_then(|rest| rest.strip_suffix(' ')) else {
        return if text.get(..at).is_some_and(|rest| rest.ends_with('\u{a7}')) {
            "\u{a7}"
        } else {
            ""
        };
    };
    let start = rest
        .char_indices()
        .rev()
        .take(24)
        .take_while(|(_, letter)| letter.is_alphanumeric() || *letter == '-' || *letter == '\u{a7}')
        .last()
        .map_or(rest.len(), |(at, _)| at);
    rest.get(start..).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a text refers to; a step that is one only when it exists has a question mark.
    fn shown(text: &str) -> String {
        let mut found = Vec::new();
        let whole = Range::new(0, u32::try_from(text.len()).expect("a short text"));
        scan(text, whole, &[], &mut found);
        let targets: Vec<String> = found
            .into_iter()
            .map(|candidate| match candidate.target {
                Target::Step { number, sure: true } => number,
                Target::Step { number, .. } => format!("{number}?"),
                Target::Id(id) => id,
            })
            .collect();
        targets.join(" ")
    }

    #[test]
    fn step_numbers_stand_between_words_that_say_so() {
        let cases = [
            ("per 4.0", "4.0"),
            ("per 4.0.", "4.0"),
            ("flags per 1.6; form", "1.6"),
            ("step 1.3.b and section 2.1", "1.3.b 2.1"),
            ("\u{a7} 1.2", "1.2"),
            ("(4.0.6)", "4.0.6?"),
            ("the 1.4 baseline", "1.4"),
            ("re-run the 1.3 worklist query", "1.3"),
            ("1.4 baseline", "1.4"),
            ("(0b table)", "0b"),
            ("proven at 1.4, and past 2.2 budget", "1.4? 2.2?"),
            ("step 3", "3?"),
            ("juju 3.6", ""),
            ("juju 3.6.24 -> 3.6.25", ""),
            ("1.8/stable and 50% of v1.2", ""),
            ("appendix B.1, Stage 3", ""),
            ("per 7.7 of the manual", ""),
            ("per 3.6 release notes", ""),
            ("15 min, 5m, 1.5x, 10.0.0.1/24, 1.2.3.4.5", ""),
            ("2024-01-02", ""),
        ];
        for (text, wanted) in cases {
            assert_eq!(shown(text), wanted, "{text}");
        }
    }

    #[test]
    fn ids_come_in_ranges_and_pairs() {
        let cases = [
            ("D-071", "D-071"),
            ("D-004a.", "D-004a"),
            ("DOCFIX-066..068", "DOCFIX-066 DOCFIX-067 DOCFIX-068"),
            ("DOCFIX-066..DOCFIX-067", "DOCFIX-066 DOCFIX-067"),
            ("D-031/D-036", "D-031 D-036"),
            ("D-034/042", "D-034 D-042"),
            ("D-1..999999999", "D-1 D-999999999"),
            ("D-NNN", ""),
            ("CVE-2024-1234", ""),
            ("x86-64, A5-A7", ""),
            ("d-071", ""),
        ];
        for (text, wanted) in cases {
            assert_eq!(shown(text), wanted, "{text}");
        }
    }

    #[test]
    fn paths_lie_inside_the_repository() {
        for path in [
            "scripts/x.sh",
            "./a/b.yaml",
            "../docs/x.md",
            ".github/ci.yml",
        ] {
            assert!(is_path(path), "{path}");
        }
        for other in [
            "x.sh",
            "1.8/stable",
            "nova/0",
            "/etc/x.conf",
            "~/a/b.sh",
            "scripts/<name>.sh",
            "example.com/x.html",
            "https://a/b.md",
            "a b/c.md",
            "asbuilt/",
        ] {
            assert!(!is_path(other), "{other}");
        }
    }
}
