//! What comes back about mails: reports of other servers, addresses that refuse, and what nobody could place.

pub mod kept;
pub mod lift_suppression;
pub mod record_bounce;
pub(in crate::app) mod suppression;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{
    AppError, Office,
    actor::{self, Colleague, visible_request},
    deliver_message::open_task,
};
use crate::{
    domain::{
        enhanced_status::EnhancedStatus,
        ids::{MessageId, SessionId, StaffId},
        request::Request,
    },
    store::{self, audit::By, messages::Message, tasks::TaskKind},
};

/// Who brings what came back, and who looks after it: the command line, or an operator.
#[derive(Debug, Clone, Copy)]
pub enum Courier {
    Console,
    Operator(SessionId),
}

impl Courier {
    async fn check(self, conn: &mut PgConnection, now: DateTime<Utc>) -> Result<By, AppError> {
        match self {
            Self::Console => Ok(By::Console),
            Self::Operator(session) => {
                let colleague = actor::authenticate(conn, session, now).await?;
                Ok(By::Staff(colleague.operator()?.id))
            }
        }
    }
}

/// Who looks after a mail of a request: a special officer of its office, or the operator of its office.
pub(in crate::app) struct Caretaker {
    pub id: StaffId,
    /// Operators process no request: they repeat what was decided and change nothing of it.
    pub operates: bool,
}

/// A mail with its request, and the right to look after it. What is of another office is not there.
pub(in crate::app) async fn mail_in_care(
    conn: &mut PgConnection,
    colleague: &Colleague,
    id: MessageId,
) -> Result<(Message, Request, Caretaker), AppError> {
    let operator = colleague.operator().ok();
    let caretaker = match operator {
        Some(operator) => Caretaker { id: operator.id, operates: true },
        None => Caretaker { id: colleague.special_officer()?.id, operates: false },
    };
    let not_found = || AppError::NotFound("message");
    let message = store::messages::find(conn, id).await?.ok_or_else(not_found)?;
    let request = message.request.ok_or_else(not_found)?;
    let request = match operator {
        Some(operator) => store::requests::find(conn, request)
            .await?
            .filter(|request| operator.office.is_none_or(|own| own == request.office))
            .ok_or_else(not_found)?,
        None => match visible_request(conn, colleague, request).await {
            Err(AppError::NotFound(_)) => return Err(not_found()),
            other => other?,
        },
    };
    Ok((message, request, caretaker))
}

/// What a mail that failed for good leads to: the office looks after it, and the address gets no mail for a while when
/// it is at fault. In the caller's transaction, with the message locked.
pub(in crate::app) async fn after_refusal(
    office: &Office,
    conn: &mut PgConnection,
    message: &Message,
    status: Option<EnhancedStatus>,
    address_is_meant: bool,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    // Nobody can do anything about a code that somebody had sent to an address that does not exist.
    if message.proof.is_none() {
        open_task(conn, message, TaskKind::MailFailed, now).await?;
    }
    if address_is_meant {
        suppression::suppress(office, conn, message, status, now).await?;
    }
    Ok(())
}
