//! `rbc templates`: the documents' templates, where each comes from, and what it can use.

use std::path::Path;

use serde_json::json;

use super::arguments::{ListFormat, TemplatesOptions};
use super::compile::templates;
use super::project::Projects;
use super::{Exit, Failure, files, terminal};
use crate::backend::TEMPLATES;
use crate::backend::template::filters;
use crate::diagnostic::nearest;

/// Lists the templates with their variables, or prints the text of one.
pub(super) fn show(options: &TemplatesOptions) -> Result<Exit, Failure> {
    let here = files::absolute(Path::new("."))?;
    let (project, _) = Projects::default().of_folder(&here)?;
    let templates = templates(&project)?;
    if let Some(name) = &options.name {
        let Some(template) = TEMPLATES.iter().find(|it| it.name == name) else {
            let near = nearest(name, TEMPLATES.iter().map(|it| it.name));
            let help = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            return Err(Failure::new(format!("there is no template `{name}`{help}")));
        };
        terminal::print(templates.text(template))?;
        return Ok(Exit::Clean);
    }
    let text = match options.format {
        ListFormat::Text => TEMPLATES
            .iter()
            .map(|template| {
                let mut text = format!(
                    "{}: {}\n  from {}\n",
                    template.name,
                    template.about,
                    templates.origin(template)
                );
                for variable in template.variables() {
                    text.push_str(&format!(
                        "  {:<34} {:<9}  {}\n",
                        variable.path, variable.kind, variable.about
                    ));
                }
                text.push('\n');
                text
            })
            .chain(std::iter::once("filters\n".to_owned()))
            .chain(
                filters()
                    .iter()
                    .map(|(name, about)| format!("  {name:<34} {about}\n")),
            )
            .collect(),
        ListFormat::Json => {
            let listed: Vec<serde_json::Value> = TEMPLATES
                .iter()
                .map(|template| {
                    let variables: Vec<serde_json::Value> = template
                        .variables()
                        .iter()
                        .map(|it| json!({"name": it.path, "kind": it.kind, "about": it.about}))
                        .collect();
                    json!({
                        "name": template.name,
                        "about": template.about,
                        "from": templates.origin(template),
                        "variables": variables,
                    })
                })
                .collect();
            format!("{:#}\n", json!({"version": 1, "templates": listed}))
        }
    };
    terminal::print(&text)?;
    Ok(Exit::Clean)
}
