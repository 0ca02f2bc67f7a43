//! "This was not us": the link of a notice suspends the pair, ends its links, and opens a task at the office.
//! GET explains, POST acts, once, for fourteen days.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{AppError, Office, suspension};
use crate::{
    app::{
        secrets::links::{Presented, is_for_not_us},
        words::extras::SuspensionReason,
    },
    domain::{credential::LinkState, ids::TaskId, names::CredentialState},
    store::{
        self,
        audit::{By, Event},
        links::NotUsLink,
        offices::OfficeRow,
        tasks::{Task, TaskKind},
    },
};

/// What the page of a link shows.
#[derive(Debug, Clone)]
pub struct NotUsView {
    pub state: LinkState,
    pub office_name: String,
    pub office_phone: Option<String>,
}

/// What GET shows. Changes nothing.
pub async fn view_not_us(office: &Office, token: &str) -> Result<NotUsView, AppError> {
    let mut tx = office.begin().await?;
    let link = genuine(office, &mut tx, token).await?;
    let row = store::offices::find(&mut tx, link.office).await?.ok_or(AppError::NotFound("office"))?;
    tx.rollback().await?;
    Ok(view(&link, row, office.now()))
}

/// Suspends the pair that is active now, if there is one; the office is told in any case.
pub async fn report_not_us(office: &Office, token: &str) -> Result<NotUsView, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let link = genuine(office, &mut tx, token).await?;
    match state(&link, now) {
        LinkState::Open => {}
        ended @ (LinkState::Revealed | LinkState::Closed | LinkState::Expired) => {
            return Err(AppError::LinkEnded(ended));
        }
    }
    let row = store::offices::find(&mut tx, link.office).await?.ok_or(AppError::NotFound("office"))?;
    store::taxpayers::lock(&mut tx, link.taxpayer).await?;
    store::links::use_not_us(&mut tx, link.id, now).await?;
    suspend(office, &mut tx, &link, &row, now).await?;
    store::tasks::open(
        &mut tx,
        &Task {
            id: TaskId(Uuid::now_v7()),
            office: link.office,
            request: link.request,
            taxpayer: Some(link.taxpayer),
            kind: TaskKind::NotUs,
            detail: link.cause.clone(),
            opened_at: now,
        },
    )
    .await?;
    let mut event = Event::new(By::Taxpayer, "report_not_us")
        .office(link.office)
        .taxpayer(link.taxpayer)
        .subject(link.id.0)
        .detail(serde_json::json!({ "cause": link.cause }));
    event.request = link.request;
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(view(&NotUsLink { used_at: Some(now), ..link }, row, now))
}

/// Suspends the pair that is active, if there is one.
async fn suspend(
    office: &Office,
    conn: &mut PgConnection,
    link: &NotUsLink,
    row: &OfficeRow,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let pairs = store::credentials::of_taxpayer(conn, link.taxpayer).await?;
    match pairs.into_iter().find(|pair| pair.state == CredentialState::Active) {
        Some(pair) => suspension::suspend(office, conn, &pair, row, SuspensionReason::NotUs, now).await,
        None => Ok(()),
    }
}

fn state(link: &NotUsLink, now: DateTime<Utc>) -> LinkState {
    if link.used_at.is_some() {
        LinkState::Closed
    } else if now >= link.expires_at {
        LinkState::Expired
    } else {
        LinkState::Open
    }
}

fn view(link: &NotUsLink, row: OfficeRow, now: DateTime<Utc>) -> NotUsView {
    NotUsView { state: state(link, now), office_name: row.name, office_phone: row.phone }
}

async fn genuine(office: &Office, conn: &mut PgConnection, token: &str) -> Result<NotUsLink, AppError> {
    let presented = Presented::parse(token).ok_or(AppError::NotFound("link"))?;
    let link =
        store::links::find_not_us(conn, presented.not_us()).await?.ok_or(AppError::NotFound("link"))?;
    if is_for_not_us(office, &link, &presented)? { Ok(link) } else { Err(AppError::NotFound("link")) }
}
