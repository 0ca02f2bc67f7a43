//! Staff before a page: who they are now, and what the frame of the page says about them.

use chrono::TimeDelta;
use chrono_tz::Tz;
use serde_json::json;

use super::{
    AppError, Office,
    actor::{self, Colleague},
};
use crate::{
    domain::ids::{SessionId, StaffId},
    store::{
        self,
        audit::{By, Event},
    },
};

/// A session counts as used at most this often: most pages write nothing.
const SEEN_EVERY: TimeDelta = TimeDelta::minutes(1);

/// A member of staff with a live session.
#[derive(Debug, Clone)]
pub struct AtWork {
    pub colleague: Colleague,
    pub office_name: Option<String>,
    /// The zone of the home office.
    pub zone: Option<Tz>,
    /// Notices that stand and that they did not acknowledge.
    pub notices: i64,
}

/// Goes on with a session. `None`: it has ended, expired, or nobody used it for too long; then it ends here.
pub async fn resume(office: &Office, session: SessionId) -> Result<Option<AtWork>, AppError> {
    go_on(office, session, true).await
}

/// The same for what a page asks by itself, which is no use of the session.
pub async fn look(office: &Office, session: SessionId) -> Result<Option<AtWork>, AppError> {
    go_on(office, session, false).await
}

async fn go_on(office: &Office, session: SessionId, by_hand: bool) -> Result<Option<AtWork>, AppError> {
    let mut tx = office.begin().await?;
    let now = office.now();
    let Some(found) = store::at_work::find(&mut tx, session, now).await? else { return Ok(None) };
    if found.last_seen_at + office.rules.sessions.idle <= now {
        store::sessions::end(&mut tx, session, now).await?;
        let event = Event::new(By::System, "session_ended")
            .subject(session.0)
            .detail(json!({ "why": "session_idle" }));
        store::audit::record(&mut tx, event, now).await?;
        tx.commit().await?;
        return Ok(None);
    }
    let notices = store::notices::count(&mut tx, found.staff, now).await?;
    if by_hand && found.last_seen_at + SEEN_EVERY <= now {
        store::sessions::touch(&mut tx, session, now).await?;
        tx.commit().await?;
    } else {
        tx.rollback().await?;
    }
    let (office_name, zone) = (found.office_name.clone(), found.zone);
    Ok(Some(AtWork { colleague: actor::colleague(found), office_name, zone, notices }))
}

/// Whose session it is or was.
pub async fn owner(office: &Office, session: SessionId) -> Result<Option<StaffId>, AppError> {
    let mut tx = office.begin().await?;
    let owner = store::sessions::owner(&mut tx, session).await?;
    tx.rollback().await?;
    Ok(owner)
}
