//! Who did what to a request, oldest first.

use serde::Serialize;
use serde_json::Value;

use super::parts::AtOffice;
use crate::{
    app::{
        AppError, Office,
        actor::{self, visible_request},
    },
    domain::{
        history,
        ids::{RequestId, SessionId, StaffId},
    },
    store::{self, audit::HistoryRow},
};

#[derive(Debug, Serialize)]
pub struct History {
    pub items: Vec<HistoryItem>,
}

#[derive(Debug, Serialize)]
pub struct HistoryItem {
    pub at: AtOffice,
    pub act: String,
    pub by: Actor,
    pub detail: Value,
}

#[derive(Debug, Serialize)]
pub struct Actor {
    pub kind: String,
    pub staff_id: Option<StaffId>,
    pub name: Option<String>,
}

/// What was done to the request, not who looked at it.
pub async fn get_history(office: &Office, session: SessionId, id: RequestId) -> Result<History, AppError> {
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, office.now()).await?;
    if colleague.visible_offices(&mut tx).await?.is_empty() {
        return Err(AppError::Forbidden);
    }
    let request = visible_request(&mut tx, &colleague, id).await?;
    let row = store::offices::find(&mut tx, request.office).await?.ok_or(AppError::NotFound("office"))?;
    let rows = store::audit::of_request(&mut tx, id).await?;
    tx.rollback().await?;
    let items = rows
        .into_iter()
        .filter(|event| !history::LOOKS.contains(&event.act.as_str()))
        .map(|event| item(event, row.zone));
    Ok(History { items: items.collect() })
}

fn item(row: HistoryRow, zone: chrono_tz::Tz) -> HistoryItem {
    let mut detail = row.detail;
    if let Some(fields) = detail.as_object_mut() {
        // Names a session or a proof: of use to auditors only.
        fields.remove("principal");
    }
    HistoryItem {
        at: AtOffice(row.at, zone),
        act: row.act,
        by: Actor { kind: row.actor_kind, staff_id: row.actor_id.map(StaffId), name: row.actor_name },
        detail,
    }
}
