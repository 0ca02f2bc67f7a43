//! Blocks to strips: the look of a letter.

mod tables;

use super::blocks::{Block, FaceName, Line, Placed, Region, Span};
use super::drawing::{Draw, PAGE_WIDTH, RuleKind, Strip};
use super::fonts::Fonts;
use super::lines::{self, Align};

/// Margins of the text, 25 mm at the left for the file punch and 20 mm at the right.
pub const LEFT: f32 = 70.87;
pub const RIGHT: f32 = PAGE_WIDTH - 56.69;
const WIDTH: f32 = RIGHT - LEFT;
const INDENT: f32 = 20.0;

/// Type size and distance of baselines.
#[derive(Debug, Clone, Copy)]
struct Type {
    size: f32,
    lead: f32,
}

const BODY: Type = Type { size: 10.5, lead: 13.8 };
const SMALL: Type = Type { size: 8.5, lead: 11.0 };
const ADDRESS: Type = Type { size: 7.2, lead: 9.4 };
const CODE: Type = Type { size: 18.0, lead: 24.0 };

/// A letter as strips, and the note that goes into the top margin of every page.
pub struct Typeset {
    pub strips: Vec<Strip>,
    pub margin: Vec<Draw>,
    pub has_letterhead: bool,
}

pub fn typeset(fonts: &Fonts, blocks: &[Placed]) -> Typeset {
    let mut setter = Setter {
        fonts,
        strips: Vec::new(),
        starts: [0, 0],
        previous: None,
        addressed: false,
        headed: false,
        margin: Vec::new(),
    };
    for placed in blocks {
        setter.place(placed);
    }
    if setter.previous == Some(Region::Letterhead) {
        setter.double_rule();
    }
    Typeset {
        strips: setter.strips,
        margin: setter.margin,
        has_letterhead: blocks.iter().any(|placed| placed.region == Region::Letterhead),
    }
}

struct Setter<'a> {
    fonts: &'a Fonts,
    strips: Vec<Strip>,
    /// Where the last two blocks began, the older one first.
    starts: [usize; 2],
    previous: Option<Region>,
    /// The last block was the address ("Yth.").
    addressed: bool,
    /// The last block was a heading.
    headed: bool,
    margin: Vec<Draw>,
}

/// Where text stands: left edge, width, type, alignment.
#[derive(Debug, Clone, Copy)]
struct Column {
    x: f32,
    width: f32,
    kind: Type,
    align: Align,
}

/// A paragraph of the wording, as in [`Block::Paragraph`].
#[derive(Debug, Clone, Copy)]
struct Text<'a> {
    lines: &'a [Line],
    marker: Option<&'a Line>,
    depth: u8,
    tight: bool,
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
        if entered && matches!(region, Region::Signature | Region::Foot | Region::Note) {
            self.keep_with_text_above();
        }
        self.starts = [self.starts[1], self.strips.len()];
        match &placed.block {
            Block::Paragraph { lines, marker, depth, tight } => {
                let text = Text { lines, marker: marker.as_ref(), depth: *depth, tight: *tight };
                self.paragraph(region, entered, text);
            }
            Block::Reference(rows) => self.reference(rows),
            Block::KeyValue { rows, depth } => self.key_values(rows, *depth),
            Block::Grid { header, rows } => self.grid(header, rows),
            Block::Code { text, depth } => self.code(text, *depth),
            Block::Room => self.strips.push(blank(34.0)),
        }
        if matches!(region, Region::Letterhead | Region::Signature | Region::Foot | Region::Title) {
            let [_, start] = self.starts;
            let keep_last = region != Region::Foot;
            let count = self.strips.len();
            for (index, strip) in self.strips.iter_mut().enumerate().skip(start) {
                strip.glued = keep_last || index + 1 < count;
            }
        }
        self.previous = Some(region);
        self.addressed = is_address(&placed.block);
        self.headed = is_heading(&placed.block);
    }

    fn paragraph(&mut self, region: Region, entered: bool, text: Text<'_>) {
        let Text { lines, marker, depth, tight } = text;
        let shift = f32::from(depth) * INDENT;
        let single = lines.len() == 1;
        let heading = all_bold(lines);
        let (column, gap) = match region {
            Region::Letterhead => {
                self.letterhead(lines);
                return;
            }
            Region::Title => {
                for (index, line) in lines.iter().enumerate() {
                    let bold = line.iter().all(|span| span.face == FaceName::Bold);
                    let kind = if bold { Type { size: 12.5, lead: 16.0 } } else { BODY };
                    let column = Column { x: LEFT, width: WIDTH, kind, align: Align::Centre };
                    self.lines(std::slice::from_ref(line), column, if index == 0 { 12.0 } else { 1.0 });
                }
                return;
            }
            Region::Label => {
                let kind = if heading { BODY } else { SMALL };
                (Column { x: LEFT, width: WIDTH, kind, align: Align::Right }, 4.0)
            }
            Region::Signature => {
                let x = LEFT + 0.52 * WIDTH;
                let gap = if entered { 13.0 } else { 9.0 };
                (Column { x, width: RIGHT - x, kind: BODY, align: Align::Left }, gap)
            }
            Region::Foot | Region::Note => {
                let gap = if entered && region == Region::Foot { 14.0 } else { 3.0 };
                (Column { x: LEFT + shift, width: WIDTH - shift, kind: SMALL, align: Align::Left }, gap)
            }
            Region::Body | Region::Margin if begins_with_yth(lines) => {
                (Column { x: LEFT, width: 0.86 * WIDTH, kind: BODY, align: Align::Left }, 12.0)
            }
            Region::Body | Region::Margin => {
                let align = if single || depth > 0 { Align::Justified } else { Align::Left };
                let gap = match (marker, depth) {
                    (Some(_), 1) if tight => 3.0,
                    (Some(_), 1) | (None, 0) => 7.5,
                    (Some(_) | None, _) => 4.0,
                };
                let gap = if self.addressed {
                    16.0
                } else if self.headed {
                    3.0
                } else {
                    gap
                };
                (Column { x: LEFT + shift, width: WIDTH - shift, kind: BODY, align }, gap)
            }
        };
        let start = self.strips.len();
        self.lines(lines, column, gap);
        if let (Some(marker), Some(strip)) = (marker, self.strips.get_mut(start)) {
            let hung =
                lines::set(self.fonts, marker, column.x - INDENT, INDENT, column.kind.size, Align::Left);
            let baseline = baseline(column.kind);
            let draws = hung.into_iter().flatten().map(|draw| draw.lowered(baseline));
            strip.draws.splice(0..0, draws);
        }
        let introduces =
            lines.last().and_then(|line| line.last()).is_some_and(|span| span.text.ends_with(':'));
        if (introduces || (heading && region == Region::Body))
            && let Some(strip) = self.strips.last_mut()
        {
            strip.glued = true;
        }
    }

    /// The names of ministry, directorate and office, the ministry a little larger; a long name makes all of them
    /// smaller before it takes two lines.
    fn letterhead(&mut self, lines: &[Line]) {
        const NAME: f32 = 11.5;
        let is_name = |line: &Line| line.iter().all(|span| span.face == FaceName::Bold);
        let widest = self.widest(lines.iter().filter(|line| is_name(line)), NAME);
        let size = (NAME * WIDTH / widest.max(WIDTH)).max(9.5);
        let mut name_above = false;
        for line in lines {
            let is_name = is_name(line);
            let size = if self.strips.is_empty() { size * 1.13 } else { size };
            let kind = if is_name { Type { size, lead: size * 1.22 } } else { ADDRESS };
            let column = Column { x: LEFT, width: WIDTH, kind, align: Align::Centre };
            self.lines(std::slice::from_ref(line), column, if name_above && !is_name { 3.0 } else { 0.0 });
            name_above = is_name;
        }
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

    /// One strip per printed line. The first two and the last two of a paragraph stay together.
    fn lines(&mut self, lines: &[Line], column: Column, gap: f32) {
        let first = self.strips.len();
        for line in lines {
            for draws in lines::set(self.fonts, line, column.x, column.width, column.kind.size, column.align)
            {
                let gap = if self.strips.len() == first { gap } else { 0.0 };
                self.strips.push(text_strip(&draws, column.kind, gap));
            }
        }
        let count = self.strips.len();
        for (index, strip) in self.strips.iter_mut().enumerate().skip(first) {
            strip.glued = index + 1 < count && (index == first || index + 2 == count);
        }
    }

    fn code(&mut self, text: &str, depth: u8) {
        const PAD: f32 = 9.0;
        let x = LEFT + f32::from(depth) * INDENT;
        let width = RIGHT - x;
        let line = vec![Span { text: text.to_owned(), face: FaceName::Mono, struck: false }];
        let natural = lines::natural_width(self.fonts, &line, CODE.size);
        let boxed = (natural + 60.0).min(width);
        let left = x + (width - boxed) / 2.0;
        let mut draws = Vec::new();
        let mut y = PAD - 2.0;
        for set in lines::set(self.fonts, &line, left + PAD, boxed - 2.0 * PAD, CODE.size, Align::Centre) {
            draws.extend(set.iter().map(|draw| draw.lowered(y + baseline(CODE))));
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

    fn double_rule(&mut self) {
        let draws = vec![frame((LEFT, 0.0), (RIGHT, 0.0), 2.0), frame((LEFT, 2.8), (RIGHT, 2.8), 0.6)];
        self.strips.push(Strip { gap: 6.0, height: 5.0, glued: true, draws, header: None });
    }

    fn short_rule(&mut self) {
        let draws = vec![frame((LEFT, 0.0), (LEFT + 120.0, 0.0), 0.6)];
        self.strips.push(Strip { gap: 22.0, height: 3.0, glued: true, draws, header: None });
    }

    /// Takes no room from the letter, so that a copy is broken into lines and pages as the first print was.
    fn margin_note(&mut self, block: &Block) {
        let Block::Paragraph { lines, .. } = block else { return };
        let mut y = 15.0;
        for line in lines {
            for draws in lines::set(self.fonts, line, LEFT, WIDTH, SMALL.size, Align::Right) {
                self.margin.extend(draws.iter().map(|draw| draw.lowered(y + baseline(SMALL))));
                y += SMALL.lead;
            }
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
        | Block::Room => None,
    }
}

fn baseline(kind: Type) -> f32 {
    (kind.lead - kind.size) / 2.0 + kind.size * 0.86
}

fn text_strip(draws: &[Draw], kind: Type, gap: f32) -> Strip {
    let draws = draws.iter().map(|draw| draw.lowered(baseline(kind))).collect();
    Strip { gap, height: kind.lead, glued: false, draws, header: None }
}

fn blank(height: f32) -> Strip {
    Strip { gap: 0.0, height, glued: false, draws: Vec::new(), header: None }
}

fn frame(from: (f32, f32), to: (f32, f32), weight: f32) -> Draw {
    Draw::Rule { from, to, weight, kind: RuleKind::Frame }
}
