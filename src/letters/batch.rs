//! Many letters as one PDF for the printer, one after the other as they come.
//!
//! Only the letter in hand is taken apart; what it shares with the ones before it (fonts, images) is written once. What only
//! screens and archives need is left out: tags, metadata, signature values. The stored bytes stay the record.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Write;

use lopdf::{Dictionary, Document, Object, ObjectId, Stream};
use sha2::{Digest, Sha256};

/// Keys that lead out of a page or into the structure tree.
const LEFT_OUT: [&[u8]; 5] = [b"Parent", b"P", b"StructParents", b"StructParent", b"Metadata"];
/// What a page may have from the nodes above it.
const INHERITED: [&[u8]; 4] = [b"Resources", b"MediaBox", b"CropBox", b"Rotate"];
const CATALOG: u32 = 1;
const PAGES: u32 = 2;

/// A letter that cannot be put into the batch. Holds nothing of its content.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    #[error("the bytes are no PDF that can be taken apart")]
    NotReadable(#[source] lopdf::Error),
    #[error("the PDF is built in a way that letters are not: {0}")]
    Structure(&'static str),
}

impl From<lopdf::Error> for BatchError {
    fn from(error: lopdf::Error) -> Self {
        Self::NotReadable(error)
    }
}

/// A PDF that grows letter by letter.
pub struct Batch {
    out: Vec<u8>,
    /// Where each object begins, by number.
    offsets: BTreeMap<u32, usize>,
    next: u32,
    /// Objects that were written already, by what they are.
    written: HashMap<[u8; 32], u32>,
    cover: Vec<u32>,
    pages: Vec<u32>,
    /// Every letter begins on a sheet of its own when both sides are printed.
    duplex: bool,
}

impl Batch {
    pub fn new(duplex: bool) -> Self {
        Self {
            out: b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec(),
            offsets: BTreeMap::new(),
            next: PAGES + 1,
            written: HashMap::new(),
            cover: Vec::new(),
            pages: Vec::new(),
            duplex,
        }
    }

    /// Adds a letter; returns its number of pages.
    pub fn add(&mut self, pdf: &[u8]) -> Result<usize, BatchError> {
        let (mut pages, count) = self.copy(pdf)?;
        self.pages.append(&mut pages);
        Ok(count)
    }

    /// Puts a list before all letters.
    pub fn add_cover(&mut self, pdf: &[u8]) -> Result<usize, BatchError> {
        let (mut pages, count) = self.copy(pdf)?;
        self.cover.append(&mut pages);
        Ok(count)
    }

    /// The bytes of the whole.
    pub fn finish(mut self) -> Vec<u8> {
        let kids: Vec<Object> =
            self.cover.iter().chain(&self.pages).map(|id| Object::Reference((*id, 0))).collect();
        let mut pages = Dictionary::new();
        pages.set("Type", "Pages");
        pages.set("Count", i64::try_from(kids.len()).unwrap_or(i64::MAX));
        pages.set("Kids", kids);
        let mut preferences = Dictionary::new();
        preferences.set("Duplex", if self.duplex { "DuplexFlipLongEdge" } else { "Simplex" });
        let mut catalog = Dictionary::new();
        catalog.set("Type", "Catalog");
        catalog.set("Pages", Object::Reference((PAGES, 0)));
        catalog.set("ViewerPreferences", preferences);
        self.write(PAGES, &serialized(&Object::Dictionary(pages)));
        self.write(CATALOG, &serialized(&Object::Dictionary(catalog)));
        self.write_table();
        self.out
    }

    fn copy(&mut self, pdf: &[u8]) -> Result<(Vec<u32>, usize), BatchError> {
        let document = Document::load_mem(pdf)?;
        let mut copying = Copying { document: &document, done: HashMap::new(), open: HashSet::new() };
        let mut pages = Vec::new();
        let mut last_box = None;
        for id in document.get_pages().into_values() {
            let page = whole_page(&document, id)?;
            last_box = page.get(b"MediaBox").ok().cloned();
            pages.push(self.page(&mut copying, page)?);
        }
        let count = pages.len();
        if self.duplex && count % 2 == 1 {
            let mut blank = Dictionary::new();
            blank.set("Type", "Page");
            blank.set("MediaBox", last_box.ok_or(BatchError::Structure("a page has no size"))?);
            blank.set("Resources", Dictionary::new());
            pages.push(self.page(&mut copying, blank)?);
        }
        Ok((pages, count))
    }

    /// Writes a page; never shared, since a page stands in one place of the tree.
    fn page(&mut self, copying: &mut Copying<'_>, page: Dictionary) -> Result<u32, BatchError> {
        let mut page = self.dictionary(copying, page)?;
        page.set("Parent", Object::Reference((PAGES, 0)));
        let number = self.number();
        self.write(number, &serialized(&Object::Dictionary(page)));
        Ok(number)
    }

    /// The number of the copy of an object, written now or before.
    fn reference(&mut self, copying: &mut Copying<'_>, id: ObjectId) -> Result<u32, BatchError> {
        if let Some(number) = copying.done.get(&id) {
            return Ok(*number);
        }
        if !copying.open.insert(id) {
            return Err(BatchError::Structure("objects refer to each other in a circle"));
        }
        let object = self.object(copying, copying.document.get_object(id)?.clone())?;
        copying.open.remove(&id);
        let bytes = serialized(&object);
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        let number = if let Some(number) = self.written.get(&digest) {
            *number
        } else {
            let number = self.number();
            self.write(number, &bytes);
            self.written.insert(digest, number);
            number
        };
        copying.done.insert(id, number);
        Ok(number)
    }

    fn object(&mut self, copying: &mut Copying<'_>, object: Object) -> Result<Object, BatchError> {
        Ok(match object {
            Object::Reference(id) => Object::Reference((self.reference(copying, id)?, 0)),
            Object::Array(items) => Object::Array(
                items.into_iter().map(|item| self.object(copying, item)).collect::<Result<_, _>>()?,
            ),
            Object::Dictionary(dictionary) => Object::Dictionary(self.dictionary(copying, dictionary)?),
            Object::Stream(stream) => {
                let Stream { dict, content, .. } = stream;
                Object::Stream(Stream::new(self.dictionary(copying, dict)?, content))
            }
            simple @ (Object::Null
            | Object::Boolean(_)
            | Object::Integer(_)
            | Object::Real(_)
            | Object::Name(_)
            | Object::String(..)) => simple,
        })
    }

    fn dictionary(
        &mut self,
        copying: &mut Copying<'_>,
        dictionary: Dictionary,
    ) -> Result<Dictionary, BatchError> {
        let signature =
            dictionary.get(b"FT").is_ok_and(|kind| kind.as_name().is_ok_and(|name| name == b"Sig"));
        let mut copy = Dictionary::new();
        for (key, value) in dictionary {
            // A signature holds for its own file only; its picture is printed.
            if LEFT_OUT.contains(&key.as_slice()) || signature && key == b"V" {
                continue;
            }
            copy.set(key, self.object(copying, value)?);
        }
        Ok(copy)
    }

    fn number(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    fn write(&mut self, number: u32, object: &[u8]) {
        self.offsets.insert(number, self.out.len());
        self.out.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        self.out.extend_from_slice(object);
        self.out.extend_from_slice(b"\nendobj\n");
    }

    fn write_table(&mut self) {
        let (start, size) = (self.out.len(), self.next);
        self.out.extend_from_slice(format!("xref\n0 {size}\n0000000000 65535 f \n").as_bytes());
        for offset in self.offsets.values() {
            self.out.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
        }
        let trailer = format!("trailer\n<</Size {size}/Root {CATALOG} 0 R>>\nstartxref\n{start}\n%%EOF\n");
        self.out.extend_from_slice(trailer.as_bytes());
    }
}

/// One letter while it is taken apart.
struct Copying<'a> {
    document: &'a Document,
    done: HashMap<ObjectId, u32>,
    open: HashSet<ObjectId>,
}

/// A page with what the nodes above it say about it.
fn whole_page(document: &Document, id: ObjectId) -> Result<Dictionary, BatchError> {
    let mut page = document.get_dictionary(id)?.clone();
    let mut above = page.get(b"Parent").and_then(Object::as_reference).ok();
    for _ in 0..16 {
        let Some(node) = above else { break };
        let node = document.get_dictionary(node)?;
        for key in INHERITED {
            if let (false, Ok(value)) = (page.has(key), node.get(key)) {
                page.set(key, value.clone());
            }
        }
        above = node.get(b"Parent").and_then(Object::as_reference).ok();
    }
    Ok(page)
}

fn serialized(object: &Object) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, object);
    out
}

/// ISO 32000-1, 7.3. Strings are written in hexadecimal digits, which need no escapes.
fn put(out: &mut Vec<u8>, object: &Object) {
    match object {
        Object::Null => out.extend_from_slice(b"null"),
        Object::Boolean(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        Object::Integer(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Object::Real(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Object::Name(name) => put_name(out, name),
        Object::String(bytes, _) => {
            out.push(b'<');
            for byte in bytes {
                out.extend_from_slice(format!("{byte:02X}").as_bytes());
            }
            out.push(b'>');
        }
        Object::Array(items) => {
            out.push(b'[');
            for item in items {
                put(out, item);
                out.push(b' ');
            }
            out.push(b']');
        }
        Object::Dictionary(dictionary) => put_dictionary(out, dictionary),
        Object::Stream(stream) => {
            let mut dictionary = stream.dict.clone();
            dictionary.set("Length", i64::try_from(stream.content.len()).unwrap_or(i64::MAX));
            put_dictionary(out, &dictionary);
            out.extend_from_slice(b"\nstream\n");
            out.extend_from_slice(&stream.content);
            out.extend_from_slice(b"\nendstream");
        }
        Object::Reference((number, generation)) => {
            out.extend_from_slice(format!("{number} {generation} R").as_bytes());
        }
    }
}

fn put_dictionary(out: &mut Vec<u8>, dictionary: &Dictionary) {
    out.extend_from_slice(b"<<");
    for (key, value) in dictionary {
        put_name(out, key);
        out.push(b' ');
        put(out, value);
    }
    out.extend_from_slice(b">>");
}

fn put_name(out: &mut Vec<u8>, name: &[u8]) {
    out.push(b'/');
    for byte in name {
        if byte.is_ascii_alphanumeric() || b"-_.+*:@".contains(byte) {
            out.push(*byte);
        } else {
            // Writing to memory does not fail.
            let _ = write!(out, "#{byte:02X}");
        }
    }
}
