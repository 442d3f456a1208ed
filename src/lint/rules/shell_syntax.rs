//! RBC401: blocks that are no valid shell.

use super::pasted_prompt::{prompts, says_shell};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::shell::Dialect;

static CODE: Code = Code {
    id: "RBC401",
    name: "shell-syntax",
    default: Some(Severity::Error),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("shell_syntax.md"),
    reach: Reach::Everything,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for block in &cx.runbook.blocks {
        let Some(script) = &block.script else {
            continue;
        };
        // What an untyped block without a label is, nobody can tell.
        let meant_as_shell = block.step.is_some() || says_shell(block);
        if script.dialect != Dialect::Shell || !meant_as_shell {
            continue;
        }
        // Between prompts stands output, which is no shell: RBC402 has said so.
        if !prompts(script).is_empty() {
            continue;
        }
        for gap in &script.gaps {
            findings.push(
                Diagnostic::new(
                    &CODE,
                    cx.span(block, gap.at),
                    format!("this is no valid shell: {}", gap.message),
                )
                .label("here")
                .help("bash runs the lines before the error and then stops in the middle of the block"),
            );
        }
    }
}
