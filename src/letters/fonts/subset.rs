//! A part of a face: cut out, freed of its instructions and compressed once, used by many letters.

use std::collections::{BTreeMap, BTreeSet};

use lopdf::{Dictionary, Stream};
use printpdf::{
    FontId, Mm, Op, ParsedFont, PdfDocument, PdfFont, PdfFontHandle, PdfPage, PdfSaveOptions, Pt, TextItem,
};
use sha2::{Digest, Sha256};

use super::{Face, unhinted::unhinted};

/// A part of a face, ready for any letter that uses these characters.
pub struct Subset {
    /// As printpdf takes it. The program in it is a stand-in: printpdf copies programs several times for each letter.
    pub font: PdfFont,
    pub stand_in: Vec<u8>,
    /// The program itself.
    pub program: Stream,
    /// Which character each glyph is, for whoever copies or hears the text. printpdf would make and we would compress
    /// one for each letter, of the characters that it uses.
    pub to_unicode: Stream,
}

impl Face {
    /// Named by what it holds, so that the same letter is the same bytes.
    pub(super) fn subset(&self, characters: &BTreeSet<char>) -> Result<Subset, String> {
        let mut mapper = subsetter::GlyphRemapper::new();
        let mut code_points = BTreeMap::new();
        let mut widths = BTreeMap::new();
        let mut contents = Sha256::new();
        for character in characters {
            let Some(glyph) = self.glyph(*character) else { continue };
            let renumbered = mapper.remap(glyph.number);
            code_points.insert(u32::from(*character), renumbered);
            widths.insert(renumbered, glyph.advance);
            contents.update(glyph.number.to_be_bytes());
        }
        let program = subsetter::subset(self.bytes, 0, &mapper).map_err(|error| error.to_string())?;
        let program =
            unhinted(&program).ok_or_else(|| format!("{} has a table that is cut off", self.name))?;
        let tag: String =
            contents.finalize().iter().take(6).map(|byte| char::from(b'A' + byte % 26)).collect();
        let name = format!("{tag}+{}", self.name);
        let stand_in = name.clone().into_bytes();
        let mut parsed = ParsedFont::with_glyph_data(
            stand_in.clone(),
            0,
            Some(name.clone()),
            code_points,
            widths,
            self.units_per_em,
            self.metrics.clone(),
        );
        parsed.pdf_font_metrics = self.pdf_metrics.clone();
        let font = PdfFont::new(parsed);
        let to_unicode = to_unicode(&font, characters)
            .ok_or_else(|| format!("{} has no characters for its glyphs", self.name))?;
        Ok(Subset { font, stand_in, program: stream(program)?, to_unicode })
    }
}

/// What printpdf writes for a page that shows every character of the subset.
fn to_unicode(font: &PdfFont, characters: &BTreeSet<char>) -> Option<Stream> {
    let id = FontId("F".to_owned());
    let mut document = PdfDocument::new("");
    document.resources.fonts.map.insert(id.clone(), font.clone());
    let show = TextItem::Text(characters.iter().collect());
    let operations = vec![
        Op::StartTextSection,
        Op::SetFont { font: PdfFontHandle::External(id), size: Pt(1.0) },
        Op::ShowText { items: vec![show] },
        Op::EndTextSection,
    ];
    document.pages = vec![PdfPage::new(Mm(1.0), Mm(1.0), operations)];
    let written = document.to_lopdf_document(&PdfSaveOptions::default(), &mut Vec::new());
    let mut fonts = written.objects.values().filter_map(|object| object.as_dict().ok());
    let id = fonts.find_map(|font| font.get(b"ToUnicode").ok())?.as_reference().ok()?;
    let mut stream = written.get_object(id).ok()?.as_stream().ok()?.clone();
    stream.compress().ok()?;
    Some(stream)
}

fn stream(program: Vec<u8>) -> Result<Stream, String> {
    let length = i64::try_from(program.len()).map_err(|error| error.to_string())?;
    let mut dictionary = Dictionary::new();
    dictionary.set("Length1", length);
    let mut stream = Stream::new(dictionary, program);
    stream.compress().map_err(|error| error.to_string())?;
    Ok(stream)
}
