//! RBC101: mutations of something that nobody has looked at since it was last changed.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::effect::{Target, TargetId, covers};
use crate::lint::context::{Event, Use, describe};
use crate::lint::{Context, Reach, Rule};
use crate::runbook::StepKind;

static CODE: Code = Code {
    id: "RBC101",
    name: "unverified-mutation",
    default: Some(Severity::Error),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("unverified_mutation.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

/// What is known of one target when a step begins.
struct Knowledge<'a> {
    /// The event that last read it.
    read: Option<usize>,
    /// The event and the command that last changed it or what contains it.
    changed: Option<(usize, Use<'a>)>,
}

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    let events = cx.events();
    for (index, event) in events.iter().enumerate() {
        if event.kind != Some(StepKind::Run) {
            continue;
        }
        let mut reported = Vec::new();
        for mutation in event.uses.iter().filter(|one| needs_verification(one)) {
            if reported.contains(&mutation.span) {
                continue;
            }
            let before = events.get(..index).unwrap_or_default();
            if let Some(found) = judge(cx, before, mutation) {
                reported.push(mutation.span);
                findings.push(found);
            }
        }
    }
}

/// Backups leave the object as it was: they neither need nor spend a verification.
fn needs_verification(one: &Use<'_>) -> bool {
    one.mutates() && !one.has("backup")
}

/// The finding about one mutation, `before` being what runs before it.
fn judge(cx: &Context<'_>, before: &[Event<'_>], mutation: &Use<'_>) -> Option<Diagnostic> {
    let targets = &mutation.targets;
    let known: Vec<&Target> = targets
        .iter()
        .filter(|target| target.id != TargetId::Unknown)
        .collect();
    if known.is_empty() {
        return judge_unknown(cx, before, mutation);
    }
    let (target, knowledge) = known.into_iter().find_map(|target| {
        let knowledge = knowledge(before, target, tool(mutation));
        let verified = match (knowledge.read, &knowledge.changed) {
            (Some(read), Some((changed, _))) => read > *changed,
            (Some(_), None) => true,
            (None, _) => false,
        };
        (!verified).then_some((target, knowledge))
    })?;
    let what = describe(target);
    let command = cx.quote(mutation.span);
    let message = match &knowledge.changed {
        None => format!("{command} changes {what}, which no CHECK has read before"),
        Some(_) => {
            format!("{command} changes {what}, which no CHECK has read since it was changed")
        }
    };
    let mut found = Diagnostic::new(&CODE, mutation.span, message)
        .label(format!("changes {what}"))
        .help(format!(
            "put a CHECK that reads {what} before this step, so that the operator sees its state before changing it"
        ));
    if let Some((_, change)) = &knowledge.changed {
        found = found.related(change.span, "changed here");
    }
    if let Some(last) = last_check(before) {
        let place = last.step.map_or(last.span, |step| step.label.word);
        found = found.related(place, format!("the last look{}", reads(last)));
    }
    Some(found)
}

/// What the events before a mutation know of its target.
fn knowledge<'a>(before: &[Event<'a>], target: &Target, by: Option<&str>) -> Knowledge<'a> {
    let mut knowledge = Knowledge {
        read: None,
        changed: None,
    };
    for (index, event) in before.iter().enumerate() {
        for one in &event.uses {
            if needs_verification(one) && one.targets.iter().any(|changed| covers(changed, target))
            {
                knowledge.changed = Some((index, one.clone()));
            }
        }
        let reads = verifies(event).any(|one| {
            one.targets.iter().any(|read| covers(read, target))
                // What runs on a host has seen that it is there.
                || one.host.as_ref() == Some(target)
                // Nobody has written down what this command of the same tool reads: not knowing is
                // no proof that it was something else.
                || one.targets.is_empty() && by.is_some() && tool(one) == by
        });
        if reads {
            knowledge.read = Some(index);
        }
    }
    knowledge
}

fn tool<'a>(one: &Use<'a>) -> Option<&'a str> {
    let invocation = one.effect.invocation.as_ref()?;
    Some(&invocation.tool)
}

/// A mutation whose target cannot be told: it is enough that anything was looked at since the last
/// mutation.
fn judge_unknown(cx: &Context<'_>, before: &[Event<'_>], mutation: &Use<'_>) -> Option<Diagnostic> {
    let last_mutation = before
        .iter()
        .rposition(|event| event.uses.iter().any(needs_verification));
    let since = match last_mutation {
        Some(last) => before.get(last..).unwrap_or_default(),
        None => before,
    };
    if since.iter().any(|event| verifies(event).next().is_some()) {
        return None;
    }
    let command = cx.quote(mutation.span);
    Some(
        Diagnostic::new(
            &CODE,
            mutation.span,
            format!("{command} changes something that no CHECK has read before"),
        )
        .severity(Severity::Warning)
        .help("put a CHECK before this step that reads what it changes"),
    )
}

/// The commands of an event that verify what they read: proven reads in a CHECK or a gate that
/// changes nothing.
fn verifies<'a, 'b>(event: &'b Event<'a>) -> impl Iterator<Item = &'b Use<'a>> {
    let trusted = match event.kind {
        Some(StepKind::Check) => true,
        Some(StepKind::Gate) => !event.uses.iter().any(|one| one.effect.mutates()),
        Some(StepKind::Run) | None => false,
    };
    event.uses.iter().filter(move |one| {
        let effect = one.effect;
        trusted
            && effect.is_proven_read_only()
            && !effect.facets.contains("help")
            && (!effect.may || effect.repeated)
    })
}

fn last_check<'a, 'b>(before: &'b [Event<'a>]) -> Option<&'b Event<'a>> {
    before
        .iter()
        .rev()
        .find(|event| verifies(event).next().is_some())
}

/// What an event reads, in words that complete "the last look".
fn reads(event: &Event<'_>) -> String {
    let mut words: Vec<String> = Vec::new();
    for target in verifies(event).flat_map(|one| &one.targets) {
        let target = describe(target);
        if !words.contains(&target) {
            words.push(target);
        }
    }
    if words.is_empty() {
        String::new()
    } else {
        format!(", at {}", words.join(", "))
    }
}
