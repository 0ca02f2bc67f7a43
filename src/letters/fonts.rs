//! The faces of a letter: their metrics, and the subset of a face that one PDF needs.

use std::collections::{BTreeMap, BTreeSet};

use printpdf::{FontId, FontMetrics, ParsedFont, PdfFont, PdfFontMetricsStub};
use sha2::{Digest, Sha256};

use super::blocks::FaceName;
use super::embedded;
use super::error::TemplateError;

/// Glyph and advance width (in font units) of every character that a face can print on its own.
struct Face {
    name: &'static str,
    bytes: &'static [u8],
    glyphs: BTreeMap<char, (u16, u16)>,
    units_per_em: u16,
    metrics: FontMetrics,
    pdf_metrics: PdfFontMetricsStub,
}

/// The four faces, read once.
pub struct Fonts {
    faces: [Face; 4],
}

impl Fonts {
    pub fn embedded() -> Result<Self, TemplateError> {
        Ok(Self {
            faces: [
                Face::read("LiberationSans", embedded::REGULAR)?,
                Face::read("LiberationSans-Bold", embedded::BOLD)?,
                Face::read("LiberationSans-Italic", embedded::ITALIC)?,
                Face::read("LiberationMono-Bold", embedded::MONO)?,
            ],
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
        self.face(name).glyphs.contains_key(&character)
    }

    /// Width in points.
    pub fn width(&self, name: FaceName, text: &str, size: f32) -> f32 {
        let face = self.face(name);
        let units: u32 =
            text.chars().filter_map(|c| face.glyphs.get(&c)).map(|(_, advance)| u32::from(*advance)).sum();
        points(units) * size / f32::from(face.units_per_em)
    }

    /// The face with only the given characters, named by what it holds, so that the same letter is the same bytes.
    pub fn subset(&self, name: FaceName, used: &BTreeSet<char>) -> Result<PdfFont, String> {
        let face = self.face(name);
        let mut mapper = subsetter::GlyphRemapper::new();
        let mut code_points = BTreeMap::new();
        let mut widths = BTreeMap::new();
        let mut contents = Sha256::new();
        for character in used {
            let Some((glyph, advance)) = face.glyphs.get(character) else { continue };
            let renumbered = mapper.remap(*glyph);
            code_points.insert(u32::from(*character), renumbered);
            widths.insert(renumbered, *advance);
            contents.update(glyph.to_be_bytes());
        }
        let bytes = subsetter::subset(face.bytes, 0, &mapper).map_err(|error| error.to_string())?;
        let tag: String =
            contents.finalize().iter().take(6).map(|byte| char::from(b'A' + byte % 26)).collect();
        let mut parsed = ParsedFont::with_glyph_data(
            bytes,
            0,
            Some(format!("{tag}+{}", face.name)),
            code_points,
            widths,
            face.units_per_em,
            face.metrics.clone(),
        );
        parsed.pdf_font_metrics = face.pdf_metrics.clone();
        Ok(PdfFont::new(parsed))
    }
}

/// printpdf numbers its fonts from a counter of the process; ours have names.
pub fn font_id(name: FaceName) -> FontId {
    FontId(
        match name {
            FaceName::Regular => "regular",
            FaceName::Bold => "bold",
            FaceName::Italic => "italic",
            FaceName::Mono => "mono",
        }
        .to_owned(),
    )
}

impl Face {
    fn read(name: &'static str, bytes: &'static [u8]) -> Result<Self, TemplateError> {
        let face = ttf_parser::Face::parse(bytes, 0)
            .map_err(|error| TemplateError::Font { font: name, reason: error.to_string() })?;
        let glyphs = (0x20_u32..0x2600)
            .filter_map(char::from_u32)
            .filter(|character| stands_alone(*character))
            .filter_map(|character| {
                let glyph = face.glyph_index(character)?;
                Some((character, (glyph.0, face.glyph_hor_advance(glyph)?)))
            })
            .collect();
        let bounds = face.global_bounding_box();
        Ok(Self {
            name,
            bytes,
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
}

/// Left-to-right characters that need neither shaping nor a direction, and that one can see.
fn stands_alone(character: char) -> bool {
    !matches!(u32::from(character),
        0x7F..=0x9F            // control characters
        | 0xAD                 // soft hyphen
        | 0x300..=0x36F        // combining marks
        | 0x590..=0x10FF       // right-to-left and shaped scripts
        | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF // combining marks
        | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F // invisible and directional
    )
}

/// Widths are sums of a few thousand units: far below what a float holds exactly.
#[expect(clippy::cast_precision_loss, reason = "font units of one line stay below 2^24")]
fn points(units: u32) -> f32 {
    units as f32
}
