//! Other systems of the DJP, their public keys, and the assertions that they have used.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError,
    error::{Column, one_row},
};
use crate::domain::{
    clients::ClientScope,
    ids::{ClientId, StaffId},
    office::OfficeCode,
};

#[derive(Debug, Clone)]
pub struct Client {
    pub id: ClientId,
    pub name: String,
    /// `None`: pairs of every office.
    pub office: Option<OfficeCode>,
    pub scopes: Vec<ClientScope>,
    pub created_at: DateTime<Utc>,
    pub disabled_at: Option<DateTime<Utc>>,
    pub disabled_reason: Option<String>,
}

struct Row {
    client_id: Uuid,
    name: String,
    office_code: Option<String>,
    scopes: Vec<String>,
    created_at: DateTime<Utc>,
    disabled_at: Option<DateTime<Utc>>,
    disabled_reason: Option<String>,
}

impl TryFrom<Row> for Client {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: ClientId(row.client_id),
            name: row.name,
            office: Column("clients", "office_code").parse_some(row.office_code.as_deref())?,
            scopes: scopes(&row.scopes)?,
            created_at: row.created_at,
            disabled_at: row.disabled_at,
            disabled_reason: row.disabled_reason,
        })
    }
}

fn scopes(stored: &[String]) -> Result<Vec<ClientScope>, StoreError> {
    stored.iter().map(|scope| Column("clients", "scopes").parse(scope)).collect()
}

/// A public key of a client, as it was registered.
#[derive(Debug, Clone)]
pub struct ClientKeyRow {
    pub thumbprint: String,
    pub client: ClientId,
    pub curve: String,
    pub x: String,
    pub y: Option<String>,
    pub added_at: DateTime<Utc>,
    pub not_after: Option<DateTime<Utc>>,
    pub retired_at: Option<DateTime<Utc>>,
    /// When it last got a token.
    pub last_used_at: Option<DateTime<Utc>>,
}

struct KeyRow {
    thumbprint: String,
    client_id: Uuid,
    curve: String,
    x: String,
    y: Option<String>,
    added_at: DateTime<Utc>,
    not_after: Option<DateTime<Utc>>,
    retired_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
}

impl From<KeyRow> for ClientKeyRow {
    fn from(row: KeyRow) -> Self {
        Self {
            thumbprint: row.thumbprint,
            client: ClientId(row.client_id),
            curve: row.curve,
            x: row.x,
            y: row.y,
            added_at: row.added_at,
            not_after: row.not_after,
            retired_at: row.retired_at,
            last_used_at: row.last_used_at,
        }
    }
}

pub async fn insert(conn: &mut PgConnection, client: &Client, by: Option<StaffId>) -> Result<(), StoreError> {
    let scopes: Vec<String> = client.scopes.iter().map(ToString::to_string).collect();
    sqlx::query!(
        "insert into clients (client_id, name, office_code, scopes, created_at, created_by)
         values ($1, $2, $3, $4, $5, $6)",
        client.id.0,
        client.name,
        client.office.map(String::from),
        &scopes,
        client.created_at,
        by.map(|id| id.0)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A client, locked: acts on one client take turns.
pub async fn lock(conn: &mut PgConnection, id: ClientId) -> Result<Option<Client>, StoreError> {
    sqlx::query_as!(
        Row,
        "select client_id, name, office_code, scopes, created_at, disabled_at, disabled_reason
         from clients where client_id = $1 for no key update",
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(Client::try_from)
    .transpose()
}

pub async fn find(conn: &mut PgConnection, id: ClientId) -> Result<Option<Client>, StoreError> {
    sqlx::query_as!(
        Row,
        "select client_id, name, office_code, scopes, created_at, disabled_at, disabled_reason
         from clients where client_id = $1",
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(Client::try_from)
    .transpose()
}

/// Clients of an office, or all, by name after the given one; at most `limit`.
pub async fn list_page(
    conn: &mut PgConnection,
    office: Option<OfficeCode>,
    after: Option<(String, ClientId)>,
    limit: i64,
) -> Result<Vec<Client>, StoreError> {
    let (name, id) = after.map_or((None, None), |(name, id)| (Some(name), Some(id.0)));
    sqlx::query_as!(
        Row,
        "select client_id, name, office_code, scopes, created_at, disabled_at, disabled_reason
         from clients
         where ($1::text is null or office_code = $1) and ($2::text is null or (name, client_id) > ($2, $3))
         order by name, client_id limit $4",
        office.map(String::from),
        name,
        id,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Client::try_from)
    .collect()
}

/// A client that may call now, with this key of its own, neither retired nor out of date. One statement, for every call.
pub async fn find_live(
    conn: &mut PgConnection,
    id: ClientId,
    thumbprint: &str,
    now: DateTime<Utc>,
) -> Result<Option<Client>, StoreError> {
    sqlx::query_as!(
        Row,
        "select client_id, name, office_code, scopes, created_at, disabled_at, disabled_reason
         from clients join client_keys using (client_id)
         where client_id = $1 and thumbprint = $2 and disabled_at is null and retired_at is null
               and (not_after is null or not_after > $3)",
        id.0,
        thumbprint,
        now
    )
    .fetch_optional(conn)
    .await?
    .map(Client::try_from)
    .transpose()
}

/// Ends a client.
pub async fn disable(
    conn: &mut PgConnection,
    id: ClientId,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update clients set disabled_at = $2, disabled_reason = $3 where client_id = $1 and disabled_at is null",
        id.0,
        now,
        reason
    )
    .execute(conn)
    .await?;
    one_row("clients", written.rows_affected())
}

pub async fn insert_key(conn: &mut PgConnection, key: &ClientKeyRow) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into client_keys (thumbprint, client_id, curve, x, y, added_at, not_after)
         values ($1, $2, $3, $4, $5, $6, $7)",
        key.thumbprint,
        key.client.0,
        key.curve,
        key.x,
        key.y,
        key.added_at,
        key.not_after
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A key, whatever became of it.
pub async fn find_key(conn: &mut PgConnection, thumbprint: &str) -> Result<Option<ClientKeyRow>, StoreError> {
    Ok(sqlx::query_as!(
        KeyRow,
        "select thumbprint, client_id, curve, x, y, added_at, not_after, retired_at, last_used_at
         from client_keys where thumbprint = $1",
        thumbprint
    )
    .fetch_optional(conn)
    .await?
    .map(ClientKeyRow::from))
}

/// The keys of these clients, oldest first.
pub async fn keys(conn: &mut PgConnection, clients: &[ClientId]) -> Result<Vec<ClientKeyRow>, StoreError> {
    let clients: Vec<Uuid> = clients.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        KeyRow,
        "select thumbprint, client_id, curve, x, y, added_at, not_after, retired_at, last_used_at
         from client_keys where client_id = any($1) order by added_at, thumbprint",
        &clients
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(ClientKeyRow::from).collect())
}

/// Keeps that a key just got a token.
pub async fn use_key(
    conn: &mut PgConnection,
    thumbprint: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update client_keys set last_used_at = greatest(last_used_at, $2) where thumbprint = $1",
        thumbprint,
        now
    )
    .execute(conn)
    .await?;
    one_row("client_keys", written.rows_affected())
}

pub async fn retire_key(
    conn: &mut PgConnection,
    thumbprint: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update client_keys set retired_at = $2 where thumbprint = $1 and retired_at is null",
        thumbprint,
        now
    )
    .execute(conn)
    .await?;
    one_row("client_keys", written.rows_affected())
}

/// Keeps that an assertion was used. `false`: it was used before.
pub async fn use_assertion(
    conn: &mut PgConnection,
    client: ClientId,
    jti_hash: &[u8],
    expires_at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "insert into client_assertions (client_id, jti_hash, expires_at) values ($1, $2, $3) on conflict do nothing",
        client.0,
        jti_hash,
        expires_at
    )
    .execute(conn)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Deletes assertions that would be refused for their age.
pub async fn delete_old_assertions(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
) -> Result<u64, StoreError> {
    Ok(sqlx::query!("delete from client_assertions where expires_at < $1", before)
        .execute(conn)
        .await?
        .rows_affected())
}
