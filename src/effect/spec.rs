//! The knowledge base: TOML entries of one tool each, read on first use, and a project's own
//! entries that stand before them. `commands/README.md` is the manual of the form.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;

use super::Class;
use crate::config::Config;

include!(concat!(env!("OUT_DIR"), "/knowledge.rs"));

/// A file of the knowledge base inside the binary.
struct Embedded {
    file: &'static str,
    text: &'static str,
    table: &'static str,
    tool: OnceLock<Result<Arc<Tool>, SpecError>>,
}

/// What is wrong with an entry of the knowledge base or of `rbc.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecError {
    /// The file (`juju.toml`) or the place in the configuration (`[tool.cloudctl]`).
    pub file: String,
    /// What is wrong, with the key.
    pub message: String,
}

impl std::fmt::Display for SpecError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.file, self.message)
    }
}

/// All tools that are known: the embedded ones and those of a project.
#[derive(Debug, Default)]
pub struct Knowledge {
    own: BTreeMap<String, Arc<Tool>>,
}

impl Knowledge {
    /// The embedded knowledge base alone.
    pub fn embedded() -> Self {
        Knowledge::default()
    }

    /// The embedded knowledge base with the `[tool.NAME]` entries of a project before it. A key of
    /// an entry replaces the same key of the embedded entry of that name; lists of verbs are
    /// added. Entries that are wrong are left out and reported.
    pub fn with_config(config: &Config) -> (Self, Vec<SpecError>) {
        let mut knowledge = Knowledge::default();
        let mut errors = Vec::new();
        for (name, table) in &config.tool {
            let file = format!("[tool.{name}]");
            let table = with_base(name, table.clone());
            match table
                .try_into::<RawTool>()
                .map_err(|error| error.message().to_owned())
                .and_then(|raw| compile(raw, ""))
            {
                Ok(tool) => {
                    let tool = Arc::new(tool);
                    for name in &tool.names {
                        knowledge.own.insert(name.clone(), Arc::clone(&tool));
                    }
                    knowledge.own.insert(name.clone(), tool);
                }
                Err(message) => errors.push(SpecError { file, message }),
            }
        }
        (knowledge, errors)
    }

    /// The tool called by `name`. An embedded entry that does not parse is no entry; a test reads
    /// them all.
    pub fn tool(&self, name: &str) -> Option<&Tool> {
        if let Some(tool) = self.own.get(name) {
            return Some(tool);
        }
        let index = NAMES
            .binary_search_by(|(known, _)| (*known).cmp(name))
            .ok()?;
        let (_, file) = NAMES.get(index)?;
        FILES.get(*file)?.load().as_ref().ok().map(Arc::as_ref)
    }

    /// All command words, sorted: for "did you mean".
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.own
            .keys()
            .map(String::as_str)
            .chain(NAMES.iter().map(|(name, _)| *name))
    }
}

impl Embedded {
    fn load(&self) -> &Result<Arc<Tool>, SpecError> {
        self.tool.get_or_init(|| {
            toml::from_str::<RawTool>(self.text)
                .map_err(|error| error.to_string())
                .and_then(|raw| compile(raw, self.table))
                .map(Arc::new)
                .map_err(|message| SpecError {
                    file: self.file.to_owned(),
                    message,
                })
        })
    }
}

/// Every embedded entry with its file, or what is wrong with it: what the tests of the knowledge
/// base walk over.
pub fn embedded() -> impl Iterator<Item = (&'static str, Result<&'static Tool, SpecError>)> {
    FILES.iter().map(|embedded| {
        (
            embedded.file,
            embedded
                .load()
                .as_ref()
                .map(Arc::as_ref)
                .map_err(Clone::clone),
        )
    })
}

/// The command words that the index has for a file; a test compares them with the file's.
pub fn indexed(file: &str) -> Vec<&'static str> {
    NAMES
        .iter()
        .filter(|(_, index)| {
            FILES
                .get(*index)
                .is_some_and(|embedded| embedded.file == file)
        })
        .map(|(name, _)| *name)
        .collect()
}

/// A project's entry with what the embedded entry of that name says besides.
fn with_base(name: &str, mut own: toml::Table) -> toml::Table {
    let base = NAMES
        .binary_search_by(|(known, _)| (*known).cmp(name))
        .ok()
        .and_then(|index| NAMES.get(index))
        .and_then(|(_, file)| FILES.get(*file))
        .and_then(|embedded| embedded.text.parse::<toml::Table>().ok());
    let Some(mut base) = base else {
        own.entry("names")
            .or_insert_with(|| toml::Value::Array(vec![name.into()]));
        return own;
    };
    base.remove("example");
    for class in ["read", "local-write", "mutate", "destroy", "unknown"] {
        // A path that the project puts into one class leaves the others.
        let Some(moved) = own.get(class).and_then(toml::Value::as_array).cloned() else {
            continue;
        };
        for other in ["read", "local-write", "mutate", "destroy", "unknown"] {
            if let Some(list) = base.get_mut(other).and_then(toml::Value::as_array_mut) {
                list.retain(|path| !moved.contains(path));
            }
        }
    }
    for (key, value) in own {
        match (base.get_mut(&key), value) {
            // What the project says about a verb is tried before what we say.
            (Some(toml::Value::Array(known)), toml::Value::Array(mut added)) => {
                added.append(known);
                *known = added;
            }
            (Some(toml::Value::Table(known)), toml::Value::Table(added)) => known.extend(added),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
    base
}

/// A class as entries write it: `unknown` is one of the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level {
    /// The class.
    pub class: Class,
    /// Whether it may be more.
    pub unknown: bool,
}

impl Level {
    /// A known class.
    pub const fn known(class: Class) -> Self {
        Level {
            class,
            unknown: false,
        }
    }

    /// Nothing is known but that something runs.
    pub const UNKNOWN: Level = Level {
        class: Class::Read,
        unknown: true,
    };

    /// Both happen.
    pub fn join(self, other: Level) -> Level {
        Level {
            class: self.class.max(other.class),
            unknown: self.unknown || other.unknown,
        }
    }

    /// One of the two happens, and which is not known.
    pub fn either(self, other: Level) -> Level {
        if self == other {
            return self;
        }
        Level {
            class: self.class.min(other.class),
            unknown: true,
        }
    }
}

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Ok(match word.as_str() {
            "none" => Level::known(Class::None),
            "read" => Level::known(Class::Read),
            "local-write" => Level::known(Class::LocalWrite),
            "mutate" => Level::known(Class::Mutate),
            "destroy" => Level::known(Class::Destroy),
            "unknown" => Level::UNKNOWN,
            other => {
                return Err(serde::de::Error::custom(format!(
                    "`{other}` is no class: `read`, `local-write`, `mutate`, `destroy` or `unknown`"
                )));
            }
        })
    }
}

/// What an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arity {
    /// Nothing.
    Flag,
    /// A value, attached or as the next word.
    Value,
    /// A value when one is attached, else none.
    Optional,
}

/// A word or a list of words.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Words {
    One(String),
    Many(Vec<String>),
}

impl Default for Words {
    fn default() -> Self {
        Words::Many(Vec::new())
    }
}

impl Words {
    fn list(self) -> Vec<String> {
        match self {
            Words::One(word) => vec![word],
            Words::Many(words) => words,
        }
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawOptions {
    value: Vec<String>,
    flag: Vec<String>,
    optional: Vec<String>,
    open: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawVerbs {
    help: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawTool {
    names: Vec<String>,
    options: RawOptions,
    verbs: RawVerbs,
    class: Option<Level>,
    bare: Option<Level>,
    single_dash: bool,
    read: Vec<String>,
    #[serde(rename = "local-write")]
    local_write: Vec<String>,
    mutate: Vec<String>,
    destroy: Vec<String>,
    unknown: Vec<String>,
    writes: Vec<String>,
    copy: Option<String>,
    folder: Option<String>,
    targets: Vec<RawTarget>,
    facets: Vec<String>,
    kinds: BTreeMap<String, String>,
    verb: Vec<RawVerb>,
    raise: Vec<RawVerb>,
    dry_run: Vec<RawVerb>,
    wrap: Vec<RawWrap>,
    code: Vec<RawCode>,
    example: Vec<Example>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawVerb {
    verb: Option<Words>,
    options: RawOptions,
    when: Option<RawWhen>,
    class: Option<Level>,
    targets: Vec<RawTarget>,
    facets: Vec<String>,
    writes: Vec<String>,
    copy: Option<String>,
    sets: Option<RawTarget>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawWhen {
    option: Option<Words>,
    no_option: Option<Words>,
    value: BTreeMap<String, Words>,
    no_value: BTreeMap<String, Words>,
    every_value: BTreeMap<String, Words>,
    operand: Option<Words>,
    no_operand: Option<Words>,
    operand_at: BTreeMap<String, Words>,
    no_operand_at: BTreeMap<String, Words>,
    #[serde(default)]
    seen: bool,
    operands: Option<String>,
    stdin: Option<bool>,
    called: Option<Words>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawTarget {
    kind: String,
    id: String,
    of: Option<String>,
    strip: Option<String>,
    within: Vec<RawTarget>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawWrap {
    verb: Option<Words>,
    when: Option<RawWhen>,
    command: String,
    mode: String,
    remote: Option<RawTarget>,
    class: Option<Level>,
    facets: Vec<String>,
    repeated: bool,
    appends: bool,
    skip: Vec<String>,
    empty: Option<String>,
    replace: Option<String>,
    prefix: Vec<String>,
    strip: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawCode {
    verb: Option<Words>,
    when: Option<RawWhen>,
    language: String,
    from: String,
    client: Option<String>,
    file: Option<String>,
}

/// A command and what the entry must answer for it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Example {
    /// The command line.
    pub run: String,
    /// The class it has.
    pub class: Option<Level>,
    /// Targets that must be there, as `kind id`.
    pub targets: Vec<String>,
    /// Facets that must be there.
    pub facets: Vec<String>,
    /// Whether it may do more.
    pub unknown: bool,
}

/// What is known about a tool.
#[derive(Debug)]
pub struct Tool {
    /// The command words; the first is the tool's name.
    pub names: Vec<String>,
    /// Options of the tool and of every verb.
    pub options: BTreeMap<String, Arity>,
    /// Whether options that are not listed change nothing.
    pub open: bool,
    /// Whether long options have one dash.
    pub single_dash: bool,
    /// Words that ask for help.
    pub help: Vec<String>,
    /// The class of a tool without verbs.
    pub class: Option<Level>,
    /// The class without any operand.
    pub bare: Option<Level>,
    /// What every call does besides the rules.
    pub own: Details,
    /// The option that names the folder whose files a local write changes; without it the working
    /// directory. `None` when the tool has no such folder.
    pub folder: Option<Vec<String>>,
    /// The kinds that words stand for.
    pub kinds: BTreeMap<String, String>,
    /// The verb paths with their class, where a list gives one.
    pub paths: Vec<VerbPath>,
    /// Indices into `paths` by an exact first word.
    pub by_first: BTreeMap<String, Vec<usize>>,
    /// Indices into `paths` whose first word is a pattern.
    pub by_pattern: Vec<usize>,
    /// `[[verb]]` entries in order.
    pub rules: Vec<Rule>,
    /// `[[raise]]` entries.
    pub raises: Vec<Rule>,
    /// `[[dry_run]]` entries.
    pub dry_runs: Vec<Rule>,
    /// `[[wrap]]` entries.
    pub wraps: Vec<Wrap>,
    /// `[[code]]` entries.
    pub codes: Vec<Code>,
    /// The entry's own tests.
    pub examples: Vec<Example>,
}

impl Tool {
    /// The name the tool goes by.
    pub fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// Whether the tool has verbs at all.
    pub fn has_verbs(&self) -> bool {
        !self.paths.is_empty()
    }

    /// The options of rules about `verb`, then those of the tool, then those that only conditions
    /// name.
    pub fn arity(&self, verb: &[&str], name: &str) -> Option<Arity> {
        let find = |options: &[(String, Arity)]| {
            options
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, arity)| *arity)
        };
        let rules = || self.rules.iter().chain(&self.raises).chain(&self.dry_runs);
        // An entry about fewer verbs knows better. Few entries name the option, and many have many
        // verbs: the option is looked for first.
        rules()
            .filter_map(|rule| Some((rule, find(&rule.options)?)))
            .filter(|(rule, _)| rule.is_about(verb))
            .min_by_key(|(rule, _)| rule.verbs.len().wrapping_sub(1))
            .map(|(_, arity)| arity)
            .or_else(|| self.options.get(name).copied())
            .or_else(|| {
                rules()
                    .filter_map(|rule| Some((rule, find(&rule.implied)?)))
                    .find(|(rule, _)| rule.is_about(verb))
                    .map(|(_, arity)| arity)
            })
    }

    /// The long options that start with `prefix`, of the tool and the rules about `verb`.
    pub fn long_options<'a>(&'a self, verb: &'a [&str], prefix: &'a str) -> Vec<&'a str> {
        let mut found: Vec<&str> = self
            .options
            .keys()
            .map(String::as_str)
            .chain(
                self.rules
                    .iter()
                    .chain(&self.raises)
                    .chain(&self.dry_runs)
                    .filter(|rule| rule.is_about(verb))
                    .flat_map(|rule| rule.options.iter().chain(&rule.implied))
                    .map(|(name, _)| name.as_str()),
            )
            .filter(|name| name.starts_with("--") && name.starts_with(prefix))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// A verb path.
#[derive(Debug)]
pub struct VerbPath {
    /// Its words; with a `*` a pattern.
    pub words: Vec<String>,
    /// The class a list gives it; `None` when only a rule names it.
    pub level: Option<Level>,
    /// Whether no word is a pattern.
    pub exact: bool,
    /// What it is about, when a table says so.
    pub target: Option<TargetTemplate>,
}

/// What a rule adds besides the class.
#[derive(Debug, Clone, Default)]
pub struct Details {
    /// The targets.
    pub targets: Vec<TargetTemplate>,
    /// The facets.
    pub facets: Vec<String>,
    /// The arguments that are written paths.
    pub writes: Vec<Place>,
    /// Whether operands are copied to the last one.
    pub copy: bool,
}

/// A `[[verb]]`, `[[raise]]` or `[[dry_run]]` entry.
#[derive(Debug)]
pub struct Rule {
    /// The paths it is about; empty: any.
    pub verbs: Vec<Vec<String>>,
    /// Options of these verbs.
    pub options: Vec<(String, Arity)>,
    /// Options that only the condition names; what other lists say of them comes first.
    pub implied: Vec<(String, Arity)>,
    /// The condition; `None` when there is none.
    pub when: Option<When>,
    /// The class.
    pub level: Option<Level>,
    /// What else.
    pub details: Details,
    /// The object that is the ambient one of its kind from now on.
    pub sets: Option<TargetTemplate>,
}

impl Rule {
    /// Whether the entry is about exactly this verb path.
    pub fn is_for(&self, verb: &[&str]) -> bool {
        self.verbs.is_empty() || self.verbs.iter().any(|path| matches_path(path, verb))
    }

    /// Whether the entry is about this verb path or a shorter one.
    pub fn is_about(&self, verb: &[&str]) -> bool {
        self.verbs.is_empty()
            || self.verbs.iter().any(|path| {
                verb.get(..path.len())
                    .is_some_and(|verb| matches_path(path, verb))
            })
    }
}

/// Whether the words fit the path word by word.
pub fn matches_path(path: &[String], words: &[&str]) -> bool {
    path.len() == words.len()
        && path
            .iter()
            .zip(words)
            .all(|(pattern, word)| matches_word(pattern, word))
}

/// Whether a word fits a pattern with at most a few `*`.
pub fn matches_word(pattern: &str, word: &str) -> bool {
    // Most pairs differ in their first letters: compared byte by byte, without looking for a `*` first.
    let bytes = word.as_bytes();
    for (at, expected) in pattern.bytes().enumerate() {
        if expected == b'*' {
            let rest = pattern.get(at + 1..).unwrap_or("");
            let tail = word.get(at..).unwrap_or("");
            return rest.is_empty()
                || tail
                    .char_indices()
                    .map(|(at, _)| at)
                    .chain([tail.len()])
                    .any(|at| matches_word(rest, tail.get(at..).unwrap_or("")));
        }
        if bytes.get(at) != Some(&expected) {
            return false;
        }
    }
    bytes.len() == pattern.len()
}

/// The conditions of an entry; all must hold.
#[derive(Debug, Clone, Default)]
pub struct When {
    /// One of these options is given.
    pub option: Vec<String>,
    /// None of these is given.
    pub no_option: Vec<String>,
    /// One of these options is given with a value that fits.
    pub value: Vec<(String, Vec<String>)>,
    /// None of these options is given with a value that fits.
    pub no_value: Vec<(String, Vec<String>)>,
    /// One of these options is given, and each value of them fits.
    pub every_value: Vec<(String, Vec<String>)>,
    /// An operand fits.
    pub operand: Vec<String>,
    /// No operand fits.
    pub no_operand: Vec<String>,
    /// The operand at this place fits.
    pub operand_at: Vec<(isize, Vec<String>)>,
    /// The operand at this place is absent or does not fit.
    pub no_operand_at: Vec<(isize, Vec<String>)>,
    /// Whether only arguments that are known make the conditions hold.
    pub seen: bool,
    /// How many operands: least and most.
    pub operands: Option<(usize, usize)>,
    /// Whether standard input is a pipe, file or heredoc.
    pub stdin: Option<bool>,
    /// The command word as written fits.
    pub called: Vec<String>,
}

/// Which argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The operand at this place, from the end when negative.
    Operand(isize),
    /// The operands from this place on.
    Operands(usize),
    /// The value of one of these options.
    Option(Vec<String>),
    /// What stands after `--`.
    AfterDashes,
    /// Standard input.
    Stdin,
    /// The words after one of these options up to `;` or `+`.
    Until(Vec<String>),
    /// The rest of the operand that starts with this text (`of=`).
    Assigned(String),
    /// The value of one of these options and everything after it (`python -m pip install`).
    Rest(Vec<String>),
}

/// What a target's id is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdTemplate {
    /// An argument.
    Argument(Place),
    /// Everything of the kind.
    All,
    /// The one in force.
    Ambient,
    /// A constant.
    Word(String),
    /// Not known.
    Unknown,
}

/// How a target is made from the arguments.
#[derive(Debug, Clone)]
pub struct TargetTemplate {
    /// The kind; a `*` stands for the word that `of` names.
    pub kind: String,
    /// Where the kind's word stands.
    pub of: Option<Place>,
    /// The id.
    pub id: IdTemplate,
    /// The character from which on the id is cut.
    pub strip: Option<char>,
    /// The containers.
    pub within: Vec<TargetTemplate>,
}

/// How the inner command is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Words as they are.
    Argv,
    /// One string of shell.
    Shell,
    /// Words joined by blanks, then shell.
    Joined,
}

/// What a wrapper without an inner command is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Empty {
    /// An interactive session.
    Interactive,
    /// A read.
    Read,
    /// A command of its own: the class of the verb.
    Itself,
}

/// A `[[wrap]]` entry.
#[derive(Debug)]
pub struct Wrap {
    /// The verbs it is about; empty: any.
    pub verbs: Vec<Vec<String>>,
    /// When it counts.
    pub when: Option<When>,
    /// Where the inner command stands.
    pub command: Place,
    /// How it is given.
    pub mode: Mode,
    /// Where it runs.
    pub remote: Option<TargetTemplate>,
    /// What the wrapper does itself.
    pub level: Option<Level>,
    /// Facets of everything inside.
    pub facets: Vec<String>,
    /// Whether it runs more than once.
    pub repeated: bool,
    /// Whether more operands come from elsewhere.
    pub appends: bool,
    /// Operands before the command that are none.
    pub skip: Vec<String>,
    /// What it is without an inner command.
    pub empty: Empty,
    /// The text that operands from elsewhere replace.
    pub replace: Option<Marker>,
    /// Words that the inner command begins with (`k3s kubectl get` runs `kubectl get`).
    pub prefix: Vec<String>,
    /// What stands before the inner text and is no part of it (`commands=`).
    pub strip: Option<String>,
}

/// The text in an inner command that operands from elsewhere replace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marker {
    /// This one (`{}`).
    Text(String),
    /// The value of one of these options, `{}` when it has none; nothing when none is given.
    Option(Vec<String>),
}

/// The languages of `[[code]]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// SQL.
    Sql,
    /// Shell.
    Shell,
    /// Redis commands.
    Redis,
    /// awk.
    Awk,
    /// sed.
    Sed,
    /// Python.
    Python,
    /// Perl.
    Perl,
    /// jq.
    Jq,
    /// An HTTP method.
    Http,
}

/// A `[[code]]` entry.
#[derive(Debug)]
pub struct Code {
    /// The verbs it is about; empty: any.
    pub verbs: Vec<Vec<String>>,
    /// When it counts.
    pub when: Option<When>,
    /// The language.
    pub language: Language,
    /// Where the code stands.
    pub from: Place,
    /// The dialect.
    pub client: String,
    /// Where a file with code is named.
    pub file: Option<Place>,
}

fn compile(raw: RawTool, table: &str) -> Result<Tool, String> {
    let mut paths: Vec<VerbPath> = Vec::new();
    let lists = [
        (&raw.read, Level::known(Class::Read)),
        (&raw.local_write, Level::known(Class::LocalWrite)),
        (&raw.mutate, Level::known(Class::Mutate)),
        (&raw.destroy, Level::known(Class::Destroy)),
        (&raw.unknown, Level::UNKNOWN),
    ];
    let mut known: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for (list, level) in lists {
        for path in list {
            add_path(&mut paths, &mut known, split(path), Some(level), None);
        }
    }
    let rules = raw
        .verb
        .into_iter()
        .map(|rule| compile_rule(rule, "verb"))
        .collect::<Result<Vec<_>, _>>()?;
    for rule in &rules {
        for path in &rule.verbs {
            add_path(&mut paths, &mut known, path.clone(), None, None);
        }
    }
    let wraps = raw
        .wrap
        .into_iter()
        .map(compile_wrap)
        .collect::<Result<Vec<_>, _>>()?;
    let codes = raw
        .code
        .into_iter()
        .map(compile_code)
        .collect::<Result<Vec<_>, _>>()?;
    let inner = wraps
        .iter()
        .map(|wrap| &wrap.verbs)
        .chain(codes.iter().map(|code| &code.verbs));
    for path in inner.flatten() {
        add_path(&mut paths, &mut known, path.clone(), None, None);
    }
    for line in table.lines().filter(|line| !line.is_empty()) {
        let mut fields = line.split('\t');
        let path = split(fields.next().unwrap_or_default());
        let level = level_word(fields.next().unwrap_or_default())
            .ok_or_else(|| format!("generated table: `{line}` names no class"))?;
        let target = match (fields.next(), fields.next()) {
            (Some(kind), Some(id)) => Some(compile_target(RawTarget {
                kind: kind.to_owned(),
                id: id.to_owned(),
                ..RawTarget::default()
            })?),
            _ => None,
        };
        let listed = known.get(&path).and_then(|index| paths.get_mut(*index));
        match listed {
            Some(listed) => {
                listed.level = listed.level.or(Some(level));
                listed.target = listed.target.take().or(target);
            }
            None => add_path(&mut paths, &mut known, path, Some(level), target),
        }
    }
    let mut by_first: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut by_pattern = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        match path.words.first() {
            Some(first) if first.contains('*') => by_pattern.push(index),
            Some(first) => by_first.entry(first.clone()).or_default().push(index),
            None => {}
        }
    }
    let mut options: BTreeMap<String, Arity> = BTreeMap::new();
    options.extend(raw_options(&raw.options));
    let raises = raw
        .raise
        .into_iter()
        .map(|rule| compile_rule(rule, "raise"))
        .collect::<Result<Vec<_>, _>>()?;
    let dry_runs = raw
        .dry_run
        .into_iter()
        .map(|rule| compile_rule(rule, "dry_run"))
        .collect::<Result<Vec<_>, _>>()?;
    let places = wraps
        .iter()
        .map(|wrap| &wrap.command)
        .chain(codes.iter().map(|code| &code.from))
        .chain(codes.iter().filter_map(|code| code.file.as_ref()));
    for place in places {
        for name in option_names(place) {
            options.entry(name.clone()).or_insert(Arity::Value);
        }
    }
    let own = details(raw.targets, raw.facets, &raw.writes, raw.copy.as_deref())?;
    for place in &own.writes {
        for name in option_names(place) {
            options.entry(name.clone()).or_insert(Arity::Value);
        }
    }
    Ok(Tool {
        names: raw.names,
        options,
        open: raw.options.open,
        single_dash: raw.single_dash,
        help: raw.verbs.help,
        class: raw.class,
        bare: raw.bare,
        own,
        folder: raw.folder.as_deref().map(split),
        kinds: raw.kinds,
        paths,
        by_first,
        by_pattern,
        rules,
        raises,
        dry_runs,
        wraps,
        codes,
        examples: raw.example,
    })
}

fn level_word(word: &str) -> Option<Level> {
    Some(match word {
        "read" => Level::known(Class::Read),
        "local-write" => Level::known(Class::LocalWrite),
        "mutate" => Level::known(Class::Mutate),
        "destroy" => Level::known(Class::Destroy),
        "unknown" => Level::UNKNOWN,
        _ => return None,
    })
}

/// Adds a path; one that is in two lists has the stronger class.
fn add_path(
    paths: &mut Vec<VerbPath>,
    known: &mut BTreeMap<Vec<String>, usize>,
    words: Vec<String>,
    level: Option<Level>,
    target: Option<TargetTemplate>,
) {
    if words.is_empty() {
        return;
    }
    if let Some(path) = known.get(&words).and_then(|index| paths.get_mut(*index)) {
        path.level = path.level.max(level);
        return;
    }
    known.insert(words.clone(), paths.len());
    paths.push(VerbPath {
        exact: !words.iter().any(|word| word.contains('*')),
        words,
        level,
        target,
    });
}

fn split(path: &str) -> Vec<String> {
    path.split_whitespace().map(str::to_owned).collect()
}

fn raw_options(raw: &RawOptions) -> Vec<(String, Arity)> {
    let list = |names: &[String], arity: Arity| {
        names
            .iter()
            .map(|name| (name.clone(), arity))
            .collect::<Vec<_>>()
    };
    let mut options = list(&raw.value, Arity::Value);
    options.extend(list(&raw.flag, Arity::Flag));
    options.extend(list(&raw.optional, Arity::Optional));
    options
}

fn verbs(words: Option<Words>) -> Vec<Vec<String>> {
    words
        .map(Words::list)
        .unwrap_or_default()
        .iter()
        .map(|path| split(path))
        .collect()
}

fn compile_rule(raw: RawVerb, table: &str) -> Result<Rule, String> {
    let verbs = verbs(raw.verb);
    let named = |message: String| match verbs.first() {
        Some(path) => format!("[[{table}]] of `{}`: {message}", path.join(" ")),
        None => format!("[[{table}]]: {message}"),
    };
    let when = raw.when.map(compile_when).transpose().map_err(&named)?;
    let details =
        details(raw.targets, raw.facets, &raw.writes, raw.copy.as_deref()).map_err(&named)?;
    let sets = raw.sets.map(compile_target).transpose().map_err(&named)?;
    let mut options = raw_options(&raw.options);
    let mut add = |name: &String, arity: Arity| {
        if !options.iter().any(|(known, _)| known == name) {
            options.push((name.clone(), arity));
        }
    };
    for place in &details.writes {
        for name in option_names(place) {
            add(name, Arity::Value);
        }
    }
    let mut implied: Vec<(String, Arity)> = Vec::new();
    if let Some(when) = &when {
        let names = when.option.iter().chain(&when.no_option);
        implied.extend(names.map(|name| (name.clone(), Arity::Flag)));
        let values = when.value.iter().chain(&when.no_value);
        implied.extend(values.map(|(name, _)| (name.clone(), Arity::Optional)));
    }
    for target in &details.targets {
        imply_target(target, &mut implied);
    }
    Ok(Rule {
        verbs,
        options,
        implied,
        when,
        level: raw.class,
        details,
        sets,
    })
}

/// Options whose value is a target's id take a value.
fn imply_target(target: &TargetTemplate, implied: &mut Vec<(String, Arity)>) {
    if let IdTemplate::Argument(place) = &target.id {
        let names = option_names(place).iter();
        implied.extend(names.map(|name| (name.clone(), Arity::Value)));
    }
    for within in &target.within {
        imply_target(within, implied);
    }
}

fn option_names(place: &Place) -> &[String] {
    match place {
        Place::Option(names) | Place::Until(names) | Place::Rest(names) => names,
        Place::Operand(_)
        | Place::Operands(_)
        | Place::AfterDashes
        | Place::Stdin
        | Place::Assigned(_) => &[],
    }
}

fn details(
    targets: Vec<RawTarget>,
    facets: Vec<String>,
    writes: &[String],
    copy: Option<&str>,
) -> Result<Details, String> {
    Ok(Details {
        targets: targets
            .into_iter()
            .map(compile_target)
            .collect::<Result<_, _>>()?,
        facets,
        writes: writes
            .iter()
            .map(|place| compile_place(place))
            .collect::<Result<_, _>>()?,
        copy: match copy {
            None => false,
            Some("last") => true,
            Some(other) => return Err(format!("`copy = \"{other}\"`: only `last` is known")),
        },
    })
}

fn compile_when(raw: RawWhen) -> Result<When, String> {
    let list = |words: Option<Words>| words.map(Words::list).unwrap_or_default();
    let values = |table: BTreeMap<String, Words>| {
        table
            .into_iter()
            .map(|(name, words)| (name, words.list()))
            .collect::<Vec<_>>()
    };
    let at = |table: BTreeMap<String, Words>| {
        table
            .into_iter()
            .map(|(place, words)| {
                place
                    .parse::<isize>()
                    .map(|place| (place, words.list()))
                    .map_err(|_| format!("`operand_at`: `{place}` is no number"))
            })
            .collect::<Result<Vec<_>, _>>()
    };
    Ok(When {
        option: list(raw.option),
        no_option: list(raw.no_option),
        value: values(raw.value),
        no_value: values(raw.no_value),
        every_value: values(raw.every_value),
        operand: list(raw.operand),
        no_operand: list(raw.no_operand),
        operand_at: at(raw.operand_at)?,
        no_operand_at: at(raw.no_operand_at)?,
        seen: raw.seen,
        operands: raw.operands.as_deref().map(count).transpose()?,
        stdin: raw.stdin,
        called: list(raw.called),
    })
}

/// `"0"`, `"2+"`, `"0-1"`.
fn count(text: &str) -> Result<(usize, usize), String> {
    let wrong = || format!("`operands = \"{text}\"`: write `0`, `2+` or `0-1`");
    let number = |text: &str| text.trim().parse::<usize>().map_err(|_| wrong());
    if let Some(least) = text.strip_suffix('+') {
        return Ok((number(least)?, usize::MAX));
    }
    match text.split_once('-') {
        Some((least, most)) => Ok((number(least)?, number(most)?)),
        None => number(text).map(|number| (number, number)),
    }
}

fn compile_place(text: &str) -> Result<Place, String> {
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or_default();
    let rest: Vec<String> = words.map(str::to_owned).collect();
    let one = rest.first().map(String::as_str);
    let place = match (first, one) {
        ("operands", None) => Some(Place::Operands(0)),
        ("operands", Some(from)) => from
            .strip_suffix('+')
            .and_then(|from| from.parse().ok())
            .map(Place::Operands),
        ("operand", Some(assigned)) if assigned.ends_with("=*") => {
            Some(Place::Assigned(assigned.trim_end_matches('*').to_owned()))
        }
        ("operand", Some(at)) => at.parse().ok().map(Place::Operand),
        ("option", Some(_)) => Some(Place::Option(rest.clone())),
        ("rest", Some(_)) => Some(Place::Rest(rest.clone())),
        ("after", Some("--")) => Some(Place::AfterDashes),
        ("stdin", None) => Some(Place::Stdin),
        ("until", Some(";")) => Some(Place::Until(
            rest.iter()
                .skip(1)
                .filter(|word| word.starts_with('-'))
                .cloned()
                .collect(),
        )),
        _ => None,
    };
    place.ok_or_else(|| format!("`{text}` is no place of an argument"))
}

fn compile_target(raw: RawTarget) -> Result<TargetTemplate, String> {
    let id = match raw.id.as_str() {
        "all" => IdTemplate::All,
        "ambient" => IdTemplate::Ambient,
        "unknown" => IdTemplate::Unknown,
        other => match other.strip_prefix("word ") {
            Some(word) => IdTemplate::Word(word.to_owned()),
            None => IdTemplate::Argument(compile_place(other)?),
        },
    };
    if raw.kind.is_empty() {
        return Err(format!("a target with the id `{}` has no kind", raw.id));
    }
    Ok(TargetTemplate {
        kind: raw.kind,
        of: raw.of.as_deref().map(compile_place).transpose()?,
        id,
        strip: raw.strip.as_deref().and_then(|strip| strip.chars().next()),
        within: raw
            .within
            .into_iter()
            .map(compile_target)
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flat_map(|mut container| {
                let outer = std::mem::take(&mut container.within);
                std::iter::once(container).chain(outer)
            })
            .collect(),
    })
}

fn compile_wrap(raw: RawWrap) -> Result<Wrap, String> {
    let mut command = compile_place(&raw.command).map_err(|error| format!("[[wrap]]: {error}"))?;
    if let Place::Until(names) = &mut command
        && names.is_empty()
    {
        *names = ["-exec", "-execdir", "-ok", "-okdir"]
            .map(str::to_owned)
            .to_vec();
    }
    Ok(Wrap {
        verbs: verbs(raw.verb),
        when: raw.when.map(compile_when).transpose()?,
        command,
        mode: match raw.mode.as_str() {
            "argv" | "" => Mode::Argv,
            "shell" => Mode::Shell,
            "joined" => Mode::Joined,
            other => return Err(format!("[[wrap]]: `mode = \"{other}\"` is not known")),
        },
        remote: raw.remote.map(compile_target).transpose()?,
        level: raw.class,
        facets: raw.facets,
        repeated: raw.repeated,
        appends: raw.appends,
        skip: raw.skip,
        empty: match raw.empty.as_deref() {
            None => Empty::Itself,
            Some("interactive") => Empty::Interactive,
            Some("read") => Empty::Read,
            Some(other) => return Err(format!("[[wrap]]: `empty = \"{other}\"` is not known")),
        },
        prefix: raw.prefix,
        strip: raw.strip,
        replace: raw.replace.map(|text| match text.strip_prefix("option ") {
            Some(names) => Marker::Option(split(names)),
            None => Marker::Text(text),
        }),
    })
}

fn compile_code(raw: RawCode) -> Result<Code, String> {
    let language = match raw.language.as_str() {
        "sql" => Language::Sql,
        "shell" => Language::Shell,
        "redis" => Language::Redis,
        "awk" => Language::Awk,
        "sed" => Language::Sed,
        "python" => Language::Python,
        "perl" => Language::Perl,
        "jq" => Language::Jq,
        "http" => Language::Http,
        other => return Err(format!("[[code]]: the language `{other}` is not known")),
    };
    Ok(Code {
        verbs: verbs(raw.verb),
        when: raw.when.map(compile_when).transpose()?,
        language,
        from: compile_place(&raw.from).map_err(|error| format!("[[code]]: {error}"))?,
        client: raw.client.unwrap_or_default(),
        file: raw.file.as_deref().map(compile_place).transpose()?,
    })
}
