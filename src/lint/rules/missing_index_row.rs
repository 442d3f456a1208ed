//! RBC313: a runbook that says it was executed in a session the index does not know.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};

static CODE: Code = Code {
    id: "RBC313",
    name: "missing-index-row",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("missing_index_row.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(status) = &cx.runbook.header.status else {
        return;
    };
    let Some(path) = cx.config.paths.index.as_deref() else {
        return;
    };
    let Some(index) = cx.workspace.text(path) else {
        return;
    };
    for label in labels(&status.text) {
        if !index.contains(label) {
            findings.push(
                Diagnostic::new(
                    &CODE,
                    cx.part(status.span, label),
                    format!("the index has no row for session `{label}`"),
                )
                .label("executed, and not on record")
                .help(format!(
                    "add its row to `{path}`: UTC date, label, operator, scope"
                )),
            );
        }
    }
}

/// The labels of sessions in a text: `ops-update-20260705`, `incident-20260705-vault`.
fn labels(text: &str) -> impl Iterator<Item = &str> {
    const LEADS: [&str; 3] = ["ops-", "phase-", "incident-"];
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .filter(|word| LEADS.iter().any(|lead| word.starts_with(lead)))
        .filter(|word| {
            word.split('-').any(|part| {
                part.len() == 8
                    && part.starts_with("20")
                    && part.bytes().all(|byte| byte.is_ascii_digit())
            })
        })
}
