//! A section head or supervisor gives a request to another officer, whose decree is checked now.

use super::super::{
    AppError, Office,
    actor::{self, local_day, lock_request},
};
use crate::{
    domain::{
        ids::{RequestId, SessionId, StaffId},
        line::Line,
        names::Role,
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
    let (request, _) = lock_request(&mut tx, &colleague, id, Act::Reassign, expected_version).await?;
    let today = local_day(&mut tx, request.office, now).await?;
    let candidate = store::staff::find(&mut tx, officer)
        .await?
        .filter(|staff| staff.active && staff.office == Some(request.office));
    let roles = store::staff::roles(&mut tx, officer).await?;
    let holds = |wanted| roles.iter().any(|(role, _)| *role == wanted);
    let holds_role = holds(Role::SpecialOfficer) && !holds(Role::Operator);
    let decree = store::staff::decree_in_force(&mut tx, officer, request.office, today).await?;
    if candidate.is_none() || !holds_role || decree.is_none() {
        return Err(AppError::fault(
            "/officer_id",
            "no_decree",
            "Petugas ini bukan Petugas Khusus kantor ini dengan keputusan penunjukan yang berlaku hari ini.",
        ));
    }
    if let Some(draft) = store::drafts::open(&mut tx, id).await? {
        store::drafts::end(&mut tx, draft.id, DraftEnding::Reassigned, now).await?;
    }
    let before = request.state.officer();
    let state = request.state.reassign(officer)?;
    let request = store::requests::save_state(&mut tx, request, state).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), Act::Reassign.as_str())
            .office(request.office)
            .request(id)
            .subject(officer.0)
            .detail(serde_json::json!({ "reason": reason.as_str(), "from": before })),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
