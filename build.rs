//! Lists the knowledge base (`src/effect/commands/*.toml` and `src/effect/generated/*.tsv`) for
//! embedding: command word -> file, sorted, and the texts. Parsing waits for the first use.
#![expect(
    clippy::disallowed_methods,
    reason = "a build script reads and writes files; it is no part of the program"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let commands = root.join("src/effect/commands");
    let generated = root.join("src/effect/generated");
    println!("cargo::rerun-if-changed={}", commands.display());
    println!("cargo::rerun-if-changed={}", generated.display());

    let mut names: Vec<(String, usize)> = Vec::new();
    let mut files = String::new();
    for (index, path) in listed(&commands, "toml").iter().enumerate() {
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(path).expect("the knowledge base is UTF-8 text");
        let stem = stem(path);
        let found = names_of(&text);
        assert!(
            !found.is_empty(),
            "{}: `names = [\"...\"]` is missing at the start of a line",
            path.display()
        );
        names.extend(found.into_iter().map(|name| (name, index)));
        let table = generated.join(format!("{stem}.tsv"));
        let table = if table.is_file() {
            format!("include_str!({table:?})")
        } else {
            "\"\"".to_owned()
        };
        writeln!(
            files,
            "    Embedded {{ file: \"{stem}.toml\", text: include_str!({path:?}), table: {table}, tool: OnceLock::new() }},"
        )
        .expect("writing to a string");
    }
    names.sort();
    // A word that is in two files belongs to the first; a test says so.
    names.dedup_by(|later, first| later.0 == first.0);
    let mut code = String::from("/// Command words and the index of their file, sorted.\n");
    code.push_str("static NAMES: &[(&str, usize)] = &[\n");
    for (name, index) in &names {
        writeln!(code, "    ({name:?}, {index}),").expect("writing to a string");
    }
    let count = listed(&commands, "toml").len();
    write!(
        code,
        "];\n/// The files, sorted by name.\nstatic FILES: [Embedded; {count}] = [\n"
    )
    .expect("writing to a string");
    code.push_str(&files);
    code.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("knowledge.rs"), code).expect("the output folder is writable");
}

/// The files of `folder` with this extension, sorted; none when there is no such folder.
fn listed(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    paths.sort();
    paths
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// The strings of the line (or lines) `names = ["a", "b"]`; a test compares them with what the
/// TOML parser reads.
fn names_of(text: &str) -> Vec<String> {
    let Some(start) = text
        .lines()
        .scan(0, |at, line| {
            let start = *at;
            *at += line.len() + 1;
            Some((start, line))
        })
        .find(|(_, line)| line.starts_with("names") && line.contains('['))
        .map(|(start, _)| start)
    else {
        return Vec::new();
    };
    let list = text.get(start..).unwrap_or_default();
    let list = list.split(']').next().unwrap_or_default();
    list.split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}
