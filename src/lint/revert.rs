//! What a runbook says about ways back: the commands in revert tables and sections about reverting.

use crate::effect::Analysis;
use crate::lint::Context;
use crate::lint::context::Use;
use crate::runbook::{SectionId, TableKind};
use crate::source::{Excerpt, Span};

/// A command in a cell of a revert table.
pub(crate) struct RevertCommand<'a> {
    content: &'a Excerpt,
    analysis: Analysis,
}

impl RevertCommand<'_> {
    /// What it does, with places.
    pub(crate) fn uses(&self) -> Vec<Use<'_>> {
        self.analysis
            .effects
            .iter()
            .map(|effect| Use::new(effect, self.content.span(effect.range), None))
            .collect()
    }
}

/// The commands in the cells of revert tables, in order.
pub(crate) fn commands<'a>(cx: &Context<'a>) -> Vec<RevertCommand<'a>> {
    cx.runbook
        .tables
        .iter()
        .filter(|table| table.kind == TableKind::Revert)
        .flat_map(|table| table.rows.iter().flatten())
        .flat_map(|cell| &cell.code)
        .map(|content| RevertCommand {
            content,
            analysis: cx.analyser.text(content.text()),
        })
        .collect()
}

/// Whether a section, or one around it, is about going back.
pub(crate) fn is_revert(cx: &Context<'_>, section: SectionId) -> bool {
    let mut current = Some(section);
    while let Some(id) = current {
        let section = cx.runbook.section(id);
        if speaks_of_revert(&section.title.text) {
            return true;
        }
        current = section.parent;
    }
    false
}

/// Whether a text speaks of going back.
pub(crate) fn speaks_of_revert(text: &str) -> bool {
    const WORDS: [&str; 8] = [
        "revert",
        "rollback",
        "roll back",
        "back out",
        "backout",
        "downgrade",
        "way back",
        "undo",
    ];
    let lower = text.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

/// Whether the sentence around a place, in a paragraph, says how to go back.
pub(crate) fn in_sentence(cx: &Context<'_>, place: Span) -> bool {
    let before = cx.file.text.get(..place.start as usize).unwrap_or("");
    let paragraph = before.rsplit("\n\n").next().unwrap_or("");
    let sentence = [". ", ".\n", ".\r\n"]
        .iter()
        .filter_map(|end| paragraph.rfind(end).map(|at| at + end.len()))
        .max()
        .and_then(|at| paragraph.get(at..))
        .unwrap_or(paragraph);
    speaks_of_revert(sentence)
}
