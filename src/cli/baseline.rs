//! The baseline of a run: where it lies, what it accepts, and writing it anew.

use std::path::{Path, PathBuf};

use super::arguments::LintOptions;
use super::files::{absolute, from_here, read_text, relative, show};
use super::lint::Run;
use super::project::Project;
use super::{Failure, terminal, write};
use crate::diagnostic::Diagnostic;
use crate::lint::{Baseline, Outcome};
use crate::report::plural;

/// The name of the file where nothing else is said.
const FILE_NAME: &str = "rbc-baseline.json";

/// A baseline and where it lies.
pub(super) struct Accepted {
    path: PathBuf,
    baseline: Baseline,
}

impl Accepted {
    /// The baseline that the command line or else the settings name. Where it is about to be
    /// written it need not exist yet.
    pub(super) fn find(options: &LintOptions, project: &Project) -> Result<Option<Self>, Failure> {
        let written = options.write_baseline.clone().flatten();
        let stated = project.config.lint.baseline.as_deref();
        let path = options
            .baseline
            .clone()
            .or(written)
            .or_else(|| stated.map(|path| from_here(&project.root.join(path))));
        let Some(path) = path else {
            return Ok(None);
        };
        if options.write_baseline.is_some() && !path.exists() {
            return Ok(Some(Accepted {
                path,
                baseline: Baseline::default(),
            }));
        }
        let shown = show(&path);
        let text = read_text(&path).map_err(|why| Failure::new(format!("`{shown}` {why}")))?;
        let baseline =
            Baseline::parse(&text).map_err(|why| Failure::new(format!("`{shown}` {why}")))?;
        Ok(Some(Accepted { path, baseline }))
    }

    /// A new baseline in the current folder.
    pub(super) fn new_here() -> Self {
        let path = PathBuf::from(FILE_NAME);
        let known = read_text(&path).ok();
        let baseline = known.and_then(|text| Baseline::parse(&text).ok());
        Accepted {
            path,
            baseline: baseline.unwrap_or_default(),
        }
    }

    /// Takes the accepted findings out of the outcomes and returns them. Where there are fewer than
    /// it states, it asks to be written anew, unless only some rules looked (`complete` is false).
    pub(super) fn apply(
        &self,
        runs: &[Run],
        outcomes: &mut [Outcome],
        complete: bool,
    ) -> Vec<Diagnostic> {
        let mut accepted = Vec::new();
        let mut fewer = Vec::new();
        for (run, outcome) in runs.iter().zip(outcomes) {
            let path = self.key(&run.file.path);
            let told = self
                .baseline
                .tell(&path, std::mem::take(&mut outcome.findings));
            outcome.findings = told.shown;
            accepted.extend(told.accepted);
            fewer.extend(told.fewer.into_iter().map(|(code, found, stated)| {
                format!("`{path}` has {found} of {code}, not {stated}")
            }));
        }
        let gone = self.baseline.paths().filter(|path| !self.exists(path));
        fewer.extend(gone.map(|path| format!("`{path}` is gone")));
        if complete && let Some(first) = fewer.first() {
            let more = match fewer.len() {
                1 => String::new(),
                count => format!(" (and {} more)", count - 1),
            };
            terminal::remark(&format!(
                "the baseline `{}` accepts more than there is: {first}{more}; write it anew with `--write-baseline`",
                show(&self.path)
            ));
        }
        accepted
    }

    /// Writes the findings of these files as accepted; what it holds of other files stays, as long
    /// as they are there. Returns what to tell.
    pub(super) fn write(mut self, runs: &[Run], outcomes: &[Outcome]) -> Result<String, Failure> {
        for (run, outcome) in runs.iter().zip(outcomes) {
            let path = self.key(&run.file.path);
            self.baseline.accept(&path, &outcome.findings);
        }
        let gone: Vec<String> = (self.baseline.paths())
            .filter(|path| !self.exists(path))
            .map(str::to_owned)
            .collect();
        self.baseline
            .retain(|path| !gone.iter().any(|it| it == path));
        let shown = show(&self.path);
        write::put_text(&self.path, &self.baseline.text())
            .map_err(|why| Failure::new(format!("cannot write `{shown}`: {why}")))?;
        Ok(format!(
            "wrote `{shown}`: {} accepted; `rbc lint --baseline {shown}` shows what is new",
            plural(self.baseline.total(), "finding")
        ))
    }

    /// The path of a file from the folder of the baseline.
    fn key(&self, path: &str) -> String {
        if path == "-" {
            return path.to_owned();
        }
        let settled = |path: &Path| {
            let folder = absolute(path.parent().unwrap_or(Path::new(""))).ok()?;
            Some(folder.join(path.file_name()?))
        };
        match (settled(&self.path), settled(Path::new(path))) {
            (Some(baseline), Some(file)) => {
                let folder = baseline.parent().unwrap_or(Path::new("/"));
                relative(folder, &file)
            }
            _ => path.to_owned(),
        }
    }

    fn exists(&self, path: &str) -> bool {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        path == "-" || folder.join(path).exists()
    }
}
