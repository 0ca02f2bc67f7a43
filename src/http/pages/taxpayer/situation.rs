//! `/keadaan/{what}`: what to do in one of the situations that the start page asks about.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Path},
};
use serde::Serialize;

use crate::{
    domain::names::Wanted,
    http::pages::frame::{Access, Page, PageError, Visit, page},
};

pub(super) fn pages() -> Vec<Page> {
    vec![page("situation", Method::GET, "/keadaan/{what}", Access::Everyone, || web::to(show))]
}

/// One situation. Its texts are `start.{title}`, `start.{advice}` and, with documents, `situation.get.{what}`.
#[derive(Serialize)]
struct Situation {
    what: &'static str,
    title: &'static str,
    advice: &'static str,
    /// What is filed, if anything.
    wanted: Option<Wanted>,
    /// Keys of `f.doc`; empty where nothing is to be filed.
    documents: &'static [&'static str],
    /// Where it is put right without a request: a page, and the key of its name.
    here: Option<(&'static str, &'static str)>,
}

const fn situation(
    what: &'static str,
    title: &'static str,
    advice: &'static str,
    wanted: Option<Wanted>,
    documents: &'static [&'static str],
) -> Situation {
    Situation { what, title, advice, wanted, documents, here: None }
}

const SITUATIONS: &[Situation] = &[
    situation(
        "belum-punya",
        "situation.none",
        "start.r_new",
        Some(Wanted::NewCredentials),
        &["letter", "id", "poa"],
    ),
    situation(
        "kode-hilang",
        "start.p_lost_letter",
        "start.r_reprint",
        Some(Wanted::Reprint),
        &["letter", "id", "poa", "police", "damaged"],
    ),
    situation(
        "email-berganti",
        "start.p_email_changed",
        "start.r_email",
        Some(Wanted::UpdateEmail),
        &["letter", "id", "poa", "old_letter"],
    ),
    situation(
        "hilang-keduanya",
        "start.p_lost_both",
        "start.r_bundle",
        Some(Wanted::Bundle),
        &["letter", "id", "poa", "police"],
    ),
    situation(
        "pindah-kpp",
        "situation.moved",
        "start.r_move",
        Some(Wanted::MoveOffice),
        &["letter", "id", "poa", "old_letter", "sppkp"],
    ),
    Situation {
        here: Some(("/akun/lupa", "ac.forgot.title")),
        ..situation("lupa-password", "start.p_lost_password", "start.r_forgot", None, &[])
    },
    Situation {
        here: Some(("/akun", "nav.account")),
        ..situation("laptop-baru", "start.p_new_laptop", "start.r_desktop", None, &[])
    },
    situation("passphrase", "start.p_passphrase", "start.r_passphrase", None, &[]),
];

/// What is filed in a situation.
pub(super) fn wanted(what: &str) -> Option<Wanted> {
    SITUATIONS.iter().find(|situation| situation.what == what)?.wanted
}

async fn show(visit: Visit, what: Path<String>) -> Result<HttpResponse, PageError> {
    let found = SITUATIONS.iter().find(|situation| situation.what == what.as_str());
    visit.show("taxpayer/situation.html", found.ok_or(PageError::Unknown)?)
}
