//! Which targets contain, equal or cover which: what rules about verification and protection ask.

use super::{Target, TargetId};

/// Whether reading `verification` shows the state of `mutation`: it is the same object, all of its
/// kind, or something that contains it. What is unknown covers nothing; an ambient parent is the
/// same one throughout.
pub fn covers(verification: &Target, mutation: &Target) -> bool {
    if verification.kind == mutation.kind
        && id_covers(&verification.id, &mutation.id)
        && within_agrees(&verification.within, &mutation.within)
        && same_place(&verification.within, &mutation.within)
    {
        return true;
    }
    // A parent: everything that contains the mutated object beyond the parent must agree too.
    mutation.within.iter().enumerate().any(|(at, (kind, id))| {
        *kind == verification.kind
            && id_covers(&verification.id, id)
            && within_agrees(
                &verification.within,
                mutation.within.get(at + 1..).unwrap_or(&[]),
            )
    })
}

fn id_covers(verification: &TargetId, mutation: &TargetId) -> bool {
    match (verification, mutation) {
        (TargetId::All, _) => true,
        (TargetId::Unknown, _) | (_, TargetId::Unknown) => false,
        (one, other) => one == other,
    }
}

/// Kinds of place that a command runs at: reading here shows nothing of there.
const PLACES: &[&str] = &[
    "host",
    "container",
    "k8s-pod",
    "juju-unit",
    "juju-machine",
    "vm",
];

/// Whether both lie at the same place, as far as they say.
fn same_place(one: &[(String, TargetId)], other: &[(String, TargetId)]) -> bool {
    let places = |within: &[(String, TargetId)]| -> Vec<(String, TargetId)> {
        within
            .iter()
            .filter(|(kind, _)| PLACES.contains(&kind.as_str()))
            .cloned()
            .collect()
    };
    places(one) == places(other)
}

fn within_agrees(one: &[(String, TargetId)], other: &[(String, TargetId)]) -> bool {
    one.iter().all(|(kind, id)| {
        other
            .iter()
            .filter(|(known, _)| known == kind)
            .all(|(_, known)| id == known || *id == TargetId::All || *known == TargetId::All)
    })
}

/// Whether the target is the object `kind id` or lies inside it.
pub fn touches(target: &Target, kind: &str, id: &str) -> bool {
    let is = |known: &str, of: &TargetId| {
        known == kind && matches!(of, TargetId::Named(name) if name == id)
    };
    is(&target.kind, &target.id) || target.within.iter().any(|(kind, of)| is(kind, of))
}

/// Whether the target may be the object `kind id` because the value is not known: a member of a
/// computed set. A placeholder is none: the session checks its value.
pub fn may_touch(target: &Target, kind: &str, id: &str) -> bool {
    let may = |known: &str, of: &TargetId| {
        known == kind && matches!(of, TargetId::Unknown | TargetId::All)
    };
    let _ = id;
    may(&target.kind, &target.id) || target.within.iter().any(|(kind, of)| may(kind, of))
}
