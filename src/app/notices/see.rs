use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::{
    app::{AppError, Office, actor, views::parts::AtOffice},
    domain::{
        ids::{NoticeId, RequestId, SessionId},
        names::Kind,
        notices::Tier,
        office::OfficeCode,
        state::StateName,
        working_days::Threshold,
    },
    store::{self, notices::StandingNotice},
};

/// Most notices that are shown at once, most urgent first.
const MOST: i64 = 200;

/// What a person was told and did not acknowledge.
#[derive(Debug, Serialize)]
pub struct Notices {
    pub items: Vec<NoticeView>,
}

#[derive(Debug, Serialize)]
pub struct NoticeView {
    pub notice_id: NoticeId,
    pub office_code: OfficeCode,
    pub request_id: RequestId,
    pub receipt_number: String,
    pub kind: Kind,
    pub state: StateName,
    pub officer: Option<String>,
    pub threshold: Threshold,
    pub tier: Tier,
    pub due_on: NaiveDate,
    pub raised_at: AtOffice,
}

/// The standing notices of the person behind a session.
pub async fn see_notices(office: &Office, session: SessionId) -> Result<Notices, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let me = actor::authenticate(&mut tx, session, now).await?;
    me.works_on_requests()?;
    let rows = store::notices::standing(&mut tx, me.id, None, now, MOST).await?;
    tx.rollback().await?;
    Ok(Notices { items: rows.into_iter().map(view).collect() })
}

fn view(row: StandingNotice) -> NoticeView {
    let at = |instant: DateTime<Utc>| AtOffice(instant, row.zone);
    NoticeView {
        raised_at: at(row.raised_at),
        notice_id: row.id,
        office_code: row.office,
        request_id: row.request,
        receipt_number: row.receipt_number,
        kind: row.kind,
        state: row.state,
        officer: row.officer,
        threshold: row.threshold,
        tier: row.tier,
        due_on: row.due_on,
    }
}
