//! `rbc config`: the settings in force and where each comes from.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::arguments::ConfigOptions;
use super::files::{absolute, from_here, show};
use super::project::{Project, Projects, below};
use super::{Exit, Failure, terminal};
use crate::config::FILE_NAME;
use crate::lint::rules;
use crate::source::{LineIndex, SourceFile};

/// The settings that have a value without being set.
const DEFAULTS: [(&str, &str); 28] = [
    ("hosts.local", "none"),
    ("lint.all", "false"),
    ("lint.baseline", "none"),
    ("lint.exclude", "[]"),
    ("override", "[]"),
    ("paths.ids", "[]"),
    ("paths.index", "none"),
    ("paths.templates", "none"),
    ("paths.version-lock", "none"),
    ("policy.channel-changes", "\"in-reverts\""),
    ("policy.forbid", "[]"),
    ("policy.order", "[]"),
    ("policy.protected", "[]"),
    ("profile.use", "\"default\""),
    ("records.form", "\"house\""),
    ("session.label", "none"),
    ("session.lock", "none"),
    ("session.source", "[]"),
    ("session.wrapper", "none"),
    ("style.ascii", "true"),
    ("style.expectations", "true"),
    ("style.header", "[\"STATUS\", \"Scope\", \"Conventions\"]"),
    ("style.label-looks", "true"),
    ("style.line-endings", "\"lf\""),
    ("style.paste-safe", "true"),
    ("style.read-only-remark", "true"),
    ("style.revert-rows", "true"),
    ("style.script-invocation", "\"bash\""),
];

/// The lists that grow from folder to folder; of everything else the inner value is in force.
const GROWING: [&str; 4] = [
    "lint.exclude",
    "paths.ids",
    "policy.protected",
    "session.source",
];

/// Prints one setting a line.
pub(super) fn show_settings(options: &ConfigOptions) -> Result<Exit, Failure> {
    let is_folder = options.path.is_dir();
    let folder = if is_folder {
        absolute(&options.path)?
    } else {
        let parent = options.path.parent().unwrap_or(&options.path);
        absolute(parent)?
    };
    let (project, relative) = Projects::default().of_folder(&folder)?;
    let root = show(&from_here(&project.root));
    let root = if root.is_empty() { "." } else { &root };
    let mut out = format!("root: {root}\n");
    let mut settings = Settings::default();
    for layer in &project.layers {
        settings.add_layer(layer);
    }
    if project.layers.is_empty() {
        out.push_str(&format!("no {FILE_NAME}: every setting has its default\n"));
    }
    if !is_folder {
        let path = below(&relative, &show(&options.path));
        settings.apply_overrides(&project, &path);
        if project.excludes(&path) {
            out.push_str("excluded: looked at only when it is named\n");
        }
    }
    for (name, value) in DEFAULTS {
        let is_set = settings.values.keys().any(|key| {
            key.strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
        });
        if !is_set {
            settings.set(name, value.to_owned(), "default".to_owned());
        }
    }
    for (name, values) in settings.values {
        for (index, (value, origin)) in values.iter().enumerate() {
            let sign = if index == 0 { "=" } else { "+=" };
            out.push_str(&format!("{name} {sign} {value}  # {origin}\n"));
        }
    }
    terminal::print(&out)?;
    Ok(Exit::Clean)
}

/// Settings by dotted name: the values as written and their places.
#[derive(Debug, Default)]
struct Settings {
    values: BTreeMap<String, Vec<(String, String)>>,
}

impl Settings {
    /// Adds the settings of a file further down.
    fn add_layer(&mut self, file: &SourceFile) {
        let mut own = Own::new();
        collect(file, &mut own);
        let offsets = ["policy.forbid", "policy.order", "override"].map(|list| {
            let last = self.values.keys().filter_map(|name| index_of(name, list));
            (list, last.max().map_or(0, |last| last + 1))
        });
        for (name, (value, origin)) in own {
            let name = offsets
                .iter()
                .find_map(|(list, offset)| {
                    let index = index_of(&name, list)?;
                    let rest = name.split_once(']').map_or("", |(_, rest)| rest);
                    Some(format!("{list}[{}]{rest}", index + offset))
                })
                .unwrap_or(name);
            self.set(&name, value, origin);
        }
    }

    /// Puts a value in force. Rules are called by their names, whatever the file calls them.
    fn set(&mut self, name: &str, value: String, origin: String) {
        let rule = name.strip_prefix("rules.").and_then(rules::find);
        let name = rule.map_or(name.to_owned(), |rule| format!("rules.{}", rule.code.name));
        let values = self.values.entry(name.clone()).or_default();
        if !GROWING.contains(&name.as_str()) {
            values.clear();
        }
        values.push((value, origin));
    }

    /// Puts the overrides in force that are about a file.
    fn apply_overrides(&mut self, project: &Project, path: &str) {
        for index in project.overrides_of(path) {
            let prefix = format!("override[{index}].");
            let stated: Vec<(String, String, String)> = self
                .values
                .iter()
                .filter_map(|(name, values)| {
                    let name = name.strip_prefix(&prefix).filter(|name| *name != "files")?;
                    let (value, origin) = values.last()?;
                    Some((
                        name.to_owned(),
                        value.clone(),
                        format!("{origin}, override[{index}]"),
                    ))
                })
                .collect();
            for (name, value, origin) in stated {
                self.set(&name, value, origin);
            }
        }
    }
}

/// The index in a name such as `policy.forbid[2].command`.
fn index_of(name: &str, list: &str) -> Option<usize> {
    let rest = name.strip_prefix(list)?.strip_prefix('[')?;
    rest.split_once(']')?.0.parse().ok()
}

/// The settings of one file by dotted name: the value as written and the place.
type Own = BTreeMap<String, (String, String)>;

fn collect(file: &SourceFile, settings: &mut Own) {
    let Ok(table) = DeTable::parse(&file.text) else {
        return;
    };
    let lines = LineIndex::new(&file.text);
    collect_table(table.get_ref(), "", file, &lines, settings);
}

fn collect_table(
    table: &DeTable<'_>,
    prefix: &str,
    file: &SourceFile,
    lines: &LineIndex,
    settings: &mut Own,
) {
    for (key, value) in table {
        let name = match prefix {
            "" => key.get_ref().to_string(),
            _ => format!("{prefix}.{}", key.get_ref()),
        };
        collect_value(value, name, file, lines, settings);
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the kinds of value belong to the TOML parser"
)]
fn collect_value(
    value: &Spanned<DeValue<'_>>,
    name: String,
    file: &SourceFile,
    lines: &LineIndex,
    settings: &mut Own,
) {
    match value.get_ref() {
        DeValue::Table(table) => collect_table(table, &name, file, lines, settings),
        DeValue::Array(items)
            if items
                .iter()
                .any(|item| matches!(item.get_ref(), DeValue::Table(_))) =>
        {
            for (index, item) in items.iter().enumerate() {
                collect_value(item, format!("{name}[{index}]"), file, lines, settings);
            }
        }
        _ => {
            let written = file.text.get(value.span()).unwrap_or("");
            let folded = written.split_whitespace().collect::<Vec<_>>().join(" ");
            let line = lines.line(u32::try_from(value.span().start).unwrap_or(u32::MAX));
            settings.insert(name, (folded, format!("{}:{line}", file.path)));
        }
    }
}
