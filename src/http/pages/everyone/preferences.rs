//! `/pilihan`: language, colours and density, kept in the browser.

use actix_web::{HttpResponse, http::Method, web};
use serde::Deserialize;

use crate::http::pages::frame::{
    Access, Density, Language, LocalPath, Page, PageError, ProtectedForm, Remembered, Theme, Visit, page,
};

const PATH: &str = "/pilihan";

pub(super) fn pages() -> Vec<Page> {
    vec![page("set_preferences", Method::POST, PATH, Access::Everyone, || web::to(set))]
}

#[derive(Deserialize)]
struct Wanted {
    language: Option<Language>,
    theme: Option<Theme>,
    density: Option<Density>,
    keys: Option<Switch>,
    back: Option<LocalPath>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Switch {
    On,
    Off,
}

async fn set(visit: Visit, form: ProtectedForm<Wanted>) -> Result<HttpResponse, PageError> {
    let wanted = form.from_anyone(&visit)?.typed;
    let mut kept = visit.preferences();
    kept.language = wanted.language.unwrap_or(kept.language);
    kept.theme = wanted.theme.unwrap_or(kept.theme);
    kept.density = wanted.density.unwrap_or(kept.density);
    kept.keys = wanted.keys.map_or(kept.keys, |switch| switch == Switch::On);
    // The page that asks for a stale form again stands at this path, which cannot be opened.
    let back = wanted.back.filter(|back| back.as_str() != PATH).unwrap_or_else(LocalPath::start);
    let mut response = visit.go(back.as_str());
    visit.remember(&mut response, &Remembered::Preferences(kept));
    Ok(response)
}
