//! The only door to other files: asks for a path, gets its text, and asks only once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What the workspace knows about a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A readable file with this text (UTF-8; other bytes make it unreadable).
    Text(Arc<str>),
    /// A folder, with the names in it, sorted.
    Folder(Arc<[String]>),
    /// Nothing is there.
    Absent,
    /// Something is there that cannot be read as text, and why.
    Unreadable(String),
}

/// Where answers come from: the disk, a map in a test, an editor's unsaved buffers.
type Source = Box<dyn Fn(&str) -> Answer + Send + Sync>;

/// Answers questions about files below the root. Paths are relative to the root, with forward
/// slashes and without `.` and `..` parts; the root itself is the empty path.
pub struct Workspace {
    source: Source,
    memo: Mutex<BTreeMap<String, Answer>>,
}

impl Workspace {
    /// A workspace that asks `source` for each path once.
    pub fn new(source: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        Workspace {
            source: Box::new(source),
            memo: Mutex::new(BTreeMap::new()),
        }
    }

    /// A workspace that has no files.
    pub fn empty() -> Self {
        Workspace::new(|_| Answer::Absent)
    }

    /// A workspace of the given files (path, text) and the folders they imply.
    pub fn from_files<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files: BTreeMap<String, Arc<str>> = files
            .into_iter()
            .map(|(path, text)| (path.to_owned(), Arc::from(text)))
            .collect();
        Workspace::new(move |path| {
            if let Some(text) = files.get(path) {
                return Answer::Text(Arc::clone(text));
            }
            let prefix = if path.is_empty() {
                String::new()
            } else {
                format!("{path}/")
            };
            let mut names: Vec<String> = files
                .keys()
                .filter_map(|file| file.strip_prefix(&prefix))
                .map(|rest| rest.split('/').next().unwrap_or(rest).to_owned())
                .collect();
            names.dedup();
            if names.is_empty() {
                Answer::Absent
            } else {
                Answer::Folder(names.into())
            }
        })
    }

    /// What is at `path`; see [`normalise`] for turning a written path into one.
    pub fn ask(&self, path: &str) -> Answer {
        let mut memo = self.memo.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = memo.get(path) {
            return answer.clone();
        }
        let answer = (self.source)(path);
        memo.insert(path.to_owned(), answer.clone());
        answer
    }

    /// The paths that were asked for, sorted.
    pub fn asked(&self) -> Vec<String> {
        let memo = self.memo.lock().unwrap_or_else(PoisonError::into_inner);
        memo.keys().cloned().collect()
    }

    /// The text at `path`, when there is one.
    pub fn text(&self, path: &str) -> Option<Arc<str>> {
        match self.ask(path) {
            Answer::Text(text) => Some(text),
            Answer::Folder(_) | Answer::Absent | Answer::Unreadable(_) => None,
        }
    }
}

impl std::fmt::Debug for Workspace {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Workspace").finish_non_exhaustive()
    }
}

/// Resolves `path` as written in a file or command against the folder `base` (both with forward
/// slashes, `base` relative to the root). `None` for absolute and home paths and for paths that
/// leave the root.
pub fn normalise(base: &str, path: &str) -> Option<String> {
    if path.starts_with('/') || path.starts_with('~') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
