//! RBC203: commands that the policy forbids.

use crate::config::Forbidden;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::effect::{Argument, Invocation};
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
        let hit = forbidden
            .iter()
            .map(|it| (matches(it, invocation), it))
            .filter(|(fits, _)| *fits != Fits::No)
            .max_by_key(|(fits, _)| *fits);
        findings.extend(hit.map(|(fits, hit)| {
            match fits {
                Fits::Yes | Fits::No => Diagnostic::new(
                    &CODE,
                    one.span,
                    format!("`{}` is forbidden here: {}", hit.command, hit.reason),
                )
                .label("forbidden by rbc.toml")
                .help(match &hit.instead {
                    Some(instead) => format!("instead, {instead}"),
                    None => "take it out; `[[policy.forbid]]` in rbc.toml says why".to_owned(),
                }),
                Fits::Maybe => Diagnostic::new(
                    &CODE,
                    one.span,
                    format!(
                        "{} may be `{}`, which is forbidden here: {}",
                        cx.quote(one.span),
                        hit.command,
                        hit.reason
                    ),
                )
                .severity(Severity::Warning)
                .label("decided only when it runs")
                .help("write the command out, so that a reader can see which one it is"),
            }
        }));
    }
}

/// Whether an invocation is a forbidden command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fits {
    No,
    /// A variable decides. A placeholder is no doubt: a person fills it in and the session shows
    /// the command before it runs.
    Maybe,
    Yes,
}

/// Whether an invocation has the words of a forbidden command in order, and its options anywhere.
fn matches(forbidden: &Forbidden, invocation: &Invocation) -> Fits {
    let (options, words): (Vec<&str>, Vec<&str>) = forbidden
        .command
        .split_whitespace()
        .partition(|word| word.starts_with('-'));
    let Some((tool, words)) = words.split_first() else {
        return Fits::No;
    };
    let name = invocation.tool.rsplit('/').next().unwrap_or_default();
    if name != *tool {
        return Fits::No;
    }
    let verbs = invocation.verb.iter().map(|word| (word.as_str(), true));
    let operands = invocation.operands.iter().map(|it| {
        let open = !it.known && it.placeholder.is_none();
        (it.text.as_str(), !open)
    });
    let mut called = verbs.chain(operands);
    let mut fits = Fits::Yes;
    for word in words {
        match called.next() {
            Some((text, true)) if text == *word => {}
            Some((_, false)) => fits = Fits::Maybe,
            Some((_, true)) | None => return Fits::No,
        }
    }
    options
        .iter()
        .map(|option| has_option(invocation, option))
        .min()
        .map_or(fits, |options| fits.min(options))
}

/// Whether an option is given, as `--name`, or as `--name=value` with that value.
fn has_option(invocation: &Invocation, wanted: &str) -> Fits {
    let (wanted_name, wanted_value) = match wanted.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (wanted, None),
    };
    let fits = |(name, value): &(String, Option<Argument>)| {
        let Some(wanted) = wanted_value.filter(|_| name == wanted_name) else {
            return match name == wanted_name {
                true => Fits::Yes,
                false => Fits::No,
            };
        };
        match value {
            Some(value) if value.text == wanted => Fits::Yes,
            Some(value) if !value.known && value.placeholder.is_none() => Fits::Maybe,
            Some(_) | None => Fits::No,
        }
    };
    let given = invocation.options.iter().map(fits).max();
    given.unwrap_or(Fits::No)
}
