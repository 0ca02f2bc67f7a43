//! The structure tree (ISO 32000-1, 14.7): what a screen reader walks, tied to the marked content of the pages.

use std::collections::BTreeMap;

use lopdf::{Dictionary, Document, Object, ObjectId, dictionary};

use crate::letters::structure::{ElementId, Structure};

/// Which pieces of which pages belong to an element. A piece is named by its number on its page.
#[derive(Debug, Default)]
pub struct Marks {
    /// For each page, the element of every piece, in the order of the numbers.
    pages: Vec<Vec<ElementId>>,
}

/// The pieces of one page.
pub struct PageMarks<'a>(&'a mut Vec<ElementId>);

impl Marks {
    pub fn page(&mut self, number: usize) -> PageMarks<'_> {
        while self.pages.len() <= number {
            self.pages.push(Vec::new());
        }
        PageMarks(&mut self.pages[number])
    }
}

impl PageMarks<'_> {
    /// The number of the next piece, which belongs to this element.
    pub fn next(&mut self, element: ElementId) -> i64 {
        self.0.push(element);
        integer(self.0.len() - 1)
    }
}

/// Adds the tree. Elements without any piece of a page, and without children that have one, are left out.
pub fn set(document: &mut Document, structure: &Structure, marks: &Marks) -> Result<(), lopdf::Error> {
    let pages: Vec<ObjectId> = document.get_pages().into_values().collect();
    let used = used(structure, marks);
    let root = document.new_object_id();
    let ids: BTreeMap<usize, ObjectId> =
        used.iter().map(|index| (*index, document.new_object_id())).collect();

    let mut kids: BTreeMap<usize, Vec<Object>> = BTreeMap::new();
    let mut first_pages: BTreeMap<usize, ObjectId> = BTreeMap::new();
    for (page, elements) in pages.iter().zip(&marks.pages) {
        for (number, element) in elements.iter().enumerate() {
            let own = *first_pages.entry(element.index()).or_insert(*page);
            // A number alone is a piece of the page that the element names.
            let kid = if own == *page {
                Object::Integer(integer(number))
            } else {
                Object::Dictionary(dictionary! { "Type" => "MCR", "Pg" => *page, "MCID" => integer(number) })
            };
            kids.entry(element.index()).or_default().push(kid);
        }
    }
    for index in &used {
        let Some(parent) = structure.elements()[*index].parent else { continue };
        kids.entry(parent.index()).or_default().push(ids[index].into());
    }
    for index in &used {
        let element = &structure.elements()[*index];
        let parent = element.parent.map_or(root, |parent| ids[&parent.index()]);
        let mut entry = dictionary! {
            "S" => element.role.tag(), "P" => parent,
            "K" => kids.remove(index).unwrap_or_default(),
        };
        if let Some(page) = first_pages.get(index) {
            entry.set("Pg", *page);
        }
        if let Some(alt) = &element.alt {
            entry.set("Alt", lopdf::text_string(alt));
        }
        if element.role == crate::letters::structure::Role::HeaderCell {
            let attributes = dictionary! { "O" => "Table", "Scope" => scope(structure, *index) };
            entry.set("A", attributes);
        }
        document.set_object(ids[index], entry);
    }

    let parents: Vec<Object> = marks
        .pages
        .iter()
        .enumerate()
        .flat_map(|(page, elements)| {
            let owners: Vec<Object> = elements.iter().map(|element| ids[&element.index()].into()).collect();
            [integer(page).into(), Object::Array(owners)]
        })
        .collect();
    let parents = document.add_object(dictionary! { "Nums" => parents });
    document.set_object(
        root,
        dictionary! {
            "Type" => "StructTreeRoot", "K" => ids[&ElementId::DOCUMENT.index()],
            "ParentTree" => parents, "ParentTreeNextKey" => integer(pages.len()),
        },
    );
    for (number, page) in pages.iter().enumerate() {
        let page = document.get_object_mut(*page)?.as_dict_mut()?;
        page.set("StructParents", integer(number));
        page.set("Tabs", "S");
    }
    let catalog = catalog(document)?;
    catalog.set("StructTreeRoot", root);
    catalog.set("MarkInfo", dictionary! { "Marked" => true });
    Ok(())
}

/// A header cell beside other header cells names its column; one before other cells names its row.
fn scope(structure: &Structure, index: usize) -> &'static str {
    let elements = structure.elements();
    let row = elements[index].parent;
    let alone = elements.iter().enumerate().all(|(other, element)| {
        other == index || element.parent != row || element.role != elements[index].role
    });
    if alone { "Row" } else { "Column" }
}

fn used(structure: &Structure, marks: &Marks) -> Vec<usize> {
    let elements = structure.elements();
    let mut used = vec![false; elements.len()];
    used[ElementId::DOCUMENT.index()] = true;
    for element in marks.pages.iter().flatten() {
        let mut at = Some(*element);
        while let Some(element) = at.filter(|element| !used[element.index()]) {
            used[element.index()] = true;
            at = elements[element.index()].parent;
        }
    }
    used.iter().enumerate().filter_map(|(index, used)| used.then_some(index)).collect()
}

pub fn catalog(document: &mut Document) -> Result<&mut Dictionary, lopdf::Error> {
    let root = document.trailer.get(b"Root")?.as_reference()?;
    document.get_object_mut(root)?.as_dict_mut()
}

/// Numbers of pages and pieces are small.
fn integer(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
