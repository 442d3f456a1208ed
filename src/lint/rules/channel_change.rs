//! RBC201: commands that change the channel an application follows, or its charm.

use crate::config::ChannelChanges;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::effect::{Effect, Target, TargetId};
use crate::lint::context::Use;
use crate::lint::{Context, Reach, Rule, revert};

static CODE: Code = Code {
    id: "RBC201",
    name: "channel-change",
    default: Some(Severity::Error),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("channel_change.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for event in cx.events() {
        let in_revert = event
            .section
            .is_some_and(|section| revert::is_revert(cx, section));
        for one in &event.uses {
            let in_prose = event.step.is_some_and(|step| {
                step.inline
                    .iter()
                    .any(|code| code.content.whole().contains(one.span))
            });
            let in_revert = in_revert || in_prose && revert::in_sentence(cx, one.span);
            look(cx, one, in_revert, findings);
        }
    }
    for command in revert::commands(cx) {
        for one in command.uses() {
            look(cx, &one, true, findings);
        }
    }
}

fn look(cx: &Context<'_>, one: &Use<'_>, in_revert: bool, findings: &mut Vec<Diagnostic>) {
    let effect = one.effect;
    let switches = effect.facets.contains("charm-switch");
    let bundle = deploys_a_bundle(effect);
    if !effect.mutates() || !(switches || bundle || effect.facets.contains("channel")) {
        return;
    }
    let in_revert = match cx.config.policy.channel_changes.unwrap_or_default() {
        ChannelChanges::Allowed if !switches => return,
        ChannelChanges::Allowed | ChannelChanges::Never => false,
        ChannelChanges::InReverts => in_revert,
    };
    if in_revert && !switches && re_tracks(cx, effect) {
        return;
    }
    let command = cx.quote(one.span);
    let (message, help) = if switches {
        (
            format!("{command} replaces the charm itself"),
            "a change of charm is a migration with a procedure of its own",
        )
    } else if bundle {
        (
            format!("{command} brings every application to the channel of the bundle"),
            "change one application at a time, inside its channel; a bundle says how a model is built, not how it is updated",
        )
    } else {
        (
            format!("{command} changes a channel"),
            "refresh inside the channel that is pinned; only a revert re-tracks it, with `--channel <pinned-channel>`",
        )
    };
    let option = ["--channel", "--switch", "--path"]
        .iter()
        .map(|option| cx.part(one.span, option))
        .find(|place| *place != one.span);
    findings.push(
        Diagnostic::new(&CODE, option.unwrap_or(one.span), message)
            .label("changes what the application follows")
            .help(help),
    );
}

/// Whether the command deploys a bundle: a file that names a channel for each application.
fn deploys_a_bundle(effect: &Effect) -> bool {
    effect.invocation.as_ref().is_some_and(|invocation| {
        let first = invocation.operands.first();
        invocation.tool == "juju"
            && invocation.verb == ["deploy"]
            && first.is_some_and(|it| it.text.ends_with(".yaml") || it.text.ends_with(".yml"))
    })
}

/// Whether the command only makes an application follow its pinned channel again.
fn re_tracks(cx: &Context<'_>, effect: &Effect) -> bool {
    let Some(invocation) = &effect.invocation else {
        return false;
    };
    let channel = invocation
        .options
        .iter()
        .find(|(name, _)| name == "--channel");
    let Some((_, Some(channel))) = channel else {
        return false;
    };
    if let Some(placeholder) = &channel.placeholder {
        return placeholder.starts_with("pinned");
    }
    channel.known
        && effect
            .targets
            .iter()
            .all(|target| pinned(cx, target).is_some_and(|pinned| pinned == channel.text))
}

/// The channel that the version-lock table pins for an application.
fn pinned(cx: &Context<'_>, target: &Target) -> Option<String> {
    let TargetId::Named(name) = &target.id else {
        return None;
    };
    let path = cx.config.paths.version_lock.as_deref()?;
    let text = cx.workspace.text(path)?;
    pinned_in(&text, name)
}

/// The first cell that looks like a channel in the table row whose first cell is `name`.
fn pinned_in(text: &str, name: &str) -> Option<String> {
    let row = |line: &str| -> Vec<String> {
        line.trim()
            .trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().trim_matches('`').to_owned())
            .collect()
    };
    let cells = text
        .lines()
        .filter(|line| line.trim_start().starts_with('|'))
        .map(row)
        .find(|cells| cells.first().is_some_and(|first| first == name))?;
    cells.into_iter().skip(1).find(|cell| is_channel(cell))
}

fn is_channel(text: &str) -> bool {
    const RISKS: [&str; 4] = ["stable", "candidate", "beta", "edge"];
    let risk = text.split('/').nth(1);
    risk.is_some_and(|risk| RISKS.contains(&risk)) || RISKS.contains(&text)
}
