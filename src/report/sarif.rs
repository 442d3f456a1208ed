//! The findings as SARIF 2.1.0, the exchange format of static analysis (OASIS standard): for code
//! hosts that show findings beside the lines.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Lines, Report, fingerprint};
use crate::diagnostic::{Code, Diagnostic, Fix, Severity};
use crate::source::Span;

pub(super) fn render(report: &Report<'_>) -> String {
    let mut lines = Lines::new(report);
    let mut codes: BTreeMap<&str, &Code> = BTreeMap::new();
    let mut findings: Vec<(&Diagnostic, bool)> = (report.findings.iter())
        .map(|finding| (finding, false))
        .chain(report.baselined.iter().map(|finding| (finding, true)))
        .collect();
    findings.sort_by_key(|(finding, _)| finding.primary);
    for (finding, _) in &findings {
        codes.insert(finding.code.id, finding.code);
    }
    let order: Vec<&str> = codes.keys().copied().collect();
    let rules: Vec<Value> = codes
        .values()
        .map(|code| {
            json!({
                "id": code.id,
                "name": code.name,
                "shortDescription": { "text": code.name.replace('-', " ") },
                "fullDescription": { "text": summary(report, code) },
                "help": help(report, code),
                "defaultConfiguration": { "level": level(code.default.unwrap_or(Severity::Warning)) },
            })
        })
        .collect();
    let marks = fingerprint::all(report, findings.iter().map(|(finding, _)| *finding));
    let results: Vec<Value> = findings
        .iter()
        .zip(marks)
        .map(|((finding, baselined), mark)| {
            let mut location = |span: Span| {
                let (_, start, end) = lines.places(span);
                let path = report.relative_path(span.file);
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
            let mut result = json!({
                "ruleId": finding.code.id,
                "ruleIndex": order.binary_search(&finding.code.id).unwrap_or(0),
                "level": level(finding.severity),
                "message": { "text": text },
                "locations": [{ "physicalLocation": location(finding.primary) }],
                "relatedLocations": related,
                "partialFingerprints": { "rbc/v1": mark },
            });
            if let Some(result) = result.as_object_mut() {
                if *baselined {
                    result.insert("suppressions".to_owned(), json!([{ "kind": "external" }]));
                }
                if let Some(fix) = &finding.fix {
                    let fix = sarif_fix(fix, &mut |span| location(span));
                    result.insert("fixes".to_owned(), json!([fix]));
                }
            }
            result
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

/// What a rule finds, in one sentence: the first paragraph of its page.
fn summary(report: &Report<'_>, code: &Code) -> String {
    let page = (report.page)(code.id).unwrap_or(code.name);
    let paragraph = page.split("\n\n").nth(1).unwrap_or(page);
    paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The page of a rule, as text and as markdown.
fn help(report: &Report<'_>, code: &Code) -> Value {
    match (report.page)(code.id) {
        Some(page) => json!({ "text": page, "markdown": page }),
        None => json!({ "text": code.name }),
    }
}

/// A fix as replacements, one file a change.
fn sarif_fix(fix: &Fix, location: &mut dyn FnMut(Span) -> Value) -> Value {
    let mut artifact = Value::Null;
    let replacements: Vec<Value> = fix
        .edits
        .iter()
        .map(|edit| {
            let mut place = location(edit.span);
            let mut take = |key: &str| place.get_mut(key).map_or(Value::Null, Value::take);
            artifact = take("artifactLocation");
            json!({
                "deletedRegion": take("region"),
                "insertedContent": { "text": edit.replacement },
            })
        })
        .collect();
    json!({
        "description": { "text": fix.title },
        "artifactChanges": [{ "artifactLocation": artifact, "replacements": replacements }],
    })
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
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
