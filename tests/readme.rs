//! What the README shows is what the program does.

use std::path::Path;
use std::process::Command;

fn readme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    std::fs::read_to_string(path).expect("there is a README")
}

/// The contents of the fences with the info string `info`.
fn fences<'a>(text: &'a str, info: &str) -> Vec<&'a str> {
    let opening = format!("\n```{info}\n");
    text.split(opening.as_str())
        .skip(1)
        .map(|rest| {
            rest.split("\n```")
                .next()
                .expect("a split has a first part")
        })
        .collect()
}

#[test]
fn the_first_command_does_the_main_job() {
    let text = readme();
    let commands = fences(&text, "sh");
    let main = commands.first().expect("the README has commands");
    let arguments = main
        .strip_prefix("cargo run --release -- ")
        .expect("the first command runs the program");
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = std::env::temp_dir().join(format!("rbc-readme-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let copied = Command::new("cp")
        .arg("-r")
        .arg(here.join("runbooks"))
        .arg(&folder)
        .status();
    assert!(copied.expect("cp starts").success());
    let output = Command::new(env!("CARGO_BIN_EXE_rbc"))
        .args(arguments.split_whitespace())
        .current_dir(&folder)
        .output()
        .expect("rbc starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for file in ["session.sh", "as-executed.md", "changelog.md", "plan.json"] {
        assert!(
            folder.join("out/ops-update").join(file).is_file(),
            "no {file}"
        );
    }
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
}

#[test]
fn the_second_command_runs_the_tests() {
    assert_eq!(fences(&readme(), "sh").get(1), Some(&"cargo test"));
}

#[test]
fn the_finding_is_the_one_rbc_prints() {
    let text = readme();
    let shown = fences(&text, "text")
        .into_iter()
        .find_map(|fence| fence.strip_prefix("$ rbc lint keystone.md\n"))
        .expect("the README shows a finding");
    let output = Command::new(env!("CARGO_BIN_EXE_rbc"))
        .args(["lint", "keystone.md"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/readme"))
        .output()
        .expect("rbc starts");
    assert_eq!(
        shown.trim_end(),
        String::from_utf8_lossy(&output.stdout).trim_end()
    );
}

#[test]
fn every_command_of_the_table_exists() {
    for line in readme().lines().filter(|line| line.starts_with("| `rbc ")) {
        let name = line
            .split_whitespace()
            .nth(2)
            .expect("`rbc NAME")
            .trim_matches('`');
        let output = Command::new(env!("CARGO_BIN_EXE_rbc"))
            .args([name, "--help"])
            .output()
            .expect("rbc starts");
        assert!(output.status.success(), "{name} has no help");
    }
}
