//! Going on with a filing, here or on another device: by proving its address once more. The link to it holds no secret.

use chrono::{DateTime, FixedOffset, Utc};
use sqlx::PgConnection;

use super::KEPT_FOR;
use crate::{
    app::{
        AppError, Office,
        callers::{self, ProofToken},
        email_proof::request_email_proof,
        limits::CallerAddress,
    },
    domain::ids::{FilingId, ProofId},
    store::{
        self,
        audit::{By, Event},
        saved_filings::SavedFiling,
    },
};

/// A code is on its way.
pub struct Asked {
    pub proof: ProofId,
    pub email: String,
    pub code_expires_at: DateTime<FixedOffset>,
}

/// Sends a code to the address of a filing.
pub async fn ask_to_resume(office: &Office, id: FilingId, from: CallerAddress) -> Result<Asked, AppError> {
    let mut tx = office.begin().await?;
    let saved = waiting(office, &mut tx, id).await?;
    tx.rollback().await?;
    let code = saved.office.ok_or(AppError::NotFound("filing"))?;
    let asked = request_email_proof(office, saved.email.as_str(), code.as_str(), None, from).await?;
    Ok(Asked { proof: asked.proof, email: saved.email.masked(), code_expires_at: asked.code_expires_at })
}

/// Goes on with a fresh proof of the same address. Uploads come along; the proof before opens nothing any more.
pub async fn resume_filing(office: &Office, token: &ProofToken, id: FilingId) -> Result<(), AppError> {
    let mut tx = office.begin().await?;
    let now = office.now();
    let saved = waiting(office, &mut tx, id).await?;
    let proof = callers::live_proof(&mut tx, token, now).await?;
    if !proof.email.is_same_mailbox(&saved.email) {
        return Err(AppError::NotFound("filing"));
    }
    go_on(&mut tx, &saved, proof.id, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The proof takes the filing over.
pub(super) async fn go_on(
    conn: &mut PgConnection,
    saved: &SavedFiling,
    proof: ProofId,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    if proof != saved.proof {
        store::saved_filings::move_to(conn, saved, proof, now + KEPT_FOR).await?;
    }
    store::audit::record(conn, Event::new(By::Taxpayer, "resume_filing").subject(saved.id.0), now).await?;
    Ok(())
}

async fn waiting(office: &Office, conn: &mut PgConnection, id: FilingId) -> Result<SavedFiling, AppError> {
    store::saved_filings::lock(conn, id)
        .await?
        .filter(|saved| saved.sent_at.is_none() && saved.expires_at > office.now())
        .ok_or(AppError::NotFound("filing"))
}
