//! RBC113: "(writes only X)" on a label, contradicted by the block.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::effect::{Class, TargetId};
use crate::lint::context::Use;
use crate::lint::{Context, Reach, Rule};

static CODE: Code = Code {
    id: "RBC113",
    name: "write-scope",
    default: Some(Severity::Error),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("write_scope.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for step in &cx.runbook.steps {
        let Some(remark) = &step.label.remark else {
            continue;
        };
        let Some((_, scope)) = remark.text.split_once("writes only ") else {
            continue;
        };
        let scope = scope.split([',', ';', ' ']).next().unwrap_or(scope);
        for one in step.block.map_or_else(Vec::new, |block| cx.uses(block)) {
            let command = cx.quote(one.span);
            let found = match outside(&one, scope) {
                Some(outside) => Diagnostic::new(
                    &CODE,
                    one.span,
                    format!("{command} writes more than `{scope}`"),
                )
                .label(outside),
                None if one.effect.unknown => Diagnostic::new(
                    &CODE,
                    one.span,
                    format!("{command} may write more than `{scope}`: nobody can tell from here"),
                )
                .severity(Severity::Warning),
                None => continue,
            };
            findings.push(
                found
                    .related(remark.span, "the promise")
                    .help("correct the label, or what the block writes"),
            );
        }
    }
}

/// What a command changes outside of `scope`, where that is certain.
fn outside(one: &Use<'_>, scope: &str) -> Option<String> {
    if one.mutates() {
        return Some("changes the system".to_owned());
    }
    if one.effect.class != Class::LocalWrite {
        return None;
    }
    // Up to the first placeholder, which may stand for anything.
    let scope = scope.split('<').next().unwrap_or(scope);
    let scope = scope.trim_start_matches("./");
    one.targets.iter().find_map(|target| match &target.id {
        TargetId::Named(path) if target.kind == "file" => {
            let below = path.trim_start_matches("./").starts_with(scope);
            (!below && !path.contains('$')).then(|| format!("writes `{path}`"))
        }
        TargetId::Named(_)
        | TargetId::Placeholder(_)
        | TargetId::Ambient
        | TargetId::All
        | TargetId::Unknown => None,
    })
}
