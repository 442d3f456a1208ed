//! Steps: begun by labels, numbered, and given their conditions, expectations, probes and blocks.

use std::collections::BTreeMap;

use super::label::{LabelText, Separator};
use super::markdown::Inline;
use super::segment::Segment;
use super::{Builder, Waiting};
use crate::runbook::{
    Block, BlockId, Expectation, InlineCommand, Label, LabelForm, Paragraph, ParagraphKind, Step,
    StepId, StepKind, Text, Timing,
};
use crate::shell::{self, Dialect};
use crate::source::{Excerpt, Range, Span};

impl Builder<'_> {
    /// Begins the step that a label in a paragraph announces.
    pub(super) fn label(
        &mut self,
        inline: &Inline,
        segment: &Segment,
        label: &LabelText,
        form: LabelForm,
        fence: bool,
    ) {
        let text = inline.text.text();
        let rest = Range::new(label.rest, segment.range.end);
        self.markers(&inline.text, &inline.code, segment.range, false);
        let step = self.begin(&inline.text, label, form);
        if label.kind == StepKind::Gate {
            let condition = match label.separator {
                Separator::Colon => self.words(&inline.text, rest),
                Separator::Dash | Separator::On | Separator::None => self
                    .words(&inline.text, rest)
                    .or_else(|| label.title.map(|title| self.text(&inline.text, title))),
            };
            let inline_code = self.commands(inline, rest, false);
            let mut probes = std::mem::take(&mut self.probes);
            let block = if fence { None } else { self.probe_block.take() };
            self.probe_block = None;
            if let Some(gate) = self.runbook.steps.get_mut(step.0) {
                if let Some(condition) = &condition {
                    gate.span = gate.span.to(condition.span);
                }
                gate.condition = condition;
                probes.extend(inline_code);
                gate.inline = probes;
            }
            let expects = self.probe_expects.take();
            if let Some(block) = block {
                self.attach(step, block);
                self.take_expectation(step, expects);
            }
        } else {
            let refers_to = label.title.map_or(rest, |title| title.to(rest));
            let refers_to = self.first_step_number(&inline.text, &inline.code, refers_to);
            if let Some(started) = self.runbook.steps.get_mut(step.0) {
                started.refers_to = refers_to;
            }
            if let Some(sentences) = self.words(&inline.text, rest)
                && rest.start < rest.end
                && !rest.of(text).trim().is_empty()
            {
                self.runbook.paragraphs.push(Paragraph {
                    kind: ParagraphKind::Plain,
                    text: sentences,
                    section: self.section(),
                });
            }
        }
        let immediate = label.kind == StepKind::Gate
            || self
                .runbook
                .steps
                .get(step.0)
                .is_some_and(|step| step.refers_to.is_some());
        self.waiting = Some(Waiting {
            step,
            immediate,
            depth: self.containers.len(),
        });
    }

    /// A new step, numbered, in the current section.
    pub(super) fn begin(
        &mut self,
        excerpt: &Excerpt,
        label: &LabelText,
        form: LabelForm,
    ) -> StepId {
        let part = |range: Option<Range>| range.map(|range| self.text(excerpt, range));
        let whole = Label {
            span: self.span(excerpt, label.whole),
            word: self.span(excerpt, label.word),
            form,
            read_only: label.read_only,
            location: part(label.location),
            title: part(label.title),
            remark: part(label.remark),
        };
        self.start(label.kind, whole)
    }

    pub(super) fn start(&mut self, kind: StepKind, label: Label) -> StepId {
        let id = StepId(self.runbook.steps.len());
        let number = self.number();
        self.runbook.steps.push(Step {
            kind,
            number,
            section: self.section(),
            span: label.span,
            label,
            block: None,
            condition: None,
            expectation: None,
            inline: Vec::new(),
            refers_to: None,
            timing: Timing::default(),
            attributes: BTreeMap::new(),
        });
        self.current = Some(id);
        self.waiting = None;
        id
    }

    /// The number of the place: of its section and list items. Empty outside numbered sections and
    /// lists.
    pub(super) fn place_number(&self) -> String {
        let mut number = self
            .sections
            .iter()
            .rev()
            .filter_map(|id| self.runbook.sections.get(id.0))
            .find_map(|section| section.number.clone())
            .unwrap_or_default();
        for item in self.list_numbers.iter().take(3) {
            if !number.is_empty() {
                number.push('.');
            }
            number.push_str(&item.to_string());
        }
        number
    }

    /// The number of the next step: that of its place, with a letter from the second step on.
    pub(super) fn number(&mut self) -> String {
        let base = self.place_number();
        let count = self.numbers.entry(base.clone()).or_insert(0);
        loop {
            *count += 1;
            let number = match (base.as_str(), *count) {
                ("", count) => count.to_string(),
                (base, 1) => base.to_owned(),
                (base, count) => format!("{base}.{}", letters(count)),
            };
            if self.used.insert(number.clone()) {
                return number;
            }
        }
    }

    /// Gives an Expect to the step it follows. False when there is none.
    pub(super) fn expect(&mut self, inline: &Inline, segment: &Segment) -> bool {
        let Some(id) = self.current else { return false };
        self.markers(&inline.text, &inline.code, segment.range, false);
        let text = self.text(&inline.text, Range::new(segment.body, segment.range.end));
        let lead = self.span(&inline.text, segment.range);
        let Some(step) = self.runbook.steps.get_mut(id.0) else {
            return false;
        };
        step.span = step.span.to(lead);
        match &mut step.expectation {
            Some(expectation) => {
                join(&mut expectation.text, &text);
            }
            None => step.expectation = Some(Expectation { text }),
        }
        true
    }

    pub(super) fn probe(&mut self, inline: &Inline, segment: &Segment, fence: bool) {
        let body = Range::new(segment.body, segment.range.end);
        let commands = self.commands(inline, body, true);
        self.probes.extend(commands);
        self.probe_opens = fence;
    }

    /// Gives a gate the expectation of the probe it took over, which was read as prose.
    pub(super) fn take_expectation(&mut self, gate: StepId, paragraph: Option<usize>) {
        let Some(index) = paragraph.filter(|index| *index < self.runbook.paragraphs.len()) else {
            return;
        };
        let text = self.runbook.paragraphs.remove(index).text;
        let Some(bare) = text.text.strip_prefix("Expect:") else {
            return;
        };
        if let Some(gate) = self.runbook.steps.get_mut(gate.0) {
            gate.expectation = Some(Expectation {
                text: Text {
                    text: bare.trim().to_owned(),
                    span: text.span,
                },
            });
        }
    }

    /// What stands in code marks in `range` and reads like a command with arguments.
    pub(super) fn commands(
        &self,
        inline: &Inline,
        range: Range,
        probe: bool,
    ) -> Vec<InlineCommand> {
        let text = inline.text.text();
        let first = inline.code.partition_point(|code| code.start < range.start);
        inline
            .code
            .iter()
            .skip(first)
            .take_while(|code| code.end <= range.end)
            .filter(|code| is_command(code.of(text)))
            .map(|code| {
                let content = inline.text.cut(*code);
                let script = shell::parse_command(content.text());
                InlineCommand {
                    content,
                    script,
                    probe,
                }
            })
            .collect()
    }

    /// Whether a paragraph behind a gate's fence is part of the gate: it follows without a blank
    /// line, or says how long to wait and when to stop.
    pub(super) fn belongs_to_gate(&self, gate: StepId, span: Span, text: &str) -> bool {
        let end = self
            .runbook
            .steps
            .get(gate.0)
            .and_then(|step| step.block)
            .and_then(|block| self.runbook.blocks.get(block.0))
            .map_or(span.start, |block| block.span.end);
        let between = self.file.slice(Span::new(span.file, end, span.start));
        let adjacent = between.bytes().filter(|byte| *byte == b'\n').count() < 2;
        adjacent
            || [
                "Poll ", "Budget", "Beyond ", "Wait ", "Retry ", "Repeat ", "STOP",
            ]
            .iter()
            .any(|word| text.starts_with(word))
    }

    pub(super) fn extend_condition(&mut self, gate: StepId, inline: &Inline, range: Range) {
        self.markers(&inline.text, &inline.code, range, false);
        let Some(text) = self.words(&inline.text, range) else {
            return;
        };
        let commands = self.commands(inline, range, false);
        let Some(step) = self.runbook.steps.get_mut(gate.0) else {
            return;
        };
        step.span = step.span.to(text.span);
        step.inline.extend(commands);
        match &mut step.condition {
            Some(condition) => join(condition, &text),
            None => step.condition = Some(text),
        }
    }

    /// Makes a gate of a paragraph that `<!-- rbc: gate -->` stands before.
    pub(super) fn directive_gate(
        &mut self,
        inline: &Inline,
        range: Range,
        directives: &[usize],
    ) -> bool {
        let found = directives.iter().find_map(|index| {
            let directive = self.runbook.directives.get(*index)?;
            let word = directive.words.iter().find(|word| word.text == "gate")?;
            Some(word.span)
        });
        let Some(word) = found else { return false };
        let condition = self.words(&inline.text, range);
        let step = self.start(
            StepKind::Gate,
            plain_label(word, word, LabelForm::Directive),
        );
        let commands = self.commands(inline, range, false);
        if let Some(gate) = self.runbook.steps.get_mut(step.0) {
            if let Some(condition) = &condition {
                gate.span = gate.span.to(condition.span);
            }
            gate.condition = condition;
            gate.inline = commands;
        }
        self.waiting = Some(Waiting {
            step,
            immediate: true,
            depth: self.containers.len(),
        });
        true
    }

    pub(super) fn attach(&mut self, step: StepId, block: BlockId) {
        if let Some(block) = self.runbook.blocks.get_mut(block.0)
            && let Some(owner) = self.runbook.steps.get_mut(step.0)
        {
            owner.span = owner.span.to(block.span);
            block.step = Some(step);
            believe_label(block);
        }
        if let Some(owner) = self.runbook.steps.get_mut(step.0) {
            owner.block = Some(block);
        }
    }
}

/// A fence that names no language has to look like shell, unless a label says that it is run.
fn believe_label(block: &mut Block) {
    let doubted = block
        .script
        .as_ref()
        .is_some_and(|script| match script.dialect {
            Dialect::Other { .. } => true,
            Dialect::Shell | Dialect::Sql { .. } => false,
        });
    if doubted && block.language.is_none() {
        block.script = Some(shell::parse(block.content.text(), Some("sh")));
    }
}

pub(super) fn plain_label(span: Span, word: Span, form: LabelForm) -> Label {
    Label {
        span,
        word,
        form,
        read_only: false,
        location: None,
        title: None,
        remark: None,
    }
}

fn join(text: &mut Text, more: &Text) {
    text.text.push(' ');
    text.text.push_str(&more.text);
    text.span = text.span.to(more.span);
}

/// `b` for 2, `z` for 26, `aa` for 27.
fn letters(mut count: u32) -> String {
    let mut letters = Vec::new();
    while count > 0 {
        let digit = u8::try_from((count - 1) % 26).unwrap_or(0);
        letters.push(char::from(b'a' + digit));
        count = (count - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// Whether code in a sentence is a command with arguments rather than a name, a state or output.
fn is_command(code: &str) -> bool {
    let mut words = code.split(' ');
    let first = words.next().unwrap_or("");
    let name = first.starts_with(|letter: char| letter.is_ascii_lowercase() || letter == '.')
        && first
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_./-".contains(&byte));
    name && words.next().is_some()
}
