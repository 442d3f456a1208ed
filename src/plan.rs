//! The plan of a session: a runbook with its effects and the project's settings, made flat and
//! ordered. It is what every back end reads, what `plan.json` holds, and it knows nothing of bash.

mod prose;
mod revert;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::config::{Config, Jump, PlaceholderSettings};
use crate::effect::{Analyser, Analysis, Class, Effect, RunbookEffects, Target, TargetId};
use crate::runbook::{
    Block, BlockId, Directive, Label, Paragraph, ParagraphKind, Runbook, SectionId, Step, StepKind,
    TableKind, Text,
};
use crate::shell::{Dialect, Script};
use crate::source::{Excerpt, LineIndex, SourceFile, Span};
use crate::workspace::Workspace;

use revert::RevertRow;
pub use revert::{PlanRevert, RevertPart};

/// The version of [`Plan`]'s form; a reader refuses one it does not know.
pub const VERSION: u32 = 1;

/// A session, planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Plan {
    /// [`VERSION`] when the plan was made.
    pub version: u32,
    /// What made it, such as `rbc 0.1.0`.
    pub compiler: String,
    /// The runbook's path below the root.
    pub runbook: String,
    /// SHA-256 of the runbook's text, in lower-case hexadecimal digits.
    pub runbook_hash: String,
    /// The runbook's title.
    pub title: String,
    /// The label of the session's folder.
    pub label: String,
    /// The way from the folder of `session.sh` to the root, such as `../..`.
    pub root: String,
    /// The paragraphs `STATUS:`, `Scope:`, `Conventions:`, those that are there.
    pub about: Vec<String>,
    /// Whole ids of targets that nothing may change.
    pub protected: Vec<String>,
    /// The folder of the lock, below the root or absolute; `None` for beside the session's folder.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lock: Option<String>,
    /// The placeholders of the blocks, in order of first use.
    pub placeholders: Vec<Placeholder>,
    /// The texts the plan was made from, the runbook first.
    pub sources: Vec<SourceHash>,
    /// Rows of the `Observation | Meaning` tables.
    pub observations: Vec<Vec<String>>,
    /// Rows of the `Symptom | Fix` tables.
    pub symptoms: Vec<Vec<String>>,
    /// Rows of the revert tables: layer, in-band revert, posture if none.
    pub reverts: Vec<Vec<String>>,
    /// The steps, in order of the runbook.
    pub steps: Vec<PlanStep>,
    /// For each step that a row of a revert table is about: the way back, in order of the steps.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub ways_back: Vec<PlanRevert>,
    /// The prose after the last step: what remains to be done by hand.
    pub closing: Vec<String>,
    /// The markdown of the texts above that have markup, by the text as it stands there: what a
    /// page draws and a terminal cannot.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub prose: BTreeMap<String, String>,
}

/// A text the plan depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceHash {
    /// The path below the root.
    pub path: String,
    /// SHA-256 of the text, in lower-case hexadecimal digits.
    pub hash: String,
}

/// A value that a person fills in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Placeholder {
    /// The name without brackets.
    pub name: String,
    /// A POSIX extended regular expression the whole value must match.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pattern: Option<String>,
    /// What it means, for the person who is asked.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub meaning: String,
    /// Whether the value is a secret.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub secret: bool,
    /// What can be chosen; empty when the value is typed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub choices: Vec<String>,
    /// How far the value, a version, may be from the one before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub jump: Option<Jump>,
    /// The placeholder that holds the version before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<String>,
    /// Whether a mutation may act on the object it names.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub target: bool,
    /// A value given when the plan was made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<String>,
}

/// What a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Changes state, after a typed approval.
    Run,
    /// Reads.
    Check,
    /// Stops until its condition holds.
    Gate,
    /// A block without a label that is shown and never run.
    Text,
}

impl Kind {
    /// The word the runbook and the session's data use: `run`, `check`, `gate`, `text`.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Run => "run",
            Kind::Check => "check",
            Kind::Gate => "gate",
            Kind::Text => "text",
        }
    }
}

/// Where a step runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Where the session itself runs.
    Local,
    /// Somewhere else: a person goes there and does it.
    Manual,
    /// Somewhere else, by this shell command, which runs the script on its standard input there.
    Via(String),
}

/// A step of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PlanStep {
    /// What people type; empty for [`Kind::Text`].
    pub number: String,
    /// What it is.
    pub kind: Kind,
    /// The number of the outermost section, or its title when it has none.
    pub section: String,
    /// The title of the label, or that of the section.
    pub title: String,
    /// The line of the runbook it starts on, from 1.
    pub line: u32,
    /// The place as the label names it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub location: Option<String>,
    /// How to get there.
    pub place: Place,
    /// The remark of the label.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub remark: Option<String>,
    /// The prose since the step before.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub about: Vec<String>,
    /// The cautions and banners since the step before.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub cautions: Vec<String>,
    /// What the compiler has to say: a command left out, a block of another step run again.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<String>,
    /// The block.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub block: Option<PlanBlock>,
    /// Commands that the sentence of a gate names; run on request only.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub probes: Vec<PlanBlock>,
    /// What a passing result looks like.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expect: Option<String>,
    /// The part of it that a program can judge.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expect_rule: Option<ExpectRule>,
    /// For a check inside a procedure: output that says there is nothing to do for this row, so
    /// that its further steps are skipped.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub none_to_do: Option<ExpectRule>,
    /// A gate's condition.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub condition: Option<String>,
    /// The sentences of the condition that say STOP.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stop: Option<String>,
    /// Whether a failing command ends the block; `None` for what the kind asks for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub on_error: Option<OnError>,
    /// Whether the block needs the terminal.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub interactive: bool,
    /// Whether a gate passes only with a note that names the evidence.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub evidence: bool,
    /// Seconds before the first try.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub wait: Option<u32>,
    /// Seconds between tries.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub every: Option<u32>,
    /// Seconds one try may take.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timeout: Option<u32>,
    /// Seconds all tries together may take.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub budget: Option<u32>,
    /// The class of the block's effects: `none`, `read`, `local-write`, `mutate`, `destroy`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub class: Option<String>,
    /// Whether the block may do more than is known.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub unknown: bool,
    /// The files of the operator that the block writes, as written; empty text for one that is not
    /// known.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub writes: Vec<String>,
    /// What the block does to what, a line each.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub effects: Vec<String>,
    /// What is kept of the output.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub capture: Option<Capture>,
    /// For a step of a procedure: the row it is done for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub row: Option<Row>,
}

/// What is kept of a block's output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Capture {
    /// A value, bound to the placeholder of this name: the first group of the first line that
    /// matches the POSIX extended regular expression.
    Value {
        /// The placeholder.
        name: String,
        /// The expression.
        pattern: String,
    },
    /// A table: one row a line, cells separated by blanks.
    Table {
        /// Its name.
        name: String,
        /// The names of its columns.
        columns: Vec<String>,
    },
}

/// A row that a procedure is done for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// Rows are counted through the plan, from 1; the steps of one row follow each other.
    pub number: u32,
    /// The value of the first parameter: what the row is called.
    pub key: String,
    /// The parameters and their values.
    pub values: BTreeMap<String, String>,
    /// The captured table that must have such a row; its cells bind further placeholders.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub capture: Option<String>,
}

/// Whether the first failing command ends a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnError {
    /// It does.
    Stop,
    /// The block runs to its end; each failing command is told.
    Continue,
}

/// An expectation a program can judge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExpectRule {
    /// A line of the output contains this text.
    Contains(String),
    /// A line of the output matches this POSIX extended regular expression.
    Regex(String),
    /// The output has this many lines.
    Lines(u32),
    /// The block ends with this status.
    Status(u32),
}

/// Text to run, with the places where values are filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanBlock {
    /// The line of the runbook that its first line stands on, from 1.
    pub line: u32,
    /// Its pieces in order. Two texts never follow each other.
    pub pieces: Vec<Piece>,
}

/// A piece of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Piece {
    /// Shell text as it stands.
    Text(String),
    /// The value of the placeholder of this name.
    Placeholder(String),
}

impl PlanBlock {
    /// The block as the runbook has it, placeholders in their brackets.
    pub fn text(&self) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Placeholder(name) => format!("<{name}>"),
            })
            .collect()
    }
}

impl Plan {
    /// The steps that are run, answered or done: all but [`Kind::Text`].
    pub fn numbered_steps(&self) -> impl Iterator<Item = &PlanStep> {
        self.steps.iter().filter(|step| step.kind != Kind::Text)
    }

    /// The plan as compact JSON: what its hash is taken of, and what a session keeps.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a plan has string keys and finite numbers only")
    }

    /// SHA-256 of [`Plan::to_json`] in lower-case hexadecimal digits.
    pub fn hash(&self) -> String {
        hash(&self.to_json())
    }
}

/// SHA-256 of a text in lower-case hexadecimal digits.
pub fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// What the plan needs to know of the way it is made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// The runbook's path below the root, with forward slashes.
    pub path: String,
    /// The way from the folder of `session.sh` to the root.
    pub root: String,
    /// Values of placeholders, by name.
    pub values: BTreeMap<String, String>,
}

/// Plans the session of `runbook`, whose text is `source`.
pub fn build(
    source: &SourceFile,
    runbook: &Runbook,
    effects: &RunbookEffects,
    config: &Config,
    analyser: &Analyser<'_>,
    settings: &Settings,
) -> Plan {
    let workspace = analyser.workspace;
    let cx = Context {
        lines: LineIndex::new(&source.text),
        runbook,
        effects,
        config,
        local: local_places(runbook, config),
    };
    let reverts = revert::rows(runbook, analyser);
    let steps = steps(&cx);
    let ways_back = revert::ways_back(&cx, &reverts, &steps);
    Plan {
        version: VERSION,
        compiler: concat!("rbc ", env!("CARGO_PKG_VERSION")).to_owned(),
        runbook: settings.path.clone(),
        runbook_hash: hash(&source.text),
        title: runbook
            .title
            .as_ref()
            .map_or_else(|| plain(stem(&settings.path)), |title| plain(&title.text)),
        label: label(&settings.path, config),
        root: settings.root.clone(),
        about: header(runbook)
            .map(|(word, text)| format!("{word} {}", plain(&text.text)))
            .collect(),
        protected: config.policy.protected.iter().map(|id| plain(id)).collect(),
        lock: config.session.lock.clone(),
        placeholders: placeholders(&cx, &reverts, settings),
        sources: sources(source, effects, workspace, settings),
        observations: rows(runbook, TableKind::Expectations),
        symptoms: rows(runbook, TableKind::Symptoms),
        reverts: rows(runbook, TableKind::Revert),
        closing: closing(runbook),
        prose: prose::markdown(&source.text, runbook),
        steps,
        ways_back,
    }
}

struct Context<'a> {
    lines: LineIndex,
    runbook: &'a Runbook,
    effects: &'a RunbookEffects,
    config: &'a Config,
    local: BTreeSet<&'a str>,
}

/// What stands in the plan's order.
enum Item<'a> {
    /// A labelled step.
    Step(&'a Step),
    /// A block that has no label.
    Block(BlockId, &'a Block),
    /// The steps of a procedure, once for each row.
    Apply(&'a Procedure<'a>, Application<'a>),
}

impl Item<'_> {
    fn start(&self) -> u32 {
        match self {
            Item::Step(step) => step.span.start,
            Item::Block(_, block) => block.span.start,
            Item::Apply(_, application) => application.at,
        }
    }
}

/// A section that `procedure=NAME` makes a procedure.
struct Procedure<'a> {
    name: &'a str,
    body: Span,
    parameters: Vec<&'a str>,
}

/// `apply=NAME parameter="a b" where=CAPTURE`: one row for each value.
struct Application<'a> {
    at: u32,
    rows: Vec<Vec<&'a str>>,
    only_in: Option<&'a str>,
}

fn pair<'a>(directive: &'a Directive, key: &str) -> Option<&'a str> {
    directive
        .pairs
        .iter()
        .find(|(name, _)| name.text == key)
        .map(|(_, value)| value.text.as_str())
}

fn procedures(runbook: &Runbook) -> Vec<Procedure<'_>> {
    let applied: BTreeSet<&str> = runbook
        .directives
        .iter()
        .filter_map(|directive| pair(directive, "apply"))
        .collect();
    runbook
        .directives
        .iter()
        .filter_map(|directive| {
            let name = pair(directive, "procedure").filter(|name| applied.contains(name))?;
            let section = runbook
                .sections
                .iter()
                .rfind(|section| section.body.contains(directive.span))?;
            Some(Procedure {
                name,
                body: section.body,
                parameters: pair(directive, "params")
                    .unwrap_or("")
                    .split(',')
                    .map(str::trim)
                    .filter(|parameter| !parameter.is_empty())
                    .collect(),
            })
        })
        .collect()
}

/// The rows of an `apply`. Parameters with fewer values than the first make the rows that all have.
fn application<'a>(directive: &'a Directive, procedure: &Procedure<'_>) -> Application<'a> {
    let columns: Vec<Vec<&str>> = procedure
        .parameters
        .iter()
        .map(|parameter| {
            pair(directive, parameter)
                .unwrap_or("")
                .split_whitespace()
                .collect()
        })
        .collect();
    let count = columns.iter().map(Vec::len).min().unwrap_or(0);
    Application {
        at: directive
            .covers
            .map_or(directive.span.end, |covered| covered.end),
        rows: (0..count)
            .map(|row| {
                columns
                    .iter()
                    .filter_map(|column| column.get(row).copied())
                    .collect()
            })
            .collect(),
        only_in: pair(directive, "where"),
    }
}

fn steps(cx: &Context<'_>) -> Vec<PlanStep> {
    let procedures = procedures(cx.runbook);
    let in_procedure = |span: Span| {
        procedures
            .iter()
            .any(|procedure| procedure.body.contains(span))
    };
    let mut items: Vec<Item<'_>> = cx
        .runbook
        .steps
        .iter()
        .filter(|step| !in_procedure(step.span))
        .map(Item::Step)
        .collect();
    items.extend(
        cx.runbook
            .blocks
            .iter()
            .enumerate()
            .filter(|(_, block)| block.step.is_none() && !in_procedure(block.span))
            .map(|(index, block)| Item::Block(BlockId(index), block)),
    );
    items.extend(cx.runbook.directives.iter().filter_map(|directive| {
        let name = pair(directive, "apply")?;
        let procedure = procedures.iter().find(|procedure| procedure.name == name)?;
        Some(Item::Apply(procedure, application(directive, procedure)))
    }));
    items.sort_by_key(Item::start);
    let mut taken: BTreeSet<String> = cx
        .runbook
        .steps
        .iter()
        .map(|step| step.number.clone())
        .collect();
    let mut from = 0;
    let mut rows = 0;
    let mut planned = Vec::new();
    for item in &items {
        let to = item.start();
        let mut prose = prose(cx, from, to, &procedures);
        from = to;
        match item {
            Item::Step(step) => planned.push(labelled_step(cx, step, prose)),
            Item::Block(id, block) => {
                planned.push(unlabelled_step(cx, *id, block, prose, &mut taken));
            }
            Item::Apply(procedure, application) => {
                for row in &application.rows {
                    rows += 1;
                    let mut steps = expand(cx, procedure, rows, row, application);
                    if let Some(first) = steps.first_mut() {
                        let before = std::mem::take(&mut prose);
                        first.about.splice(0..0, before.about);
                        first.cautions.splice(0..0, before.cautions);
                    }
                    planned.append(&mut steps);
                }
            }
        }
    }
    planned
}

/// The steps of a procedure for one row: its parameters filled in, its numbers followed by the
/// row's first value.
fn expand(
    cx: &Context<'_>,
    procedure: &Procedure<'_>,
    number: u32,
    row: &[&str],
    application: &Application<'_>,
) -> Vec<PlanStep> {
    let mut from = procedure.body.start;
    let mut planned = Vec::new();
    for step in &cx.runbook.steps {
        if !procedure.body.contains(step.span) {
            continue;
        }
        let prose = prose(cx, from, step.span.start, &[]);
        from = step.span.start;
        let mut expanded = labelled_step(cx, step, prose);
        expanded.number = format!("{}/{}", expanded.number, plain(row.first().unwrap_or(&"")));
        let values: BTreeMap<&str, &str> = procedure
            .parameters
            .iter()
            .copied()
            .zip(row.iter().copied())
            .filter(|(_, value)| is_safe(value))
            .collect();
        for block in expanded.block.iter_mut().chain(&mut expanded.probes) {
            fill_in(block, &values);
        }
        for text in expanded.effects.iter_mut().chain([&mut expanded.title]) {
            for (name, value) in &values {
                *text = text.replace(&format!("<{name}>"), value);
            }
        }
        expanded.row = Some(Row {
            number,
            key: plain(row.first().unwrap_or(&"")),
            values: values
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            capture: application.only_in.map(str::to_owned),
        });
        planned.push(expanded);
    }
    planned
}

/// Whether filling in `value` cannot change how a command parses. The session holds what people
/// type to the same alphabet.
pub fn is_safe(value: &str) -> bool {
    value.starts_with(|first: char| first.is_ascii_alphanumeric() || matches!(first, '.' | '/'))
        && value.chars().all(|character| {
            character.is_ascii_alphanumeric()
                || matches!(character, '.' | '_' | ':' | '/' | '@' | '+' | '-')
        })
}

fn fill_in(block: &mut PlanBlock, values: &BTreeMap<&str, &str>) {
    let mut pieces = Pieces::default();
    for piece in &block.pieces {
        match piece {
            Piece::Text(text) => pieces.push_text(text),
            Piece::Placeholder(name) => match values.get(name.as_str()) {
                Some(value) => pieces.push_text(value),
                None => pieces.push_placeholder(name),
            },
        }
    }
    pieces.flush();
    block.pieces = pieces.pieces;
}

/// The prose between two steps, sorted by what its lead words say.
#[derive(Default)]
struct Prose {
    about: Vec<String>,
    cautions: Vec<String>,
}

fn prose(cx: &Context<'_>, from: u32, to: u32, without: &[Procedure<'_>]) -> Prose {
    let mut prose = Prose::default();
    for paragraph in &cx.runbook.paragraphs {
        if paragraph.text.span.start < from
            || paragraph.text.span.start >= to
            || is_shown_elsewhere(cx.runbook, paragraph)
            || without
                .iter()
                .any(|procedure| procedure.body.contains(paragraph.text.span))
        {
            continue;
        }
        let text = plain(&paragraph.text.text);
        match paragraph.kind {
            ParagraphKind::Caution | ParagraphKind::Banner => prose.cautions.push(text),
            ParagraphKind::Plain
            | ParagraphKind::Note
            | ParagraphKind::Correction
            | ParagraphKind::Probe
            | ParagraphKind::Order => prose.about.push(text),
        }
    }
    prose
}

/// The paragraphs of the header that are there, with their lead words.
fn header(runbook: &Runbook) -> impl Iterator<Item = (&'static str, &Text)> {
    [
        ("STATUS:", &runbook.header.status),
        ("Scope:", &runbook.header.scope),
        ("Conventions:", &runbook.header.conventions),
    ]
    .into_iter()
    .filter_map(|(word, text)| text.as_ref().map(|text| (word, text)))
}

/// Whether the session shows a paragraph elsewhere: in its header, or when it asks for a value.
fn is_shown_elsewhere(runbook: &Runbook, paragraph: &Paragraph) -> bool {
    header(runbook).any(|(_, text)| paragraph.text.span.contains(text.span))
        || runbook
            .declarations
            .iter()
            .any(|declaration| paragraph.text.span.contains(declaration.span))
        || paragraph.text.text == "Placeholders:"
}

fn labelled_step(cx: &Context<'_>, step: &Step, prose: Prose) -> PlanStep {
    let mut planned = empty_step(cx, step.section, step.span.start, prose);
    planned.number = plain(&step.number);
    planned.kind = match step.kind {
        StepKind::Run => Kind::Run,
        StepKind::Check => Kind::Check,
        StepKind::Gate => Kind::Gate,
    };
    label_of(cx, &step.label, &mut planned);
    add_block(cx, step, &mut planned);
    planned.probes = step
        .inline
        .iter()
        .map(|inline| plan_block(cx, &inline.content, Some(&inline.script)))
        .collect();
    planned.expect = step
        .expectation
        .as_ref()
        .map(|expectation| plain(&expectation.text.text));
    planned.condition = step.condition.as_ref().map(|text| plain(&text.text));
    planned.stop = planned.condition.as_deref().and_then(stop_sentences);
    planned.wait = step.timing.wait;
    planned.every = step.timing.every;
    planned.timeout = step.timing.timeout;
    planned.budget = step.timing.budget;
    attributes(step, &mut planned);
    planned
}

/// The parts of a step that its place in the document gives it.
fn empty_step(cx: &Context<'_>, section: Option<SectionId>, start: u32, prose: Prose) -> PlanStep {
    let top = section.map(|id| cx.runbook.section(cx.runbook.top_section(id)));
    PlanStep {
        number: String::new(),
        kind: Kind::Text,
        section: top.map_or_else(String::new, |top| {
            plain(top.number.as_deref().unwrap_or(&top.title.text))
        }),
        title: section.map_or_else(String::new, |id| plain(&cx.runbook.section(id).title.text)),
        line: cx.lines.line(start),
        location: None,
        place: Place::Local,
        remark: None,
        about: prose.about,
        cautions: prose.cautions,
        notes: Vec::new(),
        block: None,
        probes: Vec::new(),
        expect: None,
        expect_rule: None,
        none_to_do: None,
        condition: None,
        stop: None,
        on_error: None,
        interactive: false,
        evidence: false,
        wait: None,
        every: None,
        timeout: None,
        budget: None,
        class: None,
        unknown: false,
        writes: Vec::new(),
        effects: Vec::new(),
        capture: None,
        row: None,
    }
}

fn label_of(cx: &Context<'_>, label: &Label, planned: &mut PlanStep) {
    if let Some(title) = &label.title {
        planned.title = plain(&title.text);
    }
    planned.remark = label.remark.as_ref().map(|remark| plain(&remark.text));
    if let Some(location) = &label.location {
        planned.place = place(cx, &location.text);
        planned.location = Some(plain(&location.text));
    }
}

/// A step's own block, or the one of the step it refers to.
fn add_block(cx: &Context<'_>, step: &Step, planned: &mut PlanStep) {
    let mut id = step.block;
    if id.is_none()
        && let Some(reference) = &step.refers_to
        && let Some(other) = cx
            .runbook
            .steps
            .iter()
            .find(|other| other.number == reference.text && other.kind == StepKind::Check)
    {
        id = other.block;
        planned
            .notes
            .push(format!("runs the block of step {} again", other.number));
    }
    let Some(id) = id else { return };
    let block = cx.runbook.block(id);
    let mut text = plan_block(cx, &block.content, block.script.as_ref());
    let mut end = usize::MAX;
    if let Some(wrapper) = &cx.config.session.wrapper
        && let Some(left_out) = take_out(wrapper, &mut text)
    {
        end = text.text().lines().count();
        planned.notes.push(format!(
            "`{}` is left out: the transcript of this session stands in for it",
            plain(&left_out)
        ));
    }
    planned.block = (!text.text().trim().is_empty()).then_some(text);
    effects_of(cx, id, end, planned);
}

/// What the first `end` lines of a block do.
fn effects_of(cx: &Context<'_>, id: BlockId, end: usize, planned: &mut PlanStep) {
    let Some(analysis) = cx.effects.block(id) else {
        return;
    };
    let text = cx.runbook.block(id).content.text();
    let mut analysis = analysis.clone();
    analysis
        .effects
        .retain(|effect| slice(text, 0, effect.range.start).matches('\n').count() < end);
    planned.class = Some(analysis.class().word().to_owned());
    planned.unknown = analysis.unknown();
    planned.writes = written_files(&analysis);
    planned.effects = effect_lines(&analysis);
    planned.interactive = analysis
        .effects
        .iter()
        .any(|effect| effect.facets.contains("interactive"));
}

fn written_files(analysis: &Analysis) -> Vec<String> {
    let writing = analysis
        .effects
        .iter()
        .filter(|effect| effect.class == Class::LocalWrite);
    let files: BTreeSet<String> = writing
        .flat_map(|effect| &effect.targets)
        .filter(|target| target.kind == "file")
        .map(|target| match &target.id {
            TargetId::Named(path) => plain(path),
            // A path with a placeholder in it, or one that is nothing else.
            TargetId::Placeholder(path) if path.contains('/') => plain(path),
            TargetId::Placeholder(_) | TargetId::Ambient | TargetId::All | TargetId::Unknown => {
                String::new()
            }
        })
        .collect();
    files.into_iter().collect()
}

fn attributes(step: &Step, planned: &mut PlanStep) {
    let attribute = |name: &str| step.attributes.get(name).map(|text| text.text.trim());
    planned.expect_rule = attribute("expect").and_then(expect_rule);
    planned.none_to_do = attribute("none-to-do").and_then(expect_rule);
    planned.on_error = attribute("on-error").and_then(|word| match word {
        "stop" => Some(OnError::Stop),
        "continue" => Some(OnError::Continue),
        _ => None,
    });
    planned.capture = attribute("capture").and_then(|name| capture(name, &attribute));
    planned.evidence = is_yes(attribute("evidence"));
    planned.interactive |= is_yes(attribute("interactive"));
}

fn capture<'a>(name: &str, attribute: &impl Fn(&str) -> Option<&'a str>) -> Option<Capture> {
    let name = plain(name);
    if let Some(columns) = attribute("columns") {
        return Some(Capture::Table {
            name,
            columns: columns
                .split(',')
                .map(|column| plain(column.trim()))
                .collect(),
        });
    }
    attribute("match").map(|pattern| Capture::Value {
        name,
        pattern: plain(pattern),
    })
}

fn is_yes(value: Option<&str>) -> bool {
    matches!(
        value,
        Some("" | "yes" | "true" | "required" | "interactive" | "evidence")
    )
}

/// `contains:TEXT`, `regex:EXPRESSION`, `lines:NUMBER`, `status:NUMBER`; a bare text is contained.
fn expect_rule(value: &str) -> Option<ExpectRule> {
    let (word, rest) = value
        .split_once([':', '='])
        .map_or(("", value), |(word, rest)| (word.trim(), rest.trim()));
    match word {
        "contains" => Some(ExpectRule::Contains(plain(rest))),
        "regex" => Some(ExpectRule::Regex(plain(rest))),
        "lines" => rest.parse().ok().map(ExpectRule::Lines),
        "status" => rest.parse().ok().map(ExpectRule::Status),
        _ if value.is_empty() => None,
        _ => Some(ExpectRule::Contains(plain(value))),
    }
}

/// A block without a label: a CHECK when it is proven to read only, else text that is shown.
fn unlabelled_step(
    cx: &Context<'_>,
    id: BlockId,
    block: &Block,
    prose: Prose,
    taken: &mut BTreeSet<String>,
) -> PlanStep {
    let mut planned = empty_step(cx, block.section, block.span.start, prose);
    planned.block = Some(plan_block(cx, &block.content, block.script.as_ref()));
    if reads_only(cx, id, block) {
        planned.kind = Kind::Check;
        planned.number = free_number(cx, block.section, taken);
        planned
            .notes
            .push("the block has no label; it is proven to read only".to_owned());
        effects_of(cx, id, usize::MAX, &mut planned);
    }
    planned
}

fn reads_only(cx: &Context<'_>, id: BlockId, block: &Block) -> bool {
    let is_shell = block
        .script
        .as_ref()
        .is_some_and(|script| script.dialect == Dialect::Shell && script.gaps.is_empty());
    is_shell
        && cx
            .effects
            .block(id)
            .is_some_and(|analysis| !analysis.effects.is_empty() && analysis.is_proven_read_only())
}

/// The first of `1.2`, `1.2.b`, `1.2.c` ... that no step has.
fn free_number(
    cx: &Context<'_>,
    section: Option<SectionId>,
    taken: &mut BTreeSet<String>,
) -> String {
    let mut base = "0".to_owned();
    let mut current = section;
    while let Some(id) = current {
        let section = cx.runbook.section(id);
        if let Some(number) = &section.number {
            base = plain(number);
            break;
        }
        current = section.parent;
    }
    let letters = ('b'..='z').map(|letter| format!("{base}.{letter}"));
    let numbers = (1u32..).map(|number| format!("{base}.z{number}"));
    let number = std::iter::once(base.clone())
        .chain(letters)
        .chain(numbers)
        .find(|number| !taken.contains(number))
        .expect("the numbers do not end");
    taken.insert(number.clone());
    number
}

/// The text of an excerpt as it will run: prompts taken off, lines of output emptied, line feeds
/// only, placeholders cut out. Every line keeps its place.
fn plan_block(cx: &Context<'_>, content: &Excerpt, script: Option<&Script>) -> PlanBlock {
    let text = content.text();
    let mut cuts: Vec<(u32, u32, Option<&str>)> = Vec::new();
    if let Some(script) = script {
        cuts.extend(
            script
                .prompts
                .iter()
                .chain(&script.output)
                .map(|range| (range.start, range.end, None)),
        );
        cuts.extend(script.placeholders.iter().map(|placeholder| {
            (
                placeholder.range.start,
                placeholder.range.end,
                Some(placeholder.name.as_str()),
            )
        }));
    }
    cuts.sort_unstable();
    let mut pieces = Pieces::default();
    let mut at = 0;
    for (start, end, name) in cuts {
        if start < at {
            continue;
        }
        pieces.push_text(slice(text, at, start));
        match name {
            Some(name) => pieces.push_placeholder(name),
            None => pieces.push_text(
                &slice(text, start, end)
                    .chars()
                    .filter(|character| *character == '\n')
                    .collect::<String>(),
            ),
        }
        at = end;
    }
    pieces.push_text(slice(text, at, u32::MAX));
    PlanBlock {
        line: cx.lines.line(content.file_offset(0)),
        pieces: pieces.end(),
    }
}

fn slice(text: &str, start: u32, end: u32) -> &str {
    text.get(start as usize..(end as usize).min(text.len()))
        .unwrap_or("")
}

#[derive(Default)]
struct Pieces {
    pieces: Vec<Piece>,
    text: String,
}

impl Pieces {
    fn push_text(&mut self, text: &str) {
        self.text
            .push_str(&text.replace("\r\n", "\n").replace('\0', ""));
    }

    fn push_placeholder(&mut self, name: &str) {
        self.flush();
        self.pieces.push(Piece::Placeholder(name.to_owned()));
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.pieces
                .push(Piece::Text(std::mem::take(&mut self.text)));
        }
    }

    /// A trailing line feed is the fence's, not the script's.
    fn end(mut self) -> Vec<Piece> {
        if self.text.ends_with('\n') {
            self.text.pop();
        }
        self.flush();
        self.pieces
    }
}

/// Cuts a block before the line that starts with the command `wrapper`; answers that line.
fn take_out(wrapper: &str, block: &mut PlanBlock) -> Option<String> {
    let text = block.text();
    let mut at = 0;
    let line = text.split_inclusive('\n').find(|line| {
        let found = line
            .trim()
            .strip_prefix(wrapper)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']));
        if !found {
            at += line.len();
        }
        found
    })?;
    let mut kept = Pieces::default();
    let mut left = at;
    for piece in &block.pieces {
        match piece {
            Piece::Text(text) => {
                let part = text.get(..left.min(text.len())).unwrap_or("");
                left -= part.len();
                kept.push_text(part);
                if part.len() < text.len() {
                    break;
                }
            }
            Piece::Placeholder(name) => {
                let Some(rest) = left.checked_sub(name.len() + 2) else {
                    break;
                };
                left = rest;
                kept.push_placeholder(name);
            }
        }
    }
    block.pieces = kept.end();
    Some(line.trim().to_owned())
}

/// The names of the place the session itself runs at. Without a setting, a runbook that names one
/// place means the one the operator sits at.
fn local_places<'a>(runbook: &'a Runbook, config: &'a Config) -> BTreeSet<&'a str> {
    if let Some(local) = &config.hosts.local {
        return BTreeSet::from([local.as_str()]);
    }
    let named: BTreeSet<&str> = runbook
        .steps
        .iter()
        .filter_map(|step| step.label.location.as_ref())
        .map(|location| location.text.as_str())
        .collect();
    if named.len() == 1 {
        return named;
    }
    BTreeSet::from(["jumphost", "local", "localhost", "here"])
}

fn place(cx: &Context<'_>, location: &str) -> Place {
    if cx.local.contains(location) {
        return Place::Local;
    }
    let host = cx.config.hosts.others.get(location).or_else(|| {
        cx.config
            .hosts
            .others
            .iter()
            .find(|(pattern, _)| matches_pattern(pattern, location))
            .map(|(_, host)| host)
    });
    // `jumphost -> ceph-mon/0`: where no transport goes all the way, the one of the last hop does.
    if host.is_none()
        && let Some((_, last)) = location.rsplit_once("->")
    {
        return place(cx, last.trim());
    }
    match host {
        Some(host) => Place::Via(host.via.replace("{host}", &quoted(location))),
        None => Place::Manual,
    }
}

/// Whether `text` matches a pattern in which `*` stands for any characters.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        match rest.find(part) {
            Some(at) => {
                last = Some(part);
                rest = rest.get(at + part.len()..).unwrap_or("");
            }
            None => return false,
        }
    }
    match last {
        None => rest.is_empty(),
        Some(part) => rest.is_empty() || part.is_empty() || text.ends_with(part),
    }
}

/// `text` as one word of a shell command.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// One line for each thing a block changes, or that it changes nothing.
fn effect_lines(analysis: &Analysis) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for effect in &analysis.effects {
        if effect.class >= Class::LocalWrite || effect.unknown {
            let line = effect_line(effect);
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    if lines.is_empty() && !analysis.effects.is_empty() {
        lines.push("reads only".to_owned());
    }
    lines
}

fn effect_line(effect: &Effect) -> String {
    let mut line = match effect.reasons.last() {
        Some(reason) => reason.text.clone(),
        None => {
            let targets: Vec<String> = effect.targets.iter().map(target_words).collect();
            format!("{} {}", effect.class.word(), targets.join(", "))
        }
    };
    if effect.class == Class::Destroy {
        line.insert_str(0, "DESTROYS: ");
    }
    if effect.may {
        line.insert_str(0, "may run: ");
    }
    let facets: Vec<&str> = effect.facets.iter().map(String::as_str).collect();
    if !facets.is_empty() {
        line.push_str(&format!(" [{}]", facets.join(", ")));
    }
    if effect.unknown {
        line.push_str("; may do more than is known");
    }
    plain(&line)
}

fn target_words(target: &Target) -> String {
    let id = match &target.id {
        TargetId::Named(name) => name.clone(),
        TargetId::Placeholder(name) => format!("<{name}>"),
        TargetId::Ambient => "(the current one)".to_owned(),
        TargetId::All => "(all)".to_owned(),
        TargetId::Unknown => "(not known)".to_owned(),
    };
    format!("{} {id}", target.kind)
}

/// The placeholders of all blocks that may run.
fn placeholders(
    cx: &Context<'_>,
    reverts: &[RevertRow<'_>],
    settings: &Settings,
) -> Vec<Placeholder> {
    let mut found: Vec<Placeholder> = Vec::new();
    let targets = target_placeholders(cx, reverts);
    let blocks = cx.runbook.blocks.iter().map(|block| block.script.as_ref());
    let inline = cx
        .runbook
        .steps
        .iter()
        .flat_map(|step| &step.inline)
        .map(|inline| Some(&inline.script));
    let ways_back = reverts
        .iter()
        .flat_map(RevertRow::commands)
        .map(|command| Some(&command.script));
    for placeholder in blocks
        .chain(inline)
        .chain(ways_back)
        .flatten()
        .flat_map(|script| &script.placeholders)
    {
        if found.iter().any(|known| known.name == placeholder.name) {
            continue;
        }
        let configured = settings_of(cx, &placeholder.name);
        let declared = cx
            .runbook
            .declarations
            .iter()
            .find(|declaration| declaration.name == placeholder.name);
        let choices: Vec<String> = placeholder.choices.iter().map(|it| plain(it)).collect();
        let one_of = (!choices.is_empty()).then(|| {
            let words: Vec<String> = choices.iter().map(|word| literal(word)).collect();
            words.join("|")
        });
        found.push(Placeholder {
            name: placeholder.name.clone(),
            pattern: configured.pattern.or(one_of),
            meaning: configured
                .meaning
                .as_deref()
                .or(declared.map(|declaration| declaration.meaning.as_str()))
                .map(plain)
                .unwrap_or_default(),
            secret: configured.secret,
            choices,
            jump: configured.jump,
            from: configured.from,
            target: targets.contains(placeholder.name.as_str()),
            value: settings.values.get(&placeholder.name).cloned(),
        });
    }
    found
}

/// What is set for a placeholder: in `rbc.toml`, and where that is silent in the runbook's own
/// `<!-- rbc: placeholder=NAME pattern="..." jump=patch from=OTHER secret -->`.
fn settings_of(cx: &Context<'_>, name: &str) -> PlaceholderSettings {
    let mut settings = cx
        .config
        .placeholders
        .get(name)
        .cloned()
        .unwrap_or_default();
    let own = cx
        .runbook
        .directives
        .iter()
        .filter(|directive| pair(directive, "placeholder") == Some(name));
    for directive in own {
        let text = |key| pair(directive, key).map(str::to_owned);
        settings.pattern = settings.pattern.or_else(|| text("pattern"));
        settings.meaning = settings.meaning.or_else(|| text("meaning"));
        settings.secret |= directive.words.iter().any(|word| word.text == "secret");
        // A word that is not known must not let more through than one that is.
        settings.jump = settings.jump.or_else(|| {
            pair(directive, "jump").map(|word| match word {
                "minor" => Jump::Minor,
                _ => Jump::Patch,
            })
        });
        settings.from = settings.from.or_else(|| text("from"));
    }
    settings
}

/// A text as a regular expression for itself.
fn literal(text: &str) -> String {
    text.chars()
        .flat_map(|character| {
            let escape = r".[]{}()\*+?^$|".contains(character).then_some('\\');
            escape.into_iter().chain([character])
        })
        .collect()
}

/// The placeholders that name what a mutation acts on. Where a mutation's target cannot be known,
/// every placeholder of its block may.
fn target_placeholders<'a>(cx: &'a Context<'_>, reverts: &'a [RevertRow<'_>]) -> BTreeSet<&'a str> {
    let blocks = cx
        .effects
        .blocks
        .iter()
        .map(|(id, analysis)| (analysis, cx.runbook.block(*id).script.as_ref()));
    let ways_back = reverts
        .iter()
        .flat_map(RevertRow::commands)
        .map(|command| (&command.analysis, Some(&command.script)));
    let mut names = BTreeSet::new();
    for (analysis, script) in blocks.chain(ways_back) {
        for effect in analysis.mutations() {
            for id in effect.targets.iter().flat_map(|target| {
                std::iter::once(&target.id).chain(target.within.iter().map(|(_, id)| id))
            }) {
                match id {
                    TargetId::Placeholder(name) => {
                        names.insert(name.as_str());
                    }
                    TargetId::Unknown => names.extend(
                        script
                            .iter()
                            .flat_map(|script| &script.placeholders)
                            .map(|placeholder| placeholder.name.as_str()),
                    ),
                    TargetId::Named(_) | TargetId::Ambient | TargetId::All => {}
                }
            }
        }
    }
    names
}

/// The runbook and every script the analysis followed.
fn sources(
    source: &SourceFile,
    effects: &RunbookEffects,
    workspace: &Workspace,
    settings: &Settings,
) -> Vec<SourceHash> {
    let scripts: BTreeSet<&str> = effects
        .blocks
        .values()
        .chain(effects.inline.values().flatten())
        .flat_map(|analysis| &analysis.effects)
        .flat_map(|effect| &effect.reasons)
        .filter_map(|reason| reason.file.as_deref())
        .map(|place| place.rsplit_once(':').map_or(place, |(path, _)| path))
        .collect();
    let mut sources = vec![SourceHash {
        path: settings.path.clone(),
        hash: hash(&source.text),
    }];
    sources.extend(scripts.into_iter().filter_map(|path| {
        let text = workspace.text(path)?;
        Some(SourceHash {
            path: path.to_owned(),
            hash: hash(&text),
        })
    }));
    sources
}

fn rows(runbook: &Runbook, kind: TableKind) -> Vec<Vec<String>> {
    runbook
        .tables
        .iter()
        .filter(|table| table.kind == kind)
        .flat_map(|table| &table.rows)
        .map(|row| row.iter().map(|cell| plain(&cell.text.text)).collect())
        .collect()
}

fn closing(runbook: &Runbook) -> Vec<String> {
    let last = runbook
        .steps
        .iter()
        .map(|step| step.span.end)
        .chain(runbook.blocks.iter().map(|block| block.span.end))
        .max()
        .unwrap_or(0);
    runbook
        .paragraphs
        .iter()
        .filter(|paragraph| paragraph.text.span.start >= last)
        .map(|paragraph| plain(&paragraph.text.text))
        .collect()
}

/// The sentences that say STOP.
fn stop_sentences(condition: &str) -> Option<String> {
    let sentences: Vec<&str> = condition
        .split_inclusive(". ")
        .filter(|sentence| {
            sentence
                .split(|character: char| !character.is_alphanumeric())
                .any(|word| word == "STOP")
        })
        .map(str::trim)
        .collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// `ops-` and the runbook's name, unless the project names its sessions itself.
fn label(path: &str, config: &Config) -> String {
    let label = config.session.label.clone().unwrap_or_else(|| {
        let stem = stem(path);
        if stem.starts_with("ops-") {
            stem.to_owned()
        } else {
            format!("ops-{stem}")
        }
    });
    label
        .chars()
        .map(|character| match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' | '-' => character,
            _ => '-',
        })
        .collect()
}

/// The name of a file without its folder and its last extension.
pub fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.')
        .map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem })
}

/// Text for people: control characters, C1 characters, marks that turn the reading direction and
/// zero-width characters become `?`, white space becomes single blanks.
pub fn plain(text: &str) -> String {
    let shown: String = text
        .chars()
        .map(|character| match character {
            '\n' | '\r' | '\t' => ' ',
            _ if misleads(character) => '?',
            _ => character,
        })
        .collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text of several lines for people: like [`plain`], with its lines and blanks as they are.
pub fn plain_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .map(|character| match character {
            '\n' | '\t' => character,
            _ if misleads(character) => '?',
            _ => character,
        })
        .collect()
}

/// Whether a character drives a terminal, turns the reading direction or has no width.
pub fn misleads(character: char) -> bool {
    matches!(character,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{61c}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
