//! RBC405: hidden failures whose result looks like a pass.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::runbook::StepKind;
use crate::shell::{Command, ListOperator, Node, Statement};
use crate::source::Range;

static CODE: Code = Code {
    id: "RBC405",
    name: "masked-failure",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("masked_failure.md"),
    reach: Reach::Everything,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for step in &cx.runbook.steps {
        if step.kind == StepKind::Run {
            continue;
        }
        let Some(block) = step.block.map(|id| cx.runbook.block(id)) else {
            continue;
        };
        let Some(script) = &block.script else {
            continue;
        };
        let mut found = Vec::new();
        collect(&script.statements, &script.masked, &mut found);
        if let [.., before, last] = script.statements.as_slice()
            && is_true(last, &script.masked)
            && !answers_one(before, &script.masked)
        {
            found.push(last.range);
        }
        for range in found {
            findings.push(
                Diagnostic::new(&CODE, block.content.span(range), "this hides that the look itself failed")
                    .label("succeeds whatever happened before")
                    .help("let the failure show; only a count (`grep -c ... || true`) may answer 1 for zero"),
            );
        }
    }
}

fn collect(statements: &[Statement], text: &str, found: &mut Vec<Range>) {
    for statement in statements {
        match &statement.node {
            Node::List { first, rest } => {
                let mut left: &Statement = first;
                for (operator, branch) in rest {
                    if *operator == ListOperator::Or
                        && is_true(branch, text)
                        && !answers_one(left, text)
                    {
                        found.push(branch.range);
                    }
                    left = branch;
                }
            }
            Node::Group(inner) | Node::Subshell(inner) => collect(inner, text, found),
            Node::For { body, .. } | Node::While { body, .. } => collect(body, text, found),
            Node::Command(_)
            | Node::Pipeline(_)
            | Node::If { .. }
            | Node::Case { .. }
            | Node::Function { .. }
            | Node::Test(_)
            | Node::Time(_)
            | Node::Coprocess(_) => {}
        }
    }
}

fn is_true(statement: &Statement, text: &str) -> bool {
    command(statement).is_some_and(|command| {
        ["true", ":", "exit 0", "return 0"].contains(&command.range.of(text).trim())
    })
}

/// Whether the last stage is a program whose status 1 is an answer.
fn answers_one(statement: &Statement, text: &str) -> bool {
    const ANSWERING: [&str; 8] = [
        "grep", "egrep", "fgrep", "zgrep", "diff", "cmp", "pgrep", "rg",
    ];
    let last = match &statement.node {
        Node::Pipeline(stages) => stages.last(),
        Node::Command(_)
        | Node::List { .. }
        | Node::Group(_)
        | Node::Subshell(_)
        | Node::If { .. }
        | Node::For { .. }
        | Node::While { .. }
        | Node::Case { .. }
        | Node::Function { .. }
        | Node::Test(_)
        | Node::Time(_)
        | Node::Coprocess(_) => Some(statement),
    };
    last.and_then(command)
        .and_then(|command| command.words.first())
        .is_some_and(|word| ANSWERING.contains(&word.range.of(text)))
}

fn command(statement: &Statement) -> Option<&Command> {
    match &statement.node {
        Node::Command(command) => Some(command),
        Node::Pipeline(_)
        | Node::List { .. }
        | Node::Group(_)
        | Node::Subshell(_)
        | Node::If { .. }
        | Node::For { .. }
        | Node::While { .. }
        | Node::Case { .. }
        | Node::Function { .. }
        | Node::Test(_)
        | Node::Time(_)
        | Node::Coprocess(_) => None,
    }
}
