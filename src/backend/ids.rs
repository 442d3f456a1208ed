//! The next free id of each family (`D-075`, `DOCFIX-092`), from the texts that define and mention
//! them. Always provisional: two people may be writing at the same time.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

/// The next free id of a family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NextId {
    /// The next free id, such as `D-075`.
    pub id: String,
    /// The highest id found.
    pub last: String,
    /// Where the highest stands: `docs/design-decisions.md:31`.
    pub found_at: String,
}

/// The next free ids, by family. A family is what a heading begins with (`## D-071 ...`); an id
/// that is only mentioned counts as taken too. Without such headings nothing is known.
///
/// `texts` are paths and texts, in the order they are named.
pub fn next_free(texts: &[(String, String)]) -> Vec<NextId> {
    let mut families: BTreeMap<&str, Option<(u64, usize, String)>> = BTreeMap::new();
    for (_, text) in texts {
        for line in text.lines().filter(|line| line.starts_with('#')) {
            let title = line.trim_start_matches('#').trim_start();
            if let Some(found) = ids(title).into_iter().find(|found| found.at == 0) {
                families.insert(found.family, None);
            }
        }
    }
    for (path, text) in texts {
        for (line, number) in text.lines().zip(1..) {
            for found in ids(line) {
                let Some(best) = families.get_mut(found.family) else {
                    continue;
                };
                if best.as_ref().is_none_or(|(last, ..)| *last < found.number) {
                    *best = Some((found.number, found.width, format!("{path}:{number}")));
                }
            }
        }
    }
    families
        .into_iter()
        .filter_map(|(family, best)| {
            let (last, width, found_at) = best?;
            Some(NextId {
                id: format!("{family}-{:0width$}", last + 1),
                last: format!("{family}-{last:0width$}"),
                found_at,
            })
        })
        .collect()
}

/// An id in a line; of a range or a row of them the highest.
struct Found<'a> {
    at: usize,
    family: &'a str,
    number: u64,
    width: usize,
}

/// The ids of a line: `D-071`, `D-004a`, `DOCFIX-066..072`, `D-031/D-036`, `D-031/036`. `D-NNN` is
/// none.
fn ids(line: &str) -> Vec<Found<'_>> {
    let mut found: Vec<Found<'_>> = Vec::new();
    for (dash, _) in line.match_indices('-') {
        let before = line.get(..dash).unwrap_or("");
        let start = before
            .rfind(|character: char| {
                !(character.is_ascii_uppercase() || character.is_ascii_digit())
            })
            .map_or(0, |at| {
                at + before
                    .get(at..)
                    .and_then(|it| it.chars().next())
                    .map_or(1, char::len_utf8)
            });
        let family = before.get(start..).unwrap_or("");
        let joined = before.get(..start).is_some_and(|it| {
            it.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_'))
        });
        if joined || !family.starts_with(|first: char| first.is_ascii_uppercase()) {
            continue;
        }
        let rest = line.get(dash + 1..).unwrap_or("");
        let Some((mut number, width, mut rest)) = number(rest) else {
            continue;
        };
        // `..072`, `/036`, `, 037` only where the mark leaves no doubt.
        while let Some(next) = rest.strip_prefix("..").or_else(|| rest.strip_prefix('/')) {
            let next = next
                .strip_prefix(family)
                .and_then(|it| it.strip_prefix('-'))
                .unwrap_or(next);
            let Some((further, _, after)) = self::number(next) else {
                break;
            };
            number = number.max(further);
            rest = after;
        }
        found.push(Found {
            at: start,
            family,
            number,
            width,
        });
    }
    found
}

/// The number a text begins with: its value, its digits, and what follows it and its letter.
/// Nothing where the number goes on as something else, such as a date.
fn number(text: &str) -> Option<(u64, usize, &str)> {
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let value = digits.parse().ok()?;
    let rest = match rest.strip_prefix(|letter: char| letter.is_ascii_lowercase()) {
        Some(after) if !after.starts_with(char::is_alphanumeric) => after,
        Some(_) => return None,
        None => rest,
    };
    let goes_on = rest.starts_with(|next: char| next.is_alphanumeric() || next == '_')
        || (rest.starts_with('-') && rest.get(1..)?.starts_with(char::is_alphanumeric));
    (!goes_on).then_some((value, digits.len(), rest))
}

#[cfg(test)]
mod tests {
    use super::next_free;

    fn next(text: &str) -> Vec<String> {
        let texts = [("ids.md".to_owned(), text.to_owned())];
        let found = next_free(&texts);
        found
            .into_iter()
            .map(|it| format!("{} after {} at {}", it.id, it.last, it.found_at))
            .collect()
    }

    #[test]
    fn ranges_rows_letters_and_wildcards_are_understood() {
        let text = "# Ids\n\n## D-004a -- a letter\n\n## DOCFIX-066..072 -- a range\n\nSee D-031/D-036 \
                    and D-037/041, D-NNN is any.\nUTF-8 and SHA-256 are no ids, nor is BUNDLEFIX-007.\n";
        assert_eq!(
            next(text),
            [
                "D-042 after D-041 at ids.md:7",
                "DOCFIX-073 after DOCFIX-072 at ids.md:5"
            ]
        );
    }

    #[test]
    fn what_only_looks_like_an_id_is_none() {
        let text = "## D-071 -- one\n\nD-099-2024, XD-100, D-1xyz, d-101, and D-072b.\n";
        assert_eq!(next(text), ["D-073 after D-072 at ids.md:3"]);
        assert!(next("no heading names D-001\n").is_empty());
    }
}
