//! Transcripts of terminal sessions: which lines were typed, which came back, and where the
//! prompts are.

use super::Gap;
use super::known::{is_command_word, looks_like_command};
use crate::source::Range;

/// How many lines of one text may be read in vain, looking for the end of a command that a line
/// leaves open: a bound on the work for texts made to be slow.
const MOST_LINES_IN_VAIN: u32 = 100_000;

/// The longest prompt, in bytes.
const LONGEST_PROMPT: usize = 80;

/// What a text with prompts consists of. Lines that are in none of the lists are commands.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// The prompts, each with its trailing blank.
    pub(super) prompts: Vec<Range>,
    /// The lines that came back.
    pub(super) output: Vec<Range>,
    /// What was typed into other programs of the session, such as a database client.
    pub(super) gaps: Vec<Gap>,
    /// The program all commands were typed into, when it is not a shell.
    pub(super) program: Option<Program>,
}

/// A program other than a shell that people type into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Program {
    /// `mysql` or `psql`.
    Database(&'static str),
    /// Another one, by what its prompt says.
    Other(String),
}

/// The prompt at the start of a line.
struct Prompt {
    /// Blanks before it, in bytes.
    indent: usize,
    /// Its length with the blank behind it, in bytes.
    len: usize,
    /// Whose prompt it is; `None` is a shell's.
    program: Option<Program>,
}

/// What is known of the text a session may be in: it decides about prompts that mean something
/// else in a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A script: `# ` is a comment, `> ` empties a file.
    Script,
    /// Nothing is known: `> ` and `% ` before a command are prompts.
    Unknown,
    /// A session at a terminal: `# ` before a command is the prompt of root, too.
    Console,
}

/// Reads `text` as a session; `None` when there is no prompt in it.
pub(super) fn read(text: &str, kind: Kind) -> Option<Session> {
    if !may_have_prompts(text) {
        return None;
    }
    let mut session = Session::default();
    // Commands typed into a shell, with its prompt or without.
    let mut shell_commands = 0;
    let mut others: Vec<(Range, Program)> = Vec::new();
    let mut lines = Lines {
        text,
        at: 0,
        patience: MOST_LINES_IN_VAIN,
    };
    // Commands without a prompt stand no farther right than those with one.
    let mut indent = None;
    while let Some((start, line)) = lines.next() {
        if line.trim().is_empty() {
            continue;
        }
        let line_indent = line.len() - line.trim_start().len();
        let Some(prompt) = prompt(line, kind) else {
            // In a script, what a quote or heredoc holds is data, whatever it looks like.
            if kind == Kind::Script && session.prompts.is_empty() {
                lines.skip_what_is_open_after(line);
            }
            if line_indent <= *indent.get_or_insert(line_indent) && looks_like_command(line) {
                shell_commands += 1;
            } else if !line.trim_start().starts_with('#') {
                session.output.push(range(start, start + line.len()));
            }
            continue;
        };
        indent = Some(line_indent);
        let sign = start + prompt.indent;
        session.prompts.push(range(sign, sign + prompt.len));
        let mut open = Open::default();
        open.feed(
            line.get(prompt.indent + prompt.len..).unwrap_or(""),
            &prompt.program,
        );
        let end = continuation(
            &mut session,
            &mut lines,
            open,
            prompt.program.as_ref(),
            kind,
        )
        .unwrap_or(start + line.len());
        match prompt.program {
            None => shell_commands += 1,
            Some(program) => others.push((range(start, end), program)),
        }
    }
    if session.prompts.is_empty() {
        return None;
    }
    if shell_commands == 0 {
        session.program = others.into_iter().next().map(|(_, program)| program);
    } else {
        for (place, program) in others {
            let name = match program {
                Program::Database(client) => client.to_owned(),
                Program::Other(name) => name,
            };
            session.output.push(place);
            session.gaps.push(Gap {
                range: place,
                at: place,
                message: format!("typed into `{name}`, not into a shell"),
            });
        }
        session.output.sort_unstable();
    }
    Some(session)
}

/// A quick look that spares most texts the rest: whether a prompt's last character stands
/// somewhere before a blank or the end of a line.
fn may_have_prompts(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().any(|(at, byte)| {
        matches!(byte, b'$' | b'#' | b'%' | b'>' | 0xaf | 0x9c)
            && matches!(bytes.get(at + 1), Some(b' ' | b'\t' | b'\n' | b'\r') | None)
    })
}

/// Takes the lines that go on the command before them. Returns where the last of them ends.
fn continuation(
    session: &mut Session,
    lines: &mut Lines<'_>,
    open: Open,
    program: Option<&Program>,
    kind: Kind,
) -> Option<usize> {
    let before = (lines.at, session.prompts.len());
    let mut open = open;
    let mut end = None;
    let mut read = 0;
    while !open.is_complete() && read < lines.patience {
        read += 1;
        let Some((start, line)) = lines.next() else {
            // It never ends: what looked open is not. Only the first line was typed.
            lines.patience -= read;
            lines.at = before.0;
            session.prompts.truncate(before.1);
            return None;
        };
        let next = open.heredocs.is_empty() && !line.trim_start().starts_with('>');
        if next && prompt(line, kind).is_some() {
            lines.at = before.0;
            session.prompts.truncate(before.1);
            return None;
        }
        let indent = line.len() - line.trim_start().len();
        let sign = secondary_prompt(line.get(indent..).unwrap_or(""), program);
        if sign > 0 {
            session
                .prompts
                .push(range(start + indent, start + indent + sign));
        }
        open.feed(line.get(indent + sign..).unwrap_or(""), &program.cloned());
        end = Some(start + line.len());
    }
    end
}

/// The length of `> `, `    -> ` or `postgres-# ` at the start of `line`, without indent.
fn secondary_prompt(line: &str, program: Option<&Program>) -> usize {
    match program {
        None => match line.strip_prefix('>') {
            Some("") => 1,
            Some(rest) if rest.starts_with(' ') => 2,
            _ => 0,
        },
        Some(_) => {
            let word = line.split_ascii_whitespace().next().unwrap_or("");
            let sign = ["->", "'>", "\">", "-#", "(#", "'#", "\"#", "(>"]
                .iter()
                .any(|sign| word.ends_with(sign));
            if sign && word.len() < LONGEST_PROMPT {
                (word.len() + 1).min(line.len())
            } else {
                0
            }
        }
    }
}

/// The prompt at the start of `line`.
fn prompt(line: &str, kind: Kind) -> Option<Prompt> {
    let indent = line.len() - line.trim_start().len();
    let rest = line.get(indent..)?;
    let found = |len: usize, program| {
        Some(Prompt {
            indent,
            len: len.min(rest.len()),
            program,
        })
    };
    let after = |sign: &str| {
        rest.strip_prefix(sign)
            .filter(|after| after.is_empty() || after.starts_with([' ', '\t']))
    };
    if after("$").is_some() {
        return found(2, None);
    }
    for sign in ["❯", "➜", "%", ">"] {
        if let Some(command) = after(sign) {
            if kind == Kind::Script && sign == ">" {
                return None;
            }
            let blanks = command.len() - command.trim_start().len();
            return if looks_like_command(command) {
                found(sign.len() + blanks, None)
            } else {
                None
            };
        }
    }
    if let Some(command) = after("#") {
        // Behind `# ` a sentence is likelier than a command.
        let word = command.split_ascii_whitespace().next().unwrap_or("");
        return if kind == Kind::Console && is_command_word(word) && looks_like_command(command) {
            found(2, None)
        } else {
            None
        };
    }
    let (before, sign) = split_sign(rest)?;
    let len = before.len() + 2;
    if let Some(client) = database(before, sign) {
        return found(len, Some(Program::Database(client)));
    }
    let command = rest.get(len..).unwrap_or("");
    match sign {
        b'$' | b'#' | b'%' if is_host_prompt(before) => found(len, None),
        b'$' if is_plain_name(before) => found(len, None),
        b'#' | b'%' if is_plain_name(before) && looks_like_command(command) => found(len, None),
        b'>' if is_foreign_prompt(before) => found(len, Some(Program::Other(foreign_name(before)))),
        _ => None,
    }
}

/// What stands before the first `$`, `#`, `%` or `>` that a blank or the end follows.
fn split_sign(line: &str) -> Option<(&str, u8)> {
    let bytes = line.as_bytes();
    let at = bytes
        .iter()
        .take(LONGEST_PROMPT)
        .enumerate()
        .position(|(at, byte)| {
            matches!(byte, b'$' | b'#' | b'%' | b'>')
                && matches!(bytes.get(at + 1), None | Some(b' ' | b'\t'))
        })?;
    Some((line.get(..at)?, *bytes.get(at)?))
}

/// The client whose prompt starts like this: `mysql`, `MariaDB [db]`, `postgres=`, `db=*`.
fn database(before: &str, sign: u8) -> Option<&'static str> {
    if sign == b'>' {
        let named = before.split_once(' ').map_or(before, |(name, base)| {
            if base.starts_with(['[', '(']) {
                name
            } else {
                ""
            }
        });
        if matches!(named, "mysql" | "MySQL" | "MariaDB") {
            return Some("mysql");
        }
    }
    let name = before
        .strip_suffix('*')
        .or(before.strip_suffix('!'))
        .unwrap_or(before)
        .strip_suffix('=')?;
    (matches!(sign, b'#' | b'>') && is_plain_name(name)).then_some("psql")
}

/// One word of the characters of host names and versions: `bash-5.1`, `vault-0`.
fn is_plain_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '~' || c == '/')
        && text.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/')
        })
}

/// `user@host:~`, `[user@host ~]`, `(venv) user@host ~/work `, `/ `, `<user>@<host>:~`.
fn is_host_prompt(text: &str) -> bool {
    let text = match text
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(") "))
    {
        Some((environment, rest)) if is_plain_name(environment) => rest,
        _ => text,
    };
    if matches!(text, "~ " | "/ " | "~" | "/") {
        return true;
    }
    let word = text.trim_start_matches('[').split(' ').next().unwrap_or("");
    let Some((user, host)) = word.split_once('@') else {
        // `[node1 ~]` of a shell without a user in its prompt.
        return text.starts_with('[') && text.ends_with(']') && text.contains(" ~");
    };
    let plain = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || byte >= 0x80
            || matches!(
                byte,
                b'-' | b'_'
                    | b'.'
                    | b':'
                    | b'~'
                    | b'/'
                    | b'['
                    | b']'
                    | b'('
                    | b')'
                    | b'<'
                    | b'>'
                    | b' '
                    | b'@'
                    | b'*'
                    | b'{'
                    | b'}'
                    | b','
            )
    };
    !user.is_empty()
        && !user.contains('/')
        && !host.is_empty()
        && text.bytes().all(plain)
        && text.split_ascii_whitespace().count() <= 4
}

/// What to call the program with the prompt `before`.
fn foreign_name(before: &str) -> String {
    match before {
        ">>" => "python".to_owned(),
        before if before.starts_with("PS ") => "powershell".to_owned(),
        before if before.ends_with(":\\") => "cmd".to_owned(),
        before => before.trim().to_owned(),
    }
}

/// The prompt of some other program before its `>`: `127.0.0.1:6379`, `sqlite`, `>>`, `irb`.
fn is_foreign_prompt(text: &str) -> bool {
    if text == ">>" || text.starts_with("PS ") || text.ends_with(":\\") {
        return true;
    }
    let plain = !text.is_empty()
        && text.bytes().all(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(
                    byte,
                    b'-' | b'_' | b'.' | b':' | b'/' | b'(' | b')' | b'[' | b']' | b'@'
                )
        });
    plain && !is_command_word(text) && !text.starts_with(['-', '/', '.']) && {
        // Not `name>` behind which nothing or a path stands: that is a redirection.
        let known = [
            "redis", "sqlite", "cqlsh", "hive", "ftp", "sftp", "gpg", "irb", "ceph", "lftp",
        ];
        known.iter().any(|name| text.starts_with(name)) || text.contains(':') || text.contains('(')
    }
}

/// The lines of a text with their offsets, without line ends.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    /// How many lines may still be read in vain, looking for the end of a command.
    patience: u32,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<(usize, &'a str)> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let start = self.at;
        let len = rest.find('\n').map_or(rest.len(), |feed| feed + 1);
        self.at += len;
        let line = rest.get(..len).unwrap_or(rest);
        Some((start, line.trim_end_matches(['\n', '\r'])))
    }

    /// Passes over the lines that `line` leaves open, when they come to an end.
    fn skip_what_is_open_after(&mut self, line: &str) {
        let before = self.at;
        let mut open = Open::default();
        open.feed(line, &None);
        let mut read = 0;
        while !open.is_complete() && read < self.patience {
            read += 1;
            let Some((_, line)) = self.next() else {
                break;
            };
            open.feed(line, &None);
        }
        if !open.is_complete() {
            self.at = before;
            self.patience = self.patience.saturating_sub(read);
        }
    }
}

fn range(start: usize, end: usize) -> Range {
    Range::new(
        u32::try_from(start).unwrap_or(u32::MAX),
        u32::try_from(end).unwrap_or(u32::MAX),
    )
}

/// What a command that was typed leaves open, so that the next line goes on with it.
#[derive(Debug, Default)]
struct Open {
    quote: Option<u8>,
    parentheses: u32,
    blocks: u32,
    /// Whether the line ends in a backslash or an operator.
    joined: bool,
    /// The delimiters of heredocs that have not come yet.
    heredocs: Vec<String>,
    /// Whether a statement of a database is not ended yet.
    statement: bool,
}

impl Open {
    fn is_complete(&self) -> bool {
        self.quote.is_none()
            && self.parentheses == 0
            && self.blocks == 0
            && !self.joined
            && !self.statement
            && self.heredocs.is_empty()
    }

    /// Reads one more line.
    fn feed(&mut self, line: &str, program: &Option<Program>) {
        if program.is_some() {
            let line = line.trim();
            self.statement = !(line.is_empty()
                || line.starts_with('\\')
                || line.ends_with(';')
                || line.ends_with("\\G")
                || line.ends_with("\\g")
                || matches!(program, Some(Program::Other(_)))
                || matches!(line, "exit" | "quit" | "help"));
            return;
        }
        if let Some(delimiter) = self.heredocs.first() {
            if line.trim() == delimiter {
                self.heredocs.remove(0);
            }
            return;
        }
        self.shell_line(line);
    }

    fn shell_line(&mut self, line: &str) {
        let bytes = line.as_bytes();
        let mut at = 0;
        let mut word = 0;
        self.joined = false;
        while let Some(byte) = bytes.get(at) {
            if let Some(quote) = self.quote {
                match byte {
                    b'\\' if quote == b'"' => at += 1,
                    byte if *byte == quote => self.quote = None,
                    _ => {}
                }
                at += 1;
                word = at;
                continue;
            }
            match byte {
                b'\\' => {
                    self.joined = at + 1 == bytes.len();
                    at += 1;
                }
                b'\'' | b'"' | b'`' => self.quote = Some(*byte),
                b'#' if at == word => break,
                b'(' => self.parentheses += 1,
                b')' => self.parentheses = self.parentheses.saturating_sub(1),
                b'<' if line.get(at..).is_some_and(|rest| rest.starts_with("<<<")) => at += 2,
                b'<' if bytes.get(at + 1) == Some(&b'<') => {
                    self.heredocs
                        .extend(heredoc_delimiter(line.get(at + 2..).unwrap_or("")));
                    at += 1;
                }
                b' ' | b'\t' | b';' | b'&' | b'|' => {
                    self.keyword(line.get(word..at).unwrap_or(""));
                    word = at + 1;
                }
                _ => {}
            }
            at += 1;
        }
        self.keyword(line.get(word..).unwrap_or(""));
        let end = line.trim_end();
        self.joined |= end.ends_with('|') || end.ends_with("&&");
    }

    fn keyword(&mut self, word: &str) {
        match word {
            "do" | "if" | "case" | "{" => self.blocks += 1,
            "done" | "fi" | "esac" | "}" => self.blocks = self.blocks.saturating_sub(1),
            _ => {}
        }
    }
}

/// The delimiter behind `<<`.
fn heredoc_delimiter(after: &str) -> Option<String> {
    let after = after.trim_start_matches(['-', ' ']);
    let end = after
        .find(|c: char| c.is_whitespace() || matches!(c, '|' | ';' | '>' | ')' | '&'))
        .unwrap_or(after.len());
    let delimiter: String = after
        .get(..end)?
        .chars()
        .filter(|c| !matches!(c, '\'' | '"' | '\\'))
        .collect();
    (!delimiter.is_empty()).then_some(delimiter)
}
