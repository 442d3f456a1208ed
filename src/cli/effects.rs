//! `rbc effects`: what commands do, with reasons, for people and for programs.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::arguments::{EffectsOptions, ListFormat};
use super::files::{self, Input, absolute};
use super::lint::{Run, read_all};
use super::project::{Project, Projects};
use super::{Exit, Failure, terminal};
use crate::effect::{Analyser, report};
use crate::parse;
use crate::runbook::BlockId;
use crate::source::LineIndex;

/// Prints the analysis of a command, of each line of a text, or of a file.
pub(super) fn show(options: &EffectsOptions) -> Result<Exit, Failure> {
    if let Some(path) = &options.lines {
        lines(path)?;
        return Ok(Exit::Clean);
    }
    let text = if let Some(command) = &options.command {
        let project = here()?;
        text_effects(command, &analyser(&project), options.format)
    } else if let Some(path) = &options.file {
        file(path, options.format)?
    } else {
        return Err(Failure::new(
            "nothing to look at: name a file, a command with `-c`, or `--lines -`",
        ));
    };
    terminal::print(&text)?;
    Ok(Exit::Clean)
}

/// The project of the current folder.
fn here() -> Result<Arc<Project>, Failure> {
    let (project, _) = Projects::default().of_folder(&absolute(Path::new("."))?)?;
    Ok(project)
}

fn analyser(project: &Project) -> Analyser<'_> {
    Analyser::new(&project.knowledge, &project.config, &project.workspace)
}

/// Prints one JSON object for each line of a file or of standard input, as they come.
fn lines(path: &Path) -> Result<(), Failure> {
    /// So many bytes are printed at once.
    const CHUNK: usize = 1 << 16;
    let project = here()?;
    let analyser = analyser(&project);
    let input = if path.as_os_str() == "-" {
        Input::Stdin
    } else {
        Input::File(path.to_owned())
    };
    let mut out = String::new();
    files::each_line(&input, |line| {
        out.push_str(&match std::str::from_utf8(line) {
            Ok(command) => report::line_json(command, &analyser),
            Err(_) => report::unreadable_line_json(&String::from_utf8_lossy(line)),
        });
        out.push('\n');
        if out.len() < CHUNK {
            return Ok(true);
        }
        let reads_on = terminal::print_on(&out)?;
        out.clear();
        Ok(reads_on)
    })?;
    terminal::print(&out)
}

fn text_effects(text: &str, analyser: &Analyser<'_>, format: ListFormat) -> String {
    let analysis = analyser.text(text);
    match format {
        ListFormat::Text => report::effects_text(text, &analysis, 1) + &report::stubs([&analysis]),
        ListFormat::Json => report::effects_json(text, &analysis) + "\n",
    }
}

/// The effects of a markdown file's blocks, in one shell, or of a script.
fn file(path: &Path, format: ListFormat) -> Result<String, Failure> {
    let (runs, failures) = read_all(&files::find(&[path.to_owned()])?, |_| true);
    if let Some(failure) = failures.into_iter().next() {
        return Err(failure);
    }
    let mut out = String::new();
    for run in &runs {
        let is_markdown = [".md", ".markdown"]
            .iter()
            .any(|ending| run.file.path.ends_with(ending));
        let analyser = analyser(&run.project);
        if is_markdown {
            out.push_str(&blocks(run, &analyser, format));
        } else {
            out.push_str(&text_effects(&run.file.text, &analyser, format));
        }
    }
    Ok(out)
}

fn blocks(run: &Run, analyser: &Analyser<'_>, format: ListFormat) -> String {
    let (runbook, _) = parse::parse(&run.file);
    let effects = analyser.runbook(&runbook);
    let lines = LineIndex::new(&run.file.text);
    let mut out = String::new();
    let mut listed = Vec::new();
    for (index, block) in runbook.blocks.iter().enumerate() {
        let Some(analysis) = effects.block(BlockId(index)) else {
            continue;
        };
        if analysis.effects.is_empty() {
            continue;
        }
        let first_line = lines.line(block.opening.start) + 1;
        let step = block.step.map(|step| runbook.step(step).number.as_str());
        match format {
            ListFormat::Text => {
                let name =
                    step.map_or_else(|| "no label".to_owned(), |step| format!("step {step}"));
                out.push_str(&format!("{}:{first_line}: {name}\n", run.file.path));
                out.push_str(&report::effects_text(
                    block.content.text(),
                    analysis,
                    first_line,
                ));
                out.push('\n');
            }
            ListFormat::Json => {
                let effects = report::effects_json(block.content.text(), analysis);
                let effects: Value = serde_json::from_str(&effects)
                    .expect("what is printed for programs can be read by one");
                listed.push(json!({ "line": first_line, "step": step, "analysis": effects }));
            }
        }
    }
    if format == ListFormat::Text {
        let blocks = (0..runbook.blocks.len()).filter_map(|index| effects.block(BlockId(index)));
        out.push_str(&report::stubs(blocks));
    }
    if format == ListFormat::Json {
        let document = json!({ "version": 1, "file": run.file.path, "blocks": listed });
        out.push_str(&format!("{document}\n"));
    }
    out
}
