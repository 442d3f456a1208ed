//! Paragraphs: cut at labels and lead words; each piece goes to the step it belongs to or becomes
//! prose.

use super::label::{self, LabelText, Separator};
use super::markdown::Inline;
use super::segment::{self, Lead, Segment};
use super::{Builder, Declaring, findings};
use crate::runbook::{LabelForm, Paragraph, ParagraphKind, StepId, StepKind};
use crate::source::{Range, Span};

impl Builder<'_> {
    pub(super) fn paragraph(
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
        self.admonition = ["!!!", "???", "===", ":::"]
            .iter()
            .any(|mark| text.starts_with(mark));
        if !self.admonition {
            let lost = inline.lost.iter().copied();
            self.diagnostics
                .extend(lost.map(findings::lost_in_paragraph));
        }
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
    pub(super) fn flush(&mut self, inline: &Inline, prose: &mut Option<(Range, ParagraphKind)>) {
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

    pub(super) fn header(&mut self, inline: &Inline, segment: &Segment) {
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

    pub(super) fn near(&mut self, inline: &Inline, segment: &Segment, fence: bool) {
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
            let strong = &inline.strong;
            let bold = strong
                .binary_search_by_key(&start, |strong| strong.start)
                .is_ok();
            if near.sure && !bold && !fence {
                near.sure = false;
            }
            let wrong = Range::new(near.wrong.start + start, near.wrong.end + start);
            let code = inline.code.partition_point(|code| code.end <= start);
            let in_code = inline
                .code
                .get(code)
                .is_some_and(|code| code.start <= start);
            if !in_code {
                let shown = near.shown.of(rest).to_owned();
                self.near
                    .push((self.span(&inline.text, wrong), shown, near));
            }
        }
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
