//! The findings as SARIF 2.1.0, the exchange format of static analysis (OASIS standard): for code
//! hosts that show findings beside the lines.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Lines, Report, fingerprint};
use crate::diagnostic::{Code, Severity};

pub(super) fn render(report: &Report<'_>) -> String {
    let mut lines = Lines::new(report);
    let mut codes: BTreeMap<&str, &Code> = BTreeMap::new();
    for finding in report.findings {
        codes.insert(finding.code.id, finding.code);
    }
    let order: Vec<&str> = codes.keys().copied().collect();
    let rules: Vec<Value> = codes
        .values()
        .map(|code| {
            json!({
                "id": code.id,
                "name": code.name,
                "shortDescription": { "text": code.name },
                "help": { "text": format!("`rbc explain {}` is the page of this rule", code.id) },
                "defaultConfiguration": { "level": level(code.default.unwrap_or(Severity::Warning)) },
            })
        })
        .collect();
    let marks = fingerprint::all(report);
    let results: Vec<Value> = report
        .findings
        .iter()
        .zip(marks)
        .map(|(finding, mark)| {
            let mut location = |span| {
                let (path, start, end) = lines.places(span);
                json!({
                    "artifactLocation": { "uri": uri(path) },
                    "region": {
                        "startLine": start.line,
                        "startColumn": start.column,
                        "endLine": end.line,
                        "endColumn": end.column,
                    },
                })
            };
            let related: Vec<Value> = finding
                .related
                .iter()
                .map(|related| {
                    json!({
                        "physicalLocation": location(related.span),
                        "message": { "text": related.message },
                    })
                })
                .collect();
            let text = match &finding.help {
                Some(help) => format!("{}\n\n{help}", finding.message),
                None => finding.message.clone(),
            };
            json!({
                "ruleId": finding.code.id,
                "ruleIndex": order.binary_search(&finding.code.id).unwrap_or(0),
                "level": level(finding.severity),
                "message": { "text": text },
                "locations": [{ "physicalLocation": location(finding.primary) }],
                "relatedLocations": related,
                "partialFingerprints": { "rbc/v1": mark },
            })
        })
        .collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "rbc",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut out =
        serde_json::to_string_pretty(&document).expect("strings and numbers always serialise");
    out.push('\n');
    out
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// A path as a relative URI: forward slashes, everything but unreserved characters escaped (RFC 3986).
pub(super) fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.replace('\\', "/").trim_start_matches("./").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
