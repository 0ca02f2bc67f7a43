//! `save_filing`: what was typed on one step is kept.

use super::{
    KEPT_FOR,
    open::{Progress, progress},
    sealed, unsealed,
};
use crate::{
    app::{AppError, Office, callers::ProofToken},
    domain::form::RawForm,
    store::{
        self,
        audit::{By, Event},
    },
};

/// Keeps what a step changes; letters that were signed on a screen and would say something else now are given up. Also after the proof has ended, so that nothing typed is lost: it is kept, but not shown
/// before the address is proven again.
pub async fn save_filing(
    office: &Office,
    token: &ProofToken,
    change: impl FnOnce(&mut RawForm),
) -> Result<Progress, AppError> {
    let mut tx = office.begin().await?;
    let now = office.now();
    let found = store::saved_filings::lock_by_token(&mut tx, token.sha256()).await?;
    let mut saved = found.filter(|saved| saved.expires_at > now).ok_or(AppError::NotFound("filing"))?;
    if saved.sent_at.is_some() {
        return Ok(Progress::Sent);
    }
    let before = unsealed(office, saved.id, &saved.sealed)?;
    let mut form = before.clone();
    change(&mut form);
    // A signature holds for the letter that was signed.
    let lapsed =
        !form.says_the_same(&before) && store::documents::discard_signed(&mut tx, saved.proof).await? > 0;
    if lapsed {
        store::saved_filings::keep_ink(&mut tx, saved.id, None).await?;
        saved.ink = None;
        let event = Event::new(By::Taxpayer, "signature_lapsed").subject(saved.id.0);
        store::audit::record(&mut tx, event, now).await?;
    }
    saved.sealed = sealed(office, saved.id, &form)?;
    saved.expires_at = now + KEPT_FOR;
    store::saved_filings::save(&mut tx, saved.id, &saved.sealed, saved.expires_at, now).await?;
    store::audit::record(&mut tx, Event::new(By::Taxpayer, "save_filing").subject(saved.id.0), now).await?;
    let mut progress = progress(office, &mut tx, saved).await?;
    if let Progress::Open(filing) = &mut progress {
        filing.lapsed = lapsed;
    }
    tx.commit().await?;
    Ok(progress)
}
