//! One cause, one finding: drops findings that another one already explains.

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Span;

/// A finding about the object of a command that makes others about the same command idle talk.
const PROTECTED_TARGET: &str = "RBC202";
const SILENCED_BY_PROTECTED_TARGET: [&str; 4] = ["RBC101", "RBC103", "RBC104", "RBC110"];

/// Defects that leave what a command does in the dark: what is only *maybe* there says nothing new.
const DARKENING: [&str; 5] = ["RBC301", "RBC303", "RBC401", "RBC402", "RBC409"];

/// A script that is not there is named once, by the rule about calls.
const MISSING_SCRIPT: &str = "RBC301";
const BROKEN_REFERENCE: &str = "RBC304";

/// A secret written out explains the one on the command line.
const LITERAL_SECRET: &str = "RBC206";
const SECRET_EXPOSED: &str = "RBC207";

/// Typography in a block explains the bytes outside ASCII there.
const TYPOGRAPHY: &str = "RBC407";
const NON_ASCII: &str = "RBC503";

/// Removes the findings that follow from another finding of the list.
pub(super) fn one_cause_one_finding(findings: &mut Vec<Diagnostic>) {
    let places = |wanted: &[&str]| -> Vec<Span> {
        findings
            .iter()
            .filter(|finding| wanted.contains(&finding.code.id))
            .map(|finding| finding.primary)
            .collect()
    };
    let protected = places(&[PROTECTED_TARGET]);
    let dark = places(&DARKENING);
    let typography = places(&[TYPOGRAPHY]);
    let missing = places(&[MISSING_SCRIPT]);
    let literal = places(&[LITERAL_SECRET]);
    findings.retain(|finding| {
        let lies_on = |places: &[Span]| places.iter().any(|place| touch(*place, finding.primary));
        let code = finding.code.id;
        let maybe = finding.code.default == Some(Severity::Error)
            && finding.severity < Severity::Error
            && code.starts_with("RBC1");
        !(SILENCED_BY_PROTECTED_TARGET.contains(&code) && lies_on(&protected)
            || maybe && lies_on(&dark)
            || code == BROKEN_REFERENCE && lies_on(&missing)
            || code == SECRET_EXPOSED && lies_on(&literal)
            || code == NON_ASCII && lies_on(&typography))
    });
}

/// Whether two places share a byte.
fn touch(a: Span, b: Span) -> bool {
    a.file == b.file && a.start < b.end && b.start < a.end
}
