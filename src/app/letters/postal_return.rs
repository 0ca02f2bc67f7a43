//! *Kempos*: the post brought the letter back. The request's address hears of it, somebody looks after it.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{HeldLetter, hand_out::day, hold, may_hand_out};
use crate::{
    app::{
        AppError, Office, actor,
        post::{NewMail, queue_mail, to_json},
        words::extras,
    },
    domain::{
        delivery::{ReturnReason, masked_address},
        ids::{LetterId, SessionId, TaskId},
        line::Line,
        names::{AddressProof, Sender},
    },
    letters::EmailKind,
    store::{
        self, StoreError,
        audit::{By, Event},
        deliveries::Returned,
        tasks::{Task, TaskKind},
    },
};

/// How long a letter that came back is kept for its collector.
const KEPT_FOR: TimeDelta = TimeDelta::days(30);

/// What is written on the envelope.
#[derive(Debug, Clone)]
pub struct PostalReturn {
    pub reason: ReturnReason,
    /// `None`: today.
    pub on: Option<NaiveDate>,
    pub note: Option<Line<500>>,
}

pub async fn record_postal_return(
    office: &Office,
    session: SessionId,
    id: LetterId,
    returned: &PostalReturn,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let held = hold(&mut tx, &colleague, id).await?;
    may_hand_out(&colleague, &held.letter)?;
    let letter = &held.letter;
    let Some(posted_on) = held.current.posted_on.filter(|_| held.current.is_out()) else {
        return Err(AppError::NotPosted);
    };
    let today = actor::local_day(&mut tx, letter.office, now).await?;
    let on = day("/returned_on", returned.on, (posted_on, today))?;
    let row = Returned {
        on,
        reason: returned.reason,
        note: returned.note.as_ref().map(Line::as_str),
        by: colleague.id,
    };
    store::deliveries::bring_back(&mut tx, id, held.current.number, &row, now).await.map_err(|error| {
        match error {
            StoreError::Stale { .. } => AppError::NotPosted,
            StoreError::Database(_) | StoreError::Inconsistent { .. } => error.into(),
        }
    })?;
    open_task(&mut tx, &held, now).await?;
    tell(office, &mut tx, &held, returned.reason, on, today).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), "record_postal_return")
            .office(letter.office)
            .request(letter.request)
            .subject(id.0)
            .detail(serde_json::json!({ "reason": returned.reason, "returned_on": on })),
        now,
    )
    .await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(())
}

async fn open_task(conn: &mut PgConnection, held: &HeldLetter, now: DateTime<Utc>) -> Result<(), AppError> {
    let task = Task {
        id: TaskId(Uuid::now_v7()),
        office: held.letter.office,
        request: Some(held.letter.request),
        taxpayer: None,
        kind: TaskKind::PostalReturn,
        detail: held.letter.number.clone().unwrap_or_default(),
        opened_at: now,
    };
    Ok(store::tasks::open(conn, &task).await?)
}

/// The address of the request need not be the PKP's: only a known and proven one reads where the letter went.
async fn tell(
    office: &Office,
    conn: &mut PgConnection,
    held: &HeldLetter,
    reason: ReturnReason,
    returned_on: NaiveDate,
    today: NaiveDate,
) -> Result<(), AppError> {
    let letter = &held.letter;
    let request = store::requests::find(conn, letter.request).await?.ok_or(AppError::NotFound("request"))?;
    let trusted = request.sender != Sender::Unknown && request.address_proof == AddressProof::Proven;
    let printed = letter.data.pointer("/pkp/alamat").and_then(serde_json::Value::as_str);
    let went_to = held.current.address.as_deref().or(printed).filter(|_| trusted);
    let words = extras::CameBack {
        reason,
        returned_on,
        keep_until: today + KEPT_FOR,
        address_masked: went_to.map(masked_address),
    };
    let mail = NewMail {
        office_code: Some(letter.office),
        request: Some(letter.request),
        letter: Some(letter.id),
        data: to_json(&words)?,
        ..NewMail::new(EmailKind::PostalReturn, request.filed.email.clone())
    };
    queue_mail(office, conn, mail).await?;
    Ok(())
}
