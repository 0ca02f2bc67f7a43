//! Every way on which a letter was sent, and what came of it.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use sqlx::PgConnection;

use super::parts::{AtOffice, Names, PersonRef};
use crate::{
    app::{
        AppError, Office,
        actor::{self, Colleague},
        letters::visible_letter,
    },
    domain::{
        delivery::{IdentityKind, ReturnReason},
        ids::{LetterId, SessionId},
        names::Delivery,
    },
    store::{
        self,
        audit::{By, Event},
        deliveries::DeliveryRow,
        letters::Letter,
    },
};

#[derive(Debug, Serialize)]
pub struct DeliveryView {
    pub number: i32,
    pub way: Delivery,
    pub decided_at: AtOffice,
    pub decided_by: Option<PersonRef>,
    pub reason: Option<String>,
    pub address: Option<String>,
    pub printed_at: Option<AtOffice>,
    pub handed_out_at: Option<AtOffice>,
    pub handed_out_by: Option<PersonRef>,
    pub posted_on: Option<NaiveDate>,
    pub tracking_number: Option<String>,
    pub collector: Option<CollectorView>,
    pub returned_at: Option<AtOffice>,
    pub returned_on: Option<NaiveDate>,
    pub return_reason: Option<ReturnReason>,
    pub return_note: Option<String>,
    pub given_up_at: Option<AtOffice>,
    pub given_up_reason: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct CollectorView {
    pub receipt_number: String,
    pub name: String,
    pub identity: IdentityKind,
    pub last_four: String,
}

/// The history of a letter, oldest first; audited, because it names who collected it.
pub async fn deliveries(
    office: &Office,
    session: SessionId,
    id: LetterId,
) -> Result<Vec<DeliveryView>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let letter = visible_letter(&mut tx, &colleague, id).await?;
    let row = store::offices::find(&mut tx, letter.office).await?.ok_or(AppError::NotFound("office"))?;
    let rows = store::deliveries::of_letter(&mut tx, id).await?;
    let views = views(&mut tx, rows, row.zone).await?;
    record_look(&mut tx, &colleague, &letter, now).await?;
    tx.commit().await?;
    Ok(views)
}

/// Rows as they are shown, with the names of who decided and who handed out.
pub(in crate::app) async fn views(
    conn: &mut PgConnection,
    rows: Vec<DeliveryRow>,
    zone: Tz,
) -> Result<Vec<DeliveryView>, AppError> {
    let staff: Vec<_> = rows.iter().flat_map(|row| [row.decided_by, row.handed_out_by]).flatten().collect();
    let names = Names(store::staff::names(conn, &staff).await?);
    Ok(rows.into_iter().map(|delivery| view(delivery, &names, zone)).collect())
}

pub(in crate::app) async fn record_look(
    conn: &mut PgConnection,
    colleague: &Colleague,
    letter: &Letter,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let event = Event::new(By::Staff(colleague.id), "view_deliveries")
        .office(letter.office)
        .request(letter.request)
        .subject(letter.id.0);
    Ok(store::audit::record(conn, event, now).await?)
}

fn view(row: DeliveryRow, names: &Names, zone: Tz) -> DeliveryView {
    let at = |at: Option<_>| at.map(|at| AtOffice(at, zone));
    DeliveryView {
        number: row.number,
        way: row.way,
        decided_at: AtOffice(row.decided_at, zone),
        decided_by: names.of_some(row.decided_by),
        // The first way has a code of why it is not the usual one; `Letter` says it in words.
        reason: row.reason.filter(|_| row.decided_by.is_some()),
        address: row.address,
        printed_at: at(row.printed_at),
        handed_out_at: at(row.handed_out_at),
        handed_out_by: names.of_some(row.handed_out_by),
        posted_on: row.posted_on,
        tracking_number: row.tracking_number,
        collector: row.collected.map(|collected| CollectorView {
            receipt_number: collected.receipt_number,
            name: collected.name,
            identity: collected.identity,
            last_four: collected.last_four,
        }),
        returned_at: at(row.returned_at),
        returned_on: row.returned_on,
        return_reason: row.return_reason,
        return_note: row.return_note,
        given_up_at: at(row.given_up_at),
        given_up_reason: row.given_up_reason,
    }
}
