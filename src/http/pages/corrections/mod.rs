//! Corrections of signed letters: drafted by an officer, read and signed by a section head.

mod acts;
mod draft;
mod sheet;

use super::frame::Page;

/// Of a correction.
const PATH: &str = "/ralat";

pub const TEMPLATES: &[(&str, &str)] = &[
    ("corrections/draft.html", include_str!("../../templates/corrections/draft.html")),
    ("corrections/sheet.html", include_str!("../../templates/corrections/sheet.html")),
];

pub fn pages() -> Vec<Page> {
    [draft::pages(), sheet::pages(), acts::pages()].concat()
}
