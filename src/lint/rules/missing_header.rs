//! RBC501: runbooks without STATUS, Scope or Conventions.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::source::Span;

static CODE: Code = Code {
    id: "RBC501",
    name: "missing-header",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("missing_header.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    let header = &cx.runbook.header;
    let missing: Vec<&str> = [
        ("STATUS", &header.status),
        ("Scope", &header.scope),
        ("Conventions", &header.conventions),
    ]
    .into_iter()
    .filter(|(_, paragraph)| paragraph.is_none())
    .map(|(name, _)| name)
    .collect();
    if missing.is_empty() {
        return;
    }
    let place = match &cx.runbook.title {
        Some(title) => title.span,
        None => Span::new(cx.file.id, 0, 0),
    };
    findings.push(
        Diagnostic::new(
            &CODE,
            place,
            format!("no `{}:` paragraph introduces this runbook", missing.join(":`, no `")),
        )
        .help("say under the title how far the text is proven, what the window is and is not about, and how to read it"),
    );
}
