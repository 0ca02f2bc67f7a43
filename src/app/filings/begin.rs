//! `begin_filing`: whoever proved an address begins.

use uuid::Uuid;

use super::{KEPT_FOR, resume::go_on, sealed};
use crate::{
    app::{
        AppError, Office, actor,
        callers::{self, ProofToken},
    },
    domain::{
        form::{RawForm, RawLetter},
        ids::FilingId,
        names::Wanted,
    },
    store::{
        self,
        audit::{By, Event},
        saved_filings::SavedFiling,
    },
};

/// How it began.
pub struct Begun {
    /// With what the same address had typed before and not sent.
    pub continued: bool,
}

/// Begins a filing with a proven address, or goes on with the one that this address left unsent: whoever lost the link
/// loses nothing. One proof has one filing.
pub async fn begin_filing(office: &Office, token: &ProofToken, wanted: Wanted) -> Result<Begun, AppError> {
    let mut tx = office.begin().await?;
    let now = office.now();
    let proof = callers::live_proof(&mut tx, token, now).await?;
    if let Some(saved) = store::saved_filings::lock_unsent(&mut tx, &proof.email, wanted, now).await? {
        go_on(&mut tx, &saved, proof.id, now).await?;
        tx.commit().await?;
        return Ok(Begun { continued: true });
    }
    let today = match proof.office {
        Some(code) => Some(actor::local_day(&mut tx, code, now).await?),
        None => None,
    };
    let id = FilingId(Uuid::now_v7());
    let form = RawForm {
        kind: wanted.kind().map(|kind| kind.to_string()),
        office_code: proof.office.map(String::from).unwrap_or_default(),
        email: proof.email.to_string(),
        letter: RawLetter {
            date: today.map(|today| today.to_string()).unwrap_or_default(),
            ..RawLetter::default()
        },
        ..RawForm::default()
    };
    let filing = SavedFiling {
        id,
        wanted,
        sealed: sealed(office, id, &form)?,
        ink: None,
        expires_at: now + KEPT_FOR,
        proof: proof.id,
        email: proof.email,
        office: proof.office,
        proof_expires_at: proof.proof_expires_at,
        sent_at: None,
    };
    if !store::saved_filings::insert(&mut tx, &filing, now).await? {
        return Ok(Begun { continued: true });
    }
    store::audit::record(&mut tx, Event::new(By::Taxpayer, "begin_filing").subject(id.0), now).await?;
    tx.commit().await?;
    Ok(Begun { continued: false })
}
