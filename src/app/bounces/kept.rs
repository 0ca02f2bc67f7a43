//! What came back and no program could place. It is kept sealed for some weeks, so that an operator can read it.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    app::{AppError, Office, desk::Desk, signing::digest::hex},
    domain::ids::MessageId,
    store::{self, audit::Event, kept_mail::KeptMail},
    vault::seal::Aad,
};

/// After this an operator who did not look will not.
pub(in crate::app) const KEPT_FOR: TimeDelta = TimeDelta::days(30);
/// Of a longer message the head is kept: that is where a server says what it wants.
const KEPT_BYTES: usize = 64 * 1024;
/// So many can wait. More are not taken, and stay with the mail server that brings them.
const MOST: i64 = 1_000;

fn place(id: Uuid) -> Aad {
    Aad::new("kept_mail", "sealed", id)
}

/// Keeps what came back. `false`: it is kept already.
pub(super) async fn keep(
    office: &Office,
    conn: &mut PgConnection,
    content: &[u8],
    message: Option<MessageId>,
    now: DateTime<Utc>,
) -> Result<bool, AppError> {
    if store::kept_mail::count(conn).await? >= MOST {
        let full = anyhow::anyhow!("too much waits for an operator: aktivasi mail kept list");
        return Err(AppError::Unavailable(full));
    }
    let kept = KeptMail {
        id: Uuid::now_v7(),
        received_at: now,
        message: message.map(|id| id.0),
        byte_count: i32::try_from(content.len()).unwrap_or(i32::MAX),
    };
    let head = &content[..content.len().min(KEPT_BYTES)];
    let sealed = office.vault.seal(&place(kept.id), head)?;
    let fingerprint = office.vault.lookup("kept_mail", &hex(&Sha256::digest(content)));
    Ok(store::kept_mail::insert(conn, &kept, &fingerprint, &sealed).await?)
}

/// What waits for an operator, oldest first. It belongs to no office: only who looks after all of them sees it.
pub async fn list(office: &Office, desk: Desk) -> Result<Vec<KeptMail>, AppError> {
    let mut tx = office.begin().await?;
    desk.keeper(&mut tx, office.now()).await?.of_everything()?;
    Ok(store::kept_mail::list(&mut tx).await?)
}

/// The head of a kept message. An audited look at personal data.
pub async fn show(office: &Office, desk: Desk, id: Uuid) -> Result<Vec<u8>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    keeper.of_everything()?;
    let sealed = store::kept_mail::sealed(&mut tx, id).await?.ok_or(AppError::NotFound("kept mail"))?;
    let content = office.vault.open(&place(id), &sealed)?.to_vec();
    store::audit::record(&mut tx, Event::new(keeper.by, "view_kept_mail").subject(id), now).await?;
    tx.commit().await?;
    Ok(content)
}

/// An operator is done with it.
pub async fn discard(office: &Office, desk: Desk, id: Uuid) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    keeper.of_everything()?;
    if !store::kept_mail::delete(&mut tx, id).await? {
        return Err(AppError::NotFound("kept mail"));
    }
    store::audit::record(&mut tx, Event::new(keeper.by, "discard_kept_mail").subject(id), now).await?;
    tx.commit().await?;
    Ok(())
}
