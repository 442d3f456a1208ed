//! `[style]`: the habits of the house, each with a switch. The defaults are those of the team rbc
//! was first written for.

use schemars::JsonSchema;
use serde::Deserialize;

/// The habits of the house.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Style {
    /// Whether runbooks are written in ASCII (RBC503); default `true`.
    pub ascii: Option<bool>,
    /// How lines end (RBC504); default `lf`.
    pub line_endings: Option<LineEndings>,
    /// The lead words of the paragraphs that introduce a runbook (RBC501); default `STATUS`,
    /// `Scope`, `Conventions`. An empty list asks for none.
    pub header: Option<Vec<String>>,
    /// How scripts of the repository are called (RBC302); default `bash`.
    pub script_invocation: Option<ScriptInvocation>,
    /// Whether a CHECK says `(read-only)` (RBC505); default `true`.
    pub read_only_remark: Option<bool>,
    /// Whether every RUN and CHECK says what to expect (RBC114); default `true`.
    pub expectations: Option<bool>,
    /// Whether blocks that only look carry a label too (RBC112); default `true`.
    pub label_looks: Option<bool>,
    /// Whether every mutation has a row of a revert table (RBC110); default `true`.
    pub revert_rows: Option<bool>,
    /// Whether blocks are written to be pasted into an open shell (RBC403, RBC404); default `true`.
    pub paste_safe: Option<bool>,
}

/// How lines end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LineEndings {
    /// With a line feed alone.
    #[default]
    Lf,
    /// As they like.
    Any,
}

/// How scripts of the repository are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScriptInvocation {
    /// As `bash scripts/x.sh`: they carry no exec bit.
    #[default]
    Bash,
    /// As they like.
    Any,
}

impl Style {
    /// The lead words of the paragraphs that introduce a runbook.
    pub fn header(&self) -> Vec<&str> {
        match &self.header {
            Some(words) => words
                .iter()
                .map(|word| word.trim_end_matches(':'))
                .collect(),
            None => vec!["STATUS", "Scope", "Conventions"],
        }
    }

    /// Whether the house does not have the habit that the rule with this id looks after.
    pub fn is_no_habit(&self, id: &str) -> bool {
        let no = |habit: Option<bool>| habit == Some(false);
        match id {
            "RBC110" => no(self.revert_rows),
            "RBC112" => no(self.label_looks),
            "RBC114" => no(self.expectations),
            "RBC302" => self.script_invocation == Some(ScriptInvocation::Any),
            "RBC403" | "RBC404" => no(self.paste_safe),
            "RBC501" => self.header.as_ref().is_some_and(Vec::is_empty),
            "RBC503" => no(self.ascii),
            "RBC504" => self.line_endings == Some(LineEndings::Any),
            _ => false,
        }
    }

    /// These habits where they are stated, else those of `outer`.
    pub(super) fn over(self, outer: Style) -> Style {
        Style {
            ascii: self.ascii.or(outer.ascii),
            line_endings: self.line_endings.or(outer.line_endings),
            header: self.header.or(outer.header),
            script_invocation: self.script_invocation.or(outer.script_invocation),
            read_only_remark: self.read_only_remark.or(outer.read_only_remark),
            expectations: self.expectations.or(outer.expectations),
            label_looks: self.label_looks.or(outer.label_looks),
            revert_rows: self.revert_rows.or(outer.revert_rows),
            paste_safe: self.paste_safe.or(outer.paste_safe),
        }
    }
}
