//! Suppressions: directives that say a finding is right where it stands, and why.

use crate::diagnostic::{Code, Diagnostic};
use crate::lint::rules::{self, bad_suppression, unused_suppression};
use crate::lint::unknown_rule_help;
use crate::runbook::{Directive, DirectivePlace, Runbook, Text};
use crate::source::Span;

/// A suppression that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// The rules it hides, each with the place of its name and whether it hid a finding.
    pub allowed: Vec<Allowed>,
    /// Why, in the author's words.
    pub reason: String,
    /// The directive.
    pub span: Span,
    /// Where findings are hidden; `None` for nowhere, because nothing follows the directive.
    pub covers: Option<Span>,
}

/// A rule that a suppression names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// The rule's code.
    pub code: &'static Code,
    /// The place of its name.
    pub span: Span,
    /// Whether a finding was hidden.
    pub used: bool,
}

/// The suppressions of a runbook, and findings about those that cannot be read.
pub(super) fn collect(runbook: &Runbook) -> (Vec<Suppression>, Vec<Diagnostic>) {
    let mut suppressions = Vec::new();
    let mut malformed = Vec::new();
    for directive in &runbook.directives {
        match read(directive, runbook) {
            Some(Ok(suppression)) => suppressions.push(suppression),
            Some(Err(finding)) => malformed.push(*finding),
            None => {}
        }
    }
    (suppressions, malformed)
}

/// Whether a suppression hides `finding`; marks the ones that do as used.
pub(super) fn hides(suppressions: &mut [Suppression], finding: &Diagnostic) -> bool {
    let mut hidden = false;
    for suppression in suppressions {
        let covers = suppression.covers.is_some_and(|covers| {
            covers.file == finding.primary.file
                && covers.start <= finding.primary.start
                && finding.primary.start < covers.end
        });
        if !covers {
            continue;
        }
        for allowed in &mut suppression.allowed {
            if allowed.code == finding.code {
                allowed.used = true;
                hidden = true;
            }
        }
    }
    hidden
}

/// A finding for each rule that a suppression names and that would have run, but found nothing.
pub(super) fn unused(
    suppressions: &[Suppression],
    runs: impl Fn(&'static Code) -> bool,
) -> Vec<Diagnostic> {
    suppressions
        .iter()
        .flat_map(|suppression| &suppression.allowed)
        .filter(|allowed| !allowed.used && runs(allowed.code))
        .map(|allowed| unused_suppression::finding(allowed.code, allowed.span))
        .collect()
}

/// The suppression in a directive; `None` when the directive is about something else.
fn read(directive: &Directive, runbook: &Runbook) -> Option<Result<Suppression, Box<Diagnostic>>> {
    let at = directive.words.iter().position(|word| word.text == "allow");
    let Some(at) = at else {
        return bad_suppression::misspelt(directive).map(|finding| Err(Box::new(finding)));
    };
    let names = directive.words.get(at + 1..).unwrap_or_default();
    Some(read_allow(directive, names, runbook))
}

fn read_allow(
    directive: &Directive,
    names: &[Text],
    runbook: &Runbook,
) -> Result<Suppression, Box<Diagnostic>> {
    if names.is_empty() {
        return Err(Box::new(bad_suppression::blanket(directive)));
    }
    let mut allowed = Vec::new();
    for name in names {
        let Some(rule) = rules::find(&name.text) else {
            let help = unknown_rule_help(&name.text);
            return Err(Box::new(bad_suppression::unknown_rule(name, help)));
        };
        allowed.push(Allowed {
            code: rule.code,
            span: name.span,
            used: false,
        });
    }
    let reason = directive.pairs.iter().find(|(key, _)| key.text == "reason");
    let Some((_, reason)) = reason else {
        return Err(Box::new(bad_suppression::no_reason(directive, names)));
    };
    if bad_suppression::says_nothing(&reason.text) {
        return Err(Box::new(bad_suppression::empty_reason(reason)));
    }
    Ok(Suppression {
        allowed,
        reason: reason.text.clone(),
        span: directive.span,
        covers: covers(directive, runbook),
    })
}

/// What a directive covers. Before a label it covers the whole step: the label's fence follows it
/// without a blank line, and nobody would call that another block.
fn covers(directive: &Directive, runbook: &Runbook) -> Option<Span> {
    match directive.place {
        DirectivePlace::File => Some(Span::new(runbook.file, 0, u32::MAX)),
        DirectivePlace::Info(block) => Some(runbook.block(block).span),
        DirectivePlace::Inside(_) => directive.covers,
        DirectivePlace::Document => {
            let covers = directive.covers?;
            let steps = runbook.steps.iter();
            Some(
                steps
                    .filter(|step| covers.contains(step.label.word))
                    .fold(covers, |covers, step| covers.to(step.span)),
            )
        }
    }
}
