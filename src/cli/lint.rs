//! `rbc lint`: findings on standard output, what could not be read on standard error.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::arguments::{FindingsFormat, LintOptions};
use super::files::{self, Input};
use super::project::{Project, Projects, below};
use super::{Exit, Failure, terminal};
use crate::Surroundings;
use crate::config::Config;
use crate::diagnostic::Severity;
use crate::lint::{Outcome, Selection, rules, unknown_rule_help};
use crate::report::{self, Format, Report};
use crate::source::{FileId, LineIndex, SourceFile};

/// The folder that is linted when nothing is named, where it exists.
const DEFAULT_FOLDER: &str = "runbooks";

/// Lints the files and folders of the command line.
pub(super) fn run(options: &LintOptions) -> Result<Exit, Failure> {
    let selection = Selection {
        select: ids(&options.select)?,
        ignore: ids(&options.ignore)?,
        all: options.all,
    };
    let named = |input: &Input| match input {
        Input::Stdin => true,
        Input::File(path) => options.paths.contains(path),
    };
    let (runs, failures) = read_all(&files::find(&paths(options))?, named);
    let outcomes = lint_all(&runs, &selection, options.threads);
    let files: Vec<SourceFile> = runs.into_iter().map(|run| run.file).collect();

    let findings: Vec<_> = outcomes
        .iter()
        .flat_map(|outcome| outcome.findings.iter().cloned())
        .collect();
    let report = Report {
        files: &files,
        findings: &findings,
        skipped: outcomes.iter().filter(|outcome| outcome.skipped).count(),
        suppressed: outcomes.iter().map(|outcome| outcome.suppressed).sum(),
    };
    let text = if options.suppressions {
        suppressions(&files, &outcomes)
    } else if options.statistics {
        statistics(&report)
    } else {
        report::render(&report, format(options.format))
    };
    if !files.is_empty() || failures.is_empty() {
        terminal::print(&text)?;
    }
    for Failure(text) in &failures {
        terminal::complain(text);
    }
    if !failures.is_empty() {
        return Ok(Exit::CouldNotRun);
    }
    let fails =
        report.count(Severity::Error) > 0 || options.strict && report.count(Severity::Warning) > 0;
    Ok(if fails { Exit::Findings } else { Exit::Clean })
}

fn paths(options: &LintOptions) -> Vec<PathBuf> {
    if !options.paths.is_empty() {
        options.paths.clone()
    } else if Path::new(DEFAULT_FOLDER).is_dir() {
        vec![PathBuf::from(DEFAULT_FOLDER)]
    } else {
        vec![PathBuf::from(".")]
    }
}

fn format(format: FindingsFormat) -> Format {
    match format {
        FindingsFormat::Full => Format::Full {
            colour: terminal::wants_colour(),
        },
        FindingsFormat::Concise => Format::Concise,
        FindingsFormat::Json => Format::Json,
        FindingsFormat::Sarif => Format::Sarif,
        FindingsFormat::Github => Format::Github,
        FindingsFormat::Gitlab => Format::Gitlab,
        FindingsFormat::Junit => Format::Junit,
    }
}

/// The ids of the rules that `names` name, by code or name.
fn ids(names: &[String]) -> Result<BTreeSet<&'static str>, Failure> {
    names
        .iter()
        .map(|name| match rules::find(name) {
            Some(rule) => Ok(rule.code.id),
            None => Err(Failure::new(format!(
                "`{name}` is no rule; {}",
                unknown_rule_help(name)
            ))),
        })
        .collect()
}

/// A file that was read, with the project it belongs to.
pub(super) struct Run {
    pub(super) file: SourceFile,
    /// The folder of the file, relative to the root of its project.
    pub(super) folder: String,
    pub(super) project: Arc<Project>,
    /// The settings in force for the file.
    pub(super) config: Arc<Config>,
}

impl Run {
    /// What the file is linted against.
    pub(super) fn surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            config: &self.config,
            knowledge: &self.project.knowledge,
            workspace: &self.project.workspace,
            folder: &self.folder,
        }
    }
}

/// Reads what can be read. A broken `rbc.toml` is one failure, however many files it is for.
/// What the settings exclude is passed over unless it was `named`.
pub(super) fn read_all(
    inputs: &[Input],
    named: impl Fn(&Input) -> bool,
) -> (Vec<Run>, Vec<Failure>) {
    let mut projects = Projects::default();
    let mut runs = Vec::new();
    let mut failures: Vec<Failure> = Vec::new();
    for input in inputs {
        let id = FileId(u32::try_from(runs.len()).unwrap_or(u32::MAX));
        let run = projects.of(input).and_then(|(project, folder)| {
            let path = below(&folder, &input.name());
            if project.excludes(&path) && !named(input) {
                return Ok(None);
            }
            Ok(Some(Run {
                file: files::read(input, id)?,
                config: project.config_of(&path),
                folder,
                project,
            }))
        });
        match run {
            Ok(run) => runs.extend(run),
            Err(failure) if failures.iter().any(|known| known.0 == failure.0) => {}
            Err(failure) => failures.push(failure),
        }
    }
    (runs, failures)
}

/// Lints the files, `threads` at a time, each on its own; the outcomes are in the order of the files.
fn lint_all(runs: &[Run], selection: &Selection, threads: Option<NonZeroUsize>) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(BTreeMap::new());
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(run) = runs.get(index) else {
                return;
            };
            let outcome = lint_one(run, selection);
            outcomes
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(index, outcome);
        }
    };
    let threads = threads
        .or_else(|| std::thread::available_parallelism().ok())
        .map_or(1, NonZeroUsize::get);
    std::thread::scope(|scope| {
        for _ in 1..threads.min(runs.len()) {
            scope.spawn(work);
        }
        work();
    });
    outcomes
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .into_values()
        .collect()
}

/// Lints one file.
pub(super) fn lint_one(run: &Run, selection: &Selection) -> Outcome {
    if run.config.lint.all == Some(true) && !selection.all {
        let selection = Selection {
            all: true,
            ..selection.clone()
        };
        return crate::lint(&run.file, run.surroundings(), &selection);
    }
    crate::lint(&run.file, run.surroundings(), selection)
}

/// How often each rule was found.
fn statistics(report: &Report<'_>) -> String {
    let mut counts: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for finding in report.findings {
        counts
            .entry(finding.code.id)
            .or_insert((0, finding.code.name))
            .0 += 1;
    }
    let mut out = String::new();
    for (code, (count, name)) in counts {
        writeln!(out, "{count:>6}  {code}  {name}").expect("a string takes any text");
    }
    out
}

/// The suppressions and their reasons, one a line.
fn suppressions(files: &[SourceFile], outcomes: &[Outcome]) -> String {
    let mut out = String::new();
    for (file, outcome) in files.iter().zip(outcomes) {
        let lines = LineIndex::new(&file.text);
        for suppression in &outcome.suppressions {
            let codes: Vec<&str> = suppression
                .allowed
                .iter()
                .map(|allowed| allowed.code.id)
                .collect();
            writeln!(
                out,
                "{}:{}: {} {}",
                report::visible(&file.path),
                lines.line(suppression.span.start),
                codes.join(" "),
                report::visible(&suppression.reason)
            )
            .expect("a string takes any text");
        }
    }
    out
}
