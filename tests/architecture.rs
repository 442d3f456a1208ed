//! The import directions of ARCHITECTURE.md, read from the sources.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Who may import whom. `cli` may import everything, and nobody imports `cli`.
const ROOMS: [(&str, &[&str]); 14] = [
    ("source", &[]),
    ("diagnostic", &["source"]),
    ("shell", &["source", "diagnostic"]),
    ("runbook", &["shell", "source"]),
    ("config", &["diagnostic", "workspace", "source"]),
    ("workspace", &["source"]),
    ("parse", &["runbook", "shell", "diagnostic", "source"]),
    (
        "effect",
        &["runbook", "shell", "source", "config", "workspace"],
    ),
    (
        // The codes of what the parser finds stand in `parse`.
        "lint",
        &[
            "parse",
            "effect",
            "runbook",
            "shell",
            "config",
            "workspace",
            "diagnostic",
            "source",
        ],
    ),
    (
        "plan",
        &[
            "effect",
            "runbook",
            "shell",
            "config",
            "workspace",
            "source",
        ],
    ),
    ("diff", &["effect", "runbook", "source"]),
    ("record", &["plan"]),
    ("backend", &["plan", "record"]),
    ("report", &["diagnostic", "source"]),
];

/// The crates whose types would leak, and the one file or folder that knows each.
const CRATES: [(&str, &str); 12] = [
    ("clap", "src/cli/"),
    ("clap_complete", "src/cli/"),
    ("clap_mangen", "src/cli/"),
    ("codespan_reporting", "src/report/full.rs"),
    ("comrak", "src/backend/page/prose.rs"),
    ("globset", "src/config/globs.rs"),
    ("ignore", "src/cli/files.rs"),
    ("pulldown_cmark", "src/parse/markdown.rs"),
    ("sha2", "src/"),
    ("similar", "src/"),
    ("unicode_width", "src/report/view.rs"),
    ("tera", "src/backend/"),
];

#[test]
fn every_import_follows_the_picture() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let room = room_of(&path);
        for (line, imported) in imports(&text) {
            let allowed = room == "cli"
                || room == imported
                || ["lib", "main"].contains(&room.as_str())
                || ROOMS
                    .iter()
                    .any(|(name, may)| *name == room && may.contains(&imported.as_str()));
            if !allowed {
                wrong.push(format!(
                    "{path}:{line}: `{room}` must not know of `{imported}`; it may import {}",
                    may_import(&room)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_crate_is_known_in_one_room() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        for (name, home) in CRATES {
            let mention = format!("{name}::");
            for (line, code) in code_lines(&text) {
                let uses = code.match_indices(&mention).any(|(at, _)| {
                    let before = code.get(..at).and_then(|text| text.chars().next_back());
                    !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
                });
                if uses && !path.starts_with(home) {
                    wrong.push(format!(
                        "{path}:{line}: `{name}` is known in `{home}` only, so that replacing it \
                         stays a change of that file"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_a_file_and_a_page_of_its_name_and_a_code_of_its_own() {
    let mut ids = BTreeMap::new();
    for rule in rbc::lint::rules::ALL {
        let id = rule.code.id;
        let name = rule.code.name;
        if let Some(other) = ids.insert(id, name) {
            panic!("`{id}` is the code of `{other}` and of `{name}`");
        }
        let title = format!("# {id} {name}\n");
        assert!(
            rule.page.starts_with(&title),
            "the page of `{id}` must start with `# {id} {name}`"
        );
        let page = format!("src/lint/rules/{}.md", name.replace('-', "_"));
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&page);
        assert!(path.exists(), "the page of `{id}` must be `{page}`");
    }
    let in_order: Vec<&str> = rbc::lint::rules::ALL
        .iter()
        .map(|rule| rule.code.id)
        .collect();
    let mut sorted = in_order.clone();
    sorted.sort_unstable();
    assert_eq!(in_order, sorted, "the list of rules is in order of code");
}

/// The sources below `src`, by path from the package's folder.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::from("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root.join(&folder)).expect("the folder was listed") {
            let entry = entry.expect("the folder can be read");
            let path = folder.join(entry.file_name());
            if entry.path().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(entry.path()).expect("sources are UTF-8");
                files.push((path.to_string_lossy().replace('\\', "/"), text));
            }
        }
    }
    files.sort();
    files
}

/// The room of a source: the first name below `src`.
fn room_of(path: &str) -> String {
    let below = path.strip_prefix("src/").unwrap_or(path);
    let name = below.split('/').next().unwrap_or(below);
    name.strip_suffix(".rs").unwrap_or(name).to_owned()
}

/// The lines of code, by number, comments left out.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// The rooms named by `crate::ROOM` in the code, with their lines.
fn imports(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (line, code) in code_lines(text) {
        for (at, _) in code.match_indices("crate::") {
            let before = code.get(..at).and_then(|text| text.chars().next_back());
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
                continue;
            }
            let rest = code.get(at + "crate::".len()..).unwrap_or_default();
            assert!(
                !rest.starts_with('{'),
                "line {line}: write one `use crate::room::...` a room, so that this test can read it"
            );
            let name: String = rest
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            found.push((line, name));
        }
    }
    found
}

fn may_import(room: &str) -> String {
    let may = ROOMS.iter().find(|(name, _)| *name == room);
    match may {
        Some((_, [])) => "nothing".to_owned(),
        Some((_, rooms)) => format!("`{}`", rooms.join("`, `")),
        None => "nothing: it is not in the table of tests/architecture.rs".to_owned(),
    }
}
