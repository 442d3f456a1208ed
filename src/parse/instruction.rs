//! Directives where they stand: in HTML comments, info strings and blocks; what each covers, and the
//! attributes it gives to a step.

use super::markdown::Inline;
use super::{Builder, directive, findings, length, timing};
use crate::runbook::{BlockId, Directive, DirectivePlace, StepId, Text};
use crate::shell::{Node, Script, Statement};
use crate::source::{Excerpt, Range, Span};

impl Builder<'_> {
    pub(super) fn comments(&mut self, inline: &Inline) {
        for comment in &inline.comments {
            self.comment(comment, 0);
        }
    }

    pub(super) fn html(&mut self, html: &Excerpt) {
        let text = html.text();
        let mut at = 0;
        while let Some(found) = text.get(at as usize..).and_then(|rest| rest.find("<!--")) {
            let start = at + u32::try_from(found).unwrap_or(0);
            at = self.comment(html, start).unwrap_or_else(|| {
                let rest = text.get(start as usize + 4..).unwrap_or("");
                let end = rest.find("-->").map_or(rest.len(), |end| end + 3);
                start + 4 + u32::try_from(end).unwrap_or(0)
            });
        }
        for line in findings::fences_in_html(text) {
            let span = self.span(html, line);
            self.diagnostics.push(findings::lost_in_html(span));
        }
    }

    /// Reads the directive in an HTML comment that starts at `at`, and answers where it ends.
    pub(super) fn comment(&mut self, excerpt: &Excerpt, at: u32) -> Option<u32> {
        let text = excerpt.text();
        let (range, end) = directive::html_comment(text, at)?;
        let list = directive::read(text, range);
        let first = !self.headed && self.runbook.blocks.is_empty();
        let file = first && list.kind(text).is_none();
        let place = if file {
            DirectivePlace::File
        } else {
            DirectivePlace::Document
        };
        let covers = file.then(|| self.file.span());
        if !file {
            self.pending.push(self.runbook.directives.len());
        }
        self.push_directive(excerpt, Range::new(at, end), &list, place, covers);
        Some(end)
    }

    /// Reads the `# rbc:` comments of a block.
    pub(super) fn inside(&mut self, id: BlockId) {
        let Some(block) = self.runbook.blocks.get(id.0) else {
            return;
        };
        if !block.content.text().contains("rbc:") {
            return;
        }
        let content = block.content.clone();
        let script = block.script.clone();
        let text = content.text();
        let starts = script.as_ref().map(statements).unwrap_or_default();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let start = at;
            at += length(line);
            let bare = line.trim_end();
            let Some(range) = directive::hash_comment(bare) else {
                continue;
            };
            let hash = start + length(bare) - length(bare.trim_start());
            let real = script.as_ref().is_none_or(|script| {
                script
                    .comments
                    .binary_search_by_key(&hash, |comment| comment.start)
                    .is_ok()
            });
            if !real {
                continue;
            }
            let range = Range::new(range.start + start, range.end + start);
            let next = starts.partition_point(|statement| statement.start < at);
            let covers = starts
                .get(next)
                .map(|statement| self.span(&content, *statement));
            let list = directive::read(text, range);
            let place = Range::new(hash, start + length(bare));
            self.push_directive(&content, place, &list, DirectivePlace::Inside(id), covers);
        }
    }

    pub(super) fn push_directive(
        &mut self,
        excerpt: &Excerpt,
        at: Range,
        list: &directive::DirectiveText,
        place: DirectivePlace,
        covers: Option<Span>,
    ) {
        let piece = |range: Range| Text {
            text: range.of(excerpt.text()).to_owned(),
            span: self.span(excerpt, range),
        };
        let directive = Directive {
            span: self.span(excerpt, at),
            words: list.words.iter().map(|word| piece(*word)).collect(),
            pairs: list
                .pairs
                .iter()
                .map(|(key, value)| (piece(*key), piece(*value)))
                .collect(),
            covers,
            place,
        };
        self.runbook.directives.push(directive);
    }

    /// Tells the waiting directives what they are about.
    pub(super) fn cover(&mut self, span: Span) {
        for index in &self.pending {
            if let Some(directive) = self.runbook.directives.get_mut(*index) {
                directive.covers.get_or_insert(span);
            }
        }
    }

    pub(super) fn take_pending(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.pending)
    }

    /// Gives the attributes of a directive to the step it stands before.
    pub(super) fn apply(&mut self, directive: usize, step: StepId) {
        let Some(directive) = self.runbook.directives.get(directive) else {
            return;
        };
        let Some(step) = self.runbook.steps.get_mut(step.0) else {
            return;
        };
        if directive.words.iter().any(|word| word.text == "allow") {
            return;
        }
        for (key, value) in &directive.pairs {
            let seconds = timing::duration(&value.text);
            match key.text.as_str() {
                "wait" => step.timing.wait = seconds,
                "every" => step.timing.every = seconds,
                "timeout" => step.timing.timeout = seconds,
                "budget" => step.timing.budget = seconds,
                "on" if step.label.location.is_none() => step.label.location = Some(value.clone()),
                "title" if step.label.title.is_none() => step.label.title = Some(value.clone()),
                _ => {}
            }
            step.attributes
                .entry(key.text.clone())
                .or_insert_with(|| value.clone());
        }
    }
}

/// Where the statements of a script stand, nested ones included, in order; of two that start at one
/// place the outer one comes first.
fn statements(script: &Script) -> Vec<Range> {
    let mut found = Vec::new();
    let mut open: Vec<&Statement> = script.statements.iter().collect();
    while let Some(statement) = open.pop() {
        found.push(statement.range);
        match &statement.node {
            Node::Command(_) | Node::Test(_) => {}
            Node::Pipeline(inner) | Node::Group(inner) | Node::Subshell(inner) => {
                open.extend(inner)
            }
            Node::List { first, rest } => {
                open.push(first);
                open.extend(rest.iter().map(|(_, statement)| statement));
            }
            Node::If {
                branches,
                otherwise,
            } => {
                for (condition, body) in branches {
                    open.extend(condition);
                    open.extend(body);
                }
                open.extend(otherwise);
            }
            Node::For { body, .. } => open.extend(body),
            Node::While {
                condition, body, ..
            } => {
                open.extend(condition);
                open.extend(body);
            }
            Node::Case { arms, .. } => open.extend(arms.iter().flat_map(|(_, body)| body)),
            Node::Function { body, .. } | Node::Coprocess(body) => open.push(body),
            Node::Time(body) => open.extend(body.as_deref()),
        }
    }
    found.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    found
}
