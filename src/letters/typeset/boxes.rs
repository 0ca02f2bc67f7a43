//! The boxed code, and the QR code for the verification page.

use super::{Column, INDENT, INK, SMALL, Setter, Type, baseline, blank, frame, marked, signature_area};
use crate::domain::ink;
use crate::letters::blocks::{FaceName, Line, Region, Span};
use crate::letters::drawing::{Draw, Strip};
use crate::letters::lines::{self, Align};
use crate::letters::qr_code::QrCode;
use crate::letters::structure::{ElementId, Mark, Role};

const CODE: Type = Type { size: 18.0, lead: 24.0 };
/// 22 mm, with the quiet zone that readers need around it.
const QR: f32 = 62.4;
const QUIET: usize = 2;

impl Setter<'_> {
    pub(super) fn code(&mut self, text: &str, depth: u8) {
        const PAD: f32 = 9.0;
        let x = self.sheet.left + f32::from(depth) * INDENT;
        let width = self.sheet.right - x;
        let line = vec![Span { text: text.to_owned(), face: FaceName::Mono, struck: false }];
        let natural = lines::natural_width(self.fonts, &line, CODE.size);
        let boxed = (natural + 60.0).min(width);
        let left = x + (width - boxed) / 2.0;
        let mark = self.part(depth, Role::Paragraph);
        let mut draws = Vec::new();
        let mut y = PAD - 2.0;
        for set in lines::set(self.fonts, &line, left + PAD, boxed - 2.0 * PAD, CODE.size, Align::Centre) {
            draws.extend(marked(set, mark).into_iter().map(|draw| draw.lowered(y + baseline(CODE))));
            y += CODE.lead;
        }
        let height = y + PAD - 2.0;
        let corners = [(left, 0.0), (left + boxed, 0.0), (left + boxed, height), (left, height)];
        for (index, from) in corners.iter().enumerate() {
            draws.push(frame(*from, corners[(index + 1) % corners.len()], 1.2));
        }
        self.strips.push(Strip { gap: 9.0, height, glued: false, draws, header: None });
        self.strips.push(blank(3.0));
    }

    /// Room for a signature: with pen on paper, or the one that was drawn, as high as the room.
    pub(super) fn room(&mut self) {
        let mut strip = blank(INK);
        if let Some(ink) = self.ink {
            let figure =
                self.structure.figure(ElementId::DOCUMENT, "Tanda tangan yang digambar di layar".to_owned());
            let (x, unit) = (signature_area::column(self.sheet), INK / f32::from(ink::HEIGHT));
            strip.draws.push(Draw::Ink { x, y: 0.0, unit, ink: ink.clone(), mark: Mark::Content(figure) });
        }
        self.strips.push(strip);
    }

    /// The code at the left, the words at its right, in the middle of its height. An address too long for a QR code
    /// leaves the words, which name it too.
    pub(super) fn qr(&mut self, address: &str, caption: &[String], region: Region) {
        let (x, right) = match region {
            Region::Signature | Region::Seal => (signature_area::column(self.sheet), self.sheet.right),
            Region::Body
            | Region::Letterhead
            | Region::Title
            | Region::Label
            | Region::Signatures
            | Region::Foot
            | Region::Note
            | Region::Decree
            | Region::Margin => (self.sheet.left, self.sheet.right),
        };
        let figure =
            self.structure.figure(ElementId::DOCUMENT, format!("Kode QR halaman pemeriksaan: {address}"));
        let mut draws: Vec<Draw> = QrCode::of(address).map_or_else(Vec::new, |code| {
            let side = QR / measure(code.side + 2 * QUIET);
            let quiet = measure(QUIET) * side;
            let mark = Mark::Content(figure);
            vec![Draw::Modules { left: x + quiet, top: quiet, side, dark: code.dark, mark }]
        });
        let column = Column { x: x + QR + 6.0, width: right - x - QR - 6.0, kind: SMALL, align: Align::Left };
        let words: Vec<Line> = caption
            .iter()
            .map(|text| vec![Span { text: text.clone(), face: FaceName::Regular, struck: false }])
            .collect();
        let mark = self.part(0, Role::Paragraph);
        let set: Vec<Vec<Draw>> = words
            .iter()
            .flat_map(|line| lines::set(self.fonts, line, column.x, column.width, SMALL.size, column.align))
            .collect();
        let height = set.iter().fold(0.0_f32, |height, _| height + SMALL.lead);
        let mut y = (QR - height).max(0.0) / 2.0;
        for line in set {
            draws.extend(marked(line, mark).into_iter().map(|draw| draw.lowered(y + baseline(SMALL))));
            y += SMALL.lead;
        }
        self.strips.push(Strip { gap: 8.0, height: QR.max(height), glued: false, draws, header: None });
    }
}

/// A QR code has at most 177 modules in a row.
fn measure(modules: usize) -> f32 {
    f32::from(u16::try_from(modules).unwrap_or(u16::MAX))
}
