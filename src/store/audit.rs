//! Who did what. Rows are added and read, never changed.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use crate::domain::{
    ids::{ClientId, RequestId, StaffId, TaxpayerId},
    office::OfficeCode,
};

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Staff(StaffId),
    /// The filer: proof of an address or a tracking code.
    Taxpayer,
    Stranger,
    System,
    /// The command line.
    Console,
    /// Another system of the DJP.
    Client(ClientId),
}

impl By {
    /// How the log of the registry names it.
    #[must_use]
    pub fn name(self) -> String {
        let (kind, id) = self.columns();
        id.map_or_else(|| kind.to_owned(), |id| id.to_string())
    }

    fn columns(self) -> (&'static str, Option<Uuid>) {
        match self {
            Self::Staff(id) => ("staff", Some(id.0)),
            Self::Taxpayer => ("taxpayer", None),
            Self::Stranger => ("stranger", None),
            Self::System => ("system", None),
            Self::Console => ("operator_console", None),
            Self::Client(id) => ("client", Some(id.0)),
        }
    }
}

/// One event. `detail` holds ids, codes and reasons, never a secret or an address.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    pub by: By,
    pub act: &'a str,
    pub office: Option<OfficeCode>,
    pub request: Option<RequestId>,
    pub taxpayer: Option<TaxpayerId>,
    pub subject: Option<Uuid>,
    pub detail: serde_json::Value,
}

impl<'a> Event<'a> {
    /// An event that names only who and what.
    pub fn new(by: By, act: &'a str) -> Self {
        Self {
            by,
            act,
            office: None,
            request: None,
            taxpayer: None,
            subject: None,
            detail: serde_json::json!({}),
        }
    }

    #[must_use]
    pub fn office(mut self, office: OfficeCode) -> Self {
        self.office = Some(office);
        self
    }

    #[must_use]
    pub fn request(mut self, request: RequestId) -> Self {
        self.request = Some(request);
        self
    }

    #[must_use]
    pub fn taxpayer(mut self, taxpayer: TaxpayerId) -> Self {
        self.taxpayer = Some(taxpayer);
        self
    }

    #[must_use]
    pub fn subject(mut self, subject: Uuid) -> Self {
        self.subject = Some(subject);
        self
    }

    #[must_use]
    pub fn detail(mut self, detail: serde_json::Value) -> Self {
        self.detail = detail;
        self
    }
}

/// Records an event in the transaction of the act.
pub async fn record(conn: &mut PgConnection, event: Event<'_>, now: DateTime<Utc>) -> Result<(), StoreError> {
    let (actor_kind, actor_id) = event.by.columns();
    sqlx::query!(
        "insert into audit_events (at, actor_kind, actor_id, act, office_code, request_id, taxpayer_id, subject_id, detail)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        now,
        actor_kind,
        actor_id,
        event.act,
        event.office.map(String::from),
        event.request.map(|id| id.0),
        event.taxpayer.map(|id| id.0),
        event.subject,
        event.detail
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// An event of a request's history.
#[derive(Debug, Clone)]
pub struct HistoryRow {
    pub at: DateTime<Utc>,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub actor_name: Option<String>,
    pub act: String,
    pub detail: serde_json::Value,
}

/// An event that a taxpayer hears of.
#[derive(Debug, Clone)]
pub struct TaxpayerEvent {
    pub event_id: i64,
    pub at: DateTime<Utc>,
    pub actor_kind: String,
    pub act: String,
    /// The request that it came of.
    pub receipt_number: Option<String>,
}

/// Events about a taxpayer, newest first; with `before` only those older than this one.
pub async fn of_taxpayer(
    conn: &mut PgConnection,
    taxpayer: TaxpayerId,
    acts: &[&str],
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<TaxpayerEvent>, StoreError> {
    let acts: Vec<String> = acts.iter().map(|act| (*act).to_owned()).collect();
    Ok(sqlx::query_as!(
        TaxpayerEvent,
        r#"select event_id, at, actor_kind, act,
                  (select receipt_number from rounds where rounds.request_id = audit_events.request_id
                   order by number desc limit 1) as "receipt_number?"
           from audit_events
           where taxpayer_id = $1 and act = any($2) and ($3::bigint is null or event_id < $3)
           order by event_id desc limit $4"#,
        taxpayer.0,
        &acts,
        before,
        limit
    )
    .fetch_all(conn)
    .await?)
}

/// What happened to a request, in order.
pub async fn of_request(conn: &mut PgConnection, request: RequestId) -> Result<Vec<HistoryRow>, StoreError> {
    Ok(sqlx::query_as!(
        HistoryRow,
        r#"select at, actor_kind, actor_id, staff.name as "actor_name?", act, detail
           from audit_events left join staff on staff.staff_id = actor_id
           where request_id = $1 order by event_id"#,
        request.0
    )
    .fetch_all(conn)
    .await?)
}
