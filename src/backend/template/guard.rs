//! Rendering that ends. The engine has no limits of its own, so calls that count are put into the
//! text: into each loop and macro, behind each assignment, and, to find the line of an error, at
//! the beginning of each line.
//!
//! Bounded are: turns of all loops together, nested calls of macros and inclusions, the length of
//! `range`, the size of an assigned value, the size of the document. Not bounded is what one single
//! expression can build, such as a chain of `replace` filters.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Error, ErrorKind, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tera::{Context, Tera};

use crate::backend::markdown::{self, Arguments};
use crate::backend::page;

/// Turns of all loops of one document.
const TURNS: u64 = 200_000;
/// Macros and inclusions inside each other.
const DEPTH: u64 = 32;
/// Numbers that `range` makes.
const RANGE: i64 = 100_000;
/// Bytes of a value that a template assigns.
const VALUE: usize = 1 << 20;
/// Bytes of a document.
const DOCUMENT: usize = 32 << 20;

/// Why a template could not be rendered, and the last line that was begun.
pub(super) struct Failed {
    pub(super) error: tera::Error,
    pub(super) place: Option<(String, u32)>,
}

/// Renders `name` of `texts`. With `lines`, the place of an error is known, and the white space of
/// the result is not what it should be.
pub(super) fn render(
    texts: &BTreeMap<&str, &str>,
    name: &str,
    context: &Context,
    lines: bool,
) -> Result<String, Failed> {
    let place = Arc::new(Mutex::new(None));
    let failed = |error| Failed {
        error,
        place: place.lock().unwrap_or_else(PoisonError::into_inner).clone(),
    };
    let mut tera = Tera::default();
    if name.ends_with(".html") {
        page::teach(&mut tera);
    } else {
        markdown::teach(&mut tera);
    }
    count(&mut tera, &place);
    if let Some(circle) = circle(texts, name) {
        return Err(failed(tera::Error::msg(circle)));
    }
    // As it stands first, so that a syntax error is at its own place.
    let mut plain = Tera::default();
    plain
        .add_raw_templates(texts.iter().map(|(name, text)| (*name, *text)))
        .map_err(failed)?;
    let counted = texts
        .iter()
        .map(|(name, text)| (*name, instrument(name, text, lines)));
    tera.add_raw_templates(counted).map_err(failed)?;
    let mut document = Bounded::default();
    match tera.render_to(name, context, &mut document) {
        Ok(()) => String::from_utf8(document.bytes)
            .map_err(|error| failed(tera::Error::msg(error.to_string()))),
        Err(_) if document.full => Err(failed(tera::Error::msg(format!(
            "the document grows beyond {} MiB",
            DOCUMENT >> 20
        )))),
        Err(error) => Err(failed(error)),
    }
}

/// A buffer that takes no more than [`DOCUMENT`] bytes.
#[derive(Default)]
struct Bounded {
    bytes: Vec<u8>,
    full: bool,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.bytes.len() + bytes.len() > DOCUMENT {
            self.full = true;
            return Err(Error::from(ErrorKind::FileTooLarge));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

type Place = Arc<Mutex<Option<(String, u32)>>>;

/// Registers the calls that [`instrument`] writes.
fn count(tera: &mut Tera, place: &Place) {
    let nothing = || Ok(Value::String(String::new()));
    let turns = AtomicU64::new(0);
    tera.register_function("rbc_turn", move |_: &Arguments| {
        if turns.fetch_add(1, Ordering::Relaxed) >= TURNS {
            return Err(format!("its loops turn more than {TURNS} times").into());
        }
        nothing()
    });
    let depth = Arc::new(AtomicU64::new(0));
    let entered = Arc::clone(&depth);
    tera.register_function("rbc_enter", move |_: &Arguments| {
        if entered.fetch_add(1, Ordering::Relaxed) >= DEPTH {
            return Err(format!("its macros call themselves more than {DEPTH} deep").into());
        }
        nothing()
    });
    tera.register_function("rbc_leave", move |_: &Arguments| {
        depth.fetch_sub(1, Ordering::Relaxed);
        nothing()
    });
    tera.register_function("rbc_size", move |arguments: &Arguments| {
        if arguments
            .get("value")
            .is_some_and(|value| size(value) > VALUE)
        {
            return Err(format!("a value it sets grows beyond {} MiB", VALUE >> 20).into());
        }
        nothing()
    });
    let place = Arc::clone(place);
    tera.register_function("rbc_at", move |arguments: &Arguments| {
        let file = arguments.get("file").and_then(Value::as_str).unwrap_or("");
        let line = arguments.get("line").and_then(Value::as_u64).unwrap_or(0);
        *place.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((file.to_owned(), u32::try_from(line).unwrap_or(0)));
        nothing()
    });
    tera.register_function("range", range);
}

/// The engine's `range`, with a limit.
fn range(arguments: &Arguments) -> tera::Result<Value> {
    let number = |name: &str, otherwise| match arguments.get(name) {
        None => Ok(otherwise),
        Some(value) => value
            .as_i64()
            .ok_or_else(|| tera::Error::msg(format!("`range` takes a number as `{name}`"))),
    };
    let start = number("start", 0)?;
    let end = number("end", start)?;
    let step = number("step_by", 1)?;
    if step < 1 || end.saturating_sub(start) / step.max(1) > RANGE {
        return Err(format!("its `range` makes more than {RANGE} numbers").into());
    }
    let mut numbers = Vec::new();
    let mut at = start;
    while at < end {
        numbers.push(Value::from(at));
        at = at.saturating_add(step);
    }
    Ok(Value::Array(numbers))
}

fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size).sum::<usize>() + 8,
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| name.len() + size(value))
            .sum(),
    }
}

/// A piece of a template.
enum Part<'a> {
    /// Text, and whatever the engine prints or ignores.
    Other(&'a str),
    /// `{% ... %}`: the whole of it, and the words in it.
    Tag(&'a str, &'a str),
}

/// Cuts a template into its tags and what stands between them.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    let mut raw = false;
    while let Some(at) = rest.find("{%") {
        // A comment that stands before the tag may hold it.
        if let Some(comment) = rest.get(..at).and_then(|before| before.find("{#"))
            && !raw
        {
            let end = rest
                .get(comment..)
                .and_then(|from| from.find("#}"))
                .map_or(rest.len(), |end| comment + end + 2);
            let (before, after) = rest.split_at(end);
            parts.push(Part::Other(before));
            rest = after;
            continue;
        }
        let (before, from) = rest.split_at(at);
        if !before.is_empty() {
            parts.push(Part::Other(before));
        }
        let end = end_of_tag(from);
        let (tag, after) = from.split_at(end);
        let inner = tag.trim_start_matches("{%").trim_end_matches("%}");
        let inner = inner.trim_start_matches('-').trim_end_matches('-').trim();
        let word = inner.split_whitespace().next().unwrap_or("");
        if raw && word != "endraw" {
            parts.push(Part::Other(tag));
        } else {
            raw = word == "raw";
            parts.push(Part::Tag(tag, inner));
        }
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Other(rest));
    }
    parts
}

/// The bytes up to the end of the tag that `text` begins with; quoted text does not end it.
fn end_of_tag(text: &str) -> usize {
    let mut quote = None;
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        match quote {
            Some(mark) if character == mark => quote = None,
            Some(_) => {}
            None if matches!(character, '"' | '\'' | '`') => quote = Some(character),
            None if before == '%' && character == '}' && at > 2 => return at + 1,
            None => {}
        }
        before = character;
    }
    text.len()
}

/// The template with the calls that count.
fn instrument(name: &str, text: &str, lines: bool) -> String {
    let mut written = String::with_capacity(text.len() * 2);
    let mut line = 1;
    let mut in_head = true;
    let mut extends = false;
    let mut raw = false;
    let at = |line: u32| format!("{{{{ rbc_at(file={name:?}, line={line}) }}}}");
    for part in parts(text) {
        match part {
            Part::Other(other) => {
                // Before `extends` and `import` nothing but comments may stand.
                if in_head && !other.trim().is_empty() && !other.trim_start().starts_with("{#") {
                    in_head = false;
                    if !extends {
                        written.push_str("{{ rbc_enter() }}");
                    }
                    if lines {
                        written.push_str(&at(line));
                    }
                }
                line += mark_lines(other, lines && !raw && !in_head, line, &at, &mut written);
            }
            Part::Tag(tag, inner) => {
                let word = inner.split_whitespace().next().unwrap_or("");
                if in_head && !matches!(word, "extends" | "import") {
                    in_head = false;
                    if !extends {
                        written.push_str("{{ rbc_enter() }}");
                    }
                    if lines {
                        written.push_str(&at(line));
                    }
                }
                extends |= word == "extends";
                raw = word == "raw";
                if word == "endmacro" {
                    let trim = if tag.starts_with("{%-") { "-" } else { "" };
                    written.push_str(&format!("{{{{{trim} rbc_leave() }}}}"));
                }
                written.push_str(tag);
                line += newlines(tag);
                if let Some(call) = call_behind(word, inner) {
                    let trim = if tag.ends_with("-%}") { "-" } else { "" };
                    written.push_str(&format!("{{{{ {call} {trim}}}}}"));
                }
            }
        }
    }
    if !in_head && !extends {
        written.push_str("{{ rbc_leave() }}");
    }
    written
}

/// Writes text with `{{ ... }}` in it, marking the lines that begin outside of those; answers how
/// many lines there were.
fn mark_lines(
    text: &str,
    mark: bool,
    first: u32,
    at: &impl Fn(u32) -> String,
    written: &mut String,
) -> u32 {
    let mut lines = 0;
    let mut open = false;
    for piece in text.split_inclusive('\n') {
        written.push_str(piece);
        let opened = piece.rfind("{{").map_or(0, |at| at + 1);
        let closed = piece.rfind("}}").map_or(0, |at| at + 1);
        open = if opened == 0 && closed == 0 {
            open
        } else {
            opened > closed
        };
        if piece.ends_with('\n') {
            lines += 1;
            if mark && !open {
                written.push_str(&at(first + lines));
            }
        }
    }
    lines
}

/// What counts behind a tag.
fn call_behind(word: &str, inner: &str) -> Option<String> {
    match word {
        "for" => Some("rbc_turn()".to_owned()),
        "macro" => Some("rbc_enter()".to_owned()),
        "set" | "set_global" => {
            let rest = inner.strip_prefix(word)?.trim_start();
            let name = rest.split(['=', ' ', '\n', '\t']).next()?;
            Some(format!("rbc_size(value={name})"))
        }
        _ => None,
    }
}

fn newlines(text: &str) -> u32 {
    u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX)
}

/// Templates that include each other without end, as a sentence.
fn circle(texts: &BTreeMap<&str, &str>, name: &str) -> Option<String> {
    fn walk<'a>(
        texts: &BTreeMap<&'a str, &'a str>,
        name: &'a str,
        way: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) -> bool {
        if way.contains(&name) {
            way.push(name);
            return true;
        }
        if !done.insert(name) {
            return false;
        }
        way.push(name);
        let text = texts.get(name).copied().unwrap_or("");
        for part in parts(text) {
            let Part::Tag(_, inner) = part else { continue };
            if inner.split_whitespace().next() != Some("include") {
                continue;
            }
            for quoted in inner.split(['"', '\'', '`']).skip(1).step_by(2) {
                let Some((known, _)) = texts.get_key_value(quoted) else {
                    continue;
                };
                if walk(texts, known, way, done) {
                    return true;
                }
            }
        }
        way.pop();
        false
    }
    let mut way = Vec::new();
    let found = walk(texts, name, &mut way, &mut BTreeSet::new());
    found.then(|| format!("it includes itself: {}", way.join(" -> ")))
}
