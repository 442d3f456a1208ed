//! `rbc.toml`: what a project tells rbc about itself. The doc comments of the settings are their
//! manual: `rbc schema config` hands them to editors.

mod globs;
mod layer;
mod policy;
mod style;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

pub use globs::{Glob, Globs};
pub use policy::{ChannelChanges, Forbidden, Order, Policy};
pub use style::{LineEndings, ScriptInvocation, Style};

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
    let Some(start) = file.text.find(table) else {
        return explain(message, file.span());
    };
    let end = start + table.len();
    // The key that the message is about stands below the header.
    let key = message.split('`').nth(1).unwrap_or("");
    let below = file.text.get(end..).unwrap_or("");
    match below.find(key).filter(|_| !key.is_empty()) {
        Some(at) => explain(message, span_of(file, end + at..end + at + key.len())),
        None => explain(message, span_of(file, start..end)),
    }
}

/// Puts the parser's message into our words. An unknown key or value comes with the known ones in
/// backticks, the first being the unknown one; what our own types say has its help on a second line.
fn explain(message: &str, span: Span) -> Diagnostic {
    let message = message.trim_end();
    if let Some((problem, help)) = message.split_once('\n') {
        return Diagnostic::new(&CODE, span, problem).help(help.trim());
    }
    if let Some((found, wanted)) = message
        .strip_prefix("invalid type: ")
        .and_then(|rest| rest.split_once(", expected "))
    {
        let problem = format!("{} where {} belongs", kind(found), kind(wanted));
        return Diagnostic::new(&CODE, span, problem);
    }
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let known = quoted.get(1..).unwrap_or_default();
    let problem = match quoted.first() {
        Some(found) if message.starts_with("unknown field") => format!("unknown key `{found}`"),
        Some(found) if message.starts_with("unknown variant") => format!("unknown value `{found}`"),
        Some(found) if message.starts_with("missing field") => {
            return Diagnostic::new(&CODE, span, format!("the key `{found}` is missing here"));
        }
        Some(_) | None => return Diagnostic::new(&CODE, span, message),
    };
    let found = quoted.first().copied().unwrap_or_default();
    let help = match nearest(found, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known here: `{}`", known.join("`, `")),
    };
    Diagnostic::new(&CODE, span, problem).help(help)
}

/// A kind of value in words a person uses: the TOML reader says `a sequence` for a list.
fn kind(words: &str) -> String {
    let words = words.trim();
    if words.starts_with("struct ") || words == "map" || words == "a map" {
        return "a table".to_owned();
    }
    match words {
        "sequence" | "a sequence" => "a list".to_owned(),
        "a boolean" => "`true` or `false`".to_owned(),
        "a string" | "string or table" => "a text in quotes".to_owned(),
        other => match other.strip_prefix("boolean ") {
            Some(value) => value.to_owned(),
            None => {
                other
                    .replacen("string ", "the text ", 1)
                    .replacen("integer ", "the number ", 1)
            }
        },
    }
}

/// The settings in force for a runbook. Every field has a default, so that no file is needed.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Whether the search for an `rbc.toml` in the folders above ends here.
    pub root: bool,
    /// The levels of all rules at once.
    pub profile: ProfileChoice,
    /// What `rbc lint` looks at.
    pub lint: Lint,
    /// What must not happen here.
    pub policy: Policy,
    /// Where things are.
    pub paths: Paths,
    /// The places steps run at.
    pub hosts: Hosts,
    /// The habits of the house.
    pub style: Style,
    /// The level of a rule, by its name or its code.
    pub rules: Levels,
    /// Other levels and habits for some files; a later entry weighs more.
    #[serde(rename = "override")]
    pub overrides: Vec<Override>,
    /// How the compiled session behaves.
    pub session: Session,
    /// How the documents after a window look.
    pub records: Records,
    /// The values that placeholders take, by name without the brackets.
    pub placeholders: BTreeMap<String, PlaceholderSettings>,
    /// The project's own commands, in the form of the knowledge base: lists of verbs that `read`,
    /// `mutate` or `destroy`, and more.
    #[schemars(with = "BTreeMap<String, BTreeMap<String, serde_json::Value>>")]
    pub tool: BTreeMap<String, toml::Table>,
}

/// Rules and the levels wanted, in order: a later one weighs more. The names are checked by the
/// linter, which knows the rules.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(with = "BTreeMap<String, Level>")]
pub struct Levels(pub Vec<(Spanned<String>, Level)>);

impl<'de> Deserialize<'de> for Levels {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let levels: BTreeMap<Spanned<String>, Level> = BTreeMap::deserialize(deserializer)?;
        Ok(Levels(levels.into_iter().collect()))
    }
}

/// What a project makes of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
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

/// The levels of all rules at once.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProfileChoice {
    /// Which set of levels is in force before `[rules]`.
    #[serde(rename = "use")]
    pub chosen: Option<Profile>,
}

/// A set of levels for all rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// What would be a warning is an error, what would be information is a warning.
    Strict,
    /// The level each rule has of itself.
    #[default]
    Default,
    /// For runbooks of other houses: dangers stay errors, what is untidy is information, and the
    /// habits of the house (headers, ASCII, line ends, how scripts are called) are not looked at.
    Relaxed,
}

/// What `rbc lint` looks at.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lint {
    /// Whether the shell and reference rules look at files without RUN, CHECK or GATE labels too,
    /// as `--all` does.
    pub all: Option<bool>,
    /// Files below a named folder that are passed over. A file named on the command line never is.
    pub exclude: Vec<Glob>,
    /// The file of accepted findings, as `--baseline` names it.
    pub baseline: Option<String>,
}

/// Other levels and habits for some files.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Override {
    /// The files: patterns as in a `.gitignore`, such as `drafts/` or `**/*-draft.md`.
    pub files: Vec<Glob>,
    /// Levels of rules there.
    #[serde(default)]
    pub rules: Levels,
    /// Habits there.
    #[serde(default)]
    pub style: Style,
    /// The set of levels there.
    #[serde(default)]
    pub profile: ProfileChoice,
}

/// Where things are, relative to the folder of the file that says so.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Paths {
    /// Files whose headings and text define ids such as `D-071`.
    pub ids: Vec<String>,
    /// A folder with templates that replace ours by name.
    pub templates: Option<String>,
    /// The file whose table pins the channel of each application.
    pub version_lock: Option<String>,
    /// The index with a row for each logged session; RBC313 is silent without it.
    pub index: Option<String>,
}

/// The places steps run at.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
pub struct Hosts {
    /// The name of the place the session itself runs on.
    pub local: Option<String>,
    /// Other places, by name or pattern (`vault/*`).
    #[serde(flatten)]
    pub others: BTreeMap<String, Host>,
}

/// How to reach a place.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Host {
    /// A command that runs the script on its standard input there; `{host}` is the name.
    pub via: String,
}

/// How the compiled session behaves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
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

/// How the documents after a window look.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Records {
    /// Which of our two sets of templates is used where the project has none of its own.
    pub form: RecordForm,
}

/// A set of templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RecordForm {
    /// Addenda with ids, a version lock, a ledger, a revert table.
    #[default]
    House,
    /// A table of steps and a short summary.
    Plain,
}

/// What values a placeholder takes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PlaceholderSettings {
    /// A regular expression (POSIX extended) the whole value must match.
    pub pattern: Option<String>,
    /// What it means, shown when it is asked for.
    pub meaning: Option<String>,
    /// Whether the value is a secret.
    pub secret: bool,
    /// How far the value, a version, may be from the one that `from` names.
    pub jump: Option<Jump>,
    /// The placeholder that holds the version before, as a check measured it.
    pub from: Option<String>,
}

/// How far a version may be from the one before. None goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Jump {
    /// Only the last number differs: 3.6.24 to 3.6.25, 16.3 to 16.4.
    Patch,
    /// The first number is the same: 3.6.24 to 3.7.0.
    Minor,
}

impl Jump {
    /// The word that settings, runbooks and sessions use.
    pub fn word(self) -> &'static str {
        match self {
            Jump::Patch => "patch",
            Jump::Minor => "minor",
        }
    }
}
