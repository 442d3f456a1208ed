//! Draws findings to be read by a person, the same ones for the same seed:
//! `rbc lint --all --format json FOLDER | cargo run --example sample-findings -- SEED [COUNT [LINES]]`.
//! The rules take turns, so that a rare one is read as well as a frequent one; of each the draw decides.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a tool for people reads findings and files and prints what it drew"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// A finding as far as the draw needs it.
struct Finding {
    code: String,
    file: String,
    line: usize,
    message: String,
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(seed) = arguments.next() else {
        println!(
            "usage: rbc lint --all --format json FOLDER | sample-findings SEED [COUNT [LINES]]"
        );
        return ExitCode::from(2);
    };
    let count = arguments
        .next()
        .and_then(|it| it.parse().ok())
        .unwrap_or(200);
    let around = arguments.next().and_then(|it| it.parse().ok()).unwrap_or(1);
    let Ok(report) = serde_json::from_reader::<_, Value>(std::io::stdin().lock()) else {
        println!("standard input is no report of `rbc lint --format json`");
        return ExitCode::from(2);
    };
    let findings = read(&report);
    let mut piles: BTreeMap<&str, Vec<(String, &Finding)>> = BTreeMap::new();
    for finding in &findings {
        let pile = piles.entry(finding.code.as_str()).or_default();
        pile.push((key(&seed, finding), finding));
    }
    println!("rule      findings  files");
    for (code, pile) in &mut piles {
        pile.sort_by(|a, b| a.0.cmp(&b.0));
        let files: BTreeSet<&str> = pile.iter().map(|(_, it)| it.file.as_str()).collect();
        println!("{code}  {:>8}  {:>5}", pile.len(), files.len());
    }
    let mut drawn = Vec::new();
    let mut round = 0;
    while drawn.len() < count.min(findings.len()) {
        for pile in piles.values() {
            if let Some((_, finding)) = pile.get(round).filter(|_| drawn.len() < count) {
                drawn.push(*finding);
            }
        }
        round += 1;
    }
    drawn.sort_by(|a, b| (&a.code, &a.file, a.line).cmp(&(&b.code, &b.file, b.line)));
    for (number, finding) in drawn.iter().enumerate() {
        let Finding {
            code,
            file,
            line,
            message,
        } = finding;
        println!("\n{:>3}  {code}  {file}:{line}\n     {message}", number + 1);
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let from = line.saturating_sub(around + 1);
        for (index, content) in text.lines().enumerate().skip(from).take(2 * around + 1) {
            let mark = if index + 1 == *line { '>' } else { ' ' };
            let cut: String = content.chars().take(150).collect();
            println!("   {mark} {cut}");
        }
    }
    ExitCode::SUCCESS
}

fn read(report: &Value) -> Vec<Finding> {
    let findings = report.get("findings").and_then(Value::as_array);
    let text = |finding: &Value, name: &str| {
        let value = finding.get(name).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    findings
        .into_iter()
        .flatten()
        .map(|finding| Finding {
            code: text(finding, "code"),
            file: text(finding, "file"),
            line: finding
                .get("line")
                .and_then(Value::as_u64)
                .and_then(|line| usize::try_from(line).ok())
                .unwrap_or(1),
            message: text(finding, "message"),
        })
        .collect()
}

/// The place of a finding in the draw: its hash with the seed, so that no finding depends on another.
fn key(seed: &str, finding: &Finding) -> String {
    let Finding {
        code,
        file,
        line,
        message,
    } = finding;
    let digest = Sha256::digest(format!("{seed}\n{code}\n{file}\n{line}\n{message}"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
