//! The addendum to the changelog: a skeleton from the plan before the window, from plan, record and
//! the project's own documents after it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::ids::{NextId, next_free};
use super::log::{
    NoteDocument, RevertDocument, ValueDocument, date, is_run, operators, outcome, result, reverts,
    session_label, state,
};
use super::markdown::BLANK;
use super::template::{CHANGELOG as TEMPLATE, Templates};
use super::{Artifact, Backend};
use crate::plan::{Piece, Plan, PlanBlock, PlanStep};
use crate::record::{CapturedRow, CapturedTable, Difference, Record, StepRecord};

/// `--emit changelog`
pub static CHANGELOG: Backend = Backend {
    name: "changelog",
    about: "changelog.md, the addendum with blanks to fill in by hand",
    default: true,
    emit: |plan, templates| {
        vec![Artifact {
            name: TEMPLATE.name,
            text: templates
                .render(&TEMPLATE, &blank(plan))
                .unwrap_or_else(|error| format!("{error}\n")),
        }]
    },
};

/// Whether the template can make the blank document.
pub(super) fn check(plan: &Plan, templates: &Templates) -> Result<(), String> {
    if templates.is_replaced(&TEMPLATE) {
        templates.render(&TEMPLATE, &blank(plan))?;
    }
    Ok(())
}

/// The version of [`Document`]'s form.
pub const VERSION: u32 = 1;

/// What the project's own documents say today.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// The id files that were read, as they are configured.
    pub id_files: Vec<String>,
    /// Those that could not be.
    pub missing: Vec<String>,
    /// The next free ids.
    pub next_ids: Vec<NextId>,
    /// The table that pins what runs.
    pub lock: Option<Lock>,
    /// What is to be said about the runbook, such as that it has changed since.
    pub runbook: String,
}

/// The version-lock table of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// Its file.
    pub path: String,
    /// Its header cells.
    pub header: Vec<String>,
    /// Its rows.
    pub rows: Vec<Vec<String>>,
}

impl Facts {
    /// Reads the texts of the configured id files (path, text or nothing) and of the version lock.
    pub fn new(ids: Vec<(String, Option<String>)>, lock: Option<(String, String)>) -> Self {
        let missing = ids
            .iter()
            .filter(|(_, text)| text.is_none())
            .map(|(path, _)| path.clone())
            .collect();
        let texts: Vec<(String, String)> = ids
            .into_iter()
            .filter_map(|(path, text)| Some((path, text?)))
            .collect();
        Facts {
            next_ids: next_free(&texts),
            id_files: texts.into_iter().map(|(path, _)| path).collect(),
            missing,
            lock: lock.and_then(|(path, text)| lock_table(path, &text)),
            runbook: String::new(),
        }
    }
}

/// The first table with a column for the revision and one for the channel.
fn lock_table(path: String, text: &str) -> Option<Lock> {
    let cells = |line: &str| -> Option<Vec<String>> {
        let inner = line.trim().strip_prefix('|')?;
        let inner = inner.strip_suffix('|').unwrap_or(inner);
        Some(
            inner
                .split('|')
                .map(|cell| cell.trim().to_owned())
                .collect(),
        )
    };
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(header) = cells(line) else { continue };
        let has = |word: &str| header.iter().any(|cell| cell.to_lowercase().contains(word));
        if !has("revision") || !has("channel") {
            continue;
        }
        let rows = lines
            .map_while(&cells)
            .filter(|row| {
                !row.iter()
                    .all(|cell| cell.trim_matches([':', '-']).is_empty())
            })
            .collect();
        return Some(Lock { path, header, rows });
    }
    None
}

/// The addendum of a session, in markdown.
///
/// # Errors
/// What is wrong with the project's template, and where.
pub fn markdown(record: &Record, facts: &Facts, templates: &Templates) -> Result<String, String> {
    templates.render(&TEMPLATE, &document(record, facts))
}

/// The addendum to the changelog: what the template sees. Times are UTC.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "rbc changelog")]
pub struct Document {
    /// The version of this form.
    pub version: u32,
    /// What the window was about: the session's label without its first word.
    pub topic: String,
    /// The runbook's title.
    pub title: String,
    /// The runbook's path below its root.
    pub runbook: String,
    /// What is to be said about the runbook, such as that it has changed since; else empty.
    pub runbook_remark: String,
    /// The label of the session.
    pub label: String,
    /// The UTC date it started.
    pub date: String,
    /// `COMPLETE`, `INCOMPLETE`, `REHEARSAL`.
    pub state: String,
    /// How the session ended, in words.
    pub result: String,
    /// Who was at the keyboard.
    pub operator: String,
    /// Whether this is the blank addendum before the window.
    pub blank: bool,
    /// The next free ids; provisional.
    pub next_ids: Vec<NextId>,
    /// The files they were found in.
    pub id_files: Vec<String>,
    /// Configured id files that could not be read.
    pub missing_id_files: Vec<String>,
    /// The values that were filled in.
    pub values: Vec<ValueDocument>,
    /// What moved, in the order of the run.
    pub moved: Vec<Moved>,
    /// The rows of the version-lock table that change.
    pub lock: LockDocument,
    /// The steps, in order of the plan.
    pub steps: Vec<StepDocument>,
    /// The ways back of exactly what ran, in the order of the run.
    pub ways_back: Vec<WayBack>,
    /// The revert table of the runbook.
    pub reverts: Vec<RevertDocument>,
    /// Where runbook, plan and run differ.
    pub differences: Vec<Difference>,
    /// Notes that belong to no step.
    pub notes: Vec<NoteDocument>,
}

/// Something that is another version now.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Moved {
    /// What: an application, or the title of the step.
    pub what: String,
    /// The step that moved it.
    pub step: String,
    /// The version or revision before; empty where nothing measured it.
    pub old: String,
    /// The one after; empty where nothing measured it.
    pub new: String,
    /// The channel it follows; empty where none was measured.
    pub channel: String,
    /// What else there is to say: taken back, outcome unknown.
    pub remark: String,
}

/// The version-lock table's rows of what moved.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct LockDocument {
    /// The file; empty where none is configured.
    pub path: String,
    /// The header of its table.
    pub header: Vec<String>,
    /// The rows as they have to read now.
    pub rows: Vec<Vec<String>>,
    /// Rows that were not what was measured before the window.
    pub differed: Vec<String>,
}

/// A step and its verdict.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StepDocument {
    /// What people type.
    pub number: String,
    /// `RUN`, `CHECK`, `GATE`.
    pub kind: String,
    /// Its title; of a step of a procedure with the row before it.
    pub title: String,
    /// `PASS`, `FAIL`, `SKIPPED` and the others; a blank before the window.
    pub outcome: String,
    /// The note of the verdict.
    pub note: String,
    /// Whether it is a RUN.
    pub run: bool,
    /// What the plan says it does, a line each.
    pub effects: Vec<String>,
    /// What was written down at this step.
    pub notes: Vec<NoteDocument>,
}

/// The way back of a step that ran.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WayBack {
    /// The step.
    pub step: String,
    /// Its title.
    pub title: String,
    /// The layer of the revert table; empty where the table has no row for the step.
    pub layer: String,
    /// The commands, filled in, in order: the pin, then the re-track.
    pub commands: Vec<String>,
    /// The cell of the revert table, where there is nothing to run.
    pub way: String,
    /// What holds where there is no way back.
    pub posture: String,
    /// What of it was done in this session; empty where nothing was.
    pub done: String,
}

fn blank(plan: &Plan) -> Document {
    let blank = || BLANK.to_owned();
    Document {
        version: VERSION,
        topic: topic(&plan.label),
        title: plan.title.clone(),
        runbook: plan.runbook.clone(),
        runbook_remark: String::new(),
        label: plan.label.clone(),
        date: blank(),
        state: blank(),
        result: blank(),
        operator: blank(),
        blank: true,
        next_ids: Vec::new(),
        id_files: Vec::new(),
        missing_id_files: Vec::new(),
        values: plan
            .placeholders
            .iter()
            .map(|placeholder| ValueDocument {
                name: placeholder.name.clone(),
                value: blank(),
                source: blank(),
            })
            .collect(),
        moved: Vec::new(),
        lock: LockDocument::default(),
        steps: plan
            .numbered_steps()
            .map(|step| entry(step, None))
            .collect(),
        ways_back: Vec::new(),
        reverts: reverts(plan),
        differences: Vec::new(),
        notes: Vec::new(),
    }
}

/// The record and the project's documents as an addendum.
pub fn document(record: &Record, facts: &Facts) -> Document {
    let plan = &record.plan;
    let moved = moved(record);
    Document {
        version: VERSION,
        topic: topic(&record.label),
        title: plan.title.clone(),
        runbook: plan.runbook.clone(),
        runbook_remark: facts.runbook.clone(),
        label: session_label(record),
        date: date(&record.started),
        state: match (record.rehearsal, state(record)) {
            (true, _) => "REHEARSAL",
            (false, "completed") => "COMPLETE",
            (false, _) => "INCOMPLETE",
        }
        .to_owned(),
        result: result(record),
        operator: operators(record),
        blank: false,
        next_ids: facts.next_ids.clone(),
        id_files: facts.id_files.clone(),
        missing_id_files: facts.missing.clone(),
        values: last_values(record),
        lock: lock(record, &moved, facts.lock.as_ref()),
        moved,
        steps: plan
            .numbered_steps()
            .zip(&record.steps)
            .map(|(step, done)| entry(step, Some(done)))
            .collect(),
        ways_back: ways_back(record),
        reverts: reverts(plan),
        differences: record.differences.clone(),
        notes: record.notes.iter().map(note).collect(),
    }
}

fn note(note: &crate::record::Note) -> NoteDocument {
    NoteDocument {
        time: note.time.clone(),
        by: note.by.clone(),
        text: note.text.clone(),
    }
}

/// Each placeholder once, with the value it had in the end.
fn last_values(record: &Record) -> Vec<ValueDocument> {
    let mut values: Vec<ValueDocument> = Vec::new();
    for bound in &record.values {
        values.retain(|known| known.name != bound.name);
        values.push(ValueDocument {
            name: bound.name.clone(),
            value: bound.value.clone(),
            source: bound.source.clone(),
        });
    }
    values
}

fn entry(step: &PlanStep, done: Option<&StepRecord>) -> StepDocument {
    StepDocument {
        number: step.number.clone(),
        kind: step.kind.word().to_uppercase(),
        title: match &step.row {
            Some(row) => format!("{}: {}", row.key, step.title),
            None => step.title.clone(),
        },
        outcome: done.map_or(BLANK, |done| outcome(&done.verdict)).to_owned(),
        note: done.map(|done| done.note.clone()).unwrap_or_default(),
        run: is_run(step),
        effects: step.effects.clone(),
        notes: done
            .map(|done| done.notes.iter().map(note).collect())
            .unwrap_or_default(),
    }
}

/// The label without its first word and without a date.
fn topic(label: &str) -> String {
    let topic = label.strip_prefix("ops-").unwrap_or(label);
    match topic.rsplit_once('-') {
        Some((before, date)) if date.len() == 8 && date.bytes().all(|it| it.is_ascii_digit()) => {
            before.to_owned()
        }
        Some(_) | None => topic.to_owned(),
    }
}

/// Whether a step changes the managed system, as far as is known.
fn changes(step: &PlanStep) -> bool {
    is_run(step) && !matches!(step.class.as_deref(), Some("none" | "read" | "local-write"))
}

/// Whether a step was begun: by the session or by hand.
fn ran(done: &StepRecord) -> bool {
    done.tries.iter().any(|run| run.block == "code")
        || matches!(done.verdict.as_str(), "done" | "reverted")
        || done.earlier.iter().any(|verdict| verdict == "done")
}

/// The changes that ran, in the order they began.
fn changes_that_ran(record: &Record) -> Vec<(&PlanStep, &StepRecord)> {
    let mut found: Vec<(&PlanStep, &StepRecord)> = record
        .plan
        .numbered_steps()
        .zip(&record.steps)
        .filter(|(step, done)| {
            let has_way = record
                .plan
                .ways_back
                .iter()
                .any(|way| way.of == step.number);
            (changes(step) || has_way) && ran(done)
        })
        .collect();
    found.sort_by_key(|(_, done)| done.first.unwrap_or(usize::MAX));
    found
}

fn moved(record: &Record) -> Vec<Moved> {
    changes_that_ran(record)
        .into_iter()
        .map(|(step, done)| {
            let remark = match done.verdict.as_str() {
                "pass" | "done" | "override" => "",
                "accept" => "taken as done",
                "reverted" => "taken back",
                "fail" => "failed; look what is true",
                "unknown" | "unjudged" => "outcome not known; look what is true",
                _ => "",
            };
            let mut moved = match row_of(record, step) {
                Some((table, row)) => from_row(table, row, step),
                None => from_values(record, step),
            };
            moved.remark = remark.to_owned();
            moved
        })
        .collect()
}

/// The row of a captured table that a step of a procedure was done for.
fn row_of<'a>(record: &'a Record, step: &PlanStep) -> Option<(&'a CapturedTable, &'a CapturedRow)> {
    let row = step.row.as_ref()?;
    let table = record.table(row.capture.as_deref()?)?;
    let found = table
        .rows
        .iter()
        .find(|found| found.cells.first() == Some(&row.key))?;
    Some((table, found))
}

/// Column names for the state before, the state after, and the channel; the first that is there.
const BEFORE: &[&str] = &[
    "recorded-rev",
    "recorded-revision",
    "old-rev",
    "from-rev",
    "current-rev",
    "rev",
    "revision",
    "old-version",
    "recorded-version",
    "current-version",
    "old",
    "from",
    "before",
    "recorded",
    "current",
    "version",
];
const AFTER: &[&str] = &[
    "target-rev",
    "target-revision",
    "new-rev",
    "to-rev",
    "offered-rev",
    "new-version",
    "target-version",
    "new",
    "to",
    "after",
    "target",
    "offer",
    "offered",
];
const CHANNEL: &[&str] = &["pinned-channel", "channel", "track"];

fn named<'a>(table: &CapturedTable, row: &'a CapturedRow, names: &[&str]) -> &'a str {
    names
        .iter()
        .find_map(|name| table.cell(row, name))
        .unwrap_or("")
}

fn from_row(table: &CapturedTable, row: &CapturedRow, step: &PlanStep) -> Moved {
    Moved {
        what: row.cells.first().cloned().unwrap_or_default(),
        step: step.number.clone(),
        old: named(table, row, BEFORE).to_owned(),
        new: named(table, row, AFTER).to_owned(),
        channel: named(table, row, CHANNEL).to_owned(),
        remark: String::new(),
    }
}

/// Versions a step was given: a placeholder that says which one holds the version before, else
/// `<old>` beside `<target>` or `<new>`.
fn from_values(record: &Record, step: &PlanStep) -> Moved {
    let names: Vec<&str> = step
        .block
        .iter()
        .flat_map(|block| &block.pieces)
        .filter_map(|piece| match piece {
            Piece::Placeholder(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
        .collect();
    let declared = record
        .plan
        .placeholders
        .iter()
        .filter(|placeholder| names.contains(&placeholder.name.as_str()))
        .find_map(|placeholder| Some((placeholder.from.as_deref()?, placeholder.name.as_str())));
    let usual = ["target", "new", "target-version", "new-version"]
        .into_iter()
        .find(|name| names.contains(name))
        .map(|name| {
            (
                if name.contains("version") {
                    "old-version"
                } else {
                    "old"
                },
                name,
            )
        });
    let value = |name: &str| record.value(name).unwrap_or("").to_owned();
    let pair = declared.or(usual);
    Moved {
        what: step.title.clone(),
        step: step.number.clone(),
        old: pair.map(|(old, _)| value(old)).unwrap_or_default(),
        new: pair.map(|(_, new)| value(new)).unwrap_or_default(),
        channel: String::new(),
        remark: String::new(),
    }
}

/// The rows of the version lock for what moved and was not taken back.
fn lock(record: &Record, moved: &[Moved], lock: Option<&Lock>) -> LockDocument {
    let header = lock.map_or_else(
        || {
            ["Application", "Charm", "Channel", "Revision"]
                .map(str::to_owned)
                .to_vec()
        },
        |lock| lock.header.clone(),
    );
    let mut document = LockDocument {
        path: lock.map(|lock| lock.path.clone()).unwrap_or_default(),
        header,
        ..LockDocument::default()
    };
    for it in moved.iter().filter(|it| it.remark.is_empty()) {
        let step = record.plan.steps.iter().find(|step| step.number == it.step);
        let Some((table, row)) = step.and_then(|step| row_of(record, step)) else {
            continue;
        };
        let known =
            lock.and_then(|lock| lock.rows.iter().find(|row| row.first() == Some(&it.what)));
        let cells = document.header.iter().enumerate().map(|(at, name)| {
            let name = name.to_lowercase();
            let found = if at == 0 {
                it.what.clone()
            } else if name.contains("revision") {
                it.new.clone()
            } else if name.contains("channel") {
                it.channel.clone()
            } else {
                table.cell(row, &name).unwrap_or("").to_owned()
            };
            match (found.is_empty(), known.and_then(|known| known.get(at))) {
                (true, Some(known)) => known.clone(),
                (true, None) => BLANK.to_owned(),
                (false, _) => found,
            }
        });
        let cells: Vec<String> = cells.collect();
        document.rows.push(cells);
    }
    if let Some(lock) = lock {
        document.differed = differed(record, lock);
    }
    document
}

/// Rows of the lock that were not what was measured before anything was changed.
fn differed(record: &Record, lock: &Lock) -> Vec<String> {
    let at = lock
        .header
        .iter()
        .position(|name| name.to_lowercase().contains("revision"));
    let mut found = BTreeMap::new();
    for table in &record.captures {
        for row in &table.rows {
            let Some(name) = row.cells.first() else {
                continue;
            };
            let known = lock.rows.iter().find(|known| known.first() == Some(name));
            let (Some(known), measured) = (known, named(table, row, BEFORE)) else {
                continue;
            };
            let pinned = at.and_then(|at| known.get(at)).map_or("", String::as_str);
            if !measured.is_empty() && !pinned.is_empty() && measured != pinned {
                found.insert(
                    name.clone(),
                    format!("{name}: the table has {pinned}, the {} measured {measured} before anything was changed", table.name),
                );
            }
        }
    }
    found.into_values().collect()
}

fn ways_back(record: &Record) -> Vec<WayBack> {
    changes_that_ran(record)
        .into_iter()
        .map(|(step, _)| {
            let way = record
                .plan
                .ways_back
                .iter()
                .find(|way| way.of == step.number);
            let cells = cells_of(record, step);
            let parts = way.into_iter().flat_map(|way| &way.parts);
            let text = |pick: fn(&crate::plan::PlanRevert) -> &String| {
                way.map(|way| pick(way).clone()).unwrap_or_default()
            };
            WayBack {
                step: step.number.clone(),
                title: step.title.clone(),
                layer: text(|way| &way.layer),
                commands: parts
                    .map(|part| filled(&part.block, &cells, record))
                    .collect(),
                way: text(|way| &way.way),
                posture: text(|way| &way.posture),
                done: way.map_or_else(String::new, |way| done(record, &way.number)),
            }
        })
        .collect()
}

/// What of a way back was done in the session.
fn done(record: &Record, number: &str) -> String {
    let Some(way) = record.ways_back.iter().find(|way| way.number == number) else {
        return String::new();
    };
    match way.verdict.as_str() {
        "pass" => format!("taken back ({number})"),
        "open" => format!("taken back in part ({number}): {}", way.note),
        "fail" => format!("tried and failed ({number}): {}", way.note),
        _ => format!("begun ({number}); how it ended is not known"),
    }
}

/// The cells of a step's row, by column.
fn cells_of(record: &Record, step: &PlanStep) -> BTreeMap<String, String> {
    let mut cells: BTreeMap<String, String> =
        step.row.iter().flat_map(|row| row.values.clone()).collect();
    if let Some((table, row)) = row_of(record, step) {
        cells.extend(table.columns.iter().cloned().zip(row.cells.iter().cloned()));
    }
    cells
}

/// A block with what is known filled in; the rest stays a placeholder.
fn filled(block: &PlanBlock, cells: &BTreeMap<String, String>, record: &Record) -> String {
    block
        .pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Placeholder(name) => cells
                .get(name)
                .map(String::as_str)
                .or_else(|| record.value(name))
                .map_or_else(|| format!("<{name}>"), str::to_owned),
        })
        .collect()
}
