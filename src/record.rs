//! The journal of a session, read and checked, put beside the plan it ran.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::plan::{Kind, Plan, hash};

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

/// What a session did, step by step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Record {
    /// The plan it ran.
    pub plan: Plan,
    /// Who was at the keyboard.
    pub operator: String,
    /// On which host.
    pub host: String,
    /// The label of its folder.
    pub label: String,
    /// Whether it was a rehearsal: nothing was changed.
    pub rehearsal: bool,
    /// When it started, in UTC.
    pub started: String,
    /// When it ended, in UTC; `None` when it was killed.
    pub ended: Option<String>,
    /// Its exit status; `None` when it was killed.
    pub status: Option<i64>,
    /// Why it halted; empty when it completed.
    pub reason: String,
    /// The placeholders, in the order they were bound.
    pub values: Vec<BoundValue>,
    /// The steps of the plan, in its order.
    pub steps: Vec<StepRecord>,
    /// The ways back that were chosen, in order of the plan; `of` of the plan's entry of the same
    /// number names the step each takes back.
    pub ways_back: Vec<StepRecord>,
    /// Notes that belong to no step.
    pub notes: Vec<Note>,
    /// Where plan and run differ: material for corrections of the runbook.
    pub differences: Vec<String>,
}

/// A value that was filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BoundValue {
    /// The placeholder.
    pub name: String,
    /// Its value, masked when it is a secret.
    pub value: String,
    /// Where it came from: `set`, `preset` or `terminal`.
    pub source: String,
}

/// Something the operator wrote down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// When, in UTC.
    pub time: String,
    /// The text.
    pub text: String,
    /// Who.
    pub by: String,
}

/// What happened to a step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StepRecord {
    /// What people type.
    pub number: String,
    /// The runs of its block, in order.
    pub tries: Vec<Try>,
    /// `pass`, `fail`, `override`, `done`, `accept`, `skip`, `unknown` for a block whose end is not in the
    /// journal, `none` for a step that was not reached, `reverted` for one that was taken back; of
    /// a way back `open` when a part of it was left for later.
    pub verdict: String,
    /// The note of the verdict.
    pub note: String,
    /// Who gave the verdict; empty when nobody did.
    pub by: String,
    /// Where it came from: `terminal`, `answers`, `status`, `auto-check`, `block`.
    pub source: String,
    /// Verdicts before the last one.
    pub earlier: Vec<String>,
    /// What was written down at this step.
    pub notes: Vec<Note>,
}

/// One run of a block.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Try {
    /// Which block of the step: `code`, or `probe1`, `probe2` ...; `part1` ... of a way back.
    pub block: String,
    /// The text that ran, secrets masked.
    pub command: String,
    /// When it started, in UTC.
    pub started: String,
    /// How long it took, in milliseconds; `None` when its end is not in the journal.
    pub milliseconds: Option<i64>,
    /// Its exit status.
    pub status: Option<i64>,
    /// Why it is not a clean run; empty when it is.
    pub trouble: String,
    /// The commands that failed.
    pub failures: Vec<Failure>,
    /// The folder, below `steps/` of the session's, that holds its transcript in `output`.
    pub folder: String,
}

/// A command that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The line of the runbook.
    pub line: i64,
    /// Its exit status.
    pub status: i64,
    /// The command.
    pub command: String,
}

impl Record {
    /// Puts a journal beside the plan it ran.
    pub fn new(plan: Plan, journal: &Journal) -> Self {
        let start = journal.events.first();
        let of_start = |name| start.map_or("", |event| event.text(name)).to_owned();
        let end = journal
            .events
            .iter()
            .rev()
            .find(|event| event.name == "session-end" || event.name == "resume")
            .filter(|event| event.name == "session-end");
        let steps: Vec<StepRecord> = plan
            .numbered_steps()
            .map(|step| step_record(&step.number, journal))
            .collect();
        let ways_back: Vec<StepRecord> = plan
            .ways_back
            .iter()
            .map(|way| step_record(&way.number, journal))
            .filter(|record| record.verdict != "none" || !record.tries.is_empty())
            .collect();
        let mut differences = differences(&plan, &steps, journal);
        differences.extend(ways_back.iter().map(|way| way_back_words(&plan, way)));
        Record {
            operator: of_start("operator"),
            host: of_start("host"),
            label: of_start("label"),
            rehearsal: start
                .and_then(|event| event.members.get("rehearsal"))
                .and_then(Value::as_bool)
                .unwrap_or(false),
            started: start.map_or_else(String::new, |event| event.time.clone()),
            ended: end.map(|event| event.time.clone()),
            status: end.and_then(|event| event.number("status")),
            reason: end.map_or_else(String::new, |event| event.text("reason").to_owned()),
            values: journal.events.iter().filter_map(bound_value).collect(),
            notes: notes(journal, ""),
            steps,
            ways_back,
            differences,
            plan,
        }
    }
}

fn bound_value(event: &Event) -> Option<BoundValue> {
    (event.name == "bind").then(|| BoundValue {
        name: event.text("name").to_owned(),
        value: event.text("value").to_owned(),
        source: event.text("source").to_owned(),
    })
}

fn notes(journal: &Journal, step: &str) -> Vec<Note> {
    journal
        .events
        .iter()
        .filter(|event| event.name == "note" && event.text("step") == step)
        .map(|event| Note {
            time: event.time.clone(),
            text: event.text("text").to_owned(),
            by: event.text("by").to_owned(),
        })
        .collect()
}

fn way_back_words(plan: &Plan, record: &StepRecord) -> String {
    let way = plan
        .ways_back
        .iter()
        .find(|way| way.number == record.number);
    let of = way.map_or("", |way| way.of.as_str());
    let how = match record.verdict.as_str() {
        "pass" => "was taken back",
        "open" => "was taken back in part",
        "fail" => "was to be taken back, which failed",
        _ => "was to be taken back; how that ended is not known",
    };
    format!("step {of} {how} ({}){}", record.number, with(&record.note))
}

fn step_record(number: &str, journal: &Journal) -> StepRecord {
    let mut record = StepRecord {
        number: number.to_owned(),
        tries: Vec::new(),
        verdict: "none".to_owned(),
        note: String::new(),
        by: String::new(),
        source: String::new(),
        earlier: Vec::new(),
        notes: notes(journal, number),
    };
    let own = journal
        .events
        .iter()
        .filter(|event| event.text("step") == number);
    for event in own {
        match event.name.as_str() {
            "step-start" => {
                record.tries.push(begun(event));
                replace_verdict(&mut record, "unknown");
            }
            "step-end" => {
                if let Some(last) = record.tries.last_mut() {
                    ended(last, event);
                }
                if record.verdict == "unknown" {
                    record.verdict = "none".to_owned();
                }
            }
            "verdict" => {
                replace_verdict(&mut record, event.text("verdict"));
                record.note = event.text("note").to_owned();
                record.by = event.text("by").to_owned();
                record.source = event.text("source").to_owned();
            }
            _ => {}
        }
    }
    record
}

/// A verdict that a later one replaces is kept as an earlier one.
fn replace_verdict(record: &mut StepRecord, verdict: &str) {
    let before = std::mem::replace(&mut record.verdict, verdict.to_owned());
    if before != "none" && before != "unknown" {
        record.earlier.push(before);
    }
}

fn begun(event: &Event) -> Try {
    Try {
        block: event.text("block").to_owned(),
        command: event.text("command").to_owned(),
        started: event.time.clone(),
        milliseconds: None,
        status: None,
        trouble: "its end is not in the journal".to_owned(),
        failures: Vec::new(),
        folder: event.text("folder").to_owned(),
    }
}

fn ended(last: &mut Try, event: &Event) {
    last.milliseconds = event.number("ms");
    last.status = event.number("status");
    last.trouble = event.text("trouble").to_owned();
    last.failures = event
        .members
        .get("failures")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|failure| Failure {
            line: failure.get("line").and_then(Value::as_i64).unwrap_or(0),
            status: failure.get("status").and_then(Value::as_i64).unwrap_or(0),
            command: failure
                .get("command")
                .and_then(Value::as_str)
                .unwrap_or("")
                .to_owned(),
        })
        .collect();
}

/// What the run did otherwise than the plan, in order of the plan.
fn differences(plan: &Plan, steps: &[StepRecord], journal: &Journal) -> Vec<String> {
    let mut found = Vec::new();
    for event in &journal.events {
        if event.name == "accept-stale" {
            found.push(format!(
                "{} differed from what the plan was made from; accepted by {}: {}",
                event.text("files"),
                event.text("by"),
                event.text("note")
            ));
        } else if event.name == "exclude" {
            found.push(format!(
                "{} was left out of the {} by {}: {}",
                event.text("key"),
                event.text("name"),
                event.text("by"),
                event.text("note")
            ));
        }
    }
    for (step, record) in plan.numbered_steps().zip(steps) {
        let number = &step.number;
        match record.verdict.as_str() {
            "none" => found.push(format!("step {number} was not done")),
            "unknown" => found.push(format!(
                "step {number} was started; how it ended is not known"
            )),
            "accept" => found.push(format!(
                "step {number} was taken as done by {}: {}",
                record.by, record.note
            )),
            "skip" => found.push(format!("step {number} was skipped: {}", record.note)),
            "override" => found.push(format!(
                "gate {number} was overridden by {}: {}",
                record.by, record.note
            )),
            "fail" => found.push(format!("step {number} failed{}", with(&record.note))),
            _ => {}
        }
        if record.verdict != "fail" && record.earlier.iter().any(|verdict| verdict == "fail") {
            found.push(format!("step {number} failed first"));
        }
        let runs = record
            .tries
            .iter()
            .filter(|run| run.block == "code")
            .count();
        if runs > 1 {
            found.push(format!("the block of step {number} ran {runs} times"));
        }
        if record.verdict == "pass"
            && step.kind != Kind::Text
            && let Some(last) = record.tries.last()
            && !last.trouble.is_empty()
        {
            found.push(format!(
                "step {number} passed with trouble: {}",
                last.trouble
            ));
        }
        for note in &record.notes {
            found.push(format!("note at step {number}: {}", note.text));
        }
    }
    found
}

fn with(note: &str) -> String {
    if note.is_empty() {
        String::new()
    } else {
        format!(": {note}")
    }
}
