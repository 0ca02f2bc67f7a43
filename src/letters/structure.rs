//! What the pieces of a letter are: the tree that a screen reader walks, in reading order.

/// Names an element of one [`Structure`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElementId(usize);

impl ElementId {
    /// The letter as a whole.
    pub const DOCUMENT: Self = Self(0);

    pub fn index(self) -> usize {
        self.0
    }
}

/// What something on a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Decoration, page number, repeated header: skipped when the letter is read out.
    Artifact,
    Content(ElementId),
}

/// Standard structure types (ISO 32000-1, 14.8.4) that letters use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Document,
    Heading,
    Paragraph,
    List,
    Item,
    Label,
    ItemBody,
    Table,
    Row,
    HeaderCell,
    Cell,
    Figure,
    Note,
}

impl Role {
    /// The name that PDF has for it.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Document => "Document",
            Self::Heading => "H1",
            Self::Paragraph => "P",
            Self::List => "L",
            Self::Item => "LI",
            Self::Label => "Lbl",
            Self::ItemBody => "LBody",
            Self::Table => "Table",
            Self::Row => "TR",
            Self::HeaderCell => "TH",
            Self::Cell => "TD",
            Self::Figure => "Figure",
            Self::Note => "Note",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    pub role: Role,
    /// None only for the document.
    pub parent: Option<ElementId>,
    /// What a figure shows, in words.
    pub alt: Option<String>,
}

/// Every parent stands before its children; the first element is the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Structure {
    elements: Vec<Element>,
}

impl Structure {
    pub fn new() -> Self {
        Self { elements: vec![Element { role: Role::Document, parent: None, alt: None }] }
    }

    pub fn add(&mut self, parent: ElementId, role: Role) -> ElementId {
        self.elements.push(Element { role, parent: Some(parent), alt: None });
        ElementId(self.elements.len() - 1)
    }

    pub fn figure(&mut self, parent: ElementId, alt: String) -> ElementId {
        self.elements.push(Element { role: Role::Figure, parent: Some(parent), alt: Some(alt) });
        ElementId(self.elements.len() - 1)
    }

    /// In reading order.
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }
}
