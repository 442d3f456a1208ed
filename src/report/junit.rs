//! The findings as JUnit's XML, which most build servers draw: a suite a file, a case a finding.

use super::{Lines, Report};

pub(super) fn render(report: &Report<'_>) -> String {
    let mut lines = Lines::new(report);
    let mut suites = String::new();
    let mut tests = 0;
    for file in report.files {
        let path = escaped(report.relative_path(file.id));
        let own = report
            .findings
            .iter()
            .filter(|it| it.primary.file == file.id);
        let mut cases = String::new();
        let mut failures = 0;
        for finding in own {
            failures += 1;
            let (_, place, _) = lines.places(finding.primary);
            let help = finding.help.as_deref().unwrap_or("");
            cases.push_str(&format!(
                "    <testcase classname=\"{path}\" name=\"{} {path}:{}:{}\">\n",
                finding.code.id, place.line, place.column
            ));
            cases.push_str(&format!(
                "      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>\n",
                finding.severity.word(),
                escaped(&finding.message),
                escaped(help)
            ));
        }
        if failures == 0 {
            cases = format!("    <testcase classname=\"{path}\" name=\"{path}\"/>\n");
        }
        let count = failures.max(1);
        tests += count;
        suites.push_str(&format!(
            "  <testsuite name=\"{path}\" tests=\"{count}\" failures=\"{failures}\">\n{cases}  </testsuite>\n"
        ));
    }
    let failures = report.findings.len();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"rbc\" tests=\"{tests}\" failures=\"{failures}\">\n{suites}</testsuites>\n"
    )
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
