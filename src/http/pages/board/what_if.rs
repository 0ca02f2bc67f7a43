//! `/papan/andai`: what would have been due when, had other days been off or the counter closed at another time.

use std::collections::BTreeSet;

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web::{self, Query},
};
use chrono::{Datelike, Days as ForDays, Months, NaiveDate, NaiveTime};
use serde::Serialize;

use super::office_asked;
use crate::{
    app::{
        AppError,
        views::what_if::{LONGEST, MOST_ROUNDS, Question, WhatIf, days_off_to_choose, what_if},
    },
    domain::{
        fault::Fault,
        figures::{Days, first_of_month},
    },
    http::pages::frame::{FormFaults, Page, PageError, Staff, Typed, WATCHES, page},
};

/// Days that can be added at once.
const FIELDS: usize = 4;
const LONGEST_TEXT: usize = 20;
/// A limit of the period reaches so many days further.
const REACH: ForDays = ForDays::new(31);

pub(super) fn pages() -> Vec<Page> {
    vec![page("what_if_of_board", Method::GET, "/papan/andai", WATCHES, || web::to(show))]
}

#[derive(Serialize)]
struct View {
    offices: Vec<(String, String)>,
    kantor: String,
    dari: String,
    sampai: String,
    /// Days to add, as typed.
    tambah: Vec<String>,
    /// The closing time, as typed.
    tutup: String,
    choices: Vec<Choice>,
    longest: i64,
    most: usize,
    faults: FormFaults,
    answer: Option<WhatIf>,
}

/// A day off of the calendar as it is.
#[derive(Serialize)]
struct Choice {
    date: NaiveDate,
    name: String,
    chosen: bool,
}

async fn show(staff: Staff, asked: Query<Typed>) -> Result<HttpResponse, PageError> {
    let text = |text: &str| text.chars().take(LONGEST_TEXT).collect::<String>();
    let typed = !asked.get("dari").is_empty() || !asked.get("sampai").is_empty();
    let mut faults = FormFaults::default();
    let kantor = text(asked.get("kantor"));
    let (office, offices) = office_asked(&staff, &kantor, typed, &mut faults).await?;
    let zone = staff.who().zone.unwrap_or(chrono_tz::Asia::Jakarta);
    let today = staff.office().now().with_timezone(&zone).date_naive();
    let (dari, sampai) = if typed {
        (text(asked.get("dari")), text(asked.get("sampai")))
    } else {
        let from = first_of_month(today).checked_sub_months(Months::new(1)).unwrap_or(today);
        (from.to_string(), today.to_string())
    };
    let mut tambah: Vec<String> = asked.all("tambah").take(FIELDS).map(text).collect();
    tambah.resize(FIELDS, String::new());
    let mut view = View {
        offices,
        kantor,
        dari,
        sampai,
        tambah,
        tutup: text(asked.get("tutup")),
        choices: Vec::new(),
        longest: LONGEST,
        most: MOST_ROUNDS,
        faults,
        answer: None,
    };
    let removed: BTreeSet<NaiveDate> =
        asked.all("hapus").take(64).filter_map(|day| day.parse().ok()).collect();
    let received = period(&staff, &mut view);
    if let (Some(code), Some(received)) = (office, received) {
        let until = received.until.checked_add_days(REACH).unwrap_or(received.until);
        let within = Days { from: received.from, until };
        let years = within.from.year()..=within.until.year().min(within.from.year() + 2);
        let days = days_off_to_choose(staff.office(), staff.session(), code, years).await?;
        view.choices = days
            .into_iter()
            .filter(|day| within.hold(day.date))
            .map(|day| Choice { chosen: removed.contains(&day.date), date: day.date, name: day.name })
            .collect();
    }
    if !typed {
        return staff.show("board/what_if.html", &view);
    }
    let added = added(&staff, &mut view);
    let closes_at = closing_time(&staff, &mut view);
    if let (Some(code), Some(received), Some(added), true) = (office, received, added, view.faults.is_empty())
    {
        let question = Question { received, added, removed, closes_at };
        match what_if(staff.office(), staff.session(), code, &question).await {
            Ok(answer) => view.answer = Some(answer),
            Err(AppError::Invalid(faults)) => tell(&staff, &mut view.faults, &faults),
            Err(error) => return Err(error.into()),
        }
    }
    let status = if view.faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    staff.show_as(status, "board/what_if.html", &view)
}

fn period(staff: &Staff, view: &mut View) -> Option<Days> {
    let (from, until) = (view.dari.parse().ok(), view.sampai.parse().ok());
    for (field, day) in [("dari", from), ("sampai", until)] {
        if day.is_none() {
            view.faults.add(field, staff.say("whatif.e.day", &[]));
        }
    }
    let days = Days::between(from?, until?);
    if days.is_none() {
        view.faults.add("dari", staff.say("whatif.e.order", &[]));
    }
    days
}

/// The days that were typed; `None`: one of them is none.
fn added(staff: &Staff, view: &mut View) -> Option<BTreeSet<NaiveDate>> {
    let mut added = BTreeSet::new();
    let mut readable = true;
    for (index, typed) in view.tambah.iter().enumerate().filter(|(_, typed)| !typed.is_empty()) {
        if let Ok(day) = typed.parse() {
            added.insert(day);
        } else {
            readable = false;
            view.faults.add(&field(index), staff.say("whatif.e.day", &[]));
        }
    }
    readable.then_some(added)
}

/// The closing time that was typed, if one was.
fn closing_time(staff: &Staff, view: &mut View) -> Option<NaiveTime> {
    let typed = view.tutup.trim();
    if typed.is_empty() {
        return None;
    }
    let time = ["%H:%M", "%H.%M"].iter().find_map(|form| NaiveTime::parse_from_str(typed, form).ok());
    if time.is_none() {
        view.faults.add("tutup", staff.say("whatif.e.time", &[]));
    }
    time
}

/// The id of a field of a day to add.
fn field(index: usize) -> String {
    if index == 0 { "tambah".to_owned() } else { format!("tambah-{}", index + 1) }
}

/// What the act refuses, beside the field of the page.
fn tell(staff: &Staff, told: &mut FormFaults, faults: &[Fault]) {
    for fault in faults {
        let field = match fault.pointer.as_str() {
            "/received_until" => "sampai",
            "/days_off_removed" => "hapus",
            "/closes_at" => "tutup",
            _ => "tambah",
        };
        told.add(field, staff.say(&format!("whatif.e.{}", fault.code), &[]));
    }
}
