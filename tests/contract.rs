//! The contract of `rbc lint` beyond what it finds: exit statuses, baselines, suppressions, and
//! `--watch` at a terminal.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use expectrl::Expect;
use expectrl::session::OsSession;

use crate::cli::{BROKEN, CLEAN, folder, ran, refuses, write};

/// `CLEAN` with the header that its rule asks for.
fn spotless() -> String {
    CLEAN.replace(
        "## 1. Look",
        "STATUS: example.\n\nScope: one.\n\nConventions: RUN, CHECK and GATE.\n\n## 1. Look",
    )
}

#[test]
fn exit_zero_forgives_findings_and_nothing_else() {
    let folder = folder("exit-zero");
    write(&folder, "broken.md", BROKEN);
    assert_eq!(ran(&folder, &["lint", "broken.md"]).0, 1);
    assert_eq!(ran(&folder, &["lint", "--exit-zero", "broken.md"]).0, 0);
    assert_eq!(ran(&folder, &["lint", "--exit-zero", "nowhere.md"]).0, 2);
    assert_eq!(
        ran(
            &folder,
            &["lint", "--exit-zero", "--select", "RBC9", "broken.md"]
        )
        .0,
        2
    );
    write(&folder, "rbc.toml", "[polcy]\n");
    assert_eq!(ran(&folder, &["lint", "--exit-zero", "broken.md"]).0, 2);
    write(&folder, "rbc.toml", "[lint]\nexclude = [\"*.md\"]\n");
    refuses(
        &folder,
        &["lint", "--exit-zero", "."],
        "error: the settings exclude every file here\n",
    );
}

#[test]
fn without_a_path_the_folder_runbooks_is_linted_else_the_current_one() {
    let folder = folder("default-path");
    write(&folder, "broken.md", BROKEN);
    assert_eq!(ran(&folder, &["lint"]).0, 1);
    write(&folder, "runbooks/clean.md", &spotless());
    let (status, out, _) = ran(&folder, &["lint"]);
    assert_eq!((status, out.as_str()), (0, "no findings in 1 file\n"));
}

#[test]
fn every_format_survives_a_reader_that_goes_away() {
    let folder = folder("gone");
    write(&folder, "rbc.toml", "");
    for index in 0..300 {
        write(&folder, &format!("{index}.md"), BROKEN);
    }
    for format in [
        "full", "concise", "json", "sarif", "github", "gitlab", "junit",
    ] {
        let script = format!(
            "'{}' lint --format {format} . 2>err | head -c 1 >/dev/null; echo ${{PIPESTATUS[0]}} $(cat err)",
            env!("CARGO_BIN_EXE_rbc")
        );
        let output = Command::new("bash")
            .args(["-c", &script])
            .current_dir(&folder)
            .output();
        let output = output.expect("bash starts");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "1\n", "{format}");
    }
    // Closed from the start.
    let script = format!(
        "'{}' lint . >&- 2>err; echo $? $(cat err)",
        env!("CARGO_BIN_EXE_rbc")
    );
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(&folder)
        .output();
    assert_eq!(
        String::from_utf8_lossy(&output.expect("bash starts").stdout),
        "1\n"
    );
}

const TWICE: &str = "
**CHECK (read-only) -- jumphost**
```bash
sudo systemctl restart nginx
```
Expect: the line `ready`.
";

#[test]
fn a_baseline_accepts_what_is_there_and_shows_all_of_what_is_more() {
    let folder = folder("baseline");
    write(&folder, "rbc.toml", "");
    write(&folder, "runbooks/a.md", BROKEN);
    write(&folder, "runbooks/b.md", BROKEN);
    let (status, out, told) = ran(&folder, &["lint", "--write-baseline"]);
    assert_eq!((status, out.as_str()), (0, ""));
    assert_eq!(
        told,
        "wrote `rbc-baseline.json`: 4 findings accepted; `rbc lint --baseline rbc-baseline.json` shows what is new\n"
    );
    let with = |more: &[&str]| {
        let arguments: Vec<&str> = ["lint", "--baseline", "rbc-baseline.json"]
            .iter()
            .chain(more)
            .copied()
            .collect();
        ran(&folder, &arguments)
    };
    assert_eq!(
        with(&[]),
        (
            0,
            "no findings, 4 in the baseline in 2 files\n".to_owned(),
            String::new()
        )
    );
    // Lines move, counts do not.
    write(
        &folder,
        "runbooks/a.md",
        &BROKEN.replace("## 1. Look", "More.\n\n## 1. Look"),
    );
    assert_eq!(with(&["--strict"]).0, 0);
    // One more of a code shows all of that code, and no other.
    write(&folder, "runbooks/a.md", &format!("{BROKEN}{TWICE}"));
    let (status, out, _) = with(&["--format", "concise"]);
    assert_eq!(status, 1);
    assert_eq!(out.lines().count(), 2, "{out}");
    assert!(out.lines().all(|line| line.contains("RBC102")), "{out}");
    let (_, out, _) = with(&["--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    let findings = json["findings"].as_array().expect("a list");
    let baselined = findings.iter().filter(|it| it["baselined"] == true).count();
    assert_eq!((findings.len(), baselined), (5, 3), "{out}");
    assert_eq!(json["summary"]["baselined"], 3);
    assert_eq!(json["summary"]["errors"], 2);
    // Fewer ask for a rewrite, and a file that is gone too; a run over other files does not.
    write(&folder, "runbooks/a.md", &spotless());
    let (status, _, told) = with(&[]);
    assert_eq!(status, 0);
    assert_eq!(
        told,
        "the baseline `rbc-baseline.json` accepts more than there is: `runbooks/a.md` has 0 of RBC102, not 1 (and 1 more); write it anew with `--write-baseline`\n"
    );
    assert_eq!(with(&["runbooks/b.md"]).2, "");
    assert_eq!(with(&["--select", "RBC102"]).2, "");
    std::fs::remove_file(folder.join("runbooks/a.md")).expect("it was written");
    assert!(with(&[]).2.contains("`runbooks/a.md` is gone"));
    ran(&folder, &["lint", "--write-baseline"]);
    assert_eq!(
        with(&[]),
        (
            0,
            "no findings, 2 in the baseline in 1 file\n".to_owned(),
            String::new()
        )
    );
}

#[test]
fn a_baseline_is_found_through_the_settings_and_its_paths_count_from_its_folder() {
    let folder = folder("baseline-settings");
    write(
        &folder,
        "rbc.toml",
        "[lint]\nbaseline = \"ci/accepted.json\"\n",
    );
    write(&folder, "ci/README", "");
    write(&folder, "runbooks/a.md", BROKEN);
    refuses(
        &folder,
        &["lint"],
        "error: `ci/accepted.json` cannot be read: there is no such file or folder\n",
    );
    let told = ran(&folder, &["lint", "--write-baseline"]).2;
    assert!(
        told.starts_with("wrote `ci/accepted.json`: 2 findings"),
        "{told}"
    );
    let text = std::fs::read_to_string(folder.join("ci/accepted.json")).expect("written");
    assert_eq!(
        text,
        "{\n  \"version\": 1,\n  \"files\": {\n    \"../runbooks/a.md\": {\n      \"RBC102\": 1,\n      \"RBC501\": 1\n    }\n  }\n}\n"
    );
    assert_eq!(ran(&folder, &["lint", "--strict"]).0, 0);
    assert_eq!(
        ran(&folder.join("runbooks"), &["lint", "--strict", "a.md"]).0,
        0
    );
    write(&folder, "ci/accepted.json", "{\"version\": 1}");
    let (status, _, told) = ran(&folder, &["lint"]);
    assert_eq!(status, 2);
    assert!(
        told.starts_with("error: `ci/accepted.json` is no baseline: missing field"),
        "{told}"
    );
}

#[test]
fn suppressions_are_listed_with_place_rules_and_reason() {
    let folder = folder("suppressions");
    write(&folder, "rbc.toml", "[rules]\nmissing-header = \"off\"\n");
    let text = BROKEN.replace(
        "**CHECK",
        "<!-- rbc: allow RBC102 non-ascii reason=\"the restart is what is checked here\" -->\n**CHECK",
    );
    write(&folder, "a.md", &text);
    let (status, out, _) = ran(&folder, &["lint", "--suppressions", "a.md"]);
    assert_eq!(status, 0);
    assert_eq!(
        out,
        "a.md:5: RBC102 RBC503 the restart is what is checked here (hides nothing)\n"
    );
    write(&folder, "a.md", &text.replace(" non-ascii", ""));
    let (_, out, _) = ran(&folder, &["lint", "--suppressions", "a.md"]);
    assert_eq!(out, "a.md:5: RBC102 the restart is what is checked here\n");
    let (_, out, _) = ran(
        &folder,
        &["lint", "--suppressions", "--format", "json", "a.md"],
    );
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    let one = &json["suppressions"][0];
    assert_eq!((&one["file"], &one["line"]), (&"a.md".into(), &5.into()));
    assert_eq!(one["codes"][0], "RBC102");
    assert_eq!(one["used"], true);
}

/// Waits until a text is on the screen.
#[track_caller]
fn sees(session: &mut OsSession, text: &str) {
    if let Err(error) = session.expect(text) {
        panic!("`{text}` did not come: {error}");
    }
}

fn at_a_terminal(folder: &Path, arguments: &[&str]) -> OsSession {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rbc"));
    command
        .args(arguments)
        .env("TERM", "xterm")
        .env("NO_COLOR", "1")
        .current_dir(folder);
    let mut session = OsSession::spawn(command).expect("a terminal can be had");
    session.set_expect_timeout(Some(Duration::from_secs(60)));
    session
}

#[test]
fn watch_lints_again_when_a_runbook_a_script_or_the_settings_change() {
    let folder = folder("watch");
    write(&folder, "rbc.toml", "");
    let calls = spotless().replace("uptime", "bash scripts/look.sh");
    write(&folder, "runbooks/a.md", &calls);
    let mut session = at_a_terminal(&folder, &["lint", "--watch"]);
    sees(&mut session, "RBC301 missing-script");
    sees(&mut session, "1 error in 1 file");
    sees(&mut session, "Ctrl-C ends it");
    write(&folder, "scripts/look.sh", "uptime\n");
    sees(&mut session, "no findings in 1 file");
    sees(&mut session, "Ctrl-C ends it");
    write(&folder, "runbooks/b.md", BROKEN);
    sees(&mut session, "RBC102 mutating-check");
    sees(&mut session, "Ctrl-C ends it");
    write(&folder, "rbc.toml", "[polcy]\n");
    sees(&mut session, "did you mean `policy`");
    sees(&mut session, "Ctrl-C ends it");
    write(
        &folder,
        "rbc.toml",
        "[rules]\nRBC102 = \"off\"\nRBC501 = \"off\"\n",
    );
    sees(&mut session, "no findings in 2 files");
    sees(&mut session, "Ctrl-C ends it");
    // The terminal goes away with the session, and the program with it.
}

#[test]
fn a_terminal_gets_colours_and_its_own_width() {
    let folder = folder("terminal");
    write(&folder, "rbc.toml", "");
    write(&folder, "a.md", BROKEN);
    let mut command = Command::new(env!("CARGO_BIN_EXE_rbc"));
    command
        .args(["lint", "a.md"])
        .env("TERM", "xterm")
        .env_remove("NO_COLOR")
        .current_dir(&folder);
    let mut session = OsSession::spawn(command).expect("a terminal can be had");
    session.set_expect_timeout(Some(Duration::from_secs(60)));
    sees(&mut session, "\u{1b}[0m\u{1b}[1m\u{1b}[");
    session.expect(expectrl::Eof).expect("it ends");
}
