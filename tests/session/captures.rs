//! What is kept of the output: values for placeholders, and tables that procedures run over.

use super::*;
use rbc::plan::{Capture, Placeholder, Row};

fn placeholder(name: &str) -> Placeholder {
    Placeholder {
        name: name.to_owned(),
        pattern: Some("[0-9.]+".to_owned()),
        meaning: String::new(),
        secret: false,
        choices: Vec::new(),
        jump: None,
        from: None,
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
    for ((application, line), number) in applications.iter().zip(20..).zip(1..) {
        let mut refresh = step(
            &format!("2/{application}"),
            Kind::Run,
            line,
            &format!("echo {application} {{{{rev}}}} >>ran"),
        );
        refresh.row = Some(Row {
            number,
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

/// The worklist, and for each of these applications a look, the change and a gate.
fn procedure(applications: &[(&str, &str)]) -> Plan {
    let table: String = applications
        .iter()
        .map(|(application, _)| format!("{application} 7 OK\\n"))
        .collect();
    let names: Vec<&str> = applications.iter().map(|(name, _)| *name).collect();
    let mut plan = worklist(&table, &names);
    let mut steps = Vec::new();
    for mut refresh in std::mem::take(&mut plan.steps) {
        let Some(row) = refresh.row.clone() else {
            steps.push(refresh);
            continue;
        };
        let offer = applications
            .iter()
            .find(|(name, _)| *name == row.key)
            .map_or("", |(_, offer)| offer);
        let mut look = step(
            &format!("2.1/{}", row.key),
            Kind::Check,
            30,
            &format!("echo {} {offer}", row.key),
        );
        look.none_to_do = Some(rbc::plan::ExpectRule::Regex(" NONE$".to_owned()));
        look.row = Some(row.clone());
        let mut gate = step(&format!("2.3/{}", row.key), Kind::Gate, 50, "echo settled");
        gate.row = Some(row.clone());
        refresh.number = format!("2.2/{}", row.key);
        refresh.line = 40;
        steps.extend([look, refresh, gate]);
    }
    plan.steps = steps;
    plan
}

/// The verdicts of the journal, a line each: number, verdict, note.
fn verdicts(ran: &Ran) -> Vec<String> {
    ran.journal()
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line is an object"))
        .filter(|event: &serde_json::Value| {
            event.get("event").is_some_and(|name| name == "verdict")
        })
        .map(|event| {
            ["step", "verdict", "note"]
                .map(|name| {
                    let text = event.get(name).and_then(serde_json::Value::as_str);
                    text.unwrap_or_default().to_owned()
                })
                .join(" ")
                .trim_end()
                .to_owned()
        })
        .collect()
}

#[test]
fn a_row_with_nothing_to_do_ends_at_its_look() {
    let plan = procedure(&[("keystone", "NONE"), ("glance", "keystone-8")]);
    let ran = session("none_to_do", &plan, GO, &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert_eq!(appended(&ran), "glance 7\n");
    assert_eq!(
        verdicts(&ran),
        [
            "1 pass",
            "2.1/keystone pass none to do",
            "2.2/keystone skip none to do",
            "2.3/keystone skip none to do",
            "2.1/glance pass",
            "2.2/glance pass",
            "2.3/glance pass",
        ]
    );
}

#[test]
fn the_operator_leaves_a_row_out_with_a_reason_until_it_was_changed() {
    let plan = procedure(&[("keystone", "other-1"), ("glance", "glance-8")]);
    let answers =
        "2.1/keystone skip another charm\n* ack\n* approve\n2.3/glance skip too late\n* pass\n";
    let ran = session("skip_row", &plan, answers, &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert_eq!(appended(&ran), "glance 7\n");
    assert_eq!(
        verdicts(&ran),
        [
            "1 pass",
            "2.1/keystone skip another charm",
            "2.2/keystone skip another charm",
            "2.3/keystone skip another charm",
            "2.1/glance pass",
            "2.2/glance pass",
            "2.3/glance pass",
        ]
    );
}

#[test]
fn a_row_that_was_excluded_stays_out_after_a_halt() {
    let plan = procedure(&[("keystone", "keystone-8"), ("glance", "glance-8")]);
    let halted = session(
        "exclude_resumed",
        &plan,
        "1 exclude glance its owner asked\n2.1/keystone halt\n* ack\n* approve\n* pass\n",
        &[],
    );
    assert_eq!(halted.status, Some(3), "{}", halted.shown);
    assert_eq!(appended(&halted), "");
    let root = halted.folder.join("..");
    fs::write(root.join("answers"), GO).expect("the folder can be written");
    let mut command = Command::new("bash");
    command
        .args(["session.sh", "--answers", "answers", "--resume", "record"])
        .current_dir(&root)
        .stdin(Stdio::null());
    let ran = ran(&halted.folder, &mut command);
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert_eq!(appended(&ran), "keystone 7\n");
    assert_eq!(
        verdicts(&ran),
        [
            "1 pass",
            "2.1/keystone pass",
            "2.2/keystone pass",
            "2.3/keystone pass",
            "2.1/glance skip glance is not in the worklist",
            "2.2/glance skip glance is not in the worklist",
            "2.3/glance skip glance is not in the worklist",
        ]
    );
}

#[test]
fn an_exclusion_needs_a_row_and_a_reason() {
    for (test, line) in [
        ("exclude_nothing", "1 exclude nova it is not there"),
        ("exclude_silently", "1 exclude keystone"),
    ] {
        let plan = procedure(&[("keystone", "keystone-8")]);
        let answers = format!("{line}\n* ack\n* approve\n* pass\n");
        let ran = session(test, &plan, &answers, &[]);
        assert_eq!(ran.status, Some(3), "{}", ran.shown);
        assert!(
            ran.shown
                .contains("it takes a row of the worklist and a reason"),
            "{}",
            ran.shown
        );
        assert_eq!(appended(&ran), "");
    }
}

#[test]
fn standard_error_is_shown_and_kept_and_is_no_row_of_a_table() {
    let mut plan = worklist("glance 5 OK\\n", &["glance"]);
    let block = plan.steps[0].block.as_mut().expect("the check has a block");
    block.pieces = pieces("echo 'keystone 7 OK' >&2; printf 'glance 5 OK\\n'");
    let ran = session("capture_stderr", &plan, GO, &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert_eq!(ran.output(1, "1"), "keystone 7 OK\nglance 5 OK\n");
    assert!(!ran.shown.contains("worklist: keystone"), "{}", ran.shown);
    assert!(ran.shown.contains("worklist: glance 5 OK"), "{}", ran.shown);
}

/// A target that may be one patch beyond what step 1 measures.
fn jumping(measured: &str, jump: rbc::config::Jump) -> Plan {
    let mut plan = self::measured(&format!("version={measured}\\n"));
    let mut target = placeholder("target");
    target.pattern = None;
    target.jump = Some(jump);
    target.from = Some("old".to_owned());
    plan.placeholders.push(target);
    plan.steps
        .push(step("3", Kind::Run, 30, "echo to {{target}} >>ran"));
    plan
}

#[test]
fn a_target_beyond_the_declared_jump_is_refused_once_the_version_is_measured() {
    use rbc::config::Jump;
    for (jump, from, to, refused) in [
        (Jump::Patch, "3.6.24", "3.6.25", ""),
        (Jump::Patch, "3.6.9", "3.6.10", ""),
        (Jump::Patch, "3.6.24", "3.6.24", ""),
        (
            Jump::Patch,
            "3.6.24",
            "3.7.0",
            "it is more than a patch version",
        ),
        (
            Jump::Patch,
            "3.6.24",
            "4.6.24",
            "it is more than a patch version",
        ),
        (
            Jump::Patch,
            "3.6.24",
            "3.6.25.1",
            "it is more than a patch version",
        ),
        (
            Jump::Patch,
            "3.6.24",
            "3.6.25-rc1",
            "it is more than a patch version",
        ),
        (Jump::Patch, "3.6.24", "3.6.23", "it goes back"),
        (Jump::Patch, "3.6.24", "2.9.99", "it goes back"),
        (Jump::Patch, "16.3", "16.4", ""),
        (
            Jump::Patch,
            "16.3",
            "17.0",
            "it is more than a patch version",
        ),
        (Jump::Minor, "3.6.24", "3.7.0", ""),
        (
            Jump::Minor,
            "3.6.24",
            "4.0.0",
            "it is more than a minor version",
        ),
    ] {
        let set = format!("target={to}");
        let ran = session("jump", &jumping(from, jump), GO, &["--set", &set]);
        let done = appended(&ran).contains(&format!("to {to}"));
        if refused.is_empty() {
            assert_eq!(ran.status, Some(0), "{from} to {to}: {}", ran.shown);
            assert!(done);
        } else {
            assert_eq!(ran.status, Some(3), "{from} to {to}: {}", ran.shown);
            assert!(ran.shown.contains(refused), "{from} to {to}: {}", ran.shown);
            assert!(!done);
        }
    }
}

#[test]
fn no_change_uses_a_target_whose_version_before_was_not_measured() {
    let mut plan = jumping("3.6.24", rbc::config::Jump::Patch);
    plan.steps.drain(..2);
    let ran = session("jump_unmeasured", &plan, GO, &["--set", "target=3.6.25"]);
    assert_eq!(ran.status, Some(3), "{}", ran.shown);
    assert!(ran.shown.contains("no value for <old>"), "{}", ran.shown);
    let both = ["--set", "target=3.7.0", "--set", "old=3.6.24"];
    let refused = session("jump_both", &plan, GO, &both);
    assert_eq!(refused.status, Some(2), "{}", refused.shown);
    assert!(!refused.folder.exists());
}
