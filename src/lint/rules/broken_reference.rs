//! RBC304: links, anchors and paths that lead nowhere.

use std::collections::BTreeMap;

use crate::diagnostic::nearest;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::parse;
use crate::runbook::ReferenceTarget;
use crate::source::{FileId, SourceFile};
use crate::workspace::{Answer, normalise};

static CODE: Code = Code {
    id: "RBC304",
    name: "broken-reference",
    default: Some(Severity::Error),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("broken_reference.md"),
    reach: Reach::Everything,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    let mut others = BTreeMap::new();
    for reference in &cx.runbook.references {
        let problem = match &reference.target {
            ReferenceTarget::Link(link) => broken_link(cx, link, &mut others),
            // Other people's documents name files of other repositories in code marks.
            ReferenceTarget::Path(path) if cx.runbook.labelled => broken_path(cx, path),
            ReferenceTarget::Path(_) => None,
            ReferenceTarget::Step(_) | ReferenceTarget::Id(_) => None,
        };
        if let Some((message, help)) = problem {
            findings.push(
                Diagnostic::new(&CODE, reference.span, message)
                    .label("leads nowhere")
                    .help(help),
            );
        }
    }
}

fn broken_link(
    cx: &Context<'_>,
    link: &str,
    others: &mut BTreeMap<String, Vec<String>>,
) -> Option<(String, String)> {
    let external = link.contains("://")
        || link.starts_with("mailto:")
        || link.starts_with('/')
        || link.contains(['<', '{', '$']);
    if external || link.is_empty() {
        return None;
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    if path.is_empty() {
        // `#top` is the browser's, `#tab/...` and `#L10` belong to hosts.
        let foreign = anchor == "top" || anchor.contains(['/', '=', '?', ':']);
        let known = foreign
            || cx.runbook.sections.iter().any(|it| {
                // Hosts differ in what they make of capitals, dots and drawings; where other
                // people's documents are shown, nobody knows.
                it.anchor == anchor
                    || !cx.runbook.labelled && loosely(&it.anchor) == loosely(anchor)
            })
            || named_in_html(&cx.file.text).any(|name| name == anchor);
        return (!known && !anchor.is_empty()).then(|| {
            let near = nearest(
                anchor,
                cx.runbook
                    .sections
                    .iter()
                    .map(|section| section.anchor.as_str()),
            );
            let help = near.map_or_else(
                || "anchors are the headings in lower case, blanks as hyphens".to_owned(),
                |near| format!("did you mean `#{near}`?"),
            );
            (format!("no heading has the anchor `#{anchor}`"), help)
        });
    }
    let path = path.split('?').next().unwrap_or(path).replace("%20", " ");
    let found = normalise(cx.folder, &path)?;
    if !cx.runbook.labelled && !keeps_such_files(cx, &found) {
        return None;
    }
    if missing(cx, &found) {
        return Some((
            format!("`{path}` does not exist"),
            "a link is looked up from the folder of its file".to_owned(),
        ));
    }
    if anchor.is_empty() || !found.ends_with(".md") {
        return None;
    }
    if !others.contains_key(&found) {
        let text = cx.workspace.text(&found)?;
        others.insert(found.clone(), anchors(&text));
    }
    let anchors = others.get(&found)?;
    if anchors.iter().any(|known| known == anchor) {
        return None;
    }
    let near = nearest(anchor, anchors.iter().map(String::as_str));
    let help = near.map_or_else(
        || format!("the headings of `{path}` in lower case, blanks as hyphens"),
        |near| format!("did you mean `{path}#{near}`?"),
    );
    Some((format!("`{path}` has no heading `#{anchor}`"), help))
}

/// The anchors of another file: its headings, and what HTML names.
fn anchors(text: &str) -> Vec<String> {
    let file = SourceFile {
        id: FileId(0),
        path: String::new(),
        text: text.to_owned(),
    };
    let (runbook, _) = parse::parse(&file);
    let headings = runbook
        .sections
        .iter()
        .map(|section| section.anchor.clone());
    headings.chain(named_in_html(text)).collect()
}

/// The values of `id="..."` and `name="..."`.
fn named_in_html(text: &str) -> impl Iterator<Item = String> {
    ["id=\"", "name=\""].into_iter().flat_map(move |lead| {
        text.match_indices(lead).filter_map(move |(at, _)| {
            let rest = text.get(at + lead.len()..)?;
            Some(rest.split('"').next()?.to_owned())
        })
    })
}

fn broken_path(cx: &Context<'_>, path: &str) -> Option<(String, String)> {
    if path.starts_with(['/', '~']) || path.contains(['<', '$', '*', '{', '>', '`']) {
        return None;
    }
    let places = [normalise("", path), normalise(cx.folder, path)];
    let mut places = places.into_iter().flatten().peekable();
    places.peek()?;
    places.all(|place| missing(cx, &place)).then(|| {
        (
            format!("`{path}` does not exist"),
            "paths in code marks are looked up from the folder of rbc.toml, or the repository's"
                .to_owned(),
        )
    })
}

/// Whether nothing is at a path of the workspace.
fn missing(cx: &Context<'_>, path: &str) -> bool {
    matches!(cx.workspace.ask(path.trim_end_matches('/')), Answer::Absent)
}

/// Whether the folder of a path holds other files with the same ending. Where it does not, the files
/// may be made by a generator or lie in another repository: other people's documents often do that.
fn keeps_such_files(cx: &Context<'_>, path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let Some((_, ending)) = name.rsplit_once('.') else {
        return false;
    };
    let ending = format!(".{ending}");
    match cx.workspace.ask(folder) {
        Answer::Folder(names) => names.iter().any(|other| other.ends_with(&ending)),
        Answer::Text(_) | Answer::Absent | Answer::Unreadable(_) => false,
    }
}

/// The letters and digits of an anchor, in lower case.
fn loosely(anchor: &str) -> String {
    let plain = anchor.chars().filter(|it| it.is_alphanumeric());
    plain.flat_map(char::to_lowercase).collect()
}
