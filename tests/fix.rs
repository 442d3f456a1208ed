//! `rbc lint --fix`: `tests/cases/fix/NAME.md`, what `--fix` makes of it (`NAME.safe`) and what
//! `--fix --unsafe` does (`NAME.unsafe`). `RBC_BLESS=1` rewrites them.

use std::path::Path;

use crate::cli::{BROKEN, folder, ran, write};
use crate::lint::{cases, compare};

/// The text of a file after `rbc lint` with these options, and what was told.
fn fixed(folder: &Path, options: &[&str]) -> (String, String) {
    let arguments: Vec<&str> = ["lint"]
        .iter()
        .chain(options)
        .copied()
        .chain(["a.md"])
        .collect();
    let (_, _, told) = ran(folder, &arguments);
    let text = std::fs::read_to_string(folder.join("a.md")).expect("the file is still there");
    (text, told)
}

/// Errors, warnings, notes.
fn weight(folder: &Path) -> [u64; 3] {
    let (_, out, _) = ran(folder, &["lint", "--format", "json", "a.md"]);
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    ["errors", "warnings", "infos"].map(|key| {
        let count = json.pointer(&format!("/summary/{key}"));
        count.and_then(serde_json::Value::as_u64).expect("a number")
    })
}

#[test]
fn every_fix_is_applied_where_it_is_safe_and_nothing_else_changes() {
    let folder = folder("fix");
    write(&folder, "rbc.toml", "");
    write(&folder, "scripts/look.sh", "uptime\n");
    let mut wrong = Vec::new();
    for case in cases("tests/cases/fix", "md") {
        let text = std::fs::read_to_string(&case).expect("cases are UTF-8");
        for (extension, options) in [("safe", &["--fix"][..]), ("unsafe", &["--fix", "--unsafe"])] {
            write(&folder, "a.md", &text);
            let before = weight(&folder);
            let (once, _) = fixed(&folder, options);
            compare(&case.with_extension(extension), &once, &mut wrong);
            let after = weight(&folder);
            let sums = |[errors, warnings, infos]: [u64; 3]| {
                [errors, errors + warnings, errors + warnings + infos]
            };
            let worse = sums(after)
                .iter()
                .zip(sums(before))
                .any(|(after, before)| *after > before);
            if worse {
                wrong.push(format!("{}: {before:?} became {after:?}", case.display()));
            }
            let (twice, told) = fixed(&folder, options);
            if twice != once {
                wrong.push(format!(
                    "{}: a second round changes it again",
                    case.display()
                ));
            }
            if !told.ends_with("nothing to fix\n") {
                wrong.push(format!("{}: {told}", case.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_fix_that_makes_it_worse_is_left_out_and_said() {
    let folder = folder("fix-worse");
    write(&folder, "rbc.toml", "[rules]\nmissing-header = \"off\"\n");
    let text = BROKEN
        .replace("**CHECK (read-only)", "**CHEK (read-only)")
        .replace(
            "sudo systemctl restart nginx",
            "uptime\nkubectl get pods\nkubectl delete pod web-1",
        )
        + "\n**RUN -- jumphost**\n```bash\n./scripts/look.sh\n```\nExpect: a load.\n";
    write(&folder, "scripts/look.sh", "uptime\n");
    write(&folder, "a.md", &text);
    let before = weight(&folder);
    let (after, told) = fixed(&folder, &["--fix"]);
    let now = weight(&folder);
    assert!(
        now[0] <= before[0],
        "{before:?} became {now:?}\n{told}\n{after}"
    );
    assert!(after.contains("bash scripts/look.sh"), "{after}");
    if after.contains("CHEK") {
        assert!(
            told.contains("left out, for there would be more findings with it: RBC505"),
            "{told}"
        );
    }
}

#[test]
fn diff_shows_what_fix_would_change_and_writes_nothing() {
    let folder = folder("fix-diff");
    write(&folder, "rbc.toml", "");
    write(&folder, "scripts/look.sh", "uptime\n");
    let text = BROKEN.replace("sudo systemctl restart nginx", "./scripts/look.sh");
    write(&folder, "a.md", &text);
    let (status, out, told) = ran(&folder, &["lint", "--fix", "--diff", "a.md"]);
    assert_eq!(status, 0);
    assert_eq!(
        out,
        "--- a/a.md\n+++ b/a.md\n@@ -4,6 +4,6 @@\n \n **CHECK (read-only) -- jumphost**\n ```bash\n-./scripts/look.sh\n+bash scripts/look.sh\n ```\n Expect: the line `ready`.\n"
    );
    assert_eq!(
        told,
        "`--fix` would mend 1 finding in 1 file; nothing is written\n"
    );
    assert_eq!(
        std::fs::read_to_string(folder.join("a.md")).expect("it is there"),
        text
    );
    assert_eq!(ran(&folder, &["lint", "--diff", "a.md"]).1, out);
    assert_eq!(ran(&folder, &["lint", "--unsafe", "a.md"]).0, 2);
}

#[test]
fn only_selected_rules_are_fixed() {
    let folder = folder("fix-select");
    write(&folder, "rbc.toml", "");
    write(&folder, "scripts/look.sh", "uptime\n");
    let text = BROKEN.replace(
        "sudo systemctl restart nginx",
        "./scripts/look.sh \u{201c}a\u{201d}",
    );
    write(&folder, "a.md", &text);
    let (after, _) = fixed(&folder, &["--fix", "--ignore", "RBC302"]);
    assert_eq!(after, text.replace(['\u{201c}', '\u{201d}'], "\""));
    write(&folder, "a.md", &text);
    let (after, _) = fixed(&folder, &["--fix", "--select", "bare-script"]);
    assert_eq!(after, text.replace("./scripts", "bash scripts"));
}

#[cfg(unix)]
#[test]
fn a_fixed_file_keeps_its_mode_and_links_stay_links() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder("fix-mode");
    write(&folder, "rbc.toml", "");
    write(&folder, "scripts/look.sh", "uptime\n");
    let text = BROKEN.replace("sudo systemctl restart nginx", "./scripts/look.sh");
    write(&folder, "real.md", &text);
    let real = folder.join("real.md");
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).expect("ours");
    std::os::unix::fs::symlink("real.md", folder.join("a.md")).expect("links can be made");
    let (after, _) = fixed(&folder, &["--fix"]);
    assert!(after.contains("bash scripts"), "{after}");
    assert!(folder.join("a.md").is_symlink());
    let mode = std::fs::metadata(&real)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o640);
    // What is write-protected is left alone, and that is a failure.
    write(&folder, "real.md", &text);
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o440)).expect("ours");
    let (status, _, told) = ran(&folder, &["lint", "--fix", "a.md"]);
    assert_eq!(status, 2, "{told}");
    assert!(
        told.contains("error: `a.md` is not fixed: it is write-protected"),
        "{told}"
    );
    assert_eq!(std::fs::read_to_string(&real).expect("it is there"), text);
    let names: Vec<_> = std::fs::read_dir(&folder)
        .expect("ours")
        .flatten()
        .map(|it| it.file_name())
        .collect();
    assert_eq!(names.len(), 4, "nothing is left behind: {names:?}");
}

#[test]
fn standard_input_comes_back_fixed_on_standard_output() {
    let folder = folder("fix-stdin");
    write(&folder, "rbc.toml", "");
    write(&folder, "scripts/look.sh", "uptime\n");
    let text = BROKEN.replace("sudo systemctl restart nginx", "./scripts/look.sh");
    let output = assert_cmd::Command::cargo_bin("rbc")
        .expect("cargo builds the program for its tests")
        .current_dir(&folder)
        .args(["lint", "--fix", "-"])
        .write_stdin(text.clone())
        .output()
        .expect("the program starts");
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(out, text.replace("./scripts", "bash scripts"));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        told.contains("fixed 1 finding in 1 file") && told.contains("RBC501"),
        "{told}"
    );
}
