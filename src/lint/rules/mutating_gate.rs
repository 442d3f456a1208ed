//! RBC105: gates whose fence or code changes the managed system.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::context::{Use, by_place};
use crate::lint::{Context, Reach, Rule, revert};
use crate::runbook::StepKind;

static CODE: Code = Code {
    id: "RBC105",
    name: "mutating-gate",
    default: Some(Severity::Error),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("mutating_gate.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for (id, step) in cx.steps(StepKind::Gate) {
        let fence = step.block.map_or_else(Vec::new, |block| cx.uses(block));
        // Code in a sentence may be a name or a word of output: only what is known to change
        // something says anything.
        let inline = cx.inline_uses(id);
        let inline = inline
            .into_iter()
            .filter(|one| one.mutates() && !revert::in_sentence(cx, one.span));
        for group in by_place(fence.into_iter().chain(inline)) {
            let Some(found) = strongest(cx, &CODE, "this gate", &group) else {
                continue;
            };
            findings.push(
                found
                    .related(step.label.word, "decides whether to go on")
                    .help(
                        "a gate is measured again and again: move the change into a RUN before it",
                    ),
            );
        }
    }
}

/// The finding about a group of effects of one command that ought to change nothing: an error when
/// it mutates, a warning when it may do more than is known.
pub(crate) fn strongest(
    cx: &Context<'_>,
    code: &'static Code,
    place: &str,
    group: &[Use<'_>],
) -> Option<Diagnostic> {
    let mutation = group.iter().find(|one| one.mutates());
    let unknown = group.iter().find(|one| one.effect.unknown);
    let worst = mutation.or(unknown)?;
    let command = cx.quote(worst.span);
    let reason = worst
        .effect
        .reasons
        .iter()
        .map(|reason| match &reason.file {
            Some(file) => format!("{} ({file})", reason.text),
            None => reason.text.clone(),
        })
        .collect::<Vec<_>>()
        .join(" -> ");
    let found = if mutation.is_some() {
        Diagnostic::new(
            code,
            worst.span,
            format!("{command} in {place} changes the system"),
        )
    } else {
        Diagnostic::new(
            code,
            worst.span,
            format!("{command} in {place} may change the system: nobody can tell from here"),
        )
        .severity(Severity::Warning)
    };
    Some(found.label(reason))
}
