//! Receivers of events, and the secrets that sign for them. Secrets arrive here sealed; nothing here can open them.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError,
    error::{Column, one_row},
};
use crate::domain::{
    event::{EventKind, ReceiverUrl},
    ids::{EndpointId, StaffId, TaskId},
    office::OfficeCode,
};

/// What an operator says of a receiver.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub name: String,
    pub url: ReceiverUrl,
    /// `None`: what happens at every office.
    pub office: Option<OfficeCode>,
    pub kinds: Vec<EventKind>,
    pub with_personal_data: bool,
}

/// A receiver, and how it does.
#[derive(Debug, Clone)]
pub struct Endpoint {
    pub id: EndpointId,
    pub wanted: Wanted,
    pub disabled_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub version: i32,
    /// Failures in a row.
    pub failures: i32,
    pub rests_until: Option<DateTime<Utc>>,
    pub pending: i64,
    pub given_up: i64,
    /// Until when the secret before the newest one signs too.
    pub old_secret_until: Option<DateTime<Utc>>,
    /// The open task about what was given up, and since when it is open.
    pub task: Option<(TaskId, DateTime<Utc>)>,
}

struct Row {
    endpoint_id: Uuid,
    name: String,
    url: String,
    office_code: Option<String>,
    kinds: Vec<String>,
    with_personal_data: bool,
    disabled_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    version: i32,
    failures: i32,
    rests_until: Option<DateTime<Utc>>,
    pending: i64,
    given_up: i64,
    old_secret_until: Option<DateTime<Utc>>,
    task_id: Option<Uuid>,
    task_opened_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Endpoint {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let at = |column| Column("webhook_endpoints", column);
        Ok(Self {
            id: EndpointId(row.endpoint_id),
            wanted: Wanted {
                name: row.name,
                url: at("url").parse(&row.url)?,
                office: at("office_code").parse_some(row.office_code.as_deref())?,
                kinds: row.kinds.iter().map(|kind| at("kinds").parse(kind)).collect::<Result<_, _>>()?,
                with_personal_data: row.with_personal_data,
            },
            disabled_at: row.disabled_at,
            created_at: row.created_at,
            version: row.version,
            failures: row.failures,
            rests_until: row.rests_until,
            pending: row.pending,
            given_up: row.given_up,
            old_secret_until: row.old_secret_until,
            task: row.task_id.map(TaskId).zip(row.task_opened_at),
        })
    }
}

fn names(kinds: &[EventKind]) -> Vec<String> {
    kinds.iter().map(|kind| kind.as_str().to_owned()).collect()
}

pub async fn insert(
    conn: &mut PgConnection,
    id: EndpointId,
    wanted: &Wanted,
    by: Option<StaffId>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into webhook_endpoints (endpoint_id, name, url, office_code, kinds, with_personal_data, created_at, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        id.0,
        wanted.name,
        wanted.url.as_str(),
        wanted.office.map(String::from),
        &names(&wanted.kinds),
        wanted.with_personal_data,
        now,
        by.map(|id| id.0)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Receivers by their names. `office` `None`: all of them; otherwise those of the one office. Those after the given name, or
/// the one with the given id.
pub async fn list(
    conn: &mut PgConnection,
    office: Option<OfficeCode>,
    one: Option<EndpointId>,
    after: Option<&str>,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Endpoint>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"select e.endpoint_id, name, url, e.office_code, kinds, with_personal_data, disabled_at, created_at, version, failures,
                  rests_until, task.task_id as "task_id?", task.opened_at as "task_opened_at?",
                  (select count(*) from webhook_deliveries as d
                   where d.endpoint_id = e.endpoint_id and state = 'pending') as "pending!",
                  (select count(*) from webhook_deliveries as d
                   where d.endpoint_id = e.endpoint_id and state = 'given_up') as "given_up!",
                  (select max(ends_at) from webhook_secrets as s
                   where s.endpoint_id = e.endpoint_id and ends_at > $5) as old_secret_until
           from webhook_endpoints as e
           left join tasks as task on task.endpoint_id = e.endpoint_id and task.closed_at is null
           where ($1::text is null or e.office_code = $1) and ($2::uuid is null or e.endpoint_id = $2)
             and ($3::text is null or name > $3)
           order by name limit $4"#,
        office.map(String::from),
        one.map(|id| id.0),
        after,
        limit,
        now
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Endpoint::try_from)
    .collect()
}

/// Changes what was said of a receiver, when it still is as it was read. One that was changed is tried at once.
pub async fn change(
    conn: &mut PgConnection,
    id: EndpointId,
    version: i32,
    wanted: &Wanted,
    disabled_at: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update webhook_endpoints
         set name = $3, url = $4, office_code = $5, kinds = $6, with_personal_data = $7, disabled_at = $8, failures = 0,
             rests_until = null, version = version + 1
         where endpoint_id = $1 and version = $2",
        id.0,
        version,
        wanted.name,
        wanted.url.as_str(),
        wanted.office.map(String::from),
        &names(&wanted.kinds),
        wanted.with_personal_data,
        disabled_at
    )
    .execute(conn)
    .await?;
    one_row("webhook_endpoints", written.rows_affected())
}

/// A receiver, locked: whoever changes its secrets, sends again or writes down a try takes turns.
pub async fn lock(conn: &mut PgConnection, id: EndpointId) -> Result<(), StoreError> {
    sqlx::query!("select endpoint_id from webhook_endpoints where endpoint_id = $1 for no key update", id.0)
        .fetch_optional(conn)
        .await?;
    Ok(())
}

/// A new secret. The one before it signs until `old_ends`; those before that one end.
pub async fn add_secret(
    conn: &mut PgConnection,
    endpoint: EndpointId,
    secret: (Uuid, &[u8]),
    old_ends: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (id, sealed) = secret;
    sqlx::query!("delete from webhook_secrets where endpoint_id = $1 and ends_at is not null", endpoint.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "update webhook_secrets set ends_at = $2 where endpoint_id = $1 and ends_at is null",
        endpoint.0,
        old_ends
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into webhook_secrets (secret_id, endpoint_id, sealed, created_at) values ($1, $2, $3, $4)",
        id,
        endpoint.0,
        sealed,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The secrets that sign now, sealed, the newest first.
pub async fn secrets(
    conn: &mut PgConnection,
    endpoint: EndpointId,
    now: DateTime<Utc>,
) -> Result<Vec<(Uuid, Vec<u8>)>, StoreError> {
    Ok(sqlx::query!(
        "select secret_id, sealed from webhook_secrets
         where endpoint_id = $1 and (ends_at is null or ends_at > $2) order by ends_at desc nulls first",
        endpoint.0,
        now
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| (row.secret_id, row.sealed))
    .collect())
}

/// Deletes secrets that sign no more.
pub async fn delete_ended_secrets(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(sqlx::query!("delete from webhook_secrets where ends_at <= $1", now)
        .execute(conn)
        .await?
        .rows_affected())
}
