//! `/kalkulator`: when a letter is due that was asked for at some moment, day by day. For everybody.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web::{self, Query},
};
use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

use super::{
    frame::{Access, FormFaults, Page, PageError, Visit, page},
    help::named,
    taxpayer::{Day, days},
};
use crate::{
    app::{
        AppError,
        calculate_due::{Answer, Calculated, calculate_due},
    },
    domain::{names::Kind, office::OfficeCode},
};

pub const TEMPLATES: &[(&str, &str)] =
    &[("calculator/calculator.html", include_str!("../templates/calculator/calculator.html"))];

/// More offices than this say nothing to anybody.
const MOST: usize = 20;
const LONGEST: usize = 80;

pub fn pages() -> Vec<Page> {
    vec![page("due_calculator", Method::GET, "/kalkulator", Access::Everyone, || web::to(show))]
}

#[derive(Default, Deserialize)]
struct Asked {
    /// Code, or part of name or town.
    kpp: Option<String>,
    /// Day and hour on the clock of the office.
    tanggal: Option<String>,
    jam: Option<String>,
    jenis: Option<String>,
}

#[derive(Serialize)]
struct View<'a> {
    kpp: &'a str,
    tanggal: &'a str,
    jam: &'a str,
    jenis: Kind,
    /// Kinds with their words.
    kinds: Vec<(Kind, String)>,
    faults: FormFaults,
    /// Offices to choose from, as addresses of this page.
    offices: Vec<Choice>,
    more: usize,
    calculated: Option<&'a Calculated>,
    days: Vec<Day>,
}

#[derive(Serialize)]
struct Choice {
    href: String,
    name: String,
    city: String,
}

async fn show(visit: Visit, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let text = |typed: &Option<String>| -> String {
        typed.as_deref().unwrap_or_default().trim().chars().take(LONGEST).collect()
    };
    let (kpp, tanggal, jam) = (text(&asked.kpp), text(&asked.tanggal), text(&asked.jam));
    let jenis = text(&asked.jenis).parse().unwrap_or(Kind::NewCredentials);
    let mut view = View {
        kpp: &kpp,
        tanggal: &tanggal,
        jam: &jam,
        jenis,
        kinds: Kind::ALL.iter().map(|kind| (*kind, visit.say(&format!("kind.{kind}"), &[]))).collect(),
        faults: FormFaults::default(),
        offices: Vec::new(),
        more: 0,
        calculated: None,
        days: Vec::new(),
    };
    if kpp.is_empty() && tanggal.is_empty() && jam.is_empty() {
        return visit.show("calculator/calculator.html", &view);
    }
    let date: Option<NaiveDate> = tanggal.parse().ok();
    let time =
        ["%H:%M", "%H.%M", "%H:%M:%S"].iter().find_map(|form| NaiveTime::parse_from_str(&jam, form).ok());
    // Nothing of what was typed stands in an address but what could be read.
    let day = date.map(|date| format!("&tanggal={date}")).unwrap_or_default();
    let hour = time.map(|time| format!("&jam={}", time.format("%H:%M"))).unwrap_or_default();
    let code = office(&visit, &mut view, &format!("{day}{hour}&jenis={jenis}")).await?;
    if date.is_none() {
        view.faults.add("tanggal", visit.say("calc.e.date", &[]));
    }
    if time.is_none() {
        view.faults.add("jam", visit.say("calc.e.time", &[]));
    }
    let calculated = match (code, date, time) {
        (Some(code), Some(date), Some(time)) => {
            match calculate_due(visit.office(), code, jenis, date.and_time(time)).await {
                Ok(calculated) => Some(calculated),
                Err(AppError::Invalid(_)) => {
                    view.faults.add("tanggal", visit.say("calc.e.range", &[]));
                    None
                }
                Err(error) => return Err(error.into()),
            }
        }
        _ => None,
    };
    if let Some(calculated) = &calculated {
        view.days = match &calculated.answer {
            Answer::Due(due) => days(&due.steps),
            Answer::Unknown { .. } => Vec::new(),
        };
        view.calculated = Some(calculated);
    }
    let status = if view.faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    visit.show_as(status, "calculator/calculator.html", &view)
}

/// The office that is meant. `None`: there are several to choose from, or a fault.
async fn office(visit: &Visit, view: &mut View<'_>, rest: &str) -> Result<Option<OfficeCode>, PageError> {
    let known = crate::app::list_offices::list_offices(visit.office(), "").await?;
    if let Ok(code) = view.kpp.parse::<OfficeCode>()
        && known.iter().any(|row| row.code == code)
    {
        return Ok(Some(code));
    }
    let mut found = if view.kpp.is_empty() { Vec::new() } else { named(visit.office(), view.kpp).await? };
    match found.as_slice() {
        [only] => return Ok(Some(only.code)),
        [] => view.faults.add("kpp", visit.say("calc.e.office", &[])),
        _ => {}
    }
    view.more = found.len().saturating_sub(MOST);
    found.truncate(MOST);
    view.offices = found
        .into_iter()
        .map(|row| Choice {
            href: format!("/kalkulator?kpp={}{rest}", row.code),
            name: row.name,
            city: row.city,
        })
        .collect();
    Ok(None)
}
