//! rbc, the runbook compiler: text -> runbook -> effects -> findings, and runbook -> plan -> files.

pub mod backend;
pub mod cli;
pub mod config;
pub mod diagnostic;
pub mod effect;
pub mod lint;
pub mod parse;
pub mod plan;
pub mod record;
pub mod report;
pub mod runbook;
pub mod shell;
pub mod source;
pub mod workspace;

use config::Config;
use effect::{Analyser, Knowledge};
use lint::{Context, Outcome, Selection};
use plan::{Plan, Settings};
use source::SourceFile;
use workspace::Workspace;

/// What a file is linted against: everything but its own text.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The settings.
    pub config: &'a Config,
    /// The commands that are known, those of the settings included.
    pub knowledge: &'a Knowledge,
    /// The other files of the project.
    pub workspace: &'a Workspace,
    /// The folder of the file relative to the root of the project, without a slash at the end.
    pub folder: &'a str,
}

/// The pipeline from a text to its findings.
pub fn lint(file: &SourceFile, around: Surroundings<'_>, selection: &Selection) -> Outcome {
    let (runbook, found) = parse::parse(file);
    if !runbook.labelled && !selection.all {
        return Outcome::not_a_runbook();
    }
    let analyser = Analyser::new(around.knowledge, around.config, around.workspace);
    let effects = analyser.runbook(&runbook);
    let cx = Context {
        file,
        folder: around.folder,
        runbook: &runbook,
        effects: &effects,
        analyser: &analyser,
        config: around.config,
        workspace: around.workspace,
    };
    lint::run(&cx, found, selection)
}

/// The pipeline from the text of a runbook to the plan of its session.
pub fn plan(file: &SourceFile, around: Surroundings<'_>, settings: &Settings) -> Plan {
    let (runbook, _) = parse::parse(file);
    let analyser = Analyser::new(around.knowledge, around.config, around.workspace);
    let effects = analyser.runbook(&runbook);
    plan::build(file, &runbook, &effects, around.config, &analyser, settings)
}
