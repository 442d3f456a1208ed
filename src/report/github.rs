//! The findings as workflow commands of GitHub Actions, which become annotations, before the text for
//! people. Errors come first: the host shows ten annotations of a step and drops the rest.

use std::fmt::Write;

use super::{Lines, Report, full};
use crate::diagnostic::{Diagnostic, Severity};

pub(super) fn render(report: &Report<'_>) -> String {
    let mut lines = Lines::new(report);
    let mut findings: Vec<&Diagnostic> = report.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let mut out = String::new();
    for finding in findings {
        let (path, start, end) = lines.places(finding.primary);
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
            "::{command} file={},line={},endLine={},col={},title={}::{}",
            property(path.trim_start_matches("./")),
            start.line,
            end.line,
            start.column,
            property(&format!("{} {}", finding.code.id, finding.code.name)),
            message(&format!("{}{help}", finding.message)),
        )
        .expect("a string takes any text");
    }
    out.push_str(&full::render(report, false));
    out
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
