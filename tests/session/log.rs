//! The documents made from a session's record, whole, with times masked.

use super::*;
use rbc::record::{Journal, Record};

/// Digits of times, durations and hashes stand for what differs from run to run.
fn masked(text: &str) -> String {
    let mut masked = String::new();
    for line in text.split_inclusive('\n') {
        let steady = if line.contains("SHA-256")
            || ["| Host |", "| Ended |", "| Journal |"]
                .iter()
                .any(|start| line.starts_with(start))
        {
            format!(
                "{} masked |\n",
                line.split_inclusive('|').take(2).collect::<String>()
            )
        } else {
            line.split_inclusive([' ', ','])
                .map(|word| {
                    if (word.starts_with("20") || word.contains("-20")) && word.contains('-') {
                        mask(word)
                    } else {
                        word.to_owned()
                    }
                })
                .collect()
        };
        masked += &without_duration(&steady);
    }
    masked
}

fn without_duration(line: &str) -> String {
    match line.split_once("took ") {
        Some((before, after)) => {
            let rest = after.split_once(',').map_or("", |(_, rest)| rest);
            format!("{before}took some time,{rest}")
        }
        None => line.to_owned(),
    }
}

fn mask(word: &str) -> String {
    word.chars()
        .map(|character| {
            if character.is_ascii_digit() {
                '0'
            } else {
                character
            }
        })
        .collect()
}

#[test]
fn the_log_and_the_addendum_say_what_was_run_and_how_it_differed() {
    let mut check = step("1.1", Kind::Check, 10, "echo looking\nfalse");
    check.expect = Some("one line, `<looking>`".to_owned());
    let mut run = step("1.2", Kind::Run, 20, "echo '```' to {{target}}");
    run.effects = vec!["changes a thing".to_owned()];
    let mut plan = plan(vec![
        check,
        run,
        step("1.3", Kind::Gate, 30, "no-such-command"),
        step("2.1", Kind::Run, 40, "exit 3"),
        step("2.2", Kind::Gate, 50, ""),
    ]);
    plan.placeholders = vec![rbc::plan::Placeholder {
        name: "target".to_owned(),
        pattern: None,
        meaning: String::new(),
        secret: false,
        choices: Vec::new(),
        jump: None,
        from: None,
        target: false,
        value: None,
    }];
    plan.reverts = vec![vec![
        "a layer".to_owned(),
        "go | back".to_owned(),
        "none".to_owned(),
    ]];
    let answers = "* approve\n1.1 pass known to be odd\n1.3 override the tool is not here\n";
    let ran = session("documents", &plan, answers, &["--set", "target=3.6"]);
    assert_eq!(ran.status, Some(1), "{}", ran.shown);
    let schema = serde_json::from_str(include_str!("../../schemas/journal.json"))
        .expect("the schema is JSON");
    let schema = jsonschema::validator_for(&schema).expect("the schema is one");
    for line in ran.journal().lines() {
        let line = serde_json::from_str(line).expect("a line is JSON");
        schema
            .validate(&line)
            .expect("a session writes what the schema says");
    }
    let hash = rbc::record::plan_hash(
        &fs::read_to_string(ran.folder.join("plan.json")).expect("the session keeps its plan"),
    );
    let record = Record::new(plan, &hash, &Journal::read(&ran.journal(), None));
    let templates = Templates::default();
    let none = rbc::backend::log::Outputs::new();
    for (name, text) in [
        (
            "as-executed.md",
            rbc::backend::log::markdown(&record, &none, &templates),
        ),
        (
            "changelog.md",
            rbc::backend::changelog::markdown(&record, &Default::default(), &templates),
        ),
    ] {
        let text = text.expect("our own templates have no errors");
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/cases/log")
            .join(name);
        let found = masked(&text);
        if std::env::var_os("RBC_BLESS").is_some() {
            fs::write(&file, &found).expect("the case can be written");
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(found, expected, "{name}");
    }
}
