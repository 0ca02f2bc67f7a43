//! A TrueType program without its instructions.
//!
//! They fit outlines to coarse pixels, are more than half of a subset, and no printer and no reader of today needs them.
//! Outlines, widths and glyph numbers stay as they are.

use std::borrow::Cow;

/// What a PDF reader needs of a TrueType face whose characters are named by glyph number (ISO 32000-1, 9.9).
const KEPT: [[u8; 4]; 6] = [*b"glyf", *b"head", *b"hhea", *b"hmtx", *b"loca", *b"maxp"];

const DIRECTORY: usize = 12;
const RECORD: usize = 16;
const CHECKSUM_OF_FILE: usize = 8;
const LOCA_FORMAT: usize = 50;

/// The same face without instructions; `None` when the program is not sound.
pub fn unhinted(program: &[u8]) -> Option<Vec<u8>> {
    let long = word(table(program, *b"head")?, LOCA_FORMAT)? != 0;
    let (glyphs, places) = glyphs(table(program, *b"glyf")?, table(program, *b"loca")?, long)?;
    let mut tables: Vec<([u8; 4], Cow<'_, [u8]>)> = Vec::new();
    for tag in KEPT {
        let contents = match &tag {
            b"glyf" => Cow::Borrowed(glyphs.as_slice()),
            b"loca" => Cow::Borrowed(places.as_slice()),
            b"head" => {
                let mut head = table(program, tag)?.to_vec();
                head.get_mut(CHECKSUM_OF_FILE..CHECKSUM_OF_FILE + 4)?.fill(0);
                head.get_mut(LOCA_FORMAT..LOCA_FORMAT + 2)?.copy_from_slice(&1_u16.to_be_bytes());
                Cow::Owned(head)
            }
            _ => Cow::Borrowed(table(program, tag)?),
        };
        tables.push((tag, contents));
    }
    assembled(&tables)
}

/// Glyphs without instructions one after another, and where each of them begins, as 32-bit offsets.
fn glyphs(glyf: &[u8], loca: &[u8], long: bool) -> Option<(Vec<u8>, Vec<u8>)> {
    let place = |index: usize| -> Option<usize> {
        if long {
            usize::try_from(double(loca, index * 4)?).ok()
        } else {
            Some(usize::from(word(loca, index * 2)?) * 2)
        }
    };
    let count = loca.len() / if long { 4 } else { 2 };
    let (mut kept, mut places) = (Vec::with_capacity(glyf.len()), Vec::with_capacity(count * 4));
    for index in 0..count.checked_sub(1)? {
        places.extend(u32::try_from(kept.len()).ok()?.to_be_bytes());
        kept.extend(glyph(glyf.get(place(index)?..place(index + 1)?)?)?);
        while kept.len() % 4 != 0 {
            kept.push(0);
        }
    }
    places.extend(u32::try_from(kept.len()).ok()?.to_be_bytes());
    Some((kept, places))
}

fn glyph(glyph: &[u8]) -> Option<Vec<u8>> {
    const HEADER: usize = 10;
    if glyph.is_empty() {
        return Some(Vec::new());
    }
    let contours = i16::from_be_bytes(glyph.get(..2)?.try_into().ok()?);
    let Ok(contours) = usize::try_from(contours) else { return composite(glyph, HEADER) };
    let length_at = HEADER + 2 * contours;
    let instructions = usize::from(word(glyph, length_at)?);
    let mut kept = glyph.get(..length_at)?.to_vec();
    kept.extend(0_u16.to_be_bytes());
    kept.extend(glyph.get(length_at + 2 + instructions..)?);
    Some(kept)
}

/// Parts of other glyphs; instructions stand behind the last part.
fn composite(glyph: &[u8], header: usize) -> Option<Vec<u8>> {
    const WORDS: u16 = 0x0001;
    const ONE_SCALE: u16 = 0x0008;
    const MORE: u16 = 0x0020;
    const TWO_SCALES: u16 = 0x0040;
    const MATRIX: u16 = 0x0080;
    const INSTRUCTIONS: u16 = 0x0100;
    let mut kept = glyph.to_vec();
    let mut at = header;
    loop {
        let flags = word(glyph, at)?;
        kept.get_mut(at..at + 2)?.copy_from_slice(&(flags & !INSTRUCTIONS).to_be_bytes());
        let scale = match flags & (ONE_SCALE | TWO_SCALES | MATRIX) {
            0 => 0,
            ONE_SCALE => 2,
            TWO_SCALES => 4,
            _ => 8,
        };
        at += 4 + if flags & WORDS == 0 { 2 } else { 4 } + scale;
        if flags & MORE == 0 {
            kept.truncate(at);
            return (kept.len() == at).then_some(kept);
        }
    }
}

/// The tables as a file, with its checksums.
fn assembled(tables: &[([u8; 4], Cow<'_, [u8]>)]) -> Option<Vec<u8>> {
    let count = u16::try_from(tables.len()).ok()?;
    let power = count.checked_ilog2()?;
    let range = 16_u16 << power;
    let mut file = Vec::new();
    file.extend(0x0001_0000_u32.to_be_bytes());
    for value in [count, range, u16::try_from(power).ok()?, count * 16 - range] {
        file.extend(value.to_be_bytes());
    }
    let mut offset = DIRECTORY + RECORD * tables.len();
    for (tag, contents) in tables {
        file.extend(tag);
        file.extend(checksum(contents).to_be_bytes());
        file.extend(u32::try_from(offset).ok()?.to_be_bytes());
        file.extend(u32::try_from(contents.len()).ok()?.to_be_bytes());
        offset += contents.len().next_multiple_of(4);
    }
    let mut head = None;
    for (tag, contents) in tables {
        if tag == b"head" {
            head = Some(file.len());
        }
        file.extend(contents.iter());
        file.resize(file.len().next_multiple_of(4), 0);
    }
    let adjustment = 0xB1B0_AFBA_u32.wrapping_sub(checksum(&file)).to_be_bytes();
    let at = head? + CHECKSUM_OF_FILE;
    file.get_mut(at..at + 4)?.copy_from_slice(&adjustment);
    Some(file)
}

fn checksum(contents: &[u8]) -> u32 {
    contents.chunks(4).fold(0_u32, |sum, chunk| {
        let mut four = [0; 4];
        four[..chunk.len()].copy_from_slice(chunk);
        sum.wrapping_add(u32::from_be_bytes(four))
    })
}

fn table(program: &[u8], tag: [u8; 4]) -> Option<&[u8]> {
    let count = usize::from(word(program, 4)?);
    let record = (0..count)
        .map(|index| DIRECTORY + index * RECORD)
        .find(|at| program.get(*at..at + 4) == Some(tag.as_slice()))?;
    let offset = usize::try_from(double(program, record + 8)?).ok()?;
    let length = usize::try_from(double(program, record + 12)?).ok()?;
    program.get(offset..offset.checked_add(length)?)
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn double(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letters::embedded;

    #[derive(Default, PartialEq, Debug)]
    struct Outline(Vec<String>);

    impl ttf_parser::OutlineBuilder for Outline {
        fn move_to(&mut self, x: f32, y: f32) {
            self.0.push(format!("M {x} {y}"));
        }
        fn line_to(&mut self, x: f32, y: f32) {
            self.0.push(format!("L {x} {y}"));
        }
        fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
            self.0.push(format!("Q {x1} {y1} {x} {y}"));
        }
        fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
            self.0.push(format!("C {x1} {y1} {x2} {y2} {x} {y}"));
        }
        fn close(&mut self) {
            self.0.push("Z".to_owned());
        }
    }

    #[test]
    fn every_outline_and_width_stays_and_every_instruction_goes() {
        for bytes in [embedded::REGULAR, embedded::BOLD, embedded::ITALIC, embedded::MONO] {
            let small = unhinted(bytes).unwrap();
            let (before, after) =
                (ttf_parser::Face::parse(bytes, 0).unwrap(), ttf_parser::Face::parse(&small, 0).unwrap());

            assert_eq!(before.number_of_glyphs(), after.number_of_glyphs());
            for glyph in (0..before.number_of_glyphs()).map(ttf_parser::GlyphId) {
                let mut outlines = [Outline::default(), Outline::default()];
                before.outline_glyph(glyph, &mut outlines[0]);
                after.outline_glyph(glyph, &mut outlines[1]);
                assert_eq!(outlines[0], outlines[1], "glyph {}", glyph.0);
                assert_eq!(before.glyph_hor_advance(glyph), after.glyph_hor_advance(glyph));
            }
            assert!(small.len() * 10 < bytes.len() * 7, "{} of {} bytes", small.len(), bytes.len());
            for gone in [*b"fpgm", *b"prep", *b"cvt "] {
                assert_eq!(table(&small, gone), None);
            }
        }
    }

    #[test]
    fn the_file_has_the_checksum_that_readers_compute() {
        let small = unhinted(embedded::MONO).unwrap();

        assert_eq!(checksum(&small), 0xB1B0_AFBA);
    }

    #[test]
    fn a_program_that_is_cut_off_anywhere_is_refused_and_never_a_panic() {
        let small = unhinted(embedded::MONO).unwrap();
        for length in (0..small.len()).step_by(997).chain(0..300) {
            let _refused_or_not = unhinted(&small[..length]);
        }
        assert_eq!(unhinted(b"\0\x01\0\0"), None);
    }
}
