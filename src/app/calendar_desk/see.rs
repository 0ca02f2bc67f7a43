use crate::{
    app::{
        AppError, Office,
        desk::Desk,
        recompute_due_dates::Moved,
        registry::{HolidayEntry, files},
    },
    domain::{office::OfficeCode, working_days::DayOffKind},
    store::{
        calendar::{self, Year},
        offices::{self, OfficeRow},
    },
};

/// A year of the country, or of an office.
#[derive(Debug)]
pub struct YearView {
    pub office: Option<OfficeRow>,
    pub year: Year,
}

/// The calendar of a year. Without an office: what holds for the whole country.
pub async fn see_year(
    office: &Office,
    desk: Desk,
    code: Option<OfficeCode>,
    year: i32,
) -> Result<YearView, AppError> {
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, office.now()).await?;
    let row = match code {
        None => None,
        Some(code) if keeper.looks_after(Some(code)) => {
            Some(offices::find(&mut tx, code).await?.ok_or(AppError::NotFound("office"))?)
        }
        Some(_) => return Err(AppError::NotFound("office")),
    };
    let year = calendar::year(&mut tx, code, year).await?;
    Ok(YearView { office: row, year })
}

/// The national days off of a year as the file that an import takes: taken in again, it changes nothing.
pub async fn year_file(office: &Office, desk: Desk, year: i32) -> Result<String, AppError> {
    let seen = see_year(office, desk, None, year).await?.year;
    let days: Vec<HolidayEntry> = seen
        .days
        .into_iter()
        .filter(|known| known.day.kind != DayOffKind::Closure)
        .map(|known| HolidayEntry { day: known.day, known_on: Some(known.known_on) })
        .collect();
    files::holidays_as_csv(&days)
}

/// Requests that a change moves, one a row. An empty first day: it had waited for the calendar.
pub fn moved_as_csv(moved: &[Moved]) -> Result<Vec<u8>, AppError> {
    let write = || -> anyhow::Result<Vec<u8>> {
        let mut file = csv::Writer::from_writer(Vec::new());
        file.write_record(["receipt_number", "old_due_on", "new_due_on", "no_longer_overdue"])?;
        for one in moved {
            let old = one.old_due_on.map(|day| day.to_string()).unwrap_or_default();
            let revived = if one.no_longer_overdue { "yes" } else { "no" };
            file.write_record([&one.receipt_number, &old, &one.new_due_on.to_string(), revived])?;
        }
        Ok(file.into_inner().map_err(csv::IntoInnerError::into_error)?)
    };
    write().map_err(AppError::Internal)
}
