//! Going on with a session that was halted or killed: no mutation runs twice without a person
//! saying so.

use super::*;
use std::process::Child;

/// Resumes the session in `root` with other answers.
pub(super) fn resume(root: &Path, answers: &str) -> Ran {
    resume_with(root, answers, &[])
}

fn resume_with(root: &Path, answers: &str, options: &[&str]) -> Ran {
    fs::write(root.join("answers"), answers).expect("the folder can be written");
    let mut command = bash();
    command
        .arg(root.join("session.sh"))
        .args([
            "--answers",
            "answers",
            "--operator",
            "op",
            "--resume",
            "record",
        ])
        .args(options)
        .current_dir(root)
        .stdin(Stdio::null());
    ran(&root.join("record"), &mut command)
}

fn root_of(ran: &Ran) -> PathBuf {
    ran.folder
        .parent()
        .expect("the record lies in the root")
        .to_owned()
}

fn appended(root: &Path) -> String {
    fs::read_to_string(root.join("ran")).unwrap_or_default()
}

#[test]
fn a_halted_session_goes_on_where_it_was_with_its_shell_state() {
    let plan = runs(&[
        "A=1; echo one >>ran",
        "echo two $A >>ran",
        "echo three $A >>ran",
    ]);
    let halted = session("resume_halted", &plan, "1 approve\n2 halt lunch\n", &[]);
    assert_eq!(halted.status, Some(3), "{}", halted.shown);
    let root = root_of(&halted);
    let resumed = resume(&root, GO);
    assert_eq!(resumed.status, Some(0), "{}", resumed.shown);
    assert_eq!(appended(&root), "one\ntwo 1\nthree 1\n");
    assert!(!root.join("record/steps/001-1.1/state").exists());
}

#[test]
fn values_and_notes_of_the_first_part_are_kept() {
    let mut plan = runs(&["echo {{v}} >>ran", "echo {{v}} >>ran"]);
    plan.placeholders = vec![rbc::plan::Placeholder {
        name: "v".to_owned(),
        pattern: None,
        meaning: String::new(),
        secret: false,
        choices: Vec::new(),
        jump: None,
        from: None,
        target: false,
        value: None,
    }];
    let halted = session("resume_values", &plan, "1 approve\n", &["--set", "v=x"]);
    assert_eq!(halted.status, Some(3), "{}", halted.shown);
    let root = root_of(&halted);
    assert_eq!(resume(&root, GO).status, Some(0));
    assert_eq!(appended(&root), "x\nx\n");
}

#[test]
fn a_failed_step_is_done_again_or_accepted_and_never_passed_over() {
    let plan = runs(&["echo try >>ran; test -e mended", "echo after >>ran"]);
    let failed = session("resume_failed", &plan, GO, &[]);
    assert_eq!(failed.status, Some(1), "{}", failed.shown);
    let root = root_of(&failed);
    let unanswered = resume(&root, GO);
    assert_eq!(unanswered.status, Some(3), "{}", unanswered.shown);
    fs::write(root.join("mended"), "").expect("the folder can be written");
    let redone = resume(&root, "1 redo\n* approve\n");
    assert_eq!(redone.status, Some(0), "{}", redone.shown);
    assert_eq!(appended(&root), "try\ntry\nafter\n");

    let failed = session("resume_accepted", &plan, GO, &[]);
    let root = root_of(&failed);
    let accepted = resume(&root, "1 accept it was done by hand\n* approve\n");
    assert_eq!(accepted.status, Some(0), "{}", accepted.shown);
    assert_eq!(appended(&root), "try\nafter\n");
}

/// A session whose first block tells through a pipe that it runs, and waits for another.
fn stuck(test: &str) -> (PathBuf, Child) {
    let plan = plan(vec![
        step(
            "1",
            Kind::Run,
            10,
            "echo first >>ran; echo up >up; read -r WORD <down; echo last >>ran",
        ),
        step("2", Kind::Gate, 20, "cat ran"),
    ]);
    let root = folder(test);
    fs::write(root.join("session.sh"), compile(&plan)).expect("the folder can be written");
    fs::write(root.join("answers"), GO).expect("the folder can be written");
    let pipes = Command::new("mkfifo")
        .args(["up", "down"])
        .current_dir(&root)
        .status();
    assert!(pipes.expect("mkfifo can be started").success());
    let child = bash()
        .args([
            "session.sh",
            "--answers",
            "answers",
            "--operator",
            "op",
            "--dir",
            "record",
        ])
        .current_dir(&root)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("bash can be started");
    assert_eq!(
        fs::read(root.join("up")).expect("the pipe can be read"),
        b"up\n"
    );
    (root, child)
}

#[test]
fn a_mutation_whose_outcome_is_unknown_is_never_run_again_by_itself() {
    let (root, mut child) = stuck("resume_unknown");
    child.kill().expect("the session can be killed");
    child.wait().expect("the session ends");

    let alive = resume(&root, GO);
    assert_eq!(alive.status, Some(4), "{}", alive.shown);
    assert!(alive.shown.contains("is still running"), "{}", alive.shown);

    fs::write(root.join("down"), "go\n").expect("the pipe can be written");
    let mut unanswered = resume(&root, GO);
    while unanswered.shown.contains("is still running") {
        unanswered = resume(&root, GO);
    }
    assert_eq!(unanswered.status, Some(4), "{}", unanswered.shown);
    assert!(
        unanswered.shown.contains("its outcome is not known"),
        "{}",
        unanswered.shown
    );
    assert!(
        unanswered.shown.contains("what gate 2 measures"),
        "{}",
        unanswered.shown
    );
    assert_eq!(appended(&root), "first\nlast\n");

    let accepted = resume(&root, "1 accept the file has both lines\n* pass\n");
    assert_eq!(accepted.status, Some(0), "{}", accepted.shown);
    assert_eq!(appended(&root), "first\nlast\n");
}

#[test]
fn a_second_session_of_the_same_window_is_kept_out_while_the_first_lives() {
    let (root, mut child) = stuck("two_sessions");
    let mut second = bash();
    second
        .args(["session.sh", "--answers", "answers", "--dir", "other"])
        .current_dir(&root)
        .stdin(Stdio::null());
    let second = ran(&root.join("other"), &mut second);
    assert_eq!(second.status, Some(3), "{}", second.shown);
    assert!(
        second
            .shown
            .contains("another session of this runbook is open"),
        "{}",
        second.shown
    );
    let resumed = resume(&root, GO);
    assert_eq!(resumed.status, Some(3), "{}", resumed.shown);
    fs::write(root.join("down"), "go\n").expect("the pipe can be written");
    assert!(child.wait().expect("the session ends").success());
}

#[test]
fn a_journal_in_doubt_is_not_built_on() {
    let plan = runs(&["echo one >>ran", "echo two >>ran"]);
    type Change = fn(&str) -> String;
    let tampered: &[(&str, Change, &str)] = &[
        (
            "changed",
            |text| text.replacen("\"verdict\":\"pass\"", "\"verdict\":\"done\"", 1),
            "was changed",
        ),
        (
            "removed",
            |text| {
                text.lines()
                    .enumerate()
                    .filter(|(at, _)| *at != 2)
                    .map(|(_, line)| format!("{line}\n"))
                    .collect()
            },
            "removed, inserted or moved",
        ),
        (
            "shortened",
            |text| {
                text.lines()
                    .take(4)
                    .map(|line| format!("{line}\n"))
                    .collect()
            },
            "head says",
        ),
    ];
    for (name, change, sentence) in tampered {
        let halted = session(&format!("doubt_{name}"), &plan, "1 approve\n", &[]);
        let root = root_of(&halted);
        fs::write(root.join("record/journal.jsonl"), change(&halted.journal()))
            .expect("the folder can be written");
        let resumed = resume(&root, GO);
        assert_eq!(resumed.status, Some(4), "{name}: {}", resumed.shown);
        assert!(
            resumed.shown.contains(sentence),
            "{name}: {}",
            resumed.shown
        );
        assert_eq!(appended(&root), "one\n", "{name}");
    }
}

#[test]
fn a_torn_last_line_is_set_aside_and_the_session_goes_on() {
    let plan = runs(&["echo one >>ran", "echo two >>ran"]);
    let halted = session("resume_torn", &plan, "1 approve\n", &[]);
    let root = root_of(&halted);
    let torn = format!("{}{{\"n\":9,\"ti", halted.journal());
    fs::write(root.join("record/journal.jsonl"), torn).expect("the folder can be written");
    let resumed = resume(&root, GO);
    assert_eq!(resumed.status, Some(0), "{}", resumed.shown);
    assert_eq!(appended(&root), "one\ntwo\n");
    let journal = rbc::record::Journal::read(&resumed.journal(), None);
    assert_eq!(journal.troubles, []);
}

#[test]
fn what_is_no_session_or_another_plans_session_is_not_resumed() {
    let halted = session("resume_other", &runs(&["true", "true"]), "1 approve\n", &[]);
    let root = root_of(&halted);
    fs::write(root.join("session.sh"), compile(&runs(&["true", "false"])))
        .expect("the folder can be written");
    let other = resume(&root, GO);
    assert_eq!(other.status, Some(5), "{}", other.shown);
    fs::rename(root.join("record"), root.join("gone")).expect("the folder can be moved");
    assert_eq!(resume(&root, GO).status, Some(2));
}

#[test]
fn a_section_alone_runs_and_a_change_without_its_checks_is_refused() {
    let plan = plan(vec![
        step("1.1", Kind::Check, 10, "echo looked"),
        step("2.1", Kind::Check, 20, "echo looked"),
        step("2.2", Kind::Run, 30, "echo changed >>ran"),
        step("3.1", Kind::Gate, 40, "true"),
    ]);
    let first = session("only", &plan, GO, &["--only", "1"]);
    assert_eq!(first.status, Some(0), "{}", first.shown);
    for only in ["2", "2.2", "9"] {
        let refused = session("only_refused", &plan, GO, &["--only", only]);
        assert_eq!(refused.status, Some(2), "{only}: {}", refused.shown);
        assert!(!refused.folder.exists());
    }
}

#[test]
fn a_try_over_its_time_limit_is_ended_with_what_it_started() {
    let mut check = step("1", Kind::Check, 10, "(sleep 1000; echo NO)");
    check.timeout = Some(1);
    let ran = session(
        "limit",
        &plan(vec![check]),
        "* approve\n1 fail too slow\n",
        &[],
    );
    assert_eq!(ran.status, Some(1), "{}", ran.shown);
    assert!(
        ran.shown.contains("over its time limit of 1 s"),
        "{}",
        ran.shown
    );
}
