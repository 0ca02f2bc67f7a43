//! What comes back about mails: reports of other servers, addresses that refuse, and what nobody could place.

pub mod kept;
pub mod lift_suppression;
pub mod record_bounce;
pub(in crate::app) mod suppression;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{AppError, Office, actor, deliver_message::open_task};
use crate::{
    domain::{enhanced_status::EnhancedStatus, ids::SessionId},
    store::{audit::By, messages::Message, tasks::TaskKind},
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
