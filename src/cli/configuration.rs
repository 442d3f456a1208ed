//! `rbc config`: the settings in force and where each comes from.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::arguments::ConfigOptions;
use super::files::{Projects, absolute, from_here, show};
use super::{Exit, Failure, terminal};
use crate::config::FILE_NAME;
use crate::source::{LineIndex, SourceFile};

/// The settings that have a value without being set.
const DEFAULTS: [(&str, &str); 10] = [
    ("hosts.local", "none"),
    ("paths.ids", "[]"),
    ("paths.templates", "none"),
    ("paths.version-lock", "none"),
    ("policy.forbid", "[]"),
    ("policy.protected", "[]"),
    ("session.label", "none"),
    ("session.lock", "none"),
    ("session.source", "[]"),
    ("session.wrapper", "none"),
];

/// Prints one setting a line.
pub(super) fn show_settings(options: &ConfigOptions) -> Result<Exit, Failure> {
    let folder = if options.path.is_dir() {
        absolute(&options.path)?
    } else {
        let parent = options.path.parent().unwrap_or(&options.path);
        absolute(parent)?
    };
    let (project, _) = Projects::default().of_folder(&folder)?;
    let root = show(&from_here(&project.root));
    let root = if root.is_empty() { "." } else { &root };
    let mut out = format!("root: {root}\n");
    let mut settings = BTreeMap::new();
    match &project.config_file {
        Some(file) => collect(file, &mut settings),
        None => out.push_str(&format!("no {FILE_NAME}: every setting has its default\n")),
    }
    for (name, value) in DEFAULTS {
        let is_set = settings.keys().any(|key: &String| {
            key.strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
        });
        if !is_set {
            settings.insert(name.to_owned(), (value.to_owned(), "default".to_owned()));
        }
    }
    for (name, (value, origin)) in settings {
        out.push_str(&format!("{name} = {value}  # {origin}\n"));
    }
    terminal::print(&out);
    Ok(Exit::Clean)
}

/// Settings by dotted name: the value as written and the place.
type Settings = BTreeMap<String, (String, String)>;

fn collect(file: &SourceFile, settings: &mut Settings) {
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
    settings: &mut Settings,
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
    settings: &mut Settings,
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
