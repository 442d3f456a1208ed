//! Writing files of the user: whole or not at all, and never over something that changed meanwhile.

use std::io::Write as _;
use std::path::Path;

use super::files::{plain, read_text};

/// Replaces the text of a file by `new`, keeping its mode; a link stays a link. Fails when the file
/// is no longer `old`, or write-protected.
///
/// # Errors
/// Why it is as it was, as a phrase.
pub(super) fn replace(path: &Path, old: &str, new: &str) -> Result<(), String> {
    let target = std::fs::canonicalize(path).map_err(|error| plain(&error))?;
    let metadata = std::fs::metadata(&target).map_err(|error| plain(&error))?;
    if metadata.permissions().readonly() {
        return Err("it is write-protected".to_owned());
    }
    if read_text(&target)? != old {
        return Err("it has changed since it was read".to_owned());
    }
    put(&target, new, Some(metadata.permissions())).map_err(|error| plain(&error))
}

/// Writes a file, new or over an old one.
///
/// # Errors
/// Why there is none, as a phrase.
pub(super) fn put_text(path: &Path, text: &str) -> Result<(), String> {
    let permissions = std::fs::metadata(path).ok().map(|it| it.permissions());
    put(path, text, permissions).map_err(|error| plain(&error))
}

/// Writes a text under a name of its own, then moves it to its place: a full disk leaves what was
/// there.
fn put(path: &Path, text: &str, permissions: Option<std::fs::Permissions>) -> std::io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.rbc-{}", std::process::id()));
    let written = (|| {
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&temporary)?;
        file.write_all(text.as_bytes())?;
        if let Some(permissions) = permissions {
            file.set_permissions(permissions)?;
        }
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    })();
    if written.is_err() {
        // What could not be written need not be there to be removed.
        let _ = std::fs::remove_file(&temporary);
    }
    written
}
