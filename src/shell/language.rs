//! What a fence's language says about its text, and what the text says where the fence is silent.

use super::known::{is_command_word, is_variable_name, looks_like_command, may_be_unknown_command};

/// What the language of a fence says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// A script or commands.
    Shell,
    /// A session at a terminal.
    Console,
    /// Nothing: the text speaks for itself.
    Untyped,
    /// Statements for a database client.
    Sql(&'static str),
    /// Something that is no shell.
    Other,
}

/// What `language`, the first word of an info string, says.
pub(super) fn of(language: &str) -> Language {
    let name = language.trim_matches(['{', '}', '.', ' ']);
    let name = name
        .strip_prefix("language-")
        .or(name.strip_prefix("lang-"))
        .unwrap_or(name);
    LANGUAGES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map_or(Language::Other, |(_, language)| *language)
}

/// The names in use, the commonest first.
static LANGUAGES: &[(&str, Language)] = &[
    ("bash", Language::Shell),
    ("", Language::Untyped),
    ("sh", Language::Shell),
    ("shell", Language::Shell),
    ("console", Language::Console),
    ("text", Language::Untyped),
    ("zsh", Language::Shell),
    ("ksh", Language::Shell),
    ("dash", Language::Shell),
    ("ash", Language::Shell),
    ("fish", Language::Shell),
    ("shellscript", Language::Shell),
    ("shell-script", Language::Shell),
    ("bash-script", Language::Shell),
    ("azurecli", Language::Shell),
    ("azurecli-interactive", Language::Shell),
    ("terminal", Language::Console),
    ("shell-session", Language::Console),
    ("shellsession", Language::Console),
    ("sh-session", Language::Console),
    ("bash-session", Language::Console),
    ("bashsession", Language::Console),
    ("term", Language::Console),
    ("tty", Language::Console),
    ("prompt", Language::Console),
    ("txt", Language::Untyped),
    ("plaintext", Language::Untyped),
    ("plain", Language::Untyped),
    ("none", Language::Untyped),
    ("nohighlight", Language::Untyped),
    ("code", Language::Untyped),
    ("raw", Language::Untyped),
    ("mysql", Language::Sql("mysql")),
    ("mariadb", Language::Sql("mysql")),
    ("psql", Language::Sql("psql")),
    ("pgsql", Language::Sql("psql")),
    ("postgres", Language::Sql("psql")),
    ("postgresql", Language::Sql("psql")),
];

/// Why `text` is no shell although its fence says so; `None` when nothing speaks against it. Only
/// what is plainly something else counts, and no line may look like a command.
pub(super) fn plainly_other(text: &str) -> Option<String> {
    if let Some(interpreter) = other_interpreter(text) {
        return Some(format!("its first line names `{interpreter}`"));
    }
    let kind = data_format(text, true)?;
    let commands = text
        .lines()
        .any(|line| !line.starts_with([' ', '\t']) && looks_like_command(line));
    (!commands).then(|| kind.to_owned())
}

/// Why `text`, whose fence says nothing, is no shell; `None` when it is.
pub(super) fn not_commands(text: &str) -> Option<String> {
    if let Some(interpreter) = other_interpreter(text) {
        return Some(format!("its first line names `{interpreter}`"));
    }
    if text.starts_with("#!") {
        return None;
    }
    if let Some(kind) = data_format(text, false) {
        return Some(kind.to_owned());
    }
    let mut lines = 0usize;
    let mut commands = 0usize;
    let mut first_word = "";
    let mut goes_on = false;
    for line in text.lines() {
        let trimmed = line.trim();
        let continues = std::mem::replace(&mut goes_on, trimmed.ends_with(['\\', '|']));
        if trimmed.is_empty() || trimmed.starts_with('#') || continues {
            continue;
        }
        if lines == 0 {
            first_word = trimmed.split_ascii_whitespace().next().unwrap_or("");
        }
        lines += 1;
        commands += usize::from(starts_like_command(trimmed));
        if lines == 1 && commands == 0 {
            break;
        }
    }
    if lines == 0 {
        return Some("it holds only comments".to_owned());
    }
    if commands == 0 {
        return Some(format!("`{first_word}` is no known command"));
    }
    // Heredocs, quoted text and output follow commands: a few known ones are enough.
    (commands * 5 < lines).then(|| "most lines are no commands".to_owned())
}

/// Whether a line starts as a command does, assignments included.
fn starts_like_command(line: &str) -> bool {
    if looks_like_command(line) || may_be_unknown_command(line) {
        return true;
    }
    let first = line.split_ascii_whitespace().next().unwrap_or("");
    let alone = first == line;
    if alone && is_command_word(first) {
        return true;
    }
    first.split_once('=').is_some_and(|(name, value)| {
        is_variable_name(name) && (alone || value.starts_with(['"', '\'', '$']))
    })
}

/// The interpreter of a `#!` line that is no shell.
fn other_interpreter(text: &str) -> Option<&str> {
    let line = text.strip_prefix("#!")?.lines().next()?;
    let mut words = line.split_ascii_whitespace();
    let path = words.next()?;
    let name = path.rsplit('/').next()?;
    let name = if name == "env" {
        words.find(|word| !word.starts_with('-')).unwrap_or(name)
    } else {
        name
    };
    let shell = name == "env"
        || matches!(
            name,
            "sh" | "bash" | "dash" | "zsh" | "ksh" | "ash" | "fish" | "busybox"
        );
    (!shell).then_some(name)
}

/// The kind of text that is no commands, as a phrase; `None` when it may be commands. When
/// `strict`, every line has to be of the kind.
fn data_format(text: &str, strict: bool) -> Option<&'static str> {
    let trimmed = text.trim();
    let first_line = trimmed.lines().next().unwrap_or("").trim_end();
    let ends = trimmed.chars().next_back();
    match trimmed.chars().next() {
        Some('{') if ends == Some('}') && json_follows(trimmed) => return Some("it is JSON"),
        Some('[') if ends == Some(']') && json_follows(trimmed) => return Some("it is JSON"),
        Some('<') if ends == Some('>') && is_tag(trimmed) => return Some("it is markup"),
        Some('+') if first_line.starts_with("+--") => return Some("it is a table"),
        Some('|') if first_line.ends_with('|') => return Some("it is a table"),
        Some('┌' | '│' | '├' | '└' | '┬' | '─' | '╔' | '║' | '┏' | '┃') => {
            return Some("it is a drawing");
        }
        Some('.' | '`') if trimmed.lines().nth(1).is_some_and(is_tree_line) => {
            return Some("it is a listing of folders");
        }
        _ => {}
    }
    if trimmed.lines().any(is_tree_line)
        && trimmed
            .lines()
            .skip(1)
            .all(|line| is_tree_line(line) || line.len() < 60)
    {
        return Some("it is a listing of folders");
    }
    if first_line == "---" || first_line.starts_with("apiVersion:") {
        return Some("it is YAML");
    }
    for (start, kind) in [
        ("diff --git", "it is a difference"),
        ("--- a/", "it is a difference"),
        ("package main", "it is Go"),
        ("<?php", "it is PHP"),
        ("FROM ", "it is a Dockerfile"),
        ("resource \"", "it is Terraform"),
        ("SELECT ", "it is SQL"),
        ("select ", "it is SQL"),
        ("INSERT INTO ", "it is SQL"),
        ("UPDATE ", "it is SQL"),
        ("DELETE FROM ", "it is SQL"),
        ("Usage:", "it is a help text"),
        ("usage:", "it is a help text"),
    ] {
        if first_line.starts_with(start) && (kind != "it is SQL" || !first_line.contains("; do")) {
            return Some(kind);
        }
    }
    line_format(trimmed, strict)
}

/// The kind of text whose lines are all alike.
fn line_format(text: &str, strict: bool) -> Option<&'static str> {
    let mut pairs = 0usize;
    let mut headers = 0usize;
    let mut logs = 0usize;
    let mut others = 0usize;
    let mut lines = 0usize;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || (trimmed.starts_with('#') && lines > 0) {
            continue;
        }
        lines += 1;
        if is_log_line(trimmed) {
            logs += 1;
        } else if (is_pair(trimmed) && !looks_like_command(trimmed)) || trimmed == "---" {
            pairs += 1;
        } else if is_table_header(trimmed) {
            headers += 1;
        } else {
            others += 1;
        }
        // A table is known by its first line; anything else needs most of its lines.
        if lines == 1 && headers == 1 {
            return Some("it is a table");
        }
        if others > 3 && others > pairs + logs {
            return None;
        }
    }
    if lines == 0 {
        return None;
    }
    if logs == lines || (!strict && logs * 2 > lines) {
        return Some("it is log text");
    }
    if pairs == lines || (!strict && pairs > 2 && pairs * 4 >= lines * 3) {
        return Some("it is pairs of keys and values");
    }
    None
}

/// Whether what follows the first bracket is JSON rather than a group or a test.
fn json_follows(text: &str) -> bool {
    let inside = text.get(1..).unwrap_or("");
    let next = inside.trim_start();
    // `{ command; }` and `[ -f x ]` have a blank on the same line and no quote or bracket.
    next.starts_with(['"', '{', '[', '}', ']'])
        || (inside.starts_with('\n')
            && next
                .split(['\n', ':'])
                .next()
                .is_some_and(|key| next.contains(':') && !key.contains([' ', ';', '$'])))
}

/// Whether `text` starts with a tag, a comment or a declaration of markup.
fn is_tag(text: &str) -> bool {
    let after = text.get(1..).unwrap_or("");
    after.starts_with(['!', '?', '/'])
        || (after.starts_with(|c: char| c.is_ascii_alphabetic())
            && (text.contains("</") || text.contains("/>")))
}

/// `├── name`, `|-- name`, `` `-- name ``
fn is_tree_line(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '│', '|', '\u{a0}']);
    line.starts_with("├─")
        || line.starts_with("└─")
        || line.starts_with("-- ")
        || line.starts_with("`-- ")
}

/// `key: value`, `- item` and `key:`, as in YAML and in what programs report.
fn is_pair(line: &str) -> bool {
    let line = line.strip_prefix("- ").unwrap_or(line);
    let Some((key, value)) = line.split_once(':') else {
        return false;
    };
    let spaced = value.is_empty() || value.starts_with([' ', '\t']);
    let plain = !key.is_empty()
        && key.len() < 60
        && key
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ' ' | '"'));
    spaced && plain
}

/// `NAME   READY   STATUS`: words in capitals with wide gaps.
fn is_table_header(line: &str) -> bool {
    let wide = line.contains("  ") || line.contains('\t');
    let mut words = line.split_ascii_whitespace().peekable();
    wide && words.peek().is_some()
        && words.all(|word| {
            word.bytes().any(|byte| byte.is_ascii_uppercase())
                && word.bytes().all(|byte| {
                    byte.is_ascii_uppercase()
                        || byte.is_ascii_digit()
                        || matches!(
                            byte,
                            b'-' | b'_' | b'(' | b')' | b'/' | b'%' | b'#' | b'.' | b':'
                        )
                })
        })
}

/// A line that starts with a time or a level.
fn is_log_line(line: &str) -> bool {
    let bytes = line.as_bytes();
    let digits = |from: usize, len: usize| {
        bytes
            .get(from..from + len)
            .is_some_and(|piece| piece.iter().all(u8::is_ascii_digit))
    };
    let dash = |at: usize| bytes.get(at) == Some(&b'-') || bytes.get(at) == Some(&b'/');
    let date = digits(0, 4) && dash(4) && digits(5, 2) && dash(7);
    let time =
        digits(0, 2) && bytes.get(2) == Some(&b':') && digits(3, 2) && bytes.get(5) == Some(&b':');
    let line = line.trim_start_matches('[');
    let level = [
        "INFO", "WARN", "ERROR", "DEBUG", "FATAL", "TRACE", "Error:", "Warning:",
    ]
    .iter()
    .any(|level| {
        line.strip_prefix(level).is_some_and(|rest| {
            !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '=' || c == '_')
        })
    });
    let bracketed = bytes.first() == Some(&b'[')
        && line
            .get(..4)
            .is_some_and(|year| year.bytes().all(|byte| byte.is_ascii_digit()));
    date || time || level || bracketed
}
