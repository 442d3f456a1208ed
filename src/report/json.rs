//! The findings as one JSON object. Its shape is a promise: see "Output for programs" in the README.

use serde::Serialize;

use super::{Lines, Report};
use crate::diagnostic::{Safety, Severity};
use crate::source::Span;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    findings: Vec<Finding<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Finding<'a> {
    code: &'a str,
    name: &'a str,
    severity: &'a str,
    #[serde(flatten)]
    place: Extent<'a>,
    message: &'a str,
    help: Option<&'a str>,
    related: Vec<Related<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<Change<'a>>,
    /// Whether a baseline accepts the finding; left out where none does.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    baselined: bool,
}

#[derive(Serialize)]
struct Change<'a> {
    title: &'a str,
    safe: bool,
    edits: Vec<Replacement<'a>>,
}

#[derive(Serialize)]
struct Replacement<'a> {
    #[serde(flatten)]
    place: Extent<'a>,
    replacement: &'a str,
}

#[derive(Serialize)]
struct Related<'a> {
    #[serde(flatten)]
    place: Extent<'a>,
    message: &'a str,
}

/// Lines and columns from 1, columns in characters; the end is exclusive.
#[derive(Serialize)]
struct Extent<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
struct Summary {
    files: usize,
    files_without_labels: usize,
    errors: usize,
    warnings: usize,
    infos: usize,
    suppressed: usize,
    baselined: usize,
}

pub(super) fn render(report: &Report<'_>) -> String {
    let mut lines = Lines::new(report);
    let mut extent = |span: Span| {
        let (file, start, end) = lines.places(span);
        Extent {
            file,
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    };
    let shown = report.findings.iter().map(|finding| (finding, false));
    let accepted = report.baselined.iter().map(|finding| (finding, true));
    let mut findings: Vec<_> = shown.chain(accepted).collect();
    findings.sort_by_key(|(finding, _)| finding.primary);
    let findings = findings
        .into_iter()
        .map(|(finding, baselined)| Finding {
            code: finding.code.id,
            name: finding.code.name,
            severity: finding.severity.word(),
            place: extent(finding.primary),
            message: &finding.message,
            help: finding.help.as_deref(),
            related: finding
                .related
                .iter()
                .map(|related| Related {
                    place: extent(related.span),
                    message: &related.message,
                })
                .collect(),
            fix: finding.fix.as_ref().map(|fix| Change {
                title: &fix.title,
                safe: fix.safety == Safety::Safe,
                edits: fix
                    .edits
                    .iter()
                    .map(|edit| Replacement {
                        place: extent(edit.span),
                        replacement: &edit.replacement,
                    })
                    .collect(),
            }),
            baselined,
        })
        .collect();
    let document = Document {
        version: 1,
        findings,
        summary: Summary {
            files: report.files.len(),
            files_without_labels: report.skipped,
            errors: report.count(Severity::Error),
            warnings: report.count(Severity::Warning),
            infos: report.count(Severity::Info),
            suppressed: report.suppressed,
            baselined: report.baselined.len(),
        },
    };
    let mut out =
        serde_json::to_string_pretty(&document).expect("strings and numbers always serialise");
    out.push('\n');
    out
}
