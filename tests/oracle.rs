//! What the kernel says about the knowledge base: commands it calls read-only are run in a throw-away
//! folder under strace, and none may write, remove, rename or connect.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Tools that are on every machine and whose read-only examples are safe to run.
const TOOLS: [&str; 44] = [
    "base64",
    "basename",
    "cat",
    "cksum",
    "cmp",
    "comm",
    "cut",
    "date",
    "diff",
    "dirname",
    "du",
    "df",
    "echo",
    "expand",
    "expr",
    "file",
    "find",
    "fold",
    "grep",
    "head",
    "id",
    "join",
    "ls",
    "md5sum",
    "nl",
    "numfmt",
    "od",
    "paste",
    "printf",
    "pwd",
    "readlink",
    "realpath",
    "sed",
    "seq",
    "sha256sum",
    "shuf",
    "sort",
    "split",
    "stat",
    "tac",
    "tail",
    "tr",
    "uniq",
    "wc",
];

/// The calls that change something, and those that open a file or talk to somebody.
const CALLS: &str = "openat,open,creat,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,rmdir,\
                     link,linkat,symlink,symlinkat,chmod,fchmodat,chown,fchownat,truncate,ftruncate,\
                     mknod,mknodat,connect,mount,umount2,sethostname,settimeofday,clock_settime";

#[test]
fn commands_called_read_only_write_nothing() {
    if Command::new("strace")
        .arg("-V")
        .stdout(Stdio::null())
        .status()
        .is_err()
    {
        println!("skipped: strace is not installed");
        return;
    }
    let folder = std::env::temp_dir().join(format!("rbc-oracle-{}", std::process::id()));
    let mut ran = 0;
    let mut lies = Vec::new();
    for example in read_examples() {
        prepare(&folder);
        let written = writes_of(&example, &folder);
        ran += 1;
        if !written.is_empty() {
            lies.push(format!("{example}\n    {}", written.join("\n    ")));
        }
    }
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
    println!("{ran} commands called read-only were run");
    assert!(
        lies.is_empty(),
        "called read-only, but:\n{}",
        lies.join("\n")
    );
    assert!(
        ran > 40,
        "only {ran} examples were found: is the list of tools still right?"
    );
}

#[test]
fn a_write_is_noticed() {
    if Command::new("strace")
        .arg("-V")
        .stdout(Stdio::null())
        .status()
        .is_err()
    {
        println!("skipped: strace is not installed");
        return;
    }
    let folder = std::env::temp_dir().join(format!("rbc-oracle-write-{}", std::process::id()));
    for command in [
        "sort -o sorted file",
        "rm a",
        "mv a c",
        "echo x > b",
        "mkdir new",
    ] {
        prepare(&folder);
        assert!(
            !writes_of(command, &folder).is_empty(),
            "{command} went unnoticed"
        );
    }
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
}

/// The examples of the knowledge base that claim to read, for the tools above and called without a
/// wrapper.
fn read_examples() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/effect/commands");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the knowledge base is a folder")
        .map(|entry| entry.expect("its entries are readable").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    files.sort();
    let mut examples = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("it is text");
        let table: toml::Table = text.parse().expect("it is TOML");
        let Some(toml::Value::Array(entries)) = table.get("example") else {
            continue;
        };
        for entry in entries {
            let run = entry
                .get("run")
                .and_then(toml::Value::as_str)
                .unwrap_or_default();
            let class = entry.get("class").and_then(toml::Value::as_str);
            let unknown = entry
                .get("unknown")
                .and_then(toml::Value::as_bool)
                .unwrap_or(false);
            let first = run.split_whitespace().next().unwrap_or_default();
            if class == Some("read") && !unknown && TOOLS.contains(&first) {
                examples.push(run.to_owned());
            }
        }
    }
    examples
}

/// Fills the folder with the files that examples like to name.
fn prepare(folder: &Path) {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder.join("dir")).expect("the folder can be made");
    for name in [
        "file",
        "a",
        "b",
        "f",
        "a.txt",
        "b.txt",
        "file.csv",
        "hosts.txt",
        "app.log",
        "dir/x",
    ] {
        std::fs::write(folder.join(name), "one,1\ntwo,2\n").expect("a file can be written");
    }
}

/// The calls of `command` that change something outside its own temporary files.
fn writes_of(command: &str, folder: &Path) -> Vec<String> {
    let trace = folder.with_extension("trace");
    Command::new("strace")
        .args([
            "-f",
            "-qq",
            "-s",
            "200",
            "-e",
            &format!("trace={CALLS}"),
            "-o",
        ])
        .arg(&trace)
        .args(["timeout", "5", "bash", "--norc", "-c", command])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("strace starts");
    let text = std::fs::read_to_string(&trace).expect("strace wrote its trace");
    std::fs::remove_file(&trace).expect("the trace is ours");
    text.lines()
        .filter(|line| changes(line))
        .map(str::to_owned)
        .collect()
}

/// Whether a line of a trace shows a change: reading opens, the terminal, `/dev/null` and name
/// service sockets are none.
fn changes(line: &str) -> bool {
    if !line.contains('(') {
        return false;
    }
    let opens = line.contains("open(") || line.contains("openat(");
    if opens {
        let writes = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"]
            .iter()
            .any(|flag| line.contains(flag));
        let harmless = [
            "\"/dev/null\"",
            "\"/dev/tty\"",
            "\"/dev/pts",
            "\"/proc/self/",
        ];
        return writes && !harmless.iter().any(|path| line.contains(path));
    }
    if line.contains("connect(") {
        return line.contains("AF_INET");
    }
    true
}
