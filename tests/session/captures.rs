//! What is kept of the output: values for placeholders, and tables that procedures run over.

use super::*;
use rbc::plan::{Capture, Placeholder, Row};

fn placeholder(name: &str) -> Placeholder {
    Placeholder {
        name: name.to_owned(),
        pattern: Some("[0-9.]+".to_owned()),
        meaning: String::new(),
        secret: false,
        target: false,
        value: None,
    }
}

fn measured(output: &str) -> Plan {
    let mut check = step("1", Kind::Check, 10, &format!("printf '%b' '{output}'"));
    check.capture = Some(Capture::Value {
        name: "old".to_owned(),
        pattern: "version=([^ ]+)".to_owned(),
    });
    let mut plan = plan(vec![
        check,
        step("2", Kind::Run, 20, "echo from {{old}} >>ran"),
    ]);
    plan.placeholders = vec![placeholder("old")];
    plan
}

#[test]
fn a_measured_value_fills_in_its_placeholder() {
    let ran = session(
        "capture_value",
        &measured("a\\nthe version=3.6.24 runs\\n"),
        GO,
        &[],
    );
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    let appended = fs::read_to_string(ran.folder.join("../ran")).expect("the block ran");
    assert_eq!(appended, "from 3.6.24\n");
    assert!(
        ran.journal()
            .contains("\"value\":\"3.6.24\",\"source\":\"capture\""),
        "{}",
        ran.journal()
    );
}

#[test]
fn a_measured_value_that_could_change_a_command_is_not_taken() {
    let ran = session(
        "capture_hostile",
        &measured("version=$(touch${IFS}canary)\\n"),
        GO,
        &[],
    );
    assert_eq!(ran.status, Some(3), "{}", ran.shown);
    assert!(ran.shown.contains("which cannot be used"), "{}", ran.shown);
    assert!(!ran.folder.join("../canary").exists());
}

/// A worklist, then a procedure of one step for each of these applications.
fn worklist(table: &str, applications: &[&str]) -> Plan {
    let mut check = step("1", Kind::Check, 10, &format!("printf '%b' '{table}'"));
    check.capture = Some(Capture::Table {
        name: "worklist".to_owned(),
        columns: ["app", "rev", "verdict"].map(str::to_owned).to_vec(),
    });
    let mut steps = vec![check];
    for (application, line) in applications.iter().zip(20..) {
        let mut refresh = step(
            &format!("2/{application}"),
            Kind::Run,
            line,
            &format!("echo {application} {{{{rev}}}} >>ran"),
        );
        refresh.row = Some(Row {
            key: (*application).to_owned(),
            values: [("app".to_owned(), (*application).to_owned())].into(),
            capture: Some("worklist".to_owned()),
        });
        steps.push(refresh);
    }
    let mut plan = plan(steps);
    plan.placeholders = vec![placeholder("rev")];
    plan.protected = vec!["vault".to_owned()];
    plan
}

fn appended(ran: &Ran) -> String {
    fs::read_to_string(ran.folder.join("../ran")).unwrap_or_default()
}

#[test]
fn a_procedure_runs_for_the_rows_of_the_worklist_and_skips_the_others() {
    let plan = worklist(
        "glance 5 OK\\nkeystone 7 OK\\n",
        &["keystone", "placement", "glance"],
    );
    let ran = session("worklist", &plan, GO, &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert_eq!(appended(&ran), "keystone 7\nglance 5\n");
    assert!(
        ran.shown
            .contains("2/placement: skip (placement is not in the worklist)"),
        "{}",
        ran.shown
    );
}

#[test]
fn rows_that_are_left_out_are_listed_with_the_reason_and_confirmed() {
    let plan = worklist(
        "keystone 7 OK\\nvault 1 OK\\nmagnum 2 NAME-MISMATCH\\nnova 3 OK\\nodd 4\\nglance x;y OK\\n",
        &["keystone", "vault", "magnum", "glance", "odd"],
    );
    let ran = session("left_out", &plan, GO, &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert_eq!(appended(&ran), "keystone 7\n");
    for line in [
        "- vault 1 OK: vault is protected",
        "- magnum 2 NAME-MISMATCH: its verdict is NAME-MISMATCH",
        "- nova 3 OK: no group of this runbook has it",
        "- odd 4: it has 2 cells, and the table has 3 columns",
        "- glance x;y OK: x;y cannot be <rev>",
    ] {
        assert!(
            ran.shown.contains(line),
            "{line} is missing in\n{}",
            ran.shown
        );
    }
    let unconfirmed = session("left_out_unconfirmed", &plan, "* approve\n* pass\n", &[]);
    assert_eq!(unconfirmed.status, Some(3), "{}", unconfirmed.shown);
    assert_eq!(appended(&unconfirmed), "");
}
