//! RBC309: calls of scripts that call themselves deprecated.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::rules::missing_script::script_path;
use crate::lint::{Context, Reach, Rule};
use crate::workspace::normalise;
use std::collections::BTreeSet;

static CODE: Code = Code {
    id: "RBC309",
    name: "deprecated-script",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("deprecated_script.md"),
    reach: Reach::Everything,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    let mut seen = BTreeSet::new();
    for one in cx.own_uses() {
        let followed = one.effect.reasons.iter().find_map(|reason| {
            let file = reason.file.as_deref()?;
            Some(file.split_once(':').map_or(file, |(path, _)| path))
        });
        let called = followed.or_else(|| script_path(one.effect));
        let Some(path) = called.and_then(|path| normalise("", path)) else {
            continue;
        };
        let Some(text) = cx.workspace.text(&path) else {
            continue;
        };
        if !seen.insert((one.span, path.clone())) {
            continue;
        }
        if let Some(line) = notice(&text) {
            findings.push(
                Diagnostic::new(
                    &CODE,
                    cx.part(one.span, &path),
                    format!("`{path}` calls itself deprecated"),
                )
                .label("deprecated")
                .help(format!("its header says: {line}")),
            );
        }
    }
}

/// The line of the leading comment that speaks of deprecation.
fn notice(text: &str) -> Option<&str> {
    text.lines()
        .take_while(|line| line.starts_with('#') || line.trim().is_empty())
        .map(|line| line.trim_start_matches(['#', ' ']))
        .find(|line| {
            let lower = line.to_lowercase();
            let says = [
                "is deprecated",
                "now deprecated",
                "been deprecated",
                "deprecated:",
                "deprecated,",
            ];
            line.contains("DEPRECATED")
                || lower.starts_with("deprecated")
                || says.iter().any(|words| lower.contains(words))
        })
}
