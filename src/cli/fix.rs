//! `rbc lint --fix`: writes the fixes of findings into the files they were found in.

use super::arguments::LintOptions;
use super::files::for_hosts;
use super::lint::{Run, lint_one};
use super::{Failure, write};
use crate::diagnostic::{Diagnostic, Safety};
use crate::lint::{Fixed, Outcome, Selection, fix};
use crate::report::{plural, unified};
use crate::source::SourceFile;

/// What fixing came to.
#[derive(Default)]
pub(super) struct Done {
    /// The changes as a unified diff.
    pub(super) diffs: String,
    /// The fixed text of standard input, where that is what was linted.
    pub(super) standard_input: Option<String>,
    /// What to tell the person: how much was fixed, and what was left and why.
    pub(super) summary: String,
    /// Files that could not be written.
    pub(super) failures: Vec<Failure>,
}

/// Fixes what can be fixed; with `--diff` only in memory. Afterwards runs and outcomes are those of
/// the files as they then are.
pub(super) fn fix_all(
    runs: &mut [Run],
    outcomes: &mut [Outcome],
    options: &LintOptions,
    selection: &Selection,
) -> Done {
    let wanted = |finding: &Diagnostic| {
        let safe_enough = |safety| safety == Safety::Safe || options.r#unsafe;
        finding
            .fix
            .as_ref()
            .is_some_and(|fix| safe_enough(fix.safety))
            && (selection.select.is_empty() || selection.select.contains(finding.code.id))
            && !selection.ignore.contains(finding.code.id)
    };
    let mut done = Done::default();
    let (mut applied, mut changed) = (0, 0);
    let mut left_out = String::new();
    for (run, outcome) in runs.iter_mut().zip(outcomes) {
        let is_input = run.file.path == "-";
        if is_input && !options.diff {
            done.standard_input = Some(run.file.text.clone());
        }
        if !outcome.findings.iter().any(&wanted) {
            continue;
        }
        let fixed = fix_one(run, selection, wanted);
        for (code, title) in &fixed.refused {
            left_out.push_str(&format!(
                "`{}`: left out, for there would be more findings with it: {} {title}\n",
                run.file.path, code.id
            ));
        }
        if fixed.applied == 0 {
            continue;
        }
        if options.diff {
            done.diffs.push_str(&unified(
                &for_hosts(&run.file.path),
                &run.file.text,
                &fixed.text,
            ));
        } else if is_input {
            done.standard_input = Some(fixed.text.clone());
        } else if let Err(why) = write::replace(run.file.path.as_ref(), &run.file.text, &fixed.text)
        {
            let path = &run.file.path;
            done.failures
                .push(Failure::new(format!("`{path}` is not fixed: {why}")));
            continue;
        }
        applied += fixed.applied;
        changed += 1;
        if !options.diff {
            run.file.text = fixed.text;
            *outcome = lint_one(run, selection);
        }
    }
    let what = format!(
        "{} in {}",
        plural(applied, "finding"),
        plural(changed, "file")
    );
    done.summary = match (applied, options.diff) {
        (0, _) => format!("{left_out}nothing to fix"),
        (_, true) => format!("{left_out}`--fix` would mend {what}; nothing is written"),
        (_, false) => format!("{left_out}fixed {what}"),
    };
    done
}

/// Fixes one text. Whether it got better is judged by all rules, whichever were selected.
fn fix_one(run: &Run, selection: &Selection, wanted: impl Fn(&Diagnostic) -> bool) -> Fixed {
    let every_rule = Selection {
        all: selection.all || run.config.lint.all == Some(true),
        ..Selection::default()
    };
    let lint = |text: &str| {
        let file = SourceFile {
            text: text.to_owned(),
            ..run.file.clone()
        };
        crate::lint(&file, run.surroundings(), &every_rule).findings
    };
    fix(&run.file.text, lint, wanted)
}
