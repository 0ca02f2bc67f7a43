//! Pages of those who ask: what to file, and what became of it.

mod filing;
mod resupply;
mod situation;
mod tracked;
mod tracking;
mod withdrawal;

use super::frame::Page;

pub(super) use tracked::{Day, days};

/// Pages and their parts.
pub const TEMPLATES: [&[(&str, &str)]; 2] = [FOLLOWING, filing::TEMPLATES];

const FOLLOWING: &[(&str, &str)] = &[
    ("taxpayer/resupply.html", include_str!("../../templates/taxpayer/resupply.html")),
    ("taxpayer/resupply_check.html", include_str!("../../templates/taxpayer/resupply_check.html")),
    ("taxpayer/situation.html", include_str!("../../templates/taxpayer/situation.html")),
    ("taxpayer/tracked.html", include_str!("../../templates/taxpayer/tracked.html")),
    ("taxpayer/tracking.html", include_str!("../../templates/taxpayer/tracking.html")),
    ("taxpayer/withdrawal.html", include_str!("../../templates/taxpayer/withdrawal.html")),
    ("parts/tracking_form.html", include_str!("../../templates/parts/tracking_form.html")),
];

pub fn pages() -> Vec<Page> {
    [
        situation::pages(),
        filing::pages(),
        resupply::pages(),
        tracking::pages(),
        tracked::pages(),
        withdrawal::pages(),
    ]
    .concat()
}
