//! `rbc log` and `rbc changelog`: the documents of a finished session, from its own folder.

use std::path::Path;

use super::arguments::{ChangelogOptions, LogFormat, LogOptions};
use super::compile::{only_file, templates_here};
use super::{Exit, Failure, files, terminal};
use crate::backend::{changelog, log};
use crate::plan::Plan;
use crate::record::{Journal, Record};

/// Prints the as-executed log of a session, or its row of the index, or what its journal is worth.
pub(super) fn show(options: &LogOptions) -> Result<Exit, Failure> {
    if options.verify {
        return verify(&options.session);
    }
    let record = record(&options.session)?;
    let text = if options.index_row {
        log::index_row(&record)
    } else {
        match options.format {
            LogFormat::Markdown => log::markdown(&record, &templates_here()?),
            LogFormat::Json => log::json(&record),
        }
    };
    terminal::print(&text)?;
    Ok(Exit::Clean)
}

/// Prints the addendum to the changelog.
pub(super) fn show_changelog(options: &ChangelogOptions) -> Result<Exit, Failure> {
    let record = record(&options.session)?;
    terminal::print(&changelog::markdown(&record, &templates_here()?))?;
    Ok(Exit::Clean)
}

/// Checks the chain of hashes of the journal.
fn verify(folder: &Path) -> Result<Exit, Failure> {
    let journal = journal(folder)?;
    let mut text = String::new();
    for trouble in &journal.troubles {
        text.push_str(&format!("{trouble}\n"));
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

fn record(folder: &Path) -> Result<Record, Failure> {
    let journal = journal(folder)?;
    let path = folder.join("plan.json");
    let plan: Plan = serde_json::from_str(&only_file(&path)?)
        .map_err(|error| Failure::new(format!("`{}` is no plan: {error}", files::show(&path))))?;
    for trouble in &journal.troubles {
        terminal::remark(&format!("warning: {trouble}"));
    }
    Ok(Record::new(plan, &journal))
}

fn journal(folder: &Path) -> Result<Journal, Failure> {
    let text = only_file(&folder.join("journal.jsonl"))?;
    let head = only_file(&folder.join("head")).ok();
    Ok(Journal::read(&text, head.as_deref()))
}
