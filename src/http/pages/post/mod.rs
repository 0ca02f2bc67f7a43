//! Letters after their signature: printed, posted, collected, brought back; and the books that say where each of them is.

mod balance;
mod batches;
mod desk;
mod letter;
mod letter_acts;
mod posting;
mod register;

use super::frame::Page;

/// Of the letters on paper.
const PATH: &str = "/surat";

pub const TEMPLATES: &[(&str, &str)] = &[
    ("post/balance.html", include_str!("../../templates/post/balance.html")),
    ("post/balance_letters.html", include_str!("../../templates/post/balance_letters.html")),
    ("post/batch.html", include_str!("../../templates/post/batch.html")),
    ("post/batches.html", include_str!("../../templates/post/batches.html")),
    ("post/desk.html", include_str!("../../templates/post/desk.html")),
    ("post/letter.html", include_str!("../../templates/post/letter.html")),
    ("post/register.html", include_str!("../../templates/post/register.html")),
    ("post/parts.html", include_str!("../../templates/post/parts.html")),
];

/// Pages with a name of their own come before those named by a letter.
pub fn pages() -> Vec<Page> {
    [
        desk::pages(),
        posting::pages(),
        batches::pages(),
        balance::pages(),
        register::pages(),
        letter::pages(),
        letter_acts::pages(),
    ]
    .concat()
}
