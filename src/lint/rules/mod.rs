//! The rules, one file each, with its manual page beside it.

pub mod bad_suppression;
pub mod unused_suppression;

use super::Rule;

/// Every rule, in order of code.
pub static ALL: &[&Rule] = &[&unused_suppression::RULE, &bad_suppression::RULE];

/// The rule with this id or name, as written in configuration and suppressions.
pub fn find(name: &str) -> Option<&'static Rule> {
    ALL.iter()
        .copied()
        .find(|rule| rule.code.id == name || rule.code.name == name)
}
