use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::{
    app::{AppError, Office, actor},
    domain::ids::{NoticeId, SessionId, StaffId},
    store::{
        self,
        audit::{self, By, Event},
    },
};

/// Most notices that one press acknowledges.
const MOST: i64 = 200;

/// The person knows: the notice goes no step further up. Once more is no fault. What was told to others is not there.
pub async fn acknowledge(office: &Office, session: SessionId, id: NoticeId) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let me = actor::authenticate(&mut tx, session, now).await?;
    me.works_on_requests()?;
    if acknowledge_in(&mut tx, me.id, id, now).await? {
        tx.commit().await?;
    }
    Ok(())
}

/// These, as far as they were told to this person and stand unread. Returns how many.
pub async fn acknowledge_these(
    office: &Office,
    session: SessionId,
    mut ids: Vec<NoticeId>,
) -> Result<usize, AppError> {
    let now = office.now();
    if i64::try_from(ids.len()).unwrap_or(i64::MAX) > MOST {
        return Err(AppError::fault("/notice_ids", "too_many", "Paling banyak 200 pemberitahuan."));
    }
    // In one order, as everybody does who locks several.
    ids.sort_unstable();
    let mut tx = office.begin().await?;
    let me = actor::authenticate(&mut tx, session, now).await?;
    me.works_on_requests()?;
    let mut acknowledged = 0;
    for id in ids {
        match acknowledge_in(&mut tx, me.id, id, now).await {
            Ok(new) => acknowledged += usize::from(new),
            Err(AppError::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    tx.commit().await?;
    Ok(acknowledged)
}

/// All that stand now. Returns how many.
pub async fn acknowledge_all(office: &Office, session: SessionId) -> Result<usize, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let me = actor::authenticate(&mut tx, session, now).await?;
    me.works_on_requests()?;
    let standing = store::notices::standing(&mut tx, me.id, None, now, MOST).await?;
    // In one order, as everybody does who locks several.
    let mut ids: Vec<NoticeId> = standing.iter().map(|notice| notice.id).collect();
    ids.sort_unstable();
    let mut acknowledged = 0;
    for id in ids {
        acknowledged += usize::from(acknowledge_in(&mut tx, me.id, id, now).await?);
    }
    tx.commit().await?;
    Ok(acknowledged)
}

async fn acknowledge_in(
    conn: &mut PgConnection,
    me: StaffId,
    id: NoticeId,
    now: DateTime<Utc>,
) -> Result<bool, AppError> {
    let notice = store::notices::lock(conn, id).await?.filter(|notice| notice.staff == me);
    let notice = notice.ok_or(AppError::NotFound("notice"))?;
    if notice.acknowledged {
        return Ok(false);
    }
    store::notices::acknowledge(conn, id, now).await?;
    let event = Event::new(By::Staff(me), "acknowledge_notice")
        .office(notice.office)
        .request(notice.request)
        .subject(id.0);
    audit::record(conn, event, now).await?;
    Ok(true)
}
