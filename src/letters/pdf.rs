//! Pages to PDF bytes: printpdf writes the pages, and what it leaves out or fills by chance is set afterwards.

use std::collections::BTreeSet;

use lopdf::{Document, Object, Stream, StringFormat, dictionary};
use printpdf::{
    Color, Greyscale, Line, LinePoint, Mm, Op, PdfDocument, PdfFontHandle, PdfPage, PdfSaveOptions, Point,
    Pt, TextItem,
};
use sha2::{Digest, Sha256};

use super::blocks::FaceName;
use super::drawing::{Draw, PAGE_HEIGHT, Run};
use super::fonts::{Fonts, font_id};

/// The same pages and title give the same bytes.
///
/// # Errors
/// A font that cannot be subset, a warning of printpdf (it drops what it does not understand), a file that cannot be
/// written. The text names the cause and never holds words of the letter.
pub fn write(fonts: &Fonts, pages: &[Vec<Draw>], title: &str) -> Result<Vec<u8>, String> {
    let mut document = PdfDocument::new(title);
    for face in FaceName::ALL {
        let used = characters(pages, face);
        if !used.is_empty() {
            document.resources.fonts.map.insert(font_id(face), fonts.subset(face, &used)?);
        }
    }
    document.pages = pages.iter().map(|page| PdfPage::new(Mm(210.0), Mm(297.0), operations(page))).collect();
    let mut warnings = Vec::new();
    let written = document.to_lopdf_document(&PdfSaveOptions::default(), &mut warnings);
    if !warnings.is_empty() {
        return Err(format!("{} warnings of the PDF writer", warnings.len()));
    }
    finish(written, title).map_err(|error| error.to_string())
}

fn characters(pages: &[Vec<Draw>], face: FaceName) -> BTreeSet<char> {
    let runs = pages.iter().flatten().flat_map(|draw| match draw {
        Draw::Text { runs, .. } => runs.as_slice(),
        Draw::Rule { .. } => &[],
    });
    runs.filter(|run| run.face == face).flat_map(|run| run.text.chars()).collect()
}

fn operations(page: &[Draw]) -> Vec<Op> {
    let black = Color::Greyscale(Greyscale { percent: 0.0, icc_profile: None });
    let mut operations = vec![Op::SetFillColor { col: black.clone() }, Op::SetOutlineColor { col: black }];
    for draw in page {
        match draw {
            Draw::Text { x, y, size, runs } => show(&mut operations, (*x, *y), *size, runs),
            Draw::Rule { from, to, weight, kind: _ } => {
                let points = [from, to].map(|(x, y)| LinePoint { p: point(*x, *y), bezier: false }).to_vec();
                operations.push(Op::SetOutlineThickness { pt: Pt(*weight) });
                operations.push(Op::DrawLine { line: Line { points, is_closed: false } });
            }
        }
    }
    operations
}

/// One text object per line with real spaces, so that copying and searching give the words back. The word-spacing
/// operator has no effect on fonts with two-byte codes: lines are filled by offsets after the spaces.
fn show(operations: &mut Vec<Op>, (x, y): (f32, f32), size: f32, runs: &[Run]) {
    operations.extend([Op::StartTextSection, Op::SetTextCursor { pos: point(x, y) }]);
    let mut current = None;
    for run in runs {
        if current != Some(run.face) {
            let font = PdfFontHandle::External(font_id(run.face));
            operations.push(Op::SetFont { font, size: Pt(size) });
            current = Some(run.face);
        }
        let mut items = vec![TextItem::Text(run.text.clone())];
        if run.stretch != 0.0 {
            items.push(TextItem::Offset(-run.stretch * 1000.0 / size));
        }
        operations.push(Op::ShowText { items });
    }
    operations.push(Op::EndTextSection);
}

fn point(x: f32, y: f32) -> Point {
    Point { x: Pt(x), y: Pt(PAGE_HEIGHT - y) }
}

/// Language, title and metadata; no dates, which would differ from run to run; an identifier made from the contents.
fn finish(mut document: Document, title: &str) -> Result<Vec<u8>, lopdf::Error> {
    document.version = "1.7".into();
    let metadata =
        Stream::new(dictionary! { "Type" => "Metadata", "Subtype" => "XML" }, xmp(title).into_bytes());
    let metadata = document.add_object(metadata.with_compression(false));
    let root = document.trailer.get(b"Root")?.as_reference()?;
    let catalog = document.get_object_mut(root)?.as_dict_mut()?;
    catalog.set("Metadata", metadata);
    catalog.set("Lang", Object::String(b"id-ID".to_vec(), StringFormat::Literal));
    catalog.set("ViewerPreferences", dictionary! { "DisplayDocTitle" => true });
    let info = document.trailer.get(b"Info")?.as_reference()?;
    let info_values = dictionary! {
        "Title" => lopdf::text_string(title),
        "Producer" => lopdf::text_string("Aktivasi"),
    };
    document.objects.insert(info, Object::Dictionary(info_values));
    for object in document.objects.values_mut() {
        if let Ok(font) = object.as_dict_mut()
            && let Ok(Object::Array(descendants)) = font.get_mut(b"DescendantFonts")
        {
            for descendant in descendants.iter_mut().filter_map(|object| object.as_dict_mut().ok()) {
                descendant.set("CIDToGIDMap", "Identity");
            }
        }
    }
    document.compress();
    document.trailer.remove(b"ID");
    let mut unnamed = Vec::new();
    document.clone().save_to(&mut unnamed)?;
    let digest = Sha256::digest(&unnamed).iter().copied().take(16).collect();
    let identifier = Object::String(digest, StringFormat::Hexadecimal);
    document.trailer.set("ID", vec![identifier.clone(), identifier]);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes)?;
    Ok(bytes)
}

fn xmp(title: &str) -> String {
    let title = title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\
         <dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">{title}</rdf:li></rdf:Alt></dc:title>\
         <dc:language><rdf:Bag><rdf:li>id-ID</rdf:li></rdf:Bag></dc:language>\
         </rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>"
    )
}
