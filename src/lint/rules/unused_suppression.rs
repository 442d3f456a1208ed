//! RBC508: suppressions that suppress nothing.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Reach, Rule};
use crate::source::Span;

/// The code.
static CODE: Code = Code {
    id: "RBC508",
    name: "unused-suppression",
    default: Some(Severity::Warning),
};

/// Raised when all other findings are known.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("unused_suppression.md"),
    reach: Reach::Runbooks,
    check: None,
};

/// The finding for `code`, which a suppression names at `span` without effect.
pub(crate) fn finding(code: &'static Code, span: Span) -> Diagnostic {
    Diagnostic::new(
        &CODE,
        span,
        format!("nothing here is a finding of `{} {}`", code.id, code.name),
    )
    .help("remove the suppression: left in place it would hide the next real finding")
}
