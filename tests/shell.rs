//! Shell text and what is read from it, side by side: `tests/cases/shell/NAME.txt` and
//! `NAME.out`. `RBC_BLESS=1` rewrites the outputs.

use std::fmt::Write as _;

use rbc::shell::{
    Dialect, ListOperator, Node, Part, PartKind, Redirect, RedirectKind, Script, Statement, Word,
};
use rbc::source::{LineIndex, Range};

/// A script as text: one line a statement, gap, placeholder and so on, each with its place.
fn dump(text: &str, script: &Script) -> String {
    let lines = LineIndex::new(text);
    let place = |range: &Range| {
        let start = lines.place(text, range.start);
        let end = lines.place(text, range.end);
        format!(
            "{}:{}-{}:{}",
            start.line, start.column, end.line, end.column
        )
    };
    let mut out = String::new();
    match &script.dialect {
        Dialect::Shell => out.push_str("shell\n"),
        Dialect::Sql { client } => _ = writeln!(out, "sql typed into {client}"),
        Dialect::Other { reason } => _ = writeln!(out, "not shell: {reason}"),
    }
    for range in &script.prompts {
        _ = writeln!(out, "{} prompt {:?}", place(range), range.of(text));
    }
    for range in &script.output {
        _ = writeln!(out, "{} output {:?}", place(range), range.of(text));
    }
    for placeholder in &script.placeholders {
        _ = write!(
            out,
            "{} placeholder {}",
            place(&placeholder.range),
            placeholder.name
        );
        if !placeholder.choices.is_empty() {
            _ = write!(out, " choices {:?}", placeholder.choices);
        }
        out.push('\n');
    }
    for range in &script.comments {
        _ = writeln!(out, "{} comment {:?}", place(range), range.of(text));
    }
    for statement in &script.statements {
        _ = writeln!(
            out,
            "{} {}",
            place(&statement.range),
            show(script, statement)
        );
    }
    for gap in &script.gaps {
        _ = writeln!(
            out,
            "{} gap at {}: {}",
            place(&gap.range),
            place(&gap.at),
            gap.message
        );
    }
    out
}

fn show(script: &Script, statement: &Statement) -> String {
    let mut out = String::new();
    if statement.negated {
        out.push_str("! ");
    }
    out.push_str(&show_node(script, &statement.node));
    for redirect in &statement.redirects {
        out.push(' ');
        out.push_str(&show_redirect(script, redirect));
    }
    if statement.background {
        out.push_str(" &");
    }
    out
}

fn body(script: &Script, statements: &[Statement]) -> String {
    let shown: Vec<String> = statements.iter().map(|s| show(script, s)).collect();
    format!("{{{}}}", shown.join("; "))
}

fn words(script: &Script, words: &[Word]) -> String {
    let shown: Vec<String> = words.iter().map(|word| show_word(script, word)).collect();
    shown.join(" ")
}

fn show_node(script: &Script, node: &Node) -> String {
    match node {
        Node::Command(command) => {
            let mut out = "(".to_owned();
            for assignment in &command.assignments {
                let operator = if assignment.append { "+=" } else { "=" };
                let values = words(script, &assignment.values);
                let (open, close) = if assignment.array {
                    ("(", ")")
                } else {
                    ("", "")
                };
                _ = write!(
                    out,
                    "set {}{operator}{open}{values}{close} ",
                    assignment.name
                );
            }
            out.push_str(&words(script, &command.words));
            format!("{})", out.trim_end())
        }
        Node::Pipeline(stages) => {
            let shown: Vec<String> = stages.iter().map(|s| show(script, s)).collect();
            format!("[{}]", shown.join(" | "))
        }
        Node::List { first, rest } => {
            let mut out = format!("[{}", show(script, first));
            for (operator, statement) in rest {
                let operator = match operator {
                    ListOperator::And => "&&",
                    ListOperator::Or => "||",
                };
                _ = write!(out, " {operator} {}", show(script, statement));
            }
            out + "]"
        }
        Node::Group(inner) => format!("group {}", body(script, inner)),
        Node::Subshell(inner) => format!("subshell {}", body(script, inner)),
        Node::If {
            branches,
            otherwise,
        } => {
            let mut out = String::new();
            for (condition, then) in branches {
                _ = write!(
                    out,
                    "if {} then {} ",
                    body(script, condition),
                    body(script, then)
                );
            }
            format!("{out}else {}", body(script, otherwise))
        }
        Node::For {
            variable,
            words: list,
            body: inner,
        } => {
            let list = list
                .as_ref()
                .map_or("arguments".to_owned(), |list| words(script, list));
            format!("for {variable} in {list} {}", body(script, inner))
        }
        Node::While {
            until,
            condition,
            body: inner,
        } => {
            let keyword = if *until { "until" } else { "while" };
            format!(
                "{keyword} {} {}",
                body(script, condition),
                body(script, inner)
            )
        }
        Node::Case { word, arms } => {
            let mut out = format!("case {}", show_word(script, word));
            for (patterns, inner) in arms {
                _ = write!(
                    out,
                    " ({}) {}",
                    words(script, patterns),
                    body(script, inner)
                );
            }
            out
        }
        Node::Function { name, body } => format!("function {name} {}", show(script, body)),
        Node::Test(inner) => format!("test({})", words(script, inner)),
        Node::Time(None) => "time".to_owned(),
        Node::Time(Some(inner)) => format!("time {}", show(script, inner)),
        Node::Coprocess(inner) => format!("coproc {}", show(script, inner)),
    }
}

fn show_redirect(script: &Script, redirect: &Redirect) -> String {
    match &redirect.kind {
        RedirectKind::Input(word) => format!("< {}", show_word(script, word)),
        RedirectKind::Output { target, append } => {
            let operator = if *append { ">>" } else { ">" };
            format!("{operator} {}", show_word(script, target))
        }
        RedirectKind::InputOutput(word) => format!("<> {}", show_word(script, word)),
        RedirectKind::Duplicate => ">&".to_owned(),
        RedirectKind::Heredoc { body, quoted } => {
            let quoted = if *quoted { "quoted" } else { "expanded" };
            format!("<<{quoted} {}", show_word(script, body))
        }
        RedirectKind::HereString(word) => format!("<<< {}", show_word(script, word)),
    }
}

fn show_word(script: &Script, word: &Word) -> String {
    let shown: Vec<String> = word
        .parts
        .iter()
        .map(|part| show_part(script, part))
        .collect();
    if shown.is_empty() {
        "nothing".to_owned()
    } else {
        shown.join("+")
    }
}

fn show_part(script: &Script, part: &Part) -> String {
    let quoted = |text: String| {
        if part.quoted {
            format!("\"{text}\"")
        } else {
            text
        }
    };
    match &part.kind {
        PartKind::Literal(text) => {
            let escaped = text.replace('\\', "\\\\").replace('\n', "\\n");
            if part.quoted {
                format!("'{escaped}'")
            } else {
                escaped
            }
        }
        PartKind::Variable {
            name,
            modified,
            words: inner,
        } => quoted(if *modified {
            format!("${{{name} modified {}}}", words(script, inner))
        } else {
            format!("${name}")
        }),
        PartKind::Substitution(inner) => quoted(format!("${}", body(script, inner))),
        PartKind::Process { output, statements } => {
            format!(
                "{}{}",
                if *output { '>' } else { '<' },
                body(script, statements)
            )
        }
        PartKind::Arithmetic(inner) => quoted(format!("$(({}))", words(script, inner))),
        PartKind::Pattern(text) => format!("glob`{text}`"),
        PartKind::Placeholder { index } => {
            let placeholder = script
                .placeholders
                .get(*index)
                .expect("an index into the script");
            format!("<{}>", placeholder.name)
        }
    }
}

/// The folder of the cases.
fn cases() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/shell")
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "tests read their cases and may be asked to bless"
)]
fn what_is_read_from_shell_text() {
    let bless = std::env::var_os("RBC_BLESS").is_some();
    let mut inputs: Vec<_> = std::fs::read_dir(cases())
        .expect("the folder of cases exists")
        .map(|entry| entry.expect("a readable entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension != "out"))
        .collect();
    inputs.sort();
    let mut wrong = String::new();
    for input in inputs {
        let text = std::fs::read_to_string(&input).expect("a readable case");
        // The extension is the language: `.txt` is a fence without one.
        let language = input.extension().and_then(|extension| extension.to_str());
        let language = language.filter(|language| *language != "txt");
        let got = dump(&text, &rbc::shell::parse(&text, language));
        let expected_path = input.with_extension("out");
        if bless {
            std::fs::write(&expected_path, &got).expect("a writable folder");
        }
        let expected = std::fs::read_to_string(&expected_path).unwrap_or_default();
        if got != expected {
            _ = writeln!(wrong, "--- {}\n{got}", input.display());
        }
    }
    assert!(
        wrong.is_empty(),
        "these differ from their `.out` files:\n{wrong}"
    );
}
