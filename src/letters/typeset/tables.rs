//! Rows side by side: reference block, names and values, tables with borders.

use super::{BODY, Column, INDENT, LEFT, RIGHT, Setter, Type, WIDTH, baseline, frame, text_strip};
use crate::letters::blocks::{FaceName, Line, ReferenceRow, Span};
use crate::letters::drawing::{Draw, Strip};
use crate::letters::lines::{self, Align};

const TABLE: Type = Type { size: 9.5, lead: 12.2 };

impl Setter<'_> {
    pub(super) fn reference(&mut self, rows: &[ReferenceRow]) {
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
                (
                    &row.right,
                    Column {
                        x: RIGHT - right_width - 1.0,
                        width: right_width + 1.0,
                        kind: BODY,
                        align: Align::Right,
                    },
                ),
            ];
            self.row(&columns, value_x, if index == 0 { 12.0 } else { 0.0 });
        }
    }

    pub(super) fn key_values(&mut self, rows: &[(Line, Line)], depth: u8) {
        let x = LEFT + f32::from(depth.max(1)) * INDENT;
        let key_width = (self.widest(rows.iter().map(|(key, _)| key), BODY.size) + 10.0).min(0.4 * WIDTH);
        let value_x = x + key_width + 9.0;
        for (index, (key, value)) in rows.iter().enumerate() {
            let columns = [
                (key, Column { x, width: key_width, kind: BODY, align: Align::Left }),
                (value, Column { x: value_x, width: RIGHT - value_x, kind: BODY, align: Align::Left }),
            ];
            self.row(&columns, value_x, if index == 0 { 6.0 } else { 0.5 });
        }
    }

    /// A row of texts side by side, one strip per line, with the colon before the second of them.
    fn row(&mut self, columns: &[(&Line, Column)], colon_before: f32, gap: f32) {
        let mut printed: Vec<Vec<Draw>> = Vec::new();
        let colon = vec![Span { text: ":".into(), face: FaceName::Regular, struck: false }];
        let colon_column = Column { x: colon_before - 9.0, width: 9.0, kind: BODY, align: Align::Left };
        for (line, column) in columns
            .iter()
            .copied()
            .take(1)
            .chain([(&colon, colon_column)])
            .chain(columns.iter().copied().skip(1))
        {
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
            let mut strip = text_strip(&draws, BODY, if index == 0 { gap } else { 0.0 });
            strip.glued = index + 1 < count;
            self.strips.push(strip);
        }
    }

    pub(super) fn grid(&mut self, header: &[Line], rows: &[Vec<Line>]) {
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
                let cells =
                    std::iter::once(&header[index]).chain(rows.iter().filter_map(|row| row.get(index)));
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

    pub(super) fn widest<'l>(&self, lines: impl Iterator<Item = &'l Line>, size: f32) -> f32 {
        lines.map(|line| lines::natural_width(self.fonts, line, size)).fold(0.0, f32::max)
    }
}
