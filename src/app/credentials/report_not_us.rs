//! "This was not us": the link of a notice suspends the pair, ends its links, and opens a task at the office.
//! GET explains, POST acts, once, for fourteen days.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{AppError, Office};
use crate::{
    app::{
        facts::event_number,
        post::{NewMail, queue_mail, to_json},
        secrets::links::{Presented, is_for_not_us},
        words::extras::{Suspended, SuspensionReason},
    },
    domain::{credential::LinkState, ids::TaskId, names::CredentialState},
    letters::EmailKind,
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
            closed_at: None,
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

async fn suspend(
    office: &Office,
    conn: &mut PgConnection,
    link: &NotUsLink,
    row: &OfficeRow,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let pairs = store::credentials::of_taxpayer(conn, link.taxpayer).await?;
    let Some(pair) = pairs.into_iter().find(|pair| pair.state == CredentialState::Active) else {
        return Ok(());
    };
    store::credentials::change_state(conn, &pair, CredentialState::Suspended, "not_us", now).await?;
    store::links::close_password_links(conn, pair.id, now).await?;
    store::messages::supersede_queued_links(conn, pair.id, now).await?;
    let Some(account) = store::accounts::find(conn, link.taxpayer).await? else { return Ok(()) };
    let suspended = Suspended {
        reason: SuspensionReason::NotUs,
        at: now,
        event_number: event_number(now.with_timezone(&row.zone).date_naive(), pair.id.0),
        opens_at: None,
    };
    let addresses = [Some(account.email), account.alternate_email];
    for to in addresses.into_iter().flatten() {
        let mail = NewMail {
            office_code: Some(link.office),
            credential: Some(pair.id),
            data: to_json(&suspended)?,
            ..NewMail::new(EmailKind::AccountSuspended, to)
        };
        queue_mail(office, conn, mail).await?;
    }
    Ok(())
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
