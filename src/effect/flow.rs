//! Statements in order: carries the state of the shell from command to command and collects one
//! effect a command.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::matching::Truth;
use super::paths::{Folder, weigh};
use super::spec::Level;
use super::words::{Arg, Texts, Variables, expand};
use super::{Analyser, Class, Effect, Invocation, Reason, Scope, Target, TargetId};
use crate::shell::{
    self, Command, Dialect, ListOperator, Node, Part, PartKind, Placeholder, Redirect,
    RedirectKind, Script, Statement, Word,
};
use crate::source::{LineIndex, Range};

/// Deeper nesting than this is not followed and answers unknown.
const DEEPEST: usize = 48;
/// More commands than this in one text are not looked at and answer unknown.
const MOST_COMMANDS: usize = 50_000;
/// More readings of one command than this are one reading with unknown words.
const MOST_READINGS: usize = 16;
/// More rounds of a loop than this are not played through.
const MOST_ROUNDS: usize = 64;

/// What a shell session remembers from command to command.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) variables: Variables,
    /// What a name may be defined as; more than one when branches define it differently.
    pub(super) functions: BTreeMap<String, Vec<Rc<Function>>>,
    pub(super) aliases: BTreeMap<String, Alias>,
    /// Functions that may not be defined: only one of several ways defines them.
    pub(super) perhaps: BTreeSet<String>,
    pub(super) folder: Folder,
    /// What is in force by kind, after `juju switch` and the like.
    pub(super) ambient: BTreeMap<String, TargetId>,
    /// Files written by earlier heredocs, by path.
    pub(super) files: BTreeMap<String, Arc<str>>,
    /// Names that `local` hides until the function ends.
    pub(super) locals: Vec<String>,
}

impl State {
    /// A session that stands in the root of the workspace.
    pub(super) fn new() -> Self {
        State {
            variables: Variables::default(),
            functions: BTreeMap::new(),
            aliases: BTreeMap::new(),
            perhaps: BTreeSet::new(),
            folder: Folder::Workspace(String::new()),
            ambient: BTreeMap::new(),
            files: BTreeMap::new(),
            locals: Vec::new(),
        }
    }

    /// The state another program started from here sees: files and place, no shell definitions.
    pub(super) fn program(&self) -> State {
        State {
            variables: Variables::default(),
            functions: BTreeMap::new(),
            aliases: BTreeMap::new(),
            perhaps: BTreeSet::new(),
            folder: self.folder.clone(),
            ambient: self.ambient.clone(),
            files: self.files.clone(),
            locals: Vec::new(),
        }
    }

    /// The state of a program on another host.
    pub(super) fn elsewhere() -> State {
        State {
            folder: Folder::Unknown,
            ..State::new()
        }
    }

    /// Something wrote the file or folder at `key`, or nobody knows which: what is there now
    /// cannot be seen.
    fn overwrite(&mut self, key: Option<&str>, downloaded: bool) {
        let unseen: Arc<str> = Arc::from(if downloaded {
            super::script::DOWNLOADED
        } else {
            super::script::UNSEEN
        });
        for (path, text) in &mut self.files {
            let inside = key.is_none_or(|key| {
                let key = key.trim_end_matches(['/', '.']);
                path.strip_prefix(key)
                    .is_some_and(|rest| key.is_empty() || rest.starts_with('/'))
            });
            if inside {
                *text = Arc::clone(&unseen);
            }
        }
        if let Some(key) = key {
            self.files.insert(key.to_owned(), unseen);
        }
    }

    /// Any variable may have got another value.
    pub(super) fn forget_all(&mut self) {
        let names: Vec<String> = self.variables.values.keys().cloned().collect();
        for name in names {
            self.variables.forget(&name);
        }
        self.variables.arrays.clear();
    }

    /// Code that nobody saw ran in this shell: nothing about it is certain any more.
    pub(super) fn distrust(&mut self) {
        self.forget_all();
        self.functions.clear();
        self.perhaps.clear();
        self.aliases.clear();
    }

    /// What `earlier` held may still hold: the commands that changed it may not have run. What was
    /// not set before is taken as set, and the folder as entered: that is what a chain is for.
    fn may_still_be(&mut self, earlier: &State) {
        for (name, before) in &earlier.variables.values {
            match self.variables.values.get_mut(name) {
                Some(now) if now.len() + before.len() <= 8 => {
                    let new = before.iter().filter(|value| !now.contains(value));
                    let new: Vec<Arg> = new.cloned().collect();
                    now.extend(new);
                }
                Some(_) => self.variables.forget(name),
                None => self.variables.set(name, before.clone()),
            }
        }
        self.merge_functions(earlier.functions.clone(), earlier.perhaps.clone());
    }

    /// Functions that both states define alike stay; the others may be the one or the other.
    fn merge_functions(
        &mut self,
        theirs: BTreeMap<String, Vec<Rc<Function>>>,
        perhaps: BTreeSet<String>,
    ) {
        for name in self.functions.keys() {
            if !theirs.contains_key(name) {
                self.perhaps.insert(name.clone());
            }
        }
        self.perhaps.extend(perhaps);
        for (name, functions) in theirs {
            match self.functions.get_mut(&name) {
                Some(mine) => {
                    for function in functions {
                        if !mine.iter().any(|known| Rc::ptr_eq(known, &function)) {
                            mine.push(function);
                        }
                    }
                }
                None => {
                    self.perhaps.insert(name.clone());
                    self.functions.insert(name, functions);
                }
            }
        }
    }

    /// One of two states holds.
    pub(super) fn merge(&mut self, other: State) {
        let names: BTreeSet<String> = self
            .variables
            .values
            .keys()
            .chain(other.variables.values.keys())
            .cloned()
            .collect();
        for name in names {
            let mine = self.variables.values.get(&name);
            let theirs = other.variables.values.get(&name);
            if mine == theirs {
                continue;
            }
            match (mine, theirs) {
                (Some(mine), Some(theirs)) if mine.len() + theirs.len() <= 8 => {
                    let mut both = mine.clone();
                    for value in theirs {
                        if !both.contains(value) {
                            both.push(value.clone());
                        }
                    }
                    self.variables.set(&name, both);
                }
                _ => self.variables.forget(&name),
            }
        }
        self.variables
            .arrays
            .retain(|name, values| other.variables.arrays.get(name) == Some(values));
        if self.variables.positional != other.variables.positional {
            self.variables.positional = None;
        }
        if self.folder != other.folder {
            self.folder = Folder::Unknown;
        }
        self.merge_functions(other.functions, other.perhaps);
        self.aliases.extend(other.aliases);
        for (path, text) in other.files {
            let differs = self.files.get(&path).is_some_and(|mine| *mine != text);
            let text = if differs {
                Arc::from(super::script::UNSEEN)
            } else {
                text
            };
            self.files.insert(path, text);
        }
        self.ambient
            .retain(|kind, id| other.ambient.get(kind) == Some(id));
        self.locals.extend(other.locals);
    }
}

/// An alias as it was defined.
#[derive(Debug, Clone)]
pub(super) enum Alias {
    /// Plain words.
    Words(Vec<Arg>),
    /// Shell text with quotes, operators or expansions.
    Text(String),
    /// It cannot be seen what it stands for.
    Unseen,
}

/// A function as it was defined.
#[derive(Debug)]
pub(super) struct Function {
    body: Statement,
    source: Rc<Source>,
    file: Option<Rc<ScriptFile>>,
}

/// The text the ranges of statements point into.
#[derive(Debug)]
pub(super) struct Source {
    masked: String,
    placeholders: Vec<Placeholder>,
}

/// A script that is being followed.
#[derive(Debug)]
pub(super) struct ScriptFile {
    pub(super) path: String,
    pub(super) lines: LineIndex,
}

/// What standard input is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stdin {
    /// The person at the keyboard.
    Terminal,
    /// Nothing (`/dev/null`).
    Nothing,
    /// This text.
    Text(String),
    /// A file.
    File(Arg),
    /// The output of other commands.
    Output {
        /// Whether it comes from the network.
        downloaded: bool,
        /// The folder that every line of it starts with, when it lists files.
        below: Option<String>,
    },
}

impl Stdin {
    /// Whether something is piped or redirected in.
    pub(super) fn given(&self) -> bool {
        match self {
            Stdin::Terminal | Stdin::Nothing => false,
            Stdin::Text(_) | Stdin::File(_) | Stdin::Output { .. } => true,
        }
    }
}

/// Where and how a statement runs.
#[derive(Clone)]
pub(super) struct Context {
    source: Rc<Source>,
    /// Ranges of the source are ranges of the analysed text when `None`; else all of it lies at
    /// this range there.
    pub(super) at: Option<Range>,
    pub(super) file: Option<Rc<ScriptFile>>,
    pub(super) may: bool,
    pub(super) repeated: bool,
    background: bool,
    pub(super) scope: Option<Scope>,
    pub(super) reasons: Vec<Reason>,
    pub(super) facets: BTreeSet<String>,
    /// What the place it runs at lies in, innermost first, that place included.
    pub(super) within: Vec<(String, TargetId)>,
    pub(super) floor: Level,
    pub(super) depth: usize,
    pub(super) stdin: Stdin,
    /// Whether conditions that are decided are believed: in scripts called with known arguments.
    script: bool,
}

impl Context {
    /// The place in the analysed text.
    pub(super) fn place(&self, range: Range) -> Range {
        self.at.unwrap_or(range)
    }

    /// Whether the command runs on another host.
    pub(super) fn remote(&self) -> bool {
        matches!(self.scope, Some(Scope::Remote { .. }))
    }

    /// A link of the reason chain.
    pub(super) fn reason(&self, text: impl Into<String>, range: Range) -> Reason {
        Reason {
            text: text.into(),
            range: self.place(range),
            file: self
                .file
                .as_ref()
                .map(|file| format!("{}:{}", file.path, file.lines.line(range.start))),
        }
    }
}

/// How a statement ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Whether it succeeded.
    pub(super) status: Truth,
    /// Whether nothing after it runs: `exit` or `return`.
    pub(super) leaves: Option<Leave>,
    /// Whether that may be so: a branch that is not decided leaves.
    pub(super) may_leave: bool,
}

/// How a script or function is left before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Leave {
    /// `break` or `continue`.
    Round,
    /// `return`.
    Function,
    /// `exit`.
    Script,
}

impl Outcome {
    pub(super) const UNKNOWN: Outcome = Outcome {
        status: Truth::Maybe,
        leaves: None,
        may_leave: false,
    };

    pub(super) fn status(status: Truth) -> Outcome {
        Outcome {
            status,
            ..Outcome::UNKNOWN
        }
    }
}

/// Walks over statements and collects effects.
pub(super) struct Walker<'a> {
    pub(super) analyser: &'a Analyser<'a>,
    pub(super) effects: Vec<Effect>,
    /// Scripts and functions that are being followed.
    pub(super) following: Vec<String>,
    commands: usize,
}

impl<'a> Walker<'a> {
    pub(super) fn new(analyser: &'a Analyser<'a>) -> Self {
        Walker {
            analyser,
            effects: Vec::new(),
            following: Vec::new(),
            commands: 0,
        }
    }

    /// The context of a text that is analysed for itself.
    pub(super) fn top(&self, script: &Script) -> Context {
        Context {
            source: source(script),
            at: None,
            file: None,
            may: false,
            repeated: false,
            background: false,
            scope: None,
            reasons: Vec::new(),
            facets: BTreeSet::new(),
            within: Vec::new(),
            floor: Level::known(Class::None),
            depth: 0,
            stdin: Stdin::Terminal,
            script: false,
        }
    }

    /// Walks over a whole script.
    pub(super) fn script(&mut self, script: &Script, state: &mut State, cx: &Context) -> Outcome {
        match &script.dialect {
            Dialect::Shell => {}
            Dialect::Sql { client } => {
                let range = whole(&script.masked);
                self.sql(client, &script.masked, range, cx);
                return Outcome::UNKNOWN;
            }
            Dialect::Other { reason } => {
                let text = format!("not shell: {reason}");
                self.unknown(text, whole(&script.masked), cx);
                return Outcome::UNKNOWN;
            }
        }
        for gap in &script.gaps {
            self.unknown(format!("cannot be parsed: {}", gap.message), gap.range, cx);
        }
        self.statements(&script.statements, state, cx)
    }

    /// Walks over shell text inside another command, which lies at `range`.
    pub(super) fn text(
        &mut self,
        text: &str,
        state: &mut State,
        cx: &Context,
        range: Range,
    ) -> Outcome {
        if cx.depth > DEEPEST {
            self.unknown("nested too deep".to_owned(), range, cx);
            return Outcome::UNKNOWN;
        }
        let script = shell::parse_command(text);
        let mut inner = cx.clone();
        inner.source = source(&script);
        inner.at = Some(cx.place(range));
        inner.depth += 1;
        if let Dialect::Other { reason } = &script.dialect {
            self.unknown(format!("not shell: {reason}"), range, &inner);
            return Outcome::UNKNOWN;
        }
        self.script(&script, state, &inner)
    }

    /// Walks over a script of its own file.
    pub(super) fn file(
        &mut self,
        path: &str,
        text: &str,
        state: &mut State,
        cx: &Context,
        range: Range,
    ) -> Outcome {
        let script = shell::parse(text, Some("bash"));
        let mut inner = cx.clone();
        inner.source = source(&script);
        inner.at = Some(cx.place(range));
        inner.file = Some(Rc::new(ScriptFile {
            path: path.to_owned(),
            lines: LineIndex::new(text),
        }));
        inner.depth += 4;
        inner.script = true;
        self.script(&script, state, &inner)
    }

    pub(super) fn statements(
        &mut self,
        statements: &[Statement],
        state: &mut State,
        cx: &Context,
    ) -> Outcome {
        let mut outcome = Outcome::status(Truth::Yes);
        let mut may_leave = false;
        for statement in statements {
            let inner;
            let cx = if may_leave && cx.script && !cx.may {
                inner = Context {
                    may: true,
                    ..cx.clone()
                };
                &inner
            } else {
                cx
            };
            outcome = self.statement(statement, state, cx);
            may_leave |= outcome.may_leave;
            outcome.may_leave = may_leave;
            // What stands behind an `exit` of a pasted block is looked at all the same.
            if outcome.leaves.is_some() && cx.script {
                return outcome;
            }
        }
        outcome
    }

    fn statement(&mut self, statement: &Statement, state: &mut State, cx: &Context) -> Outcome {
        if cx.depth > DEEPEST {
            self.unknown("nested too deep".to_owned(), statement.range, cx);
            return Outcome::UNKNOWN;
        }
        let mut inner = cx.clone();
        inner.depth += 1;
        if statement.background {
            inner.background = true;
            let mut own = state.clone();
            self.node(statement, &mut own, &inner);
            return Outcome::status(Truth::Yes);
        }
        let mut outcome = self.node(statement, state, &inner);
        if statement.negated {
            outcome.status = outcome.status.not();
        }
        outcome
    }

    fn node(&mut self, statement: &Statement, state: &mut State, cx: &Context) -> Outcome {
        if let Node::Command(command) = &statement.node {
            return self.command(command, &statement.redirects, statement.range, state, cx);
        }
        let (stdin, writes) = self.redirects(&statement.redirects, state, cx);
        let mut inner = cx.clone();
        if let Some(stdin) = stdin {
            inner.stdin = stdin;
        }
        let outcome = self.compound(&statement.node, statement.range, state, &inner);
        for write in writes {
            self.write(&write, statement.range, cx);
        }
        outcome
    }

    fn compound(&mut self, node: &Node, range: Range, state: &mut State, cx: &Context) -> Outcome {
        match node {
            Node::Command(command) => self.command(command, &[], range, state, cx),
            Node::Pipeline(stages) => self.pipeline(stages, state, cx),
            Node::List { first, rest } => self.list(first, rest, state, cx),
            Node::Group(statements) => self.statements(statements, state, cx),
            Node::Subshell(statements) => {
                let mut own = state.clone();
                let outcome = self.statements(statements, &mut own, cx);
                state.files = own.files;
                Outcome::status(outcome.status)
            }
            Node::If {
                branches,
                otherwise,
            } => self.branches(branches, otherwise, state, cx),
            Node::For {
                variable,
                words,
                body,
            } => self.each(variable, words.as_deref(), body, state, cx),
            Node::While {
                until,
                condition,
                body,
            } => self.repeat(*until, condition, body, state, cx),
            Node::Case { word, arms } => self.case(word, arms, state, cx),
            Node::Function { name, body } => {
                let function = Function {
                    body: (**body).clone(),
                    source: Rc::clone(&cx.source),
                    file: cx.file.clone(),
                };
                state
                    .functions
                    .insert(name.clone(), vec![Rc::new(function)]);
                state.perhaps.remove(name);
                Outcome::status(Truth::Yes)
            }
            Node::Test(words) => {
                for word in words {
                    self.substitutions(word, state, cx);
                }
                self.plain(Level::known(Class::Read), "a test", range, cx);
                Outcome::status(self.condition(range, state, cx))
            }
            Node::Time(Some(inner)) => {
                // `time -o file cmd` is the program, whatever the shell makes of it.
                if let Node::Command(command) = &inner.node
                    && is_option_word(command.words.first())
                {
                    let at = Range::new(range.start, range.start + 4);
                    let kind = PartKind::Literal("time".to_owned());
                    let part = Part {
                        range: at,
                        quoted: false,
                        kind,
                    };
                    let word = Word {
                        range: at,
                        parts: vec![part],
                    };
                    let mut command = command.clone();
                    command.words.insert(0, word);
                    return self.command(&command, &inner.redirects, range, state, cx);
                }
                self.statement(inner, state, cx)
            }
            Node::Time(None) => Outcome::status(Truth::Yes),
            Node::Coprocess(inner) => {
                let mut inner_cx = cx.clone();
                inner_cx.background = true;
                let mut own = state.clone();
                self.statement(inner, &mut own, &inner_cx);
                Outcome::UNKNOWN
            }
        }
    }

    fn pipeline(&mut self, stages: &[Statement], state: &mut State, cx: &Context) -> Outcome {
        let mut stdin: Option<Stdin> = None;
        let mut outcome = Outcome::UNKNOWN;
        for stage in stages {
            let mut inner = cx.clone();
            let piped = stdin.is_some();
            if let Some(stdin) = stdin.take() {
                inner.stdin = stdin;
            }
            let mut own = state.clone();
            let before = self.effects.len();
            outcome = self.statement(stage, &mut own, &inner);
            state.files = own.files;
            let below = listed_folder(self.effects.get(before..).unwrap_or(&[]), &inner.stdin);
            let downloaded = piped
                && matches!(
                    inner.stdin,
                    Stdin::Output {
                        downloaded: true,
                        ..
                    }
                )
                || self.effects.iter().skip(before).any(|effect| {
                    effect.invocation.as_ref().is_some_and(|invocation| {
                        matches!(
                            invocation.tool.as_str(),
                            "curl" | "wget" | "fetch" | "aria2c"
                        )
                    })
                });
            stdin = Some(
                self.output(stage, state, &inner)
                    .map_or(Stdin::Output { downloaded, below }, Stdin::Text),
            );
        }
        Outcome::status(outcome.status)
    }

    /// What a stage prints, when that is known: `echo text`, `cat <<EOF`.
    fn output(&self, stage: &Statement, state: &State, cx: &Context) -> Option<String> {
        let Node::Command(command) = &stage.node else {
            return None;
        };
        let args = self.args(command, state, cx).into_iter().next()?;
        let (name, args) = args.split_first()?;
        let to_elsewhere = stage
            .redirects
            .iter()
            .any(|redirect| matches!(redirect.kind, RedirectKind::Output { .. }));
        if to_elsewhere {
            return None;
        }
        match name.exact()? {
            "echo" => {
                let texts: Vec<String> = args
                    .iter()
                    .skip_while(|arg| matches!(arg.exact(), Some("-n" | "-e" | "-E" | "-ne")))
                    .map(super::resolve::shell_text)
                    .collect();
                Some(texts.join(" "))
            }
            "printf" => match args {
                [format] => Some(super::resolve::shell_text(format).replace("\\n", "\n")),
                [format, rest @ ..] if matches!(format.exact(), Some("%s" | "%s\n" | "%s\\n")) => {
                    let texts: Vec<String> = rest.iter().map(super::resolve::shell_text).collect();
                    Some(texts.join("\n"))
                }
                _ => None,
            },
            "cat" if args.is_empty() => {
                let (stdin, _) = input(&stage.redirects, state, cx);
                match stdin.unwrap_or_else(|| cx.stdin.clone()) {
                    Stdin::Text(text) => Some(text),
                    Stdin::File(path) => self
                        .workspace_text(&path, state)
                        .map(|(_, text)| text.to_string()),
                    Stdin::Terminal | Stdin::Nothing | Stdin::Output { .. } => None,
                }
            }
            "cat" => match args {
                [path] => self
                    .workspace_text(path, state)
                    .map(|(_, text)| text.to_string()),
                _ => None,
            },
            _ => None,
        }
    }

    fn list(
        &mut self,
        first: &Statement,
        rest: &[(ListOperator, Statement)],
        state: &mut State,
        cx: &Context,
    ) -> Outcome {
        let mut outcome = self.statement(first, state, cx);
        // The states in which a chain of `&&` may have ended.
        let mut ended: Vec<State> = Vec::new();
        for (operator, statement) in rest {
            if outcome.leaves.is_some() && cx.script {
                return outcome;
            }
            let runs = match operator {
                ListOperator::And => outcome.status,
                ListOperator::Or => outcome.status.not(),
            };
            if cx.script && runs == Truth::No {
                continue;
            }
            if cx.script && runs == Truth::Yes {
                outcome = self.statement(statement, state, cx);
                continue;
            }
            let inner = Context {
                may: cx.may || *operator == ListOperator::Or || cx.script,
                ..cx.clone()
            };
            match operator {
                ListOperator::And if !cx.script => {
                    if outcome.status != Truth::Yes {
                        ended.push(state.clone());
                    }
                    let next = self.statement(statement, state, &inner);
                    outcome = Outcome::status(outcome.status.min(next.status));
                }
                ListOperator::And | ListOperator::Or => {
                    let mut own = state.clone();
                    let next = self.statement(statement, &mut own, &inner);
                    if next.leaves.is_none() {
                        state.merge(own);
                    }
                    // `[ -n "$x" ] || exit 1`: what follows runs only when it was not left.
                    outcome = Outcome::UNKNOWN;
                }
            }
        }
        for earlier in &ended {
            state.may_still_be(earlier);
        }
        outcome
    }

    fn branches(
        &mut self,
        branches: &[(Vec<Statement>, Vec<Statement>)],
        otherwise: &[Statement],
        state: &mut State,
        cx: &Context,
    ) -> Outcome {
        let mut ends: Vec<(State, Outcome)> = Vec::new();
        let mut may = cx.may;
        let mut decided = false;
        for (condition, body) in branches {
            let inner = Context { may, ..cx.clone() };
            let holds = self.statements(condition, state, &inner).status;
            let holds = if cx.script { holds } else { Truth::Maybe };
            if holds == Truth::No {
                continue;
            }
            let mut own = state.clone();
            let inner = Context {
                may: may || holds == Truth::Maybe,
                ..cx.clone()
            };
            let outcome = self.statements(body, &mut own, &inner);
            ends.push((own, outcome));
            if holds == Truth::Yes {
                decided = true;
                break;
            }
            may = true;
        }
        if !decided {
            let inner = Context { may, ..cx.clone() };
            let mut own = state.clone();
            let outcome = self.statements(otherwise, &mut own, &inner);
            ends.push((own, outcome));
        }
        self.join(ends, state)
    }

    /// The state and outcome when one of several ways was taken.
    fn join(&self, ends: Vec<(State, Outcome)>, state: &mut State) -> Outcome {
        let certain = ends.len() == 1;
        let leaves = ends
            .iter()
            .map(|(_, outcome)| outcome.leaves)
            .min()
            .flatten();
        let status = match ends.as_slice() {
            [(_, outcome)] => outcome.status,
            _ => Truth::Maybe,
        };
        let may_leave = leaves.is_none()
            && ends
                .iter()
                .any(|(_, outcome)| outcome.leaves > Some(Leave::Round) || outcome.may_leave);
        // Only the ways that go on shape what follows, unless all leave.
        let mut staying = ends
            .into_iter()
            .filter(|(_, outcome)| leaves.is_some() || outcome.leaves.is_none())
            .map(|(state, _)| state);
        if let Some(first) = staying.next() {
            *state = first;
            for other in staying {
                state.merge(other);
            }
        }
        Outcome {
            status: if certain { status } else { Truth::Maybe },
            leaves,
            may_leave,
        }
    }

    fn each(
        &mut self,
        variable: &str,
        words: Option<&[Word]>,
        body: &[Statement],
        state: &mut State,
        cx: &Context,
    ) -> Outcome {
        let mut values: Vec<Arg> = Vec::new();
        let mut from_arguments = words.is_none();
        match words {
            Some(words) => {
                for word in words {
                    self.substitutions(word, state, cx);
                    from_arguments |= word.parts.iter().any(|part| {
                        matches!(&part.kind, PartKind::Variable { name, .. } if name == "@" || name == "*")
                    });
                    for reading in self.readings(word, state, cx) {
                        values.extend(reading);
                    }
                }
            }
            None => match &state.variables.positional {
                Some(positional) => values.extend(positional.iter().cloned()),
                None => values.push(Arg::unknown("$@", Range::default())),
            },
        }
        let all_known = values.iter().all(|value| value.known);
        if from_arguments && cx.script && all_known && values.len() <= MOST_ROUNDS {
            let start = self.effects.len();
            for value in values {
                state.variables.set(variable, vec![value]);
                let outcome = self.statements(body, state, cx);
                self.dedupe(start);
                if outcome.leaves.is_some_and(|leave| leave > Leave::Round) {
                    return outcome;
                }
            }
            return Outcome::UNKNOWN;
        }
        let inner = Context {
            may: cx.may || values.is_empty() || !all_known,
            repeated: cx.repeated || values.len() != 1 || !all_known,
            ..cx.clone()
        };
        let mut own = state.clone();
        forget_assigned(body, &mut own);
        let choices = values
            .iter()
            .all(|value| value.known || value.placeholder.is_some());
        if !values.is_empty() && choices && values.len() <= MOST_READINGS {
            own.variables.set(variable, values);
        } else {
            // A member of a set that cannot be seen here: one word that is no option.
            own.variables.forget(variable);
        }
        let outcome = self.statements(body, &mut own, &inner);
        state.merge(own);
        let _ = outcome;
        Outcome::UNKNOWN
    }

    fn repeat(
        &mut self,
        until: bool,
        condition: &[Statement],
        body: &[Statement],
        state: &mut State,
        cx: &Context,
    ) -> Outcome {
        if cx.script
            && let Some(outcome) = self.play(until, condition, body, state, cx)
        {
            return outcome;
        }
        let mut own = state.clone();
        let inner = Context {
            repeated: true,
            ..cx.clone()
        };
        if !(cx.script && self.settle(condition, body, &mut own, &inner)) {
            forget_assigned(body, &mut own);
            forget_assigned(condition, &mut own);
        }
        self.statements(condition, &mut own, &inner);
        let inner = Context { may: true, ..inner };
        self.statements(body, &mut own, &inner);
        state.merge(own);
        Outcome::UNKNOWN
    }

    /// Plays a loop over the arguments of a script through while its condition is decided.
    fn play(
        &mut self,
        until: bool,
        condition: &[Statement],
        body: &[Statement],
        state: &mut State,
        cx: &Context,
    ) -> Option<Outcome> {
        state.variables.positional.as_ref()?;
        let start = self.effects.len();
        let saved = state.clone();
        for _ in 0..MOST_ROUNDS {
            let mut holds = self.statements(condition, state, cx).status;
            if until {
                holds = holds.not();
            }
            match holds {
                Truth::Yes => {
                    let outcome = self.statements(body, state, cx);
                    self.dedupe(start);
                    if outcome.leaves.is_some_and(|leave| leave > Leave::Round) {
                        return Some(outcome);
                    }
                    if outcome.leaves.is_some() {
                        // `break` and `continue` are not told apart here.
                        break;
                    }
                }
                Truth::No => {
                    self.dedupe(start);
                    return Some(Outcome::UNKNOWN);
                }
                Truth::Maybe => break,
            }
        }
        self.effects.truncate(start);
        *state = saved;
        None
    }

    /// Runs a loop's body without effects until the state no longer changes; `false` when it does
    /// not come to rest soon.
    fn settle(
        &mut self,
        condition: &[Statement],
        body: &[Statement],
        state: &mut State,
        cx: &Context,
    ) -> bool {
        let start = self.effects.len();
        for _ in 0..4 {
            let mut next = state.clone();
            self.statements(condition, &mut next, cx);
            let inner = Context {
                may: true,
                ..cx.clone()
            };
            self.statements(body, &mut next, &inner);
            self.effects.truncate(start);
            let before = state.clone();
            state.merge(next);
            if state.variables == before.variables && state.folder == before.folder {
                return true;
            }
        }
        false
    }

    /// Drops effects from `start` on that repeat an earlier one of them.
    fn dedupe(&mut self, start: usize) {
        let mut kept: Vec<Effect> = Vec::new();
        for effect in self.effects.drain(start..) {
            if !kept.contains(&effect) {
                kept.push(effect);
            }
        }
        self.effects.append(&mut kept);
    }

    fn case(
        &mut self,
        word: &Word,
        arms: &[(Vec<Word>, Vec<Statement>)],
        state: &mut State,
        cx: &Context,
    ) -> Outcome {
        self.substitutions(word, state, cx);
        let value = match self.readings(word, state, cx).as_slice() {
            [reading] => match reading.as_slice() {
                [arg] => arg.exact().map(str::to_owned),
                [] => Some(String::new()),
                _ => None,
            },
            _ => None,
        };
        let mut ends: Vec<(State, Outcome)> = Vec::new();
        let mut may = cx.may;
        for (patterns, body) in arms {
            let fits = match (&value, cx.script) {
                (Some(value), true) => patterns
                    .iter()
                    .map(|pattern| self.case_fits(pattern, value, cx))
                    .max()
                    .unwrap_or(Truth::No),
                _ => Truth::Maybe,
            };
            if fits == Truth::No {
                continue;
            }
            let inner = Context {
                may: may || fits == Truth::Maybe,
                ..cx.clone()
            };
            let mut own = state.clone();
            let outcome = self.statements(body, &mut own, &inner);
            ends.push((own, outcome));
            if fits == Truth::Yes {
                return self.join(ends, state);
            }
            may = true;
        }
        ends.push((state.clone(), Outcome::status(Truth::Yes)));
        self.join(ends, state)
    }

    fn case_fits(&self, pattern: &Word, value: &str, cx: &Context) -> Truth {
        let mut glob = String::new();
        for part in &pattern.parts {
            match &part.kind {
                PartKind::Literal(text) => glob.push_str(text),
                PartKind::Pattern(text) if !text.contains(['[', '(', '{']) => glob.push_str(text),
                PartKind::Pattern(_)
                | PartKind::Variable { .. }
                | PartKind::Substitution(_)
                | PartKind::Process { .. }
                | PartKind::Arithmetic(_)
                | PartKind::Placeholder { .. } => return Truth::Maybe,
            }
        }
        let _ = cx;
        if glob.contains('?') {
            return if glob == "?" && value.chars().count() == 1 {
                Truth::Yes
            } else {
                Truth::Maybe
            };
        }
        Truth::of(super::spec::matches_word(&glob, value))
    }

    // --- commands -------------------------------------------------------------------------------

    fn command(
        &mut self,
        command: &Command,
        redirects: &[Redirect],
        range: Range,
        state: &mut State,
        cx: &Context,
    ) -> Outcome {
        self.commands += 1;
        if self.commands > MOST_COMMANDS {
            if self.commands == MOST_COMMANDS + 1 {
                self.unknown("too many commands to look at".to_owned(), range, cx);
            }
            return Outcome::UNKNOWN;
        }
        for assignment in &command.assignments {
            for value in &assignment.values {
                self.substitutions(value, state, cx);
            }
        }
        for word in &command.words {
            self.substitutions(word, state, cx);
        }
        let (stdin, writes) = self.redirects(redirects, state, cx);
        let mut inner = cx.clone();
        if let Some(stdin) = stdin {
            inner.stdin = stdin;
        }
        for assignment in &command.assignments {
            for value in &assignment.values {
                for reading in self.readings(value, state, cx) {
                    let value = rejoin(reading, &assignment.name);
                    let lasting = command.words.is_empty();
                    self.governs(&assignment.name, &value, lasting, range, state, cx);
                }
            }
        }
        let before = self.effects.len();
        let outcome = if command.words.is_empty() {
            self.assign(command, state, cx);
            if command.assignments.is_empty() {
                self.plain(Level::known(Class::Read), "only redirects", range, cx);
            } else {
                self.plain(
                    Level::known(Class::Read),
                    "sets variables of this shell",
                    range,
                    cx,
                );
            }
            Outcome::status(Truth::Yes)
        } else {
            let readings = self.args(command, state, &inner);
            let several = readings.len() > 1;
            let mut outcome = Outcome::UNKNOWN;
            let mut merged: Vec<Effect> = Vec::new();
            for (index, args) in readings.into_iter().enumerate() {
                let mut own;
                let state: &mut State = if index == 0 {
                    &mut *state
                } else {
                    own = state.clone();
                    &mut own
                };
                outcome = match args.split_first() {
                    Some(_) => self.first_word(command, &args, range, state, &inner),
                    None => Outcome::status(Truth::Yes),
                };
                if several {
                    let found: Vec<Effect> = self.effects.drain(before..).collect();
                    merge_readings(&mut merged, found);
                }
            }
            self.effects.append(&mut merged);
            if several { Outcome::UNKNOWN } else { outcome }
        };
        self.overwritten(before, state);
        self.remember_file(command, redirects, state, &inner);
        let single = self.effects.len() == before + 1;
        for write in writes {
            match self.effects.last_mut() {
                Some(effect) if single => write.join(effect, range, cx),
                _ => self.write(&write, range, cx),
            }
        }
        outcome
    }

    /// Runs a command that stands in the text: only there, and only unquoted, is an alias one.
    fn first_word(
        &mut self,
        command: &Command,
        args: &[Arg],
        range: Range,
        state: &mut State,
        cx: &Context,
    ) -> Outcome {
        let alias = command
            .words
            .first()
            .map(|word| word.range.of(&cx.source.masked))
            .and_then(|name| state.aliases.remove_entry(name));
        let Some((name, alias)) = alias else {
            return self.invoke(args, range, state, cx);
        };
        let rest = args.get(1..).unwrap_or(&[]);
        let mut inner = cx.clone();
        inner.depth += 1;
        inner
            .reasons
            .push(cx.reason(format!("alias `{name}`"), range));
        let before = self.effects.len();
        let mut own = state.clone();
        let outcome = match &alias {
            Alias::Words(words) => {
                let mut expanded = words.clone();
                expanded.extend(rest.iter().cloned());
                self.invoke(&expanded, range, state, &inner)
            }
            Alias::Text(text) => {
                let mut text = text.clone();
                for arg in rest {
                    text.push(' ');
                    text.push_str(&super::resolve::shell_text(arg));
                }
                self.text(&text, state, &inner, range)
            }
            Alias::Unseen => {
                self.unknown("what it stands for is not known".to_owned(), range, &inner);
                Outcome::UNKNOWN
            }
        };
        // An alias holds from the next line on and only where a person types: what it hides may
        // be what runs.
        let hidden = own.functions.contains_key(&name)
            || super::builtins::is_one(&name)
            || self.analyser.knowledge.tool(&name).is_some();
        let outcome = if hidden {
            let mut merged: Vec<Effect> = self.effects.drain(before..).collect();
            self.invoke(args, range, &mut own, cx);
            let found = self.effects.drain(before..).collect();
            merge_readings(&mut merged, found);
            self.effects.append(&mut merged);
            Outcome::UNKNOWN
        } else {
            outcome
        };
        state.aliases.insert(name, alias);
        outcome
    }

    /// All readings of a command's words; one unless a word is a choice.
    fn args(&self, command: &Command, state: &State, cx: &Context) -> Vec<Vec<Arg>> {
        let mut readings: Vec<Vec<Arg>> = vec![Vec::new()];
        for word in &command.words {
            let mut words = self.readings(word, state, cx);
            if let [only] = words.as_mut_slice() {
                if let [reading] = readings.as_mut_slice() {
                    reading.append(only);
                    continue;
                }
                for reading in &mut readings {
                    reading.extend(only.iter().cloned());
                }
                continue;
            }
            if readings.len() * words.len() > MOST_READINGS {
                for reading in &mut readings {
                    let mut arg = Arg::unknown(word.range.of(&cx.source.masked), word.range);
                    arg.many = true;
                    reading.push(arg);
                }
                continue;
            }
            readings = readings
                .iter()
                .flat_map(|reading| {
                    words.iter().map(|word| {
                        let mut reading = reading.clone();
                        reading.extend(word.iter().cloned());
                        reading
                    })
                })
                .collect();
        }
        for reading in &mut readings {
            for arg in reading {
                arg.range = cx.place(arg.range);
            }
        }
        readings
    }

    pub(super) fn readings(&self, word: &Word, state: &State, cx: &Context) -> Vec<Vec<Arg>> {
        expand(
            word,
            &state.variables,
            Texts {
                masked: &cx.source.masked,
                placeholders: &cx.source.placeholders,
            },
        )
    }

    fn assign(&self, command: &Command, state: &mut State, cx: &Context) {
        for assignment in &command.assignments {
            let name = assignment.name.as_str();
            if assignment.array {
                let subscript = assignment
                    .range
                    .of(&cx.source.masked)
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with('['));
                let mut values: Vec<Arg> = Vec::new();
                for value in &assignment.values {
                    for reading in self.readings(value, state, cx) {
                        values.extend(reading);
                    }
                }
                if subscript {
                    state.variables.arrays.remove(name);
                    continue;
                }
                let known = state.variables.arrays.get(name).cloned();
                let all = match (assignment.append, known) {
                    (true, Some(mut known)) => {
                        known.extend(values);
                        Some(known)
                    }
                    (true, None) => None,
                    (false, _) => Some(values),
                };
                state.variables.values.remove(name);
                match all {
                    Some(all) => state.variables.arrays.insert(name.to_owned(), all),
                    None => state.variables.arrays.remove(name),
                };
                continue;
            }
            let values: Vec<Arg> = match assignment.values.as_slice() {
                [] => vec![Arg::literal("", assignment.range)],
                [value] => self
                    .readings(value, state, cx)
                    .into_iter()
                    .map(|reading| rejoin(reading, name))
                    .collect(),
                _ => vec![Arg::unknown(format!("${name}"), assignment.range)],
            };
            self.set(name, values, assignment.append, state);
        }
    }

    /// Sets a variable to what is known about its value.
    pub(super) fn set(&self, name: &str, values: Vec<Arg>, append: bool, state: &mut State) {
        if append {
            let before = state.variables.exact(name).map(str::to_owned);
            match (before, values.as_slice()) {
                (Some(before), [value]) if value.known => {
                    let text = format!("{before}{}", value.text);
                    state
                        .variables
                        .set(name, vec![Arg::literal(text, value.range)]);
                }
                _ => state.variables.forget(name),
            }
            return;
        }
        let values = values
            .into_iter()
            .map(|mut value| {
                // A value from a substitution is shown by the variable's name.
                if !value.known && value.text == "$(...)" {
                    value.text = format!("${name}");
                }
                value
            })
            .collect();
        state.variables.set(name, values);
    }

    /// Runs what a word substitutes; its state does not come back.
    pub(super) fn substitutions(&mut self, word: &Word, state: &mut State, cx: &Context) {
        for part in &word.parts {
            self.part(part, state, cx);
        }
    }

    fn part(&mut self, part: &Part, state: &mut State, cx: &Context) {
        match &part.kind {
            PartKind::Substitution(statements) => {
                let mut own = state.clone();
                let mut inner = cx.clone();
                inner.depth += 1;
                self.statements(statements, &mut own, &inner);
            }
            PartKind::Process { statements, output } => {
                let mut own = state.clone();
                let mut inner = cx.clone();
                inner.depth += 1;
                inner.background = true;
                if *output {
                    inner.stdin = Stdin::Output {
                        downloaded: false,
                        below: None,
                    };
                }
                self.statements(statements, &mut own, &inner);
            }
            PartKind::Variable { words, .. } | PartKind::Arithmetic(words) => {
                for word in words {
                    self.substitutions(word, state, cx);
                }
            }
            PartKind::Literal(_) | PartKind::Pattern(_) | PartKind::Placeholder { .. } => {}
        }
    }

    /// Runs the substitutions of redirects; standard input and the files that are written.
    fn redirects(
        &mut self,
        redirects: &[Redirect],
        state: &mut State,
        cx: &Context,
    ) -> (Option<Stdin>, Vec<Write>) {
        for redirect in redirects {
            match &redirect.kind {
                RedirectKind::Input(word)
                | RedirectKind::InputOutput(word)
                | RedirectKind::HereString(word)
                | RedirectKind::Output { target: word, .. } => self.substitutions(word, state, cx),
                RedirectKind::Heredoc { body, quoted } => {
                    if !quoted {
                        self.substitutions(body, state, cx);
                    }
                }
                RedirectKind::Duplicate => {}
            }
        }
        input(redirects, state, cx)
    }

    fn write(&mut self, write: &Write, range: Range, cx: &Context) {
        if write.class == Class::None {
            return;
        }
        self.push(
            Level::known(write.class),
            range,
            vec![cx.reason(write.text(), write.range)],
            BTreeSet::new(),
            vec![write.target.clone()],
            None,
            cx,
        );
    }

    /// Files that a command changed in a way nobody can see through are not followed later.
    fn overwritten(&self, before: usize, state: &mut State) {
        const KEEPING: &[&str] = &["chmod", "chown", "chgrp", "touch", "mkdir", "tee"];
        const UNPACKING: &[&str] = &["tar", "unzip", "cpio", "patch", "7z", "git"];
        for effect in self.effects.iter().skip(before) {
            let tool = effect
                .invocation
                .as_ref()
                .map_or("", |invocation| invocation.tool.as_str());
            let remote = matches!(effect.scope, Scope::Remote { .. });
            if effect.class < Class::LocalWrite || remote || KEEPING.contains(&tool) {
                continue;
            }
            let mut named = false;
            for target in effect.targets.iter().filter(|target| target.kind == "file") {
                named = true;
                let key = match &target.id {
                    TargetId::Named(path) => {
                        super::script::key(&Arg::literal(path, Range::default()), &state.folder)
                    }
                    TargetId::Placeholder(_)
                    | TargetId::Ambient
                    | TargetId::All
                    | TargetId::Unknown => None,
                };
                let downloaded = matches!(tool, "curl" | "wget" | "aria2c" | "fetch");
                state.overwrite(key.as_deref(), downloaded);
            }
            if !named && UNPACKING.contains(&tool) {
                state.overwrite(None, false);
            }
        }
    }

    /// A file that a heredoc or `echo` writes can be followed later.
    fn remember_file(
        &self,
        command: &Command,
        redirects: &[Redirect],
        state: &mut State,
        cx: &Context,
    ) {
        let mut outputs: Vec<(Arg, bool)> = Vec::new();
        for redirect in redirects {
            if let RedirectKind::Output { target, append } = &redirect.kind
                && let Some(path) = self
                    .readings(target, state, cx)
                    .into_iter()
                    .next()
                    .and_then(|reading| reading.into_iter().next())
            {
                outputs.push((path, *append));
            }
        }
        let Some(args) = self.args(command, state, cx).into_iter().next() else {
            return;
        };
        let name = args.first().and_then(Arg::exact);
        if name == Some("tee") {
            outputs.extend(
                args.iter()
                    .skip(1)
                    .filter(|arg| !arg.text.starts_with('-'))
                    .map(|arg| (arg.clone(), false)),
            );
        }
        if outputs.is_empty() {
            return;
        }
        let text = match (name, &cx.stdin) {
            (Some("cat"), Stdin::Text(text)) if args.len() == 1 => Some(text.clone()),
            (Some("tee"), Stdin::Text(text)) => Some(text.clone()),
            (Some("echo" | "printf"), _) => {
                let statement = Statement {
                    range: command.range,
                    node: Node::Command(command.clone()),
                    redirects: Vec::new(),
                    background: false,
                    negated: false,
                };
                self.output(&statement, state, cx)
            }
            _ => None,
        };
        for (path, append) in outputs {
            let Some(key) = super::script::key(&path, &state.folder) else {
                continue;
            };
            match (&text, append, state.files.get(&key)) {
                (Some(text), false, _) => {
                    state.files.insert(key, Arc::from(text.as_str()));
                }
                (Some(text), true, Some(before)) => {
                    let both = format!("{before}\n{text}");
                    state.files.insert(key, Arc::from(both));
                }
                (Some(_), true, None) | (None, _, _) => {
                    state.files.insert(key, Arc::from(super::script::UNSEEN));
                }
            }
        }
    }

    /// Calls what a name is defined as; all it may be, when that is not certain.
    pub(super) fn call_one_of(
        &mut self,
        name: &str,
        functions: &[Rc<Function>],
        args: &[Arg],
        range: Range,
        state: &mut State,
        cx: &Context,
    ) -> Outcome {
        let rest = args.get(1..).unwrap_or(&[]);
        let undefined = state.perhaps.contains(name)
            && (super::builtins::is_one(name) || self.analyser.knowledge.tool(name).is_some());
        if let ([function], false) = (functions, undefined) {
            return self.call(name, function, rest, range, state, cx);
        }
        let before = self.effects.len();
        let mut merged = Vec::new();
        let mut ends = Vec::new();
        for function in functions {
            let mut own = state.clone();
            let outcome = self.call(name, function, rest, range, &mut own, cx);
            merge_readings(&mut merged, self.effects.drain(before..).collect());
            ends.push((own, outcome));
        }
        if undefined {
            let mut own = state.clone();
            let hidden = own.functions.remove(name);
            let outcome = self.invoke(args, range, &mut own, cx);
            own.functions
                .extend(hidden.map(|hidden| (name.to_owned(), hidden)));
            merge_readings(&mut merged, self.effects.drain(before..).collect());
            ends.push((own, outcome));
        }
        self.effects.append(&mut merged);
        self.join(ends, state)
    }

    /// Calls a function of this shell.
    pub(super) fn call(
        &mut self,
        name: &str,
        function: &Rc<Function>,
        args: &[Arg],
        range: Range,
        state: &mut State,
        cx: &Context,
    ) -> Outcome {
        let key = format!("{name}()");
        if self.following.contains(&key) || self.following.len() > DEEPEST {
            self.plain(
                Level::known(Class::Read),
                &format!("`{name}` calls itself"),
                range,
                cx,
            );
            return Outcome::UNKNOWN;
        }
        let mut inner = cx.clone();
        inner
            .reasons
            .push(cx.reason(format!("function `{name}`"), range));
        inner.source = Rc::clone(&function.source);
        inner.at = Some(cx.place(range));
        inner.file = function.file.clone();
        inner.depth += 2;
        let saved = state.variables.clone();
        let outer_locals = std::mem::take(&mut state.locals);
        state.variables.positional = Some(args.to_vec());
        self.following.push(key);
        let before = self.effects.len();
        let outcome = self.statement(&function.body, state, &inner);
        self.following.pop();
        if self.effects.len() == before {
            self.plain(
                Level::known(Class::Read),
                &format!("function `{name}` does nothing"),
                range,
                cx,
            );
        }
        state.variables.positional = saved.positional;
        let locals = std::mem::replace(&mut state.locals, outer_locals);
        for local in locals {
            match saved.values.get(&local) {
                Some(values) => state.variables.set(&local, values.clone()),
                None => {
                    state.variables.values.remove(&local);
                }
            }
        }
        match outcome.leaves {
            Some(Leave::Script) => outcome,
            Some(Leave::Function | Leave::Round) | None => Outcome::status(outcome.status),
        }
    }

    /// Whether `[[ ... ]]` or `(( ... ))` at `range` holds.
    fn condition(&self, range: Range, state: &State, cx: &Context) -> Truth {
        let text = range.of(&cx.source.masked).trim();
        let Some(inside) = text
            .strip_prefix("[[")
            .and_then(|text| text.strip_suffix("]]"))
        else {
            return Truth::Maybe;
        };
        if inside.contains(['<', '>', '(', ')', '&', '|', '~']) {
            return Truth::Maybe;
        }
        let script = shell::parse_command(&format!("[ {inside} ]"));
        let [statement] = script.statements.as_slice() else {
            return Truth::Maybe;
        };
        let Node::Command(command) = &statement.node else {
            return Truth::Maybe;
        };
        let inner = Context {
            source: source(&script),
            ..cx.clone()
        };
        match self.args(command, state, &inner).as_slice() {
            [args] => super::builtins::test(args.get(1..).unwrap_or(&[])),
            _ => Truth::Maybe,
        }
    }

    // --- effects --------------------------------------------------------------------------------

    /// Adds an effect of which nothing is known but that something runs.
    pub(super) fn unknown(&mut self, text: String, range: Range, cx: &Context) {
        let reason = cx.reason(text, range);
        self.push(
            Level::UNKNOWN,
            range,
            vec![reason],
            BTreeSet::new(),
            Vec::new(),
            None,
            cx,
        );
    }

    /// Adds an effect without targets.
    pub(super) fn plain(&mut self, level: Level, text: &str, range: Range, cx: &Context) {
        let reason = cx.reason(text, range);
        let facets = BTreeSet::new();
        self.push(level, range, vec![reason], facets, Vec::new(), None, cx);
        if let Some(effect) = self.effects.last_mut()
            && cx.scope.is_none()
        {
            effect.scope = Scope::Session;
        }
    }

    /// Adds an effect.
    #[expect(
        clippy::too_many_arguments,
        reason = "these are the fields of an effect; a struct for them would be the effect"
    )]
    pub(super) fn push(
        &mut self,
        level: Level,
        range: Range,
        own: Vec<Reason>,
        own_facets: BTreeSet<String>,
        targets: Vec<Target>,
        invocation: Option<Invocation>,
        cx: &Context,
    ) {
        let level = level.join(cx.floor);
        let mut reasons = cx.reasons.clone();
        reasons.extend(own);
        let mut facets = cx.facets.clone();
        facets.extend(own_facets);
        let mut found: Vec<Target> = Vec::new();
        for mut target in targets {
            target.within.extend(cx.within.iter().cloned());
            if !found.contains(&target) {
                found.push(target);
            }
        }
        if let Some(((kind, id), within)) = cx.within.split_first()
            && found.is_empty()
            && level.class >= Class::Mutate
        {
            found.push(Target {
                kind: kind.clone(),
                id: id.clone(),
                within: within.to_vec(),
            });
        }
        let targets = found;
        let scope = cx
            .scope
            .clone()
            .unwrap_or_else(|| scope_of(level.class, &targets));
        self.effects.push(Effect {
            class: level.class,
            unknown: level.unknown,
            scope,
            may: cx.may,
            repeated: cx.repeated,
            background: cx.background,
            facets,
            targets,
            reasons,
            invocation,
            range: cx.place(range),
        });
    }
}

/// The folder that the files a stage lists lie in: what `find` looks through, and what filters
/// pass on.
fn listed_folder(stage: &[Effect], stdin: &Stdin) -> Option<String> {
    let [effect] = stage else {
        return None;
    };
    let invocation = effect.invocation.as_ref()?;
    match invocation.tool.as_str() {
        "find" => {
            let root = invocation.operands.first()?;
            root.known.then(|| root.text.clone())
        }
        "grep" | "egrep" | "sort" | "head" | "tail" | "uniq" | "tac" | "shuf" => match stdin {
            Stdin::Output { below, .. } => below.clone(),
            Stdin::Terminal | Stdin::Nothing | Stdin::Text(_) | Stdin::File(_) => None,
        },
        _ => None,
    }
}

/// A file that a redirect writes.
pub(super) struct Write {
    class: Class,
    target: Target,
    path: String,
    range: Range,
}

impl Write {
    fn text(&self) -> String {
        format!("writes `{}`", self.path)
    }

    fn join(&self, effect: &mut Effect, range: Range, cx: &Context) {
        let _ = range;
        if self.class == Class::None {
            return;
        }
        effect.class = effect.class.max(self.class);
        if !effect.targets.contains(&self.target) {
            effect.targets.push(self.target.clone());
        }
        effect.reasons.push(cx.reason(self.text(), self.range));
        if effect.scope == Scope::Session {
            effect.scope = scope_of(self.class, std::slice::from_ref(&self.target));
        }
    }
}

/// Standard input and written files of redirects.
fn input(redirects: &[Redirect], state: &State, cx: &Context) -> (Option<Stdin>, Vec<Write>) {
    let texts = Texts {
        masked: &cx.source.masked,
        placeholders: &cx.source.placeholders,
    };
    let one = |word: &Word| -> Arg {
        let readings = expand(word, &state.variables, texts);
        match readings.first().map(Vec::as_slice) {
            Some([arg]) if readings.len() == 1 => arg.clone(),
            Some([arg, ..]) => Arg::unknown(arg.text.clone(), word.range),
            Some([]) | None => Arg::unknown("", word.range),
        }
    };
    let mut stdin = None;
    let mut writes = Vec::new();
    let mut write = |word: &Word, range: Range| {
        let path = one(word);
        let class = weigh(&path.text, &state.folder, cx.remote());
        writes.push(Write {
            class,
            target: Target {
                kind: "file".to_owned(),
                id: if path.known {
                    TargetId::Named(path.text.clone())
                } else if path.only_placeholders {
                    TargetId::Placeholder(path.placeholder.clone().unwrap_or(path.text.clone()))
                } else if path.prefix > 0 {
                    TargetId::Named(path.text.clone())
                } else {
                    TargetId::Unknown
                },
                within: Vec::new(),
            },
            path: path.text,
            range,
        });
    };
    for redirect in redirects {
        match &redirect.kind {
            RedirectKind::Input(word) => {
                let path = one(word);
                stdin = Some(match path.exact() {
                    Some("/dev/null") => Stdin::Nothing,
                    Some("/dev/tty" | "/dev/stdin") => Stdin::Terminal,
                    Some(_) | None => Stdin::File(path),
                });
            }
            RedirectKind::Output { target, .. } => write(target, redirect.range),
            RedirectKind::InputOutput(word) => {
                write(word, redirect.range);
                stdin = Some(Stdin::File(one(word)));
            }
            RedirectKind::Duplicate => {}
            RedirectKind::Heredoc { body, quoted } => {
                stdin = Some(Stdin::Text(heredoc(body, *quoted, state, texts)));
            }
            RedirectKind::HereString(word) => {
                stdin = Some(Stdin::Text(super::resolve::shell_text(&one(word))));
            }
        }
    }
    (stdin, writes)
}

/// The text of a heredoc, unknown parts as `$NAME`.
fn heredoc(body: &Word, quoted: bool, state: &State, texts: Texts<'_>) -> String {
    let mut text = String::new();
    for part in &body.parts {
        let mut part = part.clone();
        part.quoted = true;
        let word = Word {
            range: part.range,
            parts: vec![part.clone()],
        };
        match &part.kind {
            PartKind::Literal(literal) => text.push_str(literal),
            PartKind::Placeholder { .. } => text.push_str(part.range.of(texts.masked)),
            PartKind::Variable { .. }
            | PartKind::Substitution(_)
            | PartKind::Process { .. }
            | PartKind::Arithmetic(_)
            | PartKind::Pattern(_) => {
                if quoted {
                    text.push_str(part.range.of(texts.masked));
                    continue;
                }
                for arg in expand(&word, &state.variables, texts)
                    .into_iter()
                    .take(1)
                    .flatten()
                {
                    text.push_str(&super::resolve::shell_text(&arg));
                }
            }
        }
    }
    text
}

/// Two readings of one command become one effect where they are alike.
pub(super) fn merge_readings(merged: &mut Vec<Effect>, found: Vec<Effect>) {
    if merged.is_empty() {
        *merged = found;
        return;
    }
    if merged.len() != found.len() {
        merged.extend(found);
        return;
    }
    for (mine, theirs) in merged.iter_mut().zip(found) {
        if theirs.class > mine.class {
            mine.reasons = theirs.reasons;
            mine.invocation = theirs.invocation;
        }
        mine.class = mine.class.max(theirs.class);
        mine.unknown |= theirs.unknown;
        for target in theirs.targets {
            if !mine.targets.contains(&target) {
                mine.targets.push(target);
            }
        }
        mine.facets.extend(theirs.facets);
    }
}

/// The words of a value as one again: an assignment does not split.
fn rejoin(reading: Vec<Arg>, name: &str) -> Arg {
    match <[Arg; 1]>::try_from(reading) {
        Ok([arg]) => arg,
        Err(reading) if reading.is_empty() => Arg::literal("", Range::default()),
        Err(reading) if reading.iter().all(|arg| arg.known) => {
            let texts: Vec<&str> = reading.iter().map(|arg| arg.text.as_str()).collect();
            Arg::literal(texts.join(" "), Range::default())
        }
        Err(_) => Arg::unknown(format!("${name}"), Range::default()),
    }
}

/// Variables that a loop's body assigns are not known in it.
fn forget_assigned(statements: &[Statement], state: &mut State) {
    for statement in statements {
        match &statement.node {
            Node::Command(command) => {
                for assignment in &command.assignments {
                    state.variables.forget(&assignment.name);
                }
                let builtin = command.words.first().and_then(literal);
                match builtin.as_deref() {
                    Some("read" | "mapfile" | "readarray" | "let" | "getopts") => {
                        for word in command.words.iter().skip(1) {
                            if let Some(name) = literal(word) {
                                let name = name.split(['=', '+', '-']).next().unwrap_or("");
                                if !name.is_empty() {
                                    state.variables.forget(name);
                                }
                            }
                        }
                    }
                    Some("export" | "declare" | "local" | "typeset" | "readonly") => {
                        for word in command.words.iter().skip(1) {
                            if let Some(PartKind::Literal(text)) =
                                word.parts.first().map(|part| &part.kind)
                                && let Some((name, _)) = text.split_once('=')
                            {
                                state.variables.forget(name);
                            }
                        }
                    }
                    Some("cd" | "pushd" | "popd") => state.folder = Folder::Unknown,
                    Some("shift" | "set") => state.variables.positional = None,
                    Some(_) | None => {}
                }
            }
            Node::Pipeline(statements) | Node::Group(statements) | Node::Subshell(statements) => {
                forget_assigned(statements, state);
            }
            Node::List { first, rest } => {
                forget_assigned(std::slice::from_ref(first), state);
                for (_, statement) in rest {
                    forget_assigned(std::slice::from_ref(statement), state);
                }
            }
            Node::If {
                branches,
                otherwise,
            } => {
                for (condition, body) in branches {
                    forget_assigned(condition, state);
                    forget_assigned(body, state);
                }
                forget_assigned(otherwise, state);
            }
            Node::For { variable, body, .. } => {
                state.variables.forget(variable);
                forget_assigned(body, state);
            }
            Node::While {
                condition, body, ..
            } => {
                forget_assigned(condition, state);
                forget_assigned(body, state);
            }
            Node::Case { arms, .. } => {
                for (_, body) in arms {
                    forget_assigned(body, state);
                }
            }
            Node::Time(Some(inner)) | Node::Coprocess(inner) => {
                forget_assigned(std::slice::from_ref(inner), state);
            }
            Node::Time(None) | Node::Function { .. } | Node::Test(_) => {}
        }
    }
}

fn is_option_word(word: Option<&Word>) -> bool {
    word.and_then(literal)
        .is_some_and(|text| text.starts_with('-'))
}

/// The text of a word without expansions.
pub(super) fn literal(word: &Word) -> Option<String> {
    let mut text = String::new();
    for part in &word.parts {
        match &part.kind {
            PartKind::Literal(literal) => text.push_str(literal),
            PartKind::Variable { .. }
            | PartKind::Substitution(_)
            | PartKind::Process { .. }
            | PartKind::Arithmetic(_)
            | PartKind::Pattern(_)
            | PartKind::Placeholder { .. } => return None,
        }
    }
    Some(text)
}

pub(super) fn source(script: &Script) -> Rc<Source> {
    Rc::new(Source {
        masked: script.masked.clone(),
        placeholders: script.placeholders.clone(),
    })
}

pub(super) fn whole(text: &str) -> Range {
    Range::new(0, u32::try_from(text.len()).unwrap_or(u32::MAX))
}

/// Where an effect happens, by what it is about.
fn scope_of(class: Class, targets: &[Target]) -> Scope {
    const NETWORK: &[&str] = &[
        "http", "juju-", "os-", "k8s-", "database", "aws-", "az-", "gcp-", "helm-", "vault-",
        "ceph-", "maas-", "consul-", "etcd-", "queue", "redis",
    ];
    match targets.first() {
        Some(target) if NETWORK.iter().any(|kind| target.kind.starts_with(kind)) => Scope::Network,
        Some(target) if target.kind == "file" && class == Class::LocalWrite => Scope::Workspace,
        Some(_) | None => {
            if class == Class::LocalWrite {
                Scope::Workspace
            } else {
                Scope::Host
            }
        }
    }
}
