//! Analyses as text and JSON: what `rbc effects` prints.

use serde_json::{Value, json};

use super::{Analyser, Analysis, Class, Effect, Scope, Target, TargetId};
use crate::shell::{self, Dialect};
use crate::source::LineIndex;

/// The analysis of one command line as a JSON object on one line, without a line feed.
pub fn line_json(command: &str, analyser: &Analyser<'_>) -> String {
    let script = shell::parse(command, Some("sh"));
    let mut answer = serde_json::Map::new();
    answer.insert("command".to_owned(), json!(command));
    let analysis = analyser.script(&script);
    let summary = summary(&analysis);
    answer.extend(summary);
    if let Dialect::Other { reason } = &script.dialect {
        answer.insert("reason".to_owned(), json!(format!("not shell: {reason}")));
    }
    Value::Object(answer).to_string()
}

/// The answer to a line that is no UTF-8, shown with replacement characters: unknown.
pub fn unreadable_line_json(command: &str) -> String {
    json!({
        "command": command,
        "class": Class::Read.word(),
        "unknown": true,
        "targets": [],
        "facets": [],
        "reason": "not UTF-8",
    })
    .to_string()
}

/// Class, unknown, targets, facets and reason of all effects together.
fn summary(analysis: &Analysis) -> serde_json::Map<String, Value> {
    let mut targets: Vec<&Target> = Vec::new();
    let mut facets: Vec<&str> = Vec::new();
    for effect in &analysis.effects {
        for target in &effect.targets {
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        for facet in &effect.facets {
            if !facets.contains(&facet.as_str()) {
                facets.push(facet);
            }
        }
    }
    facets.sort_unstable();
    let mut answer = serde_json::Map::new();
    answer.insert("class".to_owned(), json!(analysis.class().word()));
    answer.insert("unknown".to_owned(), json!(analysis.unknown()));
    answer.insert(
        "targets".to_owned(),
        Value::Array(targets.into_iter().map(target_json).collect()),
    );
    answer.insert("facets".to_owned(), json!(facets));
    answer.insert(
        "reason".to_owned(),
        json!(strongest(analysis).map(chain).unwrap_or_default()),
    );
    answer
}

/// The effect that decides: the one that is not known, else the strongest.
fn strongest(analysis: &Analysis) -> Option<&Effect> {
    let mut found: Option<&Effect> = None;
    for effect in &analysis.effects {
        let weight = |effect: &Effect| {
            let mutates = effect.class >= Class::Mutate;
            (mutates, effect.unknown, effect.class)
        };
        if found.is_none_or(|found| weight(effect) > weight(found)) {
            found = Some(effect);
        }
    }
    found
}

/// The chain of reasons as one phrase.
fn chain(effect: &Effect) -> String {
    let links: Vec<String> = effect
        .reasons
        .iter()
        .map(|reason| match &reason.file {
            Some(file) => format!("{file}: {}", reason.text),
            None => reason.text.clone(),
        })
        .collect();
    links.join(" -> ")
}

fn id_json(id: &TargetId) -> Value {
    match id {
        TargetId::Named(name) => json!(name),
        TargetId::Placeholder(name) => json!(format!("<{name}>")),
        TargetId::Ambient => json!("(current)"),
        TargetId::All => json!("*"),
        TargetId::Unknown => Value::Null,
    }
}

fn target_json(target: &Target) -> Value {
    let mut object = serde_json::Map::new();
    object.insert("kind".to_owned(), json!(target.kind));
    object.insert("id".to_owned(), id_json(&target.id));
    if !target.within.is_empty() {
        let within: Vec<Value> = target
            .within
            .iter()
            .map(|(kind, id)| json!({ "kind": kind, "id": id_json(id) }))
            .collect();
        object.insert("within".to_owned(), Value::Array(within));
    }
    Value::Object(object)
}

/// The analysis of a text as one JSON object: the summary and each effect with its place.
pub fn effects_json(text: &str, analysis: &Analysis) -> String {
    let lines = LineIndex::new(text);
    let mut answer = serde_json::Map::new();
    answer.insert("version".to_owned(), json!(1));
    answer.extend(summary(analysis));
    let effects: Vec<Value> = analysis
        .effects
        .iter()
        .map(|effect| {
            let place = lines.place(text, effect.range.start);
            let reasons: Vec<Value> = effect
                .reasons
                .iter()
                .map(|reason| {
                    let place = lines.place(text, reason.range.start);
                    json!({
                        "text": reason.text, "file": reason.file,
                        "line": place.line, "column": place.column,
                    })
                })
                .collect();
            json!({
                "class": effect.class.word(),
                "unknown": effect.unknown,
                "scope": scope_text(&effect.scope),
                "may": effect.may,
                "repeated": effect.repeated,
                "background": effect.background,
                "facets": effect.facets,
                "targets": effect.targets.iter().map(target_json).collect::<Vec<_>>(),
                "line": place.line,
                "column": place.column,
                "command": effect.range.of(text),
                "reasons": reasons,
            })
        })
        .collect();
    answer.insert("effects".to_owned(), Value::Array(effects));
    Value::Object(answer).to_string()
}

fn scope_text(scope: &Scope) -> String {
    match scope {
        Scope::Session => "session".to_owned(),
        Scope::Workspace => "workspace".to_owned(),
        Scope::Host => "host".to_owned(),
        Scope::Remote { kind, id } => format!("remote {kind} {id}"),
        Scope::Network => "network".to_owned(),
    }
}

/// The analysis of a text for people: each command with carets under it and its chain of reasons.
/// `first_line` is the number of the text's first line in its file.
pub fn effects_text(text: &str, analysis: &Analysis, first_line: u32) -> String {
    let lines = LineIndex::new(text);
    let mut out = String::new();
    let mut last = None;
    for effect in &analysis.effects {
        let place = lines.place(text, effect.range.start);
        let command = effect.range.of(text);
        let line = text.lines().nth(place.line as usize - 1).unwrap_or("");
        let number = (place.line - 1 + first_line).to_string();
        let margin = " ".repeat(number.len());
        if last != Some(effect.range) {
            let first = command.lines().next().unwrap_or("");
            out.push_str(&format!("{number} | {line}\n"));
            let indent: String = line
                .chars()
                .take(place.column as usize - 1)
                .map(|letter| if letter == '\t' { '\t' } else { ' ' })
                .collect();
            let carets = "^".repeat(first.chars().count().max(1));
            out.push_str(&format!("{margin} | {indent}{carets}\n"));
            last = Some(effect.range);
        }
        out.push_str(&format!("{margin} = {}\n", headline(effect)));
        for reason in &effect.reasons {
            let file = reason
                .file
                .as_ref()
                .map(|file| format!("{file}: "))
                .unwrap_or_default();
            out.push_str(&format!("{margin}   -> {file}{}\n", reason.text));
        }
    }
    out.push_str(&format!(
        "{}{}\n",
        analysis.class().word(),
        if analysis.unknown() {
            ", and may do more"
        } else {
            ""
        }
    ));
    out
}

fn headline(effect: &Effect) -> String {
    let mut words = vec![match (effect.class, effect.unknown) {
        (Class::None | Class::Read, true) => "unknown".to_owned(),
        (class, true) => format!("{}, and may do more", class.word()),
        (class, false) => class.word().to_owned(),
    }];
    if let Scope::Remote { kind, id } = &effect.scope {
        words.push(format!("on {kind} {id}"));
    }
    if effect.may {
        words.push("may not run".to_owned());
    }
    if effect.repeated {
        words.push("repeated".to_owned());
    }
    if effect.background {
        words.push("in the background".to_owned());
    }
    for target in &effect.targets {
        words.push(super::resolve::target_text(target));
    }
    for facet in &effect.facets {
        words.push(format!("+{facet}"));
    }
    words.join("; ")
}

/// The entry to add to `rbc.toml` for each tool that is not known, with a line that says so; empty
/// when all are. An entry says `mutate` until a person has looked.
pub fn stubs<'a>(analyses: impl IntoIterator<Item = &'a Analysis>) -> String {
    let mut out = String::new();
    let mut seen: Vec<String> = Vec::new();
    for effect in analyses.into_iter().flat_map(|it| &it.effects) {
        let Some(invocation) = &effect.invocation else {
            continue;
        };
        if !effect.facets.contains("unknown-tool") || seen.contains(&invocation.tool) {
            continue;
        }
        if !seen.is_empty() {
            out.push('\n');
        }
        seen.push(invocation.tool.clone());
        let bare = invocation
            .tool
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'));
        let name = if bare {
            invocation.tool.clone()
        } else {
            format!("{:?}", invocation.tool)
        };
        out.push_str(&format!("[tool.{name}]\n"));
        match invocation.operands.first() {
            Some(verb)
                if verb.known
                    && verb
                        .text
                        .chars()
                        .all(|letter| letter.is_ascii_alphanumeric() || letter == '-') =>
            {
                out.push_str(&format!(
                    "mutate = [{:?}]   # or read, local-write, destroy: what the verb does\n",
                    verb.text
                ));
            }
            Some(_) | None => {
                out.push_str("class = \"mutate\"   # or read, local-write, destroy\n");
            }
        }
        if !invocation.options.is_empty() {
            let names: Vec<String> = invocation
                .options
                .iter()
                .map(|(name, _)| format!("{:?}", name.split('=').next().unwrap_or(name)))
                .collect();
            out.push_str(&format!(
                "options.flag = [{}]   # those that take a value go into options.value\n",
                names.join(", ")
            ));
        }
    }
    if out.is_empty() {
        out
    } else {
        format!("\nto teach rbc what is not known, add to rbc.toml:\n\n{out}")
    }
}
