//! RBC504: carriage returns.

use crate::diagnostic::{Code, Diagnostic, Edit, Fix, Safety, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::source::Span;

static CODE: Code = Code {
    id: "RBC504",
    name: "line-ending",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("line_ending.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

/// More lines than this are a file with other line endings, not a slip: one finding says so.
const MOST: usize = 5;

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    let places: Vec<usize> = cx.file.text.match_indices('\r').map(|(at, _)| at).collect();
    let shown = if places.len() > MOST { 1 } else { places.len() };
    for at in places.iter().take(shown) {
        let start = u32::try_from(*at).unwrap_or(u32::MAX);
        let message = if shown < places.len() {
            format!(
                "{} lines of this file end in a carriage return",
                places.len()
            )
        } else {
            "this line holds a carriage return".to_owned()
        };
        let finding =
            Diagnostic::new(&CODE, Span::new(cx.file.id, start, start.saturating_add(1)), message)
                .label("CR")
                .help("end lines with a line feed alone: pasted into a shell, the CR becomes part of the last argument");
        let mended: &[usize] = if shown < places.len() {
            &places
        } else {
            std::slice::from_ref(at)
        };
        let edits = edits(cx, mended);
        findings.push(if edits.is_empty() {
            finding
        } else {
            finding.fix(Fix {
                title: "end the lines with a line feed alone".to_owned(),
                safety: Safety::Safe,
                edits,
            })
        });
    }
}

/// The edits that take carriage returns away, of those that end a line: one inside a line may stand
/// for anything.
fn edits(cx: &Context<'_>, places: &[usize]) -> Vec<Edit> {
    let ends_line = |at: &&usize| {
        let rest = cx.file.text.get(**at..).unwrap_or("");
        rest.trim_start_matches('\r').starts_with('\n')
    };
    places
        .iter()
        .filter(ends_line)
        .map(|at| {
            let start = u32::try_from(*at).unwrap_or(u32::MAX);
            Edit {
                span: Span::new(cx.file.id, start, start.saturating_add(1)),
                replacement: String::new(),
            }
        })
        .collect()
}
