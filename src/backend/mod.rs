//! Plan to files: each back end is one static value with one function, and none can fail.

use crate::plan::Plan;

pub mod changelog;
pub mod ids;
pub mod json;
pub mod log;
mod markdown;
pub mod page;
pub mod session;
pub mod template;
pub mod transcript;

pub use template::{TEMPLATES, Template, Templates};

/// A file a back end makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Its name in the folder of the runbook, such as `session.sh`.
    pub name: &'static str,
    /// Its whole text, lines ended by line feeds.
    pub text: String,
}

/// A way to turn a plan into files.
#[derive(Debug)]
pub struct Backend {
    /// What `--emit` calls it.
    pub name: &'static str,
    /// What it makes, in one phrase for the help text.
    pub about: &'static str,
    /// Whether it is made when nothing is asked for by name.
    pub default: bool,
    /// Makes it. A template that cannot be rendered is found by [`check`] before.
    pub emit: fn(&Plan, &Templates) -> Vec<Artifact>,
}

/// The back ends, in the order their files are written.
pub static BACKENDS: &[&Backend] = &[
    &session::SESSION,
    &log::LOG,
    &changelog::CHANGELOG,
    &json::PLAN,
    &page::PAGE,
];

/// Whether the project's templates can make the documents of this plan.
///
/// # Errors
/// What is wrong with a template, the line, and what there is.
pub fn check(plan: &Plan, templates: &Templates) -> Result<(), String> {
    log::check(plan, templates)?;
    changelog::check(plan, templates)?;
    page::check(plan, templates)
}
