//! The program in surroundings that are not what it would like: a full disk, a closed output, no home,
//! another user, a checkout nobody may write to.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const BROKEN: &str =
    "# Ops\n\n## 1. Do\n\n**CHECK (read-only) -- h**\n```bash\nsystemctl restart x\n```\n";

const CLEAN: &str =
    "# Ops\n\n## 1. Look\n\n**CHECK (read-only) -- h**\n```bash\nuptime\n```\nExpect: a load.\n";

/// An empty folder of its own for a test, below the folder for temporary files: other users may come there.
fn folder(test: &str) -> Folder {
    let folder = std::env::temp_dir().join(format!("rbc-manners-{}-{test}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("temporary folders can be made");
    std::fs::write(folder.join("rbc.toml"), "").expect("the folder is ours");
    std::fs::write(folder.join("broken.md"), BROKEN).expect("the folder is ours");
    std::fs::write(folder.join("clean.md"), CLEAN).expect("the folder is ours");
    Folder(folder)
}

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl std::ops::Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn rbc(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("rbc"));
    command
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::null());
    command
}

fn output(command: &mut Command) -> Output {
    command.output().expect("the program starts")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn output_that_cannot_be_written_is_an_error() {
    let folder = folder("full");
    let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else {
        println!("skipped: there is no /dev/full");
        return;
    };
    for arguments in [
        &["lint", "."][..],
        &["rules"],
        &["explain", "RBC101"],
        &["effects", "-c", "ls"],
    ] {
        let full = full.try_clone().expect("a descriptor can be copied");
        let output = output(rbc(&folder, arguments).stdout(full));
        assert_eq!(
            (output.status.code(), stderr(&output).as_str()),
            (
                Some(2),
                "error: standard output cannot be written: no space left on device\n"
            ),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_closed_output_is_nobody_listening() {
    let folder = folder("closed");
    let program = assert_cmd::cargo::cargo_bin("rbc");
    let closed = |name: &str, streams: &str| {
        let script = format!("exec \"$0\" lint {name} {streams}");
        let mut command = Command::new("bash");
        command
            .current_dir(&*folder)
            .args(["-c", &script])
            .arg(&program);
        output(&mut command).status.code()
    };
    assert_eq!(closed("broken.md", ">&-"), Some(1));
    assert_eq!(closed("clean.md", ">&-"), Some(0));
    assert_eq!(closed("broken.md", "<&- >&- 2>&-"), Some(1));
}

#[test]
fn an_endless_input_ends_when_its_reader_does() {
    let folder = folder("endless");
    let program = assert_cmd::cargo::cargo_bin("rbc");
    let script = "yes uptime | \"$0\" effects --lines - | head -n 1";
    let mut command = Command::new("bash");
    command
        .current_dir(&*folder)
        .args(["-c", script])
        .arg(&program);
    let output = output(&mut command);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(
        output.stdout.iter().filter(|byte| **byte == b'\n').count(),
        1
    );
}

#[test]
fn a_full_disk_leaves_what_was_there() {
    let folder = folder("half");
    let compiled = output(&mut rbc(&folder, &["compile", "clean.md"]));
    assert_eq!(compiled.status.code(), Some(0), "{}", stderr(&compiled));
    let session = folder.join("out/clean/session.sh");
    let before = std::fs::read_to_string(&session).expect("it was compiled");
    // A file may have at most four blocks of 1,024 bytes: the session is larger.
    let mut command = Command::new("bash");
    let script = "trap '' XFSZ; ulimit -f 4; exec \"$0\" compile clean.md";
    command
        .current_dir(&*folder)
        .args(["-c", script])
        .arg(assert_cmd::cargo::cargo_bin("rbc"));
    let refused = output(&mut command);
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
    assert!(
        stderr(&refused).contains("cannot write"),
        "{}",
        stderr(&refused)
    );
    let after = std::fs::read_to_string(&session).expect("it is still there");
    assert!(
        after == before,
        "a half-written session took the place of a whole one"
    );
    let left: Vec<_> = std::fs::read_dir(folder.join("out/clean"))
        .expect("the folder is there")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".new"))
        .collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

#[test]
fn an_interrupt_leaves_whole_files() {
    if Command::new("strace").arg("-V").output().is_err() {
        println!("skipped: strace is not installed");
        return;
    }
    let folder = folder("interrupt");
    let compile = |out: &str| output(&mut rbc(&folder, &["compile", "-o", out, "clean.md"]));
    compile("out");
    compile("old");
    std::fs::write(
        folder.join("clean.md"),
        CLEAN.replace("uptime", "uptime; date"),
    )
    .expect("the folder is ours");
    compile("new");
    for when in 1..=4 {
        // The kernel ends the program when it puts the file with this number in its place. SIGINT would
        // do the same, but whoever runs the tests in the background has it ignored.
        let inject = format!("inject=rename,renameat,renameat2:signal=SIGTERM:when={when}");
        let stopped = output(
            Command::new("strace")
                .args([
                    "-f",
                    "-qq",
                    "-o",
                    "trace",
                    "-e",
                    "trace=rename,renameat,renameat2",
                    "-e",
                    &inject,
                ])
                .arg(assert_cmd::cargo::cargo_bin("rbc"))
                .args(["compile", "clean.md"])
                .current_dir(&*folder),
        );
        assert!(!stopped.status.success(), "the interrupt came too late");
        for name in ["session.sh", "plan.json", "as-executed.md", "changelog.md"] {
            let read = |out: &str| {
                std::fs::read_to_string(folder.join(out).join("clean").join(name))
                    .expect("it is there")
            };
            let there = read("out");
            assert!(
                there == read("old") || there == read("new"),
                "{name} is half-written"
            );
        }
    }
}

#[test]
fn surroundings_change_no_byte() {
    let folder = folder("surroundings");
    let usual = output(&mut rbc(&folder, &["lint", "."]));
    assert_eq!(usual.status.code(), Some(1));
    let bare = output(rbc(&folder, &["lint", "."]).env_clear());
    let odd = output(
        rbc(&folder, &["lint", "."])
            .env("LC_ALL", "C")
            .env("TZ", "Asia/Kathmandu")
            .env("HOME", "/nonexistent")
            .env("XDG_CONFIG_HOME", "/nonexistent")
            .env("TERM", "dumb")
            .env("NO_COLOR", "1")
            .env("COLUMNS", "20"),
    );
    for other in [&bare, &odd] {
        assert_eq!(other.status.code(), Some(1));
        assert_eq!(stderr(other), stderr(&usual));
        assert!(other.stdout == usual.stdout, "the output differs");
    }
}

#[test]
fn the_number_of_processors_changes_no_byte() {
    let folder = folder("threads");
    for copy in 0..40 {
        std::fs::write(folder.join(format!("copy-{copy}.md")), BROKEN).expect("the folder is ours");
    }
    for format in [
        "full", "concise", "json", "sarif", "github", "gitlab", "junit",
    ] {
        let with = |threads: &str| {
            output(&mut rbc(
                &folder,
                &["lint", "--threads", threads, "--format", format, "."],
            ))
        };
        let one = with("1");
        assert_eq!(one.status.code(), Some(1), "{}", stderr(&one));
        for threads in ["2", "8"] {
            assert!(
                with(threads).stdout == one.stdout,
                "{threads} threads, {format}"
            );
        }
    }
}

#[test]
fn a_checkout_of_somebody_else_is_linted_and_not_written_to() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder("readonly");
    let copy = folder.join("rbc");
    std::fs::copy(assert_cmd::cargo::cargo_bin("rbc"), &copy).expect("the program can be copied");
    let mode = |path: &Path, mode: u32| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("it is ours");
    };
    std::fs::write(folder.join("secret.md"), CLEAN).expect("the folder is ours");
    mode(&folder.join("secret.md"), 0o000);
    mode(&folder, 0o555);
    // Root may do everything: where the tests run as root, somebody else runs the program.
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&copy);
    if File::open(folder.join("secret.md")).is_err() {
        command = Command::new(&copy);
    } else if Command::new("setpriv").arg("--version").output().is_err() {
        println!("skipped: run as root, and setpriv is not installed");
        return;
    }
    command.current_dir(&*folder).env("HOME", "/nonexistent");
    let linted = output(command.args(["lint", "."]));
    assert_eq!(linted.status.code(), Some(2));
    assert_eq!(
        stderr(&linted),
        "error: `secret.md` cannot be read: permission denied\n"
    );
    assert!(String::from_utf8_lossy(&linted.stdout).contains("broken.md"));
    let mut compile = Command::new(command.get_program());
    compile
        .args(
            command
                .get_args()
                .take_while(|argument| *argument != "lint"),
        )
        .args(["compile", "clean.md"])
        .current_dir(&*folder);
    let compiled = output(&mut compile);
    assert_eq!(compiled.status.code(), Some(2));
    assert_eq!(
        stderr(&compiled),
        "error: cannot make the folder `out/clean`: permission denied\n"
    );
    mode(&folder, 0o755);
}
