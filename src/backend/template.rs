//! The documents' templates: ours, and those of a project that replaces one by name.

use std::collections::BTreeMap;

use serde::Serialize;
use tera::{Context, Tera};

use crate::plan::plain_lines;

/// A template we bring.
#[derive(Debug)]
pub struct Template {
    /// The name by which a project replaces it.
    pub name: &'static str,
    /// What it makes, in one phrase.
    pub about: &'static str,
    /// Its text, in Tera's language.
    pub text: &'static str,
}

/// Our templates.
pub static TEMPLATES: &[Template] = &[
    Template {
        name: "as-executed.md",
        about: "the as-executed log, and the blank one before the window",
        text: include_str!("../../templates/as-executed.md"),
    },
    Template {
        name: "changelog.md",
        about: "the addendum to the changelog, and the blank one before the window",
        text: include_str!("../../templates/changelog.md"),
    },
];

/// The templates in force: a project's own text by name where it has one. Those of a project have
/// been rendered once by [`Templates::new`], so that a back end cannot fail on them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Templates {
    replaced: BTreeMap<String, String>,
}

impl Templates {
    /// Our templates with those of `replaced` (name, text) in their place.
    ///
    /// # Errors
    /// The template that does not parse, with what is wrong and where.
    pub fn new(replaced: BTreeMap<String, String>) -> Result<Self, String> {
        for (name, text) in &replaced {
            let mut tera = Tera::default();
            if let Err(error) = tera.add_raw_template(name, text) {
                return Err(explain(&error));
            }
        }
        Ok(Templates { replaced })
    }

    /// Renders the template `name`, one of [`TEMPLATES`], with `data`. A project's template that
    /// asks for what is not there gives a document that says so. Nothing in it drives the terminal
    /// of who reads it: commands are shown as the session shows them.
    pub(super) fn render(&self, name: &str, data: &impl Serialize) -> String {
        let ours = TEMPLATES
            .iter()
            .find(|template| template.name == name)
            .map_or("", |template| template.text);
        let text = self.replaced.get(name).map_or(ours, String::as_str);
        let document =
            render(name, text, data).unwrap_or_else(|error| format!("template error: {error}\n"));
        plain_lines(&document)
    }
}

fn render(name: &str, text: &str, data: &impl Serialize) -> Result<String, String> {
    let context = Context::from_serialize(data).map_err(|error| explain(&error))?;
    let mut tera = Tera::default();
    tera.autoescape_on(Vec::new());
    tera.add_raw_template(name, text)
        .map_err(|error| explain(&error))?;
    tera.render(name, &context).map_err(|error| explain(&error))
}

/// The error with its causes, one after the other.
fn explain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
