//! The register of a month (*buku agenda*), as PDF.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;
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
        register::{DecreeNumbers, NumbersUsed, RegisterRow},
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
    let month = Month::load(&mut tx, &colleague, code, month).await?;
    let rows = with_days(&mut tx, &month.office, month.received, month.first + Months::new(1)).await?;
    let data = words::monthly_register(&MonthlyRegister {
        office: &month.office,
        month: month.first,
        rows: &rows,
        numbers: &month.numbers,
        decrees: &month.decrees,
        compiler: (position, &colleague.name, &colleague.nip),
        printed_at: now,
    });
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), "view_monthly_register")
            .office(code)
            .detail(serde_json::json!({ "month": month.first })),
        now,
    )
    .await?;
    let today = now.with_timezone(&month.office.zone).date_naive();
    let template = shelf::in_force(office, &mut tx, LetterKind::MonthlyRegister, today).await?;
    tx.commit().await?;
    Ok(preview_letter(office, template, data).await?.pdf)
}

/// What the register of a month holds, without any name.
#[derive(Debug, Serialize)]
pub struct RegisterSummary {
    pub office_code: OfficeCode,
    pub first: NaiveDate,
    pub received: usize,
    pub ended: usize,
    pub breached: usize,
    pub letters: Series,
    pub decrees: Series,
    /// Number and reason of decrees that were never signed.
    pub voided: Vec<(String, String)>,
}

/// The numbers of a series in a month.
#[derive(Debug, Serialize)]
pub struct Series {
    pub first: Option<i32>,
    pub last: Option<i32>,
    pub count: usize,
    /// Numbers that nothing took. There are none unless rows were lost.
    pub missing: Vec<i32>,
}

impl From<&NumbersUsed> for Series {
    fn from(numbers: &NumbersUsed) -> Self {
        Self {
            first: numbers.used.first().copied(),
            last: numbers.used.last().copied(),
            count: numbers.used.len(),
            missing: numbers.missing(),
        }
    }
}

/// For whoever may print the register. `code` `None`: the own office.
pub async fn register_summary(
    office: &Office,
    session: SessionId,
    code: Option<OfficeCode>,
    month: NaiveDate,
) -> Result<RegisterSummary, AppError> {
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, office.now()).await?;
    position(&colleague)?;
    let code = match code.or(colleague.office) {
        Some(code) => code,
        None => *colleague.visible_offices(&mut tx).await?.first().ok_or(AppError::Forbidden)?,
    };
    let month = Month::load(&mut tx, &colleague, code, month).await?;
    Ok(RegisterSummary {
        office_code: code,
        first: month.first,
        received: month.received.len(),
        ended: month.received.iter().filter(|row| row.ended_at.is_some()).count(),
        breached: month.received.iter().filter(|row| row.breached == Some(true)).count(),
        letters: Series::from(&month.numbers),
        decrees: Series::from(&month.decrees.numbers),
        voided: month.decrees.voided,
    })
}

/// A month of an office that the colleague may see.
struct Month {
    office: OfficeRow,
    first: NaiveDate,
    received: Vec<RegisterRow>,
    numbers: NumbersUsed,
    decrees: DecreeNumbers,
}

impl Month {
    async fn load(
        conn: &mut PgConnection,
        colleague: &Colleague,
        code: OfficeCode,
        month: NaiveDate,
    ) -> Result<Self, AppError> {
        if !colleague.visible_offices(conn).await?.contains(&code) {
            return Err(AppError::NotFound("office"));
        }
        let office = store::offices::find(conn, code).await?.ok_or(AppError::NotFound("office"))?;
        let first = month.with_day0(0).unwrap_or(month);
        let next = first + Months::new(1);
        let (from, until) = (midnight(first, office.zone), midnight(next, office.zone));
        Ok(Self {
            received: store::register::received(conn, code, from, until).await?,
            numbers: store::register::numbers_used(conn, code, first, next).await?,
            decrees: store::register::decree_numbers(conn, code, from, until, first.year()).await?,
            office,
            first,
        })
    }
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
