//! `rbc completions` and `rbc man`: what shells and `man` want to know of the command line, out of
//! its declarations.

use clap::CommandFactory;

use super::arguments::{Arguments, CompletionsOptions, ManOptions};
use super::files::{plain, show};
use super::{Exit, Failure, terminal};

/// Prints the completions of a shell.
pub(super) fn completions(options: &CompletionsOptions) -> Result<Exit, Failure> {
    let mut command = Arguments::command();
    let mut text = Vec::new();
    clap_complete::generate(options.shell, &mut command, "rbc", &mut text);
    terminal::print(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Clean)
}

/// Prints the manual page of the program, or writes one for it and each of its commands.
pub(super) fn manual(options: &ManOptions) -> Result<Exit, Failure> {
    let command = Arguments::command();
    let Some(folder) = &options.output else {
        let mut text = Vec::new();
        clap_mangen::Man::new(command)
            .render(&mut text)
            .map_err(|error| Failure::new(plain(&error)))?;
        terminal::print(&String::from_utf8_lossy(&text))?;
        return Ok(Exit::Clean);
    };
    let written =
        std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder));
    written.map_err(|error| {
        Failure::new(format!(
            "cannot write the manual pages into `{}`: {}",
            show(folder),
            plain(&error)
        ))
    })?;
    terminal::print(&format!("wrote the manual pages into {}\n", show(folder)))?;
    Ok(Exit::Clean)
}
