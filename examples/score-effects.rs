//! Scores the effect analysis on the labelled commands of `tests/effects`: a confusion matrix for
//! each file and the measures S1 to S6. Arguments: `open` or `sealed` (default: both); `--misses`
//! also lists what went wrong in `open`, never in `sealed`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use rbc::config::Config;
use rbc::effect::{Analyser, Class, Knowledge};
use rbc::workspace::Workspace;

const LABELS: [&str; 5] = ["read", "local-write", "mutate", "destroy", "unknown"];

/// How often each label got each answer.
#[derive(Default, Clone)]
struct Matrix([[usize; 5]; 5]);

impl Matrix {
    fn add(&mut self, label: usize, answer: usize) {
        if let Some(cell) = self.0.get_mut(label).and_then(|row| row.get_mut(answer)) {
            *cell += 1;
        }
    }

    fn join(&mut self, other: &Matrix) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                *mine += theirs;
            }
        }
    }

    /// The sum over some labels and answers.
    fn sum(&self, labels: &[usize], answers: &[usize]) -> usize {
        labels
            .iter()
            .filter_map(|label| self.0.get(*label))
            .flat_map(|row| answers.iter().filter_map(|answer| row.get(*answer)))
            .sum()
    }
}

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a program of its own: it reads the labelled commands and prints their score"
)]
fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let misses = args.iter().any(|arg| arg == "--misses");
    let sets: Vec<&str> = ["open", "sealed"]
        .into_iter()
        .filter(|set| {
            args.iter().all(|arg| arg.starts_with('-')) || args.iter().any(|arg| arg == set)
        })
        .collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/effects");
    let knowledge = Knowledge::embedded();
    let config = Config::default();
    let workspace = Workspace::empty();
    let analyser = Analyser::new(&knowledge, &config, &workspace);
    for set in sets {
        let folder = root.join(set);
        let Ok(entries) = std::fs::read_dir(&folder) else {
            eprintln!("{}: not there", folder.display());
            return ExitCode::from(2);
        };
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        let mut total = Matrix::default();
        let mut by_file: BTreeMap<String, Matrix> = BTreeMap::new();
        for path in paths {
            let Ok(text) = std::fs::read_to_string(&path) else {
                continue;
            };
            let file = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let matrix = by_file.entry(file.clone()).or_default();
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                let Some((label, command)) = line.split_once('\t') else {
                    continue;
                };
                let Some(label_index) = LABELS.iter().position(|known| *known == label) else {
                    eprintln!("{file}: `{label}` is no label");
                    return ExitCode::from(2);
                };
                let analysis = analyser.text(command);
                let answer = match (analysis.class(), analysis.unknown()) {
                    (Class::Mutate, _) => 2,
                    (Class::Destroy, _) => 3,
                    (_, true) => 4,
                    (Class::LocalWrite, false) => 1,
                    (Class::None | Class::Read, false) => 0,
                };
                matrix.add(label_index, answer);
                let alike =
                    answer == label_index || matches!((answer, label_index), (2, 3) | (3, 2));
                if misses && set == "open" && !alike {
                    let why: Vec<String> = analysis
                        .effects
                        .iter()
                        .filter(|effect| effect.unknown || effect.class == analysis.class())
                        .flat_map(|effect| effect.reasons.iter().map(|reason| reason.text.clone()))
                        .collect();
                    println!(
                        "{file}\t{label} -> {}\t{command}\t# {}",
                        LABELS.get(answer).copied().unwrap_or(""),
                        why.join(" | ")
                    );
                }
            }
            total.join(matrix);
        }
        print(set, &by_file, &total);
    }
    ExitCode::SUCCESS
}

#[expect(clippy::print_stdout, reason = "the score is what this program is for")]
fn print(set: &str, by_file: &BTreeMap<String, Matrix>, total: &Matrix) {
    println!(
        "{set}: rows are labels, columns answers: read, local-write, mutate, destroy, unknown"
    );
    for (label, row) in LABELS.iter().zip(&total.0) {
        let cells: Vec<String> = row.iter().map(|count| format!("{count:6}")).collect();
        println!("  {label:12}{}", cells.join(""));
    }
    println!(
        "  file              lines  right  mutation as read  read as unknown  mutation as unknown"
    );
    for (file, matrix) in by_file {
        let lines = matrix.sum(&[0, 1, 2, 3, 4], &[0, 1, 2, 3, 4]);
        let right = matrix.sum(&[0], &[0])
            + matrix.sum(&[1], &[1])
            + matrix.sum(&[2, 3], &[2, 3])
            + matrix.sum(&[4], &[4]);
        println!(
            "  {file:16}{lines:7}{:6.1}%{:18}{:17}{:21}",
            percent(right, lines),
            matrix.sum(&[2, 3], &[0]),
            matrix.sum(&[0], &[4]),
            matrix.sum(&[2, 3], &[4]),
        );
    }
    let all = total.sum(&[0, 1, 2, 3, 4], &[0, 1, 2, 3, 4]);
    let right = total.sum(&[0], &[0])
        + total.sum(&[1], &[1])
        + total.sum(&[2, 3], &[2, 3])
        + total.sum(&[4], &[4]);
    let said_read = total.sum(&[0, 1, 2, 3, 4], &[0]);
    let read = total.sum(&[0], &[0, 1, 2, 3, 4]);
    let mutating = total.sum(&[2, 3], &[0, 1, 2, 3, 4]);
    let knowable = total.sum(&[0, 1, 2, 3], &[0, 1, 2, 3, 4]);
    println!(
        "  S1 mutations called read-only       {}",
        total.sum(&[2, 3], &[0])
    );
    println!(
        "  S2 precision of read-only           {:.2} %",
        percent(total.sum(&[0], &[0]), said_read)
    );
    println!(
        "  S3 recall of read-only              {:.2} %",
        percent(total.sum(&[0], &[0]), read)
    );
    println!(
        "  S4 recall of mutating               {:.2} %",
        percent(total.sum(&[2, 3], &[2, 3]), mutating)
    );
    println!(
        "  S5 unknown on knowable commands     {:.2} %",
        percent(total.sum(&[0, 1, 2, 3], &[4]), knowable)
    );
    println!(
        "  S6 four-way accuracy                {:.2} % of {all}",
        percent(right, all)
    );
}

fn percent(part: usize, whole: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few thousand lines")]
    if whole == 0 {
        100.0
    } else {
        100.0 * part as f64 / whole as f64
    }
}
