//! The foundation of the pages: who looks, in which language, what a form may do, what goes wrong, how it all looks.
//!
//! A page is one file with a handler that takes a [`Visit`] and answers with [`Visit::show`]. A form is taken as a
//! [`ProtectedForm`], which opens only for whoever its page was made for.

mod cookies;
mod dates;
mod faults;
mod files;
mod flash;

mod form;
mod icons;
mod in_path;
mod kept;
mod list_file;
mod local_path;
mod navigation;
mod paper;
mod preferences;
mod templates;
mod trouble;
mod upload;
mod visit;
mod words;

pub use faults::{FormFaults, seconds, wrong_line};
pub use files::{ProtectedFiles, SentFiles};
pub use flash::{Flash, Tone};
pub use form::{ProtectedForm, Sent, Typed};
pub use in_path::{InPath, path_id};
pub use kept::Kept;
pub use list_file::list_file;
pub use local_path::LocalPath;
pub use navigation::{Access, COUNTER, JUDGES, OFFICER, OPERATOR, PAPER, SECTION_HEAD, WATCHES, WORKS, home};
pub use paper::{Leaf, pdf};
pub use preferences::{Density, Language, Preferences, Theme};
pub use templates::{check_templates, escape};
pub use trouble::{PageError, Resume, dress, reads_pages, unknown_page};
pub use upload::{ProtectedUpload, SentFile};
pub use visit::{Remembered, Staff, Visit};
pub use words::in_indonesian;
#[cfg(test)]
pub(in crate::http::pages) use words::word;

use crate::http::Operation;

/// A page or an act of a page: where it is, and who may come.
#[derive(Clone)]
pub struct Page {
    pub operation: Operation,
    pub access: Access,
}

/// Shorthand for the tables of pages.
pub fn page(
    id: &'static str,
    method: actix_web::http::Method,
    path: &'static str,
    access: Access,
    register: fn() -> actix_web::Route,
) -> Page {
    Page { operation: Operation { id, method, path, register }, access }
}
