//! RBC301: scripts that are called and do not exist.

use crate::diagnostic::{Code, Diagnostic, Severity, nearest};
use crate::effect::Effect;
use crate::lint::context::Use;
use crate::lint::{Context, Reach, Rule};
use crate::workspace::{Answer, normalise};

static CODE: Code = Code {
    id: "RBC301",
    name: "missing-script",
    default: Some(Severity::Error),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("missing_script.md"),
    reach: Reach::Everything,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for one in cx.own_uses_with("missing-script") {
        let Some(path) = script_path(one.effect) else {
            continue;
        };
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let siblings = siblings(cx, folder);
        // Other people's documents call scripts of programs that are only installed later: there, a
        // folder full of scripts without this one is needed to call it missing.
        let beside = ["", "."].contains(&folder);
        if !cx.runbook.labelled && (beside || siblings.is_empty()) {
            continue;
        }
        findings.push(finding(cx, &one, path, name, &siblings));
    }
}

fn finding(
    cx: &Context<'_>,
    one: &Use<'_>,
    path: &str,
    name: &str,
    siblings: &[String],
) -> Diagnostic {
    let span = cx.part(one.span, path);
    let caller = one
        .effect
        .reasons
        .last()
        .and_then(|reason| reason.file.as_ref());
    let message = match caller {
        Some(caller) => format!("`{path}`, called in {caller}, does not exist"),
        None => format!("`{path}` does not exist"),
    };
    let near = nearest(name, siblings.iter().map(String::as_str));
    let help = match near {
        Some(near) => {
            let right = path.strip_suffix(name).unwrap_or("");
            format!("did you mean `{right}{near}`?")
        }
        None => "paths are looked up from the folder of rbc.toml, or the repository's".to_owned(),
    };
    Diagnostic::new(&CODE, span, message)
        .label("not there")
        .help(help)
}

/// The path of the script that an invocation calls.
pub(in crate::lint) fn script_path(effect: &Effect) -> Option<&str> {
    let invocation = effect.invocation.as_ref()?;
    if invocation.tool.contains('/') {
        return Some(&invocation.tool);
    }
    let operand = invocation
        .operands
        .iter()
        .find(|operand| !operand.text.starts_with('-'))?;
    Some(&operand.text)
}

/// The names in a folder of the workspace.
fn siblings(cx: &Context<'_>, folder: &str) -> Vec<String> {
    let Some(folder) = normalise("", folder) else {
        return Vec::new();
    };
    match cx.workspace.ask(&folder) {
        Answer::Folder(names) => names.to_vec(),
        Answer::Text(_) | Answer::Absent | Answer::Unreadable(_) => Vec::new(),
    }
}
