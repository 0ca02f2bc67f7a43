//! What a suspension does, whoever asked for it: the pair, its sessions and links end, and its PKP is told.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{AppError, Office};
use crate::{
    app::{
        facts::event_number,
        post::{NewMail, queue_mail, to_json},
        words::extras::{Suspended, SuspensionReason},
    },
    domain::names::CredentialState,
    letters::EmailKind,
    store::{self, credentials::Credential, offices::OfficeRow},
};

/// Suspends an active pair, whose taxpayer is locked. No session of it lives afterwards: one that begins meanwhile waits
/// for the lock, and finds the pair suspended.
pub(in crate::app) async fn suspend(
    office: &Office,
    conn: &mut PgConnection,
    pair: &Credential,
    row: &OfficeRow,
    reason: SuspensionReason,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    store::credentials::change_state(conn, pair, CredentialState::Suspended, reason.as_str(), now).await?;
    store::account_sessions::end_others(conn, pair.id, None, now).await?;
    store::links::close_password_links(conn, pair.id, now).await?;
    store::messages::supersede_queued_links(conn, pair.id, now).await?;
    let Some(account) = store::accounts::find(conn, pair.taxpayer).await? else { return Ok(()) };
    let suspended = Suspended {
        reason,
        at: now,
        event_number: event_number(now.with_timezone(&row.zone).date_naive(), pair.id.0),
        opens_at: None,
    };
    let addresses = [Some(account.email), account.alternate_email];
    for to in addresses.into_iter().flatten() {
        let mail = NewMail {
            office_code: Some(row.code),
            credential: Some(pair.id),
            data: to_json(&suspended)?,
            ..NewMail::new(EmailKind::AccountSuspended, to)
        };
        queue_mail(office, conn, mail).await?;
    }
    Ok(())
}
