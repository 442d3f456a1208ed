//! Markdown text to a flat sequence of items with places: headings, paragraphs, fences, tables, and
//! the borders of lists and quotes. The one user of pulldown-cmark.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the events of pulldown-cmark grow with its extensions"
)]

use pulldown_cmark::{CodeBlockKind, Event, OffsetIter, Options, Parser, Tag, TagEnd};

use super::length;
use crate::source::{Excerpt, FileId, Range, SourceFile, Span};

/// Something that stands in the document.
#[derive(Debug)]
pub(super) struct Item {
    /// The whole of it, without the white space around it.
    pub(super) span: Span,
    /// What it is.
    pub(super) kind: ItemKind,
}

/// The kinds of [`Item`].
#[derive(Debug)]
pub(super) enum ItemKind {
    /// A heading of level 1 to 6.
    Heading(u8, Inline),
    /// A paragraph, or the words of a tight list item.
    Paragraph(Inline),
    /// A fenced block.
    Fence(Fence),
    /// An indented code block, without the indent.
    Indented(Excerpt),
    /// A block of HTML, without the container's indent.
    Html(Excerpt),
    /// A table: the header row, then the others.
    Table(Vec<Inline>, Vec<Vec<Inline>>),
    /// A thematic break.
    Rule,
    /// A list begins; its first number when it is numbered.
    ListStart(Option<u64>),
    /// An item of the innermost list begins.
    ListItem,
    /// The innermost list ends.
    ListEnd,
    /// A block quote begins.
    QuoteStart,
    /// The innermost block quote ends.
    QuoteEnd,
}

/// A fenced block as it stands.
#[derive(Debug)]
pub(super) struct Fence {
    /// The opening line from the first backtick or tilde on.
    pub(super) opening: Span,
    /// The content without the container's indent.
    pub(super) content: Excerpt,
    /// Whether a closing fence ends it.
    pub(super) closed: bool,
}

/// The words of a paragraph, heading or cell as a reader sees them.
#[derive(Debug)]
pub(super) struct Inline {
    /// The words; white space folded to single blanks outside code.
    pub(super) text: Excerpt,
    /// Where the second and later source lines start, as offsets in the text.
    pub(super) lines: Vec<u32>,
    /// What is strongly emphasised; sorted in paragraphs.
    pub(super) strong: Vec<Range>,
    /// What is in code marks, without the marks.
    pub(super) code: Vec<Range>,
    /// Destinations of links and images.
    pub(super) links: Vec<(Span, String)>,
    /// HTML comments, with their marks.
    pub(super) comments: Vec<Excerpt>,
    /// Backticks that look like a fence and are none: the line they start.
    pub(super) lost: Vec<Span>,
}

impl Inline {
    fn new(file: FileId) -> Self {
        Inline {
            text: Excerpt::new(file),
            lines: Vec::new(),
            strong: Vec::new(),
            code: Vec::new(),
            links: Vec::new(),
            comments: Vec::new(),
            lost: Vec::new(),
        }
    }
}

/// The items of `file` from byte `start` on, in document order.
pub(super) fn items(file: &SourceFile, start: u32) -> Items<'_> {
    let text = file.text.get(start as usize..).unwrap_or("");
    Items {
        file,
        start,
        events: Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter(),
        leaf: None,
        ready: std::collections::VecDeque::new(),
    }
}

/// Reads one item after the other; see [`items`].
pub(super) struct Items<'a> {
    file: &'a SourceFile,
    start: u32,
    events: OffsetIter<'a>,
    leaf: Option<Leaf>,
    ready: std::collections::VecDeque<Item>,
}

/// What is being read.
struct Leaf {
    span: Span,
    kind: LeafKind,
}

enum LeafKind {
    Heading(u8, InlineReader),
    Paragraph(InlineReader),
    Fence(Excerpt),
    Indented(Excerpt),
    Html(Excerpt),
    Table(TableReader),
}

struct TableReader {
    header: Vec<Inline>,
    rows: Vec<Vec<Inline>>,
    row: Vec<Inline>,
    cell: Option<InlineReader>,
}

struct InlineReader {
    inline: Inline,
    strong: Vec<u32>,
}

impl InlineReader {
    /// An empty one, with room for the text of `span`.
    fn new(span: Span) -> Self {
        let mut inline = Inline::new(span.file);
        inline.text.reserve(span.range().len());
        InlineReader {
            inline,
            strong: Vec::new(),
        }
    }
}

impl Iterator for Items<'_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Some(item);
            }
            match self.events.next() {
                Some((event, range)) => {
                    let span = self.span(range);
                    self.event(event, span);
                }
                None => return self.take_leaf(),
            }
        }
    }
}

impl Items<'_> {
    /// The place of an event's range, in the file.
    fn span(&self, range: std::ops::Range<usize>) -> Span {
        let offset = |byte: usize| {
            u32::try_from(byte)
                .unwrap_or(u32::MAX)
                .saturating_add(self.start)
        };
        Span::new(self.file.id, offset(range.start), offset(range.end))
    }

    fn event(&mut self, event: Event<'_>, span: Span) {
        match event {
            Event::Start(tag) => self.open(tag, span),
            Event::End(tag) => self.close(tag, span),
            Event::Rule => self.push(span, ItemKind::Rule),
            Event::Html(_) => {
                let file = self.file;
                let raw = file.slice(span);
                if let Some(LeafKind::Html(text)) = self.kind() {
                    text.push(raw, span.start);
                }
            }
            Event::Text(text) => {
                let file = self.file;
                match self.kind() {
                    Some(
                        LeafKind::Fence(content)
                        | LeafKind::Indented(content)
                        | LeafKind::Html(content),
                    ) => push_code(content, &text, span, file.slice(span)),
                    Some(LeafKind::Heading(..) | LeafKind::Paragraph(_) | LeafKind::Table(_))
                    | None => {
                        let reader = self.inline(span);
                        push_prose(&mut reader.inline, &text, span, file);
                    }
                }
            }
            Event::Code(text) => {
                let file = self.file;
                let reader = self.inline(span);
                push_code_span(&mut reader.inline, &text, span, file);
            }
            Event::InlineHtml(html) => {
                let raw = html.to_string();
                let file = self.file;
                let reader = self.inline(span);
                if raw.starts_with("<!--") {
                    let mut comment = Excerpt::new(file.id);
                    align(&mut comment, &raw, span, file.slice(span));
                    reader.inline.comments.push(comment);
                } else if is_placeholder_tag(&raw) {
                    reader.inline.text.push(&raw, span.start);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                let reader = self.inline(span);
                let text = &mut reader.inline.text;
                if !text.text().is_empty() && !text.text().ends_with(' ') {
                    text.push(" ", span.start);
                }
                reader.inline.lines.push(length(text.text()));
            }
            _ => {}
        }
    }

    fn open(&mut self, tag: Tag<'_>, span: Span) {
        let id = self.file.id;
        match tag {
            Tag::Strong => {
                let reader = self.inline(span);
                let at = length(reader.inline.text.text());
                reader.strong.push(at);
            }
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                let destination = dest_url.to_string();
                self.inline(span).inline.links.push((span, destination));
            }
            Tag::Emphasis | Tag::Strikethrough | Tag::Superscript | Tag::Subscript => {}
            Tag::TableHead | Tag::TableRow => {}
            Tag::TableCell => {
                if let Some(LeafKind::Table(table)) = self.kind() {
                    let mut reader = InlineReader::new(span);
                    // An empty cell still has a place.
                    reader.inline.text.push("", span.start);
                    table.cell = Some(reader);
                }
            }
            Tag::Paragraph => self.begin(span, LeafKind::Paragraph(InlineReader::new(span))),
            Tag::Heading { level, .. } => {
                self.begin(
                    span,
                    LeafKind::Heading(level as u8, InlineReader::new(span)),
                );
            }
            Tag::CodeBlock(CodeBlockKind::Fenced(_)) => {
                let mut content = Excerpt::new(id);
                content.reserve(span.range().len());
                self.begin(span, LeafKind::Fence(content));
            }
            Tag::CodeBlock(CodeBlockKind::Indented) => {
                self.begin(span, LeafKind::Indented(Excerpt::new(id)));
            }
            Tag::HtmlBlock => self.begin(span, LeafKind::Html(Excerpt::new(id))),
            Tag::Table(_) => self.begin(
                span,
                LeafKind::Table(TableReader {
                    header: Vec::new(),
                    rows: Vec::new(),
                    row: Vec::new(),
                    cell: None,
                }),
            ),
            Tag::List(first) => self.push(span, ItemKind::ListStart(first)),
            Tag::Item => self.push(span, ItemKind::ListItem),
            Tag::BlockQuote(_) => self.push(span, ItemKind::QuoteStart),
            _ => self.finish(),
        }
    }

    fn close(&mut self, tag: TagEnd, span: Span) {
        match tag {
            TagEnd::Strong => {
                let reader = self.inline(span);
                let end = length(reader.inline.text.text());
                if let Some(start) = reader.strong.pop() {
                    reader.inline.strong.push(Range::new(start, end));
                }
            }
            TagEnd::Link
            | TagEnd::Image
            | TagEnd::Emphasis
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript => {}
            TagEnd::TableCell => {
                if let Some(LeafKind::Table(table)) = self.kind()
                    && let Some(cell) = table.cell.take()
                {
                    table.row.push(cell.inline);
                }
            }
            TagEnd::TableHead => {
                if let Some(LeafKind::Table(table)) = self.kind() {
                    table.header = std::mem::take(&mut table.row);
                }
            }
            TagEnd::TableRow => {
                if let Some(LeafKind::Table(table)) = self.kind() {
                    let row = std::mem::take(&mut table.row);
                    table.rows.push(row);
                }
            }
            TagEnd::List(_) => self.push(span, ItemKind::ListEnd),
            TagEnd::BlockQuote(_) => self.push(span, ItemKind::QuoteEnd),
            _ => self.finish(),
        }
    }

    fn kind(&mut self) -> Option<&mut LeafKind> {
        self.leaf.as_mut().map(|leaf| &mut leaf.kind)
    }

    /// The inline text that is being read. Words outside a paragraph are those of a tight list item.
    fn inline(&mut self, span: Span) -> &mut InlineReader {
        let fits = matches!(
            self.kind(),
            Some(LeafKind::Heading(..) | LeafKind::Paragraph(_) | LeafKind::Table(_))
        );
        if !fits {
            self.begin(span, LeafKind::Paragraph(InlineReader::new(span)));
        }
        let leaf = self.leaf.get_or_insert_with(|| Leaf {
            span,
            kind: LeafKind::Paragraph(InlineReader::new(span)),
        });
        leaf.span = leaf.span.to(span);
        match &mut leaf.kind {
            LeafKind::Heading(_, reader) | LeafKind::Paragraph(reader) => reader,
            LeafKind::Table(table) => table.cell.get_or_insert_with(|| InlineReader::new(span)),
            LeafKind::Fence(_) | LeafKind::Indented(_) | LeafKind::Html(_) => {
                unreachable!("a leaf without inline text was just replaced by a paragraph")
            }
        }
    }

    fn begin(&mut self, span: Span, kind: LeafKind) {
        self.finish();
        self.leaf = Some(Leaf { span, kind });
    }

    fn push(&mut self, span: Span, kind: ItemKind) {
        self.finish();
        self.ready.push_back(Item { span, kind });
    }

    fn finish(&mut self) {
        if let Some(item) = self.take_leaf() {
            self.ready.push_back(item);
        }
    }

    fn take_leaf(&mut self) -> Option<Item> {
        let leaf = self.leaf.take()?;
        let raw = self.file.slice(leaf.span);
        let span = Span::new(
            leaf.span.file,
            leaf.span.start,
            leaf.span.start + length(raw.trim_end()),
        );
        let kind = match leaf.kind {
            LeafKind::Heading(level, reader) => ItemKind::Heading(level, reader.inline),
            LeafKind::Paragraph(mut reader) => {
                reader.inline.strong.sort_by_key(|strong| strong.start);
                ItemKind::Paragraph(reader.inline)
            }
            LeafKind::Fence(content) => {
                let first = raw.lines().next().unwrap_or("").trim_end();
                let opening = Span::new(span.file, span.start, span.start + length(first));
                let body = if content.text().is_empty() {
                    opening.end
                } else {
                    content.whole().end
                };
                let tail = self.file.slice(Span::new(span.file, body, span.end));
                let mark = if first.starts_with('~') { '~' } else { '`' };
                ItemKind::Fence(Fence {
                    opening,
                    content,
                    closed: tail.contains(mark),
                })
            }
            LeafKind::Indented(text) => ItemKind::Indented(text),
            LeafKind::Html(text) => ItemKind::Html(text),
            LeafKind::Table(table) => ItemKind::Table(table.header, table.rows),
        };
        Some(Item { span, kind })
    }
}

/// Appends one event of a code block. Text without a place is the rest of a tab that the container
/// used a part of.
fn push_code(content: &mut Excerpt, text: &str, span: Span, source: &str) {
    if text == source {
        content.push(text, span.start);
    } else if source.is_empty() {
        for _ in text.chars() {
            content.push(" ", span.start.saturating_sub(1));
        }
    } else {
        align(content, text, span, source);
    }
}

/// Appends words, white space folded.
fn push_prose(inline: &mut Inline, words: &str, span: Span, file: &SourceFile) {
    let source = file.slice(span);
    if words.starts_with("```") && starts_line(file, span.start) {
        inline.lost.push(line_from(file, span.start));
    }
    let text = &mut inline.text;
    if words != source {
        align(text, words, span, source);
        return;
    }
    let ends_blank = text.text().is_empty() || text.text().ends_with(' ');
    let folds =
        words.contains("  ") || words.contains('\t') || ends_blank && words.starts_with(' ');
    if !folds {
        text.push(words, span.start);
        return;
    }
    let mut at = 0;
    for word in words.split_inclusive([' ', '\t']) {
        let bare = word.trim_end_matches([' ', '\t']);
        let start = span.start + at;
        text.push(bare, start);
        if bare.len() < word.len() && !text.text().is_empty() && !text.text().ends_with(' ') {
            text.push(" ", start + length(bare));
        }
        at += length(word);
    }
}

/// Appends the content of a code span, and notes one that was meant as a fence.
fn push_code_span(inline: &mut Inline, code: &str, span: Span, file: &SourceFile) {
    let source = file.slice(span);
    let marks = source.len() - source.trim_start_matches('`').len();
    if marks >= 3 && source.contains('\n') && starts_line(file, span.start) {
        inline.lost.push(line_from(file, span.start));
    }
    let inner = source
        .get(marks..source.len().saturating_sub(marks))
        .unwrap_or("");
    let skip =
        usize::from(inner.len() > code.len() && inner.starts_with(' ') && !code.starts_with(' '));
    let inner = inner.get(skip..).unwrap_or("");
    let start = span.start + u32::try_from(marks + skip).unwrap_or(0);
    let at = length(inline.text.text());
    let place = Span::new(span.file, start, start + length(inner));
    if inner.starts_with(code) {
        inline.text.push(code, start);
    } else {
        align(&mut inline.text, code, place, inner);
    }
    let end = length(inline.text.text());
    inline.code.push(Range::new(at, end));
}

/// Appends `text`, whose characters stand in `source` in the same order, with others between them
/// (a quote's mark, a backslash); a line feed may have become a blank. A character that is not
/// there (of an entity) is placed at the next one.
fn align(excerpt: &mut Excerpt, text: &str, span: Span, source: &str) {
    let mut rest = source.char_indices().peekable();
    let mut buffer = [0; 4];
    for wanted in text.chars() {
        let blank = wanted == ' ' || wanted == '\n';
        let mut probe = rest.clone();
        let found =
            probe.find(|(_, found)| *found == wanted || (blank && found.is_ascii_whitespace()));
        let at = match found {
            Some((at, _)) => {
                rest = probe;
                at
            }
            None => rest
                .peek()
                .map_or(source.len().saturating_sub(1), |(at, _)| *at),
        };
        excerpt.push(
            wanted.encode_utf8(&mut buffer),
            span.start + u32::try_from(at).unwrap_or(0),
        );
    }
}

/// Whether nothing but blanks and container marks stands before `offset` on its line.
fn starts_line(file: &SourceFile, offset: u32) -> bool {
    file.text
        .get(..offset as usize)
        .unwrap_or("")
        .bytes()
        .rev()
        .take_while(|byte| *byte != b'\n')
        .all(|byte| matches!(byte, b' ' | b'\t' | b'>'))
}

/// From `offset` to the end of its line.
fn line_from(file: &SourceFile, offset: u32) -> Span {
    let line = file
        .text
        .get(offset as usize..)
        .and_then(|rest| rest.lines().next())
        .unwrap_or("");
    Span::new(file.id, offset, offset + length(line.trim_end()))
}

/// Whether an HTML tag in prose is one of our placeholders, `<target>`, rather than markup.
fn is_placeholder_tag(tag: &str) -> bool {
    const MARKUP: &[&str] = &[
        "a",
        "abbr",
        "b",
        "big",
        "blockquote",
        "br",
        "center",
        "cite",
        "code",
        "dd",
        "del",
        "details",
        "div",
        "dl",
        "dt",
        "em",
        "font",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "mark",
        "nobr",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "tt",
        "u",
        "ul",
        "var",
        "wbr",
    ];
    tag.strip_prefix('<')
        .and_then(|tag| tag.strip_suffix('>'))
        .is_some_and(|name| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !MARKUP.contains(&name.to_ascii_lowercase().as_str())
        })
}
