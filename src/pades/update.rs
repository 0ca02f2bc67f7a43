//! The incremental update that carries a signature (ISO 32000-1, 7.5.6 and 12.8): the PDF before stays byte for byte, and
//! the signature covers it and the update, all but the place of the signature itself.

use chrono::{DateTime, Utc};
use lopdf::{Dictionary, Document, IncrementalDocument, Object, ObjectId, Stream, StringFormat, dictionary};
use sha2::{Digest, Sha256};

use crate::letters::SignatureArea;

/// Name of the field: a letter has one.
const FIELD: &str = "SegelElektronik";
/// Ten digits hold the place of each number of `ByteRange` until it is known.
const UNKNOWN: i64 = 9_999_999_999;
const RANGE: &[u8] = b"/ByteRange[0 9999999999 9999999999 9999999999]";
const FRAME: f32 = 0.6;

/// A PDF with an empty place for its signature.
pub struct Prepared {
    bytes: Vec<u8>,
    unsigned_length: usize,
    /// Where the hexadecimal digits begin, and how many there are.
    digits: (usize, usize),
}

/// Adds the field, its frame, and a place for `room` bytes of CMS.
pub fn prepare(
    pdf: Vec<u8>,
    area: &SignatureArea,
    name: &str,
    at: DateTime<Utc>,
    room: usize,
) -> Result<Prepared, lopdf::Error> {
    let unsigned_length = pdf.len();
    let before = Document::load_mem(&pdf)?;
    let identifier: Vec<u8> = Sha256::digest(&pdf).iter().copied().take(16).collect();
    let page = *before.get_pages().get(&area.page).ok_or(lopdf::Error::PageNumberNotFound(area.page))?;
    let mut update = IncrementalDocument::create_from(pdf, before);
    update.new_document.version = "1.7".into();
    let added = Added::new(&mut update.new_document);
    let tree = tag(&mut update, &added, page, area)?;
    append(changed_dictionary(&mut update, page)?, b"Annots", added.widget.into());
    let catalog = update.get_prev_documents().trailer.get(b"Root")?.as_reference()?;
    changed_form(changed_dictionary(&mut update, catalog)?, added.widget);
    let new = &mut update.new_document;
    new.set_object(added.signature, signature(name, at, room));
    new.set_object(added.appearance, frame(area));
    new.set_object(added.widget, widget(area, &added, page, tree, name));
    renew_identifier(&mut new.trailer, identifier);
    let mut bytes = Vec::new();
    update.save_to(&mut bytes)?;
    locate(bytes, unsigned_length, room)
}

/// How many of the first bytes are the PDF before it was signed; `None` for one that is not signed by [`prepare`].
pub fn unsigned_length(pdf: &[u8]) -> Option<usize> {
    const END: &[u8] = b"%%EOF";
    let range = find(pdf, b"/ByteRange[0 ")?;
    pdf.get(..range)?.windows(END.len()).rposition(|window| window == END).map(|at| at + END.len())
}

impl Prepared {
    /// What the signature is made over.
    pub fn digest(&self) -> [u8; 32] {
        let (start, count) = self.digits;
        let mut digest = Sha256::new();
        digest.update(&self.bytes[..start - 1]);
        digest.update(&self.bytes[start + count + 1..]);
        digest.finalize().into()
    }

    pub fn unsigned_length(&self) -> usize {
        self.unsigned_length
    }

    /// The signed PDF; `None` when the CMS is larger than its place.
    pub fn finish(mut self, cms: &[u8]) -> Option<Vec<u8>> {
        let (start, count) = self.digits;
        let place = self.bytes.get_mut(start..start + count)?;
        if cms.len() * 2 > count {
            return None;
        }
        for (digits, byte) in place.chunks_exact_mut(2).zip(cms) {
            digits.copy_from_slice(format!("{byte:02x}").as_bytes());
        }
        Some(self.bytes)
    }
}

/// Numbers of the new objects.
struct Added {
    signature: ObjectId,
    appearance: ObjectId,
    widget: ObjectId,
    element: ObjectId,
}

impl Added {
    fn new(document: &mut Document) -> Self {
        Self {
            signature: document.new_object_id(),
            appearance: document.new_object_id(),
            widget: document.new_object_id(),
            element: document.new_object_id(),
        }
    }
}

/// The time stands here, in UTC, and not in the CMS.
fn signature(name: &str, at: DateTime<Utc>, room: usize) -> Dictionary {
    dictionary! {
        "Type" => "Sig", "Filter" => "Adobe.PPKLite", "SubFilter" => "ETSI.CAdES.detached",
        "ByteRange" => vec![0.into(), UNKNOWN.into(), UNKNOWN.into(), UNKNOWN.into()],
        "Contents" => Object::String(vec![0; room], StringFormat::Hexadecimal),
        "Name" => lopdf::text_string(name),
        "M" => Object::String(at.format("D:%Y%m%d%H%M%SZ").to_string().into_bytes(), StringFormat::Literal),
    }
}

/// A thin frame around the words of the signature block, which stand on the page itself.
fn frame(area: &SignatureArea) -> Stream {
    let (width, height) = (area.right - area.left, area.top - area.bottom);
    let (wide, high) = (width - FRAME, height - FRAME);
    let inset = FRAME / 2.0;
    let drawn = format!("q 0.45 G {FRAME} w {inset} {inset} {wide:.2} {high:.2} re S Q");
    let box_of_it = vec![0.into(), 0.into(), Object::Real(width), Object::Real(height)];
    Stream::new(
        dictionary! {
            "Type" => "XObject", "Subtype" => "Form", "BBox" => box_of_it, "Resources" => Dictionary::new(),
        },
        drawn.into_bytes(),
    )
}

/// Field and widget in one: printed, and not to be moved.
fn widget(area: &SignatureArea, added: &Added, page: ObjectId, tree: i64, name: &str) -> Dictionary {
    const PRINT_AND_LOCKED: i64 = 4 + 128;
    let heard = format!("Segel elektronik dengan sertifikat {name}");
    dictionary! {
        "Type" => "Annot", "Subtype" => "Widget", "FT" => "Sig",
        "T" => Object::string_literal(FIELD), "TU" => lopdf::text_string(&heard),
        "Rect" => [area.left, area.bottom, area.right, area.top].map(Object::Real).to_vec(),
        "F" => PRINT_AND_LOCKED, "P" => page, "V" => added.signature,
        "AP" => dictionary! { "N" => added.appearance }, "StructParent" => tree,
    }
}

fn changed_form(catalog: &mut Dictionary, field: ObjectId) {
    const SIGNED_AND_APPEND_ONLY: i64 = 3;
    let form = dictionary! { "Fields" => vec![field.into()], "SigFlags" => SIGNED_AND_APPEND_ONLY };
    catalog.set("AcroForm", form);
}

/// Puts the field into the structure tree, after what it surrounds. Answers its number in the tree.
fn tag(
    update: &mut IncrementalDocument,
    added: &Added,
    page: ObjectId,
    area: &SignatureArea,
) -> Result<i64, lopdf::Error> {
    let before = update.get_prev_documents();
    let root = before.catalog()?.get(b"StructTreeRoot")?.as_reference()?;
    let tree = before.get_dictionary(root)?;
    let number = tree.get(b"ParentTreeNextKey")?.as_i64()?;
    let parents = tree.get(b"ParentTree")?.as_reference()?;
    let document = tree.get(b"K")?.as_reference()?;
    changed_dictionary(update, root)?.set("ParentTreeNextKey", number + 1);
    let numbers = changed_dictionary(update, parents)?.get_mut(b"Nums")?.as_array_mut()?;
    numbers.extend([number.into(), added.element.into()]);
    let parts = changed_dictionary(update, document)?.get_mut(b"K")?.as_array_mut()?;
    parts.insert(parts.len().saturating_sub(area.elements_below), added.element.into());
    let piece = dictionary! { "Type" => "OBJR", "Obj" => added.widget, "Pg" => page };
    let element =
        dictionary! { "Type" => "StructElem", "S" => "Form", "P" => document, "Pg" => page, "K" => piece };
    update.new_document.set_object(added.element, element);
    Ok(number)
}

fn changed_dictionary(
    update: &mut IncrementalDocument,
    id: ObjectId,
) -> Result<&mut Dictionary, lopdf::Error> {
    update.opt_clone_object_to_new_document(id)?;
    update.new_document.get_object_mut(id)?.as_dict_mut()
}

fn append(dictionary: &mut Dictionary, key: &[u8], object: Object) {
    match dictionary.get_mut(key).and_then(Object::as_array_mut) {
        Ok(array) => array.push(object),
        Err(_) => dictionary.set(key, vec![object]),
    }
}

/// The first half names the file, the second this state of it.
fn renew_identifier(trailer: &mut Dictionary, identifier: Vec<u8>) {
    if let Ok(Object::Array(halves)) = trailer.get_mut(b"ID")
        && let Some(second) = halves.get_mut(1)
    {
        *second = Object::String(identifier, StringFormat::Hexadecimal);
    }
}

/// Finds the places in the update and writes the ranges that the signature covers.
fn locate(mut bytes: Vec<u8>, unsigned_length: usize, room: usize) -> Result<Prepared, lopdf::Error> {
    let lost = || lopdf::Error::DictKey("ByteRange".to_owned());
    let appended = &bytes[unsigned_length..];
    let range = unsigned_length + find(appended, RANGE).ok_or_else(lost)?;
    let contents = unsigned_length + find(appended, b"/Contents<").ok_or_else(lost)?;
    let open = contents + b"/Contents".len();
    let after = open + 2 + 2 * room;
    let written = format!("/ByteRange[0 {open} {after} {}", bytes.len() - after);
    let padded = format!("{written:<width$}]", width = RANGE.len() - 1);
    bytes[range..range + RANGE.len()].copy_from_slice(padded.as_bytes());
    Ok(Prepared { bytes, unsigned_length, digits: (open + 1, 2 * room) })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
