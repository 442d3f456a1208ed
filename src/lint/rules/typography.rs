//! RBC407: characters in a block of commands that a word processor put there.

use crate::diagnostic::{Code, Diagnostic, Edit, Fix, Safety, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::runbook::Block;
use crate::shell::{Dialect, Node, RedirectKind, Script, Statement};
use crate::source::Range;

static CODE: Code = Code {
    id: "RBC407",
    name: "typography",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("typography.md"),
    reach: Reach::Everything,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for block in &cx.runbook.blocks {
        let shell = block.script.as_ref();
        if !shell.is_some_and(|script| script.dialect == Dialect::Shell) {
            continue;
        }
        // Most blocks have none of this.
        let content = block.content.text();
        let suspicious = !content.is_ascii() || content.lines().any(|line| line.trim() == "...");
        let Some(script) = shell.filter(|_| suspicious) else {
            continue;
        };
        let text_only = spoken(script);
        // Between prompts stands what somebody saw.
        let dialogue = !script.prompts.is_empty();
        let mut at = 0;
        for line in block.content.text().split_inclusive('\n') {
            let said = Said {
                text_only: &text_only,
                dialogue,
            };
            findings.extend(line_finding(cx, block, (at, line), &said));
            at += line.len();
        }
    }
}

/// What of a block is no code.
struct Said<'a> {
    /// Comments, data and what is only said.
    text_only: &'a [Range],
    /// Whether the block shows prompts, and output between them.
    dialogue: bool,
}

/// What is wrong with one line of a block: its first such character, and the edits for all of them.
fn line_finding(
    cx: &Context<'_>,
    block: &Block,
    (at, line): (usize, &str),
    said: &Said<'_>,
) -> Option<Diagnostic> {
    let span = |start: usize, length: usize| {
        let start = u32::try_from(at + start).unwrap_or(u32::MAX);
        let length = u32::try_from(length).unwrap_or(1);
        cx.span(block, Range::new(start, start.saturating_add(length)))
    };
    let bare = line.trim();
    let start = u32::try_from(at).unwrap_or(u32::MAX);
    let is_text = |place: u32| {
        said.text_only
            .iter()
            .any(|range| range.start <= place && place < range.end)
    };
    // A drawing, such as the output of `tree`, is no command.
    if bare.starts_with(|first| ('\u{2500}'..='\u{257f}').contains(&first)) {
        return None;
    }
    if said.dialogue && is_text(start) {
        return None;
    }
    let in_output = said.dialogue || is_text(start);
    if !in_output && ["...", "\u{2026}"].contains(&bare) {
        let start = line.len() - line.trim_start().len();
        return Some(
            Diagnostic::new(
                &CODE,
                span(start, bare.len()),
                "this line only says that something was left out",
            )
            .label("the shell looks for a command of this name")
            .help("write the lines that belong here, or a comment that says what was left out"),
        );
    }
    let found: Vec<_> = line
        .char_indices()
        .filter_map(|(start, character)| Some((start, character, plain(character)?)))
        .filter(|(start, character, _)| {
            let place = u32::try_from(at + start).unwrap_or(u32::MAX);
            let is_quote = matches!(character, '\u{2018}'..='\u{201e}');
            let in_text = is_text(place);
            // A quotation mark in a text is how the text is spelt.
            !(is_quote && (in_text || is_apostrophe(line, *start, *character)))
        })
        .collect();
    let (start, character, (name, _)) = *found.first()?;
    let edits = found
        .iter()
        .map(|(start, character, (_, replacement))| Edit {
            span: span(*start, character.len_utf8()),
            replacement: (*replacement).to_owned(),
        });
    let finding = Diagnostic::new(
        &CODE,
        span(start, character.len_utf8()),
        format!("{name} (U+{:04X}) in a command", u32::from(character)),
    )
    .label("the shell takes it for a letter")
    .help("type the plain character; a word processor or a chat window put this one there");
    let breaks = found
        .iter()
        .any(|(start, character, _)| ends_a_string(block, at + start, *character));
    Some(if breaks {
        finding
    } else {
        finding.fix(Fix {
            title: "write the plain characters".to_owned(),
            safety: Safety::Safe,
            edits: edits.collect(),
        })
    })
}

/// What a character is called and what was meant by it; `None` for all others.
fn plain(character: char) -> Option<(&'static str, &'static str)> {
    match character {
        '\u{2018}' | '\u{2019}' => Some(("a curly single quote", "'")),
        '\u{201c}' | '\u{201d}' | '\u{201e}' => Some(("a curly double quote", "\"")),
        '\u{a0}' | '\u{202f}' => Some(("a no-break space", " ")),
        '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{feff}' => Some(("a zero-width character", "")),
        _ => None,
    }
}

/// Whether a curly quote stands inside a string that its plain form would end, such as the
/// apostrophe of `'it\u{2019}s'`.
fn ends_a_string(block: &Block, at: usize, quote: char) -> bool {
    let plain = match plain(quote) {
        Some((_, "'")) => '\'',
        Some((_, "\"")) => '"',
        Some(_) | None => return false,
    };
    let mut open = None;
    let mut before = '\n';
    let mut characters = block.content.text().get(..at).unwrap_or("").chars();
    while let Some(character) = characters.next() {
        match (open, character) {
            (None | Some('"'), '\\') => {
                characters.next();
            }
            (None, '#') if before.is_whitespace() => {
                characters.by_ref().find(|it| *it == '\n');
            }
            (None, '\'' | '"') => open = Some(character),
            (Some(quote), _) if quote == character => open = None,
            (None | Some(_), _) => {}
        }
        before = character;
    }
    open == Some(plain)
}

/// Whether a curly quote stands between two letters: `don't`.
fn is_apostrophe(line: &str, at: usize, character: char) -> bool {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    let before = line.get(..at).and_then(|it| it.chars().next_back());
    let after = line
        .get(at + character.len_utf8()..)
        .and_then(|it| it.chars().next());
    character == '\u{2019}' && letter(before) && letter(after)
}

/// The stretches of a script that are text and no code: comments, the data of heredocs, and what is
/// only said (`echo "..."`, `git commit -m "..."`), where it stands in plain quotes.
fn spoken(script: &Script) -> Vec<Range> {
    let mut found = Vec::new();
    collect(&script.statements, &script.masked, &mut found);
    found.extend(script.comments.iter().copied());
    found.extend(script.output.iter().copied());
    found
}

fn collect(statements: &[Statement], text: &str, found: &mut Vec<Range>) {
    const SPEAKING: [&str; 6] = ["echo", "printf", "wall", "logger", "read", "say"];
    const MESSAGES: [&str; 8] = [
        "-m",
        "--message",
        "--comment",
        "--description",
        "--reason",
        "--title",
        "--body",
        "--notes",
    ];
    for statement in statements {
        for redirect in &statement.redirects {
            if let RedirectKind::Heredoc { body, .. } = &redirect.kind {
                found.push(body.range);
            }
        }
        match &statement.node {
            Node::Command(command) => {
                let words: Vec<(&str, Range)> = command
                    .words
                    .iter()
                    .map(|word| (word.range.of(text), word.range))
                    .collect();
                let speaks = words
                    .first()
                    .is_some_and(|(name, _)| SPEAKING.contains(name));
                let mut before = "";
                for (word, range) in &words {
                    let quoted = word.starts_with(['"', '\'']);
                    let message = MESSAGES.contains(&before)
                        || MESSAGES
                            .iter()
                            .any(|option| word.starts_with(&format!("{option}=")));
                    if quoted && (speaks || message) {
                        found.push(*range);
                    }
                    before = word;
                }
            }
            Node::Pipeline(inner) | Node::Group(inner) | Node::Subshell(inner) => {
                collect(inner, text, found)
            }
            Node::List { first, rest } => {
                collect(std::slice::from_ref(first), text, found);
                for (_, one) in rest {
                    collect(std::slice::from_ref(one), text, found);
                }
            }
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
            Node::Function { body, .. } => collect(std::slice::from_ref(body), text, found),
            Node::Test(_) | Node::Time(_) | Node::Coprocess(_) => {}
        }
    }
}
