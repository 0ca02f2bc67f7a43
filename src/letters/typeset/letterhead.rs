//! The letterhead: emblem at the left, names of ministry, directorate and office, the address below, a double rule.

use super::{Column, Setter, Type, frame};
use crate::letters::blocks::{FaceName, Line};
use crate::letters::drawing::{Draw, Strip};
use crate::letters::lines::Align;
use crate::letters::structure::{ElementId, Mark, Role};

const NAME: f32 = 11.5;
const ADDRESS: f32 = 7.2;
const SMALLEST_ADDRESS: f32 = 6.4;
const EMBLEM: f32 = 62.0;

impl Setter<'_> {
    /// The ministry a little larger; a long name makes all of them smaller before it takes two lines. Short lines are
    /// centred on the sheet, the emblem beside them.
    pub(super) fn letterhead(&mut self, lines: &[Line]) {
        let is_name = |line: &Line| line.iter().all(|span| span.face == FaceName::Bold);
        let x = self.sheet.left + EMBLEM + 8.0;
        let width = self.sheet.right - x;
        let widest = self.widest(lines.iter().filter(|line| is_name(line)), NAME * 1.1);
        let size = (NAME * width / widest.max(width)).max(9.0);
        let widest = self.widest(lines.iter().filter(|line| !is_name(line)), ADDRESS);
        let small = (ADDRESS * width / widest.max(width)).max(SMALLEST_ADDRESS);
        let address = Type { size: small, lead: small * 1.3 };
        let first = self.strips.len();
        let mark = self.part(0, Role::Paragraph);
        let mut name_above = false;
        for line in lines {
            let is_name = is_name(line);
            let size = if self.strips.len() == first { size * 1.1 } else { size };
            let kind = if is_name { Type { size, lead: size * 1.24 } } else { address };
            let column = Column { x, width, kind, align: Align::Centre };
            let gap = if name_above && !is_name { 4.0 } else { 0.0 };
            self.lines(std::slice::from_ref(line), column, gap, mark);
            name_above = is_name;
        }
        self.emblem(first);
    }

    /// The emblem stands at the left of the lines, in the middle of their height.
    fn emblem(&mut self, first: usize) {
        let lines = &self.strips[first..];
        let height: f32 = lines.iter().map(|strip| strip.gap + strip.height).sum();
        let figure = self.structure.figure(ElementId::DOCUMENT, "Lambang instansi".to_owned());
        let draw = Draw::Emblem {
            x: self.sheet.left,
            y: (height - EMBLEM).max(0.0) / 2.0,
            side: EMBLEM,
            mark: Mark::Content(figure),
        };
        if height < EMBLEM {
            self.strips.push(Strip {
                gap: 0.0,
                height: EMBLEM - height,
                glued: true,
                draws: Vec::new(),
                header: None,
            });
        }
        if let Some(strip) = self.strips.get_mut(first) {
            strip.draws.insert(0, draw);
        }
    }

    pub(super) fn double_rule(&mut self) {
        let (left, right) = (self.sheet.left, self.sheet.right);
        let draws = vec![frame((left, 0.0), (right, 0.0), 2.0), frame((left, 2.8), (right, 2.8), 0.6)];
        self.strips.push(Strip { gap: 6.0, height: 5.0, glued: true, draws, header: None });
    }

    /// Above footnotes.
    pub(super) fn short_rule(&mut self) {
        let left = self.sheet.left;
        let draws = vec![frame((left, 0.0), (left + 120.0, 0.0), 0.6)];
        self.strips.push(Strip { gap: 22.0, height: 3.0, glued: true, draws, header: None });
    }
}
