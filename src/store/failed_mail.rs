//! Mails that did not arrive and addresses that get none, as operators see them: of an office, or of all.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, error::Column};
use crate::domain::{
    email_address::EmailAddress,
    enhanced_status::EnhancedStatus,
    ids::{MessageId, RequestId},
    names::Fate,
    office::OfficeCode,
};

/// A mail that bounced or was given up, and what was said last.
#[derive(Debug, Clone)]
pub struct FailedMail {
    pub id: MessageId,
    pub number: String,
    pub kind: String,
    pub email: EmailAddress,
    pub office: Option<OfficeCode>,
    pub request: Option<RequestId>,
    pub fate: Fate,
    pub fate_at: DateTime<Utc>,
    pub attempts: i64,
    /// What the relay or the other server said.
    pub said: Option<String>,
    pub suppressed: bool,
}

struct FailedRow {
    message_id: Uuid,
    help_desk_number: String,
    kind: String,
    email: String,
    office_code: Option<String>,
    request_id: Option<Uuid>,
    fate: String,
    fate_at: DateTime<Utc>,
    attempts: i64,
    said: Option<String>,
    suppressed: bool,
}

impl TryFrom<FailedRow> for FailedMail {
    type Error = StoreError;
    fn try_from(row: FailedRow) -> Result<Self, StoreError> {
        let at = |column| Column("messages", column);
        Ok(Self {
            id: MessageId(row.message_id),
            number: row.help_desk_number,
            kind: row.kind,
            email: at("email").parse(&row.email)?,
            office: at("office_code").parse_some(row.office_code.as_deref())?,
            request: row.request_id.map(RequestId),
            fate: at("fate").parse(&row.fate)?,
            fate_at: row.fate_at,
            attempts: row.attempts,
            said: row.said,
            suppressed: row.suppressed,
        })
    }
}

/// Mails that did not arrive, the latest first, after the given one. Codes that prove an address are nobody's to mend.
pub async fn failed(
    conn: &mut PgConnection,
    office: Option<OfficeCode>,
    after: Option<MessageId>,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<FailedMail>, StoreError> {
    sqlx::query_as!(
        FailedRow,
        r#"select message_id, help_desk_number, kind, email, office_code, request_id, fate, fate_at,
                  (select count(*) from message_attempts as tried where tried.message_id = messages.message_id) as "attempts!",
                  coalesce((select concat_ws(' ', report.status, report.diagnostic) from mail_reports as report
                            where report.message_id = messages.message_id and report.effect = 'bounced'
                            order by report.received_at desc limit 1),
                           (select tried.detail from message_attempts as tried where tried.message_id = messages.message_id
                            order by tried.number desc limit 1)) as said,
                  exists(select from suppressed_addresses as held
                         where held.message_id = messages.message_id and held.suppressed_until > $4) as "suppressed!"
           from messages
           where fate in ('bounced', 'given_up') and proof_id is null and ($1::text is null or office_code = $1)
             and ($2::uuid is null or (fate_at, message_id) < (select fate_at, message_id from messages as last where last.message_id = $2))
           order by fate_at desc, message_id desc limit $3"#,
        office.map(String::from),
        after.map(|id| id.0),
        limit,
        now
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(FailedMail::try_from)
    .collect()
}

/// An address that gets no mail for a while, by the mail that it refused.
#[derive(Debug, Clone)]
pub struct HeldAddress {
    pub message: MessageId,
    pub number: String,
    pub email: EmailAddress,
    pub office: Option<OfficeCode>,
    pub request: Option<RequestId>,
    pub status: Option<EnhancedStatus>,
    pub since: DateTime<Utc>,
    pub until: DateTime<Utc>,
    /// Mails that wait for the end of it.
    pub waiting: i64,
}

struct HeldRow {
    message_id: Uuid,
    help_desk_number: String,
    email: String,
    office_code: Option<String>,
    request_id: Option<Uuid>,
    status: Option<String>,
    suppressed_at: DateTime<Utc>,
    suppressed_until: DateTime<Utc>,
    waiting: i64,
}

impl TryFrom<HeldRow> for HeldAddress {
    type Error = StoreError;
    fn try_from(row: HeldRow) -> Result<Self, StoreError> {
        let at = |column| Column("messages", column);
        Ok(Self {
            message: MessageId(row.message_id),
            number: row.help_desk_number,
            email: at("email").parse(&row.email)?,
            office: at("office_code").parse_some(row.office_code.as_deref())?,
            request: row.request_id.map(RequestId),
            status: Column("suppressed_addresses", "status").parse_some(row.status.as_deref())?,
            since: row.suppressed_at,
            until: row.suppressed_until,
            waiting: row.waiting,
        })
    }
}

/// Addresses that are held now, the latest first; at most a hundred.
pub async fn held(
    conn: &mut PgConnection,
    office: Option<OfficeCode>,
    now: DateTime<Utc>,
) -> Result<Vec<HeldAddress>, StoreError> {
    sqlx::query_as!(
        HeldRow,
        r#"select message_id, help_desk_number, email, office_code, request_id, status, suppressed_at, suppressed_until,
                  (select count(*) from messages as other
                   where lower(other.email) = lower(messages.email) and other.fate = 'queued') as "waiting!"
           from suppressed_addresses join messages using (message_id)
           where suppressed_until > $2 and ($1::text is null or office_code = $1)
           order by suppressed_at desc, message_id limit 100"#,
        office.map(String::from),
        now
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(HeldAddress::try_from)
    .collect()
}

/// How much there is of each.
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    pub failed: i64,
    pub held: i64,
    /// What came back and could not be placed; it belongs to no office.
    pub kept: i64,
}

pub async fn counts(
    conn: &mut PgConnection,
    office: Option<OfficeCode>,
    now: DateTime<Utc>,
) -> Result<Counts, StoreError> {
    Ok(sqlx::query_as!(
        Counts,
        r#"select (select count(*) from messages where fate in ('bounced', 'given_up') and proof_id is null
                   and ($1::text is null or office_code = $1)) as "failed!",
                  (select count(*) from suppressed_addresses join messages using (message_id)
                   where suppressed_until > $2 and ($1::text is null or office_code = $1)) as "held!",
                  (select count(*) from kept_mail) as "kept!""#,
        office.map(String::from),
        now
    )
    .fetch_one(conn)
    .await?)
}
