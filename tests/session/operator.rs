//! What is asked, what answers it, and how a session ends.

use super::*;

fn small() -> Plan {
    let mut check = step("1.1", Kind::Check, 10, "echo looked");
    check.expect = Some("a line".to_owned());
    plan(vec![
        check,
        step("1.2", Kind::Run, 20, "echo changed >>changed"),
        step("1.3", Kind::Gate, 30, "cat changed"),
    ])
}

#[test]
fn a_window_that_goes_well_completes() {
    let ran = session("completes", &small(), GO, &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert!(ran.shown.contains("completed"), "{}", ran.shown);
}

#[test]
fn without_answers_a_session_without_a_terminal_runs_nothing_and_ends_with_3() {
    let ran = session("no_answers", &small(), "", &[]);
    assert_eq!(ran.status, Some(3), "{}", ran.shown);
    assert!(!ran.journal().contains("step-start"), "{}", ran.journal());
}

#[test]
fn an_answer_for_another_step_or_question_answers_nothing() {
    let ran = session(
        "other_answers",
        &small(),
        "1.1 approve\n1.1 pass\n1.3 approve\n* pass\n",
        &[],
    );
    assert_eq!(ran.status, Some(3), "{}", ran.shown);
    assert!(!ran.folder.join("../changed").exists());
}

#[test]
fn a_check_judged_as_failed_halts_with_1_and_shows_what_may_help() {
    let mut plan = small();
    plan.symptoms = vec![vec!["it is stuck".to_owned(), "wait".to_owned()]];
    let ran = session(
        "check_fails",
        &plan,
        "* approve\n1.1 fail looks wrong\n",
        &[],
    );
    assert_eq!(ran.status, Some(1), "{}", ran.shown);
    assert!(ran.shown.contains("it is stuck | wait"), "{}", ran.shown);
    assert!(
        ran.shown.contains("nothing was changed since"),
        "{}",
        ran.shown
    );
}

#[test]
fn a_gate_without_an_answer_stays_shut() {
    let ran = session("gate_shut", &small(), "* approve\n1.1 pass\n", &[]);
    assert_eq!(ran.status, Some(3), "{}", ran.shown);
}

#[test]
fn a_gate_whose_measurement_fails_does_not_pass_on_a_word() {
    let gate = plan(vec![step(
        "1.1",
        Kind::Gate,
        10,
        "echo measuring; no-such-command-here",
    )]);
    let ran = session("gate_measure", &gate, GO, &[]);
    assert_eq!(ran.status, Some(1), "{}", ran.shown);
}

#[test]
fn a_gate_whose_query_fails_inside_a_pipeline_does_not_pass() {
    let gate = plan(vec![step(
        "1.1",
        Kind::Gate,
        10,
        "echo a | cat\nno-such-query 2>/dev/null | grep -v started |\n  sort | uniq -c\necho b | cat | cat",
    )]);
    let ran = session("gate_pipeline", &gate, GO, &[]);
    assert_eq!(ran.status, Some(1), "{}", ran.shown);
    assert!(
        ran.shown
            .contains("window.md:11: status 127 inside a pipeline: no-such-query"),
        "{}",
        ran.shown
    );
    assert_eq!(
        ran.shown.matches("inside a pipeline").count(),
        1,
        "{}",
        ran.shown
    );
}

#[test]
fn two_failing_pipelines_are_both_told() {
    let check = plan(vec![step(
        "1.1",
        Kind::Check,
        10,
        "false | cat\nfalse | cat\ntrue | cat\n( {\n  false | cat\n} )",
    )]);
    let ran = session("two_pipelines", &check, GO, &[]);
    for line in ["window.md:10", "window.md:11", "window.md:14"] {
        assert!(
            ran.shown
                .contains(&format!("{line}: status 1 inside a pipeline: false")),
            "{}",
            ran.shown
        );
    }
    assert_eq!(
        ran.shown.matches("inside a pipeline").count(),
        3,
        "{}",
        ran.shown
    );
}

#[test]
fn a_search_without_a_hit_and_a_reader_that_stops_are_answers_in_a_pipeline_too() {
    let gate = plan(vec![step(
        "1.1",
        Kind::Gate,
        10,
        "echo a | grep b | wc -l\nyes | head -n 1\ndiff <(echo a) <(echo b) | sort",
    )]);
    let ran = session("gate_answers", &gate, GO, &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
}

#[test]
fn a_gate_is_overridden_with_a_reason_and_only_so() {
    let gate = || plan(vec![step("1.1", Kind::Gate, 10, "false")]);
    let without = session("override_bare", &gate(), "1.1 override\n", &[]);
    assert_eq!(without.status, Some(3), "{}", without.shown);
    let with = session(
        "override",
        &gate(),
        "1.1 override the query is known to be broken\n",
        &[],
    );
    assert_eq!(with.status, Some(0), "{}", with.shown);
    assert!(
        with.journal()
            .contains("\"verdict\":\"override\",\"note\":\"the query is known"),
        "{}",
        with.journal()
    );
}

#[test]
fn an_empty_search_at_a_gate_is_an_answer_and_no_failure() {
    let gate = plan(vec![step(
        "1.1",
        Kind::Gate,
        10,
        "echo started | grep -v started",
    )]);
    let ran = session("gate_grep", &gate, GO, &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
}

#[test]
fn a_halt_from_the_answers_ends_with_3_and_is_recorded() {
    let ran = session("halt", &small(), "1.1 approve\n1.1 halt time is up\n", &[]);
    assert_eq!(ran.status, Some(3), "{}", ran.shown);
    assert!(ran.journal().contains("time is up"), "{}", ran.journal());
}

#[test]
fn a_step_at_another_place_is_done_by_hand() {
    let mut there = step("1.1", Kind::Run, 10, "echo never run here >ran");
    there.location = Some("vault/0".to_owned());
    there.place = Place::Manual;
    let ran = session("by_hand", &plan(vec![there]), "1.1 done unsealed\n", &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert!(!ran.folder.join("../ran").exists());
    assert!(ran.shown.contains("go to vault/0"), "{}", ran.shown);
}

#[test]
fn a_step_with_a_transport_runs_there() {
    let mut there = step("1.1", Kind::Run, 10, "echo over there; cat");
    there.place = Place::Via("env PLACE=there bash -s".to_owned());
    let ran = session("via", &plan(vec![there]), GO, &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert_eq!(ran.output(1, "1.1"), "over there\n");
}

fn with_target(protected: bool) -> Plan {
    let mut plan = plan(vec![step("1.1", Kind::Run, 10, "echo \"to {{target}}\"")]);
    plan.protected = vec!["vault".to_owned()];
    plan.placeholders = vec![rbc::plan::Placeholder {
        name: "target".to_owned(),
        pattern: (!protected).then(|| "[0-9]+([.][0-9]+)*".to_owned()),
        meaning: "the version".to_owned(),
        secret: false,
        choices: Vec::new(),
        jump: None,
        from: None,
        target: protected,
        value: None,
    }];
    plan
}

#[test]
fn a_placeholder_is_filled_in_and_recorded() {
    let ran = session(
        "bound",
        &with_target(false),
        GO,
        &["--set", "target=3.6.25"],
    );
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert_eq!(ran.output(1, "1.1"), "to 3.6.25\n");
    assert!(
        ran.journal()
            .contains("\"event\":\"bind\",\"name\":\"target\",\"value\":\"3.6.25\"")
    );
}

#[test]
fn a_step_with_an_unbound_placeholder_does_not_start() {
    let ran = session("unbound", &with_target(false), GO, &[]);
    assert_eq!(ran.status, Some(3), "{}", ran.shown);
    assert!(!ran.journal().contains("step-start"), "{}", ran.journal());
}

#[test]
fn bad_usage_ends_with_2_and_starts_nothing() {
    let refused: &[(&str, &[&str])] = &[
        ("unknown option", &["--frobnicate"]),
        ("no value", &["--set"]),
        ("no name", &["--set", "=3"]),
        ("undeclared name", &["--set", "other=3"]),
        ("outside the pattern", &["--set", "target=latest"]),
        ("shell text", &["--set", "target=a\"; touch x; echo \""]),
        ("no such answers", &["--answers", "nowhere"]),
        ("no such root", &["--root", "nowhere"]),
        ("a rehearsal of the past", &["--rehearse", "--resume", "."]),
        ("no such session", &["--resume", "nowhere"]),
        ("a folder that is no session", &["--resume", "."]),
        ("no such section", &["--only", "99"]),
    ];
    for (what, options) in refused {
        let ran = session("refused", &with_target(false), GO, options);
        assert_eq!(ran.status, Some(2), "{what}: {}", ran.shown);
        assert!(!ran.folder.exists(), "{what}");
        assert!(!ran.folder.join("../x").exists(), "{what}");
    }
}

#[test]
fn a_value_that_names_a_protected_target_is_refused() {
    for value in ["vault", "vault/0"] {
        let ran = session(
            "guarded",
            &with_target(true),
            GO,
            &["--set", &format!("target={value}")],
        );
        assert_eq!(ran.status, Some(2), "{}", ran.shown);
    }
    let other = session(
        "guarded_other",
        &with_target(true),
        GO,
        &["--set", "target=barbican-vault"],
    );
    assert_eq!(other.status, Some(0), "{}", other.shown);
}

#[test]
fn a_secret_is_masked_in_the_encodings_a_tool_prints_it_in() {
    let mut plan = with_target(false);
    plan.placeholders[0].secret = true;
    plan.placeholders[0].pattern = None;
    plan.steps = vec![step(
        "1.1",
        Kind::Check,
        10,
        "x='{{target}}'\nprintf '<%s>\\n' \"$x\" s3c%2Fret%40v%3Aal%2Bue s3c%2fret%40v%3aal%2bue s3c/ret%40v%3Aal%2Bue czNjL3JldEB2OmFsK3Vl",
    )];
    let ran = session("encoded", &plan, GO, &["--set", "target=s3c/ret@v:al+ue"]);
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert_eq!(ran.shown.matches("<********>").count(), 5, "{}", ran.shown);
    assert!(ran.output(1, "1.1").contains("<s3c%2fret%40v%3aal%2bue>"));
}

#[test]
fn a_secret_that_comes_in_parts_is_masked_as_a_whole() {
    let mut plan = with_target(false);
    plan.placeholders[0].secret = true;
    plan.placeholders[0].pattern = None;
    let value = "s3c/ret@v:al+ue";
    let mut steps = vec![
        // Two writes, with time between them for the viewer to look.
        "x='{{target}}'; printf 'a%s' \"${x:0:7}\"; sleep 0.5; printf '%s\\n' \"${x:7}\"".to_owned(),
        "x='{{target}}'; printf 'b%s' \"${x:0:3}\"; sleep 0.3; printf %s \"${x:3:2}\"; sleep 0.3; printf %s \"${x:5}\"".to_owned(),
    ];
    // Lines longer than what is shown at a time, with the secret across each end of a piece.
    for before in [65_514, 65_520, 65_528, 65_535, 131_060] {
        steps.push(format!(
            "x='{{{{target}}}}'; printf '%0{before}d' 0; printf '%s' \"$x\"; printf '%070000d\\n' 0"
        ));
    }
    // Only the end of a long output is shown, and the secret lies across its beginning.
    for after in [65_524, 65_530, 65_535] {
        steps.push(format!(
            "x='{{{{target}}}}'; printf '%02000000d' 0; printf '%s' \"$x\"; printf '%0{after}d' 0"
        ));
    }
    plan.steps = steps
        .iter()
        .zip(1..)
        .map(|(code, number)| step(&format!("1.{number}"), Kind::Check, number * 10, code))
        .collect();
    let ran = session(
        "in_parts",
        &plan,
        GO,
        &["--set", &format!("target={value}")],
    );
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    for length in 4..value.len() {
        for part in [value.get(..length), value.get(value.len() - length..)] {
            let part = part.expect("it is ASCII");
            let at = ran.shown.find(part);
            assert_eq!(at, None, "{part} was shown");
        }
    }
    assert!(
        ran.shown.contains("\na********\n"),
        "the first is not whole"
    );
    assert!(
        ran.shown.contains("\nb********\n"),
        "the second is not whole"
    );
    assert!(ran.output(1, "1.1").contains(value));
}

#[test]
fn a_secret_value_is_in_the_block_and_in_nothing_shown_or_recorded() {
    let mut plan = with_target(false);
    plan.placeholders[0].secret = true;
    plan.placeholders[0].pattern = None;
    let ran = session("secret", &plan, GO, &["--set", "target=s3cretvalue"]);
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert_eq!(ran.output(1, "1.1"), "to s3cretvalue\n");
    assert!(!ran.shown.contains("s3cretvalue"), "{}", ran.shown);
    assert!(!ran.journal().contains("s3cretvalue"), "{}", ran.journal());
}

#[test]
fn the_list_names_every_step_and_makes_no_folder() {
    let ran = session("list", &small(), GO, &["--list"]);
    assert_eq!(ran.status, Some(0));
    assert_eq!(
        ran.shown,
        "1.1     CHECK  jumphost      step 1.1\n\
         1.2     RUN    jumphost      step 1.2\n\
         1.3     GATE   jumphost      step 1.3\n"
    );
    assert!(!ran.folder.exists());
}

#[test]
fn a_machine_judged_expectation_passes_by_itself_and_prose_does_not() {
    let mut judged = step("1.1", Kind::Check, 10, "echo ready 3");
    judged.expect_rule = Some(rbc::plan::ExpectRule::Regex("^ready [0-9]$".to_owned()));
    let mut prose = step("1.2", Kind::Check, 20, "echo ready");
    prose.expect = Some("ready".to_owned());
    let ran = session(
        "auto_check",
        &plan(vec![judged, prose]),
        "",
        &["--auto-check"],
    );
    assert_eq!(ran.status, Some(3), "{}", ran.shown);
    assert!(ran.shown.contains("1.1: pass"), "{}", ran.shown);
    assert_eq!(ran.output(2, "1.2"), "ready\n");
}

#[test]
fn a_polled_gate_is_measured_until_it_holds() {
    let mut gate = step(
        "1.1",
        Kind::Gate,
        10,
        "echo x >>tries; wc -l <tries | tr -d ' '",
    );
    gate.expect_rule = Some(rbc::plan::ExpectRule::Contains("3".to_owned()));
    gate.every = Some(0);
    gate.budget = Some(60);
    let ran = session("polled", &plan(vec![gate]), GO, &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert_eq!(
        ran.journal().matches("step-start").count(),
        3,
        "{}",
        ran.journal()
    );
}

#[test]
fn a_changed_script_stops_the_session_with_5_unless_accepted_with_a_reason() {
    let mut plan = plan(vec![
        step("1.1", Kind::Run, 10, "echo other >script.sh"),
        step("1.2", Kind::Run, 20, "echo more"),
    ]);
    plan.sources = vec![SourceHash {
        path: "script.sh".to_owned(),
        hash: rbc::plan::hash("echo script\n"),
    }];
    let go = |test: &str, answers: &str| {
        let root = folder(test);
        fs::write(root.join("session.sh"), compile(&plan)).expect("the folder can be written");
        fs::write(root.join("answers"), answers).expect("the folder can be written");
        fs::write(root.join("script.sh"), "echo script\n").expect("the folder can be written");
        start(&root, &[], |_| {})
    };
    let stopped = go("stale", "* approve\n");
    assert_eq!(stopped.status, Some(5), "{}", stopped.shown);
    assert!(
        stopped.shown.contains("script.sh is not what"),
        "{}",
        stopped.shown
    );
    let accepted = go(
        "stale_accepted",
        "* approve\n1.2 accept-stale the pull was expected\n",
    );
    assert_eq!(accepted.status, Some(0), "{}", accepted.shown);
}

#[test]
fn a_value_named_like_a_secret_is_masked_from_the_block_that_sets_it_on() {
    let plan = runs(&[
        "OS_PASSWORD=s3cr-et/val; echo now $OS_PASSWORD",
        "printf 'split %s' ${OS_PASSWORD:0:5}; printf '%s\n' ${OS_PASSWORD:5}; echo czNjci1ldC92YWwK; echo s3cr-et%2Fval",
        "echo FAIL: s3cr-et/val",
    ]);
    let ran = session("secret_variable", &plan, GO, &[]);
    assert_eq!(ran.status, Some(1), "{}", ran.shown);
    for shown in ["now ********", "split ********", "FAIL: ********"] {
        assert!(ran.shown.contains(shown), "{shown}\n{}", ran.shown);
    }
    for hidden in ["et/val", "czNjci1ldC92YWwK", "et%2Fval"] {
        // The first block is shown as the runbook has it.
        let after = ran.shown.split_once("now ***").expect("it ran").1;
        assert!(!after.contains(hidden), "{hidden}\n{after}");
    }
    assert!(ran.output(2, "2").contains("split s3cr-et/val"));
    let journal = ran.journal();
    let (_, after) = journal
        .split_once("\"event\":\"step-end\"")
        .expect("it ran");
    assert!(!after.contains("et/val"), "{after}");
}

#[test]
fn a_secret_of_the_operators_own_shell_is_masked_too() {
    let plan = runs(&["env | grep OS_PASSWORD; seq 20000 | tr -d '\n'; echo $OS_PASSWORD"]);
    let ran = session_with("secret_inherited", &plan, GO, &[], |command| {
        command.env("OS_PASSWORD", "inherited1");
    });
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert!(ran.shown.contains("OS_PASSWORD=********"), "{}", ran.shown);
    assert!(!ran.shown.contains("inherited1"), "{}", ran.shown);
}

#[test]
fn a_gate_whose_query_does_not_work_yet_is_tried_again_and_tells_every_member() {
    let mut gate = step(
        "1.1",
        Kind::Gate,
        10,
        "echo x >>tries\ntest $(wc -l <tries) -gt 2 || no-such-query 2>&1 | cat | cat",
    );
    gate.every = Some(0);
    gate.budget = Some(60);
    let ran = session("polled_blind", &plan(vec![gate]), GO, &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert!(
        ran.shown.contains("(the members ended with 127 0 0)"),
        "{}",
        ran.shown
    );
    let tries = ran.journal().matches("step-start").count();
    assert_eq!(tries, 3, "{}", ran.shown);
}

#[test]
fn past_its_budget_a_gate_asks() {
    let mut gate = step("1.1", Kind::Gate, 10, "false");
    gate.every = Some(1);
    gate.budget = Some(0);
    let ran = session("polled_out", &plan(vec![gate.clone()]), "", &[]);
    assert_eq!(ran.status, Some(3), "{}", ran.shown);
    gate.budget = Some(1);
    let ran = session("polled_past", &plan(vec![gate]), "", &[]);
    assert_eq!(ran.status, Some(3), "{}", ran.shown);
    assert!(
        ran.shown.contains("the budget of 1 s is spent"),
        "{}",
        ran.shown
    );
}

#[test]
fn the_lock_lies_where_the_project_says() {
    let mut plan = runs(&["ls -A locks"]);
    plan.lock = Some("locks".to_owned());
    let ran = session("lock_folder", &plan, GO, &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert_eq!(ran.output(1, "1"), ".ops-window.lock\n");
}
