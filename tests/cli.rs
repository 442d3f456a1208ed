//! The program as a person runs it: what it prints where, and how it exits.

use std::path::{Path, PathBuf};
use std::process::Output;

/// A folder of its own for a test, empty.
pub(crate) fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("cli")
        .join(test);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("the folder of an earlier run goes away");
    }
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    folder
}

pub(crate) fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    let parent = path.parent().expect("a file lies in a folder");
    std::fs::create_dir_all(parent).expect("the target folder can be written");
    std::fs::write(path, text).expect("the target folder can be written");
}

pub(crate) fn rbc(folder: &Path, arguments: &[&str]) -> Output {
    assert_cmd::Command::cargo_bin("rbc")
        .expect("cargo builds the program for its tests")
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("the program starts")
}

/// Exit status, standard output, standard error.
pub(crate) fn ran(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = rbc(folder, arguments);
    (
        output.status.code().expect("no signal ends the program"),
        String::from_utf8(output.stdout).expect("the program prints UTF-8"),
        String::from_utf8(output.stderr).expect("the program prints UTF-8"),
    )
}

/// Runs the program, which must print nothing, complain in these words and exit with 2.
#[track_caller]
pub(crate) fn refuses(folder: &Path, arguments: &[&str], complaint: &str) {
    let (status, out, err) = ran(folder, arguments);
    assert_eq!((status, out.as_str(), err.as_str()), (2, "", complaint));
}

pub(crate) const CLEAN: &str = "# Ops -- Example

## 1. Look

**CHECK (read-only) -- jumphost**
```bash
uptime
```
Expect: a load below 4.
";

pub(crate) const BROKEN: &str = "# Ops -- Example

## 1. Look

**CHECK (read-only) -- jumphost**
```bash
sudo systemctl restart nginx
```
Expect: the line `ready`.
";

const WARNED: &str = "# Ops -- Example

## 1. Look

**CHECK (read-only) -- jumphost**
```bash
meterctl show
```
Expect: one line.
";

#[test]
fn clean_is_0_errors_are_1_and_strict_counts_warnings() {
    let folder = folder("statuses");
    write(&folder, "rbc.toml", "");
    write(&folder, "clean.md", CLEAN);
    write(&folder, "broken.md", BROKEN);
    write(&folder, "warned.md", WARNED);
    assert_eq!(ran(&folder, &["lint", "clean.md"]).0, 0);
    assert_eq!(ran(&folder, &["lint", "broken.md"]).0, 1);
    assert_eq!(ran(&folder, &["lint", "warned.md"]).0, 0);
    assert_eq!(ran(&folder, &["lint", "--strict", "warned.md"]).0, 1);
    assert_eq!(
        ran(&folder, &["lint", "--ignore", "RBC102", "broken.md"]).0,
        0
    );
    assert_eq!(
        ran(&folder, &["lint", "--select", "mutating-gate", "broken.md"]).0,
        0
    );
}

#[test]
fn a_rule_that_is_off_in_the_settings_is_silent() {
    let folder = folder("off");
    write(
        &folder,
        "rbc.toml",
        "[rules]\nmutating-check = \"off\"\nRBC501 = \"off\"\n",
    );
    write(&folder, "broken.md", BROKEN);
    let (status, out, _) = ran(&folder, &["lint", "--format", "concise", "."]);
    assert_eq!((status, out.as_str()), (0, ""));
}

#[test]
fn a_file_without_labels_is_not_linted_unless_asked_for() {
    let folder = folder("unlabelled");
    write(&folder, "rbc.toml", "");
    write(
        &folder,
        "notes.md",
        "# Notes\n\n```bash\nif true; done\n```\n",
    );
    let (status, out, _) = ran(&folder, &["lint", "."]);
    assert_eq!(status, 0);
    assert_eq!(
        out,
        "no findings in 0 files; 1 file without RUN, CHECK or GATE labels not linted (`--all` does)\n"
    );
    let (status, out, _) = ran(&folder, &["lint", "--all", "--format", "concise", "."]);
    assert_eq!(status, 1);
    assert!(out.contains("error[RBC401 shell-syntax]"), "{out}");
}

#[test]
fn standard_input_is_a_file_called_minus() {
    let folder = folder("stdin");
    write(&folder, "rbc.toml", "");
    let output = assert_cmd::Command::cargo_bin("rbc")
        .expect("cargo builds the program for its tests")
        .current_dir(&folder)
        .args(["lint", "--format", "concise", "-"])
        .write_stdin(BROKEN)
        .output()
        .expect("the program starts");
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        out.contains("\n-:7:1: error[RBC102 mutating-check]"),
        "{out}"
    );
}

#[test]
fn a_missing_file_is_one_error() {
    let folder = folder("missing");
    refuses(
        &folder,
        &["lint", "nowhere.md"],
        "error: `nowhere.md` cannot be read: there is no such file or folder\n",
    );
}

#[test]
fn a_folder_without_markdown_is_one_error() {
    let folder = folder("nothing");
    write(&folder, "empty/notes.txt", "");
    refuses(
        &folder,
        &["lint", "empty"],
        "error: no markdown file in `empty`\n",
    );
    // Its name makes a folder no file.
    write(&folder, "folder.md/notes.txt", "");
    refuses(
        &folder,
        &["lint", "folder.md"],
        "error: no markdown file in `folder.md`\n",
    );
}

#[test]
fn what_is_no_text_is_one_error() {
    let folder = folder("bytes");
    write(&folder, "rbc.toml", "");
    std::fs::write(folder.join("latin.md"), b"# Ops\n\nCaf\xe9\n").expect("writable");
    refuses(
        &folder,
        &["lint", "latin.md"],
        "error: `latin.md` is not UTF-8 (line 3)\n",
    );
    let large = std::fs::File::create(folder.join("large.md")).expect("writable");
    large.set_len(100 << 20).expect("a file may have a hole");
    refuses(
        &folder,
        &["lint", "large.md"],
        "error: `large.md` is larger than 16 MiB, which no runbook is\n",
    );
}

#[test]
fn what_cannot_be_read_does_not_hide_the_findings_of_the_rest() {
    let folder = folder("partly");
    write(&folder, "rbc.toml", "");
    write(&folder, "broken.md", BROKEN);
    std::fs::write(folder.join("latin.md"), b"\xe9").expect("writable");
    let (status, out, err) = ran(&folder, &["lint", "--format", "concise", "."]);
    assert_eq!(status, 2);
    assert!(out.contains("broken.md:7:1: error[RBC102"), "{out}");
    assert_eq!(err, "error: `latin.md` is not UTF-8 (line 1)\n");
}

#[cfg(unix)]
#[test]
fn pipes_and_loops_of_links_are_one_error_and_nobody_waits() {
    let folder = folder("special");
    write(&folder, "rbc.toml", "");
    let made = std::process::Command::new("mkfifo")
        .arg(folder.join("pipe.md"))
        .status();
    if made.is_ok_and(|status| status.success()) {
        refuses(
            &folder,
            &["lint", "pipe.md"],
            "error: `pipe.md` is neither a file nor a folder\n",
        );
        refuses(
            &folder,
            &["lint", "."],
            "error: `pipe.md` is neither a file nor a folder\n",
        );
        std::fs::remove_file(folder.join("pipe.md")).expect("it was made here");
    }
    std::os::unix::fs::symlink("loop.md", folder.join("loop.md")).expect("links can be made");
    refuses(
        &folder,
        &["lint", "loop.md"],
        "error: `loop.md` cannot be read: too many levels of symbolic links\n",
    );
    refuses(
        &folder,
        &["lint", "."],
        "error: `loop.md` cannot be read: too many levels of symbolic links\n",
    );
}

#[test]
fn a_slip_in_the_settings_is_shown_at_its_place_with_what_was_meant() {
    let folder = folder("settings");
    write(&folder, "rbc.toml", "[policy]\nprotcted = [\"vault\"]\n");
    write(&folder, "clean.md", CLEAN);
    write(&folder, "other.md", CLEAN);
    refuses(
        &folder,
        &["lint", "."],
        "error[config invalid-configuration]: unknown key `protcted`
  ┌─ rbc.toml:2:1
  │
2 │ protcted = [\"vault\"]
  │ ^^^^^^^^
  │
  = help: did you mean `protected`?
",
    );
    write(&folder, "rbc.toml", "[rules]\nmutating-chek = \"off\"\n");
    let (status, _, err) = ran(&folder, &["lint", "."]);
    assert_eq!(status, 2);
    assert!(err.contains("rbc.toml:2:1"), "{err}");
    assert!(err.contains("did you mean `mutating-check`?"), "{err}");
}

#[test]
fn unknown_rules_and_options_are_refused() {
    let folder = folder("usage");
    write(&folder, "clean.md", CLEAN);
    refuses(
        &folder,
        &["lint", "--select", "RBC1O1", "clean.md"],
        "error: `RBC1O1` is no rule; did you mean `RBC101`?\n",
    );
    for arguments in [
        &["lint", "--frobnicate"][..],
        &["lint", "--format", "xml"],
        &["compile"],
        &["frobnicate"],
        &["explain", "nothing-like-it"],
    ] {
        let (status, out, err) = ran(&folder, arguments);
        assert_eq!((status, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.starts_with("error: "), "{err}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = folder("pipe");
    write(&folder, "rbc.toml", "");
    write(&folder, "broken.md", BROKEN);
    let program = assert_cmd::cargo::cargo_bin("rbc");
    let mut child = std::process::Command::new(program)
        .current_dir(&folder)
        .args(["lint", "."])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn compile_writes_four_files_twice_the_same_and_check_compares_them() {
    let folder = folder("compile");
    write(&folder, "rbc.toml", "");
    write(&folder, "ops-example.md", CLEAN);
    let (status, out, err) = ran(&folder, &["compile", "ops-example.md"]);
    assert_eq!(
        (status, out.as_str(), err.as_str()),
        (
            0,
            "wrote out/ops-example: session.sh, as-executed.md, changelog.md, plan.json\n",
            ""
        )
    );
    let mut names: Vec<String> = std::fs::read_dir(folder.join("out/ops-example"))
        .expect("the folder was made")
        .map(|entry| {
            entry
                .expect("readable")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    assert_eq!(
        names,
        ["as-executed.md", "changelog.md", "plan.json", "session.sh"]
    );
    assert_eq!(ran(&folder, &["compile", "--check", "ops-example.md"]).0, 0);

    write(&folder, "out/ops-example/session.sh", "something else\n");
    std::fs::remove_file(folder.join("out/ops-example/plan.json")).expect("it was written");
    let (status, out, _) = ran(&folder, &["compile", "--check", "ops-example.md"]);
    assert_eq!(status, 1);
    assert_eq!(
        out,
        "out/ops-example/session.sh differs\n\
         out/ops-example/plan.json cannot be read: there is no such file or folder\n"
    );
}

#[test]
fn a_runbook_with_errors_is_not_compiled() {
    let folder = folder("refused");
    write(&folder, "rbc.toml", "");
    write(&folder, "ops-example.md", BROKEN);
    let (status, out, err) = ran(&folder, &["compile", "ops-example.md"]);
    assert_eq!(status, 1);
    assert!(out.contains("error[RBC102 mutating-check]"), "{out}");
    assert_eq!(
        err,
        "error: nothing is compiled while a runbook has errors\n"
    );
    assert!(!folder.join("out").exists());
}

#[test]
fn a_place_that_cannot_be_written_is_one_error() {
    let folder = folder("unwritable");
    write(&folder, "rbc.toml", "");
    write(&folder, "ops-example.md", CLEAN);
    write(&folder, "out", "a file stands in the way\n");
    refuses(
        &folder,
        &["compile", "ops-example.md"],
        "error: cannot make the folder `out/ops-example`: not a directory\n",
    );
}

#[test]
fn compile_refuses_values_that_nothing_asks_for() {
    let folder = folder("values");
    write(&folder, "rbc.toml", "");
    write(
        &folder,
        "ops-example.md",
        &CLEAN.replace("uptime", "ssh <target> uptime </dev/null"),
    );
    refuses(
        &folder,
        &["compile", "--set", "targt=web1", "ops-example.md"],
        "error: `--set targt`: no block has a placeholder `<targt>`; did you mean `target`?\n",
    );
    refuses(
        &folder,
        &["compile", "--set", "target", "ops-example.md"],
        "error: `--set target`: write `name=value`\n",
    );
    assert_eq!(
        ran(
            &folder,
            &["compile", "--set", "target=web1", "ops-example.md"]
        )
        .0,
        0
    );
}

#[test]
fn a_file_without_labels_cannot_be_compiled() {
    let folder = folder("nothing-to-compile");
    write(&folder, "rbc.toml", "");
    write(&folder, "notes.md", "# Notes\n");
    refuses(
        &folder,
        &["compile", "notes.md"],
        "error: `notes.md` has no RUN, CHECK or GATE label: there is nothing to compile\n",
    );
}

#[test]
fn effects_answers_one_json_object_a_line() {
    let folder = folder("effects");
    write(
        &folder,
        "lines",
        "juju status\njuju refresh vault\nmeterctl show\n",
    );
    let (status, out, _) = ran(&folder, &["effects", "--lines", "lines"]);
    assert_eq!(status, 0);
    let classes: Vec<(String, bool)> = out
        .lines()
        .map(|line| {
            let answer: serde_json::Value = serde_json::from_str(line).expect("a JSON object");
            (
                answer["class"].as_str().expect("a class").to_owned(),
                answer["unknown"].as_bool().expect("a truth"),
            )
        })
        .collect();
    assert_eq!(
        classes,
        [
            ("read".to_owned(), false),
            ("mutate".to_owned(), false),
            ("read".to_owned(), true)
        ]
    );
}

#[test]
fn a_line_that_is_no_text_is_unknown_and_the_next_is_answered() {
    let folder = folder("effects-bytes");
    std::fs::write(
        folder.join("lines"),
        b"ls \xff\xfe\r\nls \0 x\njuju status\n",
    )
    .expect("the folder is ours");
    let (status, out, _) = ran(&folder, &["effects", "--lines", "lines"]);
    assert_eq!(status, 0);
    let answers: Vec<serde_json::Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).expect("a JSON object"))
        .collect();
    assert_eq!(answers.len(), 3, "{out}");
    assert_eq!(answers[0]["unknown"], true);
    assert_eq!(answers[0]["reason"], "not UTF-8");
    assert_eq!(answers[2]["class"], "read");
    assert_eq!(answers[2]["unknown"], false);
}

#[test]
fn config_says_where_each_setting_comes_from() {
    let folder = folder("config");
    write(
        &folder,
        "rbc.toml",
        "[policy]\nprotected = [\"vault\"]\n\n[[policy.forbid]]\ncommand = \"juju bootstrap\"\nreason = \"never\"\n",
    );
    let (status, out, _) = ran(&folder, &["config"]);
    assert_eq!(status, 0);
    for line in [
        "policy.protected = [\"vault\"]  # rbc.toml:2",
        "policy.forbid[0].command = \"juju bootstrap\"  # rbc.toml:5",
        "session.wrapper = none  # default",
    ] {
        assert!(out.lines().any(|found| found == line), "{line}\n{out}");
    }
    assert!(!out.contains("policy.forbid = "), "{out}");
}

#[test]
fn every_rule_can_be_explained_by_code_and_by_name() {
    let folder = folder("explain");
    let (_, list, _) = ran(&folder, &["rules", "--format", "json"]);
    let list: serde_json::Value = serde_json::from_str(&list).expect("JSON");
    for rule in list.as_array().expect("a list") {
        let code = rule["code"].as_str().expect("a code");
        let name = rule["name"].as_str().expect("a name");
        let (status, page, _) = ran(&folder, &["explain", code]);
        assert_eq!(status, 0);
        assert!(page.starts_with(&format!("# {code} {name}\n")), "{page}");
        assert_eq!(ran(&folder, &["explain", name]).1, page);
    }
}

#[test]
fn build_servers_get_the_findings_in_their_own_forms() {
    let folder = folder("hosts");
    write(&folder, "a b/broken.md", BROKEN);
    let answer = |format: &str| {
        let (status, out, _) = ran(&folder, &["lint", "--format", format, "a b"]);
        assert_eq!(status, 1, "{format}: {out}");
        out
    };

    let sarif: serde_json::Value = serde_json::from_str(&answer("sarif")).expect("SARIF is JSON");
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().expect("results are a list");
    assert!(!results.is_empty());
    let mut marks = std::collections::BTreeSet::new();
    for result in results {
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%20b/broken.md");
        assert!(place["region"]["startLine"].as_u64() >= Some(1));
        let index = result["ruleIndex"].as_u64().expect("an index") as usize;
        let rules = &run["tool"]["driver"]["rules"];
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(marks.insert(result["partialFingerprints"]["rbc/v1"].to_string()));
    }

    let gitlab: serde_json::Value = serde_json::from_str(&answer("gitlab")).expect("it is JSON");
    assert_eq!(gitlab.as_array().map(Vec::len), Some(results.len()));
    assert_eq!(gitlab[0]["location"]["path"], "a b/broken.md");

    let github = answer("github");
    let commands: Vec<&str> = github
        .lines()
        .filter(|line| line.starts_with("::"))
        .collect();
    assert_eq!(commands.len(), results.len());
    assert!(
        commands
            .first()
            .is_some_and(|line| line.starts_with("::error file=a b/broken.md,line="))
    );
    assert!(
        github.contains("RBC102"),
        "the text for people follows: {github}"
    );

    let junit = answer("junit");
    assert_eq!(junit.matches("<failure ").count(), results.len());
    assert!(!junit.contains("<done"), "text is escaped: {junit}");
}
