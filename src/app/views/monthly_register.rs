//! The register of a month (*buku agenda*), as PDF.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use sqlx::PgConnection;

use crate::{
    app::{
        AppError, Office,
        actor::{self, Colleague},
        letter_templates::shelf,
        render_letter::preview_letter,
        words::{self, MonthlyRegister},
    },
    domain::{ids::SessionId, office::OfficeCode, working_days::DueError},
    letters::LetterKind,
    store::{
        self,
        audit::{By, Event},
        offices::OfficeRow,
        register::RegisterRow,
    },
};

/// For the section head of the office and supervisors whose scope has it; another office answers as an unknown one.
/// `month` is any day of the month. Audited: it lists taxpayers by name.
pub async fn monthly_register(
    office: &Office,
    session: SessionId,
    code: OfficeCode,
    month: NaiveDate,
) -> Result<Vec<u8>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let position = position(&colleague)?;
    if !colleague.visible_offices(&mut tx).await?.contains(&code) {
        return Err(AppError::NotFound("office"));
    }
    let row = store::offices::find(&mut tx, code).await?.ok_or(AppError::NotFound("office"))?;
    let first = month.with_day0(0).unwrap_or(month);
    let next = first + Months::new(1);
    let (from, until) = (midnight(first, row.zone), midnight(next, row.zone));
    let received = store::register::received(&mut tx, code, from, until).await?;
    let rows = with_days(&mut tx, &row, received, next).await?;
    let numbers = store::register::numbers_used(&mut tx, code, first, next).await?;
    let decrees = store::register::decree_numbers(&mut tx, code, from, until, first.year()).await?;
    let data = words::monthly_register(&MonthlyRegister {
        office: &row,
        month: first,
        rows: &rows,
        numbers: &numbers,
        decrees: &decrees,
        compiler: (position, &colleague.name, &colleague.nip),
        printed_at: now,
    });
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), "view_monthly_register")
            .office(code)
            .detail(serde_json::json!({ "month": first })),
        now,
    )
    .await?;
    let today = now.with_timezone(&row.zone).date_naive();
    let template = shelf::in_force(office, &mut tx, LetterKind::MonthlyRegister, today).await?;
    tx.commit().await?;
    Ok(preview_letter(office, template, data).await?.pdf)
}

fn position(colleague: &Colleague) -> Result<&'static str, AppError> {
    if colleague.section_head().is_ok() {
        return Ok("Kepala Seksi Pelayanan");
    }
    colleague.supervises().then_some("Pengawas").ok_or(AppError::Forbidden)
}

/// The business days of each round that ended; none where a year has no calendar.
async fn with_days(
    conn: &mut PgConnection,
    office: &OfficeRow,
    rows: Vec<RegisterRow>,
    around: NaiveDate,
) -> Result<Vec<(RegisterRow, Option<u32>)>, AppError> {
    let loaded = store::calendar::load(conn, office.code, office.zone, around).await?;
    rows.into_iter()
        .map(|row| {
            let ended_on = row.ended_at.map(|at| at.with_timezone(&office.zone).date_naive());
            let days = match row.day_zero.zip(ended_on) {
                None => None,
                Some((from, to)) => match loaded.calendar.business_days_between(from, to) {
                    Ok(days) => Some(days),
                    Err(DueError::YearUnknown(_)) => None,
                    Err(error) => return Err(AppError::Internal(error.into())),
                },
            };
            Ok((row, days))
        })
        .collect()
}

/// The zones of Indonesia have no gap at midnight.
fn midnight(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN)
        .and_local_timezone(zone)
        .earliest()
        .map_or_else(|| day.and_time(NaiveTime::MIN).and_utc(), |at| at.with_timezone(&Utc))
}
