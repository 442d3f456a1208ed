//! The findings as workflow commands of GitHub Actions, which become annotations, before the text for
//! people. Errors come first: the host shows ten annotations of a step and drops the rest.

use std::fmt::Write;

use super::{Lines, Report, WIDTH, full};
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Place;

pub(super) fn render(report: &Report<'_>) -> String {
    let mut lines = Lines::new(report);
    let mut findings: Vec<&Diagnostic> = report.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let mut out = String::new();
    for finding in findings {
        let (_, start, end) = lines.places(finding.primary);
        let path = report.relative_path(finding.primary.file);
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        let help = finding
            .help
            .as_deref()
            .map_or(String::new(), |help| format!("\n{help}"));
        writeln!(
            out,
            "::{command} file={},line={},endLine={},col={}{},title={}::{}",
            property(path),
            start.line,
            end.line,
            start.column,
            end_column(start, end),
            property(&format!("{} {}", finding.code.id, finding.code.name)),
            message(&format!("{}{help}", finding.message)),
        )
        .expect("a string takes any text");
    }
    out.push_str(&full::render(report, false, WIDTH));
    out
}

/// The last column, which the host takes for places within one line only.
fn end_column(start: Place, end: Place) -> String {
    if start.line == end.line && end.column > start.column {
        format!(",endColumn={}", end.column)
    } else {
        String::new()
    }
}

/// The text of a command: percent signs and line ends are escaped.
fn message(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property: colons and commas as well.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
