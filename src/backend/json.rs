//! The plan as `plan.json`, for programs.

use super::{Artifact, Backend, Templates};
use crate::plan::Plan;

/// `--emit plan`
pub static PLAN: Backend = Backend {
    name: "plan",
    about: "plan.json, the plan for programs",
    emit,
};

fn emit(plan: &Plan, _templates: &Templates) -> Vec<Artifact> {
    let mut text =
        serde_json::to_string_pretty(plan).expect("a plan has string keys and finite numbers only");
    text.push('\n');
    vec![Artifact {
        name: "plan.json",
        text,
    }]
}
