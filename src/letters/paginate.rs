//! Strips to pages.

use super::blocks::FaceName;
use super::drawing::{Draw, PAGE_HEIGHT, Run, Strip};
use super::fonts::Fonts;
use super::typeset::{LEFT, RIGHT, Typeset};

const TOP: f32 = 56.7;
/// A letterhead begins higher than plain text does.
const LETTERHEAD_TOP: f32 = 40.0;
const BOTTOM: f32 = PAGE_HEIGHT - 51.0;
const FOOTER: f32 = PAGE_HEIGHT - 30.0;
const FOOTER_SIZE: f32 = 8.0;

/// A strip that is taller than a page.
#[derive(Debug)]
pub struct TooTall;

/// The pages of a letter, each with `footer` at the left and its number at the right of its foot.
pub fn paginate(fonts: &Fonts, letter: &Typeset, footer: &str) -> Result<Vec<Vec<Draw>>, TooTall> {
    let mut stack = Stack { pages: vec![Vec::new()], y: 0.0, fresh: true };
    stack.y = if letter.has_letterhead { LETTERHEAD_TOP } else { TOP };
    let mut rest = letter.strips.as_slice();
    while !rest.is_empty() {
        let end = rest.iter().position(|strip| !strip.glued).map_or(rest.len(), |at| at + 1);
        let (chunk, later) = rest.split_at(end);
        stack.place(chunk)?;
        rest = later;
    }
    let total = stack.pages.len();
    for (index, page) in stack.pages.iter_mut().enumerate() {
        page.extend(letter.margin.iter().cloned());
        page.extend(foot(fonts, footer, index + 1, total));
    }
    Ok(stack.pages)
}

struct Stack {
    pages: Vec<Vec<Draw>>,
    y: f32,
    fresh: bool,
}

impl Stack {
    /// Keeps the strips on one page when a page is tall enough for them.
    fn place(&mut self, chunk: &[Strip]) -> Result<(), TooTall> {
        let needed: f32 = chunk.iter().map(|strip| strip.gap + strip.height).sum();
        if self.y + needed > BOTTOM && needed <= BOTTOM - TOP && !self.fresh {
            self.turn();
        }
        for strip in chunk {
            let gap = if self.fresh { 0.0 } else { strip.gap };
            if self.y + gap + strip.height > BOTTOM {
                self.turn();
            }
            if self.fresh
                && let Some(header) = &strip.header
            {
                self.put(header);
            }
            if self.y + strip.height > BOTTOM {
                return Err(TooTall);
            }
            self.put(strip);
        }
        Ok(())
    }

    fn put(&mut self, strip: &Strip) {
        if !self.fresh {
            self.y += strip.gap;
        }
        if let Some(page) = self.pages.last_mut() {
            page.extend(strip.draws.iter().map(|draw| draw.lowered(self.y)));
        }
        self.y += strip.height;
        self.fresh = false;
    }

    fn turn(&mut self) {
        self.pages.push(Vec::new());
        self.y = TOP;
        self.fresh = true;
    }
}

fn foot(fonts: &Fonts, footer: &str, page: usize, total: usize) -> Vec<Draw> {
    let number = format!("Halaman {page} dari {total}");
    let number_width = fonts.width(FaceName::Regular, &number, FOOTER_SIZE);
    let mut draws = vec![text(RIGHT - number_width, FOOTER_SIZE, number)];
    if !footer.is_empty() {
        let room = RIGHT - LEFT - number_width - 20.0;
        let natural = fonts.width(FaceName::Regular, footer, FOOTER_SIZE);
        let size = FOOTER_SIZE * (room / natural).min(1.0);
        draws.insert(0, text(LEFT, size, footer.to_owned()));
    }
    draws
}

fn text(x: f32, size: f32, text: String) -> Draw {
    Draw::Text { x, y: FOOTER, size, runs: vec![Run { text, face: FaceName::Regular, stretch: 0.0 }] }
}
