//! What a rule may look at.

use crate::config::Config;
use crate::runbook::Runbook;
use crate::source::SourceFile;
use crate::workspace::Workspace;

/// A runbook with everything that is known about it.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The text.
    pub file: &'a SourceFile,
    /// The folder of the file relative to the root, without a slash at the end.
    pub folder: &'a str,
    /// What the markdown says.
    pub runbook: &'a Runbook,
    /// The project's settings.
    pub config: &'a Config,
    /// The other files of the project.
    pub workspace: &'a Workspace,
}
