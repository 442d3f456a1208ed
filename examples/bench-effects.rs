//! Times the effect analysis: reading the whole knowledge base, then the labelled commands of
//! `tests/effects/open`, beside splitting the same lines into words. Argument: how often the
//! commands are analysed (default 10).

use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use rbc::config::Config;
use rbc::effect::{Analyser, Knowledge};
use rbc::workspace::Workspace;

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a benchmark: it reads the labelled commands, looks at the clock and prints"
)]
fn main() -> ExitCode {
    let rounds: usize = match std::env::args().nth(1).map(|word| word.parse()) {
        None => 10,
        Some(Ok(rounds)) => rounds,
        Some(Err(_)) => {
            eprintln!("usage: bench-effects [ROUNDS]");
            return ExitCode::from(2);
        }
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/effects/open");
    let Ok(entries) = std::fs::read_dir(&root) else {
        eprintln!("{}: not there", root.display());
        return ExitCode::from(2);
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let texts: Vec<String> = paths
        .iter()
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .collect();
    let commands: Vec<&str> = texts
        .iter()
        .flat_map(|text| text.lines())
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .map(|(_, command)| command)
        .collect();

    let knowledge = Knowledge::embedded();
    let start = Instant::now();
    let names: Vec<&str> = knowledge.names().collect();
    let known = names
        .iter()
        .filter(|name| knowledge.tool(name).is_some())
        .count();
    println!(
        "whole knowledge base, {known} command words: {:?}",
        start.elapsed()
    );
    let start = Instant::now();
    black_box(Knowledge::embedded());
    println!(
        "what a process pays that asks for no tool: {:?}",
        start.elapsed()
    );

    let start = Instant::now();
    for _ in 0..rounds {
        for command in &commands {
            black_box(command.split_whitespace().count());
        }
    }
    let words = start.elapsed();
    let config = Config::default();
    let workspace = Workspace::empty();
    let analyser = Analyser::new(&knowledge, &config, &workspace);
    let start = Instant::now();
    for _ in 0..rounds {
        for command in &commands {
            black_box(analyser.text(command).class());
        }
    }
    let analysed = start.elapsed();
    let lines = commands.len() * rounds;
    #[expect(clippy::cast_precision_loss, reason = "some ten thousand lines")]
    let (a_second, ratio) = (
        lines as f64 / analysed.as_secs_f64(),
        analysed.as_secs_f64() / words.as_secs_f64(),
    );
    println!(
        "{lines} lines analysed in {analysed:?}: {a_second:.0} a second, {ratio:.0} times splitting them into words"
    );
    ExitCode::SUCCESS
}
