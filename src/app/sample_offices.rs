//! What the offices of a demonstration lack for signing letters.

use super::{AppError, Office};
use crate::{
    domain::office::OfficeCode,
    store::offices::{self, OfficeSettings},
};

/// Gives an office an address and a telephone where it has none; what it has stays.
pub async fn complete(office: &Office, code: &str, address: &str, phone: &str) -> Result<(), AppError> {
    let code: OfficeCode = code.parse().map_err(|_| AppError::NotFound("office"))?;
    let now = office.now();
    let mut tx = office.begin().await?;
    let row = offices::find(&mut tx, code).await?.ok_or(AppError::NotFound("office"))?;
    if row.address.is_some() && row.phone.is_some() {
        return Ok(());
    }
    let settings = OfficeSettings {
        address: row.address.or_else(|| Some(address.to_owned())),
        phone: row.phone.or_else(|| Some(phone.to_owned())),
        fax: row.fax,
        password_delivery: row.password_delivery,
        letter_delivery: row.letter_delivery,
        signatory_title: row.signatory_title,
        signs_on_behalf: row.signs_on_behalf,
        drafting_code: row.drafting_code,
    };
    offices::save_settings(&mut tx, code, row.version, &settings, now).await?;
    tx.commit().await?;
    Ok(())
}
