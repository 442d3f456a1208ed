//! RBC312: scripts that nothing in the repository calls. It looks at the whole workspace, not at one
//! runbook, so that `rbc lint FOLDER` asks it once.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Reach, Rule};
use crate::source::{FileId, SourceFile, Span};
use crate::workspace::{Answer, Workspace};

static CODE: Code = Code {
    id: "RBC312",
    name: "uncalled-script",
    // Whoever lints a part of a repository does not want to hear of the rest.
    default: None,
};

/// The rule.
pub(in crate::lint) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("uncalled_script.md"),
    reach: Reach::Runbooks,
    check: None,
};

/// The folder of a repository that runbooks call their scripts from.
const FOLDER: &str = "scripts";

/// Folders and files that are looked at, at most: a repository of runbooks is smaller.
const MOST: usize = 20_000;

/// The scripts of a workspace that nothing else in it names, each with its finding; `first` is the id
/// that the first of them gets.
pub(in crate::lint) fn check(workspace: &Workspace, first: u32) -> Vec<(SourceFile, Diagnostic)> {
    let Answer::Folder(names) = workspace.ask(FOLDER) else {
        return Vec::new();
    };
    let mut scripts: Vec<String> = names
        .iter()
        .filter(|name| name.ends_with(".sh"))
        .map(|name| format!("{FOLDER}/{name}"))
        .collect();
    scripts.sort();
    let texts = texts(workspace);
    let uncalled = scripts.into_iter().filter(|path| {
        let name = path.rsplit('/').next().unwrap_or(path);
        !texts
            .iter()
            .any(|(other, text)| other != path && text.contains(name))
    });
    let found = uncalled.zip(first..).filter_map(|(path, id)| {
        let text = workspace.text(&path)?;
        let line = text.lines().next().unwrap_or("").len();
        let span = Span::new(FileId(id), 0, u32::try_from(line).unwrap_or(0));
        let finding = Diagnostic::new(&CODE, span, format!("nothing calls `{path}`"))
            .severity(Severity::Info)
            .help("delete it, or let the runbook that needs it call it: a script nobody runs is a script nobody has tested");
        let file = SourceFile {
            id: FileId(id),
            path,
            text: text.to_string(),
        };
        Some((file, finding))
    });
    found.collect()
}

/// The texts of a workspace that can call a script, by path.
fn texts(workspace: &Workspace) -> Vec<(String, std::sync::Arc<str>)> {
    const ENDS: [&str; 12] = [
        ".md", ".sh", ".bash", ".yml", ".yaml", ".toml", ".py", ".tf", ".service", ".timer",
        "akefile", "ustfile",
    ];
    let mut found = Vec::new();
    let mut folders = vec![String::new()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        let Answer::Folder(names) = workspace.ask(&folder) else {
            continue;
        };
        for name in names.iter() {
            seen += 1;
            if seen > MOST {
                return found;
            }
            let path = if folder.is_empty() {
                name.clone()
            } else {
                format!("{folder}/{name}")
            };
            if name == ".git" || name == "node_modules" || name == "target" {
                continue;
            }
            if ENDS.iter().any(|end| name.ends_with(end)) {
                found.extend(workspace.text(&path).map(|text| (path, text)));
            } else if !name.contains('.') || name.starts_with('.') {
                folders.push(path);
            }
        }
    }
    found
}
