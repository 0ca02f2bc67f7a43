//! What is put on a page: text at a place, lines and filled shapes. Points, measured from the top left corner of the page.

use super::blocks::FaceName;
use super::qr_code::DarkBox;
use super::signature_area::SignatureArea;
use super::structure::{Mark, Structure};
use crate::domain::ink::Ink;

/// A sheet of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paper {
    /// 210 × 297 mm.
    #[default]
    A4,
    /// Folio, 215 × 330 mm: what many offices print on.
    F4,
    /// 297 × 210 mm: the register.
    A4Landscape,
}

impl Paper {
    /// Width and height in millimetres.
    pub const fn millimetres(self) -> (f32, f32) {
        match self {
            Self::A4 => (210.0, 297.0),
            Self::F4 => (215.0, 330.0),
            Self::A4Landscape => (297.0, 210.0),
        }
    }

    pub fn width(self) -> f32 {
        self.millimetres().0 * POINTS_PER_MM
    }

    pub fn height(self) -> f32 {
        self.millimetres().1 * POINTS_PER_MM
    }
}

const POINTS_PER_MM: f32 = 72.0 / 25.4;
/// How broad a drawn stroke is, in points: as of a pen.
pub const INK_WEIGHT: f32 = 1.1;

/// A letter ready to be written: its pages, and what each piece of them is to somebody who hears it read.
#[derive(Debug, Clone, PartialEq)]
pub struct Laid {
    pub paper: Paper,
    pub pages: Vec<Vec<Draw>>,
    pub structure: Structure,
    /// None for a letter that nobody signs.
    pub signature: Option<SignatureArea>,
}

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
    Text { x: f32, y: f32, size: f32, runs: Vec<Run>, mark: Mark },
    /// A line. It carries no words: nobody hears it.
    Rule { from: (f32, f32), to: (f32, f32), weight: f32, kind: RuleKind },
    /// A QR code whose dark modules begin at this left top corner; each has this side.
    Modules { left: f32, top: f32, side: f32, dark: Vec<DarkBox>, mark: Mark },
    /// The emblem of the letterhead, fitted into a square with this left top corner.
    Emblem { x: f32, y: f32, side: f32, mark: Mark },
    /// A signature drawn on a screen: the left top corner of its sheet, and the length of one of its units.
    Ink { x: f32, y: f32, unit: f32, ink: Ink, mark: Mark },
}

impl Draw {
    /// The same, moved down.
    pub fn lowered(mut self, by: f32) -> Self {
        match &mut self {
            Self::Text { y, .. }
            | Self::Emblem { y, .. }
            | Self::Ink { y, .. }
            | Self::Modules { top: y, .. } => *y += by,
            Self::Rule { from, to, .. } => {
                from.1 += by;
                to.1 += by;
            }
        }
        self
    }

    /// The same as another part of the letter.
    pub fn marked(mut self, as_part: Mark) -> Self {
        match &mut self {
            Self::Text { mark, .. }
            | Self::Modules { mark, .. }
            | Self::Emblem { mark, .. }
            | Self::Ink { mark, .. } => {
                *mark = as_part;
            }
            Self::Rule { .. } => {}
        }
        self
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

impl Strip {
    /// The same strip as it is repeated on a later page: to be seen, not to be heard again.
    pub fn repeated(&self) -> Self {
        let draws = self.draws.iter().cloned().map(|draw| draw.marked(Mark::Artifact)).collect();
        Self { draws, ..self.clone() }
    }
}
