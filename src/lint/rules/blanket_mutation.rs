//! RBC204: mutations of a computed set that may hold something protected.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::effect::TargetId;
use crate::lint::context::Use;
use crate::lint::{Context, Reach, Rule};

static CODE: Code = Code {
    id: "RBC204",
    name: "blanket-mutation",
    default: Some(Severity::Error),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("blanket_mutation.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

/// The kinds of object that `protected` names.
const KINDS: [&str; 5] = ["juju-", "k8s-", "os-", "container", "systemd-unit"];

/// Clients of the systems whose objects `protected` names.
const CLIENTS: [&str; 9] = [
    "juju",
    "kubectl",
    "oc",
    "openstack",
    "docker",
    "podman",
    "lxc",
    "systemctl",
    "helm",
];

/// Whether a client is given names that cannot be known here.
fn works_on_a_set(one: &Use<'_>) -> bool {
    one.effect.invocation.as_ref().is_some_and(|invocation| {
        let mut operands = invocation.operands.iter();
        CLIENTS.contains(&invocation.tool.as_str())
            && operands.any(|operand| !operand.known && operand.placeholder.is_none())
            || CLIENTS.contains(&invocation.tool.as_str()) && invocation.operands.is_empty()
    })
}

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    let protected = &cx.config.policy.protected;
    let Some(example) = protected.first() else {
        return;
    };
    for one in cx.own_uses() {
        let computed = one.targets.iter().any(|target| {
            let named = KINDS.iter().any(|kind| target.kind.starts_with(kind));
            named && matches!(target.id, TargetId::Unknown | TargetId::All)
        });
        if one.effect.unknown && !one.mutates() && one.effect.repeated && works_on_a_set(&one) {
            findings.push(
                Diagnostic::new(
                    &CODE,
                    one.span,
                    format!(
                        "{} may change whatever a command lists: nobody can tell from here",
                        cx.quote(one.span)
                    ),
                )
                .severity(Severity::Warning)
                .label(format!("`{example}` may be among them"))
                .help("write the verb out, and name what is to be changed, one after the other"),
            );
        }
        if one.mutates() && one.effect.repeated && computed {
            findings.push(
                Diagnostic::new(
                    &CODE,
                    one.span,
                    format!("{} changes whatever a command lists", cx.quote(one.span)),
                )
                .label(format!("`{example}` may be among them"))
                .help("name what is to be changed, one after the other; a list that is computed has no reader"),
            );
        }
    }
}
