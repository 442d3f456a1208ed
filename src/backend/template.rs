//! The documents' templates: ours in two forms, and those of a project that replaces one by name.

mod guard;

use std::collections::BTreeMap;
use std::error::Error as _;

use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use serde_json::{Map, Value, json};
use tera::Context;

use super::markdown;
use crate::plan::plain_lines;

/// A template we bring.
#[derive(Debug)]
pub struct Template {
    /// The name by which a project replaces it, and of the file it makes.
    pub name: &'static str,
    /// What it makes, in one phrase.
    pub about: &'static str,
    /// Its text in the form of the house.
    house: &'static str,
    /// Its text in the plain form.
    plain: &'static str,
    /// The JSON Schema of what it sees.
    schema: fn() -> Value,
}

/// `as-executed.md`
pub(super) static AS_EXECUTED: Template = Template {
    name: "as-executed.md",
    about: "the as-executed log, and the blank one before the window",
    house: include_str!("../../templates/as-executed.md"),
    plain: include_str!("../../templates/plain/as-executed.md"),
    schema: schema::<super::log::Document>,
};

/// `changelog.md`
pub(super) static CHANGELOG: Template = Template {
    name: "changelog.md",
    about: "the addendum to the changelog, and the blank one before the window",
    house: include_str!("../../templates/changelog.md"),
    plain: include_str!("../../templates/plain/changelog.md"),
    schema: schema::<super::changelog::Document>,
};

/// `page.html`
pub(super) static PAGE: Template = Template {
    name: "page.html",
    about: "the page of a plan or a record",
    house: include_str!("../../templates/page.html"),
    plain: include_str!("../../templates/page.html"),
    schema: schema::<super::page::Document>,
};

/// Our templates.
pub static TEMPLATES: &[&Template] = &[&AS_EXECUTED, &CHANGELOG, &PAGE];

fn schema<T: JsonSchema>() -> Value {
    schema_for!(T).to_value()
}

/// Which of our two forms a project writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// That of the team the format comes from: addenda, ids, version lock, ledger.
    #[default]
    House,
    /// For everybody else: a record and a summary, nothing that only one team has.
    Plain,
}

/// The templates in force: ours in one form, and a project's own in their place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Templates {
    form: Form,
    folder: String,
    own: BTreeMap<String, String>,
}

impl Templates {
    /// Our templates in this form, with the files of a project's `folder` (name, text) in place of
    /// those of their name; the others are there to be included.
    ///
    /// # Errors
    /// The first template that does not parse, or asks for what is never there: what is wrong, the
    /// line, and what there is.
    pub fn new(form: Form, folder: &str, own: BTreeMap<String, String>) -> Result<Self, String> {
        let templates = Templates {
            form,
            folder: folder.trim_end_matches('/').to_owned(),
            own,
        };
        for template in TEMPLATES {
            if templates.own.contains_key(template.name) {
                let schema = (template.schema)();
                for full in [true, false] {
                    templates.render(template, &sample(&schema, &schema, full))?;
                }
            }
        }
        Ok(templates)
    }

    /// Whether a project's own template stands in the place of ours.
    pub fn is_replaced(&self, template: &Template) -> bool {
        self.own.contains_key(template.name)
    }

    /// The text of a template in force.
    pub fn text(&self, template: &Template) -> &str {
        let ours = match self.form {
            Form::House => template.house,
            Form::Plain => template.plain,
        };
        self.own.get(template.name).map_or(ours, String::as_str)
    }

    /// Where a template in force comes from, in words.
    pub fn origin(&self, template: &Template) -> String {
        if self.is_replaced(template) {
            return format!("`{}`", self.path(template.name));
        }
        match self.form {
            Form::House => "rbc, the form of the house".to_owned(),
            Form::Plain => "rbc, the plain form".to_owned(),
        }
    }

    /// Renders a template.
    ///
    /// # Errors
    /// What is wrong with the template, the line, and what there is.
    pub(super) fn render(
        &self,
        template: &Template,
        data: &impl Serialize,
    ) -> Result<String, String> {
        let own = self.own.iter();
        let mut texts: BTreeMap<&str, &str> = own
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        texts.insert(template.name, self.text(template));
        let context = Context::from_serialize(data).map_err(|error| error.to_string())?;
        let failed = match guard::render(&texts, template.name, &context, false) {
            // Nothing in a document drives the terminal of who reads it.
            Ok(text) => return Ok(plain_lines(&text)),
            Err(failed) => failed,
        };
        // Once more, to know the line: the marks it takes would change the white space.
        let place = match guard::render(&texts, template.name, &context, true) {
            Ok(_) => None,
            Err(again) => again.place,
        };
        let text = texts.get(template.name).copied().unwrap_or("");
        Err(self.explain(template, text, &failed.error, place))
    }

    fn explain(
        &self,
        template: &Template,
        text: &str,
        error: &tera::Error,
        place: Option<(String, u32)>,
    ) -> String {
        let cause = root_cause(error);
        let (file, line) = place.unwrap_or_else(|| (template.name.to_owned(), 0));
        if let Some((file, line, column, expected)) = syntax(&error_chain(error)) {
            return format!(
                "template `{}`, line {line}, column {column}: {expected}",
                self.path(&file)
            );
        }
        let place = match line {
            0 => format!("template `{}`", self.path(&file)),
            _ => format!("template `{}`, line {line}", self.path(&file)),
        };
        let missing = cause
            .strip_prefix("Variable `")
            .and_then(|rest| rest.split('`').next());
        match missing {
            Some(missing) => format!(
                "{place}: `{missing}` is not there; {}",
                available(&(template.schema)(), text, missing)
            ),
            None => format!("{place}: {}", cause.trim_end_matches('.')),
        }
    }

    fn path(&self, name: &str) -> String {
        if self.own.contains_key(name) && !self.folder.is_empty() {
            format!("{}/{name}", self.folder)
        } else {
            name.to_owned()
        }
    }
}

fn error_chain(error: &tera::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push('\n');
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn root_cause(error: &tera::Error) -> String {
    error_chain(error).lines().last().unwrap_or("").to_owned()
}

/// File, line, column and expectation of a syntax error, out of the parser's drawing of it.
fn syntax(message: &str) -> Option<(String, u32, u32, String)> {
    let (_, place) = message.split_once("--> ")?;
    let place = place.lines().next()?;
    let (line, column) = place.trim().split_once(':')?;
    let expected = message
        .lines()
        .find_map(|line| line.trim().strip_prefix("= "))?;
    let file = message
        .split_once("parse '")
        .or_else(|| message.split_once("parse \""))
        .map_or("", |(_, rest)| rest)
        .split(['\'', '"'])
        .next()?;
    Some((
        file.to_owned(),
        line.parse().ok()?,
        column.parse().ok()?,
        expected.to_owned(),
    ))
}

/// What a template can use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its way from the document: `steps[].runs[].command`.
    pub path: String,
    /// `text`, `number`, `yes or no`, `list`, `group`.
    pub kind: &'static str,
    /// What it is.
    pub about: String,
}

impl Template {
    /// Everything the template can use, in the order of the document.
    pub fn variables(&self) -> Vec<Variable> {
        let schema = (self.schema)();
        let mut found = Vec::new();
        collect(&schema, &schema, "", &mut found);
        found
    }
}

/// The filters of our own, with what they are for.
pub fn filters() -> &'static [(&'static str, &'static str)] {
    markdown::FILTERS
}

fn collect(root: &Value, schema: &Value, before: &str, found: &mut Vec<Variable>) {
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        let property_of = resolve(root, property);
        let path = format!("{before}{name}");
        let items = property_of.get("items").map(|items| resolve(root, items));
        let about = property
            .get("description")
            .or_else(|| property_of.get("description"));
        found.push(Variable {
            path: path.clone(),
            kind: kind(property_of),
            about: about
                .and_then(Value::as_str)
                .unwrap_or("")
                .replace('\n', " "),
        });
        match items {
            Some(items) => collect(root, items, &format!("{path}[]."), found),
            None => collect(root, property_of, &format!("{path}."), found),
        }
    }
}

/// The schema behind a reference, alone or as one of several possibilities.
fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let pointer = name.strip_prefix('#').unwrap_or(name);
        return root.pointer(pointer).unwrap_or(schema);
    }
    for key in ["anyOf", "allOf"] {
        if let Some(first) = schema.get(key).and_then(|list| list.get(0)) {
            return resolve(root, first);
        }
    }
    schema
}

fn kind(schema: &Value) -> &'static str {
    let named = schema.get("type");
    let name = named
        .and_then(|it| it.as_str().or_else(|| it.get(0).and_then(Value::as_str)))
        .unwrap_or("string");
    match name {
        "array" => "list",
        "object" => "group",
        "integer" | "number" => "number",
        "boolean" => "yes or no",
        _ => "text",
    }
}

/// A document of this form with something (or nothing) in every list.
fn sample(root: &Value, schema: &Value, full: bool) -> Value {
    let schema = resolve(root, schema);
    match kind(schema) {
        "list" if !full => json!([]),
        "list" => match schema.get("items") {
            Some(items) => json!([sample(root, items, full)]),
            None => json!([]),
        },
        "group" => {
            let properties = schema.get("properties").and_then(Value::as_object);
            let members = properties.into_iter().flatten();
            let members: Map<String, Value> = members
                .map(|(name, property)| (name.clone(), sample(root, property, full)))
                .collect();
            Value::Object(members)
        }
        "number" => json!(1),
        "yes or no" => json!(full),
        _ if full => json!("x"),
        _ => json!(""),
    }
}

/// What there is instead of `missing`, in the template `text`.
fn available(schema: &Value, text: &str, missing: &str) -> String {
    let mut parts: Vec<&str> = missing.split(['.', '[']).collect();
    parts.pop();
    let mut node = schema;
    let mut shown = String::new();
    if let Some((first, rest)) = parts.split_first() {
        let Some(found) = level(schema, text, first, 8) else {
            return format!(
                "`{first}` is not there either; the document has {}",
                names(schema, "")
            );
        };
        node = found;
        shown = format!("{first}.");
        for part in rest {
            let Some(next) = node.pointer(&format!("/properties/{part}")) else {
                break;
            };
            node = resolve(schema, next);
            shown.push_str(part);
            shown.push('.');
        }
    }
    format!("there is {}", names(node, &shown))
}

fn names(schema: &Value, before: &str) -> String {
    let properties = schema.get("properties").and_then(Value::as_object);
    let names: Vec<String> = properties
        .into_iter()
        .flatten()
        .map(|(name, _)| format!("`{before}{name}`"))
        .collect();
    match names.as_slice() {
        [] => format!("`{}`, which has no parts", before.trim_end_matches('.')),
        _ => names.join(", "),
    }
}

/// What a name of the template stands for: a part of the document, or what a loop takes from one.
fn level<'a>(schema: &'a Value, text: &str, name: &str, depth: u8) -> Option<&'a Value> {
    if let Some(found) = schema.pointer(&format!("/properties/{name}")) {
        return Some(resolve(schema, found));
    }
    let depth = depth.checked_sub(1)?;
    let (_, list) = text.split_once(&format!("for {name} in "))?;
    let list = list.split([' ', '%', '|', '-']).next()?;
    let mut parts = list.split('.');
    let mut node = level(schema, text, parts.next()?, depth)?;
    for part in parts {
        node = resolve(schema, node.pointer(&format!("/properties/{part}"))?);
    }
    Some(resolve(schema, node.get("items")?))
}
