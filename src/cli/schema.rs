//! `rbc schema`: JSON Schemas (draft 2020-12) of the files that rbc reads and writes, for editors
//! and for programs that check them.

use schemars::{Schema, schema_for};
use serde_json::{Map, Value, json};

use super::arguments::{SchemaOptions, SchemaSubject};
use super::{Exit, Failure, terminal};
use crate::backend::{changelog, log};
use crate::config::Config;
use crate::lint::rules;
use crate::plan::Plan;

/// The session writes its journal in bash: there is no type of ours to take the schema from.
const JOURNAL: &str = include_str!("../../schemas/journal.json");

/// Prints one schema.
pub(super) fn show(options: &SchemaOptions) -> Result<Exit, Failure> {
    let schema = match options.subject {
        SchemaSubject::Config => config(),
        SchemaSubject::Plan => schema_for!(Plan),
        SchemaSubject::Log => schema_for!(log::Document),
        SchemaSubject::Changelog => schema_for!(changelog::Document),
        SchemaSubject::Journal => {
            terminal::print(JOURNAL)?;
            return Ok(Exit::Clean);
        }
    };
    let text = serde_json::to_string_pretty(&schema).expect("a schema always serialises");
    terminal::print(&(text + "\n"))?;
    Ok(Exit::Clean)
}

/// The schema of `rbc.toml`: that of the type it is read into, with the rules by code and name.
fn config() -> Schema {
    let mut schema = schema_for!(Config);
    schema.insert("title".to_owned(), json!("rbc.toml"));
    let mut names = Map::new();
    for rule in rules::ALL {
        for name in [rule.code.name, rule.code.id] {
            names.insert(name.to_owned(), json!({ "$ref": "#/$defs/Level" }));
        }
    }
    let levels = json!({ "type": "object", "properties": names, "additionalProperties": false });
    if let Some(Value::Object(definitions)) = schema.get_mut("$defs") {
        definitions.insert("Levels".to_owned(), levels);
    }
    for place in ["/properties/rules", "/$defs/Override/properties/rules"] {
        if let Some(Value::Object(rules)) = schema.pointer_mut(place) {
            let described = rules.remove("description");
            rules.clear();
            rules.extend(described.map(|it| ("description".to_owned(), it)));
            rules.insert("$ref".to_owned(), json!("#/$defs/Levels"));
        }
    }
    schema
}
