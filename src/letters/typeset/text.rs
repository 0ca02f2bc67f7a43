//! Paragraphs: where they stand, how far apart, and which of their lines stay together.

use super::{
    BODY, Column, INDENT, SMALL, Setter, Type, all_bold, baseline, begins_with_yth, marked, signature_area,
    text_strip,
};
use crate::letters::blocks::{Block, FaceName, Line, Region};
use crate::letters::lines::{self, Align};
use crate::letters::structure::{Mark, Role};

/// Titles.
const LARGE: Type = Type { size: 12.5, lead: 16.5 };

/// A paragraph of the wording, as in [`Block::Paragraph`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'a> {
    pub lines: &'a [Line],
    pub marker: Option<&'a Line>,
    pub depth: u8,
    pub tight: bool,
}

impl Setter<'_> {
    pub(super) fn paragraph(&mut self, region: Region, entered: bool, text: Text<'_>) {
        match region {
            Region::Letterhead => {
                self.letterhead(text.lines);
                return;
            }
            Region::Title => {
                self.title(text.lines, entered);
                return;
            }
            Region::Body
            | Region::Label
            | Region::Signature
            | Region::Seal
            | Region::Signatures
            | Region::Foot
            | Region::Note
            | Region::Decree
            | Region::Margin => {}
        }
        let (column, gap) = self.column(region, entered, text);
        let (label, mark) = if text.marker.is_some() {
            self.item(text.depth)
        } else {
            let heading = all_bold(text.lines) && region == Region::Body;
            let role = match region {
                _ if heading => Role::Heading,
                Region::Note => Role::Note,
                Region::Body
                | Region::Letterhead
                | Region::Title
                | Region::Label
                | Region::Signature
                | Region::Seal
                | Region::Signatures
                | Region::Foot
                | Region::Decree
                | Region::Margin => Role::Paragraph,
            };
            (Mark::Artifact, self.part(text.depth, role))
        };
        let start = self.strips.len();
        self.lines(text.lines, column, gap, mark);
        if let (Some(marker), Some(strip)) = (text.marker, self.strips.get_mut(start)) {
            let hung =
                lines::set(self.fonts, marker, column.x - INDENT, INDENT, column.kind.size, Align::Left);
            let baseline = baseline(column.kind);
            let draws = marked(hung.into_iter().flatten().collect(), label);
            strip.draws.splice(0..0, draws.into_iter().map(|draw| draw.lowered(baseline)));
        }
        let introduces =
            text.lines.last().and_then(|line| line.last()).is_some_and(|span| span.text.ends_with(':'));
        if (introduces || (all_bold(text.lines) && region == Region::Body))
            && let Some(strip) = self.strips.last_mut()
        {
            strip.glued = true;
        }
    }

    /// Where a paragraph of this part of the letter stands, and the white above it.
    fn column(&self, region: Region, entered: bool, text: Text<'_>) -> (Column, f32) {
        let Text { lines, marker, depth, tight } = text;
        let (left, right, width) = (self.sheet.left, self.sheet.right, self.sheet.width());
        let shift = f32::from(depth) * INDENT;
        match region {
            Region::Label => {
                let kind = if all_bold(lines) { BODY } else { SMALL };
                (Column { x: left, width, kind, align: Align::Right }, 4.0)
            }
            Region::Signature => {
                let x = signature_area::column(self.sheet);
                let gap = if entered { 16.0 } else { 9.0 };
                (Column { x, width: right - x, kind: BODY, align: Align::Left }, gap)
            }
            Region::Seal => {
                let x = signature_area::column(self.sheet);
                (Column { x, width: right - x, kind: SMALL, align: Align::Left }, 5.0)
            }
            Region::Foot | Region::Note => {
                let gap = if entered && region == Region::Foot { 14.0 } else { 3.0 };
                (Column { x: left + shift, width: width - shift, kind: SMALL, align: Align::Left }, gap)
            }
            Region::Body | Region::Margin | Region::Decree if begins_with_yth(lines) => {
                (Column { x: left, width: 0.8 * width, kind: BODY, align: Align::Left }, 13.0)
            }
            Region::Body
            | Region::Margin
            | Region::Decree
            | Region::Signatures
            | Region::Letterhead
            | Region::Title => {
                let align = if lines.len() == 1 || depth > 0 { Align::Justified } else { Align::Left };
                let gap = match (marker, depth) {
                    (Some(_), _) if tight => 3.0,
                    (Some(_), 1) | (None, 0) => 7.5,
                    (Some(_) | None, _) => 4.0,
                };
                let gap = if self.addressed {
                    17.0
                } else if self.headed {
                    3.0
                } else {
                    gap
                };
                (Column { x: left + shift, width: width - shift, kind: BODY, align }, gap)
            }
        }
    }

    /// Centred; lines in bold are larger.
    fn title(&mut self, lines: &[Line], entered: bool) {
        let mark = self.part(0, Role::Heading);
        for (index, line) in lines.iter().enumerate() {
            let bold = line.iter().all(|span| span.face == FaceName::Bold);
            // A title a little too long is set smaller before it takes a second line.
            let fitting = LARGE.size * self.sheet.width() / self.widest(std::iter::once(line), LARGE.size);
            let large = if fitting >= BODY.size { fitting.min(LARGE.size) } else { LARGE.size };
            let kind = if bold { Type { size: large, ..LARGE } } else { BODY };
            let column = Column { x: self.sheet.left, width: self.sheet.width(), kind, align: Align::Centre };
            let gap = match (index, entered) {
                (0, true) => 14.0,
                (0, false) => 8.0,
                _ => 1.0,
            };
            self.lines(std::slice::from_ref(line), column, gap, mark);
        }
    }

    /// One strip per printed line. The first two and the last two of a paragraph stay together.
    pub(super) fn lines(&mut self, lines: &[Line], column: Column, gap: f32, mark: Mark) {
        let first = self.strips.len();
        for line in lines {
            for draws in lines::set(self.fonts, line, column.x, column.width, column.kind.size, column.align)
            {
                let gap = if self.strips.len() == first { gap } else { 0.0 };
                self.strips.push(text_strip(marked(draws, mark), column.kind, gap));
            }
        }
        let count = self.strips.len();
        for (index, strip) in self.strips.iter_mut().enumerate().skip(first) {
            strip.glued = index + 1 < count && (index == first || index + 2 == count);
        }
    }

    /// Takes no room from the letter, so that a copy is broken into lines and pages as the first print was.
    pub(super) fn margin_note(&mut self, block: &Block) {
        let Block::Paragraph { lines, .. } = block else { return };
        let mut y = 15.0;
        for line in lines {
            let (left, width) = (self.sheet.left, self.sheet.width());
            // There is room for one line only: a long one is set smaller.
            let fitting = 0.999 * width / self.widest(std::iter::once(line), SMALL.size);
            let size = SMALL.size * fitting.min(1.0);
            for draws in lines::set(self.fonts, line, left, width, size, Align::Right) {
                self.margin.extend(draws.into_iter().map(|draw| draw.lowered(y + baseline(SMALL))));
                y += SMALL.lead;
            }
        }
    }
}
