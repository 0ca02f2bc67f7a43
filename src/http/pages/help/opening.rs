//! `/bantuan/jam-buka`: whether an office is open, and when it opens next.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Query},
};
use serde::{Deserialize, Serialize};

use crate::{
    app::{
        AppError, Office,
        list_offices::list_offices,
        opening_hours::{OpeningHours, opening_hours},
    },
    domain::office::OfficeCode,
    http::pages::frame::{Access, Page, PageError, Visit, page},
    store::offices::OfficeRow,
};

/// More offices than this say nothing to anybody.
const MOST: usize = 20;
/// Fewer letters find half of the country.
const FEWEST_LETTERS: usize = 3;
const LONGEST: usize = 80;

pub(super) fn pages() -> Vec<Page> {
    vec![page("opening_hours", Method::GET, "/bantuan/jam-buka", Access::Everyone, || web::to(show))]
}

#[derive(Deserialize)]
struct Asked {
    /// Code, or part of name or town.
    kpp: Option<String>,
}

#[derive(Serialize)]
struct View<'a> {
    asked: &'a str,
    hours: Option<OpeningHours>,
    /// Offices to choose from; `None` when there is nothing to choose.
    offices: Option<Vec<Choice>>,
    /// How many more there are.
    more: usize,
    too_short: bool,
}

#[derive(Serialize)]
struct Choice {
    code: OfficeCode,
    name: String,
    city: String,
}

impl From<OfficeRow> for Choice {
    fn from(office: OfficeRow) -> Self {
        Self { code: office.code, name: office.name, city: office.city }
    }
}

async fn show(visit: Visit, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let asked: String = asked.kpp.as_deref().unwrap_or_default().trim().chars().take(LONGEST).collect();
    let mut view = View { asked: &asked, hours: None, offices: None, more: 0, too_short: false };
    if let Ok(code) = asked.parse() {
        view.hours = match opening_hours(visit.office(), code).await {
            Ok(hours) => Some(hours),
            Err(AppError::NotFound(_)) => None,
            Err(error) => return Err(error.into()),
        };
        view.offices = view.hours.is_none().then(Vec::new);
    } else if asked.chars().count() >= FEWEST_LETTERS {
        let mut found = named(visit.office(), &asked).await?;
        if let [only] = found.as_slice() {
            view.hours = Some(opening_hours(visit.office(), only.code).await?);
        } else {
            view.more = found.len().saturating_sub(MOST);
            found.truncate(MOST);
            view.offices = Some(found.into_iter().map(Choice::from).collect());
        }
    } else {
        view.too_short = !asked.is_empty();
    }
    visit.show("help/opening.html", &view)
}

/// Offices that have every word in name, town or Kanwil. What all of them are called is not asked for.
pub(in crate::http::pages) async fn named(office: &Office, asked: &str) -> Result<Vec<OfficeRow>, AppError> {
    let asked = asked.to_lowercase();
    let words: Vec<&str> =
        asked.split_whitespace().filter(|word| !matches!(*word, "kpp" | "pratama" | "kantor")).collect();
    let Some(longest) = words.iter().max_by_key(|word| word.len()) else { return Ok(Vec::new()) };
    let mut found = list_offices(office, longest).await?;
    found.retain(|office| {
        let said = format!("{} {} {}", office.name, office.kanwil, office.city).to_lowercase();
        words.iter().all(|word| said.contains(word))
    });
    Ok(found)
}
