//! Sessions in a pseudo-terminal: what an operator types and sees.

use super::*;
use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{ControlCode, Eof, Expect};
use std::time::Duration;

/// An operator at a terminal.
struct Operator {
    session: OsSession,
    root: PathBuf,
    seen: String,
}

impl Operator {
    /// Starts the session of `plan` in a terminal of its own.
    fn starts(test: &str, plan: &Plan) -> Self {
        let root = folder(test);
        fs::write(root.join("session.sh"), compile(plan)).expect("the folder can be written");
        Operator::opens(root, &["--dir", "record"])
    }

    fn opens(root: PathBuf, options: &[&str]) -> Self {
        let mut command = bash();
        command
            .args(["session.sh", "--operator", "op"])
            .args(options)
            .env("TERM", "xterm")
            .env_remove("NO_COLOR")
            .current_dir(&root);
        let mut session = OsSession::spawn(command).expect("bash can be started in a terminal");
        session.set_expect_timeout(Some(Duration::from_secs(60)));
        Operator {
            session,
            root,
            seen: String::new(),
        }
    }

    /// Waits until `text` is on the screen after what was seen before.
    fn sees(&mut self, text: &str) -> &mut Self {
        match self.session.expect(text) {
            Ok(found) => {
                self.seen += &String::from_utf8_lossy(found.as_bytes());
            }
            Err(error) => panic!(
                "`{text}` did not come: {error}\nseen before:\n{}",
                self.seen
            ),
        }
        self
    }

    fn types(&mut self, line: &str) -> &mut Self {
        self.session
            .send_line(line)
            .expect("the terminal takes a line");
        self
    }

    fn presses_ctrl_c(&mut self) -> &mut Self {
        self.session
            .send(ControlCode::EndOfText)
            .expect("the terminal takes a key");
        self
    }

    /// The exit status, and all that was seen.
    fn leaves(mut self) -> (i32, String) {
        if let Ok(rest) = self.session.expect(Eof) {
            self.seen += &String::from_utf8_lossy(rest.as_bytes());
        }
        match self.session.get_process().wait() {
            Ok(WaitStatus::Exited(_, status)) => (status, self.seen),
            other => panic!("the session did not exit: {other:?}\n{}", self.seen),
        }
    }

    fn journal(&self) -> String {
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
