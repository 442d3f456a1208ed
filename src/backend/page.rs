//! The page: plan, or plan and record, as one HTML file that needs nothing else: no network, no
//! server, and scripts only for search and ticks.

mod graph;
mod prose;
mod timeline;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::log::{self, Outputs, StepDocument};
use super::template::{PAGE as TEMPLATE, Templates};
use super::transcript::base64;
use super::{Artifact, Backend};
use crate::plan::{Capture, ExpectRule, Piece, Place, Plan, PlanBlock, PlanRevert, PlanStep};
use crate::record::{Record, spell};

use graph::Graph;
pub(super) use prose::teach;
use timeline::Timeline;

/// `--emit page`
pub static PAGE: Backend = Backend {
    name: "page",
    about: "page.html, the plan as a page to read, search and tick",
    default: false,
    emit: |plan, templates| {
        vec![Artifact {
            name: TEMPLATE.name,
            text: templates
                .render(&TEMPLATE, &of_plan(plan))
                .unwrap_or_else(|error| format!("{error}\n")),
        }]
    },
};

/// Whether the template can make the page of this plan.
pub(super) fn check(plan: &Plan, templates: &Templates) -> Result<(), String> {
    if templates.is_replaced(&TEMPLATE) {
        templates.render(&TEMPLATE, &of_plan(plan))?;
    }
    Ok(())
}

/// The record of a session as a page.
///
/// # Errors
/// What is wrong with the project's template, and where.
pub fn html(record: &Record, outputs: &Outputs, templates: &Templates) -> Result<String, String> {
    templates.render(&TEMPLATE, &of_record(record, outputs))
}

/// What a secret is shown as.
const MASK: &str = "********";

const STYLE: &str = include_str!("../../templates/page.css");
const SCRIPT: &str = include_str!("../../templates/page.js");

/// What the template of the page sees. *Markup* is safe HTML; everything else is text.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Document {
    /// The title of the runbook.
    pub title: String,
    /// `Plan` or `Record`.
    pub kind: String,
    /// What made it.
    pub compiler: String,
    /// The policy of the page's `meta` element: nothing but its own style and script.
    pub policy: String,
    /// The style sheet, markup.
    pub style: String,
    /// The script, markup.
    pub script: String,
    /// The name under which the browser keeps the ticks; it changes with the plan.
    pub key: String,
    /// What the page is about, in names and values.
    pub facts: Vec<Fact>,
    /// STATUS, Scope and Conventions, markup.
    pub about: Vec<String>,
    /// Whole ids of targets that nothing may change.
    pub protected: Vec<String>,
    /// The values to fill in.
    pub placeholders: Vec<Placeholder>,
    /// The rows of the observation table, cells of markup.
    pub observations: Vec<Vec<String>>,
    /// The rows of the symptom table, cells of markup.
    pub symptoms: Vec<Vec<String>>,
    /// The rows of the revert table, cells of markup.
    pub reverts: Vec<Vec<String>>,
    /// Checks, changes and gates, drawn.
    pub graph: Graph,
    /// The steps.
    pub sections: Vec<Section>,
    /// How many steps there are to tick.
    pub count: usize,
    /// The prose after the last step, markup.
    pub closing: Vec<String>,
    /// The as-executed log; its steps are the ways back that were chosen, those of the plan stand in
    /// `sections[].steps[].done`.
    pub record: Option<log::Document>,
    /// When each step ran, drawn.
    pub timeline: Option<Timeline>,
}

/// A name and a value.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Fact {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// A value to fill in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Placeholder {
    /// Its name, without brackets.
    pub name: String,
    /// What it means, markup.
    pub meaning: String,
    /// What it must look like.
    pub pattern: String,
    /// Its value, where the plan has one; masked when it is a secret.
    pub value: String,
}

/// The steps of one section.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Section {
    /// Its anchor.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How many steps it has to tick.
    pub count: usize,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// A step.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Step {
    /// Its anchor.
    pub id: String,
    /// What people type; empty for a block that nothing runs.
    pub number: String,
    /// `RUN`, `CHECK`, `GATE`, `TEXT`.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Its row in a procedure.
    pub row: String,
    /// Where it runs.
    pub location: String,
    /// How to get there, when a session cannot.
    pub place: String,
    /// The line of the runbook.
    pub line: u32,
    /// The class of its effects.
    pub class: String,
    /// The remark of its label, markup.
    pub remark: String,
    /// The prose since the step before, markup.
    pub about: Vec<String>,
    /// The cautions since the step before, markup.
    pub cautions: Vec<String>,
    /// What the compiler has to say, markup.
    pub notes: Vec<String>,
    /// Its block, in pieces.
    pub code: Vec<Code>,
    /// The commands its sentence names.
    pub probes: Vec<Vec<Code>>,
    /// What it does to what, markup.
    pub effects: Vec<String>,
    /// Whether it may do more than is known.
    pub unknown: bool,
    /// The protected targets it names.
    pub protected: Vec<String>,
    /// A gate's condition, markup.
    pub condition: String,
    /// What a passing result looks like, markup.
    pub expect: String,
    /// What a program can judge of it.
    pub rule: String,
    /// Time limits, evidence, what is kept.
    pub terms: Vec<Fact>,
    /// Its way back.
    pub way: Option<Way>,
    /// What became of it.
    pub done: Option<StepDocument>,
}

/// A piece of a command.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Code {
    /// The text; of a placeholder with its brackets.
    pub text: String,
    /// Whether it is to be filled in.
    pub placeholder: bool,
}

/// A way back.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Way {
    /// What people type.
    pub number: String,
    /// The layer of its row.
    pub layer: String,
    /// What the row says, markup.
    pub way: String,
    /// What holds where there is none, markup.
    pub posture: String,
}

fn of_plan(plan: &Plan) -> Document {
    let mut done = std::iter::empty();
    let key = format!("rbc {}", plan.hash());
    document(plan, "Plan", key, Vec::new(), &mut done)
}

fn of_record(record: &Record, outputs: &Outputs) -> Document {
    let plan = &record.plan;
    let mut log = log::document(record, outputs);
    let ways_back = log.steps.split_off(plan.numbered_steps().count());
    let steps = std::mem::replace(&mut log.steps, ways_back);
    let timeline = Timeline::new(&steps, &log.steps);
    let facts = [
        ("Result", &log.result),
        ("Session", &log.label),
        ("Operator", &log.operator),
        ("Host", &log.host),
        ("Started (UTC)", &log.started),
        ("Ended (UTC)", &log.ended),
        ("Duration", &log.duration),
    ];
    let facts = facts.map(|(name, value)| fact(name, value)).into();
    let key = format!("rbc {} {}", log.plan_hash, log.started);
    let mut document = document(plan, "Record", key, facts, &mut steps.into_iter());
    document.timeline = timeline;
    document.record = Some(log);
    document
}

fn document(
    plan: &Plan,
    kind: &str,
    key: String,
    mut facts: Vec<Fact>,
    done: &mut dyn Iterator<Item = StepDocument>,
) -> Document {
    facts.extend([
        fact("Runbook", &plan.runbook),
        fact("Runbook SHA-256", &plan.runbook_hash),
        fact("Plan SHA-256", &plan.hash()),
    ]);
    facts.retain(|fact| !fact.value.is_empty());
    let cx = Context {
        plan,
        ids: BTreeSet::new(),
    };
    let sections = cx.sections(done);
    Document {
        title: plan.title.clone(),
        kind: kind.to_owned(),
        compiler: plan.compiler.clone(),
        policy: policy(),
        style: STYLE.to_owned(),
        script: SCRIPT.to_owned(),
        key,
        facts,
        about: draw_all(plan, &plan.about),
        protected: plan.protected.clone(),
        placeholders: plan
            .placeholders
            .iter()
            .map(|it| Placeholder {
                name: it.name.clone(),
                meaning: draw(plan, &it.meaning),
                pattern: it.pattern.clone().unwrap_or_default(),
                value: match &it.value {
                    Some(_) if it.secret => MASK.to_owned(),
                    Some(value) => value.clone(),
                    None => String::new(),
                },
            })
            .collect(),
        observations: rows(plan, &plan.observations),
        symptoms: rows(plan, &plan.symptoms),
        reverts: rows(plan, &plan.reverts),
        graph: Graph::new(&sections),
        count: sections.iter().map(|section| section.count).sum(),
        sections,
        closing: draw_all(plan, &plan.closing),
        record: None,
        timeline: None,
    }
}

/// Nothing is loaded and nothing runs but the page's own style and script, known by their hashes.
fn policy() -> String {
    let hash = |text: &str| base64(&Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}

fn fact(name: &str, value: &str) -> Fact {
    Fact {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

/// A text of the plan as markup.
fn draw(plan: &Plan, text: &str) -> String {
    let written = plan.prose.get(text);
    written
        .and_then(|written| prose::markdown(written))
        .unwrap_or_else(|| prose::plain(text))
}

fn draw_all(plan: &Plan, texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| draw(plan, text)).collect()
}

fn draw_some(plan: &Plan, text: Option<&String>) -> String {
    text.map_or_else(String::new, |text| draw(plan, text))
}

fn rows(plan: &Plan, rows: &[Vec<String>]) -> Vec<Vec<String>> {
    rows.iter().map(|row| draw_all(plan, row)).collect()
}

fn code(block: &PlanBlock) -> Vec<Code> {
    block
        .pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => Code {
                text: text.clone(),
                placeholder: false,
            },
            Piece::Placeholder(name) => Code {
                text: format!("<{name}>"),
                placeholder: true,
            },
        })
        .collect()
}

struct Context<'a> {
    plan: &'a Plan,
    /// The anchors given so far.
    ids: BTreeSet<String>,
}

impl Context<'_> {
    fn sections(mut self, done: &mut dyn Iterator<Item = StepDocument>) -> Vec<Section> {
        let mut sections: Vec<Section> = Vec::new();
        let mut name = None;
        for step in &self.plan.steps {
            if name != Some(&step.section) {
                name = Some(&step.section);
                sections.push(Section {
                    id: self.id("section", &step.section),
                    name: section_name(&step.section),
                    count: 0,
                    steps: Vec::new(),
                });
            }
            let done = if step.number.is_empty() {
                None
            } else {
                done.next()
            };
            let shown = self.step(step, done);
            if let Some(section) = sections.last_mut() {
                section.count += usize::from(!shown.number.is_empty());
                section.steps.push(shown);
            }
        }
        sections
    }

    fn step(&mut self, step: &PlanStep, done: Option<StepDocument>) -> Step {
        let plan = self.plan;
        let way = plan
            .ways_back
            .iter()
            .find(|way| way.of == step.number && !step.number.is_empty());
        let id = if step.number.is_empty() {
            self.id("line", &step.line.to_string())
        } else {
            self.id("step", &step.number)
        };
        Step {
            id,
            number: step.number.clone(),
            kind: step.kind.word().to_uppercase(),
            title: step.title.clone(),
            row: step.row.as_ref().map_or("", |row| &row.key).to_owned(),
            location: step.location.clone().unwrap_or_default(),
            place: match &step.place {
                Place::Local => String::new(),
                Place::Manual => "go there and do it by hand".to_owned(),
                Place::Via(command) => format!("via {command}"),
            },
            line: step.line,
            class: step.class.clone().unwrap_or_default(),
            remark: draw_some(plan, step.remark.as_ref()),
            about: draw_all(plan, &step.about),
            cautions: draw_all(plan, &step.cautions),
            notes: step.notes.iter().map(|it| prose::plain(it)).collect(),
            code: step.block.as_ref().map(code).unwrap_or_default(),
            probes: step.probes.iter().map(code).collect(),
            effects: step.effects.iter().map(|it| prose::plain(it)).collect(),
            unknown: step.unknown,
            protected: named(&plan.protected, step),
            condition: draw_some(plan, step.condition.as_ref()),
            expect: draw_some(plan, step.expect.as_ref()),
            rule: step.expect_rule.as_ref().map(rule).unwrap_or_default(),
            terms: terms(step),
            way: way.map(|way| self.way(way)),
            done,
        }
    }

    fn way(&self, way: &PlanRevert) -> Way {
        Way {
            number: way.number.clone(),
            layer: way.layer.clone(),
            way: draw(self.plan, &way.way),
            posture: draw(self.plan, &way.posture),
        }
    }

    /// An anchor that no other element has.
    fn id(&mut self, before: &str, name: &str) -> String {
        let name: String = name
            .chars()
            .map(|character| match character {
                'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' => character,
                _ => '-',
            })
            .collect();
        let mut id = format!("{before}-{name}");
        while !self.ids.insert(id.clone()) {
            id.push('-');
        }
        id
    }
}

fn section_name(section: &str) -> String {
    match section.chars().next() {
        None => "Before the first section".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("Section {section}"),
        Some(_) => section.to_owned(),
    }
}

/// The protected targets whose names are words of a step's effects or command.
fn named(protected: &[String], step: &PlanStep) -> Vec<String> {
    let block = step.block.as_ref().map(PlanBlock::text);
    let texts: Vec<&String> = step.effects.iter().chain(&block).collect();
    let is_part = |character: char| character.is_alphanumeric() || "-_.".contains(character);
    protected
        .iter()
        .filter(|name| {
            texts.iter().any(|text| {
                text.split(|character| !is_part(character))
                    .any(|word| word == name.as_str())
            })
        })
        .cloned()
        .collect()
}

fn rule(rule: &ExpectRule) -> String {
    match rule {
        ExpectRule::Contains(text) => format!("a line contains \"{text}\""),
        ExpectRule::Regex(pattern) => format!("a line matches {pattern}"),
        ExpectRule::Lines(1) => "exactly one line".to_owned(),
        ExpectRule::Lines(count) => format!("exactly {count} lines"),
        ExpectRule::Status(status) => format!("exit status {status}"),
    }
}

/// What holds for a step besides its text.
fn terms(step: &PlanStep) -> Vec<Fact> {
    let time =
        |name, seconds: Option<u32>| seconds.map(|seconds| fact(name, &spell(i64::from(seconds))));
    let mut terms: Vec<Fact> = [
        time("Wait before the first try", step.wait),
        time("Try every", step.every),
        time("Limit of one try", step.timeout),
        time("Budget", step.budget),
    ]
    .into_iter()
    .flatten()
    .collect();
    if step.evidence {
        terms.push(fact("Evidence", "passes only with a note that names it"));
    }
    if step.interactive {
        terms.push(fact("Terminal", "asks for input while it runs"));
    }
    match &step.capture {
        Some(Capture::Value { name, .. }) => {
            terms.push(fact("Keeps", &format!("the value of <{name}>")));
        }
        Some(Capture::Table { name, columns }) => {
            terms.push(fact(
                "Keeps",
                &format!("the table {name}: {}", columns.join(", ")),
            ));
        }
        None => {}
    }
    if let Some(nothing) = &step.none_to_do {
        terms.push(fact("Nothing to do when", &rule(nothing)));
    }
    terms
}
