//! The receipt as PDF: for the filer the stored one, at the counter a copy marked SALINAN.

use serde_json::Value;
use sqlx::PgConnection;

use crate::{
    app::{
        AppError, Office, actor,
        intake::{receipt_copy_data, sibling_receipt},
        render_letter::{put, render, render_letter, wording_of},
        secrets,
    },
    domain::{
        ids::{RequestId, SessionId},
        request::Request,
    },
    store::{
        self,
        audit::{By, Event},
        letters::{Letter, LetterRowKind},
    },
};

/// The receipt of the current round, for whoever holds the tracking code.
pub async fn tracked_receipt(office: &Office, id: RequestId) -> Result<Vec<u8>, AppError> {
    let mut tx = office.begin().await?;
    let letter = receipt(&mut tx, id).await?;
    tx.rollback().await?;
    Ok(render_letter(office, letter.id).await?.pdf)
}

/// The receipt that was issued for the current round.
async fn receipt(conn: &mut PgConnection, id: RequestId) -> Result<Letter, AppError> {
    let round = store::rounds::current(conn, id).await?;
    store::letters::of_request(conn, id)
        .await?
        .into_iter()
        .find(|letter| letter.kind == LetterRowKind::Receipt && letter.round == round.id)
        .ok_or(AppError::NotFound("receipt"))
}

/// A copy for who filed at this counter. It shows the tracking code, hence an audited act of the counter only.
pub async fn request_receipt(
    office: &Office,
    session: SessionId,
    id: RequestId,
) -> Result<Vec<u8>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let counter = colleague.counter()?;
    let request = actor::visible_request(&mut tx, &colleague, id).await?;
    if request.office != counter.office {
        return Err(AppError::NotFound("request"));
    }
    let data = copy_data(office, &mut tx, &request).await?;
    let issued = receipt(&mut tx, id).await?;
    let template = wording_of(office, &mut tx, &issued).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(counter.id), "print_receipt")
            .office(request.office)
            .request(id)
            .taxpayer(request.taxpayer),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(render(office, template, data).await?.pdf)
}

async fn copy_data(office: &Office, conn: &mut PgConnection, request: &Request) -> Result<Value, AppError> {
    let row = store::offices::find(conn, request.office).await?.ok_or(AppError::NotFound("office"))?;
    let regime = store::regimes::get(conn, &request.regime).await?;
    let round = store::rounds::current(conn, request.id).await?;
    let sibling = sibling_receipt(conn, request).await?;
    let sibling = sibling.as_ref().map(|(number, kind)| (number.as_str(), *kind));
    let mut data = receipt_copy_data(office, conn, &row, &regime, request, &round, sibling).await?;
    put(&mut data, "tanda_terima", "kode_lacak", &secrets::tracking_code(office, request)?)?;
    Ok(data)
}
