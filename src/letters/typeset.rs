//! Blocks to strips: the look of a letter.

use super::blocks::{Block, FaceName, Line, Placed, ReferenceRow, Region, Span};
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
const TABLE: Type = Type { size: 9.5, lead: 12.2 };
const SMALL: Type = Type { size: 8.5, lead: 11.0 };
const ADDRESS: Type = Type { size: 7.5, lead: 9.6 };
const CODE: Type = Type { size: 18.0, lead: 24.0 };

/// A letter as strips, and the note that goes into the top margin of every page.
pub struct Typeset {
    pub strips: Vec<Strip>,
    pub margin: Vec<Draw>,
    pub has_letterhead: bool,
}

pub fn typeset(fonts: &Fonts, blocks: &[Placed]) -> Typeset {
    let mut setter = Setter { fonts, strips: Vec::new(), block_start: 0, previous: None, margin: Vec::new() };
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
    /// Where the last block began.
    block_start: usize,
    previous: Option<Region>,
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
            // A signature stands on the page of the paragraph that it signs, and what is below it stays with it.
            for strip in self.strips.iter_mut().skip(self.block_start) {
                strip.glued = true;
            }
        }
        self.block_start = self.strips.len();
        match &placed.block {
            Block::Paragraph { lines, marker, depth } => {
                self.paragraph(region, entered, lines, marker.as_ref(), *depth);
            }
            Block::Reference(rows) => self.reference(rows),
            Block::KeyValue { rows, depth } => self.key_values(rows, *depth),
            Block::Grid { header, rows } => self.grid(header, rows),
            Block::Code { text, depth } => self.code(text, *depth),
            Block::Room => self.strips.push(blank(42.0)),
        }
        if matches!(region, Region::Letterhead | Region::Signature | Region::Foot | Region::Title) {
            let start = self.block_start;
            let keep_last = region != Region::Foot;
            let count = self.strips.len();
            for (index, strip) in self.strips.iter_mut().enumerate().skip(start) {
                strip.glued = keep_last || index + 1 < count;
            }
        }
        self.previous = Some(region);
    }

    fn paragraph(&mut self, region: Region, entered: bool, lines: &[Line], marker: Option<&Line>, depth: u8) {
        let shift = f32::from(depth) * INDENT;
        let single = lines.len() == 1;
        let addressed = lines.first().and_then(|line| line.first()).is_some_and(|span| span.text.starts_with("Yth."));
        let heading = lines.iter().flatten().all(|span| span.face == FaceName::Bold);
        let (column, gap) = match region {
            Region::Letterhead => {
                let first_size = if self.strips.is_empty() { 13.0 } else { 11.5 };
                for (index, line) in lines.iter().enumerate() {
                    let bold = line.iter().all(|span| span.face == FaceName::Bold);
                    let size = if index == 0 { first_size } else { 11.5 };
                    let kind = if bold { Type { size, lead: size * 1.22 } } else { ADDRESS };
                    let after_name = !bold && index > 0 && lines[index - 1].iter().all(|s| s.face == FaceName::Bold);
                    let column = Column { x: LEFT, width: WIDTH, kind, align: Align::Centre };
                    self.lines(std::slice::from_ref(line), column, if after_name { 3.0 } else { 0.0 });
                }
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
                let gap = if entered { 16.0 } else { 9.0 };
                (Column { x, width: RIGHT - x, kind: BODY, align: Align::Left }, gap)
            }
            Region::Foot | Region::Note => {
                let gap = if entered { 14.0 } else { 4.0 };
                (Column { x: LEFT + shift, width: WIDTH - shift, kind: SMALL, align: Align::Left }, gap)
            }
            Region::Body | Region::Margin if addressed => {
                (Column { x: LEFT, width: 0.72 * WIDTH, kind: BODY, align: Align::Left }, 12.0)
            }
            Region::Body | Region::Margin => {
                let align = if single || depth > 0 { Align::Justified } else { Align::Left };
                let gap = match (marker, depth) {
                    (Some(_), 1) | (None, 0) => 7.5,
                    (Some(_), _) | (None, _) => 4.0,
                };
                let gap = if self.after_address() { 14.0 } else { gap };
                (Column { x: LEFT + shift, width: WIDTH - shift, kind: BODY, align }, gap)
            }
        };
        let start = self.strips.len();
        self.lines(lines, column, gap);
        if let (Some(marker), Some(strip)) = (marker, self.strips.get_mut(start)) {
            let hung = lines::set(self.fonts, marker, column.x - INDENT, INDENT, column.kind.size, Align::Left);
            let baseline = baseline(column.kind);
            let draws = hung.into_iter().flatten().map(|draw| draw.lowered(baseline));
            strip.draws.splice(0..0, draws);
        }
        let introduces = lines.last().and_then(|line| line.last()).is_some_and(|span| span.text.ends_with(':'));
        if (introduces || (heading && region == Region::Body)) && let Some(strip) = self.strips.last_mut() {
            strip.glued = true;
        }
    }

    fn after_address(&self) -> bool {
        self.strips.get(self.address_start()).is_some_and(|strip| (strip.gap - 12.0).abs() < f32::EPSILON)
    }

    fn address_start(&self) -> usize {
        let mut index = self.strips.len();
        while index > 0 && self.strips[index - 1].gap == 0.0 {
            index -= 1;
        }
        index.saturating_sub(1)
    }

    /// One strip per printed line. The first two and the last two of a paragraph stay together.
    fn lines(&mut self, lines: &[Line], column: Column, gap: f32) {
        let first = self.strips.len();
        for line in lines {
            for draws in lines::set(self.fonts, line, column.x, column.width, column.kind.size, column.align) {
                let gap = if self.strips.len() == first { gap } else { 0.0 };
                self.strips.push(text_strip(draws, column.kind, gap));
            }
        }
        let count = self.strips.len();
        for (index, strip) in self.strips.iter_mut().enumerate().skip(first) {
            strip.glued = index + 1 < count && (index == first || index + 2 == count);
        }
    }

    fn reference(&mut self, rows: &[ReferenceRow]) {
        let key_width = self.widest(rows.iter().map(|row| &row.key), BODY.size) + 14.0;
        let value_x = LEFT + key_width + 9.0;
        for (index, row) in rows.iter().enumerate() {
            let right_width = lines::natural_width(self.fonts, &row.right, BODY.size).min(0.4 * WIDTH);
            let value_width = if row.right.is_empty() {
                0.72 * WIDTH - (value_x - LEFT)
            } else {
                RIGHT - value_x - right_width - 16.0
            };
            let columns = [
                (&row.key, Column { x: LEFT, width: key_width, kind: BODY, align: Align::Left }),
                (&row.value, Column { x: value_x, width: value_width, kind: BODY, align: Align::Left }),
                (&row.right, Column { x: RIGHT - right_width - 1.0, width: right_width + 1.0, kind: BODY, align: Align::Right }),
            ];
            self.row(&columns, value_x, if index == 0 { 12.0 } else { 0.0 });
        }
    }

    fn key_values(&mut self, rows: &[(Line, Line)], depth: u8) {
        let x = LEFT + f32::from(depth.max(1)) * INDENT;
        let key_width = (self.widest(rows.iter().map(|(key, _)| key), BODY.size) + 10.0).min(0.4 * WIDTH);
        let value_x = x + key_width + 9.0;
        for (index, (key, value)) in rows.iter().enumerate() {
            let columns = [
                (key, Column { x, width: key_width, kind: BODY, align: Align::Left }),
                (value, Column { x: value_x, width: RIGHT - value_x, kind: BODY, align: Align::Left }),
            ];
            self.row(&columns, value_x, if index == 0 { 6.0 } else { 1.5 });
        }
    }

    /// A row of texts side by side, one strip per line, with the colon before the second of them.
    fn row(&mut self, columns: &[(&Line, Column)], colon_before: f32, gap: f32) {
        let mut printed: Vec<Vec<Draw>> = Vec::new();
        let colon = vec![Span { text: ":".into(), face: FaceName::Regular, struck: false }];
        let colon_column = Column { x: colon_before - 9.0, width: 9.0, kind: BODY, align: Align::Left };
        for (line, column) in columns.iter().copied().take(1).chain([(&colon, colon_column)]).chain(columns.iter().copied().skip(1)) {
            let set = lines::set(self.fonts, line, column.x, column.width, column.kind.size, column.align);
            for (index, draws) in set.into_iter().enumerate() {
                if printed.len() <= index {
                    printed.push(Vec::new());
                }
                printed[index].extend(draws);
            }
        }
        let count = printed.len();
        for (index, draws) in printed.into_iter().enumerate() {
            let mut strip = text_strip(draws, BODY, if index == 0 { gap } else { 0.0 });
            strip.glued = index + 1 < count;
            self.strips.push(strip);
        }
    }

    fn grid(&mut self, header: &[Line], rows: &[Vec<Line>]) {
        let header: Vec<Line> = header
            .iter()
            .map(|cell| cell.iter().map(|span| Span { face: FaceName::Bold, ..span.clone() }).collect())
            .collect();
        let widths = self.column_widths(&header, rows);
        let mut head = self.grid_row(&header, &widths);
        let repeated = head.clone();
        head.gap = 8.0;
        head.glued = true;
        self.strips.push(head);
        for row in rows {
            let mut strip = self.grid_row(row, &widths);
            strip.header = Some(Box::new(repeated.clone()));
            self.strips.push(strip);
        }
    }

    fn grid_row(&self, cells: &[Line], widths: &[f32]) -> Strip {
        const PAD: f32 = 4.0;
        let mut draws = Vec::new();
        let mut height = TABLE.lead;
        let mut x = LEFT;
        for (cell, width) in cells.iter().zip(widths) {
            let mut y = PAD - 1.0;
            for line in lines::set(self.fonts, cell, x + PAD, width - 2.0 * PAD, TABLE.size, Align::Left) {
                draws.extend(line.iter().map(|draw| draw.lowered(y + baseline(TABLE))));
                y += TABLE.lead;
            }
            height = height.max(y);
            x += width;
        }
        height += PAD;
        let mut edge = LEFT;
        for at in std::iter::once(0.0).chain(widths.iter().copied()) {
            edge += at;
            draws.push(frame((edge, 0.0), (edge, height), 0.6));
        }
        draws.push(frame((LEFT, 0.0), (edge, 0.0), 0.6));
        draws.push(frame((LEFT, height), (edge, height), 0.6));
        Strip { gap: 0.0, height, glued: false, draws, header: None }
    }

    /// Every column gets its widest word; what is left goes to the columns in proportion to what they would like.
    fn column_widths(&self, header: &[Line], rows: &[Vec<Line>]) -> Vec<f32> {
        let measured: Vec<(f32, f32)> = (0..header.len())
            .map(|index| {
                let cells = std::iter::once(&header[index]).chain(rows.iter().filter_map(|row| row.get(index)));
                cells.fold((0.0_f32, 0.0_f32), |(least, most), cell| {
                    (
                        least.max(lines::widest_word(self.fonts, cell, TABLE.size) + 9.0),
                        most.max(lines::natural_width(self.fonts, cell, TABLE.size) + 9.0),
                    )
                })
            })
            .collect();
        let least: f32 = measured.iter().map(|(least, _)| least).sum();
        if least > WIDTH {
            return measured.iter().map(|(column, _)| column * WIDTH / least).collect();
        }
        let wishes: f32 = measured.iter().map(|(least, most)| most - least).sum();
        let share = (WIDTH - least) / wishes.max(1.0);
        measured.iter().map(|(least, most)| least + (most - least) * share).collect()
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

    fn widest<'l>(&self, lines: impl Iterator<Item = &'l Line>, size: f32) -> f32 {
        lines.map(|line| lines::natural_width(self.fonts, line, size)).fold(0.0, f32::max)
    }
}

fn baseline(kind: Type) -> f32 {
    (kind.lead - kind.size) / 2.0 + kind.size * 0.86
}

fn text_strip(draws: Vec<Draw>, kind: Type, gap: f32) -> Strip {
    let draws = draws.iter().map(|draw| draw.lowered(baseline(kind))).collect();
    Strip { gap, height: kind.lead, glued: false, draws, header: None }
}

fn blank(height: f32) -> Strip {
    Strip { gap: 0.0, height, glued: false, draws: Vec::new(), header: None }
}

fn frame(from: (f32, f32), to: (f32, f32), weight: f32) -> Draw {
    Draw::Rule { from, to, weight, kind: RuleKind::Frame }
}
