//! `/papan`: the figures of an office, a Kanwil or the country, each with the requests behind it; what comes next at an office.

mod charts;
mod findings;
mod forecast;
mod forecast_accept;
mod live;
mod past;
mod rounds;
mod show;
mod what_if;

use super::frame::{FormFaults, Page, PageError, Staff};
use crate::{app::views::board::offices_to_see, domain::office::OfficeCode};

const PATH: &str = "/papan";

pub const TEMPLATES: &[(&str, &str)] = &[
    ("board/board.html", include_str!("../../templates/board/board.html")),
    ("board/forecast.html", include_str!("../../templates/board/forecast.html")),
    ("board/forecast_offices.html", include_str!("../../templates/board/forecast_offices.html")),
    ("board/parts.html", include_str!("../../templates/board/parts.html")),
    ("board/past.html", include_str!("../../templates/board/past.html")),
    ("board/rounds.html", include_str!("../../templates/board/rounds.html")),
    ("board/what_if.html", include_str!("../../templates/board/what_if.html")),
];

pub fn pages() -> Vec<Page> {
    [
        show::pages(),
        rounds::pages(),
        live::pages(),
        forecast::pages(),
        forecast_accept::pages(),
        past::pages(),
        what_if::pages(),
    ]
    .concat()
}

/// The one office that a page is about, and those to choose from with their names; whoever sees one office does not choose.
/// `asks`: an office has to be chosen by now.
async fn office_asked(
    staff: &Staff,
    typed: &str,
    asks: bool,
    faults: &mut FormFaults,
) -> Result<(Option<OfficeCode>, Vec<(String, String)>), PageError> {
    let offices = offices_to_see(staff.office(), staff.session()).await?;
    if typed.is_empty()
        && let [(only, _)] = offices.as_slice()
    {
        return Ok((Some(*only), Vec::new()));
    }
    let chosen = typed.parse::<OfficeCode>().ok();
    if !typed.is_empty() && !offices.iter().any(|(code, _)| Some(*code) == chosen) {
        return Err(PageError::Unknown);
    }
    if typed.is_empty() && asks {
        faults.add("kantor", staff.say("past.e.office", &[]));
    }
    let named = offices.into_iter().map(|(code, name)| (code.to_string(), format!("{code} {name}")));
    let named: Vec<(String, String)> = named.collect();
    Ok((chosen, if named.len() > 1 { named } else { Vec::new() }))
}
