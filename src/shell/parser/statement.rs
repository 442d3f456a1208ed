//! Lists, pipelines and compound commands.

use super::{Parse, Parser, Until, ends_word, is_closing_keyword};
use crate::shell::known::is_variable_name;
use crate::shell::{ListOperator, Node, Statement, Word};
use crate::source::Range;

impl<'a> Parser<'a> {
    /// A statement with the separator behind it.
    pub(super) fn top_level_statement(&mut self) -> Parse<Statement> {
        let mut statement = self.list()?;
        self.separator(&mut statement)?;
        if self.fuel == 0 {
            return self.fail(0, "too complicated to analyse");
        }
        match self.peek() {
            Some(b')') => self.fail(1, "unexpected `)`"),
            _ => Ok(statement),
        }
    }

    /// Takes `;`, `&` or the end of the line; whatever else may follow a statement stays.
    pub(super) fn separator(&mut self, statement: &mut Statement) -> Parse<()> {
        self.skip_to_token();
        match (self.peek(), self.peek_at(1)) {
            (Some(b'&'), Some(b'&')) | (Some(b';'), Some(b';' | b'&')) => Ok(()),
            (Some(b'&'), _) => {
                self.take(1);
                statement.background = true;
                statement.range.end = self.place(self.at);
                self.skip_to_token();
                Ok(())
            }
            (Some(b';'), _) => {
                self.at += 1;
                self.skip_to_token();
                Ok(())
            }
            (Some(b'\n'), _) => {
                self.newline();
                Ok(())
            }
            (Some(b')') | None, _) => Ok(()),
            (Some(b'('), _) => self.fail(1, "unexpected `(`"),
            (Some(_), _) => {
                let word = self.bare_word();
                if is_closing_keyword(word) {
                    return Ok(());
                }
                let shown = if word.is_empty() {
                    self.slice(self.at, self.at + 1)
                } else {
                    word
                };
                self.fail(
                    shown.len(),
                    format!("`;` or a new line is expected before `{shown}`"),
                )
            }
        }
    }

    /// `a && b || c`
    pub(super) fn list(&mut self) -> Parse<Statement> {
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            self.skip_blanks();
            let operator = if self.looking_at("&&") {
                ListOperator::And
            } else if self.looking_at("||") {
                ListOperator::Or
            } else {
                break;
            };
            self.take(2);
            self.skip_newlines();
            rest.push((operator, self.pipeline()?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        let end = self.place(self.token_end);
        Ok(Statement {
            range: Range::new(first.range.start, end),
            node: Node::List {
                first: Box::new(first),
                rest,
            },
            redirects: Vec::new(),
            background: false,
            negated: false,
        })
    }

    /// `! time a | b |& c`
    pub(super) fn pipeline(&mut self) -> Parse<Statement> {
        self.skip_blanks();
        let start = self.at;
        let mut negated = false;
        while self.bare_word() == "!" {
            negated = !negated;
            self.take(1);
            self.skip_blanks();
        }
        if self.bare_word() == "time" {
            return self.time(start, negated);
        }
        let first = self.command()?;
        let mut stages = Vec::new();
        loop {
            self.skip_blanks();
            let len = match (self.peek(), self.peek_at(1)) {
                (Some(b'|'), Some(b'|')) => break,
                (Some(b'|'), Some(b'&')) => 2,
                (Some(b'|'), _) => 1,
                _ => break,
            };
            self.take(len);
            self.skip_newlines();
            stages.push(self.stage()?);
        }
        let mut statement = if stages.is_empty() {
            first
        } else {
            stages.insert(0, first);
            self.statement(start, Node::Pipeline(stages))
        };
        statement.range.start = self.place(start);
        statement.negated = negated;
        Ok(statement)
    }

    /// A later stage of a pipeline, which may be negated too.
    pub(super) fn stage(&mut self) -> Parse<Statement> {
        self.skip_blanks();
        let start = self.at;
        let negated = self.bare_word() == "!";
        if negated {
            self.take(1);
        }
        let mut statement = self.command()?;
        statement.range.start = self.place(start);
        statement.negated = negated;
        Ok(statement)
    }

    pub(super) fn time(&mut self, start: usize, negated: bool) -> Parse<Statement> {
        self.take("time".len());
        self.skip_blanks();
        if self.bare_word() == "-p" {
            self.take(2);
            self.skip_blanks();
        }
        let timed = match self.peek() {
            None | Some(b'\n' | b';' | b')' | b'#') => None,
            Some(_) => Some(Box::new(self.deeper(Self::pipeline)?)),
        };
        let mut statement = self.statement(start, Node::Time(timed));
        statement.negated = negated;
        Ok(statement)
    }

    /// A statement from `start` up to the last token.
    pub(super) fn statement(&self, start: usize, node: Node) -> Statement {
        Statement {
            range: self.range(start, self.token_end),
            node,
            redirects: Vec::new(),
            background: false,
            negated: false,
        }
    }

    /// The word of plain characters at this place, such as a keyword: empty when it has quotes,
    /// expansions or placeholders.
    pub(super) fn bare_word(&self) -> &'a str {
        let rest = self.rest();
        let len = rest
            .iter()
            .position(|byte| ends_word(*byte))
            .unwrap_or(rest.len());
        let word = self.slice(self.at, self.at + len);
        let plain = !word
            .bytes()
            .any(|byte| matches!(byte, b'\'' | b'"' | b'\\' | b'$' | b'`'));
        if plain { word } else { "" }
    }

    /// A simple or compound command with its redirections.
    pub(super) fn command(&mut self) -> Parse<Statement> {
        self.skip_blanks();
        let start = self.at;
        let node = match self.peek() {
            Some(b'(') if self.peek_at(1) == Some(b'(') => match self.arithmetic_end(2) {
                Some(end) => self.arithmetic_command(end)?,
                None => self.deeper(Self::subshell)?,
            },
            Some(b'(') => self.deeper(Self::subshell)?,
            Some(b'a'..=b'z' | b'{' | b'}' | b'[') => match self.keyword()? {
                Some(node) => node,
                None => return self.simple(start),
            },
            _ => return self.simple(start),
        };
        let mut statement = self.statement(start, node);
        loop {
            self.skip_blanks();
            match self.redirect()? {
                Some(redirect) => statement.redirects.push(redirect),
                None => break,
            }
        }
        statement.range = self.range(start, self.token_end);
        Ok(statement)
    }

    /// The compound command whose keyword stands here; `None` when there is no keyword.
    pub(super) fn keyword(&mut self) -> Parse<Option<Node>> {
        let word = self.bare_word();
        let node = match word {
            "{" => self.deeper(Self::group)?,
            "[[" => self.deeper(Self::conditional)?,
            "if" => self.deeper(Self::if_clause)?,
            "for" | "select" => self.deeper(|parser| parser.for_loop(word))?,
            "while" | "until" => self.deeper(|parser| parser.while_loop(word))?,
            "case" => self.deeper(Self::case)?,
            "function" => self.deeper(Self::function_keyword)?,
            "coproc" => {
                self.take(word.len());
                self.skip_blanks();
                let named = self.coprocess_name();
                self.take(named);
                let body = self.deeper(Self::command)?;
                Node::Coprocess(Box::new(body))
            }
            word if is_closing_keyword(word) => return self.expected_command(),
            _ => return Ok(None),
        };
        Ok(Some(node))
    }

    /// The length of the name in `coproc NAME { ...; }`.
    pub(super) fn coprocess_name(&self) -> usize {
        let name = self.bare_word();
        let after = self
            .slice(self.at + name.len(), self.end)
            .trim_start_matches([' ', '\t']);
        let compound = after.starts_with(['{', '(']);
        if compound && is_variable_name(name) {
            name.len()
        } else {
            0
        }
    }

    /// Takes the keyword or fails.
    pub(super) fn expect(&mut self, keyword: &str) -> Parse<()> {
        self.skip_to_token();
        if self.bare_word() == keyword {
            self.take(keyword.len());
            return Ok(());
        }
        if self.at >= self.end {
            return self.fail(0, format!("`{keyword}` is expected before the end"));
        }
        self.fail(1, format!("`{keyword}` is expected"))
    }

    /// Statements up to one of the keywords of `stop`, which stays. At least one.
    pub(super) fn body(&mut self, stop: &[&str]) -> Parse<Vec<Statement>> {
        let mut statements = Vec::new();
        loop {
            self.skip_newlines();
            let word = self.bare_word();
            if stop.contains(&word) && !word.is_empty() {
                break;
            }
            if self.at >= self.end {
                let wanted = stop.last().copied().unwrap_or("");
                return self.fail(0, format!("`{wanted}` is expected before the end"));
            }
            let mut statement = self.list()?;
            self.separator(&mut statement)?;
            statements.push(statement);
        }
        if statements.is_empty() {
            return self.expected_command();
        }
        Ok(statements)
    }

    /// Statements up to `)`, which is taken.
    pub(super) fn until_parenthesis(
        &mut self,
        opened: usize,
        len: usize,
        what: &str,
    ) -> Parse<Vec<Statement>> {
        let mut statements = Vec::new();
        loop {
            self.skip_newlines();
            match self.peek() {
                Some(b')') => {
                    self.take(1);
                    return Ok(statements);
                }
                None => return self.unclosed(opened, len, what),
                Some(_) => {
                    let mut statement = self.list()?;
                    self.separator(&mut statement)?;
                    statements.push(statement);
                }
            }
        }
    }

    pub(super) fn subshell(&mut self) -> Parse<Node> {
        let opened = self.at;
        self.take(1);
        let statements = self.until_parenthesis(opened, 1, "`(`")?;
        if statements.is_empty() {
            self.at = self.token_end - 1;
            return self.fail(1, "a command is expected before `)`");
        }
        Ok(Node::Subshell(statements))
    }

    pub(super) fn group(&mut self) -> Parse<Node> {
        self.take(1);
        let statements = self.body(&["}"])?;
        self.expect("}")?;
        Ok(Node::Group(statements))
    }

    pub(super) fn if_clause(&mut self) -> Parse<Node> {
        let mut branches = Vec::new();
        loop {
            let keyword = self.bare_word().len();
            self.take(keyword);
            let condition = self.body(&["then"])?;
            self.expect("then")?;
            let body = self.body(&["elif", "else", "fi"])?;
            branches.push((condition, body));
            if self.bare_word() != "elif" {
                break;
            }
        }
        let otherwise = if self.bare_word() == "else" {
            self.take("else".len());
            self.body(&["fi"])?
        } else {
            Vec::new()
        };
        self.expect("fi")?;
        Ok(Node::If {
            branches,
            otherwise,
        })
    }

    pub(super) fn while_loop(&mut self, keyword: &str) -> Parse<Node> {
        self.take(keyword.len());
        let condition = self.body(&["do"])?;
        Ok(Node::While {
            until: keyword == "until",
            condition,
            body: self.do_done()?,
        })
    }

    pub(super) fn do_done(&mut self) -> Parse<Vec<Statement>> {
        self.skip_newlines();
        if self.bare_word() == "{" {
            self.take(1);
            let body = self.body(&["}"])?;
            self.expect("}")?;
            return Ok(body);
        }
        self.expect("do")?;
        let body = self.body(&["done"])?;
        self.expect("done")?;
        Ok(body)
    }

    pub(super) fn for_loop(&mut self, keyword: &str) -> Parse<Node> {
        self.take(keyword.len());
        self.skip_blanks();
        if self.looking_at("((") {
            let Some(end) = self.arithmetic_end(2) else {
                let opened = self.at;
                return self.unclosed(opened, 2, "`((`");
            };
            let start = self.at;
            let node = self.arithmetic_command(end)?;
            let header = self.statement(start, node);
            self.skip_separator();
            return Ok(Node::While {
                until: false,
                condition: vec![header],
                body: self.do_done()?,
            });
        }
        let name = self.at;
        if self.word()?.parts.is_empty() {
            return self.fail(1, "a name is expected");
        }
        let variable = self.slice(name, self.token_end).to_owned();
        self.skip_newlines();
        let words = if self.bare_word() == "in" {
            self.take(2);
            Some(self.words_of_line()?)
        } else {
            None
        };
        self.skip_separator();
        Ok(Node::For {
            variable,
            words,
            body: self.do_done()?,
        })
    }

    /// Steps over `;` or nothing before `do`.
    pub(super) fn skip_separator(&mut self) {
        self.skip_to_token();
        if self.peek() == Some(b';') && self.peek_at(1) != Some(b';') {
            self.take(1);
        }
        self.skip_newlines();
    }

    /// The words up to `;` or the end of the line.
    pub(super) fn words_of_line(&mut self) -> Parse<Vec<Word>> {
        let mut words = Vec::new();
        loop {
            self.skip_to_token();
            match self.peek() {
                None | Some(b'\n' | b';') => return Ok(words),
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

    pub(super) fn case(&mut self) -> Parse<Node> {
        self.take("case".len());
        self.skip_newlines();
        let word = self.word()?;
        self.skip_newlines();
        self.expect("in")?;
        let mut arms = Vec::new();
        loop {
            self.skip_newlines();
            if self.bare_word() == "esac" {
                self.take("esac".len());
                return Ok(Node::Case { word, arms });
            }
            if self.at >= self.end {
                return self.fail(0, "`esac` is expected before the end");
            }
            if self.peek() == Some(b'(') {
                self.take(1);
            }
            let patterns = self.case_patterns()?;
            let body = self.case_body()?;
            arms.push((patterns, body));
        }
    }

    /// `a | b)`
    pub(super) fn case_patterns(&mut self) -> Parse<Vec<Word>> {
        let mut patterns = Vec::new();
        loop {
            self.skip_blanks();
            let pattern = self.word()?;
            if pattern.parts.is_empty() {
                return self.fail(1, "a pattern is expected");
            }
            patterns.push(pattern);
            self.skip_blanks();
            match self.peek() {
                Some(b'|') => self.take(1),
                Some(b')') => {
                    self.take(1);
                    return Ok(patterns);
                }
                _ => return self.fail(1, "`)` is expected after the pattern"),
            }
        }
    }

    /// The statements of an arm, with the `;;` behind them; the last arm may go without.
    pub(super) fn case_body(&mut self) -> Parse<Vec<Statement>> {
        let mut statements = Vec::new();
        loop {
            self.skip_newlines();
            if self.looking_at(";;&") {
                self.take(3);
                return Ok(statements);
            }
            if self.looking_at(";;") || self.looking_at(";&") {
                self.take(2);
                return Ok(statements);
            }
            if self.bare_word() == "esac" {
                return Ok(statements);
            }
            if self.at >= self.end {
                return self.fail(0, "`esac` is expected before the end");
            }
            let mut statement = self.list()?;
            self.separator(&mut statement)?;
            statements.push(statement);
        }
    }

    pub(super) fn function_keyword(&mut self) -> Parse<Node> {
        self.take("function".len());
        self.skip_blanks();
        let start = self.at;
        self.word()?;
        let name = self.slice(start, self.token_end).to_owned();
        self.skip_blanks();
        if self.peek() == Some(b'(') {
            let len = self.empty_parentheses();
            self.take(len);
        }
        self.function_body(name)
    }

    /// The length of `( )` at this place, otherwise 0.
    pub(super) fn empty_parentheses(&self) -> usize {
        let rest = self.rest();
        if rest.first() != Some(&b'(') {
            return 0;
        }
        let blanks = rest
            .iter()
            .skip(1)
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        if rest.get(1 + blanks) == Some(&b')') {
            blanks + 2
        } else {
            0
        }
    }

    pub(super) fn function_body(&mut self, name: String) -> Parse<Node> {
        self.skip_newlines();
        let body = self.deeper(Self::command)?;
        match &body.node {
            Node::Command(_)
            | Node::Pipeline(_)
            | Node::List { .. }
            | Node::Function { .. }
            | Node::Time(_)
            | Node::Coprocess(_) => self.fail(
                0,
                "a function's body is `{ ...; }`, `( ... )` or another compound command",
            ),
            Node::Group(_)
            | Node::Subshell(_)
            | Node::If { .. }
            | Node::For { .. }
            | Node::While { .. }
            | Node::Case { .. }
            | Node::Test(_) => Ok(Node::Function {
                name,
                body: Box::new(body),
            }),
        }
    }

    /// `(( ... ))` whose inside ends at `end`.
    pub(super) fn arithmetic_command(&mut self, end: usize) -> Parse<Node> {
        self.take(2);
        let word = self.inside(end)?;
        self.take(2);
        Ok(Node::Test(vec![word]))
    }

    pub(super) fn conditional(&mut self) -> Parse<Node> {
        let opened = self.at;
        self.take(2);
        let mut words = Vec::new();
        loop {
            self.skip_newlines();
            match self.peek() {
                None => return self.unclosed(opened, 2, "`[[`"),
                Some(b'(' | b')' | b'<' | b'>') => self.take(1),
                Some(b'&' | b'|') => {
                    if !self.looking_at("&&") && !self.looking_at("||") {
                        return self.expected_command();
                    }
                    self.take(2);
                }
                Some(b';') => return self.unclosed(opened, 2, "`[[`"),
                Some(_) => match self.bare_word() {
                    "]]" => {
                        self.take(2);
                        return Ok(Node::Test(words));
                    }
                    "=~" => {
                        self.take(2);
                        self.skip_blanks();
                        words.push(self.run_of_parts(Until::Regex)?);
                    }
                    operator @ ("!" | "=" | "==" | "!=") => self.take(operator.len()),
                    operator if is_test_operator(operator) => self.take(operator.len()),
                    _ => words.push(self.word()?),
                },
            }
        }
    }
}

/// Whether `word` is an operator of `[[ ]]` such as `-f` or `-eq`.
fn is_test_operator(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|name| {
        (1..=2).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphabetic())
    })
}
