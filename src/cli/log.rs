//! `rbc log` and `rbc changelog`: the documents of a session, from its own folder and, for ids and
//! the version lock, from the project it ran in.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arguments::{ChangelogOptions, LogFormat, LogOptions};
use super::compile::{Private, templates, write_new};
use super::files::{self, Input};
use super::project::{Project, Projects};
use super::{Exit, Failure, terminal};
use crate::backend::changelog::{self, Facts};
use crate::backend::{log, page, transcript};
use crate::diagnostic::nearest;
use crate::plan::{self, Plan};
use crate::record::{Journal, Record, Trouble, plan_hash};
use crate::source::FileId;
use crate::workspace::{Answer, normalise};

/// What lies in a session's folder.
struct Session {
    folder: PathBuf,
    journal: Journal,
    record: Record,
}

/// Prints the as-executed log of a session, or its row of the index, or what its journal is worth.
pub(super) fn show(options: &LogOptions) -> Result<Exit, Failure> {
    if options.verify {
        return verify(&options.session);
    }
    let session = read(&options.session)?;
    if options.index_row {
        terminal::print(&log::index_row(&session.record))?;
        return Ok(session.exit());
    }
    let outputs = outputs(&session, &options.with_output, options.secrets.as_deref())?;
    let text = match options.format {
        LogFormat::Markdown => {
            let project = project(&session, None)?;
            log::markdown(&session.record, &outputs, &templates(&project)?).map_err(Failure::new)?
        }
        LogFormat::Html => {
            let project = project(&session, None)?;
            page::html(&session.record, &outputs, &templates(&project)?).map_err(Failure::new)?
        }
        LogFormat::Json => log::json(&session.record, &outputs),
    };
    deliver(
        &text,
        options.output.as_deref(),
        options.force,
        Private::Yes,
    )?;
    Ok(session.exit())
}

/// Prints the addendum to the changelog.
pub(super) fn show_changelog(options: &ChangelogOptions) -> Result<Exit, Failure> {
    let session = read(&options.session)?;
    let project = project(&session, options.runbook.as_deref())?;
    let mut facts = facts(&project);
    if let Some(remark) = runbook_remark(&session, &project, options.runbook.as_deref())? {
        terminal::remark(&format!("warning: {remark}"));
        facts.runbook = remark;
    }
    let text = changelog::markdown(&session.record, &facts, &templates(&project)?)
        .map_err(Failure::new)?;
    deliver(&text, options.output.as_deref(), options.force, Private::No)?;
    Ok(session.exit())
}

fn deliver(
    text: &str,
    output: Option<&Path>,
    force: bool,
    private: Private,
) -> Result<(), Failure> {
    match output {
        None => terminal::print(text)?,
        Some(path) => {
            write_new(path, text, force, private)?;
            terminal::print(&format!("wrote {}\n", files::show(path)))?;
        }
    }
    Ok(())
}

/// Checks the chain of hashes of the journal.
fn verify(folder: &Path) -> Result<Exit, Failure> {
    let journal = journal(folder)?;
    let mut text = String::new();
    for trouble in &journal.troubles {
        text.push_str(&format!("{trouble}\n"));
    }
    let whole = folder.join("plan.json");
    if let (Ok(plan), Some(start)) = (files::read_text(&whole), journal.events.first())
        && plan_hash(&plan) != start.text("plan-hash")
    {
        text.push_str("`plan.json` is not the plan that the journal names\n");
        terminal::print(&text)?;
        return Ok(Exit::Findings);
    }
    if journal.is_sound() {
        text.push_str(&format!(
            "{} lines, the chain holds\n",
            journal.events.len()
        ));
    }
    terminal::print(&text)?;
    Ok(if journal.is_sound() {
        Exit::Clean
    } else {
        Exit::Findings
    })
}

impl Session {
    fn exit(&self) -> Exit {
        if self.journal.is_sound() {
            Exit::Clean
        } else {
            Exit::Findings
        }
    }
}

fn read(folder: &Path) -> Result<Session, Failure> {
    let journal = journal(folder)?;
    let path = folder.join("plan.json");
    let shown = files::show(&path);
    let text = files::read_text(&path).map_err(|why| Failure::new(format!("`{shown}` {why}")))?;
    let version = serde_json::from_str::<serde_json::Value>(&text)
        .ok()
        .and_then(|plan| plan.get("version")?.as_u64());
    if let Some(found) = version
        && found != u64::from(plan::VERSION)
    {
        return Err(Failure::new(format!(
            "`{shown}` is a plan of version {found}, and this rbc reads version {}: use the rbc that compiled it",
            plan::VERSION
        )));
    }
    let plan: Plan = serde_json::from_str(&text)
        .map_err(|error| Failure::new(format!("`{shown}` is no plan: {error}")))?;
    for trouble in &journal.troubles {
        terminal::remark(&format!("warning: {trouble}"));
    }
    let record = Record::new(plan, &plan_hash(&text), &journal);
    Ok(Session {
        folder: folder.to_owned(),
        journal,
        record,
    })
}

fn journal(folder: &Path) -> Result<Journal, Failure> {
    let path = folder.join("journal.jsonl");
    let shown = files::show(folder);
    if folder.is_dir() && !path.exists() {
        return Err(Failure::new(format!(
            "`{shown}` is no session: it has no `journal.jsonl`"
        )));
    }
    if !folder.is_dir() {
        let why = if folder.exists() {
            "is no folder: name the folder of a session, such as `~/as-executed/2026-07-05-ops-update`"
        } else {
            "is not there"
        };
        return Err(Failure::new(format!("`{shown}` {why}")));
    }
    let text = files::read_large(&path)
        .map_err(|why| Failure::new(format!("`{}` {why}", files::show(&path))))?;
    let head = files::read_text(&folder.join("head")).ok();
    let journal = Journal::read(&String::from_utf8_lossy(&text), head.as_deref());
    let newer = journal
        .troubles
        .iter()
        .find(|trouble| matches!(trouble, Trouble::Version { .. }));
    if let Some(newer) = newer {
        return Err(Failure::new(format!("`{shown}`: {newer}")));
    }
    if journal.events.is_empty() {
        return Err(Failure::new(format!(
            "`{shown}` has a journal without a whole line: the session ended before it began, or this is none"
        )));
    }
    Ok(journal)
}

/// The project of a session: that of the runbook that is named, else of the root the session ran
/// in where it is still there, else of the current folder.
fn project(session: &Session, runbook: Option<&Path>) -> Result<Arc<Project>, Failure> {
    let folder = match runbook {
        Some(path) => {
            if !path.is_file() {
                return Err(Failure::new(format!(
                    "`{}` is no file: `--runbook` names the runbook of the session",
                    files::show(path)
                )));
            }
            files::absolute(path.parent().unwrap_or(Path::new("")))?
        }
        None => {
            let root = session.journal.events.first().map(|it| it.text("root"));
            let root = root.map(Path::new).filter(|root| root.is_dir());
            files::absolute(root.unwrap_or(Path::new(".")))?
        }
    };
    let (project, _) = Projects::default().of_folder(&folder)?;
    Ok(project)
}

/// What the project's documents say today.
fn facts(project: &Project) -> Facts {
    let text = |path: &String| {
        let path = normalise("", path)?;
        project.workspace.text(&path).map(|text| text.to_string())
    };
    let paths = &project.config.paths;
    let ids = paths.ids.iter().map(|path| (path.clone(), text(path)));
    let lock = paths
        .version_lock
        .as_ref()
        .and_then(|path| Some((path.clone(), text(path)?)));
    Facts::new(ids.collect(), lock)
}

/// What is to be said about the runbook of a session, as it is today.
fn runbook_remark(
    session: &Session,
    project: &Project,
    named: Option<&Path>,
) -> Result<Option<String>, Failure> {
    let plan = &session.record.plan;
    let planned = plan.runbook.rsplit('/').next().unwrap_or("");
    let (shown, text) = match named {
        Some(path) => {
            let file = files::read(&Input::File(path.to_owned()), FileId(0))?;
            let name = file.path.rsplit('/').next().unwrap_or("").to_owned();
            if name != planned {
                return Err(Failure::new(format!(
                    "`{}` is not the runbook of this session, which ran `{}`",
                    file.path, plan.runbook
                )));
            }
            (file.path, Some(file.text))
        }
        None => match project.workspace.ask(&plan.runbook) {
            Answer::Text(text) => (plan.runbook.clone(), Some(text.to_string())),
            Answer::Absent | Answer::Folder(_) | Answer::Unreadable(_) => {
                (plan.runbook.clone(), None)
            }
        },
    };
    let Some(text) = text else {
        return Ok(None);
    };
    Ok((plan::hash(&text) != plan.runbook_hash).then(|| {
        format!("`{shown}` has changed since the session was compiled; this follows the session's own plan")
    }))
}

/// The outputs that were asked for, masked and cut.
fn outputs(
    session: &Session,
    wanted: &[String],
    secrets: Option<&Path>,
) -> Result<log::Outputs, Failure> {
    let record = &session.record;
    let mut outputs = log::Outputs::new();
    if wanted.is_empty() {
        return Ok(outputs);
    }
    let steps = || record.steps.iter().chain(&record.ways_back);
    let all = wanted.iter().any(|name| name == "all");
    for name in wanted.iter().filter(|name| *name != "all") {
        if !steps().any(|step| step.number == *name) {
            let near = nearest(name, steps().map(|step| step.number.as_str()));
            let help = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            return Err(Failure::new(format!(
                "`--with-output {name}`: the session has no step `{name}`{help}"
            )));
        }
    }
    let known = known_secrets(session, secrets)?;
    for step in steps().filter(|step| all || wanted.contains(&step.number)) {
        for run in &step.tries {
            let path = session
                .folder
                .join("steps")
                .join(&run.folder)
                .join("output");
            // A folder that a changed journal names must not lead out of the session's.
            if run.folder.contains('/') || run.folder.starts_with('.') {
                continue;
            }
            match files::read_ends(&path) {
                Ok((bytes, between)) => {
                    let mut shown = transcript::show(&bytes, &known);
                    shown.left_out += between;
                    outputs.insert(run.folder.clone(), shown);
                }
                Err(why) => {
                    terminal::remark(&format!("warning: `{}` {why}", files::show(&path)));
                }
            }
        }
    }
    Ok(outputs)
}

/// The values that must not be shown: those the session still keeps, and those that are named.
fn known_secrets(session: &Session, named: Option<&Path>) -> Result<Vec<String>, Failure> {
    let record = &session.record;
    let bound = record
        .plan
        .placeholders
        .iter()
        .find(|it| it.secret && record.value(&it.name).is_some());
    let mut values = Vec::new();
    match (named, bound) {
        (Some(path), _) => {
            let text = files::read_text(path)
                .map_err(|why| Failure::new(format!("`{}` {why}", files::show(path))))?;
            values.extend(text.lines().map(str::to_owned));
        }
        (None, Some(secret)) => {
            return Err(Failure::new(format!(
                "the value of `<{}>` is in no file of the session, so its output cannot be masked: give the value with `--secrets FILE`, one a line",
                secret.name
            )));
        }
        (None, None) => {}
    }
    let mut kept = false;
    let tries = record.steps.iter().chain(&record.ways_back);
    for run in tries.flat_map(|step| &step.tries) {
        let path = session
            .folder
            .join("steps")
            .join(&run.folder)
            .join("state.secrets");
        if let Ok(bytes) = files::read_large(&path) {
            kept = true;
            let text = String::from_utf8_lossy(&bytes);
            values.extend(text.split('\0').map(str::to_owned));
        }
    }
    if !kept {
        terminal::remark(
            "warning: the session keeps no list of its secrets any more: what looks like one is masked; read the output before you pass it on",
        );
    }
    values.retain(|value| !value.is_empty());
    Ok(values)
}
