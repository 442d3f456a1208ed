//! `rbc.toml`: what a project tells rbc about itself.

use std::collections::BTreeMap;

use serde::Deserialize;

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
    /// `[rules]`: rule name or code to `error`, `warning`, `info`, `off`.
    pub rules: BTreeMap<String, String>,
    /// `[session]`
    pub session: Session,
    /// `[placeholders.NAME]`
    pub placeholders: BTreeMap<String, PlaceholderSettings>,
    /// `[tool.NAME]`: the project's own commands, in the form of the knowledge base.
    pub tool: BTreeMap<String, toml::Table>,
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
