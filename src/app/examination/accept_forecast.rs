//! A section head or supervisor accepts moves that the forecast of an office proposed, all of them in one transaction. A move
//! is named by its contents: what changed since it was proposed is passed over and told, and holds up no other.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use super::{
    super::{
        AppError, Office,
        actor::{self, Colleague},
        views::sla_summary::scope,
    },
    claim_many::{InHand, in_hand},
    reassign::{hand_over, may_go_to},
};
use crate::{
    domain::{
        fault::Faults,
        forecast::MOST_MOVES,
        ids::{RequestId, SessionId, StaffId},
        line::Line,
        names::named,
        office::OfficeCode,
        request::Request,
        state::State,
    },
    store::{self, idempotency::IdempotencyKey},
};

/// What stands in the history of a request.
const REASON: &str = "Usulan prakiraan beban";
const OPERATION: &str = "accept_forecast";

/// A row of the proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProposedMove {
    pub request_id: RequestId,
    /// The version at which it was proposed.
    pub version: i32,
    pub from_officer_id: StaffId,
    pub to_officer_id: StaffId,
}

named! {
    /// What became of a row.
    MoveOutcome {
        Moved = "moved",
        /// It is no longer as it was when the move was proposed.
        Changed = "changed",
        /// The other officer has no decree in force any more.
        NoDecree = "no_decree",
        /// There is no such request at this office.
        Unknown = "unknown",
    }
}

/// A row with how it stands now.
#[derive(Debug, Clone, Serialize)]
pub struct MoveResult {
    pub request_id: RequestId,
    pub outcome: MoveOutcome,
    /// In whose hand the request is now. `null`: the caller sees no such request.
    pub now: Option<InHand>,
}

/// Accepts these moves. The answers stand in the order of the rows; the same key and rows again give the same answer and move nothing.
///
/// Errors: [`AppError::Forbidden`] for other roles, [`AppError::NotFound`] for an office outside of the scope,
/// [`AppError::Invalid`] for no row, too many, or one request twice, [`AppError::IdempotencyMismatch`].
pub async fn accept_forecast(
    office: &Office,
    session: SessionId,
    code: OfficeCode,
    moves: &[ProposedMove],
    key: &str,
) -> Result<Vec<MoveResult>, AppError> {
    let outcomes = move_all(office, session, code, moves, key).await?;
    let ids: Vec<RequestId> = moves.iter().map(|proposed| proposed.request_id).collect();
    let mut now = in_hand(office, session, &ids).await?;
    let mut results = Vec::with_capacity(moves.len());
    for (request_id, outcome) in ids.into_iter().zip(outcomes) {
        let place = now.iter().position(|one| one.request_id == request_id);
        let now = place.map(|place| now.swap_remove(place)).filter(|_| outcome != MoveOutcome::Unknown);
        results.push(MoveResult { request_id, outcome, now });
    }
    Ok(results)
}

async fn move_all(
    office: &Office,
    session: SessionId,
    code: OfficeCode,
    moves: &[ProposedMove],
    key: &str,
) -> Result<Vec<MoveOutcome>, AppError> {
    let now = office.now();
    let reason: Line<500> = Line::parse(REASON).map_err(|error| AppError::Internal(error.into()))?;
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    scope(&mut tx, &colleague, Some(code)).await?;
    check(moves)?;
    let principal = format!("session:{}", colleague.session);
    let key = IdempotencyKey { operation: OPERATION, principal: &principal, key };
    store::idempotency::lock(&mut tx, key).await?;
    let body = serde_json::to_vec(&(code, moves)).map_err(|error| AppError::Internal(error.into()))?;
    let body_hash = Sha256::digest(body).to_vec();
    let earlier = store::idempotency::earlier(&mut tx, key, now - office.rules.limits.idempotency).await?;
    if earlier.as_ref().is_some_and(|earlier| earlier.body_hash != body_hash) {
        return Err(AppError::IdempotencyMismatch);
    }
    // Requests are locked in the order of their ids, whatever the order of the rows.
    let mut in_order: Vec<(usize, &ProposedMove)> = moves.iter().enumerate().collect();
    in_order.sort_unstable_by_key(|(_, proposed)| proposed.request_id);
    let mut outcomes = vec![MoveOutcome::Changed; moves.len()];
    let mut written = Vec::new();
    for (place, proposed) in in_order {
        let done = earlier.as_ref().is_some_and(|earlier| earlier.requests.contains(&proposed.request_id));
        outcomes[place] = match stands(&mut tx, &colleague, code, proposed, now).await? {
            _ if done => MoveOutcome::Moved,
            // The earlier call did not move it, and this one says no more than that.
            Ok(_) if earlier.is_some() => MoveOutcome::Changed,
            Ok(request) => {
                hand_over(&mut tx, &colleague, request, proposed.to_officer_id, &reason, now).await?;
                written.push(proposed.request_id);
                MoveOutcome::Moved
            }
            Err(outcome) => outcome,
        };
    }
    if earlier.is_none() {
        store::idempotency::remember(&mut tx, key, &body_hash, &written, now).await?;
    }
    tx.commit().await?;
    Ok(outcomes)
}

fn check(moves: &[ProposedMove]) -> Result<(), AppError> {
    let mut faults = Faults::default();
    if moves.is_empty() || moves.len() > MOST_MOVES {
        faults.add("/moves", "count", format!("Pilih 1 sampai {MOST_MOVES} pemindahan."));
    }
    let mut seen = HashSet::new();
    for (index, proposed) in moves.iter().enumerate() {
        if !seen.insert(proposed.request_id) {
            faults.add(format!("/moves/{index}/request_id"), "twice", "Permohonan ini disebut dua kali.");
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(AppError::Invalid(faults.into_vec())) }
}

/// Locks the request when it is as it was proposed and may go there; otherwise why not. Other errors end the act.
async fn stands(
    conn: &mut PgConnection,
    colleague: &Colleague,
    code: OfficeCode,
    proposed: &ProposedMove,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Result<Request, MoveOutcome>, AppError> {
    let found =
        may_go_to(conn, colleague, proposed.request_id, proposed.to_officer_id, Some(proposed.version), now)
            .await;
    match found {
        Ok(request) if request.office != code => Ok(Err(MoveOutcome::Unknown)),
        Ok(request) if request.state == (State::Examining { officer: proposed.from_officer_id }) => {
            Ok(Ok(request))
        }
        Ok(_) | Err(AppError::Stale | AppError::NotPossible { .. }) => Ok(Err(MoveOutcome::Changed)),
        Err(AppError::NotFound(_)) => Ok(Err(MoveOutcome::Unknown)),
        Err(AppError::Invalid(_)) => Ok(Err(MoveOutcome::NoDecree)),
        Err(error) => Err(error),
    }
}
