//! Events on their way to receivers: each receiver is leased by one sender at a time, which fences itself by the number of the
//! lease. The events of one line reach a receiver in their order: a later one waits until the earlier arrived or was given up.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, error::Column};
use crate::domain::{
    event::{DeliveryState, EventKind, Outcome, ReceiverUrl, Tried},
    ids::{CredentialId, EndpointId, EventId, LetterId, MessageId, RequestId, TaxpayerId},
    office::OfficeCode,
};

/// What happened: ids and codes.
#[derive(Debug, Clone)]
pub struct Event {
    pub number: i64,
    pub id: EventId,
    pub kind: EventKind,
    pub office: Option<OfficeCode>,
    pub request: Option<RequestId>,
    pub taxpayer: Option<TaxpayerId>,
    pub letter: Option<LetterId>,
    pub message: Option<MessageId>,
    pub credential: Option<CredentialId>,
    pub detail: serde_json::Value,
    pub occurred_at: DateTime<Utc>,
}

struct EventRow {
    event_no: i64,
    event_id: Uuid,
    kind: String,
    office_code: Option<String>,
    request_id: Option<Uuid>,
    taxpayer_id: Option<Uuid>,
    letter_id: Option<Uuid>,
    message_id: Option<Uuid>,
    credential_id: Option<Uuid>,
    detail: serde_json::Value,
    occurred_at: DateTime<Utc>,
}

impl TryFrom<EventRow> for Event {
    type Error = StoreError;
    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        Ok(Self {
            number: row.event_no,
            id: EventId(row.event_id),
            kind: Column("events", "kind").parse(&row.kind)?,
            office: Column("events", "office_code").parse_some(row.office_code.as_deref())?,
            request: row.request_id.map(RequestId),
            taxpayer: row.taxpayer_id.map(TaxpayerId),
            letter: row.letter_id.map(LetterId),
            message: row.message_id.map(MessageId),
            credential: row.credential_id.map(CredentialId),
            detail: row.detail,
            occurred_at: row.occurred_at,
        })
    }
}

/// A receiver in the hands of a sender, with the event that it gets next.
#[derive(Debug, Clone)]
pub struct Leased {
    pub endpoint: EndpointId,
    pub lease: i64,
    pub url: ReceiverUrl,
    pub with_personal_data: bool,
    pub failures: i32,
    pub event: i64,
    pub tries: i32,
    pub queued_at: DateTime<Utc>,
}

/// Takes the receiver that waited longest among those that are not at rest and have an event whose time has come, with the
/// first such event that no earlier one of its line holds up.
pub async fn lease_next(
    conn: &mut PgConnection,
    lease: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Option<Leased>, StoreError> {
    let row = sqlx::query!(
        r#"with taken as (
               select endpoint.endpoint_id, ready.event_no, ready.tries, ready.queued_at
               from webhook_endpoints as endpoint
               cross join lateral (
                   select event_no, tries, queued_at, next_at from webhook_deliveries as delivery
                   where delivery.endpoint_id = endpoint.endpoint_id and state = 'pending' and next_at <= $1
                     and not exists (select from webhook_deliveries as earlier
                                     where earlier.endpoint_id = delivery.endpoint_id and earlier.line = delivery.line
                                       and earlier.state = 'pending' and earlier.event_no < delivery.event_no)
                   order by next_at, event_no limit 1) as ready
               where disabled_at is null and (leased_until is null or leased_until <= $1)
                 and (rests_until is null or rests_until <= $1)
               order by ready.next_at, endpoint.endpoint_id limit 1
               for update of endpoint skip locked)
           update webhook_endpoints as endpoint set lease = lease + 1, leased_until = $2
           from taken where endpoint.endpoint_id = taken.endpoint_id
           returning endpoint.endpoint_id, lease, url, with_personal_data, failures, taken.event_no as "event_no!",
                     taken.tries as "tries!", taken.queued_at as "queued_at!""#,
        now,
        now + lease
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(Leased {
            endpoint: EndpointId(row.endpoint_id),
            lease: row.lease,
            url: Column("webhook_endpoints", "url").parse(&row.url)?,
            with_personal_data: row.with_personal_data,
            failures: row.failures,
            event: row.event_no,
            tries: row.tries,
            queued_at: row.queued_at,
        })
    })
    .transpose()
}

/// Gives a receiver back and writes how it does. `false`: another sender has it by now, and nothing was written.
pub async fn release(
    conn: &mut PgConnection,
    leased: &Leased,
    failures: i32,
    rests_until: Option<DateTime<Utc>>,
) -> Result<bool, StoreError> {
    Ok(sqlx::query!(
        "update webhook_endpoints set leased_until = null, failures = $3, rests_until = $4
         where endpoint_id = $1 and lease = $2 and leased_until is not null",
        leased.endpoint.0,
        leased.lease,
        failures,
        rests_until
    )
    .execute(conn)
    .await?
    .rows_affected()
        == 1)
}

/// What follows a try.
#[derive(Debug, Clone, Copy)]
pub enum Next {
    Delivered,
    RetryAt(DateTime<Utc>),
    GivenUp,
}

/// Writes a try beside its event, and what follows.
pub async fn settle(
    conn: &mut PgConnection,
    leased: &Leased,
    tried: Tried,
    took: TimeDelta,
    next: Next,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into webhook_attempts (endpoint_id, event_no, number, at, outcome, status, duration_ms)
         select $1, $2, coalesce(max(number), 0) + 1, $3, $4, $5, $6 from webhook_attempts
         where endpoint_id = $1 and event_no = $2",
        leased.endpoint.0,
        leased.event,
        now,
        tried.outcome.as_str(),
        tried.status.map(i32::from),
        i32::try_from(took.num_milliseconds()).unwrap_or(i32::MAX)
    )
    .execute(&mut *conn)
    .await?;
    let (state, next_at, ended_at) = match next {
        Next::Delivered => (DeliveryState::Delivered, now, Some(now)),
        Next::RetryAt(at) => (DeliveryState::Pending, at, None),
        Next::GivenUp => (DeliveryState::GivenUp, now, Some(now)),
    };
    sqlx::query!(
        "update webhook_deliveries set state = $3, tries = tries + 1, next_at = $4, ended_at = $5
         where endpoint_id = $1 and event_no = $2 and state = 'pending'",
        leased.endpoint.0,
        leased.event,
        state.as_str(),
        next_at,
        ended_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A receiver that failed just now gets nothing any more of what has waited since before `queued_before`, tried or not.
/// Returns how many that were.
pub async fn give_up_old(
    conn: &mut PgConnection,
    endpoint: EndpointId,
    queued_before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    Ok(sqlx::query!(
        "update webhook_deliveries set state = 'given_up', ended_at = $3
         where endpoint_id = $1 and state = 'pending' and queued_at <= $2",
        endpoint.0,
        queued_before,
        now
    )
    .execute(conn)
    .await?
    .rows_affected())
}

/// One event.
pub async fn event(conn: &mut PgConnection, number: i64) -> Result<Option<Event>, StoreError> {
    sqlx::query_as!(
        EventRow,
        "select event_no, event_id, kind, office_code, request_id, taxpayer_id, letter_id, message_id, credential_id, detail,
                occurred_at
         from events where event_no = $1",
        number
    )
    .fetch_optional(conn)
    .await?
    .map(Event::try_from)
    .transpose()
}

/// Who an event is about, for receivers that may know it.
#[derive(Debug, Clone)]
pub struct Person {
    pub npwp: String,
    pub name: String,
}

/// The PKP of an event: as registered.
pub async fn person(conn: &mut PgConnection, taxpayer: TaxpayerId) -> Result<Option<Person>, StoreError> {
    Ok(sqlx::query_as!(
        Person,
        r#"select coalesce(npwp16, npwp15) as "npwp!", name from taxpayers
           where taxpayer_id = $1 and coalesce(npwp16, npwp15) is not null"#,
        taxpayer.0
    )
    .fetch_optional(conn)
    .await?)
}

/// An event on its way to a receiver, or at its end.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub event: Event,
    pub state: DeliveryState,
    pub tries: i32,
    pub queued_at: DateTime<Utc>,
    /// Of what is pending: when it is tried next, at the earliest.
    pub next_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub last: Option<Attempt>,
}

/// One try.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub number: i32,
    pub at: DateTime<Utc>,
    pub outcome: Outcome,
    pub status: Option<i32>,
    pub duration_ms: i32,
}

/// What of the log is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    pub state: Option<DeliveryState>,
    /// One event.
    pub event: Option<EventId>,
    /// Those before this one.
    pub before: Option<i64>,
    pub limit: i64,
}

/// The log of a receiver, the latest event first.
pub async fn list(
    conn: &mut PgConnection,
    endpoint: EndpointId,
    asked: &Asked,
) -> Result<Vec<Delivery>, StoreError> {
    sqlx::query!(
        r#"select events.event_no, event_id, kind, office_code, request_id, taxpayer_id, letter_id, message_id, credential_id,
                  detail, occurred_at, state, tries, queued_at, next_at, ended_at,
                  last.number as "number?", last.at as "at?", last.outcome as "outcome?", last.status as "status?",
                  last.duration_ms as "duration_ms?"
           from webhook_deliveries as delivery join events using (event_no)
           left join lateral (select * from webhook_attempts as attempt
                              where attempt.endpoint_id = delivery.endpoint_id and attempt.event_no = delivery.event_no
                              order by number desc limit 1) as last on true
           where delivery.endpoint_id = $1 and ($2::text is null or state = $2) and ($3::uuid is null or event_id = $3)
             and ($4::bigint is null or delivery.event_no < $4)
           order by delivery.event_no desc limit $5"#,
        endpoint.0,
        asked.state.map(DeliveryState::as_str),
        asked.event.map(|id| id.0),
        asked.before,
        asked.limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        let last = match (row.number, row.at, row.outcome, row.duration_ms) {
            (Some(number), Some(at), Some(outcome), Some(duration_ms)) => {
                Some(attempt(number, at, &outcome, row.status, duration_ms)?)
            }
            _ => None,
        };
        let state: DeliveryState = Column("webhook_deliveries", "state").parse(&row.state)?;
        Ok(Delivery {
            event: Event::try_from(EventRow {
                event_no: row.event_no,
                event_id: row.event_id,
                kind: row.kind,
                office_code: row.office_code,
                request_id: row.request_id,
                taxpayer_id: row.taxpayer_id,
                letter_id: row.letter_id,
                message_id: row.message_id,
                credential_id: row.credential_id,
                detail: row.detail,
                occurred_at: row.occurred_at,
            })?,
            state,
            tries: row.tries,
            queued_at: row.queued_at,
            next_at: Some(row.next_at).filter(|_| state == DeliveryState::Pending),
            ended_at: row.ended_at,
            last,
        })
    })
    .collect()
}

fn attempt(
    number: i32,
    at: DateTime<Utc>,
    outcome: &str,
    status: Option<i32>,
    duration_ms: i32,
) -> Result<Attempt, StoreError> {
    let outcome = Column("webhook_attempts", "outcome").parse(outcome)?;
    Ok(Attempt { number, at, outcome, status, duration_ms })
}

/// The tries of one event at one receiver, the first one first; at most the latest hundred.
pub async fn attempts(
    conn: &mut PgConnection,
    endpoint: EndpointId,
    event: i64,
) -> Result<Vec<Attempt>, StoreError> {
    sqlx::query!(
        r#"select number as "number!", at as "at!", outcome as "outcome!", status, duration_ms as "duration_ms!"
           from (select * from webhook_attempts where endpoint_id = $1 and event_no = $2
                 order by number desc limit 100) as latest
           order by number"#,
        endpoint.0,
        event
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| attempt(row.number, row.at, &row.outcome, row.status, row.duration_ms))
    .collect()
}

/// Sends one event once more, whatever became of it. `false`: it is on its way already.
pub async fn replay(
    conn: &mut PgConnection,
    endpoint: EndpointId,
    event: EventId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    Ok(sqlx::query!(
        "update webhook_deliveries set state = 'pending', tries = 0, queued_at = $3, next_at = $3, ended_at = null
         where endpoint_id = $1 and state <> 'pending' and event_no = (select event_no from events where event_id = $2)",
        endpoint.0,
        event.0,
        now
    )
    .execute(conn)
    .await?
    .rows_affected()
        == 1)
}

/// Sends once more what was given up of what happened since an instant. Returns how many that are.
pub async fn replay_given_up(
    conn: &mut PgConnection,
    endpoint: EndpointId,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    Ok(sqlx::query!(
        "update webhook_deliveries set state = 'pending', tries = 0, queued_at = $3, next_at = $3, ended_at = null
         where endpoint_id = $1 and state = 'given_up'
           and event_no in (select event_no from events where occurred_at >= $2)",
        endpoint.0,
        since,
        now
    )
    .execute(conn)
    .await?
    .rows_affected())
}

/// Deletes events that happened before then and wait for nobody, with what is known of their delivery.
pub async fn delete_old(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(sqlx::query!(
        "delete from events
         where occurred_at < $1 and not exists (select from webhook_deliveries
                                                where webhook_deliveries.event_no = events.event_no and state = 'pending')",
        before
    )
    .execute(conn)
    .await?
    .rows_affected())
}

/// How many events stand how, over all receivers that are not switched off.
pub async fn counts(conn: &mut PgConnection) -> Result<(i64, i64), StoreError> {
    let row = sqlx::query!(
        r#"select count(*) filter (where state = 'pending') as "pending!", count(*) filter (where state = 'given_up') as "given_up!"
           from webhook_deliveries join webhook_endpoints using (endpoint_id)
           where state <> 'delivered' and disabled_at is null"#
    )
    .fetch_one(conn)
    .await?;
    Ok((row.pending, row.given_up))
}
