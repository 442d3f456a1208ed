//! The update window against the stand-in cloud, walked through at a terminal: once to its end, once
//! into a gate that fails.

use expectrl::Expect;
use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A cloud, a copy of the workspace and the compiled session, in a folder of their own.
struct Window {
    folder: PathBuf,
}

/// What the session asked, in the order it asked.
struct Walk {
    status: i32,
    seen: String,
}

impl Window {
    /// `None`, with a word about it, where the stand-in cannot run.
    #[expect(clippy::print_stderr, reason = "a test that is skipped says why")]
    fn new(test: &str) -> Option<Self> {
        if Command::new("jq").arg("--version").output().is_err() {
            eprintln!("skipped: the stand-in cloud needs jq");
            return None;
        }
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = std::env::temp_dir().join(format!("rbc-window-{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        let window = Window { folder };
        window.must(
            Command::new("cp")
                .arg("-r")
                .arg(here.join("runbooks"))
                .arg(&window.folder),
        );
        // The stand-in's time does not pass by waiting, so nothing is waited for.
        let runbook = window.folder.join("runbooks/ops-update.md");
        let text = std::fs::read_to_string(&runbook).expect("the copy is readable");
        let text = text.replace("wait=60s every=30s", "every=1s");
        std::fs::write(&runbook, text).expect("the copy is writable");
        window.must(
            Command::new("bash")
                .arg(here.join("tests/cloud/new-state"))
                .arg(window.folder.join("cloud"))
                .arg("--instant"),
        );
        window.must(
            Command::new(env!("CARGO_BIN_EXE_rbc"))
                .arg("compile")
                .arg(window.folder.join("runbooks/ops-update.md"))
                .arg("-o")
                .arg(window.folder.join("out")),
        );
        Some(window)
    }

    fn must(&self, command: &mut Command) {
        let output = command.output().expect("the program starts");
        assert!(
            output.status.success(),
            "{command:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn fault(&self, name: &str) {
        self.must(
            Command::new("bash")
                .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cloud/fault"))
                .args([name, "on"])
                .env("CLOUD_STATE", self.folder.join("cloud")),
        );
    }

    /// Walks through the session: `answer` is given each question and says what to type.
    fn walk(&self, mut answer: impl FnMut(&str) -> String) -> Walk {
        let bin = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cloud/bin");
        let path = std::env::var("PATH").expect("there is a PATH");
        let mut command = Command::new("bash");
        command
            .args([
                "out/ops-update/session.sh",
                "--operator",
                "op",
                "--dir",
                "record",
            ])
            .args([
                "--set",
                "target=3.6.25",
                "--set",
                "dashboard-vip=10.12.8.50",
            ])
            .env("PATH", format!("{}:{path}", bin.display()))
            .env("CLOUD_STATE", self.folder.join("cloud"))
            .env("HOME", self.folder.join("cloud/home"))
            .env("NO_COLOR", "1")
            .env("TERM", "xterm")
            .current_dir(&self.folder);
        let mut session = OsSession::spawn(command).expect("bash starts in a terminal");
        let mut seen = String::new();
        let mut buffer = [0; 65536];
        // At the end of the session the terminal is gone: an end of file or an error.
        while let Ok(count @ 1..) = session.read(&mut buffer) {
            seen += &String::from_utf8_lossy(buffer.get(..count).expect("so many were read"));
            if let Some(question) = question(&seen) {
                let line = answer(question);
                session.send_line(line).expect("the terminal takes a line");
            }
        }
        match session.get_process().wait() {
            Ok(WaitStatus::Exited(_, status)) => Walk { status, seen },
            other => panic!("the session did not exit: {other:?}\n{}", tail(&seen)),
        }
    }

    fn mutations(&self) -> Vec<String> {
        std::fs::read_to_string(self.folder.join("cloud/mutations.log"))
            .unwrap_or_default()
            .lines()
            .map(str::to_owned)
            .collect()
    }

    fn log(&self) -> String {
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
        String::from_utf8(output.stdout).expect("a log is text")
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The question the session waits behind: the last line, when it ends as questions do.
fn question(seen: &str) -> Option<&str> {
    let line = seen.lines().last()?.strip_suffix(" > ")?;
    let ends = ["ack", "Enter runs it", "to run it"];
    let holds = [
        "as expected?",
        "hold?",
        "a value for <",
        "done at",
        "done?",
        "correct?",
        "is this the",
        "to run it, or skip",
    ];
    let asks =
        ends.iter().any(|end| line.ends_with(end)) || holds.iter().any(|part| line.contains(part));
    asks.then_some(line)
}

fn tail(text: &str) -> &str {
    text.get(text.len().saturating_sub(3000)..).unwrap_or(text)
}

/// What an operator types who finds everything as it should be.
fn content(question: &str) -> String {
    if question.contains("Enter runs it") {
        String::new()
    } else if let Some((_, typed)) = question.rsplit_once("  type ") {
        let number = typed.split_whitespace().next();
        number.expect("`type NUMBER to run it`").to_owned()
    } else if question.ends_with("ack") || question.contains("is this the") {
        "ack".to_owned()
    } else if question.contains("<date>") {
        "20261122".to_owned()
    } else if question.contains("done") {
        "done".to_owned()
    } else {
        "pass".to_owned()
    }
}

#[test]
fn the_window_runs_to_its_end_and_the_log_has_a_verdict_for_each_step() {
    let Some(window) = Window::new("good") else {
        return;
    };
    let walk = window.walk(content);
    assert_eq!(walk.status, 0, "{}", tail(&walk.seen));

    let mutations = window.mutations();
    let refreshed = mutations
        .iter()
        .filter(|line| line.starts_with("juju refresh"))
        .count();
    assert!(
        mutations
            .iter()
            .any(|line| line.starts_with("juju upgrade-controller"))
    );
    assert!(
        mutations
            .iter()
            .any(|line| line.starts_with("juju upgrade-model"))
    );
    assert!(refreshed > 10, "{mutations:#?}");
    assert!(
        !mutations
            .iter()
            .any(|line| line.starts_with("juju refresh vault ")),
        "{mutations:#?}"
    );

    let log = window.log();
    let steps: Vec<&str> = log
        .lines()
        .filter(|line| line.starts_with("### "))
        .collect();
    assert!(steps.len() > 40, "{log}");
    for step in steps {
        assert!(
            step.ends_with("-- PASS") || step.contains("-- SKIPPED"),
            "a step without a verdict: {step}"
        );
    }
}

#[test]
fn a_gate_that_fails_halts_the_window_and_nothing_is_changed_after_it() {
    let Some(window) = Window::new("halted") else {
        return;
    };
    window.fault("agent-stuck");
    let walk = window.walk(|question| {
        let gate = question.contains("hold?") && question.trim_start().starts_with("3.2 ");
        if gate {
            "fail one agent is still at the old version".to_owned()
        } else {
            content(question)
        }
    });
    assert_eq!(walk.status, 1, "{}", tail(&walk.seen));
    assert!(
        walk.seen.contains("step 3.2 failed"),
        "{}",
        tail(&walk.seen)
    );
    assert!(walk.seen.contains("appendix A"), "{}", tail(&walk.seen));

    let mutations = window.mutations();
    assert!(
        mutations
            .last()
            .is_some_and(|line| line.starts_with("juju upgrade-model")),
        "{mutations:#?}"
    );
    let log = window.log();
    assert!(log.contains("### 3.2 GATE"), "{log}");
    assert!(log.contains("-- FAIL"), "{log}");
    assert!(
        log.contains("one agent is still at the old version"),
        "{log}"
    );
}
