//! Simple commands: assignments, words, redirections with their heredocs.

use super::{LONGEST_ARITHMETIC, Parse, Parser, Until, line_end, runs_something};
use crate::shell::{
    Assignment, Command, Gap, Node, Part, PartKind, Redirect, RedirectKind, Statement, Word,
};

impl Parser<'_> {
    pub(super) fn simple(&mut self, start: usize) -> Parse<Statement> {
        let mut assignments = Vec::new();
        let mut words: Vec<Word> = Vec::new();
        let mut redirects = Vec::new();
        let mut declares = false;
        loop {
            self.skip_blanks();
            match self.peek() {
                None | Some(b'\n' | b';' | b'|' | b')') => break,
                Some(b'#') => break,
                Some(b'&') if self.peek_at(1) != Some(b'>') => break,
                Some(b'(') => {
                    let len = self.empty_parentheses();
                    if len > 0 && words.len() == 1 && assignments.is_empty() && redirects.is_empty()
                    {
                        let name = self.slice(start, self.token_end).to_owned();
                        self.take(len);
                        let node = self.function_body(name)?;
                        return Ok(self.statement(start, node));
                    }
                    return self.fail(1, "unexpected `(`");
                }
                Some(_) => {}
            }
            if let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
            } else if words.is_empty() {
                if let Some(assignment) = self.assignment()? {
                    assignments.push(assignment);
                    continue;
                }
                let from = self.at;
                words.push(self.word()?);
                declares = matches!(
                    self.slice(from, self.token_end),
                    "export" | "local" | "declare" | "typeset" | "readonly" | "alias" | "eval"
                );
            } else if declares && let Some(word) = self.array_word()? {
                words.push(word);
            } else {
                words.push(self.word()?);
            }
        }
        if words.is_empty() && assignments.is_empty() && redirects.is_empty() {
            return self.expected_command();
        }
        let first = assignments
            .first()
            .map(|assignment: &Assignment| assignment.range)
            .or_else(|| words.first().map(|word| word.range));
        let last = words
            .last()
            .map(|word| word.range)
            .or_else(|| assignments.last().map(|assignment| assignment.range));
        let range = match (first, last) {
            (Some(first), Some(last)) => first.to(last),
            _ => self.range(start, start),
        };
        let command = Command {
            range,
            assignments,
            words,
        };
        let mut statement = self.statement(start, Node::Command(command));
        statement.redirects = redirects;
        Ok(statement)
    }

    /// The length of `name=`, `name+=`, `name[...]=` at this place, with the name's length.
    pub(super) fn assignment_head(&self) -> Option<(usize, usize)> {
        let rest = self.rest();
        if !rest
            .first()
            .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        {
            return None;
        }
        let name = rest
            .iter()
            .position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_'))?;
        let mut len = name;
        if rest.get(len) == Some(&b'[') {
            let close = rest
                .iter()
                .skip(len)
                .take(LONGEST_ARITHMETIC)
                .take_while(|byte| **byte != b'\n')
                .position(|byte| *byte == b']')?;
            len += close + 1;
        }
        if rest.get(len) == Some(&b'+') {
            len += 1;
        }
        (rest.get(len) == Some(&b'=')).then_some((name, len + 1))
    }

    pub(super) fn assignment(&mut self) -> Parse<Option<Assignment>> {
        let Some((name_len, len)) = self.assignment_head() else {
            return Ok(None);
        };
        let start = self.at;
        let name = self.slice(start, start + name_len).to_owned();
        let subscript = self.bytes.get(start + name_len) == Some(&b'[');
        let append = self.bytes.get(start + len - 2) == Some(&b'+');
        let mut values = Vec::new();
        if subscript {
            self.at += name_len + 1;
            let word = self.run_of_parts(Until::Bracket)?;
            if word.parts.iter().any(|part| runs_something(&part.kind)) {
                values.push(word);
            }
            self.at = start;
        }
        self.take(len);
        let array = self.peek() == Some(b'(');
        if array {
            values.extend(self.array()?);
        } else {
            let value = self.word()?;
            if !value.parts.is_empty() {
                values.push(value);
            }
        }
        Ok(Some(Assignment {
            range: self.range(start, self.token_end),
            name,
            values,
            array: array || subscript,
            append,
        }))
    }

    /// `( a b [c]=d )`, which may run over several lines.
    pub(super) fn array(&mut self) -> Parse<Vec<Word>> {
        let opened = self.at;
        self.take(1);
        let mut words = Vec::new();
        loop {
            self.skip_newlines();
            match self.peek() {
                None => return self.unclosed(opened, 1, "`(`"),
                Some(b')') => {
                    self.take(1);
                    return Ok(words);
                }
                Some(b'[') => self.array_element(&mut words)?,
                Some(_) => {
                    let word = self.word()?;
                    if word.parts.is_empty() {
                        return self.expected_command();
                    }
                    words.push(word);
                }
            }
        }
    }

    /// `[subscript]=value`, or a word that only starts with a bracket.
    pub(super) fn array_element(&mut self, words: &mut Vec<Word>) -> Parse<()> {
        let start = self.at;
        self.take(1);
        let subscript = self.deeper(|parser| parser.run_of_parts(Until::Bracket))?;
        if self.looking_at("]=") {
            self.take(2);
            if subscript
                .parts
                .iter()
                .any(|part| runs_something(&part.kind))
            {
                words.push(subscript);
            }
        } else {
            self.at = start;
        }
        let word = self.word()?;
        if !word.parts.is_empty() {
            words.push(word);
        } else if self.at == start {
            return self.expected_command();
        }
        Ok(())
    }

    /// `name=( ... )` as an argument of `declare` and its kin, as one word.
    pub(super) fn array_word(&mut self) -> Parse<Option<Word>> {
        let Some((_, len)) = self.assignment_head() else {
            return Ok(None);
        };
        if self.bytes.get(self.at + len) != Some(&b'(') {
            return Ok(None);
        }
        let start = self.at;
        self.take(len);
        let mut parts = vec![Part {
            range: self.range(start, self.at),
            quoted: false,
            kind: PartKind::Literal(self.slice(start, self.at).to_owned()),
        }];
        for word in self.array()? {
            parts.extend(word.parts);
        }
        Ok(Some(Word {
            range: self.range(start, self.token_end),
            parts,
        }))
    }

    /// The redirection at this place, if there is one.
    pub(super) fn redirect(&mut self) -> Parse<Option<Redirect>> {
        let start = self.at;
        let descriptor = self.descriptor();
        let ahead = (self.peek_at(descriptor), self.peek_at(descriptor + 1));
        let third = self.peek_at(descriptor + 2);
        let (len, append) = match ahead {
            (Some(b'&'), Some(b'>')) if descriptor == 0 => {
                let append = third == Some(b'>');
                (2 + usize::from(append), append)
            }
            (Some(b'<' | b'>'), Some(b'(')) => return Ok(None),
            (Some(b'>'), Some(b'>')) => (2, true),
            (Some(b'>'), Some(b'|')) => (2, false),
            (Some(b'>'), Some(b'&')) => return self.duplicate(start, descriptor).map(Some),
            (Some(b'>'), _) => (1, false),
            (Some(b'<'), Some(b'<')) if third == Some(b'<') => {
                self.take(descriptor + 3);
                let word = self.redirect_target()?;
                return Ok(Some(
                    self.redirect_from(start, RedirectKind::HereString(word)),
                ));
            }
            (Some(b'<'), Some(b'<')) => {
                self.take(descriptor + 2);
                return self.heredoc(start).map(Some);
            }
            (Some(b'<'), Some(b'&')) => {
                self.take(descriptor + 2);
                self.redirect_target()?;
                return Ok(Some(self.redirect_from(start, RedirectKind::Duplicate)));
            }
            (Some(b'<'), Some(b'>')) => {
                self.take(descriptor + 2);
                let word = self.redirect_target()?;
                return Ok(Some(
                    self.redirect_from(start, RedirectKind::InputOutput(word)),
                ));
            }
            (Some(b'<'), _) => {
                self.take(descriptor + 1);
                let word = self.redirect_target()?;
                return Ok(Some(self.redirect_from(start, RedirectKind::Input(word))));
            }
            _ => return Ok(None),
        };
        self.take(descriptor + len);
        let target = self.redirect_target()?;
        Ok(Some(self.redirect_from(
            start,
            RedirectKind::Output { target, append },
        )))
    }

    pub(super) fn redirect_from(&self, start: usize, kind: RedirectKind) -> Redirect {
        Redirect {
            range: self.range(start, self.token_end),
            kind,
        }
    }

    /// The length of the descriptor before a redirection: `2` of `2>`, `{fd}` of `{fd}>`.
    pub(super) fn descriptor(&self) -> usize {
        let rest = self.rest();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let len = if rest.first() == Some(&b'{') {
            let name = rest
                .iter()
                .skip(1)
                .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
                .count();
            if rest.get(name + 1) == Some(&b'}') {
                name + 2
            } else {
                0
            }
        } else {
            digits
        };
        match rest.get(len) {
            Some(b'<' | b'>') => len,
            _ => 0,
        }
    }

    /// `>&file` writes a file; `2>&1`, `>&-` and `2>&$fd` only move descriptors.
    pub(super) fn duplicate(&mut self, start: usize, descriptor: usize) -> Parse<Redirect> {
        self.take(descriptor + 2);
        self.skip_blanks();
        let from = self.at;
        let target = self.redirect_target()?;
        let number = self.slice(from, self.at).trim_end_matches('-');
        let kind = if descriptor > 0 || number.bytes().all(|byte| byte.is_ascii_digit()) {
            RedirectKind::Duplicate
        } else {
            RedirectKind::Output {
                target,
                append: false,
            }
        };
        Ok(self.redirect_from(start, kind))
    }

    pub(super) fn redirect_target(&mut self) -> Parse<Word> {
        self.skip_blanks();
        let word = self.word()?;
        if word.parts.is_empty() {
            return self.fail(1, "the target of the redirection is missing");
        }
        Ok(word)
    }

    /// `<<WORD` or `<<-WORD`, the angle brackets already taken. The body is read at once: it
    /// starts behind this line, or behind the body of the heredoc before on the same line.
    pub(super) fn heredoc(&mut self, start: usize) -> Parse<Redirect> {
        let strip_tabs = self.peek() == Some(b'-');
        if strip_tabs {
            self.take(1);
        }
        self.skip_blanks();
        let delimiter_start = self.at;
        let word = self.word()?;
        if word.parts.is_empty() {
            return self.fail(1, "the delimiter of the heredoc is missing");
        }
        let written = self.slice(delimiter_start, self.token_end);
        let quoted = written.contains(['\'', '"', '\\']);
        let delimiter = unquoted(written);
        let (feed, body_start) = match self.heredocs {
            Some((feed, end)) => (feed, end),
            None => {
                let feed = self.end_of_logical_line();
                (feed, (feed + 1).min(self.end))
            }
        };
        self.reached = self.reached.max(self.end);
        let found = self.find_delimiter(body_start, &delimiter, strip_tabs);
        let (body_end, after) = found.unwrap_or((self.end, self.end));
        if found.is_none() {
            // As the shell does, all the rest is taken for the body; the gap says so.
            let at = self.range(start, self.token_end);
            self.notes.push(Gap {
                range: at
                    .to(self.range(start, start + self.slice(start, self.end).trim_end().len())),
                at,
                message: format!("the heredoc `{delimiter}` is not closed"),
            });
        }
        self.reached = after;
        let body = self.heredoc_body(body_start, body_end, quoted)?;
        self.heredocs = Some((feed, after));
        Ok(self.redirect_from(start, RedirectKind::Heredoc { body, quoted }))
    }

    /// The line feed that ends the line of commands this place is in. Quotes may run over it; when
    /// they are never closed, the first line feed counts.
    pub(super) fn end_of_logical_line(&self) -> usize {
        let mut quote = None;
        let mut first = None;
        let mut at = self.at;
        while at < self.end {
            match (self.bytes.get(at), quote) {
                (Some(b'\\'), None | Some(b'"')) => at += 1,
                (Some(b'\n'), None) => return at,
                (Some(b'\n'), Some(_)) => first = first.or(Some(at)),
                (Some(b'#'), None) if self.slice(at - 1, at) == " " => {
                    return line_end(self.text, at).saturating_sub(1).min(self.end);
                }
                (Some(byte @ (b'\'' | b'"')), None) => quote = Some(*byte),
                (Some(byte), Some(open)) if *byte == open => quote = None,
                _ => {}
            }
            at += 1;
        }
        first.unwrap_or(self.end)
    }

    /// The end of the heredoc's body, and the place behind its delimiter's line. A delimiter that
    /// is indented counts when there is none at the start of a line: documents indent blocks.
    pub(super) fn find_delimiter(
        &mut self,
        start: usize,
        delimiter: &str,
        strip_tabs: bool,
    ) -> Option<(usize, usize)> {
        if self.fuel == 0 {
            return None;
        }
        let mut at = start;
        let mut indented = None;
        while at < self.end {
            let next = line_end(self.text, at).min(self.end);
            let line = self.slice(at, next).trim_end_matches(['\n', '\r']);
            let found = if strip_tabs {
                line.trim_start_matches('\t') == delimiter
            } else {
                line == delimiter
            };
            if found {
                return Some((at, next));
            }
            if indented.is_none() && line.trim() == delimiter {
                indented = Some((at, next));
            }
            at = next;
        }
        self.pay(self.end.saturating_sub(start));
        indented
    }

    pub(super) fn heredoc_body(&mut self, start: usize, end: usize, quoted: bool) -> Parse<Word> {
        let saved = (self.at, self.end, self.token_end, self.heredocs.take());
        self.at = start;
        self.end = end;
        let body = if quoted {
            let mut parts = Vec::new();
            self.verbatim(start, end, &mut parts);
            Ok(Word {
                range: self.range(start, end),
                parts,
            })
        } else {
            self.deeper(|parser| parser.run_of_parts(Until::End))
        };
        (self.at, self.end, self.token_end, self.heredocs) = saved;
        body
    }
}

/// A heredoc's delimiter without its quotes.
fn unquoted(written: &str) -> String {
    written
        .chars()
        .filter(|c| !matches!(c, '\'' | '"' | '\\'))
        .collect()
}
