//! A section head or supervisor gives a request to another officer, whose decree is checked now.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::{
    AppError, Office,
    actor::{self, Colleague, local_day, lock_request},
};
use crate::{
    domain::{
        ids::{RequestId, SessionId, StaffId},
        line::Line,
        names::Role,
        request::Request,
        state::Act,
    },
    store::{
        self,
        audit::{By, Event},
        drafts::DraftEnding,
    },
};

/// The draft is kept in the history, with its drafter; the new officer drafts anew.
pub async fn reassign(
    office: &Office,
    session: SessionId,
    id: RequestId,
    officer: StaffId,
    reason: &Line<500>,
    expected_version: Option<i32>,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let request = may_go_to(&mut tx, &colleague, id, officer, expected_version, now).await?;
    hand_over(&mut tx, &colleague, request, officer, reason, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Locks a request that this person may give to that officer now. Nothing is written yet.
pub(super) async fn may_go_to(
    conn: &mut PgConnection,
    colleague: &Colleague,
    id: RequestId,
    officer: StaffId,
    expected_version: Option<i32>,
    now: DateTime<Utc>,
) -> Result<Request, AppError> {
    let (request, _) = lock_request(conn, colleague, id, Act::Reassign, expected_version).await?;
    let today = local_day(conn, request.office, now).await?;
    let candidate = store::staff::find(conn, officer)
        .await?
        .filter(|staff| staff.active && staff.office == Some(request.office));
    let roles = store::staff::roles(conn, officer).await?;
    let holds = |wanted| roles.iter().any(|(role, _)| *role == wanted);
    let holds_role = holds(Role::SpecialOfficer) && !holds(Role::Operator);
    let decree = store::staff::decree_in_force(conn, officer, request.office, today).await?;
    if candidate.is_none() || !holds_role || decree.is_none() {
        return Err(AppError::fault(
            "/officer_id",
            "no_decree",
            "Petugas ini bukan Petugas Khusus kantor ini dengan keputusan penunjukan yang berlaku hari ini.",
        ));
    }
    Ok(request)
}

/// Gives a request that [`may_go_to`] locked to the officer.
pub(super) async fn hand_over(
    conn: &mut PgConnection,
    colleague: &Colleague,
    request: Request,
    officer: StaffId,
    reason: &Line<500>,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let id = request.id;
    if let Some(draft) = store::drafts::open(conn, id).await? {
        store::drafts::end(conn, draft.id, DraftEnding::Reassigned, now).await?;
    }
    let before = request.state.officer();
    let state = request.state.reassign(officer)?;
    let request = store::requests::save_state(conn, request, state).await?;
    store::audit::record(
        conn,
        Event::new(By::Staff(colleague.id), Act::Reassign.as_str())
            .office(request.office)
            .request(id)
            .subject(officer.0)
            .detail(serde_json::json!({ "reason": reason.as_str(), "from": before })),
        now,
    )
    .await?;
    Ok(())
}
