//! What an operator may change of an office: data, never code.

use serde_json::json;
use sqlx::PgConnection;

use super::{
    AppError, Office,
    actor::{self, Operator},
};
use crate::{
    domain::{
        fault::Faults,
        ids::SessionId,
        line::Line,
        names::{Delivery, PasswordDelivery},
        office::OfficeCode,
    },
    store::{
        self,
        audit::{By, Event},
        offices::{OfficeRow, OfficeSettings},
    },
};

/// Settings as they were typed.
#[derive(Debug, Clone)]
pub struct SettingsEntry {
    pub address: Option<String>,
    pub phone: Option<String>,
    pub fax: Option<String>,
    pub password_delivery: PasswordDelivery,
    pub letter_delivery: Delivery,
    pub signatory_title: String,
    pub signs_on_behalf: bool,
    pub drafting_code: String,
}

/// Reads the settings of an office in the operator's scope.
pub async fn get_office_settings(
    office: &Office,
    session: SessionId,
    code: OfficeCode,
) -> Result<OfficeRow, AppError> {
    let mut tx = office.begin().await?;
    let operator = actor::authenticate(&mut tx, session, office.now()).await?.operator()?;
    in_scope(&mut tx, operator, code).await
}

/// Replaces the settings when nobody else changed them since `version`.
pub async fn put_office_settings(
    office: &Office,
    session: SessionId,
    code: OfficeCode,
    version: i32,
    entry: SettingsEntry,
) -> Result<OfficeRow, AppError> {
    let mut tx = office.begin().await?;
    let now = office.now();
    let operator = actor::authenticate(&mut tx, session, now).await?.operator()?;
    in_scope(&mut tx, operator, code).await?;
    let settings = read(entry)?;
    store::offices::save_settings(&mut tx, code, version, &settings, now).await?;
    let event = Event::new(By::Staff(operator.id), "put_office_settings")
        .office(code)
        .detail(json!({ "replaced_version": version }));
    store::audit::record(&mut tx, event, now).await?;
    let saved = in_scope(&mut tx, operator, code).await?;
    tx.commit().await?;
    Ok(saved)
}

async fn in_scope(
    conn: &mut PgConnection,
    operator: Operator,
    code: OfficeCode,
) -> Result<OfficeRow, AppError> {
    if operator.office.is_some_and(|own| own != code) {
        return Err(AppError::NotFound("office"));
    }
    store::offices::find(conn, code).await?.ok_or(AppError::NotFound("office"))
}

/// Every fault at once.
fn read(entry: SettingsEntry) -> Result<OfficeSettings, AppError> {
    let mut faults = Faults::default();
    let address = optional::<250>(&mut faults, "/address", entry.address);
    let phone = optional::<100>(&mut faults, "/phone", entry.phone);
    let fax = optional::<100>(&mut faults, "/fax", entry.fax);
    let signatory_title = required::<100>(&mut faults, "/signatory_title", &entry.signatory_title);
    let drafting_code = required::<20>(&mut faults, "/drafting_code", &entry.drafting_code);
    match (signatory_title, drafting_code) {
        (Some(signatory_title), Some(drafting_code)) if faults.is_empty() => Ok(OfficeSettings {
            address,
            phone,
            fax,
            password_delivery: entry.password_delivery,
            letter_delivery: entry.letter_delivery,
            signatory_title,
            signs_on_behalf: entry.signs_on_behalf,
            drafting_code,
        }),
        _ => Err(AppError::Invalid(faults.into_vec())),
    }
}

fn required<const MAX: usize>(faults: &mut Faults, pointer: &str, text: &str) -> Option<String> {
    let line = Line::<MAX>::parse(text).map_err(|error| (error.code(), error.detail()));
    faults.take(pointer, line).map(String::from)
}

fn optional<const MAX: usize>(faults: &mut Faults, pointer: &str, text: Option<String>) -> Option<String> {
    text.and_then(|text| required::<MAX>(faults, pointer, &text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_the_settings_is_told_at_once() {
        let entry = SettingsEntry {
            address: Some(" ".to_owned()),
            phone: None,
            fax: Some("x".repeat(101)),
            password_delivery: PasswordDelivery::Link,
            letter_delivery: Delivery::Email,
            signatory_title: String::new(),
            signs_on_behalf: true,
            drafting_code: "漢".to_owned(),
        };
        let Err(AppError::Invalid(faults)) = read(entry) else { panic!("accepted") };
        let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();

        assert_eq!(pointers, ["/address", "/fax", "/signatory_title", "/drafting_code"]);
    }
}
