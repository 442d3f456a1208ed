//! Texts of other people as markup: markdown drawn by comrak, and plain text. Nothing in them becomes
//! an element that loads, links or runs.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the nodes of a page are another crate's enum, which grows"
)]

use comrak::nodes::{AstNode, NodeValue};
use comrak::{Arena, Options, format_html, parse_document};
use tera::Tera;

/// Teaches a template engine to write HTML: what a template prints is escaped.
pub(in crate::backend) fn teach(tera: &mut Tera) {
    tera.autoescape_on(vec![".html"]);
    tera.set_escape_fn(escape);
}

/// Text as HTML, for elements and for attributes in quotes.
fn escape(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' => written.push_str("&quot;"),
            '\'' => written.push_str("&#39;"),
            _ => written.push(character),
        }
    }
    written
}

/// A text without markup, except that pairs of backticks make code.
pub(super) fn plain(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escape(text);
    }
    let parts = parts.iter().enumerate();
    parts
        .map(|(index, part)| match index % 2 {
            0 => escape(part),
            _ => format!("<code>{}</code>", escape(part)),
        })
        .collect()
}

/// The inline markup of a markdown paragraph: code, emphasis. HTML stays text, a link becomes its text
/// and its target in brackets, an image its alternative text likewise. `None` for what is no paragraph.
pub(super) fn markdown(text: &str) -> Option<String> {
    let mut options = Options::default();
    options.render.escape = true;
    options.extension.strikethrough = true;
    let arena = Arena::new();
    let root = parse_document(&arena, text, &options);
    let nodes: Vec<&AstNode<'_>> = root.descendants().collect();
    for node in nodes {
        let target = match &node.data().value {
            NodeValue::Link(link) | NodeValue::Image(link) => link.url.clone(),
            _ => continue,
        };
        let said: String = node
            .descendants()
            .filter_map(|inner| match &inner.data().value {
                NodeValue::Text(text) => Some(text.to_string()),
                NodeValue::Code(code) => Some(code.literal.clone()),
                _ => None,
            })
            .collect();
        if !target.is_empty() && target != said && target != format!("mailto:{said}") {
            let shown = NodeValue::Text(format!(" ({target})").into());
            node.append(arena.alloc(shown.into()));
        }
        while let Some(child) = node.first_child() {
            node.insert_before(child);
        }
        node.detach();
    }
    let mut written = String::new();
    format_html(root, &options, &mut written).ok()?;
    let inner = written.trim().strip_prefix("<p>")?.strip_suffix("</p>")?;
    (!inner.contains("<p>")).then(|| inner.to_owned())
}
