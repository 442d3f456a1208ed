//! The findings in every form: against the schemas of those who read them, and whole outputs that a
//! person looked at.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::cli::{BROKEN, folder, ran, write};

fn schema(name: &str) -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/schemas")
        .join(name);
    let text = std::fs::read_to_string(path).expect("the schema is there");
    let schema: Value = serde_json::from_str(&text).expect("a schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is one")
}

#[track_caller]
fn valid(schema: &jsonschema::Validator, document: &Value) {
    let problems: Vec<String> = schema
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path))
        .collect();
    assert!(problems.is_empty(), "{problems:#?}");
}

/// A runbook with findings of all severities, related places and fixes.
const MANY: &str = "# Ops -- M\u{fc}ll

## 1. Look

**CHECK -- jumphost**
```bash
uptime
```
Expect: a load.

**CHECK (read-only) -- jumphost -- 100%, a: b**
```bash
sudo systemctl restart nginx
./scripts/look.sh
```
Expect: the line `ready`.

**CHECK (read-only) -- jumphost**
```bash
sudo systemctl restart nginx
```
Expect: the line `ready`.
";

fn many(test: &str) -> std::path::PathBuf {
    let folder = folder(test);
    write(&folder, "rbc.toml", "");
    write(&folder, "a b/m\u{fc}ll,1.md", MANY);
    write(&folder, "scripts/look.sh", "uptime\n");
    folder
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let (_, out, err) = ran(folder, arguments);
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}\n{out}{err}"))
}

#[test]
fn sarif_is_what_its_schema_says_and_its_paths_are_relative() {
    let folder = many("sarif");
    let validator = schema("sarif-2.1.0.json");
    let sarif = json(&folder, &["lint", "--format", "sarif", "."]);
    valid(&validator, &sarif);
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().expect("results are a list");
    let levels: BTreeSet<&str> = results
        .iter()
        .filter_map(|it| it["level"].as_str())
        .collect();
    assert_eq!(levels, BTreeSet::from(["error", "note", "warning"]));
    for result in results {
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%20b/m%C3%BCll%2C1.md");
    }
    assert!(
        results
            .iter()
            .any(|it| !it["relatedLocations"].as_array().is_none_or(Vec::is_empty))
    );
    assert!(results.iter().any(|it| it["fixes"].is_array()));
    for rule in run["tool"]["driver"]["rules"].as_array().expect("a list") {
        let page = rule["help"]["markdown"].as_str().expect("a page");
        assert!(page.starts_with(&format!("# {}", rule["id"].as_str().expect("an id"))));
    }
    // Absolute paths and paths through `..` name the same files.
    let absolute = folder.join("a b").to_string_lossy().into_owned();
    for path in [absolute.as_str(), "./a b/../a b"] {
        assert_eq!(
            json(&folder, &["lint", "--format", "sarif", path]),
            sarif,
            "{path}"
        );
    }
}

/// The marks by which hosts know a finding again.
fn marks(folder: &Path) -> Vec<String> {
    let report = json(folder, &["lint", "--format", "gitlab", "."]);
    let entries = report.as_array().expect("a list").iter();
    entries
        .map(|it| it["fingerprint"].as_str().expect("text").to_owned())
        .collect()
}

#[test]
fn a_finding_keeps_its_fingerprint_when_lines_move() {
    let folder = many("marks");
    let before = marks(&folder);
    assert_eq!(before.iter().collect::<BTreeSet<_>>().len(), before.len());
    let moved = MANY
        .replace("## 1. Look\n", "## 1. Look\n\nOne more paragraph.\n")
        .replace(
            "sudo systemctl restart nginx",
            "sudo  systemctl restart nginx",
        );
    write(&folder, "a b/m\u{fc}ll,1.md", &moved);
    assert_eq!(marks(&folder), before);
}

#[test]
fn gitlab_reports_are_what_its_documentation_says() {
    let folder = many("gitlab");
    let absolute = folder.to_string_lossy().into_owned();
    for path in [".", absolute.as_str()] {
        let report = json(&folder, &["lint", "--format", "gitlab", path]);
        valid(&schema("gitlab-code-quality.json"), &report);
        assert_eq!(report[0]["location"]["path"], "a b/m\u{fc}ll,1.md");
    }
}

#[test]
fn github_gets_annotations_errors_first_the_text_and_a_total() {
    let folder = many("github");
    let (status, out, _) = ran(&folder, &["lint", "--format", "github", "."]);
    assert_eq!(status, 1);
    let commands: Vec<&str> = out
        .lines()
        .take_while(|line| line.starts_with("::"))
        .collect();
    let kinds: Vec<&str> = commands
        .iter()
        .filter_map(|it| it.split(' ').next())
        .collect();
    let mut sorted = kinds.clone();
    sorted.sort_by_key(|kind| {
        ["::error", "::warning", "::notice"]
            .iter()
            .position(|it| it == kind)
    });
    assert_eq!(kinds, sorted);
    assert!(
        kinds.contains(&"::error") && kinds.contains(&"::notice"),
        "{out}"
    );
    assert!(
        commands[0]
            .starts_with("::error file=a b/m\u{fc}ll%2C1.md,line=13,endLine=13,col=1,endColumn="),
        "{}",
        commands[0]
    );
    let rest = out
        .lines()
        .skip(commands.len())
        .collect::<Vec<_>>()
        .join("\n");
    assert_eq!(rest.matches("::error").count(), 0);
    assert!(rest.contains("error[RBC102 mutating-check]"), "{rest}");
    let total = format!(
        "{} in 1 file\n",
        ran(&folder, &["lint", "."])
            .1
            .lines()
            .rev()
            .find_map(|line| line.strip_suffix(" in 1 file"))
            .expect("a total")
    );
    assert!(out.contains(&total), "{out}");
}

#[test]
fn what_the_host_reads_specially_is_escaped() {
    let folder = folder("escapes");
    write(
        &folder,
        "rbc.toml",
        "[[policy.forbid]]\ncommand = \"shutdown\"\nreason = \"100% no:\\n never, ever\"\n",
    );
    write(
        &folder,
        "a.md",
        &BROKEN.replace("sudo systemctl restart nginx", "sudo shutdown now"),
    );
    let (_, out, _) = ran(
        &folder,
        &["lint", "--select", "RBC203", "--format", "github", "a.md"],
    );
    let first = out.lines().next().expect("an annotation");
    assert!(
        first.contains(",title=RBC203 forbidden-command::"),
        "{first}"
    );
    assert!(first.contains("100%25 no:%0A never, ever"), "{first}");
    let (_, out, _) = ran(
        &folder,
        &["lint", "--select", "RBC203", "--format", "junit", "a.md"],
    );
    assert!(out.contains("100% no:"), "{out}");
}

#[test]
fn junit_is_one_suite_a_file_and_its_numbers_add_up() {
    let folder = many("junit");
    write(&folder, "clean.md", "# Notes\n");
    let (_, out, _) = ran(&folder, &["lint", "--format", "junit", "."]);
    assert_eq!(out.matches("<testsuite ").count(), 2, "{out}");
    let cases = out.matches("<testcase ").count();
    let failures = out.matches("<failure ").count();
    assert!(
        out.contains(&format!(
            "<testsuites name=\"rbc\" tests=\"{cases}\" failures=\"{failures}\">"
        )),
        "{out}"
    );
    assert!(
        out.contains("<testcase classname=\"clean.md\" name=\"clean.md\"/>"),
        "{out}"
    );
}

#[test]
fn colours_are_for_terminals_and_those_who_ask() {
    let folder = many("colours");
    let plain = ran(&folder, &["lint", "."]).1;
    assert!(!plain.contains('\u{1b}'));
    let coloured = ran(&folder, &["lint", "--color", "always", "."]).1;
    assert!(coloured.contains("\u{1b}["));
    assert_eq!(ran(&folder, &["lint", "--color", "never", "."]).1, plain);
}

#[test]
fn the_output_is_the_same_however_many_threads_there_are() {
    let folder = folder("threads");
    write(&folder, "rbc.toml", "");
    for index in 0..40 {
        write(&folder, &format!("{index:02}/a.md"), MANY);
    }
    let first = ran(&folder, &["lint", "--format", "json", "."]);
    for _ in 0..3 {
        assert_eq!(ran(&folder, &["lint", "--format", "json", "."]), first);
    }
}

#[test]
fn statistics_count_the_findings_of_each_rule() {
    let folder = many("statistics");
    let (status, out, _) = ran(&folder, &["lint", "--statistics", "."]);
    assert_eq!(status, 1);
    assert!(out.contains("2  RBC102  error   mutating-check\n"), "{out}");
    assert!(
        out.contains("1  RBC302  warning bare-script  1 with a fix\n"),
        "{out}"
    );
    assert!(out.ends_with("in 1 of 1 file\n"), "{out}");
    let json = json(&folder, &["lint", "--statistics", "--format", "json", "."]);
    assert_eq!(json["statistics"][0]["code"], "RBC102");
    assert_eq!(json["statistics"][0]["count"], 2);
}

/// `COLUMNS` is how wide the terminal is.
fn narrow(folder: &Path, columns: &str) -> String {
    let output = assert_cmd::Command::cargo_bin("rbc")
        .expect("cargo builds the program for its tests")
        .current_dir(folder)
        .env("COLUMNS", columns)
        .args(["lint", "--ignore", "RBC501,RBC503", "a.md"])
        .output()
        .expect("the program starts");
    String::from_utf8(output.stdout).expect("the program prints UTF-8")
}

#[test]
fn a_line_longer_than_the_terminal_is_cut_around_its_label() {
    let folder = folder("long");
    write(&folder, "rbc.toml", "");
    write(&folder, "scripts/look.sh", "uptime\n");
    let before = "x".repeat(90);
    let after = "y".repeat(90);
    let line = format!("printf {before} && ./scripts/look.sh && printf {after}");
    write(
        &folder,
        "a.md",
        &BROKEN.replace("sudo systemctl restart nginx", &line),
    );
    let out = narrow(&folder, "100");
    let source = out
        .lines()
        .find(|line| line.contains("7 \u{2502}"))
        .expect("the line is shown");
    assert!(source.chars().count() <= 100, "{source}");
    assert!(
        source.contains("...") && source.contains("&& ./scripts/look.sh &&"),
        "{source}"
    );
    assert!(
        out.contains("a.md:7:102\n"),
        "the place is that of the file: {out}"
    );
    let mark = out
        .lines()
        .find(|line| line.contains("needs an exec bit"))
        .expect("a mark");
    assert!(mark.chars().count() <= 100, "{mark}");
    let at = |text: &str, part: &str| {
        text.split_once(part)
            .map(|(before, _)| before.chars().count())
    };
    assert_eq!(at(source, "./scripts"), at(mark, "^"));
    // Where it fits, nothing is cut.
    let out = narrow(&folder, "400");
    assert!(out.contains(&line), "{out}");
}

#[test]
fn wide_and_joining_characters_and_tabs_keep_the_mark_below_its_place() {
    let folder = folder("wide");
    write(&folder, "rbc.toml", "[style]\nascii = false\n");
    for (line, columns) in [
        ("echo \u{8a9e}\u{5f59} && sudo systemctl restart nginx", 13),
        ("echo e\u{301}\u{301} && sudo systemctl restart nginx", 10),
        ("echo\ta && sudo systemctl restart nginx", 13),
        ("echo \u{1b}[2J && sudo systemctl restart nginx", 20),
    ] {
        write(
            &folder,
            "a.md",
            &BROKEN.replace("sudo systemctl restart nginx", line),
        );
        let out = narrow(&folder, "120");
        assert!(!out.contains('\u{1b}'), "{out}");
        let mark = out
            .lines()
            .find(|line| line.contains("^^^"))
            .expect("a mark");
        let (_, mark) = mark.split_once("\u{2502} ").expect("the margin");
        assert_eq!(mark.find('^'), Some(columns), "{line}\n{out}");
    }
}
