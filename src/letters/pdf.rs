//! Pages to PDF bytes: printpdf writes the pages, and what it leaves out or fills by chance is set afterwards.

mod metadata;
mod operations;
mod tags;

use std::collections::BTreeSet;
use std::sync::Arc;

use lopdf::{Document, Object, StringFormat};
use printpdf::{Mm, PdfDocument, PdfPage, PdfSaveOptions};
use sha2::{Digest, Sha256};

use super::blocks::FaceName;
use super::drawing::{Draw, Laid};
use super::fonts::{Fonts, Subset, font_id};

/// The same letter and title give the same bytes.
///
/// # Errors
/// A font that cannot be subset, a warning of printpdf (it drops what it does not understand), a file that cannot be
/// written. The text names the cause and never holds words of the letter.
pub fn write(fonts: &Fonts, letter: &Laid, title: &str) -> Result<Vec<u8>, String> {
    let mut document = PdfDocument::new(title);
    let mut subsets = Vec::new();
    for face in FaceName::ALL {
        let used = characters(&letter.pages, face);
        if !used.is_empty() {
            let subset = fonts.subset(face, &used)?;
            document.resources.fonts.map.insert(font_id(face), subset.font.clone());
            subsets.push(subset);
        }
    }
    let (width, height) = letter.paper.millimetres();
    let mut marks = tags::Marks::default();
    document.pages = letter
        .pages
        .iter()
        .enumerate()
        .map(|(number, page)| {
            let operations = operations::of_page(fonts, letter.paper, page, &mut marks.page(number));
            PdfPage::new(Mm(width), Mm(height), operations)
        })
        .collect();
    let mut warnings = Vec::new();
    let mut written = document.to_lopdf_document(&PdfSaveOptions::default(), &mut warnings);
    if !warnings.is_empty() {
        return Err(format!("{} warnings of the PDF writer", warnings.len()));
    }
    put_compressed(&mut written, &subsets);
    finish(written, letter, &marks, title).map_err(|error| error.to_string())
}

/// The programs of the faces are most of the file: they were compressed when the subset was made.
fn put_compressed(document: &mut Document, subsets: &[Arc<Subset>]) {
    for stream in document.objects.values_mut().filter_map(|object| object.as_stream_mut().ok()) {
        if let Some(subset) = subsets.iter().find(|subset| subset.program == stream.content) {
            stream.dict.set("Filter", "FlateDecode");
            stream.set_content(subset.compressed.clone());
        }
    }
}

fn characters(pages: &[Vec<Draw>], face: FaceName) -> BTreeSet<char> {
    let runs = pages.iter().flatten().flat_map(|draw| match draw {
        Draw::Text { runs, .. } => runs.as_slice(),
        Draw::Rule { .. } | Draw::Boxes { .. } | Draw::Emblem { .. } => &[],
    });
    runs.filter(|run| run.face == face).flat_map(|run| run.text.chars()).collect()
}

/// Tags, metadata, and an identifier made from the contents. No dates, which would differ from run to run.
fn finish(
    mut document: Document,
    letter: &Laid,
    marks: &tags::Marks,
    title: &str,
) -> Result<Vec<u8>, lopdf::Error> {
    document.version = "1.7".into();
    metadata::set(&mut document, title)?;
    tags::set(&mut document, &letter.structure, marks)?;
    document.compress();
    document.trailer.remove(b"ID");
    let identifier = Object::String(identifier(&document), StringFormat::Hexadecimal);
    document.trailer.set("ID", vec![identifier.clone(), identifier]);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes)?;
    Ok(bytes)
}

/// The first half of a SHA-256 over every object of the file.
fn identifier(document: &Document) -> Vec<u8> {
    let mut digest = Sha256::new();
    for (id, object) in &document.objects {
        digest.update(id.0.to_be_bytes());
        match object {
            Object::Stream(stream) => {
                digest.update(format!("{:?}", stream.dict));
                digest.update(&stream.content);
            }
            other => digest.update(format!("{other:?}")),
        }
    }
    digest.finalize().iter().copied().take(16).collect()
}
