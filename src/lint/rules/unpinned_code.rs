//! RBC208: downloaded code that is run as it comes.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::context::Use;
use crate::lint::{Context, Reach, Rule};

static CODE: Code = Code {
    id: "RBC208",
    name: "unpinned-code",
    default: Some(Severity::Error),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("unpinned_code.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

/// Programs that compare what was downloaded with what was meant.
const CHECKERS: [&str; 9] = [
    "sha256sum",
    "sha512sum",
    "sha1sum",
    "md5sum",
    "shasum",
    "b2sum",
    "gpg",
    "gpgv",
    "cosign",
];

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    let mut compared = false;
    for one in cx.own_uses() {
        compared |= one
            .effect
            .invocation
            .as_ref()
            .is_some_and(|invocation| CHECKERS.contains(&invocation.tool.as_str()));
        if one.has("downloaded-file") && !compared {
            findings.push(
                Diagnostic::new(
                    &CODE,
                    one.span,
                    format!(
                        "{} runs a file that was downloaded, and nothing compares its checksum",
                        cx.quote(one.span)
                    ),
                )
                .severity(Severity::Warning)
                .label("it may be another text tomorrow")
                .help("compare it before it runs: `sha256sum -c FILE.sha256`"),
            );
        }
        let already = |finding: &Diagnostic| finding.code == &CODE && finding.primary == one.span;
        let downloads = one.has("downloads-code") || runs_a_download(cx, &one);
        if downloads && !findings.iter().any(already) {
            findings.push(
                Diagnostic::new(
                    &CODE,
                    one.span,
                    format!("{} runs code that was just downloaded", cx.quote(one.span)),
                )
                .label("nobody has read it")
                .help(
                    "download a named version to a file, compare its checksum, then run the file",
                ),
            );
        }
    }
}

/// Whether a shell runs what `<(curl ...)` or `$(curl ...)` brings.
fn runs_a_download(cx: &Context<'_>, one: &Use<'_>) -> bool {
    let text = cx.file.slice(one.span);
    let brings = ["<(curl ", "<(wget ", "$(curl ", "$(wget "];
    one.has("opaque-code") && brings.iter().any(|it| text.contains(it))
}
