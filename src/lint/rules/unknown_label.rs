//! RBC505: nearly a label. The parser finds the misspelt ones; here are the CHECKs that leave out what
//! every other one says.

use crate::diagnostic::{Diagnostic, Edit, Fix, Safety, Severity};
use crate::lint::{Context, Reach, Rule};
use crate::parse::UNKNOWN_LABEL;
use crate::runbook::{LabelForm, StepKind};
use crate::source::Span;

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &UNKNOWN_LABEL,
    page: include_str!("unknown_label.md"),
    reach: Reach::Runbooks,
    check: Some(check),
};

/// CHECKs without `(read-only)` whose block is proven to look and no more: of any other, nobody
/// should be told to promise it.
fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    if cx.config.style.read_only_remark == Some(false) {
        return;
    }
    for (_, step) in cx.steps(StepKind::Check) {
        let label = &step.label;
        let spelt_out = match label.form {
            LabelForm::Bold => true,
            // The older forms were never written with the remark.
            LabelForm::CodeSpan | LabelForm::Comment | LabelForm::Plain => false,
            LabelForm::Info | LabelForm::Directive => false,
        };
        let analysis = step.block.and_then(|block| cx.effects.block(block));
        let only_looks = analysis
            .is_some_and(|analysis| !analysis.effects.is_empty() && analysis.is_proven_read_only());
        if label.read_only || !spelt_out || !only_looks {
            continue;
        }
        let end = Span::new(label.word.file, label.word.end, label.word.end);
        findings.push(
            Diagnostic::new(&UNKNOWN_LABEL, label.word, "this CHECK does not say that it is read-only")
                .severity(Severity::Info)
                .label("only looks")
                .help("write `CHECK (read-only)`: the person at the keyboard sees that it can be repeated")
                .fix(Fix {
                    title: "write `CHECK (read-only)`".to_owned(),
                    safety: Safety::Safe,
                    edits: vec![Edit {
                        span: end,
                        replacement: " (read-only)".to_owned(),
                    }],
                }),
        );
    }
}
