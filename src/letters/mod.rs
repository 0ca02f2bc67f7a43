//! Letters and e-mail texts: wording from `letter-templates/`, data as JSON, out come PDF bytes, or plain text and HTML.
//!
//! The way of a letter: Jinja fills the wording in (`templates`), Markdown gives it structure (`markup`), the
//! typesetter turns structure into lines with real font metrics (`typeset`), the paginator into pages (`paginate`),
//! and `pdf` writes them. Nothing here reads a clock, a file or the network: the same data and the same templates
//! give the same bytes, today and on another machine.

mod batch;
mod blocks;
mod catalogue;
mod data_field;
mod drawing;
mod email_html;
mod email_parts;
mod email_text;
mod embedded;
mod emblem;
mod error;
mod fonts;
mod front_matter;
mod hyphenation;
mod kind;
mod letter_template;
mod letterhead;
mod lines;
mod literal;
mod markup;
mod paginate;
mod pdf;
mod proof;
mod qr_code;
mod sample;
mod signature_area;
mod statements;
mod structure;
mod svg;
mod templates;
mod typeset;
mod version_check;
mod wording;

pub use batch::{Batch, BatchError};
pub use catalogue::{DeficiencyItem, ItemText, ReasonText, RefusalReason};
pub use email_text::EmailText;
pub use emblem::{Emblem, EmblemError, MOST_BYTES as MOST_EMBLEM_BYTES};
pub use error::{RenderError, TemplateError};
pub use kind::{EmailKind, LetterKind, UnknownKind};
pub use letter_template::{LetterTemplate, TemplateText};
pub use letterhead::emblem as emblem_of;
pub use proof::{DataSet, Proven, Unproven, cases};
pub use qr_code::{DarkBox, QrCode};
pub use signature_area::SignatureArea;
pub use svg::DrawnPage;
pub use templates::{Rendered, Templates};
pub use version_check::{Tried, VersionFault, version_of};

/// Changes whenever the same data and the same template would come out as different bytes.
///
/// Stored with every letter, so that a later copy can tell whether it can be rendered again byte for byte.
pub const RENDERER_VERSION: &str = "4";

#[cfg(test)]
mod tests;
