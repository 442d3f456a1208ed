//! The rules, one file each, with its manual page beside it.

pub(super) mod bad_suppression;
mod bare_script;
mod channel_change;
mod missing_script;
mod mutating_check;
mod mutating_gate;
mod parsed;
mod pasted_prompt;
mod protected_target;
mod shell_syntax;
mod undeclared_placeholder;
mod ungated_mutation;
mod unlabelled_check;
mod unlabelled_mutation;
pub(super) mod unused_suppression;
mod unverified_mutation;

use super::Rule;

/// Every rule, in order of code.
pub static ALL: &[&Rule] = &[
    &unverified_mutation::RULE,
    &mutating_check::RULE,
    &ungated_mutation::RULE,
    &mutating_gate::RULE,
    &unlabelled_mutation::RULE,
    &unlabelled_check::RULE,
    &channel_change::RULE,
    &protected_target::RULE,
    &missing_script::RULE,
    &bare_script::RULE,
    &undeclared_placeholder::RULE,
    &shell_syntax::RULE,
    &pasted_prompt::RULE,
    &parsed::UNKNOWN_LABEL,
    &parsed::UNCLOSED_FENCE,
    &parsed::LOST_FENCE,
    &unused_suppression::RULE,
    &bad_suppression::RULE,
];

/// The rule with this id or name, as written in configuration and suppressions.
pub fn find(name: &str) -> Option<&'static Rule> {
    ALL.iter()
        .copied()
        .find(|rule| rule.code.id == name || rule.code.name == name)
}
