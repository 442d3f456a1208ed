//! The files of a run: which ones there are, and their texts.

use std::io::{BufRead as _, Read as _, Seek as _};
use std::path::{Component, Path, PathBuf};

use super::Failure;
use crate::source::{FileId, SourceFile};

/// The largest text that is read, in bytes. The longest runbook anybody has shown us has 200 KB.
const LARGEST: u64 = 16 << 20;

/// A file that was asked for, not yet read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Input {
    /// Standard input.
    Stdin,
    /// A file, by the path to show.
    File(PathBuf),
}

impl Input {
    /// The path as it is shown; `-` for standard input.
    pub(super) fn name(&self) -> String {
        match self {
            Input::Stdin => "-".to_owned(),
            Input::File(path) => show(path),
        }
    }
}

/// The markdown files that `paths` name, sorted: files as they are, folders with everything below
/// them that no `.gitignore` excludes.
pub(super) fn find(paths: &[PathBuf]) -> Result<Vec<Input>, Failure> {
    let mut inputs = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            inputs.push(Input::Stdin);
            continue;
        }
        let metadata = std::fs::metadata(path).map_err(|error| cannot_read(path, &error))?;
        if metadata.is_dir() {
            let found = walk(path)?;
            if found.is_empty() {
                let shown = show(path);
                return Err(Failure::new(format!("no markdown file in `{shown}`")));
            }
            inputs.extend(found.into_iter().map(Input::File));
        } else {
            inputs.push(Input::File(path.clone()));
        }
    }
    inputs.sort();
    inputs.dedup();
    Ok(inputs)
}

/// The markdown files below a folder. Links to folders are not followed, so there is no way round
/// in circles.
fn walk(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let walker = ignore::WalkBuilder::new(folder)
        .git_global(false)
        .require_git(false)
        .build();
    let mut found = Vec::new();
    for entry in walker {
        let entry = entry.map_err(|error| Failure::new(format!("cannot walk: {error}")))?;
        let is_folder = entry.file_type().is_none_or(|kind| kind.is_dir());
        let name = entry.file_name().to_string_lossy();
        if is_folder || !(name.ends_with(".md") || name.ends_with(".markdown")) {
            continue;
        }
        let path = entry.path();
        let links_to_folder = entry.path_is_symlink() && path.is_dir();
        if !links_to_folder {
            found.push(path.strip_prefix("./").unwrap_or(path).to_owned());
        }
    }
    Ok(found)
}

/// Reads an input as the file with this id.
pub(super) fn read(input: &Input, id: FileId) -> Result<SourceFile, Failure> {
    let (path, text) = match input {
        Input::Stdin => ("-".to_owned(), read_stdin()?),
        Input::File(path) => (
            show(path),
            read_text(path).map_err(|why| Failure::new(format!("`{}` {why}", show(path))))?,
        ),
    };
    Ok(SourceFile { id, path, text })
}

/// Hands each line of an input to `each`, without its line end, until it answers that nobody wants
/// more: bytes, so that one broken line does not stop the next.
#[expect(
    clippy::disallowed_methods,
    reason = "this file is the one place where files are opened for reading"
)]
pub(super) fn each_line(
    input: &Input,
    mut each: impl FnMut(&[u8]) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let name = match input {
        Input::Stdin => "standard input".to_owned(),
        Input::File(path) => format!("`{}`", show(path)),
    };
    let cannot = |error: std::io::Error| Failure::new(format!("cannot read {name}: {error}"));
    let source: Box<dyn std::io::Read> = match input {
        Input::Stdin => Box::new(std::io::stdin().lock()),
        Input::File(path) => Box::new(std::fs::File::open(path).map_err(cannot)?),
    };
    let mut source = std::io::BufReader::with_capacity(1 << 16, source);
    let mut line = Vec::new();
    while source.read_until(b'\n', &mut line).map_err(cannot)? > 0 {
        let bare = line.strip_suffix(b"\n").unwrap_or(&line);
        if !each(bare.strip_suffix(b"\r").unwrap_or(bare))? {
            break;
        }
        line.clear();
    }
    Ok(())
}

fn read_stdin() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::new(format!("cannot read standard input: {error}")))?;
    text(bytes).map_err(|why| Failure::new(format!("standard input {why}")))
}

/// The text of a file, or what is wrong with it as a phrase: `is not UTF-8 ...`.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place where files are opened for reading"
)]
pub(super) fn read_text(path: &Path) -> Result<String, String> {
    let cannot = |error: std::io::Error| format!("cannot be read: {}", plain(&error));
    // Asked before opening: opening a pipe waits for somebody to write into it.
    let metadata = std::fs::metadata(path).map_err(cannot)?;
    if metadata.is_dir() {
        return Err("is a folder".to_owned());
    }
    if !metadata.is_file() {
        return Err("is neither a file nor a folder".to_owned());
    }
    let file = std::fs::File::open(path).map_err(cannot)?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;
    text(bytes)
}

/// The bytes of a file of a session, which may be longer than any runbook.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place where files are opened for reading"
)]
pub(super) fn read_large(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("cannot be read: {}", plain(&error)))
}

/// The first and the last mebibyte of a file, and how many bytes lie between them.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place where files are opened for reading"
)]
pub(super) fn read_ends(path: &Path) -> Result<(Vec<u8>, usize), String> {
    const END: u64 = 1 << 20;
    let cannot = |error: std::io::Error| format!("cannot be read: {}", plain(&error));
    let mut file = std::fs::File::open(path).map_err(cannot)?;
    let size = file.metadata().map_err(cannot)?.len();
    if size <= 2 * END {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(cannot)?;
        return Ok((bytes, 0));
    }
    let mut bytes = Vec::new();
    file.by_ref()
        .take(END)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;
    bytes.push(b'\n');
    file.seek(std::io::SeekFrom::Start(size - END))
        .map_err(cannot)?;
    file.read_to_end(&mut bytes).map_err(cannot)?;
    Ok((bytes, usize::try_from(size - 2 * END).unwrap_or(usize::MAX)))
}

/// Bytes as text, or what is wrong with them as a phrase.
fn text(bytes: Vec<u8>) -> Result<String, String> {
    if bytes.len() as u64 > LARGEST {
        return Err(format!(
            "is larger than {} MiB, which no runbook is",
            LARGEST >> 20
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..valid).unwrap_or_default();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        format!("is not UTF-8 (line {line})")
    })
}

/// The absolute form of a folder, links resolved.
pub(super) fn absolute(folder: &Path) -> Result<PathBuf, Failure> {
    let named = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    std::fs::canonicalize(named).map_err(|error| cannot_read(named, &error))
}

/// A path as it is shown: forward slashes, and whatever is no Unicode replaced.
pub(super) fn show(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// The way from one absolute path, a folder, to another, with forward slashes; `.` where they are
/// the same.
pub(super) fn relative(from: &Path, to: &Path) -> String {
    let shared = from
        .components()
        .zip(to.components())
        .take_while(|(a, b)| a == b)
        .count();
    let up = from.components().skip(shared).map(|_| "..".to_owned());
    let down = to
        .components()
        .skip(shared)
        .map(|part| part.as_os_str().to_string_lossy().into_owned());
    let parts: Vec<String> = up.chain(down).collect();
    if parts.is_empty() {
        ".".to_owned()
    } else {
        parts.join("/")
    }
}

/// A path as code hosts want it: from the current folder, `.` and `..` resolved where they can be.
#[expect(
    clippy::disallowed_methods,
    reason = "only the command line knows where it was started"
)]
pub(super) fn for_hosts(path: &str) -> String {
    let plain = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if path == "-" || plain {
        return path.to_owned();
    }
    let here = std::env::current_dir().and_then(std::fs::canonicalize);
    let named = Path::new(path);
    let folder = absolute(named.parent().unwrap_or(Path::new("")));
    match (here, folder, named.file_name()) {
        (Ok(here), Ok(folder), Some(name)) => relative(&here, &folder.join(name)),
        _ => path.to_owned(),
    }
}

/// A path relative to the current folder, where it lies below it.
#[expect(
    clippy::disallowed_methods,
    reason = "only the command line knows where it was started"
)]
pub(super) fn from_here(path: &Path) -> PathBuf {
    let here = std::env::current_dir().and_then(std::fs::canonicalize);
    match here {
        Ok(here) => path.strip_prefix(&here).unwrap_or(path).to_owned(),
        Err(_) => path.to_owned(),
    }
}

pub(super) fn cannot_read(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("`{}` cannot be read: {}", show(path), plain(error)))
}

/// An error of the system as a phrase.
pub(super) fn plain(error: &std::io::Error) -> String {
    if error.kind() == std::io::ErrorKind::NotFound {
        return "there is no such file or folder".to_owned();
    }
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    text.get(..end).unwrap_or(&text).to_lowercase()
}
