//! RBC302: scripts called by their path alone.

use crate::diagnostic::{Code, Diagnostic, Edit, Fix, Safety, Severity};
use crate::lint::{Context, Reach, Rule};

static CODE: Code = Code {
    id: "RBC302",
    name: "bare-script",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("bare_script.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for one in cx.own_uses() {
        let Some(invocation) = &one.effect.invocation else {
            continue;
        };
        let path = invocation.tool.as_str();
        let is_relative = path.contains('/') && !path.starts_with(['/', '~', '$']);
        let in_script = one
            .effect
            .reasons
            .iter()
            .any(|reason| reason.file.is_some());
        if in_script || !is_relative || !path.ends_with(".sh") {
            continue;
        }
        let span = cx.part(one.span, path);
        let right = format!("bash {}", path.strip_prefix("./").unwrap_or(path));
        let finding = Diagnostic::new(&CODE, span, format!("`{path}` is called without `bash`"))
            .label("needs an exec bit")
            .help(format!(
                "write `{right}`: files of the repository carry no exec bit"
            ));
        // A path put together from quotes or variables is for a person to change.
        findings.push(if cx.file.slice(span) == path {
            finding.fix(Fix {
                title: format!("write `{right}`"),
                safety: Safety::Safe,
                edits: vec![Edit {
                    span,
                    replacement: right,
                }],
            })
        } else {
            finding
        });
    }
}
