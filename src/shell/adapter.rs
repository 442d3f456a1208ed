//! Masked shell text in, statements of our own syntax tree out: the one file that knows the
//! parser crates `shuck-parser` and `shuck-ast`.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser's enums are other people's and grow"
)]

use shuck_ast as ast;
use shuck_parser::parser::{ParseDiagnostic, ParseStatus, Parser};

use super::{
    Assignment, Command, Gap, ListOperator, Node, Part, PartKind, Placeholder, Redirect,
    RedirectKind, Statement, Word,
};
use crate::source::Range;

/// A text longer than this, in bytes, is one gap: no script in a runbook comes near it.
const LONGEST_TEXT: usize = 1 << 20;

/// Open brackets inside each other beyond this are a gap; the parser itself gives up at 100.
const DEEPEST_NESTING: u32 = 200;

/// How often parsing starts anew after an error before the rest becomes one gap. Each start reads
/// the whole rest, so this bounds the work on a long text that is no shell.
const MOST_RESTARTS: u32 = 200;

/// How many bytes all restarts together may read; the second bound on the same work.
const MOST_REREAD: usize = 4 << 20;

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
    let mut parsed = Parsed::default();
    if let Some(message) = too_large(text) {
        parsed.gaps.push(Gap {
            range: trimmed(text, 0, text.len()),
            at: trimmed(text, 0, text.len()),
            message,
        });
        return parsed;
    }
    let mut start = 0;
    let mut restarts = 0;
    let mut reread = 0;
    while let Some(rest) = text.get(start..).filter(|rest| !rest.trim().is_empty()) {
        if restarts > MOST_RESTARTS || reread > MOST_REREAD {
            let range = trimmed(text, start, text.len());
            parsed.gaps.push(Gap {
                range,
                at: range,
                message: "too many errors before this place".to_owned(),
            });
            break;
        }
        match parse_rest(text, rest, start, placeholders, &mut parsed) {
            Some(next) if next > start => start = next,
            Some(_) | None => break,
        }
        restarts += 1;
        reread += rest.len();
    }
    parsed
}

/// Why `text` is not handed to the parser at all.
fn too_large(text: &str) -> Option<String> {
    if text.len() > LONGEST_TEXT {
        return Some(format!(
            "{} bytes are more than the {LONGEST_TEXT} that are analysed",
            text.len()
        ));
    }
    let mut depth = 0u32;
    for byte in text.bytes() {
        match byte {
            b'(' | b'{' => depth += 1,
            b')' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST_NESTING {
            return Some(format!("more than {DEEPEST_NESTING} open brackets"));
        }
    }
    None
}

/// Parses `rest`, which starts at byte `base` of `text`, up to its first error. Returns where to
/// go on, or `None` when there was no error.
fn parse_rest(
    text: &str,
    rest: &str,
    base: usize,
    placeholders: &[Placeholder],
    parsed: &mut Parsed,
) -> Option<usize> {
    let result = Parser::new(rest).parse();
    let mut lower = Lower {
        text: rest,
        base: to_u32(base),
        placeholders,
        comments: &mut parsed.comments,
    };
    if result.status == ParseStatus::Clean {
        let comments_before = lower.comments.len();
        parsed.statements.extend(lower.sequence(&result.file.body));
        if let Some(new) = parsed.comments.get_mut(comments_before..) {
            new.sort_unstable();
        }
        return None;
    }
    let error = first_error(rest, &result.diagnostics);
    let mut good_end = 0;
    for statement in &result.file.body.stmts {
        let end = statement.span.end.offset();
        if end > error.start {
            break;
        }
        // A recovered parser may drop a broken statement and go on; what lies between two good
        // statements on one line is then part of the error.
        good_end = end;
        let lowered = lower.statement(statement);
        parsed.statements.push(lowered);
    }
    let gap_start = next_statement_start(rest, good_end, error.start);
    let line_start = line_start(rest, gap_start);
    // Statements of the line the gap starts in that stand before it are kept, the rest of the line
    // belongs to the gap.
    let first_line_end = line_end(rest, gap_start);
    let error_line_end = if error.start >= rest.trim_end().len() {
        first_line_end
    } else {
        line_end(rest, error.start)
    };
    let mut gap_end = first_line_end.max(error_line_end);
    let resume = if line_start <= gap_start && first_line_end < gap_end {
        first_line_end
    } else {
        gap_end
    };
    gap_end = skip_closers(rest, gap_end);
    let resume = if resume < gap_end && resume == error_line_end {
        gap_end
    } else {
        resume
    };
    let range = trimmed(text, base + gap_start, base + gap_end);
    let at = Range::new(to_u32(base + error.start), to_u32(base + error.end));
    let inside_last = parsed
        .gaps
        .last()
        .is_some_and(|last| last.range.contains(range));
    if !inside_last {
        parsed.gaps.push(Gap {
            range,
            at,
            message: error.message,
        });
    }
    Some(base + resume)
}

/// The first error of a parse.
struct Error {
    start: usize,
    end: usize,
    message: String,
}

/// The first of `diagnostics`, its place brought inside `rest`.
fn first_error(rest: &str, diagnostics: &[ParseDiagnostic]) -> Error {
    let end_of_text = rest.trim_end().len();
    let Some(first) = diagnostics
        .iter()
        .min_by_key(|diagnostic| diagnostic.span.start.offset())
    else {
        return Error {
            start: 0,
            end: end_of_text,
            message: "not understood".to_owned(),
        };
    };
    let start = boundary(rest, first.span.start.offset().min(end_of_text));
    let end = boundary(
        rest,
        first.span.end.offset().clamp(start, end_of_text.max(start)),
    );
    Error {
        start,
        end,
        message: first.message.trim_end_matches('.').to_lowercase(),
    }
}

/// The next character boundary at or before `offset`.
fn boundary(text: &str, offset: usize) -> usize {
    (0..=offset)
        .rev()
        .find(|offset| text.is_char_boundary(*offset))
        .unwrap_or(0)
}

/// Where the statement after `good_end` starts; never behind the error.
fn next_statement_start(rest: &str, good_end: usize, error: usize) -> usize {
    let skipped = rest.get(good_end..).map_or(0, |after| {
        let trimmed = after.trim_start_matches([' ', '\t', '\n', '\r', ';']);
        after.len() - trimmed.len()
    });
    (good_end + skipped).min(error.max(good_end))
}

/// The start of the line that `offset` lies in.
fn line_start(text: &str, offset: usize) -> usize {
    text.get(..offset)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |feed| feed + 1)
}

/// The offset behind the line feed of the line that `offset` lies in.
fn line_end(text: &str, offset: usize) -> usize {
    text.get(offset..)
        .and_then(|after| after.find('\n'))
        .map_or(text.len(), |feed| offset + feed + 1)
}

/// Skips lines that only close what the error left open, such as `fi` and `done`.
fn skip_closers(rest: &str, from: usize) -> usize {
    let mut at = from;
    loop {
        let end = line_end(rest, at);
        let line = rest.get(at..end).unwrap_or("");
        let first = line
            .trim_start()
            .split(|c: char| c.is_whitespace() || matches!(c, ';' | ')' | '|' | '&' | '>'))
            .next()
            .unwrap_or("");
        let closes = matches!(first, "fi" | "done" | "esac" | "}" | "then" | "do" | "else")
            || line.trim_start().starts_with(')');
        if !closes || end == at {
            return at;
        }
        at = end;
    }
}

/// The range from `start` to `end` without blanks at either side.
fn trimmed(text: &str, start: usize, end: usize) -> Range {
    let piece = text.get(start..end).unwrap_or("");
    let front = piece.len() - piece.trim_start().len();
    let start = start + front;
    Range::new(to_u32(start), to_u32(start + piece.trim().len()))
}

fn to_u32(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// Where inside quotes a literal stands: it decides what a backslash does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quoting {
    /// No quotes: a backslash quotes the next character, `*`, `?` and `[` match files.
    Bare,
    /// `"..."` and heredocs: a backslash quotes only what would be special there.
    Double,
}

/// What lowering needs to know: the text the tree's offsets are of, and where it starts.
struct Lower<'a> {
    text: &'a str,
    base: u32,
    placeholders: &'a [Placeholder],
    comments: &'a mut Vec<Range>,
}

impl Lower<'_> {
    fn range(&self, span: ast::Span) -> Range {
        Range::new(
            self.base + to_u32(span.start.offset()),
            self.base + to_u32(span.end.offset()),
        )
    }

    fn slice(&self, span: ast::Span) -> &str {
        self.text
            .get(span.start.offset()..span.end.offset())
            .unwrap_or("")
    }

    /// The range of `span` without blanks, separators and line feeds at its end.
    fn trimmed(&self, span: ast::Span) -> Range {
        let piece = self.slice(span);
        let front = piece.len() - piece.trim_start().len();
        let start = span.start.offset() + front;
        Range::new(
            self.base + to_u32(start),
            self.base + to_u32(start + piece.trim().len()),
        )
    }

    fn keep_comments(&mut self, comments: &[ast::Comment]) {
        for comment in comments {
            let start = self.base + to_u32(comment.range.start().into());
            let end = self.base + to_u32(comment.range.end().into());
            self.comments.push(Range::new(start, end));
        }
    }

    fn sequence(&mut self, sequence: &ast::StmtSeq) -> Vec<Statement> {
        self.keep_comments(&sequence.leading_comments);
        let statements = sequence
            .stmts
            .iter()
            .map(|statement| self.statement(statement))
            .collect();
        self.keep_comments(&sequence.trailing_comments);
        statements
    }

    fn statement(&mut self, statement: &ast::Stmt) -> Statement {
        self.keep_comments(&statement.leading_comments);
        if let Some(comment) = &statement.inline_comment {
            self.keep_comments(std::slice::from_ref(comment));
        }
        let node = self.node(&statement.command);
        let redirects = self.redirects(&statement.redirects);
        Statement {
            range: self.trimmed(statement.span),
            node,
            redirects,
            background: matches!(
                statement.terminator,
                Some(ast::StmtTerminator::Background(_))
            ),
            negated: statement.negated,
        }
    }

    fn node(&mut self, command: &ast::Command) -> Node {
        match command {
            ast::Command::Simple(simple) => Node::Command(self.simple(simple)),
            ast::Command::Builtin(builtin) => Node::Command(self.builtin(builtin)),
            ast::Command::Decl(declaration) => Node::Command(self.declaration(declaration)),
            ast::Command::Binary(binary) => self.binary(binary),
            ast::Command::Compound(compound) => self.compound(compound),
            ast::Command::Function(function) => Node::Function {
                name: function
                    .header
                    .entries
                    .first()
                    .map(|entry| self.slice(entry.word.span).to_owned())
                    .unwrap_or_default(),
                body: Box::new(self.statement(&function.body)),
            },
            ast::Command::AnonymousFunction(function) => {
                Node::Group(vec![self.statement(&function.body)])
            }
        }
    }

    fn simple(&mut self, simple: &ast::SimpleCommand) -> Command {
        let assignments = self.assignments(&simple.assignments);
        let mut words = Vec::with_capacity(simple.args.len() + 1);
        if simple.name.span.end.offset() > simple.name.span.start.offset() {
            words.push(self.word(&simple.name));
        }
        words.extend(simple.args.iter().map(|word| self.word(word)));
        self.command(simple.span, assignments, words)
    }

    fn command(&self, span: ast::Span, assignments: Vec<Assignment>, words: Vec<Word>) -> Command {
        let first = assignments
            .first()
            .map(|assignment| assignment.range)
            .or_else(|| words.first().map(|word| word.range));
        let last = words
            .last()
            .map(|word| word.range)
            .or_else(|| assignments.last().map(|assignment| assignment.range));
        let range = match (first, last) {
            (Some(first), Some(last)) => first.to(last),
            _ => self.trimmed(span),
        };
        Command {
            range,
            assignments,
            words,
        }
    }

    fn builtin(&mut self, builtin: &ast::BuiltinCommand) -> Command {
        let (name, first, rest, assignments, span) = match builtin {
            ast::BuiltinCommand::Break(command) => (
                "break",
                &command.depth,
                &command.extra_args,
                &command.assignments,
                command.span,
            ),
            ast::BuiltinCommand::Continue(command) => (
                "continue",
                &command.depth,
                &command.extra_args,
                &command.assignments,
                command.span,
            ),
            ast::BuiltinCommand::Return(command) => (
                "return",
                &command.code,
                &command.extra_args,
                &command.assignments,
                command.span,
            ),
            ast::BuiltinCommand::Exit(command) => (
                "exit",
                &command.code,
                &command.extra_args,
                &command.assignments,
                command.span,
            ),
        };
        let after_assignments = assignments
            .last()
            .map_or(span.start.offset(), |last| last.span.end.offset());
        let start = self
            .text
            .get(after_assignments..)
            .and_then(|after| after.find(name))
            .map_or(after_assignments, |found| after_assignments + found);
        let range = Range::new(
            self.base + to_u32(start),
            self.base + to_u32(start + name.len()),
        );
        let assignments = self.assignments(assignments);
        let mut words = vec![literal_word(range, name)];
        words.extend(first.iter().chain(rest).map(|word| self.word(word)));
        self.command(span, assignments, words)
    }

    /// `export A=1 B`: the assignments become words, as a command would get them.
    fn declaration(&mut self, declaration: &ast::DeclClause) -> Command {
        let assignments = self.assignments(&declaration.assignments);
        let mut words = vec![literal_word(
            self.range(declaration.variant_span),
            declaration.variant.as_str(),
        )];
        for operand in &declaration.operands {
            let word = match operand {
                ast::DeclOperand::Flag(word) | ast::DeclOperand::Dynamic(word) => self.word(word),
                ast::DeclOperand::Name(name) => {
                    let mut parts = Vec::new();
                    self.literal(name.span, Quoting::Bare, false, &mut parts);
                    Word {
                        range: self.range(name.span),
                        parts,
                    }
                }
                ast::DeclOperand::Assignment(assignment) => self.assignment_word(assignment),
            };
            words.push(word);
        }
        self.command(declaration.span, assignments, words)
    }

    fn assignment_word(&mut self, assignment: &ast::Assignment) -> Word {
        let range = self.range(assignment.span);
        let value_start = match &assignment.value {
            ast::AssignmentValue::Scalar(word) => word.span.start.offset(),
            ast::AssignmentValue::Compound(array) => array.span.start.offset(),
        };
        let mut parts = Vec::new();
        let target = ast::Span::from_positions(
            assignment.span.start,
            match &assignment.value {
                ast::AssignmentValue::Scalar(word) => word.span.start,
                ast::AssignmentValue::Compound(array) => array.span.start,
            },
        );
        if value_start > assignment.span.start.offset() {
            self.literal(target, Quoting::Bare, true, &mut parts);
        } else {
            self.literal(assignment.span, Quoting::Bare, true, &mut parts);
        }
        match &assignment.value {
            ast::AssignmentValue::Scalar(word) => parts.extend(self.word(word).parts),
            ast::AssignmentValue::Compound(array) => {
                for element in self.elements(array) {
                    parts.extend(element.parts);
                }
            }
        }
        Word { range, parts }
    }

    fn assignments(&mut self, assignments: &[ast::Assignment]) -> Vec<Assignment> {
        assignments
            .iter()
            .map(|assignment| self.assignment(assignment))
            .collect()
    }

    fn assignment(&mut self, assignment: &ast::Assignment) -> Assignment {
        let (values, array) = match &assignment.value {
            ast::AssignmentValue::Scalar(word) if word.parts.is_empty() => (Vec::new(), false),
            ast::AssignmentValue::Scalar(word) => (vec![self.word(word)], false),
            ast::AssignmentValue::Compound(array) => (self.elements(array), true),
        };
        Assignment {
            range: self.range(assignment.span),
            name: assignment.target.name.as_str().to_owned(),
            values,
            array: array || assignment.target.subscript.is_some(),
            append: assignment.append,
        }
    }

    fn elements(&mut self, array: &ast::ArrayExpr) -> Vec<Word> {
        array
            .elements
            .iter()
            .map(|element| match element {
                ast::ArrayElem::Sequential(word) => self.word(&word.word),
                ast::ArrayElem::Keyed { value, .. } | ast::ArrayElem::KeyedAppend { value, .. } => {
                    self.word(&value.word)
                }
            })
            .collect()
    }

    /// Chains lean to the left in the parser's tree; ours are flat. The loop instead of recursion
    /// keeps a chain of a thousand links off the stack.
    fn binary(&mut self, binary: &ast::BinaryCommand) -> Node {
        let piped = |op| matches!(op, ast::BinaryOp::Pipe | ast::BinaryOp::PipeAll);
        let is_pipe = piped(binary.op);
        let mut links = vec![(binary.op, &*binary.right)];
        let mut first = &*binary.left;
        while let ast::Command::Binary(inner) = &first.command {
            if piped(inner.op) != is_pipe
                || first.negated
                || first.terminator.is_some()
                || !first.redirects.is_empty()
            {
                break;
            }
            self.keep_comments(&first.leading_comments);
            links.push((inner.op, &*inner.right));
            first = &inner.left;
        }
        let first = self.statement(first);
        let rest = links.into_iter().rev().map(|(op, statement)| {
            let operator = match op {
                ast::BinaryOp::Or => ListOperator::Or,
                _ => ListOperator::And,
            };
            (operator, self.statement(statement))
        });
        if is_pipe {
            Node::Pipeline(
                std::iter::once(first)
                    .chain(rest.map(|(_, statement)| statement))
                    .collect(),
            )
        } else {
            Node::List {
                rest: rest.collect(),
                first: Box::new(first),
            }
        }
    }

    fn compound(&mut self, compound: &ast::CompoundCommand) -> Node {
        match compound {
            ast::CompoundCommand::If(command) => {
                let mut branches = vec![(
                    self.sequence(&command.condition),
                    self.sequence(&command.then_branch),
                )];
                for (condition, body) in &command.elif_branches {
                    branches.push((self.sequence(condition), self.sequence(body)));
                }
                Node::If {
                    branches,
                    otherwise: command
                        .else_branch
                        .as_ref()
                        .map(|body| self.sequence(body))
                        .unwrap_or_default(),
                }
            }
            ast::CompoundCommand::For(command) => Node::For {
                variable: command
                    .targets
                    .first()
                    .map(|target| self.slice(target.span).to_owned())
                    .unwrap_or_default(),
                words: command
                    .words
                    .as_ref()
                    .map(|words| words.iter().map(|word| self.word(word)).collect()),
                body: self.sequence(&command.body),
            },
            ast::CompoundCommand::Repeat(command) => Node::For {
                variable: String::new(),
                words: Some(vec![self.word(&command.count)]),
                body: self.sequence(&command.body),
            },
            ast::CompoundCommand::Foreach(command) => Node::For {
                variable: command.variable.as_str().to_owned(),
                words: Some(command.words.iter().map(|word| self.word(word)).collect()),
                body: self.sequence(&command.body),
            },
            ast::CompoundCommand::Select(command) => Node::For {
                variable: command.variable.as_str().to_owned(),
                words: Some(command.words.iter().map(|word| self.word(word)).collect()),
                body: self.sequence(&command.body),
            },
            ast::CompoundCommand::ArithmeticFor(command) => Node::While {
                until: false,
                condition: Vec::new(),
                body: self.sequence(&command.body),
            },
            ast::CompoundCommand::While(command) => Node::While {
                until: false,
                condition: self.sequence(&command.condition),
                body: self.sequence(&command.body),
            },
            ast::CompoundCommand::Until(command) => Node::While {
                until: true,
                condition: self.sequence(&command.condition),
                body: self.sequence(&command.body),
            },
            ast::CompoundCommand::Case(command) => Node::Case {
                word: self.word(&command.word),
                arms: command
                    .cases
                    .iter()
                    .map(|item| {
                        let patterns = item
                            .patterns
                            .iter()
                            .map(|pattern| self.pattern_word(pattern))
                            .collect();
                        (patterns, self.sequence(&item.body))
                    })
                    .collect(),
            },
            ast::CompoundCommand::Subshell(body) => Node::Subshell(self.sequence(body)),
            ast::CompoundCommand::BraceGroup(body) => Node::Group(self.sequence(body)),
            ast::CompoundCommand::Always(command) => {
                let mut body = self.sequence(&command.body);
                body.extend(self.sequence(&command.always_body));
                Node::Group(body)
            }
            ast::CompoundCommand::Arithmetic(command) => {
                let mut words = Vec::new();
                if let Some(expression) = &command.expr_ast {
                    self.arithmetic(expression, &mut words);
                }
                Node::Test(words)
            }
            ast::CompoundCommand::Conditional(command) => {
                let mut words = Vec::new();
                self.conditional(&command.expression, &mut words);
                Node::Test(words)
            }
            ast::CompoundCommand::Time(command) => Node::Time(
                command
                    .command
                    .as_ref()
                    .map(|statement| Box::new(self.statement(statement))),
            ),
            ast::CompoundCommand::Coproc(command) => {
                Node::Coprocess(Box::new(self.statement(&command.body)))
            }
        }
    }

    /// The words inside an arithmetic expression; only they can run something.
    fn arithmetic(&mut self, expression: &ast::ArithmeticExprNode, words: &mut Vec<Word>) {
        match &expression.kind {
            ast::ArithmeticExpr::ShellWord(word) => words.push(self.word(word)),
            ast::ArithmeticExpr::Number(_) | ast::ArithmeticExpr::Variable(_) => {}
            ast::ArithmeticExpr::Indexed { index, .. } => self.arithmetic(index, words),
            ast::ArithmeticExpr::Parenthesized { expression } => {
                self.arithmetic(expression, words);
            }
            ast::ArithmeticExpr::Unary { expr, .. } | ast::ArithmeticExpr::Postfix { expr, .. } => {
                self.arithmetic(expr, words);
            }
            ast::ArithmeticExpr::Binary { left, right, .. } => {
                self.arithmetic(left, words);
                self.arithmetic(right, words);
            }
            ast::ArithmeticExpr::Conditional {
                condition,
                then_expr,
                else_expr,
            } => {
                self.arithmetic(condition, words);
                self.arithmetic(then_expr, words);
                self.arithmetic(else_expr, words);
            }
            ast::ArithmeticExpr::Assignment { target, value, .. } => {
                if let ast::ArithmeticLvalue::Indexed { index, .. } = target {
                    self.arithmetic(index, words);
                }
                self.arithmetic(value, words);
            }
        }
    }

    fn conditional(&mut self, expression: &ast::ConditionalExpr, words: &mut Vec<Word>) {
        match expression {
            ast::ConditionalExpr::Binary(binary) => {
                self.conditional(&binary.left, words);
                self.conditional(&binary.right, words);
            }
            ast::ConditionalExpr::Unary(unary) => self.conditional(&unary.expr, words),
            ast::ConditionalExpr::Parenthesized(inner) => self.conditional(&inner.expr, words),
            ast::ConditionalExpr::Word(word) | ast::ConditionalExpr::Regex(word) => {
                words.push(self.word(word));
            }
            ast::ConditionalExpr::Pattern(pattern) => words.push(self.pattern_word(pattern)),
            ast::ConditionalExpr::VarRef(reference) => {
                words.extend(self.subscript(reference));
            }
        }
    }

    /// The redirections. The parser splits `&>> file` in two: the second half has no place of its
    /// own and is dropped.
    fn redirects(&mut self, redirects: &[ast::Redirect]) -> Vec<Redirect> {
        let mut lowered: Vec<Redirect> = Vec::with_capacity(redirects.len());
        for redirect in redirects {
            let redirect = self.redirect(redirect);
            let made_up = redirect.kind == RedirectKind::Duplicate
                && lowered
                    .last()
                    .is_some_and(|last| last.range.contains(redirect.range));
            if !made_up {
                lowered.push(redirect);
            }
        }
        lowered
    }

    fn redirect(&mut self, redirect: &ast::Redirect) -> Redirect {
        let range = self.range(redirect.span);
        let word = match &redirect.target {
            ast::RedirectTarget::Heredoc(heredoc) => {
                return Redirect {
                    range: range.to(self.range(heredoc.delimiter.span)),
                    kind: RedirectKind::Heredoc {
                        body: self.heredoc_body(&heredoc.body),
                        quoted: heredoc.delimiter.quoted,
                    },
                };
            }
            ast::RedirectTarget::Word(word) => word,
        };
        let kind = match redirect.kind {
            ast::RedirectKind::Output
            | ast::RedirectKind::Clobber
            | ast::RedirectKind::OutputBoth => RedirectKind::Output {
                target: self.word(word),
                append: false,
            },
            ast::RedirectKind::Append => RedirectKind::Output {
                target: self.word(word),
                append: true,
            },
            ast::RedirectKind::Input => RedirectKind::Input(self.word(word)),
            ast::RedirectKind::ReadWrite => RedirectKind::InputOutput(self.word(word)),
            ast::RedirectKind::HereDoc
            | ast::RedirectKind::HereDocStrip
            | ast::RedirectKind::HereString => RedirectKind::HereString(self.word(word)),
            ast::RedirectKind::DupInput => RedirectKind::Duplicate,
            ast::RedirectKind::DupOutput => {
                // `>&file` writes a file; `2>&1`, `>&-` and `2>&$fd` only move descriptors.
                let target = self.slice(word.span);
                let descriptor = redirect.fd.is_some()
                    || target.is_empty()
                    || target == "-"
                    || target
                        .trim_end_matches('-')
                        .bytes()
                        .all(|byte| byte.is_ascii_digit());
                if descriptor {
                    RedirectKind::Duplicate
                } else {
                    RedirectKind::Output {
                        target: self.word(word),
                        append: false,
                    }
                }
            }
        };
        Redirect { range, kind }
    }

    fn heredoc_body(&mut self, body: &ast::HeredocBody) -> Word {
        let mut parts = Vec::new();
        let literal = body.mode == ast::HeredocBodyMode::Literal;
        for part in &body.parts {
            match &part.kind {
                ast::HeredocBodyPart::Literal(_) if literal => {
                    self.verbatim(part.span, part.span, &mut parts);
                }
                ast::HeredocBodyPart::Literal(_) => {
                    self.literal(part.span, Quoting::Double, false, &mut parts);
                }
                ast::HeredocBodyPart::Variable(name) => {
                    self.variable(part.span, true, name.as_str(), Vec::new(), &mut parts);
                }
                ast::HeredocBodyPart::CommandSubstitution { body, .. } => {
                    let statements = self.sequence(body);
                    self.push(
                        part.span,
                        true,
                        PartKind::Substitution(statements),
                        &mut parts,
                    );
                }
                ast::HeredocBodyPart::ArithmeticExpansion {
                    expression_word_ast,
                    ..
                } => {
                    let words = vec![self.word(expression_word_ast)];
                    self.push(part.span, true, PartKind::Arithmetic(words), &mut parts);
                }
                ast::HeredocBodyPart::Parameter(parameter) => {
                    self.parameter(part.span, true, parameter, &mut parts);
                }
            }
        }
        Word {
            range: self.range(body.span),
            parts,
        }
    }

    fn word(&mut self, word: &ast::Word) -> Word {
        let mut parts = Vec::with_capacity(word.parts.len());
        for part in &word.parts {
            let in_braces = word.brace_syntax.iter().any(|brace| {
                brace.expands()
                    && brace.span.start.offset() < part.span.end.offset()
                    && part.span.start.offset() < brace.span.end.offset()
            });
            self.part(part, Quoting::Bare, in_braces, &mut parts);
        }
        Word {
            range: self.range(word.span),
            parts,
        }
    }

    /// A pattern of `case` or `[[ ]]` as one word: literal pieces, wildcards and expansions.
    fn pattern_word(&mut self, pattern: &ast::Pattern) -> Word {
        let mut parts = Vec::new();
        self.pattern(pattern, &mut parts);
        Word {
            range: self.range(pattern.span),
            parts,
        }
    }

    fn pattern(&mut self, pattern: &ast::Pattern, parts: &mut Vec<Part>) {
        for part in &pattern.parts {
            match &part.kind {
                ast::PatternPart::Literal(_) => {
                    self.literal(part.span, Quoting::Bare, false, parts);
                }
                ast::PatternPart::AnyString
                | ast::PatternPart::AnyChar
                | ast::PatternPart::CharClass(_) => {
                    let text = self.slice(part.span).to_owned();
                    self.push(part.span, false, PartKind::Pattern(text), parts);
                }
                ast::PatternPart::Group { patterns, .. } => {
                    let text = self.slice(part.span).to_owned();
                    self.push(part.span, false, PartKind::Pattern(text), parts);
                    for pattern in patterns {
                        let mut inner = Vec::new();
                        self.pattern(pattern, &mut inner);
                        inner.retain(|part| !matches!(part.kind, PartKind::Literal(_)));
                        parts.extend(inner);
                    }
                }
                ast::PatternPart::Word(word) => parts.extend(self.word(word).parts),
            }
        }
    }

    fn push(&self, span: ast::Span, quoted: bool, kind: PartKind, parts: &mut Vec<Part>) {
        parts.push(Part {
            range: self.range(span),
            quoted,
            kind,
        });
    }

    fn part(
        &mut self,
        part: &ast::WordPartNode,
        quoting: Quoting,
        in_braces: bool,
        parts: &mut Vec<Part>,
    ) {
        let span = part.span;
        let quoted = quoting == Quoting::Double;
        match &part.kind {
            ast::WordPart::Literal(ast::LiteralText::Owned(text)) => {
                let kind = PartKind::Literal(text.to_string());
                self.push(span, quoted, kind, parts);
            }
            ast::WordPart::Literal(_) if in_braces => self.braces(span, parts),
            ast::WordPart::Literal(_) => self.literal(span, quoting, false, parts),
            ast::WordPart::SingleQuoted { dollar: true, .. } => self.ansi_quoted(span, parts),
            ast::WordPart::SingleQuoted { .. } => {
                let inner = inner_span(self.text, span, 1);
                self.verbatim(span, inner, parts);
            }
            ast::WordPart::DoubleQuoted { parts: inner, .. } if inner.is_empty() => {
                self.push(span, true, PartKind::Literal(String::new()), parts);
            }
            ast::WordPart::DoubleQuoted { parts: inner, .. } => {
                for part in inner {
                    self.part(part, Quoting::Double, false, parts);
                }
            }
            ast::WordPart::Variable(name) => {
                self.variable(span, quoted, name.as_str(), Vec::new(), parts);
            }
            ast::WordPart::CommandSubstitution { body, .. } => {
                let statements = self.sequence(body);
                self.push(span, quoted, PartKind::Substitution(statements), parts);
            }
            ast::WordPart::ProcessSubstitution { body, is_input } => {
                let statements = self.sequence(body);
                let kind = PartKind::Process {
                    output: !is_input,
                    statements,
                };
                self.push(span, quoted, kind, parts);
            }
            ast::WordPart::ArithmeticExpansion {
                expression_word_ast,
                ..
            } => {
                let words = vec![self.word(expression_word_ast)];
                self.push(span, quoted, PartKind::Arithmetic(words), parts);
            }
            ast::WordPart::Parameter(parameter) => {
                self.parameter(span, quoted, parameter, parts);
            }
            ast::WordPart::ParameterExpansion {
                reference,
                operator,
                operand_word_ast,
                ..
            } => {
                let words = self.operation(Some(operator), operand_word_ast.as_deref());
                self.reference(span, quoted, reference, words, parts);
            }
            ast::WordPart::IndirectExpansion {
                reference,
                operator,
                operand_word_ast,
                ..
            } => {
                let words = self.operation(operator.as_deref(), operand_word_ast.as_deref());
                self.reference(span, quoted, reference, words, parts);
            }
            ast::WordPart::Length(reference)
            | ast::WordPart::ArrayAccess(reference)
            | ast::WordPart::ArrayLength(reference)
            | ast::WordPart::ArrayIndices(reference)
            | ast::WordPart::Transformation { reference, .. } => {
                self.reference(span, quoted, reference, Vec::new(), parts);
            }
            ast::WordPart::Substring {
                reference,
                offset_word_ast,
                length_word_ast,
                ..
            }
            | ast::WordPart::ArraySlice {
                reference,
                offset_word_ast,
                length_word_ast,
                ..
            } => {
                let mut words = vec![self.word(offset_word_ast)];
                words.extend(length_word_ast.iter().map(|word| self.word(word)));
                self.reference(span, quoted, reference, words, parts);
            }
            ast::WordPart::PrefixMatch { prefix, .. } => {
                self.variable(span, quoted, prefix.as_str(), Vec::new(), parts);
            }
            ast::WordPart::ZshQualifiedGlob(_) => {
                let text = self.slice(span).to_owned();
                self.push(span, quoted, PartKind::Pattern(text), parts);
            }
        }
    }

    fn parameter(
        &mut self,
        span: ast::Span,
        quoted: bool,
        parameter: &ast::ParameterExpansion,
        parts: &mut Vec<Part>,
    ) {
        let ast::ParameterExpansionSyntax::Bourne(bourne) = &parameter.syntax else {
            let kind = PartKind::Variable {
                name: String::new(),
                modified: true,
                words: Vec::new(),
            };
            self.push(span, quoted, kind, parts);
            return;
        };
        let (reference, words) = match bourne {
            ast::BourneParameterExpansion::Access { reference }
            | ast::BourneParameterExpansion::Length { reference }
            | ast::BourneParameterExpansion::Indices { reference }
            | ast::BourneParameterExpansion::Transformation { reference, .. } => {
                (reference, Vec::new())
            }
            ast::BourneParameterExpansion::Indirect {
                reference,
                operator,
                operand_word_ast,
                ..
            } => (
                reference,
                self.operation(operator.as_deref(), operand_word_ast.as_deref()),
            ),
            ast::BourneParameterExpansion::PrefixMatch { prefix, .. } => {
                self.variable(span, quoted, prefix.as_str(), Vec::new(), parts);
                return;
            }
            ast::BourneParameterExpansion::Slice {
                reference,
                offset_word_ast,
                length_word_ast,
                ..
            } => {
                let mut words = vec![self.word(offset_word_ast)];
                words.extend(length_word_ast.iter().map(|word| self.word(word)));
                (reference, words)
            }
            ast::BourneParameterExpansion::Operation {
                reference,
                operator,
                operand_word_ast,
                ..
            } => (
                reference,
                self.operation(Some(operator), operand_word_ast.as_deref()),
            ),
        };
        self.reference(span, quoted, reference, words, parts);
    }

    /// The words inside the operator of an expansion.
    fn operation(
        &mut self,
        operator: Option<&ast::ParameterOp>,
        operand: Option<&ast::Word>,
    ) -> Vec<Word> {
        let mut words = Vec::new();
        match operator {
            Some(
                ast::ParameterOp::RemovePrefixShort { pattern }
                | ast::ParameterOp::RemovePrefixLong { pattern }
                | ast::ParameterOp::RemoveSuffixShort { pattern }
                | ast::ParameterOp::RemoveSuffixLong { pattern },
            ) => words.push(self.pattern_word(pattern)),
            Some(
                ast::ParameterOp::ReplaceFirst {
                    pattern,
                    replacement_word_ast,
                    ..
                }
                | ast::ParameterOp::ReplaceAll {
                    pattern,
                    replacement_word_ast,
                    ..
                },
            ) => {
                words.push(self.pattern_word(pattern));
                words.push(self.word(replacement_word_ast));
            }
            _ => words.extend(operand.map(|word| self.word(word))),
        }
        words
    }

    fn subscript(&mut self, reference: &ast::VarRef) -> Option<Word> {
        let subscript = reference.subscript.as_deref()?;
        if subscript.is_array_selector() {
            return None;
        }
        subscript.word_ast.as_ref().map(|word| self.word(word))
    }

    fn reference(
        &mut self,
        span: ast::Span,
        quoted: bool,
        reference: &ast::VarRef,
        mut words: Vec<Word>,
        parts: &mut Vec<Part>,
    ) {
        words.extend(self.subscript(reference));
        self.variable(span, quoted, reference.name.as_str(), words, parts);
    }

    /// A variable; `$name` and `${name}` are its value, everything else modifies it.
    fn variable(
        &self,
        span: ast::Span,
        quoted: bool,
        name: &str,
        words: Vec<Word>,
        parts: &mut Vec<Part>,
    ) {
        let written = self.slice(span);
        let plain = written
            .strip_prefix('$')
            .map(|rest| {
                rest.strip_prefix('{')
                    .and_then(|rest| rest.strip_suffix('}'))
                    .unwrap_or(rest)
            })
            .is_some_and(|written| written == name);
        let kind = PartKind::Variable {
            name: name.to_owned(),
            modified: !plain,
            words,
        };
        self.push(span, quoted, kind, parts);
    }

    /// A piece of a word in which braces expand, as written.
    fn braces(&self, span: ast::Span, parts: &mut Vec<Part>) {
        self.split(
            span.start.offset(),
            span.end.offset(),
            parts,
            |at, piece, parts| {
                parts.push(Part {
                    range: Range::new(at, at + to_u32(piece.len())),
                    quoted: false,
                    kind: PartKind::Pattern(piece.to_owned()),
                });
            },
        );
    }

    /// Text taken as it stands: `outer` with its quotes, `inner` without.
    fn verbatim(&self, outer: ast::Span, inner: ast::Span, parts: &mut Vec<Part>) {
        let before = parts.len();
        self.split(
            inner.start.offset(),
            inner.end.offset(),
            parts,
            |at, piece, parts| {
                parts.push(Part {
                    range: Range::new(at, at + to_u32(piece.len())),
                    quoted: true,
                    kind: PartKind::Literal(piece.to_owned()),
                });
            },
        );
        if parts.len() == before {
            self.push(outer, true, PartKind::Literal(String::new()), parts);
        }
    }

    /// `$'...'`, decoded.
    fn ansi_quoted(&self, span: ast::Span, parts: &mut Vec<Part>) {
        let inner = inner_span(self.text, span, 2);
        let text = decode_ansi(self.slice(inner));
        self.push(span, true, PartKind::Literal(text), parts);
    }

    /// A literal piece outside single quotes: backslashes are taken off, wildcards and
    /// placeholders become parts of their own. In an `assignment`, wildcards match nothing.
    fn literal(&self, span: ast::Span, quoting: Quoting, assignment: bool, parts: &mut Vec<Part>) {
        self.split(
            span.start.offset(),
            span.end.offset(),
            parts,
            |at, piece, parts| match quoting {
                Quoting::Bare if assignment => parts.push(Part {
                    range: Range::new(at, at + to_u32(piece.len())),
                    quoted: false,
                    kind: PartKind::Literal(piece.to_owned()),
                }),
                Quoting::Bare => bare_pieces(at, piece, parts),
                Quoting::Double => parts.push(Part {
                    range: Range::new(at, at + to_u32(piece.len())),
                    quoted: true,
                    kind: PartKind::Literal(unescape_double(piece)),
                }),
            },
        );
    }

    /// Cuts the text from `start` to `end` at placeholders: each becomes a part, what lies
    /// between goes to `piece` with its place.
    fn split(
        &self,
        start: usize,
        end: usize,
        parts: &mut Vec<Part>,
        mut piece: impl FnMut(u32, &str, &mut Vec<Part>),
    ) {
        let base = self.base as usize;
        let first = self
            .placeholders
            .partition_point(|placeholder| (placeholder.range.end as usize) <= base + start);
        let mut at = start;
        for (index, placeholder) in self.placeholders.iter().enumerate().skip(first) {
            let from = (placeholder.range.start as usize).saturating_sub(base);
            let to = (placeholder.range.end as usize).saturating_sub(base);
            if from >= end || from < at {
                break;
            }
            if let Some(text) = self.text.get(at..from).filter(|text| !text.is_empty()) {
                piece(self.base + to_u32(at), text, parts);
            }
            parts.push(Part {
                range: placeholder.range,
                quoted: true,
                kind: PartKind::Placeholder { index },
            });
            at = to;
        }
        if let Some(text) = self.text.get(at..end).filter(|text| !text.is_empty()) {
            piece(self.base + to_u32(at), text, parts);
        }
    }
}

/// The span without the `front` bytes before and the quote after it.
fn inner_span(text: &str, span: ast::Span, front: usize) -> ast::Span {
    let start = span.start.offset() + front;
    let end = span.end.offset();
    let closed = text
        .get(start..end)
        .is_some_and(|inner| inner.ends_with('\''));
    ast::Span::from_positions(
        ast::Position::at(1, 1, start.min(end)),
        ast::Position::at(1, 1, end - usize::from(closed)),
    )
}

fn literal_word(range: Range, text: &str) -> Word {
    Word {
        range,
        parts: vec![Part {
            range,
            quoted: false,
            kind: PartKind::Literal(text.to_owned()),
        }],
    }
}

/// Splits an unquoted literal into text, text behind backslashes, and wildcards.
fn bare_pieces(at: u32, piece: &str, parts: &mut Vec<Part>) {
    let special = |c: char| matches!(c, '\\' | '*' | '?' | '[');
    let mut rest = piece;
    let mut place = at;
    while !rest.is_empty() {
        let plain = rest.find(special).unwrap_or(rest.len());
        let (taken, quoted, kind) = if plain > 0 {
            let text = rest.get(..plain).unwrap_or("").to_owned();
            (plain, false, PartKind::Literal(text))
        } else if let Some(escaped) = rest.strip_prefix('\\') {
            let next = escaped.chars().next();
            let len = next.map_or(0, char::len_utf8);
            let text = match next {
                Some('\n') => String::new(),
                Some(c) => c.to_string(),
                None => "\\".to_owned(),
            };
            (1 + len, true, PartKind::Literal(text))
        } else {
            let len = wildcard(rest);
            let text = rest.get(..len).unwrap_or("").to_owned();
            // A `[` that is never closed is a plain character, as in the command `[`.
            if text == "[" {
                (len, false, PartKind::Literal(text))
            } else {
                (len, false, PartKind::Pattern(text))
            }
        };
        let range = Range::new(place, place + to_u32(taken));
        push_joined(parts, range, quoted, kind, at);
        place += to_u32(taken);
        rest = rest.get(taken..).unwrap_or("");
    }
}

/// Adds a part; an unquoted literal next to one from the same piece is joined to it.
fn push_joined(parts: &mut Vec<Part>, range: Range, quoted: bool, kind: PartKind, from: u32) {
    if let PartKind::Literal(text) = &kind {
        if text.is_empty() && quoted {
            return;
        }
        if let Some(last) = parts.last_mut()
            && last.range.start >= from
            && last.quoted == quoted
            && let PartKind::Literal(before) = &mut last.kind
        {
            before.push_str(text);
            last.range.end = range.end;
            return;
        }
    }
    parts.push(Part {
        range,
        quoted,
        kind,
    });
}

/// The length of the wildcard at the start of `text`; a `[` without its `]` is one byte.
fn wildcard(text: &str) -> usize {
    let Some(class) = text.strip_prefix('[') else {
        return 1;
    };
    let skip = usize::from(class.starts_with(['!', '^']));
    let skip = skip + usize::from(class.get(skip..).is_some_and(|c| c.starts_with(']')));
    class
        .get(skip..)
        .and_then(|rest| rest.find(']'))
        .map_or(1, |close| 1 + skip + close + 1)
}

/// Takes the backslashes off text in double quotes.
fn unescape_double(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut result = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('$' | '`' | '"' | '\\')) => result.extend(chars.next()),
            ('\\', Some('\n')) => {
                chars.next();
            }
            _ => result.push(c),
        }
    }
    result
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
            Some('x') => result.extend(numeric(&mut chars, 16, 2)),
            Some('u') => result.extend(numeric(&mut chars, 16, 4)),
            Some('U') => result.extend(numeric(&mut chars, 16, 8)),
            Some(digit @ '0'..='7') => {
                let value = digit.to_digit(8).unwrap_or(0);
                let rest = digits(&mut chars, 8, 2);
                let value = rest.iter().fold(value, |value, digit| value * 8 + digit);
                result.extend(char::from_u32(value));
            }
            Some(other) => result.push(other),
            None => result.push('\\'),
        }
    }
    result
}

fn numeric(chars: &mut std::str::Chars<'_>, radix: u32, most: usize) -> Option<char> {
    let digits = digits(chars, radix, most);
    let value = digits
        .iter()
        .fold(0u32, |value, digit| value.wrapping_mul(radix) + digit);
    char::from_u32(value)
}

fn digits(chars: &mut std::str::Chars<'_>, radix: u32, most: usize) -> Vec<u32> {
    let mut found = Vec::new();
    while found.len() < most {
        let Some(digit) = chars.clone().next().and_then(|c| c.to_digit(radix)) else {
            break;
        };
        chars.next();
        found.push(digit);
    }
    found
}
