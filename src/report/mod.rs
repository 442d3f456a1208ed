//! Findings to text. Every format is one function from a [`Report`] to a string.

mod concise;
mod diff;
mod fingerprint;
mod full;
mod github;
mod gitlab;
mod json;
mod junit;
mod sarif;
mod view;
mod visible;

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{FileId, LineIndex, Place, SourceFile, Span};

pub use diff::unified;
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
    /// Findings that a baseline accepts: numbers for people, entries with a mark for programs.
    pub baselined: &'a [Diagnostic],
    /// The paths of the files relative to the folder that code hosts count from; the paths as
    /// written where there are none.
    pub relative: &'a [String],
    /// The manual page of a rule, markdown, by its id.
    pub page: fn(&str) -> Option<&'static str>,
}

/// The forms a report can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Source lines with labels, help and a closing line: for people.
    Full {
        /// Whether to colour it for a terminal.
        colour: bool,
        /// How many columns there are: a longer source line is cut around its labels.
        width: usize,
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

/// The columns of a line where nobody says how wide the terminal is.
pub const WIDTH: usize = 140;

/// The report in `format`, line feed at the end; empty when there is nothing to say.
pub fn render(report: &Report<'_>, format: Format) -> String {
    match format {
        Format::Full { colour, width } => full::render(report, colour, width),
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
    full::findings(report, false, WIDTH)
}

impl<'a> Report<'a> {
    /// A report of findings in files; nothing else was done or left out.
    pub fn new(files: &'a [SourceFile], findings: &'a [Diagnostic]) -> Self {
        Report {
            files,
            findings,
            skipped: 0,
            suppressed: 0,
            baselined: &[],
            relative: &[],
            page: |_| None,
        }
    }

    /// How many findings have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    }

    /// The path of a file from the folder that code hosts count from.
    fn relative_path(&self, id: FileId) -> &str {
        let index = id.0 as usize;
        let file = self.files.get(index).map_or("", |file| file.path.as_str());
        let path = self.relative.get(index).map_or(file, String::as_str);
        path.trim_start_matches("./")
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
