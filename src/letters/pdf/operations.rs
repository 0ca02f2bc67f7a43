//! A page as the operators that draw it, each piece inside the marks that the tags refer to.

use printpdf::{
    Color, CurTransMat, DictItem, Greyscale, Line, LineCapStyle, LineJoinStyle, LinePoint, Op, PaintMode,
    PdfFontHandle, Point, Polygon, PolygonRing, Pt, TextItem, WindingOrder, XObjectId, XObjectTransform,
};

use super::tags::PageMarks;
use crate::domain::ink::Ink;
use crate::letters::blocks::FaceName;
use crate::letters::drawing::{Draw, INK_WEIGHT, Paper, Run};
use crate::letters::emblem::{Emblem, PLACEHOLDER};
use crate::letters::fonts::{Fonts, font_id};
use crate::letters::qr_code::DarkBox;
use crate::letters::structure::Mark;

pub fn of_page(
    fonts: &Fonts,
    emblem: Option<&Emblem>,
    paper: Paper,
    page: &[Draw],
    marks: &mut PageMarks<'_>,
) -> Vec<Op> {
    let black = Color::Greyscale(Greyscale { percent: 0.0, icc_profile: None });
    let mut writer = Writer {
        fonts,
        emblem,
        height: paper.height(),
        operations: vec![Op::SetFillColor { col: black.clone() }, Op::SetOutlineColor { col: black }],
        open: None,
        face: None,
    };
    for draw in page {
        writer.enter(mark(draw), marks);
        writer.draw(draw);
    }
    writer.leave();
    writer.operations
}

fn mark(draw: &Draw) -> Mark {
    match draw {
        Draw::Text { mark, .. }
        | Draw::Modules { mark, .. }
        | Draw::Emblem { mark, .. }
        | Draw::Ink { mark, .. } => *mark,
        Draw::Rule { .. } => Mark::Artifact,
    }
}

struct Writer<'a> {
    fonts: &'a Fonts,
    emblem: Option<&'a Emblem>,
    height: f32,
    operations: Vec<Op>,
    open: Option<Mark>,
    /// What the page is set in from here on, until another face or size is named.
    face: Option<(FaceName, f32)>,
}

impl Writer<'_> {
    /// Opens the marked content that the next piece belongs to, unless it is open already.
    fn enter(&mut self, mark: Mark, marks: &mut PageMarks<'_>) {
        if self.open == Some(mark) {
            return;
        }
        self.leave();
        self.operations.push(match mark {
            Mark::Artifact => Op::BeginMarkedContent { tag: "Artifact".to_owned() },
            Mark::Content(element) => {
                let number = marks.next(element);
                let map = [("MCID".to_owned(), DictItem::Int(number))].into();
                Op::BeginMarkedContentWithProperties {
                    tag: "Span".to_owned(),
                    properties: DictItem::Dict { map },
                }
            }
        });
        self.open = Some(mark);
    }

    fn leave(&mut self) {
        if self.open.take().is_some() {
            self.operations.push(Op::EndMarkedContent);
        }
    }

    fn draw(&mut self, draw: &Draw) {
        match draw {
            Draw::Text { x, y, size, runs, .. } => self.text((*x, *y), *size, runs),
            Draw::Rule { from, to, weight, kind: _ } => {
                let points = [from, to].map(|at| LinePoint { p: self.point(*at), bezier: false }).to_vec();
                self.operations.push(Op::SetOutlineThickness { pt: Pt(*weight) });
                self.operations.push(Op::DrawLine { line: Line { points, is_closed: false } });
            }
            Draw::Modules { left, top, side, dark, .. } => self.modules((*left, *top), *side, dark),
            Draw::Emblem { x, y, side, .. } => match self.emblem {
                Some(emblem) => self.picture(emblem, (*x, *y), *side),
                None => self.placeholder((*x, *y), *side),
            },
            Draw::Ink { x, y, unit, ink, .. } => self.ink((*x, *y), *unit, ink),
        }
    }

    /// On a grid of its own, from the left top corner down: whole numbers make the file shorter.
    fn modules(&mut self, (left, top): (f32, f32), side: f32, dark: &[DarkBox]) {
        let corner = self.point((left, top));
        let grid = CurTransMat::Raw([side, 0.0, 0.0, -side, corner.x.0, corner.y.0]);
        self.operations.extend([Op::SaveGraphicsState, Op::SetTransformationMatrix { matrix: grid }]);
        let at = |column, row| LinePoint { p: Point { x: modules(column), y: modules(row) }, bezier: false };
        let rings = dark.iter().map(|dark| {
            let (right, below) = (dark.column + dark.width, dark.row + dark.height);
            let corners = [(dark.column, dark.row), (right, dark.row), (right, below), (dark.column, below)];
            PolygonRing { points: corners.map(|(column, row)| at(column, row)).to_vec() }
        });
        self.fill(rings.collect());
        self.operations.push(Op::RestoreGraphicsState);
    }

    /// Strokes with round ends, so that a dot is one.
    fn ink(&mut self, (x, y): (f32, f32), unit: f32, ink: &Ink) {
        self.operations.extend([
            Op::SaveGraphicsState,
            Op::SetOutlineThickness { pt: Pt(INK_WEIGHT) },
            Op::SetLineCapStyle { cap: LineCapStyle::Round },
            Op::SetLineJoinStyle { join: LineJoinStyle::Round },
        ]);
        for stroke in ink.strokes() {
            let at = |(column, row): &(u16, u16)| {
                self.point((x + f32::from(*column) * unit, y + f32::from(*row) * unit))
            };
            let mut points: Vec<LinePoint> =
                stroke.iter().map(|point| LinePoint { p: at(point), bezier: false }).collect();
            if points.len() == 1 {
                points.extend_from_within(..);
            }
            self.operations.push(Op::DrawLine { line: Line { points, is_closed: false } });
        }
        self.operations.push(Op::RestoreGraphicsState);
    }

    /// The picture in the middle of its square.
    fn picture(&mut self, emblem: &Emblem, (x, y): (f32, f32), side: f32) {
        let (width, height) = emblem.proportions();
        let (width, height) = (width * side, height * side);
        let corner = self.point((x + (side - width) / 2.0, y + f32::midpoint(side, height)));
        self.operations.push(Op::UseXobject {
            id: emblem_id(),
            transform: XObjectTransform {
                translate_x: Some(corner.x),
                translate_y: Some(corner.y),
                scale_x: Some(rounded(width)),
                scale_y: Some(rounded(height)),
                no_auto_scale: true,
                ..XObjectTransform::default()
            },
        });
    }

    fn placeholder(&mut self, (x, y): (f32, f32), side: f32) {
        let rings = PLACEHOLDER
            .iter()
            .map(|ring| {
                let points: Vec<(f32, f32)> =
                    ring.iter().map(|(px, py)| (x + px * side, y + py * side)).collect();
                self.ring(&points)
            })
            .collect();
        self.fill(rings);
    }

    /// Shapes in one path; a ring inside another one is a hole in it.
    fn fill(&mut self, rings: Vec<PolygonRing>) {
        self.operations.push(Op::DrawPolygon {
            polygon: Polygon { rings, mode: PaintMode::Fill, winding_order: WindingOrder::EvenOdd },
        });
    }

    fn ring(&self, points: &[(f32, f32)]) -> PolygonRing {
        let points = points.iter().map(|at| LinePoint { p: self.point(*at), bezier: false }).collect();
        PolygonRing { points }
    }

    /// One text object per line with real spaces, so that copying and searching give the words back. The word-spacing
    /// operator has no effect on fonts with two-byte codes: lines are filled by offsets after the spaces.
    fn text(&mut self, at: (f32, f32), size: f32, runs: &[Run]) {
        let pos = self.point(at);
        self.operations.extend([Op::StartTextSection, Op::SetTextCursor { pos }]);
        let size = rounded(size);
        for runs in runs.chunk_by(|before, after| before.face == after.face) {
            if let Some(run) = runs.first()
                && self.face != Some((run.face, size))
            {
                self.face = Some((run.face, size));
                let font = PdfFontHandle::External(font_id(run.face));
                self.operations.push(Op::SetFont { font, size: Pt(size) });
            }
            let mut items = Items::default();
            for run in runs {
                self.kerned(run, &mut items);
                items.offset(-run.stretch * 1000.0 / size);
            }
            self.operations.push(Op::ShowText { items: items.finish() });
        }
        self.operations.push(Op::EndTextSection);
    }

    fn kerned(&self, run: &Run, items: &mut Items) {
        let mut previous = None;
        for character in run.text.chars() {
            let kern = previous.map_or(0, |before| self.fonts.kern(run.face, before, character));
            items.offset(-self.fonts.thousandths(run.face, kern));
            items.text.push(character);
            previous = Some(character);
        }
    }

    fn point(&self, (x, y): (f32, f32)) -> Point {
        Point { x: Pt(rounded(x)), y: Pt(rounded(self.height - y)) }
    }
}

/// What one operator shows: texts with the offsets between them.
#[derive(Default)]
struct Items {
    done: Vec<TextItem>,
    text: String,
}

impl Items {
    /// In thousandths of the type size, to a tenth: finer than any printer.
    fn offset(&mut self, thousandths: f32) {
        let offset = (thousandths * 10.0).round() / 10.0;
        if offset != 0.0 {
            self.flush();
            self.done.push(TextItem::Offset(offset));
        }
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.done.push(TextItem::Text(std::mem::take(&mut self.text)));
        }
    }

    fn finish(mut self) -> Vec<TextItem> {
        self.flush();
        self.done
    }
}

/// printpdf numbers its pictures from a counter of the process; ours has a name.
pub fn emblem_id() -> XObjectId {
    XObjectId("E".to_owned())
}

/// To a hundredth of a point: what is longer only makes the file longer.
fn rounded(points: f32) -> f32 {
    (points * 100.0).round() / 100.0
}

/// A QR code has at most 177 modules in a row.
fn modules(count: usize) -> Pt {
    Pt(f32::from(u16::try_from(count).unwrap_or(u16::MAX)))
}
