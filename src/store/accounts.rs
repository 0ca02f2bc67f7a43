//! The PKP account: its address is set at grant and changed only by `update_email`.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{
    StoreError,
    error::{Column, one_row},
};
use crate::domain::{email_address::EmailAddress, ids::TaxpayerId};

#[derive(Debug, Clone)]
pub struct Account {
    pub taxpayer: TaxpayerId,
    pub email: EmailAddress,
    pub alternate_email: Option<EmailAddress>,
    /// `None`: as it was first granted or imported.
    pub email_changed_at: Option<DateTime<Utc>>,
}

pub async fn find(conn: &mut PgConnection, taxpayer: TaxpayerId) -> Result<Option<Account>, StoreError> {
    sqlx::query!(
        "select email, alternate_email, email_changed_at from accounts where taxpayer_id = $1",
        taxpayer.0
    )
    .fetch_optional(conn)
    .await?
    .map(|row| {
        let at = |column| Column("accounts", column);
        Ok(Account {
            taxpayer,
            email: at("email").parse(&row.email)?,
            alternate_email: at("alternate_email").parse_some(row.alternate_email.as_deref())?,
            email_changed_at: row.email_changed_at,
        })
    })
    .transpose()
}

/// At grant: the account gets the address of the request. One that had another address has changed it now.
pub async fn open(
    conn: &mut PgConnection,
    taxpayer: TaxpayerId,
    email: &EmailAddress,
    alternate: Option<&EmailAddress>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into accounts (taxpayer_id, email, alternate_email) values ($1, $2, $3)
         on conflict (taxpayer_id) do update
         set email = $2, alternate_email = $3, email_changed_at = $4, version = accounts.version + 1",
        taxpayer.0,
        email.to_string(),
        alternate.map(ToString::to_string),
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// `update_email`.
pub async fn change_email(
    conn: &mut PgConnection,
    taxpayer: TaxpayerId,
    email: &EmailAddress,
    alternate: Option<&EmailAddress>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update accounts set email = $2, alternate_email = $3, email_changed_at = $4, version = version + 1
         where taxpayer_id = $1",
        taxpayer.0,
        email.to_string(),
        alternate.map(ToString::to_string),
        now
    )
    .execute(conn)
    .await?;
    one_row("accounts", written.rows_affected())
}

/// An account that comes with an imported pair; an existing one stays as it is.
pub async fn import(
    conn: &mut PgConnection,
    taxpayer: TaxpayerId,
    email: &EmailAddress,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into accounts (taxpayer_id, email) values ($1, $2) on conflict (taxpayer_id) do nothing",
        taxpayer.0,
        email.to_string()
    )
    .execute(conn)
    .await?;
    Ok(())
}
