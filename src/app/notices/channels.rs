//! The ways by which people hear of notices beside the page. Each is one implementation of [`Channel`] and one row of
//! [`CHANNELS`].

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::{
    app::{
        AppError, Office,
        post::{NewMail, queue_mail, to_json},
    },
    domain::{
        ids::{NoticeId, StaffId},
        notices::Tier,
        office::OfficeCode,
        working_days::Threshold,
    },
    letters::EmailKind,
    store::{self, messages::Message, notices::StandingNotice},
};

/// Most rows of one mail; the page has all of them.
const MOST_ROWS: i64 = 50;

/// Notices that one person gets at once: of one office, one threshold, and as one tier.
#[derive(Debug, Clone)]
pub(super) struct Bundle {
    pub office: OfficeCode,
    pub staff: StaffId,
    pub tier: Tier,
    pub threshold: Threshold,
    pub notices: Vec<NoticeId>,
}

/// A way to a person. It writes into the transaction that raises the notices and sends nothing itself: what it queued is
/// sent after the commit.
#[async_trait]
pub(super) trait Channel: Sync {
    async fn carry(&self, office: &Office, conn: &mut PgConnection, bundle: &Bundle) -> Result<(), AppError>;
}

pub(super) const CHANNELS: &[&dyn Channel] = &[&Email];

/// What is frozen in a mail: ids only. Its words are those of the moment in which it is sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::app) struct Reminder {
    pub staff: StaffId,
    pub threshold: Threshold,
    pub notices: Vec<NoticeId>,
}

/// One mail for all notices of a bundle, to whoever has an address.
struct Email;

#[async_trait]
impl Channel for Email {
    async fn carry(&self, office: &Office, conn: &mut PgConnection, bundle: &Bundle) -> Result<(), AppError> {
        let Some(to) = store::notices::address(conn, bundle.staff).await? else { return Ok(()) };
        let kind = match bundle.tier {
            Tier::Officer => EmailKind::DueReminderOfficer,
            Tier::SectionHead => EmailKind::DueReminderSectionHead,
            Tier::Supervisor => EmailKind::DueReminderSupervisor,
        };
        let reminder =
            Reminder { staff: bundle.staff, threshold: bundle.threshold, notices: bundle.notices.clone() };
        let mail =
            NewMail { office_code: Some(bundle.office), data: to_json(&reminder)?, ..NewMail::new(kind, to) };
        queue_mail(office, conn, mail).await?;
        Ok(())
    }
}

/// What a reminder still has to say: none of it when the requests were dealt with or moved before it was sent.
pub(in crate::app) async fn standing_rows(
    office: &Office,
    conn: &mut PgConnection,
    message: &Message,
) -> Result<(Reminder, Vec<StandingNotice>), AppError> {
    let reminder: Reminder =
        serde_json::from_value(message.data.clone()).map_err(|error| AppError::Internal(error.into()))?;
    let rows =
        store::notices::standing(conn, reminder.staff, Some(&reminder.notices), office.now(), MOST_ROWS)
            .await?;
    Ok((reminder, rows))
}
