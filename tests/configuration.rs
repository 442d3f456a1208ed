//! `rbc.toml`: what is wrong with it and how that is said, what the settings of several folders
//! come to, and the JSON Schema that describes it. `RBC_BLESS=1` rewrites the outputs.

use std::path::Path;

use rbc::config;
use rbc::effect::Knowledge;
use rbc::report::{self, Report};
use rbc::source::{FileId, SourceFile};

use crate::cli::{BROKEN, folder, ran, write};
use crate::lint::{cases, compare};

/// Every finding about the settings of a text, as it is shown; empty when there is none.
fn complaints(text: &str) -> String {
    let file = SourceFile {
        id: FileId(0),
        path: "rbc.toml".to_owned(),
        text: text.to_owned(),
    };
    let findings = match config::parse(&file) {
        Err(finding) => vec![*finding],
        Ok(settings) => {
            let mut findings = rbc::lint::check_config(&settings, &file);
            let (_, broken) = Knowledge::with_config(&settings);
            findings.extend(
                broken
                    .iter()
                    .map(|error| config::broken_tool(&file, &error.file, &error.message)),
            );
            findings
        }
    };
    report::findings(&Report::new(std::slice::from_ref(&file), &findings))
}

#[test]
fn every_slip_is_shown_at_its_place_with_what_to_do() {
    let mut wrong = Vec::new();
    for case in cases("tests/cases/config", "toml") {
        let text = std::fs::read_to_string(&case).expect("cases are UTF-8");
        let found = complaints(&text);
        if !found.contains("rbc.toml:") {
            wrong.push(format!("{}: no finding with a place", case.display()));
        }
        compare(&case.with_extension("out"), &found, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The settings that stand as examples anywhere in this repository, with where.
fn examples() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).expect("there is a README");
    let mut examples: Vec<(String, String)> = readme
        .split("\n```toml\n")
        .skip(1)
        .map(|rest| {
            let text = rest.split("\n```").next().expect("a split has a part");
            ("README.md".to_owned(), text.to_owned())
        })
        .collect();
    let runbooks = std::fs::read_to_string(root.join("runbooks/rbc.toml"));
    examples.push((
        "runbooks/rbc.toml".to_owned(),
        runbooks.expect("it is there"),
    ));
    for rule in rbc::lint::rules::ALL {
        for part in rule.page.split("\n````toml rbc.toml\n").skip(1) {
            let text = part.split("\n````").next().expect("a split has a part");
            examples.push((rule.code.id.to_owned(), text.to_owned()));
        }
    }
    examples.push(("everything".to_owned(), EVERYTHING.to_owned()));
    examples
}

/// Every setting once.
const EVERYTHING: &str = r#"
root = true
[profile]
use = "strict"
[lint]
all = true
exclude = ["archive/"]
baseline = "rbc-baseline.json"
[policy]
protected = ["vault"]
channel-changes = "never"
[[policy.forbid]]
command = "juju bootstrap"
reason = "never inside a window"
instead = "ask the platform team"
[paths]
ids = ["docs/decisions.md"]
templates = "templates"
version-lock = "lock.md"
[hosts]
local = "jumphost"
"vault/*" = { via = "juju ssh {host} -- bash -s" }
[style]
ascii = false
line-endings = "any"
header = ["Owner"]
script-invocation = "any"
read-only-remark = false
expectations = false
label-looks = false
revert-rows = false
paste-safe = false
[rules]
no-revert = "off"
RBC101 = "warning"
[[override]]
files = ["drafts/"]
rules = { non-ascii = "info" }
style = { ascii = true }
profile = { use = "relaxed" }
[session]
wrapper = "bash scripts/run-logged.sh"
source = ["~/openrc"]
lock = "/tmp/lock"
label = "ops"
[placeholders.target]
pattern = "[0-9]+"
meaning = "the version"
secret = false
[tool.cloudctl]
read = ["status"]
mutate = ["apply"]
"#;

fn schema() -> String {
    let (status, schema, _) = ran(Path::new("."), &["schema", "config"]);
    assert_eq!(status, 0);
    schema
}

fn validator() -> jsonschema::Validator {
    let schema = serde_json::from_str(&schema()).expect("a schema is JSON");
    jsonschema::validator_for(&schema).expect("rbc prints a valid schema")
}

fn json(text: &str) -> serde_json::Value {
    let table: toml::Table = toml::from_str(text).expect("the example is TOML");
    serde_json::to_value(table).expect("TOML fits into JSON")
}

#[test]
fn the_published_schema_is_the_one_the_program_prints() {
    let mut wrong = Vec::new();
    let published = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/config.json");
    compare(&published, &schema(), &mut wrong);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_schema_takes_what_the_program_takes() {
    let validator = validator();
    for (place, text) in examples() {
        assert_eq!(complaints(&text), "", "{place}");
        let problems: Vec<String> = validator
            .iter_errors(&json(&text))
            .map(|error| format!("{}: {error}", error.instance_path))
            .collect();
        assert!(problems.is_empty(), "{place}: {problems:#?}\n{text}");
    }
}

#[test]
fn the_schema_refuses_slips_of_form() {
    let validator = validator();
    for name in [
        "unknown_table",
        "unknown_key",
        "unknown_habit",
        "unknown_level",
        "unknown_rule",
        "unknown_rule_in_an_override",
        "unknown_profile",
        "a_text_where_a_list_belongs",
        "a_switch_that_is_no_switch",
        "a_reason_is_missing",
    ] {
        let path = format!("tests/cases/config/{name}.toml");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let text = std::fs::read_to_string(path).expect("the case is there");
        assert!(
            !validator.is_valid(&json(&text)),
            "{name} passes the schema"
        );
    }
}

/// The codes that `rbc lint` finds in a file.
fn codes(folder: &Path, path: &str) -> Vec<String> {
    let (_, out, err) = ran(folder, &["lint", "--format", "concise", path]);
    assert_eq!(err, "");
    out.lines()
        .filter_map(|line| line.split_once('[')?.1.split_once(' '))
        .map(|(code, _)| code.to_owned())
        .collect()
}

#[test]
fn a_folder_further_down_adds_to_the_settings_and_weighs_more() {
    let folder = folder("layers");
    write(
        &folder,
        "rbc.toml",
        "[policy]\nprotected = [\"vault\"]\n[rules]\nRBC501 = \"error\"\nno-revert = \"off\"\n",
    );
    write(
        &folder,
        "team/rbc.toml",
        "[policy]\nprotected = [\"etcd\"]\n[rules]\nmissing-header = \"off\"\n",
    );
    let text = BROKEN.replace(
        "sudo systemctl restart nginx",
        "juju refresh vault\njuju refresh etcd",
    );
    write(&folder, "top.md", &text);
    write(&folder, "team/inner.md", &text);
    assert_eq!(
        codes(&folder, "top.md"),
        ["RBC501", "RBC102", "RBC202", "RBC102"]
    );
    assert_eq!(
        codes(&folder, "team/inner.md"),
        ["RBC102", "RBC202", "RBC102", "RBC202"]
    );
    let (status, out, _) = ran(&folder, &["config", "team/inner.md"]);
    assert_eq!(status, 0);
    for line in [
        "root: .",
        "policy.protected = [\"vault\"]  # rbc.toml:2",
        "policy.protected += [\"etcd\"]  # team/rbc.toml:2",
        "rules.missing-header = \"off\"  # team/rbc.toml:4",
        "rules.no-revert = \"off\"  # rbc.toml:5",
        "style.ascii = true  # default",
    ] {
        assert!(out.lines().any(|found| found == line), "{line}\n{out}");
    }
}

#[test]
fn scripts_are_looked_up_from_the_outermost_settings_unless_a_file_ends_the_search() {
    let folder = folder("root");
    write(&folder, "rbc.toml", "[rules]\nmissing-header = \"off\"\n");
    write(&folder, "scripts/look.sh", "uptime\n");
    write(&folder, "team/rbc.toml", "[rules]\nnon-ascii = \"off\"\n");
    let text = BROKEN.replace("sudo systemctl restart nginx", "bash scripts/look.sh");
    write(&folder, "team/inner.md", &text);
    assert_eq!(codes(&folder, "team/inner.md"), [""; 0]);
    write(
        &folder,
        "team/rbc.toml",
        "root = true\n[rules]\nmissing-header = \"off\"\n",
    );
    assert_eq!(codes(&folder, "team/inner.md"), ["RBC301"]);
    let (_, out, _) = ran(&folder, &["config", "team"]);
    assert!(out.starts_with("root: team\n"), "{out}");
}

#[test]
fn the_search_ends_at_the_repository() {
    let folder = folder("repository");
    write(&folder, "rbc.toml", "[rules]\nmutating-check = \"off\"\n");
    write(&folder, "clone/.git/HEAD", "");
    write(
        &folder,
        "clone/rbc.toml",
        "[rules]\nmissing-header = \"off\"\n",
    );
    write(&folder, "clone/broken.md", BROKEN);
    assert_eq!(codes(&folder, "clone/broken.md"), ["RBC102"]);
    // A repository without settings has those around it.
    std::fs::remove_file(folder.join("clone/rbc.toml")).expect("it was written");
    assert_eq!(codes(&folder, "clone/broken.md"), ["RBC501"]);
}

#[test]
fn an_override_is_about_the_files_it_names() {
    let folder = folder("override");
    write(
        &folder,
        "rbc.toml",
        "[rules]\nmissing-header = \"off\"\n\n[[override]]\nfiles = [\"drafts/\"]\nrules = { mutating-check = \"warning\" }\n\n[[override]]\nfiles = [\"*-old.md\"]\nrules = { RBC102 = \"off\" }\n",
    );
    for path in ["a.md", "drafts/deep/a.md", "drafts/a-old.md", "x/a-old.md"] {
        write(&folder, path, BROKEN);
    }
    let (status, out, _) = ran(&folder, &["lint", "--format", "concise", "."]);
    assert_eq!(status, 1);
    let found: Vec<&str> = out
        .lines()
        .filter_map(|line| line.split_once(" mutating-check]"))
        .map(|(place, _)| place)
        .collect();
    assert_eq!(
        found,
        [
            "a.md:7:1: error[RBC102",
            "drafts/deep/a.md:7:1: warning[RBC102"
        ]
    );
    let (_, out, _) = ran(&folder, &["config", "drafts/a-old.md"]);
    let line = "rules.mutating-check = \"off\"  # rbc.toml:10, override[1]";
    assert!(out.lines().any(|found| found == line), "{out}");
    // The settings of a folder read their patterns from that folder.
    write(
        &folder,
        "x/rbc.toml",
        "[[override]]\nfiles = [\"/a-old.md\"]\nrules = { RBC102 = \"info\" }\n",
    );
    let (_, out, _) = ran(&folder, &["lint", "--format", "concise", "x"]);
    assert!(out.contains("info[RBC102"), "{out}");
}

#[test]
fn what_is_excluded_is_linted_only_by_name() {
    let folder = folder("exclude");
    write(
        &folder,
        "rbc.toml",
        "[lint]\nexclude = [\"archive/\"]\n[rules]\nmissing-header = \"off\"\n",
    );
    write(&folder, "archive/old.md", BROKEN);
    write(&folder, "new.md", BROKEN);
    assert_eq!(codes(&folder, ".").len(), 1);
    assert_eq!(codes(&folder, "archive/old.md"), ["RBC102"]);
}

#[test]
fn profiles_set_all_levels_and_rules_weigh_more() {
    let folder = folder("profiles");
    let text = "# Ops\n\n## 1. Caf\u{e9}\n\n**RUN -- jumphost**\n```bash\nsudo systemctl restart nginx\n```\nThere is nothing to undo.\n";
    write(&folder, "a.md", text);
    let found = |settings: &str| {
        write(&folder, "rbc.toml", settings);
        let (status, out, _) = ran(&folder, &["lint", "--format", "concise", "a.md"]);
        let levels: Vec<String> = out
            .lines()
            .filter_map(|line| line.split(' ').nth(1))
            .map(|word| word.replace('[', " "))
            .collect();
        (status, levels.join(", "))
    };
    let with = |use_: &str| found(&format!("[profile]\nuse = \"{use_}\"\n"));
    assert_eq!(
        found(""),
        (
            1,
            "warning RBC501, warning RBC503, warning RBC114, error RBC101, error RBC103".to_owned()
        )
    );
    assert_eq!(found(""), with("default"));
    assert_eq!(
        with("strict"),
        (
            1,
            "error RBC501, error RBC503, error RBC114, error RBC101, error RBC103".to_owned()
        )
    );
    assert_eq!(
        with("relaxed"),
        (1, "error RBC101, error RBC103".to_owned())
    );
    assert_eq!(
        found(
            "[profile]\nuse = \"relaxed\"\n[rules]\nRBC101 = \"info\"\nRBC103 = \"off\"\nRBC503 = \"info\"\n"
        ),
        (0, "info RBC503, info RBC101".to_owned())
    );
}

#[test]
fn another_house_can_turn_every_habit_off() {
    let folder = folder("habits");
    let text = "# Nginx\n\nOwner: web team\n\n## 1. Caf\u{e9}\r\n\n**CHECK -- jumphost**\n```bash\n./scripts/look.sh\n```\n\n```bash\nuptime\n```\n";
    write(&folder, "a.md", text);
    write(&folder, "scripts/look.sh", "uptime\n");
    write(&folder, "rbc.toml", "");
    assert_eq!(
        codes(&folder, "a.md"),
        [
            "RBC501", "RBC503", "RBC504", "RBC114", "RBC505", "RBC302", "RBC112"
        ]
    );
    write(
        &folder,
        "rbc.toml",
        "[style]\nascii = false\nline-endings = \"any\"\nheader = [\"Owner\"]\nscript-invocation = \"any\"\nexpectations = false\nlabel-looks = false\nread-only-remark = false\n",
    );
    assert_eq!(codes(&folder, "a.md"), [""; 0]);
    write(
        &folder,
        "rbc.toml",
        "[style]\nheader = [\"Owner\", \"Rollback\"]\n",
    );
    let (_, out, _) = ran(
        &folder,
        &["lint", "--select", "RBC501", "--format", "concise", "a.md"],
    );
    assert!(out.contains("no `Rollback:` paragraph"), "{out}");
}

#[test]
fn the_channel_rule_is_policy() {
    let folder = folder("channels");
    let text = "# Ops -- Example\n\n## 1. Change\n\n**RUN -- jumphost**\n```bash\njuju refresh keystone --channel 2024.1/stable\n```\n\n## 2. Revert\n\n| Layer | In-band revert |\n| --- | --- |\n| keystone | `juju refresh keystone --channel <pinned-channel>` |\n";
    write(&folder, "a.md", text);
    let lines = |settings: &str| {
        write(&folder, "rbc.toml", settings);
        let (_, out, _) = ran(
            &folder,
            &["lint", "--select", "RBC201", "--format", "concise", "a.md"],
        );
        out.lines()
            .filter_map(|line| line.split(':').nth(1))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(lines(""), ["7"]);
    assert_eq!(
        lines("[policy]\nchannel-changes = \"never\"\n"),
        ["7", "14"]
    );
    assert_eq!(lines("[policy]\nchannel-changes = \"allowed\"\n"), [""; 0]);
}

#[test]
fn files_without_labels_are_linted_where_the_settings_say_so() {
    let folder = folder("all");
    write(&folder, "rbc.toml", "[lint]\nall = true\n");
    write(
        &folder,
        "notes.md",
        "# Notes\n\n```bash\nif true; done\n```\n",
    );
    assert_eq!(codes(&folder, "."), ["RBC401"]);
}
