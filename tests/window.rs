//! The update window against the stand-in cloud, walked through at a terminal. What goes wrong, and
//! what the operator does about it, stands in `tests/cases/window/NAME.scenario`; beside it lie the
//! as-executed log that is left, with times masked, and what was changed in the cloud.
//!
//! A scenario is a line for each thing that is prepared, done or seen:
//!
//! ```text
//! # a sentence about the scenario
//! slow                            things take time in the cloud; without it, none
//! edit OLD => NEW                 the runbook before it is compiled
//! fault NAME on [ARGUMENT]        in the cloud, from the start; `{runbook}` is the runbook's path
//! at STEP: REPLY                  what the operator types there, once, instead of what is usual;
//!                                 `*` is any step
//! at STEP fault NAME on|off ...   the cloud changes when that step first asks; `{driver}` is the
//!                                 session's process
//! resume                          the session is over; another one goes on with it
//! exit STATUS                     how the session ends, last one before `resume` or the end
//! see TEXT                        what that session has shown
//! calls NUMBER COMMAND            how often, in all, the cloud was asked this
//! ```

use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A cloud, a copy of the workspace and the compiled session, in a folder of their own.
struct Window {
    folder: PathBuf,
}

/// One session of a scenario.
#[derive(Default)]
struct Part {
    /// What is typed or changed when a step asks, in this order for each step.
    actions: Vec<(String, Action)>,
    /// The status it ends with; `killed` for none.
    exit: String,
    seen: Vec<String>,
}

#[derive(Clone)]
enum Action {
    Reply(String),
    Fault(Vec<String>),
}

#[derive(Default)]
struct Scenario {
    slow: bool,
    edits: Vec<(String, String)>,
    faults: Vec<Vec<String>>,
    /// Calls of the cloud's programs, by the words they begin with.
    calls: Vec<(usize, String)>,
    parts: Vec<Part>,
}

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/window")
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn scenario(text: &str) -> Scenario {
    let mut scenario = Scenario::default();
    let mut part = Part::default();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "#" => {}
            "slow" => scenario.slow = true,
            "edit" => {
                let (old, new) = rest.split_once(" => ").expect("`edit OLD => NEW`");
                scenario.edits.push((old.to_owned(), new.to_owned()));
            }
            "fault" => scenario.faults.push(words(rest)),
            "at" => {
                if let Some((step, reply)) = rest.split_once(": ") {
                    part.actions
                        .push((step.to_owned(), Action::Reply(reply.to_owned())));
                } else {
                    let (step, fault) = rest.split_once(" fault ").expect("`at STEP fault ...`");
                    part.actions
                        .push((step.to_owned(), Action::Fault(words(fault))));
                }
            }
            "resume" => scenario.parts.push(std::mem::take(&mut part)),
            "exit" => rest.clone_into(&mut part.exit),
            "calls" => {
                let (count, command) = rest.split_once(' ').expect("`calls NUMBER COMMAND`");
                let count = count.parse().expect("a number of calls");
                scenario.calls.push((count, command.to_owned()));
            }
            "see" => part.seen.push(rest.to_owned()),
            _ => panic!("no line of a scenario: {line}"),
        }
    }
    scenario.parts.push(part);
    scenario
}

impl Window {
    fn new(name: &str, scenario: &Scenario) -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = std::env::temp_dir().join(format!("rbc-window-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        let window = Window { folder };
        must(
            Command::new("cp")
                .arg("-r")
                .arg(here.join("runbooks"))
                .arg(&window.folder),
        );
        // The stand-in's time does not pass by waiting, so nothing is waited for.
        let runbook = window.runbook();
        let mut text = std::fs::read_to_string(&runbook).expect("the copy is readable");
        text = text.replace("wait=60s every=30s", "every=1s");
        for (old, new) in &scenario.edits {
            assert!(text.contains(old), "`{old}` is not in the runbook");
            text = text.replace(old, new);
        }
        std::fs::write(&runbook, text).expect("the copy is writable");
        must(
            Command::new("bash")
                .arg(here.join("tests/cloud/new-state"))
                .arg(window.folder.join("cloud"))
                .args((!scenario.slow).then_some("--instant")),
        );
        must(
            Command::new(env!("CARGO_BIN_EXE_rbc"))
                .arg("compile")
                .arg(&runbook)
                .arg("-o")
                .arg(window.folder.join("out")),
        );
        for fault in &scenario.faults {
            window.fault(fault, 0);
        }
        window
    }

    fn runbook(&self) -> PathBuf {
        self.folder.join("runbooks/ops-update.md")
    }

    fn fault(&self, words: &[String], driver: i32) {
        let words = words.iter().map(|word| {
            word.replace("{runbook}", &self.runbook().to_string_lossy())
                .replace("{driver}", &driver.to_string())
        });
        must(
            Command::new("bash")
                .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cloud/fault"))
                .args(words)
                .env("CLOUD_STATE", self.folder.join("cloud")),
        );
    }

    fn session(&self, resumed: bool) -> OsSession {
        let bin = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cloud/bin");
        let path = std::env::var("PATH").expect("there is a PATH");
        let mut command = Command::new("bash");
        command.args(["out/ops-update/session.sh", "--operator", "op"]);
        if resumed {
            command.args(["--resume", "record"]);
        } else {
            command
                .args(["--dir", "record", "--set", "target=3.6.25"])
                .args(["--set", "dashboard-vip=10.12.8.50"]);
        }
        command
            .env("PATH", format!("{}:{path}", bin.display()))
            .env("CLOUD_STATE", self.folder.join("cloud"))
            .env("HOME", self.folder.join("cloud/home"))
            .env("NO_COLOR", "1")
            .env("TERM", "xterm")
            .current_dir(&self.folder);
        OsSession::spawn(command).expect("bash starts in a terminal")
    }

    /// Walks through a session and answers with its exit status and what it has shown.
    fn walk(&self, part: &Part, resumed: bool) -> (String, String) {
        let mut session = self.session(resumed);
        let driver = session.get_process().pid().as_raw();
        let mut actions: Vec<Option<&(String, Action)>> = part.actions.iter().map(Some).collect();
        let mut seen = String::new();
        let mut buffer = [0; 65536];
        let mut asked = 0;
        // At the end of the session the terminal is gone: an end of file or an error.
        while let Ok(count @ 1..) = session.read(&mut buffer) {
            seen += &String::from_utf8_lossy(buffer.get(..count).expect("so many were read"));
            let Some(question) = question(&seen) else {
                continue;
            };
            asked += 1;
            assert!(asked < 500, "it asks and asks\n{}", tail(&seen));
            let mut reply = None;
            for slot in &mut actions {
                match slot {
                    Some((step, Action::Fault(words))) if asks(question, step) => {
                        self.fault(words, driver);
                        *slot = None;
                    }
                    Some((step, Action::Reply(text)))
                        if asks(question, step) && fits(question, text) =>
                    {
                        reply = Some(text.clone());
                        *slot = None;
                        break;
                    }
                    Some(_) | None => {}
                }
            }
            let reply = reply.unwrap_or_else(|| content(question));
            writeln!(session, "{reply}").expect("the terminal takes a line");
        }
        if let Some((step, _)) = actions.into_iter().flatten().next() {
            panic!("step {step} never asked\n{}", tail(&seen));
        }
        match session.get_process().wait() {
            Ok(WaitStatus::Exited(_, status)) => (status.to_string(), seen),
            Ok(WaitStatus::Signaled(..)) => ("killed".to_owned(), seen),
            other => panic!("the session did not end: {other:?}\n{}", tail(&seen)),
        }
    }

    /// Waits until the block that a killed session has left behind is over.
    fn wait_for_its_block(&self) {
        let journal = std::fs::read_to_string(self.folder.join("record/journal.jsonl"))
            .expect("the session has a journal");
        let pid = journal
            .lines()
            .rfind(|line| line.contains("\"event\":\"step-start\""))
            .and_then(|line| line.split_once("\"pid\":"))
            .and_then(|(_, rest)| rest.split(',').next())
            .expect("a block was started");
        must(Command::new("tail").args(["-f", "/dev/null", "--pid", pid]));
    }

    /// What is left: the log, and what was changed in the cloud.
    fn left(&self) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_rbc"))
            .arg("log")
            .arg(self.folder.join("record"))
            .output()
            .expect("rbc starts");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let log = String::from_utf8(output.stdout).expect("a log is text");
        let changes = std::fs::read_to_string(self.folder.join("cloud/mutations.log"));
        let mut left = masked(&log);
        left += "\n--- what was changed in the cloud ---\n\n";
        left += &masked(&changes.unwrap_or_default());
        left.replace(&*self.folder.to_string_lossy(), "FOLDER")
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn must(command: &mut Command) {
    let output = command.output().expect("the program starts");
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The question the session waits behind: the last line, when it ends as questions do.
fn question(seen: &str) -> Option<&str> {
    let line = seen.lines().last()?.strip_suffix(" > ")?;
    let line = line.trim_start();
    let known = [
        " ack",
        "Enter runs it",
        "to run it",
        "expected?",
        "hold?",
        "a value for <",
        "done at",
        "done?",
        "halted: h leaves",
        "correct?",
        "REASON",
        "redo",
    ];
    known.iter().any(|part| line.contains(part)).then_some(line)
}

fn asks(question: &str, step: &str) -> bool {
    step == "*"
        || question
            .strip_prefix(step)
            .is_some_and(|rest| rest.starts_with([' ', ':']))
}

/// Whether the question takes this reply: its first word is named there, or works everywhere.
fn fits(question: &str, reply: &str) -> bool {
    let word = reply.split_whitespace().next().unwrap_or("");
    ["?", "v", "o", "n", "t", "h", "revert"].contains(&word)
        || question
            .split(|part: char| !part.is_ascii_alphanumeric() && !"-./".contains(part))
            .any(|known| known == word)
}

/// What an operator types who finds everything as it should be.
fn content(question: &str) -> String {
    if question.contains("Enter runs it") {
        String::new()
    } else if question.contains("halted:") {
        "h".to_owned()
    } else if let Some((_, typed)) = question.rsplit_once("  type ") {
        let number = typed.split_whitespace().next();
        number.expect("`type NUMBER to run it`").to_owned()
    } else if question.contains(" ack") {
        "ack".to_owned()
    } else if question.contains("<date>") {
        "20261122".to_owned()
    } else if question.contains("done") {
        "done".to_owned()
    } else {
        "pass".to_owned()
    }
}

fn tail(text: &str) -> &str {
    let mut from = text.len().saturating_sub(4000);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text.get(from..).unwrap_or(text)
}

/// The text with zeros for the digits of dates and times, and no hashes and durations.
fn masked(text: &str) -> String {
    let mut masked = String::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').collect();
        let line = match cells.as_slice() {
            ["", name, _, ""] if name.contains("SHA-256") || *name == " Host " => {
                format!("|{name}| masked |")
            }
            _ => line
                .split_inclusive(|part: char| {
                    !part.is_ascii_alphanumeric() && !"-:.".contains(part)
                })
                .map(masked_word)
                .collect(),
        };
        let line = match line.split_once("took ") {
            Some((before, after)) => {
                let rest = after.split_once(',').map_or("", |(_, rest)| rest);
                format!("{before}took some time,{rest}")
            }
            None => line,
        };
        let line = without_durations(&line);
        let _ = writeln!(masked, "{line}");
    }
    masked
}

/// `0.5 s` and `2 min 36 s` in a row of a table.
fn without_durations(line: &str) -> String {
    if !line.starts_with("| ") {
        return line.to_owned();
    }
    let words: Vec<&str> = line.split(' ').collect();
    let is_unit = |word: &str| ["s", "min", "h"].contains(&word.trim_end_matches(')'));
    let masked = words.iter().enumerate().map(|(at, word)| {
        let number = word.trim_start_matches('(');
        let next = words.get(at + 1).copied().unwrap_or("");
        if is_unit(next) && number.starts_with(|first: char| first.is_ascii_digit()) {
            "some"
        } else if is_unit(word) {
            "time"
        } else {
            word
        }
    });
    let masked = masked.collect::<Vec<_>>().join(" ");
    masked.replace("some time some time", "some time")
}

fn masked_word(word: &str) -> String {
    let is_time = (word.starts_with("20") || word.contains("-20"))
        && word.bytes().filter(u8::is_ascii_digit).count() >= 8;
    let is_hash = word.len() > 16
        && word
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b' ');
    if is_hash {
        return "HASH ".to_owned();
    }
    word.chars()
        .map(|part| {
            if is_time && part.is_ascii_digit() {
                '0'
            } else {
                part
            }
        })
        .collect()
}

/// Plays the scenario and compares what is left with what should be.
#[expect(clippy::print_stderr, reason = "a test that is skipped says why")]
fn play(name: &str) {
    if Command::new("jq").arg("--version").output().is_err() {
        eprintln!("skipped: the stand-in cloud needs jq");
        return;
    }
    let path = cases().join(format!("{name}.scenario"));
    let text = std::fs::read_to_string(&path).expect("the scenario is there");
    let scenario = scenario(&text);
    let window = Window::new(name, &scenario);
    for (index, part) in scenario.parts.iter().enumerate() {
        let (status, seen) = window.walk(part, index > 0);
        if status == "killed" {
            window.wait_for_its_block();
        }
        assert_eq!(status, part.exit, "part {}\n{}", index + 1, tail(&seen));
        for wanted in &part.seen {
            assert!(seen.contains(wanted), "not seen: {wanted}\n{}", tail(&seen));
        }
    }
    let calls = std::fs::read_to_string(window.folder.join("cloud/calls.log"))
        .expect("the cloud was asked something");
    for (count, command) in &scenario.calls {
        let found = calls.lines().filter(|call| call.starts_with(command));
        assert_eq!(found.count(), *count, "{command}\n{calls}");
    }
    let left = window.left();
    let golden = cases().join(format!("{name}.md"));
    if std::env::var_os("RBC_BLESS").is_some() {
        std::fs::write(&golden, left).expect("the golden file is writable");
        return;
    }
    let wanted = std::fs::read_to_string(&golden).unwrap_or_default();
    if wanted != left {
        let diff = similar::TextDiff::from_lines(&wanted, &left);
        panic!(
            "{name}.md is not what is left of the window; RBC_BLESS=1 rewrites it\n{}",
            diff.unified_diff().context_radius(2)
        );
    }
}

macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                play(stringify!($name));
            }
        )*

        #[test]
        fn every_scenario_is_played() {
            let mut found: Vec<String> = std::fs::read_dir(cases())
                .expect("the folder is there")
                .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
                .filter_map(|name| Some(name.strip_suffix(".scenario")?.to_owned()))
                .collect();
            found.sort();
            assert_eq!(found, [$(stringify!($name)),*]);
        }
    };
}

scenarios!(
    agent_stuck,
    blind_api,
    budget_spent,
    good,
    name_mismatch,
    pull_changes_the_runbook,
    session_dies_in_a_mutation,
    vault_sealed,
);
