//! What can be wrong with a template, and what can go wrong while rendering one.
//!
//! Neither error ever holds a value of the data: letters are about people, and errors end up in logs.

use thiserror::Error;

/// A fault of the wording, the lists or the fonts. Found when the program starts, before any request.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TemplateError {
    /// The YAML between the two `---` lines is missing, broken, or lacks a key.
    #[error("{template}: front matter: {reason}")]
    FrontMatter { template: String, reason: String },
    /// The `kind` in the front matter is not the one of the file name.
    #[error("{template}: front matter says kind {found:?}")]
    KindMismatch { template: String, found: String },
    /// The Jinja in the wording cannot be read.
    #[error("{template}:{line}: {reason}")]
    Syntax { template: String, line: usize, reason: String },
    /// The wording uses a field that the front matter does not declare.
    #[error("{template}:{line}: field {field} is not declared; declared are: {}", known.join(", "))]
    UndeclaredField { template: String, line: usize, field: String, known: Vec<String> },
    /// A row of a CSV list cannot be used.
    #[error("{list}, row {row}: {reason}")]
    List { list: &'static str, row: usize, reason: String },
    /// A font file cannot be used.
    #[error("font {font}: {reason}")]
    Font { font: &'static str, reason: String },
}

/// A letter or an e-mail that cannot be made from the data given.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RenderError {
    /// The data lack a field that the wording needs.
    #[error("{template}:{line}: field {field} is missing; the template knows: {}", known.join(", "))]
    MissingField { template: String, line: usize, field: String, known: Vec<String> },
    /// A field holds something that cannot be printed as text, such as a list or a truth value.
    #[error("{template}:{line}: field {field} is not a text or a number")]
    NotText { template: String, line: usize, field: String },
    /// Another fault of evaluating the wording.
    #[error("{template}:{line}: the wording cannot be evaluated")]
    Evaluation { template: String, line: usize },
    /// A character that the letter's face cannot print (or not without shaping, as combining marks).
    #[error("{template}: {} has the character U+{:04X}, which cannot be printed",
        field.as_deref().unwrap_or("the wording"), *code_point)]
    Unprintable {
        template: String,
        code_point: u32,
        /// The field that holds it, with the number of the row for one of a list; none when it is in the wording.
        field: Option<String>,
    },
    /// The wording uses a structure that the layout does not know.
    #[error("{template}: {reason}")]
    Structure { template: String, reason: &'static str },
    /// A piece that may not be broken is taller than a page.
    #[error("{template}: a table row does not fit on a page")]
    TooTall { template: String },
    /// There is no such code in the list.
    #[error("{list}: no entry {code:?}")]
    UnknownCode { list: &'static str, code: String },
    /// The letter names an emblem that was not brought.
    #[error("{template}: the emblem of the letterhead is not at hand")]
    UnknownEmblem { template: String },
    /// The PDF could not be written.
    #[error("{template}: the PDF could not be written: {reason}")]
    Pdf { template: String, reason: String },
}
