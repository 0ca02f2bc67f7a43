//! A second person approves a version: from then on its text is final.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{check, find, kind_of, lock, national, record_act, text_of};
use crate::{
    app::{
        AppError, Office,
        actor::{self, Operator},
    },
    domain::{
        ids::{SessionId, TemplateId},
        letter_template::TemplateState,
    },
    store::{self, letter_templates::TemplateRow},
};

/// Approves the text that was seen: `revision` names it. Not by its drafter, and not with a fault.
///
/// The text is proven while no row is locked; an edit meanwhile is another revision. What forbids the act is told first.
pub async fn approve_version(
    office: &Office,
    session: SessionId,
    id: TemplateId,
    revision: i32,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let operator = national(&actor::authenticate(&mut tx, session, now).await?)?;
    let row = find(&mut tx, id).await?;
    if row.revision != revision {
        return Err(AppError::Stale);
    }
    approved(&row, operator, now)?;
    let text = text_of(&mut tx, &row).await?;
    tx.rollback().await?;
    let proven = check::proven(office, kind_of(&row)?, text).await?;

    let mut tx = office.begin().await?;
    let operator = national(&actor::authenticate(&mut tx, session, now).await?)?;
    let row = lock(&mut tx, id, revision).await?;
    let state = approved(&row, operator, now)?;
    if let Err(faults) = proven {
        return Err(AppError::TemplateFaulty(faults));
    }
    store::letter_templates::save_state(&mut tx, &row, state, now).await?;
    let of = (id, row.kind.as_str(), row.version);
    let more = json!({ "sha256": crate::app::signing::digest::hex(&row.sha256) });
    record_act(office, &mut tx, operator, "approve_letter_template", of, more).await?;
    tx.commit().await?;
    Ok(())
}

fn approved(row: &TemplateRow, operator: Operator, now: DateTime<Utc>) -> Result<TemplateState, AppError> {
    match row.drafted_by {
        Some(drafter) => Ok(row.state.approve(drafter, operator.id, now)?),
        // The wording of a program was approved with it.
        None => Err(row.state.edit().err().map_or(AppError::Stale, AppError::from)),
    }
}
