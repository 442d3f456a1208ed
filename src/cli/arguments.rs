//! The commands and options, as declarations. What is not declared here is refused.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Lints operations runbooks and compiles them into a checklist session.
#[derive(Debug, Parser)]
#[command(name = "rbc", version, arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show the settings in force and where each comes from
    Config(ConfigOptions),
    /// Print the manual page of a rule
    Explain(ExplainOptions),
    /// List the rules
    Rules(RulesOptions),
}

#[derive(Debug, Args)]
pub(super) struct ConfigOptions {
    /// The runbook (or folder) whose settings to show
    #[arg(default_value = ".")]
    pub(super) path: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct ExplainOptions {
    /// A code such as RBC101, or a name such as unverified-mutation
    pub(super) code: String,
}

#[derive(Debug, Args)]
pub(super) struct RulesOptions {
    /// How to print them
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub(super) format: ListFormat,
}

/// The forms of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    /// Columns for people
    Text,
    /// JSON for programs
    Json,
}
