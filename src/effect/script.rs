//! Scripts that commands call: found through the workspace or written earlier in the same
//! runbook, then followed.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::flow::{Context, Leave, Outcome, State, Walker};
use super::matching::Truth;
use super::paths::Folder;
use super::spec::Level;
use super::words::Arg;
use super::{Class, Invocation};
use crate::source::Range;
use crate::workspace::{Answer, normalise};

/// Scripts larger than this, in bytes, are not followed.
const LARGEST: usize = 512 * 1024;
/// Scripts nested deeper than this are not followed.
const DEEPEST: usize = 8;
/// What a file holds after a command that nobody can see through wrote it.
pub(super) const UNSEEN: &str = "\0";
/// What a file holds that came from the network.
pub(super) const DOWNLOADED: &str = "\0downloaded";

/// Whether a file that a command wrote can be read here.
fn is_seen(written: &str) -> bool {
    written != UNSEEN && written != DOWNLOADED
}

/// The name a written file is remembered by; `None` when the path is not known.
pub(super) fn key(path: &Arg, folder: &Folder) -> Option<String> {
    let text = path.exact()?;
    if text.starts_with(['/', '~', '$']) {
        return Some(text.to_owned());
    }
    match folder {
        Folder::Workspace(base) => normalise(base, text),
        Folder::Elsewhere(base) => Some(format!("{base}/{}", text.trim_start_matches("./"))),
        Folder::Unknown => None,
    }
}

impl Walker<'_> {
    /// The text at a path: a file that an earlier command wrote, or one of the workspace, looked
    /// for from where the shell stands and then from the root. With the path it was found at.
    pub(super) fn workspace_text(&self, path: &Arg, state: &State) -> Option<(String, Arc<str>)> {
        let text = path.exact()?;
        if let Some(key) = key(path, &state.folder)
            && let Some(written) = state.files.get(&key)
        {
            return is_seen(written).then(|| (key, Arc::clone(written)));
        }
        let bases: Vec<&str> = match &state.folder {
            Folder::Workspace(base) => vec![base, ""],
            Folder::Elsewhere(_) | Folder::Unknown => vec![""],
        };
        bases.iter().find_map(|base| {
            let path = normalise(base, text)?;
            if let Some(written) = state.files.get(&path) {
                return is_seen(written).then(|| (path.clone(), Arc::clone(written)));
            }
            let text = self.analyser.workspace.text(&path)?;
            Some((path, text))
        })
    }

    /// Whether a script is certainly not there: its path is known, it lies in the workspace, and
    /// neither the workspace nor an earlier command has it.
    fn is_missing(&self, path: &Arg, state: &State) -> bool {
        let Folder::Workspace(base) = &state.folder else {
            return false;
        };
        path.exact().is_some_and(|text| {
            [base.as_str(), ""].iter().all(|base| {
                normalise(base, text).is_some_and(|path| {
                    !state.files.contains_key(&path)
                        && self.analyser.workspace.ask(&path) == Answer::Absent
                })
            })
        })
    }

    /// `./x.sh args`, `scripts/x.sh args`.
    pub(super) fn run_script(
        &mut self,
        name: &Arg,
        path: &Arg,
        args: &[Arg],
        range: Range,
        state: &mut State,
        cx: &Context,
    ) -> Outcome {
        let invocation = Invocation {
            tool: name.text.clone(),
            verb: Vec::new(),
            options: Vec::new(),
            operands: args.iter().map(Arg::argument).collect(),
        };
        self.run_script_as(invocation, path, args, range, state, cx)
    }

    /// Follows a script in a shell of its own. The call itself is an effect that reads; what the
    /// script does follows it.
    pub(super) fn run_script_as(
        &mut self,
        invocation: Invocation,
        path: &Arg,
        args: &[Arg],
        range: Range,
        state: &mut State,
        cx: &Context,
    ) -> Outcome {
        let found = if cx.remote() {
            None
        } else {
            self.workspace_text(path, state)
        };
        let Some((found, text)) = found else {
            return self.opaque(path, Some(invocation), range, state, cx);
        };
        if let Some(why) = self.refuses(&found, &text) {
            return self.not_followed(&found, why, Some(invocation), range, cx);
        }
        self.follows(&found, invocation, range, cx);
        let mut inner = cx.clone();
        inner
            .reasons
            .push(cx.reason(format!("runs `{found}`"), range));
        let mut child = state.program();
        child.variables.positional = Some(args.to_vec());
        child.variables.zero = Some(path.text.clone());
        self.following.push(found.clone());
        let outcome = self.file(&found, &text, &mut child, &inner, range);
        self.following.pop();
        state.files = child.files;
        Outcome::status(outcome.status)
    }

    /// `source x`: in this shell.
    pub(super) fn source(
        &mut self,
        rest: &[Arg],
        range: Range,
        state: &mut State,
        cx: &Context,
    ) -> Outcome {
        let Some((path, args)) = rest.split_first() else {
            self.plain(Level::known(Class::Read), "`source`: nothing", range, cx);
            return Outcome::UNKNOWN;
        };
        let invocation = Invocation {
            tool: "source".to_owned(),
            verb: Vec::new(),
            options: Vec::new(),
            operands: rest.iter().map(Arg::argument).collect(),
        };
        if self.only_sets_variables(&path.text) {
            let reason = cx.reason(
                format!("source: `{}` sets variables only (rbc.toml)", path.text),
                range,
            );
            let facets = BTreeSet::from(["credentials-read".to_owned()]);
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
            return Outcome::status(Truth::Maybe);
        }
        let found = if cx.remote() {
            None
        } else {
            self.workspace_text(path, state)
        };
        let Some((found, text)) = found else {
            state.distrust();
            return self.opaque(path, Some(invocation), range, state, cx);
        };
        if let Some(why) = self.refuses(&found, &text) {
            state.distrust();
            return self.not_followed(&found, why, Some(invocation), range, cx);
        }
        self.follows(&found, invocation, range, cx);
        let mut inner = cx.clone();
        inner
            .reasons
            .push(cx.reason(format!("source: runs `{found}` in this shell"), range));
        let positional = state.variables.positional.clone();
        if !args.is_empty() {
            state.variables.positional = Some(args.to_vec());
        }
        self.following.push(found.clone());
        let outcome = self.file(&found, &text, state, &inner, range);
        self.following.pop();
        state.variables.positional = positional;
        match outcome.leaves {
            Some(Leave::Script) => outcome,
            Some(Leave::Function | Leave::Round) | None => Outcome::status(outcome.status),
        }
    }

    fn only_sets_variables(&self, path: &str) -> bool {
        let home = |path: &str| {
            path.strip_prefix("$HOME/")
                .or_else(|| path.strip_prefix("~/"))
                .map(|rest| format!("~/{rest}"))
                .or_else(|| normalise("", path))
                .unwrap_or_else(|| path.to_owned())
        };
        let path = home(path);
        self.analyser
            .session_source
            .iter()
            .any(|known| home(known) == path)
    }

    /// Why a script that is there is not followed.
    fn refuses(&self, path: &str, text: &str) -> Option<&'static str> {
        if text.len() > LARGEST {
            return Some("too large to follow");
        }
        if self.following.iter().any(|following| following == path) {
            return Some("calls itself");
        }
        if self.following.len() >= DEEPEST {
            return Some("nested too deep");
        }
        let first = text.lines().next().unwrap_or("");
        if let Some(program) = first.strip_prefix("#!") {
            let shell = program
                .split(['/', ' '])
                .any(|word| matches!(word, "bash" | "sh" | "dash" | "ksh" | "zsh" | "ash"));
            if !shell {
                return Some("another language");
            }
        } else if [".py", ".pl", ".rb", ".js", ".ts", ".lua", ".php"]
            .iter()
            .any(|ending| path.ends_with(ending))
        {
            return Some("another language");
        }
        None
    }

    fn follows(&mut self, path: &str, invocation: Invocation, range: Range, cx: &Context) {
        let reason = cx.reason(format!("`{path}` is there and is followed"), range);
        self.push(
            Level::known(Class::Read),
            range,
            vec![reason],
            BTreeSet::from(["followed-script".to_owned()]),
            Vec::new(),
            Some(invocation),
            cx,
        );
    }

    fn opaque(
        &mut self,
        path: &Arg,
        invocation: Option<Invocation>,
        range: Range,
        state: &State,
        cx: &Context,
    ) -> Outcome {
        let reason = cx.reason(
            format!("the script `{}` cannot be seen here", path.text),
            range,
        );
        let mut facets = BTreeSet::from(["opaque-code".to_owned()]);
        if !cx.remote() && self.is_missing(path, state) {
            facets.insert("missing-script".to_owned());
        }
        let downloaded = key(path, &state.folder)
            .and_then(|key| state.files.get(&key))
            .is_some_and(|text| &**text == DOWNLOADED);
        if !cx.remote() && downloaded {
            facets.insert("downloaded-file".to_owned());
        }
        self.push(
            Level::UNKNOWN,
            range,
            vec![reason],
            facets,
            Vec::new(),
            invocation,
            cx,
        );
        Outcome::UNKNOWN
    }

    fn not_followed(
        &mut self,
        path: &str,
        why: &str,
        invocation: Option<Invocation>,
        range: Range,
        cx: &Context,
    ) -> Outcome {
        // A script that calls itself does nothing that its first call does not show.
        let level = if why == "calls itself" {
            Level::known(Class::Read)
        } else {
            Level::UNKNOWN
        };
        let reason = cx.reason(format!("`{path}`: {why}"), range);
        let facets = if level.unknown {
            BTreeSet::from(["opaque-code".to_owned()])
        } else {
            BTreeSet::new()
        };
        self.push(
            level,
            range,
            vec![reason],
            facets,
            Vec::new(),
            invocation,
            cx,
        );
        Outcome::UNKNOWN
    }
}
