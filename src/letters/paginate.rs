//! Strips to pages.

use super::blocks::FaceName;
use super::drawing::{Draw, Laid, Run, Strip};
use super::fonts::Fonts;
use super::signature_area::SignatureStrips;
use super::structure::Mark;
use super::typeset::{Sheet, Typeset};

const TOP: f32 = 56.7;
/// A letterhead begins higher than plain text does.
const LETTERHEAD_TOP: f32 = 40.0;
/// Below the line that names the letter on its following pages.
const CONTINUED_TOP: f32 = 68.0;
const BOTTOM: f32 = 51.0;
const FOOTER: f32 = 30.0;
const HEADER: f32 = 48.0;
const RUNNING_SIZE: f32 = 8.0;

/// A strip that is taller than a page.
#[derive(Debug)]
pub struct TooTall;

/// The lines that run through the pages of a letter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Running {
    /// At the head of every page but the first; may be empty.
    pub header: String,
    /// At the left of the foot of every page, the number of the page at the right; may be empty.
    pub footer: String,
}

/// The pages of a letter.
pub fn paginate(fonts: &Fonts, letter: Typeset, running: &Running) -> Result<Laid, TooTall> {
    let sheet = letter.sheet;
    let top = if running.header.is_empty() { TOP } else { CONTINUED_TOP };
    let mut stack = Stack {
        pages: vec![Vec::new()],
        y: if letter.has_letterhead { LETTERHEAD_TOP } else { TOP },
        fresh: true,
        top,
        bottom: sheet.paper.height() - BOTTOM,
        placed: 0,
        signature: None,
    };
    let mut rest = letter.strips.as_slice();
    while !rest.is_empty() {
        let end = rest.iter().position(|strip| !strip.glued).map_or(rest.len(), |at| at + 1);
        let (chunk, later) = rest.split_at(end);
        stack.place(chunk, letter.signature.as_ref())?;
        rest = later;
    }
    let total = stack.pages.len();
    for (index, page) in stack.pages.iter_mut().enumerate() {
        page.extend(letter.margin.iter().cloned());
        if index > 0 && !running.header.is_empty() {
            page.push(head(fonts, sheet, &running.header));
        }
        page.extend(foot(fonts, sheet, &running.footer, index + 1, total));
    }
    let signature = letter.signature.zip(stack.signature).map(|(strips, (page, edges))| {
        strips.area(sheet.paper, u32::try_from(page).unwrap_or(u32::MAX), edges, &letter.structure)
    });
    Ok(Laid { paper: sheet.paper, pages: stack.pages, structure: letter.structure, signature })
}

struct Stack {
    pages: Vec<Vec<Draw>>,
    y: f32,
    fresh: bool,
    /// Where the pages after the first begin, and where all of them end.
    top: f32,
    bottom: f32,
    /// How many strips have their place.
    placed: usize,
    /// The page of the signature block, from 1, and its upper and lower edge.
    signature: Option<(usize, (f32, f32))>,
}

impl Stack {
    /// Keeps the strips on one page when a page is tall enough for them.
    fn place(&mut self, chunk: &[Strip], signature: Option<&SignatureStrips>) -> Result<(), TooTall> {
        let needed: f32 = chunk.iter().map(|strip| strip.gap + strip.height).sum();
        if self.y + needed > self.bottom && needed <= self.bottom - self.top && !self.fresh {
            self.turn();
        }
        for strip in chunk {
            let gap = if self.fresh { 0.0 } else { strip.gap };
            if self.y + gap + strip.height > self.bottom {
                self.turn();
            }
            if self.fresh
                && let Some(header) = &strip.header
            {
                self.put(header);
            }
            if self.y + strip.height > self.bottom {
                return Err(TooTall);
            }
            self.put(strip);
            if signature.is_some_and(|strips| strips.contains(self.placed)) {
                self.surround(strip.height);
            }
            self.placed += 1;
        }
        Ok(())
    }

    fn put(&mut self, strip: &Strip) {
        if !self.fresh {
            self.y += strip.gap;
        }
        if let Some(page) = self.pages.last_mut() {
            page.extend(strip.draws.iter().cloned().map(|draw| draw.lowered(self.y)));
        }
        self.y += strip.height;
        self.fresh = false;
    }

    /// Takes the strip that was put last into the signature block, which begins anew on a new page.
    fn surround(&mut self, height: f32) {
        let page = self.pages.len();
        let top = match self.signature {
            Some((begun, (top, _))) if begun == page => top,
            _ => self.y - height,
        };
        self.signature = Some((page, (top, self.y)));
    }

    fn turn(&mut self) {
        self.pages.push(Vec::new());
        self.y = self.top;
        self.fresh = true;
    }
}

fn head(fonts: &Fonts, sheet: Sheet, header: &str) -> Draw {
    let room = sheet.right - sheet.left;
    text(sheet.left, HEADER, fitted(fonts, header, room), header.to_owned())
}

fn foot(fonts: &Fonts, sheet: Sheet, footer: &str, page: usize, total: usize) -> Vec<Draw> {
    let baseline = sheet.paper.height() - FOOTER;
    let number = format!("Halaman {page} dari {total}");
    let number_width = fonts.width(FaceName::Regular, &number, RUNNING_SIZE);
    let mut draws = vec![text(sheet.right - number_width, baseline, RUNNING_SIZE, number)];
    if !footer.is_empty() {
        let room = sheet.right - sheet.left - number_width - 20.0;
        draws.insert(0, text(sheet.left, baseline, fitted(fonts, footer, room), footer.to_owned()));
    }
    draws
}

/// A running line never takes a second line: a long one is set smaller.
fn fitted(fonts: &Fonts, line: &str, room: f32) -> f32 {
    RUNNING_SIZE * (room / fonts.width(FaceName::Regular, line, RUNNING_SIZE)).min(1.0)
}

fn text(x: f32, y: f32, size: f32, text: String) -> Draw {
    let runs = vec![Run { text, face: FaceName::Regular, stretch: 0.0 }];
    Draw::Text { x, y, size, runs, mark: Mark::Artifact }
}
