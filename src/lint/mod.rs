//! What a runbook's text and the effects of its commands say about it, as findings: runs the rules,
//! merges what the parser found, and applies severities, selection and suppressions.

mod baseline;
mod context;
mod fix;
mod revert;
pub mod rules;
mod silence;
mod suppression;

use std::collections::BTreeSet;

use crate::config::{self, Config, Level, Profile};
use crate::diagnostic::{Code, Diagnostic, Severity, nearest};

pub use baseline::{Baseline, Told};
pub use context::Context;
pub use fix::{Fixed, fix};
pub use suppression::Suppression;

/// A rule of the linter.
#[derive(Debug)]
pub struct Rule {
    /// Its stable id, its name and its default severity.
    pub code: &'static Code,
    /// Its manual page, markdown: what it finds, why, what fires, what does not, how to mend it.
    pub page: &'static str,
    /// Which files it looks at.
    pub reach: Reach,
    /// Finds; `None` where the parser or the linter itself raises the findings.
    pub check: Option<fn(&Context<'_>, &mut Vec<Diagnostic>)>,
}

impl Rule {
    /// What the rule finds, in one sentence: the first paragraph of its page.
    pub fn summary(&self) -> String {
        let paragraph = self.page.split("\n\n").nth(1).unwrap_or_default();
        paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Which files a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Runbooks: files with a label of ours.
    Runbooks,
    /// With `--all`, any markdown.
    Everything,
}

/// Which rules the person at the command line wants to hear of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Only these, by id; all when empty. Naming a rule that is off turns it on.
    pub select: BTreeSet<&'static str>,
    /// Not these, by id.
    pub ignore: BTreeSet<&'static str>,
    /// Whether files without labels are looked at too.
    pub all: bool,
}

/// What linting a file came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// The findings, in order of place.
    pub findings: Vec<Diagnostic>,
    /// The suppressions of the file, in order of place.
    pub suppressions: Vec<Suppression>,
    /// How many findings they hide.
    pub suppressed: usize,
    /// Whether the file was passed over because it has no label of ours.
    pub skipped: bool,
}

impl Outcome {
    /// What a file comes to that has no label of ours, when nobody asked for such files.
    pub fn not_a_runbook() -> Self {
        Outcome {
            skipped: true,
            ..Outcome::default()
        }
    }
}

/// Runs the rules over one file. `parsed` is what the parser found in it.
pub fn run(cx: &Context<'_>, parsed: Vec<Diagnostic>, selection: &Selection) -> Outcome {
    let mut findings = parsed;
    for rule in rules::ALL {
        if let Some(check) = rule.check
            && applies(rule, cx)
        {
            check(cx, &mut findings);
        }
    }
    findings.retain(|finding| rules::find(finding.code.id).is_none_or(|rule| applies(rule, cx)));
    silence::one_cause_one_finding(cx.file, cx.runbook, &mut findings);
    let judge = |finding| level(finding, cx.config, selection);
    let mut findings: Vec<Diagnostic> = findings.into_iter().filter_map(judge).collect();

    let (mut suppressions, malformed) = suppression::collect(cx.runbook);
    let before = findings.len();
    findings.retain(|finding| !suppression::hides(&mut suppressions, finding));
    let suppressed = before - findings.len();

    let runs = |code: &'static Code| {
        rules::find(code.id).is_some_and(|rule| applies(rule, cx))
            && level(silent(code, cx), cx.config, selection).is_some()
    };
    let unused = suppression::unused(&suppressions, runs);
    let about_suppressions = malformed.into_iter().chain(unused).filter_map(judge);
    if cx.runbook.labelled {
        findings.extend(about_suppressions);
    }
    findings.sort_by(|a, b| {
        (a.primary, a.code.id, &a.message).cmp(&(b.primary, b.code.id, &b.message))
    });
    findings.dedup();
    Outcome {
        findings,
        suppressions,
        suppressed,
        skipped: false,
    }
}

/// What is wrong with a workspace as a whole, on files that are no runbooks: each with its finding.
/// `first` is the id that the first of the files gets.
pub fn repository(
    config: &Config,
    workspace: &crate::workspace::Workspace,
    selection: &Selection,
    first: u32,
) -> Vec<(crate::source::SourceFile, Diagnostic)> {
    let nothing = crate::source::Span::new(crate::source::FileId(first), 0, 0);
    let asked = Diagnostic::new(rules::uncalled_script::RULE.code, nothing, "");
    // The walk through the whole repository is for those who want it.
    if level(asked, config, selection).is_none() {
        return Vec::new();
    }
    rules::uncalled_script::check(workspace, first)
        .into_iter()
        .filter_map(|(file, finding)| Some((file, level(finding, config, selection)?)))
        .collect()
}

/// Whether a rule looks at the file at all.
fn applies(rule: &Rule, cx: &Context<'_>) -> bool {
    match rule.reach {
        Reach::Runbooks => cx.runbook.labelled,
        Reach::Everything => true,
    }
}

/// A finding that stands for any finding of `code`, to ask whether the rule is on.
fn silent(code: &'static Code, cx: &Context<'_>) -> Diagnostic {
    Diagnostic::new(code, cx.file.span(), "")
}

/// The finding with the severity that configuration and selection give it; `None` when nobody wants
/// to hear of it. A *maybe* stays weaker than a proof: configuration cannot make it an error.
fn level(finding: Diagnostic, config: &Config, selection: &Selection) -> Option<Diagnostic> {
    let id = finding.code.id;
    let selected = selection.select.contains(id);
    if (!selection.select.is_empty() && !selected) || selection.ignore.contains(id) {
        return None;
    }
    let wanted = match configured(finding.code, config) {
        Some(level) => level.severity()?,
        // What the rule decided holds, be it weaker or stronger than its default.
        None if finding.code.default.is_some() || selected => return Some(finding),
        None => return None,
    };
    let weakened = finding
        .code
        .default
        .is_some_and(|default| finding.severity < default);
    let severity = if weakened {
        wanted.min(finding.severity)
    } else {
        wanted
    };
    Some(finding.severity(severity))
}

/// The level that the settings give a rule: the last one `[rules]` states, else what the habits of
/// the house and the profile make of it; `None` where the rule's own level holds.
fn configured(code: &Code, config: &Config) -> Option<Level> {
    let stated = config.rules.0.iter().rev();
    let stated = stated
        .map(|(name, level)| (name.get_ref(), *level))
        .find(|(name, _)| [code.id, code.name].contains(&name.as_str()));
    if let Some((_, level)) = stated {
        return Some(level);
    }
    if config.style.is_no_habit(code.id) {
        return Some(Level::Off);
    }
    match config.profile.chosen.unwrap_or_default() {
        Profile::Default => None,
        Profile::Strict => Some(match code.default {
            Some(Severity::Error | Severity::Warning) => Level::Error,
            Some(Severity::Info) | None => Level::Warning,
        }),
        Profile::Relaxed if HABITS.contains(&code.id) => Some(Level::Off),
        Profile::Relaxed => Some(match code.default {
            Some(Severity::Error) => Level::Error,
            Some(Severity::Warning | Severity::Info) => Level::Info,
            None => Level::Off,
        }),
    }
}

/// The rules about habits of a house, which `relaxed` runbooks need not have.
const HABITS: [&str; 9] = [
    "RBC108", "RBC110", "RBC112", "RBC114", "RBC302", "RBC501", "RBC502", "RBC503", "RBC504",
];

/// What is wrong with the rules that a configuration names: those that are none, and those that it
/// names twice, once by code and once by name.
pub fn check_config(config: &Config, file: &crate::source::SourceFile) -> Vec<Diagnostic> {
    let tables = config.overrides.iter().map(|it| &it.rules);
    let mut findings = Vec::new();
    for table in std::iter::once(&config.rules).chain(tables) {
        let mut seen = BTreeSet::new();
        for (name, _) in &table.0 {
            let problem = match rules::find(name.get_ref()) {
                None => format!("unknown rule `{name}`"),
                Some(rule) if !seen.insert(rule.code.id) => {
                    format!("`{}` and `{}` are one rule", rule.code.name, rule.code.id)
                }
                Some(_) => continue,
            };
            let help = match rules::find(name.get_ref()) {
                None => unknown_rule_help(name.get_ref()),
                Some(_) => "state its level once".to_owned(),
            };
            let span = config::span_of(file, name.span());
            findings.push(Diagnostic::new(&config::CODE, span, problem).help(help));
        }
    }
    findings.sort_by_key(|finding| finding.primary);
    findings
}

/// What to write instead of a rule that does not exist.
pub fn unknown_rule_help(name: &str) -> String {
    let upper = name.to_uppercase();
    let by_id = rules::ALL.iter().find(|rule| rule.code.id == upper);
    let near = by_id.map(|rule| rule.code.id).or_else(|| {
        let names = rules::ALL
            .iter()
            .flat_map(|rule| [rule.code.name, rule.code.id]);
        nearest(name, names)
    });
    match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`rbc rules` lists them".to_owned(),
    }
}
