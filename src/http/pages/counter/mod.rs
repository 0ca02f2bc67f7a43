//! Pages of the counter: a letter on paper becomes a request, a returned one comes back complete, and one is withdrawn on
//! a letter.

mod address;
mod intake;
mod resupply;
mod said;
mod scans;
mod withdrawal;

use super::frame::Page;

pub const TEMPLATES: &[(&str, &str)] = &[
    ("counter/intake.html", include_str!("../../templates/counter/intake.html")),
    ("counter/intake_done.html", include_str!("../../templates/counter/intake_done.html")),
    ("counter/parts.html", include_str!("../../templates/counter/parts.html")),
    ("counter/resupply.html", include_str!("../../templates/counter/resupply.html")),
    ("counter/withdrawal.html", include_str!("../../templates/counter/withdrawal.html")),
];

pub fn pages() -> Vec<Page> {
    [intake::pages(), resupply::pages(), withdrawal::pages()].concat()
}
