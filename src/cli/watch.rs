//! `rbc lint --watch`: lints again whenever a file that was looked at changes.
//!
//! The files are asked for their state a few times a second rather than the system for events:
//! that works on network folders too, and what was looked at is known exactly, scripts and documents
//! of the workspace included.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::arguments::LintOptions;
use super::files::{self, Input, absolute, show};
use super::lint::{once, paths};
use super::{Exit, Failure, terminal};
use crate::config;
use crate::report::plural;

/// How long nothing is asked.
const PAUSE: Duration = Duration::from_millis(200);

/// The state of a path: when it was last written and its size in bytes; `None` where nothing is.
type State = Option<(Option<SystemTime>, u64)>;

/// Lints until it is stopped. What is wrong with the command line ends it; what is wrong with
/// files or settings is told, and can be mended while it watches.
pub(super) fn run(options: &LintOptions) -> Result<Exit, Failure> {
    if options.paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(Failure::new(
            "`--watch` looks at files, and standard input is none",
        ));
    }
    loop {
        terminal::clear()?;
        let before = states(options, &BTreeSet::new());
        let looked_at = match once(options) {
            Ok(round) => round.looked_at,
            Err(failure) => {
                terminal::complain(&failure.0);
                BTreeSet::new()
            }
        };
        let watched = states(options, &looked_at);
        terminal::remark(&format!(
            "watching {}; Ctrl-C ends it",
            plural(watched.len(), "file")
        ));
        // A file may have changed while it was linted.
        let stale = before
            .iter()
            .any(|(path, state)| watched.get(path) != Some(state));
        while !stale && states(options, &looked_at) == watched {
            std::thread::sleep(PAUSE);
        }
    }
}

/// The state of everything a change of would change the findings: the runbooks there are now, what
/// was looked at, and the places where settings may stand.
fn states(options: &LintOptions, looked_at: &BTreeSet<PathBuf>) -> BTreeMap<PathBuf, State> {
    let mut all = looked_at.clone();
    let named = paths(options);
    all.extend(named.iter().cloned());
    for input in files::find(&named).unwrap_or_default() {
        if let Input::File(path) = input {
            all.insert(path);
        }
    }
    let folders: BTreeSet<PathBuf> = all
        .iter()
        .filter_map(|path| absolute(path.parent().unwrap_or(Path::new(""))).ok())
        .collect();
    for folder in &folders {
        all.extend(folder.ancestors().map(|it| it.join(config::FILE_NAME)));
    }
    all.into_iter()
        .filter(|path| show(path) != "-")
        .map(|path| {
            let state = state(&path);
            (path, state)
        })
        .collect()
}

fn state(path: &Path) -> State {
    let metadata = std::fs::metadata(path).ok()?;
    if metadata.is_dir() {
        return Some((None, 0));
    }
    Some((metadata.modified().ok(), metadata.len()))
}
