//! RBC307: placeholders in blocks that nothing declares.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic, Severity, nearest};
use crate::lint::{Context, Reach, Rule};
use crate::shell::Dialect;

static CODE: Code = Code {
    id: "RBC307",
    name: "undeclared-placeholder",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("undeclared_placeholder.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    let declared = declared(cx);
    let mut seen = BTreeSet::new();
    for block in &cx.runbook.blocks {
        let Some(script) = &block.script else {
            continue;
        };
        if let Dialect::Other { .. } = script.dialect {
            continue;
        }
        for placeholder in &script.placeholders {
            let name = placeholder.name.as_str();
            let is_choice = !placeholder.choices.is_empty();
            if is_choice || declared.contains(name) || !seen.insert(name) {
                continue;
            }
            let help = match nearest(name, declared.iter().copied()) {
                Some(near) => format!(
                    "did you mean `<{near}>`? Otherwise say in a `Placeholders:` list what it stands for"
                ),
                None => {
                    format!("say in a `Placeholders:` list what it stands for: - `<{name}>` ...")
                }
            };
            findings.push(
                Diagnostic::new(
                    &CODE,
                    cx.span(block, placeholder.range),
                    format!("nothing says what `<{name}>` is"),
                )
                .label("asked for without a word of explanation")
                .help(help),
            );
        }
    }
}

/// The names that the file, its directives or the configuration declare.
fn declared<'a>(cx: &Context<'a>) -> BTreeSet<&'a str> {
    let in_file = cx.runbook.declarations.iter().map(|it| it.name.as_str());
    let in_config = cx.config.placeholders.keys().map(String::as_str);
    // Captures and procedures bind names too: `capture=pre-ts`, `columns=a,b`, `params=app`.
    let pairs = cx.runbook.directives.iter().flat_map(|it| &it.pairs);
    let bound = pairs
        .filter(|(key, _)| ["capture", "columns", "params"].contains(&key.text.as_str()))
        .flat_map(|(_, names)| names.text.split([',', ' ']));
    in_file.chain(in_config).chain(bound).collect()
}
