//! The findings as GitLab's code quality report: one JSON array, shown in merge requests.

use serde_json::{Value, json};

use super::{Lines, Report, fingerprint};
use crate::diagnostic::Severity;

pub(super) fn render(report: &Report<'_>) -> String {
    let mut lines = Lines::new(report);
    let findings: Vec<Value> = report
        .findings
        .iter()
        .zip(fingerprint::all(report, report.findings))
        .map(|(finding, mark)| {
            let (_, start, end) = lines.places(finding.primary);
            let path = report.relative_path(finding.primary.file);
            json!({
                "description": format!("{} {}: {}", finding.code.id, finding.code.name, finding.message),
                "check_name": finding.code.id,
                "fingerprint": mark,
                "severity": match finding.severity {
                    Severity::Error => "major",
                    Severity::Warning => "minor",
                    Severity::Info => "info",
                },
                "location": { "path": path, "lines": { "begin": start.line, "end": end.line } },
            })
        })
        .collect();
    let mut out =
        serde_json::to_string_pretty(&findings).expect("strings and numbers always serialise");
    out.push('\n');
    out
}
