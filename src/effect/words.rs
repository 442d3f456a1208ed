//! Words to arguments: what a command gets, as far as the variables in force tell.

use std::collections::BTreeMap;

use super::Argument;
use crate::shell::{PartKind, Placeholder, Word};
use crate::source::Range;

/// More alternatives of one word than this are one unknown word.
const MOST_ALTERNATIVES: usize = 16;

/// An argument as the analysis works with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Arg {
    /// What is known of the text; placeholders as `<name>`, unknown parts as `$NAME` or `$(...)`.
    pub(super) text: String,
    /// How many bytes of `text` are certain from its start.
    pub(super) prefix: usize,
    /// Whether `text` is exactly what the command gets.
    pub(super) known: bool,
    /// The placeholder that the argument is, when it is nothing else.
    pub(super) placeholder: Option<String>,
    /// Whether all that is not known are placeholders.
    pub(super) only_placeholders: bool,
    /// Whether it may be any number of words.
    pub(super) many: bool,
    /// Whether it may be an option: `$OPTS`, `"$@"`.
    pub(super) bare: bool,
    /// What it is when the variable is not set (`${KUBECTL:-kubectl}`).
    pub(super) fallback: Option<String>,
    /// The place.
    pub(super) range: Range,
}

impl Arg {
    /// A text that is known.
    pub(super) fn literal(text: impl Into<String>, range: Range) -> Self {
        let text = text.into();
        Arg {
            prefix: text.len(),
            text,
            known: true,
            placeholder: None,
            only_placeholders: true,
            many: false,
            bare: false,
            fallback: None,
            range,
        }
    }

    /// Something that is not known, shown as `text`.
    pub(super) fn unknown(text: impl Into<String>, range: Range) -> Self {
        Arg {
            text: text.into(),
            prefix: 0,
            known: false,
            placeholder: None,
            only_placeholders: false,
            many: false,
            bare: false,
            fallback: None,
            range,
        }
    }

    /// The certain start of the text.
    pub(super) fn start(&self) -> &str {
        self.text.get(..self.prefix).unwrap_or("")
    }

    /// The text, when it is known.
    pub(super) fn exact(&self) -> Option<&str> {
        self.known.then_some(self.text.as_str())
    }

    /// The argument from byte `at` of its text on.
    pub(super) fn from(&self, at: usize) -> Arg {
        let mut rest = self.clone();
        rest.text = self.text.get(at..).unwrap_or("").to_owned();
        rest.prefix = self.prefix.saturating_sub(at);
        rest.bare = false;
        rest.many = false;
        rest.placeholder = (!rest.known && rest.prefix == 0 && rest.only_placeholders)
            .then(|| lone_placeholder(&rest.text))
            .flatten();
        rest
    }

    /// The form that leaves the analysis.
    pub(super) fn argument(&self) -> Argument {
        Argument {
            text: self.text.clone(),
            known: self.known,
            placeholder: self.placeholder.clone(),
            range: self.range,
        }
    }
}

/// `<name>` and nothing else.
fn lone_placeholder(text: &str) -> Option<String> {
    let name = text.strip_prefix('<')?.strip_suffix('>')?;
    (!name.contains(['<', '>'])).then(|| name.to_owned())
}

/// What variables hold. A variable that is not here comes from the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Variables {
    /// The values a variable may have; one when it is known.
    pub(super) values: BTreeMap<String, Vec<Arg>>,
    /// Arrays.
    pub(super) arrays: BTreeMap<String, Vec<Arg>>,
    /// The arguments of the script or function, when they are known.
    pub(super) positional: Option<Vec<Arg>>,
    /// What `$0` is.
    pub(super) zero: Option<String>,
}

impl Variables {
    /// Sets a variable.
    pub(super) fn set(&mut self, name: &str, values: Vec<Arg>) {
        self.arrays.remove(name);
        self.values.insert(name.to_owned(), values);
    }

    /// Says that a variable has a value that is not known.
    pub(super) fn forget(&mut self, name: &str) {
        let unknown = Arg::unknown(format!("${name}"), Range::default());
        self.set(name, vec![unknown]);
    }

    /// The one value a variable has, when it is known.
    pub(super) fn exact(&self, name: &str) -> Option<&str> {
        match self.values.get(name).map(Vec::as_slice) {
            Some([value]) => value.exact(),
            _ => None,
        }
    }

    fn number(&self, name: &str) -> Option<Option<Arg>> {
        let at: usize = name.parse().ok()?;
        if at == 0 {
            return Some(
                self.zero
                    .as_ref()
                    .map(|zero| Arg::literal(zero.clone(), Range::default())),
            );
        }
        let positional = self.positional.as_ref()?;
        if positional.iter().take(at).any(|arg| arg.many) {
            return None;
        }
        Some(positional.get(at - 1).cloned())
    }
}

/// A part while a word is put together.
#[derive(Clone)]
struct Draft {
    done: Vec<Arg>,
    now: Arg,
    begun: bool,
}

/// The text a script's ranges point into, and its placeholders.
#[derive(Clone, Copy)]
pub(super) struct Texts<'a> {
    /// The masked text.
    pub(super) masked: &'a str,
    /// The placeholders.
    pub(super) placeholders: &'a [Placeholder],
}

/// The arguments a word becomes: one list for each reading (`<a|b>`, a loop's values).
pub(super) fn expand(word: &Word, variables: &Variables, texts: Texts<'_>) -> Vec<Vec<Arg>> {
    // Most words are plain text.
    if let [part] = word.parts.as_slice()
        && let PartKind::Literal(text) = &part.kind
        && (part.quoted || !text.is_empty())
    {
        return vec![vec![Arg::literal(text.clone(), word.range)]];
    }
    let mut drafts = vec![Draft {
        done: Vec::new(),
        now: Arg::literal("", word.range),
        begun: false,
    }];
    let alone = word.parts.len() == 1;
    for part in &word.parts {
        let readings = part_readings(&part.kind, part.range, part.quoted, variables, texts);
        let mut next = Vec::new();
        for draft in &drafts {
            for reading in &readings {
                let mut draft = draft.clone();
                add(&mut draft, reading, part.quoted, alone);
                next.push(draft);
            }
        }
        if next.len() > MOST_ALTERNATIVES {
            next.truncate(1);
            for draft in &mut next {
                draft.now.known = false;
                draft.now.prefix = 0;
                draft.now.placeholder = None;
                draft.now.only_placeholders = false;
            }
        }
        drafts = next;
    }
    drafts
        .into_iter()
        .map(|mut draft| {
            let quoted = word.parts.iter().any(|part| part.quoted);
            if draft.begun || quoted {
                let mut now = draft.now;
                now.range = word.range;
                draft.done.push(now);
            }
            draft.done
        })
        .collect()
}

/// What a part stands for in one reading.
#[derive(Clone)]
enum Reading {
    /// A value that is one word (or a part of one).
    One(Arg),
    /// An unquoted known value, to be split at blanks.
    Split(String),
    /// Several words, as `"$@"`.
    Words(Vec<Arg>),
}

fn part_readings(
    kind: &PartKind,
    range: Range,
    quoted: bool,
    variables: &Variables,
    texts: Texts<'_>,
) -> Vec<Reading> {
    let unknown = |text: &str, many: bool, bare: bool| {
        let mut arg = Arg::unknown(text, range);
        arg.many = many;
        arg.bare = bare;
        vec![Reading::One(arg)]
    };
    match kind {
        PartKind::Literal(text) => vec![Reading::One(Arg::literal(text.clone(), range))],
        PartKind::Variable {
            name,
            modified,
            words,
        } => variable_readings(name, *modified, words, range, quoted, variables, texts),
        PartKind::Substitution(_) => unknown("$(...)", !quoted, false),
        PartKind::Process { output, .. } => {
            unknown(if *output { ">(...)" } else { "<(...)" }, false, false)
        }
        PartKind::Arithmetic(_) => unknown("$((...))", false, false),
        PartKind::Pattern(text) => {
            if let Some(choices) = braces(text) {
                return vec![Reading::Words(
                    choices
                        .into_iter()
                        .map(|choice| Arg::literal(choice, range))
                        .collect(),
                )];
            }
            let mut arg = Arg::unknown(text.clone(), range);
            arg.many = true;
            vec![Reading::One(arg)]
        }
        PartKind::Placeholder { index } => match texts.placeholders.get(*index) {
            Some(placeholder) if placeholder.choices.len() > 1 => placeholder
                .choices
                .iter()
                .map(|choice| Reading::One(Arg::literal(choice.clone(), range)))
                .collect(),
            Some(placeholder) => {
                let mut arg = Arg::unknown(format!("<{}>", placeholder.name), range);
                arg.placeholder = Some(placeholder.name.clone());
                arg.only_placeholders = true;
                vec![Reading::One(arg)]
            }
            None => unknown("<...>", false, false),
        },
    }
}

fn variable_readings(
    name: &str,
    modified: bool,
    words: &[Word],
    range: Range,
    quoted: bool,
    variables: &Variables,
    texts: Texts<'_>,
) -> Vec<Reading> {
    let value = |arg: Arg| {
        if quoted || !arg.known || !arg.text.contains(char::is_whitespace) {
            let mut arg = arg;
            arg.range = range;
            Reading::One(arg)
        } else {
            Reading::Split(arg.text)
        }
    };
    let unknown = |many: bool| {
        let mut arg = Arg::unknown(format!("${name}"), range);
        arg.many = many;
        arg.bare = many || !quoted && may_hold_options(name);
        vec![Reading::One(arg)]
    };
    let raw = range.of(texts.masked);
    if matches!(name, "@" | "*") && !modified {
        return match &variables.positional {
            Some(args) => vec![Reading::Words(args.clone())],
            None => unknown(true),
        };
    }
    if modified && (raw.ends_with("[@]}") || raw.ends_with("[*]}")) {
        return match variables.arrays.get(name) {
            Some(args) if !raw.contains('#') && !raw.contains('!') => {
                vec![Reading::Words(args.clone())]
            }
            _ => unknown(true),
        };
    }
    if name == "#" {
        return match &variables.positional {
            Some(args) if !args.iter().any(|arg| arg.many) => {
                vec![Reading::One(Arg::literal(args.len().to_string(), range))]
            }
            _ => unknown(false),
        };
    }
    let found: Option<Vec<Arg>> = if name.bytes().all(|byte| byte.is_ascii_digit()) {
        match variables.number(name) {
            Some(Some(arg)) => Some(vec![arg]),
            Some(None) if name != "0" => Some(vec![Arg::literal("", range)]),
            Some(None) | None => None,
        }
    } else {
        variables.values.get(name).cloned()
    };
    if modified {
        // Only defaults keep the value: `${name:-word}`.
        let operator = raw
            .strip_prefix("${")
            .and_then(|raw| raw.strip_prefix(name))
            .unwrap_or("");
        if operator.starts_with(":-") || operator.starts_with(":=") || operator.starts_with('-') {
            return match found {
                Some(values)
                    if values
                        .iter()
                        .all(|value| value.known && !value.text.is_empty()) =>
                {
                    values.into_iter().map(value).collect()
                }
                Some(values)
                    if values
                        .iter()
                        .all(|value| value.known && value.text.is_empty()) =>
                {
                    match words {
                        [] => vec![Reading::One(Arg::literal("", range))],
                        [word] => expand(word, variables, texts)
                            .into_iter()
                            .map(|args| match <[Arg; 1]>::try_from(args) {
                                Ok([arg]) => value(arg),
                                Err(args) => Reading::Words(args),
                            })
                            .collect(),
                        _ => unknown(false),
                    }
                }
                Some(_) | None => {
                    let fallback = match words {
                        [word] => match expand(word, variables, texts).as_slice() {
                            [args] => match args.as_slice() {
                                [arg] => arg.exact().map(str::to_owned),
                                _ => None,
                            },
                            _ => None,
                        },
                        _ => None,
                    };
                    let mut readings = unknown(false);
                    for reading in &mut readings {
                        if let Reading::One(arg) = reading {
                            arg.fallback.clone_from(&fallback);
                        }
                    }
                    readings
                }
            };
        }
        if operator.starts_with(":?") || operator.starts_with('?') {
            return match found {
                Some(values) => values.into_iter().map(value).collect(),
                None => unknown(false),
            };
        }
        return unknown(false);
    }
    match found {
        Some(values) => values
            .into_iter()
            .map(|mut arg| {
                if !arg.known {
                    arg.bare = arg.bare && !quoted;
                }
                value(arg)
            })
            .collect(),
        None => unknown(false),
    }
}

/// Whether a variable is one that people put options into. Others hold operands.
fn may_hold_options(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["OPT", "ARG", "FLAG", "PARAM"]
        .iter()
        .any(|part| name.contains(part))
}

/// `{a,b}` as its choices; `None` for anything else.
fn braces(text: &str) -> Option<Vec<String>> {
    let inside = text.strip_prefix('{')?.strip_suffix('}')?;
    (inside.contains(',') && !inside.contains(['{', '}', '*', '?', '[', '$', '\\']))
        .then(|| inside.split(',').map(str::to_owned).collect())
}

fn add(draft: &mut Draft, reading: &Reading, quoted: bool, alone: bool) {
    match reading {
        Reading::One(arg) => {
            if !quoted && arg.known && arg.text.is_empty() && !draft.begun {
                return;
            }
            draft.begun = true;
            append(&mut draft.now, arg, alone);
        }
        Reading::Split(text) => {
            let mut pieces = text.split_whitespace().peekable();
            if text.starts_with(char::is_whitespace) && draft.begun {
                finish(draft);
            }
            while let Some(piece) = pieces.next() {
                draft.begun = true;
                append(
                    &mut draft.now,
                    &Arg::literal(piece, Range::default()),
                    false,
                );
                if pieces.peek().is_some() || text.ends_with(char::is_whitespace) {
                    finish(draft);
                }
            }
        }
        Reading::Words(args) => {
            let before = draft.now.clone();
            let begun = draft.begun;
            let last = args.len().saturating_sub(1);
            for (index, arg) in args.iter().enumerate() {
                // `x{a,b}y` repeats what stands before; `"$@"` alone has nothing before.
                if index > 0 && begun {
                    draft.now = before.clone();
                }
                draft.begun = true;
                append(&mut draft.now, arg, alone);
                if index != last {
                    finish(draft);
                }
            }
        }
    }
}

fn finish(draft: &mut Draft) {
    let empty = Arg::literal("", draft.now.range);
    draft.done.push(std::mem::replace(&mut draft.now, empty));
    draft.begun = false;
}

fn append(now: &mut Arg, arg: &Arg, alone: bool) {
    let first = now.text.is_empty() && now.known;
    if now.known {
        now.prefix = now.text.len() + arg.prefix;
    }
    now.text.push_str(&arg.text);
    now.only_placeholders &= arg.known || arg.only_placeholders;
    now.placeholder = if first { arg.placeholder.clone() } else { None };
    now.many |= arg.many;
    now.bare = alone && arg.bare;
    now.fallback = if alone { arg.fallback.clone() } else { None };
    now.known &= arg.known;
}
