//! `/neraca`: the books of letters: issued = delivered + pending + returned + given up, and the letters behind each figure.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web::{self, Query},
};
use serde::Serialize;

use crate::{
    app::{
        AppError,
        views::letter_balance::{BalanceView, LetterOfFigure, Wanted, letter_balance, letters_of_figure},
    },
    domain::{delivery::LetterClass, office::OfficeCode},
    http::pages::frame::{FormFaults, Page, PageError, Staff, Typed, WATCHES, page},
};

/// Rows of one part of a list.
const ROWS: i64 = 100;
/// In the address, for the letters that nothing explains.
const UNEXPLAINED: &str = "unexplained";

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("letter_balance_page", Method::GET, "/neraca", WATCHES, || web::to(show)),
        page("letters_of_balance", Method::GET, "/neraca/surat", WATCHES, || web::to(behind)),
    ]
}

#[derive(Serialize)]
struct View<'a> {
    balance: BalanceView,
    holds: bool,
    office: Option<OfficeCode>,
    /// As it was typed.
    on: &'a str,
    /// What every link of the page carries on, with its `&`.
    narrowed: String,
    classes: &'static [LetterClass],
    faults: FormFaults,
}

/// Which day and which office the address asks for.
fn wanted(staff: &Staff, asked: &Typed, faults: &mut FormFaults) -> Result<Wanted, PageError> {
    let office = match asked.get("kantor") {
        "" => None,
        code => Some(code.parse().map_err(|_| PageError::Unknown)?),
    };
    let on = match asked.get("pada") {
        "" => None,
        text => {
            let day = text.parse().ok();
            if day.is_none() {
                faults.add("pada", staff.say("post.e.on.date", &[]));
            }
            day
        }
    };
    Ok(Wanted { office, on })
}

fn narrowed(wanted: Wanted) -> String {
    let on = wanted.on.map(|day| format!("&pada={day}")).unwrap_or_default();
    let office = wanted.office.map(|code| format!("&kantor={code}")).unwrap_or_default();
    on + &office
}

async fn show(staff: Staff, asked: Query<Typed>) -> Result<HttpResponse, PageError> {
    let mut faults = FormFaults::default();
    let mut wanted = wanted(&staff, &asked, &mut faults)?;
    let balance = match letter_balance(staff.office(), staff.session(), wanted).await {
        Err(AppError::Invalid(of_act)) => {
            for fault in of_act {
                faults.add("pada", staff.known(&format!("balance.e.{}", fault.code)).unwrap_or(fault.detail));
            }
            wanted.on = None;
            letter_balance(staff.office(), staff.session(), wanted).await?
        }
        other => other?,
    };
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let view = View {
        holds: balance.total.difference == 0 && balance.total.unexplained == 0,
        office: wanted.office,
        on: asked.get("pada"),
        narrowed: narrowed(wanted),
        classes: LetterClass::ALL,
        balance,
        faults,
    };
    staff.show_as(status, "post/balance.html", &view)
}

#[derive(Serialize)]
struct LettersView {
    class: &'static str,
    wanted_on: Option<chrono::NaiveDate>,
    rows: Vec<LetterOfFigure>,
    /// More than one office is shown.
    offices: bool,
    back: String,
    next: Option<String>,
    later: bool,
}

async fn behind(staff: Staff, asked: Query<Typed>) -> Result<HttpResponse, PageError> {
    let wanted = wanted(&staff, &asked, &mut FormFaults::default())?;
    let class: Option<LetterClass> = match asked.get("golongan") {
        UNEXPLAINED => None,
        class => Some(class.parse().map_err(|_| PageError::Unknown)?),
    };
    let after = asked.get("setelah").parse().ok();
    let mut rows =
        letters_of_figure(staff.office(), staff.session(), wanted, class, (after, ROWS + 1)).await?;
    let shown = usize::try_from(ROWS).unwrap_or_default();
    let more = rows.len() > shown;
    rows.truncate(shown);
    let name = class.map_or(UNEXPLAINED, LetterClass::as_str);
    let narrowed = narrowed(wanted);
    let last = rows.last().filter(|_| more);
    let view = LettersView {
        class: name,
        wanted_on: wanted.on,
        offices: rows
            .iter()
            .any(|row| rows.first().is_some_and(|first| first.office_code != row.office_code)),
        back: format!("/neraca?{}", narrowed.trim_start_matches('&')),
        next: last.map(|row| format!("/neraca/surat?golongan={name}{narrowed}&setelah={}", row.letter_id)),
        later: after.is_some(),
        rows,
    };
    staff.show("post/balance_letters.html", &view)
}
