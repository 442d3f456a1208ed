//! RBC208: downloaded code that is run as it comes.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};

static CODE: Code = Code {
    id: "RBC208",
    name: "unpinned-code",
    default: Some(Severity::Error),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("unpinned_code.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for one in cx.own_uses() {
        let already = |finding: &Diagnostic| finding.code == &CODE && finding.primary == one.span;
        if one.has("downloads-code") && !findings.iter().any(already) {
            findings.push(
                Diagnostic::new(
                    &CODE,
                    one.span,
                    format!("{} runs code that was just downloaded", cx.quote(one.span)),
                )
                .label("nobody has read it")
                .help(
                    "download a named version to a file, compare its checksum, then run the file",
                ),
            );
        }
    }
}
