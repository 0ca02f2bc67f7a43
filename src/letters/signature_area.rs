//! Where the signature block of a letter stands: what the seal on the file surrounds.

use std::ops::Range;

use super::drawing::Paper;
use super::structure::{ElementId, Structure};
use super::typeset::Sheet;

/// A rectangle on a page, in points from the bottom left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignatureArea {
    /// From 1.
    pub page: u32,
    pub left: f32,
    pub bottom: f32,
    pub right: f32,
    pub top: f32,
    /// How many parts of the letter are read out after it.
    pub elements_below: usize,
}

/// The strips of the signature block, before they are on pages.
#[derive(Debug, Clone)]
pub struct SignatureStrips {
    strips: Range<usize>,
    left: f32,
    right: f32,
    /// Elements of the structure up to the end of the block.
    elements: usize,
}

/// Left edge of what is in the right half of a sheet.
pub fn column(sheet: Sheet) -> f32 {
    sheet.left + 0.52 * (sheet.right - sheet.left)
}

impl SignatureStrips {
    const MARGIN: f32 = 5.0;

    /// Begins with the first strip of the block; `end` is the first after it.
    pub fn grown(known: Option<Self>, sheet: Sheet, begin: usize, end: usize, structure: &Structure) -> Self {
        let begin = known.map_or(begin, |known| known.strips.start);
        let elements = structure.elements().len();
        Self { strips: begin..end, left: column(sheet), right: sheet.right, elements }
    }

    pub fn contains(&self, strip: usize) -> bool {
        self.strips.contains(&strip)
    }

    /// The block reaches from `top` to `bottom`, measured from the top of the page.
    pub fn area(
        &self,
        paper: Paper,
        page: u32,
        (top, bottom): (f32, f32),
        structure: &Structure,
    ) -> SignatureArea {
        let below = structure.elements().iter().skip(self.elements);
        SignatureArea {
            page,
            left: self.left - Self::MARGIN,
            bottom: paper.height() - bottom - Self::MARGIN,
            right: self.right + Self::MARGIN,
            top: paper.height() - top + Self::MARGIN,
            elements_below: below.filter(|element| element.parent == Some(ElementId::DOCUMENT)).count(),
        }
    }
}
