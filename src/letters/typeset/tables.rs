//! Rows side by side: reference block, names and values, tables with borders.

use super::{BODY, Column, INDENT, Setter, Type, baseline, frame, marked, text_strip};
use crate::letters::blocks::{FaceName, Line, ReferenceRow, Region, Span};
use crate::letters::drawing::{Draw, Strip};
use crate::letters::lines::{self, Align};
use crate::letters::structure::{ElementId, Mark, Role};

const TABLE: Type = Type { size: 9.5, lead: 12.2 };
/// For tables with so many columns that only a sheet on its side holds them.
const WIDE_TABLE: Type = Type { size: 7.5, lead: 9.4 };
const WIDE: usize = 8;
/// Room of the number or letter that a value begins with.
const HANG: f32 = 16.0;

/// One text of a row: where it stands and what it is.
struct Part<'a> {
    line: &'a Line,
    column: Column,
    mark: Mark,
}

impl Setter<'_> {
    pub(super) fn reference(&mut self, rows: &[ReferenceRow]) {
        let (left, right, width) = (self.sheet.left, self.sheet.right, self.sheet.width());
        let key_width = self.widest(rows.iter().map(|row| &row.key), BODY.size) + 14.0;
        let value_x = left + key_width + 9.0;
        let parent = self.parent(0);
        let table = self.structure.add(parent, Role::Table);
        for (index, row) in rows.iter().enumerate() {
            let right_width = lines::natural_width(self.fonts, &row.right, BODY.size).min(0.4 * width);
            let value_width = if row.right.is_empty() {
                0.72 * width - (value_x - left)
            } else {
                right - value_x - right_width - 16.0
            };
            let column = |x: f32, width: f32, align: Align| Column { x, width, kind: BODY, align };
            let [key, value, date] = self.cells(table, [&row.key, &row.value, &row.right]);
            let parts = [
                Part { line: &row.key, column: column(left, key_width, Align::Left), mark: key },
                Part { line: &row.value, column: column(value_x, value_width, Align::Left), mark: value },
                Part {
                    line: &row.right,
                    column: column(right - right_width - 1.0, right_width + 1.0, Align::Right),
                    mark: date,
                },
            ];
            self.row(&parts, Some(value_x), if index == 0 { 12.0 } else { 0.0 });
        }
    }

    /// Names and values; a value that begins with a number or a letter hangs from it, as in a decree.
    pub(super) fn key_values(&mut self, rows: &[(Line, Line)], depth: u8, region: Region) {
        let decree = region == Region::Decree;
        let shift = if decree { 0.0 } else { f32::from(depth.max(1)) * INDENT };
        let x = self.sheet.left + shift;
        let widest = self.widest(rows.iter().map(|(key, _)| key), BODY.size) + 10.0;
        let key_width = widest.min(0.4 * self.sheet.width());
        let value_x = x + key_width + 9.0;
        let parent = self.parent(depth);
        let table = self.structure.add(parent, Role::Table);
        let align = if decree { Align::Justified } else { Align::Left };
        for (index, (key, value)) in rows.iter().enumerate() {
            let (sign, text) = if decree { hanging(value) } else { (Line::new(), value.clone()) };
            let hang = if sign.is_empty() { 0.0 } else { HANG };
            let [name, words] = self.cells(table, [key, value]);
            let text_x = value_x + hang;
            let parts = [
                Part {
                    line: key,
                    column: Column { x, width: key_width, kind: BODY, align: Align::Left },
                    mark: name,
                },
                Part {
                    line: &sign,
                    column: Column { x: value_x, width: HANG, kind: BODY, align: Align::Left },
                    mark: words,
                },
                Part {
                    line: &text,
                    column: Column { x: text_x, width: self.sheet.right - text_x, kind: BODY, align },
                    mark: words,
                },
            ];
            let gap = match (index, decree) {
                (0, _) => 6.0,
                (_, true) => 3.0,
                (_, false) => 0.5,
            };
            self.row(&parts, (!key.is_empty()).then_some(value_x), gap);
        }
    }

    /// A row of the structure: its first cell names it. Cells without words are left out.
    fn cells<const N: usize>(&mut self, table: ElementId, lines: [&Line; N]) -> [Mark; N] {
        let row = self.structure.add(table, Role::Row);
        let mut first = true;
        lines.map(|line| {
            if line.is_empty() {
                return Mark::Artifact;
            }
            let role = if first { Role::HeaderCell } else { Role::Cell };
            first = false;
            Mark::Content(self.structure.add(row, role))
        })
    }

    /// A row of texts side by side, one strip per line, with the colon before the values.
    fn row(&mut self, parts: &[Part<'_>], colon_before: Option<f32>, gap: f32) {
        let mut printed: Vec<Vec<Draw>> = Vec::new();
        let mut put = |set: Vec<Vec<Draw>>, mark: Mark| {
            for (index, draws) in set.into_iter().enumerate() {
                if printed.len() <= index {
                    printed.push(Vec::new());
                }
                printed[index].extend(marked(draws, mark));
            }
        };
        let colon = vec![Span { text: ":".into(), face: FaceName::Regular, struck: false }];
        for (index, part) in parts.iter().enumerate() {
            let Column { x, width, kind, align } = part.column;
            put(lines::set(self.fonts, part.line, x, width, kind.size, align), part.mark);
            if index == 0
                && let Some(x) = colon_before
            {
                put(lines::set(self.fonts, &colon, x - 9.0, 9.0, BODY.size, Align::Left), part.mark);
            }
        }
        let count = printed.len();
        for (index, draws) in printed.into_iter().enumerate() {
            let mut strip = text_strip(draws, BODY, if index == 0 { gap } else { 0.0 });
            strip.glued = index + 1 < count && (index == 0 || index + 2 == count || count <= 4);
            self.strips.push(strip);
        }
    }

    /// `right`: the columns whose texts stand at the right.
    pub(super) fn grid(&mut self, right: &[bool], header: &[Line], rows: &[Vec<Line>]) {
        let header: Vec<Line> = header
            .iter()
            .map(|cell| cell.iter().map(|span| Span { face: FaceName::Bold, ..span.clone() }).collect())
            .collect();
        let kind = if header.len() > WIDE { WIDE_TABLE } else { TABLE };
        let columns: Vec<(f32, Align)> = self
            .column_widths(&header, rows, kind)
            .into_iter()
            .enumerate()
            .map(|(at, width)| match right.get(at) {
                Some(true) => (width, Align::Right),
                Some(false) | None => (width, Align::Left),
            })
            .collect();
        let parent = self.parent(0);
        let table = self.structure.add(parent, Role::Table);
        let mut head = self.grid_row(table, Role::HeaderCell, &header, &columns, kind);
        let repeated = head.repeated();
        head.gap = 8.0;
        head.glued = true;
        self.strips.push(head);
        for row in rows {
            let mut strip = self.grid_row(table, Role::Cell, row, &columns, kind);
            strip.header = Some(Box::new(repeated.clone()));
            self.strips.push(strip);
        }
    }

    fn grid_row(
        &mut self,
        table: ElementId,
        role: Role,
        cells: &[Line],
        columns: &[(f32, Align)],
        kind: Type,
    ) -> Strip {
        const PAD: f32 = 4.0;
        let left = self.sheet.left;
        let row = self.structure.add(table, Role::Row);
        let mut draws = Vec::new();
        let mut height = kind.lead;
        let mut x = left;
        for (cell, (width, align)) in cells.iter().zip(columns) {
            let mark = Mark::Content(self.structure.add(row, role));
            let mut y = PAD - 1.0;
            for line in lines::set(self.fonts, cell, x + PAD, width - 2.0 * PAD, kind.size, *align) {
                draws.extend(marked(line, mark).into_iter().map(|draw| draw.lowered(y + baseline(kind))));
                y += kind.lead;
            }
            height = height.max(y);
            x += width;
        }
        height += PAD;
        let mut edge = left;
        for at in std::iter::once(0.0).chain(columns.iter().map(|(width, _)| *width)) {
            edge += at;
            draws.push(frame((edge, 0.0), (edge, height), 0.6));
        }
        draws.push(frame((left, 0.0), (edge, 0.0), 0.6));
        draws.push(frame((left, height), (edge, height), 0.6));
        Strip { gap: 0.0, height, glued: false, draws, header: None }
    }

    /// Signatures side by side: who signs, room for ink below the position, name and number.
    pub(super) fn signatures(&mut self, header: &[Line], rows: &[Vec<Line>]) {
        let count = f32::from(u16::try_from(header.len().max(1)).unwrap_or(u16::MAX));
        let each = self.sheet.width() / count;
        let parent = self.parent(0);
        let table = self.structure.add(parent, Role::Table);
        for (index, cells) in std::iter::once(header).chain(rows.iter().map(Vec::as_slice)).enumerate() {
            let row = self.structure.add(table, Role::Row);
            let mut x = self.sheet.left;
            let mut parts = Vec::new();
            for line in cells {
                let role = if index == 0 { Role::HeaderCell } else { Role::Cell };
                let mark = Mark::Content(self.structure.add(row, role));
                let column = Column { x, width: each - 12.0, kind: BODY, align: Align::Left };
                parts.push(Part { line, column, mark });
                x += each;
            }
            let gap = match index {
                0 => 18.0,
                2 => super::INK,
                _ => 0.0,
            };
            self.row(&parts, None, gap);
        }
    }

    /// Every column gets its widest word; what is left goes to the columns in proportion to what they would like.
    fn column_widths(&self, header: &[Line], rows: &[Vec<Line>], kind: Type) -> Vec<f32> {
        let width = self.sheet.width();
        let measured: Vec<(f32, f32)> = (0..header.len())
            .map(|index| {
                let cells =
                    std::iter::once(&header[index]).chain(rows.iter().filter_map(|row| row.get(index)));
                cells.fold((0.0_f32, 0.0_f32), |(least, most), cell| {
                    (
                        least.max(lines::widest_word(self.fonts, cell, kind.size) + 9.0),
                        most.max(lines::natural_width(self.fonts, cell, kind.size) + 9.0),
                    )
                })
            })
            .collect();
        let least: f32 = measured.iter().map(|(least, _)| least).sum();
        if least > width {
            let wanted: Vec<f32> = measured.iter().map(|(least, _)| *least).collect();
            return shared(&wanted, width);
        }
        let wishes: f32 = measured.iter().map(|(least, most)| most - least).sum();
        let share = (width - least) / wishes.max(1.0);
        measured.iter().map(|(least, most)| least + (most - least) * share).collect()
    }

    pub(super) fn widest<'l>(&self, lines: impl Iterator<Item = &'l Line>, size: f32) -> f32 {
        lines.map(|line| lines::natural_width(self.fonts, line, size)).fold(0.0, f32::max)
    }
}

/// Columns that want more than there is: narrow ones get what they want, the others as much as each other. Their words
/// are broken.
fn shared(wanted: &[f32], width: f32) -> Vec<f32> {
    let mut order: Vec<f32> = wanted.to_vec();
    order.sort_by(f32::total_cmp);
    let (mut left, mut columns) = (width, f32::from(u16::try_from(wanted.len()).unwrap_or(u16::MAX)));
    let mut most = width;
    for want in order {
        most = left / columns.max(1.0);
        if want > most {
            break;
        }
        left -= want;
        columns -= 1.0;
    }
    wanted.iter().map(|want| want.min(most)).collect()
}

/// `a. bahwa …` or `1. Peraturan …`: the sign, and the text that hangs from it.
fn hanging(value: &Line) -> (Line, Line) {
    let Some((first, rest)) = value.split_first() else { return (Line::new(), Line::new()) };
    let sign = first.text.split_once(". ").filter(|(sign, _)| {
        sign.len() <= 2 && sign.chars().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase())
    });
    match sign {
        Some((sign, text)) => {
            let own = Span { text: format!("{sign}."), ..first.clone() };
            let text = Span { text: text.to_owned(), ..first.clone() };
            (vec![own], std::iter::once(text).chain(rest.iter().cloned()).collect())
        }
        None => (Line::new(), value.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::shared;

    #[test]
    fn a_narrow_column_keeps_its_width_beside_columns_that_want_too_much() {
        assert_eq!(shared(&[20.0, 3000.0, 90.0, 800.0], 400.0), [20.0, 145.0, 90.0, 145.0]);
        assert_eq!(shared(&[3000.0, 3000.0], 400.0), [200.0, 200.0]);
    }
}
