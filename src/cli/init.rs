//! `rbc init`: the first files of a project. Nothing is ever overwritten.

use std::path::{Path, PathBuf};

use super::arguments::{CiHost, InitOptions};
use super::files::{plain, show};
use super::{Exit, Failure, terminal, write};

/// The settings, with what most projects set first.
const SETTINGS: &str = include_str!("init/rbc.toml");

/// A runbook that is clean under `--strict` and compiles.
const RUNBOOK: &str = include_str!("init/ops-restart-web.md");

const GITHUB: &str = include_str!("init/github.yml");
const GITLAB: &str = include_str!("init/gitlab.yml");

/// Writes the files, or none of them.
pub(super) fn run(options: &InitOptions) -> Result<Exit, Failure> {
    let mut files = vec![
        ("rbc.toml", SETTINGS),
        ("runbooks/ops-restart-web.md", RUNBOOK),
    ];
    match options.ci {
        CiHost::Github => files.push((".github/workflows/runbooks.yml", GITHUB)),
        CiHost::Gitlab => files.push((".gitlab/runbooks.yml", GITLAB)),
        CiHost::None => {}
    }
    let folder = &options.folder;
    let there: Vec<String> = files
        .iter()
        .map(|(name, _)| place(folder, name))
        .filter(|path| std::fs::symlink_metadata(path).is_ok())
        .map(|path| format!("`{}`", show(&path)))
        .collect();
    if !there.is_empty() {
        let verb = if there.len() == 1 { "exists" } else { "exist" };
        return Err(Failure::new(format!(
            "{} {verb} already, and nothing is overwritten: nothing was written",
            there.join(", ")
        )));
    }
    let mut out = String::new();
    for (name, text) in files {
        let path = place(folder, name);
        let cannot = |why: String| Failure::new(format!("cannot write `{}`: {why}", show(&path)));
        let parent = path.parent().unwrap_or(Path::new(""));
        std::fs::create_dir_all(parent).map_err(|error| cannot(plain(&error)))?;
        write::put_text(&path, text).map_err(cannot)?;
        out.push_str(&format!("wrote {}\n", show(&path)));
    }
    let inside = match show(folder).as_str() {
        "." => String::new(),
        folder => format!("cd {folder} && "),
    };
    out.push_str(&format!(
        "next: {inside}rbc lint && rbc compile runbooks/ops-restart-web.md\n"
    ));
    if options.ci == CiHost::Gitlab {
        out.push_str("and in .gitlab-ci.yml: include: .gitlab/runbooks.yml\n");
    }
    terminal::print(&out)?;
    Ok(Exit::Clean)
}

/// Where a file is written, as a person would write it.
fn place(folder: &Path, name: &str) -> PathBuf {
    if folder == Path::new(".") {
        PathBuf::from(name)
    } else {
        folder.join(name)
    }
}
