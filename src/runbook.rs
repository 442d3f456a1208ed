//! The IR of a runbook: what the markdown says, as flat lists in document order that point at each
//! other by index. Nothing here is computed from anything but the text of the one file.

use std::collections::BTreeMap;

use crate::shell::Script;
use crate::source::{Excerpt, FileId, Span};

/// Index into [`Runbook::sections`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SectionId(pub usize);

/// Index into [`Runbook::blocks`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockId(pub usize);

/// Index into [`Runbook::steps`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(pub usize);

/// Text as a reader sees it: markup removed, white space folded to single blanks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A runbook, or any other markdown file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runbook {
    /// The file.
    pub file: FileId,
    /// Whether the file has a label of ours in one of its forms, and so is a runbook.
    pub labelled: bool,
    /// The first level-one heading.
    pub title: Option<Text>,
    /// The paragraphs before the first numbered section that start with `STATUS:`, `Scope:`,
    /// `Conventions:`.
    pub header: Header,
    /// Headings, in document order.
    pub sections: Vec<Section>,
    /// Items of numbered lists, in document order: what `4.0.6` may name besides a section or step.
    pub items: Vec<NumberedItem>,
    /// Fenced blocks, in document order, labelled or not.
    pub blocks: Vec<Block>,
    /// RUN, CHECK and GATE, in document order. A fence that belongs to a gate is that gate's.
    pub steps: Vec<Step>,
    /// Prose, in document order; a paragraph that holds labels is cut at them, and the pieces that
    /// belong to a step (its label, Expect, condition) are not here.
    pub paragraphs: Vec<Paragraph>,
    /// Tables, in document order.
    pub tables: Vec<Table>,
    /// Links, step references, ids and file paths in prose and tables.
    pub references: Vec<Reference>,
    /// Placeholders that the file declares.
    pub declarations: Vec<Declaration>,
    /// `[REVALIDATE]`, `[VALIDATED 2026-07-05]` and other bracketed markers.
    pub markers: Vec<Text>,
    /// `<!-- rbc: ... -->`, attributes in info strings that are ours, `# rbc: ...` in blocks.
    pub directives: Vec<Directive>,
}

/// The paragraphs every runbook starts with. `None` where one is missing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// `STATUS:`
    pub status: Option<Text>,
    /// `Scope:`
    pub scope: Option<Text>,
    /// `Conventions:`
    pub conventions: Option<Text>,
}

/// A heading and what stands below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The level, 1 to 6.
    pub level: u8,
    /// Its number as written, without a trailing dot: `0`, `1.2`, `0b`, `B.1`.
    pub number: Option<String>,
    /// The heading without its number.
    pub title: Text,
    /// The heading's line.
    pub heading: Span,
    /// From the heading to the next heading of the same or a higher level.
    pub body: Span,
    /// The section this one lies in.
    pub parent: Option<SectionId>,
    /// The anchor renderers give it: lower case, blanks to hyphens, other characters dropped.
    pub anchor: String,
}

/// An item of a numbered list below a numbered heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedItem {
    /// The heading's number and its own: `4.0.6`, `4.0.6.2` in a nested list.
    pub number: String,
    /// The place.
    pub span: Span,
    /// The innermost section it stands in.
    pub section: Option<SectionId>,
}

/// A fenced block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The whole fence, from the first backtick to the end of the closing line.
    pub span: Span,
    /// The opening line, from the first backtick to its end.
    pub opening: Span,
    /// The info string as written.
    pub info: String,
    /// The first word of the info string up to a blank or `{`, lower case; `None` when empty.
    pub language: Option<String>,
    /// The content without the container's indent.
    pub content: Excerpt,
    /// The content as shell. `None` when the language says that it is something else.
    pub script: Option<Script>,
    /// Whether a closing fence ends it.
    pub closed: bool,
    /// The innermost section it stands in.
    pub section: Option<SectionId>,
    /// The step it belongs to.
    pub step: Option<StepId>,
}

/// What a label says a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepKind {
    /// The block changes state.
    Run,
    /// Safe to run again at any time.
    Check,
    /// A hard stop with a condition.
    Gate,
}

/// How a label is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelForm {
    /// `**RUN -- jumphost**`
    Bold,
    /// `` `# RUN: jumphost` `` before the fence.
    CodeSpan,
    /// `# RUN: jumphost` as the first line inside the fence.
    Comment,
    /// `GATE: ...`, `RUN ON: ...` at the start of a line of a paragraph or mid-paragraph.
    Plain,
    /// `{check on=db1}` in the info string.
    Info,
    /// `<!-- rbc: gate role=dba -->` before the fence.
    Directive,
}

/// A label and its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The whole label: from its first character to the end of remark or title.
    pub span: Span,
    /// The word `RUN`, `CHECK` or `GATE` with its `(read-only)`.
    pub word: Span,
    /// How it is written.
    pub form: LabelForm,
    /// Whether a CHECK says `(read-only)`.
    pub read_only: bool,
    /// Where to run it: `jumphost`, `vault/0`, `jumphost -> magnum/0`.
    pub location: Option<Text>,
    /// The title after the location.
    pub title: Option<Text>,
    /// The remark in parentheses, without them: `writes only asbuilt/<ts>/`.
    pub remark: Option<Text>,
}

/// A step of the runbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its kind.
    pub kind: StepKind,
    /// What people type: `1.2`, `1.2.b` for the second step under a heading, `4.0.3` for a list item.
    pub number: String,
    /// The innermost section it stands in.
    pub section: Option<SectionId>,
    /// The label.
    pub label: Label,
    /// Everything that belongs to it: label, fence, Expect, condition.
    pub span: Span,
    /// Its fence.
    pub block: Option<BlockId>,
    /// A gate's condition, with prose behind its fence ("Poll up to ~10 min. Beyond budget: STOP").
    pub condition: Option<Text>,
    /// What a passing result looks like.
    pub expectation: Option<Expectation>,
    /// Inline code of a GATE or Probe sentence; belongs to the gate.
    pub inline: Vec<InlineCommand>,
    /// For a step without a fence: the step whose block it runs again, as written (`1.3`).
    pub refers_to: Option<Text>,
    /// Polling and time limits, from attributes or prose.
    pub timing: Timing,
    /// Attributes from the info string or directive: `id`, `on`, `expect`, `on-error`, `role` ...
    pub attributes: BTreeMap<String, Text>,
}

/// `Expect:` and what can be checked by a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The text after `Expect:`.
    pub text: Text,
}

/// A command in code marks inside a gate or probe sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineCommand {
    /// The code without its marks.
    pub content: Excerpt,
    /// The content as shell.
    pub script: Script,
    /// Whether it stands in a `Probe:` sentence rather than in the gate's own.
    pub probe: bool,
}

/// When to try, how often, how long. All in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timing {
    /// Wait before the first try.
    pub wait: Option<u32>,
    /// Pause between tries.
    pub every: Option<u32>,
    /// Limit of one try.
    pub timeout: Option<u32>,
    /// Limit of all tries together.
    pub budget: Option<u32>,
}

/// A piece of prose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paragraph {
    /// What its lead word says.
    pub kind: ParagraphKind,
    /// The text, lead word included.
    pub text: Text,
    /// The innermost section it stands in.
    pub section: Option<SectionId>,
}

/// The lead words worth keeping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ParagraphKind {
    /// No lead word.
    Plain,
    /// `CAUTION:`
    Caution,
    /// `NOTE:`
    Note,
    /// `CORRECTION (...):`
    Correction,
    /// `!!! ...`
    Banner,
    /// `Probe:`, `Probes ...:`
    Probe,
    /// `Order (...):`
    Order,
}

/// What a table is for, from its header row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TableKind {
    /// `Observation | Meaning`
    Expectations,
    /// `Layer | In-band revert | Posture if none`: a header cell says revert.
    Revert,
    /// `Symptom | Fix`
    Symptoms,
    /// Any other.
    Other,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What it is for.
    pub kind: TableKind,
    /// The place.
    pub span: Span,
    /// The section it stands in.
    pub section: Option<SectionId>,
    /// The header cells.
    pub header: Vec<Cell>,
    /// The rows; each has as many cells as the header.
    pub rows: Vec<Vec<Cell>>,
}

/// A table cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// What a reader sees.
    pub text: Text,
    /// Its code spans.
    pub code: Vec<Excerpt>,
}

/// Something that points elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The place.
    pub span: Span,
    /// What it points at.
    pub target: ReferenceTarget,
}

/// What a reference points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReferenceTarget {
    /// A markdown link's or image's destination, as written.
    Link(String),
    /// A step or section of this file: `4.0`, `0b`, `4.0.6`.
    Step(String),
    /// A decision or fix id, ranges and slashes resolved: `D-071`, `DOCFIX-066`.
    Id(String),
    /// A repository-relative path in code marks: `runbooks/appendix-A.md`, `scripts/x.sh`.
    Path(String),
}

/// A placeholder the file declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// The name without brackets.
    pub name: String,
    /// What the file says about it.
    pub meaning: String,
    /// Where.
    pub span: Span,
}

/// An instruction to rbc itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The place of the comment or attribute list.
    pub span: Span,
    /// The words without `=`, in order: `allow`, `RBC201`, `gate`.
    pub words: Vec<Text>,
    /// `key=value` and `key="value"`, in order; quotes removed.
    pub pairs: Vec<(Text, Text)>,
    /// What it is about: the next block or paragraph, or inside a block the next command; `None`
    /// when nothing follows.
    pub covers: Option<Span>,
    /// Where it stands.
    pub place: DirectivePlace,
}

/// Where a directive stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectivePlace {
    /// Before the first heading: about the whole file.
    File,
    /// An HTML comment anywhere else.
    Document,
    /// In the info string of a block.
    Info(BlockId),
    /// A comment inside a block.
    Inside(BlockId),
}

impl Runbook {
    /// The step with this id.
    ///
    /// # Panics
    /// When the id comes from another runbook.
    pub fn step(&self, id: StepId) -> &Step {
        self.steps
            .get(id.0)
            .expect("step ids come from this runbook")
    }

    /// The block with this id.
    ///
    /// # Panics
    /// When the id comes from another runbook.
    pub fn block(&self, id: BlockId) -> &Block {
        self.blocks
            .get(id.0)
            .expect("block ids come from this runbook")
    }

    /// The section with this id.
    ///
    /// # Panics
    /// When the id comes from another runbook.
    pub fn section(&self, id: SectionId) -> &Section {
        self.sections
            .get(id.0)
            .expect("section ids come from this runbook")
    }

    /// The outermost numbered section around `section`, itself included.
    pub fn top_section(&self, section: SectionId) -> SectionId {
        let mut top = section;
        let mut current = Some(section);
        while let Some(id) = current {
            let section = self.section(id);
            if section.number.is_some() {
                top = id;
            }
            current = section.parent;
        }
        top
    }
}
