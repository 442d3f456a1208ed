//! Applies the fixes of findings to a text, as many as leave it no worse than it was.

use crate::diagnostic::{Code, Diagnostic, Edit, Fix, Severity};

/// A bound on the rounds: a fix may make room for another one, and no two may undo each other for ever.
const MOST_ROUNDS: usize = 10;

/// What fixing a text came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// The text; the one that was given where nothing could be fixed.
    pub text: String,
    /// How many fixes it holds.
    pub applied: usize,
    /// The fixes that were left out because the text would have had more findings with them: the
    /// code of each, and what it would have done.
    pub refused: Vec<(&'static Code, String)>,
}

/// Fixes a text, again and again until nothing is left to fix.
///
/// `lint` finds what is wrong with a text under every rule that is on; `wanted` says which findings
/// to fix. A fix that leaves more errors, more errors and warnings, or more findings than there
/// were is left out.
pub fn fix(
    text: &str,
    lint: impl Fn(&str) -> Vec<Diagnostic>,
    wanted: impl Fn(&Diagnostic) -> bool,
) -> Fixed {
    let mut fixed = Fixed {
        text: text.to_owned(),
        applied: 0,
        refused: Vec::new(),
    };
    let mut findings = lint(text);
    for _ in 0..MOST_ROUNDS {
        let fixes: Vec<(&'static Code, &Fix)> = findings
            .iter()
            .filter(|finding| wanted(finding))
            .filter_map(|finding| Some((finding.code, finding.fix.as_ref()?)))
            .collect();
        if fixes.is_empty() {
            break;
        }
        let together = apply(&fixed.text, fixes.iter().map(|(_, fix)| *fix));
        let after = lint(&together.text);
        if no_worse(weight(&after), weight(&findings)) && together.text != fixed.text {
            fixed.applied += together.count;
            fixed.text = together.text;
            findings = after;
            fixed.refused.clear();
            continue;
        }
        // Something in it does harm: one more at a time.
        let mut accepted: Vec<&Fix> = Vec::new();
        let mut known = weight(&findings);
        fixed.refused.clear();
        for (code, fix) in &fixes {
            let attempt = apply(&fixed.text, accepted.iter().copied().chain([*fix]));
            if attempt.count == accepted.len() {
                continue;
            }
            let after = weight(&lint(&attempt.text));
            if no_worse(after, known) {
                known = after;
                accepted.push(fix);
            } else {
                fixed.refused.push((*code, fix.title.clone()));
            }
        }
        if accepted.is_empty() {
            break;
        }
        fixed.applied += accepted.len();
        fixed.text = apply(&fixed.text, accepted).text;
        findings = lint(&fixed.text);
    }
    fixed
}

/// Errors; errors and warnings; all findings.
type Weight = [usize; 3];

fn weight(findings: &[Diagnostic]) -> Weight {
    [Severity::Error, Severity::Warning, Severity::Info].map(|least| {
        findings
            .iter()
            .filter(|finding| finding.severity >= least)
            .count()
    })
}

fn no_worse(after: Weight, before: Weight) -> bool {
    after
        .iter()
        .zip(before)
        .all(|(after, before)| *after <= before)
}

/// A text with fixes in it.
struct Applied {
    text: String,
    count: usize,
}

/// Applies fixes to the text they were found in. One that touches what an earlier one changes
/// waits for the next round.
fn apply<'a>(text: &str, fixes: impl IntoIterator<Item = &'a Fix>) -> Applied {
    let mut edits: Vec<&Edit> = Vec::new();
    let mut count = 0;
    for fix in fixes {
        let free = fix.edits.iter().all(|edit| {
            edits.iter().all(|taken| !collide(taken, edit)) && text.get(edit.span.range()).is_some()
        });
        if free && !fix.edits.is_empty() {
            edits.extend(&fix.edits);
            count += 1;
        }
    }
    edits.sort_by_key(|edit| edit.span);
    Applied {
        text: rewrite(text, &edits),
        count,
    }
}

/// The text with its edits, which are in order and do not overlap.
fn rewrite(text: &str, edits: &[&Edit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for edit in edits {
        let span = edit.span.range();
        out.push_str(text.get(copied..span.start).unwrap_or(""));
        out.push_str(&edit.replacement);
        copied = span.end;
    }
    out.push_str(text.get(copied..).unwrap_or(""));
    out
}

/// Whether two edits change the same bytes or insert at the same place.
fn collide(a: &Edit, b: &Edit) -> bool {
    a.span.start < b.span.end && b.span.start < a.span.end || a.span.start == b.span.start
}
