//! RBC111: checks and gates that cannot tell success from a broken query.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::runbook::{Step, StepKind};
use crate::shell::{Command, ListOperator, Node, PartKind, Statement, Word};
use crate::source::{Excerpt, Range, Span};

static CODE: Code = Code {
    id: "RBC111",
    name: "vacuous-gate",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("vacuous_gate.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for step in &cx.runbook.steps {
        if step.kind == StepKind::Run {
            continue;
        }
        let block = step.block.map(|id| cx.runbook.block(id));
        let script = block.and_then(|block| block.script.as_ref());
        if let (Some(block), Some(script)) = (block, script)
            && let Some(range) = find_pass_text(&script.statements)
        {
            findings.push(pass_text(place(&block.content, range)));
            continue;
        }
        let inline = step.inline.iter();
        let inline = inline
            .filter_map(|one| Some(place(&one.content, find_pass_text(&one.script.statements)?)));
        if let Some(span) = inline.into_iter().next() {
            findings.push(pass_text(span));
            continue;
        }
        let Some((text, span)) = passing(step) else {
            continue;
        };
        if expects_emptiness(&text) {
            findings.push(empty(span));
        } else if let (Some(block), Some(script)) = (block, script)
            && !names_a_line(&prose_of(cx, span, block.span))
            && let Some(last) = script.statements.last()
            && let Some((range, what_is_bad)) = selecting(last, script.masked.as_str())
            && (speaks_of_absence(&text) || what_is_bad && !speaks_of_output(&text))
        {
            findings.push(
                Diagnostic::new(
                    &CODE,
                    place(&block.content, range),
                    "this only selects: a broken query passes too",
                )
                .label("prints nothing when all is well, and when it cannot look")
                .related(span, "names no line that must appear")
                .help(HELP),
            );
        }
    }
}

const HELP: &str = "print what was counted (`checked=17 bad=0`) and expect that line";

fn pass_text(span: Span) -> Diagnostic {
    Diagnostic::new(
        &CODE,
        span,
        "this prints the pass text when the query itself fails",
    )
    .label("runs after any failure")
    .help(HELP)
}

fn empty(span: Span) -> Diagnostic {
    Diagnostic::new(
        &CODE,
        span,
        "a broken query prints nothing as well, and would pass",
    )
    .label("empty output is the passing result")
    .help(HELP)
}

fn place(content: &Excerpt, range: Range) -> Span {
    content.span(range)
}

/// What a passing result looks like, in lower case, and where it is said.
fn passing(step: &Step) -> Option<(String, Span)> {
    let text = match step.kind {
        StepKind::Gate => step
            .condition
            .as_ref()
            .or(step.expectation.as_ref().map(|it| &it.text)),
        StepKind::Run | StepKind::Check => step.expectation.as_ref().map(|it| &it.text),
    }?;
    Some((text.text.to_lowercase(), text.span))
}

/// Whether the text says that empty output passes.
fn expects_emptiness(text: &str) -> bool {
    const STARTS: [&str; 7] = [
        "empty",
        "no output",
        "no lines",
        "no rows",
        "no line ",
        "blank output",
        "an empty ",
    ];
    const INSIDE: [&str; 6] = [
        "prints nothing",
        "output is empty",
        "empty output",
        "returns nothing",
        "no output",
        "the output stays empty",
    ];
    let text = text.trim_start();
    let text = ["expect:", "gate:"]
        .iter()
        .fold(text, |text, lead| text.strip_prefix(lead).unwrap_or(text))
        .trim_start();
    let first = text.split(['.', ';']).next().unwrap_or(text);
    // "Nothing" alone, or nothing that is printed; not "nothing has changed".
    const NOTHING: [&str; 10] = [
        " is printed",
        " printed",
        " at all",
        " (",
        ",",
        " is shown",
        " appears",
        " to see",
        " comes",
        " in the output",
    ];
    let nothing = first.strip_prefix("nothing").is_some_and(|rest| {
        rest.trim().is_empty() || NOTHING.iter().any(|it| rest.starts_with(it))
    });
    nothing
        || STARTS.iter().any(|start| first.starts_with(start))
        || INSIDE.iter().any(|part| first.contains(part))
}

/// The words of a condition, which may stand before and behind its fence.
fn prose_of(cx: &Context<'_>, span: Span, block: Span) -> String {
    let part = |start: u32, end: u32| {
        let end = end.min(span.end).max(start);
        cx.file.slice(Span::new(span.file, start, end))
    };
    if !(span.start < block.start && block.end <= span.end) {
        return cx.file.slice(span).to_owned();
    }
    format!(
        "{} {}",
        part(span.start, block.start),
        part(block.end, span.end)
    )
}

/// Whether the text says that something is seen: then what is selected is what must be there.
fn speaks_of_output(text: &str) -> bool {
    const WORDS: [&str; 22] = [
        "line", "lines", "row", "rows", "list", "lists", "listed", "table", "shows", "show",
        "printed", "prints", "print", "appears", "appear", "count", "only", "output", "one", "two",
        "three", "visible",
    ];
    text.split(|c: char| !c.is_alphanumeric())
        .any(|word| WORDS.contains(&word))
}

/// Whether the text says what must not be there.
fn speaks_of_absence(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric())
        .any(|word| ["no", "none", "zero", "without", "nowhere"].contains(&word))
}

/// Whether the text quotes something that must appear.
fn names_a_line(text: &str) -> bool {
    text.contains(['`', '"', '='])
}

/// The last stage, when it only selects, and whether what it selects is what is bad: everything
/// but a word (`grep -v`, `!=`), or errors and failures.
fn selecting(statement: &Statement, text: &str) -> Option<(Range, bool)> {
    let last = match &statement.node {
        Node::Pipeline(stages) => stages.last()?,
        Node::Command(_) => statement,
        Node::List { .. }
        | Node::Group(_)
        | Node::Subshell(_)
        | Node::If { .. }
        | Node::For { .. }
        | Node::While { .. }
        | Node::Case { .. }
        | Node::Function { .. }
        | Node::Test(_)
        | Node::Time(_)
        | Node::Coprocess(_) => return None,
    };
    let Node::Command(command) = &last.node else {
        return None;
    };
    let written = command.range.of(text);
    let counts = |flag: &str| {
        command
            .words
            .iter()
            .any(|word| word.range.of(text).starts_with(flag))
    };
    let selects = match name(command)? {
        "grep" | "egrep" | "fgrep" | "rg" => !counts("-c") && !counts("--count") && !counts("-q"),
        "jq" => written.contains("select(") && !written.contains("length"),
        "awk" | "gawk" => {
            let compares =
                written.contains('/') || written.contains("!=") || written.contains("==");
            compares && !written.contains("END")
        }
        _ => false,
    };
    let lower = written.to_lowercase();
    let inverts = command.words.iter().skip(1).any(|word| {
        let flag = word.range.of(text);
        flag == "--invert-match"
            || flag.starts_with('-') && !flag.starts_with("--") && flag.contains('v')
    });
    let what_is_bad = match name(command)? {
        "jq" => lower.contains("!=") && !lower.contains("!= \"\"") && !lower.contains("!= null"),
        "awk" | "gawk" => lower.contains("!=") || lower.contains("!~") || lower.contains("!/"),
        _ => inverts,
    } || BAD_WORDS.iter().any(|word| lower.contains(word));
    selects.then_some((command.range, what_is_bad))
}

/// Words that a query for trouble holds.
const BAD_WORDS: [&str; 8] = [
    "error",
    "fail",
    "critical",
    "degraded",
    "unhealthy",
    "notready",
    "crash",
    "lost",
];

/// The place of a `||` branch that prints something that is no failure.
fn find_pass_text(statements: &[Statement]) -> Option<Range> {
    statements
        .iter()
        .find_map(|statement| match &statement.node {
            Node::List { rest, .. } => rest.iter().find_map(|(operator, branch)| {
                (*operator == ListOperator::Or)
                    .then(|| printed(branch))
                    .flatten()
            }),
            Node::Group(inner) | Node::Subshell(inner) => find_pass_text(inner),
            Node::Command(_)
            | Node::Pipeline(_)
            | Node::If { .. }
            | Node::For { .. }
            | Node::While { .. }
            | Node::Case { .. }
            | Node::Function { .. }
            | Node::Test(_)
            | Node::Time(_)
            | Node::Coprocess(_) => None,
        })
}

/// Where a branch prints a text that does not speak of failure.
fn printed(statement: &Statement) -> Option<Range> {
    const BAD: [&str; 18] = [
        "fail",
        "error",
        "stop",
        "not ",
        "missing",
        "warn",
        "bad",
        "down",
        "problem",
        "cannot",
        "can't",
        "unable",
        "no ",
        "abort",
        "hold",
        "unreachable",
        "differ",
        "wrong",
    ];
    let Node::Command(command) = &statement.node else {
        return None;
    };
    if !["echo", "printf"].contains(&name(command)?) || !statement.redirects.is_empty() {
        return None;
    }
    let said: String = command
        .words
        .iter()
        .skip(1)
        .map(literal)
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase();
    let failing = BAD.iter().any(|word| said.contains(word)) || said.trim().is_empty();
    (!failing).then_some(command.range)
}

fn name(command: &Command) -> Option<&str> {
    match command.words.first()?.parts.as_slice() {
        [part] => match &part.kind {
            PartKind::Literal(text) => Some(text),
            PartKind::Variable { .. }
            | PartKind::Substitution(_)
            | PartKind::Process { .. }
            | PartKind::Arithmetic(_)
            | PartKind::Pattern(_)
            | PartKind::Placeholder { .. } => None,
        },
        _ => None,
    }
}

fn literal(word: &Word) -> String {
    word.parts
        .iter()
        .map(|part| match &part.kind {
            PartKind::Literal(text) => text.as_str(),
            PartKind::Variable { .. }
            | PartKind::Substitution(_)
            | PartKind::Process { .. }
            | PartKind::Arithmetic(_)
            | PartKind::Pattern(_)
            | PartKind::Placeholder { .. } => "",
        })
        .collect()
}
