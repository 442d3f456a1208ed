//! RBC112: blocks without a label that only read.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::effect::Class;
use crate::lint::{Context, Reach, Rule};
use crate::shell::Dialect;

static CODE: Code = Code {
    id: "RBC112",
    name: "unlabelled-check",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("unlabelled_check.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for (id, block) in cx.unlabelled() {
        // A dialogue with its output shows what somebody saw; nobody is asked to run it.
        let is_shell = block.script.as_ref().is_some_and(|script| {
            script.dialect == Dialect::Shell
                && script.gaps.is_empty()
                && (script.prompts.is_empty() || script.output.is_empty())
        });
        let Some(analysis) = cx.effects.block(id).filter(|_| is_shell) else {
            continue;
        };
        if analysis.class() == Class::Read && analysis.is_proven_read_only() {
            findings.push(
                Diagnostic::new(&CODE, block.opening, "this block only reads and has no label")
                    .help("put `**CHECK (read-only) -- where**` on the line before the fence, and say what to expect"),
            );
        }
    }
}
