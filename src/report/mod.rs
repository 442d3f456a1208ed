//! Findings to text. Every format is one function from a [`Report`] to a string.

mod concise;
mod fingerprint;
mod full;
mod github;
mod gitlab;
mod json;
mod junit;
mod sarif;
mod visible;

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{FileId, LineIndex, Place, SourceFile, Span};

pub use visible::visible;

/// What a run found, ready to be shown.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The files of the run; [`FileId`] is the index.
    pub files: &'a [SourceFile],
    /// The findings, in the order to show them.
    pub findings: &'a [Diagnostic],
    /// How many of the files were not linted because they have no label of ours.
    pub skipped: usize,
    /// How many findings were suppressed, with reasons, by the runbooks themselves.
    pub suppressed: usize,
}

/// The forms a report can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Source lines with labels, help and a closing line: for people.
    Full {
        /// Whether to colour it for a terminal.
        colour: bool,
    },
    /// One line a finding: for editors and `grep`.
    Concise,
    /// One JSON object: for programs.
    Json,
    /// SARIF 2.1.0: for code hosts.
    Sarif,
    /// Annotations of GitHub Actions, then the text for people.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// JUnit's XML: for build servers.
    Junit,
}

/// The report in `format`, line feed at the end; empty when there is nothing to say.
pub fn render(report: &Report<'_>, format: Format) -> String {
    match format {
        Format::Full { colour } => full::render(report, colour),
        Format::Concise => concise::render(report),
        Format::Json => json::render(report),
        Format::Sarif => sarif::render(report),
        Format::Github => github::render(report),
        Format::Gitlab => gitlab::render(report),
        Format::Junit => junit::render(report),
    }
}

/// The findings alone, as [`Format::Full`] shows them, for standard error.
pub fn findings(report: &Report<'_>) -> String {
    full::findings(report, false)
}

impl<'a> Report<'a> {
    /// A report of findings in files; nothing else was done or left out.
    pub fn new(files: &'a [SourceFile], findings: &'a [Diagnostic]) -> Self {
        Report {
            files,
            findings,
            skipped: 0,
            suppressed: 0,
        }
    }

    /// How many findings have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    }

    fn file(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }
}

/// The lines of the files of a report, found once a file and only where a finding lies.
struct Lines<'a> {
    report: &'a Report<'a>,
    indexes: Vec<Option<LineIndex>>,
}

impl<'a> Lines<'a> {
    fn new(report: &'a Report<'a>) -> Self {
        Lines {
            report,
            indexes: vec![None; report.files.len()],
        }
    }

    /// The path of the span's file and the places of its start and its end.
    fn places(&mut self, span: Span) -> (&'a str, Place, Place) {
        let nowhere = Place { line: 1, column: 1 };
        let report = self.report;
        let Some(file) = report.file(span.file) else {
            return ("", nowhere, nowhere);
        };
        let Some(index) = self.indexes.get_mut(span.file.0 as usize) else {
            return (&file.path, nowhere, nowhere);
        };
        let index = index.get_or_insert_with(|| LineIndex::new(&file.text));
        (
            &file.path,
            index.place(&file.text, span.start),
            index.place(&file.text, span.end),
        )
    }
}

/// `1 error`, `2 errors`.
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}
