//! RBC207: secrets on a command line, and commands that print one.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::context::Use;
use crate::lint::{Context, Reach, Rule};

static CODE: Code = Code {
    id: "RBC207",
    name: "secret-exposed",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("secret_exposed.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for one in cx.own_uses() {
        if one
            .effect
            .reasons
            .iter()
            .any(|reason| reason.file.is_some())
        {
            continue;
        }
        if let Some(name) = on_the_command_line(&one) {
            findings.push(
                Diagnostic::new(&CODE, cx.part(one.span, &name), format!("`{name}` puts a secret on a command line"))
                    .label("everyone on the host can read it")
                    .help("process lists, the shell history and logs keep it: pass it through a file, standard input or the environment"),
            );
        } else if (one.has("credentials-read") || shows_credentials(cx, &one)) && prints(cx, &one) {
            findings.push(
                Diagnostic::new(&CODE, one.span, format!("{} prints a secret", cx.quote(one.span)))
                    .label("ends up in the terminal's scrollback and the transcript")
                    .help("ask for a harmless column (`-c expires`), or send it where it is needed without showing it"),
            );
        }
    }
}

/// The option that carries a secret, where it is a variable or a placeholder; literals are RBC206.
fn on_the_command_line(one: &Use<'_>) -> Option<String> {
    const OPTIONS: [&str; 8] = [
        "--password",
        "--passwd",
        "--os-password",
        "--token",
        "--os-token",
        "--secret",
        "--api-key",
        "--secret-key",
    ];
    let invocation = one.effect.invocation.as_ref()?;
    invocation.options.iter().find_map(|(name, value)| {
        let value = value.as_ref()?;
        let filled =
            value.placeholder.is_some() || value.text.contains('$') || value.text.starts_with('<');
        (OPTIONS.contains(&name.as_str()) && filled).then(|| name.clone())
    })
}

/// Whether the command shows a file of credentials: one that `[session] source` names, or one that is
/// called so.
fn shows_credentials(cx: &Context<'_>, one: &Use<'_>) -> bool {
    const SHOWS: [&str; 8] = ["cat", "less", "more", "head", "tail", "bat", "nl", "tac"];
    const NAMES: [&str; 6] = [
        "openrc",
        ".pgpass",
        ".netrc",
        "id_rsa",
        "id_ed25519",
        ".my.cnf",
    ];
    one.effect.invocation.as_ref().is_some_and(|invocation| {
        SHOWS.contains(&invocation.tool.as_str())
            && invocation.operands.iter().any(|operand| {
                cx.config.session.source.contains(&operand.text)
                    || NAMES.iter().any(|name| operand.text.ends_with(name))
            })
    })
}

/// Whether what the command prints reaches the terminal: nothing reads, keeps or narrows it.
fn prints(cx: &Context<'_>, one: &Use<'_>) -> bool {
    let Some(invocation) = &one.effect.invocation else {
        return false;
    };
    if ["source", ".", "export", "set", "eval"].contains(&invocation.tool.as_str()) {
        return false;
    }
    let narrowed = invocation.options.iter().any(|(name, value)| {
        let value = value.as_ref().map_or("", |value| value.text.as_str());
        let column = ["-c", "--column"].contains(&name.as_str())
            && !["id", "value", "secret"].contains(&value);
        column || name == "-q" || name == "--quiet"
    });
    let text = &cx.file.text;
    let range = one.span.range();
    let before = text.get(..range.start).unwrap_or("");
    let inside = before
        .lines()
        .next_back()
        .is_some_and(|line| line.contains("$(") || line.contains("<("));
    let after = text
        .get(range.end..)
        .unwrap_or("")
        .lines()
        .next()
        .unwrap_or("");
    let after = after
        .replace("</dev/null", "")
        .replace("2>&1", "")
        .replace("2>/dev/null", "");
    // A last stage that only decodes or shows it is no narrowing.
    let decoded = ["base64", "jq", "cat", "tr", "yq", "head", "xxd"]
        .iter()
        .any(|tool| {
            after
                .rsplit('|')
                .next()
                .is_some_and(|last| last.trim_start().starts_with(tool) && after.contains('|'))
        });
    let after = if decoded { "" } else { &after };
    !narrowed && !inside && !after.contains(['|', '>']) && !cx.file.slice(one.span).contains('>')
}
