//! The parts of words: quotes, expansions, patterns, placeholders.

use super::{LONGEST_ARITHMETIC, LONGEST_CLASS, Parse, Parser, Until, ends_word, runs_something};
use crate::shell::{Part, PartKind, Statement, Word};

impl Parser<'_> {
    /// The word at this place; without parts when there is none.
    pub(super) fn word(&mut self) -> Parse<Word> {
        self.run_of_parts(Until::Word)
    }

    /// The parts up to `end`, as inside double quotes.
    pub(super) fn inside(&mut self, end: usize) -> Parse<Word> {
        let outer = std::mem::replace(&mut self.end, end);
        let word = self.deeper(|parser| parser.run_of_parts(Until::End));
        self.end = outer;
        self.at = end;
        word
    }

    /// The parts up to, not including, what `until` names.
    pub(super) fn run_of_parts(&mut self, until: Until) -> Parse<Word> {
        let start = self.at;
        let quoted = until.quoted();
        let mut parts = Vec::new();
        // Up to here braces expand, so that plain text is a pattern.
        let mut braces_end = 0;
        // Parentheses of extended globs, regular expressions and arithmetic.
        let mut open = 0u32;
        while let Some(byte) = self.peek() {
            if self.stops(until, byte, open) {
                break;
            }
            let from = self.at;
            match byte {
                b'\\' => self.backslash(until, &mut parts),
                b'\'' if until.single_quotes() => self.single_quoted(&mut parts)?,
                b'"' if until.double_quotes() => self.double_quoted(&mut parts)?,
                b'$' if self.dollar(until, &mut parts)? => {}
                b'`' => self.backticks(quoted, &mut parts)?,
                b'<' | b'>' if until == Until::Word => self.process(&mut parts)?,
                b'*' | b'?' | b'[' | b'+' | b'@' | b'!' if !quoted => {
                    let (len, group) = self.wildcard();
                    open += u32::from(group);
                    if len > 0 {
                        self.push_pattern(len, &mut parts);
                    } else {
                        self.push_literal(1, false, &mut parts);
                    }
                }
                b'_' | b'%' if self.push_placeholder(&mut parts) => {}
                b'{' if until == Until::Word && from >= braces_end => {
                    match self.brace_expansion_end() {
                        Some(end) => {
                            braces_end = end;
                            self.push_pattern(1, &mut parts);
                        }
                        None => self.push_literal(1, false, &mut parts),
                    }
                }
                b'(' | b')' => {
                    open = if byte == b'(' {
                        open + 1
                    } else {
                        open.saturating_sub(1)
                    };
                    if until == Until::Word {
                        self.push_pattern(1, &mut parts);
                    } else {
                        self.push_literal(1, quoted, &mut parts);
                    }
                }
                _ if from < braces_end => {
                    let len = self.plain_run().min(braces_end - from);
                    self.push_pattern(len, &mut parts);
                }
                _ => self.push_literal(self.plain_run(), quoted, &mut parts),
            }
        }
        let end = if parts.is_empty() {
            start
        } else {
            self.token_end
        };
        Ok(Word {
            range: self.range(start, end),
            parts,
        })
    }

    /// Whether `byte` ends the run; `open` counts the parentheses open in it.
    pub(super) fn stops(&self, until: Until, byte: u8, open: u32) -> bool {
        match until {
            Until::Word => match byte {
                b' ' | b'\t' | b'\n' | b';' | b'&' => true,
                b'|' | b'(' | b')' => open == 0,
                b'<' | b'>' => self.peek_at(1) != Some(b'('),
                b'\r' => matches!(self.peek_at(1), Some(b'\n') | None),
                _ => false,
            },
            Until::Quote => byte == b'"',
            Until::Brace { .. } => byte == b'}',
            Until::Bracket => byte == b']',
            Until::End => false,
            Until::Regex => open == 0 && byte.is_ascii_whitespace(),
        }
    }

    /// The length of the run of plain characters at this place, at least one byte.
    pub(super) fn plain_run(&self) -> usize {
        let rest = self.rest();
        rest.iter()
            .skip(1)
            .position(|byte| SPECIAL.get(*byte as usize).is_none_or(|special| *special))
            .map_or(rest.len(), |plain| plain + 1)
    }

    // ---- parts ----

    /// Takes `len` bytes as literal text.
    pub(super) fn push_literal(&mut self, len: usize, quoted: bool, parts: &mut Vec<Part>) {
        let text = self.slice(self.at, self.at + len);
        self.push_text(len, text, quoted, parts);
    }

    /// Takes `len` bytes as the literal `text`; joined to the part before, if it is alike.
    pub(super) fn push_text(
        &mut self,
        len: usize,
        text: &str,
        quoted: bool,
        parts: &mut Vec<Part>,
    ) {
        let range = self.range(self.at, self.at + len);
        // Only the end of a joined line may stand between this piece and the last one.
        let touches = self.place(self.token_end);
        self.take(len);
        if let Some(last) = parts.last_mut()
            && last.quoted == quoted
            && last.range.end == touches
            && let PartKind::Literal(before) = &mut last.kind
        {
            before.push_str(text);
            last.range.end = range.end;
            return;
        }
        parts.push(Part {
            range,
            quoted,
            kind: PartKind::Literal(text.to_owned()),
        });
    }

    /// Takes `len` bytes as a pattern; joined to the pattern before.
    pub(super) fn push_pattern(&mut self, len: usize, parts: &mut Vec<Part>) {
        let range = self.range(self.at, self.at + len);
        let text = self.slice(self.at, self.at + len);
        self.take(len);
        if let Some(last) = parts.last_mut()
            && last.range.end == range.start
            && let PartKind::Pattern(before) = &mut last.kind
        {
            before.push_str(text);
            last.range.end = range.end;
            return;
        }
        parts.push(Part {
            range,
            quoted: false,
            kind: PartKind::Pattern(text.to_owned()),
        });
    }

    /// A part from `start` up to here.
    pub(super) fn push(&self, start: usize, quoted: bool, kind: PartKind, parts: &mut Vec<Part>) {
        parts.push(Part {
            range: self.range(start, self.at),
            quoted,
            kind,
        });
    }

    /// The index of the placeholder that starts at this place.
    pub(super) fn placeholder(&self) -> Option<usize> {
        if self.placeholders.is_empty() {
            return None;
        }
        let place = self.place(self.at);
        self.placeholders
            .binary_search_by_key(&place, |placeholder| placeholder.range.start)
            .ok()
    }

    /// Takes the placeholder at this place; false when there is none.
    pub(super) fn push_placeholder(&mut self, parts: &mut Vec<Part>) -> bool {
        let Some(index) = self.placeholder() else {
            return false;
        };
        let start = self.at;
        let len = self.placeholders.get(index).map_or(1, |placeholder| {
            placeholder.range.end - placeholder.range.start
        });
        self.take(len as usize);
        self.push(start, true, PartKind::Placeholder { index }, parts);
        true
    }

    /// Text in which only placeholders mean something, from `start` to `end`.
    pub(super) fn verbatim(&mut self, start: usize, end: usize, parts: &mut Vec<Part>) {
        self.at = start;
        while self.at < end {
            let place = self.place(self.at);
            let next = self
                .placeholders
                .partition_point(|placeholder| placeholder.range.start < place);
            let next_start = self
                .placeholders
                .get(next)
                .map_or(u32::MAX, |placeholder| placeholder.range.start);
            if !self.push_placeholder(parts) {
                let len = (end - self.at).min((next_start - place) as usize);
                self.push_literal(len, true, parts);
            }
        }
    }

    pub(super) fn backslash(&mut self, until: Until, parts: &mut Vec<Part>) {
        let joined = self.joined_line();
        if joined > 0 {
            self.at += joined;
            return;
        }
        let next = self.slice(self.at + 1, self.end).chars().next();
        let escapes = match (until, next) {
            (_, None) => false,
            (Until::Word | Until::Bracket | Until::Regex, Some(_)) => true,
            (Until::Brace { double: false, .. }, Some(_)) => true,
            (Until::Brace { double: true, .. }, Some(c)) => {
                matches!(c, '$' | '`' | '"' | '\\' | '}')
            }
            (Until::Quote, Some(c)) => matches!(c, '$' | '`' | '"' | '\\'),
            (Until::End, Some(c)) => matches!(c, '$' | '`' | '\\'),
        };
        if !escapes {
            self.push_literal(1, until.quoted(), parts);
            return;
        }
        let len = 1 + next.map_or(0, char::len_utf8);
        let text = self.slice(self.at + 1, self.at + len);
        self.push_text(len, text, true, parts);
    }

    pub(super) fn single_quoted(&mut self, parts: &mut Vec<Part>) -> Parse<()> {
        let opened = self.at;
        let inside = opened + 1;
        let len = self
            .bytes
            .get(inside..self.end)
            .and_then(|inside| inside.iter().position(|byte| *byte == b'\''));
        let Some(len) = len else {
            return self.unclosed(opened, 1, "`'`");
        };
        if len > 0 {
            self.verbatim(inside, inside + len, parts);
        }
        self.at = inside + len;
        self.take(1);
        if len == 0 {
            self.push(opened, true, PartKind::Literal(String::new()), parts);
        }
        Ok(())
    }

    pub(super) fn double_quoted(&mut self, parts: &mut Vec<Part>) -> Parse<()> {
        let opened = self.at;
        self.take(1);
        let inside = self.deeper(|parser| parser.run_of_parts(Until::Quote))?;
        if self.peek() != Some(b'"') {
            return self.unclosed(opened, 1, "`\"`");
        }
        self.take(1);
        if inside.parts.is_empty() {
            self.push(opened, true, PartKind::Literal(String::new()), parts);
        }
        parts.extend(inside.parts);
        Ok(())
    }

    /// What starts with `$`. False when it is a plain dollar sign.
    pub(super) fn dollar(&mut self, until: Until, parts: &mut Vec<Part>) -> Parse<bool> {
        let start = self.at;
        let quoted = until.quoted();
        let Some(next) = self.peek_at(1) else {
            return Ok(false);
        };
        match next {
            b'(' => {
                if self.peek_at(2) == Some(b'(')
                    && let Some(end) = self.arithmetic_end(3)
                {
                    self.take(3);
                    let word = self.inside(end)?;
                    self.take(2);
                    self.push(start, quoted, PartKind::Arithmetic(vec![word]), parts);
                    return Ok(true);
                }
                self.take(2);
                let statements =
                    self.deeper(|parser| parser.until_parenthesis(start, 2, "`$(`"))?;
                self.push(start, quoted, PartKind::Substitution(statements), parts);
            }
            b'{' => return self.parameter(quoted, parts),
            b'[' => {
                let close = self.rest().iter().position(|byte| *byte == b']');
                let Some(close) = close else {
                    return Ok(false);
                };
                self.take(2);
                let word = self.inside(start + close)?;
                self.take(1);
                self.push(start, quoted, PartKind::Arithmetic(vec![word]), parts);
            }
            b'\'' if until.single_quotes() => self.ansi_quoted(parts)?,
            b'"' if until.double_quotes() => {
                self.take(1);
                self.double_quoted(parts)?;
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                let len = self
                    .rest()
                    .iter()
                    .skip(1)
                    .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
                    .count();
                self.push_variable(len, quoted, parts);
            }
            b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!' => {
                self.push_variable(1, quoted, parts);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// `$name`, the name being `len` bytes long.
    pub(super) fn push_variable(&mut self, len: usize, quoted: bool, parts: &mut Vec<Part>) {
        let start = self.at;
        let name = self.slice(start + 1, start + 1 + len).to_owned();
        self.take(1 + len);
        let kind = PartKind::Variable {
            name,
            modified: false,
            words: Vec::new(),
        };
        self.push(start, quoted, kind, parts);
    }

    /// `${...}`
    pub(super) fn parameter(&mut self, quoted: bool, parts: &mut Vec<Part>) -> Parse<bool> {
        let start = self.at;
        self.take(2);
        self.push_placeholder(parts);
        let prefixed = matches!(self.peek(), Some(b'#' | b'!'))
            && self
                .peek_at(1)
                .is_some_and(|byte| byte != b'}' && !is_operator(byte));
        if prefixed {
            self.take(1);
        }
        let name = self.parameter_name();
        let name_text = self.slice(self.at, self.at + name).to_owned();
        self.take(name);
        let mut words = Vec::new();
        let mut modified = prefixed;
        if self.peek() == Some(b'[') {
            modified = true;
            self.take(1);
            let word = self.deeper(|parser| parser.run_of_parts(Until::Bracket))?;
            if self.peek() != Some(b']') {
                return self.unclosed(start, 2, "`${`");
            }
            self.take(1);
            if word.parts.iter().any(|part| runs_something(&part.kind)) {
                words.push(word);
            }
        }
        if self.peek() != Some(b'}') {
            modified = true;
            let operator = self.peek().unwrap_or(b'}');
            while self.peek().is_some_and(is_operator) && self.at < start + 2 + name + 64 {
                self.take(1);
                if self.placeholder().is_some() {
                    break;
                }
            }
            let until = Until::Brace {
                double: quoted,
                single: !quoted || matches!(operator, b'#' | b'%' | b'/' | b'^' | b','),
            };
            let word = self.deeper(|parser| parser.run_of_parts(until))?;
            if !word.parts.is_empty() {
                words.push(word);
            }
        }
        if self.peek() != Some(b'}') {
            return self.unclosed(start, 2, "`${`");
        }
        self.take(1);
        let kind = PartKind::Variable {
            name: name_text,
            modified,
            words,
        };
        self.push(start, quoted, kind, parts);
        Ok(true)
    }

    /// The length of a parameter's name at this place.
    pub(super) fn parameter_name(&self) -> usize {
        let rest = self.rest();
        let len = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count();
        match rest.first() {
            Some(b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!') => 1,
            _ => len,
        }
    }

    /// `$'...'`
    pub(super) fn ansi_quoted(&mut self, parts: &mut Vec<Part>) -> Parse<()> {
        let opened = self.at;
        let mut close = opened + 2;
        loop {
            match self.bytes.get(close) {
                _ if close >= self.end => return self.unclosed(opened, 2, "`$'`"),
                Some(b'\\') => close += 2,
                Some(b'\'') => break,
                _ => close += 1,
            }
        }
        let text = decode_ansi(self.slice(opened + 2, close));
        self.take(close + 1 - opened);
        self.push(opened, true, PartKind::Literal(text), parts);
        Ok(())
    }

    /// `<(...)` and `>(...)`
    pub(super) fn process(&mut self, parts: &mut Vec<Part>) -> Parse<()> {
        let start = self.at;
        let output = self.peek() == Some(b'>');
        self.take(2);
        let statements = self.deeper(|parser| parser.until_parenthesis(start, 2, "`<(`"))?;
        let kind = PartKind::Process { output, statements };
        self.push(start, false, kind, parts);
        Ok(())
    }

    /// `` `...` ``. Without backslashes the inside is parsed where it stands; otherwise a copy
    /// without them, whose offsets are mapped back.
    pub(super) fn backticks(&mut self, quoted: bool, parts: &mut Vec<Part>) -> Parse<()> {
        let start = self.at;
        let mut close = start + 1;
        let mut escaped = false;
        loop {
            match self.bytes.get(close) {
                _ if close >= self.end => return self.unclosed(start, 1, "a backtick"),
                Some(b'\\') => {
                    escaped |=
                        matches!(self.bytes.get(close + 1), Some(b'`' | b'$' | b'\\' | b'"'));
                    close += 2;
                }
                Some(b'`') => break,
                _ => close += 1,
            }
        }
        let statements = if escaped {
            self.deeper(|parser| parser.escaped_backticks(start + 1, close, quoted))?
        } else {
            self.deeper(|parser| parser.plain_backticks(close))?
        };
        self.at = close;
        self.take(1);
        self.push(start, quoted, PartKind::Substitution(statements), parts);
        Ok(())
    }

    pub(super) fn plain_backticks(&mut self, close: usize) -> Parse<Vec<Statement>> {
        self.take(1);
        let outer = (self.end, self.heredocs.take());
        self.end = close;
        let statements = self.statements_to_end();
        (self.end, self.heredocs) = outer;
        statements
    }

    pub(super) fn escaped_backticks(
        &mut self,
        start: usize,
        close: usize,
        quoted: bool,
    ) -> Parse<Vec<Statement>> {
        let mut text = String::with_capacity(close - start);
        let mut map = Vec::with_capacity(close - start + 1);
        let mut backslash = false;
        for (at, c) in self.slice(start, close).char_indices() {
            if c == '\\' && !backslash {
                backslash = true;
                continue;
            }
            let removed = matches!(c, '`' | '$' | '\\') || (quoted && c == '"');
            if backslash && !removed {
                map.push(self.place(start + at - 1));
                text.push('\\');
            }
            backslash = false;
            map.extend((0..c.len_utf8()).map(|byte| self.place(start + at + byte)));
            text.push(c);
        }
        map.push(self.place(close));
        let mut inner = Parser {
            map: Some(map),
            depth: self.depth,
            fuel: self.fuel,
            ..Parser::new(&text, self.placeholders)
        };
        let statements = inner.statements_to_end();
        self.fuel = inner.fuel;
        self.comments.append(&mut inner.comments);
        self.notes.append(&mut inner.notes);
        statements
    }

    pub(super) fn statements_to_end(&mut self) -> Parse<Vec<Statement>> {
        let mut statements = Vec::new();
        loop {
            self.skip_newlines();
            if self.at >= self.end {
                return Ok(statements);
            }
            statements.push(self.top_level_statement()?);
        }
    }

    /// Pays for looking `len` bytes ahead. Without fuel nothing is looked up any more, and the
    /// statement fails: that happens only in texts made to be slow.
    pub(super) fn pay(&mut self, len: usize) {
        self.fuel = self.fuel.saturating_sub(len);
    }

    /// Where the `))` stands that closes the arithmetic whose opening is `open` bytes long; `None`
    /// when these are parentheses inside parentheses.
    pub(super) fn arithmetic_end(&mut self, open: usize) -> Option<usize> {
        if self.fuel == 0 {
            return None;
        }
        let mut depth = 0u32;
        let mut previous = 0;
        let found = self
            .rest()
            .iter()
            .enumerate()
            .skip(open)
            .take(LONGEST_ARITHMETIC)
            .find_map(|(at, byte)| {
                let escaped = std::mem::replace(&mut previous, *byte) == b'\\';
                match byte {
                    b'(' if !escaped => depth += 1,
                    b')' if !escaped && depth == 0 => return Some(at),
                    b')' if !escaped => depth -= 1,
                    _ => {}
                }
                None
            });
        let looked = found.unwrap_or(LONGEST_ARITHMETIC.min(self.rest().len()));
        self.pay(looked);
        let end = self.at + found?;
        (end + 1 < self.end && self.bytes.get(end + 1) == Some(&b')')).then_some(end)
    }

    /// The length of the wildcard at this place, and whether it opens a group that `)` closes.
    /// Zero when the character is a plain one.
    pub(super) fn wildcard(&mut self) -> (usize, bool) {
        let group = self.peek_at(1) == Some(b'(');
        match self.peek() {
            Some(b'*' | b'?' | b'+' | b'@' | b'!') if group => (2, true),
            Some(b'*' | b'?') => (1, false),
            Some(b'[') => (self.character_class(), false),
            _ => (0, false),
        }
    }

    /// The length of `[...]` at this place; zero when it is not closed in this word, or when
    /// something expands in it.
    pub(super) fn character_class(&mut self) -> usize {
        if self.fuel == 0 {
            return 0;
        }
        let rest = self.rest();
        let mut at = 1 + usize::from(matches!(rest.get(1), Some(b'!' | b'^')));
        if rest.get(at) == Some(&b']') {
            at += 1;
        }
        let mut looked = at;
        let mut len = 0;
        while looked < LONGEST_CLASS {
            match rest.get(looked) {
                Some(b']') => {
                    len = looked + 1;
                    break;
                }
                Some(b'[') if rest.get(looked + 1) == Some(&b':') => {
                    let named = rest.get(looked..).unwrap_or(&[]);
                    looked += named
                        .windows(2)
                        .take(16)
                        .position(|pair| pair == b":]")
                        .map_or(1, |close| close + 2);
                }
                Some(byte) if ends_word(*byte) => break,
                Some(b'$' | b'`' | b'\'' | b'"' | b'\\') | None => break,
                Some(_) => looked += 1,
            }
        }
        self.pay(looked);
        len
    }

    /// Where the brace expansion ends that starts here; `None` when these braces are plain
    /// characters: without a comma or `..` at their level, or not closed in this word.
    pub(super) fn brace_expansion_end(&mut self) -> Option<usize> {
        if self.fuel == 0 {
            return None;
        }
        let rest = self.rest();
        let mut depth = 0u32;
        let mut expands = false;
        let mut quote = None;
        let mut end = None;
        let mut looked = 0;
        while let Some(byte) = rest.get(looked).filter(|_| looked < LONGEST_ARITHMETIC) {
            match (byte, quote) {
                (byte, Some(open)) => {
                    if *byte == open {
                        quote = None;
                    }
                }
                (b'\'' | b'"' | b'`', None) => quote = Some(*byte),
                (b'\\', None) => looked += 1,
                (b'{', None) => depth += 1,
                (b'}', None) if depth == 1 => {
                    end = Some(self.at + looked + 1);
                    break;
                }
                (b'}', None) => depth = depth.saturating_sub(1),
                (b',', None) => expands |= depth == 1,
                (b'.', None) => expands |= depth == 1 && rest.get(looked + 1) == Some(&b'.'),
                (b'(' | b')', None) => {}
                (byte, None) if ends_word(*byte) => break,
                (_, None) => {}
            }
            looked += 1;
        }
        self.pay(looked);
        end.filter(|_| expands)
    }
}

/// The bytes that may mean something inside a word.
#[expect(clippy::indexing_slicing, reason = "evaluated when compiling")]
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let bytes = b" \t\n\r;&|()<>\\'\"$`*?[]{}+@!_%";
    let mut index = 0;
    while index < bytes.len() {
        special[bytes[index] as usize] = true;
        index += 1;
    }
    special
};

/// Whether `byte` belongs to the operator behind a parameter's name.
fn is_operator(byte: u8) -> bool {
    matches!(
        byte,
        b':' | b'-' | b'=' | b'?' | b'+' | b'#' | b'%' | b'/' | b'^' | b',' | b'@'
    )
}

/// Decodes the inside of `$'...'`.
fn decode_ansi(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            result.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => result.push('\n'),
            Some('t') => result.push('\t'),
            Some('r') => result.push('\r'),
            Some('a') => result.push('\u{7}'),
            Some('b') => result.push('\u{8}'),
            Some('e' | 'E') => result.push('\u{1b}'),
            Some('f') => result.push('\u{c}'),
            Some('v') => result.push('\u{b}'),
            Some('x') => result.extend(numeric(&mut chars, 0, 16, 2)),
            Some('u') => result.extend(numeric(&mut chars, 0, 16, 4)),
            Some('U') => result.extend(numeric(&mut chars, 0, 16, 8)),
            Some(digit @ '0'..='7') => {
                result.extend(numeric(&mut chars, digit.to_digit(8).unwrap_or(0), 8, 2));
            }
            Some(other) => result.push(other),
            None => result.push('\\'),
        }
    }
    result
}

/// The character whose number is `value` followed by up to `most` further digits.
fn numeric(chars: &mut std::str::Chars<'_>, value: u32, radix: u32, most: usize) -> Option<char> {
    let mut value = value;
    for _ in 0..most {
        let Some(digit) = chars.clone().next().and_then(|c| c.to_digit(radix)) else {
            break;
        };
        chars.next();
        value = value.wrapping_mul(radix).wrapping_add(digit);
    }
    char::from_u32(value)
}
