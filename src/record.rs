//! The journal of a session put beside the plan it ran: what happened to each step, what was
//! measured, and where the run went otherwise than planned.

mod difference;
mod journal;

use serde_json::Value;

use crate::plan::{Plan, hash};

pub use difference::{Difference, DifferenceKind, seconds, spell};
pub use journal::{Event, Journal, Trouble, VERSION};

/// What a session did, step by step.
#[derive(Debug, Clone, PartialEq)]
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
    /// When it ended, in UTC; `None` while it runs, and when it was killed.
    pub ended: Option<String>,
    /// Its exit status; `None` while it runs, and when it was killed.
    pub status: Option<i64>,
    /// Why it halted; empty when it completed.
    pub reason: String,
    /// From each start or resume to the end that followed; the first is the start.
    pub sittings: Vec<Sitting>,
    /// The placeholders, in the order they were bound.
    pub values: Vec<BoundValue>,
    /// The tables that were kept, in order; of a step that was run again the last one.
    pub captures: Vec<CapturedTable>,
    /// The steps of the plan, in its order.
    pub steps: Vec<StepRecord>,
    /// The ways back that were chosen, in order of the plan; `of` of the plan's entry of the same
    /// number names the step each takes back.
    pub ways_back: Vec<StepRecord>,
    /// Notes that belong to no step.
    pub notes: Vec<Note>,
    /// Where runbook, plan and run differ: material for corrections of the runbook.
    pub differences: Vec<Difference>,
    /// What is wrong with the journal, in order of place.
    pub troubles: Vec<Trouble>,
    /// The lines of the journal.
    pub lines: usize,
    /// The hash of its last line.
    pub last_hash: String,
}

/// One time at the keyboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sitting {
    /// When it began, in UTC.
    pub started: String,
    /// The time of its last event, in UTC.
    pub last: String,
    /// How it ended: an exit status and why; `None` when its end is not in the journal.
    pub end: Option<(i64, String)>,
    /// Who was at the keyboard.
    pub operator: String,
    /// On which host.
    pub host: String,
    /// Which version of bash ran it.
    pub bash: String,
    /// The file answers came from; empty for a terminal.
    pub answers: String,
}

/// A table a step has kept of its output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapturedTable {
    /// Its name.
    pub name: String,
    /// The step.
    pub step: String,
    /// When, in UTC.
    pub time: String,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// Its rows, in the order of the output.
    pub rows: Vec<CapturedRow>,
}

/// A row of a captured table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapturedRow {
    /// The cells; as many as there are columns, unless it was left out for that.
    pub cells: Vec<String>,
    /// Why it was not worked on; empty for a row that was.
    pub left_out: String,
}

impl CapturedTable {
    /// The cell of `row` below the column `name`.
    pub fn cell<'a>(&self, row: &'a CapturedRow, name: &str) -> Option<&'a str> {
        let at = self.columns.iter().position(|column| column == name)?;
        row.cells.get(at).map(String::as_str)
    }
}

/// A value that was filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundValue {
    /// When, in UTC.
    pub time: String,
    /// The placeholder.
    pub name: String,
    /// Its value, masked when it is a secret.
    pub value: String,
    /// Where it came from: `set`, `preset`, `terminal`, `capture`.
    pub source: String,
}

/// Something the operator wrote down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// When, in UTC.
    pub time: String,
    /// The text.
    pub text: String,
    /// Who.
    pub by: String,
}

/// What happened to a step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepRecord {
    /// What people type.
    pub number: String,
    /// The runs of its block, in order.
    pub tries: Vec<Try>,
    /// `pass`, `fail`, `override`, `done`, `accept`, `skip`, `unknown` for a block whose end is not in the
    /// journal, `unjudged` for one that ended without a verdict, `none` for a step that was not reached, `reverted` for one that was taken back; of
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
    /// The last approval of its block.
    pub approval: Option<Approval>,
    /// The line of the journal on which it was first touched: started, done or judged. `None` for a
    /// step that was not reached or passed over.
    pub first: Option<usize>,
}

/// That somebody said: run this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// When, in UTC.
    pub time: String,
    /// Who.
    pub by: String,
    /// `terminal`, `answers`, `auto-check` or `rehearsal`.
    pub source: String,
    /// SHA-256 of the text that was approved.
    pub text: String,
}

/// One run of a block.
#[derive(Debug, Clone, PartialEq)]
pub struct Try {
    /// Which block of the step: `code`, or `probe1`, `probe2` ...; `part1` ... of a way back.
    pub block: String,
    /// The text that ran, secrets masked.
    pub command: String,
    /// SHA-256 of the text that ran, before masking.
    pub text: String,
    /// SHA-256 of the text that was approved before; empty for one that needs no approval.
    pub approved: String,
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The line of the runbook.
    pub line: i64,
    /// Its exit status.
    pub status: i64,
    /// The command.
    pub command: String,
}

impl Record {
    /// Puts a journal beside the plan it ran. `plan_hash` is the SHA-256 of the text the plan was
    /// read from, so that another plan than the one that ran is noticed.
    pub fn new(plan: Plan, plan_hash: &str, journal: &Journal) -> Self {
        let sittings = sittings(journal);
        let start = journal.events.first();
        let of_start = |name| start.map_or("", |event| event.text(name)).to_owned();
        let end = sittings.last().and_then(|last| {
            let (status, reason) = last.end.clone()?;
            Some((last.last.clone(), status, reason))
        });
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
        let mut record = Record {
            operator: of_start("operator"),
            host: of_start("host"),
            label: of_start("label"),
            rehearsal: start
                .and_then(|event| event.members.get("rehearsal"))
                .and_then(Value::as_bool)
                .unwrap_or(false),
            started: start.map_or_else(String::new, |event| event.time.clone()),
            ended: end.as_ref().map(|(time, ..)| time.clone()),
            status: end.as_ref().map(|(_, status, _)| *status),
            reason: end.map_or_else(String::new, |(.., reason)| reason),
            sittings,
            values: journal.events.iter().filter_map(bound_value).collect(),
            captures: captures(journal),
            notes: notes(journal, ""),
            steps,
            ways_back,
            differences: Vec::new(),
            troubles: journal.troubles.clone(),
            lines: journal.events.len(),
            last_hash: journal
                .events
                .last()
                .map_or_else(String::new, |event| event.text("hash").to_owned()),
            plan,
        };
        record.differences = difference::find(&record, plan_hash, journal);
        record
    }

    /// The captured table of this name; where there are several the last one.
    pub fn table(&self, name: &str) -> Option<&CapturedTable> {
        self.captures.iter().rev().find(|table| table.name == name)
    }

    /// The value of a placeholder; where it was bound again the last one.
    pub fn value(&self, name: &str) -> Option<&str> {
        let bound = self.values.iter().rev().find(|value| value.name == name);
        bound.map(|bound| bound.value.as_str())
    }

    /// Whether the chain of the journal holds; a torn last line breaks nothing.
    pub fn is_sound(&self) -> bool {
        self.troubles
            .iter()
            .all(|trouble| matches!(trouble, Trouble::Torn { .. }))
    }
}

/// What the text of `plan.json` is compared by.
pub fn plan_hash(text: &str) -> String {
    hash(text.trim_end())
}

fn sittings(journal: &Journal) -> Vec<Sitting> {
    let mut sittings: Vec<Sitting> = Vec::new();
    for event in &journal.events {
        if sittings.is_empty() || event.name == "resume" {
            sittings.push(Sitting {
                started: event.time.clone(),
                last: event.time.clone(),
                end: None,
                operator: event.text("operator").to_owned(),
                host: event.text("host").to_owned(),
                bash: event.text("bash").to_owned(),
                answers: event.text("answers").to_owned(),
            });
        }
        if let Some(current) = sittings.last_mut() {
            current.last.clone_from(&event.time);
            current.end = (event.name == "session-end").then(|| {
                let status = event.number("status").unwrap_or(0);
                (status, event.text("reason").to_owned())
            });
        }
    }
    sittings
}

/// The tables, each with the rows that were left out by the session and by the operator.
fn captures(journal: &Journal) -> Vec<CapturedTable> {
    let mut tables: Vec<CapturedTable> = Vec::new();
    for event in &journal.events {
        let name = event.text("name");
        match event.name.as_str() {
            "capture" => {
                tables.retain(|table| table.name != name || table.step != event.text("step"));
                tables.push(captured(event));
            }
            "exclude" => {
                let table = tables.iter_mut().rev().find(|table| table.name == name);
                let rows = table.into_iter().flat_map(|table| &mut table.rows);
                for row in rows.filter(|row| {
                    row.left_out.is_empty()
                        && row.cells.first().map(String::as_str) == Some(event.text("key"))
                }) {
                    row.left_out = format!("{} ({})", event.text("note"), event.text("by"));
                }
            }
            _ => {}
        }
    }
    tables
}

fn captured(event: &Event) -> CapturedTable {
    let reasons: Vec<&str> = event
        .text("left-out")
        .lines()
        .filter_map(|line| line.strip_prefix("  - "))
        .collect();
    let rows = event.members.get("rows").and_then(Value::as_array);
    let rows = rows.into_iter().flatten().map(|row| {
        let cells = texts(row);
        let start = format!("{}: ", cells.join(" "));
        let reason = reasons.iter().find_map(|line| line.strip_prefix(&start));
        CapturedRow {
            left_out: reason.unwrap_or("").to_owned(),
            cells,
        }
    });
    CapturedTable {
        name: event.text("name").to_owned(),
        step: event.text("step").to_owned(),
        time: event.time.clone(),
        columns: event.members.get("columns").map(texts).unwrap_or_default(),
        rows: rows.collect(),
    }
}

fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.map(|text| text.as_str().unwrap_or("").to_owned())
        .collect()
}

fn bound_value(event: &Event) -> Option<BoundValue> {
    (event.name == "bind").then(|| BoundValue {
        time: event.time.clone(),
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
        approval: None,
        first: None,
    };
    let own = journal
        .events
        .iter()
        .filter(|event| event.text("step") == number);
    for event in own {
        match event.name.as_str() {
            "approve" => {
                record.approval = Some(Approval {
                    time: event.time.clone(),
                    by: event.text("by").to_owned(),
                    source: event.text("source").to_owned(),
                    text: event.text("text").to_owned(),
                });
            }
            "step-start" => {
                record.first.get_or_insert(event.line);
                let approval = record.approval.as_ref();
                let approved = approval.map_or("", |approval| approval.text.as_str());
                record.tries.push(begun(event, approved));
                replace_verdict(&mut record, "unknown");
            }
            "step-end" => {
                if let Some(last) = record.tries.last_mut() {
                    ended(last, event);
                }
                if record.verdict == "unknown" {
                    record.verdict = "unjudged".to_owned();
                }
            }
            "verdict" => {
                if event.text("verdict") != "skip" {
                    record.first.get_or_insert(event.line);
                }
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
    if !matches!(before.as_str(), "none" | "unknown" | "unjudged") {
        record.earlier.push(before);
    }
}

fn begun(event: &Event, approved: &str) -> Try {
    Try {
        block: event.text("block").to_owned(),
        command: event.text("command").to_owned(),
        text: event.text("text").to_owned(),
        approved: approved.to_owned(),
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
