//! Blocks: fences, the step each belongs to, and indented code that should have been one.

use super::label::{self, Separator};
use super::markdown::Fence;
use super::step::plain_label;
use super::{Builder, Waiting, directive, findings, length};
use crate::runbook::{Block, BlockId, Directive, DirectivePlace, LabelForm, StepId, StepKind};
use crate::shell;
use crate::source::{Excerpt, Range, Span};

impl Builder<'_> {
    pub(super) fn fence(&mut self, span: Span, fence: Fence) {
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
        let swallows = findings::swallows_a_fence(opening, fence.content.text());
        if !fence.closed || swallows && !info.is_empty() {
            self.diagnostics.push(findings::unclosed(fence.opening));
        } else if swallows {
            let label = self.label_above(fence.opening.start);
            let lost = findings::lost_opening(fence.opening, label);
            self.diagnostics.push(lost);
        }
        // What a fence swallows by mistake is markdown: nothing in it is a command.
        let is_shell = !swallows && !foreign && language.as_deref().is_none_or(is_shell);
        let script = is_shell.then(|| shell::parse(fence.content.text(), language.as_deref()));
        self.runbook.blocks.push(Block {
            span,
            opening: fence.opening,
            info: info.to_owned(),
            language,
            content: fence.content,
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
        let step = self.step_of_fence(id, waiting, info_directive, &directives);
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

    /// The label of the paragraph that ends right above `start`, when no block has come since.
    fn label_above(&self, start: u32) -> Option<Span> {
        let step = self.runbook.steps.last()?;
        let between = Span::new(self.file.id, step.label.span.end.min(start), start);
        let text = self.file.slice(between).replace('\r', "");
        (step.block.is_none() && !text.contains("\n\n")).then_some(step.label.span)
    }

    /// The step a fence belongs to: the one that waits for it, or one that the fence begins itself.
    pub(super) fn step_of_fence(
        &mut self,
        block: BlockId,
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
        let content = &self.runbook.blocks.get(block.0)?.content;
        let text = content.text();
        let line = text.lines().find(|line| !line.trim().is_empty())?;
        let bare = line.trim();
        if !bare.starts_with('#') {
            return None;
        }
        let label = label::comment(bare)?;
        let at = u32::try_from(bare.as_ptr() as usize - text.as_ptr() as usize).unwrap_or(0);
        let condition = Range::new(label.rest, length(bare));
        let content = content.cut(Range::new(at, at + length(bare)));
        let step = self.begin(&content, &label, LabelForm::Comment);
        if label.kind == StepKind::Gate && label.separator == Separator::Colon {
            let condition = self.words(&content, condition);
            if let Some(gate) = self.runbook.steps.get_mut(step.0) {
                gate.condition = condition;
            }
        }
        Some(step)
    }

    pub(super) fn indented(&mut self, span: Span, text: &Excerpt, admonition: bool) {
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
