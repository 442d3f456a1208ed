//! The plan as `session.sh`: the fixed runtime in `session/*.sh`, then the plan as calls of the
//! runtime's own functions. Every text of the runbook stands in single quotes, which no content
//! can end early.

use super::{Artifact, Backend, Templates};
use crate::plan::{
    Capture, ExpectRule, Kind, OnError, Piece, Place, Placeholder, Plan, PlanBlock, PlanRevert,
    PlanStep, plain, quoted,
};

/// `--emit session`
pub static SESSION: Backend = Backend {
    name: "session",
    about: "session.sh, the checklist session",
    default: true,
    emit: |plan, _: &Templates| {
        vec![Artifact {
            name: "session.sh",
            text: session(plan),
        }]
    },
};

/// The parts of the runtime, in the order bash reads them.
const RUNTIME: &[&str] = &[
    include_str!("session/start.sh"),
    include_str!("session/terminal.sh"),
    include_str!("session/journal.sh"),
    include_str!("session/plan.sh"),
    include_str!("session/questions.sh"),
    include_str!("session/placeholders.sh"),
    include_str!("session/blocks.sh"),
    include_str!("session/captures.sh"),
    include_str!("session/steps.sh"),
    include_str!("session/reverts.sh"),
    include_str!("session/rehearsal.sh"),
    include_str!("session/resume.sh"),
    include_str!("session/main.sh"),
];

/// What each block runs in; the session writes it into its own folder.
const RUNNER: &str = include_str!("session/runner.sh");

fn session(plan: &Plan) -> String {
    let mut script = Script::default();
    script.line("#!/usr/bin/env bash");
    script.line(&format!(
        "# Checklist session of {}, made by {}.",
        plain(&plan.runbook),
        plain(&plan.compiler)
    ));
    script.line("# Start it with `bash session.sh`; `bash session.sh --help` lists the options.");
    script.line("# The plan, with every block as it will run, is at the end, in load_plan.");
    script.line("#");
    script.line(
        "# shellcheck disable=SC2317  # a plan need not call every function that plans may call",
    );
    for part in RUNTIME {
        script.line("");
        script.line(part.trim_end());
    }
    script.line(
        "\n# ---- the runner, written into the session's folder and started once a block ----\n",
    );
    script.line("runner_text() {\n  cat <<'RBC_RUNNER'");
    script.line(RUNNER.trim_end());
    script.line("RBC_RUNNER\n}");
    script.line(
        "\n# ---- the plan ----------------------------------------------------------------\n",
    );
    load_plan(plan, &mut script);
    script.line("");
    script.line("# The plan once more, as the session keeps it for `rbc log`.");
    script.line("# shellcheck disable=SC2016,SC1003,SC1112  # data, meant as it stands");
    script.line("plan_json() {");
    script.call("  printf", &["%s", &plan.to_json()]);
    script.line("}");
    script.line("\n{\n  main \"$@\"\n  exit\n}");
    script.text
}

#[derive(Default)]
struct Script {
    text: String,
}

impl Script {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A call with every argument quoted.
    fn call(&mut self, function: &str, arguments: &[&str]) {
        self.text.push_str(function);
        for argument in arguments {
            self.text.push(' ');
            self.text.push_str(&quoted(argument));
        }
        self.text.push('\n');
    }

    fn has(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.call("  has", &[name, value]);
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        self.line(&format!("  {name}={}", quoted(value)));
    }
}

fn load_plan(plan: &Plan, script: &mut Script) {
    script.line(
        "# shellcheck disable=SC2016,SC1003,SC1112,SC2088  # texts of the runbook: data, meant as they stand",
    );
    script.line("load_plan() {");
    let name = plain(plan.runbook.rsplit('/').next().unwrap_or(""));
    script.set("RUNBOOK", &plan.runbook);
    script.set(
        "RUNBOOK_NAME",
        if name.is_empty() { "runbook" } else { &name },
    );
    script.set("RUNBOOK_HASH", &plan.runbook_hash);
    script.set("PLAN_HASH", &plan.hash());
    script.set("COMPILER", &plan.compiler);
    script.set("TITLE", &plan.title);
    script.set("LABEL", &plan.label);
    script.set("ROOT_FROM_HERE", &plan.root);
    script.set("LOCK_FOLDER", plan.lock.as_deref().unwrap_or(""));
    for text in &plan.about {
        script.call("  about_session", &[text]);
    }
    for source in &plan.sources {
        script.call("  source_file", &[&source.path, &source.hash]);
    }
    for id in &plan.protected {
        script.call("  protected", &[id]);
    }
    for placeholder in &plan.placeholders {
        declare(placeholder, script);
    }
    rows("  observation", &plan.observations, 2, script);
    rows("  symptom", &plan.symptoms, 2, script);
    rows("  revert", &plan.reverts, 3, script);
    for step in &plan.steps {
        load_step(step, script);
    }
    for way in &plan.ways_back {
        load_way_back(plan, way, script);
    }
    for text in &plan.closing {
        script.call("  closing", &[text]);
    }
    script.line("}");
}

fn declare(placeholder: &Placeholder, script: &mut Script) {
    let mut arguments = vec![
        placeholder.name.as_str(),
        placeholder.pattern.as_deref().unwrap_or(""),
        &placeholder.meaning,
    ];
    if placeholder.secret {
        arguments.push("secret");
    }
    if placeholder.target {
        arguments.push("target");
    }
    script.call("  placeholder", &arguments);
    if !placeholder.choices.is_empty() {
        let words = placeholder.choices.iter().map(String::as_str);
        let arguments: Vec<&str> = std::iter::once(placeholder.name.as_str())
            .chain(words)
            .collect();
        script.call("  choice", &arguments);
    }
    if let Some(jump) = placeholder.jump {
        let from = placeholder.from.as_deref().unwrap_or("");
        script.call("  jump", &[&placeholder.name, jump.word(), from]);
    }
    if let Some(value) = &placeholder.value {
        script.call("  preset", &[&placeholder.name, value]);
    }
}

/// Rows of a table, each cut or filled up to `width` cells.
fn rows(function: &str, rows: &[Vec<String>], width: usize, script: &mut Script) {
    for row in rows {
        let cells: Vec<&str> = row
            .iter()
            .map(String::as_str)
            .chain(std::iter::repeat(""))
            .take(width)
            .collect();
        script.call(function, &cells);
    }
}

fn load_step(step: &PlanStep, script: &mut Script) {
    script.line("");
    script.call(
        "  step",
        &[&step.number, step.kind.word(), &step.section, &step.title],
    );
    script.has("line", &step.line.to_string());
    script.has("where", step.location.as_deref().unwrap_or(""));
    match &step.place {
        Place::Local => {}
        Place::Manual => script.has("place", "manual"),
        Place::Via(command) => {
            script.has("place", "via");
            script.has("via", command);
        }
    }
    script.has("remark", step.remark.as_deref().unwrap_or(""));
    script.has("about", &step.about.join("\n"));
    script.has("caution", &step.cautions.join("\n"));
    script.has("note", &step.notes.join("\n"));
    if let Some(block) = &step.block {
        load_block("  code", block, script);
    }
    script.has("effect", &step.effects.join("\n"));
    script.has("expect", step.expect.as_deref().unwrap_or(""));
    if let Some(rule) = &step.expect_rule {
        script.has("expect-rule", &rule_text(rule));
    }
    if let Some(rule) = &step.none_to_do {
        script.has("none-to-do", &rule_text(rule));
    }
    script.has("condition", step.condition.as_deref().unwrap_or(""));
    script.has("stop", step.stop.as_deref().unwrap_or(""));
    for probe in &step.probes {
        load_block("  probe", probe, script);
    }
    if let Some(on_error) = step.on_error {
        script.has(
            "on-error",
            match on_error {
                OnError::Stop => "stop",
                OnError::Continue => "continue",
            },
        );
    }
    match &step.capture {
        None => {}
        Some(Capture::Value { name, pattern }) => {
            script.has("capture", "value");
            script.has("capture-name", name);
            script.has("capture-pattern", pattern);
        }
        Some(Capture::Table { name, columns }) => {
            script.has("capture", "table");
            script.has("capture-name", name);
            script.has("capture-columns", &columns.join(" "));
        }
    }
    if let Some(row) = &step.row {
        script.has("row", &row.number.to_string());
        script.has("row-key", &row.key);
        script.has("only-in", row.capture.as_deref().unwrap_or(""));
    }
    flag("interactive", step.interactive, script);
    flag("evidence", step.evidence, script);
    flag("mutates", mutates(step), script);
    flag("unknown", step.unknown, script);
    script.has("class", step.class.as_deref().unwrap_or(""));
    if step.kind != Kind::Run {
        script.has("writes", &step.writes.join("\n"));
    }
    for (name, seconds) in [
        ("wait", step.wait),
        ("every", step.every),
        ("timeout", step.timeout),
        ("budget", step.budget),
    ] {
        if let Some(seconds) = seconds {
            script.has(name, &seconds.to_string());
        }
    }
}

/// A way back names its step by its place in the plan, from 1.
fn load_way_back(plan: &Plan, way: &PlanRevert, script: &mut Script) {
    let Some(of) = plan.steps.iter().position(|step| step.number == way.of) else {
        return;
    };
    let of = (of + 1).to_string();
    script.line("");
    script.call(
        "  way_back",
        &[&way.number, &of, &way.layer, &way.way, &way.posture],
    );
    for (part, number) in way.parts.iter().zip(1..) {
        load_block("  part", &part.block, script);
        script.has(&format!("part{number}-effect"), &part.effects.join("\n"));
    }
}

/// A RUN is a mutation of the managed system unless the analysis says that it is not.
fn mutates(step: &PlanStep) -> bool {
    step.kind == Kind::Run
        && (step.unknown || !matches!(step.class.as_deref(), Some("none" | "read" | "local-write")))
}

fn flag(name: &str, value: bool, script: &mut Script) {
    if value {
        script.has(name, "yes");
    }
}

fn rule_text(rule: &ExpectRule) -> String {
    match rule {
        ExpectRule::Contains(text) => format!("contains:{text}"),
        ExpectRule::Regex(expression) => format!("regex:{expression}"),
        ExpectRule::Lines(count) => format!("lines:{count}"),
        ExpectRule::Status(status) => format!("status:{status}"),
    }
}

/// Texts and placeholder names take turns, beginning and ending with a text.
fn load_block(function: &str, block: &PlanBlock, script: &mut Script) {
    let line = block.line.to_string();
    let mut arguments = vec![line.as_str()];
    let mut text_is_next = true;
    for piece in &block.pieces {
        match piece {
            Piece::Text(text) => {
                arguments.push(text);
                text_is_next = false;
            }
            Piece::Placeholder(name) => {
                if text_is_next {
                    arguments.push("");
                }
                arguments.push(name);
                text_is_next = true;
            }
        }
    }
    if text_is_next {
        arguments.push("");
    }
    script.call(function, &arguments);
}
