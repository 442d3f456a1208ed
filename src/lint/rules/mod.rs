//! The rules, one file each, with its manual page beside it.

pub(super) mod bad_suppression;
mod bare_script;
mod batched_mutations;
mod blanket_mutation;
mod broken_script;
mod channel_change;
mod duplicate_step;
mod empty_gate;
mod forbidden_command;
mod missing_expectation;
mod missing_header;
mod missing_script;
mod mutating_check;
mod mutating_gate;
mod non_ascii;
mod parsed;
mod pasted_prompt;
mod pin_without_retrack;
mod protected_target;
mod read_only_run;
mod shell_syntax;
mod stale_marker;
mod undeclared_placeholder;
mod ungated_mutation;
mod unknown_id;
mod unknown_step;
mod unlabelled_check;
mod unlabelled_mutation;
mod unpinned_code;
pub(super) mod unused_suppression;
mod unverified_mutation;
mod write_scope;

use super::Rule;

/// Every rule, in order of code.
pub static ALL: &[&Rule] = &[
    &unverified_mutation::RULE,
    &mutating_check::RULE,
    &ungated_mutation::RULE,
    &batched_mutations::RULE,
    &mutating_gate::RULE,
    &empty_gate::RULE,
    &unlabelled_mutation::RULE,
    &read_only_run::RULE,
    &unlabelled_check::RULE,
    &write_scope::RULE,
    &missing_expectation::RULE,
    &channel_change::RULE,
    &protected_target::RULE,
    &forbidden_command::RULE,
    &blanket_mutation::RULE,
    &pin_without_retrack::RULE,
    &unpinned_code::RULE,
    &missing_script::RULE,
    &bare_script::RULE,
    &broken_script::RULE,
    &unknown_step::RULE,
    &unknown_id::RULE,
    &undeclared_placeholder::RULE,
    &duplicate_step::RULE,
    &shell_syntax::RULE,
    &pasted_prompt::RULE,
    &missing_header::RULE,
    &stale_marker::RULE,
    &non_ascii::RULE,
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
