//! Paths that commands write: whose they are decides how much the writing weighs.

use super::Class;

/// Names below `/dev` that are no files.
const DESCRIPTORS: &[&str] = &["null", "stdout", "stderr", "stdin", "tty", "zero", "full"];

/// Names below the root that say, behind `../..`, that the path goes there.
const SYSTEM: &[&str] = &[
    "bin", "boot", "dev", "etc", "lib", "opt", "proc", "root", "sbin", "srv", "sys", "usr", "var",
];

/// Where the shell stands, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Folder {
    /// Below the root of the workspace; the path is relative to it and empty for the root.
    Workspace(String),
    /// An absolute path, or one that starts with `~` or a variable.
    Elsewhere(String),
    /// Not known.
    Unknown,
}

impl Folder {
    /// The folder after `cd path`; `path` is known.
    pub(super) fn enter(&self, path: &str) -> Folder {
        if path.starts_with(['/', '~', '$']) {
            return Folder::Elsewhere(path.to_owned());
        }
        match self {
            Folder::Workspace(base) => match crate::workspace::normalise(base, path) {
                Some(path) => Folder::Workspace(path),
                None => Folder::Unknown,
            },
            Folder::Elsewhere(base) => Folder::Elsewhere(format!("{base}/{path}")),
            Folder::Unknown => Folder::Unknown,
        }
    }
}

/// How much writing to `path` weighs: nothing for descriptors; local-write for relative paths, the
/// operator's home and the folders for temporary files; mutate for every other absolute path.
/// `remote` says that the path is another host's, where everything is somebody's system.
pub(super) fn weigh(path: &str, folder: &Folder, remote: bool) -> Class {
    let joined;
    let path = if path.starts_with('/') {
        path
    } else {
        match folder {
            Folder::Elsewhere(base) if !path.starts_with(['~', '$', '<']) => {
                joined = format!("{base}/{path}");
                &joined
            }
            Folder::Elsewhere(_) | Folder::Workspace(_) | Folder::Unknown => path,
        }
    };
    // The operator's home is two folders below the root.
    let home = ["~/", "$HOME/", "${HOME}/"]
        .iter()
        .find_map(|start| path.strip_prefix(start));
    let at_home;
    let path = match home {
        Some(rest) if !remote => {
            at_home = format!("/home/operator/{rest}");
            &at_home
        }
        _ => path,
    };
    let mut parts: Vec<&str> = Vec::new();
    let mut above = 0;
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    above += 1;
                }
            }
            part => parts.push(part),
        }
    }
    let system = parts.first().is_some_and(|name| SYSTEM.contains(name));
    if !path.starts_with('/') {
        return if remote || (above > 1 && system) {
            Class::Mutate
        } else {
            Class::LocalWrite
        };
    }
    match parts.as_slice() {
        ["dev", name] if DESCRIPTORS.contains(name) => Class::None,
        ["dev", "fd", ..] => Class::None,
        _ if remote => Class::Mutate,
        ["tmp", ..] | ["var", "tmp", ..] | ["dev", "shm", ..] => Class::LocalWrite,
        // `/path/to/file` is how documents write "a file of yours".
        ["home", _, ..] | ["root", ..] | ["Users", _, ..] | ["path", "to", ..] => Class::LocalWrite,
        _ => Class::Mutate,
    }
}

/// The host of `host:path`, when the operand is one.
pub(super) fn remote_host(operand: &str) -> Option<&str> {
    if operand.starts_with(['/', '.', '~']) {
        return None;
    }
    let (host, _) = operand.split_once(':')?;
    // A one-letter host is a drive in other people's files; nobody calls a host so.
    (!host.is_empty()).then_some(host)
}
