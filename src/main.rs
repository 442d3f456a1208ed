//! The `rbc` program: hands the arguments to [`rbc::cli::run`] and exits with its status.

use std::process::ExitCode;

fn main() -> ExitCode {
    rbc::cli::run()
}
