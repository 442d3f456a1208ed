//! Shell text to a small syntax tree of our own: what the analysis of effects reads. Knows nothing
//! of runbooks; all ranges are byte ranges of the text that was given.

mod known;
mod language;
mod parser;
mod placeholder;
mod session;

pub use placeholder::placeholders;

use language::Language;

use crate::source::Range;

/// Reads a block of a document. `language` is the first word of the fence's info string; with
/// `None` and names such as `text` the text speaks for itself, and commands must be known ones to
/// be taken for commands. A caller who knows the text to be commands says `sh`.
pub fn parse(text: &str, language: Option<&str>) -> Script {
    let name = language.unwrap_or("");
    let language = language::of(name);
    if language == Language::Other {
        return not_shell(text, format!("the fence says `{name}`"));
    }
    let kind = match language {
        Language::Shell | Language::Other => session::Kind::Script,
        Language::Untyped | Language::Sql(_) => session::Kind::Unknown,
        Language::Console => session::Kind::Console,
    };
    if let Some(session) = session::read(text, kind) {
        return parse_session(text, session);
    }
    let reason = match language {
        Language::Shell | Language::Console => language::plainly_other(text),
        Language::Untyped => language::not_commands(text),
        Language::Sql(client) => return sql(text, client),
        Language::Other => None,
    };
    match reason {
        Some(reason) => not_shell(text, reason),
        None => parse_command(text),
    }
}

/// Reads text that is known to be shell and has no prompts: a line of a script, a code span, the
/// string handed to `bash -c`.
pub fn parse_command(text: &str) -> Script {
    let placeholders = placeholder::in_shell(text);
    let masked = placeholder::mask(text, &placeholders);
    let parsed = parser::parse(&masked, &placeholders);
    Script {
        dialect: Dialect::Shell,
        masked,
        placeholders,
        prompts: Vec::new(),
        output: Vec::new(),
        comments: parsed.comments,
        statements: parsed.statements,
        gaps: parsed.gaps,
    }
}

/// Reads a text with prompts: what was typed is parsed, the rest is blanked.
fn parse_session(text: &str, session: session::Session) -> Script {
    let blanked = blank(text, session.prompts.iter().chain(&session.output));
    let mut script = match session.program {
        None => parse_command(&blanked),
        Some(session::Program::Database(client)) => sql(&blanked, client),
        Some(session::Program::Other(name)) => {
            return not_shell(text, format!("it is typed into `{name}`"));
        }
    };
    script.prompts = session.prompts;
    script.output = session.output;
    if !session.gaps.is_empty() {
        script.gaps.extend(session.gaps);
        script.gaps.sort_by_key(|gap| gap.range);
    }
    script
}

/// `text` with each of `ranges` replaced by as many blanks; line feeds stay.
fn blank<'a>(text: &str, ranges: impl Iterator<Item = &'a Range>) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for range in ranges {
        let piece = bytes.get_mut(range.start as usize..range.end as usize);
        for byte in piece.into_iter().flatten() {
            if *byte != b'\n' && *byte != b'\r' {
                *byte = b' ';
            }
        }
    }
    // The ranges end at character boundaries, so that whole characters became blanks.
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// Statements for a database client: nothing of it is shell.
fn sql(text: &str, client: &'static str) -> Script {
    Script {
        dialect: Dialect::Sql { client },
        ..not_shell(text, String::new())
    }
}

/// A text in some other language.
fn not_shell(text: &str, reason: String) -> Script {
    Script {
        dialect: Dialect::Other { reason },
        masked: text.to_owned(),
        placeholders: placeholders(text),
        prompts: Vec::new(),
        output: Vec::new(),
        comments: Vec::new(),
        statements: Vec::new(),
        gaps: Vec::new(),
    }
}

/// What is known about a text that may be shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Whether the text is shell at all, and why not.
    pub dialect: Dialect,
    /// The text that was parsed: as given, with placeholders, prompts and output replaced by
    /// harmless text of the same length in bytes.
    pub masked: String,
    /// The placeholders, in order of place.
    pub placeholders: Vec<Placeholder>,
    /// Prompts that were taken off (`$ `, `user@host:~# `), each with its trailing blank.
    pub prompts: Vec<Range>,
    /// Lines that are output of earlier commands rather than commands.
    pub output: Vec<Range>,
    /// Comments, from the `#` to the end of the line.
    pub comments: Vec<Range>,
    /// The statements, in order of place.
    pub statements: Vec<Statement>,
    /// Stretches that could not be parsed; nothing is known of what they do.
    pub gaps: Vec<Gap>,
}

/// What language a text is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dialect {
    /// Shell; `statements` and `gaps` cover it.
    Shell,
    /// Statements typed at the prompt of a database client (`mysql>`, `postgres=#`).
    Sql {
        /// The client: `mysql` or `psql`.
        client: &'static str,
    },
    /// Something else; `statements` is empty.
    Other {
        /// Why, as a phrase that completes "not shell: ".
        reason: String,
    },
}

/// `<name>` or `<a|b>` in a command: a value that a person fills in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// The name between the brackets, such as `target` or `a|b`.
    pub name: String,
    /// The place, brackets included.
    pub range: Range,
    /// The alternatives of a choice, otherwise empty.
    pub choices: Vec<String>,
}

/// A stretch of shell text that could not be parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The whole stretch that is not understood.
    pub range: Range,
    /// The exact place of the error.
    pub at: Range,
    /// What is wrong, lower case, no full stop.
    pub message: String,
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its place, without trailing blanks and line feeds.
    pub range: Range,
    /// What it is.
    pub node: Node,
    /// Redirections of the whole statement; a simple command's redirections are here too.
    pub redirects: Vec<Redirect>,
    /// Whether it ends in `&`.
    pub background: bool,
    /// Whether it starts with `!`.
    pub negated: bool,
}

/// The kinds of statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A simple command, a builtin, or assignments alone.
    Command(Command),
    /// `a | b | c`; the flag says whether the stage's standard error is piped too (`|&`).
    Pipeline(Vec<Statement>),
    /// `a && b`, `a || b`, as written, left to right.
    List {
        /// The first statement.
        first: Box<Statement>,
        /// Those after it, with the operator before each.
        rest: Vec<(ListOperator, Statement)>,
    },
    /// `{ ...; }`
    Group(Vec<Statement>),
    /// `( ... )`
    Subshell(Vec<Statement>),
    /// `if`, with its `elif` branches in order.
    If {
        /// Condition and body of `if` and each `elif`.
        branches: Vec<(Vec<Statement>, Vec<Statement>)>,
        /// The body of `else`.
        otherwise: Vec<Statement>,
    },
    /// `for name in words` and `select`. `words` is `None` for `for x; do` (the arguments).
    For {
        /// The loop variable.
        variable: String,
        /// What it runs over.
        words: Option<Vec<Word>>,
        /// The body.
        body: Vec<Statement>,
    },
    /// `while`, `until`, and `for ((...))` (whose condition is a test of what stands in the
    /// parentheses).
    While {
        /// Whether it is `until`.
        until: bool,
        /// The condition.
        condition: Vec<Statement>,
        /// The body.
        body: Vec<Statement>,
    },
    /// `case word in ...`
    Case {
        /// The word.
        word: Word,
        /// The arms: the patterns as written, and the body.
        arms: Vec<(Vec<Word>, Vec<Statement>)>,
    },
    /// A function definition.
    Function {
        /// Its name.
        name: String,
        /// Its body.
        body: Box<Statement>,
    },
    /// `[[ ... ]]` and `(( ... ))`: the words whose substitutions run.
    Test(Vec<Word>),
    /// `time command`; `None` for `time` alone.
    Time(Option<Box<Statement>>),
    /// `coproc`.
    Coprocess(Box<Statement>),
}

/// The operators of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListOperator {
    /// `&&`
    And,
    /// `||`
    Or,
}

/// A simple command: `A=1 name arg ...`. Declarations (`export A=1`) have their assignments among
/// the words, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The place from the first assignment or word to the last word.
    pub range: Range,
    /// The assignments before the name.
    pub assignments: Vec<Assignment>,
    /// The name and its arguments; empty for assignments alone.
    pub words: Vec<Word>,
}

/// `name=value`, `name+=value`, `name=(...)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The place.
    pub range: Range,
    /// The variable's name, without subscript.
    pub name: String,
    /// The value; for an array, the words of all elements.
    pub values: Vec<Word>,
    /// Whether it is an array or an element of one.
    pub array: bool,
    /// Whether it appends.
    pub append: bool,
}

/// A word as the shell splits them before expansion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The place, quotes included.
    pub range: Range,
    /// Its parts, left to right.
    pub parts: Vec<Part>,
}

/// A part of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The place.
    pub range: Range,
    /// Whether it stands inside quotes (or behind a backslash): no splitting, no globbing.
    pub quoted: bool,
    /// What it is.
    pub kind: PartKind,
}

/// The kinds of part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartKind {
    /// Literal text after quote removal.
    Literal(String),
    /// `$name`, `${name}`, `${name:-default}`, `$1`, `$@`, `$?`.
    Variable {
        /// The name, digit or special character.
        name: String,
        /// Whether an operator follows (`:-`, `%`, `#`, a subscript ...), so that the value is not
        /// simply the variable's.
        modified: bool,
        /// Words inside the operator, such as a default value.
        words: Vec<Word>,
    },
    /// `$(...)` and backticks.
    Substitution(Vec<Statement>),
    /// `<(...)`, and `>(...)` when `output`.
    Process {
        /// Whether it is `>(...)`.
        output: bool,
        /// What runs.
        statements: Vec<Statement>,
    },
    /// `$((...))`, with the words whose substitutions run.
    Arithmetic(Vec<Word>),
    /// `*`, `?`, `[...]`, extended globs and brace expansion, as written.
    Pattern(String),
    /// A placeholder: one argument (or a part of one) that is not an option.
    Placeholder {
        /// Its index in [`Script::placeholders`].
        index: usize,
    },
}

/// A redirection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// The place, operator and target.
    pub range: Range,
    /// What it does.
    pub kind: RedirectKind,
}

/// The kinds of redirection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedirectKind {
    /// `< file`
    Input(Word),
    /// `> file`, `>| file`, `>> file`, `&> file`
    Output {
        /// The file.
        target: Word,
        /// Whether it appends.
        append: bool,
    },
    /// `<> file`
    InputOutput(Word),
    /// `2>&1`, `>&-`, `<&3`: descriptors only.
    Duplicate,
    /// `<<WORD`: a heredoc.
    Heredoc {
        /// The body, with expansions unless `quoted`.
        body: Word,
        /// Whether the delimiter is quoted, so that nothing expands.
        quoted: bool,
    },
    /// `<<< word`
    HereString(Word),
}
