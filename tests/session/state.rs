//! What a block may do, and what must survive it: the cases of docs/reliability.md, one test each.

use super::*;

#[test]
fn case_01_exit_ends_its_block_with_its_status_and_the_session_lives_on() {
    let ran = session(
        "case_01",
        &runs(&["A=1; exit 0; echo NO", "echo A=$A"]),
        GO,
        &[],
    );
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert_eq!(ran.output(1, "1"), "");
    assert_eq!(ran.output(2, "2"), "A=1\n");
    let failing = session("case_01b", &runs(&["exit 3"]), GO, &[]);
    assert_eq!(failing.status, Some(1), "{}", failing.shown);
    assert!(failing.shown.contains("exit status 3"), "{}", failing.shown);
    let returning = session("case_01c", &runs(&["return 1; echo NO"]), GO, &[]);
    assert_eq!(returning.status, Some(1), "{}", returning.shown);
    assert_eq!(returning.output(1, "1"), "");
}

#[test]
fn case_02_strict_mode_of_a_block_does_not_leak_into_the_session() {
    let checks = plan(vec![
        step(
            "1",
            Kind::Check,
            1,
            "set -euo pipefail\nA=1\nfalse\necho NO",
        ),
        step("2", Kind::Check, 10, "echo A=$A; false; echo still here"),
    ]);
    let ran = session("case_02", &checks, GO, &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert_eq!(ran.output(1, "1"), "");
    assert_eq!(ran.output(2, "2"), "A=1\nstill here\n");
}

#[test]
fn case_03_an_exit_trap_of_a_block_runs_at_its_end_and_loses_nothing() {
    let output = last_output(
        "case_03",
        &[
            "trap 'echo cleaning; B=2' EXIT; A=1; echo body",
            "echo $A $B; trap -p EXIT | grep -c cleaning || true",
        ],
    );
    assert_eq!(output, "1 2\n0\n");
    let ran = session(
        "case_03b",
        &runs(&["trap 'echo cleaning; exit 0' EXIT; A=1", "echo $A"]),
        GO,
        &[],
    );
    assert_eq!(ran.output(1, "1"), "cleaning\n");
    assert_eq!(ran.output(2, "2"), "1\n", "{}", ran.shown);
}

#[test]
fn case_04_a_huge_export_leaves_every_variable_to_later_blocks() {
    let output = last_output(
        "case_04",
        &[
            "export HUGE=$(printf 'x%.0s' {1..200000}); A=1",
            "echo $A ${#HUGE}",
            "unset HUGE; ls / >/dev/null && echo $A",
        ],
    );
    assert_eq!(output, "1\n");
}

#[test]
fn case_05_a_readonly_variable_is_carried_without_an_error() {
    let output = last_output(
        "case_05",
        &[
            "readonly X=1; declare -ra LIST=(a b)",
            "echo $X ${LIST[1]}",
            "(X=2) 2>/dev/null || echo $X is readonly",
        ],
    );
    assert_eq!(output, "1 is readonly\n");
}

#[test]
fn case_06_a_block_that_reads_standard_input_gets_nothing_of_the_session() {
    let output = last_output(
        "case_06",
        &["cat; read -r LINE || echo no line", "echo next"],
    );
    assert_eq!(output, "next\n");
}

#[test]
fn case_06_no_way_of_reading_takes_an_answer_of_the_session() {
    let output = last_output(
        "case_06b",
        &[
            "while read -r LINE; do echo \"took $LINE\"; done; cat - >/dev/null; mapfile -t ALL; bash -s; sh",
            "head -c 100 | wc -c; read -r -t 5 WORD || echo nothing",
        ],
    );
    assert_eq!(output, "0\nnothing\n");
}

#[test]
fn case_07_a_folder_that_was_removed_is_told_and_nothing_runs_elsewhere() {
    let ran = session(
        "case_07",
        &runs(&[
            "mkdir -p w/gone; cd w/gone; A=1",
            "rm -r ../gone",
            "echo A=$A; ls | wc -l",
            "cd /; pwd",
        ]),
        GO,
        &[],
    );
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert_eq!(ran.output(3, "3"), "A=1\n0\n");
    assert!(
        ran.shown.contains("w/gone no longer exists"),
        "{}",
        ran.shown
    );
    assert_eq!(ran.output(4, "4"), "/\n");
}

#[test]
fn case_08_a_background_job_is_told_and_does_not_hold_the_session() {
    let ran = session(
        "case_08",
        &runs(&["sleep 60 & echo started; echo $! >pid", "kill $(cat pid)"]),
        GO,
        &[],
    );
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert!(
        ran.shown
            .contains("still running in the background: process"),
        "{}",
        ran.shown
    );
}

#[test]
fn case_10_a_redirection_of_the_shell_itself_is_contained() {
    let ran = session(
        "case_10",
        &runs(&[
            "exec >elsewhere 2>&1 3<>other; echo hidden; A=1",
            "echo A=$A; cat elsewhere",
        ]),
        GO,
        &[],
    );
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert_eq!(ran.output(2, "2"), "A=1\nhidden\n");
}

#[test]
fn case_10_closed_and_moved_descriptors_are_contained() {
    for redirection in [
        "exec >&-",
        "exec 2>&-",
        "exec </dev/zero",
        "exec 0<&- 1>&- 2>&-",
        "exec {FD}>elsewhere; exec >&\"$FD\"",
        "for ((i = 3; i < 255; i++)); do eval \"exec $i>&-\"; done",
    ] {
        let ran = session(
            "case_10b",
            &runs(&[&format!("{redirection}\nA=1"), "echo A=$A"]),
            GO,
            &[],
        );
        assert_eq!(ran.status, Some(0), "{redirection}: {}", ran.shown);
        assert_eq!(ran.output(2, "2"), "A=1\n", "{redirection}: {}", ran.shown);
    }
}

/// Every name that the session or the runner gives a variable.
fn own_names() -> std::collections::BTreeSet<String> {
    let text = compile(&runs(&["true"]));
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    text.lines()
        .flat_map(|line| line.split(|character: char| !is_name(character) && character != '='))
        .filter_map(|word| word.split_once('=').map(|(name, _)| name.to_owned()))
        .filter(|name| {
            name.starts_with("__rbc_")
                || name
                    .chars()
                    .all(|character| character.is_ascii_uppercase() || character == '_')
        })
        .filter(|name| !name.is_empty() && !["TZ", "LC_ALL", "IFS"].contains(&name.as_str()))
        .filter(|name| !name.starts_with("BASH") && !name.starts_with("POSIX"))
        .collect()
}

#[test]
fn case_11_every_name_of_the_session_is_free_in_a_block_and_in_the_environment() {
    let names: Vec<String> = own_names()
        .into_iter()
        .filter(|name| !name.starts_with("__rbc_") && name != "OLDPWD")
        .collect();
    assert!(names.len() > 40, "{names:?}");
    let set: Vec<String> = names
        .iter()
        .map(|name| format!("{name}=block-{name}"))
        .collect();
    let shown: Vec<String> = names
        .iter()
        .map(|name| format!("echo \"${name}\""))
        .collect();
    let blocks = [shown.join("\n"), set.join("\n"), shown.join("\n")];
    let blocks: Vec<&str> = blocks.iter().map(String::as_str).collect();
    let ran = session_with("case_11c", &runs(&blocks), GO, &[], |command| {
        for name in &names {
            command.env(name, format!("environment-{name}"));
        }
    });
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    for (place, whose) in [(1, "environment"), (3, "block")] {
        let output = ran.output(place, &place.to_string());
        let wrong: Vec<(&str, &String)> = output
            .lines()
            .zip(&names)
            .filter(|(line, name)| **line != format!("{whose}-{name}"))
            .collect();
        assert!(wrong.is_empty(), "{whose}: {wrong:?}");
    }
}

#[test]
fn case_11_a_block_that_takes_a_name_of_the_runner_harms_nobody_but_itself() {
    let names: Vec<String> = own_names()
        .into_iter()
        .filter(|name| name.starts_with("__rbc_"))
        .collect();
    assert!(names.len() > 10, "{names:?}");
    let mut blocks = vec!["A=1".to_owned()];
    blocks.extend(
        names
            .iter()
            .map(|name| format!("({name}=x) 2>/dev/null || true\n{name}=x")),
    );
    blocks.push("echo A=$A".to_owned());
    let last = blocks.len();
    let plan = plan(
        blocks
            .iter()
            .zip(1..)
            .map(|(code, number)| step(&number.to_string(), Kind::Check, number * 10, code))
            .collect(),
    );
    let ran = session("case_11d", &plan, GO, &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert_eq!(
        ran.output(last, &last.to_string()),
        "A=1\n",
        "{}",
        ran.shown
    );
}

#[test]
fn case_11_variables_named_like_those_of_the_session_are_free() {
    let blocks = [
        "STATE=mine DIR=/nowhere STEP=99 P=p PIECES=x STATUS=y BLOCK=z FOLDER=f TROUBLE=t OUTPUT=o ROOT=r",
        "echo $STATE $DIR $STEP $P $PIECES $STATUS $BLOCK $FOLDER $TROUBLE $OUTPUT $ROOT",
    ];
    let ran = session_with("case_11", &runs(&blocks), GO, &[], |command| {
        command
            .env("STEP", "env")
            .env("DIR", "env")
            .env("P", "env")
            .env("NOTE", "kept");
    });
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert_eq!(ran.output(2, "2"), "mine /nowhere 99 p x y z f t o r\n");
    let inherited = session_with(
        "case_11b",
        &runs(&["echo $STEP $DIR $NOTE; bash -c 'echo $STEP'"]),
        GO,
        &[],
        |command| {
            command
                .env("STEP", "env1")
                .env("DIR", "env2")
                .env("NOTE", "env3");
        },
    );
    assert_eq!(
        inherited.output(1, "1"),
        "env1 env2 env3\nenv1\n",
        "{}",
        inherited.shown
    );
}

#[test]
fn case_12_functions_and_aliases_named_like_commands_stay_the_blocks_own() {
    let output = last_output(
        "case_12",
        &[
            "echo() { builtin echo \"mine: $*\"; }; declare() { :; }; unset() { :; }; cd() { :; }\nalias rm='command echo would remove'",
            "echo hello\nrm -rf /nothing",
            "A=1; echo again",
            "echo $A; rm x",
        ],
    );
    assert_eq!(output, "mine: 1\nwould remove x\n");
}

#[test]
fn case_12_functions_of_every_builtins_name_lose_nothing() {
    // All but `trap`, which is the runner's.
    let builtins = "alias bind break builtin cd command compgen complete continue declare dirs \
        disown echo enable eval exec exit export false fg getopts hash help history jobs kill let \
        local logout mapfile popd printf pushd pwd read readarray readonly return set shift shopt \
        source suspend test times true type typeset ulimit umask unalias unset wait";
    let functions: Vec<String> = builtins
        .split_whitespace()
        .map(|name| format!("function {name} {{ /bin/echo {name} >>mine; }}"))
        .collect();
    let ran = session(
        "case_12b",
        &runs(&[
            "A=1; L=(1 2)",
            &format!("B=2\n{}", functions.join("\n")),
            "/bin/echo $A ${L[1]} $B\necho",
            "/bin/echo $A ${L[1]} $B",
        ]),
        GO,
        &[],
    );
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert_eq!(ran.output(4, "4"), "1 2 2\n", "{}", ran.shown);
    let mine = fs::read_to_string(ran.folder.join("../mine")).unwrap_or_default();
    // The end of the block that defines `builtin` is the one place where that one is met.
    assert_eq!(mine, "builtin\necho\n");
}

#[test]
fn case_13_raw_output_is_stored_and_shown_without_what_drives_a_terminal() {
    let ran = session(
        "case_13",
        &runs(&[
            "printf 'no newline'",
            "printf 'a\\0b\\033[2Jc\\033]0;title\\007d\\r\\n\\302\\233e\\342\\200\\256f\\n'",
            "yes 0123456789abcdef | head -c 20000000",
        ]),
        GO,
        &[],
    );
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    let raw = fs::read(ran.folder.join("steps/002-2.1/output")).expect("the transcript is there");
    assert_eq!(
        raw,
        b"a\0b\x1b[2Jc\x1b]0;title\x07d\r\n\xc2\x9be\xe2\x80\xaef\n"
    );
    assert!(ran.shown.contains("a?bcd\n?e?f\n"), "{}", ran.shown);
    assert!(!ran.shown.contains('\x1b'), "{}", ran.shown);
    let size = fs::metadata(ran.folder.join("steps/003-3.1/output"))
        .expect("the transcript is there")
        .len();
    assert_eq!(size, 20_000_000);
    assert!(
        ran.shown.len() < 4_000_000,
        "{} bytes were shown",
        ran.shown.len()
    );
}

#[test]
fn case_14_a_run_stops_at_the_failing_command_and_names_its_line() {
    let ran = session(
        "case_14",
        &runs(&["echo BEFORE\nfalse\necho AFTER"]),
        GO,
        &[],
    );
    assert_eq!(ran.status, Some(1), "{}", ran.shown);
    assert_eq!(ran.output(1, "1"), "BEFORE\n");
    assert!(
        ran.shown.contains("window.md:101: status 1: false"),
        "{}",
        ran.shown
    );
}

#[test]
fn case_15_a_check_runs_to_its_end_and_reports_every_failing_command() {
    let check = plan(vec![step(
        "1",
        Kind::Check,
        50,
        "false\n( exit 4 )\nfalse | true\necho END",
    )]);
    let ran = session("case_15", &check, GO, &[]);
    assert_eq!(ran.output(1, "1"), "END\n");
    for line in [
        "window.md:50: status 1: false",
        "window.md:51: status 4: ( exit 4 )",
        "window.md:52: status 1 inside a pipeline: false",
    ] {
        assert!(
            ran.shown.contains(line),
            "{line} is missing in\n{}",
            ran.shown
        );
    }
}

#[test]
fn on_error_overrides_what_the_kind_asks_for() {
    let mut going_on = step("1", Kind::Run, 10, "false\necho END");
    going_on.on_error = Some(rbc::plan::OnError::Continue);
    let ran = session("on_error_continue", &plan(vec![going_on]), GO, &[]);
    assert_eq!(ran.output(1, "1"), "END\n", "{}", ran.shown);
    let mut stopping = step("1", Kind::Check, 10, "false\necho END");
    stopping.on_error = Some(rbc::plan::OnError::Stop);
    let ran = session("on_error_stop", &plan(vec![stopping]), GO, &[]);
    assert_eq!(ran.output(1, "1"), "", "{}", ran.shown);
}

#[test]
fn case_16_a_failing_subshell_is_status_1_and_nothing_else() {
    let ran = session(
        "case_16",
        &runs(&["( {\n  A=inner\n  exit 1\n} )\necho NO"]),
        GO,
        &[],
    );
    assert_eq!(ran.status, Some(1), "{}", ran.shown);
    assert_eq!(ran.output(1, "1"), "");
    assert_eq!(ran.shown.matches("status 1:").count(), 1, "{}", ran.shown);
}

#[test]
fn case_17_heredocs_non_ascii_and_odd_endings_run_as_they_stand() {
    let output = last_output(
        "case_17",
        &[
            "cat <<'EOF' >f\n$A `x` 'q' \"d\" \\\nRBC_RUNNER\nEOF\nB=größe # a comment at the end",
            "cat f; echo $B \\",
            "cat <<E\nlast line: $B\nE",
            "cat f\ntrue # ends in a comment",
        ],
    );
    assert_eq!(output, "$A `x` 'q' \"d\" \\\nRBC_RUNNER\n");
}

#[test]
fn case_17_what_looks_like_a_prompt_inside_data_is_data() {
    let code = "cat >motd <<'EOF'\n$ ls -l\ntotal 0\nEOF\nTEXT='two lines:\n$ whoami\nroot'\nKEPT=1\necho \"$KEPT $TEXT\"\ncat motd";
    let text = format!("# A window\n\n**RUN -- jumphost** -- say it\n```bash\n{code}\n```\n");
    let plan = hostile::plan_of("window.md", &text);
    let blocks: Vec<String> = plan
        .steps
        .iter()
        .filter_map(|step| step.block.as_ref().map(PlanBlock::text))
        .collect();
    assert_eq!(blocks, [code]);
}

#[test]
fn case_17_a_runbook_with_line_ends_of_another_system_runs() {
    let text = "# A window\n\n**RUN -- jumphost** -- say it\n```bash\nA=größe\ncat <<EOF\n$A\nEOF\nif true; then\n  echo \"b\" \\\n    c\nfi\n```\n";
    let plan = hostile::plan_of("window.md", &text.replace('\n', "\r\n"));
    let ran = session("case_17b", &plan, GO, &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    let output = plan
        .steps
        .iter()
        .zip(1..)
        .find_map(|(step, place)| step.block.as_ref().map(|_| ran.output(place, &step.number)));
    assert_eq!(output.as_deref(), Some("größe\nb c\n"), "{}", ran.shown);
}

#[test]
fn variables_arrays_functions_options_folder_umask_and_signal_traps_are_carried() {
    let output = last_output(
        "carried",
        &[
            "export E='a\nb'; L=(1 '2 3'); declare -A M=([k]='v w'); f() { echo f:$1; }; declare -i N=5; declare -n REF=N\nshopt -s extglob nullglob; set -u -o pipefail; umask 027; mkdir -p d; cd d; IFS=,\ntrap 'echo usr1' USR1",
            "echo \"$E\"; echo \"${L[1]}\" \"${M[k]}\"; f x; N+=1; echo $REF\nset -o | grep -E '^(nounset|pipefail)' | tr -s '[:space:]' ' '; echo; shopt extglob nullglob | tr -s '[:space:]' ' '; echo\numask; basename \"$PWD\"; printf '%q\\n' \"$IFS\"; kill -USR1 $$",
        ],
    );
    assert_eq!(
        output,
        "a\nb\n2 3 v w\nf:x\n6\nnounset on pipefail on \nextglob on nullglob on \n0027\nd\n\\,\nusr1\n"
    );
}

#[test]
fn a_block_that_replaces_its_shell_leaves_the_former_state_and_says_so() {
    let ran = session(
        "exec",
        &runs(&["A=1", "A=2; exec true", "echo $A"]),
        GO,
        &[],
    );
    assert_eq!(ran.status, Some(0), "{}", ran.shown);
    assert!(
        ran.shown.contains("left no shell state behind"),
        "{}",
        ran.shown
    );
    assert_eq!(ran.output(3, "3"), "1\n");
}

#[test]
fn a_fail_line_fails_the_block_that_prints_it() {
    let ran = session(
        "fail_line",
        &runs(&["echo 'FAIL: not ready'; true"]),
        GO,
        &[],
    );
    assert_eq!(ran.status, Some(1), "{}", ran.shown);
    assert!(
        ran.shown.contains("the block says: FAIL: not ready"),
        "{}",
        ran.shown
    );
}

#[test]
fn a_block_that_does_not_parse_runs_no_line_of_itself() {
    let ran = session(
        "syntax",
        &runs(&["echo START >ran\nif true; then"]),
        GO,
        &[],
    );
    assert_eq!(ran.status, Some(1), "{}", ran.shown);
    assert!(!ran.folder.join("../ran").exists());
    assert!(ran.shown.contains("does not parse"), "{}", ran.shown);
    assert!(ran.shown.contains("window.md: line 10"), "{}", ran.shown);
}
