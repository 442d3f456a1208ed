//! One cause, one finding: drops findings that another one already explains.

use crate::diagnostic::{Diagnostic, Severity};
use crate::parse::{LOST_FENCE, UNCLOSED_FENCE, UNKNOWN_LABEL};
use crate::runbook::Runbook;
use crate::source::{SourceFile, Span};

/// A finding of the first code explains those of the others on the same command.
const EXPLAINS: [(&str, &[&str]); 7] = [
    // Nobody may touch it at all: how it is touched is idle talk.
    ("RBC202", &["RBC101", "RBC103", "RBC104", "RBC110"]),
    (
        "RBC203",
        &["RBC101", "RBC103", "RBC104", "RBC110", "RBC202", "RBC207"],
    ),
    // Once it has a step of its own, it is told what else it needs.
    ("RBC104", &["RBC110"]),
    // A script that is not there is named once, by the rule about calls.
    ("RBC301", &["RBC304"]),
    // A secret written out explains the one on the command line.
    ("RBC206", &["RBC207"]),
    // Typography in a block explains the bytes outside ASCII there.
    ("RBC407", &["RBC503"]),
    // What waits for a person in a check ends the block as well.
    ("RBC409", &["RBC109", "RBC406"]),
];

/// A finding of the first code explains those of the others anywhere in its block.
const EXPLAINS_BLOCK: [(&str, &[&str]); 2] = [("RBC109", &["RBC406"]), ("RBC402", &["RBC401"])];

/// Defects that leave what a command does in the dark: what is only *maybe* there says nothing new.
const DARKENING: [&str; 7] = [
    "RBC208", "RBC301", "RBC303", "RBC401", "RBC402", "RBC407", "RBC409",
];

/// Those of them that can darken a whole block.
const DARKENING_BLOCK: [&str; 2] = ["RBC401", "RBC402"];

/// What a character that only looks like a blank does to the words of its line.
const TYPOGRAPHY: &str = "RBC407";
const MISREAD: [&str; 3] = ["RBC301", "RBC302", "RBC308"];
const SYNTAX: &str = "RBC401";

/// Removes the findings that follow from another finding of the list.
pub(super) fn one_cause_one_finding(
    file: &SourceFile,
    runbook: &Runbook,
    findings: &mut Vec<Diagnostic>,
) {
    if findings.len() < 2 {
        return;
    }
    let causes: Vec<(&'static str, Span)> = findings
        .iter()
        .map(|finding| (finding.code.id, finding.primary))
        .collect();
    let block_of = |place: Span| {
        let blocks = runbook.blocks.iter();
        blocks
            .map(|block| block.span)
            .find(|span| span.contains(place))
    };
    // A quote that is none opens no string; a blank that is none glues two words together.
    let mistyped: Vec<(bool, Span)> = findings
        .iter()
        .filter(|finding| finding.code.id == TYPOGRAPHY)
        .map(|finding| {
            let glues = !finding.message.contains("quote");
            (glues, line_around(file, finding.primary))
        })
        .collect();
    let swallowed = Swallowed::find(runbook, findings);
    let near_labels = near_labels(findings);
    let fences: Vec<Diagnostic> = findings
        .iter()
        .filter(|finding| is_about_fences(finding))
        .cloned()
        .collect();
    findings.retain(|finding| {
        let code = finding.code.id;
        let place = finding.primary;
        let maybe = finding.code.default == Some(Severity::Error)
            && finding.severity < Severity::Error
            && code.starts_with("RBC1");
        let explained = causes.iter().any(|(cause, at)| {
            let touches = touch(*at, place);
            let explains = |table: &[(&str, &[&str])]| {
                table
                    .iter()
                    .any(|(by, codes)| by == cause && codes.contains(&code))
            };
            let in_block = || block_of(*at).is_some_and(|block| block.contains(place));
            touches && explains(&EXPLAINS)
                || explains(&EXPLAINS_BLOCK) && in_block()
                || maybe && DARKENING.contains(cause) && touches
                || maybe && DARKENING_BLOCK.contains(cause) && in_block()
        });
        let misread = mistyped.iter().any(|(glues, line)| {
            touch(*line, place) && (code == SYNTAX || *glues && MISREAD.contains(&code))
        });
        !explained
            && !misread
            && !fences.iter().any(|fence| fence_explains(fence, finding))
            && !swallowed
                .iter()
                .any(|one| one.explains(file, runbook, finding))
            && !near_labels
                .iter()
                .any(|one| one.explains(file, runbook, finding))
    });
}

fn is_about_fences(finding: &Diagnostic) -> bool {
    [&UNCLOSED_FENCE, &LOST_FENCE].contains(&finding.code)
}

/// Whether a finding about a fence explains another about the same fence, or about its label: the line
/// with the marks says more than the label above it, and an unclosed fence more than what its block is
/// in consequence.
fn fence_explains(fence: &Diagnostic, other: &Diagnostic) -> bool {
    let hull = |one: &Diagnostic| {
        one.related
            .iter()
            .fold(one.primary, |hull, related| hull.to(related.span))
    };
    let rank = |one: &Diagnostic| match (one.code == &UNCLOSED_FENCE, one.related.is_empty()) {
        (false, true) => 0,
        (true, _) => 1,
        (false, false) if one.label.starts_with("nothing") => 2,
        (false, false) => 3,
    };
    if other.code.id == "RBC114" {
        return touch(hull(fence), other.primary);
    }
    is_about_fences(other) && rank(fence) < rank(other) && touch(hull(fence), hull(other))
}

/// Markdown that became part of a block, because a fence was not opened or closed where its author
/// thought so.
struct Swallowed {
    /// The finding about the fence.
    at: Span,
    /// The block.
    block: Span,
}

impl Swallowed {
    fn find(runbook: &Runbook, findings: &[Diagnostic]) -> Vec<Swallowed> {
        let of_fences = findings.iter().filter(|finding| is_about_fences(finding));
        let block = |finding: &Diagnostic| {
            let at = finding.primary;
            let mut blocks = runbook.blocks.iter();
            let own = blocks.clone().find(|block| block.span.contains(at));
            // A lost opening line turns the line that was to close its fence into an opening one.
            let next = || {
                blocks.find(|block| {
                    block.span.start >= at.end && block.info.is_empty() && block.script.is_none()
                })
            };
            let block = own.or_else(next)?.span;
            Some(Swallowed { at, block })
        };
        of_fences.filter_map(block).collect()
    }

    fn explains(&self, file: &SourceFile, runbook: &Runbook, finding: &Diagnostic) -> bool {
        let place = finding.primary;
        if is_about_fences(finding) {
            return false;
        }
        if self.block.contains(place) {
            return true;
        }
        let text = file.slice(self.block);
        let heading = || text.lines().any(|line| line.starts_with('#'));
        let name = || finding.message.split('`').nth(1).unwrap_or("");
        match finding.code.id {
            "RBC101" => place.start > self.at.start && same_section(runbook, self.at, place),
            "RBC103" | "RBC114" | "RBC112" => {
                place.start <= self.block.end && same_section(runbook, self.at, place)
            }
            "RBC110" => text.lines().any(|line| line.trim_start().starts_with('|')),
            "RBC304" => heading() && finding.message.contains('#'),
            "RBC305" => text
                .lines()
                .any(|line| line.starts_with('#') && line.contains(file.slice(place))),
            "RBC307" | "RBC308" => text.contains(name()),
            "RBC501" => text.contains("STATUS:") || text.contains("Conventions:"),
            _ => false,
        }
    }
}

/// A word that is nearly a label, and the label that was meant.
struct NearLabel {
    at: Span,
    meant: String,
}

fn near_labels(findings: &[Diagnostic]) -> Vec<NearLabel> {
    let of_labels = findings
        .iter()
        .filter(|finding| finding.code == &UNKNOWN_LABEL);
    of_labels
        .map(|finding| NearLabel {
            at: finding.primary,
            meant: finding
                .fix
                .as_ref()
                .and_then(|fix| fix.edits.first())
                .map_or_else(String::new, |edit| edit.replacement.clone()),
        })
        .collect()
}

impl NearLabel {
    /// Whether the finding would not be there if the label were read.
    fn explains(&self, file: &SourceFile, runbook: &Runbook, finding: &Diagnostic) -> bool {
        let place = finding.primary;
        let before = Span::new(file.id, place.end.min(self.at.start), self.at.start);
        let after = Span::new(file.id, self.at.end.min(place.start), place.start);
        let same = || same_section(runbook, self.at, place);
        match finding.code.id {
            "RBC107" | "RBC112" => {
                let block = runbook
                    .blocks
                    .iter()
                    .find(|block| block.span.start > self.at.start);
                block.is_some_and(|block| {
                    let gap = Span::new(file.id, self.at.end, block.span.start.max(self.at.end));
                    block.span.contains(place) && !has_blank_line(file.slice(gap))
                })
            }
            "RBC103" => self.meant == "GATE" && place.start < self.at.start && same(),
            "RBC114" if self.meant == "Expect" => {
                place.start < self.at.start && same() && file.slice(before).len() < 4000
            }
            "RBC114" => self.meant == "GATE" && place.start < self.at.start && same(),
            "RBC101" => self.meant == "CHECK" && after.start < after.end && same(),
            _ => false,
        }
    }
}

fn has_blank_line(text: &str) -> bool {
    text.lines().skip(1).any(|line| line.trim().is_empty())
}

/// Whether two places lie in the same outermost numbered section.
fn same_section(runbook: &Runbook, a: Span, b: Span) -> bool {
    let outer = |place: Span| {
        runbook
            .sections
            .iter()
            .find(|section| section.number.is_some() && section.body.contains(place))
            .map(|section| section.body)
    };
    outer(a) == outer(b)
}

/// The lines that a place stands on.
fn line_around(file: &SourceFile, place: Span) -> Span {
    let text = &file.text;
    let range = place.range();
    let start = text
        .get(..range.start)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |at| at + 1);
    let end = text
        .get(range.end..)
        .and_then(|after| after.find('\n'))
        .map_or(text.len(), |at| range.end + at);
    let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Span::new(place.file, at(start), at(end))
}

/// Whether two places share a byte.
fn touch(a: Span, b: Span) -> bool {
    a.file == b.file && a.start < b.end && b.start < a.end
}
