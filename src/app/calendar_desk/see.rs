use crate::{
    app::{AppError, Office, desk::Desk},
    domain::office::OfficeCode,
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
