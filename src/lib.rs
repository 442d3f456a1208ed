//! rbc, the runbook compiler.

pub mod cli;
