//! Pages for whoever comes: the start, signing in and out, preferences.

mod preferences;
mod sign_in;
mod sign_out;
mod start;

use super::frame::Page;
pub use sign_in::{sign_in_again, sign_in_path};

pub const TEMPLATES: &[(&str, &str)] = &[
    ("everyone/sign_in.html", include_str!("../../templates/everyone/sign_in.html")),
    ("everyone/start.html", include_str!("../../templates/everyone/start.html")),
];

pub fn pages() -> Vec<Page> {
    [start::pages(), sign_in::pages(), sign_out::pages(), preferences::pages()].concat()
}
