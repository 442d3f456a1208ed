//! A parsed command line against the entry of its tool: class, facets and targets, three-valued.

use std::collections::{BTreeMap, BTreeSet};

use super::arguments::Parsed;
use super::paths::{Folder, remote_host, weigh};
use super::spec::{
    Details, IdTemplate, Level, Place, Rule, TargetTemplate, Tool, When, matches_word,
};
use super::words::Arg;
use super::{Class, Target, TargetId};

/// Whether something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    /// It does not.
    No,
    /// That is not known.
    Maybe,
    /// It does.
    Yes,
}

impl Truth {
    pub(super) fn not(self) -> Truth {
        match self {
            Truth::No => Truth::Yes,
            Truth::Maybe => Truth::Maybe,
            Truth::Yes => Truth::No,
        }
    }

    pub(super) fn of(holds: bool) -> Truth {
        if holds { Truth::Yes } else { Truth::No }
    }
}

/// What surrounds a command.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surroundings<'a> {
    /// Whether something is piped or redirected in.
    pub(super) stdin: bool,
    /// Where the shell stands.
    pub(super) folder: &'a Folder,
    /// Whether the command runs on another host.
    pub(super) remote: bool,
    /// The command word as written.
    pub(super) called: &'a str,
    /// Whether words that may be options are looked at as such.
    pub(super) loose: bool,
    /// What `ambient` is, by kind, after a `switch`.
    pub(super) ambient: &'a BTreeMap<String, TargetId>,
}

/// What the entry says about a command line.
#[derive(Debug, Clone)]
pub(super) struct Verdict {
    /// The class.
    pub(super) level: Level,
    /// Whether a rule or list of verbs said so, rather than the tool as a whole.
    pub(super) explicit: bool,
    /// Whether the class is unknown for another reason than that the entry says so.
    pub(super) doubt: bool,
    /// What a wrapper does itself: what rules and raises say, not what lists say of the verb.
    pub(super) wrapper: Level,
    /// Whether nothing in the entry says anything.
    pub(super) silent: bool,
    /// The facets.
    pub(super) facets: BTreeSet<String>,
    /// The targets.
    pub(super) targets: Vec<Target>,
    /// What moved the answer, in order.
    pub(super) reasons: Vec<String>,
    /// The object in force from now on.
    pub(super) sets: Option<Target>,
}

/// Judges a parsed command line.
pub(super) fn judge(tool: &Tool, parsed: &Parsed<'_>, around: Surroundings<'_>) -> Verdict {
    let verb = parsed.verb_words();
    let mut verdict = Verdict {
        level: Level::UNKNOWN,
        explicit: false,
        doubt: false,
        wrapper: Level::known(Class::Read),
        silent: false,
        facets: BTreeSet::new(),
        targets: Vec::new(),
        reasons: Vec::new(),
        sets: None,
    };
    if asks_for_help(tool, parsed) {
        verdict.level = Level::known(Class::Read);
        verdict.explicit = true;
        verdict.facets.insert("help".to_owned());
        verdict
            .reasons
            .push("asks for help or the version".to_owned());
        return verdict;
    }
    let about: Vec<&Rule> = tool
        .rules
        .iter()
        .filter(|rule| rule.is_for(&verb))
        .collect();
    let listed = base_level(tool, parsed);
    let sure = Surroundings {
        loose: false,
        ..around
    };
    let choice = choose(&about, listed, parsed, sure);
    let mut level = choice.level;
    let hit = choice.hit;
    verdict.explicit |= choice.explicit;
    if parsed.loose {
        // A word that may be an option can only add to what the command does.
        let other = choose(&about, listed, parsed, around);
        if other.strongest > level {
            level = level.map(|level| Level {
                unknown: true,
                ..level
            });
        }
    }
    verdict.silent = level.is_none();
    let mut level = level.unwrap_or(Level::UNKNOWN);
    let base = level;
    let base_unknown = level.unknown;
    // Everything below may add doubt of its own.
    level.unknown = false;
    verdict.doubt = base_unknown && hit.is_some_and(|hit| hit.when.is_some());
    verdict.explicit |= parsed
        .path
        .and_then(|path| path.level)
        .is_some_and(|level| !level.unknown);

    let details = details(tool, &about, hit);
    let target_level = level;
    for template in &details.targets {
        make_targets(
            template,
            tool,
            parsed,
            around,
            target_level,
            &mut verdict.targets,
        );
    }
    if verdict.targets.is_empty()
        && let Some(template) = parsed.path.and_then(|path| path.target.as_ref())
    {
        make_targets(
            template,
            tool,
            parsed,
            around,
            target_level,
            &mut verdict.targets,
        );
    }
    verdict.facets.extend(details.facets.iter().cloned());
    level = write(&details, level, parsed, around, &mut verdict, true);
    if let Some(sets) = hit.and_then(|hit| hit.sets.as_ref()) {
        let mut made = Vec::new();
        make_targets(sets, tool, parsed, around, level, &mut made);
        verdict.sets = made.pop();
    }

    for raise in tool.raises.iter().filter(|rule| rule.is_about(&verb)) {
        let holds = raise
            .when
            .as_ref()
            .map_or(Truth::Yes, |when| holds(when, parsed, around));
        match holds {
            Truth::No => {}
            Truth::Yes => {
                let before = level;
                if let Some(raised) = raise.level {
                    level = level.join(raised);
                }
                level = write(&raise.details, level, parsed, around, &mut verdict, false);
                verdict.facets.extend(raise.details.facets.iter().cloned());
                for template in &raise.details.targets {
                    make_targets(template, tool, parsed, around, level, &mut verdict.targets);
                }
                let name = cause(raise, parsed);
                if !name.is_empty() {
                    for facet in &raise.details.facets {
                        verdict.reasons.push(format!("{name}: facet {facet}"));
                    }
                    if level != before {
                        verdict.reasons.push(format!("{name}: {}", describe(level)));
                    }
                }
            }
            Truth::Maybe => {
                let lifted = raise
                    .level
                    .is_some_and(|raised| level.join(raised) != level)
                    || (!raise.details.writes.is_empty() && level.class < Class::LocalWrite);
                if lifted {
                    level.unknown = true;
                    verdict
                        .reasons
                        .push(format!("{} may be given", cause(raise, parsed)));
                }
            }
        }
    }
    for doubt in &parsed.doubt {
        if *doubt > level {
            level.unknown = true;
        }
    }
    if let Some(uncertain) = &parsed.uncertain {
        level.unknown = true;
        verdict.reasons.push(uncertain.clone());
    }
    if !tool.has_verbs()
        && !tool.open
        && level.class < Class::Mutate
        && let Some(option) = parsed.unlisted.first()
    {
        level.unknown = true;
        verdict
            .reasons
            .push(format!("the option `{}` is not known", option.text));
    }
    verdict.doubt |= level.unknown;
    let ruled = hit.is_some_and(|hit| hit.level.is_some());
    verdict.wrapper = Level {
        class: if ruled || level.class > base.class {
            level.class
        } else {
            Class::Read
        },
        unknown: verdict.doubt,
    };
    level.unknown |= base_unknown;
    if level != Level::UNKNOWN || !tool.wraps.is_empty() {
        let lowered = tool.dry_runs.iter().find(|rule| {
            rule.is_about(&verb)
                && rule
                    .when
                    .as_ref()
                    .is_none_or(|when| holds(when, parsed, around) == Truth::Yes)
        });
        if let Some(rule) = lowered
            && parsed.uncertain.is_none()
            && !suspect(rule, parsed)
        {
            level = rule.level.unwrap_or(Level::known(Class::Read));
            verdict.facets.insert("dry-run".to_owned());
            verdict.facets.extend(rule.details.facets.iter().cloned());
            verdict
                .reasons
                .push(format!("{}: a dry run", cause(rule, parsed)));
        }
    }
    if level.class == Class::LocalWrite && !wrote(&verdict.targets) {
        level.class = in_folder(tool, parsed, around);
    }
    verdict.level = level;
    verdict
}

fn wrote(targets: &[Target]) -> bool {
    targets.iter().any(|target| target.kind == "file")
}

/// How much writing to the folder the tool works in weighs.
fn in_folder(tool: &Tool, parsed: &Parsed<'_>, around: Surroundings<'_>) -> Class {
    let Some(options) = &tool.folder else {
        return Class::LocalWrite;
    };
    let path = parsed.value(options).map_or(".", |path| path.text.as_str());
    weigh(path, around.folder, around.remote).max(Class::LocalWrite)
}

/// What the rules and lists of a verb give.
struct Choice<'k> {
    level: Option<Level>,
    /// The strongest of all that may be meant.
    strongest: Option<Level>,
    hit: Option<&'k Rule>,
    explicit: bool,
}

/// The first rule that holds, else what the lists say; when a rule may hold, one of the two.
fn choose<'k>(
    about: &[&'k Rule],
    listed: Option<Level>,
    parsed: &Parsed<'_>,
    around: Surroundings<'_>,
) -> Choice<'k> {
    let mut choice = Choice {
        level: None,
        strongest: None,
        hit: None,
        explicit: false,
    };
    let add = |choice: &mut Choice<'k>, level: Option<Level>| {
        choice.strongest = choice.strongest.max(level);
        choice.level = match (choice.level, level) {
            (None, level) => level,
            (Some(known), Some(level)) => Some(known.either(level)),
            (Some(known), None) => Some(known.either(Level::UNKNOWN)),
        };
    };
    for rule in about
        .iter()
        .filter(|rule| rule.when.is_some() || rule.level.is_some())
    {
        let holds = rule
            .when
            .as_ref()
            .map_or(Truth::Yes, |when| holds(when, parsed, around));
        if holds == Truth::No {
            continue;
        }
        add(&mut choice, rule.level.or(listed));
        choice.hit = choice.hit.or(Some(rule));
        if holds == Truth::Yes {
            choice.explicit = rule.level.is_some();
            return choice;
        }
    }
    add(&mut choice, listed);
    choice
}

/// `mutates`, `reads` ...
pub(super) fn describe(level: Level) -> &'static str {
    match (level.class, level.unknown) {
        (Class::None, false) => "does nothing",
        (Class::Read, false) => "reads",
        (Class::LocalWrite, false) => "writes",
        (Class::Mutate, false) => "mutates",
        (Class::Destroy, false) => "destroys",
        (Class::None | Class::Read, true) => "not known",
        (Class::LocalWrite, true) => "writes, and may do more",
        (Class::Mutate, true) => "mutates, and may do more",
        (Class::Destroy, true) => "destroys, and may do more",
    }
}

/// Whether the option that makes a dry run may be the value of another.
fn suspect(rule: &Rule, parsed: &Parsed<'_>) -> bool {
    rule.when.as_ref().is_some_and(|when| {
        when.option
            .iter()
            .chain(when.value.iter().map(|(name, _)| name))
            .any(|name| parsed.suspects.contains(name))
    })
}

fn asks_for_help(tool: &Tool, parsed: &Parsed<'_>) -> bool {
    if parsed.help {
        return true;
    }
    let first = parsed.verb.first().map(String::as_str).or_else(|| {
        parsed
            .operands
            .first()
            .filter(|_| parsed.verb.is_empty())
            .and_then(Arg::exact)
    });
    match first {
        Some(first) => {
            tool.help.iter().any(|help| help == first)
                || first == "help" && tool.has_verbs() && parsed.path.is_none()
        }
        None => false,
    }
}

/// The class the lists give; `None` when they give none.
fn base_level(tool: &Tool, parsed: &Parsed<'_>) -> Option<Level> {
    if !tool.has_verbs() {
        return tool.class;
    }
    match parsed.path {
        Some(path) => path.level.or_else(|| shorter_level(tool, parsed)),
        None if parsed.operands.is_empty() && parsed.tail.is_none() && !parsed.loose => {
            if parsed.unlisted.is_empty() {
                tool.bare
            } else {
                None
            }
        }
        None => None,
    }
}

/// A rule may name a longer path than the lists (`wait-for application`); the lists then count
/// with the longest path they have.
fn shorter_level(tool: &Tool, parsed: &Parsed<'_>) -> Option<Level> {
    let verb = parsed.verb_words();
    tool.paths
        .iter()
        .filter(|path| path.level.is_some() && path.words.len() <= verb.len())
        .filter(|path| {
            verb.get(..path.words.len())
                .is_some_and(|verb| super::spec::matches_path(&path.words, verb))
        })
        .max_by_key(|path| (path.words.len(), path.exact))
        .and_then(|path| path.level)
}

/// Targets, facets and paths of the entry that gave the class, completed by the entries of the
/// verb that only give details.
fn details(tool: &Tool, about: &[&Rule], hit: Option<&Rule>) -> Details {
    let mut found = tool.own.clone();
    let mut more = |details: &Details| {
        if !details.targets.is_empty() {
            found.targets.clone_from(&details.targets);
        }
        if !details.writes.is_empty() {
            found.writes.clone_from(&details.writes);
        }
        found.copy |= details.copy;
        found.facets.extend(details.facets.iter().cloned());
    };
    for rule in about {
        if rule.when.is_none() && rule.level.is_none() {
            more(&rule.details);
        }
    }
    if let Some(hit) = hit {
        more(&hit.details);
    }
    found
}

/// What in the command line made the entry hold, for a reason.
fn cause(rule: &Rule, parsed: &Parsed<'_>) -> String {
    let Some(when) = &rule.when else {
        return String::new();
    };
    let named = |names: &[String]| -> Option<String> {
        parsed
            .options
            .iter()
            .find(|(name, _)| names.contains(name))
            .map(|(name, _)| name.clone())
            .or_else(|| names.first().cloned())
    };
    if !when.option.is_empty() {
        return named(&when.option).unwrap_or_default();
    }
    if let Some((name, _)) = when.value.first() {
        let value = parsed
            .value(std::slice::from_ref(name))
            .map(|value| value.text.clone())
            .unwrap_or_default();
        return format!("{name} {value}").trim_end().to_owned();
    }
    if !when.operand.is_empty() || !when.operand_at.is_empty() {
        return "the operands".to_owned();
    }
    if !when.no_option.is_empty() {
        return format!("without {}", when.no_option.join(" or "));
    }
    String::new()
}

/// Whether all conditions hold.
pub(super) fn holds(when: &When, parsed: &Parsed<'_>, around: Surroundings<'_>) -> Truth {
    let mut truth = Truth::Yes;
    let mut and = |other: Truth| truth = truth.min(other);
    if !when.option.is_empty() {
        and(given(&when.option, parsed, around.loose));
    }
    if !when.no_option.is_empty() {
        and(given(&when.no_option, parsed, around.loose).not());
    }
    if !when.value.is_empty() {
        and(any_value(&when.value, parsed, around.loose));
    }
    if !when.every_value.is_empty() {
        and(every_value(&when.every_value, parsed, around.loose));
    }
    if !when.no_value.is_empty() {
        and(any_value(&when.no_value, parsed, around.loose).not());
    }
    if !when.operand.is_empty() {
        and(any_operand(&when.operand, parsed));
    }
    if !when.no_operand.is_empty() {
        and(any_operand(&when.no_operand, parsed).not());
    }
    for (at, patterns) in &when.operand_at {
        and(operand_at(*at, patterns, parsed));
    }
    for (at, patterns) in &when.no_operand_at {
        and(operand_at(*at, patterns, parsed).not());
    }
    if let Some((least, most)) = when.operands {
        and(counted(least, most, parsed));
    }
    if !when.called.is_empty() {
        let fits = |pattern: &String| matches_word(pattern, around.called);
        and(Truth::of(when.called.iter().any(fits)));
    }
    if let Some(stdin) = when.stdin {
        and(Truth::of(stdin == around.stdin));
    }
    if when.seen && truth == Truth::Maybe {
        return Truth::No;
    }
    truth
}

fn given(names: &[String], parsed: &Parsed<'_>, loose: bool) -> Truth {
    // Of an option and its opposite the last counts.
    let last = parsed.options.iter().rev().find_map(|(name, _)| {
        if names.contains(name) {
            return Some(true);
        }
        let positive = name.strip_prefix("--no-").map(|rest| format!("--{rest}"))?;
        names.contains(&positive).then_some(false)
    });
    match last {
        Some(true) => Truth::Yes,
        Some(false) => Truth::No,
        None if parsed.loose && loose => Truth::Maybe,
        None => Truth::No,
    }
}

fn any_value(wanted: &[(String, Vec<String>)], parsed: &Parsed<'_>, loose: bool) -> Truth {
    let names: Vec<&String> = wanted.iter().map(|(name, _)| name).collect();
    let last = parsed
        .options
        .iter()
        .rev()
        .find(|(name, _)| names.contains(&name));
    let Some((name, value)) = last else {
        return if parsed.loose && loose {
            Truth::Maybe
        } else {
            Truth::No
        };
    };
    let Some((_, patterns)) = wanted.iter().find(|(wanted, _)| wanted == name) else {
        return Truth::No;
    };
    match value {
        Some(value) => fits_any(patterns, value, true),
        None => Truth::of(patterns.iter().any(|pattern| matches_word(pattern, ""))),
    }
}

/// Whether options that may be repeated (`-c 'show x' -c 'show y'`) are given with such values only.
fn every_value(wanted: &[(String, Vec<String>)], parsed: &Parsed<'_>, loose: bool) -> Truth {
    let truths = parsed.options.iter().filter_map(|(name, value)| {
        let (_, patterns) = wanted.iter().find(|(wanted, _)| wanted == name)?;
        Some(match value {
            Some(value) => fits_any(patterns, value, true),
            None => Truth::No,
        })
    });
    match truths.min() {
        Some(truth) if parsed.loose && loose => truth.min(Truth::Maybe),
        Some(truth) => truth,
        None if parsed.loose && loose => Truth::Maybe,
        None => Truth::No,
    }
}

fn any_operand(patterns: &[String], parsed: &Parsed<'_>) -> Truth {
    let tail = parsed.tail.iter().flatten();
    let mut truth = parsed
        .operands
        .iter()
        .chain(tail)
        .map(|operand| fits_any(patterns, operand, false))
        .max()
        .unwrap_or(Truth::No);
    if truth == Truth::No
        && parsed
            .operands
            .iter()
            .any(|operand| operand.many && operand.bare)
    {
        truth = Truth::Maybe;
    }
    truth
}

fn operand_at(at: isize, patterns: &[String], parsed: &Parsed<'_>) -> Truth {
    let found = parsed.operand(at).or_else(|| {
        let at = usize::try_from(at)
            .ok()?
            .checked_sub(parsed.operands.len())?;
        parsed.tail.as_ref()?.get(at)
    });
    match found {
        Some(operand) => {
            let truth = fits_any(patterns, operand, true);
            if parsed.shifted && truth != Truth::No {
                Truth::Maybe
            } else {
                truth
            }
        }
        None => Truth::No,
    }
}

fn counted(least: usize, most: usize, parsed: &Parsed<'_>) -> Truth {
    let count = parsed.operands.len() + parsed.tail.as_ref().map_or(0, Vec::len);
    let many = parsed
        .operands
        .iter()
        .filter(|operand| operand.many)
        .count();
    // What may be several words is at least one.
    let fewest = count - usize::from(parsed.shifted && count > many);
    if many > 0 {
        // Any number of words: certain only when the bounds leave it open.
        return if fewest >= least && most == usize::MAX {
            Truth::Yes
        } else if fewest > most {
            Truth::No
        } else {
            Truth::Maybe
        };
    }
    let inside = |count: usize| (least..=most).contains(&count);
    match (inside(fewest), inside(count)) {
        (true, true) => Truth::Yes,
        (false, false) => Truth::No,
        (true, false) | (false, true) => Truth::Maybe,
    }
}

/// Whether the argument fits one of the patterns. What is not known of it counts as an ordinary
/// word for patterns that look for a character inside (`*=*`); `strict` patterns name values.
fn fits_any(patterns: &[String], arg: &Arg, strict: bool) -> Truth {
    patterns
        .iter()
        .map(|pattern| fits(pattern, arg, strict))
        .max()
        .unwrap_or(Truth::No)
}

fn fits(pattern: &str, arg: &Arg, strict: bool) -> Truth {
    if arg.known {
        return Truth::of(matches_word(pattern, &arg.text));
    }
    // Opaque: the unknown rest is one strange character that only `*` matches.
    let opaque = format!("{}\u{1}", arg.start());
    if matches_word(pattern, &opaque) {
        return Truth::Yes;
    }
    if pattern.starts_with('*') && pattern.ends_with('*') {
        // Literal text behind the unknown part shows too: `$app=x`.
        return Truth::of(
            !strict && matches_word(pattern, &arg.text) && !arg.text.starts_with('$'),
        );
    }
    let literal = pattern.split('*').next().unwrap_or("");
    let start = arg.start();
    if literal.starts_with(start) || start.starts_with(literal) {
        Truth::Maybe
    } else {
        Truth::No
    }
}

/// Adds what is written at the places of `details`; `base` says that the level itself stands for
/// the writing of these paths.
fn write(
    details: &Details,
    level: Level,
    parsed: &Parsed<'_>,
    around: Surroundings<'_>,
    verdict: &mut Verdict,
    base: bool,
) -> Level {
    let mut paths: Vec<Arg> = Vec::new();
    for place in &details.writes {
        let found = arguments(place, parsed);
        match place {
            Place::Assigned(start) => {
                paths.extend(found.into_iter().map(|arg| arg.from(start.len())));
            }
            Place::Operand(_)
            | Place::Operands(_)
            | Place::Option(_)
            | Place::AfterDashes
            | Place::Stdin
            | Place::Until(_)
            | Place::Rest(_) => paths.extend(found.into_iter().cloned()),
        }
    }
    let mut found = Level::known(Class::None);
    let mut any = false;
    let mut add = |path: &Arg, class: Class, targets: &mut Vec<Target>| {
        any = true;
        found = found.join(Level::known(class));
        if class > Class::None {
            targets.push(file_target(path));
        }
    };
    for path in paths {
        let class = if path.text == "-" {
            Class::None
        } else {
            weigh(&path.text, around.folder, around.remote)
        };
        add(&path, class, &mut verdict.targets);
    }
    if details.copy {
        let (last, sources) = match parsed.operands.split_last() {
            Some((last, sources)) if !sources.is_empty() => (Some(last), sources),
            Some(_) | None => (None, parsed.operands.as_slice()),
        };
        for source in sources {
            if let Some(host) = remote_host(&source.text) {
                verdict.targets.push(host_target(host, source));
            }
        }
        if let Some(last) = last {
            match remote_host(&last.text) {
                Some(host) => {
                    any = true;
                    found = found.join(Level::known(Class::Mutate));
                    verdict.targets.push(host_target(host, last));
                    verdict.reasons.push(format!("copies to {host}"));
                }
                None if last.text == "-" => any = true,
                None => {
                    let class = weigh(&last.text, around.folder, around.remote);
                    any = true;
                    found = found.join(Level::known(class));
                    if class > Class::None {
                        verdict.targets.push(file_target(last));
                    }
                    if last.prefix == 0 && last.bare {
                        found.unknown = true;
                    }
                }
            }
        }
    }
    if !any {
        return level;
    }
    // A class of local-write in the entry is a stand-in for what the paths weigh.
    // Of a copy the direction decides.
    if base && (level.class == Class::LocalWrite || details.copy && level.class == Class::Mutate) {
        Level {
            class: found.class.max(Class::Read),
            unknown: level.unknown || found.unknown,
        }
    } else {
        level.join(found)
    }
}

fn file_target(path: &Arg) -> Target {
    Target {
        kind: "file".to_owned(),
        id: id_of(path, &path.text, None),
        within: Vec::new(),
    }
}

fn host_target(host: &str, operand: &Arg) -> Target {
    let host = host.rsplit('@').next().unwrap_or(host);
    Target {
        kind: "host".to_owned(),
        id: id_of(operand, host, None),
        within: Vec::new(),
    }
}

/// The arguments at a place.
pub(super) fn arguments<'a>(place: &'a Place, parsed: &'a Parsed<'_>) -> Vec<&'a Arg> {
    match place {
        Place::Operand(at) => parsed.operand(*at).into_iter().collect(),
        Place::Operands(from) => parsed.operands.iter().skip(*from).collect(),
        Place::Option(names) => parsed.values(names).collect(),
        Place::AfterDashes => parsed.dashes.iter().flatten().collect(),
        Place::Assigned(start) => parsed
            .operands
            .iter()
            .filter(|operand| operand.start().starts_with(start.as_str()))
            .collect(),
        Place::Stdin | Place::Until(_) | Place::Rest(_) => Vec::new(),
    }
}

/// The targets a template makes.
pub(super) fn make_targets(
    template: &TargetTemplate,
    tool: &Tool,
    parsed: &Parsed<'_>,
    around: Surroundings<'_>,
    level: Level,
    targets: &mut Vec<Target>,
) {
    let reading = level.class <= Class::Read;
    let absent = if reading {
        TargetId::All
    } else {
        TargetId::Unknown
    };
    let within = |arg: Option<&Arg>| -> Vec<(String, TargetId)> {
        template
            .within
            .iter()
            .map(|template| {
                let id = match (&template.id, arg) {
                    (IdTemplate::Argument(Place::Operands(_)), Some(arg)) => {
                        id_of(arg, &arg.text, template.strip)
                    }
                    (id, _) => single_id(id, template, parsed, around, &TargetId::Ambient),
                };
                (kind_of(template, tool, parsed), id)
            })
            .collect()
    };
    if let Some(of) = &template.of {
        typed_targets(template, of, tool, parsed, around, &absent, targets);
        return;
    }
    let kind = kind_of(template, tool, parsed);
    match &template.id {
        IdTemplate::Argument(place @ (Place::Operands(_) | Place::AfterDashes)) => {
            let found = arguments(place, parsed);
            if found.is_empty() {
                // `cat <<EOF` reads no file rather than all of them.
                if kind == "file" {
                    return;
                }
                targets.push(Target {
                    kind,
                    id: absent,
                    within: within(None),
                });
                return;
            }
            for arg in found {
                targets.push(Target {
                    kind: kind.clone(),
                    id: id_of(arg, &arg.text, template.strip),
                    within: within(Some(arg)),
                });
            }
        }
        id @ (IdTemplate::Argument(_)
        | IdTemplate::All
        | IdTemplate::Ambient
        | IdTemplate::Word(_)
        | IdTemplate::Unknown) => {
            let absent = match id {
                IdTemplate::Argument(Place::Option(_)) => TargetId::Ambient,
                IdTemplate::Argument(_)
                | IdTemplate::All
                | IdTemplate::Ambient
                | IdTemplate::Word(_)
                | IdTemplate::Unknown => absent,
            };
            let id = single_id(id, template, parsed, around, &absent);
            targets.push(Target {
                kind,
                id,
                within: within(None),
            });
        }
    }
}

/// Targets whose kind stands in an operand: `pods x`, `deploy/x`, `pod/a svc/b`.
fn typed_targets(
    template: &TargetTemplate,
    of: &Place,
    tool: &Tool,
    parsed: &Parsed<'_>,
    around: Surroundings<'_>,
    absent: &TargetId,
    targets: &mut Vec<Target>,
) {
    let within: Vec<(String, TargetId)> = template
        .within
        .iter()
        .map(|template| {
            (
                kind_of(template, tool, parsed),
                single_id(&template.id, template, parsed, around, &TargetId::Ambient),
            )
        })
        .collect();
    let mut push = |word: &str, id: TargetId| {
        targets.push(Target {
            kind: template.kind.replace('*', &canonical(tool, word)),
            id,
            within: within.clone(),
        });
    };
    let Some(first) = arguments(of, parsed).into_iter().next() else {
        push("unknown", absent.clone());
        return;
    };
    let typed: Vec<&Arg> = match of {
        Place::Operand(at) if *at >= 0 => parsed
            .operands
            .iter()
            .skip(at.unsigned_abs())
            .filter(|operand| operand.text.contains('/'))
            .collect(),
        Place::Operand(_)
        | Place::Operands(_)
        | Place::Option(_)
        | Place::AfterDashes
        | Place::Stdin
        | Place::Until(_)
        | Place::Rest(_)
        | Place::Assigned(_) => Vec::new(),
    };
    if first.text.contains('/') {
        for operand in typed {
            if let Some((kind, id)) = operand.text.split_once('/') {
                push(kind, id_of(operand, id, template.strip));
            }
        }
        return;
    }
    for kind in first.text.split(',') {
        match &template.id {
            IdTemplate::Argument(place) => {
                let found = arguments(place, parsed);
                if found.is_empty() {
                    push(kind, absent.clone());
                }
                for arg in found {
                    push(kind, id_of(arg, &arg.text, template.strip));
                }
            }
            id @ (IdTemplate::All
            | IdTemplate::Ambient
            | IdTemplate::Word(_)
            | IdTemplate::Unknown) => push(kind, single_id(id, template, parsed, around, absent)),
        }
    }
}

fn canonical(tool: &Tool, word: &str) -> String {
    let word = word.split(['/', '.']).next().unwrap_or(word).to_lowercase();
    tool.kinds.get(&word).cloned().unwrap_or(word)
}

fn kind_of(template: &TargetTemplate, tool: &Tool, parsed: &Parsed<'_>) -> String {
    if !template.kind.contains('*') {
        return template.kind.clone();
    }
    let word = match &template.of {
        Some(of) => arguments(of, parsed)
            .first()
            .map(|arg| canonical(tool, &arg.text))
            .unwrap_or_default(),
        // Without `of` the star is the noun of the verb path: `server delete` is about a server.
        None => nouns(&parsed.verb).join("-"),
    };
    template.kind.replace('*', &word)
}

/// The words of a verb path that name the object: `server` of `server delete` and of
/// `server add volume`.
fn nouns(verb: &[String]) -> &[String] {
    let end = verb
        .iter()
        .position(|word| word == "add" || word == "remove")
        .unwrap_or(verb.len().saturating_sub(1));
    verb.get(..end.max(1)).unwrap_or(verb)
}

fn single_id(
    id: &IdTemplate,
    template: &TargetTemplate,
    parsed: &Parsed<'_>,
    around: Surroundings<'_>,
    absent: &TargetId,
) -> TargetId {
    let found = match id {
        IdTemplate::Argument(place) => match arguments(place, parsed).last() {
            Some(arg) => id_of(arg, &arg.text, template.strip),
            None => absent.clone(),
        },
        IdTemplate::All => TargetId::All,
        IdTemplate::Ambient => TargetId::Ambient,
        IdTemplate::Word(word) => TargetId::Named(word.clone()),
        IdTemplate::Unknown => TargetId::Unknown,
    };
    if found != TargetId::Ambient {
        return found;
    }
    around
        .ambient
        .get(&template.kind)
        .cloned()
        .unwrap_or(TargetId::Ambient)
}

/// The id an argument names; `text` is the argument's text or a part of it.
fn id_of(arg: &Arg, text: &str, strip: Option<char>) -> TargetId {
    let cut = match strip {
        Some(strip) => text.split(strip).next().unwrap_or(text),
        None => text,
    };
    let start = arg.start();
    if arg.known || start.len() > cut.len() && start.starts_with(cut) {
        return TargetId::Named(cut.to_owned());
    }
    if arg.only_placeholders {
        let name = cut
            .strip_prefix('<')
            .and_then(|name| name.strip_suffix('>'))
            .filter(|name| !name.contains(['<', '>']))
            .unwrap_or(cut);
        return if cut.contains('<') {
            TargetId::Placeholder(name.to_owned())
        } else {
            TargetId::Named(cut.to_owned())
        };
    }
    TargetId::Unknown
}
