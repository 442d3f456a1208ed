//! The as-executed log: plan and record as one document, or the plan alone as a blank one.

use serde::Serialize;

use super::{Artifact, Backend, Templates};
use crate::plan::{Kind, Plan, PlanStep};
use crate::record::{Record, StepRecord, Try};

/// `--emit log`
pub static LOG: Backend = Backend {
    name: "log",
    about: "as-executed.md, the log with blanks to fill in by hand",
    emit: |plan, templates| {
        vec![Artifact {
            name: "as-executed.md",
            text: templates.render("as-executed.md", &blank(plan)),
        }]
    },
};

/// What stands where a person writes.
const BLANK: &str = "____";

/// The log of a session, in markdown.
pub fn markdown(record: &Record, templates: &Templates) -> String {
    templates.render("as-executed.md", &filled(record))
}

/// The log of a session, for programs.
pub fn json(record: &Record) -> String {
    let mut text = serde_json::to_string_pretty(record)
        .expect("a record has string keys and finite numbers only");
    text.push('\n');
    super::json::escaped(&text)
}

/// The row of the committed index: date, label, operator, scope in one phrase.
pub fn index_row(record: &Record) -> String {
    format!(
        "| {} | {} | {} | {} ({}) |\n",
        date(&record.started),
        cell(&record.label),
        cell(&record.operator),
        cell(&record.plan.title),
        result(record)
    )
}

/// What the template sees.
#[derive(Debug, Serialize)]
struct Document {
    title: String,
    runbook: String,
    runbook_hash: String,
    plan_hash: String,
    compiler: String,
    label: String,
    date: String,
    operator: String,
    host: String,
    started: String,
    ended: String,
    result: String,
    blank: bool,
    values: Vec<Value>,
    steps: Vec<Step>,
    notes: Vec<String>,
    differences: Vec<String>,
    reverts: Vec<Vec<String>>,
}

#[derive(Debug, Serialize)]
struct Value {
    name: String,
    value: String,
    source: String,
}

#[derive(Debug, Serialize)]
struct Step {
    number: String,
    kind: String,
    location: String,
    title: String,
    line: u32,
    section: String,
    condition: String,
    expect: String,
    verdict: String,
    by: String,
    note: String,
    earlier: Vec<String>,
    notes: Vec<String>,
    runs: Vec<Run>,
}

#[derive(Debug, Serialize)]
struct Run {
    fence: String,
    command: String,
    started: String,
    duration: String,
    status: String,
    trouble: String,
    failures: Vec<String>,
    transcript: String,
}

fn blank(plan: &Plan) -> Document {
    let blank = || BLANK.to_owned();
    Document {
        title: inline(&plan.title),
        runbook: plan.runbook.clone(),
        runbook_hash: plan.runbook_hash.clone(),
        plan_hash: plan.hash(),
        compiler: plan.compiler.clone(),
        label: plan.label.clone(),
        date: blank(),
        operator: blank(),
        host: blank(),
        started: blank(),
        ended: blank(),
        result: blank(),
        blank: true,
        values: plan
            .placeholders
            .iter()
            .map(|placeholder| Value {
                name: placeholder.name.clone(),
                value: blank(),
                source: blank(),
            })
            .collect(),
        steps: plan.numbered_steps().map(blank_step).collect(),
        notes: Vec::new(),
        differences: Vec::new(),
        reverts: cells(&plan.reverts),
    }
}

fn filled(record: &Record) -> Document {
    let plan = &record.plan;
    Document {
        title: inline(&plan.title),
        runbook: plan.runbook.clone(),
        runbook_hash: plan.runbook_hash.clone(),
        plan_hash: plan.hash(),
        compiler: plan.compiler.clone(),
        label: inline(&record.label),
        date: date(&record.started),
        operator: inline(&record.operator),
        host: inline(&record.host),
        started: record.started.clone(),
        ended: record
            .ended
            .clone()
            .unwrap_or_else(|| "not ended".to_owned()),
        result: result(record),
        blank: false,
        values: record
            .values
            .iter()
            .map(|bound| Value {
                name: bound.name.clone(),
                value: bound.value.clone(),
                source: bound.source.clone(),
            })
            .collect(),
        steps: plan
            .numbered_steps()
            .zip(&record.steps)
            .map(|(step, done)| filled_step(step, done))
            .chain(
                record
                    .ways_back
                    .iter()
                    .filter_map(|done| way_back(plan, done)),
            )
            .collect(),
        notes: record.notes.iter().map(|note| inline(&note.text)).collect(),
        differences: record.differences.iter().map(|text| inline(text)).collect(),
        reverts: cells(&plan.reverts),
    }
}

fn blank_step(step: &PlanStep) -> Step {
    let mut document = plan_step(step);
    document.verdict = BLANK.to_owned();
    document.by = BLANK.to_owned();
    if let Some(block) = &step.block {
        let command = block.text();
        document.runs.push(Run {
            fence: fence(&command),
            command,
            started: BLANK.to_owned(),
            duration: BLANK.to_owned(),
            status: BLANK.to_owned(),
            trouble: String::new(),
            failures: Vec::new(),
            transcript: String::new(),
        });
    }
    document
}

fn filled_step(step: &PlanStep, done: &StepRecord) -> Step {
    let mut document = plan_step(step);
    document.verdict = verdict_words(&done.verdict).to_owned();
    document.by = match done.source.as_str() {
        "" => String::new(),
        "terminal" => inline(&done.by),
        "answers" => format!("{}, from an answers file", inline(&done.by)),
        "rehearsal" => "the rehearsal".to_owned(),
        other => format!("by itself ({})", inline(other)),
    };
    document.note = inline(&done.note);
    document.earlier = done.earlier.iter().map(|word| inline(word)).collect();
    document.notes = done.notes.iter().map(|note| inline(&note.text)).collect();
    document.runs = done.tries.iter().map(run).collect();
    document
}

/// A way back reads like a step, after those of the plan.
fn way_back(plan: &Plan, done: &StepRecord) -> Option<Step> {
    let way = plan
        .ways_back
        .iter()
        .find(|way| way.number == done.number)?;
    let of = plan.steps.iter().find(|step| step.number == way.of)?;
    let mut document = filled_step(of, done);
    document.number = inline(&way.number);
    document.kind = "REVERT".to_owned();
    document.title = inline(&format!("takes back {}", way.of));
    document.condition = String::new();
    document.expect = inline(&way.way);
    Some(document)
}

fn plan_step(step: &PlanStep) -> Step {
    Step {
        number: inline(&step.number),
        kind: step.kind.word().to_uppercase(),
        location: inline(step.location.as_deref().unwrap_or("")),
        title: inline(&step.title),
        line: step.line,
        section: inline(&step.section),
        condition: inline(step.condition.as_deref().unwrap_or("")),
        expect: inline(step.expect.as_deref().unwrap_or("")),
        verdict: String::new(),
        by: String::new(),
        note: String::new(),
        earlier: Vec::new(),
        notes: Vec::new(),
        runs: Vec::new(),
    }
}

fn run(run: &Try) -> Run {
    Run {
        fence: fence(&run.command),
        command: run.command.clone(),
        started: run.started.clone(),
        duration: run
            .milliseconds
            .map_or_else(|| "not known".to_owned(), duration),
        status: run
            .status
            .map_or_else(|| "not known".to_owned(), |status| status.to_string()),
        trouble: inline(&run.trouble),
        failures: run
            .failures
            .iter()
            .map(|failure| {
                format!(
                    "line {}: status {}: {}",
                    failure.line,
                    failure.status,
                    code(&failure.command)
                )
            })
            .collect(),
        transcript: format!("steps/{}/output", run.folder),
    }
}

/// How a verdict reads in a document.
pub(super) fn verdict_words(verdict: &str) -> &'static str {
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
        _ => "NOT DONE",
    }
}

/// How the session ended.
pub(super) fn result(record: &Record) -> String {
    let result = match record.status {
        None => "not ended".to_owned(),
        Some(0) => "completed".to_owned(),
        Some(_) if record.reason.is_empty() => "completed, with steps that failed".to_owned(),
        Some(_) => format!("halted: {}", inline(&record.reason)),
    };
    if record.rehearsal {
        format!("REHEARSAL, nothing was changed; {result}")
    } else {
        result
    }
}

/// The UTC date of a time.
pub(super) fn date(time: &str) -> String {
    time.split('T').next().unwrap_or(time).to_owned()
}

fn duration(milliseconds: i64) -> String {
    let seconds = milliseconds / 1000;
    match seconds {
        0..60 => format!("{seconds}.{} s", milliseconds % 1000 / 100),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// Backticks enough that nothing in `text` ends the fence.
fn fence(text: &str) -> String {
    "`".repeat(longest_run(text).max(2) + 1)
}

/// `text` as inline code.
fn code(text: &str) -> String {
    let marks = "`".repeat(longest_run(text) + 1);
    if text.starts_with('`') || text.ends_with('`') {
        format!("{marks} {text} {marks}")
    } else {
        format!("{marks}{text}{marks}")
    }
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or(0)
}

/// Text in a paragraph: nothing in it starts a tag.
pub(super) fn inline(text: &str) -> String {
    text.replace('<', "\\<").replace('\n', " ")
}

/// Text in a table.
pub(super) fn cell(text: &str) -> String {
    inline(text).replace('|', "\\|")
}

/// Rows of a table.
pub(super) fn cells(rows: &[Vec<String>]) -> Vec<Vec<String>> {
    rows.iter()
        .map(|row| row.iter().map(|text| cell(text)).collect())
        .collect()
}

/// The steps that change something, as the revert table needs them.
pub(super) fn is_run(step: &PlanStep) -> bool {
    step.kind == Kind::Run
}
