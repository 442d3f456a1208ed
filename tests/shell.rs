//! Shell text and what is read from it, side by side: `tests/cases/shell/NAME.txt` and
//! `NAME.out`. `RBC_BLESS=1` rewrites the outputs.

use std::fmt::Write as _;

use rbc::shell::{
    Dialect, ListOperator, Node, Part, PartKind, Redirect, RedirectKind, Script, Statement, Word,
};
use rbc::source::{LineIndex, Range};

use crate::invariants;

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

/// The cases' names and texts. The extension is the language: `.txt` is a fence without one.
#[expect(clippy::disallowed_methods, reason = "tests read their cases")]
fn inputs() -> Vec<(std::path::PathBuf, String)> {
    let mut inputs: Vec<_> = std::fs::read_dir(cases())
        .expect("the folder of cases exists")
        .map(|entry| entry.expect("a readable entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension != "out"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a readable case");
            (path, text)
        })
        .collect();
    inputs.sort();
    inputs
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "tests read their cases and may be asked to bless"
)]
fn what_is_read_from_shell_text() {
    let bless = std::env::var_os("RBC_BLESS").is_some();
    let mut wrong = String::new();
    for (input, text) in inputs() {
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

#[test]
fn places_hold_whatever_is_cut_off_or_changed() {
    let mut languages = [Some("sh"), None, Some("console"), Some("mysql")]
        .iter()
        .cycle();
    let mut special = SPECIAL.iter().cycle();
    for (_, text) in inputs() {
        for (at, c) in text.char_indices() {
            let mut next = || *languages.next().expect("it goes round");
            let special = special.next().expect("it goes round");
            let (before, after) = text.split_at(at);
            let behind = after.get(c.len_utf8()..).unwrap_or("");
            invariants::script(before, next());
            invariants::script(after, next());
            invariants::script(&format!("{before}{special}{behind}"), next());
        }
        // An odd count, so that every kind of piece meets every language.
        languages.next();
        special.next();
    }
}

/// Pieces of syntax to put where they do not belong.
const SPECIAL: [&str; 24] = [
    "'", "\"", "`", "\\", "$(", "${", "((", "))", ")", "(", "{", "}", "<<", "<", ">", "&", "|",
    ";", "\n", "\r\n", "#", "é", "\u{0}", "<x>",
];

#[test]
fn hostile_texts_end_in_a_gap() {
    let nested = "(".repeat(100_000);
    let long_line = "a".repeat(10 << 20);
    let texts = [
        nested.clone(),
        "$(".repeat(100_000),
        "\"$(".repeat(100_000),
        "${a:-".repeat(100_000),
        "$((".repeat(100_000),
        "<(".repeat(100_000),
        "`\\`".repeat(100_000),
        "{ ".repeat(100_000),
        "if ".repeat(100_000),
        "! ".repeat(100_000),
        "time ".repeat(100_000),
        "f() ".repeat(100_000),
        "coproc ".repeat(100_000),
        "[[ ( ".repeat(100_000),
        "case x in a) ".repeat(100_000),
        "if\n".repeat(100_000),
        "((\n".repeat(100_000),
        "x=(\n".repeat(100_000),
        "cat <<A\n".repeat(50_000),
        "cat <<A; (\n".repeat(50_000),
        "{a{".repeat(100_000),
        "[a".repeat(100_000),
        "echo \"\n".repeat(100_001),
        "echo `\n".repeat(100_001),
        "a | ".repeat(100_000),
        "a && ".repeat(100_000),
        "<x>".repeat(100_000),
        "x<a>".repeat(100_000),
        "<a@b>".repeat(100_000),
        "<<a>>".repeat(50_000),
        "$ cat <<A\n".repeat(50_000),
        "$ echo \"\n".repeat(50_001),
        "</x><x>".repeat(50_000),
        long_line,
        "\0".repeat(1000),
    ];
    for text in &texts {
        for language in [Some("sh"), None] {
            let script = rbc::shell::parse(text, language);
            assert_eq!(script.masked.len(), text.len());
        }
    }
    let gap = rbc::shell::parse(&nested, Some("sh")).gaps;
    assert_eq!(gap.len(), 1);
    assert_eq!(
        gap.first().map(|gap| gap.message.as_str()),
        Some("more than 60 constructs inside each other")
    );
}

#[test]
fn a_long_chain_is_flat() {
    let stages = vec!["a"; 5000];
    let script = rbc::shell::parse(&stages.join(" | "), Some("sh"));
    let lengths: Vec<usize> = script
        .statements
        .iter()
        .filter_map(|statement| {
            if let Node::Pipeline(stages) = &statement.node {
                Some(stages.len())
            } else {
                None
            }
        })
        .collect();
    assert_eq!(lengths, [5000]);
}

#[test]
fn placeholders_are_found_in_prose() {
    let text = "Refresh `<app>` to the revision of <recorded-rev>, not <https://example.org> \
                nor <user@example>, and never <br>; <a|b> is a choice, a < b > c is none.";
    let names: Vec<String> = rbc::shell::placeholders(text)
        .into_iter()
        .map(|placeholder| placeholder.name)
        .collect();
    assert_eq!(names, ["app", "recorded-rev", "a|b"]);
}

/// The fenced blocks of all markdown below `folder`, with their languages.
#[expect(
    clippy::disallowed_methods,
    reason = "tests read the corpora they are pointed to"
)]
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the events are the markdown parser's"
)]
fn fences(folder: &std::path::Path, found: &mut Vec<(String, String)>) {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("a readable folder")
        .map(|entry| entry.expect("a readable entry").path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            fences(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            let bytes = std::fs::read(&path).expect("a readable file");
            let text = String::from_utf8_lossy(&bytes);
            let mut open = None;
            for event in pulldown_cmark::Parser::new(&text) {
                match event {
                    pulldown_cmark::Event::Start(pulldown_cmark::Tag::CodeBlock(
                        pulldown_cmark::CodeBlockKind::Fenced(info),
                    )) => {
                        let language = info.split([' ', '{', ',']).next().unwrap_or("");
                        open = Some((language.to_owned(), String::new()));
                    }
                    pulldown_cmark::Event::Text(piece) => {
                        if let Some((_, text)) = &mut open {
                            text.push_str(&piece);
                        }
                    }
                    pulldown_cmark::Event::End(pulldown_cmark::TagEnd::CodeBlock) => {
                        found.extend(open.take());
                    }
                    _ => {}
                }
            }
        }
    }
}

/// What `bash -n` says about `text`; an unclosed heredoc, for it a warning, counts as an error.
#[expect(
    clippy::disallowed_methods,
    reason = "bash is the oracle of this test; -n runs nothing"
)]
fn bash_accepts(text: &str) -> Option<bool> {
    use std::io::Write as _;
    let mut child = std::process::Command::new("bash")
        .args(["-O", "extglob", "-n"])
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    // Bash stops reading at the first error, which closes the pipe.
    _ = stdin.write_all(text.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().ok()?;
    let warned = String::from_utf8_lossy(&output.stderr).contains("here-document");
    Some(output.status.success() && !warned)
}

/// Every shell block below the folder in `RBC_CORPORA` is accepted or refused as bash does it.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the corpora are named by the environment"
)]
fn bash_and_we_refuse_the_same_blocks() {
    let Some(folder) = std::env::var_os("RBC_CORPORA") else {
        println!("skipped: RBC_CORPORA names no folder of markdown files");
        return;
    };
    if bash_accepts("true").is_none() {
        println!("skipped: there is no bash");
        return;
    }
    let mut blocks = Vec::new();
    fences(std::path::Path::new(&folder), &mut blocks);
    blocks.sort();
    blocks.dedup();
    let (mut agreed, mut different) = (0, Vec::new());
    for (language, text) in &blocks {
        let script = rbc::shell::parse(text, Some(language));
        // What is typed into other programs is a gap on purpose, and blank for bash.
        let foreign = script
            .gaps
            .iter()
            .any(|gap| gap.message.starts_with("typed into"));
        if script.dialect != Dialect::Shell || foreign {
            continue;
        }
        if bash_accepts(&script.masked) == Some(script.gaps.is_empty()) {
            agreed += 1;
        } else {
            different.push(format!("{:?}\n{text}\n", script.gaps));
        }
    }
    println!("{agreed} blocks alike, {} different", different.len());
    assert!(
        different.len() * 1000 <= agreed,
        "more than one block in a thousand differs:\n{}",
        different.join("\n")
    );
}
