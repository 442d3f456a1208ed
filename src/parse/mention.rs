//! What prose and tables mention: tables as data, links, step numbers, ids, paths, markers, and
//! declared placeholders.

use super::markdown::Inline;
use super::reference::{self, Candidate, Target};
use super::{Builder, Declaring, declaration, length};
use crate::runbook::{Cell, Declaration, Reference, ReferenceTarget, Table, TableKind, Text};
use crate::source::{Excerpt, Range, Span};

impl Builder<'_> {
    pub(super) fn table(&mut self, span: Span, header: Vec<Inline>, rows: Vec<Vec<Inline>>) {
        self.cover(span);
        self.take_pending();
        let header: Vec<Cell> = header.iter().map(|cell| self.cell(cell)).collect();
        let rows: Vec<Vec<Cell>> = rows
            .iter()
            .map(|row| row.iter().map(|cell| self.cell(cell)).collect())
            .collect();
        if self.declaring != Declaring::Nothing {
            self.declare_rows(&rows);
        }
        self.runbook.tables.push(Table {
            kind: table_kind(&header),
            span,
            section: self.section(),
            header,
            rows,
        });
    }

    pub(super) fn cell(&mut self, inline: &Inline) -> Cell {
        self.links(inline);
        self.references(&inline.text, &inline.code);
        let whole = Range::new(0, length(inline.text.text()));
        self.markers(&inline.text, &inline.code, whole, false);
        Cell {
            text: self.text(&inline.text, whole),
            code: inline
                .code
                .iter()
                .map(|code| inline.text.cut(*code))
                .collect(),
        }
    }

    /// Reads the placeholders that a paragraph declares. `opens` says that it is the one with
    /// `Placeholders:`; a list declares only when that one named none itself.
    pub(super) fn declare(&mut self, inline: &Inline, opens: bool) {
        let in_list = !self.containers.is_empty();
        match self.declaring {
            Declaring::Nothing => return,
            Declaring::List if !opens && !in_list => {
                self.declaring = Declaring::Nothing;
                return;
            }
            Declaring::List | Declaring::Section => {}
        }
        let text = inline.text.text();
        let whole = Range::new(0, length(text));
        for found in declaration::in_prose(inline, whole) {
            let name = declaration::name(found.name.of(text))
                .unwrap_or("")
                .to_owned();
            let span = self.span(&inline.text, found.name);
            self.runbook.declarations.push(Declaration {
                name,
                meaning: found.meaning.of(text).to_owned(),
                span,
            });
            if opens && !in_list {
                self.declaring = Declaring::Nothing;
            }
        }
    }

    pub(super) fn declare_rows(&mut self, rows: &[Vec<Cell>]) {
        for row in rows {
            let (Some(first), meaning) = (row.first(), row.get(1)) else {
                continue;
            };
            let Some(name) = first
                .code
                .first()
                .and_then(|code| declaration::name(code.text()))
            else {
                continue;
            };
            self.runbook.declarations.push(Declaration {
                name: name.to_owned(),
                meaning: meaning
                    .map(|cell| cell.text.text.clone())
                    .unwrap_or_default(),
                span: first.text.span,
            });
        }
    }

    pub(super) fn links(&mut self, inline: &Inline) {
        for (span, destination) in &inline.links {
            self.runbook.references.push(Reference {
                span: *span,
                target: ReferenceTarget::Link(destination.clone()),
            });
        }
    }

    pub(super) fn references(&mut self, excerpt: &Excerpt, code: &[Range]) {
        let text = excerpt.text();
        for range in code {
            if reference::is_path(range.of(text)) {
                self.runbook.references.push(Reference {
                    span: self.span(excerpt, *range),
                    target: ReferenceTarget::Path(range.of(text).to_owned()),
                });
            }
        }
        let mut found = Vec::new();
        reference::scan(text, Range::new(0, length(text)), code, &mut found);
        for Candidate { range, target } in found {
            let span = self.span(excerpt, range);
            match target {
                Target::Id(id) => self.runbook.references.push(Reference {
                    span,
                    target: ReferenceTarget::Id(id),
                }),
                Target::Step { number, sure: true } => self.runbook.references.push(Reference {
                    span,
                    target: ReferenceTarget::Step(number),
                }),
                Target::Step {
                    number,
                    sure: false,
                } => self.candidates.push((span, number)),
            }
        }
    }

    pub(super) fn first_step_number(
        &self,
        excerpt: &Excerpt,
        code: &[Range],
        range: Range,
    ) -> Option<Text> {
        let mut found = Vec::new();
        reference::scan(excerpt.text(), range, code, &mut found);
        found
            .iter()
            .find(|candidate| matches!(candidate.target, Target::Step { .. }))
            .map(|candidate| self.text(excerpt, candidate.range))
    }

    /// `[REVALIDATE]` and its like; in headings the tag `DISCRETE` too.
    pub(super) fn markers(
        &mut self,
        excerpt: &Excerpt,
        code: &[Range],
        range: Range,
        heading: bool,
    ) {
        let text = excerpt.text();
        let inside = range.of(text);
        let mut found: Vec<Range> = Vec::new();
        for (at, _) in inside.match_indices('[') {
            let rest = inside.get(at + 1..).unwrap_or("");
            let Some(end) = rest.bytes().take(100).position(|byte| byte == b']') else {
                continue;
            };
            let words = rest.get(..end).unwrap_or("");
            let mut words = words.split(' ');
            let first = words.next().unwrap_or("");
            let capitals = first.bytes().take_while(u8::is_ascii_uppercase).count();
            let whole = capitals == first.len() || first.as_bytes().get(capitals) == Some(&b'-');
            let shouted = words
                .next()
                .is_none_or(|second| !second.bytes().any(|byte| byte.is_ascii_lowercase()));
            let boundary = whole && shouted;
            if capitals >= 3 && boundary {
                let start = range.start + u32::try_from(at).unwrap_or(0);
                found.push(Range::new(
                    start,
                    start + u32::try_from(end).unwrap_or(0) + 2,
                ));
            }
        }
        if heading && let Some(at) = inside.find("DISCRETE") {
            let start = range.start + u32::try_from(at).unwrap_or(0);
            found.push(Range::new(start, start + 8));
        }
        for marker in found {
            let index = code.partition_point(|code| code.end <= marker.start);
            let in_code = code
                .get(index)
                .is_some_and(|code| code.start <= marker.start);
            if !in_code {
                let text = self.text(excerpt, marker);
                self.runbook.markers.push(text);
            }
        }
    }
}

/// What a table is for, from its header row.
fn table_kind(header: &[Cell]) -> TableKind {
    let says = |word: &str| {
        header
            .iter()
            .any(|cell| cell.text.text.to_ascii_lowercase().contains(word))
    };
    let first = |word: &str| {
        header
            .first()
            .is_some_and(|cell| cell.text.text.eq_ignore_ascii_case(word))
    };
    if says("revert") {
        TableKind::Revert
    } else if first("symptom") {
        TableKind::Symptoms
    } else if first("observation") && says("meaning") {
        TableKind::Expectations
    } else {
        TableKind::Other
    }
}
