//! `rbc explain` and `rbc rules`: the manual.

use std::fmt::Write;

use serde::Serialize;

use super::arguments::{ExplainOptions, ListFormat, RulesOptions};
use super::{Exit, Failure, terminal};
use crate::lint::{Rule, rules, unknown_rule_help};

/// Prints the page of one rule.
pub(super) fn explain(options: &ExplainOptions) -> Result<Exit, Failure> {
    let name = options.code.as_str();
    let rule = rules::find(name).or_else(|| rules::find(&name.to_uppercase()));
    match rule {
        Some(rule) => {
            terminal::print(rule.page)?;
            Ok(Exit::Clean)
        }
        None => Err(Failure::new(format!(
            "`{name}` is no rule; {}",
            unknown_rule_help(name)
        ))),
    }
}

#[derive(Serialize)]
struct Entry {
    code: &'static str,
    name: &'static str,
    default: &'static str,
    summary: String,
}

/// Lists all rules.
pub(super) fn list(options: &RulesOptions) -> Result<Exit, Failure> {
    let entries: Vec<Entry> = rules::ALL.iter().map(|rule| entry(rule)).collect();
    let text = match options.format {
        ListFormat::Json => {
            serde_json::to_string_pretty(&entries).expect("strings always serialise") + "\n"
        }
        ListFormat::Text => entries.iter().fold(String::new(), |mut text, entry| {
            writeln!(
                text,
                "{}  {:<22} {:<8} {}",
                entry.code, entry.name, entry.default, entry.summary
            )
            .expect("a string takes any text");
            text
        }),
    };
    terminal::print(&text)?;
    Ok(Exit::Clean)
}

fn entry(rule: &Rule) -> Entry {
    Entry {
        code: rule.code.id,
        name: rule.code.name,
        default: rule.code.default.map_or("off", |severity| severity.word()),
        summary: rule.summary(),
    }
}
