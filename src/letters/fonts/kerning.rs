//! Kerning of pairs, read once.

/// Distances of pairs of printable ASCII characters, from the `kern` table of the face, in font units.
pub struct Kerning(Vec<i16>);

impl Kerning {
    const FIRST: u32 = 0x21;
    const COUNT: usize = 0x7F - 0x21;

    pub fn read(face: &ttf_parser::Face<'_>) -> Self {
        let mut pairs = vec![0; Self::COUNT * Self::COUNT];
        let glyphs: Vec<_> = (Self::FIRST..0x7F)
            .map(|code| char::from_u32(code).and_then(|character| face.glyph_index(character)))
            .collect();
        for table in face.tables().kern.iter().flat_map(|kern| kern.subtables) {
            if !table.horizontal || table.variable || table.has_cross_stream || table.has_state_machine {
                continue;
            }
            for (row, left) in glyphs.iter().enumerate() {
                for (column, right) in glyphs.iter().enumerate() {
                    if let (Some(left), Some(right)) = (left, right) {
                        pairs[row * Self::COUNT + column] += table.glyphs_kerning(*left, *right).unwrap_or(0);
                    }
                }
            }
        }
        Self(pairs)
    }

    pub fn between(&self, before: char, after: char) -> i16 {
        let index = |character: char| {
            let index = usize::try_from(u32::from(character).checked_sub(Self::FIRST)?).ok()?;
            (index < Self::COUNT).then_some(index)
        };
        match (index(before), index(after)) {
            (Some(before), Some(after)) => self.0[before * Self::COUNT + after],
            (Some(_) | None, _) => 0,
        }
    }
}
