//! A letter as staff see it: dots in place of the code.

use super::visible_letter;
use crate::{
    app::{
        AppError, Office, actor,
        render_letter::{preview_letter, preview_signed, wording_of},
    },
    domain::ids::{LetterId, SessionId},
    letters::Rendered,
    store::{
        self,
        audit::{By, Event},
    },
};

pub async fn preview(office: &Office, session: SessionId, id: LetterId) -> Result<Rendered, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let letter = visible_letter(&mut tx, &colleague, id).await?;
    let template = wording_of(office, &mut tx, &letter).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), "view_letter")
            .office(letter.office)
            .request(letter.request)
            .subject(id.0),
        now,
    )
    .await?;
    tx.commit().await?;
    if letter.signed_by.is_some() {
        preview_signed(office, letter.office, template, letter.data).await
    } else {
        preview_letter(office, template, letter.data).await
    }
}
