//! Pages to PDF bytes: printpdf writes the pages, and what it leaves out or fills by chance is set afterwards.

mod deflate;
mod metadata;
mod operations;
mod tags;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Arc;

use lopdf::{Document, Object, SaveOptions, Stream, StringFormat};
use printpdf::{Mm, PdfDocument, PdfPage, PdfSaveOptions};
use sha2::{Digest, Sha256};

use super::blocks::FaceName;
use super::drawing::{Draw, Laid};
use super::emblem::Emblem;
use super::fonts::{Fonts, Subset, font_id, in_repertoire};
use deflate::Deflate;

/// The same letter, title and emblem give the same bytes; without an emblem a placeholder is drawn.
///
/// # Errors
/// A font that cannot be subset, a warning of printpdf (it drops what it does not understand), a file that cannot be
/// written. The text names the cause and never holds words of the letter.
pub fn write(fonts: &Fonts, letter: &Laid, title: &str, emblem: Option<&Emblem>) -> Result<Vec<u8>, String> {
    let mut document = PdfDocument::new(title);
    if let Some(emblem) = emblem {
        document.resources.xobjects.map.insert(operations::emblem_id(), emblem.picture().clone());
    }
    let mut subsets = Vec::new();
    for (face, beyond) in faces(&letter.pages) {
        let subset = fonts.subset(face, beyond)?;
        document.resources.fonts.map.insert(font_id(face), subset.font.clone());
        subsets.push(subset);
    }
    let (width, height) = letter.paper.millimetres();
    let mut marks = tags::Marks::default();
    document.pages = letter
        .pages
        .iter()
        .enumerate()
        .map(|(number, page)| {
            let operations = operations::of_page(fonts, emblem, letter.paper, page, &mut marks.page(number));
            PdfPage::new(Mm(width), Mm(height), operations)
        })
        .collect();
    let mut warnings = Vec::new();
    let mut written = document.to_lopdf_document(&PdfSaveOptions::default(), &mut warnings);
    if !warnings.is_empty() {
        return Err(format!("{} warnings of the PDF writer", warnings.len()));
    }
    put_faces(&mut written, &subsets);
    finish(written, letter, &marks, title)
}

/// The faces that the pages use, each with the characters that are beyond its repertoire.
fn faces(pages: &[Vec<Draw>]) -> Vec<(FaceName, BTreeSet<char>)> {
    let mut faces: Vec<(FaceName, BTreeSet<char>)> = Vec::new();
    for draw in pages.iter().flatten() {
        let Draw::Text { runs, .. } = draw else { continue };
        for run in runs {
            let beyond = run.text.chars().filter(|character| !in_repertoire(run.face, *character));
            match faces.iter_mut().find(|(face, _)| *face == run.face) {
                Some((_, found)) => found.extend(beyond),
                None => faces.push((run.face, beyond.collect())),
            }
        }
    }
    faces.sort();
    faces
}

/// Puts the programs of the faces in the place of their stand-ins, and what their glyphs mean beside them.
fn put_faces(document: &mut Document, subsets: &[Arc<Subset>]) {
    let mut meanings = Vec::new();
    for object in document.objects.values_mut() {
        match object {
            Object::Stream(stream) => {
                if let Some(subset) = subsets.iter().find(|subset| subset.stand_in == stream.content) {
                    *stream = subset.program.clone();
                }
            }
            Object::Dictionary(font) => {
                let name = font.get(b"BaseFont").and_then(Object::as_name).unwrap_or_default();
                if let Some(subset) = subsets.iter().find(|subset| subset.stand_in == name)
                    && let Ok(id) = font.get(b"ToUnicode").and_then(Object::as_reference)
                {
                    meanings.push((id, subset.to_unicode.clone()));
                }
            }
            _ => {}
        }
    }
    for (id, meaning) in meanings {
        document.set_object(id, meaning);
    }
}

/// Tags, metadata, and an identifier made from the contents. No dates, which would differ from run to run.
fn finish(
    mut document: Document,
    letter: &Laid,
    marks: &tags::Marks,
    title: &str,
) -> Result<Vec<u8>, String> {
    let failed = |error: lopdf::Error| error.to_string();
    document.version = "1.7".into();
    metadata::set(&mut document, title).map_err(failed)?;
    tags::set(&mut document, &letter.structure, marks).map_err(failed)?;
    let mut deflate = Deflate::new();
    for stream in document.objects.values_mut().filter_map(|object| object.as_stream_mut().ok()) {
        compress(stream, &mut deflate)?;
    }
    let unknown = Object::String(vec![0; IDENTIFIER], StringFormat::Hexadecimal);
    document.trailer.set("ID", vec![unknown.clone(), unknown]);
    let options = SaveOptions::builder()
        .use_object_streams(true)
        .use_xref_streams(true)
        .max_objects_per_stream(usize::MAX)
        .compression_level(deflate::LEVEL)
        .build();
    let mut bytes = Vec::with_capacity(48 * 1024);
    document.save_with_options(&mut bytes, options).map_err(|error| error.to_string())?;
    identify(&mut bytes)?;
    Ok(bytes)
}

/// What was compressed before, and what is to be read without a program (XMP), stays as it is.
fn compress(stream: &mut Stream, deflate: &mut Deflate) -> Result<(), String> {
    if stream.allows_compression && !stream.dict.has(b"Filter") {
        stream.set_content(deflate.compressed(&stream.content)?);
        stream.dict.set("Filter", "FlateDecode");
    }
    Ok(())
}

/// Bytes of the identifier of a file.
const IDENTIFIER: usize = 16;

/// Puts the first half of a SHA-256 of the file where zeros stand for it.
fn identify(bytes: &mut [u8]) -> Result<(), String> {
    let digest = Sha256::digest(&*bytes);
    let mut digits = Vec::with_capacity(2 * IDENTIFIER);
    for byte in digest.iter().take(IDENTIFIER) {
        write!(digits, "{byte:02X}").map_err(|error| error.to_string())?;
    }
    let unknown = [b'0'; 2 * IDENTIFIER];
    for _ in 0..2 {
        // The trailer is the last thing in the file.
        let at = bytes.windows(unknown.len()).rposition(|window| window == unknown);
        let place = at.and_then(|at| bytes.get_mut(at..at + unknown.len()));
        place.ok_or("the file has no identifier")?.copy_from_slice(&digits);
    }
    Ok(())
}
