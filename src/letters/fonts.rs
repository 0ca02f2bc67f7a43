//! The faces of a letter: their metrics, and the subset of a face that one PDF needs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use printpdf::{FontId, FontMetrics, ParsedFont, PdfFont, PdfFontMetricsStub};
use sha2::{Digest, Sha256};

use super::blocks::FaceName;
use super::embedded;
use super::error::TemplateError;
use super::hyphenation::SOFT_HYPHEN;

/// Glyph and advance width (in font units) of every character that a face can print on its own.
struct Face {
    name: &'static str,
    bytes: &'static [u8],
    glyphs: BTreeMap<char, (u16, u16)>,
    kerning: Kerning,
    units_per_em: u16,
    metrics: FontMetrics,
    pdf_metrics: PdfFontMetricsStub,
}

/// In every letter, whatever it says.
const COMMON: &str = " !\"%&'()*+,-./0123456789:;@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

/// A subset takes some 20 KiB.
const MOST_SUBSETS: usize = 256;

/// The four faces, read once.
pub struct Fonts {
    faces: [Face; 4],
    subsets: Mutex<Subsets>,
}

/// By face and characters.
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
        self.face(name).glyphs.contains_key(&character)
    }

    /// Width in points, with pairs of characters kerned.
    pub fn width(&self, name: FaceName, text: &str, size: f32) -> f32 {
        let face = self.face(name);
        let mut units = 0;
        let mut previous = None;
        for character in text.chars() {
            units += face.glyphs.get(&character).map_or(0, |(_, advance)| i32::from(*advance));
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

    /// The face with what a letter needs of it. Made once for each set of characters: letters of an office use the same
    /// few sets, and cutting and compressing a face takes longer than laying a letter out.
    pub fn subset(&self, name: FaceName, used: &BTreeSet<char>) -> Result<Arc<Subset>, String> {
        let face = self.face(name);
        let mut characters = used.clone();
        if name == FaceName::Regular {
            // Names and addresses would make a set of their own for every letter.
            characters.extend(COMMON.chars());
        }
        let key = (name, characters);
        if let Some(subset) = self.subsets().get(&key) {
            return Ok(Arc::clone(subset));
        }
        let subset = Arc::new(face.subset(&key.1)?);
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

/// A part of a face, ready for any letter that uses these characters.
pub struct Subset {
    pub font: PdfFont,
    /// The font program, as printpdf writes it and compressed.
    pub program: Vec<u8>,
    pub compressed: Vec<u8>,
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
            .filter(|character| stands_alone(*character) || *character == SOFT_HYPHEN)
            .filter_map(|character| {
                let glyph = face.glyph_index(character)?;
                Some((character, (glyph.0, face.glyph_hor_advance(glyph)?)))
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
}

/// Distances of pairs of printable ASCII characters, from the `kern` table of the face, in font units.
struct Kerning(Vec<i16>);

impl Kerning {
    const FIRST: u32 = 0x21;
    const COUNT: usize = 0x7F - 0x21;

    fn read(face: &ttf_parser::Face<'_>) -> Self {
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

    fn between(&self, before: char, after: char) -> i16 {
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

impl Face {
    /// Named by what it holds, so that the same letter is the same bytes.
    fn subset(&self, characters: &BTreeSet<char>) -> Result<Subset, String> {
        let mut mapper = subsetter::GlyphRemapper::new();
        let mut code_points = BTreeMap::new();
        let mut widths = BTreeMap::new();
        let mut contents = Sha256::new();
        for character in characters {
            let Some((glyph, advance)) = self.glyphs.get(character) else { continue };
            let renumbered = mapper.remap(*glyph);
            code_points.insert(u32::from(*character), renumbered);
            widths.insert(renumbered, *advance);
            contents.update(glyph.to_be_bytes());
        }
        let program = subsetter::subset(self.bytes, 0, &mapper).map_err(|error| error.to_string())?;
        let tag: String =
            contents.finalize().iter().take(6).map(|byte| char::from(b'A' + byte % 26)).collect();
        let mut stream = lopdf::Stream::new(lopdf::Dictionary::new(), program.clone());
        stream.compress().map_err(|error| error.to_string())?;
        let mut parsed = ParsedFont::with_glyph_data(
            program.clone(),
            0,
            Some(format!("{tag}+{}", self.name)),
            code_points,
            widths,
            self.units_per_em,
            self.metrics.clone(),
        );
        parsed.pdf_font_metrics = self.pdf_metrics.clone();
        Ok(Subset { font: PdfFont::new(parsed), program, compressed: stream.content })
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
fn points(units: i32) -> f32 {
    units as f32
}
