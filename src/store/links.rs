//! One-time password links and "this was not us" links. Their tokens are derived, never stored.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError,
    error::{Column, one_row},
};
use crate::domain::{
    credential::{LinkState, MAX_REVEALS, REVEAL_WINDOW_MINUTES},
    email_address::EmailAddress,
    ids::{CredentialId, LinkId, NotUsId, RequestId, TaxpayerId},
    office::OfficeCode,
};

#[derive(Debug, Clone)]
pub struct PasswordLink {
    pub id: LinkId,
    pub credential: CredentialId,
    pub office: OfficeCode,
    pub generation: i32,
    pub key_id: String,
    pub expires_at: DateTime<Utc>,
    pub first_revealed_at: Option<DateTime<Utc>>,
    pub reveals: i32,
    pub closed_at: Option<DateTime<Utc>>,
}

impl PasswordLink {
    /// Closed for good, expired, revealed within its window, or open.
    #[must_use]
    pub fn state(&self, now: DateTime<Utc>) -> LinkState {
        let window = chrono::TimeDelta::minutes(REVEAL_WINDOW_MINUTES);
        match self.first_revealed_at {
            _ if self.closed_at.is_some() => LinkState::Closed,
            Some(first) if now >= first + window || self.reveals >= MAX_REVEALS => LinkState::Closed,
            Some(_) => LinkState::Revealed,
            None if now >= self.expires_at => LinkState::Expired,
            None => LinkState::Open,
        }
    }
}

struct Row {
    link_id: Uuid,
    credential_id: Uuid,
    office_code: String,
    generation: i32,
    key_id: String,
    expires_at: DateTime<Utc>,
    first_revealed_at: Option<DateTime<Utc>>,
    reveals: i32,
    closed_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for PasswordLink {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: LinkId(row.link_id),
            credential: CredentialId(row.credential_id),
            office: Column("password_links", "office_code").parse(&row.office_code)?,
            generation: row.generation,
            key_id: row.key_id,
            expires_at: row.expires_at,
            first_revealed_at: row.first_revealed_at,
            reveals: row.reveals,
            closed_at: row.closed_at,
        })
    }
}

/// Reads a link without locking it.
pub async fn find_password_link(
    conn: &mut PgConnection,
    id: LinkId,
) -> Result<Option<PasswordLink>, StoreError> {
    sqlx::query_as!(
        Row,
        "select link_id, credential_id, office_code, generation, key_id, expires_at, first_revealed_at, reveals, closed_at
         from password_links where link_id = $1",
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(PasswordLink::try_from)
    .transpose()
}

/// Reads a link and locks it: two presses at once take turns. Lock its pair first, as acts do that close links.
pub async fn lock_password_link(
    conn: &mut PgConnection,
    id: LinkId,
) -> Result<Option<PasswordLink>, StoreError> {
    sqlx::query_as!(
        Row,
        "select link_id, credential_id, office_code, generation, key_id, expires_at, first_revealed_at, reveals, closed_at
         from password_links where link_id = $1 for no key update",
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(PasswordLink::try_from)
    .transpose()
}

pub async fn of_credential(
    conn: &mut PgConnection,
    id: CredentialId,
) -> Result<Vec<PasswordLink>, StoreError> {
    sqlx::query_as!(
        Row,
        "select link_id, credential_id, office_code, generation, key_id, expires_at, first_revealed_at, reveals, closed_at
         from password_links where credential_id = $1 order by created_at desc, link_id desc",
        id.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(PasswordLink::try_from)
    .collect()
}

/// A new link; the older ones of the pair are closed in the same breath.
pub struct NewPasswordLink<'a> {
    pub id: LinkId,
    pub credential: CredentialId,
    pub office: OfficeCode,
    pub key_id: &'a str,
    pub email: &'a EmailAddress,
    pub expires_at: DateTime<Utc>,
}

pub async fn insert_password_link(
    conn: &mut PgConnection,
    new: &NewPasswordLink<'_>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    close_password_links(conn, new.credential, now).await?;
    sqlx::query!(
        "insert into password_links (link_id, credential_id, office_code, key_id, email, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        new.id.0,
        new.credential.0,
        new.office.as_str(),
        new.key_id,
        new.email.to_string(),
        now,
        new.expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Closes every link of a pair: suspension, revocation, a newer link.
pub async fn close_password_links(
    conn: &mut PgConnection,
    credential: CredentialId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update password_links set closed_at = $2 where credential_id = $1 and closed_at is null",
        credential.0,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Counts a reveal of a link that was read (and locked) in this transaction.
pub async fn count_reveal(
    conn: &mut PgConnection,
    link: &PasswordLink,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update password_links
         set reveals = reveals + 1, first_revealed_at = coalesce(first_revealed_at, $3)
         where link_id = $1 and reveals = $2 and closed_at is null",
        link.id.0,
        link.reveals,
        now
    )
    .execute(conn)
    .await?;
    one_row("password_links", written.rows_affected())
}

#[derive(Debug, Clone)]
pub struct NotUsLink {
    pub id: NotUsId,
    pub taxpayer: TaxpayerId,
    pub office: OfficeCode,
    pub request: Option<RequestId>,
    pub cause: String,
    pub key_id: String,
    pub expires_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
}

/// Finds a link and locks it.
pub async fn find_not_us(conn: &mut PgConnection, id: NotUsId) -> Result<Option<NotUsLink>, StoreError> {
    sqlx::query!(
        "select taxpayer_id, office_code, request_id, cause, key_id, expires_at, used_at
         from not_us_links where link_id = $1 for update",
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(|row| {
        Ok(NotUsLink {
            id,
            taxpayer: TaxpayerId(row.taxpayer_id),
            office: Column("not_us_links", "office_code").parse(&row.office_code)?,
            request: row.request_id.map(RequestId),
            cause: row.cause,
            key_id: row.key_id,
            expires_at: row.expires_at,
            used_at: row.used_at,
        })
    })
    .transpose()
}

pub struct NewNotUsLink<'a> {
    pub id: NotUsId,
    pub taxpayer: TaxpayerId,
    pub office: OfficeCode,
    pub request: Option<RequestId>,
    pub cause: &'static str,
    pub key_id: &'a str,
    pub expires_at: DateTime<Utc>,
}

pub async fn insert_not_us(
    conn: &mut PgConnection,
    new: &NewNotUsLink<'_>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into not_us_links (link_id, taxpayer_id, office_code, request_id, cause, key_id, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id.0,
        new.taxpayer.0,
        new.office.as_str(),
        new.request.map(|id| id.0),
        new.cause,
        new.key_id,
        now,
        new.expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn use_not_us(conn: &mut PgConnection, id: NotUsId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update not_us_links set used_at = $2 where link_id = $1 and used_at is null",
        id.0,
        now
    )
    .execute(conn)
    .await?;
    one_row("not_us_links", written.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(reveals: i32, first: Option<i64>) -> PasswordLink {
        PasswordLink {
            id: LinkId(Uuid::nil()),
            credential: CredentialId(Uuid::nil()),
            office: "031".parse().unwrap(),
            generation: 1,
            key_id: "k".to_owned(),
            expires_at: DateTime::from_timestamp(604_800, 0).unwrap(),
            first_revealed_at: first.map(|at| DateTime::from_timestamp(at, 0).unwrap()),
            reveals,
            closed_at: None,
        }
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn a_link_is_open_for_seven_days() {
        assert_eq!(link(0, None).state(at(604_799)), LinkState::Open);
        assert_eq!(link(0, None).state(at(604_800)), LinkState::Expired);
    }

    #[test]
    fn after_the_first_reveal_it_can_be_repeated_five_times_within_fifteen_minutes() {
        assert_eq!(link(1, Some(0)).state(at(899)), LinkState::Revealed);
        assert_eq!(link(1, Some(0)).state(at(900)), LinkState::Closed);
        assert_eq!(link(4, Some(0)).state(at(10)), LinkState::Revealed);
        assert_eq!(link(5, Some(0)).state(at(10)), LinkState::Closed);
    }

    #[test]
    fn a_reveal_shortly_before_the_end_still_has_its_window() {
        assert_eq!(link(1, Some(604_790)).state(at(604_900)), LinkState::Revealed);
    }
}
