//! The generated text: bash and shellcheck accept it, and no content of a runbook gets out of it.

use super::*;

const HOSTILE: &[&str] = &[
    "$(touch canary)",
    "`touch canary`",
    "'; touch canary; '",
    "'\\''; touch canary; '",
    "\"; touch canary; \"",
    "EOF\ntouch canary\nEOF",
    "RBC_RUNNER\ntouch canary\n",
    "}\ntouch canary\nload_plan() {",
    "\\'; touch canary #",
    "a\u{202e}b\u{1b}[2Jc\u{9b}d",
    "*",
    "%s%n",
    "-n",
    "\u{201c}quoted\u{201d} \u{2018}so\u{2019} \u{a0}",
    "a\tb # c ! d ~ {e,f} [g] h?",
    "",
];

/// Every text of a plan is hostile but the blocks, which are the one thing that runs.
fn hostile(text: &str) -> Plan {
    let shown = rbc::plan::plain(text);
    let mut gate = step("1.2", Kind::Gate, 20, "");
    gate.title = shown.clone();
    gate.location = Some(shown.clone());
    gate.remark = Some(shown.clone());
    gate.about = vec![shown.clone(), shown.clone()];
    gate.cautions = vec![shown.clone()];
    gate.notes = vec![shown.clone()];
    gate.expect = Some(shown.clone());
    gate.condition = Some(shown.clone());
    gate.stop = Some(shown.clone());
    gate.effects = vec![shown.clone()];
    gate.section = shown.clone();
    let mut data = step("1.1", Kind::Run, 10, "");
    data.block = Some(PlanBlock {
        line: 10,
        pieces: vec![Piece::Text(format!(": {}", rbc::plan::quoted(text)))],
    });
    let mut plan = plan(vec![data, gate]);
    plan.title = shown.clone();
    plan.runbook = format!("runbooks/{}", text.replace(['/', '\0'], "_"));
    plan.about = vec![shown.clone()];
    plan.protected = vec![shown.clone()];
    plan.observations = vec![vec![shown.clone(), shown.clone()]];
    plan.symptoms = plan.observations.clone();
    plan.reverts = vec![vec![shown.clone(), shown.clone(), shown.clone()]];
    plan.closing = vec![shown];
    plan
}

#[test]
fn hostile_text_runs_nothing_and_reaches_no_terminal() {
    for (index, text) in HOSTILE.iter().enumerate() {
        let name = format!("hostile_{index}");
        let ran = session(&name, &hostile(text), "* ack\n* approve\n* fail\n", &[]);
        assert_eq!(ran.status, Some(1), "{text:?}: {}", ran.shown);
        for folder in [ran.folder.clone(), ran.folder.join("..")] {
            assert!(!folder.join("canary").exists(), "{text:?}");
        }
        assert!(
            !ran.shown.contains(['\u{1b}', '\u{202e}', '\u{9b}']),
            "{text:?}: {}",
            ran.shown
        );
    }
}

#[test]
fn equal_plans_give_equal_bytes() {
    let plan = hostile("x");
    assert_eq!(compile(&plan), compile(&plan.clone()));
}

/// What bash learned after 4.4, the oldest the session runs in. 4.4 and 5.0 are in no registry
/// that can be reached, so the sessions themselves are tested in 5.1 and 5.2 (`RBC_BASH`).
const NEWER_THAN_4_4: &[&str] = &[
    "@U}",
    "@u}",
    "@L}",
    "@K}",
    "@k}", // 5.1, 5.2
    "$EPOCH",
    "${EPOCH",
    "$SRANDOM",
    "${SRANDOM",
    "BASH_ARGV0",
    "$BASH_MONOSECONDS",
    "wait -f",
    "wait -p",
    "local -I",
    "declare -I",
    "ulimit -R",
    "read -E",
    "trap -P",
    "source -p",
    "compgen -V",
    "printf '%Q",
    "${ ",
    "${|",
    "localvar_inherit",
    "assoc_expand_once",
    "patsub_replacement",
    "varredir_close",
    "bash_source_fullpath",
    "array_expand_once",
];

#[test]
fn the_session_uses_nothing_that_bash_4_4_lacks() {
    let text = compile(&runs(&["true"]));
    let found: Vec<(&str, &str)> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .flat_map(|line| {
            NEWER_THAN_4_4
                .iter()
                .filter(|newer| line.contains(**newer))
                .map(move |newer| (*newer, line))
        })
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_exclusion_of_shellcheck_has_its_reason() {
    let text = compile(&runs(&["true"]));
    let without: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("shellcheck disable="))
        .filter(|line| {
            line.rsplit_once("  # ")
                .is_none_or(|(_, reason)| reason.split(' ').count() < 3)
        })
        .collect();
    assert!(without.is_empty(), "{without:#?}");
}

#[test]
fn shellcheck_finds_nothing_in_the_session_or_the_runner() {
    if Command::new("shellcheck")
        .arg("--version")
        .output()
        .is_err()
    {
        eprintln!("skipped: shellcheck is not installed");
        return;
    }
    let file = folder("shellcheck").join("session.sh");
    fs::write(&file, compile(&hostile(&HOSTILE.concat()))).expect("the folder can be written");
    let output = Command::new("shellcheck")
        .args(["--norc", "--shell=bash", "--format=gcc"])
        .arg(&file)
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/src/backend/session/runner.sh"
        ))
        .output()
        .expect("shellcheck can be started");
    let findings = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{findings}");
}
