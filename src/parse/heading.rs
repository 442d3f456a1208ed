//! Headings: sections with their numbers, titles and anchors.

use super::markdown::Inline;
use super::{Builder, Declaring, length};
use crate::runbook::{Section, SectionId};
use crate::source::{Range, Span};

impl Builder<'_> {
    pub(super) fn heading(&mut self, span: Span, level: u8, inline: &Inline) {
        self.end_of_step();
        self.cover(span);
        self.take_pending();
        self.headed = true;
        self.links(inline);
        self.comments(inline);
        let text = inline.text.text();
        let whole = Range::new(0, length(text));
        self.markers(&inline.text, &inline.code, whole, true);
        let (number, title) = heading_number(text);
        let (title, custom) = heading_anchor(text, title);
        self.declaring = if title.of(text).eq_ignore_ascii_case("placeholders") {
            Declaring::Section
        } else {
            Declaring::Nothing
        };
        if level == 1 && self.runbook.title.is_none() {
            self.runbook.title = Some(self.text(&inline.text, whole));
        }
        while let Some(id) = self.sections.last().copied() {
            match self.runbook.sections.get_mut(id.0) {
                Some(open) if open.level >= level => {
                    open.body.end = span.start.max(open.body.start);
                    self.sections.pop();
                }
                _ => break,
            }
        }
        let anchor = match custom {
            Some(custom) => custom.of(text).to_owned(),
            None => self.anchor(text),
        };
        let section = Section {
            level,
            number: number.map(|number| number.of(text).to_owned()),
            title: self.text(&inline.text, title),
            heading: span,
            body: Span::new(span.file, span.start, self.file.span().end),
            parent: self.section(),
            anchor,
        };
        self.sections.push(SectionId(self.runbook.sections.len()));
        self.runbook.sections.push(section);
    }

    /// The anchor of a heading; a repeated one gets a number.
    pub(super) fn anchor(&mut self, text: &str) -> String {
        let mut slug = String::with_capacity(text.len());
        for character in text.chars() {
            match character {
                ' ' => slug.push('-'),
                '-' | '_' => slug.push(character),
                _ if character.is_alphanumeric() => slug.extend(character.to_lowercase()),
                _ => {}
            }
        }
        let count = self.anchors.entry(slug.clone()).or_insert(0);
        let anchor = if *count == 0 {
            slug
        } else {
            format!("{slug}-{count}")
        };
        *count += 1;
        anchor
    }
}

/// The number a heading starts with and the rest of it.
fn heading_number(text: &str) -> (Option<Range>, Range) {
    let bytes = text.as_bytes();
    let mut end = 0;
    let mut levels = 0;
    if bytes.first().is_some_and(u8::is_ascii_uppercase) && bytes.get(1) == Some(&b'.') {
        end = 1;
    }
    loop {
        let from = if end > 0 { end + 1 } else { 0 };
        let digits = bytes
            .get(from..)
            .unwrap_or(&[])
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if digits == 0 || digits > 6 {
            break;
        }
        end = from + digits;
        levels += 1;
        if bytes.get(end) != Some(&b'.') {
            break;
        }
    }
    let letter = levels > 0
        && bytes.get(end).is_some_and(u8::is_ascii_lowercase)
        && !bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric);
    let deep =
        levels > 1 || letter || (levels == 1 && bytes.first().is_some_and(u8::is_ascii_uppercase));
    end += usize::from(letter);
    let rest = text.get(end..).unwrap_or("");
    let marked =
        rest.starts_with(['.', ')', ':']) || rest.starts_with(" -- ") || rest.starts_with(" - ");
    let boundary = rest.is_empty() || rest.starts_with([' ', '.', ')', ':']);
    let all = Range::new(0, length(text));
    if levels == 0 || !boundary || !(deep || marked) {
        return (None, all);
    }
    let after = rest.trim_start_matches(['.', ')', ':', ' ']);
    let after = ["-- ", "- ", "\u{2014} ", "\u{2013} "]
        .into_iter()
        .find_map(|dash| after.strip_prefix(dash))
        .unwrap_or(after);
    let title = Range::new(all.end - length(after), all.end);
    (Some(Range::new(0, u32::try_from(end).unwrap_or(0))), title)
}

/// A title without its `{#anchor}`, and that anchor.
fn heading_anchor(text: &str, title: Range) -> (Range, Option<Range>) {
    let inside = title.of(text);
    let Some(open) = inside.rfind("{#").filter(|_| inside.ends_with('}')) else {
        return (title, None);
    };
    let open = title.start + u32::try_from(open).unwrap_or(0);
    let anchor = Range::new(open + 2, title.end - 1);
    if anchor.of(text).contains([' ', '}']) {
        return (title, None);
    }
    (Range::new(title.start, open), Some(anchor))
}
