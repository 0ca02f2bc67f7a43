//! Returned and not completed within the time: the request lapses.

use super::{
    AppError, Office,
    post::{NewMail, queue_mail, to_json},
    words::extras,
};
use crate::{
    domain::{ids::RequestId, state::Act},
    letters::EmailKind,
    store::{
        self,
        audit::{By, Event},
    },
};

const AT_ONCE: i64 = 100;

/// Lapses what was due by now. Returns how many. Each in its own transaction, so that one failure holds up no other.
pub async fn lapse_due(office: &Office) -> Result<usize, AppError> {
    let now = office.now();
    let due = {
        let mut tx = office.begin().await?;
        store::returns::lapsed(&mut tx, now, AT_ONCE).await?
    };
    let mut lapsed = 0;
    for id in due {
        match lapse(office, id).await {
            Ok(true) => lapsed += 1,
            Ok(false) => {}
            Err(error) => tracing::error!(request.id = %id, "a request could not lapse: {error}"),
        }
    }
    Ok(lapsed)
}

/// `false`: the filer completed or withdrew it meanwhile.
async fn lapse(office: &Office, id: RequestId) -> Result<bool, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let Some(request) = store::requests::lock(&mut tx, id).await? else { return Ok(false) };
    let Ok(state) = request.state.lapse(now) else { return Ok(false) };
    let in_time =
        store::returns::of_request(&mut tx, id).await?.last().is_none_or(|last| last.lapses_at > now);
    if in_time {
        return Ok(false);
    }
    let request = store::requests::save_state(&mut tx, request, state).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::System, Act::Lapse.as_str())
            .office(request.office)
            .request(id)
            .taxpayer(request.taxpayer),
        now,
    )
    .await?;
    queue_mail(
        office,
        &mut tx,
        NewMail {
            office_code: Some(request.office),
            request: Some(id),
            data: to_json(&extras::Ended { how: extras::EndedHow::Lapsed })?,
            ..NewMail::new(EmailKind::RequestEnded, request.filed.email.clone())
        },
    )
    .await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(true)
}
