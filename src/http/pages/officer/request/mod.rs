//! `/permohonan/{id}`: one screen for everything that an officer needs to decide.

mod acts;
mod decide;
mod document;
mod evidence;
mod give_back;
mod papers;
mod presence;
mod screen;

use crate::{domain::ids::RequestId, http::pages::frame::Page};

pub(super) fn pages() -> Vec<Page> {
    [
        screen::pages(),
        acts::pages(),
        give_back::pages(),
        decide::pages(),
        evidence::pages(),
        document::pages(),
        papers::pages(),
        presence::pages(),
    ]
    .concat()
}

/// Where the screen of a request is.
fn path_of(id: RequestId) -> String {
    format!("/permohonan/{id}")
}
