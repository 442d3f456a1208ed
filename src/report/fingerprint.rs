//! Names for findings that survive when lines move: a hash over code, path, the line without its
//! white space, and how often the same stood before.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Report;
use crate::diagnostic::Diagnostic;

/// One name a finding, in their order: 32 lower-case hexadecimal digits.
pub(super) fn all<'a>(
    report: &Report<'_>,
    findings: impl IntoIterator<Item = &'a Diagnostic>,
) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    findings
        .into_iter()
        .map(|finding| {
            let file = report.file(finding.primary.file);
            let path = report.relative_path(finding.primary.file);
            let line = file.map_or("", |file| line_at(&file.text, finding.primary.start));
            let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
            let text = format!("{}\0{path}\0{line}", finding.code.id);
            let occurrence = seen.entry(text.clone()).or_insert(0);
            let hash = Sha256::digest(format!("{text}\0{occurrence}"));
            *occurrence += 1;
            hash.iter()
                .take(16)
                .map(|byte| format!("{byte:02x}"))
                .collect()
        })
        .collect()
}

/// The line that holds the byte at `offset`.
fn line_at(text: &str, offset: u32) -> &str {
    let offset = usize::try_from(offset).unwrap_or(text.len());
    let before = text.get(..offset).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    text.get(start..).unwrap_or("").lines().next().unwrap_or("")
}
