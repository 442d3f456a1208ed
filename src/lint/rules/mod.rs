//! The rules, one file each, with its manual page beside it.

pub(super) mod bad_suppression;
mod bare_script;
mod batched_mutations;
mod blanket_mutation;
mod broken_reference;
mod broken_script;
mod channel_change;
mod contradicted_fact;
mod dead_tail;
mod deprecated_script;
mod duplicate_id;
mod duplicate_step;
mod empty_gate;
mod forbidden_command;
mod interactive;
mod leaky_block;
mod line_ending;
mod masked_failure;
mod missing_expectation;
mod missing_header;
mod missing_index_row;
mod missing_script;
mod mutating_check;
mod mutating_gate;
mod no_revert;
mod non_ascii;
mod parsed;
mod pasted_prompt;
mod pin_without_retrack;
mod protected_target;
mod read_only_run;
mod secret_exposed;
mod secret_in_runbook;
mod shell_syntax;
mod stale_marker;
mod stdin_eater;
mod typography;
mod unbounded_wait;
pub(super) mod uncalled_script;
mod undeclared_placeholder;
mod ungated_mutation;
mod unknown_id;
mod unknown_label;
mod unknown_step;
mod unlabelled_check;
mod unlabelled_mutation;
mod unpinned_code;
mod unset_variable;
pub(super) mod unused_suppression;
mod unverified_mutation;
mod vacuous_gate;
mod write_scope;
mod wrong_order;

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
    &unbounded_wait::RULE,
    &no_revert::RULE,
    &vacuous_gate::RULE,
    &unlabelled_check::RULE,
    &write_scope::RULE,
    &missing_expectation::RULE,
    &contradicted_fact::RULE,
    &channel_change::RULE,
    &protected_target::RULE,
    &forbidden_command::RULE,
    &blanket_mutation::RULE,
    &pin_without_retrack::RULE,
    &secret_in_runbook::RULE,
    &secret_exposed::RULE,
    &unpinned_code::RULE,
    &wrong_order::RULE,
    &missing_script::RULE,
    &bare_script::RULE,
    &broken_script::RULE,
    &broken_reference::RULE,
    &unknown_step::RULE,
    &unknown_id::RULE,
    &undeclared_placeholder::RULE,
    &unset_variable::RULE,
    &deprecated_script::RULE,
    &duplicate_step::RULE,
    &duplicate_id::RULE,
    &uncalled_script::RULE,
    &missing_index_row::RULE,
    &shell_syntax::RULE,
    &pasted_prompt::RULE,
    &stdin_eater::RULE,
    &leaky_block::RULE,
    &masked_failure::RULE,
    &dead_tail::RULE,
    &typography::RULE,
    &interactive::RULE,
    &missing_header::RULE,
    &stale_marker::RULE,
    &non_ascii::RULE,
    &line_ending::RULE,
    &unknown_label::RULE,
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
