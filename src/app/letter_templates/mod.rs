//! Versions of the wording of letters: drafted by one operator, approved by another, in force from a day on.
//!
//! The wording is that of the whole installation: operators of every scope read it, those of national scope change it.

pub mod approve;
pub mod check;
pub mod come_in_force;
pub mod difference;
pub mod draft;
mod faults;
pub mod preview;
pub mod record;
pub(in crate::app) mod shelf;
pub mod view;
pub mod withdraw;

use chrono_tz::Tz;
use sqlx::PgConnection;

use super::{
    AppError, Office,
    actor::{Colleague, Operator},
};
use crate::{
    domain::ids::TemplateId,
    letters::{LetterKind, TemplateText},
    store::{
        self,
        audit::{By, Event},
        letter_templates::TemplateRow,
    },
};

/// The zone in which acts on the whole installation are shown.
pub const ZONE: Tz = Tz::Asia__Jakarta;

/// An operator for the whole installation.
fn national(colleague: &Colleague) -> Result<Operator, AppError> {
    let operator = colleague.operator()?;
    if operator.office.is_none() { Ok(operator) } else { Err(AppError::Forbidden) }
}

/// A version held until the end of the transaction, as it was seen.
async fn lock(conn: &mut PgConnection, id: TemplateId, revision: i32) -> Result<TemplateRow, AppError> {
    let row = store::letter_templates::lock(conn, id).await?.ok_or(AppError::NotFound("letter_template"))?;
    if row.revision == revision { Ok(row) } else { Err(AppError::Stale) }
}

async fn find(conn: &mut PgConnection, id: TemplateId) -> Result<TemplateRow, AppError> {
    store::letter_templates::find(conn, id).await?.ok_or(AppError::NotFound("letter_template"))
}

/// The kind of a version. A program older than the one that recorded it may not know it.
fn kind_of(row: &TemplateRow) -> Result<LetterKind, AppError> {
    row.kind.parse().map_err(|_| AppError::NotFound("letter_template"))
}

async fn text_of(conn: &mut PgConnection, row: &TemplateRow) -> Result<TemplateText, AppError> {
    let text = store::letter_templates::text(conn, &row.kind, row.version)
        .await?
        .ok_or(AppError::NotFound("letter_template"))?;
    Ok(TemplateText { source: text.source, pieces: text.pieces })
}

/// The row of the audit for an act on a version.
async fn record_act(
    office: &Office,
    conn: &mut PgConnection,
    by: Operator,
    act: &str,
    row: (TemplateId, &str, i32),
    more: serde_json::Value,
) -> Result<(), AppError> {
    let (id, kind, version) = row;
    let mut detail = serde_json::json!({ "kind": kind, "version": version });
    if let (Some(detail), serde_json::Value::Object(more)) = (detail.as_object_mut(), more) {
        detail.extend(more);
    }
    let event = Event::new(By::Staff(by.id), act).subject(id.0).detail(detail);
    store::audit::record(conn, event, office.now()).await?;
    Ok(())
}
