//! Withdrawal: by the filer, at the counter, or because another request or a move ends this one.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{
    AppError, Office,
    actor::{self, lock_request},
    post::{NewMail, queue_mail, to_json},
    words::extras,
};
use crate::{
    domain::{
        ids::{RequestId, SessionId},
        names::{RoundEnding, WithdrawnReason},
        request::Request,
        state::{Act, State},
    },
    letters::EmailKind,
    store::{
        self,
        audit::{By, Event},
        drafts::DraftEnding,
    },
};

/// The filer withdraws their own request with the tracking code.
pub async fn withdraw(office: &Office, id: RequestId) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let request = store::requests::lock(&mut tx, id).await?.ok_or(AppError::NotFound("request"))?;
    end_by_withdrawal(office, &mut tx, request, WithdrawnReason::Own, By::Taxpayer, now).await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(())
}

/// The counter records a letter of withdrawal.
pub async fn withdraw_at_counter(
    office: &Office,
    session: SessionId,
    id: RequestId,
    expected_version: Option<i32>,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let (request, _) = lock_request(&mut tx, &colleague, id, Act::Withdraw, expected_version).await?;
    end_by_withdrawal(office, &mut tx, request, WithdrawnReason::Own, By::Staff(colleague.id), now).await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(())
}

/// Ends a locked request, its draft and its running round; tells the address of the request.
pub(in crate::app) async fn end_by_withdrawal(
    office: &Office,
    conn: &mut PgConnection,
    request: Request,
    reason: WithdrawnReason,
    by: By,
    now: DateTime<Utc>,
) -> Result<Request, AppError> {
    let state = request.state.withdraw(reason, now)?;
    if let Some(draft) = store::drafts::open(conn, request.id).await? {
        store::drafts::end(conn, draft.id, DraftEnding::Withdrawn, now).await?;
    }
    match request.state {
        State::Received { .. } | State::Examining { .. } | State::Drafted { .. } => {
            let round = store::rounds::current(conn, request.id).await?;
            store::rounds::end(conn, &round, RoundEnding::Withdrawn, None, now).await?;
        }
        // A return has ended the round already.
        State::Incomplete { .. } | State::Issued { .. } | State::Withdrawn { .. } | State::Lapsed { .. } => {}
    }
    let request = store::requests::save_state(conn, request, state).await?;
    store::audit::record(
        conn,
        Event::new(by, Act::Withdraw.as_str())
            .office(request.office)
            .request(request.id)
            .taxpayer(request.taxpayer)
            .detail(serde_json::json!({ "reason": reason })),
        now,
    )
    .await?;
    queue_mail(
        office,
        conn,
        NewMail {
            office_code: Some(request.office),
            request: Some(request.id),
            data: to_json(&extras::Ended { how: extras::EndedHow::Withdrawn })?,
            ..NewMail::new(EmailKind::RequestEnded, request.filed.email.clone())
        },
    )
    .await?;
    Ok(request)
}
