//! One line a finding: `path:line:column: severity[CODE name] message`.

use std::fmt::Write;

use super::{Lines, Report, visible};

pub(super) fn render(report: &Report<'_>) -> String {
    let mut lines = Lines::new(report);
    let mut out = String::new();
    for finding in report.findings {
        let (path, place, _) = lines.places(finding.primary);
        writeln!(
            out,
            "{}:{}:{}: {}[{} {}] {}",
            visible(path),
            place.line,
            place.column,
            finding.severity.word(),
            finding.code.id,
            finding.code.name,
            visible(&finding.message.replace('\n', " "))
        )
        .expect("a string takes any text");
    }
    out
}
