//! Findings with their source lines, labels and help, for people. The one user of
//! codespan-reporting.

use std::collections::BTreeMap;
use std::ops::Range;

use codespan_reporting::diagnostic::{self as shown, Label};
use codespan_reporting::files::{Error, Files, SimpleFile};
use codespan_reporting::term::{self, Config, termcolor::Buffer};

use super::visible::{Shown, visible};
use super::{Report, plural};
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{FileId, Span};

/// The findings and the closing line.
pub(super) fn render(report: &Report<'_>, colour: bool) -> String {
    let mut out = findings(report, colour);
    out.push_str(&closing_line(report));
    out
}

/// The findings, an empty line after each.
pub(super) fn findings(report: &Report<'_>, colour: bool) -> String {
    let sources = Sources::new(report);
    let mut buffer = if colour {
        Buffer::ansi()
    } else {
        Buffer::no_color()
    };
    for finding in report.findings {
        let shown = sources.finding(finding);
        term::emit_to_write_style(&mut buffer, &Config::default(), &sources, &shown)
            .expect("every span of a finding lies in a file of its report");
    }
    String::from_utf8_lossy(buffer.as_slice()).into_owned()
}

/// What was checked and what was found, as one line.
fn closing_line(report: &Report<'_>) -> String {
    let mut found: Vec<String> = [
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        (Severity::Info, "note"),
    ]
    .into_iter()
    .map(|(severity, noun)| (report.count(severity), noun))
    .filter(|(count, _)| *count > 0)
    .map(|(count, noun)| plural(count, noun))
    .collect();
    if found.is_empty() {
        found.push("no findings".to_owned());
    }
    if report.suppressed > 0 {
        found.push(format!("{} suppressed with a reason", report.suppressed));
    }
    let linted = report.files.len() - report.skipped;
    let mut line = format!("{} in {}", found.join(", "), plural(linted, "file"));
    if report.skipped > 0 {
        line.push_str(&format!(
            "; {} without RUN, CHECK or GATE labels not linted (`--all` does)",
            plural(report.skipped, "file")
        ));
    }
    line.push('\n');
    line
}

/// The files that a finding lies in, as they are shown.
struct Sources<'a> {
    files: BTreeMap<FileId, Source<'a>>,
}

struct Source<'a> {
    text: Shown<'a>,
    lines: SimpleFile<String, String>,
}

impl<'a> Sources<'a> {
    fn new(report: &Report<'a>) -> Self {
        let mut files = BTreeMap::new();
        for finding in report.findings {
            let related = finding.related.iter().map(|related| related.span);
            for span in std::iter::once(finding.primary).chain(related) {
                let Some(file) = report.files.get(span.file.0 as usize) else {
                    continue;
                };
                files.entry(file.id).or_insert_with(|| {
                    let text = Shown::new(&file.text);
                    let path = visible(&file.path).into_owned();
                    let lines = SimpleFile::new(path, text.text.clone().into_owned());
                    Source { text, lines }
                });
            }
        }
        Sources { files }
    }

    /// A finding in the words of codespan-reporting.
    fn finding(&self, finding: &Diagnostic) -> shown::Diagnostic<FileId> {
        let severity = match finding.severity {
            Severity::Error => shown::Severity::Error,
            Severity::Warning => shown::Severity::Warning,
            Severity::Info => shown::Severity::Note,
        };
        let mut labels = vec![
            Label::primary(finding.primary.file, self.range(finding.primary))
                .with_message(visible(&finding.label)),
        ];
        labels.extend(finding.related.iter().map(|related| {
            Label::secondary(related.span.file, self.range(related.span))
                .with_message(visible(&related.message))
        }));
        let notes = finding
            .help
            .iter()
            .map(|help| format!("help: {}", visible(help)))
            .collect();
        shown::Diagnostic::new(severity)
            .with_code(format!("{} {}", finding.code.id, finding.code.name))
            .with_message(visible(&finding.message))
            .with_labels(labels)
            .with_notes(notes)
    }

    fn range(&self, span: Span) -> Range<usize> {
        match self.files.get(&span.file) {
            Some(source) => {
                source.text.offset(span.start as usize)..source.text.offset(span.end as usize)
            }
            None => span.range(),
        }
    }

    fn source(&self, id: FileId) -> Result<&SimpleFile<String, String>, Error> {
        let source = self.files.get(&id).ok_or(Error::FileMissing)?;
        Ok(&source.lines)
    }
}

impl<'a> Files<'a> for Sources<'_> {
    type FileId = FileId;
    type Name = &'a str;
    type Source = &'a str;

    fn name(&'a self, id: FileId) -> Result<&'a str, Error> {
        Ok(self.source(id)?.name())
    }

    fn source(&'a self, id: FileId) -> Result<&'a str, Error> {
        Ok(self.source(id)?.source())
    }

    fn line_index(&'a self, id: FileId, byte: usize) -> Result<usize, Error> {
        self.source(id)?.line_index((), byte)
    }

    fn line_range(&'a self, id: FileId, line: usize) -> Result<Range<usize>, Error> {
        self.source(id)?.line_range((), line)
    }
}
