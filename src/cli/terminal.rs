//! Printing. A reader that goes away (`rbc lint | head`) ends the printing, never the program.

use std::io::{ErrorKind, IsTerminal, Write};

use super::arguments::Colours;
use super::{Failure, files};
use crate::report::{WIDTH, visible};

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

/// Writes text of a file to standard output: as it is for a program, harmless for a terminal.
pub(super) fn print_raw(text: &str) -> Result<(), Failure> {
    if std::io::stdout().is_terminal() {
        print(&visible(text))
    } else {
        print(text)
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

/// Clears the screen before something is shown anew, where there is one.
pub(super) fn clear() -> Result<(), Failure> {
    if std::io::stdout().is_terminal() {
        print("\u{1b}[2J\u{1b}[H")?;
    }
    Ok(())
}

/// How many columns a line may have: `COLUMNS`, else what the terminal says, else
/// [`report::WIDTH`].
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is where the environment is looked at"
)]
pub(super) fn width() -> usize {
    let stated = std::env::var("COLUMNS").ok();
    let stated = stated.and_then(|columns| columns.parse().ok());
    let seen = || terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| width.0);
    let width = stated.or_else(seen).map_or(WIDTH, usize::from);
    width.max(40)
}

/// Whether standard output wants colours. Unless the command line says so: a terminal that is not
/// `dumb`, and no `NO_COLOR` in the environment.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is where the environment is looked at"
)]
pub(super) fn wants_colour(colours: Colours) -> bool {
    match colours {
        Colours::Always => return true,
        Colours::Never => return false,
        Colours::Auto => {}
    }
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal() && !no_colour && !dumb
}
