//! RBC401: blocks that are no valid shell.

use super::pasted_prompt::{prompts, says_shell};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::shell::Dialect;
use crate::source::Range;

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
        let text = block.content.text();
        for gap in &script.gaps {
            // What is never closed is mended where it was opened, not at the end of the block.
            let unclosed = gap.at.start as usize >= text.trim_end().len();
            let at = if unclosed {
                first_line(gap.range, text)
            } else {
                gap.at
            };
            let found = Diagnostic::new(
                &CODE,
                cx.span(block, at),
                format!("this is no valid shell: {}", gap.message),
            )
            .label(if unclosed { "never closed" } else { "here" })
            .help("bash runs the lines before the error and then stops in the middle of the block");
            findings.push(found);
            // In other people's documents it is mostly output in a block called `bash`: once says it.
            if !cx.runbook.labelled {
                break;
            }
        }
    }
}

/// The part of a range on its first line.
fn first_line(range: Range, text: &str) -> Range {
    let line = range.of(text).lines().next().unwrap_or("").trim_end();
    let length = u32::try_from(line.len()).unwrap_or(0);
    Range::new(range.start, range.start + length)
}
