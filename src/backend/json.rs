//! The plan as `plan.json`, for programs.

use super::{Artifact, Backend, Templates};
use crate::plan::{Plan, misleads};

/// `--emit plan`
pub static PLAN: Backend = Backend {
    name: "plan",
    about: "plan.json, the plan for programs",
    default: true,
    emit,
};

fn emit(plan: &Plan, _templates: &Templates) -> Vec<Artifact> {
    let mut text =
        serde_json::to_string_pretty(plan).expect("a plan has string keys and finite numbers only");
    text.push('\n');
    vec![Artifact {
        name: "plan.json",
        text: escaped(&text),
    }]
}

/// JSON that drives no terminal: what stands for itself inside a string and could mislead a reader
/// is written as an escape, which is the same data.
pub(super) fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if character != '\n' && misleads(character) {
            text += &format!("\\u{:04x}", u32::from(character));
        } else {
            text.push(character);
        }
    }
    text
}
