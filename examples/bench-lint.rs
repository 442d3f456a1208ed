//! CPU time of `rbc lint --all FOLDER` beside pulldown-cmark's bare parse of the same files:
//! `cargo run --release --example bench-lint -- FOLDER`. Both run in this process, on texts that
//! are already in memory, one file after the other.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement looks at files and clocks and prints what it saw"
)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rbc::config::Config;
use rbc::effect::Knowledge;
use rbc::lint::Selection;
use rbc::source::{FileId, SourceFile};
use rbc::workspace::Workspace;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often everything is repeated; the fastest round counts.
const ROUNDS: usize = 5;

fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1) else {
        println!("usage: bench-lint FOLDER");
        return ExitCode::from(2);
    };
    let files = read(Path::new(&folder));
    let bytes: usize = files.iter().map(|file| file.text.len()).sum();
    let mut bare = f64::INFINITY;
    let mut whole = f64::INFINITY;
    let (mut events, mut findings) = (0, 0);
    for _ in 0..ROUNDS {
        let (seconds, count) = measure(|| files.iter().map(parse_bare).sum());
        (bare, events) = (bare.min(seconds), count);
        let (seconds, count) = measure(|| lint_all(&files));
        (whole, findings) = (whole.min(seconds), count);
    }
    let rate = |seconds: f64| bytes as f64 / 1e6 / seconds;
    println!("{} files, {:.1} MB", files.len(), bytes as f64 / 1e6);
    println!(
        "pulldown-cmark  {bare:8.3} s CPU  {:7.1} MB/s  {events} events",
        rate(bare)
    );
    println!(
        "lint --all      {whole:8.3} s CPU  {:7.1} MB/s  {findings} findings",
        rate(whole)
    );
    println!("ratio           {:8.2}", whole / bare);
    ExitCode::SUCCESS
}

fn parse_bare(file: &SourceFile) -> usize {
    let options = pulldown_cmark::Options::ENABLE_TABLES;
    pulldown_cmark::Parser::new_ext(&file.text, options)
        .into_offset_iter()
        .count()
}

fn lint_all(files: &[SourceFile]) -> usize {
    let config = Config::default();
    let knowledge = Knowledge::embedded();
    let workspace = Workspace::empty();
    let around = rbc::Surroundings {
        config: &config,
        knowledge: &knowledge,
        workspace: &workspace,
        folder: "",
    };
    let selection = Selection {
        all: true,
        ..Selection::default()
    };
    files
        .iter()
        .map(|file| rbc::lint(file, around, &selection).findings.len())
        .sum()
}

/// The CPU time of this thread that `work` takes, in seconds, and what it counted.
fn measure(work: impl FnOnce() -> usize) -> (f64, usize) {
    let before = cpu_seconds();
    let count = work();
    (cpu_seconds() - before, count)
}

/// The CPU time this process has used, in seconds: from the kernel where it tells (in hundredths),
/// else the wall clock, which on a quiet machine is the same for one thread.
fn cpu_seconds() -> f64 {
    let kernel = std::fs::read_to_string("/proc/self/schedstat").ok();
    let nanoseconds = kernel.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    match nanoseconds {
        Some(nanoseconds) => nanoseconds / 1e9,
        None => {
            let now = std::time::SystemTime::now();
            let since = now.duration_since(std::time::UNIX_EPOCH);
            since.map_or(0.0, |since| since.as_secs_f64())
        }
    }
}

/// The markdown files below a folder.
fn read(folder: &Path) -> Vec<SourceFile> {
    let mut folders = vec![folder.to_owned()];
    let mut paths: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let texts = paths.iter().filter_map(|path| {
        let text = std::fs::read_to_string(path).ok()?;
        Some((path.to_string_lossy().into_owned(), text))
    });
    texts
        .zip(0..)
        .map(|((path, text), id)| SourceFile {
            id: FileId(id),
            path,
            text,
        })
        .collect()
}
