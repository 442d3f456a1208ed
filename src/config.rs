//! `rbc.toml`: what a project tells rbc about itself.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::{Code, Diagnostic, Severity, nearest};
use crate::source::{SourceFile, Span};

/// The name of the file.
pub const FILE_NAME: &str = "rbc.toml";

/// Marks findings about `rbc.toml` itself. It is no rule: nothing can switch it off.
pub static CODE: Code = Code {
    id: "config",
    name: "invalid-configuration",
    default: Some(Severity::Error),
};

/// Reads the settings from the text of an `rbc.toml`.
///
/// # Errors
/// The first thing that is wrong with it, at its place: broken TOML, an unknown key, a value of the
/// wrong kind.
pub fn parse(file: &SourceFile) -> Result<Config, Box<Diagnostic>> {
    toml::from_str(&file.text).map_err(|error| {
        let span = match error.span() {
            Some(range) => span_of(file, range),
            None => file.span(),
        };
        Box::new(explain(error.message(), span))
    })
}

/// The span of a byte range of `file`, as the TOML parser reports it.
pub fn span_of(file: &SourceFile, range: std::ops::Range<usize>) -> Span {
    let byte = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Span::new(file.id, byte(range.start), byte(range.end))
}

/// A finding about an entry of `[tool]` that cannot be used; `table` is its header as written,
/// such as `[tool.cloudctl]`.
pub fn broken_tool(file: &SourceFile, table: &str, message: &str) -> Diagnostic {
    let at = file.text.find(table);
    let span = at.map_or(file.span(), |at| span_of(file, at..at + table.len()));
    Diagnostic::new(&CODE, span, message)
}

/// Puts the parser's message into our words. An unknown key or value comes with the known ones in
/// backticks, the first being the unknown one.
fn explain(message: &str, span: Span) -> Diagnostic {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let known = quoted.get(1..).unwrap_or_default();
    let problem = match quoted.first() {
        Some(found) if message.starts_with("unknown field") => format!("unknown key `{found}`"),
        Some(found) if message.starts_with("unknown variant") => format!("unknown value `{found}`"),
        Some(_) | None => return Diagnostic::new(&CODE, span, message.trim_end()),
    };
    let found = quoted.first().copied().unwrap_or_default();
    let help = match nearest(found, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known here: `{}`", known.join("`, `")),
    };
    Diagnostic::new(&CODE, span, problem).help(help)
}

/// The settings in force for a runbook. Every field has a default, so that no file is needed.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// `[policy]`
    pub policy: Policy,
    /// `[paths]`
    pub paths: Paths,
    /// `[hosts]`
    pub hosts: Hosts,
    /// `[rules]`: rule name or code to the level wanted. The names are checked by the linter, which
    /// knows the rules.
    pub rules: BTreeMap<Spanned<String>, Level>,
    /// `[session]`
    pub session: Session,
    /// `[placeholders.NAME]`
    pub placeholders: BTreeMap<String, PlaceholderSettings>,
    /// `[tool.NAME]`: the project's own commands, in the form of the knowledge base.
    pub tool: BTreeMap<String, toml::Table>,
}

/// What a project makes of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Findings are errors.
    Error,
    /// Findings are warnings.
    Warning,
    /// Findings are information.
    Info,
    /// The rule does not run.
    Off,
}

impl Level {
    /// The severity of this level; `None` for [`Level::Off`].
    pub fn severity(self) -> Option<Severity> {
        match self {
            Level::Error => Some(Severity::Error),
            Level::Warning => Some(Severity::Warning),
            Level::Info => Some(Severity::Info),
            Level::Off => None,
        }
    }
}

/// What must not happen here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    /// Whole ids of targets that nothing may mutate.
    pub protected: Vec<String>,
    /// Commands that must not stand in a runbook.
    pub forbid: Vec<Forbidden>,
}

/// A forbidden command, matched on parsed arguments.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Forbidden {
    /// Tool, verb and options in any order, such as `juju bootstrap`.
    pub command: String,
    /// Why, for the person who wrote it.
    pub reason: String,
}

/// Where things are, relative to the root.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Paths {
    /// Files whose headings and text define ids such as `D-071`.
    pub ids: Vec<String>,
    /// A folder with templates that replace ours by name.
    pub templates: Option<String>,
    /// The file whose table pins the channel of each application.
    pub version_lock: Option<String>,
}

/// The places steps run at.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Hosts {
    /// The name of the place the session itself runs on.
    pub local: Option<String>,
    /// Other places, by name or pattern (`vault/*`).
    #[serde(flatten)]
    pub others: BTreeMap<String, Host>,
}

/// How to reach a place.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Host {
    /// A command that runs the script on its standard input there; `{host}` is the name.
    pub via: String,
}

/// How the compiled session behaves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Session {
    /// The logged shell of the house; taken out of its block.
    pub wrapper: Option<String>,
    /// Files that only set variables.
    pub source: Vec<String>,
    /// The folder of the lock that keeps a second operator out.
    pub lock: Option<String>,
    /// The label of the session's directory; default `ops-` and the runbook's name.
    pub label: Option<String>,
}

/// What values a placeholder takes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PlaceholderSettings {
    /// A regular expression (POSIX extended) the whole value must match.
    pub pattern: Option<String>,
    /// What it means, shown when it is asked for.
    pub meaning: Option<String>,
    /// Whether the value is a secret.
    pub secret: bool,
}
