//! What teams put around rbc: `rbc init`, the files for CI hosts, run as their hosts run them, hooks,
//! completions and manual pages.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::cli::{BROKEN, CLEAN, folder, ran, refuses, write};

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a script as a host does, with rbc on the path.
fn bash(folder: &Path, script: &str, variables: &[(&str, &str)]) -> Output {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_rbc"));
    let bin = program.parent().expect("the program lies in a folder");
    let path = std::env::var("PATH").expect("there is a PATH");
    Command::new("bash")
        .args(["-e", "-c", script])
        .env("PATH", format!("{}:{path}", bin.display()))
        .envs(variables.iter().copied())
        .current_dir(folder)
        .output()
        .expect("bash starts")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The scripts of a workflow: what follows `run: |`, or a list of lines below `script:`.
fn scripts(text: &str) -> Vec<String> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let block = line.trim() == "run: |";
        let list = line.trim() == "script:";
        if block || list {
            let body = lines
                .iter()
                .skip(index + 1)
                .take_while(|it| it.trim().is_empty() || indent(it) > indent(line));
            let body = body.map(|it| it.trim()).map(|it| match list {
                true => it.strip_prefix("- ").unwrap_or(it),
                false => it,
            });
            found.push(body.collect::<Vec<_>>().join("\n"));
        } else if let Some(command) = line.trim().strip_prefix("- run: ") {
            found.push(command.to_owned());
        }
    }
    found
}

fn read(path: &str) -> String {
    std::fs::read_to_string(here().join(path)).expect("the file is there")
}

#[test]
fn init_writes_a_project_that_is_clean_and_compiles() {
    let folder = folder("init");
    let (status, told, _) = ran(&folder, &["init"]);
    assert_eq!(status, 0);
    assert_eq!(
        told,
        "wrote rbc.toml\nwrote runbooks/ops-restart-web.md\nwrote .github/workflows/runbooks.yml\n\
         next: rbc lint && rbc compile runbooks/ops-restart-web.md\n"
    );
    let next = told
        .lines()
        .last()
        .and_then(|line| line.strip_prefix("next: "))
        .expect("a command");
    assert!(bash(&folder, next, &[]).status.success());
    assert_eq!(ran(&folder, &["lint", "--strict"]).0, 0);
    assert!(folder.join("out/ops-restart-web/session.sh").is_file());
    // The workflow: everything but getting rbc and the sources.
    for script in scripts(
        &std::fs::read_to_string(folder.join(".github/workflows/runbooks.yml")).expect("written"),
    ) {
        if !script.starts_with("cargo install") {
            assert!(bash(&folder, &script, &[]).status.success(), "{script}");
        }
    }
}

#[test]
fn init_overwrites_nothing_and_then_writes_nothing() {
    let folder = folder("init-exists");
    write(&folder, "rbc.toml", "# mine\n");
    write(&folder, ".github/workflows/runbooks.yml", "# mine\n");
    refuses(
        &folder,
        &["init"],
        "error: `rbc.toml`, `.github/workflows/runbooks.yml` exist already, and nothing is overwritten: nothing was written\n",
    );
    assert!(!folder.join("runbooks").exists());
    assert_eq!(ran(&folder, &["init", "new", "--ci", "gitlab"]).0, 0);
    assert!(folder.join("new/.gitlab/runbooks.yml").is_file());
    assert_eq!(ran(&folder, &["init", "other", "--ci", "none"]).0, 0);
    assert!(!folder.join("other/.github").exists());
}

#[test]
fn the_github_action_annotates_and_fails_on_errors() {
    let scripts = scripts(&read("ci/github/action.yml"));
    let [lint, compare] = scripts.as_slice() else {
        panic!("two scripts: {scripts:#?}");
    };
    let folder = folder("action");
    write(&folder, "rbc.toml", "");
    write(&folder, "runbooks/a.md", CLEAN);
    let lints = |strict: &str, paths: &str| {
        let output = bash(
            &folder,
            lint,
            &[("RBC_STRICT", strict), ("RBC_PATHS", paths)],
        );
        (output.status.code(), out(&output))
    };
    // The header is missing, which is a warning.
    let (status, text) = lints("false", "");
    assert_eq!(status, Some(0), "{text}");
    assert!(
        text.starts_with("::warning file=runbooks/a.md,line=1,"),
        "{text}"
    );
    assert_eq!(lints("true", "").0, Some(1));
    write(&folder, "more/b.md", BROKEN);
    let (status, text) = lints("false", "runbooks more");
    assert_eq!(status, Some(1), "{text}");
    assert!(text.starts_with("::error file=more/b.md,"), "{text}");

    let compares = || {
        bash(
            &folder,
            compare,
            &[("RBC_COMPILED", "runbooks/a.md"), ("RBC_OUTPUT", "out")],
        )
    };
    assert_eq!(compares().status.code(), Some(1));
    assert_eq!(ran(&folder, &["compile", "runbooks/a.md"]).0, 0);
    assert_eq!(compares().status.code(), Some(0));
}

#[test]
fn the_gitlab_job_leaves_its_reports_and_fails_on_errors() {
    let scripts = scripts(&read("ci/gitlab/rbc.gitlab-ci.yml"));
    let [script] = scripts.as_slice() else {
        panic!("one script: {scripts:#?}");
    };
    let folder = folder("gitlab-job");
    write(&folder, "rbc.toml", "");
    write(&folder, "runbooks/a.md", BROKEN);
    let output = bash(
        &folder,
        script,
        &[("RBC_OPTIONS", ""), ("RBC_PATHS", "runbooks")],
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(
        out(&output).contains("error[RBC102 mutating-check]"),
        "the text is in the log"
    );
    let report =
        std::fs::read_to_string(folder.join("gl-code-quality-report.json")).expect("written");
    let report: serde_json::Value = serde_json::from_str(&report).expect("the report is JSON");
    assert_eq!(report.as_array().map(Vec::len), Some(2));
    assert!(
        std::fs::read_to_string(folder.join("rbc-junit.xml"))
            .expect("written")
            .starts_with("<?xml")
    );
    write(&folder, "runbooks/a.md", CLEAN);
    let output = bash(
        &folder,
        script,
        &[("RBC_OPTIONS", ""), ("RBC_PATHS", "runbooks")],
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn the_hooks_run_on_the_files_they_are_given() {
    let text = read(".pre-commit-hooks.yaml");
    let entries: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("entry: "))
        .collect();
    assert_eq!(
        entries,
        ["rbc lint", "rbc lint --fix", "rbc compile --check"]
    );
    let folder = folder("hooks");
    write(&folder, "rbc.toml", "");
    write(&folder, "scripts/look.sh", "uptime\n");
    write(&folder, "a.md", CLEAN);
    write(
        &folder,
        "b.md",
        &CLEAN.replace("uptime", "./scripts/look.sh"),
    );
    let runs = |entry: &str| {
        bash(&folder, &format!("{entry} a.md b.md"), &[])
            .status
            .code()
    };
    assert_eq!(runs("rbc lint"), Some(0));
    assert_eq!(runs("rbc lint --fix"), Some(0));
    let fixed = std::fs::read_to_string(folder.join("b.md")).expect("it is there");
    assert!(fixed.contains("bash scripts/look.sh"), "{fixed}");
    assert_eq!(runs("rbc compile --check"), Some(1));
    write(&folder, "a.md", BROKEN);
    assert_eq!(runs("rbc lint"), Some(1));
}

#[test]
fn every_shell_has_completions_and_bash_completes_with_them() {
    let folder = folder("completions");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (status, text, _) = ran(&folder, &["completions", shell]);
        assert_eq!(status, 0);
        assert!(text.contains("write-baseline"), "{shell}");
        write(&folder, shell, &text);
    }
    let script = "source ./bash; COMP_WORDS=(rbc lint --sta); COMP_CWORD=2; _rbc rbc --sta lint; echo \"${COMPREPLY[@]}\"";
    let output = bash(&folder, script, &[]);
    assert_eq!(
        out(&output),
        "--statistics\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = folder("man");
    assert!(ran(&folder, &["man"]).1.contains(".TH rbc 1"));
    assert_eq!(ran(&folder, &["man", "-o", "pages"]).0, 0);
    let help = ran(&folder, &["--help"]).1;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands: Vec<&str> = commands
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(commands.contains(&"lint"), "{help}");
    for command in commands {
        let page = folder.join(format!("pages/rbc-{command}.1"));
        let text = std::fs::read_to_string(&page).unwrap_or_default();
        assert!(text.contains(".SH NAME"), "{}", page.display());
    }
}
