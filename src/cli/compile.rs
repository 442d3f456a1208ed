//! `rbc compile` and `rbc run`: lints, refuses what has errors, and writes the files of the back
//! ends, or compares them with what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::arguments::{Colours, CompileOptions, RunOptions};
use super::files;
use super::lint::{Run, lint_one, read_all};
use super::project::{Project, below};
use super::{Exit, Failure, terminal};
use crate::backend::template::Form;
use crate::backend::{self, Artifact, BACKENDS, Backend, Templates};
use crate::config::RecordForm;
use crate::diagnostic::{Diagnostic, Severity, nearest};
use crate::lint::Selection;
use crate::plan::{self, Settings};
use crate::report::{self, Format, Report};
use crate::source::SourceFile;
use crate::workspace::Answer;

/// What was made of one runbook: a folder and the files to put there.
struct Compiled {
    folder: PathBuf,
    artifacts: Vec<Artifact>,
}

/// Compiles the runbooks of the command line.
pub(super) fn run(options: &CompileOptions) -> Result<Exit, Failure> {
    let backends = backends(&options.emit)?;
    let values = values(&options.set)?;
    let runs = read(&options.runbooks)?;
    if let Some(refused) = refuse(&runs)? {
        return Ok(refused);
    }
    let compiled = compile_all(&runs, &options.output, &backends, &values)?;
    if options.check {
        return compare(&compiled);
    }
    refuse_edited(&compiled, options.force)?;
    for one in &compiled {
        write(one)?;
    }
    let written: String = compiled.iter().map(|one| told(one, "wrote")).collect();
    terminal::print(&written)?;
    Ok(Exit::Clean)
}

/// Compiles one runbook and becomes its session.
pub(super) fn run_session(options: &RunOptions) -> Result<Exit, Failure> {
    let runs = read(std::slice::from_ref(&options.runbook))?;
    if let Some(refused) = refuse(&runs)? {
        return Ok(refused);
    }
    // The blank documents are for a window without a session: what somebody wrote into them stays.
    let backends = backends(&["session".to_owned(), "plan".to_owned()])?;
    let compiled = compile_all(&runs, &options.output, &backends, &BTreeMap::new())?;
    let [one] = compiled.as_slice() else {
        return Err(Failure::new("`rbc run` takes one runbook"));
    };
    write(one)?;
    Err(become_session(
        &one.folder.join("session.sh"),
        &options.session,
    ))
}

/// Replaces this program by bash. Returns only when that fails.
#[cfg(unix)]
#[expect(
    clippy::disallowed_methods,
    reason = "a person has asked to start the session; this is the one thing that starts it"
)]
fn become_session(session: &Path, options: &[String]) -> Failure {
    use std::os::unix::process::CommandExt;
    let error = std::process::Command::new("bash")
        .arg(session)
        .args(options)
        .exec();
    Failure::new(format!(
        "cannot start bash on `{}`: {}",
        files::show(session),
        files::plain(&error)
    ))
}

/// Where a program cannot be replaced, the session is started by hand.
#[cfg(not(unix))]
fn become_session(session: &Path, _options: &[String]) -> Failure {
    Failure::new(format!(
        "start the session with `bash {}`",
        files::show(session)
    ))
}

fn read(paths: &[PathBuf]) -> Result<Vec<Run>, Failure> {
    let (runs, failures) = read_all(&files::find(paths)?, |_| true);
    match failures.into_iter().next() {
        Some(failure) => Err(failure),
        None => Ok(runs),
    }
}

/// Shows the errors of the runbooks, if there are any, and says how to exit.
fn refuse(runs: &[Run]) -> Result<Option<Exit>, Failure> {
    let selection = Selection::default();
    let mut errors: Vec<Diagnostic> = Vec::new();
    for run in runs {
        let outcome = lint_one(run, &selection);
        if outcome.skipped {
            return Err(Failure::new(format!(
                "`{}` has no RUN, CHECK or GATE label: there is nothing to compile",
                run.file.path
            )));
        }
        let found = outcome.findings.into_iter();
        errors.extend(found.filter(|finding| finding.severity == Severity::Error));
    }
    if errors.is_empty() {
        return Ok(None);
    }
    let files: Vec<SourceFile> = runs.iter().map(|run| run.file.clone()).collect();
    let report = Report::new(&files, &errors);
    let format = Format::Full {
        colour: terminal::wants_colour(Colours::Auto),
        width: terminal::width(),
    };
    terminal::print(&report::render(&report, format))?;
    terminal::complain("nothing is compiled while a runbook has errors");
    Ok(Some(Exit::Findings))
}

/// The back ends with these names; all when there are none.
fn backends(names: &[String]) -> Result<Vec<&'static Backend>, Failure> {
    if names.is_empty() {
        let made = BACKENDS.iter().copied().filter(|backend| backend.default);
        return Ok(made.collect());
    }
    let find = |name: &String| {
        BACKENDS
            .iter()
            .copied()
            .find(|backend| backend.name == name)
            .ok_or_else(|| {
                let known: Vec<&str> = BACKENDS.iter().map(|backend| backend.name).collect();
                Failure::new(format!("`--emit {name}`: known are {}", known.join(", ")))
            })
    };
    names.iter().map(find).collect()
}

/// `name=value` pairs by name.
fn values(pairs: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let mut values = BTreeMap::new();
    for pair in pairs {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(Failure::new(format!("`--set {pair}`: write `name=value`")));
        };
        if values.insert(name.to_owned(), value.to_owned()).is_some() {
            return Err(Failure::new(format!("`--set {name}` is given twice")));
        }
    }
    Ok(values)
}

fn compile_all(
    runs: &[Run],
    output: &Path,
    backends: &[&'static Backend],
    values: &BTreeMap<String, String>,
) -> Result<Vec<Compiled>, Failure> {
    let mut stems = BTreeSet::new();
    let mut known = BTreeSet::new();
    let mut compiled = Vec::new();
    for run in runs {
        let stem = plan::stem(&run.file.path).to_owned();
        if !stems.insert(stem.clone()) {
            return Err(Failure::new(format!(
                "two runbooks are called `{stem}`: compile them one at a time, with a `-o` each"
            )));
        }
        let folder = output.join(&stem);
        let settings = Settings {
            path: below(&run.folder, &run.file.path),
            root: way(&folder, &run.project.root)?,
            values: values.clone(),
        };
        let plan = crate::plan(&run.file, run.surroundings(), &settings);
        known.extend(plan.placeholders.iter().map(|it| it.name.clone()));
        let templates = templates(&run.project)?;
        backend::check(&plan, &templates).map_err(Failure::new)?;
        let artifacts = backends
            .iter()
            .flat_map(|backend| (backend.emit)(&plan, &templates))
            .map(sealed)
            .collect();
        compiled.push(Compiled { folder, artifacts });
    }
    match values.keys().find(|name| !known.contains(*name)) {
        Some(name) => Err(unknown_placeholder(name, &known)),
        None => Ok(compiled),
    }
}

fn unknown_placeholder(name: &str, known: &BTreeSet<String>) -> Failure {
    let near = nearest(name, known.iter().map(String::as_str));
    let help = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    Failure::new(format!(
        "`--set {name}`: no block has a placeholder `<{name}>`{help}"
    ))
}

/// The templates of a project: ours in the form it chose, with the files of the folder that
/// `[paths] templates` names in their place.
pub(super) fn templates(project: &Project) -> Result<Templates, Failure> {
    let form = match project.config.records.form {
        RecordForm::House => Form::House,
        RecordForm::Plain => Form::Plain,
    };
    let Some(folder) = &project.config.paths.templates else {
        return Templates::new(form, "", BTreeMap::new()).map_err(Failure::new);
    };
    let names = match project.workspace.ask(folder) {
        Answer::Folder(names) => names,
        Answer::Absent | Answer::Text(_) | Answer::Unreadable(_) => {
            return Err(Failure::new(format!(
                "`[paths] templates` names `{folder}`, which is no folder below `{}`",
                files::show(&files::from_here(&project.root))
            )));
        }
    };
    let mut own = BTreeMap::new();
    for name in names
        .iter()
        .filter(|name| name.ends_with(".md") || name.ends_with(".html"))
    {
        match project.workspace.ask(&format!("{folder}/{name}")) {
            Answer::Text(text) => {
                own.insert(name.clone(), text.to_string());
            }
            Answer::Unreadable(why) => {
                return Err(Failure::new(format!("template `{folder}/{name}` {why}")));
            }
            Answer::Absent | Answer::Folder(_) => {}
        }
    }
    Templates::new(form, folder, own).map_err(Failure::new)
}

/// The way from a folder, which need not exist yet, to the root of a project.
fn way(from: &Path, root: &Path) -> Result<String, Failure> {
    let from = settle(from)?;
    Ok(files::relative(&from, root))
}

/// The absolute path of a folder that need not exist: links are resolved as far as it does.
fn settle(folder: &Path) -> Result<PathBuf, Failure> {
    let absolute =
        std::path::absolute(folder).map_err(|error| files::cannot_read(folder, &error))?;
    let mut settled = PathBuf::new();
    for part in absolute.components() {
        if part == Component::ParentDir {
            settled.pop();
        } else {
            settled.push(part);
        }
        settled = std::fs::canonicalize(&settled).unwrap_or(settled);
    }
    Ok(settled)
}

/// What the last line of a document begins with.
const SEAL: &str = "<!-- rbc: text ";

/// A document that people write in ends in a line with the hash of what stands above it. While that
/// holds nobody has edited it, and rbc may overwrite it.
fn sealed(mut artifact: Artifact) -> Artifact {
    if artifact.name.ends_with(".md") {
        let seal = seal(&artifact.text);
        artifact.text.push_str(&seal);
    }
    artifact
}

fn seal(text: &str) -> String {
    let hash = plan::hash(text);
    let short = hash.get(..16).unwrap_or_default();
    format!("\n{SEAL}{short}; an edited text is overwritten with --force only -->\n")
}

/// Whether somebody has edited a document since rbc wrote it.
fn is_edited(text: &str) -> bool {
    let Some(at) = text.rfind(&format!("\n{SEAL}")) else {
        return true;
    };
    let (before, after) = text.split_at(at);
    after != seal(before)
}

/// Nothing that a person wrote is overwritten without being asked.
fn refuse_edited(compiled: &[Compiled], force: bool) -> Result<(), Failure> {
    if force {
        return Ok(());
    }
    for one in compiled {
        let documents = one.artifacts.iter().filter(|it| it.name.ends_with(".md"));
        for artifact in documents {
            let path = one.folder.join(artifact.name);
            if !path.exists() {
                continue;
            }
            let edited = match files::read_text(&path) {
                Ok(text) => text != artifact.text && is_edited(&text),
                Err(_) => true,
            };
            if edited {
                return Err(Failure::new(format!(
                    "`{}` was edited since rbc wrote it: move it away, leave it out with `--emit session,plan`, or overwrite it with `--force`",
                    files::show(&path)
                )));
            }
        }
    }
    Ok(())
}

/// Whether others may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Private {
    /// Only its owner may.
    Yes,
    /// Everybody may.
    No,
}

/// Writes one file that must not be there yet, unless `force` says so. It is complete before it has
/// its name.
pub(super) fn write_new(
    path: &Path,
    text: &str,
    force: bool,
    private: Private,
) -> Result<(), Failure> {
    if !force && std::fs::symlink_metadata(path).is_ok() {
        return Err(Failure::new(format!(
            "`{}` is there already; --force overwrites it",
            files::show(path)
        )));
    }
    let name = path.file_name().map(|name| name.to_string_lossy());
    let name =
        name.ok_or_else(|| Failure::new(format!("`{}` is no name for a file", files::show(path))))?;
    let temporary = path.with_file_name(format!(".{name}.new"));
    let written =
        write_file(&temporary, text, private).and_then(|()| std::fs::rename(&temporary, path));
    written.map_err(|error| {
        // What could not be written need not be there to be removed.
        let _ = std::fs::remove_file(&temporary);
        Failure::new(cannot("write", path, &error))
    })
}

/// Writes the files of a runbook. Each is complete under a name of its own before the first takes
/// its place, so a full disk leaves what was there.
fn write(compiled: &Compiled) -> Result<(), Failure> {
    let folder = &compiled.folder;
    std::fs::create_dir_all(folder)
        .map_err(|error| Failure::new(cannot("make the folder", folder, &error)))?;
    let temporary = |artifact: &Artifact| folder.join(format!(".{}.new", artifact.name));
    let write_all = || -> Result<(), Failure> {
        for artifact in &compiled.artifacts {
            let path = temporary(artifact);
            write_file(&path, &artifact.text, Private::No)
                .map_err(|error| Failure::new(cannot("write", &path, &error)))?;
        }
        for artifact in &compiled.artifacts {
            let path = folder.join(artifact.name);
            std::fs::rename(temporary(artifact), &path)
                .map_err(|error| Failure::new(cannot("write", &path, &error)))?;
        }
        Ok(())
    };
    let result = write_all();
    if result.is_err() {
        for artifact in &compiled.artifacts {
            // What could not be written need not be there to be removed.
            let _ = std::fs::remove_file(temporary(artifact));
        }
    }
    result
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place where the program writes files"
)]
fn write_file(path: &Path, text: &str, private: Private) -> std::io::Result<()> {
    // A private file is so before there is anything in it.
    std::fs::write(path, "")?;
    set_mode(path, private)?;
    std::fs::write(path, text)
}

/// Sessions are started as `bash FILE`: anybody may read them, and they need no exec bit.
#[cfg(unix)]
fn set_mode(path: &Path, private: Private) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = match private {
        Private::Yes => 0o600,
        Private::No => 0o644,
    };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _private: Private) -> std::io::Result<()> {
    Ok(())
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> String {
    format!(
        "cannot {what} `{}`: {}",
        files::show(path),
        files::plain(error)
    )
}

/// Compares with what is there, and names what differs.
fn compare(compiled: &[Compiled]) -> Result<Exit, Failure> {
    let mut differing = String::new();
    for one in compiled {
        for artifact in &one.artifacts {
            let path = one.folder.join(artifact.name);
            let shown = files::show(&path);
            match files::read_text(&path) {
                Ok(text) if text == artifact.text => {}
                Ok(_) => differing.push_str(&format!("{shown} differs\n")),
                Err(why) => differing.push_str(&format!("{shown} {why}\n")),
            }
        }
    }
    if differing.is_empty() {
        return Ok(Exit::Clean);
    }
    terminal::print(&differing)?;
    Ok(Exit::Findings)
}

fn told(compiled: &Compiled, verb: &str) -> String {
    let names: Vec<&str> = compiled.artifacts.iter().map(|it| it.name).collect();
    format!(
        "{verb} {}: {}\n",
        files::show(&compiled.folder),
        names.join(", ")
    )
}
