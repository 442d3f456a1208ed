//! A line that says how far a long run is, on a terminal only.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How long a run may take before it is called long.
const PATIENCE: Duration = Duration::from_millis(700);

/// How often the line is drawn anew.
const PAUSE: Duration = Duration::from_millis(100);

/// The cells of the bar.
const CELLS: usize = 30;

/// How far a run is.
pub(super) struct Progress {
    total: usize,
    /// `None` where nobody looks.
    state: Option<Mutex<State>>,
}

struct State {
    done: usize,
    next: Instant,
    drawn: bool,
}

impl Progress {
    /// The progress of `total` files.
    #[expect(
        clippy::disallowed_methods,
        reason = "how long a run takes decides only about the line that says so"
    )]
    pub(super) fn new(total: usize) -> Self {
        let watched = std::io::stderr().is_terminal();
        let state = watched.then(|| {
            Mutex::new(State {
                done: 0,
                next: Instant::now() + PATIENCE,
                drawn: false,
            })
        });
        Progress { total, state }
    }

    /// One more is done.
    #[expect(
        clippy::disallowed_methods,
        reason = "how long a run takes decides only about the line that says so"
    )]
    pub(super) fn step(&self) {
        let Some(Ok(mut state)) = self.state.as_ref().map(Mutex::lock) else {
            return;
        };
        state.done += 1;
        let now = Instant::now();
        if now < state.next {
            return;
        }
        state.next = now + PAUSE;
        state.drawn = true;
        let full = CELLS * state.done / self.total.max(1);
        let bar = format!(
            "{}{}",
            "#".repeat(full),
            "-".repeat(CELLS.saturating_sub(full))
        );
        // Nobody is left to tell when standard error cannot be written.
        let _ = write!(
            std::io::stderr().lock(),
            "\r[{bar}] {} of {} files",
            state.done,
            self.total
        );
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(Ok(state)) = self.state.as_ref().map(Mutex::lock)
            && state.drawn
        {
            // Back to the start of the line, and nothing on it.
            let _ = write!(std::io::stderr().lock(), "\r\u{1b}[K");
        }
    }
}
