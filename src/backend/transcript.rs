//! What a block printed, made fit for a document: secrets masked, control characters taken out, and
//! only then cut.

use crate::plan::plain_lines;

/// Bytes of an output that are shown; of more, the beginning and the end.
pub const LIMIT: usize = 8192;

/// What stands for a secret, as in the journal.
const MASK: &str = "********";

/// The shortest value that is masked wherever it appears; a shorter one would take every third word.
const SHORTEST: usize = 6;

/// An output for a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shown {
    /// The text; lines end in line feeds.
    pub text: String,
    /// How many bytes of the masked output are not in it.
    pub left_out: usize,
}

/// Masks `secrets` and whatever looks like a secret in `raw`, and cuts the result to [`LIMIT`]
/// bytes, at line ends where there are some.
pub fn show(raw: &[u8], secrets: &[String]) -> Shown {
    let mut text = String::from_utf8_lossy(raw).replace('\r', "");
    let mut values: Vec<String> = secrets.iter().flat_map(|value| forms(value)).collect();
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    for value in values.iter().filter(|value| value.len() >= SHORTEST) {
        text = text.replace(value.as_str(), MASK);
    }
    let mut in_key = false;
    let lines: Vec<String> = text
        .lines()
        .map(|line| plain_lines(&mask_line(line, &mut in_key)))
        .collect();
    cut(&lines)
}

/// A secret as tools print it: as it is, each line of it, percent-encoded with either case.
fn forms(value: &str) -> Vec<String> {
    let mut forms: Vec<String> = vec![value.to_owned(), base64(value.as_bytes())];
    forms.extend(value.lines().map(str::to_owned));
    let encoded: String = value
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect();
    forms.push(encoded.replace("%2F", "/"));
    forms.push(lower_digits(&encoded));
    forms.push(encoded);
    forms
}

fn lower_digits(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let mut text = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        text.push('%');
        text.push_str(&digits.to_lowercase());
        text.push_str(rest);
    }
    text
}

pub(super) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let digit = bits >> (18 - 6 * place) & 63;
            let digit = DIGITS.get(digit as usize).copied().unwrap_or(b'=');
            text.push(if place <= chunk.len() {
                char::from(digit)
            } else {
                '='
            });
        }
    }
    text
}

/// Masks what a line says is a secret: `password: x`, `export TOKEN=x`, `| token | x |`, tokens of
/// known forms, private keys over several lines.
fn mask_line(line: &str, in_key: &mut bool) -> String {
    if line.contains("-----BEGIN ") && line.contains("PRIVATE KEY") {
        *in_key = true;
    }
    if *in_key {
        *in_key = !(line.contains("-----END ") && line.contains("PRIVATE KEY"));
        return MASK.to_owned();
    }
    let mut masked = String::with_capacity(line.len());
    let mut secret_next = false;
    for word in line.split_inclusive([' ', '\t', '|', ',']) {
        let bare = word.trim_end_matches([' ', '\t', '|', ',']);
        let mark = word.get(bare.len()..).unwrap_or("");
        if bare.is_empty() {
            masked.push_str(word);
            continue;
        }
        let (shown, next) = mask_word(bare, secret_next);
        masked.push_str(&shown);
        masked.push_str(mark);
        // `| token | x |`: the cell after one that is a secret's name and nothing else.
        secret_next = next
            || (mark.contains('|') && is_secret_name(bare))
            || (mark.starts_with(' ')
                && line.trim_start().starts_with('|')
                && is_secret_name(bare));
    }
    masked
}

/// A word masked, and whether the word after it is the secret this one names.
fn mask_word(word: &str, is_value: bool) -> (String, bool) {
    if is_value && !matches!(word, "=" | ":" | "Bearer" | "Basic") {
        return (MASK.to_owned(), false);
    }
    if is_value {
        return (word.to_owned(), true);
    }
    if word == "Bearer" {
        return (word.to_owned(), true);
    }
    if let Some(at) = word.find(['=', ':']) {
        let (name, rest) = word.split_at(at);
        let value = rest.get(1..).unwrap_or("");
        if is_secret_name(name) {
            return if value.is_empty() {
                (word.to_owned(), true)
            } else {
                let sign = rest.get(..1).unwrap_or("");
                (format!("{name}{sign}{MASK}"), false)
            };
        }
        // `https://user:password@host`
        if let Some((user, host)) = word
            .split_once("://")
            .and_then(|(_, rest)| rest.split_once('@'))
            && let Some((_, password)) = user.split_once(':')
            && !password.is_empty()
            && !host.is_empty()
        {
            return (
                word.replacen(&format!(":{password}@"), &format!(":{MASK}@"), 1),
                false,
            );
        }
    }
    if has_token_form(word) {
        return (MASK.to_owned(), false);
    }
    (word.to_owned(), false)
}

fn is_secret_name(name: &str) -> bool {
    let name: String = name
        .trim_matches(|mark: char| !mark.is_alphanumeric())
        .to_lowercase()
        .replace('-', "_");
    let parts: Vec<&str> = name.split('_').collect();
    let last = parts.last().copied().unwrap_or("");
    [
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "credential",
        "credentials",
    ]
    .iter()
    .any(|word| last == *word || (last.ends_with(word) && parts.len() == 1))
        || [
            "api_key",
            "apikey",
            "secret_key",
            "access_key",
            "private_key",
            "signing_key",
        ]
        .iter()
        .any(|word| name.ends_with(word))
}

/// Forms that only credentials have.
fn has_token_form(word: &str) -> bool {
    let bare = word.trim_matches(['"', '\'', ';']);
    let long = |prefix: &str, least: usize| bare.starts_with(prefix) && bare.len() >= least;
    long("gAAAA", 40)
        || long("ghp_", 20)
        || long("glpat-", 20)
        || long("hvs.", 20)
        || (bare.starts_with("s.") && bare.len() == 26)
        || long("xoxb-", 20)
        || (long("AKIA", 20) && bare.len() == 20)
        || (bare.starts_with("eyJ") && bare.matches('.').count() == 2)
}

/// The first half and the last half of [`LIMIT`], in whole lines.
fn cut(lines: &[String]) -> Shown {
    let size = |line: &String| line.len() + 1;
    let whole: usize = lines.iter().map(size).sum();
    if whole <= LIMIT {
        return Shown {
            text: lines.iter().map(|line| format!("{line}\n")).collect(),
            left_out: 0,
        };
    }
    let fitting = |lines: &mut dyn Iterator<Item = &String>| {
        let mut room = LIMIT / 2;
        lines
            .take_while(|line| {
                let fits = size(line) <= room;
                room -= size(line).min(room);
                fits
            })
            .count()
    };
    let head = fitting(&mut lines.iter());
    let tail = fitting(&mut lines.iter().rev()).min(lines.len() - head);
    let start: Vec<&String> = lines.iter().take(head).collect();
    let end: Vec<&String> = lines.iter().skip(lines.len() - tail).collect();
    let shown: usize = start.iter().chain(&end).map(|line| size(line)).sum();
    let left_out = whole - shown;
    let mut text = String::new();
    for line in start {
        text.push_str(line);
        text.push('\n');
    }
    text.push_str(&format!("... {left_out} bytes not shown ...\n"));
    for line in end {
        text.push_str(line);
        text.push('\n');
    }
    Shown { text, left_out }
}

#[cfg(test)]
mod tests {
    use super::{LIMIT, base64, show};

    #[test]
    fn what_a_line_calls_a_secret_is_masked() {
        let cases = [
            ("password: hunter2", "password: ********"),
            ("export OS_PASSWORD=hunter2", "export OS_PASSWORD=********"),
            ("| token | abc |", "| token | ******** |"),
            ("| user_id | abc |", "| user_id | abc |"),
            (
                "Authorization: Bearer abc",
                "Authorization: Bearer ********",
            ),
            ("postgres://u:pw@db/x", "postgres://u:********@db/x"),
            (
                "id gAAAAABmZzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
                "id ********",
            ),
            ("no secret here", "no secret here"),
            ("\"secret_key\": \"x\",", "\"secret_key\": ********,"),
        ];
        for (given, expected) in cases {
            assert_eq!(show(given.as_bytes(), &[]).text, format!("{expected}\n"));
        }
    }

    #[test]
    fn a_known_value_is_masked_in_each_of_its_forms_before_the_text_is_cut() {
        let secret = "s3cr+t/value".to_owned();
        let raw = format!(
            "{secret} {} s3cr%2Bt%2Fvalue s3cr%2bt%2fvalue\n",
            base64(secret.as_bytes())
        );
        let shown = show(raw.as_bytes(), std::slice::from_ref(&secret));
        assert_eq!(shown.text, "******** ******** ******** ********\n");

        // The value lies across the place where the text would be cut without masking.
        let raw = format!(
            "{}{secret}\n{}",
            "x\n".repeat(LIMIT / 4 - 4),
            "y\n".repeat(LIMIT)
        );
        let shown = show(raw.as_bytes(), &[secret]);
        assert!(!shown.text.contains("s3cr"), "{}", shown.text);
        assert!(shown.left_out > 0 && shown.text.len() <= LIMIT + 64);
    }

    #[test]
    fn private_keys_and_escape_sequences_do_not_come_through() {
        let raw =
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n\u{1b}[2Jx";
        assert_eq!(
            show(raw.as_bytes(), &[]).text,
            "********\n********\n********\n?[2Jx\n"
        );
    }
}
