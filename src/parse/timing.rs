//! How long and how often: durations in attributes (`90`, `30s`, `1m30s`) and in prose ("up to
//! ~10 min").

use crate::runbook::Timing;

/// A duration in seconds: `90`, `30s`, `5m`, `1h`, `1h30m`. `None` when it is none.
pub(super) fn duration(text: &str) -> Option<u32> {
    let mut total = 0u32;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.len()
            - rest
                .trim_start_matches(|digit: char| digit.is_ascii_digit())
                .len();
        let number: u32 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?.trim_start();
        let letters = rest.len()
            - rest
                .trim_start_matches(|letter: char| letter.is_ascii_alphabetic())
                .len();
        let unit = unit(rest.get(..letters)?)?;
        rest = rest.get(letters..)?.trim_start();
        total = total.saturating_add(number.saturating_mul(unit));
    }
    Some(total)
}

/// What the prose of a gate says about waiting.
pub(super) fn prose(text: &str) -> Timing {
    let lower = text.to_ascii_lowercase();
    Timing {
        wait: None,
        every: ["every "].into_iter().find_map(|word| after(&lower, word)),
        timeout: None,
        budget: [
            "up to ",
            "budget of ",
            "budget: ",
            "budget ",
            "beyond ",
            "within ",
            "at most ",
        ]
        .into_iter()
        .find_map(|word| after(&lower, word)),
    }
}

/// The duration that follows `word`: `~10 min`, `about 5 minutes`, `1-5 min` (the larger one).
fn after(text: &str, word: &str) -> Option<u32> {
    text.match_indices(word).find_map(|(at, _)| {
        let before = text.get(..at)?.chars().next_back();
        if before.is_some_and(char::is_alphanumeric) {
            return None;
        }
        let rest = text.get(at + word.len()..)?;
        let rest = rest
            .strip_prefix("about ")
            .unwrap_or(rest)
            .trim_start_matches(['~', ' ']);
        let (number, rest) = number(rest)?;
        let (number, rest) = match rest.strip_prefix('-').and_then(self::number) {
            Some((larger, rest)) => (larger, rest),
            None => (number, rest),
        };
        let rest = rest.trim_start_matches([' ', '-']);
        let letters = rest.len()
            - rest
                .trim_start_matches(|letter: char| letter.is_ascii_alphabetic())
                .len();
        if letters == 0 {
            return None;
        }
        Some(number.saturating_mul(unit(rest.get(..letters)?)?))
    })
}

fn number(text: &str) -> Option<(u32, &str)> {
    let rest = text.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let digits = text.get(..text.len() - rest.len())?;
    Some((digits.parse().ok()?, rest))
}

fn unit(word: &str) -> Option<u32> {
    match word {
        "" | "s" | "sec" | "secs" | "second" | "seconds" => Some(1),
        "m" | "min" | "mins" | "minute" | "minutes" => Some(60),
        "h" | "hr" | "hrs" | "hour" | "hours" => Some(3600),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        let cases = [
            ("90", Some(90)),
            ("30s", Some(30)),
            ("5m", Some(300)),
            ("1h30m", Some(5400)),
            ("10 min", Some(600)),
            ("", None),
            ("soon", None),
            ("5 parsecs", None),
            ("99999999h", Some(u32::MAX)),
            ("99999999999", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(duration(text), wanted, "{text}");
        }
    }

    #[test]
    fn prose_says_how_long_to_wait() {
        let cases = [
            ("Poll up to ~10 min.", None, Some(600)),
            ("Budget ~15 min.", None, Some(900)),
            ("Budget: 90 s, every 10 seconds", Some(10), Some(90)),
            ("stuck beyond ~15 min = STOP", None, Some(900)),
            ("within 1-5 minutes", None, Some(300)),
            ("up to about 2 hours", None, Some(7200)),
            ("up to 3 nodes", None, None),
            ("up to 10", None, None),
            ("everyone waits", None, None),
        ];
        for (text, every, budget) in cases {
            let timing = prose(text);
            assert_eq!((timing.every, timing.budget), (every, budget), "{text}");
        }
    }
}
