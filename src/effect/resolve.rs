//! A command's words to its effect: functions, builtins, scripts, wrappers and the tool's entry.

use std::collections::BTreeSet;

use super::arguments::{Parsed, applies, parse};
use super::code::{self, Finding};
use super::flow::{Context, Outcome, State, Stdin, Walker};
use super::matching::{Surroundings, Truth, Verdict, describe, holds, judge, make_targets};
use super::spec::{Code, Empty, Language, Level, Marker, Mode, Place, Tool, Wrap};
use super::words::Arg;
use super::{Class, Invocation, Scope, Target, TargetId};
use crate::source::Range;

/// Folders whose programs are the usual ones.
const PROGRAM_FOLDERS: &[&str] = &[
    "/bin/",
    "/sbin/",
    "/usr/bin/",
    "/usr/sbin/",
    "/usr/local/bin/",
    "/usr/local/sbin/",
    "/snap/bin/",
];

/// The text of an argument as shell text: what is not known becomes a variable that is not known.
pub(super) fn shell_text(arg: &Arg) -> String {
    if arg.known {
        return arg.text.clone();
    }
    arg.text
        .replace("$((...))", "$_")
        .replace("$(...)", "$_")
        .replace("<(...)", "$_")
        .replace(">(...)", "$_")
}

impl Walker<'_> {
    /// Runs the command `args`, which is not empty and stands at `range`.
    pub(super) fn invoke(
        &mut self,
        args: &[Arg],
        range: Range,
        state: &mut State,
        cx: &Context,
    ) -> Outcome {
        let Some((name, rest)) = args.split_first() else {
            return Outcome::UNKNOWN;
        };
        if cx.depth > 40 {
            self.unknown("nested too deep".to_owned(), range, cx);
            return Outcome::UNKNOWN;
        }
        let Some(word) = name.exact().or(name.fallback.as_deref()) else {
            return self.uncertain_command(name, rest, range, state, cx);
        };
        if let Some(functions) = state.functions.get(word).cloned() {
            return self.call_one_of(word, &functions, args, range, state, cx);
        }
        if let Some(outcome) = self.builtin(word, args, range, state, cx) {
            return outcome;
        }
        let mut program = word;
        if word.contains('/') {
            let usual = PROGRAM_FOLDERS
                .iter()
                .find_map(|folder| word.strip_prefix(folder))
                .filter(|rest| !rest.contains('/'));
            match usual {
                Some(name) => {
                    program = name;
                    if let Some(outcome) = self.builtin(name, args, range, state, cx) {
                        return outcome;
                    }
                }
                None => {
                    let last = word.rsplit('/').next().unwrap_or(word);
                    let there = self.workspace_text(name, state).is_some();
                    let environment = word.contains("/bin/") || word.starts_with("bin/");
                    if environment && !there && self.analyser.knowledge.tool(last).is_some() {
                        return match self.analyser.knowledge.tool(last) {
                            Some(tool) => self.tool(tool, word, rest, range, state, cx),
                            None => self.run_script(name, name, rest, range, state, cx),
                        };
                    }
                    if there || self.analyser.knowledge.tool(last).is_none() {
                        return self.run_script(name, name, rest, range, state, cx);
                    }
                    program = last;
                }
            }
        }
        match self.analyser.knowledge.tool(program) {
            Some(tool) => self.tool(tool, word, rest, range, state, cx),
            None => {
                self.not_known(program, rest, range, cx);
                Outcome::UNKNOWN
            }
        }
    }

    /// A command word that is not known: `$CMD x`, `<tool> x`.
    fn uncertain_command(
        &mut self,
        name: &Arg,
        rest: &[Arg],
        range: Range,
        state: &mut State,
        cx: &Context,
    ) -> Outcome {
        let path = name.text.contains('/');
        let last = name.text.rsplit('/').next().unwrap_or("");
        // `$DIR/bin/kubectl get pods`: the folder is open, the program is not.
        if path
            && !last.is_empty()
            && !last.contains(['$', '<', '*', '?', '{'])
            && let Some(tool) = self.analyser.knowledge.tool(last)
        {
            return self.tool(tool, &name.text, rest, range, state, cx);
        }
        let reason = cx.reason(format!("the command `{}` is not known", name.text), range);
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
        Outcome::UNKNOWN
    }

    fn not_known(&mut self, program: &str, rest: &[Arg], range: Range, cx: &Context) {
        let reason = cx.reason(format!("`{program}` is not in the knowledge base"), range);
        let invocation = Invocation {
            tool: program.to_owned(),
            verb: Vec::new(),
            options: rest
                .iter()
                .filter(|arg| arg.start().starts_with('-'))
                .map(|arg| (arg.text.clone(), None))
                .collect(),
            operands: rest
                .iter()
                .filter(|arg| !arg.start().starts_with('-'))
                .map(Arg::argument)
                .collect(),
        };
        // Most programs print their help and go; that is still no proof.
        self.push(
            Level::UNKNOWN,
            range,
            vec![reason],
            BTreeSet::from(["unknown-tool".to_owned()]),
            Vec::new(),
            Some(invocation),
            cx,
        );
    }

    /// A command of the knowledge base.
    fn tool(
        &mut self,
        tool: &Tool,
        called: &str,
        args: &[Arg],
        range: Range,
        state: &mut State,
        cx: &Context,
    ) -> Outcome {
        let parsed = parse(tool, args);
        let around = Surroundings {
            stdin: cx.stdin.given(),
            folder: &state.folder,
            remote: cx.remote(),
            called,
            loose: true,
            ambient: &state.ambient,
        };
        let verdict = judge(tool, &parsed, around);
        let program = called.rsplit('/').next().unwrap_or(called);
        let invocation = invocation(program, &parsed);
        let verb = parsed.verb_words();
        let name = full_name(program, &verb);

        let help =
            verdict.facets.contains("help") && parsed.tail.is_none() && parsed.dashes.is_none();
        if help || verdict.facets.contains("dry-run") {
            self.finish(&name, verdict, Vec::new(), invocation, range, state, cx);
            return Outcome::UNKNOWN;
        }

        if tool.wraps.iter().any(|wrap| !wrap.skip.is_empty()) {
            let options = |arg: &&Arg| arg.start().starts_with('-') || arg.start().contains('=');
            for arg in args.iter().take_while(options) {
                if let Some(at) = arg.start().find('=') {
                    let name = arg.text.get(..at).unwrap_or("");
                    self.governs(name, &arg.from(at + 1), false, range, state, cx);
                }
            }
        }
        let found = self.inner_commands(tool, &parsed, around, state, cx);
        let findings = self.findings(tool, &parsed, around, state, cx);
        if found.is_empty() && findings.is_none() {
            let main = tool
                .wraps
                .iter()
                .filter(|wrap| applies(&wrap.verbs, &verb))
                .filter(|wrap| {
                    wrap.when
                        .as_ref()
                        .is_none_or(|when| holds(when, &parsed, around) != Truth::No)
                })
                .find(|wrap| wrap.empty != Empty::Itself);
            let mut verdict = verdict;
            if let Some(wrap) = main
                && (verdict.silent || !verdict.explicit)
            {
                match wrap.empty {
                    Empty::Interactive => {
                        verdict.level = verdict.level.join(Level::UNKNOWN);
                        verdict.facets.insert("interactive".to_owned());
                        verdict.reasons.push("opens a session".to_owned());
                    }
                    Empty::Read => {
                        if verdict.silent && !verdict.doubt {
                            verdict.level = Level::known(Class::Read);
                        }
                    }
                    Empty::Itself => {}
                }
                verdict.facets.extend(wrap.facets.iter().cloned());
                if let Some(remote) = &wrap.remote {
                    make_targets(
                        remote,
                        tool,
                        &parsed,
                        around,
                        Level::known(Class::Read),
                        &mut verdict.targets,
                    );
                }
            }
            self.finish(&name, verdict, Vec::new(), invocation, range, state, cx);
            return Outcome::UNKNOWN;
        }

        // What the entry says of the call itself counts, unless all it says is "unknown".
        let own = Level {
            class: verdict.level.class,
            unknown: verdict.doubt,
        };
        if let Some(finding) = findings {
            let mut verdict = verdict.clone();
            verdict.level = own;
            self.finish(
                &name,
                verdict,
                finding,
                invocation.clone(),
                range,
                state,
                cx,
            );
        }
        for (wrap, inner) in found {
            self.wrapped(
                tool,
                wrap,
                inner,
                &parsed,
                called,
                &verdict,
                &invocation,
                range,
                state,
                cx,
            );
        }
        Outcome::UNKNOWN
    }

    /// One effect of the command itself.
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one effect, put together in one place"
    )]
    fn finish(
        &mut self,
        name: &str,
        verdict: Verdict,
        findings: Vec<Finding>,
        invocation: Invocation,
        range: Range,
        state: &mut State,
        cx: &Context,
    ) {
        let mut level = verdict.level;
        let mut facets = verdict.facets;
        let mut reasons = Vec::new();
        let mut targets = verdict.targets;
        let mut commands = Vec::new();
        for finding in findings {
            commands.extend(finding.commands);
            level = level.join(finding.level);
            facets.extend(finding.facets);
            targets.extend(finding.targets);
            reasons.push(cx.reason(format!("{name}: {}", finding.text), range));
        }
        if reasons.is_empty() {
            let about = targets.first().map(target_text);
            let text = match (verdict.silent, about) {
                (true, _) => match invocation.verb.is_empty() && !invocation.operands.is_empty() {
                    true => format!(
                        "{name}: `{}` is not in the knowledge base",
                        invocation
                            .operands
                            .first()
                            .map_or("", |operand| operand.text.as_str())
                    ),
                    false => format!("{name}: not in the knowledge base"),
                },
                (false, Some(about)) if level.class > Class::None && !level.unknown => {
                    format!("{name}: {} {about}", describe(level))
                }
                (false, _) => format!("{name}: {}", describe(level)),
            };
            reasons.push(cx.reason(text, range));
        }
        for reason in verdict.reasons {
            reasons.push(cx.reason(reason, range));
        }
        if let Some(sets) = verdict.sets {
            state.ambient.insert(sets.kind, sets.id);
        }
        self.push(level, range, reasons, facets, targets, Some(invocation), cx);
        for command in commands {
            let mut inner = cx.clone();
            inner.depth += 2;
            inner
                .reasons
                .push(cx.reason(format!("{name}: runs a command"), range));
            let mut child = state.program();
            self.text(&command, &mut child, &inner, range);
        }
    }

    /// The inner commands of a wrapper with the entry each belongs to.
    fn inner_commands<'k>(
        &self,
        tool: &'k Tool,
        parsed: &Parsed<'_>,
        around: Surroundings<'_>,
        state: &State,
        cx: &Context,
    ) -> Vec<(&'k Wrap, Inner)> {
        let verb = parsed.verb_words();
        let mut found = Vec::new();
        let mut main = false;
        for wrap in &tool.wraps {
            let counts = applies(&wrap.verbs, &verb)
                && wrap
                    .when
                    .as_ref()
                    .is_none_or(|when| holds(when, parsed, around) != Truth::No);
            if !counts {
                continue;
            }
            let words = |words: &[Arg]| {
                // GNU parallel's operands follow the command.
                let end = words
                    .iter()
                    .position(|word| word.start().starts_with(":::"))
                    .filter(|_| wrap.appends)
                    .unwrap_or(words.len());
                let place = words.first().map(|word| word.range);
                let words: Vec<Arg> = wrap
                    .prefix
                    .iter()
                    .filter_map(|word| Some(Arg::literal(word.as_str(), place?)))
                    .chain(words.get(..end).unwrap_or(words).iter().cloned())
                    .collect();
                match wrap.mode {
                    Mode::Argv => Inner::Words(words),
                    Mode::Shell | Mode::Joined => {
                        let texts: Vec<String> = words.iter().map(shell_text).collect();
                        Inner::Text(texts.join(" "))
                    }
                }
            };
            match &wrap.command {
                Place::Operands(from) => {
                    if main {
                        continue;
                    }
                    let tail: Vec<Arg> = match &parsed.tail {
                        // Another entry may begin earlier: then this one skips the difference.
                        Some(tail) => {
                            let before = parsed.operands.len();
                            tail.iter()
                                .skip(from.saturating_sub(before))
                                .cloned()
                                .collect()
                        }
                        None => parsed.operands.iter().skip(*from).cloned().collect(),
                    };
                    if !tail.is_empty() {
                        main = true;
                        found.push((wrap, words(&tail)));
                    }
                }
                Place::Operand(at) => {
                    if let Some(arg) = parsed.operand(*at)
                        && !main
                    {
                        main = true;
                        found.push((wrap, words(std::slice::from_ref(arg))));
                    }
                }
                Place::AfterDashes => {
                    if let Some(dashes) = &parsed.dashes
                        && !dashes.is_empty()
                        && !main
                    {
                        main = true;
                        found.push((wrap, words(dashes)));
                    }
                }
                Place::Rest(_) => {
                    if let Some((_, rest)) = &parsed.rest {
                        let mut rest = rest.clone();
                        // `./venv/bin/python -m pip` is that environment's pip.
                        if let (Some((folder, _)), Some(first)) =
                            (around.called.rsplit_once('/'), rest.first_mut())
                            && first.known
                            && wrap.mode == Mode::Argv
                        {
                            let text = format!("{folder}/{}", first.text);
                            *first = Arg::literal(text, first.range);
                        }
                        main = true;
                        found.push((wrap, words(&rest)));
                    }
                }
                Place::Option(names) => {
                    for arg in parsed.values(names) {
                        main = true;
                        if let Some(strip) = &wrap.strip {
                            let text = shell_text(arg);
                            let text = text.strip_prefix(strip.as_str()).unwrap_or(&text);
                            let text = text.trim_matches(['[', ']', '"', '\'']);
                            found.push((wrap, Inner::Text(text.to_owned())));
                            continue;
                        }
                        found.push((wrap, words(std::slice::from_ref(arg))));
                    }
                }
                Place::Until(_) => {
                    for inner in &parsed.until {
                        found.push((wrap, words(inner)));
                    }
                }
                Place::Assigned(start) => {
                    for operand in &parsed.operands {
                        if operand.start().starts_with(start.as_str()) {
                            found.push((wrap, words(&[operand.from(start.len())])));
                        }
                    }
                }
                Place::Stdin => {
                    if main || !cx.stdin.given() {
                        continue;
                    }
                    main = true;
                    found.push((wrap, self.stdin_inner(state, cx)));
                }
            }
        }
        // A session whose input is not a person runs what it reads: `ssh host <<EOF`.
        if found.is_empty() && cx.stdin.given() {
            let session = tool.wraps.iter().find(|wrap| {
                wrap.empty == Empty::Interactive
                    && applies(&wrap.verbs, &verb)
                    && wrap
                        .when
                        .as_ref()
                        .is_none_or(|when| holds(when, parsed, around) != Truth::No)
            });
            found.extend(session.map(|wrap| (wrap, self.stdin_inner(state, cx))));
        }
        found
    }

    fn stdin_inner(&self, state: &State, cx: &Context) -> Inner {
        match &cx.stdin {
            Stdin::Text(text) => Inner::Text(text.clone()),
            Stdin::File(path) => match self.workspace_text(path, state) {
                Some((_, text)) => Inner::Text(text.to_string()),
                None => Inner::Unseen { downloaded: false },
            },
            Stdin::Output { downloaded, .. } => Inner::Unseen {
                downloaded: *downloaded,
            },
            Stdin::Terminal | Stdin::Nothing => Inner::Text(String::new()),
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a wrapper hands everything it knows to what it runs"
    )]
    fn wrapped(
        &mut self,
        tool: &Tool,
        wrap: &Wrap,
        inner: Inner,
        parsed: &Parsed<'_>,
        called: &str,
        verdict: &Verdict,
        invocation: &Invocation,
        range: Range,
        state: &mut State,
        cx: &Context,
    ) {
        let around = Surroundings {
            stdin: cx.stdin.given(),
            folder: &state.folder,
            remote: cx.remote(),
            called,
            loose: true,
            ambient: &state.ambient,
        };
        let program = called.rsplit('/').next().unwrap_or(called);
        let mut inside = cx.clone();
        inside.depth += 2;
        inside.floor = cx
            .floor
            .join(verdict.wrapper)
            .join(wrap.level.unwrap_or(Level::known(Class::Read)));
        inside.facets.extend(wrap.facets.iter().cloned());
        inside.facets.extend(verdict.facets.iter().cloned());
        inside.repeated |= wrap.repeated;
        let name = full_name(program, &parsed.verb_words());
        let mut text = format!("{name}: runs a command");
        if let Some(remote) = &wrap.remote {
            let mut made = Vec::new();
            make_targets(
                remote,
                tool,
                parsed,
                around,
                Level::known(Class::Read),
                &mut made,
            );
            let target = made.pop();
            let kind = remote.kind.clone();
            let id = match target.as_ref().map(|target| &target.id) {
                Some(TargetId::Named(id)) => id.clone(),
                Some(TargetId::Placeholder(id)) => format!("<{id}>"),
                Some(TargetId::Ambient | TargetId::All | TargetId::Unknown) | None => {
                    "?".to_owned()
                }
            };
            let id = match kind.as_str() {
                "host" => id.rsplit('@').next().unwrap_or(&id).to_owned(),
                _ => id,
            };
            text = format!("{name}: runs a command on {kind} {id}");
            if let Some(target) = target {
                let id = match (target.kind.as_str(), target.id) {
                    ("host", TargetId::Named(name)) => {
                        TargetId::Named(name.rsplit('@').next().unwrap_or(&name).to_owned())
                    }
                    (_, id) => id,
                };
                let mut within = vec![(target.kind, id)];
                within.extend(target.within);
                within.extend(std::mem::take(&mut inside.within));
                inside.within = within;
            }
            inside.scope = Some(Scope::Remote { kind, id });
        }
        for reason in &verdict.reasons {
            text.push_str("; ");
            text.push_str(reason);
        }
        inside.reasons.push(cx.reason(text, range));
        let mut child = if inside.remote() && !cx.remote() {
            State::elsewhere()
        } else {
            state.program()
        };
        let before = self.effects.len();
        match inner {
            Inner::Words(mut words) => {
                if wrap.appends {
                    inside.stdin = Stdin::Nothing;
                }
                let marked = marker(wrap, parsed)
                    .is_some_and(|marker| put(&marker, &stand_in(wrap, parsed), &mut words));
                if wrap.appends && !marked {
                    let mut more = Arg::unknown("...", range);
                    if let Stdin::Output {
                        below: Some(folder),
                        ..
                    } = &cx.stdin
                    {
                        more.text = format!("{}/...", folder.trim_end_matches('/'));
                    }
                    more.many = true;
                    words.push(more);
                }
                self.invoke(&words, range, &mut child, &inside);
            }
            Inner::Text(text) => {
                let from_stdin = wrap.command == Place::Stdin
                    || cx.stdin.given() && parsed.tail.is_none() && parsed.dashes.is_none();
                if from_stdin && wrap.empty == Empty::Interactive {
                    inside.stdin = Stdin::Nothing;
                }
                let mut text = match marker(wrap, parsed) {
                    Some(marker) => text.replace(&marker, &stand_in(wrap, parsed)),
                    None => text,
                };
                if wrap.appends && !text.contains("$_") {
                    text.push_str(" $_");
                }
                self.text(&text, &mut child, &inside, range);
            }
            Inner::Unseen { downloaded } => {
                self.unseen(downloaded, range, &inside);
            }
        }
        if !inside.remote() {
            state.files = child.files;
        }
        if self.effects.len() == before {
            // `sh -c ''`: the wrapper alone.
            self.plain(Level::known(Class::Read), "runs nothing", range, &inside);
        }
        // A wrapper that writes itself (`watch > f` is the shell's, `script f` its own).
        if let Some(effect) = self.effects.get_mut(before) {
            for target in &verdict.targets {
                if !effect.targets.contains(target) && target.kind == "file" {
                    effect.targets.push(target.clone());
                }
            }
            if effect.invocation.is_none() {
                effect.invocation = Some(invocation.clone());
            }
        }
    }

    /// Code that cannot be seen runs.
    pub(super) fn unseen(&mut self, downloaded: bool, range: Range, cx: &Context) {
        let mut facets = BTreeSet::from(["opaque-code".to_owned()]);
        if downloaded {
            facets.insert("downloads-code".to_owned());
        }
        let text = if downloaded {
            "runs code from the network"
        } else {
            "runs code that cannot be seen here"
        };
        let reason = cx.reason(text, range);
        self.push(
            Level::UNKNOWN,
            range,
            vec![reason],
            facets,
            Vec::new(),
            None,
            cx,
        );
    }

    /// What code in the arguments or on standard input does; `None` when there is none.
    fn findings(
        &mut self,
        tool: &Tool,
        parsed: &Parsed<'_>,
        around: Surroundings<'_>,
        state: &State,
        cx: &Context,
    ) -> Option<Vec<Finding>> {
        let verb = parsed.verb_words();
        let mut findings: Option<Vec<Finding>> = None;
        let mut add = |finding: Finding| findings.get_or_insert_default().push(finding);
        let mut seen = false;
        for code in &tool.codes {
            let counts = applies(&code.verbs, &verb)
                && code
                    .when
                    .as_ref()
                    .is_none_or(|when| holds(when, parsed, around) != Truth::No);
            if !counts {
                continue;
            }
            if let Some(file) = &code.file {
                for path in super::matching::arguments(file, parsed) {
                    seen = true;
                    match self.workspace_text(path, state) {
                        Some((path, text)) => {
                            let mut finding = self.judge_code(code, &text, state, cx);
                            finding.text = format!("{path}: {}", finding.text);
                            add(finding);
                        }
                        None => add(Finding::unseen(&format!("`{}`", path.text))),
                    }
                }
            }
            match &code.from {
                Place::Stdin => {
                    if seen {
                        continue;
                    }
                    match &cx.stdin {
                        Stdin::Terminal | Stdin::Nothing => {}
                        Stdin::Text(text) => {
                            seen = true;
                            let text = text.clone();
                            add(self.judge_code(code, &text, state, cx));
                        }
                        Stdin::File(path) => {
                            seen = true;
                            match self.workspace_text(path, state) {
                                Some((_, text)) => add(self.judge_code(code, &text, state, cx)),
                                None => add(Finding::unseen(&format!("`{}`", path.text))),
                            }
                        }
                        Stdin::Output { .. } => {
                            seen = true;
                            add(Finding::unseen("standard input"));
                        }
                    }
                }
                Place::Operands(_) => {
                    let words: Vec<String> = parsed.tail.iter().flatten().map(shell_text).collect();
                    if !words.is_empty() {
                        seen = true;
                        add(self.judge_code(code, &words.join(" "), state, cx));
                    }
                }
                Place::Operand(_)
                | Place::Option(_)
                | Place::AfterDashes
                | Place::Until(_)
                | Place::Rest(_)
                | Place::Assigned(_) => {
                    if seen && matches!(code.from, Place::Operand(_)) {
                        // `awk -f prog file`: the operand is no code then.
                        continue;
                    }
                    for arg in super::matching::arguments(&code.from, parsed) {
                        seen = true;
                        if arg.prefix == 0 && !arg.known {
                            add(Finding::unseen(&format!("`{}`", arg.text)));
                        } else {
                            add(self.judge_code(code, &shell_text(arg), state, cx));
                        }
                    }
                }
            }
        }
        findings
    }

    fn judge_code(&mut self, code: &Code, text: &str, state: &State, cx: &Context) -> Finding {
        if code.language == Language::Shell {
            // `[[code]]` of shell is `[[wrap]]` with mode shell; kept for entries of projects.
            let mut child = state.program();
            let before = self.effects.len();
            self.text(text, &mut child, cx, Range::default());
            let inner: Vec<_> = self.effects.drain(before..).collect();
            return Finding {
                level: inner
                    .iter()
                    .fold(Level::known(Class::Read), |level, effect| {
                        level.join(Level {
                            class: effect.class,
                            unknown: effect.unknown,
                        })
                    }),
                facets: inner
                    .iter()
                    .flat_map(|effect| effect.facets.clone())
                    .collect(),
                targets: inner
                    .iter()
                    .flat_map(|effect| effect.targets.clone())
                    .collect(),
                commands: Vec::new(),
                text: "shell".to_owned(),
            };
        }
        code::judge(
            code.language,
            &code.client,
            text,
            &state.folder,
            cx.remote(),
        )
    }

    /// The effect of SQL typed at a prompt.
    pub(super) fn sql(&mut self, client: &str, text: &str, range: Range, cx: &Context) {
        let finding = code::judge(
            Language::Sql,
            client,
            text,
            &super::paths::Folder::Unknown,
            false,
        );
        let reason = cx.reason(format!("{client}: {}", finding.text), range);
        self.push(
            finding.level,
            range,
            vec![reason],
            finding.facets,
            finding.targets,
            None,
            cx,
        );
    }
}

/// An inner command.
enum Inner {
    /// Words as they are.
    Words(Vec<Arg>),
    /// Shell text.
    Text(String),
    /// Something on standard input that cannot be seen.
    Unseen {
        /// Whether it comes from the network.
        downloaded: bool,
    },
}

/// The text in the inner command that operands from elsewhere replace.
fn marker(wrap: &Wrap, parsed: &Parsed<'_>) -> Option<String> {
    let names = match &wrap.replace {
        Some(Marker::Text(text)) => return Some(text.clone()),
        Some(Marker::Option(names)) => names,
        None if matches!(wrap.command, Place::Until(_)) => return Some("{}".to_owned()),
        None if wrap.appends && wrap.repeated => return Some("{}".to_owned()),
        None => return None,
    };
    let given = parsed.options.iter().any(|(name, _)| names.contains(name));
    let value = parsed.value(names).map(|value| value.text.clone());
    value.or_else(|| given.then(|| "{}".to_owned()))
}

/// What stands for the operands from elsewhere: below the folder that `find` looks through, else
/// just something.
fn stand_in(wrap: &Wrap, parsed: &Parsed<'_>) -> String {
    match (&wrap.command, parsed.operands.first()) {
        (Place::Until(_), Some(root)) if root.known && !root.text.contains(['(', '!']) => {
            format!("{}/$_", root.text.trim_end_matches('/'))
        }
        _ => "$_".to_owned(),
    }
}

/// Puts `stand_in` for each `marker`; whether there was any.
fn put(marker: &str, stand_in: &str, words: &mut [Arg]) -> bool {
    let mut any = false;
    for word in words {
        let Some(at) = word.text.find(marker).filter(|_| !marker.is_empty()) else {
            continue;
        };
        any = true;
        let certain = if word.prefix >= at {
            at + stand_in.find('$').unwrap_or(0)
        } else {
            word.prefix
        };
        word.text = word.text.replace(marker, stand_in);
        word.known = false;
        word.prefix = certain;
        word.only_placeholders = false;
        word.placeholder = None;
    }
    any
}

fn full_name(program: &str, verb: &[&str]) -> String {
    let mut name = program.to_owned();
    for word in verb {
        name.push(' ');
        name.push_str(word);
    }
    name
}

fn invocation(program: &str, parsed: &Parsed<'_>) -> Invocation {
    let mut options: Vec<(String, Option<super::Argument>)> = parsed
        .options
        .iter()
        .map(|(name, value)| (name.clone(), value.as_ref().map(Arg::argument)))
        .collect();
    options.extend(
        parsed
            .unlisted
            .iter()
            .map(|option| match option.text.split_once('=') {
                Some((name, _)) => (
                    name.to_owned(),
                    Some(option.from(name.len() + 1).argument()),
                ),
                None => (option.text.clone(), None),
            }),
    );
    Invocation {
        tool: program.to_owned(),
        verb: parsed.verb.clone(),
        options,
        operands: parsed
            .operands
            .iter()
            .chain(parsed.tail.iter().flatten())
            .map(Arg::argument)
            .collect(),
    }
}

/// `juju-app keystone`, for reasons.
pub(super) fn target_text(target: &Target) -> String {
    match &target.id {
        TargetId::Named(id) => format!("{} {id}", target.kind),
        TargetId::Placeholder(id) => format!("{} <{id}>", target.kind),
        TargetId::Ambient => format!("the current {}", target.kind),
        TargetId::All => format!("every {}", target.kind),
        TargetId::Unknown => format!("some {}", target.kind),
    }
}
