//! Findings as data: what was found, where, why it matters and what to write instead.

use crate::source::Span;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; never changes the exit status.
    Info,
    /// Should be mended; changes the exit status under `--strict` only.
    Warning,
    /// Must be mended: the exit status is 1 and nothing is compiled.
    Error,
}

impl Severity {
    /// The word users read and write: `info`, `warning`, `error`.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// The stable identity of a kind of finding. Two codes are the same when their ids are.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// The stable id, such as `RBC101`.
    pub id: &'static str,
    /// The name people read, such as `unverified-mutation`.
    pub name: &'static str,
    /// The severity where nothing else is configured; `None` when the rule is off by default.
    pub default: Option<Severity>,
}

/// A second place that belongs to a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub span: Span,
    /// What stands there, as a short label.
    pub message: String,
}

/// A replacement of one span of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The text to replace; empty to insert.
    pub span: Span,
    /// What to write there.
    pub replacement: String,
}

/// Whether a fix can be applied without a person looking at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safety {
    /// The meaning for the operator stays what it was.
    Safe,
    /// A person should look at the result.
    Unsafe,
}

/// A change of the file that would remove the finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What the fix does, in the imperative: `write \`bash scripts/x.sh\``.
    pub title: String,
    /// Whether it may be applied without a look.
    pub safety: Safety,
    /// The edits, in order, not overlapping.
    pub edits: Vec<Edit>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of finding this is.
    pub code: &'static Code,
    /// Its severity: at first what the rule decided (a *maybe* is weaker than a proof), in the end
    /// what the configuration made of it.
    pub severity: Severity,
    /// What was found, in one line: lower case, no full stop, the thing in backticks.
    pub message: String,
    /// The place to mend.
    pub primary: Span,
    /// A few words shown under the primary place; empty for none.
    pub label: String,
    /// Other places that explain the finding.
    pub related: Vec<Related>,
    /// What to do, as one or two sentences without a full stop at the end.
    pub help: Option<String>,
    /// How a program could mend it.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// A finding at `primary` with the default severity of its code (a warning where the code is
    /// off by default: whoever selects it wants to see it).
    pub fn new(code: &'static Code, primary: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: code.default.unwrap_or(Severity::Warning),
            message: message.into(),
            primary,
            label: String::new(),
            related: Vec::new(),
            help: None,
            fix: None,
        }
    }

    /// The same finding with another severity.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The same finding with a label under its place.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// The same finding with one more related place.
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Related {
            span,
            message: message.into(),
        });
        self
    }

    /// The same finding with a help text.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same finding with a fix.
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }
}

/// The candidate most like `word`, when one is near enough to be a slip of the keyboard.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    similar::get_close_matches(word, &candidates, 1, 0.7)
        .first()
        .copied()
}
