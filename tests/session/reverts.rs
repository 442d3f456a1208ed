//! Ways back: shown for what ran, chosen, approved and journaled like any other step.

use super::terminal::Operator;
use super::*;
use rbc::plan::{PlanRevert, RevertPart};

fn way_back(of: &str, line: u32, parts: &[&str]) -> PlanRevert {
    PlanRevert {
        number: format!("R{of}"),
        of: of.to_owned(),
        layer: format!("layer of {of}"),
        way: if parts.is_empty() { "NONE" } else { "as below" }.to_owned(),
        posture: "rebuild it".to_owned(),
        parts: parts
            .iter()
            .map(|code| RevertPart {
                block: PlanBlock {
                    line,
                    pieces: pieces(code),
                },
                effects: vec!["undoes it".to_owned()],
            })
            .collect(),
    }
}

/// Two changes with a gate between them, a third, and a gate that fails.
fn window() -> Plan {
    let mut plan = plan(vec![
        step("1.1", Kind::Run, 10, "V=kept; echo one >>ran"),
        step("1.2", Kind::Gate, 20, "true"),
        step("2.1", Kind::Run, 30, "echo two >>ran"),
        step("2.2", Kind::Run, 40, "echo three >>ran"),
        step("2.3", Kind::Gate, 50, "test -e good"),
        step("3.1", Kind::Run, 60, "echo $V >>ran"),
    ]);
    plan.ways_back = vec![
        way_back("1.1", 90, &["echo back 1.1 $V >>ran"]),
        way_back(
            "2.1",
            91,
            &["echo pin 2.1 >>ran; V=back", "echo track 2.1 >>ran"],
        ),
        way_back("2.2", 92, &[]),
    ];
    plan
}

fn appended(ran: &Ran) -> Vec<String> {
    let text = fs::read_to_string(ran.folder.join("../ran")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

const HALTS: &str = "* approve\n1.2 pass\n2.3 fail it is red\n";

#[test]
fn a_halt_shows_what_was_changed_since_the_gate_and_runs_nothing_by_itself() {
    let ran = session("revert_shown", &window(), HALTS, &[]);
    assert_eq!(ran.status, Some(1), "{}", ran.shown);
    assert_eq!(appended(&ran), ["one", "two", "three"]);
    let at = ran
        .shown
        .find("Changed since the last gate")
        .expect("it is shown");
    let table = ran.shown.get(at..).unwrap_or("");
    assert!(table.contains("nothing to run: rebuild it"), "{table}");
    assert!(table.contains("revert 2.1 takes it back"), "{table}");
    assert!(!table.contains("revert 1.1 takes"), "{table}");
    assert!(table.contains("with a gate passed since: 1"), "{table}");
}

#[test]
fn a_way_back_chosen_in_the_answers_is_approved_journaled_and_known_on_resume() {
    let ran = session(
        "revert_answers",
        &window(),
        &format!("{HALTS}2.1 revert\n"),
        &[],
    );
    assert_eq!(ran.status, Some(1), "{}", ran.shown);
    assert_eq!(
        appended(&ran),
        ["one", "two", "three", "pin 2.1", "track 2.1"]
    );
    let journal = ran.journal();
    for event in [
        "\"event\":\"revert\",\"step\":\"R2.1\",\"of\":\"2.1\"",
        "\"event\":\"approve\",\"step\":\"R2.1\"",
        "\"event\":\"step-start\",\"step\":\"R2.1\",\"block\":\"part2\"",
        "\"event\":\"verdict\",\"step\":\"R2.1\",\"verdict\":\"pass\"",
        "\"event\":\"verdict\",\"step\":\"2.1\",\"verdict\":\"reverted\"",
    ] {
        assert!(journal.contains(event), "{event}\n{journal}");
    }
    assert!(ran.folder.join("steps/008-R2.1.2/output").exists());

    // Taken back, it is not done: nobody goes on over it without a word.
    let root = ran.folder.parent().expect("the record lies in the root");
    let silent = resume::resume(root, "* approve\n* pass\n");
    assert_eq!(silent.status, Some(3), "{}", silent.shown);
    assert!(
        silent.shown.contains("this step was taken back"),
        "{}",
        silent.shown
    );
    fs::write(root.join("good"), "").expect("the folder can be written");
    let again = resume::resume(root, "2.1 redo\n2.3 redo\n* approve\n* pass\n");
    assert_eq!(again.status, Some(0), "{}", again.shown);
    assert_eq!(appended(&ran)[5..], ["two", "back"]);

    let output = Command::new(env!("CARGO_BIN_EXE_rbc"))
        .args(["log", "record"])
        .current_dir(root)
        .output()
        .expect("rbc starts");
    let log = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(log.contains("### R2.1 REVERT"), "{log}");
    assert!(log.contains("step 2.1 was taken back (R2.1)"), "{log}");
}

#[test]
fn a_star_takes_back_what_was_changed_since_the_gate_and_no_more() {
    let mut plan = window();
    plan.ways_back[2] = way_back("2.2", 92, &["echo back 2.2 >>ran"]);
    let ran = session("revert_star", &plan, &format!("{HALTS}* revert\n"), &[]);
    assert_eq!(ran.status, Some(1), "{}", ran.shown);
    assert_eq!(appended(&ran)[3..], ["back 2.2", "pin 2.1", "track 2.1"]);
}

#[test]
fn a_way_back_that_is_not_approved_or_fails_is_not_done() {
    let unapproved = session(
        "revert_unapproved",
        &window(),
        "1.1 approve\n2.1 approve\n2.2 approve\n1.2 pass\n2.3 fail\n2.1 revert\n",
        &[],
    );
    assert_eq!(unapproved.status, Some(1), "{}", unapproved.shown);
    assert_eq!(appended(&unapproved), ["one", "two", "three"]);

    let mut plan = window();
    plan.ways_back[1] = way_back("2.1", 91, &["echo pin >>ran; false", "echo track >>ran"]);
    let failed = session("revert_fails", &plan, &format!("{HALTS}2.1 revert\n"), &[]);
    assert_eq!(failed.status, Some(1), "{}", failed.shown);
    assert_eq!(appended(&failed)[3..], ["pin"]);
    assert!(
        failed.shown.contains("window.md:91: status 1: false"),
        "{}",
        failed.shown
    );
    assert!(
        failed
            .journal()
            .contains("\"step\":\"R2.1\",\"verdict\":\"fail\""),
        "{}",
        failed.journal()
    );
    assert!(
        !failed.journal().contains("reverted"),
        "{}",
        failed.journal()
    );
}

#[test]
fn the_second_half_can_be_left_for_later_and_is_offered_again() {
    let answers = "1.1 approve\n2.1 approve\n2.2 approve\n1.2 pass\n2.3 fail\n\
                   2.1 revert\nR2.1 approve\nR2.1 skip the cause is not known yet\n";
    let ran = session("revert_half", &window(), answers, &[]);
    assert_eq!(ran.status, Some(1), "{}", ran.shown);
    assert_eq!(appended(&ran)[3..], ["pin 2.1"]);
    assert!(
        ran.journal()
            .contains("\"step\":\"R2.1\",\"verdict\":\"open\""),
        "{}",
        ran.journal()
    );
    let root = ran.folder.parent().expect("the record lies in the root");
    let later = resume::resume(root, "2.1 revert\nR2.1 approve\n2.1 accept it stays back\n");
    assert_eq!(later.status, Some(3), "{}", later.shown);
    assert_eq!(appended(&ran)[3..], ["pin 2.1", "track 2.1"]);
}

#[test]
fn revert_at_any_prompt_shows_the_table_and_takes_one_back() {
    let mut operator = Operator::starts("revert_prompt", &window());
    operator
        .sees("type 1.1 to run it")
        .types("revert")
        .sees("nothing was changed so far")
        .sees("type 1.1 to run it")
        .types("revert 1.1")
        .sees("`1.1` is no step that changed something")
        .types("1.1")
        .sees("does the condition hold?")
        .types("revert")
        .sees("revert 1.1 takes it back")
        .types("revert 1.1")
        .sees("90 | echo back 1.1 $V >>ran")
        .sees("undoes it")
        .sees("type R1.1 to run it")
        .types("yes")
        .sees("`yes` is no answer here")
        .types("R1.1")
        .sees("R1.1: pass")
        .sees("back at 1.2")
        .sees("does the condition hold?")
        .types("revert")
        .sees("taken back")
        .types("pass")
        .sees("type 2.1 to run it")
        .types("2.1")
        .sees("type 2.2 to run it")
        .types("2.2")
        .sees("does the condition hold?")
        .types("fail red")
        .sees("halted: h leaves the session")
        .types("revert 2.1")
        .sees("part 1 of 2: type R2.1 to run it")
        .types("R2.1")
        .sees("part 2 of 2: type R2.1 to run it")
        .types("skip not yet")
        .sees("halted: h leaves the session")
        .types("h");
    let root = operator.root.clone();
    let (status, seen) = operator.leaves();
    assert_eq!(status, 1, "{seen}");
    assert_eq!(
        fs::read_to_string(root.join("ran")).expect("the blocks ran"),
        "one\nback 1.1 kept\ntwo\nthree\npin 2.1\n"
    );
}
