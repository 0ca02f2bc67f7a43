//! What became of requests that somebody wanted to sign: also who was faster, and with which number.

use serde::Serialize;

use crate::{
    app::{AppError, Office, actor, views::parts::AtOffice},
    domain::{
        ids::{RequestId, SessionId},
        state::StateName,
    },
    store,
};

#[derive(Debug, Clone, Serialize)]
pub struct Became {
    pub request_id: RequestId,
    pub receipt_number: String,
    pub pkp_name: String,
    pub state: StateName,
    pub signed: Option<SignedAs>,
    pub ended: Option<DraftEnded>,
}

/// The letter that was signed.
#[derive(Debug, Clone, Serialize)]
pub struct SignedAs {
    pub number: String,
    pub at: AtOffice,
    pub by: String,
    pub by_me: bool,
}

/// How the last draft that waits no more ended.
#[derive(Debug, Clone, Serialize)]
pub struct DraftEnded {
    /// As the database names it: `signed`, `sent_back`, `reassigned`, `verdict_changed`, `withdrawn`.
    pub how: String,
    pub at: AtOffice,
    pub by: Option<String>,
}

/// Requests of the section head's own office, in the order of the ids. What they may not see is left out.
pub async fn became(office: &Office, session: SessionId, ids: &[RequestId]) -> Result<Vec<Became>, AppError> {
    let mut tx = office.begin().await?;
    let head = actor::authenticate(&mut tx, session, office.now()).await?.section_head()?;
    let row = store::offices::find(&mut tx, head.office).await?.ok_or(AppError::NotFound("office"))?;
    let mut found = store::signing::became(&mut tx, head.office, ids).await?;
    tx.rollback().await?;
    found.sort_by_key(|one| ids.iter().position(|id| *id == one.request));
    Ok(found
        .into_iter()
        .map(|one| Became {
            request_id: one.request,
            receipt_number: one.receipt_number,
            pkp_name: one.pkp_name,
            state: one.state,
            signed: one.signed.map(|(number, at, by, name)| SignedAs {
                number,
                at: AtOffice(at, row.zone),
                by: name,
                by_me: by == head.id,
            }),
            ended: one.ended.map(|(how, at, by)| DraftEnded { how, at: AtOffice(at, row.zone), by }),
        })
        .collect())
}
