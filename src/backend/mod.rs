//! Plan to files: each back end is one static value with one function, and none can fail.

use crate::plan::Plan;

pub mod changelog;
pub mod json;
pub mod log;
pub mod session;
mod template;

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
    /// Makes it.
    pub emit: fn(&Plan, &Templates) -> Vec<Artifact>,
}

/// The back ends, in the order their files are written.
pub static BACKENDS: &[&Backend] = &[
    &session::SESSION,
    &log::LOG,
    &changelog::CHANGELOG,
    &json::PLAN,
];
