//! The addendum to the changelog: a skeleton from the plan before the window, from plan and record
//! after it.

use serde::Serialize;

use super::log::{cell, cells, date, inline, is_run, result, verdict_words};
use super::{Artifact, Backend, Templates};
use crate::plan::{Plan, PlanStep};
use crate::record::{Record, StepRecord};

/// `--emit changelog`
pub static CHANGELOG: Backend = Backend {
    name: "changelog",
    about: "changelog.md, the addendum with blanks to fill in by hand",
    emit: |plan, templates| {
        vec![Artifact {
            name: "changelog.md",
            text: templates.render("changelog.md", &blank(plan)),
        }]
    },
};

/// What stands where a person writes.
const BLANK: &str = "____";

/// The addendum of a session, in markdown.
pub fn markdown(record: &Record, templates: &Templates) -> String {
    templates.render("changelog.md", &filled(record))
}

/// What the template sees.
#[derive(Debug, Serialize)]
struct Document {
    topic: String,
    title: String,
    runbook: String,
    label: String,
    state: String,
    date: String,
    operator: String,
    blank: bool,
    values: Vec<Value>,
    steps: Vec<Step>,
    reverts: Vec<Vec<String>>,
    differences: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Value {
    name: String,
    value: String,
}

#[derive(Debug, Serialize)]
struct Step {
    number: String,
    kind: String,
    title: String,
    verdict: String,
    note: String,
    run: bool,
    effects: Vec<String>,
}

fn blank(plan: &Plan) -> Document {
    Document {
        topic: topic(plan),
        title: inline(&plan.title),
        runbook: plan.runbook.clone(),
        label: plan.label.clone(),
        state: BLANK.to_owned(),
        date: BLANK.to_owned(),
        operator: BLANK.to_owned(),
        blank: true,
        values: plan
            .placeholders
            .iter()
            .map(|placeholder| Value {
                name: cell(&placeholder.name),
                value: BLANK.to_owned(),
            })
            .collect(),
        steps: plan
            .numbered_steps()
            .map(|step| entry(step, BLANK, ""))
            .collect(),
        reverts: cells(&plan.reverts),
        differences: Vec::new(),
    }
}

fn filled(record: &Record) -> Document {
    Document {
        topic: topic(&record.plan),
        title: inline(&record.plan.title),
        runbook: record.plan.runbook.clone(),
        label: inline(&record.label),
        state: match record.status {
            Some(0) => "COMPLETE".to_owned(),
            Some(_) | None => format!("INCOMPLETE, {}", result(record)),
        },
        date: date(&record.started),
        operator: inline(&record.operator),
        blank: false,
        values: record
            .values
            .iter()
            .map(|bound| Value {
                name: cell(&bound.name),
                value: cell(&bound.value),
            })
            .collect(),
        steps: record
            .plan
            .numbered_steps()
            .zip(&record.steps)
            .map(|(step, done)| entry(step, verdict_words(&done.verdict), note(done)))
            .collect(),
        reverts: cells(&record.plan.reverts),
        differences: record.differences.iter().map(|text| inline(text)).collect(),
    }
}

fn entry(step: &PlanStep, verdict: &str, note: &str) -> Step {
    Step {
        number: inline(&step.number),
        kind: step.kind.word().to_uppercase(),
        title: inline(&step.title),
        verdict: verdict.to_owned(),
        note: inline(note),
        run: is_run(step),
        effects: step.effects.iter().map(|text| inline(text)).collect(),
    }
}

fn note(done: &StepRecord) -> &str {
    &done.note
}

/// The session's label without its first word.
fn topic(plan: &Plan) -> String {
    plan.label
        .strip_prefix("ops-")
        .unwrap_or(&plan.label)
        .to_owned()
}
