//! Findings with their source lines, labels, help and fixes, for people. The one user of
//! codespan-reporting.

use std::collections::BTreeMap;
use std::ops::Range;

use codespan_reporting::diagnostic::{self as shown, Label};
use codespan_reporting::files::{Error, Files, Location};
use codespan_reporting::term::{self, Config, termcolor::Buffer};

use super::diff;
use super::view::{TAB, View, columns};
use super::visible::visible;
use super::{Report, plural};
use crate::diagnostic::{Diagnostic, Fix, Safety, Severity};
use crate::source::{FileId, LineIndex, Span};

/// The findings and the closing line. `width` is that of the terminal in columns.
pub(super) fn render(report: &Report<'_>, colour: bool, width: usize) -> String {
    let mut out = findings(report, colour, width);
    out.push_str(&closing_line(report));
    out
}

/// The findings, an empty line after each.
pub(super) fn findings(report: &Report<'_>, colour: bool, width: usize) -> String {
    let mut buffer = if colour {
        Buffer::ansi()
    } else {
        Buffer::no_color()
    };
    let config = Config {
        tab_width: TAB,
        ..Config::default()
    };
    let mut indexes = BTreeMap::new();
    for finding in report.findings {
        let sources = Sources::new(report, finding, &mut indexes, width);
        let shown = sources.finding(report, finding, width);
        term::emit_to_write_style(&mut buffer, &config, &sources, &shown)
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
    if !report.baselined.is_empty() {
        found.push(format!("{} in the baseline", report.baselined.len()));
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
    let fixable = |safety: Safety| {
        let fixes = report
            .findings
            .iter()
            .filter_map(|finding| finding.fix.as_ref());
        fixes.filter(|fix| fix.safety == safety).count()
    };
    let (safe, all) = (fixable(Safety::Safe), fixable(Safety::Unsafe));
    match (safe, all) {
        (0, 0) => {}
        (0, more) => line.push_str(&format!("`--fix --unsafe` mends {more}\n")),
        (safe, 0) => line.push_str(&format!("`--fix` mends {safe}\n")),
        (safe, more) => line.push_str(&format!(
            "`--fix` mends {safe}, `--fix --unsafe` {more} more\n"
        )),
    }
    line
}

/// The lines that one finding is about, by file.
struct Sources {
    views: BTreeMap<FileId, View>,
}

impl Sources {
    fn new(
        report: &Report<'_>,
        finding: &Diagnostic,
        indexes: &mut BTreeMap<FileId, LineIndex>,
        width: usize,
    ) -> Self {
        let mut spans: BTreeMap<FileId, Vec<Span>> = BTreeMap::new();
        let related = finding.related.iter().map(|related| related.span);
        for span in std::iter::once(finding.primary).chain(related) {
            spans.entry(span.file).or_default().push(span);
        }
        let mut views = BTreeMap::new();
        for (id, spans) in spans {
            let Some(file) = report.file(id) else {
                continue;
            };
            let lines = indexes
                .entry(id)
                .or_insert_with(|| LineIndex::new(&file.text));
            let path = visible(&file.path).into_owned();
            let last = spans.iter().map(|span| lines.line(span.end)).max();
            // The number of the line, the bar, and a blank on each side.
            let margin = last.map_or(1, |last| last.to_string().len()) + 4;
            let room = width.saturating_sub(margin).max(20);
            let message = columns(&visible(&finding.label));
            views.insert(id, View::new(file, lines, path, &spans, room, message));
        }
        Sources { views }
    }

    /// A finding in the words of codespan-reporting.
    fn finding(
        &self,
        report: &Report<'_>,
        finding: &Diagnostic,
        width: usize,
    ) -> shown::Diagnostic<FileId> {
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
        let help = finding.help.iter();
        let mut notes: Vec<String> = help
            .map(|help| format!("help: {}", visible(help)))
            .collect();
        notes.extend(finding.fix.iter().map(|fix| fix_note(report, fix, width)));
        shown::Diagnostic::new(severity)
            .with_code(format!("{} {}", finding.code.id, finding.code.name))
            .with_message(visible(&finding.message))
            .with_labels(labels)
            .with_notes(notes)
    }

    fn range(&self, span: Span) -> Range<usize> {
        let view = self.views.get(&span.file);
        view.map_or(0..0, |view| view.range(span))
    }

    fn view(&self, id: FileId) -> Result<&View, Error> {
        self.views.get(&id).ok_or(Error::FileMissing)
    }
}

/// What a fix does, and the lines it changes.
fn fix_note(report: &Report<'_>, fix: &Fix, width: usize) -> String {
    let option = match fix.safety {
        Safety::Safe => "--fix",
        Safety::Unsafe => "--fix --unsafe",
    };
    let mut note = format!("fix: {} (`{option}`)", visible(&fix.title));
    let file = fix
        .edits
        .first()
        .and_then(|edit| report.file(edit.span.file));
    if let Some(file) = file {
        for line in diff::of_fix(&file.text, fix, width.saturating_sub(8)) {
            note.push_str("\n  ");
            note.push_str(&line);
        }
    }
    note
}

impl<'a> Files<'a> for Sources {
    type FileId = FileId;
    type Name = &'a str;
    type Source = &'a str;

    fn name(&'a self, id: FileId) -> Result<&'a str, Error> {
        Ok(&self.view(id)?.path)
    }

    fn source(&'a self, id: FileId) -> Result<&'a str, Error> {
        Ok(&self.view(id)?.text)
    }

    fn line_index(&'a self, id: FileId, byte: usize) -> Result<usize, Error> {
        Ok(self.view(id)?.line_index(byte))
    }

    fn line_number(&'a self, id: FileId, index: usize) -> Result<usize, Error> {
        Ok(self.view(id)?.line_number(index))
    }

    fn line_range(&'a self, id: FileId, index: usize) -> Result<Range<usize>, Error> {
        let view = self.view(id)?;
        view.line_range(index).ok_or(Error::LineTooLarge {
            given: index,
            max: view.text.lines().count(),
        })
    }

    /// The place in the file, whatever of the line is shown.
    fn location(&'a self, id: FileId, byte: usize) -> Result<Location, Error> {
        let view = self.view(id)?;
        let place = view.place(byte);
        let index = view.line_index(byte);
        Ok(Location {
            line_number: place.map_or(view.line_number(index), |place| place.line as usize),
            column_number: place.map_or(1, |place| place.column as usize),
        })
    }
}
