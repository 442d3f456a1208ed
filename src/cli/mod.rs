//! The command line: the only layer that reads, writes, prints and exits.

use std::process::ExitCode;

/// Runs the program with the arguments of the process and returns its exit status.
pub fn run() -> ExitCode {
    ExitCode::SUCCESS
}
