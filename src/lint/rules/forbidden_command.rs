//! RBC203: commands that the policy forbids.

use crate::config::Forbidden;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::effect::Invocation;
use crate::lint::{Context, Reach, Rule, revert};

static CODE: Code = Code {
    id: "RBC203",
    name: "forbidden-command",
    default: Some(Severity::Error),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("forbidden_command.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    let forbidden = &cx.config.policy.forbid;
    if forbidden.is_empty() {
        return;
    }
    let reverts = revert::commands(cx);
    let in_tables = reverts.iter().flat_map(revert::RevertCommand::uses);
    for one in cx.own_uses().into_iter().chain(in_tables) {
        let Some(invocation) = &one.effect.invocation else {
            continue;
        };
        let Some(hit) = forbidden.iter().find(|it| matches(it, invocation)) else {
            continue;
        };
        findings.push(
            Diagnostic::new(
                &CODE,
                one.span,
                format!("`{}` is forbidden here: {}", hit.command, hit.reason),
            )
            .label("forbidden by rbc.toml")
            .help("take it out; `[[policy.forbid]]` in rbc.toml says why"),
        );
    }
}

/// Whether an invocation has the words of a forbidden command in order, and its options anywhere.
fn matches(forbidden: &Forbidden, invocation: &Invocation) -> bool {
    let (options, words): (Vec<&str>, Vec<&str>) = forbidden
        .command
        .split_whitespace()
        .partition(|word| word.starts_with('-'));
    let Some((tool, words)) = words.split_first() else {
        return false;
    };
    let operands = invocation.operands.iter().map(|it| it.text.as_str());
    let called: Vec<&str> = invocation
        .verb
        .iter()
        .map(String::as_str)
        .chain(operands)
        .collect();
    let name = invocation.tool.rsplit('/').next().unwrap_or_default();
    name == *tool
        && called.starts_with(words)
        && options.iter().all(|option| has_option(invocation, option))
}

/// Whether an option is given, as `--name`, or as `--name=value` with that value.
fn has_option(invocation: &Invocation, wanted: &str) -> bool {
    let (wanted_name, wanted_value) = match wanted.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (wanted, None),
    };
    invocation.options.iter().any(|(name, value)| {
        let given = value.as_ref().map(|value| value.text.as_str());
        name == wanted_name && wanted_value.is_none_or(|wanted| given == Some(wanted))
    })
}
