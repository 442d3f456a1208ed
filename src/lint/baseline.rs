//! Baselines: findings that were there when a project began to lint, counted by file and code. Lines
//! move, counts do not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostic;

/// The version of the form that is read and written.
const VERSION: u32 = 1;

/// Accepted findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    version: u32,
    /// How many findings of each code are accepted, by file. Paths are relative to the folder of the
    /// baseline, with forward slashes.
    files: BTreeMap<String, BTreeMap<String, usize>>,
}

/// The findings of a file, told apart by a baseline.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// Those to show: of a code with more findings than are accepted, all.
    pub shown: Vec<Diagnostic>,
    /// Those that are accepted.
    pub accepted: Vec<Diagnostic>,
    /// Codes with fewer findings than are accepted: the code, how many there are, how many the
    /// baseline states.
    pub fewer: Vec<(String, usize, usize)>,
}

impl Default for Baseline {
    fn default() -> Self {
        Baseline {
            version: VERSION,
            files: BTreeMap::new(),
        }
    }
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// What is wrong with the text, as a phrase: `is no baseline: ...`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let baseline: Baseline =
            serde_json::from_str(text).map_err(|error| format!("is no baseline: {error}"))?;
        if baseline.version != VERSION {
            return Err(format!(
                "is a baseline of version {}, and this program reads version {VERSION}",
                baseline.version
            ));
        }
        Ok(baseline)
    }

    /// The text of the file: sorted, one file a few lines, so that merges stay readable.
    pub fn text(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        text.expect("names and numbers always serialise") + "\n"
    }

    /// Accepts the findings of a file, and none but them.
    pub fn accept(&mut self, path: &str, findings: &[Diagnostic]) {
        let mut counts = BTreeMap::new();
        for finding in findings {
            *counts.entry(finding.code.id.to_owned()).or_insert(0) += 1;
        }
        if counts.is_empty() {
            self.files.remove(path);
        } else {
            self.files.insert(path.to_owned(), counts);
        }
    }

    /// Keeps the files of which `exists` is true.
    pub fn retain(&mut self, exists: impl Fn(&str) -> bool) {
        self.files.retain(|path, _| exists(path));
    }

    /// The files it has findings of.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// How many findings are accepted.
    pub fn total(&self) -> usize {
        self.files.values().flat_map(BTreeMap::values).sum()
    }

    /// Tells the findings of a file apart.
    pub fn tell(&self, path: &str, findings: Vec<Diagnostic>) -> Told {
        let Some(stated) = self.files.get(path) else {
            return Told {
                shown: findings,
                ..Told::default()
            };
        };
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in &findings {
            *counts.entry(finding.code.id).or_insert(0) += 1;
        }
        let count = |code: &str| counts.get(code).copied().unwrap_or(0);
        let fewer = stated
            .iter()
            .filter(|(code, stated)| count(code) < **stated)
            .map(|(code, stated)| (code.clone(), count(code), *stated))
            .collect();
        let is_accepted = |finding: &Diagnostic| {
            let stated = stated.get(finding.code.id);
            stated.is_some_and(|stated| count(finding.code.id) <= *stated)
        };
        let (accepted, shown) = findings.iter().cloned().partition(is_accepted);
        Told {
            shown,
            accepted,
            fewer,
        }
    }
}
