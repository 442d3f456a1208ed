//! Printing. A reader that goes away (`rbc lint | head`) ends the printing, never the program.

use std::io::{ErrorKind, IsTerminal, Write};

use super::{Failure, files};
use crate::report::visible;

/// Writes `text` to standard output, unless its reader has gone away.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    print_on(text).map(|_| ())
}

/// Writes `text` to standard output and answers whether somebody may still read more.
pub(super) fn print_on(text: &str) -> Result<bool, Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::new(format!(
            "standard output cannot be written: {}",
            files::plain(&error)
        ))),
    }
}

/// Writes one complaint to standard error, with `error: ` before it unless it brings its own.
pub(super) fn complain(text: &str) {
    let before = if text.starts_with("error") {
        ""
    } else {
        "error: "
    };
    let text = visible(text.trim_end());
    let _ = writeln!(std::io::stderr().lock(), "{before}{text}");
}

/// Writes one remark to standard error.
pub(super) fn remark(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", visible(text.trim_end()));
}

/// Whether standard output wants colours: a terminal, and no `NO_COLOR` in the environment.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is where the environment is looked at"
)]
pub(super) fn wants_colour() -> bool {
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal() && !no_colour
}
