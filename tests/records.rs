//! The documents after a window: templates that are wrong or do not end, journals that are torn,
//! changed or too new, and documents that somebody has edited.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rbc::backend::Templates;
use rbc::backend::template::Form;
use serde_json::{Value, json};

fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("records")
        .join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the target folder can be written");
    folder
}

/// Exit status, standard output, standard error.
fn rbc(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_rbc"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("rbc starts");
    (
        output.status.code().expect("rbc is not killed"),
        String::from_utf8(output.stdout).expect("documents are text"),
        String::from_utf8(output.stderr).expect("complaints are text"),
    )
}

/// The complaint about a project's template of this text.
fn complaint(files: &[(&str, &str)]) -> String {
    let own: BTreeMap<String, String> = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    match Templates::new(Form::House, "docs/templates", own) {
        Ok(_) => "no complaint".to_owned(),
        Err(complaint) => complaint,
    }
}

#[test]
fn a_template_error_has_its_file_its_line_and_what_there_is() {
    let about = |text| complaint(&[("as-executed.md", text)]);
    let found = about("# {{ title }}\n\n{{ titel }}\n");
    assert!(
        found.starts_with("template `docs/templates/as-executed.md`, line 3: `titel` is not there; there is `version`, "),
        "{found}"
    );
    let found = about(
        "{% for step in steps %}\n{% for run in step.runs %}\n{{ run.text }}\n{% endfor %}{% endfor %}",
    );
    assert_eq!(
        found,
        "template `docs/templates/as-executed.md`, line 3: `run.text` is not there; there is `run.block`, `run.command`, `run.tries`"
    );
    let found = about("one\n{% for step in %}\n");
    assert!(
        found.starts_with("template `docs/templates/as-executed.md`, line 2, column "),
        "{found}"
    );
    let found = complaint(&[
        ("as-executed.md", "{% include \"head.md\" %}"),
        ("head.md", "\n{{ nothing }}\n"),
    ]);
    assert!(
        found.contains("`docs/templates/head.md`, line 2: `nothing`"),
        "{found}"
    );
}

#[test]
fn a_template_that_would_not_end_is_one_sentence() {
    let loops =
        "{% for a in range(end=5000) %}{% for b in range(end=5000) %}{% endfor %}{% endfor %}";
    let itself = "{% macro again() %}{{ self::again() }}{% endmacro %}{{ self::again() }}";
    let doubles = "{% set_global x = \"xxxxxxxx\" %}{% for a in range(end=60) %}{% set_global x = x ~ x %}{% endfor %}";
    let about = |text| complaint(&[("changelog.md", text)]);
    assert_eq!(
        about(loops),
        "template `docs/templates/changelog.md`, line 1: its loops turn more than 200000 times"
    );
    assert_eq!(
        about("{% for a in range(end=1000000000000) %}{% endfor %}"),
        "template `docs/templates/changelog.md`, line 1: its `range` makes more than 100000 numbers"
    );
    assert!(
        about(itself).contains("its macros call themselves more than 32 deep"),
        "{}",
        about(itself)
    );
    assert!(
        about(doubles).contains("a value it sets grows beyond 1 MiB"),
        "{}",
        about(doubles)
    );
    let found = complaint(&[
        ("changelog.md", "{% include \"a.md\" %}"),
        ("a.md", "{% include \"b.md\" %}"),
        ("b.md", "{% include \"a.md\" %}"),
    ]);
    assert!(
        found.contains("it includes itself: changelog.md -> a.md -> b.md -> a.md"),
        "{found}"
    );
    assert_eq!(
        about("{% macro once() -%}\n  x\n{%- endmacro %}{{ self::once() }}"),
        "no complaint"
    );
}

/// A session's folder with these events; its plan is that of `out/ops-restart`.
fn session(test: &str, events: &[Value]) -> PathBuf {
    let folder = folder(test);
    let plan = Path::new(env!("CARGO_MANIFEST_DIR")).join("out/ops-restart/plan.json");
    let plan = fs::read_to_string(plan).expect("the golden plan is there");
    let plan: Value = serde_json::from_str(&plan).expect("the golden plan is JSON");
    let plan = plan.to_string();
    fs::write(folder.join("plan.json"), &plan).expect("the folder can be written");
    let mut previous = "start".to_owned();
    let mut journal = String::new();
    for (event, n) in events.iter().zip(1..) {
        let mut line = serde_json::Map::new();
        line.insert("n".to_owned(), json!(n));
        line.insert(
            "time".to_owned(),
            json!(format!("2026-07-05T01:02:{n:02}Z")),
        );
        line.extend(event.as_object().expect("an event is an object").clone());
        if n == 1 {
            let hash = rbc::record::plan_hash(&plan);
            line.insert("plan-hash".to_owned(), json!(hash));
            line.insert("runbook-hash".to_owned(), json!("0".repeat(64)));
        }
        line.insert("previous".to_owned(), json!(previous));
        let line = Value::Object(line);
        let body = line.to_string();
        let body = body.strip_suffix('}').expect("an object ends so");
        previous = rbc::plan::hash(body);
        journal.push_str(&format!("{body},\"hash\":\"{previous}\"}}\n"));
    }
    fs::write(
        folder.join("head"),
        format!("{} {previous}\n", events.len()),
    )
    .expect("the folder can be written");
    fs::write(folder.join("journal.jsonl"), journal).expect("the folder can be written");
    folder
}

fn events() -> Vec<Value> {
    vec![
        json!({"event": "session-start", "version": 1, "label": "ops-restart", "operator": "op", "host": "h"}),
        json!({"event": "note", "step": "", "text": "a | <b> `c`\nd", "by": "op"}),
        json!({"event": "session-end", "status": 3, "reason": "by the operator", "by": "op"}),
    ]
}

#[test]
fn a_halted_session_has_its_documents_from_any_folder() {
    let folder = session("halted", &events());
    let elsewhere = self::folder("elsewhere");
    let path = folder.to_string_lossy().into_owned();
    let (status, log, complaints) = rbc(&elsewhere, &["log", &path]);
    assert_eq!((status, complaints.as_str()), (0, ""));
    assert!(
        log.contains("| Result | halted: by the operator |"),
        "{log}"
    );
    assert!(log.contains("a \\| \\<b> \\`c\\` d"), "{log}");
    assert!(log.contains("steps) were not reached"), "{log}");
    let (status, row, _) = rbc(&elsewhere, &["log", "--index-row", &path]);
    assert_eq!(status, 0);
    assert!(
        row.starts_with("| 2026-07-05 | ops-restart-20260705 | op | "),
        "{row}"
    );
    let (status, text, _) = rbc(&elsewhere, &["changelog", &path, "-o", "new.md"]);
    assert_eq!((status, text.as_str()), (0, "wrote new.md\n"));
    let (status, _, complaint) = rbc(&elsewhere, &["changelog", &path, "-o", "new.md"]);
    assert_eq!(status, 2);
    assert!(
        complaint.contains("`new.md` is there already; --force overwrites it"),
        "{complaint}"
    );
    let (status, json, _) = rbc(&elsewhere, &["log", "--format", "json", &path]);
    assert_eq!(status, 0);
    let json: Value = serde_json::from_str(&json).expect("the log is JSON");
    assert_eq!(json["version"], 1);
    assert_eq!(json["state"], "halted");
}

#[test]
fn a_journal_that_is_torn_changed_or_too_new_is_said_so() {
    let folder = session("journals", &events());
    let path = folder.join("journal.jsonl");
    let whole = fs::read_to_string(&path).expect("the journal is there");
    let verify = || {
        let (status, out, _) = rbc(&folder, &["log", "--verify", "."]);
        (status, out)
    };
    assert_eq!(verify(), (0, "3 lines, the chain holds\n".to_owned()));

    fs::write(&path, format!("{whole}{{\"n\":4,")).expect("the folder can be written");
    let (status, out) = verify();
    assert_eq!(status, 0, "{out}");
    assert!(out.starts_with("line 4 of the journal is torn"), "{out}");
    assert_eq!(rbc(&folder, &["log", "."]).0, 0);

    fs::write(&path, whole.replace("a | <b>", "nothing")).expect("the folder can be written");
    assert_eq!(
        verify(),
        (1, "line 2 of the journal was changed\n".to_owned())
    );
    let (status, log, complaint) = rbc(&folder, &["log", "."]);
    assert_eq!(status, 1);
    assert!(
        log.contains("THE CHAIN IS BROKEN; line 2 of the journal was changed"),
        "{log}"
    );
    assert!(
        complaint.contains("line 2 of the journal was changed"),
        "{complaint}"
    );

    let mut newer = events();
    newer[0]["version"] = json!(99);
    let newer = session("newer", &newer);
    let (status, out, complaint) = rbc(&newer, &["log", "."]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(
        complaint.contains("the journal is of version 99"),
        "{complaint}"
    );

    let none = self::folder("none");
    let (status, _, complaint) = rbc(&none, &["log", "."]);
    assert_eq!(status, 2);
    assert!(
        complaint.contains("`.` is no session: it has no `journal.jsonl`"),
        "{complaint}"
    );
}

#[test]
fn a_document_that_somebody_edited_is_not_overwritten() {
    let folder = folder("edited");
    let runbook = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/readme");
    let text = fs::read_to_string(runbook.join("keystone.md")).expect("the case is there");
    let text = text.replace(" --channel 2024.1/edge", "");
    fs::write(folder.join("keystone.md"), text).expect("the folder can be written");
    assert_eq!(rbc(&folder, &["compile", "keystone.md"]).0, 0);
    assert_eq!(rbc(&folder, &["compile", "keystone.md"]).0, 0);
    let log = folder.join("out/keystone/as-executed.md");
    let text = fs::read_to_string(&log).expect("it was written");
    fs::write(&log, text.replacen("____", "2026-07-05", 1)).expect("the folder can be written");
    let (status, _, complaint) = rbc(&folder, &["compile", "keystone.md"]);
    assert_eq!(status, 2);
    assert!(
        complaint.contains("as-executed.md` was edited since rbc wrote it"),
        "{complaint}"
    );
    assert!(
        fs::read_to_string(&log)
            .expect("it is there")
            .contains("2026-07-05")
    );
    assert_eq!(
        rbc(
            &folder,
            &["compile", "--emit", "session,plan", "keystone.md"]
        )
        .0,
        0
    );
    assert_eq!(rbc(&folder, &["compile", "--force", "keystone.md"]).0, 0);
}

#[test]
fn the_published_schemas_are_the_ones_the_program_prints() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["plan", "journal", "log", "changelog"] {
        let (status, text, complaint) = rbc(here, &["schema", name]);
        assert_eq!(status, 0, "{complaint}");
        let published = here.join(format!("schemas/{name}.json"));
        if std::env::var_os("RBC_BLESS").is_some() {
            fs::write(&published, &text).expect("the schemas can be written");
        }
        let found = fs::read_to_string(&published).unwrap_or_default();
        assert!(
            found == text,
            "schemas/{name}.json differs; RBC_BLESS=1 rewrites it"
        );
    }
}

#[test]
fn plans_and_logs_are_what_their_schemas_say() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema = |name: &str| -> jsonschema::Validator {
        let (status, text, complaint) = rbc(here, &["schema", name]);
        assert_eq!(status, 0, "{complaint}");
        let schema: Value = serde_json::from_str(&text).expect("a schema is JSON");
        jsonschema::validator_for(&schema).expect("a schema is one")
    };
    let plan = schema("plan");
    for name in ["ops-update", "ops-restart"] {
        let text = fs::read_to_string(here.join(format!("out/{name}/plan.json")));
        let mut value: Value =
            serde_json::from_str(&text.expect("it is there")).expect("a plan is JSON");
        plan.validate(&value)
            .expect("the plan is what its schema says");
        value["steps"][0]["kind"] = json!("dance");
        assert!(
            plan.validate(&value).is_err(),
            "the schema lets anything pass"
        );
    }
    let folder = session("schemas", &events());
    let (_, log, _) = rbc(&folder, &["log", "--format", "json", "."]);
    let mut log: Value = serde_json::from_str(&log).expect("a log is JSON");
    schema("log")
        .validate(&log)
        .expect("the log is what its schema says");
    log["steps"] = json!(1);
    assert!(schema("log").validate(&log).is_err());
    let lines = fs::read_to_string(folder.join("journal.jsonl")).expect("it is there");
    let journal = schema("journal");
    for line in lines.lines() {
        let value: Value = serde_json::from_str(line).expect("a line is JSON");
        journal
            .validate(&value)
            .expect("the line is what the schema says");
    }
    assert!(journal.validate(&json!({"n": 1, "event": "note"})).is_err());
}
