//! Pages of those who ask: what to file, and what became of it.

mod situation;
mod tracked;
mod tracking;
mod withdrawal;

use super::frame::Page;

pub const TEMPLATES: &[(&str, &str)] = &[
    ("taxpayer/situation.html", include_str!("../../templates/taxpayer/situation.html")),
    ("taxpayer/tracked.html", include_str!("../../templates/taxpayer/tracked.html")),
    ("taxpayer/tracking.html", include_str!("../../templates/taxpayer/tracking.html")),
    ("taxpayer/withdrawal.html", include_str!("../../templates/taxpayer/withdrawal.html")),
    ("parts/tracking_form.html", include_str!("../../templates/parts/tracking_form.html")),
];

pub fn pages() -> Vec<Page> {
    [situation::pages(), tracking::pages(), tracked::pages(), withdrawal::pages()].concat()
}
