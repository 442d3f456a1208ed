//! RBC303: called scripts that do not parse.

use super::missing_script::script_path;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::shell;
use crate::source::LineIndex;
use crate::workspace::normalise;

static CODE: Code = Code {
    id: "RBC303",
    name: "broken-script",
    default: Some(Severity::Error),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("broken_script.md"),
    reach: Reach::Everything,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for one in cx.own_uses_with("followed-script") {
        let Some(path) = script_path(one.effect) else {
            continue;
        };
        let text = normalise("", path).and_then(|path| cx.workspace.text(&path));
        let Some(text) = text else {
            continue;
        };
        let script = shell::parse(&text, Some("bash"));
        let Some(gap) = script.gaps.first() else {
            continue;
        };
        let line = LineIndex::new(&text).line(gap.at.start);
        findings.push(
            Diagnostic::new(
                &CODE,
                cx.part(one.span, path),
                format!("`{path}` is no valid shell: line {line}: {}", gap.message),
            )
            .label("stops there")
            .help("bash runs what stands before that line and then gives up, in the middle of the step"),
        );
    }
}
