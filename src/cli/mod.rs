//! The command line: the only layer that reads, writes, prints and exits.

mod arguments;
mod baseline;
mod compile;
mod configuration;
mod effects;
mod files;
mod fix;
mod init;
mod lint;
mod log;
mod manual;
mod progress;
mod project;
mod schema;
mod shells;
mod summary;
mod templates;
mod terminal;
mod watch;
mod write;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};

/// How the program ends. Nothing else is ever returned to the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// Clean, or warnings only.
    Clean,
    /// Errors were found, or warnings under `--strict`.
    Findings,
    /// Usage, configuration, unreadable input, nothing matched.
    CouldNotRun,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Clean => ExitCode::SUCCESS,
            Exit::Findings => ExitCode::from(1),
            Exit::CouldNotRun => ExitCode::from(2),
        }
    }
}

/// Why a command could not do its work, as text for standard error: one line, or a finding with its
/// source lines. Ends without a line feed.
#[derive(Debug)]
struct Failure(String);

impl Failure {
    fn new(text: impl Into<String>) -> Self {
        Failure(text.into())
    }
}

/// Runs the program with the arguments of the process and returns its exit status.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version go to standard output, usage errors to standard error; a reader that
            // has gone away is no failure of ours.
            let _ = error.print();
            return match error.exit_code() {
                0 => Exit::Clean,
                _ => Exit::CouldNotRun,
            }
            .into();
        }
    };
    let result = match arguments.command {
        Command::Changelog(options) => log::show_changelog(&options),
        Command::Compile(options) => compile::run(&options),
        Command::Completions(options) => shells::completions(&options),
        Command::Config(options) => configuration::show_settings(&options),
        Command::Effects(options) => effects::show(&options),
        Command::Explain(options) => manual::explain(&options),
        Command::Init(options) => init::run(&options),
        Command::Lint(options) => lint::run(&options),
        Command::Log(options) => log::show(&options),
        Command::Man(options) => shells::manual(&options),
        Command::Run(options) => compile::run_session(&options),
        Command::Rules(options) => manual::list(&options),
        Command::Schema(options) => schema::show(&options),
        Command::Templates(options) => templates::show(&options),
    };
    match result {
        Ok(exit) => exit,
        Err(Failure(text)) => {
            terminal::complain(&text);
            Exit::CouldNotRun
        }
    }
    .into()
}
