//! RBC108: RUNs that only read.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::effect::{Class, Scope};
use crate::lint::{Context, Reach, Rule};
use crate::runbook::StepKind;

static CODE: Code = Code {
    id: "RBC108",
    name: "read-only-run",
    default: Some(Severity::Info),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("read_only_run.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for (_, step) in cx.steps(StepKind::Run) {
        let Some(analysis) = step.block.and_then(|block| cx.effects.block(block)) else {
            continue;
        };
        // What changes the session (`source`, `cd`, `export`) is there for the steps that follow.
        let for_later_steps = analysis
            .effects
            .iter()
            .any(|effect| effect.scope == Scope::Session);
        if analysis.class() == Class::Read && analysis.is_proven_read_only() && !for_later_steps {
            findings.push(
                Diagnostic::new(&CODE, step.label.word, "this RUN only reads")
                    .help("call it `CHECK (read-only)`: then it can be repeated without approval, and counts as a look"),
            );
        }
    }
}
