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
    /// Find what is wrong with runbooks
    Lint(LintOptions),
    /// Write the checklist session and the documents of runbooks
    Compile(CompileOptions),
    /// Compile a runbook and start its session
    Run(RunOptions),
    /// Print the as-executed log of a session
    Log(LogOptions),
    /// Print the changelog addendum of a session
    Changelog(ChangelogOptions),
    /// Show what commands do, and why
    Effects(EffectsOptions),
    /// Print the manual page of a rule
    Explain(ExplainOptions),
    /// List the rules
    Rules(RulesOptions),
    /// Write the first files of a project: settings, a runbook, a workflow
    Init(InitOptions),
    /// Print the completions of a shell
    Completions(CompletionsOptions),
    /// Print the manual page, or write one for each command
    Man(ManOptions),
    /// Print the JSON Schema of a file rbc reads or writes
    Schema(SchemaOptions),
    /// List the templates of the documents, and what they can use
    Templates(TemplatesOptions),
}

#[derive(Debug, Args)]
#[command(
    group = clap::ArgGroup::new("mends").args(["fix", "diff"]).multiple(true),
    after_help = "Exit status: 0 clean or warnings only, 1 errors (or warnings with --strict), 2 could not run"
)]
pub(super) struct LintOptions {
    /// Files and folders; `-` is standard input [default: runbooks, or the current folder]
    pub(super) paths: Vec<PathBuf>,
    /// How to print the findings
    #[arg(long, value_enum, default_value_t = FindingsFormat::Full)]
    pub(super) format: FindingsFormat,
    /// Only these rules, by code or name
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    pub(super) select: Vec<String>,
    /// Not these rules, by code or name
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
    /// Exit with 1 on warnings too
    #[arg(long)]
    pub(super) strict: bool,
    /// Shell and reference rules on files without RUN, CHECK or GATE labels too
    #[arg(long)]
    pub(super) all: bool,
    /// Print how often each rule was found instead of the findings
    #[arg(long, conflicts_with = "suppressions")]
    pub(super) statistics: bool,
    /// How many files are looked at side by side [default: as many as there are processors]
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<std::num::NonZeroUsize>,
    /// Print the suppressions with their reasons instead of the findings
    #[arg(long)]
    pub(super) suppressions: bool,
    /// Mend what is safe to mend, then show what is left
    #[arg(long)]
    pub(super) fix: bool,
    /// Mend what a person should look at afterwards, too
    #[arg(long, requires = "mends")]
    pub(super) r#unsafe: bool,
    /// Show what --fix would change, and write nothing
    #[arg(long)]
    pub(super) diff: bool,
    /// Do not show the findings that this file accepts
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// Accept today's findings: write them to FILE [default: --baseline, the settings', or
    /// rbc-baseline.json]
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        require_equals = true,
        conflicts_with_all = ["select", "ignore", "mends", "watch", "suppressions", "statistics"]
    )]
    pub(super) write_baseline: Option<Option<PathBuf>>,
    /// Lint again whenever something changes
    #[arg(long, conflicts_with = "mends")]
    pub(super) watch: bool,
    /// Exit with 0 whatever was found; 2 stays 2
    #[arg(long, conflicts_with = "strict")]
    pub(super) exit_zero: bool,
    /// When to colour
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Colours::Auto)]
    pub(super) color: Colours,
}

/// When to colour what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Colours {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Args)]
pub(super) struct InitOptions {
    /// Where to write them
    #[arg(value_name = "DIR", default_value = ".")]
    pub(super) folder: PathBuf,
    /// Whose workflow to write
    #[arg(long, value_enum, value_name = "HOST", default_value_t = CiHost::Github)]
    pub(super) ci: CiHost,
}

/// The hosts that run workflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CiHost {
    /// GitHub Actions
    Github,
    /// GitLab
    Gitlab,
    /// No workflow
    None,
}

#[derive(Debug, Args)]
pub(super) struct CompletionsOptions {
    /// The shell
    #[arg(value_enum)]
    pub(super) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(super) struct ManOptions {
    /// Write a page for each command into this folder; the page of rbc is printed without it
    #[arg(short, long, value_name = "DIR")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 written (or nothing differs), 1 a runbook has errors (or something differs), 2 could not run"
)]
pub(super) struct CompileOptions {
    /// The runbooks
    #[arg(required = true, value_name = "RUNBOOK")]
    pub(super) runbooks: Vec<PathBuf>,
    /// Where to put a folder for each runbook
    #[arg(short, long, value_name = "DIR", default_value = "out")]
    pub(super) output: PathBuf,
    /// What to write, of session, log, changelog, plan [default: these], page, ir
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(super) emit: Vec<String>,
    /// The value of a placeholder
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) set: Vec<String>,
    /// Write nothing; exit with 1 if what is there differs
    #[arg(long)]
    pub(super) check: bool,
    /// Overwrite documents that somebody has edited
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
pub(super) struct RunOptions {
    /// The runbook
    pub(super) runbook: PathBuf,
    /// Where to put its folder
    #[arg(short, long, value_name = "DIR", default_value = "out")]
    pub(super) output: PathBuf,
    /// Options of the session; `-- --help` lists them
    #[arg(last = true, value_name = "SESSION OPTIONS")]
    pub(super) session: Vec<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 done, 1 the chain of the journal is broken, 2 could not run"
)]
pub(super) struct LogOptions {
    /// The folder of the session
    #[arg(value_name = "DIR")]
    pub(super) session: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value_t = LogFormat::Markdown)]
    pub(super) format: LogFormat,
    /// Include the output of these steps (or `all`), masked and cut
    #[arg(long, value_name = "STEP", num_args = 1.., value_delimiter = ',', conflicts_with_all = ["verify", "index_row"])]
    pub(super) with_output: Vec<String>,
    /// A file with values to mask in output, one a line
    #[arg(long, value_name = "FILE", requires = "with_output")]
    pub(super) secrets: Option<PathBuf>,
    /// Print the row of the index instead
    #[arg(long, conflicts_with = "verify")]
    pub(super) index_row: bool,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["verify", "index_row"])]
    pub(super) output: Option<PathBuf>,
    /// Overwrite that file
    #[arg(long, requires = "output")]
    pub(super) force: bool,
    /// Check the chain of the journal instead; exit with 1 if it is broken
    #[arg(long)]
    pub(super) verify: bool,
}

/// The forms of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// Markdown, for the file of the session
    Markdown,
    /// One HTML page that needs nothing else
    Html,
    /// JSON, for programs
    Json,
}

#[derive(Debug, Args)]
pub(super) struct ChangelogOptions {
    /// The folder of the session
    #[arg(value_name = "DIR")]
    pub(super) session: PathBuf,
    /// The runbook, where it is not where the session found it: its project has the id files
    #[arg(long, value_name = "FILE")]
    pub(super) runbook: Option<PathBuf>,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Overwrite that file
    #[arg(long, requires = "output")]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
pub(super) struct TemplatesOptions {
    /// Print the text of this one instead
    #[arg(value_name = "NAME")]
    pub(super) name: Option<String>,
    /// How to print them
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub(super) format: ListFormat,
}

#[derive(Debug, Args)]
pub(super) struct EffectsOptions {
    /// A runbook or a script
    pub(super) file: Option<PathBuf>,
    /// A command
    #[arg(short, value_name = "COMMAND", conflicts_with = "file")]
    pub(super) command: Option<String>,
    /// A file with a command on each line; one JSON object a line is the answer
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "command", "format"])]
    pub(super) lines: Option<PathBuf>,
    /// How to print them
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub(super) format: ListFormat,
}

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FindingsFormat {
    /// Source lines with labels, for people
    Full,
    /// One line a finding
    Concise,
    /// One JSON object
    Json,
    /// SARIF 2.1.0, for code hosts
    Sarif,
    /// Annotations of GitHub Actions and the text for people
    Github,
    /// GitLab's code quality report
    Gitlab,
    /// JUnit's XML, for build servers
    Junit,
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

#[derive(Debug, Args)]
pub(super) struct SchemaOptions {
    /// The file
    #[arg(value_enum, default_value_t = SchemaSubject::Config)]
    pub(super) subject: SchemaSubject,
}

/// The files that have a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaSubject {
    /// `rbc.toml`
    Config,
    /// `plan.json`
    Plan,
    /// A line of a session's `journal.jsonl`
    Journal,
    /// What `rbc log --format json` prints, and its template sees
    Log,
    /// What the template of the changelog sees
    Changelog,
}

/// The forms of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    /// Columns for people
    Text,
    /// JSON for programs
    Json,
}
