//! Compiled sessions in the real bash: what survives from block to block, what is asked, what the
//! journal holds.
mod captures;
mod compile;
mod faults;
mod hostile;
mod journal;
mod log;
mod operator;
mod page;
mod rehearsal;
mod resume;
mod reverts;
mod state;
mod terminal;
mod text;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rbc::backend::{Templates, session::SESSION};
use rbc::plan::{Kind, Piece, Place, Plan, PlanBlock, PlanStep, SourceHash};

/// A plan of these steps, for a runbook called `window.md`.
fn plan(steps: Vec<PlanStep>) -> Plan {
    Plan {
        version: rbc::plan::VERSION,
        compiler: "rbc test".to_owned(),
        runbook: "runbooks/window.md".to_owned(),
        runbook_hash: "0".repeat(64),
        title: "A window".to_owned(),
        label: "ops-window".to_owned(),
        root: ".".to_owned(),
        about: Vec::new(),
        protected: Vec::new(),
        lock: None,
        placeholders: Vec::new(),
        sources: Vec::<SourceHash>::new(),
        observations: Vec::new(),
        symptoms: Vec::new(),
        reverts: Vec::new(),
        steps,
        closing: Vec::new(),
        prose: std::collections::BTreeMap::new(),
        ways_back: Vec::new(),
    }
}

/// A step whose block starts on line `line` of the runbook; `<name>` in it is a placeholder.
fn step(number: &str, kind: Kind, line: u32, code: &str) -> PlanStep {
    PlanStep {
        number: number.to_owned(),
        kind,
        section: number.split('.').next().unwrap_or("").to_owned(),
        title: format!("step {number}"),
        line,
        location: Some("jumphost".to_owned()),
        place: Place::Local,
        remark: None,
        about: Vec::new(),
        cautions: Vec::new(),
        notes: Vec::new(),
        block: (!code.is_empty()).then(|| PlanBlock {
            line,
            pieces: pieces(code),
        }),
        probes: Vec::new(),
        expect: None,
        expect_rule: None,
        none_to_do: None,
        condition: (kind == Kind::Gate).then(|| "the condition holds".to_owned()),
        stop: None,
        on_error: None,
        interactive: false,
        evidence: false,
        wait: None,
        every: None,
        timeout: None,
        budget: None,
        class: (kind == Kind::Run).then(|| "mutate".to_owned()),
        unknown: false,
        writes: Vec::new(),
        effects: Vec::new(),
        capture: None,
        row: None,
    }
}

/// Cuts `code` at `{{name}}`, which stands for a placeholder.
fn pieces(code: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (index, part) in code.split("{{").enumerate() {
        let text = match part.split_once("}}") {
            Some((name, rest)) if index > 0 => {
                pieces.push(Piece::Placeholder(name.to_owned()));
                rest
            }
            Some(_) | None => part,
        };
        if !text.is_empty() {
            pieces.push(Piece::Text(text.to_owned()));
        }
    }
    pieces
}

/// RUN steps 1, 2, 3 ... of these blocks; block N starts on line 100 * N.
fn runs(blocks: &[&str]) -> Plan {
    plan(
        blocks
            .iter()
            .zip(1..)
            .map(|(code, number)| step(&number.to_string(), Kind::Run, number * 100, code))
            .collect(),
    )
}

/// The bash that the sessions under test run in: `RBC_BASH=/path/to/bash`, else the one of PATH.
fn bash() -> Command {
    Command::new(std::env::var_os("RBC_BASH").unwrap_or_else(|| "bash".into()))
}

/// Numbers that look random and are the same for the same seed (splitmix64).
struct Random(u64);

impl Random {
    /// A number below `bound`.
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// One of these, of which there is at least one.
    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let bound = u64::try_from(of.len()).expect("a length");
        let at = usize::try_from(self.below(bound)).expect("a length");
        of.get(at).expect("it is below the length")
    }
}

/// How often a test does its work: the number in the environment, else what the everyday run can
/// afford.
fn times(variable: &str, everyday: usize) -> usize {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(everyday)
}

/// A folder of its own for a test, empty.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("session")
        .join(test);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the folder of an earlier run goes away");
    }
    fs::create_dir_all(&folder).expect("the target folder can be written");
    folder
}

/// The compiled session of a plan.
fn compile(plan: &Plan) -> String {
    let artifacts = (SESSION.emit)(plan, &Templates::default());
    artifacts
        .first()
        .expect("a session is one file")
        .text
        .clone()
}

/// A session that ran.
struct Ran {
    /// Its exit status; `None` when a signal ended it.
    status: Option<i32>,
    /// What it printed, standard error last.
    shown: String,
    /// Its folder.
    folder: PathBuf,
}

impl Ran {
    /// The transcript of the first run of a step, by its place in the plan.
    fn output(&self, place: usize, number: &str) -> String {
        let path = self
            .folder
            .join(format!("steps/{place:03}-{number}.1/output"));
        String::from_utf8_lossy(&fs::read(&path).unwrap_or_default()).into_owned()
    }

    fn journal(&self) -> String {
        fs::read_to_string(self.folder.join("journal.jsonl")).unwrap_or_default()
    }
}

/// Compiles `plan` and runs it in the folder of `test` with these answers.
fn session(test: &str, plan: &Plan, answers: &str, options: &[&str]) -> Ran {
    session_with(test, plan, answers, options, |_| {})
}

/// Like [`session`], with a hand on the command: an environment, for instance.
fn session_with(
    test: &str,
    plan: &Plan,
    answers: &str,
    options: &[&str],
    change: impl FnOnce(&mut Command),
) -> Ran {
    let root = folder(test);
    fs::write(root.join("session.sh"), compile(plan)).expect("the folder can be written");
    fs::write(root.join("answers"), answers).expect("the folder can be written");
    start(&root, options, change)
}

/// Starts the session that lies in `root`, with the answers that lie beside it.
fn start(root: &Path, options: &[&str], change: impl FnOnce(&mut Command)) -> Ran {
    let mut command = bash();
    command
        .arg(root.join("session.sh"))
        .args([
            "--answers",
            "answers",
            "--dir",
            "record",
            "--operator",
            "op",
        ])
        .args(options)
        .current_dir(root)
        .stdin(Stdio::null());
    change(&mut command);
    ran(&root.join("record"), &mut command)
}

/// Runs a session to its end; its folder is `folder`.
fn ran(folder: &Path, command: &mut Command) -> Ran {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("bash can be started");
    Ran {
        status: status.code(),
        shown: [stdout, stderr]
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .concat(),
        folder: folder.to_owned(),
    }
}

/// Answers that let everything run and pass.
const GO: &str = "* ack\n* approve\n* pass\n* done\n";

/// Runs the blocks, wants the session to complete, and answers with the last block's output.
fn last_output(test: &str, blocks: &[&str]) -> String {
    let ran = session(test, &runs(blocks), GO, &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    ran.output(blocks.len(), &blocks.len().to_string())
}
