//! `/tanda-tangan`: the desk of those who sign, section heads and whoever acts for them.

mod acting;
mod confirm;
mod desk;
mod draft;
mod outcome;

use super::frame::Page;

/// Of every page of the desk.
const PATH: &str = "/tanda-tangan";

pub const TEMPLATES: &[(&str, &str)] = &[
    ("head/acting.html", include_str!("../../templates/head/acting.html")),
    ("head/confirm.html", include_str!("../../templates/head/confirm.html")),
    ("head/desk.html", include_str!("../../templates/head/desk.html")),
    ("head/draft.html", include_str!("../../templates/head/draft.html")),
    ("head/parts.html", include_str!("../../templates/head/parts.html")),
];

/// Pages with a name of their own come before those named by a request.
pub fn pages() -> Vec<Page> {
    [desk::pages(), confirm::pages(), acting::pages(), draft::pages()].concat()
}
