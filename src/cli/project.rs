//! The projects of a run: root folders, the settings in force below them, and the door to their
//! files.
//!
//! The settings of a file are those of every `rbc.toml` on the way up from its folder, the inner one
//! over the outer one. The way ends at the repository's folder (the one with `.git`), at a file
//! that says `root = true`, or at the top. The folder of the outermost one is the root that scripts
//! and documents are looked up in: a file further down changes rules for its folder, and nobody's
//! `scripts/` moves.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::Failure;
use super::files::{Input, absolute, from_here, read_text, show};
use crate::config::{self, Config, Globs};
use crate::diagnostic::Diagnostic;
use crate::effect::Knowledge;
use crate::lint;
use crate::report::{self, Report};
use crate::source::{FileId, SourceFile};
use crate::workspace::{Answer, Workspace};

/// A project: a root folder, the settings of one folder below it, and the door to its files.
#[derive(Debug)]
pub(super) struct Project {
    pub(super) root: PathBuf,
    /// The settings, before the overrides for single files.
    pub(super) config: Config,
    /// The commands that are known here.
    pub(super) knowledge: Knowledge,
    pub(super) workspace: Arc<Workspace>,
    /// The files the settings come from, the outermost first.
    pub(super) layers: Vec<SourceFile>,
    /// The patterns of `[[override]]`, in order.
    overrides: Vec<Globs>,
    exclude: Globs,
    /// The settings by the overrides that apply, made when they are first asked for.
    overridden: Mutex<BTreeMap<Vec<usize>, Arc<Config>>>,
}

impl Project {
    /// The overrides that apply to a file, by index; `path` is relative to the root.
    pub(super) fn overrides_of(&self, path: &str) -> Vec<usize> {
        let all = self.overrides.iter().enumerate();
        all.filter(|(_, globs)| globs.matches(path))
            .map(|(index, _)| index)
            .collect()
    }

    /// The settings for a file; `path` is relative to the root.
    pub(super) fn config_of(&self, path: &str) -> Arc<Config> {
        let applying = self.overrides_of(path);
        let mut known = self
            .overridden
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let config = known
            .entry(applying)
            .or_insert_with_key(|applying| Arc::new(self.config.with_overrides(applying)));
        Arc::clone(config)
    }

    /// Whether `[lint] exclude` names a file; `path` is relative to the root.
    pub(super) fn excludes(&self, path: &str) -> bool {
        self.exclude.matches(path)
    }
}

/// The path of a file relative to the root, from the folder it lies in and the path it is shown by.
pub(super) fn below(folder: &str, path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

/// The projects of a run, each loaded once.
#[derive(Debug, Default)]
pub(super) struct Projects {
    /// By folder, to spare the disk the same questions.
    known: BTreeMap<PathBuf, (Arc<Project>, String)>,
    /// By the folder whose settings they have.
    loaded: BTreeMap<PathBuf, Arc<Project>>,
    workspaces: BTreeMap<PathBuf, Arc<Workspace>>,
}

impl Projects {
    /// The project an input belongs to, and the folder of the input relative to the project's root.
    pub(super) fn of(&mut self, input: &Input) -> Result<(Arc<Project>, String), Failure> {
        let folder = match input {
            Input::Stdin => absolute(Path::new("."))?,
            Input::File(path) => {
                let folder = path.parent().unwrap_or(Path::new(""));
                absolute(folder)?
            }
        };
        self.of_folder(&folder)
    }

    /// The project an absolute folder belongs to, and the folder relative to its root.
    pub(super) fn of_folder(&mut self, folder: &Path) -> Result<(Arc<Project>, String), Failure> {
        if let Some((project, relative)) = self.known.get(folder) {
            return Ok((Arc::clone(project), relative.clone()));
        }
        let folders = config_folders(folder);
        let innermost = match folders.first() {
            Some(innermost) => (*innermost).to_owned(),
            None => repository_of(folder).unwrap_or(folder).to_owned(),
        };
        let project = match self.loaded.get(&innermost) {
            Some(project) => Arc::clone(project),
            None => {
                let project = Arc::new(self.load(&innermost, &folders)?);
                self.loaded.insert(innermost, Arc::clone(&project));
                project
            }
        };
        let relative = show(folder.strip_prefix(&project.root).unwrap_or(Path::new("")));
        self.known
            .insert(folder.to_owned(), (Arc::clone(&project), relative.clone()));
        Ok((project, relative))
    }

    /// Loads the settings of `folders`, the innermost first; without any, the project of a folder
    /// that has none.
    fn load(&mut self, innermost: &Path, folders: &[&Path]) -> Result<Project, Failure> {
        let mut files = Vec::new();
        for folder in folders {
            let (file, config) = read_settings(folder)?;
            let ends_here = config.root;
            files.push((*folder, file, config));
            if ends_here {
                break;
            }
        }
        files.reverse();
        let root = files
            .first()
            .map_or(innermost, |(folder, _, _)| folder)
            .to_owned();
        let mut config = Config::default();
        let mut layers = Vec::new();
        for (folder, file, inner) in files {
            let folder = show(folder.strip_prefix(&root).unwrap_or(Path::new("")));
            config.put_over(inner, &folder);
            layers.push(file);
        }
        let workspace = self
            .workspaces
            .entry(root.clone())
            .or_insert_with_key(|root| Arc::new(workspace(root.clone())));
        Ok(Project {
            workspace: Arc::clone(workspace),
            root,
            // What is wrong with the project's own tools was reported file by file.
            knowledge: Knowledge::with_config(&config).0,
            overrides: config
                .overrides
                .iter()
                .map(|it| Globs::new(&it.files))
                .collect(),
            exclude: Globs::new(&config.lint.exclude),
            overridden: Mutex::default(),
            config,
            layers,
        })
    }
}

/// The folders with an `rbc.toml` on the way up from a folder, innermost first, as far as the
/// repository goes. Where it has none, the nearest one above it.
fn config_folders(folder: &Path) -> Vec<&Path> {
    let has_settings = |folder: &&Path| folder.join(config::FILE_NAME).exists();
    let Some(repository) = repository_of(folder) else {
        return folder.ancestors().filter(has_settings).collect();
    };
    let inside = |ancestor: &&Path| ancestor.starts_with(repository);
    let found: Vec<&Path> = folder
        .ancestors()
        .take_while(inside)
        .filter(has_settings)
        .collect();
    if found.is_empty() {
        folder.ancestors().find(has_settings).into_iter().collect()
    } else {
        found
    }
}

/// The folder of the repository that a folder lies in.
fn repository_of(folder: &Path) -> Option<&Path> {
    folder
        .ancestors()
        .find(|ancestor| ancestor.join(".git").exists())
}

/// Reads the `rbc.toml` of a folder and checks everything in it.
fn read_settings(folder: &Path) -> Result<(SourceFile, Config), Failure> {
    let path = folder.join(config::FILE_NAME);
    let shown = show(&from_here(&path));
    let text = read_text(&path).map_err(|why| Failure::new(format!("`{shown}` {why}")))?;
    let file = SourceFile {
        id: FileId(0),
        path: shown,
        text,
    };
    let config = config::parse(&file).map_err(|finding| wrong(&file, &[*finding]))?;
    let mut findings = lint::check_config(&config, &file);
    let (_, broken) = Knowledge::with_config(&config);
    findings.extend(
        broken
            .iter()
            .map(|error| config::broken_tool(&file, &error.file, &error.message)),
    );
    if findings.is_empty() {
        Ok((file, config))
    } else {
        Err(wrong(&file, &findings))
    }
}

fn wrong(file: &SourceFile, findings: &[Diagnostic]) -> Failure {
    let files = std::slice::from_ref(file);
    Failure::new(report::findings(&Report::new(files, findings)))
}

/// A workspace on disk.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place where the workspace looks at the disk"
)]
fn workspace(root: PathBuf) -> Workspace {
    Workspace::new(move |relative| {
        let path = root.join(relative);
        match std::fs::read_dir(&path) {
            Ok(entries) => {
                let mut names: Vec<String> = entries
                    .filter_map(Result::ok)
                    .map(|entry| entry.file_name().to_string_lossy().into_owned())
                    .collect();
                names.sort();
                Answer::Folder(names.into())
            }
            Err(_) if !path.exists() => Answer::Absent,
            Err(_) => match read_text(&path) {
                Ok(text) => Answer::Text(text.into()),
                Err(why) => Answer::Unreadable(why),
            },
        }
    })
}
