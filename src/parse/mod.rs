//! Markdown to [`Runbook`]: reads the items of the document in order and puts labels, blocks,
//! expectations and conditions together. Never fails; what is broken is reported and left out.

mod block;
mod declaration;
mod directive;
mod findings;
mod heading;
mod instruction;
mod label;
mod markdown;
mod mention;
mod paragraph;
mod reference;
mod segment;
mod step;
mod timing;

use std::collections::{BTreeMap, BTreeSet};

pub use self::findings::{CODES, LOST_FENCE, UNCLOSED_FENCE, UNKNOWN_LABEL};
use self::label::Near;
use self::markdown::{Item, ItemKind};
use crate::diagnostic::Diagnostic;
use crate::runbook::{
    BlockId, Declaration, Header, InlineCommand, NumberedItem, Reference, ReferenceTarget, Runbook,
    SectionId, StepId, StepKind, Text,
};
use crate::source::{Excerpt, Range, SourceFile, Span};

/// Reads `file`. The findings are those that only the parser can raise (RBC505 to RBC507), in order
/// of place.
pub fn parse(file: &SourceFile) -> (Runbook, Vec<Diagnostic>) {
    let mut builder = Builder::new(file);
    let start = builder.front_matter();
    let mut items = markdown::items(file, start).peekable();
    while let Some(item) = items.next() {
        let next = items.peek();
        let fence = next.is_some_and(|next| matches!(next.kind, ItemKind::Fence(_)));
        builder.item(item, fence);
    }
    builder.finish()
}

/// What is known while the document is read.
struct Builder<'a> {
    file: &'a SourceFile,
    runbook: Runbook,
    diagnostics: Vec<Diagnostic>,
    /// The sections around the current place, outermost first.
    sections: Vec<SectionId>,
    anchors: BTreeMap<String, u32>,
    /// The lists and quotes around the current place.
    containers: Vec<Container>,
    /// The numbers of the numbered lists around the current place, outermost first.
    list_numbers: Vec<u64>,
    /// The step that Expect and the prose behind a fence belong to.
    current: Option<StepId>,
    /// The step whose label stands before the next fence.
    waiting: Option<Waiting>,
    /// Code and fences of probes that the next gate takes.
    probes: Vec<InlineCommand>,
    probe_block: Option<BlockId>,
    /// The paragraph with what a probe's fence should show, as an index.
    probe_expects: Option<usize>,
    /// The next fence belongs to a probe.
    probe_opens: bool,
    /// Whether the last item was the fence of a gate.
    behind_gate: Option<StepId>,
    /// Directives that wait for what they are about, as indices.
    pending: Vec<usize>,
    /// Steps that began in the paragraph a directive covers.
    covered: Vec<(usize, StepId)>,
    /// How many steps have each number.
    numbers: BTreeMap<String, u32>,
    used: BTreeSet<String>,
    candidates: Vec<(Span, String)>,
    near: Vec<(Span, String, Near)>,
    /// Which list items and paragraphs declare placeholders.
    declaring: Declaring,
    /// Whether a heading was read.
    headed: bool,
    /// Whether an admonition's or tab's lead line was the last paragraph.
    admonition: bool,
}

/// What declares placeholders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Declaring {
    Nothing,
    /// The rest of the paragraph that says `Placeholders:`, or the list behind it.
    List,
    /// Everything below a heading that says so.
    Section,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    Bullets,
    Numbered,
    Quote,
}

/// A step whose fence has not come yet.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    step: StepId,
    /// Whether only the very next item can be its fence.
    immediate: bool,
    /// How many lists and quotes were around its label.
    depth: usize,
}
impl<'a> Builder<'a> {
    fn new(file: &'a SourceFile) -> Self {
        Builder {
            file,
            runbook: Runbook {
                file: file.id,
                labelled: false,
                title: None,
                header: Header::default(),
                sections: Vec::new(),
                items: Vec::new(),
                blocks: Vec::new(),
                steps: Vec::new(),
                paragraphs: Vec::new(),
                tables: Vec::new(),
                references: Vec::new(),
                declarations: Vec::new(),
                markers: Vec::new(),
                directives: Vec::new(),
            },
            diagnostics: Vec::new(),
            sections: Vec::new(),
            anchors: BTreeMap::new(),
            containers: Vec::new(),
            list_numbers: Vec::new(),
            current: None,
            waiting: None,
            probes: Vec::new(),
            probe_block: None,
            probe_expects: None,
            probe_opens: false,
            behind_gate: None,
            pending: Vec::new(),
            covered: Vec::new(),
            numbers: BTreeMap::new(),
            used: BTreeSet::new(),
            candidates: Vec::new(),
            near: Vec::new(),
            declaring: Declaring::Nothing,
            headed: false,
            admonition: false,
        }
    }

    /// Reads what stands before the markdown and answers where that begins.
    fn front_matter(&mut self) -> u32 {
        let bom = if self.file.text.starts_with('\u{feff}') {
            3
        } else {
            0
        };
        let text = self.file.text.get(bom as usize..).unwrap_or("");
        let end = declaration::front_matter_end(text);
        let text = text.get(..end as usize).unwrap_or("");
        for found in declaration::in_front_matter(text) {
            self.runbook.declarations.push(Declaration {
                name: found.name.of(text).to_owned(),
                meaning: found.meaning.of(text).to_owned(),
                span: Span::new(self.file.id, bom + found.name.start, bom + found.name.end),
            });
        }
        bom + end
    }

    fn item(&mut self, item: Item, fence_next: bool) {
        let admonition = std::mem::take(&mut self.admonition);
        let behind_gate = self.behind_gate.take();
        match item.kind {
            ItemKind::Heading(level, inline) => self.heading(item.span, level, &inline),
            ItemKind::Paragraph(inline) => {
                self.paragraph(item.span, &inline, fence_next, behind_gate)
            }
            ItemKind::Fence(fence) => self.fence(item.span, fence),
            ItemKind::Indented(text) => self.indented(item.span, &text, admonition),
            ItemKind::Html(text) => self.html(&text),
            ItemKind::Table(header, rows) => self.table(item.span, header, rows),
            ItemKind::Rule => {
                self.end_of_step();
                self.declaring = Declaring::Nothing;
            }
            ItemKind::ListStart(first) => {
                self.containers.push(match first {
                    Some(_) => Container::Numbered,
                    None => Container::Bullets,
                });
                if let Some(first) = first {
                    self.list_numbers.push(first.saturating_sub(1));
                }
            }
            ItemKind::ListItem => {
                if self.containers.last() == Some(&Container::Numbered)
                    && let Some(number) = self.list_numbers.last_mut()
                {
                    *number = number.saturating_add(1);
                }
                let depth = self.containers.len();
                self.waiting = self.waiting.filter(|waiting| waiting.depth < depth);
                self.numbered_item(item.span);
            }
            ItemKind::QuoteStart => self.containers.push(Container::Quote),
            ItemKind::ListEnd | ItemKind::QuoteEnd => {
                match self.containers.pop() {
                    Some(Container::Numbered) => {
                        self.list_numbers.pop();
                    }
                    Some(Container::Bullets | Container::Quote) | None => {}
                }
                let depth = self.containers.len();
                if depth == 0 && self.declaring == Declaring::List {
                    self.declaring = Declaring::Nothing;
                }
                self.waiting = self.waiting.filter(|waiting| waiting.depth <= depth);
            }
        }
    }

    /// Notes an item of a numbered list that can be referred to by its number.
    fn numbered_item(&mut self, span: Span) {
        let numbered = self.containers.last() == Some(&Container::Numbered);
        let below = self.sections.iter().any(|id| {
            let section = self.runbook.sections.get(id.0);
            section.is_some_and(|section| section.number.is_some())
        });
        if numbered && below && self.list_numbers.len() <= 3 {
            self.runbook.items.push(NumberedItem {
                number: self.place_number(),
                span,
                section: self.section(),
            });
        }
    }

    /// Forgets the step before: nothing that follows belongs to it.
    fn end_of_step(&mut self) {
        self.current = None;
        self.waiting = None;
        self.probes.clear();
        self.probe_block = None;
        self.probe_expects = None;
        self.probe_opens = false;
    }

    fn section(&self) -> Option<SectionId> {
        self.sections.last().copied()
    }

    /// The span in the file of a range of an excerpt, on character boundaries.
    fn span(&self, excerpt: &Excerpt, range: Range) -> Span {
        let span = excerpt.span(range);
        let text = &self.file.text;
        let floor = |offset: u32| {
            (0..=offset)
                .rev()
                .find(|at| text.is_char_boundary(*at as usize))
                .unwrap_or(0)
        };
        let limit = self.file.span().end;
        let ceiling = |offset: u32| {
            (offset..=limit)
                .find(|at| text.is_char_boundary(*at as usize))
                .unwrap_or(limit)
        };
        Span::new(span.file, floor(span.start.min(limit)), ceiling(span.end))
    }

    fn text(&self, excerpt: &Excerpt, range: Range) -> Text {
        let range = label::trimmed(excerpt.text(), range);
        Text {
            text: range.of(excerpt.text()).to_owned(),
            span: self.span(excerpt, range),
        }
    }

    fn words(&self, excerpt: &Excerpt, range: Range) -> Option<Text> {
        let text = self.text(excerpt, range);
        (!text.text.is_empty()).then_some(text)
    }

    fn finish(mut self) -> (Runbook, Vec<Diagnostic>) {
        self.runbook.labelled = !self.runbook.steps.is_empty();
        self.finish_steps();
        self.finish_references();
        for (directive, step) in std::mem::take(&mut self.covered) {
            if let Some(step) = self.runbook.steps.get(step.0)
                && let Some(directive) = self.runbook.directives.get_mut(directive)
                && let Some(covers) = &mut directive.covers
            {
                *covers = covers.to(step.span);
            }
        }
        for (span, shown, near) in std::mem::take(&mut self.near) {
            if near.sure || self.runbook.labelled {
                self.diagnostics
                    .push(findings::unknown_label(span, &shown, near.right));
            }
        }
        self.diagnostics
            .sort_by_key(|diagnostic| (diagnostic.primary, diagnostic.code.id));
        (self.runbook, self.diagnostics)
    }

    fn finish_steps(&mut self) {
        let named: BTreeSet<Span> = self
            .diagnostics
            .iter()
            .flat_map(|diagnostic| &diagnostic.related)
            .map(|related| related.span)
            .collect();
        for step in &mut self.runbook.steps {
            let block = step
                .block
                .and_then(|block| self.runbook.blocks.get(block.0));
            if step.block.is_some() {
                step.refers_to = None;
            }
            if step.kind == StepKind::Gate {
                for text in [
                    step.condition.as_ref(),
                    step.expectation
                        .as_ref()
                        .map(|expectation| &expectation.text),
                ]
                .into_iter()
                .flatten()
                {
                    let said = timing::prose(&text.text);
                    step.timing.every = step.timing.every.or(said.every);
                    step.timing.budget = step.timing.budget.or(said.budget);
                }
            }
            let manual = step.label.title.is_some() || step.refers_to.is_some();
            if step.kind != StepKind::Gate
                && block.is_none()
                && !manual
                && !named.contains(&step.label.span)
            {
                self.diagnostics
                    .push(findings::label_without_block(step.label.span));
            }
            if let Some(block) = block
                && block.script.is_none()
            {
                self.diagnostics
                    .push(findings::labelled_not_shell(block, step.label.span));
            }
        }
    }

    /// Keeps the numbers that may be references where a section or step has that number.
    fn finish_references(&mut self) {
        if !self.candidates.is_empty() {
            let mut known: BTreeSet<&str> = BTreeSet::new();
            known.extend(
                self.runbook
                    .sections
                    .iter()
                    .filter_map(|section| section.number.as_deref()),
            );
            known.extend(self.runbook.steps.iter().map(|step| step.number.as_str()));
            known.extend(self.runbook.items.iter().map(|item| item.number.as_str()));
            let found: Vec<Reference> = self
                .candidates
                .iter()
                .filter(|(_, number)| known.contains(number.as_str()))
                .map(|(span, number)| Reference {
                    span: *span,
                    target: ReferenceTarget::Step(number.clone()),
                })
                .collect();
            self.runbook.references.extend(found);
        }
        self.runbook
            .references
            .sort_by_key(|reference| reference.span);
    }
}

/// The length of a text in bytes; files are far below 4 GiB.
fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}
