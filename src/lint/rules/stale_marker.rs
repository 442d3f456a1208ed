//! RBC502: [REVALIDATE] left in a runbook that was executed.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::source::Span;

static CODE: Code = Code {
    id: "RBC502",
    name: "stale-marker",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("stale_marker.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(status) = &cx.runbook.header.status else {
        return;
    };
    let executed = status.text.to_lowercase().replace(' ', "-");
    if !(executed.contains("as-executed") || executed.contains("executed-end-to-end")) {
        return;
    }
    for marker in &cx.runbook.markers {
        let says = marker.text.trim_matches(['[', ']']).trim();
        if says.starts_with("REVALIDATE") && stands_on_something(cx, marker.span) {
            findings.push(
                Diagnostic::new(&CODE, marker.span, "`[REVALIDATE]` is left, and STATUS says as-executed")
                    .label("proven or not?")
                    .related(status.span, "the status")
                    .help("take the marker away where the execution has proven the text, else correct STATUS"),
            );
        }
    }
}

/// Whether a marker stands on a label, a heading or a list item, rather than in a sentence.
fn stands_on_something(cx: &Context<'_>, marker: Span) -> bool {
    let on_label = cx
        .runbook
        .steps
        .iter()
        .any(|step| step.label.span.contains(marker));
    let on_heading = cx
        .runbook
        .sections
        .iter()
        .any(|it| it.heading.contains(marker));
    let before = cx
        .file
        .text
        .get(..marker.start as usize)
        .unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default().trim_start();
    let item = line.trim_start_matches(|c: char| c.is_ascii_digit());
    on_label || on_heading || line.starts_with(['-', '*', '+']) || item.starts_with(['.', ')'])
}
