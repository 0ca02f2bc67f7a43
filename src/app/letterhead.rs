//! What an office prints its letters on and with. Letters that were signed before keep what they had.

use serde_json::{Value, json};

use super::{AppError, Office};
use crate::{
    domain::{names::OfficePaper, office::OfficeCode},
    letters::{Emblem, emblem_of},
    store::{
        self,
        audit::{By, Event},
    },
};

/// Gives an office its own emblem, or takes it away. The file is kept: letters name it by its hash.
pub async fn set_emblem(office: &Office, code: OfficeCode, file: Option<&[u8]>) -> Result<(), AppError> {
    let emblem = file
        .map(Emblem::read)
        .transpose()
        .map_err(|error| AppError::fault("/emblem", "emblem", &error.to_string()))?;
    let sha256 = emblem.as_ref().map(Emblem::sha256);
    let now = office.now();
    let mut tx = office.begin().await?;
    known(&mut tx, code).await?;
    if let (Some(sha256), Some(file)) = (&sha256, file) {
        store::letterheads::keep_emblem(&mut tx, sha256, file, now).await?;
    }
    store::letterheads::set_emblem(&mut tx, code, sha256.as_ref().map(<[u8; 32]>::as_slice), now).await?;
    let named = sha256.map(|sha256| sha256.map(|byte| format!("{byte:02x}")).concat());
    let event = Event::new(By::Console, "set_office_emblem").office(code).detail(json!({ "sha256": named }));
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Chooses the paper of an office.
pub async fn set_paper(office: &Office, code: OfficeCode, paper: OfficePaper) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    known(&mut tx, code).await?;
    store::letterheads::set_paper(&mut tx, code, paper, now).await?;
    let event =
        Event::new(By::Console, "set_office_paper").office(code).detail(json!({ "paper": paper.as_str() }));
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Reads the emblem that a letter names, unless this process has it: rendering reads no database.
pub(in crate::app) async fn bring_emblem(office: &Office, data: &Value) -> Result<(), AppError> {
    let Some(sha256) = emblem_of(data) else { return Ok(()) };
    if office.templates.emblems().get(&sha256).is_some() {
        return Ok(());
    }
    let file = emblem_file(office, data).await?.unwrap_or_default();
    let emblem = Emblem::read(&file).map_err(|error| AppError::Internal(error.into()))?;
    office.templates.emblems().keep(emblem);
    Ok(())
}

/// The file of the emblem that a letter names; `None` for the placeholder.
pub(in crate::app) async fn emblem_file(office: &Office, data: &Value) -> Result<Option<Vec<u8>>, AppError> {
    let Some(sha256) = emblem_of(data) else { return Ok(None) };
    let mut conn = office.pool.acquire().await?;
    let file = store::letterheads::emblem(&mut conn, &sha256).await?;
    let missing = || AppError::Internal(anyhow::anyhow!("a letter names an emblem without a row"));
    file.map(Some).ok_or_else(missing)
}

async fn known(conn: &mut sqlx::PgConnection, code: OfficeCode) -> Result<(), AppError> {
    store::offices::find(conn, code).await?.map(drop).ok_or(AppError::NotFound("office"))
}
