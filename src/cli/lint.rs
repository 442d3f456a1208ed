//! `rbc lint`: findings on standard output, what could not be read on standard error.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::arguments::{FindingsFormat, LintOptions};
use super::baseline::Accepted;
use super::files::{self, Input};
use super::progress::Progress;
use super::project::{Project, Projects, below};
use super::{Exit, Failure, fix, summary, terminal, watch};
use crate::Surroundings;
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Severity};
use crate::lint::{self, Outcome, Selection, rules, unknown_rule_help};
use crate::report::{self, Format, Report};
use crate::source::{FileId, SourceFile};

/// The folder that is linted when nothing is named, where it exists.
const DEFAULT_FOLDER: &str = "runbooks";

/// What one round of linting came to.
#[derive(Debug)]
pub(super) struct Round {
    pub(super) exit: Exit,
    /// With `--watch`: every file that was looked at, read or not.
    pub(super) looked_at: BTreeSet<PathBuf>,
}

/// Lints the files and folders of the command line, once or until it is stopped.
pub(super) fn run(options: &LintOptions) -> Result<Exit, Failure> {
    if options.watch {
        return watch::run(options);
    }
    Ok(once(options)?.exit)
}

/// Lints once and prints what was found.
pub(super) fn once(options: &LintOptions) -> Result<Round, Failure> {
    let selection = Selection {
        select: ids(&options.select)?,
        ignore: ids(&options.ignore)?,
        all: options.all,
    };
    let named = |input: &Input| match input {
        Input::Stdin => true,
        Input::File(path) => options.paths.contains(path),
    };
    let inputs = files::find(&paths(options))?;
    let (mut runs, mut failures) = read_all(&inputs, named);
    if runs.is_empty() && failures.is_empty() {
        return Err(Failure::new("the settings exclude every file here"));
    }
    let mut outcomes = lint_all(&runs, &selection, options.threads);
    let mut fixed_input = None;
    if options.fix || options.diff {
        let done = fix::fix_all(&mut runs, &mut outcomes, options, &selection);
        failures.extend(done.failures);
        fixed_input = done.standard_input;
        if options.diff {
            terminal::print_raw(&done.diffs)?;
        }
        terminal::remark(&done.summary);
    }
    let mut accepted = Vec::new();
    let given = match runs.first() {
        Some(run) => Accepted::find(options, &run.project)?,
        None => None,
    };
    if options.write_baseline.is_some() {
        let baseline = given.unwrap_or_else(Accepted::new_here);
        terminal::remark(&baseline.write(&runs, &outcomes)?);
        return finish(options, &runs, &failures, Exit::Clean);
    }
    if let Some(baseline) = given {
        let complete = selection.select.is_empty() && selection.ignore.is_empty();
        accepted = baseline.apply(&runs, &mut outcomes, complete);
    }
    // What is wrong with the repository as a whole is asked once.
    let first = u32::try_from(runs.len()).unwrap_or(u32::MAX);
    let whole = runs.first().map_or_else(Vec::new, |run| {
        let around = run.surroundings();
        lint::repository(around.config, around.workspace, &selection, first)
    });
    let (others, of_the_whole): (Vec<SourceFile>, Vec<Diagnostic>) = whole.into_iter().unzip();

    let own = runs.iter().map(|run| run.file.clone());
    let files: Vec<SourceFile> = own.chain(others).collect();
    let relative: Vec<String> = match options.format {
        FindingsFormat::Full | FindingsFormat::Concise | FindingsFormat::Json => Vec::new(),
        FindingsFormat::Sarif
        | FindingsFormat::Github
        | FindingsFormat::Gitlab
        | FindingsFormat::Junit => {
            let paths = files.iter().map(|file| files::for_hosts(&file.path));
            paths.collect()
        }
    };
    let findings: Vec<Diagnostic> = outcomes
        .iter()
        .flat_map(|outcome| outcome.findings.iter().cloned())
        .chain(of_the_whole)
        .collect();
    let report = Report {
        files: &files,
        findings: &findings,
        skipped: outcomes.iter().filter(|outcome| outcome.skipped).count(),
        suppressed: outcomes.iter().map(|outcome| outcome.suppressed).sum(),
        baselined: &accepted,
        relative: &relative,
        page: |id| rules::find(id).map(|rule| rule.page),
    };
    let text = if options.suppressions {
        summary::suppressions(&files, &outcomes, options.format)
    } else if options.statistics {
        summary::statistics(&report, options.format)
    } else {
        report::render(&report, format(options))
    };
    if let Some(fixed) = fixed_input {
        // The fixed text is what is piped on; what is left to say goes beside it.
        terminal::print(&fixed)?;
        terminal::remark(&text);
    } else if !options.diff && (!files.is_empty() || failures.is_empty()) {
        terminal::print(&text)?;
    }
    let fails =
        report.count(Severity::Error) > 0 || options.strict && report.count(Severity::Warning) > 0;
    let exit = if fails && !options.exit_zero {
        Exit::Findings
    } else {
        Exit::Clean
    };
    finish(options, &runs, &failures, exit)
}

/// Tells what could not be read, which is the worst that can happen.
fn finish(
    options: &LintOptions,
    runs: &[Run],
    failures: &[Failure],
    exit: Exit,
) -> Result<Round, Failure> {
    for Failure(text) in failures {
        terminal::complain(text);
    }
    let exit = if failures.is_empty() {
        exit
    } else {
        Exit::CouldNotRun
    };
    let mut looked_at = BTreeSet::new();
    let mut roots = BTreeSet::new();
    for run in runs.iter().filter(|_| options.watch) {
        looked_at.insert(PathBuf::from(&run.file.path));
        let root = &run.project.root;
        if roots.insert(root) {
            let asked = run.project.workspace.asked();
            looked_at.extend(asked.iter().map(|path| root.join(path)));
        }
    }
    Ok(Round { exit, looked_at })
}

/// What the command line names, or what is linted when it names nothing.
pub(super) fn paths(options: &LintOptions) -> Vec<PathBuf> {
    if !options.paths.is_empty() {
        options.paths.clone()
    } else if Path::new(DEFAULT_FOLDER).is_dir() {
        vec![PathBuf::from(DEFAULT_FOLDER)]
    } else {
        vec![PathBuf::from(".")]
    }
}

fn format(options: &LintOptions) -> Format {
    match options.format {
        FindingsFormat::Full => Format::Full {
            colour: terminal::wants_colour(options.color),
            width: terminal::width(),
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
    let progress = Progress::new(runs.len());
    let outcomes = Mutex::new(BTreeMap::new());
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(run) = runs.get(index) else {
                return;
            };
            let outcome = lint_one(run, selection);
            progress.step();
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
