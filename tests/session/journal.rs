//! The journal: written before what it announces, and telling when somebody changed it.

use super::*;
use rbc::record::{Journal, Record, Trouble};

fn ran(test: &str) -> (Plan, Ran) {
    let plan = plan(vec![
        step("1.1", Kind::Check, 10, "echo one"),
        step("1.2", Kind::Run, 20, "echo two\nfalse"),
        step("1.3", Kind::Gate, 30, "true"),
    ]);
    let ran = session(test, &plan, "* approve\n* pass fine\n", &[]);
    (plan, ran)
}

fn head(ran: &Ran) -> String {
    fs::read_to_string(ran.folder.join("head")).expect("the head is there")
}

#[test]
fn a_session_leaves_a_sound_journal_and_a_private_folder() {
    use std::os::unix::fs::PermissionsExt;
    let (_, ran) = ran("sound");
    let journal = Journal::read(&ran.journal(), Some(&head(&ran)));
    assert_eq!(journal.troubles, []);
    assert_eq!(
        journal
            .events
            .iter()
            .map(|event| event.name.as_str())
            .collect::<Vec<_>>(),
        [
            "session-start",
            "approve",
            "step-start",
            "step-end",
            "verdict",
            "approve",
            "step-start",
            "step-end",
            "verdict",
            "session-end"
        ]
    );
    let mode = |path: &Path| {
        fs::metadata(path)
            .expect("it is there")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode(&ran.folder), 0o700);
    assert_eq!(mode(&ran.folder.join("journal.jsonl")), 0o600);
    assert_eq!(mode(&ran.folder.join("steps/001-1.1.1/output")), 0o600);
}

#[test]
fn the_record_says_what_happened_to_each_step() {
    let (plan, ran) = ran("record");
    let journal = Journal::read(&ran.journal(), None);
    let record = Record::new(plan, journal.events[0].text("plan-hash"), &journal);
    let verdicts: Vec<(&str, &str)> = record
        .steps
        .iter()
        .map(|step| (step.number.as_str(), step.verdict.as_str()))
        .collect();
    assert_eq!(
        verdicts,
        [("1.1", "pass"), ("1.2", "fail"), ("1.3", "none")]
    );
    assert_eq!(record.status, Some(1));
    let differences: Vec<&str> = record
        .differences
        .iter()
        .map(|difference| difference.text.as_str())
        .collect();
    assert_eq!(
        differences,
        ["step 1.2 failed: exit status 1", "step 1.3 was not reached"]
    );
    let failures: Vec<i64> = record.steps[1].tries[0]
        .failures
        .iter()
        .map(|failure| failure.line)
        .collect();
    assert_eq!(failures, [21]);
}

#[test]
fn every_kind_of_tampering_is_found_and_named() {
    let (_, ran) = ran("tampered");
    let journal = ran.journal();
    let head = head(&ran);
    let lines: Vec<&str> = journal.split_inclusive('\n').collect();
    let last = lines.len();
    let without = |index: usize| -> String {
        lines
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != index)
            .map(|(_, line)| *line)
            .collect()
    };
    let swapped: String = [&lines[..2], &[lines[3], lines[2]], &lines[4..]]
        .concat()
        .concat();
    let cases: Vec<(&str, String, Vec<Trouble>)> = vec![
        (
            "a changed word",
            journal.replacen("\"verdict\":\"pass\"", "\"verdict\":\"fail\"", 1),
            vec![Trouble::Changed { line: 5 }],
        ),
        (
            "a removed line",
            without(3),
            vec![Trouble::Broken { line: 4 }],
        ),
        (
            "lines swapped",
            swapped,
            vec![
                Trouble::Broken { line: 3 },
                Trouble::Broken { line: 4 },
                Trouble::Broken { line: 5 },
            ],
        ),
        (
            "the last line removed",
            without(last - 1),
            vec![Trouble::Missing {
                found: last - 1,
                expected: last,
            }],
        ),
        (
            "no line of a session",
            journal.replacen("{\"n\":2", "\"n\":2", 1),
            vec![Trouble::NotALine { line: 2 }],
        ),
    ];
    for (what, text, expected) in cases {
        let mut found = Journal::read(&text, Some(&head)).troubles;
        found.truncate(expected.len());
        assert_eq!(found, expected, "{what}");
    }
}

#[test]
fn a_torn_last_line_is_recognised_and_set_aside() {
    let (_, ran) = ran("torn");
    let mut journal = ran.journal();
    let lines = journal.lines().count();
    journal.push_str("{\"n\":11,\"time\":\"2026");
    let read = Journal::read(&journal, Some(&head(&ran)));
    assert_eq!(read.troubles, [Trouble::Torn { line: lines + 1 }]);
    assert_eq!(read.events.len(), lines);
    assert!(read.is_sound());
}
