//! RBC109: gates that poll without a budget, and blocks that never end.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::runbook::{BlockId, Step, StepKind};
use crate::shell::{Node, Statement};
use crate::source::Range;

static CODE: Code = Code {
    id: "RBC109",
    name: "unbounded-wait",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("unbounded_wait.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for step in &cx.runbook.steps {
        if let Some(finding) = step.block.and_then(|block| endless(cx, block)) {
            findings.push(finding);
        } else if step.kind == StepKind::Gate && polls(step) && !has_a_limit(step) {
            findings.push(
                Diagnostic::new(&CODE, step.label.word, "this gate is tried again and again, and nothing says when to give up")
                    .label("no budget")
                    .help("say how long: `Poll up to ~10 min. Beyond budget: STOP`, or `budget=10m` in its `<!-- rbc: ... -->`"),
            );
        }
    }
}

/// The finding about the first command of a block that never ends by itself.
fn endless(cx: &Context<'_>, id: BlockId) -> Option<Diagnostic> {
    let block = cx.runbook.block(id);
    let uses = cx.uses(id);
    let command = uses.iter().find(|one| {
        let bounded = cx
            .file
            .slice(one.span)
            .split_whitespace()
            .any(|word| word == "timeout");
        one.has("endless") && !one.effect.background && !one.has("interactive") && !bounded
    });
    if let Some(one) = command {
        return Some(
            Diagnostic::new(
                &CODE,
                one.span,
                format!("{} never ends by itself", cx.quote(one.span)),
            )
            .label("nothing after it is reached")
            .help("look once, or bound it: `timeout 600 ...`, a number of rounds, `--timeout`"),
        );
    }
    let script = block.script.as_ref()?;
    let range = find_loop(&script.statements, &script.masked)?;
    Some(
        Diagnostic::new(&CODE, block.content.span(range), "this loop waits for ever when what it waits for does not come")
            .label("no limit")
            .help("count the rounds (`for i in $(seq 60)`) or put `timeout 600` before it, and print `FAIL: ...` when the time is up"),
    )
}

/// The first `until` or `while` that only sleeps between tries: no way out but success.
fn find_loop(statements: &[Statement], text: &str) -> Option<Range> {
    statements
        .iter()
        .find_map(|statement| match &statement.node {
            Node::While {
                condition, body, ..
            } => {
                let body_text = span_of(body).map_or("", |range| range.of(text));
                let condition_text = span_of(condition).map_or("", |range| range.of(text));
                let words = |text: &str, wanted: &[&str]| {
                    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
                        .any(|word| wanted.contains(&word))
                };
                let sleeps = words(body_text, &["sleep"]) || words(condition_text, &["sleep"]);
                let reads_input = words(condition_text, &["read", "getopts", "shift"]);
                let leaves = words(body_text, &["break", "exit", "return"]);
                let counts = [condition_text, body_text].iter().any(|text| {
                    text.contains("((")
                        || text.contains("-lt")
                        || text.contains("-le")
                        || text.contains("-gt")
                        || text.contains("-ge")
                        || words(text, &["SECONDS", "timeout", "let", "expr"])
                });
                if sleeps && !reads_input && !leaves && !counts {
                    let range = statement.range;
                    let line = range.of(text).lines().next().unwrap_or("").trim_end();
                    let length = u32::try_from(line.len()).unwrap_or(0);
                    return Some(Range::new(range.start, range.start + length));
                }
                find_loop(body, text)
            }
            Node::Group(inner) | Node::Subshell(inner) | Node::Pipeline(inner) => {
                find_loop(inner, text)
            }
            Node::For { body, .. } => find_loop(body, text),
            Node::List { first, rest } => {
                find_loop(std::slice::from_ref(first), text).or_else(|| {
                    rest.iter()
                        .find_map(|(_, one)| find_loop(std::slice::from_ref(one), text))
                })
            }
            Node::If {
                branches,
                otherwise,
            } => branches
                .iter()
                .find_map(|(_, body)| find_loop(body, text))
                .or_else(|| find_loop(otherwise, text)),
            Node::Command(_)
            | Node::Case { .. }
            | Node::Function { .. }
            | Node::Test(_)
            | Node::Time(_)
            | Node::Coprocess(_) => None,
        })
}

fn span_of(statements: &[Statement]) -> Option<Range> {
    let first = statements.first()?;
    let last = statements.last()?;
    Some(Range::new(first.range.start, last.range.end))
}

/// Whether a gate is measured more than once.
fn polls(step: &Step) -> bool {
    const WORDS: [&str; 9] = [
        "poll",
        "keep trying",
        "keep checking",
        "retry until",
        "retry every",
        "repeat until",
        "try again until",
        "re-run until",
        "wait until",
    ];
    let prose = prose(step);
    step.timing.every.is_some() || WORDS.iter().any(|word| prose.contains(word))
}

/// Whether something says when to give up: a budget, or a time or number of tries that is not the
/// pause between them.
fn has_a_limit(step: &Step) -> bool {
    const UNITS: [&str; 16] = [
        "s", "sec", "secs", "second", "seconds", "m", "min", "mins", "minute", "minutes", "h",
        "hour", "hours", "times", "tries", "rounds",
    ];
    let prose = prose(step);
    let words: Vec<&str> = prose
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let says_a_limit = words.iter().enumerate().any(|(index, word)| {
        let digits = word.trim_start_matches(|c: char| c.is_ascii_digit());
        let counts = digits.len() < word.len();
        let unit = if digits.is_empty() {
            words.get(index + 1).copied().unwrap_or("")
        } else {
            digits
        };
        let pause = index > 0 && words.get(index - 1) == Some(&"every");
        counts && UNITS.contains(&unit) && !pause
    });
    step.timing.budget.is_some() || step.attributes.contains_key("timeout") || says_a_limit
}

/// The sentences of a step, in lower case.
fn prose(step: &Step) -> String {
    let expectation = step.expectation.as_ref().map(|it| &it.text);
    let texts = step.condition.iter().chain(expectation);
    let mut prose = String::new();
    for text in texts {
        prose.push_str(&text.text.to_lowercase());
        prose.push(' ');
    }
    prose
}
