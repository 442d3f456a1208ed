//! RBC404: blocks that change or end the shell they are pasted into.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::shell::{Node, PartKind, Statement};
use crate::source::Range;

static CODE: Code = Code {
    id: "RBC404",
    name: "leaky-block",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("leaky_block.md"),
    reach: Reach::Everything,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for block in &cx.runbook.blocks {
        let Some(script) = &block.script else {
            continue;
        };
        if block.step.is_none() {
            continue;
        }
        let mut found = Vec::new();
        collect(&script.statements, &script.masked, &mut found);
        for (range, what, why) in found {
            findings.push(
                Diagnostic::new(
                    &CODE,
                    block.content.span(range),
                    format!("{what} outside a subshell {why}"),
                )
                .label("acts on the operator's own shell")
                .help(
                    "put the block into `( { ...; } )`, and signal failure by printing `FAIL: ...`",
                ),
            );
        }
    }
}

type Leak = (Range, &'static str, &'static str);

/// The statements that act on the shell itself: everything but subshells, pipes and functions.
fn collect(statements: &[Statement], text: &str, found: &mut Vec<Leak>) {
    for statement in statements {
        match &statement.node {
            Node::Command(command) => {
                let words: Vec<&str> = command
                    .words
                    .iter()
                    .map(|word| word.range.of(text))
                    .collect();
                let plain = command.words.first().is_some_and(|word| {
                    word.parts
                        .iter()
                        .all(|part| matches!(part.kind, PartKind::Literal(_)))
                });
                let redirected = words == ["exec"] && !statement.redirects.is_empty();
                let leak = if redirected {
                    Some((
                        "`exec`",
                        "redirects every later step of the session as well",
                    ))
                } else {
                    leak(&words)
                };
                if let (true, Some(leak)) = (plain, leak) {
                    found.push((command.range, leak.0, leak.1));
                }
            }
            Node::List { first, rest } => {
                collect(std::slice::from_ref(first), text, found);
                for (_, statement) in rest {
                    collect(std::slice::from_ref(statement), text, found);
                }
            }
            Node::Group(inner) => collect(inner, text, found),
            Node::If {
                branches,
                otherwise,
            } => {
                for (condition, body) in branches {
                    collect(condition, text, found);
                    collect(body, text, found);
                }
                collect(otherwise, text, found);
            }
            Node::For { body, .. } => collect(body, text, found),
            Node::While {
                condition, body, ..
            } => {
                collect(condition, text, found);
                collect(body, text, found);
            }
            Node::Case { arms, .. } => {
                for (_, body) in arms {
                    collect(body, text, found);
                }
            }
            Node::Pipeline(_)
            | Node::Subshell(_)
            | Node::Function { .. }
            | Node::Test(_)
            | Node::Time(_)
            | Node::Coprocess(_) => {}
        }
    }
}

/// What a command does to the shell it runs in.
fn leak(words: &[&str]) -> Option<(&'static str, &'static str)> {
    match words {
        ["exit", ..] => Some(("`exit`", "closes the session")),
        ["set", option, ..]
            if option.starts_with('-') && option.contains('e') && !option.starts_with("--") =>
        {
            Some((
                "`set -e`",
                "lets the next failing command close the session",
            ))
        }
        ["set", "-o", "errexit", ..] => Some((
            "`set -o errexit`",
            "lets the next failing command close the session",
        )),
        ["exec", _, ..] => Some(("`exec`", "replaces the session")),
        ["cd", _, ..] | ["pushd", _, ..] => {
            Some(("`cd`", "leaves every later step in another folder"))
        }
        _ => None,
    }
}
