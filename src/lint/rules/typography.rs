//! RBC407: characters in a block of commands that a word processor put there.

use crate::diagnostic::{Code, Diagnostic, Edit, Fix, Safety, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::runbook::Block;
use crate::shell::Dialect;
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
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for block in &cx.runbook.blocks {
        let shell = block.script.as_ref();
        if !shell.is_some_and(|script| script.dialect == Dialect::Shell) {
            continue;
        }
        let mut at = 0;
        for line in block.content.text().split_inclusive('\n') {
            findings.extend(line_finding(cx, block, at, line));
            at += line.len();
        }
    }
}

/// What is wrong with one line of a block: its first such character, and the edits for all of them.
fn line_finding(cx: &Context<'_>, block: &Block, at: usize, line: &str) -> Option<Diagnostic> {
    let span = |start: usize, length: usize| {
        let start = u32::try_from(at + start).unwrap_or(u32::MAX);
        let length = u32::try_from(length).unwrap_or(1);
        cx.span(block, Range::new(start, start.saturating_add(length)))
    };
    let bare = line.trim();
    if ["...", "\u{2026}"].contains(&bare) {
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
