//! What is put on a page: text at a place, and rules. Points, measured from the top left corner of the page.

use super::blocks::FaceName;

pub const PAGE_WIDTH: f32 = 595.276;
pub const PAGE_HEIGHT: f32 = 841.89;

/// Text in one face; `stretch` is added to the space that ends it, to fill a justified line.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub text: String,
    pub face: FaceName,
    pub stretch: f32,
}

/// Why a line is drawn: tests ask for struck words, the eye does not care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleKind {
    Strike,
    Frame,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Draw {
    /// `y` is the baseline.
    Text {
        x: f32,
        y: f32,
        size: f32,
        runs: Vec<Run>,
    },
    Rule {
        from: (f32, f32),
        to: (f32, f32),
        weight: f32,
        kind: RuleKind,
    },
}

impl Draw {
    /// The same, moved down.
    pub fn lowered(&self, by: f32) -> Self {
        match self {
            Self::Text { x, y, size, runs } => {
                Self::Text { x: *x, y: y + by, size: *size, runs: runs.clone() }
            }
            Self::Rule { from, to, weight, kind } => Self::Rule {
                from: (from.0, from.1 + by),
                to: (to.0, to.1 + by),
                weight: *weight,
                kind: *kind,
            },
        }
    }
}

/// A horizontal piece of a letter that is never broken: a line of text, a table row, a box.
///
/// Coordinates inside are relative to its top.
#[derive(Debug, Clone, PartialEq)]
pub struct Strip {
    /// White above it, left out at the top of a page.
    pub gap: f32,
    pub height: f32,
    /// The next strip must be on the same page.
    pub glued: bool,
    pub draws: Vec<Draw>,
    /// Repeated at the top of the page when this strip begins one: the header of a table.
    pub header: Option<Box<Strip>>,
}
