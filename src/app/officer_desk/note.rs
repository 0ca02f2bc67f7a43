//! A note of the office on a request. The filer never sees it; nobody changes it afterwards.

use super::super::{
    AppError, Office,
    actor::{self, visible_request},
};
use crate::{
    domain::ids::{RequestId, SessionId},
    store::{
        self,
        audit::{By, Event},
    },
};

const MOST_CHARACTERS: usize = 1_000;

/// Writes a note. Whoever works on the requests of the office may.
pub async fn note(office: &Office, session: SessionId, id: RequestId, text: &str) -> Result<(), AppError> {
    let text = text.trim().replace("\r\n", "\n");
    if text.is_empty() {
        return Err(AppError::fault("/note", "required", "Isi catatan."));
    }
    if text.chars().count() > MOST_CHARACTERS {
        return Err(AppError::fault("/note", "too_long", "Catatan paling panjang 1.000 karakter."));
    }
    if text.chars().any(|letter| letter.is_control() && letter != '\n' && letter != '\t') {
        return Err(AppError::fault("/note", "character", "Catatan memuat karakter yang tidak terlihat."));
    }
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let request = visible_request(&mut tx, &colleague, id).await?;
    store::desk::insert_note(&mut tx, id, &text, colleague.id, now).await?;
    let event = Event::new(By::Staff(colleague.id), "note").office(request.office).request(id);
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(())
}
