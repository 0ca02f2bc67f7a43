//! What came back about e-mails.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, error::Column};
use crate::domain::{
    enhanced_status::EnhancedStatus,
    ids::MessageId,
    mail_report::{ReportAction, ReportEffect},
};

/// A report to be recorded.
#[derive(Debug, Clone)]
pub struct NewReport<'a> {
    pub message: MessageId,
    pub fingerprint: [u8; 32],
    pub action: ReportAction,
    pub status: Option<EnhancedStatus>,
    /// Without addresses, at most 200 characters.
    pub diagnostic: &'a str,
    /// The Message-ID of the content that came back.
    pub about: Option<&'a str>,
    /// `return_path` or `message_id`.
    pub found_by: &'static str,
    pub effect: ReportEffect,
}

/// Records a report. `false`: this very report is there already.
pub async fn insert(
    conn: &mut PgConnection,
    report: &NewReport<'_>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "insert into mail_reports (report_id, message_id, received_at, fingerprint, action, status, diagnostic, about,
                                   found_by, effect)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict on constraint mail_reports_once do nothing",
        Uuid::now_v7(),
        report.message.0,
        now,
        &report.fingerprint,
        report.action.as_str(),
        report.status.map(|status| status.to_string()),
        report.diagnostic,
        report.about,
        report.found_by,
        report.effect.as_str()
    )
    .execute(conn)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// A report as the office sees it.
#[derive(Debug, Clone)]
pub struct Report {
    pub received_at: DateTime<Utc>,
    pub action: ReportAction,
    pub status: Option<EnhancedStatus>,
    pub diagnostic: String,
    pub effect: ReportEffect,
}

struct Row {
    received_at: DateTime<Utc>,
    action: String,
    status: Option<String>,
    diagnostic: String,
    effect: String,
}

impl TryFrom<Row> for Report {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let at = |column| Column("mail_reports", column);
        Ok(Self {
            received_at: row.received_at,
            action: at("action").parse(&row.action)?,
            status: at("status").parse_some(row.status.as_deref())?,
            diagnostic: row.diagnostic,
            effect: at("effect").parse(&row.effect)?,
        })
    }
}

/// What came back about each of these messages, oldest first; at most a hundred of each.
pub async fn of_messages(
    conn: &mut PgConnection,
    messages: &[MessageId],
) -> Result<HashMap<MessageId, Vec<Report>>, StoreError> {
    let ids: Vec<Uuid> = messages.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select wanted.message_id as "message_id!", received_at, action, status, diagnostic, effect
           from unnest($1::uuid[]) as wanted (message_id),
                lateral (select received_at, action, status, diagnostic, effect, report_id from mail_reports
                         where mail_reports.message_id = wanted.message_id
                         order by received_at, report_id limit 100) as reports
           order by received_at, report_id"#,
        &ids
    )
    .fetch_all(conn)
    .await?;
    let mut of: HashMap<MessageId, Vec<Report>> = HashMap::new();
    for row in rows {
        let report = Row {
            received_at: row.received_at,
            action: row.action,
            status: row.status,
            diagnostic: row.diagnostic,
            effect: row.effect,
        };
        of.entry(MessageId(row.message_id)).or_default().push(report.try_into()?);
    }
    Ok(of)
}

/// A failure that came back before it was known which content the relay took last: `about` names that content now.
/// The failure counts from here on.
pub async fn apply_early_failure(
    conn: &mut PgConnection,
    message: MessageId,
    about: &str,
) -> Result<Option<Report>, StoreError> {
    sqlx::query_as!(
        Row,
        "update mail_reports set effect = 'bounced'
         where report_id = (
             select report_id from mail_reports
             where message_id = $1 and action = 'failed' and effect = 'noted' and about = $2
             order by received_at limit 1)
         returning received_at, action, status, diagnostic, effect",
        message.0,
        about
    )
    .fetch_optional(conn)
    .await?
    .map(Report::try_from)
    .transpose()
}
