//! The journal of a session: its lines read one by one, and the chain of hashes that holds them
//! together checked.

use serde_json::{Map, Value};

use crate::plan::hash;

/// The version of the journal this reads.
pub const VERSION: u64 = 1;

/// A line of the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its number, from 1.
    pub line: usize,
    /// When, in UTC: `2026-07-05T01:02:03Z`.
    pub time: String,
    /// What happened, such as `step-start`.
    pub name: String,
    /// Its members by name.
    pub members: Map<String, Value>,
}

impl Event {
    /// A member that is text, or nothing.
    pub fn text(&self, name: &str) -> &str {
        self.members.get(name).and_then(Value::as_str).unwrap_or("")
    }

    /// A member that is a number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.members.get(name).and_then(Value::as_i64)
    }
}

/// What is wrong with a journal. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The last line has no end: the session was stopped while it wrote.
    Torn {
        /// The line.
        line: usize,
    },
    /// The line is not what a session writes.
    NotALine {
        /// The line.
        line: usize,
    },
    /// The line was changed: its hash is not that of its text.
    Changed {
        /// The line.
        line: usize,
    },
    /// A line before this one was taken out, put in or moved.
    Broken {
        /// The line.
        line: usize,
    },
    /// `head` says that there were more lines.
    Missing {
        /// The lines that are there.
        found: usize,
        /// The lines there were.
        expected: usize,
    },
    /// `head` names another last line.
    OtherHead,
    /// The journal is of a version this program does not know.
    Version {
        /// That version.
        found: u64,
    },
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Trouble::Torn { line } => write!(
                formatter,
                "line {line} of the journal is torn: the session was stopped while it wrote it"
            ),
            Trouble::NotALine { line } => {
                write!(
                    formatter,
                    "line {line} of the journal is not a line of a session"
                )
            }
            Trouble::Changed { line } => {
                write!(formatter, "line {line} of the journal was changed")
            }
            Trouble::Broken { line } => write!(
                formatter,
                "before line {line} of the journal a line was removed, inserted or moved"
            ),
            Trouble::Missing { found, expected } => write!(
                formatter,
                "the journal has {found} lines, and `head` says there were {expected}"
            ),
            Trouble::OtherHead => {
                write!(
                    formatter,
                    "the last line of the journal is not the one `head` names"
                )
            }
            Trouble::Version { found } => write!(
                formatter,
                "the journal is of version {found}, and this program reads version {VERSION}"
            ),
        }
    }
}

/// A journal: the lines that could be read, and what is wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Journal {
    /// The lines, in order.
    pub events: Vec<Event>,
    /// What is wrong, in order of place; empty for a sound journal.
    pub troubles: Vec<Trouble>,
}

impl Journal {
    /// Reads the text of `journal.jsonl` and, where it is there, of `head`.
    pub fn read(journal: &str, head: Option<&str>) -> Self {
        let mut troubles = Vec::new();
        let mut events = Vec::new();
        let mut previous = "start".to_owned();
        for (text, line) in journal.split_inclusive('\n').zip(1..) {
            let Some(text) = text.strip_suffix('\n') else {
                troubles.push(Trouble::Torn { line });
                break;
            };
            match read_line(text, line) {
                Some((event, own)) => {
                    if own.is_none() {
                        troubles.push(Trouble::Changed { line });
                    } else if event.text("previous") != previous
                        || event.number("n") != i64::try_from(line).ok()
                    {
                        troubles.push(Trouble::Broken { line });
                    }
                    previous = event.text("hash").to_owned();
                    events.push(event);
                }
                None => troubles.push(Trouble::NotALine { line }),
            }
        }
        check_head(events.len(), &previous, head, &mut troubles);
        check_version(&events, &mut troubles);
        Journal { events, troubles }
    }

    /// Whether nothing is wrong but, at most, a torn last line.
    pub fn is_sound(&self) -> bool {
        self.troubles
            .iter()
            .all(|trouble| matches!(trouble, Trouble::Torn { .. }))
    }
}

/// The event of a line, and its hash when that is the one of its text.
fn read_line(text: &str, line: usize) -> Option<(Event, Option<String>)> {
    let Value::Object(members) = serde_json::from_str(text).ok()? else {
        return None;
    };
    let own = members.get("hash")?.as_str()?.to_owned();
    let body = text.strip_suffix(&format!(",\"hash\":\"{own}\"}}"))?;
    let holds = hash(body) == own;
    let event = Event {
        line,
        time: members.get("time")?.as_str()?.to_owned(),
        name: members.get("event")?.as_str()?.to_owned(),
        members,
    };
    Some((event, holds.then_some(own)))
}

/// A session that was killed may have written a line that `head` does not know yet, never the
/// other way round.
fn check_head(found: usize, last: &str, head: Option<&str>, troubles: &mut Vec<Trouble>) {
    let Some((count, hash)) = head.and_then(|head| head.trim().split_once(' ')) else {
        return;
    };
    let expected: usize = count.parse().unwrap_or(0);
    if expected > found {
        troubles.push(Trouble::Missing { found, expected });
    } else if expected == found && hash != last && troubles.is_empty() {
        troubles.push(Trouble::OtherHead);
    }
}

fn check_version(events: &[Event], troubles: &mut Vec<Trouble>) {
    if let Some(first) = events.first()
        && let Some(found) = first.members.get("version").and_then(Value::as_u64)
        && found != VERSION
    {
        troubles.push(Trouble::Version { found });
    }
}
