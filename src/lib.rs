//! rbc, the runbook compiler: text -> runbook -> effects -> findings, and runbook -> plan -> files.

pub mod backend;
pub mod cli;
pub mod config;
pub mod diagnostic;
pub mod effect;
pub mod lint;
pub mod parse;
pub mod plan;
pub mod record;
pub mod report;
pub mod runbook;
pub mod shell;
pub mod source;
pub mod workspace;
