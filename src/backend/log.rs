//! The as-executed log: plan and record as one document, or the plan alone as a blank one.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::markdown::{self, BLANK};
use super::template::{AS_EXECUTED, Templates};
use super::transcript::Shown;
use super::{Artifact, Backend};
use crate::plan::{Kind, Plan, PlanStep};
use crate::record::{
    CapturedTable, Difference, Failure, Note, Record, Sitting, StepRecord, Try, seconds, spell,
};

/// `--emit log`
pub static LOG: Backend = Backend {
    name: "log",
    about: "as-executed.md, the log with blanks to fill in by hand",
    default: true,
    emit: |plan, templates| {
        vec![Artifact {
            name: AS_EXECUTED.name,
            text: templates
                .render(&AS_EXECUTED, &blank(plan))
                .unwrap_or_else(|error| format!("{error}\n")),
        }]
    },
};

/// Whether the template can make the blank document.
pub(super) fn check(plan: &Plan, templates: &Templates) -> Result<(), String> {
    if templates.is_replaced(&AS_EXECUTED) {
        templates.render(&AS_EXECUTED, &blank(plan))?;
    }
    Ok(())
}

/// The version of [`Document`]'s form in JSON.
pub const VERSION: u32 = 1;

/// What a session printed, by the folder of the try below `steps/`.
pub type Outputs = BTreeMap<String, Shown>;

/// The log of a session, in markdown.
///
/// # Errors
/// What is wrong with the project's template, and where.
pub fn markdown(
    record: &Record,
    outputs: &Outputs,
    templates: &Templates,
) -> Result<String, String> {
    templates.render(&AS_EXECUTED, &document(record, outputs))
}

/// The log of a session, for programs.
pub fn json(record: &Record, outputs: &Outputs) -> String {
    let mut text = serde_json::to_string_pretty(&document(record, outputs))
        .expect("a log has string keys and finite numbers only");
    text.push('\n');
    super::json::escaped(&text)
}

/// The row of the committed index: date, label, operator, scope in one phrase.
pub fn index_row(record: &Record) -> String {
    let outcome = match state(record) {
        "completed" => String::new(),
        _ => format!(" ({})", result(record)),
    };
    format!(
        "| {} | {} | {} | {}{} |\n",
        markdown::text(&date(&record.started)),
        markdown::text(&session_label(record)),
        markdown::text(&record.operator),
        markdown::text(record.plan.title.trim_start_matches("Ops -- ")),
        markdown::text(&outcome)
    )
}

/// The as-executed log: what `rbc log --format json` prints, and what the template sees. Times are
/// UTC, as in `2026-07-05T01:02:03Z`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "rbc log")]
pub struct Document {
    /// The version of this form.
    pub version: u32,
    /// What made the plan.
    pub compiler: String,
    /// The runbook's title.
    pub title: String,
    /// The runbook's path below its root.
    pub runbook: String,
    /// SHA-256 of the runbook.
    pub runbook_hash: String,
    /// SHA-256 of the plan.
    pub plan_hash: String,
    /// The label of the session, with the day it started.
    pub label: String,
    /// The UTC date it started.
    pub date: String,
    /// Who was at the keyboard; several names where several were.
    pub operator: String,
    /// On which host.
    pub host: String,
    /// When it started.
    pub started: String,
    /// When it ended; `not ended` while it runs, and when it was killed.
    pub ended: String,
    /// From start to end, breaks included; empty when it has not ended.
    pub duration: String,
    /// `completed`, `failed`, `halted`, `in-doubt`, `stale`, `open`; `blank` before the window.
    pub state: String,
    /// The state as people say it, with the reason.
    pub result: String,
    /// The exit status of the session.
    pub status: Option<i64>,
    /// Whether it was a rehearsal: nothing was changed.
    pub rehearsal: bool,
    /// Whether this is the blank log before the window.
    pub blank: bool,
    /// Whether output was asked for.
    pub with_output: bool,
    /// What the journal is worth.
    pub journal: JournalDocument,
    /// Each time at the keyboard: the start, and every time it was gone on with.
    pub sittings: Vec<SittingDocument>,
    /// How many steps have which verdict, in words.
    pub counts: Vec<Count>,
    /// Where runbook, plan and run differ.
    pub differences: Vec<Difference>,
    /// The values that were filled in.
    pub values: Vec<ValueDocument>,
    /// The tables that were kept.
    pub captures: Vec<CaptureDocument>,
    /// The steps, in order of the plan; ways back that were chosen follow.
    pub steps: Vec<StepDocument>,
    /// Notes that belong to no step.
    pub notes: Vec<NoteDocument>,
    /// The revert table of the runbook.
    pub reverts: Vec<RevertDocument>,
}

/// What a journal is worth.
#[derive(Debug, Serialize, JsonSchema)]
pub struct JournalDocument {
    /// How many lines it has.
    pub lines: usize,
    /// Whether the chain of hashes holds.
    pub sound: bool,
    /// The hash of its last line: whoever keeps it can prove later that nothing was changed.
    pub last_hash: String,
    /// What is wrong with it, each with its line.
    pub troubles: Vec<String>,
}

/// One time at the keyboard.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SittingDocument {
    /// When it began.
    pub started: String,
    /// The time of its last event.
    pub last: String,
    /// How it ended, in words.
    pub result: String,
    /// Who.
    pub operator: String,
    /// On which host.
    pub host: String,
    /// The file answers came from; empty for a person at a terminal.
    pub answers: String,
}

/// A verdict and how often it was given.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Count {
    /// The verdict, as in a step's `outcome`.
    pub outcome: String,
    /// How many steps have it.
    pub count: usize,
}

/// A value that was filled in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ValueDocument {
    /// The placeholder.
    pub name: String,
    /// Its value, masked when it is a secret.
    pub value: String,
    /// Where it came from: `set`, `preset`, `terminal`, `capture`.
    pub source: String,
}

/// A table that was kept.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CaptureDocument {
    /// Its name.
    pub name: String,
    /// The step that kept it.
    pub step: String,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// Its rows.
    pub rows: Vec<RowDocument>,
}

/// A row of a table that was kept.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RowDocument {
    /// The cells.
    pub cells: Vec<String>,
    /// Why nothing was done for it; empty for a row that was worked on.
    pub left_out: String,
}

/// A step and what became of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StepDocument {
    /// What people type.
    pub number: String,
    /// `RUN`, `CHECK`, `GATE`, `REVERT`.
    pub kind: String,
    /// The outermost section.
    pub section: String,
    /// Where it runs; empty where the runbook does not say.
    pub location: String,
    /// Its title.
    pub title: String,
    /// The line of the runbook.
    pub line: u32,
    /// A gate's condition.
    pub condition: String,
    /// What a passing result looks like.
    pub expect: String,
    /// For a way back the step it takes back; else empty.
    pub takes_back: String,
    /// What the plan says it does, a line each.
    pub effects: Vec<String>,
    /// The last verdict: `pass`, `fail`, `override`, `done`, `accept`, `skip`, `reverted`, `open`,
    /// `unknown`, `unjudged`, `none`.
    pub verdict: String,
    /// The verdict as documents show it, such as `PASS`.
    pub outcome: String,
    /// Who gave the verdict, in words.
    pub by: String,
    /// Who approved the block, in words; empty where nobody had to.
    pub approved: String,
    /// The note of the verdict: for a step that was skipped or overridden the reason.
    pub note: String,
    /// Verdicts before the last one.
    pub earlier: Vec<String>,
    /// What was written down at this step.
    pub notes: Vec<NoteDocument>,
    /// The texts that ran, each with its tries in a row.
    pub runs: Vec<RunDocument>,
}

/// A text that ran, once or several times in a row.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunDocument {
    /// `code`; `probe1` ... for a command of a gate's sentence; `part1` ... of a way back.
    pub block: String,
    /// The command as it ran, filled in, secrets masked.
    pub command: String,
    /// Its tries.
    pub tries: Vec<TryDocument>,
}

/// One try.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TryDocument {
    /// When it started.
    pub started: String,
    /// How long it took, in words.
    pub duration: String,
    /// How long it took, in milliseconds.
    pub milliseconds: Option<i64>,
    /// Its exit status.
    pub status: Option<i64>,
    /// Why it is not a clean run; empty when it is.
    pub trouble: String,
    /// The commands that failed.
    pub failures: Vec<FailureDocument>,
    /// The file with its whole output, below the session's folder.
    pub transcript: String,
    /// Its output, masked and then cut, where it was asked for.
    pub output: Option<String>,
    /// How many bytes of the output are not shown.
    pub output_left_out: usize,
}

/// A command that failed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FailureDocument {
    /// The line of the runbook.
    pub line: i64,
    /// Its exit status.
    pub status: i64,
    /// The command.
    pub command: String,
}

/// Something that was written down.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NoteDocument {
    /// When.
    pub time: String,
    /// Who.
    pub by: String,
    /// What.
    pub text: String,
}

/// A row of the runbook's revert table.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RevertDocument {
    /// The layer.
    pub layer: String,
    /// The way back.
    pub way: String,
    /// What holds where there is none.
    pub posture: String,
}

fn blank(plan: &Plan) -> Document {
    let blank = || BLANK.to_owned();
    Document {
        version: VERSION,
        compiler: plan.compiler.clone(),
        title: plan.title.clone(),
        runbook: plan.runbook.clone(),
        runbook_hash: plan.runbook_hash.clone(),
        plan_hash: plan.hash(),
        label: plan.label.clone(),
        date: blank(),
        operator: blank(),
        host: blank(),
        started: blank(),
        ended: blank(),
        duration: String::new(),
        state: "blank".to_owned(),
        result: blank(),
        status: None,
        rehearsal: false,
        blank: true,
        with_output: false,
        journal: JournalDocument {
            lines: 0,
            sound: true,
            last_hash: String::new(),
            troubles: Vec::new(),
        },
        sittings: Vec::new(),
        counts: Vec::new(),
        differences: Vec::new(),
        values: plan
            .placeholders
            .iter()
            .map(|placeholder| ValueDocument {
                name: placeholder.name.clone(),
                value: blank(),
                source: blank(),
            })
            .collect(),
        captures: Vec::new(),
        steps: plan.numbered_steps().map(blank_step).collect(),
        notes: Vec::new(),
        reverts: reverts(plan),
    }
}

/// The record as a document.
pub fn document(record: &Record, outputs: &Outputs) -> Document {
    let plan = &record.plan;
    let mut steps: Vec<StepDocument> = plan
        .numbered_steps()
        .zip(&record.steps)
        .map(|(step, done)| filled_step(step, done, outputs))
        .collect();
    let counts = counts(&steps);
    steps.extend(
        record
            .ways_back
            .iter()
            .filter_map(|done| way_back(plan, done, outputs)),
    );
    Document {
        version: VERSION,
        compiler: plan.compiler.clone(),
        title: plan.title.clone(),
        runbook: plan.runbook.clone(),
        runbook_hash: plan.runbook_hash.clone(),
        plan_hash: plan.hash(),
        label: session_label(record),
        date: date(&record.started),
        operator: operators(record),
        host: record.host.clone(),
        started: record.started.clone(),
        ended: record
            .ended
            .clone()
            .unwrap_or_else(|| "not ended".to_owned()),
        duration: whole_duration(record).unwrap_or_default(),
        state: state(record).to_owned(),
        result: result(record),
        status: record.status,
        rehearsal: record.rehearsal,
        blank: false,
        with_output: !outputs.is_empty(),
        journal: JournalDocument {
            lines: record.lines,
            sound: record.is_sound(),
            last_hash: record.last_hash.clone(),
            troubles: record.troubles.iter().map(ToString::to_string).collect(),
        },
        sittings: record.sittings.iter().map(sitting).collect(),
        counts,
        differences: record.differences.clone(),
        values: record
            .values
            .iter()
            .map(|bound| ValueDocument {
                name: bound.name.clone(),
                value: bound.value.clone(),
                source: bound.source.clone(),
            })
            .collect(),
        captures: record.captures.iter().map(capture).collect(),
        steps,
        notes: record.notes.iter().map(note).collect(),
        reverts: reverts(plan),
    }
}

fn sitting(sitting: &Sitting) -> SittingDocument {
    SittingDocument {
        started: sitting.started.clone(),
        last: sitting.last.clone(),
        result: match &sitting.end {
            None => "no end in the journal".to_owned(),
            Some((0, _)) => "completed".to_owned(),
            Some((_, reason)) => format!("halted: {reason}"),
        },
        operator: sitting.operator.clone(),
        host: sitting.host.clone(),
        answers: sitting.answers.clone(),
    }
}

fn capture(table: &CapturedTable) -> CaptureDocument {
    CaptureDocument {
        name: table.name.clone(),
        step: table.step.clone(),
        columns: table.columns.clone(),
        rows: table
            .rows
            .iter()
            .map(|row| {
                let mut cells = row.cells.clone();
                // A row that was left out for its number of cells must not break the table.
                cells.resize(table.columns.len().max(cells.len()), String::new());
                let rest = cells.split_off(table.columns.len().min(cells.len()));
                if let Some(last) = cells.last_mut()
                    && !rest.is_empty()
                {
                    last.push(' ');
                    last.push_str(&rest.join(" "));
                }
                RowDocument {
                    cells,
                    left_out: row.left_out.clone(),
                }
            })
            .collect(),
    }
}

/// The verdicts, in order of first appearance.
fn counts(steps: &[StepDocument]) -> Vec<Count> {
    let mut counts: Vec<Count> = Vec::new();
    for step in steps {
        match counts.iter_mut().find(|it| it.outcome == step.outcome) {
            Some(known) => known.count += 1,
            None => counts.push(Count {
                outcome: step.outcome.clone(),
                count: 1,
            }),
        }
    }
    counts
}

fn blank_step(step: &PlanStep) -> StepDocument {
    let mut document = plan_step(step);
    document.outcome = BLANK.to_owned();
    document.by = BLANK.to_owned();
    if let Some(block) = &step.block {
        document.runs.push(RunDocument {
            block: "code".to_owned(),
            command: block.text(),
            tries: Vec::new(),
        });
    }
    document
}

fn filled_step(step: &PlanStep, done: &StepRecord, outputs: &Outputs) -> StepDocument {
    let mut document = plan_step(step);
    document.verdict = done.verdict.clone();
    document.outcome = outcome(&done.verdict).to_owned();
    document.by = by(&done.by, &done.source);
    document.approved = done
        .approval
        .as_ref()
        .map(|approval| by(&approval.by, &approval.source))
        .unwrap_or_default();
    document.note = done.note.clone();
    document.earlier = done
        .earlier
        .iter()
        .map(|verdict| outcome(verdict).to_owned())
        .collect();
    document.notes = done.notes.iter().map(note).collect();
    for run in &done.tries {
        let shown = attempt(run, outputs);
        match document.runs.last_mut() {
            Some(last) if last.block == run.block && last.command == run.command => {
                last.tries.push(shown);
            }
            Some(_) | None => document.runs.push(RunDocument {
                block: run.block.clone(),
                command: run.command.clone(),
                tries: vec![shown],
            }),
        }
    }
    document
}

fn by(name: &str, source: &str) -> String {
    match source {
        "" => String::new(),
        "terminal" => name.to_owned(),
        "answers" => format!("{name}, from an answers file"),
        "status" => "by the exit status".to_owned(),
        "block" => "by what the block printed".to_owned(),
        "auto-check" => "by --auto-check".to_owned(),
        "plan" => "by the plan".to_owned(),
        "options" => "by --only".to_owned(),
        "rehearsal" => "by the rehearsal".to_owned(),
        other => format!("by {other}"),
    }
}

/// A way back reads like a step, after those of the plan.
fn way_back(plan: &Plan, done: &StepRecord, outputs: &Outputs) -> Option<StepDocument> {
    let way = plan
        .ways_back
        .iter()
        .find(|way| way.number == done.number)?;
    let of = plan.steps.iter().find(|step| step.number == way.of)?;
    let mut document = filled_step(of, done, outputs);
    document.number.clone_from(&way.number);
    document.kind = "REVERT".to_owned();
    document.title = format!("takes back {}", way.of);
    document.takes_back.clone_from(&way.of);
    document.condition = String::new();
    document.expect.clone_from(&way.way);
    document.effects = way
        .parts
        .iter()
        .flat_map(|part| part.effects.iter().cloned())
        .collect();
    Some(document)
}

fn plan_step(step: &PlanStep) -> StepDocument {
    StepDocument {
        number: step.number.clone(),
        kind: step.kind.word().to_uppercase(),
        section: step.section.clone(),
        location: step.location.clone().unwrap_or_default(),
        title: step.title.clone(),
        line: step.line,
        condition: step.condition.clone().unwrap_or_default(),
        expect: step.expect.clone().unwrap_or_default(),
        takes_back: String::new(),
        effects: step.effects.clone(),
        verdict: "none".to_owned(),
        outcome: String::new(),
        by: String::new(),
        approved: String::new(),
        note: String::new(),
        earlier: Vec::new(),
        notes: Vec::new(),
        runs: Vec::new(),
    }
}

fn attempt(run: &Try, outputs: &Outputs) -> TryDocument {
    let shown = outputs.get(&run.folder);
    TryDocument {
        started: run.started.clone(),
        duration: run
            .milliseconds
            .map_or_else(|| "not known".to_owned(), duration),
        milliseconds: run.milliseconds,
        status: run.status,
        trouble: run.trouble.clone(),
        failures: run.failures.iter().map(failure).collect(),
        transcript: format!("steps/{}/output", run.folder),
        output: shown.map(|shown| shown.text.clone()),
        output_left_out: shown.map_or(0, |shown| shown.left_out),
    }
}

fn failure(failure: &Failure) -> FailureDocument {
    FailureDocument {
        line: failure.line,
        status: failure.status,
        command: failure.command.clone(),
    }
}

fn note(note: &Note) -> NoteDocument {
    NoteDocument {
        time: note.time.clone(),
        by: note.by.clone(),
        text: note.text.clone(),
    }
}

pub(super) fn reverts(plan: &Plan) -> Vec<RevertDocument> {
    let cell = |row: &[String], at: usize| row.get(at).cloned().unwrap_or_default();
    plan.reverts
        .iter()
        .map(|row| RevertDocument {
            layer: cell(row, 0),
            way: cell(row, 1),
            posture: cell(row, 2),
        })
        .collect()
}

/// How a verdict reads in a document.
pub(super) fn outcome(verdict: &str) -> &'static str {
    match verdict {
        "pass" => "PASS",
        "fail" => "FAIL",
        "override" => "OVERRIDDEN",
        "done" => "DONE BY HAND",
        "skip" => "SKIPPED",
        "accept" => "ACCEPTED",
        "reverted" => "TAKEN BACK",
        "open" => "PART OF IT LEFT FOR LATER",
        "unknown" => "OUTCOME UNKNOWN",
        "unjudged" => "NOT JUDGED",
        _ => "NOT DONE",
    }
}

/// How the session ended, in one word.
pub(super) fn state(record: &Record) -> &'static str {
    match record.status {
        None => "open",
        Some(0) => "completed",
        Some(1) => "failed",
        Some(4) => "in-doubt",
        Some(5) => "stale",
        Some(_) => "halted",
    }
}

/// How the session ended, with the reason.
pub(super) fn result(record: &Record) -> String {
    let result = match record.status {
        None => "not ended: it is still running, or was killed".to_owned(),
        Some(0) => "completed".to_owned(),
        Some(_) if record.reason.is_empty() => "completed, with steps that failed".to_owned(),
        Some(4) => format!("in doubt: {}", record.reason),
        Some(_) => format!("halted: {}", record.reason),
    };
    if record.rehearsal {
        format!("REHEARSAL, nothing was changed; {result}")
    } else {
        result
    }
}

/// The label of the session with the day it started, as the index and the addendum name it.
pub(super) fn session_label(record: &Record) -> String {
    let day = date(&record.started).replace('-', "");
    if record.label.contains(&day) {
        record.label.clone()
    } else {
        format!("{}-{day}", record.label)
    }
}

/// The operators of all sittings, each once, in order.
pub(super) fn operators(record: &Record) -> String {
    let mut names: Vec<&str> = Vec::new();
    for sitting in &record.sittings {
        if !names.contains(&sitting.operator.as_str()) {
            names.push(&sitting.operator);
        }
    }
    names.join(", ")
}

fn whole_duration(record: &Record) -> Option<String> {
    let ended = seconds(record.ended.as_deref()?)?;
    Some(spell(ended - seconds(&record.started)?))
}

/// The UTC date of a time.
pub(super) fn date(time: &str) -> String {
    time.split('T').next().unwrap_or(time).to_owned()
}

fn duration(milliseconds: i64) -> String {
    match milliseconds {
        0..60_000 => format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100),
        _ => spell(milliseconds / 1000),
    }
}

/// The steps that change something, as the revert table needs them.
pub(super) fn is_run(step: &PlanStep) -> bool {
    step.kind == Kind::Run
}
