//! What `rbc compile` makes of the runbooks in this repository, as files in `out/` and byte by byte.

use std::path::Path;
use std::process::Command;

/// The runbooks of `runbooks/` that have labels.
const RUNBOOKS: [&str; 2] = ["ops-update", "ops-restart"];

fn rbc() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rbc"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

#[test]
fn the_compiled_files_of_the_runbooks_are_those_in_out() {
    for name in RUNBOOKS {
        let path = format!("runbooks/{name}.md");
        let check: &[&str] = if std::env::var_os("RBC_BLESS").is_some() {
            &["--force"]
        } else {
            &["--check"]
        };
        let output = rbc()
            .args(["compile", &path])
            .args(check)
            .output()
            .expect("rbc starts");
        assert!(
            output.status.success(),
            "out/{name} is not what rbc makes of {path}; RBC_BLESS=1 rewrites it\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn two_compilations_give_equal_bytes() {
    let folder = std::env::temp_dir().join(format!("rbc-golden-{}", std::process::id()));
    for name in RUNBOOKS {
        for round in ["first", "second"] {
            let output = rbc()
                .args(["compile", &format!("runbooks/{name}.md"), "-o"])
                .arg(folder.join(round))
                .output()
                .expect("rbc starts");
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        for file in ["session.sh", "as-executed.md", "changelog.md", "plan.json"] {
            let read = |round: &str| {
                std::fs::read(folder.join(round).join(name).join(file)).expect("it was written")
            };
            assert!(read("first") == read("second"), "{name}/{file} differs");
        }
    }
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
}

#[test]
fn the_runbooks_of_this_repository_are_clean() {
    let output = rbc()
        .args(["lint", "--strict", "runbooks/"])
        .output()
        .expect("rbc starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[test]
fn bash_accepts_every_compiled_session() {
    for name in RUNBOOKS {
        let session = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("out")
            .join(name)
            .join("session.sh");
        let output = Command::new("bash")
            .arg("-n")
            .arg(&session)
            .output()
            .expect("bash starts");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        match Command::new("shellcheck").arg(&session).output() {
            Err(_) => println!("skipped: shellcheck is not installed"),
            Ok(output) => {
                assert!(
                    output.status.success(),
                    "{}",
                    String::from_utf8_lossy(&output.stdout)
                );
            }
        }
    }
}
