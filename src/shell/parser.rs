//! Masked shell text in, statements of our own syntax tree out, with a gap for each stretch that
//! is not understood.
//!
//! One pass over the bytes by recursive descent: statements, then words, then the parts of words.
//! The grammar is that of bash, and where people and bash disagree the reading of people wins:
//! an indented heredoc delimiter closes its heredoc, and a carriage return before a line feed
//! counts as a blank. (A parser crate was measured first: at 6 MB/s it took alone five times as
//! long as parsing the markdown around the commands.)

mod command;
mod statement;
mod word;

use super::{Gap, PartKind, Placeholder, Statement};
use crate::source::Range;

/// A text longer than this, in bytes, is one gap: no script in a runbook comes near it.
const LONGEST_TEXT: usize = 1 << 20;

/// Constructs inside each other beyond this are a gap, so that neither this parser nor whoever
/// walks or drops its tree runs out of stack.
const DEEPEST_NESTING: u32 = 60;

/// What a failed statement costs at least of what may be read again, in bytes.
const CHEAPEST_FAILURE: usize = 1024;

/// How far the end of an arithmetic expression is looked for, in bytes.
const LONGEST_ARITHMETIC: usize = 4096;

/// The longest character class, in bytes.
const LONGEST_CLASS: usize = 128;

/// What the parser understood of a text.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    /// The statements, in order of place.
    pub(super) statements: Vec<Statement>,
    /// What could not be parsed, in order of place.
    pub(super) gaps: Vec<Gap>,
    /// The comments, in order of place.
    pub(super) comments: Vec<Range>,
}

/// Parses `text`, whose placeholders are masked, statement by statement: after an error it goes on
/// with the next line, so one broken statement costs only itself.
pub(super) fn parse(text: &str, placeholders: &[Placeholder]) -> Parsed {
    if text.len() > LONGEST_TEXT {
        let range = trimmed(text, 0, text.len());
        let message = format!(
            "{} bytes are more than the {LONGEST_TEXT} that are analysed",
            text.len()
        );
        return Parsed {
            gaps: vec![Gap {
                range,
                at: range,
                message,
            }],
            ..Parsed::default()
        };
    }
    let mut parser = Parser::new(text, placeholders);
    let mut gaps = Vec::new();
    let mut statements = Vec::new();
    // Every restart after an error may read the whole rest again; this bounds the sum.
    let mut budget = text.len().saturating_mul(16) + (1 << 16);
    loop {
        parser.skip_newlines();
        if parser.at >= parser.end {
            break;
        }
        let start = parser.at;
        let before = (parser.comments.len(), parser.notes.len());
        let failure = match parser.top_level_statement() {
            Ok(statement) => {
                statements.push(statement);
                continue;
            }
            Err(failure) => failure,
        };
        parser.comments.truncate(before.0);
        parser.notes.truncate(before.1);
        let spent = parser
            .reached
            .max(failure.end)
            .saturating_sub(start)
            .max(CHEAPEST_FAILURE);
        if spent > budget || parser.fuel == 0 {
            let range = trimmed(text, start, text.len());
            let message = if parser.fuel == 0 {
                "too complicated to analyse"
            } else {
                "too many errors before this place"
            };
            gaps.push(Gap {
                range,
                at: range,
                message: message.to_owned(),
            });
            break;
        }
        budget -= spent;
        let (gap, resume) = gap(text, start, failure);
        let inside_last = gaps
            .last()
            .is_some_and(|last: &Gap| last.range.contains(gap.range));
        if !inside_last {
            gaps.push(gap);
        }
        parser.restart(resume);
    }
    parser.comments.sort_unstable();
    if !parser.notes.is_empty() {
        gaps.append(&mut parser.notes);
        gaps.sort_by_key(|gap| gap.range);
    }
    Parsed {
        statements,
        gaps,
        comments: parser.comments,
    }
}

/// The gap for a statement that starts at `start` and fails, and where to go on. When the failure
/// is lines away, as with an `if` that is never closed, the lines between are tried on their own.
fn gap(text: &str, start: usize, failure: Failure) -> (Gap, usize) {
    let text_end = text.trim_end().len();
    let first_line_end = line_end(text, start);
    let error_line_end = if failure.start >= text_end {
        first_line_end
    } else {
        line_end(text, failure.start).max(first_line_end)
    };
    let gap_end = skip_closers(text, error_line_end);
    let resume = if first_line_end < error_line_end {
        first_line_end
    } else {
        gap_end
    };
    let at_start = failure.start.min(text_end);
    let gap = Gap {
        range: trimmed(text, start, gap_end),
        at: Range::new(
            to_u32(at_start),
            to_u32(failure.end.min(text_end).max(at_start)),
        ),
        message: failure.message,
    };
    (gap, resume)
}

/// The offset behind the line feed of the line that `offset` lies in.
fn line_end(text: &str, offset: usize) -> usize {
    text.as_bytes()
        .get(offset..)
        .and_then(|after| after.iter().position(|byte| *byte == b'\n'))
        .map_or(text.len(), |feed| offset + feed + 1)
}

/// Skips lines that only close what the error left open, such as `fi` and `done`.
fn skip_closers(text: &str, from: usize) -> usize {
    let mut at = from;
    loop {
        let end = line_end(text, at);
        let line = text.get(at..end).unwrap_or("").trim_start();
        let first = line
            .split(|c: char| c.is_whitespace() || matches!(c, ';' | ')' | '|' | '&' | '>'))
            .next()
            .unwrap_or("");
        let closes = matches!(first, "fi" | "done" | "esac" | "}" | "then" | "do" | "else")
            || line.starts_with(')');
        if !closes || end == at {
            return at;
        }
        at = end;
    }
}

/// The range from `start` to `end` without blanks at either side.
fn trimmed(text: &str, start: usize, end: usize) -> Range {
    let piece = text.get(start..end).unwrap_or("");
    let start = start + piece.len() - piece.trim_start().len();
    Range::new(to_u32(start), to_u32(start + piece.trim().len()))
}

fn to_u32(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// Why a statement is not understood: the place in the whole text and the words for it.
struct Failure {
    start: usize,
    end: usize,
    message: String,
}

type Parse<T> = Result<T, Failure>;

/// What ends a run of word parts, beside the end of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// The end of a word between blanks.
    Word,
    /// The closing `"`.
    Quote,
    /// The closing `}` of `${...}`; single quotes quote when the flag is set.
    Brace {
        /// Whether the expansion stands inside double quotes.
        double: bool,
        /// Whether `'` quotes, which inside double quotes depends on the operator.
        single: bool,
    },
    /// The closing `]` of a subscript.
    Bracket,
    /// The end of the parser's range: heredoc bodies and arithmetic.
    End,
    /// The right side of `=~`: a blank outside parentheses.
    Regex,
}

impl Until {
    /// Whether the parts stand inside quotes: no splitting, no wildcards.
    fn quoted(self) -> bool {
        match self {
            Until::Quote | Until::End => true,
            Until::Brace { double, .. } => double,
            Until::Word | Until::Bracket | Until::Regex => false,
        }
    }

    /// Whether `'` opens a quoted string.
    fn single_quotes(self) -> bool {
        match self {
            Until::Word | Until::Bracket | Until::Regex => true,
            Until::Brace { single, .. } => single,
            Until::Quote | Until::End => false,
        }
    }

    /// Whether `"` opens a quoted string.
    fn double_quotes(self) -> bool {
        match self {
            Until::Word | Until::Bracket | Until::Regex | Until::Brace { .. } => true,
            Until::Quote | Until::End => false,
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    placeholders: &'a [Placeholder],
    /// For the inside of backticks, whose backslashes are taken off first: the offset in the
    /// whole text of each byte of `text`, and of its end.
    map: Option<Vec<u32>>,
    at: usize,
    /// Where this parser's range ends.
    end: usize,
    /// The end of the last token, so that statements end without blanks.
    token_end: usize,
    /// The farthest byte looked at.
    reached: usize,
    /// How many bytes may still be looked ahead, over all statements.
    fuel: usize,
    depth: u32,
    /// The line feed behind which heredoc bodies stand, and where the last of them ends.
    heredocs: Option<(usize, usize)>,
    comments: Vec<Range>,
    /// Stretches that are not understood inside statements that are.
    notes: Vec<Gap>,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, placeholders: &'a [Placeholder]) -> Self {
        Parser {
            text,
            bytes: text.as_bytes(),
            placeholders,
            map: None,
            at: 0,
            end: text.len(),
            token_end: 0,
            reached: 0,
            fuel: text.len().saturating_mul(8) + (1 << 16),
            depth: 0,
            heredocs: None,
            comments: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Goes on at `at` after an error.
    fn restart(&mut self, at: usize) {
        self.at = at;
        self.end = self.text.len();
        self.token_end = at;
        self.reached = at;
        self.depth = 0;
        self.heredocs = None;
    }

    // ---- places ----

    fn place(&self, offset: usize) -> u32 {
        match &self.map {
            None => to_u32(offset),
            Some(map) => map
                .get(offset)
                .or(map.last())
                .copied()
                .unwrap_or(to_u32(offset)),
        }
    }

    fn range(&self, start: usize, end: usize) -> Range {
        Range::new(self.place(start), self.place(end))
    }

    fn peek(&self) -> Option<u8> {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> Option<u8> {
        let at = self.at + ahead;
        if at < self.end {
            self.bytes.get(at).copied()
        } else {
            None
        }
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..self.end).unwrap_or(&[])
    }

    fn looking_at(&self, what: &str) -> bool {
        self.rest().starts_with(what.as_bytes())
    }

    fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or("")
    }

    /// Steps over `len` bytes that belong to a token.
    fn take(&mut self, len: usize) {
        self.at += len;
        self.token_end = self.at;
    }

    /// An error at the next `len` bytes.
    fn fail<T>(&self, len: usize, message: impl Into<String>) -> Parse<T> {
        Err(self.failure(self.at, self.at + len, message.into()))
    }

    /// An error about what was opened at `start` and is not closed.
    fn unclosed<T>(&mut self, start: usize, len: usize, what: &str) -> Parse<T> {
        self.reached = self.reached.max(self.end);
        Err(self.failure(start, start + len, format!("{what} is not closed")))
    }

    fn failure(&self, start: usize, end: usize, message: String) -> Failure {
        Failure {
            start: self.place(start) as usize,
            end: self.place(end) as usize,
            message,
        }
    }

    /// The error for the token that stands where a command is expected.
    fn expected_command<T>(&self) -> Parse<T> {
        let Some(byte) = self.peek() else {
            return self.fail(0, "a command is expected before the end");
        };
        let word = self.bare_word();
        if byte == b'\n' {
            return self.fail(1, "a command is expected before the end of the line");
        }
        if !word.is_empty() {
            return self.fail(word.len(), format!("unexpected `{word}`"));
        }
        let operator = self
            .rest()
            .iter()
            .take_while(|byte| matches!(byte, b';' | b'&' | b'|'))
            .count()
            .clamp(1, 2);
        let written = self.slice(self.at, self.at + operator);
        self.fail(operator, format!("unexpected `{written}`"))
    }

    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.depth >= DEEPEST_NESTING {
            return self.fail(
                1,
                format!("more than {DEEPEST_NESTING} constructs inside each other"),
            );
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    // ---- blanks ----

    /// Steps over blanks and joined lines, not over line feeds.
    fn skip_blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | 0x0b | 0x0c) => self.at += 1,
                Some(b'\r') if matches!(self.peek_at(1), Some(b'\n') | None) => self.at += 1,
                Some(b'\\') => match self.joined_line() {
                    0 => return,
                    len => self.at += len,
                },
                _ => return,
            }
        }
    }

    /// The length of a backslash with its line feed at this place, otherwise 0.
    fn joined_line(&self) -> usize {
        match (self.peek_at(1), self.peek_at(2)) {
            (Some(b'\n'), _) => 2,
            (Some(b'\r'), Some(b'\n')) => 3,
            _ => 0,
        }
    }

    /// Steps over a comment at this place, if there is one.
    fn skip_comment(&mut self) {
        if self.peek() != Some(b'#') {
            return;
        }
        let start = self.at;
        let len = self.rest().iter().position(|byte| *byte == b'\n');
        self.at = len.map_or(self.end, |len| start + len);
        let end = start + self.slice(start, self.at).trim_end().len();
        let range = self.range(start, end);
        self.comments.push(range);
    }

    /// Steps over blanks and a comment up to the end of the line.
    fn skip_to_token(&mut self) {
        self.skip_blanks();
        self.skip_comment();
    }

    /// Steps over a line feed and the heredoc bodies behind it.
    fn newline(&mut self) {
        self.at = match self.heredocs {
            Some((feed, end)) if feed <= self.at => {
                self.heredocs = None;
                end.max(self.at + 1)
            }
            _ => self.at + 1,
        };
    }

    fn skip_newlines(&mut self) {
        loop {
            self.skip_to_token();
            if self.peek() != Some(b'\n') {
                return;
            }
            self.newline();
        }
    }
}

/// Whether `word` ends a part of a compound command.
fn is_closing_keyword(word: &str) -> bool {
    matches!(
        word,
        "then" | "else" | "elif" | "fi" | "do" | "done" | "esac" | "}"
    )
}

/// Whether `byte` ends an unquoted word.
fn ends_word(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t' | b'\n' | b'\r' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>'
    )
}

/// Whether expanding this part depends on the world.
fn runs_something(kind: &PartKind) -> bool {
    match kind {
        PartKind::Literal(_) | PartKind::Pattern(_) => false,
        PartKind::Variable { .. }
        | PartKind::Substitution(_)
        | PartKind::Process { .. }
        | PartKind::Arithmetic(_)
        | PartKind::Placeholder { .. } => true,
    }
}
