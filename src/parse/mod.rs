//! Markdown to [`Runbook`]: reads the items of the document in order and puts labels, blocks,
//! expectations and conditions together. Never fails; what is broken is reported and left out.

mod declaration;
mod directive;
mod findings;
mod label;
mod markdown;
mod reference;
mod segment;
mod timing;

use std::collections::{BTreeMap, BTreeSet};

pub use self::findings::{CODES, LOST_FENCE, UNCLOSED_FENCE, UNKNOWN_LABEL};
use self::label::{LabelText, Near, Separator};
use self::markdown::{Fence, Inline, Item, ItemKind};
use self::reference::{Candidate, Target};
use self::segment::{Lead, Segment};
use crate::diagnostic::Diagnostic;
use crate::runbook::{
    Block, BlockId, Cell, Declaration, Directive, DirectivePlace, Expectation, Header,
    InlineCommand, Label, LabelForm, Paragraph, ParagraphKind, Reference, ReferenceTarget, Runbook,
    Section, SectionId, Step, StepId, StepKind, Table, TableKind, Text, Timing,
};
use crate::shell::{self, Script};
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

    fn heading(&mut self, span: Span, level: u8, inline: &Inline) {
        self.end_of_step();
        self.cover(span);
        self.headed = true;
        self.links(inline);
        self.comments(inline);
        let text = inline.text.text();
        let whole = Range::new(0, length(text));
        self.markers(&inline.text, &inline.code, whole, true);
        let (number, title) = heading_number(text);
        let (title, custom) = heading_anchor(text, title);
        self.declaring = if title.of(text).eq_ignore_ascii_case("placeholders") {
            Declaring::Section
        } else {
            Declaring::Nothing
        };
        if level == 1 && self.runbook.title.is_none() {
            self.runbook.title = Some(self.text(&inline.text, whole));
        }
        while let Some(id) = self.sections.last().copied() {
            match self.runbook.sections.get_mut(id.0) {
                Some(open) if open.level >= level => {
                    open.body.end = span.start.max(open.body.start);
                    self.sections.pop();
                }
                _ => break,
            }
        }
        let anchor = match custom {
            Some(custom) => custom.of(text).to_owned(),
            None => self.anchor(text),
        };
        let section = Section {
            level,
            number: number.map(|number| number.of(text).to_owned()),
            title: self.text(&inline.text, title),
            heading: span,
            body: Span::new(span.file, span.start, self.file.span().end),
            parent: self.section(),
            anchor,
        };
        self.sections.push(SectionId(self.runbook.sections.len()));
        self.runbook.sections.push(section);
    }

    /// The anchor of a heading; a repeated one gets a number.
    fn anchor(&mut self, text: &str) -> String {
        let mut slug = String::with_capacity(text.len());
        for character in text.chars() {
            match character {
                ' ' => slug.push('-'),
                '-' | '_' => slug.push(character),
                _ if character.is_alphanumeric() => slug.extend(character.to_lowercase()),
                _ => {}
            }
        }
        let count = self.anchors.entry(slug.clone()).or_insert(0);
        let anchor = if *count == 0 {
            slug
        } else {
            format!("{slug}-{count}")
        };
        *count += 1;
        anchor
    }

    fn paragraph(
        &mut self,
        span: Span,
        inline: &Inline,
        fence_next: bool,
        behind_gate: Option<StepId>,
    ) {
        self.cover(span);
        let directives = self.take_pending();
        let text = inline.text.text();
        self.links(inline);
        self.comments(inline);
        self.references(&inline.text, &inline.code);
        for lost in &inline.lost {
            self.diagnostics.push(findings::lost_in_paragraph(*lost));
        }
        self.admonition = ["!!!", "???", "===", ":::"]
            .iter()
            .any(|mark| text.starts_with(mark));
        let first_step = self.runbook.steps.len();
        let segments = segment::cut(inline);
        let last = segments.len() - 1;
        let mut prose: Option<(Range, ParagraphKind)> = None;
        let mut opens_list = false;
        for (index, segment) in segments.iter().enumerate() {
            let fence = fence_next && index == last;
            self.near(inline, segment, fence_next);
            match segment.lead {
                Lead::Label(_) | Lead::Code => {
                    if let Some((label, excerpt_form)) = read_label(inline, segment, fence) {
                        self.flush(inline, &mut prose);
                        self.label(inline, segment, &label, excerpt_form, fence);
                        continue;
                    }
                }
                Lead::Expect => {
                    self.flush(inline, &mut prose);
                    if self.expect(inline, segment) {
                        continue;
                    }
                    if self.probe_block.is_some() {
                        self.probe_expects = Some(self.runbook.paragraphs.len());
                    }
                }
                Lead::Prose(kind) if kind != ParagraphKind::Plain => {
                    self.flush(inline, &mut prose);
                    if kind == ParagraphKind::Probe {
                        self.probe(inline, segment, fence);
                    }
                    prose = Some((segment.range, kind));
                    continue;
                }
                Lead::Status | Lead::Scope | Lead::Conventions => {
                    self.flush(inline, &mut prose);
                    self.header(inline, segment);
                }
                Lead::Placeholders => {
                    self.flush(inline, &mut prose);
                    self.declaring = Declaring::List;
                    opens_list = true;
                }
                Lead::Prose(_) => {}
            }
            prose = match prose {
                Some((range, kind)) => Some((range.to(segment.range), kind)),
                None => Some((segment.range, ParagraphKind::Plain)),
            };
        }
        let labelled = self.runbook.steps.len() > first_step;
        if !labelled {
            if let Some(step) = behind_gate
                && self.belongs_to_gate(step, span, text)
            {
                if let Some((range, ParagraphKind::Plain)) = prose {
                    self.extend_condition(step, inline, range);
                    prose = None;
                }
                self.behind_gate = None;
            } else if let Some((range, ParagraphKind::Plain)) = prose
                && self.directive_gate(inline, range, &directives)
            {
                prose = None;
            }
        }
        self.flush(inline, &mut prose);
        self.declare(inline, opens_list);
        for step in first_step..self.runbook.steps.len() {
            for directive in &directives {
                self.covered.push((*directive, StepId(step)));
                if step == first_step {
                    self.apply(*directive, StepId(step));
                }
            }
        }
        if !labelled {
            // An Expect or a remark may stand between a label and its fence; a gate's fence follows
            // at once.
            self.waiting = self.waiting.filter(|waiting| !waiting.immediate);
        }
    }

    /// Writes down the prose read so far.
    fn flush(&mut self, inline: &Inline, prose: &mut Option<(Range, ParagraphKind)>) {
        let Some((range, kind)) = prose.take() else {
            return;
        };
        self.markers(&inline.text, &inline.code, range, false);
        if let Some(text) = self.words(&inline.text, range) {
            self.runbook.paragraphs.push(Paragraph {
                kind,
                text,
                section: self.section(),
            });
        }
    }

    fn header(&mut self, inline: &Inline, segment: &Segment) {
        let numbered = self
            .runbook
            .sections
            .iter()
            .any(|section| section.number.is_some());
        if numbered {
            return;
        }
        let text = Some(self.text(&inline.text, Range::new(segment.body, segment.range.end)));
        let header = &mut self.runbook.header;
        let slot = match segment.lead {
            Lead::Status => &mut header.status,
            Lead::Scope => &mut header.scope,
            Lead::Conventions => &mut header.conventions,
            Lead::Prose(_) | Lead::Label(_) | Lead::Code | Lead::Expect | Lead::Placeholders => {
                return;
            }
        };
        if slot.is_none() {
            *slot = text;
        }
    }

    /// Begins the step that a label in a paragraph announces.
    fn label(
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
    fn begin(&mut self, excerpt: &Excerpt, label: &LabelText, form: LabelForm) -> StepId {
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

    fn start(&mut self, kind: StepKind, label: Label) -> StepId {
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

    /// The number of the next step: of its section and list items, with a letter from the second
    /// step of that number on.
    fn number(&mut self) -> String {
        let mut base = self
            .sections
            .iter()
            .rev()
            .filter_map(|id| self.runbook.sections.get(id.0))
            .find_map(|section| section.number.clone())
            .unwrap_or_default();
        for number in self.list_numbers.iter().take(3) {
            if !base.is_empty() {
                base.push('.');
            }
            base.push_str(&number.to_string());
        }
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
    fn expect(&mut self, inline: &Inline, segment: &Segment) -> bool {
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

    /// Gives a gate the expectation of the probe it took over, which was read as prose.
    fn take_expectation(&mut self, gate: StepId, paragraph: Option<usize>) {
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

    fn probe(&mut self, inline: &Inline, segment: &Segment, fence: bool) {
        let body = Range::new(segment.body, segment.range.end);
        let commands = self.commands(inline, body, true);
        self.probes.extend(commands);
        self.probe_opens = fence;
    }

    /// What stands in code marks in `range` and reads like a command with arguments.
    fn commands(&self, inline: &Inline, range: Range, probe: bool) -> Vec<InlineCommand> {
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
    fn belongs_to_gate(&self, gate: StepId, span: Span, text: &str) -> bool {
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

    fn extend_condition(&mut self, gate: StepId, inline: &Inline, range: Range) {
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
    fn directive_gate(&mut self, inline: &Inline, range: Range, directives: &[usize]) -> bool {
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

    fn near(&mut self, inline: &Inline, segment: &Segment, fence: bool) {
        let text = segment.range.of(inline.text.text());
        let exact = matches!(
            segment.lead,
            Lead::Expect | Lead::Status | Lead::Scope | Lead::Conventions | Lead::Code
        );
        if exact || !segment.line_start {
            return;
        }
        let mut starts = vec![segment.range.start];
        let first = inline
            .lines
            .partition_point(|line| *line <= segment.range.start);
        let last = inline
            .lines
            .partition_point(|line| *line < segment.range.end);
        starts.extend(inline.lines.get(first..last).unwrap_or(&[]));
        for start in starts {
            let rest = text
                .get((start - segment.range.start) as usize..)
                .unwrap_or("");
            if !rest.starts_with(|first: char| first.is_ascii_uppercase()) {
                continue;
            }
            let Some(mut near) = label::near(rest) else {
                continue;
            };
            let bold = inline.strong.iter().any(|strong| strong.start == start);
            if near.sure && !bold && !fence {
                near.sure = false;
            }
            let wrong = Range::new(near.wrong.start + start, near.wrong.end + start);
            if !inline
                .code
                .iter()
                .any(|code| code.start <= start && start < code.end)
            {
                let shown = near.shown.of(rest).to_owned();
                self.near
                    .push((self.span(&inline.text, wrong), shown, near));
            }
        }
    }

    fn fence(&mut self, span: Span, fence: Fence) {
        self.cover(span);
        let directives = self.take_pending();
        let id = BlockId(self.runbook.blocks.len());
        let opening = self.file.slice(fence.opening);
        let info = opening.trim_start_matches(['`', '~']).trim();
        let info_start = fence.opening.start + length(opening)
            - length(opening.trim_start_matches(['`', '~']).trim_start());
        let waiting = self.waiting.take();
        let mut attributes = Excerpt::new(self.file.id);
        attributes.push(info, info_start);
        let list = directive::info(info).map(|range| (range, directive::read(info, range)));
        let ours = list
            .as_ref()
            .is_some_and(|(_, list)| directive::is_ours(info, list, waiting.is_some()));
        let language = language(info);
        let foreign = info.starts_with('{') && !ours;
        if !fence.closed {
            self.diagnostics.push(findings::unclosed(fence.opening));
        }
        let is_shell = !foreign && language.as_deref().is_none_or(is_shell);
        let script = is_shell.then(|| shell::parse(fence.content.text(), language.as_deref()));
        self.runbook.blocks.push(Block {
            span,
            opening: fence.opening,
            info: info.to_owned(),
            language,
            content: fence.content.clone(),
            script,
            closed: fence.closed,
            section: self.section(),
            step: None,
        });
        let mut info_directive = None;
        if let Some((range, list)) = list
            && ours
        {
            info_directive = Some(self.runbook.directives.len());
            self.push_directive(
                &attributes,
                range,
                &list,
                DirectivePlace::Info(id),
                Some(span),
            );
        }
        let step = self.step_of_fence(&fence, waiting, info_directive, &directives);
        match step {
            Some(step) => {
                self.attach(step, id);
                for directive in directives.iter().chain(&info_directive) {
                    self.apply(*directive, step);
                }
                let is_gate = self
                    .runbook
                    .steps
                    .get(step.0)
                    .is_some_and(|step| step.kind == StepKind::Gate);
                self.behind_gate = is_gate.then_some(step);
            }
            None if self.probe_opens => {
                self.probe_block = Some(id);
                self.current = None;
            }
            None => self.current = None,
        }
        self.probe_opens = false;
        self.inside(id);
    }

    /// The step a fence belongs to: the one that waits for it, or one that the fence begins itself.
    fn step_of_fence(
        &mut self,
        fence: &Fence,
        waiting: Option<Waiting>,
        info: Option<usize>,
        directives: &[usize],
    ) -> Option<StepId> {
        if let Some(waiting) = waiting {
            return Some(waiting.step);
        }
        let named = |directive: &Directive| {
            directive.words.iter().find_map(|word| {
                let kind = match word.text.as_str() {
                    "run" => StepKind::Run,
                    "check" => StepKind::Check,
                    "gate" => StepKind::Gate,
                    _ => return None,
                };
                Some((kind, word.span, directive.span))
            })
        };
        let sources = info
            .iter()
            .map(|index| (index, LabelForm::Info))
            .chain(directives.iter().map(|index| (index, LabelForm::Directive)));
        for (index, form) in sources {
            if let Some((kind, word, span)) = self.runbook.directives.get(*index).and_then(named) {
                return Some(self.start(kind, plain_label(span, word, form)));
            }
        }
        let text = fence.content.text();
        let line = text.lines().find(|line| !line.trim().is_empty())?;
        let bare = line.trim();
        if !bare.starts_with('#') {
            return None;
        }
        let label = label::comment(bare)?;
        let at = u32::try_from(bare.as_ptr() as usize - text.as_ptr() as usize).unwrap_or(0);
        let content = fence.content.cut(Range::new(at, at + length(bare)));
        let step = self.begin(&content, &label, LabelForm::Comment);
        if label.kind == StepKind::Gate && label.separator == Separator::Colon {
            let condition = self.words(&content, Range::new(label.rest, length(bare)));
            if let Some(gate) = self.runbook.steps.get_mut(step.0) {
                gate.condition = condition;
            }
        }
        Some(step)
    }

    fn attach(&mut self, step: StepId, block: BlockId) {
        if let Some(block) = self.runbook.blocks.get_mut(block.0)
            && let Some(owner) = self.runbook.steps.get_mut(step.0)
        {
            owner.span = owner.span.to(block.span);
            block.step = Some(step);
        }
        if let Some(owner) = self.runbook.steps.get_mut(step.0) {
            owner.block = Some(block);
        }
    }

    /// Reads the `# rbc:` comments of a block.
    fn inside(&mut self, id: BlockId) {
        let Some(block) = self.runbook.blocks.get(id.0) else {
            return;
        };
        if !block.content.text().contains("rbc:") {
            return;
        }
        let content = block.content.clone();
        let script = block.script.clone();
        let text = content.text();
        let starts = script.as_ref().map(statement_starts).unwrap_or_default();
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

    fn push_directive(
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

    /// Reads the directive in an HTML comment that starts at `at`, and answers where it ends.
    fn comment(&mut self, excerpt: &Excerpt, at: u32) -> Option<u32> {
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

    fn comments(&mut self, inline: &Inline) {
        for comment in &inline.comments {
            self.comment(comment, 0);
        }
    }

    fn html(&mut self, html: &Excerpt) {
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

    fn indented(&mut self, span: Span, text: &Excerpt, admonition: bool) {
        self.cover(span);
        self.take_pending();
        if let Some(waiting) = self.waiting.take()
            && !waiting.immediate
            && let Some(step) = self.runbook.steps.get(waiting.step.0)
        {
            self.diagnostics
                .push(findings::label_on_indented(span, step.label.span));
        } else if !admonition && let Some(line) = findings::fence_in_indented(text.text()) {
            let place = self.span(text, line);
            self.diagnostics.push(findings::lost_in_indented(place));
        }
        self.current = None;
    }

    fn table(&mut self, span: Span, header: Vec<Inline>, rows: Vec<Vec<Inline>>) {
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

    fn cell(&mut self, inline: &Inline) -> Cell {
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
    fn declare(&mut self, inline: &Inline, opens: bool) {
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

    fn declare_rows(&mut self, rows: &[Vec<Cell>]) {
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

    fn links(&mut self, inline: &Inline) {
        for (span, destination) in &inline.links {
            self.runbook.references.push(Reference {
                span: *span,
                target: ReferenceTarget::Link(destination.clone()),
            });
        }
    }

    fn references(&mut self, excerpt: &Excerpt, code: &[Range]) {
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
        reference::scan(text, code, &mut found);
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

    fn first_step_number(&self, excerpt: &Excerpt, code: &[Range], range: Range) -> Option<Text> {
        let mut found = Vec::new();
        reference::scan(excerpt.text(), code, &mut found);
        found
            .iter()
            .find(|candidate| {
                range.contains(candidate.range) && matches!(candidate.target, Target::Step { .. })
            })
            .map(|candidate| self.text(excerpt, candidate.range))
    }

    /// `[REVALIDATE]` and its like; in headings the tag `DISCRETE` too.
    fn markers(&mut self, excerpt: &Excerpt, code: &[Range], range: Range, heading: bool) {
        let text = excerpt.text();
        let inside = range.of(text);
        let mut found: Vec<Range> = Vec::new();
        for (at, _) in inside.match_indices('[') {
            let rest = inside.get(at + 1..).unwrap_or("");
            let Some(end) = rest.bytes().take(100).position(|byte| byte == b']') else {
                continue;
            };
            let words = rest.get(..end).unwrap_or("");
            let capitals = words.bytes().take_while(u8::is_ascii_uppercase).count();
            let boundary = words
                .as_bytes()
                .get(capitals)
                .is_none_or(|byte| *byte == b' ' || *byte == b'-');
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

    /// Tells the waiting directives what they are about.
    fn cover(&mut self, span: Span) {
        for index in &self.pending {
            if let Some(directive) = self.runbook.directives.get_mut(*index) {
                directive.covers.get_or_insert(span);
            }
        }
    }

    fn take_pending(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.pending)
    }

    /// Gives the attributes of a directive to the step it stands before.
    fn apply(&mut self, directive: usize, step: StepId) {
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

/// Reads the label a segment begins with. `fence` says whether a fence follows the segment at once:
/// forms that people also use in prose are labels only then.
fn read_label(inline: &Inline, segment: &Segment, fence: bool) -> Option<(LabelText, LabelForm)> {
    let text = inline.text.text();
    let start = segment.range.start;
    if segment.lead == Lead::Code {
        let end = segment.body;
        let rest = text
            .get(end as usize..segment.range.end as usize)
            .unwrap_or("");
        if !fence || !rest.trim().is_empty() {
            return None;
        }
        let code = Range::new(start, end).of(text).trim_end();
        let label = label::comment(code)?;
        return Some((shifted(label, start), LabelForm::CodeSpan));
    }
    let first = inline.lines.partition_point(|line| *line <= start);
    let last = inline
        .lines
        .partition_point(|line| *line < segment.range.end);
    let lines: Vec<u32> = inline
        .lines
        .get(first..last)
        .unwrap_or(&[])
        .iter()
        .map(|line| line - start)
        .collect();
    let bold = segment.bold.map(|bold| bold - start);
    let label = label::label(segment.range.of(text), bold, &lines)?;
    let form = if bold.is_some() {
        LabelForm::Bold
    } else {
        LabelForm::Plain
    };
    let location = label
        .location
        .map_or("", |location| location.of(segment.range.of(text)));
    let words = location.split(' ').count();
    // `**RUN -- <where>**` in a legend names no place.
    let legend = location.starts_with('<') && location.ends_with('>') && words == 1;
    let sure = match (label.kind, label.separator) {
        (StepKind::Gate, Separator::Colon) => true,
        (_, Separator::None) => fence,
        (_, Separator::On) => segment.line_start || fence,
        (_, Separator::Dash) => {
            (form == LabelForm::Bold || segment.line_start && (words <= 3 || fence))
                && (!legend || fence)
        }
        (_, Separator::Colon) => segment.line_start && words <= 4 && fence,
    };
    sure.then(|| (shifted(label, start), form))
}

fn shifted(mut label: LabelText, by: u32) -> LabelText {
    let shift = |range: Range| Range::new(range.start + by, range.end + by);
    label.word = shift(label.word);
    label.location = label.location.map(shift);
    label.title = label.title.map(shift);
    label.remark = label.remark.map(shift);
    label.whole = shift(label.whole);
    label.rest += by;
    label
}

fn plain_label(span: Span, word: Span, form: LabelForm) -> Label {
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

/// The number a heading starts with and the rest of it.
fn heading_number(text: &str) -> (Option<Range>, Range) {
    let bytes = text.as_bytes();
    let mut end = 0;
    let mut levels = 0;
    if bytes.first().is_some_and(u8::is_ascii_uppercase) && bytes.get(1) == Some(&b'.') {
        end = 1;
    }
    loop {
        let from = if end > 0 { end + 1 } else { 0 };
        let digits = bytes
            .get(from..)
            .unwrap_or(&[])
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if digits == 0 || digits > 6 {
            break;
        }
        end = from + digits;
        levels += 1;
        if bytes.get(end) != Some(&b'.') {
            break;
        }
    }
    let letter = levels > 0
        && bytes.get(end).is_some_and(u8::is_ascii_lowercase)
        && !bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric);
    let deep =
        levels > 1 || letter || (levels == 1 && bytes.first().is_some_and(u8::is_ascii_uppercase));
    end += usize::from(letter);
    let rest = text.get(end..).unwrap_or("");
    let marked =
        rest.starts_with(['.', ')', ':']) || rest.starts_with(" -- ") || rest.starts_with(" - ");
    let boundary = rest.is_empty() || rest.starts_with([' ', '.', ')', ':']);
    let all = Range::new(0, length(text));
    if levels == 0 || !boundary || !(deep || marked) {
        return (None, all);
    }
    let after = rest.trim_start_matches(['.', ')', ':', ' ']);
    let after = ["-- ", "- ", "\u{2014} ", "\u{2013} "]
        .into_iter()
        .find_map(|dash| after.strip_prefix(dash))
        .unwrap_or(after);
    let title = Range::new(all.end - length(after), all.end);
    (Some(Range::new(0, u32::try_from(end).unwrap_or(0))), title)
}

/// A title without its `{#anchor}`, and that anchor.
fn heading_anchor(text: &str, title: Range) -> (Range, Option<Range>) {
    let inside = title.of(text);
    let Some(open) = inside.rfind("{#").filter(|_| inside.ends_with('}')) else {
        return (title, None);
    };
    let open = title.start + u32::try_from(open).unwrap_or(0);
    let anchor = Range::new(open + 2, title.end - 1);
    if anchor.of(text).contains([' ', '}']) {
        return (title, None);
    }
    (Range::new(title.start, open), Some(anchor))
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

/// The first word of an info string up to a blank or `{`, lower case.
fn language(info: &str) -> Option<String> {
    let word = info
        .split(|letter: char| letter.is_whitespace() || letter == '{')
        .next()
        .unwrap_or("");
    (!word.is_empty()).then(|| word.to_ascii_lowercase())
}

/// Whether a language is shell or a session in one.
fn is_shell(language: &str) -> bool {
    matches!(
        language,
        "bash"
            | "sh"
            | "shell"
            | "zsh"
            | "ksh"
            | "dash"
            | "console"
            | "shell-session"
            | "shellsession"
            | "sh-session"
            | "bash-session"
            | "terminal"
            | "shellscript"
            | "shell-script"
            | "command"
            | "commandline"
            | "cli"
    )
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

/// Where the statements of a script start, nested ones included, in order.
fn statement_starts(script: &Script) -> Vec<Range> {
    script
        .statements
        .iter()
        .map(|statement| statement.range)
        .collect()
}

fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}
