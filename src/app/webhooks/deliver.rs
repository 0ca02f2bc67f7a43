//! One try to tell one receiver. Three steps, as for a mail: lease and read (a short transaction), call (nothing of the database
//! is held), write down (one transaction). A crash before the last step repeats the message under the same `webhook-id`, once
//! the lease is over; nothing is lost.

use chrono::TimeDelta;
use secrecy::zeroize::Zeroizing;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::place;
use crate::{
    app::{AppError, Office},
    domain::{
        event::{self, Outcome, TRIED_FOR, Tried},
        ids::TaskId,
    },
    store::{
        self,
        webhook_deliveries::{self, Event, Leased, Next},
    },
    webhook::{Message, Secret, Sender, sign},
};

/// Longer than a call may take.
const LEASE: TimeDelta = TimeDelta::seconds(30);

/// Takes a receiver for which an event is due, tells it, and writes down what came of it. `None`: nothing is due.
///
/// Errors: the database failed; the lease runs out by itself.
pub async fn deliver_next(office: &Office, sender: &Sender) -> Result<Option<Tried>, AppError> {
    let mut conn = office.pool.acquire().await?;
    let Some(leased) = webhook_deliveries::lease_next(&mut conn, LEASE, office.now()).await? else {
        return Ok(None);
    };
    let prepared = prepare(office, &mut conn, &leased).await;
    drop(conn);
    let (tried, took) = match prepared {
        Ok(prepared) => {
            let begun = std::time::Instant::now();
            let tried = call(sender, &leased, prepared).await;
            (tried, TimeDelta::from_std(begun.elapsed()).unwrap_or(TimeDelta::MAX))
        }
        Err(error) => {
            tracing::error!(webhook.endpoint = %leased.endpoint, "an event cannot be made: {:#}", anyhow::Error::from(error));
            (Tried::without_answer(Outcome::NotMade), TimeDelta::zero())
        }
    };
    record(office, &leased, tried, took).await?;
    Ok(Some(tried))
}

/// A message before it is on its way.
struct Prepared {
    id: String,
    timestamp: i64,
    signature: String,
    body: Vec<u8>,
}

async fn prepare(office: &Office, conn: &mut PgConnection, leased: &Leased) -> Result<Prepared, AppError> {
    let now = office.now();
    let event = webhook_deliveries::event(conn, leased.event).await?.ok_or(AppError::NotFound("event"))?;
    let sealed = store::webhooks::secrets(conn, leased.endpoint, now).await?;
    let mut secrets = Vec::with_capacity(sealed.len());
    for (id, sealed) in sealed {
        let bytes: Zeroizing<Vec<u8>> = office.vault.open(&place(id), &sealed)?;
        secrets.push(Secret::of(bytes));
    }
    let body = body(conn, &event, leased.with_personal_data).await?;
    let (id, timestamp) = (event.id.to_string(), now.timestamp());
    Ok(Prepared { signature: sign(&secrets, &id, timestamp, &body), id, timestamp, body })
}

/// Ids and codes; the PKP only for who may know it.
async fn body(conn: &mut PgConnection, event: &Event, with_personal_data: bool) -> Result<Vec<u8>, AppError> {
    let mut data = event.detail.clone();
    data["office_code"] = json!(event.office);
    for (name, id) in [
        ("request_id", event.request.map(|id| id.0)),
        ("taxpayer_id", event.taxpayer.map(|id| id.0)),
        ("letter_id", event.letter.map(|id| id.0)),
        ("message_id", event.message.map(|id| id.0)),
        ("credential_id", event.credential.map(|id| id.0)),
    ] {
        if let Some(id) = id {
            data[name] = json!(id);
        }
    }
    if with_personal_data && let Some(taxpayer) = event.taxpayer {
        let person = webhook_deliveries::person(conn, taxpayer).await?;
        data["taxpayer"] = person.map(|person| json!({ "npwp": person.npwp, "name": person.name })).into();
    }
    let body = json!({
        "type": event.kind,
        "timestamp": event.occurred_at,
        "data": data,
    });
    serde_json::to_vec(&body).map_err(|error| AppError::Internal(error.into()))
}

async fn call(sender: &Sender, leased: &Leased, prepared: Prepared) -> Tried {
    let Prepared { id, timestamp, signature, body } = prepared;
    sender.send(Message { to: &leased.url, id: &id, timestamp, signature: &signature, body }).await
}

async fn record(office: &Office, leased: &Leased, tried: Tried, took: TimeDelta) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let delivered = tried.outcome == Outcome::Delivered;
    let failures =
        if delivered || tried.is_about_the_message() { 0 } else { leased.failures.saturating_add(1) };
    let rests_until = (failures > 0).then(|| now + event::rest(failures));
    if !webhook_deliveries::release(&mut tx, leased, failures, rests_until).await? {
        tracing::warn!(webhook.endpoint = %leased.endpoint, "another sender has the receiver; this try does not count");
        return Ok(());
    }
    let ends_at = leased.queued_at + TRIED_FOR;
    let pause = event::pause(leased.tries.saturating_add(1));
    let next = if delivered {
        Next::Delivered
    } else if now >= ends_at {
        Next::GivenUp
    } else {
        // Once more at the end of the days.
        Next::RetryAt((now + pause).min(ends_at))
    };
    webhook_deliveries::settle(&mut tx, leased, tried, took, next, now).await?;
    let mut given_up = u64::from(matches!(next, Next::GivenUp));
    if failures > 0 {
        given_up += webhook_deliveries::give_up_old(&mut tx, leased.endpoint, now - TRIED_FOR, now).await?;
    }
    if given_up > 0 {
        store::tasks::open_given_up(&mut tx, TaskId(Uuid::now_v7()), leased.endpoint, now).await?;
    }
    tx.commit().await?;
    if given_up > 0 {
        tracing::error!(webhook.endpoint = %leased.endpoint, given_up, "events are given up: {}", tried.outcome);
    } else if !delivered {
        tracing::warn!(webhook.endpoint = %leased.endpoint, webhook.status = tried.status, "an event was not taken: {}", tried.outcome);
    }
    Ok(())
}
