//! Blocks to strips: the look of a letter.

mod boxes;
mod letterhead;
mod tables;
mod text;

use super::blocks::{Block, FaceName, Line, Placed, Region};
use super::drawing::{Draw, Paper, RuleKind, Strip};
use super::fonts::Fonts;
use super::lines::Align;
use super::signature_area::{self, SignatureStrips};
use super::structure::{ElementId, Mark, Role, Structure};
use crate::domain::ink::Ink;

/// Margins of the text: 25 mm at the left for the file punch, 20 mm at the right.
const LEFT_MARGIN: f32 = 70.87;
const RIGHT_MARGIN: f32 = 56.69;
const INDENT: f32 = 20.0;
/// Room for a signature in ink.
const INK: f32 = 46.0;

/// Type size and distance of baselines.
#[derive(Debug, Clone, Copy)]
struct Type {
    size: f32,
    lead: f32,
}

const BODY: Type = Type { size: 11.0, lead: 14.4 };
const SMALL: Type = Type { size: 8.5, lead: 11.0 };

/// Where the text of a sheet begins and ends.
#[derive(Debug, Clone, Copy)]
pub struct Sheet {
    pub paper: Paper,
    pub left: f32,
    pub right: f32,
}

impl Sheet {
    pub fn of(paper: Paper) -> Self {
        let (left, right) = match paper {
            Paper::A4 | Paper::F4 => (LEFT_MARGIN, RIGHT_MARGIN),
            // The punch is at the top of a register; its columns need the width.
            Paper::A4Landscape => (42.52, 42.52),
        };
        Self { paper, left, right: paper.width() - right }
    }

    fn width(self) -> f32 {
        self.right - self.left
    }
}

/// A letter as strips, and the note that goes into the top margin of every page.
pub struct Typeset {
    pub sheet: Sheet,
    pub strips: Vec<Strip>,
    pub margin: Vec<Draw>,
    pub has_letterhead: bool,
    pub structure: Structure,
    pub signature: Option<SignatureStrips>,
}

/// With `ink` the room for a signature holds it.
pub fn typeset(fonts: &Fonts, paper: Paper, blocks: &[Placed], ink: Option<&Ink>) -> Typeset {
    let mut setter = Setter {
        fonts,
        sheet: Sheet::of(paper),
        structure: Structure::new(),
        enumerations: Vec::new(),
        strips: Vec::new(),
        starts: [0, 0],
        previous: None,
        addressed: false,
        headed: false,
        margin: Vec::new(),
        signature: None,
        ink,
    };
    for placed in blocks {
        setter.place(placed);
    }
    if setter.previous == Some(Region::Letterhead) {
        setter.double_rule();
    }
    Typeset {
        sheet: setter.sheet,
        strips: setter.strips,
        margin: setter.margin,
        has_letterhead: blocks.iter().any(|placed| placed.region == Region::Letterhead),
        structure: setter.structure,
        signature: setter.signature,
    }
}

struct Setter<'a> {
    fonts: &'a Fonts,
    sheet: Sheet,
    structure: Structure,
    /// The open enumerations, the outermost first.
    enumerations: Vec<Enumeration>,
    strips: Vec<Strip>,
    /// Where the last two blocks began, the older one first.
    starts: [usize; 2],
    previous: Option<Region>,
    /// The last block was the address ("Yth.").
    addressed: bool,
    /// The last block was a heading.
    headed: bool,
    margin: Vec<Draw>,
    signature: Option<SignatureStrips>,
    ink: Option<&'a Ink>,
}

#[derive(Debug, Clone, Copy)]
struct Enumeration {
    list: ElementId,
    /// Body of the item that was opened last.
    body: ElementId,
}

/// Where text stands: left edge, width, type, alignment.
#[derive(Debug, Clone, Copy)]
struct Column {
    x: f32,
    width: f32,
    kind: Type,
    align: Align,
}

impl Setter<'_> {
    fn place(&mut self, placed: &Placed) {
        let region = placed.region;
        if region == Region::Margin {
            self.margin_note(&placed.block);
            return;
        }
        let entered = self.previous != Some(region);
        if entered && self.previous == Some(Region::Letterhead) {
            self.double_rule();
        }
        if entered && region == Region::Note {
            self.short_rule();
        }
        if entered && matches!(region, Region::Signature | Region::Signatures | Region::Foot | Region::Note) {
            self.keep_with_text_above();
        }
        self.starts = [self.starts[1], self.strips.len()];
        match &placed.block {
            Block::Paragraph { lines, marker, depth, tight } => {
                let text = text::Text { lines, marker: marker.as_ref(), depth: *depth, tight: *tight };
                self.paragraph(region, entered, text);
            }
            Block::Reference(rows) => self.reference(rows),
            Block::KeyValue { rows, depth } => self.key_values(rows, *depth, region),
            Block::Grid { header, rows, .. } if region == Region::Signatures => self.signatures(header, rows),
            Block::Grid { right, header, rows } => self.grid(right, header, rows),
            Block::Code { text, depth } => self.code(text, *depth),
            Block::Qr { address, caption } => self.qr(address, caption, region),
            Block::Room => self.room(),
        }
        if matches!(
            region,
            Region::Letterhead
                | Region::Signature
                | Region::Seal
                | Region::Signatures
                | Region::Foot
                | Region::Title
        ) {
            let [_, start] = self.starts;
            let keep_last = region != Region::Foot;
            let count = self.strips.len();
            for (index, strip) in self.strips.iter_mut().enumerate().skip(start) {
                strip.glued = keep_last || index + 1 < count;
            }
        }
        if matches!(region, Region::Signature | Region::Seal) {
            let (begin, end) = (self.starts[1], self.strips.len());
            self.signature =
                Some(SignatureStrips::grown(self.signature.take(), self.sheet, begin, end, &self.structure));
        }
        self.previous = Some(region);
        self.addressed = is_address(&placed.block);
        self.headed = is_heading(&placed.block);
    }

    /// The element that holds what comes next on this level of enumeration.
    fn parent(&mut self, depth: u8) -> ElementId {
        self.enumerations.truncate(usize::from(depth));
        self.enumerations.last().map_or(ElementId::DOCUMENT, |open| open.body)
    }

    fn part(&mut self, depth: u8, role: Role) -> Mark {
        let parent = self.parent(depth);
        Mark::Content(self.structure.add(parent, role))
    }

    /// Opens an item of an enumeration: the marks of its number and of its text.
    fn item(&mut self, depth: u8) -> (Mark, Mark) {
        let depth = usize::from(depth.max(1));
        self.enumerations.truncate(depth);
        if self.enumerations.len() < depth {
            let parent = self.enumerations.last().map_or(ElementId::DOCUMENT, |open| open.body);
            let list = self.structure.add(parent, Role::List);
            // A letter below no number is the outermost level that there is.
            self.enumerations.push(Enumeration { list, body: list });
        }
        let Some(open) = self.enumerations.last_mut() else { return (Mark::Artifact, Mark::Artifact) };
        let item = self.structure.add(open.list, Role::Item);
        let label = self.structure.add(item, Role::Label);
        open.body = self.structure.add(item, Role::ItemBody);
        let text = self.structure.add(open.body, Role::Paragraph);
        (Mark::Content(label), Mark::Content(text))
    }

    /// A signature stands on the page of the closing sentence and of the short paragraph before it, so that no page
    /// begins with a signature or with one lonely line; what is below the signature stays with it.
    fn keep_with_text_above(&mut self) {
        const SHORT: usize = 5;
        let [before, last] = self.starts;
        let short = self.strips.len() - before <= SHORT;
        for strip in self.strips.iter_mut().skip(if short { before } else { last }) {
            strip.glued = true;
        }
    }
}

fn begins_with_yth(lines: &[Line]) -> bool {
    lines.first().and_then(|line| line.first()).is_some_and(|span| span.text.starts_with("Yth."))
}

fn all_bold(lines: &[Line]) -> bool {
    lines.iter().flatten().all(|span| span.face == FaceName::Bold)
}

fn is_address(block: &Block) -> bool {
    paragraph_lines(block).is_some_and(begins_with_yth)
}

fn is_heading(block: &Block) -> bool {
    paragraph_lines(block).is_some_and(all_bold)
}

fn paragraph_lines(block: &Block) -> Option<&[Line]> {
    match block {
        Block::Paragraph { lines, .. } => Some(lines),
        Block::Reference(_)
        | Block::KeyValue { .. }
        | Block::Grid { .. }
        | Block::Code { .. }
        | Block::Qr { .. }
        | Block::Room => None,
    }
}

fn baseline(kind: Type) -> f32 {
    (kind.lead - kind.size) / 2.0 + kind.size * 0.86
}

fn text_strip(draws: Vec<Draw>, kind: Type, gap: f32) -> Strip {
    let draws = draws.into_iter().map(|draw| draw.lowered(baseline(kind))).collect();
    Strip { gap, height: kind.lead, glued: false, draws, header: None }
}

fn marked(draws: Vec<Draw>, mark: Mark) -> Vec<Draw> {
    draws.into_iter().map(|draw| draw.marked(mark)).collect()
}

fn blank(height: f32) -> Strip {
    Strip { gap: 0.0, height, glued: false, draws: Vec::new(), header: None }
}

fn frame(from: (f32, f32), to: (f32, f32), weight: f32) -> Draw {
    Draw::Rule { from, to, weight, kind: RuleKind::Frame }
}
