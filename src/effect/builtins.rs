//! Commands of the shell itself: those that change its state, `eval`, tests and the shells.

use std::collections::BTreeSet;

use super::flow::{Alias, Context, Leave, Outcome, State, Stdin, Walker};
use super::matching::Truth;
use super::paths::Folder;
use super::resolve::shell_text;
use super::spec::Level;
use super::words::Arg;
use super::{Class, Invocation};
use crate::source::Range;

/// Builtins that change nothing outside the session.
const SESSION: &[&str] = &[
    ":",
    "alias",
    "bg",
    "bind",
    "break",
    "caller",
    "cd",
    "compgen",
    "complete",
    "compopt",
    "continue",
    "declare",
    "dirs",
    "disown",
    "exit",
    "export",
    "false",
    "fg",
    "getopts",
    "hash",
    "jobs",
    "let",
    "local",
    "logout",
    "mapfile",
    "popd",
    "pushd",
    "pwd",
    "read",
    "readarray",
    "readonly",
    "return",
    "set",
    "shift",
    "shopt",
    "suspend",
    "test",
    "times",
    "trap",
    "true",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unset",
    "wait",
    "[",
];

/// Programs that run shell scripts.
const SHELLS: &[&str] = &["bash", "sh", "dash", "ksh", "zsh", "ash", "rbash"];

/// Whether the shell itself has a command of this name.
pub(super) fn is_one(name: &str) -> bool {
    SESSION.contains(&name)
        || SHELLS.contains(&name)
        || matches!(
            name,
            "source" | "." | "eval" | "exec" | "command" | "builtin" | "trap"
        )
}

/// Variables whose value the shell itself runs.
const COMMAND_VARIABLES: &[&str] = &["PROMPT_COMMAND"];

/// Variables that make programs load code.
const CODE_VARIABLES: &[&str] = &[
    "LD_PRELOAD",
    "LD_AUDIT",
    "BASH_ENV",
    "PERL5OPT",
    "PERL5DB",
    "RUBYOPT",
    "TAR_OPTIONS",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
];

/// Variables with the folders where programs look for code.
const SEARCH_VARIABLES: &[&str] = &[
    "PATH",
    "LD_LIBRARY_PATH",
    "PYTHONPATH",
    "PERL5LIB",
    "RUBYLIB",
    "GIT_EXEC_PATH",
    "GCONV_PATH",
];

/// Variables whose value the program they are handed to runs.
const ASKED_VARIABLES: &[&str] = &[
    "PAGER",
    "MANPAGER",
    "SYSTEMD_PAGER",
    "AWS_PAGER",
    "PSQL_PAGER",
    "PSQL_EDITOR",
    "GIT_PAGER",
    "GIT_EDITOR",
    "GIT_SEQUENCE_EDITOR",
    "GIT_EXTERNAL_DIFF",
    "GIT_SSH_COMMAND",
    "GIT_SSH",
    "GIT_PROXY_COMMAND",
    "GIT_ASKPASS",
    "SSH_ASKPASS",
    "SUDO_ASKPASS",
    "KUBECTL_EXTERNAL_DIFF",
    "LESSOPEN",
    "RSYNC_RSH",
    "BORG_RSH",
    "BORG_PASSCOMMAND",
    "RESTIC_PASSWORD_COMMAND",
    "RCLONE_PASSWORD_COMMAND",
    "RSYNC_CONNECT_PROG",
    "EDITOR",
    "VISUAL",
    "KUBE_EDITOR",
    "BROWSER",
];

/// Programs that only carry a connection or show something to a person.
const FOR_PERSONS: &[&str] = &[
    ":",
    "bat",
    "cat",
    "code",
    "delta",
    "diff",
    "colordiff",
    "emacs",
    "head",
    "less",
    "more",
    "most",
    "nano",
    "ssh",
    "tail",
    "true",
    "vi",
    "vim",
    "nvim",
    "firefox",
    "xdg-open",
    "lesspipe",
];

impl Walker<'_> {
    /// Runs a command of the shell; `None` when `name` is none.
    pub(super) fn builtin(
        &mut self,
        name: &str,
        args: &[Arg],
        range: Range,
        state: &mut State,
        cx: &Context,
    ) -> Option<Outcome> {
        let rest = args.get(1..).unwrap_or(&[]);
        let outcome = match name {
            "source" | "." => self.source(rest, range, state, cx),
            "eval" => self.eval(rest, range, state, cx),
            "exec" => self.exec(rest, range, state, cx),
            "command" | "builtin" => return self.command_builtin(name, rest, range, state, cx),
            "trap" => self.trap(rest, range, state, cx),
            "printf" => {
                if let [option, variable, ..] = rest
                    && option.exact() == Some("-v")
                {
                    state.variables.forget(&variable.text);
                }
                return None;
            }
            _ if SHELLS.contains(&name) => self.shell(name, rest, range, state, cx),
            _ if SESSION.contains(&name) => self.session(name, rest, range, state, cx),
            _ => return None,
        };
        Some(outcome)
    }

    fn session(
        &mut self,
        name: &str,
        rest: &[Arg],
        range: Range,
        state: &mut State,
        cx: &Context,
    ) -> Outcome {
        let mut facets = BTreeSet::new();
        let mut text = "only the session";
        let mut outcome = Outcome::status(Truth::Maybe);
        match name {
            "cd" | "pushd" => {
                text = "changes the working directory";
                let path = rest.iter().find(|arg| !arg.text.starts_with('-'));
                state.folder = match path {
                    Some(path) if path.known => state.folder.enter(&path.text),
                    Some(path) if path.start().starts_with('/') => {
                        Folder::Elsewhere(path.text.clone())
                    }
                    Some(path) if path.text.starts_with("$HOME") => {
                        Folder::Elsewhere(path.text.clone())
                    }
                    Some(_) => Folder::Unknown,
                    None if rest.is_empty() && name == "cd" => Folder::Elsewhere("~".to_owned()),
                    None => Folder::Unknown,
                };
            }
            "popd" => state.folder = Folder::Unknown,
            "export" | "declare" | "typeset" | "local" | "readonly" => {
                text = "sets variables of this shell";
                self.declare(name, rest, state, cx);
                outcome = Outcome::status(Truth::Yes);
            }
            "unset" => {
                for arg in rest {
                    state.variables.values.remove(&arg.text);
                    state.variables.arrays.remove(&arg.text);
                    state.functions.remove(&arg.text);
                    state.perhaps.remove(&arg.text);
                }
            }
            "read" => {
                text = "reads a line";
                if cx.stdin == Stdin::Terminal {
                    facets.insert("interactive".to_owned());
                }
                let mut named = false;
                for arg in rest {
                    if !arg.text.starts_with('-') {
                        state.variables.forget(&arg.text);
                        named = true;
                    }
                }
                if !named {
                    state.variables.forget("REPLY");
                }
            }
            "mapfile" | "readarray" => {
                let called = rest
                    .iter()
                    .position(|arg| arg.start().starts_with("-C"))
                    .and_then(|at| match rest.get(at)?.text.len() {
                        2 => rest.get(at + 1).cloned(),
                        _ => Some(rest.get(at)?.from(2)),
                    });
                if let Some(called) = called {
                    let mut inner = cx.clone();
                    inner.depth += 1;
                    inner
                        .reasons
                        .push(cx.reason(format!("{name} -C: runs a command a line"), range));
                    self.text(&shell_text(&called), &mut state.clone(), &inner, range);
                }
                for arg in rest {
                    state.variables.arrays.remove(&arg.text);
                    state.variables.values.remove(&arg.text);
                }
            }
            // A command or a library under a name of the shell's.
            "hash" | "enable"
                if rest
                    .iter()
                    .any(|arg| matches!(arg.exact(), Some("-p" | "-f"))) =>
            {
                self.unseen(false, range, cx);
            }
            "let" | "getopts" => {
                for arg in rest {
                    let name = arg
                        .text
                        .split(['=', '+', '-', '*', '/'])
                        .next()
                        .unwrap_or("");
                    if !name.is_empty() {
                        state.variables.forget(name);
                    }
                }
            }
            "set" => {
                let at = rest.iter().position(|arg| arg.exact() == Some("--"));
                if let Some(at) = at {
                    state.variables.positional = Some(rest.get(at + 1..).unwrap_or(&[]).to_vec());
                } else if rest.iter().any(|arg| !arg.text.starts_with(['-', '+'])) {
                    let options = rest.iter().any(|arg| arg.text.starts_with('-'));
                    state.variables.positional = (!options).then(|| rest.to_vec());
                }
                outcome = Outcome::status(Truth::Yes);
            }
            "shift" => {
                let count = match rest.first() {
                    Some(arg) => arg.exact().and_then(|text| text.parse::<usize>().ok()),
                    None => Some(1),
                };
                let positional = state.variables.positional.take();
                if let (Some(mut positional), Some(count)) = (positional, count)
                    && !positional.iter().take(count).any(|arg| arg.many)
                {
                    positional.drain(..count.min(positional.len()));
                    state.variables.positional = Some(positional);
                }
                outcome = Outcome::status(Truth::Yes);
            }
            "alias" => {
                for arg in rest {
                    if let Some((name, value)) = arg.text.split_once('=') {
                        let words = value.split_whitespace();
                        let plain = |letter: char| {
                            letter.is_ascii_alphanumeric() || " -_./:=,@%+".contains(letter)
                        };
                        let alias = if !arg.known {
                            Alias::Unseen
                        } else if value.chars().all(plain) {
                            Alias::Words(words.map(|word| Arg::literal(word, arg.range)).collect())
                        } else {
                            Alias::Text(value.to_owned())
                        };
                        state.aliases.insert(name.to_owned(), alias);
                    }
                }
            }
            "unalias" => {
                for arg in rest {
                    match arg.exact() {
                        Some("-a") | None => state.aliases.clear(),
                        Some(name) => {
                            state.aliases.remove(name);
                        }
                    }
                }
            }
            "true" | ":" => outcome = Outcome::status(Truth::Yes),
            "false" => outcome = Outcome::status(Truth::No),
            "exit" | "logout" => {
                text = "leaves";
                outcome.leaves = Some(Leave::Script);
            }
            "return" => {
                text = "leaves";
                outcome.leaves = Some(Leave::Function);
            }
            "break" | "continue" => {
                text = "leaves the loop";
                outcome.leaves = Some(Leave::Round);
            }
            "[" | "test" => {
                text = "a test";
                outcome = Outcome::status(test(rest));
            }
            _ => {}
        }
        let reason = cx.reason(format!("`{name}`: {text}"), range);
        let invocation = Invocation {
            tool: name.to_owned(),
            verb: Vec::new(),
            options: Vec::new(),
            operands: rest.iter().map(Arg::argument).collect(),
        };
        self.push(
            Level::known(Class::Read),
            range,
            vec![reason],
            facets,
            Vec::new(),
            Some(invocation),
            cx,
        );
        if let Some(effect) = self.effects.last_mut()
            && cx.scope.is_none()
        {
            effect.scope = super::Scope::Session;
        }
        outcome
    }

    fn declare(&mut self, name: &str, rest: &[Arg], state: &mut State, cx: &Context) {
        let local = matches!(name, "local" | "declare" | "typeset");
        // A name that refers to another one: `declare -n a=b; a=c` sets `b`.
        let refers = rest.iter().any(|arg| {
            arg.start()
                .strip_prefix('-')
                .is_some_and(|letters| letters.contains('n'))
        });
        if refers && name != "export" {
            state.forget_all();
            return;
        }
        for arg in rest {
            if arg.text.starts_with('-') {
                continue;
            }
            let named = arg.text.find('=').unwrap_or(arg.text.len());
            if !arg.known && arg.prefix < named {
                state.forget_all();
                continue;
            }
            match arg.text.find('=') {
                Some(at) => {
                    let variable = arg.text.get(..at).unwrap_or("").trim_end_matches('+');
                    let append = arg.text.get(..at).is_some_and(|name| name.ends_with('+'));
                    let mut value = arg.from(at + 1);
                    self.governs(variable, &value, true, arg.range, state, cx);
                    if value.text.starts_with('(') {
                        value = Arg::unknown(format!("${variable}"), arg.range);
                    }
                    self.set(variable, vec![value], append, state);
                    if local {
                        state.locals.push(variable.to_owned());
                    }
                }
                None if local => {
                    state.locals.push(arg.text.clone());
                    if name == "local" {
                        state
                            .variables
                            .set(&arg.text, vec![Arg::literal("", arg.range)]);
                    }
                }
                None => {}
            }
        }
    }

    /// A variable whose value other programs run. `lasting` says that it is set for the session.
    pub(super) fn governs(
        &mut self,
        name: &str,
        value: &Arg,
        lasting: bool,
        range: Range,
        state: &State,
        cx: &Context,
    ) {
        if value.known && value.text.is_empty() {
            return;
        }
        let first = value.start().split(':').next().unwrap_or("");
        let here = !first.is_empty() && !first.starts_with(['/', '~', '$', '<']);
        if CODE_VARIABLES.contains(&name) || (SEARCH_VARIABLES.contains(&name) && here) {
            let reason = cx.reason(format!("`{name}` loads code into what runs"), range);
            let facets = BTreeSet::from(["opaque-code".to_owned()]);
            let level = Level::UNKNOWN;
            self.push(level, range, vec![reason], facets, Vec::new(), None, cx);
            return;
        }
        // What a session sets for later is run by whatever asks for it: a program for a person.
        if !COMMAND_VARIABLES.contains(&name) && (lasting || !ASKED_VARIABLES.contains(&name)) {
            return;
        }
        let first = value
            .start()
            .split([' ', '/'])
            .rfind(|word| !word.is_empty());
        let program = value
            .start()
            .split(' ')
            .next()
            .and_then(|path| path.rsplit('/').next())
            .or(first)
            .unwrap_or("");
        if FOR_PERSONS.contains(&program) && !value.text.contains([';', '|', '&', '`', '(']) {
            return;
        }
        if !value.known && value.prefix == 0 && !COMMAND_VARIABLES.contains(&name) {
            return;
        }
        let mut inner = cx.clone();
        inner.may = true;
        inner.depth += 2;
        inner
            .reasons
            .push(cx.reason(format!("`{name}`: its value is run"), range));
        self.text(&shell_text(value), &mut state.clone(), &inner, range);
    }

    /// `eval`: the words are shell text of this shell.
    fn eval(&mut self, rest: &[Arg], range: Range, state: &mut State, cx: &Context) -> Outcome {
        let texts: Vec<String> = rest.iter().map(shell_text).collect();
        let seen = rest.iter().all(|arg| arg.known || arg.prefix > 0);
        if !seen {
            let downloaded = self.effects.last().is_some_and(|effect| {
                effect
                    .invocation
                    .as_ref()
                    .is_some_and(|invocation| matches!(invocation.tool.as_str(), "curl" | "wget"))
            });
            self.unseen(downloaded, range, cx);
            state.distrust();
            return Outcome::UNKNOWN;
        }
        let mut inner = cx.clone();
        inner.reasons.push(cx.reason("eval: runs its words", range));
        self.text(&texts.join(" "), state, &inner, range)
    }

    fn exec(&mut self, rest: &[Arg], range: Range, state: &mut State, cx: &Context) -> Outcome {
        let mut command = rest;
        while let Some((first, others)) = command.split_first() {
            match first.exact() {
                Some("-c" | "-l" | "-cl" | "-lc" | "--") => command = others,
                Some("-a" | "-ca" | "-la") => command = others.get(1..).unwrap_or(&[]),
                _ => break,
            }
        }
        let command = command.to_vec();
        if command.is_empty() {
            self.plain(
                Level::known(Class::Read),
                "`exec`: redirects of this shell",
                range,
                cx,
            );
            return Outcome::UNKNOWN;
        }
        let mut inner = cx.clone();
        inner.depth += 1;
        inner
            .reasons
            .push(cx.reason("exec: runs a command in place of the shell", range));
        let outcome = self.invoke(&command, range, state, &inner);
        Outcome {
            leaves: Some(Leave::Script),
            ..outcome
        }
    }

    /// `command ls` runs, `command -v ls` asks.
    fn command_builtin(
        &mut self,
        name: &str,
        rest: &[Arg],
        range: Range,
        state: &mut State,
        cx: &Context,
    ) -> Option<Outcome> {
        let asks = rest
            .first()
            .is_some_and(|arg| matches!(arg.exact(), Some("-v" | "-V" | "-pv" | "-pV")));
        let command: Vec<Arg> = rest
            .iter()
            .skip_while(|arg| matches!(arg.exact(), Some("-p" | "--")))
            .cloned()
            .collect();
        if asks || command.is_empty() {
            self.plain(
                Level::known(Class::Read),
                &format!("`{name}`: asks what a command is"),
                range,
                cx,
            );
            return Some(Outcome::UNKNOWN);
        }
        let mut inner = cx.clone();
        inner.depth += 1;
        let mut own = state.clone();
        own.functions.clear();
        own.aliases.clear();
        let outcome = self.invoke(&command, range, &mut own, &inner);
        own.functions.clone_from(&state.functions);
        own.aliases.clone_from(&state.aliases);
        *state = own;
        Some(outcome)
    }

    fn trap(&mut self, rest: &[Arg], range: Range, state: &mut State, cx: &Context) -> Outcome {
        let handler = rest.iter().find(|arg| !arg.start().starts_with('-'));
        match handler {
            Some(handler) if rest.len() > 1 && !handler.text.is_empty() => {
                let mut inner = cx.clone();
                inner.may = true;
                inner
                    .reasons
                    .push(cx.reason("trap: runs later, on a signal or at the end", range));
                let mut own = state.clone();
                self.text(&shell_text(handler), &mut own, &inner, range);
                state.merge(own);
            }
            Some(_) | None => {
                self.plain(Level::known(Class::Read), "`trap`: asks", range, cx);
            }
        }
        Outcome::status(Truth::Yes)
    }

    /// `bash -c text`, `bash script args`, `bash <<EOF`, `curl | bash`.
    fn shell(
        &mut self,
        name: &str,
        rest: &[Arg],
        range: Range,
        state: &mut State,
        cx: &Context,
    ) -> Outcome {
        let mut at = 0;
        let mut text = false;
        let mut from_stdin = false;
        let mut no_run = false;
        while let Some(arg) = rest.get(at) {
            let Some(word) = arg.exact() else {
                if arg.bare && !text {
                    // `bash $OPTIONS script`
                    let reason = cx.reason(format!("{name}: `{}` is not known", arg.text), range);
                    let facets = BTreeSet::from(["opaque-code".to_owned()]);
                    self.push(
                        Level::UNKNOWN,
                        range,
                        vec![reason],
                        facets,
                        Vec::new(),
                        None,
                        cx,
                    );
                    return Outcome::UNKNOWN;
                }
                break;
            };
            if word == "--" || word == "-" {
                at += 1;
                break;
            }
            if matches!(word, "--version" | "--help") {
                self.plain(
                    Level::known(Class::Read),
                    &format!("{name}: asks for help or the version"),
                    range,
                    cx,
                );
                return Outcome::UNKNOWN;
            }
            if matches!(word, "--rcfile" | "--init-file") {
                at += 2;
                continue;
            }
            if word.starts_with("--") {
                at += 1;
                continue;
            }
            let Some(letters) = word.strip_prefix(['-', '+']) else {
                break;
            };
            at += 1;
            text |= letters.contains('c') && word.starts_with('-');
            from_stdin |= letters.contains('s');
            no_run |= letters.contains('n') && word.starts_with('-');
            if letters.ends_with(['o', 'O']) {
                at += 1;
            }
        }
        let operands = rest.get(at..).unwrap_or(&[]);
        let invocation = Invocation {
            tool: name.to_owned(),
            verb: Vec::new(),
            options: rest
                .get(..at)
                .unwrap_or(&[])
                .iter()
                .map(|arg| (arg.text.clone(), None))
                .collect(),
            operands: operands.iter().map(Arg::argument).collect(),
        };
        if no_run {
            let reason = cx.reason(format!("{name} -n: only parses"), range);
            self.push(
                Level::known(Class::Read),
                range,
                vec![reason],
                BTreeSet::new(),
                Vec::new(),
                Some(invocation),
                cx,
            );
            return Outcome::UNKNOWN;
        }
        let mut inner = cx.clone();
        inner.depth += 2;
        let mut child = state.program();
        if let (true, Some((code, arguments))) = (text, operands.split_first()) {
            inner
                .reasons
                .push(cx.reason(format!("{name} -c: runs its text"), range));
            if !code.known && code.prefix == 0 {
                self.unseen(false, range, &inner);
                return Outcome::UNKNOWN;
            }
            child.variables.positional = Some(arguments.get(1..).unwrap_or(&[]).to_vec());
            child.variables.zero = arguments.first().map(|arg| arg.text.clone());
            let before = self.effects.len();
            self.text(&shell_text(code), &mut child, &inner, range);
            if self.effects.len() == before {
                self.plain(Level::known(Class::Read), "runs nothing", range, &inner);
            }
            state.files = child.files;
            return Outcome::UNKNOWN;
        }
        if let (false, Some((script, arguments))) = (from_stdin, operands.split_first()) {
            return self.run_script_as(invocation, script, arguments, range, state, cx);
        }
        inner
            .reasons
            .push(cx.reason(format!("{name}: runs what it reads"), range));
        inner.stdin = Stdin::Nothing;
        match &cx.stdin {
            Stdin::Terminal => {
                let reason = cx.reason(format!("{name}: opens a session"), range);
                let facets = BTreeSet::from(["interactive".to_owned()]);
                self.push(
                    Level::UNKNOWN,
                    range,
                    vec![reason],
                    facets,
                    Vec::new(),
                    Some(invocation),
                    cx,
                );
            }
            Stdin::Nothing => {
                self.plain(
                    Level::known(Class::Read),
                    &format!("{name}: nothing to run"),
                    range,
                    cx,
                );
            }
            Stdin::Text(code) => {
                child.variables.positional = Some(operands.to_vec());
                let before = self.effects.len();
                self.text(code, &mut child, &inner, range);
                if self.effects.len() == before {
                    self.plain(Level::known(Class::Read), "runs nothing", range, &inner);
                }
                state.files = child.files;
            }
            Stdin::File(path) => {
                return self.run_script_as(invocation, path, operands, range, state, cx);
            }
            Stdin::Output { downloaded, .. } => self.unseen(*downloaded, range, &inner),
        }
        Outcome::UNKNOWN
    }
}

/// Whether `[ args ]` holds, as far as its arguments are known.
pub(super) fn test(args: &[Arg]) -> Truth {
    let args = match args.split_last() {
        Some((last, before)) if last.exact() == Some("]") => before,
        _ => args,
    };
    match args {
        [] => Truth::No,
        [not, rest @ ..] if not.exact() == Some("!") && !rest.is_empty() => test(rest).not(),
        [only] => only
            .exact()
            .map_or(Truth::Maybe, |text| Truth::of(!text.is_empty())),
        [operator, value] => match (operator.exact(), value.exact()) {
            (Some("-n"), Some(text)) => Truth::of(!text.is_empty()),
            (Some("-z"), Some(text)) => Truth::of(text.is_empty()),
            (Some("-n"), None) if value.prefix > 0 => Truth::Yes,
            (Some("-z"), None) if value.prefix > 0 => Truth::No,
            _ => Truth::Maybe,
        },
        [left, operator, right] => {
            let (Some(left), Some(operator), Some(right)) =
                (left.exact(), operator.exact(), right.exact())
            else {
                return Truth::Maybe;
            };
            let numbers = || Some((left.parse::<i64>().ok()?, right.parse::<i64>().ok()?));
            match operator {
                "=" | "==" if !right.contains(['*', '?', '[']) => Truth::of(left == right),
                "!=" if !right.contains(['*', '?', '[']) => Truth::of(left != right),
                "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" => match numbers() {
                    Some((left, right)) => Truth::of(match operator {
                        "-eq" => left == right,
                        "-ne" => left != right,
                        "-lt" => left < right,
                        "-le" => left <= right,
                        "-gt" => left > right,
                        _ => left >= right,
                    }),
                    None => Truth::Maybe,
                },
                _ => Truth::Maybe,
            }
        }
        _ => Truth::Maybe,
    }
}
