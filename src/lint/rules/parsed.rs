//! RBC506 and RBC507: the rules whose findings the parser raises, because only it sees the marks.

use crate::lint::{Reach, Rule};
use crate::parse;

/// RBC506: a fence without an end.
pub(super) static UNCLOSED_FENCE: Rule = Rule {
    code: &parse::UNCLOSED_FENCE,
    page: include_str!("unclosed_fence.md"),
    reach: Reach::Runbooks,
    check: None,
};

/// RBC507: what looks like a block and is none.
pub(super) static LOST_FENCE: Rule = Rule {
    code: &parse::LOST_FENCE,
    page: include_str!("lost_fence.md"),
    reach: Reach::Runbooks,
    check: None,
};
