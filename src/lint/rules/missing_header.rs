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
    let missing: Vec<&str> = cx
        .config
        .style
        .header()
        .into_iter()
        .filter(|word| !has(cx, word))
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

/// Whether a paragraph before the first numbered section begins with `WORD:`.
fn has(cx: &Context<'_>, word: &str) -> bool {
    let header = &cx.runbook.header;
    match word {
        "STATUS" => header.status.is_some(),
        "Scope" => header.scope.is_some(),
        "Conventions" => header.conventions.is_some(),
        other => {
            let sections = cx.runbook.sections.iter();
            let first = sections
                .filter(|section| section.number.is_some())
                .map(|it| it.heading.start)
                .min();
            cx.runbook.paragraphs.iter().any(|paragraph| {
                first.is_none_or(|first| paragraph.text.span.start < first)
                    && paragraph
                        .text
                        .text
                        .strip_prefix(other)
                        .is_some_and(|rest| rest.starts_with(':'))
            })
        }
    }
}
