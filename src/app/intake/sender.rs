//! Do we know who sends this? Addresses are compared as mailboxes.

use sqlx::PgConnection;

use crate::{
    app::AppError,
    domain::{email_address::EmailAddress, names::Sender},
    store::{self, accounts::Account, taxpayers::Taxpayer},
};

/// The address that we know of a taxpayer: the account's, or before there is an account the registry's.
pub(in crate::app) async fn known_address(
    conn: &mut PgConnection,
    taxpayer: &Taxpayer,
) -> Result<Option<EmailAddress>, AppError> {
    Ok(known_of(taxpayer, store::accounts::find(conn, taxpayer.id).await?))
}

/// The same, for who has looked for the account already.
pub(super) fn known_of(taxpayer: &Taxpayer, account: Option<Account>) -> Option<EmailAddress> {
    account.map(|account| account.email).or_else(|| registered_address(taxpayer))
}

/// Whether a proven address is one that we know of this taxpayer.
pub(in crate::app) fn standing(
    taxpayer: &Taxpayer,
    account: Option<&Account>,
    proven: &EmailAddress,
) -> Sender {
    let registered = registered_address(taxpayer);
    let mut known = account.map(|account| &account.email).into_iter().chain(&registered);
    if known.any(|address| address.is_same_mailbox(proven)) { Sender::Known } else { Sender::Unknown }
}

fn registered_address(taxpayer: &Taxpayer) -> Option<EmailAddress> {
    taxpayer.email.as_deref().and_then(|text| text.parse().ok())
}
