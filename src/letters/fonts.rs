//! The faces of a letter: their metrics, and the subset of a face that one PDF needs.

mod kerning;
mod subset;
mod unhinted;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use printpdf::{FontId, FontMetrics, PdfFontMetricsStub};

use super::blocks::FaceName;
use super::embedded;
use super::error::TemplateError;
use super::hyphenation::SOFT_HYPHEN;
use kerning::Kerning;
pub use subset::Subset;

/// Glyph and advance width (in font units) of every character that a face can print on its own.
struct Face {
    name: &'static str,
    bytes: &'static [u8],
    /// By code point, from zero.
    glyphs: Vec<Option<Glyph>>,
    kerning: Kerning,
    units_per_em: u16,
    metrics: FontMetrics,
    pdf_metrics: PdfFontMetricsStub,
}

#[derive(Debug, Clone, Copy)]
struct Glyph {
    number: u16,
    advance: u16,
}

/// No character from here on is printed.
const END: u32 = 0x2600;

/// Subsets with a character beyond the repertoire of their face. Each takes some 20 KiB.
const MOST_SUBSETS: usize = 256;

/// The four faces, read once.
pub struct Fonts {
    faces: [Face; 4],
    subsets: Mutex<Subsets>,
}

/// By face and the characters beyond its repertoire.
type Subsets = BTreeMap<(FaceName, BTreeSet<char>), Arc<Subset>>;

impl Fonts {
    pub fn embedded() -> Result<Self, TemplateError> {
        Ok(Self {
            faces: [
                Face::read("LiberationSans", embedded::REGULAR)?,
                Face::read("LiberationSans-Bold", embedded::BOLD)?,
                Face::read("LiberationSans-Italic", embedded::ITALIC)?,
                Face::read("LiberationMono-Bold", embedded::MONO)?,
            ],
            subsets: Mutex::default(),
        })
    }

    fn face(&self, name: FaceName) -> &Face {
        let [regular, bold, italic, mono] = &self.faces;
        match name {
            FaceName::Regular => regular,
            FaceName::Bold => bold,
            FaceName::Italic => italic,
            FaceName::Mono => mono,
        }
    }

    /// Whether the face has a glyph for the character and the character needs no shaping.
    pub fn can_print(&self, name: FaceName, character: char) -> bool {
        self.face(name).glyph(character).is_some()
    }

    /// Width in points, with pairs of characters kerned.
    pub fn width(&self, name: FaceName, text: &str, size: f32) -> f32 {
        let face = self.face(name);
        let mut units = 0;
        let mut previous = None;
        for character in text.chars() {
            units += face.glyph(character).map_or(0, |glyph| i32::from(glyph.advance));
            units += previous.map_or(0, |before| i32::from(face.kerning.between(before, character)));
            previous = Some(character);
        }
        points(units) * size / f32::from(face.units_per_em)
    }

    /// How much closer (below zero) or farther two characters stand, in font units.
    pub fn kern(&self, name: FaceName, before: char, after: char) -> i16 {
        self.face(name).kerning.between(before, after)
    }

    /// Font units as thousandths of the type size.
    pub fn thousandths(&self, name: FaceName, units: i16) -> f32 {
        f32::from(units) * 1000.0 / f32::from(self.face(name).units_per_em)
    }

    /// The face with its whole repertoire and these characters. Made once for each set of characters beyond the
    /// repertoire: cutting and compressing a face takes longer than laying a letter out, and most letters need none.
    pub fn subset(&self, name: FaceName, beyond: BTreeSet<char>) -> Result<Arc<Subset>, String> {
        let key = (name, beyond);
        if let Some(subset) = self.subsets().get(&key) {
            return Ok(Arc::clone(subset));
        }
        let characters: BTreeSet<char> = repertoire(name).chars().chain(key.1.iter().copied()).collect();
        let subset = Arc::new(self.face(name).subset(&characters)?);
        let mut subsets = self.subsets();
        if subsets.len() >= MOST_SUBSETS {
            subsets.clear();
        }
        subsets.insert(key, Arc::clone(&subset));
        Ok(subset)
    }

    fn subsets(&self) -> MutexGuard<'_, Subsets> {
        self.subsets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What every letter embeds of a face that it uses, whatever it says.
const fn repertoire(name: FaceName) -> &'static str {
    match name {
        FaceName::Regular | FaceName::Bold => {
            " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\u{AD}“”"
        }
        FaceName::Italic => " ()*,-./:ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\u{AD}",
        FaceName::Mono => "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ•",
    }
}

/// Whether every subset of the face has the character.
pub fn in_repertoire(name: FaceName, character: char) -> bool {
    match name {
        FaceName::Regular | FaceName::Bold => matches!(character, ' '..='~' | SOFT_HYPHEN | '“' | '”'),
        FaceName::Italic | FaceName::Mono => repertoire(name).contains(character),
    }
}

/// printpdf numbers its fonts from a counter of the process; ours have names.
pub fn font_id(name: FaceName) -> FontId {
    FontId(
        match name {
            FaceName::Regular => "R",
            FaceName::Bold => "B",
            FaceName::Italic => "I",
            FaceName::Mono => "M",
        }
        .to_owned(),
    )
}

impl Face {
    fn read(name: &'static str, bytes: &'static [u8]) -> Result<Self, TemplateError> {
        let face = ttf_parser::Face::parse(bytes, 0)
            .map_err(|error| TemplateError::Font { font: name, reason: error.to_string() })?;
        let glyphs = (0..END)
            .map(|code| {
                let character = char::from_u32(code)
                    .filter(|character| stands_alone(*character) || *character == SOFT_HYPHEN)?;
                let glyph = face.glyph_index(character)?;
                Some(Glyph { number: glyph.0, advance: face.glyph_hor_advance(glyph)? })
            })
            .collect();
        let bounds = face.global_bounding_box();
        Ok(Self {
            name,
            bytes,
            kerning: Kerning::read(&face),
            glyphs,
            units_per_em: face.units_per_em(),
            metrics: FontMetrics { ascent: face.ascender(), descent: face.descender() },
            pdf_metrics: PdfFontMetricsStub {
                units_per_em: face.units_per_em(),
                x_min: bounds.x_min,
                y_min: bounds.y_min,
                x_max: bounds.x_max,
                y_max: bounds.y_max,
                caret_slope_rise: 1,
                caret_slope_run: i16::from(face.is_italic()),
                us_weight_class: face.weight().to_number(),
            },
        })
    }

    fn glyph(&self, character: char) -> Option<Glyph> {
        let index = usize::try_from(u32::from(character)).ok()?;
        self.glyphs.get(index).copied().flatten()
    }
}

/// Left-to-right characters that need neither shaping nor a direction, and that one can see.
fn stands_alone(character: char) -> bool {
    !matches!(u32::from(character),
        0..=0x1F | 0x7F..=0x9F // control characters
        | 0xAD                 // soft hyphen
        | 0x300..=0x36F        // combining marks
        | 0x590..=0x10FF       // right-to-left and shaped scripts
        | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF // combining marks
        | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F // invisible and directional
    )
}

/// Widths are sums of a few thousand units: far below what a float holds exactly.
#[expect(clippy::cast_precision_loss, reason = "font units of one line stay below 2^24")]
fn points(units: i32) -> f32 {
    units as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_of_the_repertoire_needs_no_subset_of_its_own() {
        let fonts = Fonts::embedded().unwrap();
        for name in FaceName::ALL {
            for character in (0..END).filter_map(char::from_u32) {
                assert_eq!(
                    in_repertoire(name, character),
                    repertoire(name).contains(character),
                    "{character}"
                );
            }
            assert!(repertoire(name).chars().all(|character| fonts.can_print(name, character)));
        }
    }
}
