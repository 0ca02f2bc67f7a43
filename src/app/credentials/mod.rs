//! Acts on pairs of Kode Aktivasi and Password e-Nofa.

pub mod find_credentials;
pub mod reinstate;
pub mod report_not_us;
pub mod resend_password_link;
pub mod reveal_password;
pub mod revoke;
pub(in crate::app) mod suspension;
pub mod verify;

use sqlx::PgConnection;

use super::{
    AppError, Office,
    actor::Colleague,
    post::{NewMail, open_not_us_link, queue_mail, to_json},
    words::extras::AccountChanged,
};
use crate::{
    domain::{ids::CredentialId, office::OfficeCode},
    letters::EmailKind,
    store::{self, credentials::Credential},
};

/// The pair of this colleague's own office, its taxpayer locked first. Pairs of other offices do not exist for them.
async fn own_pair(
    conn: &mut PgConnection,
    colleague: &Colleague,
    id: CredentialId,
) -> Result<Credential, AppError> {
    let not_found = AppError::NotFound("credential");
    let Some(seen) = store::credentials::find_unlocked(conn, id).await? else { return Err(not_found) };
    if colleague.office.map(String::from) != Some(seen.office.clone()) {
        return Err(not_found);
    }
    store::taxpayers::lock(conn, seen.taxpayer).await?;
    store::credentials::find(conn, id).await?.ok_or(not_found)
}

/// Tells the PKP, at the account's address, what was done to the pair, with a "this was not us" link.
pub(in crate::app) async fn tell(
    office: &Office,
    conn: &mut PgConnection,
    pair: &Credential,
    office_code: OfficeCode,
    what: AccountChanged,
) -> Result<(), AppError> {
    let Some(account) = store::accounts::find(conn, pair.taxpayer).await? else { return Ok(()) };
    let not_us = open_not_us_link(office, conn, pair.taxpayer, office_code, None, "account_changed").await?;
    let mail = NewMail {
        office_code: Some(office_code),
        credential: Some(pair.id),
        not_us: Some(not_us),
        data: to_json(&what)?,
        ..NewMail::new(EmailKind::AccountChanged, account.email)
    };
    queue_mail(office, conn, mail).await?;
    Ok(())
}
