//! RBC206: literal tokens, keys and passwords.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::source::Span;

static CODE: Code = Code {
    id: "RBC206",
    name: "secret-in-runbook",
    default: Some(Severity::Error),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("secret_in_runbook.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    let mut at = 0;
    for line in cx.file.text.split_inclusive('\n') {
        let exported = || exported(line).map(|(start, end)| (start, end, "a secret"));
        if let Some((start, end, what)) = known_shape(line).or_else(exported) {
            findings.push(finding(cx, at + start, at + end, what));
        }
        at += line.len();
    }
    let taken: Vec<Span> = findings
        .iter()
        .filter(|finding| finding.code == &CODE)
        .map(|finding| finding.primary)
        .collect();
    for block in &cx.runbook.blocks {
        if block.script.is_none() {
            continue;
        }
        let whole = block.content.whole();
        let text = cx.file.slice(whole);
        let mut at = usize::try_from(whole.start).unwrap_or(0);
        for line in text.split_inclusive('\n') {
            let shape = |(start, end, _): &(usize, usize, &str)| {
                taken.iter().any(|one| {
                    one.range().contains(&(at + start)) || one.range().contains(&(at + end - 1))
                })
            };
            if let Some((start, end, what)) = assigned(line).filter(|found| !shape(found)) {
                findings.push(finding(cx, at + start, at + end, what));
            }
            at += line.len();
        }
    }
}

fn finding(cx: &Context<'_>, start: usize, end: usize, what: &str) -> Diagnostic {
    let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Diagnostic::new(&CODE, Span::new(cx.file.id, at(start), at(end)), format!("{what} stands here in clear text"))
        .label("a secret")
        .help("take it out, change it wherever it is valid (it is in the history now), and let the step read it from a file or ask for it")
}

/// A token whose shape gives it away: its place in the line and what it is.
fn known_shape(line: &str) -> Option<(usize, usize, &'static str)> {
    const SHAPES: [(&str, usize, &str); 15] = [
        ("AKIA", 16, "an access key"),
        ("ASIA", 16, "an access key"),
        ("ghp_", 30, "a token"),
        ("gho_", 30, "a token"),
        ("ghs_", 30, "a token"),
        ("github_pat_", 30, "a token"),
        ("glpat-", 18, "a token"),
        ("xoxb-", 20, "a token"),
        ("xoxp-", 20, "a token"),
        ("hvs.", 20, "a Vault token"),
        ("AIza", 30, "an API key"),
        ("sk_live_", 16, "an API key"),
        ("npm_", 30, "a token"),
        ("gAAAAA", 40, "a Fernet token"),
        ("sk-ant-", 30, "an API key"),
    ];
    for (lead, least, what) in SHAPES {
        for (at, _) in line.match_indices(lead) {
            let joined = line
                .get(..at)
                .is_some_and(|it| it.ends_with(|c: char| c.is_ascii_alphanumeric()));
            let body = line.get(at + lead.len()..).unwrap_or("");
            let length = body
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || "_-".contains(*c))
                .count();
            let text = body.get(..length).unwrap_or("");
            if !joined
                && length >= least
                && !dummy(text)
                && text.contains(|c: char| c.is_ascii_alphanumeric())
            {
                return Some((at, at + lead.len() + length, what));
            }
        }
    }
    for (at, _) in line.match_indices("-----BEGIN ") {
        if line
            .get(at..)
            .is_some_and(|it| it.contains("PRIVATE KEY-----"))
        {
            return Some((at, line.trim_end().len(), "a private key"));
        }
    }
    for (at, _) in line.match_indices("eyJ") {
        let body = line.get(at..).unwrap_or("");
        let length = body
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || "_-.".contains(*c))
            .count();
        let text = body.get(..length).unwrap_or("");
        if length > 40 && text.matches('.').count() == 2 {
            return Some((at, at + length, "a signed token"));
        }
    }
    None
}

/// `AWS_SECRET_ACCESS_KEY=wJalrX...`, wherever it stands: a long value that nobody made up, for a
/// variable whose name says what it holds.
fn exported(line: &str) -> Option<(usize, usize)> {
    let mut at = 0;
    for word in line.split_inclusive([' ', '\t', '\n', '`']) {
        let bare = word.trim_end_matches([' ', '\t', '\n', '\r', '`']);
        if let Some((name, value)) = bare.split_once('=')
            && name
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit())
            && is_secret_name(name)
            && is_literal(value)
            && value.len() >= 20
            && value.contains(|c: char| c.is_ascii_digit())
            && value.contains(|c: char| c.is_ascii_uppercase())
            && value.contains(|c: char| c.is_ascii_lowercase())
        {
            let start = at + name.len() + 1;
            return Some((start, start + value.len()));
        }
        at += word.len();
    }
    None
}

/// A literal given to something that is called a password, token or secret: `OS_PASSWORD=...`,
/// `--password ...`, `https://user:...@host`.
fn assigned(line: &str) -> Option<(usize, usize, &'static str)> {
    let comment = line.trim_start().starts_with('#');
    if comment {
        return None;
    }
    let mut at = 0;
    let mut before = "";
    for word in line.split_inclusive([' ', '\t', '\n']) {
        let bare = word.trim_end();
        if let Some((name, value)) = bare.split_once('=')
            && !name.ends_with(['!', '=', '~', '<', '>', ')', '|'])
            && !value.starts_with(['=', '~'])
            && is_secret_name(name)
            && is_literal(value)
        {
            let start = at + name.len() + 1;
            return Some((start, start + value.len(), "a secret"));
        }
        if bare.starts_with("--") && is_secret_name(bare) {
            let rest_at = at + word.len();
            let rest = line.get(rest_at..).unwrap_or("");
            let value = rest.split_whitespace().next().unwrap_or("");
            let start = rest_at + rest.find(value).unwrap_or(0);
            if !value.starts_with('-') && is_literal(value) {
                return Some((start, start + value.len(), "a secret"));
            }
        }
        // `curl -u user:password`
        let login = (bare.strip_prefix("--user=")).or(match before {
            "-u" | "--user" | "--proxy-user" | "-U" => Some(bare),
            _ => None,
        });
        if let Some(login) = login
            && let Some((_, password)) = login.split_once(':')
            && is_literal(password)
        {
            let start = at + bare.len() - password.len();
            return Some((start, start + password.len(), "a password"));
        }
        before = bare;
        if let Some((scheme, rest)) = bare.split_once("://")
            && let Some((login, _)) = rest.split_once('@')
            && let Some((user, password)) = login.split_once(':')
            && !login.contains('/')
            && is_literal(password)
        {
            let start = at + scheme.len() + 3 + user.len() + 1;
            return Some((start, start + password.len(), "a password"));
        }
        at += word.len();
    }
    bearer(line)
}

/// `Authorization: Bearer abc...` with a literal behind it.
fn bearer(line: &str) -> Option<(usize, usize, &'static str)> {
    let (before, rest) = line.split_once("Bearer ")?;
    let value: String = rest
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "._-+/=".contains(*c))
        .collect();
    (value.len() >= 12 && is_literal(&value)).then(|| {
        let start = before.len() + "Bearer ".len();
        (start, start + value.len(), "a token")
    })
}

fn is_secret_name(name: &str) -> bool {
    const ENDS: [&str; 13] = [
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "apikey",
        "api_key",
        "api-key",
        "secret_key",
        "secret-key",
        "access_key",
        "secret_access_key",
        "private_key",
    ];
    let name = name
        .trim_matches(['"', '\'', '-', '\\'])
        .to_ascii_lowercase();
    ENDS.iter().any(|end| name.ends_with(end)) || name == "pw" || name.ends_with("_pass")
}

/// Whether a value is written out: no variable, placeholder, path or word of an example.
fn is_literal(value: &str) -> bool {
    let value = value.trim_matches(['"', '\'', ';', ',', ')']);
    let opens = value.starts_with([
        '$', '<', '{', '(', '`', '*', '/', '~', '@', '[', '.', '%', '-',
    ]);
    let mixed = value.contains(|c: char| c.is_ascii_digit())
        || value.contains(|c: char| !c.is_ascii_alphanumeric())
        || value.contains(|c: char| c.is_ascii_uppercase());
    !opens
        && value.chars().count() >= 6
        && mixed
        && !value.contains(['$', '<', '`', '|', '('])
        && !dummy(value)
}

/// Whether a value is a stand-in.
fn dummy(value: &str) -> bool {
    const WORDS: [&str; 14] = [
        "xxx",
        "changeme",
        "change-me",
        "example",
        "redacted",
        "your",
        "placeholder",
        "...",
        "***",
        "dummy",
        "secret-name",
        "my-",
        "insert",
        "masked",
    ];
    let lower = value.to_lowercase();
    let same = lower
        .chars()
        .next()
        .is_some_and(|first| lower.chars().all(|c| c == first));
    same || WORDS.iter().any(|word| lower.contains(word))
        || (!lower.is_empty() && value.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
}
