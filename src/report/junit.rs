//! The findings as JUnit's XML, which most build servers draw: a suite a file, a case a finding.

use std::fmt::Write;

use super::{Lines, Report};
use crate::diagnostic::Severity;

pub(super) fn render(report: &Report<'_>) -> String {
    let mut lines = Lines::new(report);
    let failures = report.findings.len();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let mut line = |text: String| {
        writeln!(out, "{text}").expect("a string takes any text");
    };
    let clean = report.files.iter().enumerate().filter(|(index, _)| {
        !report
            .findings
            .iter()
            .any(|finding| finding.primary.file.0 as usize == *index)
    });
    let clean: Vec<&str> = clean.map(|(_, file)| file.path.as_str()).collect();
    let tests = failures + clean.len();
    line(format!(
        "<testsuites name=\"rbc\" tests=\"{tests}\" failures=\"{failures}\">"
    ));
    line(format!(
        "  <testsuite name=\"rbc lint\" tests=\"{tests}\" failures=\"{failures}\">"
    ));
    for path in clean {
        line(format!(
            "    <testcase classname=\"{0}\" name=\"{0}\"/>",
            escaped(path)
        ));
    }
    for finding in report.findings {
        let (path, place, _) = lines.places(finding.primary);
        let kind = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        };
        let help = finding.help.as_deref().unwrap_or("");
        line(format!(
            "    <testcase classname=\"{}\" name=\"{} {}:{}:{}\">",
            escaped(path),
            finding.code.id,
            escaped(path),
            place.line,
            place.column
        ));
        line(format!(
            "      <failure type=\"{kind}\" message=\"{}\">{}</failure>",
            escaped(&finding.message),
            escaped(help)
        ));
        line("    </testcase>".to_owned());
    }
    line("  </testsuite>".to_owned());
    line("</testsuites>".to_owned());
    out
}

/// Text inside XML: the five special characters, and what XML 1.0 cannot hold as a question mark.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' | '\t' => out.push(' '),
            control if control.is_control() || ['\u{fffe}', '\u{ffff}'].contains(&control) => {
                out.push('?')
            }
            other => out.push(other),
        }
    }
    out
}
