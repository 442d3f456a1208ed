//! Sessions in a pseudo-terminal: what an operator types and sees.

use super::*;
use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{ControlCode, Expect};
use std::io::Read;

/// An operator at a terminal.
pub(super) struct Operator {
    session: OsSession,
    pub(super) root: PathBuf,
    seen: String,
    /// How much of it was looked at.
    at: usize,
}

impl Operator {
    /// Starts the session of `plan` in a terminal of its own.
    pub(super) fn starts(test: &str, plan: &Plan) -> Self {
        let root = folder(test);
        fs::write(root.join("session.sh"), compile(plan)).expect("the folder can be written");
        Operator::opens(root, &["--dir", "record"])
    }

    pub(super) fn opens(root: PathBuf, options: &[&str]) -> Self {
        let mut command = bash();
        command
            .args(["session.sh", "--operator", "op"])
            .args(options)
            .env("TERM", "xterm")
            .env_remove("NO_COLOR")
            .current_dir(&root);
        Operator::of(command, root)
    }

    /// Runs a command in a terminal of its own.
    pub(super) fn of(command: Command, root: PathBuf) -> Self {
        let session = OsSession::spawn(command).expect("bash can be started in a terminal");
        Operator {
            session,
            root,
            seen: String::new(),
            at: 0,
        }
    }

    /// Waits until `text` is on the screen after what was seen before. The read blocks; a session
    /// that never says it is ended by the test runner's own limit or by the session's end.
    pub(super) fn sees(&mut self, text: &str) -> &mut Self {
        let mut buffer = [0; 4096];
        loop {
            let unseen = self.seen.get(self.at..).unwrap_or("");
            if let Some(found) = unseen.find(text) {
                self.at += found + text.len();
                return self;
            }
            match self.session.read(&mut buffer) {
                Ok(count @ 1..) => self.keep(buffer.get(..count).expect("so many were read")),
                Ok(0) | Err(_) => panic!(
                    "`{text}` did not come\nseen before:\n{}\nand then:\n{}",
                    self.seen.get(..self.at).unwrap_or(""),
                    self.seen.get(self.at..).unwrap_or("")
                ),
            }
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.seen += &String::from_utf8_lossy(bytes);
    }

    pub(super) fn types(&mut self, line: &str) -> &mut Self {
        self.session
            .send_line(line)
            .expect("the terminal takes a line");
        self
    }

    pub(super) fn presses_ctrl_c(&mut self) -> &mut Self {
        self.session
            .send(ControlCode::EndOfText)
            .expect("the terminal takes a key");
        self
    }

    /// The exit status, and all that was seen.
    pub(super) fn leaves(mut self) -> (i32, String) {
        let mut buffer = [0; 4096];
        // At the end of the session the terminal is gone: an end of file or an error.
        while let Ok(count @ 1..) = self.session.read(&mut buffer) {
            self.keep(buffer.get(..count).expect("so many were read"));
        }
        match self.session.get_process().wait() {
            Ok(WaitStatus::Exited(_, status)) => (status, self.seen),
            other => panic!("the session did not exit: {other:?}\n{}", self.seen),
        }
    }

    pub(super) fn journal(&self) -> String {
        fs::read_to_string(self.root.join("record/journal.jsonl")).unwrap_or_default()
    }
}

#[test]
fn an_operator_walks_through_a_window() {
    let mut check = step("1.1", Kind::Check, 10, "echo looking");
    check.expect = Some("it looks".to_owned());
    let plan = plan(vec![
        check,
        step("1.2", Kind::Run, 20, "echo changing >>ran; cat ran"),
        step("1.3", Kind::Gate, 30, "echo measuring"),
    ]);
    let mut operator = Operator::starts("walk", &plan);
    operator
        .sees("1.1  Enter runs it")
        .types("")
        .sees("looking")
        .sees("as expected?")
        .types("pass as it should")
        .sees("type 1.2 to run it")
        .types("")
        .sees("is no answer here")
        .types("yes")
        .sees("`yes` is no answer here")
        .types("1.3")
        .sees("`1.3` is no answer here")
        .types("1.2")
        .sees("changing")
        .sees("measuring")
        .sees("does the condition hold?")
        .types("pass");
    let journal = operator.root.join("record/journal.jsonl");
    let (status, seen) = operator.leaves();
    assert_eq!(status, 0, "{seen}");
    let journal = fs::read_to_string(journal).expect("the journal is there");
    assert!(
        journal.contains("\"note\":\"as it should\",\"by\":\"op\",\"source\":\"terminal\""),
        "{journal}"
    );
}

#[test]
fn case_09_ctrl_c_stops_the_block_and_not_the_session() {
    let plan = plan(vec![
        step("1", Kind::Check, 10, "A=1; echo begun; sleep 1000; echo NO"),
        step("2", Kind::Check, 20, "echo A=$A"),
    ]);
    let mut operator = Operator::starts("ctrl_c", &plan);
    operator
        .sees("Enter runs it")
        .types("")
        .sees("begun")
        .presses_ctrl_c()
        .sees("interrupted by Ctrl-C")
        .sees("as expected?")
        .presses_ctrl_c()
        .sees("here, h halts the session")
        .types("pass anyway")
        .sees("2  Enter runs it")
        .types("")
        .sees("A=1")
        .sees("as expected?")
        .types("pass");
    assert!(
        operator.journal().contains("\"interrupted\":true"),
        "{}",
        operator.journal()
    );
    let (status, seen) = operator.leaves();
    assert_eq!(status, 0, "{seen}");
}

#[test]
fn case_18_an_interactive_block_has_the_terminal() {
    let mut run = step(
        "1",
        Kind::Run,
        10,
        "read -rp 'your name: ' NAME; test -t 1 && echo \"hello $NAME\"",
    );
    run.interactive = true;
    let plan = plan(vec![run, step("2", Kind::Check, 20, "echo kept $NAME")]);
    let mut operator = Operator::starts("interactive", &plan);
    operator
        .sees("type 1 to run it")
        .types("1")
        .sees("its output is not kept")
        .sees("your name: ")
        .types("somebody")
        .sees("hello somebody")
        .sees("Enter runs it")
        .types("")
        .sees("kept somebody")
        .sees("as expected?")
        .types("pass");
    let (status, seen) = operator.leaves();
    assert_eq!(status, 0, "{seen}");
}

#[test]
fn the_keys_work_at_every_question() {
    let mut plan = plan(vec![
        step("1", Kind::Check, 10, "echo looking"),
        step("2", Kind::Run, 20, "echo never"),
    ]);
    plan.symptoms = vec![vec!["a symptom".to_owned(), "its fix".to_owned()]];
    plan.reverts = vec![vec![
        "a layer".to_owned(),
        "a way back".to_owned(),
        "none".to_owned(),
    ]];
    let mut operator = Operator::starts("keys", &plan);
    operator
        .sees("Enter runs it")
        .types("")
        .sees("as expected?")
        .types("pass")
        .sees("type 2");
    for (key, answer) in [
        ("?", "keys   v view step"),
        ("v", "20 | echo never"),
        ("o", "looking"),
        ("t", "a symptom | its fix"),
        ("revert", "a layer | a way back | none"),
        ("n the fan is loud", "noted"),
    ] {
        operator.types(key).sees(answer).sees("type 2 to run it");
    }
    operator.types("h enough");
    let journal = operator.root.join("record/journal.jsonl");
    let (status, seen) = operator.leaves();
    assert_eq!(status, 3, "{seen}");
    let journal = fs::read_to_string(journal).expect("the journal is there");
    assert!(
        journal.contains("\"event\":\"note\",\"step\":\"2\",\"text\":\"the fan is loud\""),
        "{journal}"
    );
    assert!(journal.contains("\"reason\":\"enough\""), "{journal}");
}

#[test]
fn a_value_is_asked_for_until_it_fits_and_shown_in_the_block() {
    let mut plan = plan(vec![step("1", Kind::Run, 10, "echo to {{target}}")]);
    plan.placeholders = vec![rbc::plan::Placeholder {
        name: "target".to_owned(),
        pattern: Some("[0-9.]+".to_owned()),
        meaning: "the version".to_owned(),
        secret: false,
        choices: Vec::new(),
        jump: None,
        from: None,
        target: false,
        value: None,
    }];
    let mut operator = Operator::starts("asked", &plan);
    operator
        .sees("a value for <target> (the version)")
        .types("a\"; touch x; echo \"")
        .sees("not this one")
        .types("latest")
        .sees("it does not match")
        .types("3.6.25")
        .sees("<target> = 3.6.25")
        .sees("10 | echo to 3.6.25")
        .sees("type 1 to run it")
        .types("1")
        .sees("to 3.6.25");
    let (status, seen) = operator.leaves();
    assert_eq!(status, 0, "{seen}");
}

#[test]
fn a_closed_terminal_leaves_a_session_that_can_be_resumed() {
    let plan = runs(&["echo one >>ran", "echo two >>ran"]);
    let mut operator = Operator::starts("closed", &plan);
    operator
        .sees("type 1 to run it")
        .types("1")
        .sees("type 2 to run it");
    let root = operator.root.clone();
    drop(operator);
    let mut again = Operator::opens(root.clone(), &["--resume", "record"]);
    again.sees("type 2 to run it").types("2");
    let (status, seen) = again.leaves();
    assert_eq!(status, 0, "{seen}");
    assert_eq!(
        fs::read_to_string(root.join("ran")).expect("the blocks ran"),
        "one\ntwo\n"
    );
}

/// A gate that is measured until a file is there.
fn polled(wait: Option<u32>) -> Plan {
    let mut gate = step("1", Kind::Gate, 10, "echo looking; test -e good");
    gate.wait = wait;
    gate.every = Some(600);
    gate.budget = Some(6000);
    plan(vec![gate])
}

#[test]
fn a_polled_gate_counts_down_and_enter_looks_at_once() {
    let mut operator = Operator::starts("countdown", &polled(None));
    operator
        .sees("looking")
        .sees("not yet")
        .sees("\r  the next look in 10 min, ")
        .sees("of the budget left; Enter looks now")
        .types("n still red")
        .sees("noted")
        .sees("the next look in");
    fs::write(operator.root.join("good"), "").expect("the folder can be written");
    operator
        .types("")
        .sees("looking")
        .sees("does the condition hold?")
        .types("pass");
    let (status, seen) = operator.leaves();
    assert_eq!(status, 0, "{seen}");
}

#[test]
fn ctrl_c_ends_the_polling_and_asks() {
    let mut operator = Operator::starts("countdown_stopped", &polled(None));
    operator
        .sees("the next look in")
        .presses_ctrl_c()
        .sees("the polling was stopped")
        .sees("does the condition hold?")
        .types("fail it stays red");
    let (status, seen) = operator.leaves();
    assert_eq!(status, 1, "{seen}");
}

#[test]
fn errors_in_the_blind_window_are_expected() {
    let mut operator = Operator::starts("blind", &polled(Some(600)));
    operator
        .sees("waiting 10 min before the first look; errors until then are expected")
        .types("")
        .sees("looking")
        .sees("expected: the runbook announces errors for another")
        .sees("the next look in")
        .types("h");
    let (status, seen) = operator.leaves();
    assert_eq!(status, 3, "{seen}");
}

#[test]
fn plain_output_has_lines_only() {
    let root = folder("plain");
    fs::write(root.join("session.sh"), compile(&polled(None))).expect("the folder can be written");
    let mut operator = Operator::opens(root, &["--dir", "record", "--plain"]);
    operator.sees("the next look in 10 min").types("h");
    let (status, seen) = operator.leaves();
    assert_eq!(status, 3, "{seen}");
    assert!(!seen.contains('\u{1b}'), "{seen:?}");
    assert!(!seen.replace("\r\n", "\n").contains('\r'), "{seen:?}");
    assert!(!seen.contains("-----"), "{seen:?}");
}

#[test]
fn a_choice_is_asked_as_one() {
    let mut plan = plan(vec![step("1", Kind::Run, 10, "echo to {{start|stop}}")]);
    plan.placeholders = vec![rbc::plan::Placeholder {
        name: "start|stop".to_owned(),
        pattern: Some("start|stop".to_owned()),
        meaning: String::new(),
        secret: false,
        choices: vec!["start".to_owned(), "stop".to_owned()],
        jump: None,
        from: None,
        target: false,
        value: None,
    }];
    let mut operator = Operator::starts("choice", &plan);
    operator
        .sees("1  start")
        .sees("2  stop")
        .sees("one of these, or its number")
        .types("3")
        .sees("not this one")
        .types("2")
        .sees("10 | echo to stop")
        .sees("type 1 to run it")
        .types("1")
        .sees("to stop");
    let (status, seen) = operator.leaves();
    assert_eq!(status, 0, "{seen}");
}

#[test]
fn a_secret_is_typed_without_an_echo() {
    let mut plan = plan(vec![step("1", Kind::Run, 10, "echo {{word}}")]);
    plan.placeholders = vec![rbc::plan::Placeholder {
        name: "word".to_owned(),
        pattern: None,
        meaning: "of the vault".to_owned(),
        secret: true,
        choices: Vec::new(),
        jump: None,
        from: None,
        target: false,
        value: None,
    }];
    let mut operator = Operator::starts("no_echo", &plan);
    operator
        .sees("(of the vault) (not shown)")
        .types("s3cretvalue")
        .sees("<word> = ********")
        .sees("10 | echo ********")
        .sees("type 1 to run it")
        .types("1");
    let (status, seen) = operator.leaves();
    assert_eq!(status, 0, "{seen}");
    assert!(!seen.contains("s3cretvalue"), "{seen}");
}

/// A terminal of 40 columns: nothing the session itself says is wider.
#[test]
fn a_narrow_terminal_gets_narrow_lines() {
    let mut check = step("1.1", Kind::Check, 10, "echo looking");
    check.expect =
        Some("a sentence that is longer than forty columns, so that it wraps".to_owned());
    let root = folder("narrow");
    fs::write(root.join("session.sh"), compile(&plan(vec![check])))
        .expect("the folder can be written");
    let mut command = Command::new("bash");
    command
        .args([
            "-c",
            "read -r && stty cols 40 && exec bash session.sh --operator op --dir r",
        ])
        .env("TERM", "xterm")
        .env("NO_COLOR", "1")
        .current_dir(&root);
    let mut operator = Operator::of(command, root);
    operator
        .types("")
        .sees("Enter runs it")
        .types("")
        .sees("as expected?")
        .types("pass");
    let (status, seen) = operator.leaves();
    assert_eq!(status, 0, "{seen}");
    assert!(!seen.contains('\u{1b}'), "{seen:?}");
    let wide: Vec<&str> = seen
        .lines()
        .filter(|line| {
            line.chars().count() > 40 && !["narrow/", " > "].iter().any(|part| line.contains(part))
        })
        .collect();
    assert_eq!(wide, Vec::<&str>::new());
}
