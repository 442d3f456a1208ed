//! `[policy]`: what must not happen here, as data.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

/// What must not happen here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    /// Whole ids of targets that nothing may mutate.
    pub protected: Vec<String>,
    /// Commands that must not stand in a runbook.
    pub forbid: Vec<Forbidden>,
    /// Where a command may change the channel an application follows; default `in-reverts`.
    pub channel_changes: Option<ChannelChanges>,
    /// Which object comes before which, where a procedure is done for several.
    pub order: Vec<Order>,
}

/// A constraint on the order in which a procedure is done for several objects.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Order {
    /// Comes before all others.
    pub first: Option<String>,
    /// Comes after all others.
    pub last: Option<String>,
    /// What the objects of `then` belong to.
    pub principal: Option<String>,
    /// Come directly after `principal`, with nothing but each other in between.
    pub then: Vec<String>,
    /// Why, for the person who reads the finding.
    pub reason: Option<String>,
}

/// Where a command may change the channel an application follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelChanges {
    /// Nowhere, reverts included.
    Never,
    /// Where a revert tracks the pinned channel again.
    #[default]
    InReverts,
    /// Everywhere.
    Allowed,
}

/// A forbidden command, matched on parsed arguments.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Forbidden {
    /// Tool, verb and options in any order, such as `juju bootstrap` or `juju remove-unit --force`.
    #[serde(deserialize_with = "command")]
    pub command: String,
    /// Why, for the person who wrote it.
    pub reason: String,
    /// What to do instead, for the same person.
    pub instead: Option<String>,
}

/// A command begins with the word of its tool: anything else would match nothing.
fn command<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.split_whitespace().next() {
        None => Err(de::Error::custom("this forbids nothing\nname a command")),
        Some(first) if first.starts_with('-') => Err(de::Error::custom(format!(
            "`{first}` is an option, and no command begins with one\nwrite the tool first, such as `juju {text}`"
        ))),
        Some(_) => Ok(text),
    }
}
