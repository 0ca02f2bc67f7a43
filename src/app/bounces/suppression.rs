//! Addresses that refused get no mail for a while, so that nobody knocks at a door that is not there.
//!
//! Codes that prove an address are sent all the same: who types the address waits for an answer, and the right code is
//! what lifts the suppression.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::{
    app::{AppError, Office},
    domain::{
        email_address::EmailAddress,
        enhanced_status::{EnhancedStatus, Refusal},
        ids::MessageId,
    },
    store::{
        self,
        jobs::SendMessage,
        messages::Message,
        suppressions::{self, Suppression},
    },
};

/// Keeps these hashes apart from other keyed hashes of addresses.
const PURPOSE: &str = "suppressed_address";

fn key(office: &Office, address: &EmailAddress) -> [u8; 32] {
    office.vault.lookup(PURPOSE, &address.canonical())
}

/// Suppresses the address of a mail that was refused, as long as the status says.
pub(super) async fn suppress(
    office: &Office,
    conn: &mut PgConnection,
    message: &Message,
    status: Option<EnhancedStatus>,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let refusal = status.map_or(Refusal::Mailbox, EnhancedStatus::refusal);
    let Some(period) = office.rules.limits.suppression.after(refusal) else { return Ok(()) };
    let suppression = Suppression { status, until: now + period, message: message.id };
    Ok(suppressions::suppress(conn, &key(office, &message.email), &suppression, now).await?)
}

/// The suppression of an address that holds now.
pub(in crate::app) async fn of_address(
    office: &Office,
    conn: &mut PgConnection,
    address: &EmailAddress,
    now: DateTime<Utc>,
) -> Result<Option<Suppression>, AppError> {
    Ok(suppressions::find(conn, &key(office, address), now).await?)
}

/// Until when the address of each of these messages gets no mail, as it stands now.
pub(in crate::app) async fn until(
    office: &Office,
    conn: &mut PgConnection,
    messages: &[Message],
    now: DateTime<Utc>,
) -> Result<HashMap<MessageId, DateTime<Utc>>, AppError> {
    let keys: Vec<Vec<u8>> = messages.iter().map(|message| key(office, &message.email).to_vec()).collect();
    let until = suppressions::until(conn, &keys, now).await?;
    let of_each = messages.iter().zip(&keys);
    Ok(of_each.filter_map(|(message, key)| Some((message.id, *until.get(key)?))).collect())
}

/// Lifts the suppression of an address; mails that wait for its end go now. The caller rings the bell after its commit.
pub(in crate::app) async fn lift(
    office: &Office,
    conn: &mut PgConnection,
    address: &EmailAddress,
    now: DateTime<Utc>,
) -> Result<bool, AppError> {
    let lifted = suppressions::lift(conn, &key(office, address)).await?;
    if lifted {
        for message_id in store::messages::queued_to(conn, address).await? {
            store::jobs::enqueue(conn, &SendMessage { message_id }, now, now).await?;
        }
    }
    Ok(lifted)
}
