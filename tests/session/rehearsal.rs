//! Rehearsals: what changes nothing runs, everything else is shown, and no evidence of the runbook
//! is touched.

use super::*;

/// A window whose third step changes something; its checks write evidence.
fn window() -> Plan {
    let mut prepare = step("1.1", Kind::Run, 10, "cd .; export V=set");
    prepare.class = Some("none".to_owned());
    let mut evidence = step(
        "1.2",
        Kind::Check,
        20,
        "echo $V >evidence/now; echo home >~/kept; cat evidence/now",
    );
    evidence.class = Some("local-write".to_owned());
    evidence.writes = vec!["evidence/now".to_owned(), "~/kept".to_owned()];
    let mut elsewhere = step("1.3", Kind::Check, 30, "echo >\"$TMP/file\"");
    elsewhere.class = Some("local-write".to_owned());
    elsewhere.writes = vec![String::new()];
    let mut after = step("2.3", Kind::Check, 60, "test -e changed; echo looked");
    after.class = Some("read".to_owned());
    plan(vec![
        prepare,
        evidence,
        elsewhere,
        step("1.4", Kind::Gate, 35, "echo tries >>tries"),
        step("2.1", Kind::Run, 40, "echo changed >>changed"),
        step("2.2", Kind::Gate, 50, "test -e changed"),
        after,
    ])
}

fn prepared(test: &str, plan: &Plan, answers: &str) -> PathBuf {
    let root = folder(test);
    fs::write(root.join("session.sh"), compile(plan)).expect("the folder can be written");
    fs::write(root.join("answers"), answers).expect("the folder can be written");
    for name in ["sub", "evidence", "home"] {
        fs::create_dir(root.join(name)).expect("the folder can be written");
    }
    fs::write(root.join("evidence/now"), "of the runbook\n").expect("the folder can be written");
    fs::write(root.join("home/kept"), "of the operator\n").expect("the folder can be written");
    root
}

fn rehearse(root: &Path, options: &[&str]) -> Ran {
    let options: Vec<&str> = ["--rehearse"].iter().chain(options).copied().collect();
    start(root, &options, |command| {
        command.env("HOME", root.join("home"));
    })
}

#[test]
fn a_rehearsal_runs_what_changes_nothing_and_writes_evidence_beside_the_runbooks() {
    let root = prepared("rehearsal", &window(), "* approve\n* pass\n");
    let ran = rehearse(&root, &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert!(!root.join("sub/changed").exists());
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_default();
    assert_eq!(read("evidence/now"), "of the runbook\n");
    assert_eq!(read("home/kept"), "of the operator\n");
    assert_eq!(ran.output(2, "1.2"), "set\n");
    assert_eq!(read("record/rehearsed/root/evidence/now"), "set\n");
    assert_eq!(read("record/rehearsed/home/kept"), "home\n");
    assert_eq!(ran.output(7, "2.3"), "looked\n");
    for line in [
        "REHEARSAL: RUN steps are shown",
        "40 | echo changed >>changed",
        "2.1: skip (shown, not run)",
        "1.3 CHECK: it writes somewhere that is not known",
        "cannot be rehearsed, because they follow",
        "- 2.2 GATE step 2.2",
        "- 2.3 CHECK step 2.3",
    ] {
        assert!(
            ran.shown.contains(line),
            "`{line}` is missing\n{}",
            ran.shown
        );
    }
    let journal = ran.journal();
    assert!(journal.contains("\"rehearsal\":true"), "{journal}");
    let tries = journal.matches("\"event\":\"step-start\",\"step\":\"2.2\"");
    assert_eq!(tries.count(), 1, "{journal}");
}

#[test]
fn a_rehearsal_is_no_session_to_go_on_with() {
    let root = prepared("rehearsal_resume", &window(), "1.1 approve\n");
    let halted = rehearse(&root, &[]);
    assert_eq!(halted.status, Some(3), "{}", halted.shown);
    let before = halted.journal();
    let resumed = resume::resume(&root, GO);
    assert_eq!(resumed.status, Some(2), "{}", resumed.shown);
    assert!(
        resumed.shown.contains("is a rehearsal"),
        "{}",
        resumed.shown
    );
    assert_eq!(resumed.journal(), before);
}

#[test]
fn what_fails_in_a_rehearsal_is_told_and_the_rest_is_rehearsed_all_the_same() {
    let plan = plan(vec![
        step("1", Kind::Check, 10, "echo FAIL: red"),
        step("2", Kind::Gate, 20, "no-such-command-here"),
        step("3", Kind::Check, 30, "echo last"),
    ]);
    let root = prepared("rehearsal_fails", &plan, GO);
    let ran = rehearse(&root, &[]);
    assert_eq!(ran.status, Some(1), "{}", ran.shown);
    assert_eq!(ran.output(3, "3"), "last\n");
    assert!(ran.shown.contains("1: fail"), "{}", ran.shown);
    assert!(ran.shown.contains("2: fail"), "{}", ran.shown);
}

#[test]
fn what_may_do_more_than_is_known_is_neither_run_as_a_check_unasked_nor_as_a_preparation() {
    let mut prepare = step("1", Kind::Run, 10, "echo ran >>ran");
    prepare.class = Some("read".to_owned());
    prepare.unknown = true;
    let mut local = step("2", Kind::Run, 20, "echo ran >>ran");
    local.class = Some("local-write".to_owned());
    let mut check = step("3", Kind::Check, 30, "echo ran >>ran");
    check.class = Some("read".to_owned());
    check.unknown = true;
    let mut changes = step("4", Kind::Check, 40, "echo ran >>ran");
    changes.class = Some("mutate".to_owned());
    let root = prepared(
        "rehearsal_unknown",
        &plan(vec![prepare, local, check, changes]),
        GO,
    );
    let ran = rehearse(&root, &["--auto-check"]);
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert!(!root.join("ran").exists(), "{}", ran.shown);
    assert!(!root.join("record/rehearsed/root/ran").exists());
}

/// A folder behind a link is the real one: what is written from there cannot be led elsewhere.
#[test]
fn evidence_that_cannot_be_led_elsewhere_is_not_written() {
    for (test, prepare, written) in [
        ("below", "cd sub", "evidence/now"),
        ("above", "true", "sub/../evidence/now"),
        ("absolute", "true", "/nowhere/now"),
        ("variable", "true", "$BAK/now"),
    ] {
        let mut run = step("1", Kind::Run, 10, prepare);
        run.class = Some("none".to_owned());
        let mut check = step("2", Kind::Check, 20, "echo ran >>ran");
        check.class = Some("local-write".to_owned());
        check.writes = vec![written.to_owned()];
        let root = prepared(&format!("rehearsal_{test}"), &plan(vec![run, check]), GO);
        let ran = rehearse(&root, &[]);
        assert_eq!(ran.status, Some(0), "{test}: {}", ran.shown);
        assert!(
            ran.shown
                .contains(&format!("2: skip (not rehearsed: it writes {written}")),
            "{test}: {}",
            ran.shown
        );
    }
}
