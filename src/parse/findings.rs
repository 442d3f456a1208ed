//! What only the parser can report: labels that are nearly labels, fences that are not closed, and
//! text that looks like a fence and is none.

use crate::diagnostic::{Code, Diagnostic, Edit, Fix, Safety, Severity};
use crate::runbook::Block;
use crate::source::{Range, Span};

/// RBC505: nearly a label.
pub static UNKNOWN_LABEL: Code = Code {
    id: "RBC505",
    name: "unknown-label",
    default: Some(Severity::Warning),
};

/// RBC506: a fence that ends with its container or the file.
pub static UNCLOSED_FENCE: Code = Code {
    id: "RBC506",
    name: "unclosed-fence",
    default: Some(Severity::Error),
};

/// RBC507: fence-looking text that is not a fence, or a labelled block nothing will run.
pub static LOST_FENCE: Code = Code {
    id: "RBC507",
    name: "lost-fence",
    default: Some(Severity::Error),
};

/// The codes of the findings that the parser raises.
pub static CODES: [&Code; 3] = [&UNKNOWN_LABEL, &UNCLOSED_FENCE, &LOST_FENCE];

/// A word that should be `right`.
pub(super) fn unknown_label(span: Span, found: &str, right: &str) -> Diagnostic {
    Diagnostic::new(&UNKNOWN_LABEL, span, format!("`{found}` is nearly a label"))
        .label("not read as a label")
        .help(format!(
            "write `{right}`, or nothing checks or runs what follows"
        ))
        .fix(Fix {
            title: format!("write `{right}`"),
            safety: Safety::Safe,
            edits: vec![Edit {
                span,
                replacement: right.to_owned(),
            }],
        })
}

/// A fence without an end.
pub(super) fn unclosed(opening: Span) -> Diagnostic {
    Diagnostic::new(&UNCLOSED_FENCE, opening, "this fence is never closed")
        .label("opened here")
        .help("close it with the same number of the same marks on a line of their own, at the same indent; until then the text that follows is part of the block, or the block ends with its list or quote")
}

/// A fence that was meant to close one: its own opening line is missing, so that it swallows what
/// follows up to the next one. `label` is the label right above the lost line.
pub(super) fn lost_opening(opening: Span, label: Option<Span>) -> Diagnostic {
    let found = Diagnostic::new(
        &LOST_FENCE,
        label.unwrap_or(opening),
        "the opening line of a fence is missing here",
    )
    .help("put the opening line (three backticks and `bash`) back; until then the commands are prose, and the prose up to the next fence is a block");
    match label {
        Some(_) => found
            .label("nothing of it will run")
            .related(opening, "was meant to close it, and opens a block"),
        None => found.label("closes nothing, and so opens a block"),
    }
}

/// Whether the content of a fence has the opening line of another: no fence was closed or opened
/// where its author thought so. A fence of more marks shows fences on purpose, and so does one of
/// markdown.
pub(super) fn swallows_a_fence(opening: &str, content: &str) -> bool {
    let mark = if opening.starts_with('~') { '~' } else { '`' };
    let marks = opening.len() - opening.trim_start_matches(mark).len();
    let info = opening.trim_start_matches(mark).trim().to_ascii_lowercase();
    let shows_markdown = [
        "markdown", "md", "mdx", "text", "txt", "rst", "diff", "html",
    ]
    .iter()
    .any(|language| info.starts_with(language));
    !shows_markdown
        && content.lines().any(|line| {
            let bare = line.trim_start();
            let word = bare.trim_start_matches(mark);
            bare.len() - word.len() == marks
                && marks >= 3
                && word.starts_with(|first: char| first.is_ascii_alphabetic())
                && !word.contains(mark)
                && !word.contains(['\'', '"', ';'])
        })
}

/// Backticks that start a line of a paragraph.
pub(super) fn lost_in_paragraph(line: Span) -> Diagnostic {
    Diagnostic::new(&LOST_FENCE, line, "this line looks like a fence but is part of the paragraph")
        .label("not a block")
        .help("a line that opens a fence holds no backtick after its first marks; nothing runs or checks these commands")
}

/// A fence inside an HTML block.
pub(super) fn lost_in_html(line: Span) -> Diagnostic {
    Diagnostic::new(&LOST_FENCE, line, "this fence is swallowed by the HTML around it")
        .label("not a block")
        .help("put a blank line between the HTML tag and the fence; until then it is raw HTML and nothing runs or checks these commands")
}

/// A fence inside an indented code block.
pub(super) fn lost_in_indented(line: Span) -> Diagnostic {
    Diagnostic::new(
        &LOST_FENCE,
        line,
        "this fence is indented so far that it is part of an indented code block",
    )
    .label("not a block")
    .help("indent it as its list item's text, or by three blanks at most")
}

/// A label before an indented code block.
pub(super) fn label_on_indented(block: Span, label: Span) -> Diagnostic {
    Diagnostic::new(
        &LOST_FENCE,
        block,
        "this labelled block is indented code, not a fence, and nothing will run it",
    )
    .label("not a block")
    .related(label, "the label")
    .help("put it into a fence, three backticks before and after")
}

/// A label with nothing to run, to refer to or to say.
pub(super) fn label_without_block(label: Span) -> Diagnostic {
    Diagnostic::new(&LOST_FENCE, label, "no block follows this label")
        .label("nothing will run")
        .help("put a fence on the next line, or write behind a second `--` what the operator does by hand")
}

/// A label on a block in another language.
pub(super) fn labelled_not_shell(block: &Block, label: Span) -> Diagnostic {
    let language = block.language.as_deref().unwrap_or(&block.info);
    Diagnostic::new(
        &LOST_FENCE,
        block.opening,
        format!("this labelled block is `{language}`, not shell, and nothing will run it"),
    )
    .label("not shell")
    .related(label, "the label")
    .help("write the command that uses it, or take the label away")
}

/// The first line of indented code that opens a fence.
pub(super) fn fence_in_indented(text: &str) -> Option<Range> {
    let line = text.lines().find(|line| !line.trim().is_empty())?;
    let at = line.as_ptr() as usize - text.as_ptr() as usize;
    opens_fence(line).then(|| range(at, line))
}

/// The lines of an HTML block that look like opening fences and are neither in a comment nor in
/// preformatted text.
pub(super) fn fences_in_html(text: &str) -> Vec<Range> {
    let mut found = Vec::new();
    if !text.contains("```") && !text.contains("~~~") {
        return found;
    }
    let mut hidden: Option<&str> = None;
    let mut open = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if let Some(end) = hidden {
            if line.contains(end) {
                hidden = None;
            }
            continue;
        }
        if opens_fence(line) {
            if !open {
                found.push(range(start, line));
            }
            open = !open;
            continue;
        }
        hidden = [
            ("<!--", "-->"),
            ("<pre", "</pre"),
            ("<script", "</script"),
            ("<style", "</style"),
        ]
        .into_iter()
        .find_map(|(begin, end)| {
            let rest = line.get(line.find(begin)? + begin.len()..)?;
            (!rest.contains(end)).then_some(end)
        });
    }
    found
}

fn opens_fence(line: &str) -> bool {
    let bare = line.trim();
    bare.starts_with("```") && !bare.trim_start_matches('`').contains('`')
        || bare.starts_with("~~~")
}

fn range(at: usize, line: &str) -> Range {
    let bare = line.trim();
    let start = at + line.len() - line.trim_start().len();
    let start = u32::try_from(start).unwrap_or(0);
    Range::new(start, start + u32::try_from(bare.len()).unwrap_or(0))
}
