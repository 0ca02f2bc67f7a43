//! What the pages of a letter hold to, measured on the drawing.

use std::collections::BTreeMap;

use super::Unproven;
use crate::letters::blocks::{Block, Placed};
use crate::letters::drawing::{Draw, Laid};
use crate::letters::fonts::Fonts;
use crate::letters::templates::spans;
use crate::letters::typeset::Sheet;

/// Nobody sees less, and sums of widths are not exact.
const SLACK: f32 = 0.6;

/// Where a text stands on its page.
#[derive(Debug, Clone, Copy)]
struct Extent {
    left: f32,
    right: f32,
    top: f32,
    bottom: f32,
}

/// Margins, overlaps, and that every sign of the blocks is on a page.
pub fn check(fonts: &Fonts, laid: &Laid, blocks: &[Placed]) -> Result<(), Unproven> {
    let sheet = Sheet::of(laid.paper);
    for (index, page) in laid.pages.iter().enumerate() {
        let number = index + 1;
        let extents: Vec<Extent> = page.iter().filter_map(|draw| extent(fonts, draw)).collect();
        let inside = |text: &Extent| {
            text.left >= sheet.left - SLACK
                && text.right <= sheet.right + SLACK
                && text.top >= 0.0
                && text.bottom <= laid.paper.height()
        };
        if !extents.iter().all(inside) {
            return Err(Unproven::OutsideMargins { page: number });
        }
        let apart =
            |(at, text): (usize, &Extent)| extents[at + 1..].iter().all(|other| !text.overlaps(*other));
        if !extents.iter().enumerate().all(apart) {
            return Err(Unproven::Overlap { page: number });
        }
    }
    let mut printed = signs(laid.pages.iter().flatten().flat_map(texts));
    for (character, count) in signs(blocks.iter().flat_map(|placed| wording(&placed.block))) {
        if printed.remove(&character).unwrap_or(0) < count {
            return Err(Unproven::Lost { code_point: character.into() });
        }
    }
    Ok(())
}

impl Extent {
    fn overlaps(self, other: Self) -> bool {
        self.left + SLACK < other.right
            && other.left + SLACK < self.right
            && self.top + SLACK < other.bottom
            && other.top + SLACK < self.bottom
    }
}

/// From the height of a capital to the depth of a `p`.
fn extent(fonts: &Fonts, draw: &Draw) -> Option<Extent> {
    let Draw::Text { x, y, size, runs, .. } = draw else { return None };
    // A space at the end of a line is heard and not seen.
    let last = runs.len().saturating_sub(1);
    let width: f32 = runs
        .iter()
        .enumerate()
        .map(|(index, run)| {
            let text = if index == last { run.text.trim_end_matches(' ') } else { run.text.as_str() };
            fonts.width(run.face, text, *size) + if index == last { 0.0 } else { run.stretch }
        })
        .sum();
    Some(Extent { left: *x, right: x + width, top: y - 0.72 * size, bottom: y + 0.2 * size })
}

fn texts(draw: &Draw) -> Vec<&str> {
    match draw {
        Draw::Text { runs, .. } => runs.iter().map(|run| run.text.as_str()).collect(),
        Draw::Rule { .. } | Draw::Modules { .. } | Draw::Emblem { .. } | Draw::Ink { .. } => Vec::new(),
    }
}

fn wording(block: &Block) -> Vec<&str> {
    match block {
        Block::Code { text, .. } => vec![text],
        Block::Qr { caption, .. } => caption.iter().map(String::as_str).collect(),
        Block::Paragraph { .. } | Block::Reference(_) | Block::KeyValue { .. } | Block::Grid { .. } => {
            spans(block).into_iter().map(|span| span.text.as_str()).collect()
        }
        Block::Room => Vec::new(),
    }
}

/// How often each visible character stands in the texts.
fn signs<'t>(texts: impl Iterator<Item = &'t str>) -> BTreeMap<char, usize> {
    let mut counts = BTreeMap::new();
    let visible = |character: &char| *character != ' ' && *character != '\u{AD}';
    for character in texts.flat_map(str::chars).filter(visible) {
        *counts.entry(character).or_insert(0) += 1;
    }
    counts
}
