//! RBC107: blocks without a label that change the managed system.

use super::mutating_gate::strongest;
use super::pasted_prompt::says_shell;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::context::by_place;
use crate::lint::{Context, Reach, Rule};

static CODE: Code = Code {
    id: "RBC107",
    name: "unlabelled-mutation",
    default: Some(Severity::Error),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("unlabelled_mutation.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for (id, block) in cx.unlabelled() {
        let groups = by_place(cx.uses(id));
        let found = groups
            .iter()
            .filter_map(|group| strongest(cx, &CODE, "a block without a label", group));
        // One block wants one label: the strongest reason for it is enough.
        let found = found.max_by_key(|finding| finding.severity);
        let Some(found) = found else {
            continue;
        };
        // What an untyped block of unknown words is, nobody can tell.
        if found.severity == Severity::Error || says_shell(block) {
            findings.push(found.help(
                "put `**RUN -- where**` on the line before the fence; without a label no session runs it and no gate guards it",
            ));
        }
    }
}
