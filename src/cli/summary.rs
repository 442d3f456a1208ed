//! What `rbc lint` prints instead of the findings: how often each rule was found, and the
//! suppressions with their reasons.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use super::arguments::FindingsFormat;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Outcome, Suppression};
use crate::report::{Report, plural, visible};
use crate::source::{LineIndex, SourceFile};

/// How often one rule was found.
struct Count {
    code: &'static Code,
    count: usize,
    fixable: usize,
    worst: Severity,
}

/// How often each rule was found, the most frequent first. JSON in the format of that name.
pub(super) fn statistics(report: &Report<'_>, format: FindingsFormat) -> String {
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    for finding in report.findings {
        let count = counts.entry(finding.code.id).or_insert(Count {
            code: finding.code,
            count: 0,
            fixable: 0,
            worst: finding.severity,
        });
        count.count += 1;
        count.fixable += usize::from(finding.fix.is_some());
        count.worst = count.worst.max(finding.severity);
    }
    let mut counts: Vec<Count> = counts.into_values().collect();
    counts.sort_by_key(|count| std::cmp::Reverse(count.count));
    if format == FindingsFormat::Json {
        let entries: Vec<Value> = counts
            .iter()
            .map(|count| {
                json!({
                    "code": count.code.id,
                    "name": count.code.name,
                    "severity": count.worst.word(),
                    "count": count.count,
                    "fixable": count.fixable,
                })
            })
            .collect();
        return pretty(&json!({ "version": 1, "statistics": entries }));
    }
    let mut out = String::new();
    for count in &counts {
        let fixable = match count.fixable {
            0 => String::new(),
            fixable => format!("  {fixable} with a fix"),
        };
        writeln!(
            out,
            "{:>6}  {}  {:<8}{}{fixable}",
            count.count,
            count.code.id,
            count.worst.word(),
            count.code.name
        )
        .expect("a string takes any text");
    }
    let with_findings = report
        .files
        .iter()
        .filter(|file| report.findings.iter().any(|it| it.primary.file == file.id))
        .count();
    writeln!(
        out,
        "{} of {} in {} of {}",
        plural(report.findings.len(), "finding"),
        plural(counts.len(), "rule"),
        with_findings,
        plural(report.files.len(), "file")
    )
    .expect("a string takes any text");
    out
}

/// The suppressions and their reasons, one a line; those that hide nothing are marked. JSON in the
/// format of that name.
pub(super) fn suppressions(
    files: &[SourceFile],
    outcomes: &[Outcome],
    format: FindingsFormat,
) -> String {
    let mut out = String::new();
    let mut entries = Vec::new();
    for (file, outcome) in files.iter().zip(outcomes) {
        let lines = LineIndex::new(&file.text);
        for suppression in &outcome.suppressions {
            let codes: Vec<&str> = suppression.allowed.iter().map(|it| it.code.id).collect();
            let line = lines.line(suppression.span.start);
            let used = is_used(suppression, &outcome.findings);
            entries.push(json!({
                "file": file.path,
                "line": line,
                "codes": codes,
                "reason": suppression.reason,
                "used": used,
            }));
            writeln!(
                out,
                "{}:{line}: {} {}{}",
                visible(&file.path),
                codes.join(" "),
                visible(&suppression.reason),
                if used { "" } else { " (hides nothing)" }
            )
            .expect("a string takes any text");
        }
    }
    if format == FindingsFormat::Json {
        return pretty(&json!({ "version": 1, "suppressions": entries }));
    }
    out
}

/// Whether every rule of a suppression hides a finding, or was not asked to look.
fn is_used(suppression: &Suppression, findings: &[Diagnostic]) -> bool {
    suppression.allowed.iter().all(|allowed| {
        allowed.used
            || !findings
                .iter()
                .any(|finding| finding.code.id == "RBC508" && finding.primary == allowed.span)
    })
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("strings and numbers always serialise") + "\n"
}
