//! `/surat/pos`: the numbers of the post for the letters that were taken there, each kept by itself.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use chrono::NaiveDate;

use super::{
    desk::{self, Shown},
    letter_acts::why_not,
};
use crate::{
    app::{
        AppError,
        letters::post_many::{Posted, post_many},
    },
    domain::{delivery::PaperPlace, line::Line},
    http::pages::frame::{
        Flash, FormFaults, PAPER, Page, PageError, ProtectedForm, Staff, Typed, Visit, page,
    },
};

const FIELD: &str = "resi-";
/// As many rows as the page shows.
const MOST: usize = 100;

pub(super) fn pages() -> Vec<Page> {
    vec![page("post_letters_on_page", Method::POST, "/surat/pos", PAPER, || web::to(take))]
}

/// A line that was typed: the field, and what it says.
type Row = (String, Posted);

async fn take(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let typed = &sent.typed;
    let mut faults = FormFaults::default();
    let on = day(&staff, &mut faults, "on", typed.get("on"));
    let rows = rows(&staff, &mut faults, typed)?;
    if faults.is_empty() && rows.is_empty() {
        return staff.go_saying("/surat?lihat=pos", &Flash::note("post.posting.none"));
    }
    if !faults.is_empty() {
        return again(&staff, typed, faults, None).await;
    }
    let lines: Vec<Posted> = rows.iter().map(|(_, line)| line.clone()).collect();
    let results = post_many(staff.office(), staff.session(), on, &lines).await?;
    let mut kept = 0;
    for ((field, line), result) in rows.iter().zip(results) {
        match result {
            Ok(()) => kept += 1,
            Err(error) => tell(&staff, &mut faults, field, line.letter_number.as_str(), error)?,
        }
    }
    if faults.is_empty() {
        let flash = Flash::done("post.posting.done").with("n", kept.to_string());
        return staff.go_saying("/surat?lihat=pos", &flash);
    }
    again(&staff, typed, faults, Some(kept)).await
}

async fn again(
    staff: &Staff,
    typed: &Typed,
    faults: FormFaults,
    kept: Option<usize>,
) -> Result<HttpResponse, PageError> {
    let shown = Shown { typed: Some(typed), faults, kept };
    desk::draw(staff, StatusCode::UNPROCESSABLE_ENTITY, PaperPlace::Post, None, shown).await
}

/// `None`: today.
pub(super) fn day(staff: &Staff, faults: &mut FormFaults, field: &str, text: &str) -> Option<NaiveDate> {
    if text.is_empty() {
        return None;
    }
    let day = text.parse().ok();
    if day.is_none() {
        faults.add(field, staff.say("post.e.on.date", &[]));
    }
    day
}

fn rows(staff: &Staff, faults: &mut FormFaults, typed: &Typed) -> Result<Vec<Row>, PageError> {
    let mut rows = Vec::new();
    for (letter, number) in typed.starting(FIELD).filter(|(_, number)| !number.is_empty()) {
        let field = format!("{FIELD}{letter}");
        let letter_number =
            Line::parse(typed.get(&format!("nomor-{letter}"))).map_err(|_| PageError::WrongForm)?;
        match number.parse() {
            Ok(tracking_number) => rows.push((field, Posted { letter_number, tracking_number })),
            Err(_) => {
                faults.add(&field, in_row(staff, letter_number.as_str(), "post.e.tracking_number.shape"));
            }
        }
    }
    if rows.len() > MOST { Err(PageError::WrongForm) } else { Ok(rows) }
}

fn in_row(staff: &Staff, number: &str, key: &str) -> String {
    format!("{number}: {}", staff.say(key, &[]))
}

/// Says beside the row why it was not kept.
fn tell(
    staff: &Staff,
    faults: &mut FormFaults,
    field: &str,
    number: &str,
    error: AppError,
) -> Result<(), PageError> {
    match error {
        AppError::Invalid(of_act) => {
            for fault in of_act {
                let field = if fault.pointer == "/posted_on" { "on" } else { field };
                let name = fault.pointer.trim_start_matches('/');
                let words = staff.known(&format!("post.e.{name}.{}", fault.code)).unwrap_or(fault.detail);
                faults.add(field, format!("{number}: {words}"));
            }
        }
        error => {
            let flash = why_not(&error).ok_or(error)?;
            let values: Vec<(&str, &str)> =
                flash.values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            faults.add(field, format!("{number}: {}", staff.say(&flash.key, &values)));
        }
    }
    Ok(())
}
