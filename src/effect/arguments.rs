//! Arguments of a known tool: options with their values, the verb path, operands, and the words of
//! an inner command.

use super::spec::{Arity, Level, Place, Tool, VerbPath, Wrap, matches_word};
use super::words::Arg;

/// A command line taken apart by what is known about the tool.
#[derive(Debug, Default)]
pub(super) struct Parsed<'k> {
    /// The verb as written.
    pub(super) verb: Vec<String>,
    /// The path that the verb is.
    pub(super) path: Option<&'k VerbPath>,
    /// What other paths the verb may be, and their level.
    pub(super) doubt: Vec<Level>,
    /// Why the verb is not certain.
    pub(super) uncertain: Option<String>,
    /// The options in order: name as listed, value.
    pub(super) options: Vec<(String, Option<Arg>)>,
    /// The operands after the verb.
    pub(super) operands: Vec<Arg>,
    /// The words of an inner command that starts at an operand.
    pub(super) tail: Option<Vec<Arg>>,
    /// The words after `--`.
    pub(super) dashes: Option<Vec<Arg>>,
    /// Inner commands that end in `;` or `+`.
    pub(super) until: Vec<Vec<Arg>>,
    /// The words from the value of an option on, with that option's name.
    pub(super) rest: Option<(String, Vec<Arg>)>,
    /// Options that are not listed.
    pub(super) unlisted: Vec<Arg>,
    /// Whether an option that is not listed may have taken an operand as its value.
    pub(super) shifted: bool,
    /// Options that may be the value of an option that is not listed.
    pub(super) suspects: Vec<String>,
    /// Whether a word may be an option.
    pub(super) loose: bool,
    /// Whether help is asked for.
    pub(super) help: bool,
}

impl Parsed<'_> {
    /// The verb as slices.
    pub(super) fn verb_words(&self) -> Vec<&str> {
        self.verb.iter().map(String::as_str).collect()
    }

    /// The last value of the first of these options that is given.
    pub(super) fn value(&self, names: &[String]) -> Option<&Arg> {
        self.options
            .iter()
            .rev()
            .find(|(name, _)| names.contains(name))
            .and_then(|(_, value)| value.as_ref())
    }

    /// All values of these options.
    pub(super) fn values<'a>(&'a self, names: &'a [String]) -> impl Iterator<Item = &'a Arg> {
        self.options
            .iter()
            .filter(move |(name, _)| names.contains(name))
            .filter_map(|(_, value)| value.as_ref())
    }

    /// The operand at a place, from the end when negative.
    pub(super) fn operand(&self, at: isize) -> Option<&Arg> {
        let index = if at < 0 {
            self.operands.len().checked_sub(at.unsigned_abs())?
        } else {
            at.unsigned_abs()
        };
        self.operands.get(index)
    }
}

struct Parser<'k, 'a> {
    tool: &'k Tool,
    args: &'a [Arg],
    at: usize,
    scanning: bool,
    words: Vec<&'a str>,
    /// Where these words stand.
    places: Vec<usize>,
    /// Paths that fit the words so far, longer or as long; and those that may fit.
    fitting: Vec<usize>,
    possible: Vec<usize>,
    terminals: Vec<usize>,
    /// Terminals that may fit.
    maybe: Vec<usize>,
    stops: Vec<(usize, Option<&'k Wrap>)>,
    until: Vec<&'k str>,
    rest: Vec<&'k str>,
    parsed: Parsed<'k>,
}

/// Takes the arguments after the command word apart.
pub(super) fn parse<'k>(tool: &'k Tool, args: &[Arg]) -> Parsed<'k> {
    let mut parser = Parser {
        tool,
        args,
        at: 0,
        scanning: tool.has_verbs(),
        words: Vec::new(),
        places: Vec::new(),
        fitting: Vec::new(),
        possible: Vec::new(),
        terminals: Vec::new(),
        maybe: Vec::new(),
        stops: Vec::new(),
        until: Vec::new(),
        rest: Vec::new(),
        parsed: Parsed::default(),
    };
    if !parser.scanning {
        parser.settle();
    }
    parser.run();
    if parser.scanning {
        parser.resolve();
    }
    parser.parsed
}

impl<'k, 'a> Parser<'k, 'a> {
    fn run(&mut self) {
        let args = self.args;
        let mut ended = false;
        while let Some(arg) = args.get(self.at) {
            self.at += 1;
            if !ended && arg.exact() == Some("--") {
                ended = true;
                if self.scanning && !self.words.is_empty() {
                    self.resolve();
                }
                self.parsed.dashes = Some(args.get(self.at..).unwrap_or(&[]).to_vec());
                continue;
            }
            // `$ETCD_ARGS member list`: options that are not known, before the verb.
            if !ended && self.scanning && self.words.is_empty() && arg.bare && !arg.many {
                self.parsed.loose = true;
                continue;
            }
            if !ended && (is_option(arg) || arg.exact() == Some("-") && self.dash_is_option()) {
                let from = self.at;
                self.option(arg);
                if let Some((name, Some(value))) = self.parsed.options.last()
                    && self.rest.contains(&name.as_str())
                {
                    let mut words = vec![value.clone()];
                    // The value is attached or the next word; what follows it is the rest.
                    words.extend(args.get(self.at.max(from)..).unwrap_or(&[]).iter().cloned());
                    self.parsed.rest = Some((name.clone(), words));
                    return;
                }
                continue;
            }
            if arg.bare && !ended {
                self.parsed.loose = true;
            }
            if self.scanning {
                if self.extend(arg) {
                    continue;
                }
                self.resolve();
            }
            if let Some(wrap) = self.starts_command() {
                let assigns = |arg: &Arg| arg.start().contains('=');
                let skips = wrap.is_some_and(|wrap| {
                    wrap.skip.iter().any(|skip| {
                        arg.known && matches_word(skip, &arg.text)
                            || !arg.known && skip == "*=*" && assigns(arg)
                    })
                });
                if skips {
                    continue;
                }
                self.at -= 1;
                self.parsed.tail = Some(args.get(self.at..).unwrap_or(&[]).to_vec());
                return;
            }
            self.parsed.operands.push(arg.clone());
        }
    }

    /// The entry whose inner command starts at this operand; `Some(None)` for code.
    fn starts_command(&self) -> Option<Option<&'k Wrap>> {
        let count = self.parsed.operands.len();
        let given = |names: &[String]| {
            self.parsed
                .options
                .iter()
                .any(|(name, _)| names.contains(name))
        };
        self.stops
            .iter()
            .filter(|(at, _)| *at == count)
            .map(|(_, wrap)| *wrap)
            .find(|wrap| {
                wrap.and_then(|wrap| wrap.when.as_ref()).is_none_or(|when| {
                    (when.option.is_empty() || given(&when.option)) && !given(&when.no_option)
                })
            })
    }

    /// Takes the word as the next of the verb path; `false` when no path goes on with it.
    fn extend(&mut self, arg: &'a Arg) -> bool {
        let tool = self.tool;
        let at = self.words.len();
        let paths = |indices: &[usize], fits: &dyn Fn(&str) -> bool| -> Vec<usize> {
            indices
                .iter()
                .copied()
                .filter(|index| {
                    tool.paths
                        .get(*index)
                        .and_then(|path| path.words.get(at))
                        .is_some_and(|word| fits(word))
                })
                .collect()
        };
        if at == 0 {
            self.fitting = match arg.exact() {
                Some(text) => tool
                    .by_first
                    .get(text)
                    .into_iter()
                    .flatten()
                    .chain(&tool.by_pattern)
                    .copied()
                    .collect(),
                None => (0..tool.paths.len()).collect(),
            };
            self.possible = Vec::new();
        }
        let (fitting, possible) = match arg.exact() {
            Some(text) => (
                paths(&self.fitting, &|word| matches_word(word, text)),
                paths(&self.possible, &|word| matches_word(word, text)),
            ),
            None => {
                let start = arg.start();
                let may = |word: &str| {
                    let literal = word.split('*').next().unwrap_or("");
                    literal.starts_with(start) || word.contains('*') && start.starts_with(literal)
                };
                let sure = |word: &str| word == "*";
                let mut possible = paths(&self.possible, &may);
                possible.extend(paths(&self.fitting, &|word| !sure(word) && may(word)));
                (paths(&self.fitting, &sure), possible)
            }
        };
        if fitting.is_empty() {
            // The word is an operand; still it may have been the verb.
            if !arg.known {
                let ends = self.ends(&possible, usize::MAX);
                self.maybe.extend(ends);
                if at == 0 {
                    self.parsed.uncertain = Some(format!("the verb `{}` is not known", arg.text));
                }
            }
            return false;
        }
        self.words.push(&arg.text);
        self.places.push(self.at - 1);
        let at = self.words.len();
        let ends = self.ends(&fitting, at);
        self.terminals.extend(ends);
        let ends = self.ends(&possible, at);
        self.maybe.extend(ends);
        self.fitting = fitting;
        self.possible = possible;
        true
    }

    /// The paths of `indices` that are `length` long; all of them for `usize::MAX`.
    fn ends(&self, indices: &[usize], length: usize) -> Vec<usize> {
        indices
            .iter()
            .copied()
            .filter(|index| {
                length == usize::MAX
                    || self
                        .tool
                        .paths
                        .get(*index)
                        .is_some_and(|path| path.words.len() == length)
            })
            .collect()
    }

    /// Decides which path the words are.
    fn resolve(&mut self) {
        self.scanning = false;
        let tool = self.tool;
        let path = |index: &usize| tool.paths.get(*index);
        let found: Vec<&'k VerbPath> = self.terminals.iter().filter_map(path).collect();
        // The longest path, an exact one before a pattern; a pattern that gives no class only
        // stands in for want of others.
        let longest = found
            .iter()
            .filter(|path| path.exact || path.level.is_some())
            .max_by_key(|path| (path.words.len(), path.exact))
            .or_else(|| found.iter().max_by_key(|path| path.words.len()));
        let chosen = longest.map(|longest| {
            // `server delete list` fits `server delete` and `* * list`: take the stronger.
            found
                .iter()
                // A path that the longer one goes on from is only less precise.
                .filter(|path| {
                    !longest.exact
                        && path.level.map(|level| level.class)
                            > longest.level.map(|level| level.class)
                        && !goes_on(&longest.words, &path.words)
                })
                .max_by_key(|path| path.level)
                .unwrap_or(longest)
        });
        let length = chosen.map_or(0, |path| path.words.len());
        self.parsed.path = chosen.copied();
        self.parsed.verb = self
            .words
            .iter()
            .take(length)
            .map(|word| (*word).to_owned())
            .collect();
        // A word that is not known may be the next of an exact path (`git remote $X`), but not
        // of one that is all patterns.
        self.parsed.doubt = self
            .maybe
            .iter()
            .filter_map(path)
            .filter(|path| {
                chosen.is_none() || path.words.first().is_some_and(|word| !word.contains('*'))
            })
            .filter_map(|path| path.level)
            .collect();
        // Words that looked like a longer path and were none are operands.
        let left: Vec<Arg> = self
            .places
            .iter()
            .skip(length)
            .filter_map(|place| self.args.get(*place).cloned())
            .collect();
        self.words.truncate(length);
        self.parsed.operands.extend(left);
        self.settle();
    }

    /// Finds where an inner command would start, once the verb is known.
    fn settle(&mut self) {
        let verb: Vec<&str> = self.words.clone();
        let wraps: Vec<&'k Wrap> = self
            .tool
            .wraps
            .iter()
            .filter(|wrap| applies(&wrap.verbs, &verb))
            .collect();
        for wrap in wraps {
            match &wrap.command {
                Place::Operands(from) => {
                    self.stops.push((*from, Some(wrap)));
                }
                Place::Until(names) => self.until.extend(names.iter().map(String::as_str)),
                Place::Rest(names) => self.rest.extend(names.iter().map(String::as_str)),
                Place::Operand(_)
                | Place::Option(_)
                | Place::AfterDashes
                | Place::Stdin
                | Place::Assigned(_) => {}
            }
        }
        for code in &self.tool.codes {
            if let Place::Operands(from) = code.from
                && applies(&code.verbs, &verb)
            {
                self.stops.push((from, None));
            }
        }
    }

    fn option(&mut self, arg: &'a Arg) {
        let text = arg.text.as_str();
        if arg.known && self.until.contains(&text) {
            self.inner_until();
            self.parsed.options.push((text.to_owned(), None));
            return;
        }
        let double = text.starts_with("--");
        if double || self.tool.single_dash {
            let (name, value) = match text.find('=') {
                Some(at) if at <= arg.prefix => {
                    (text.get(..at).unwrap_or(text), Some(arg.from(at + 1)))
                }
                _ => (text, None),
            };
            if value.is_none() && !arg.known {
                return self.unlisted(arg);
            }
            match self.long(name) {
                Some((name, arity)) => self.push(name, arity, value),
                None if name == "--help" && value.is_none() => self.parsed.help = true,
                None if text == "--version" && self.alone() => self.parsed.help = true,
                None if !double && !self.tool.single_dash => self.short(arg),
                None => self.unlisted(arg),
            }
            return;
        }
        self.short(arg);
    }

    fn dash_is_option(&self) -> bool {
        self.tool.arity(&self.words, "-").is_some()
    }

    /// Whether nothing but this argument is given.
    fn alone(&self) -> bool {
        self.args.len() == 1
    }

    fn long(&self, name: &str) -> Option<(String, Arity)> {
        let tool = self.tool;
        let verb = &self.words;
        if let Some(arity) = tool.arity(verb, name) {
            return Some((name.to_owned(), arity));
        }
        if tool.single_dash {
            // Programs of this kind take both numbers of dashes.
            let other = match name.strip_prefix("--") {
                Some(rest) => format!("-{rest}"),
                None => format!("-{name}"),
            };
            return tool.arity(verb, &other).map(|arity| (other, arity));
        }
        if let Some(positive) = name.strip_prefix("--no-")
            && tool.arity(verb, &format!("--{positive}")) == Some(Arity::Flag)
        {
            return Some((name.to_owned(), Arity::Flag));
        }
        if name == "--help" || name == "--version" {
            return None;
        }
        match tool.long_options(verb, name).as_slice() {
            [only] if name.len() > 3 => {
                let arity = tool.arity(verb, only)?;
                Some(((*only).to_owned(), arity))
            }
            _ => None,
        }
    }

    fn push(&mut self, name: String, arity: Arity, value: Option<Arg>) {
        let before = self.at.checked_sub(2).and_then(|at| self.args.get(at));
        let after_unlisted = match (before, self.parsed.unlisted.last()) {
            (Some(before), Some(last)) => before == last && !before.text.contains('='),
            _ => false,
        };
        if after_unlisted {
            self.parsed.suspects.push(name.clone());
        }
        let value = match (arity, value) {
            (_, Some(value)) => Some(value),
            (Arity::Value, None) => {
                let next = self.args.get(self.at).cloned();
                if next.is_some() {
                    self.at += 1;
                }
                next
            }
            (Arity::Flag | Arity::Optional, None) => None,
        };
        // `--dry-run=false` is no `--dry-run`.
        if arity == Arity::Flag
            && value
                .as_ref()
                .is_some_and(|value| value.exact() == Some("false"))
        {
            self.parsed.options.retain(|(known, _)| *known != name);
            return;
        }
        self.parsed.options.push((name, value));
    }

    fn short(&mut self, arg: &'a Arg) {
        let text = arg.text.as_str();
        let body = text.strip_prefix('-').unwrap_or(text);
        if body.is_empty() {
            return self.push(text.to_owned(), Arity::Flag, None);
        }
        if arg.known && !body.is_empty() && body.bytes().all(|byte| byte.is_ascii_digit()) {
            self.parsed.options.push((text.to_owned(), None));
            return;
        }
        // Options of one dash and several letters (`find -name`).
        if arg.known
            && body.chars().count() > 1
            && let Some(arity) = self.tool.arity(&self.words, text)
        {
            return self.push(text.to_owned(), arity, None);
        }
        let mut found: Vec<(String, Arity, Option<Arg>)> = Vec::new();
        for (at, letter) in body.char_indices() {
            let end = 1 + at + letter.len_utf8();
            let name = format!("-{letter}");
            if end > arg.prefix {
                return self.unlisted(arg);
            }
            let rest = (end < text.len()).then(|| arg.from(end));
            match self.tool.arity(&self.words, &name) {
                Some(Arity::Flag) => found.push((name, Arity::Flag, None)),
                Some(arity) => {
                    let rest = rest.map(|rest| match rest.text.strip_prefix('=') {
                        Some(_) if self.tool.single_dash => rest.from(1),
                        _ => rest,
                    });
                    found.push((name, arity, rest));
                    break;
                }
                None => {
                    let asked = name == "-h"
                        && body.len() == 1
                        && self.tool.has_verbs()
                        && self.parsed.operands.is_empty()
                        && self.at == self.args.len();
                    if asked {
                        self.parsed.help = true;
                        return;
                    }
                    return self.unlisted(arg);
                }
            }
        }
        for (name, arity, value) in found {
            self.push(name, arity, value);
        }
    }

    fn unlisted(&mut self, arg: &'a Arg) {
        let attached = arg.start().contains('=');
        let next_is_operand = self.args.get(self.at).is_some_and(|next| !is_option(next));
        if !attached && next_is_operand {
            self.parsed.shifted = true;
            if self.scanning && self.terminals.is_empty() {
                self.parsed.uncertain = Some(format!(
                    "the option `{}` before the verb is not known",
                    arg.text
                ));
            }
        }
        self.parsed.unlisted.push(arg.clone());
    }

    /// Collects an inner command up to `;` or `{} +`.
    fn inner_until(&mut self) {
        let mut inner: Vec<Arg> = Vec::new();
        while let Some(arg) = self.args.get(self.at) {
            self.at += 1;
            let ends = match arg.exact() {
                Some(";") => true,
                Some("+") => inner.last().is_some_and(|last| last.text.ends_with("{}")),
                _ => false,
            };
            if ends {
                break;
            }
            inner.push(arg.clone());
        }
        self.parsed.until.push(inner);
    }
}

/// Whether the longer path names the words of the shorter one: exactly or by their start (`a* s*`),
/// not by a star for anything.
fn goes_on(longer: &[String], shorter: &[String]) -> bool {
    shorter.len() <= longer.len()
        && longer
            .iter()
            .zip(shorter)
            .all(|(longer, word)| longer == word || longer != "*" && matches_word(longer, word))
}

/// Whether the argument is written as an option.
pub(super) fn is_option(arg: &Arg) -> bool {
    arg.start().starts_with('-') && arg.text.len() > 1
}

/// Whether an entry for these verbs is about `verb`; entries without verbs are about all.
pub(super) fn applies(verbs: &[Vec<String>], verb: &[&str]) -> bool {
    verbs.is_empty()
        || verbs.iter().any(|path| {
            verb.get(..path.len())
                .is_some_and(|verb| super::spec::matches_path(path, verb))
        })
}
