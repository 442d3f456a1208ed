//! RBC402: prompts that were copied into a block of commands.

use crate::diagnostic::{Code, Diagnostic, Edit, Fix, Safety, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::runbook::Block;
use crate::shell::Script;
use crate::source::Range;

static CODE: Code = Code {
    id: "RBC402",
    name: "pasted-prompt",
    default: Some(Severity::Error),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("pasted_prompt.md"),
    reach: Reach::Everything,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for block in cx.runbook.blocks.iter().filter(|block| says_shell(block)) {
        let Some(script) = &block.script else {
            continue;
        };
        let prompts = prompts(script);
        let Some(first) = prompts.first() else {
            continue;
        };
        // In other people's documents a block that begins with a prompt shows a dialogue, whatever its
        // fence is called; a prompt in the middle of a script is a slip there too.
        if !cx.runbook.labelled && begins_with(block.content.text(), *first) {
            continue;
        }
        let prompt = first.of(block.content.text()).trim_end();
        let edits = prompts.iter().map(|prompt| Edit {
            span: cx.span(block, *prompt),
            replacement: String::new(),
        });
        let finding = Diagnostic::new(
            &CODE,
            cx.span(block, *first),
            format!("`{prompt}` at the start of a line is a prompt, not part of the command"),
        )
        .label("would run a command of this name")
        .help(
            "take the prompts away; to show a dialogue with its output, call the fence `console`",
        );
        // Without its prompts, the output of a dialogue would be commands.
        findings.push(if script.output.is_empty() {
            finding.fix(Fix {
                title: "take the prompts away".to_owned(),
                safety: Safety::Safe,
                edits: edits.collect(),
            })
        } else {
            finding
        });
    }
}

/// Whether nothing but blanks and comments stands before the first prompt.
fn begins_with(text: &str, first: Range) -> bool {
    let before = text.get(..first.start as usize).unwrap_or("");
    before
        .lines()
        .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
}

/// The prompts of a script: those that were taken off before parsing, and statements that begin
/// with a command called `$`.
pub(super) fn prompts(script: &Script) -> Vec<Range> {
    const PROMPT: &str = "$ ";
    let statements = script.statements.iter().map(|statement| statement.range);
    let dollars = statements
        .filter(|range| range.of(&script.masked).starts_with(PROMPT))
        .map(|range| Range::new(range.start, range.start + 2));
    let mut prompts: Vec<Range> = script.prompts.iter().copied().chain(dollars).collect();
    prompts.sort();
    prompts
}

/// Whether the author says that the block is a script, rather than a dialogue with a shell.
pub(crate) fn says_shell(block: &Block) -> bool {
    let language = block.language.as_deref();
    language.is_some_and(|language| ["bash", "sh", "shell", "ksh"].contains(&language))
}
