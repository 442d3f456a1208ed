//! RBC304: links, anchors and paths that lead nowhere.

use crate::diagnostic::nearest;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::runbook::ReferenceTarget;
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
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for reference in &cx.runbook.references {
        let problem = match &reference.target {
            ReferenceTarget::Link(link) => broken_link(cx, link),
            ReferenceTarget::Path(path) => broken_path(cx, path),
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

fn broken_link(cx: &Context<'_>, link: &str) -> Option<(String, String)> {
    let external = link.contains("://")
        || link.starts_with("mailto:")
        || link.starts_with('/')
        || link.contains(['<', '{', '$']);
    if external || link.is_empty() {
        return None;
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    if path.is_empty() {
        let known = cx
            .runbook
            .sections
            .iter()
            .any(|section| section.anchor == anchor);
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
    missing(cx, &found).then(|| {
        (
            format!("`{path}` does not exist"),
            "a link is looked up from the folder of its file".to_owned(),
        )
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
