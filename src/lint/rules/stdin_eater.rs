//! RBC403: commands that swallow standard input where more input follows.

use crate::diagnostic::{Code, Diagnostic, Edit, Fix, Safety, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::shell::{Node, RedirectKind, Statement};
use crate::source::{Range, Span};

static CODE: Code = Code {
    id: "RBC403",
    name: "stdin-eater",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("stdin_eater.md"),
    reach: Reach::Everything,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for block in &cx.runbook.blocks {
        let Some(script) = block.script.as_ref().filter(|_| block.step.is_some()) else {
            continue;
        };
        let last = script.statements.last().map_or(0, |last| last.range.start);
        let mut eaters = Vec::new();
        collect(&script.statements, &script.masked, false, &mut eaters);
        for (range, in_loop) in eaters {
            if !in_loop && range.start >= last {
                continue;
            }
            let span = block.content.span(range);
            let end = Span::new(span.file, span.end, span.end);
            let fix = Fix {
                title: "give it `</dev/null`".to_owned(),
                safety: Safety::Unsafe,
                edits: vec![Edit {
                    span: end,
                    replacement: " </dev/null".to_owned(),
                }],
            };
            findings.push(
                Diagnostic::new(&CODE, span, format!("{} swallows the lines that follow", cx.quote(span)))
                    .label("reads standard input to its end")
                    .help("give it `</dev/null`: in a pasted block the next commands are its standard input")
                    .fix(fix),
            );
        }
    }
}

/// The commands that read standard input though nobody gave them any, and whether a loop holds them.
fn collect(statements: &[Statement], text: &str, in_loop: bool, found: &mut Vec<(Range, bool)>) {
    for statement in statements {
        let fed = statement
            .redirects
            .iter()
            .any(|redirect| match redirect.kind {
                RedirectKind::Input(_)
                | RedirectKind::InputOutput(_)
                | RedirectKind::Heredoc { .. }
                | RedirectKind::HereString(_) => true,
                RedirectKind::Output { .. } | RedirectKind::Duplicate => false,
            });
        if fed && !matches!(statement.node, Node::While { .. }) {
            continue;
        }
        match &statement.node {
            Node::Command(command) => {
                let words: Vec<&str> = command
                    .words
                    .iter()
                    .map(|word| word.range.of(text))
                    .collect();
                if eats(&words) {
                    found.push((command.range, in_loop));
                }
            }
            Node::Pipeline(stages) => {
                if let Some(first) = stages.first() {
                    collect(std::slice::from_ref(first), text, in_loop, found);
                }
                let reading = |stage: &&Statement| matches!(stage.node, Node::While { .. });
                for stage in stages.iter().skip(1).filter(reading) {
                    collect(std::slice::from_ref(stage), text, true, found);
                }
            }
            Node::List { first, rest } => {
                collect(std::slice::from_ref(first), text, in_loop, found);
                for (_, statement) in rest {
                    collect(std::slice::from_ref(statement), text, in_loop, found);
                }
            }
            Node::Group(inner) | Node::Subshell(inner) => collect(inner, text, in_loop, found),
            Node::If {
                branches,
                otherwise,
            } => {
                for (_, body) in branches {
                    collect(body, text, in_loop, found);
                }
                collect(otherwise, text, in_loop, found);
            }
            Node::For { body, .. } => collect(body, text, in_loop, found),
            Node::While { body, .. } => collect(body, text, true, found),
            Node::Case { .. }
            | Node::Function { .. }
            | Node::Test(_)
            | Node::Time(_)
            | Node::Coprocess(_) => {}
        }
    }
}

/// Whether a command reads standard input for no reason of its author's.
fn eats(words: &[&str]) -> bool {
    match words {
        ["openstack", rest @ ..] => !rest.is_empty(),
        ["ssh", rest @ ..] => {
            rest.len() > 1
                && !rest
                    .iter()
                    .any(|word| ["-n", "-f", "-fN", "-N"].contains(word))
        }
        ["juju", "ssh", rest @ ..] => rest.len() > 1,
        _ => false,
    }
}
