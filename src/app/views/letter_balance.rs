//! The daily balance: letters issued = delivered + pending + returned + given up, with the letters behind each figure.

use chrono::NaiveDate;
use serde::Serialize;
use sqlx::PgConnection;

use super::parts::AtOffice;
use crate::{
    app::{
        AppError, Office,
        actor::{self, Colleague},
    },
    domain::{
        delivery::LetterClass,
        ids::{LetterId, RequestId, SessionId},
        names::Delivery,
        office::OfficeCode,
    },
    store::{
        self,
        balance::{Balance, BalanceLetter, Figure},
        letters::LetterRowKind,
    },
};

/// What the caller narrows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// `None`: the whole scope.
    pub office: Option<OfficeCode>,
    /// At the end of this day; `None`, or today: as it is now.
    pub on: Option<NaiveDate>,
}

#[derive(Debug, Serialize)]
pub struct BalanceView {
    pub on: NaiveDate,
    /// Not at the end of a day, but now.
    pub live: bool,
    pub total: Figures,
    pub by_office: Vec<OfficeFigures>,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    pub issued: i64,
    pub delivered: i64,
    pub pending: i64,
    pub returned: i64,
    pub given_up: i64,
    pub difference: i64,
    pub unexplained: i64,
}

#[derive(Debug, Serialize)]
pub struct OfficeFigures {
    pub office_code: OfficeCode,
    #[serde(flatten)]
    pub figures: Figures,
}

impl Figures {
    fn add(&mut self, balance: &Balance) {
        self.issued += balance.issued;
        self.delivered += balance.delivered;
        self.pending += balance.pending;
        self.returned += balance.returned;
        self.given_up += balance.given_up;
        self.difference += balance.difference();
        self.unexplained += balance.unexplained;
    }
}

#[derive(Debug, Serialize)]
pub struct LetterOfFigure {
    pub letter_id: LetterId,
    pub office_code: OfficeCode,
    pub request_id: RequestId,
    pub kind: LetterRowKind,
    pub number: String,
    pub copy_number: Option<i32>,
    pub delivery: Delivery,
    pub issued_at: AtOffice,
}

/// The balance of the caller's scope, or of one office in it.
///
/// Errors: [`AppError::Forbidden`] for other roles, [`AppError::NotFound`] for an office outside of the scope,
/// [`AppError::Invalid`] for a day that is still to come.
pub async fn letter_balance(
    office: &Office,
    session: SessionId,
    wanted: Wanted,
) -> Result<BalanceView, AppError> {
    let mut tx = office.begin().await?;
    let (offices, today) = scope(office, &mut tx, session, wanted.office).await?;
    let past = past_day(wanted.on, today)?;
    let rows = match past {
        None => store::balance::live(&mut tx, &offices).await?,
        Some(day) => store::balance::at_end_of(&mut tx, &offices, day).await?,
    };
    let mut total = Figures::default();
    let mut by_office = Vec::with_capacity(rows.len());
    for row in &rows {
        total.add(row);
        let mut figures = Figures::default();
        figures.add(row);
        by_office.push(OfficeFigures { office_code: row.office, figures });
    }
    Ok(BalanceView { on: past.unwrap_or(today), live: past.is_none(), total, by_office })
}

/// The letters behind a figure; those after the given one. `class` `None`: the ones that nothing explains.
pub async fn letters_of_figure(
    office: &Office,
    session: SessionId,
    wanted: Wanted,
    class: Option<LetterClass>,
    (after, limit): (Option<LetterId>, i64),
) -> Result<Vec<LetterOfFigure>, AppError> {
    let mut tx = office.begin().await?;
    let (offices, today) = scope(office, &mut tx, session, wanted.office).await?;
    let figure = Figure { class, day: past_day(wanted.on, today)? };
    let rows = store::balance::letters(&mut tx, &offices, figure, after, limit).await?;
    Ok(rows.into_iter().map(view).collect())
}

fn view(letter: BalanceLetter) -> LetterOfFigure {
    LetterOfFigure {
        letter_id: letter.letter,
        office_code: letter.office,
        request_id: letter.request,
        kind: letter.kind,
        number: letter.number,
        copy_number: letter.copy_number,
        delivery: letter.delivery,
        issued_at: AtOffice(letter.issued_at, letter.zone),
    }
}

/// Section heads see their office, supervisors their scope. With the day that it is there.
async fn scope(
    office: &Office,
    conn: &mut PgConnection,
    session: SessionId,
    only: Option<OfficeCode>,
) -> Result<(Vec<OfficeCode>, NaiveDate), AppError> {
    let now = office.now();
    let colleague = actor::authenticate(conn, session, now).await?;
    watches(&colleague)?;
    let mut offices = colleague.visible_offices(conn).await?;
    if let Some(code) = only {
        offices.retain(|office| *office == code);
        if offices.is_empty() {
            return Err(AppError::NotFound("office"));
        }
    }
    let first = offices.first().copied().ok_or(AppError::Forbidden)?;
    let today = actor::local_day(conn, first, now).await?;
    Ok((offices, today))
}

fn watches(colleague: &Colleague) -> Result<(), AppError> {
    if colleague.supervises() { Ok(()) } else { colleague.section_head().map(|_| ()) }
}

fn past_day(on: Option<NaiveDate>, today: NaiveDate) -> Result<Option<NaiveDate>, AppError> {
    match on {
        Some(day) if day > today => {
            Err(AppError::fault("/on", "future", "Hari itu belum tiba; pilih hari ini atau sebelumnya."))
        }
        Some(day) if day < today => Ok(Some(day)),
        Some(_) | None => Ok(None),
    }
}
