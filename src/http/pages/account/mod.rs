//! The account of a PKP: both codes, what happened to them, password and sessions.

mod code;
mod desktop;
mod forgot;
mod history;
mod home;
mod letter;
mod password;
mod sessions;
mod sign_in;
mod suspend;

use super::frame::{Flash, Page, PageError, Visit};
use crate::{app::AppError, domain::ids::AccountSessionId};

pub const TEMPLATES: &[(&str, &str)] = &[
    ("account/desktop.html", include_str!("../../templates/account/desktop.html")),
    ("account/forgot.html", include_str!("../../templates/account/forgot.html")),
    ("account/history.html", include_str!("../../templates/account/history.html")),
    ("account/home.html", include_str!("../../templates/account/home.html")),
    ("account/parts.html", include_str!("../../templates/account/parts.html")),
    ("account/password.html", include_str!("../../templates/account/password.html")),
    ("account/sign_in.html", include_str!("../../templates/account/sign_in.html")),
    ("account/suspend.html", include_str!("../../templates/account/suspend.html")),
    ("account/superseded.html", include_str!("../../templates/account/superseded.html")),
];

const PATH: &str = "/akun";
const SIGN_IN: &str = "/akun/masuk";

pub fn pages() -> Vec<Page> {
    [
        home::pages(),
        history::pages(),
        sign_in::pages(),
        code::pages(),
        desktop::pages(),
        forgot::pages(),
        password::pages(),
        sessions::pages(),
        letter::pages(),
        suspend::pages(),
    ]
    .concat()
}

/// The session of this browser, or the way to sign in.
fn session(visit: &Visit) -> Result<AccountSessionId, PageError> {
    visit.account().ok_or_else(ended)
}

/// Nobody is at home any more.
fn ended() -> PageError {
    PageError::elsewhere(SIGN_IN, Flash::note("account.ended"))
}

/// What an act of the account answered: a session that ended leads to the sign-in of accounts, not of staff.
fn at_home<T>(answer: Result<T, AppError>) -> Result<T, PageError> {
    answer.map_err(|error| match error {
        AppError::Unauthenticated => ended(),
        other => other.into(),
    })
}
