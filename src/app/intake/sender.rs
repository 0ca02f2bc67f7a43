//! Do we know who sends this? Addresses are compared as mailboxes.

use sqlx::PgConnection;

use crate::{
    app::AppError,
    domain::{email_address::EmailAddress, names::Sender},
    store::{self, taxpayers::Taxpayer},
};

/// The address that we know of a taxpayer: the account's, or before there is an account the registry's.
pub(in crate::app) async fn known_address(
    conn: &mut PgConnection,
    taxpayer: &Taxpayer,
) -> Result<Option<EmailAddress>, AppError> {
    if let Some(account) = store::accounts::find(conn, taxpayer.id).await? {
        return Ok(Some(account.email));
    }
    Ok(taxpayer.email.as_deref().and_then(|text| text.parse().ok()))
}

/// Whether a proven address is one that we know of this taxpayer.
pub(super) async fn standing(
    conn: &mut PgConnection,
    taxpayer: &Taxpayer,
    proven: &EmailAddress,
) -> Result<Sender, AppError> {
    let account = store::accounts::find(conn, taxpayer.id).await?.map(|account| account.email);
    let registry = taxpayer.email.as_deref().and_then(|text| text.parse::<EmailAddress>().ok());
    let known = [account, registry].into_iter().flatten().any(|address| address.is_same_mailbox(proven));
    Ok(if known { Sender::Known } else { Sender::Unknown })
}
