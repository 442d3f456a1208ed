//! RBC202: mutations of what the policy protects.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::effect::{Class, Effect, Scope, TargetId};
use crate::lint::context::{Use, place};
use crate::lint::{Context, Reach, Rule, revert};

static CODE: Code = Code {
    id: "RBC202",
    name: "protected-target",
    default: Some(Severity::Error),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("protected_target.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

/// Kinds of target that applications live in.
const CONTAINERS: [&str; 3] = ["juju-model", "juju-controller", "k8s-namespace"];

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    if cx.config.policy.protected.is_empty() {
        return;
    }
    for event in cx.events() {
        let place = event.step.and_then(place);
        for one in &event.uses {
            look(cx, one, place, findings);
        }
    }
    for command in revert::commands(cx) {
        for one in command.uses() {
            look(cx, &one, None, findings);
        }
    }
}

fn look(cx: &Context<'_>, one: &Use<'_>, place: Option<&str>, findings: &mut Vec<Diagnostic>) {
    if !one.mutates() {
        return;
    }
    let Some((protected, why)) = hit(cx, one.effect, place) else {
        return;
    };
    let already = |finding: &Diagnostic| finding.code == &CODE && finding.primary == one.span;
    if findings.iter().any(already) {
        return;
    }
    let command = cx.quote(one.span);
    findings.push(
        Diagnostic::new(
            &CODE,
            one.span,
            format!("{command} changes `{protected}`, which the policy protects"),
        )
        .label(why)
        .help(format!(
            "leave `{protected}` out of this procedure; `protected` in rbc.toml says that nothing may change it"
        )),
    );
}

/// The protected id that an effect touches, and how.
fn hit<'a>(
    cx: &Context<'a>,
    effect: &Effect,
    place: Option<&str>,
) -> Option<(&'a str, &'static str)> {
    let protected = &cx.config.policy.protected;
    let find = |id: &str| {
        protected
            .iter()
            .find(|protected| is_or_is_unit_of(id, protected))
            .map(String::as_str)
    };
    for target in &effect.targets {
        if let TargetId::Named(id) = &target.id
            && let Some(found) = find(id)
        {
            return Some((found, "changes it"));
        }
        for (_, id) in &target.within {
            if let TargetId::Named(id) = id
                && let Some(found) = find(id)
            {
                return Some((found, "changes something inside it"));
            }
        }
        if effect.class == Class::Destroy && CONTAINERS.contains(&target.kind.as_str()) {
            let first = protected.first().map(String::as_str);
            return first.map(|first| (first, "destroys what may contain it"));
        }
    }
    if let Scope::Remote { id, .. } = &effect.scope
        && let Some(found) = find(id)
    {
        return Some((found, "runs inside it"));
    }
    let found = place.and_then(find)?;
    Some((found, "runs inside it"))
}

/// Whether `id` is the protected one or one of its units (`vault/0`).
fn is_or_is_unit_of(id: &str, protected: &str) -> bool {
    id.strip_prefix(protected).is_some_and(|rest| {
        rest.is_empty()
            || rest.strip_prefix('/').is_some_and(|unit| {
                unit == "leader" || unit == "*" || unit.bytes().all(|byte| byte.is_ascii_digit())
            })
    })
}
