//! E-mails and their fates.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError,
    error::{Column, one_row},
};
use crate::domain::{
    email_address::EmailAddress,
    ids::{CredentialId, LetterId, LinkId, MessageId, NotUsId, ProofId, RequestId},
    names::Fate,
    office::OfficeCode,
};

/// An e-mail. Its address is frozen; its words are rendered when it is sent, from rows and `data`.
#[derive(Debug, Clone)]
pub struct Message {
    pub id: MessageId,
    pub help_desk_number: String,
    pub office: Option<OfficeCode>,
    pub request: Option<RequestId>,
    /// An `EmailKind` of the templates.
    pub kind: String,
    pub email: EmailAddress,
    pub letter: Option<LetterId>,
    pub link: Option<LinkId>,
    pub not_us: Option<NotUsId>,
    pub proof: Option<ProofId>,
    pub credential: Option<CredentialId>,
    pub data: serde_json::Value,
    pub fate: Fate,
    pub fate_at: DateTime<Utc>,
    /// Of the content that the relay took last.
    pub smtp_message_id: Option<String>,
    pub created_at: DateTime<Utc>,
    /// The mail that failed and is sent again by this one.
    pub replaces: Option<MessageId>,
}

impl Message {
    /// Whether each try carries another password, hence another content: a later one makes an earlier one useless.
    #[must_use]
    pub fn changes_with_each_try(&self) -> bool {
        self.kind == "password_link" && self.credential.is_some()
    }
}

/// An e-mail to be sent.
#[derive(Debug, Clone)]
pub struct NewMessage {
    pub id: MessageId,
    pub office: Option<OfficeCode>,
    pub request: Option<RequestId>,
    pub kind: &'static str,
    pub email: EmailAddress,
    pub letter: Option<LetterId>,
    pub link: Option<LinkId>,
    pub not_us: Option<NotUsId>,
    pub proof: Option<ProofId>,
    pub credential: Option<CredentialId>,
    pub data: serde_json::Value,
    pub created_at: DateTime<Utc>,
}

struct Row {
    message_id: Uuid,
    help_desk_number: String,
    office_code: Option<String>,
    request_id: Option<Uuid>,
    kind: String,
    email: String,
    letter_id: Option<Uuid>,
    link_id: Option<Uuid>,
    not_us_id: Option<Uuid>,
    proof_id: Option<Uuid>,
    credential_id: Option<Uuid>,
    data: serde_json::Value,
    fate: String,
    fate_at: DateTime<Utc>,
    smtp_message_id: Option<String>,
    created_at: DateTime<Utc>,
    replaces: Option<Uuid>,
}

impl TryFrom<Row> for Message {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let at = |column| Column("messages", column);
        Ok(Self {
            id: MessageId(row.message_id),
            help_desk_number: row.help_desk_number,
            office: at("office_code").parse_some(row.office_code.as_deref())?,
            request: row.request_id.map(RequestId),
            kind: row.kind,
            email: at("email").parse(&row.email)?,
            letter: row.letter_id.map(LetterId),
            link: row.link_id.map(LinkId),
            not_us: row.not_us_id.map(NotUsId),
            proof: row.proof_id.map(ProofId),
            credential: row.credential_id.map(CredentialId),
            data: row.data,
            fate: at("fate").parse(&row.fate)?,
            fate_at: row.fate_at,
            smtp_message_id: row.smtp_message_id,
            created_at: row.created_at,
            replaces: row.replaces.map(MessageId),
        })
    }
}

/// Puts a message into the outbox and gives it a short number for the help desk: `E-20260715-000412`.
pub async fn insert(conn: &mut PgConnection, message: &NewMessage) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into messages (message_id, help_desk_number, office_code, request_id, kind, email, letter_id, link_id,
                               not_us_id, proof_id, credential_id, data, fate, fate_at, created_at)
         select $1, $2 || lpad(n::text, greatest(6, length(n::text)), '0'), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
                'queued', $13, $13
         from nextval('help_desk_numbers') as n",
        message.id.0,
        format!("E-{}-", message.created_at.format("%Y%m%d")),
        message.office.map(String::from),
        message.request.map(|id| id.0),
        message.kind,
        message.email.to_string(),
        message.letter.map(|id| id.0),
        message.link.map(|id| id.0),
        message.not_us.map(|id| id.0),
        message.proof.map(|id| id.0),
        message.credential.map(|id| id.0),
        message.data,
        message.created_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn find(conn: &mut PgConnection, id: MessageId) -> Result<Option<Message>, StoreError> {
    sqlx::query_as!(
        Row,
        "select message_id, help_desk_number, office_code, request_id, kind, email, letter_id, link_id, not_us_id, proof_id,
                credential_id, data, fate, fate_at, smtp_message_id, created_at, replaces
         from messages where message_id = $1",
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(Message::try_from)
    .transpose()
}

/// The e-mails of a request, oldest first.
pub async fn of_request(conn: &mut PgConnection, request: RequestId) -> Result<Vec<Message>, StoreError> {
    sqlx::query_as!(
        Row,
        "select message_id, help_desk_number, office_code, request_id, kind, email, letter_id, link_id, not_us_id, proof_id,
                credential_id, data, fate, fate_at, smtp_message_id, created_at, replaces
         from messages where request_id = $1 order by created_at, message_id",
        request.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Message::try_from)
    .collect()
}

/// One try to send a message.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub number: i32,
    pub at: DateTime<Utc>,
    pub outcome: String,
    pub code: Option<i32>,
    pub detail: String,
}

pub async fn attempts(conn: &mut PgConnection, id: MessageId) -> Result<Vec<Attempt>, StoreError> {
    Ok(sqlx::query_as!(
        Attempt,
        "select number, at, outcome, code, detail from message_attempts where message_id = $1 order by number",
        id.0
    )
    .fetch_all(conn)
    .await?)
}

/// The attempts of each of these messages.
pub async fn attempts_of(
    conn: &mut PgConnection,
    ids: &[MessageId],
) -> Result<HashMap<MessageId, Vec<Attempt>>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        "select message_id, number, at, outcome, code, detail from message_attempts
         where message_id = any($1) order by message_id, number",
        &ids
    )
    .fetch_all(conn)
    .await?;
    let mut of: HashMap<MessageId, Vec<Attempt>> = HashMap::new();
    for row in rows {
        let attempt = Attempt {
            number: row.number,
            at: row.at,
            outcome: row.outcome,
            code: row.code,
            detail: row.detail,
        };
        of.entry(MessageId(row.message_id)).or_default().push(attempt);
    }
    Ok(of)
}

pub async fn insert_attempt(
    conn: &mut PgConnection,
    id: MessageId,
    at: DateTime<Utc>,
    outcome: &str,
    code: Option<i32>,
    detail: &str,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into message_attempts (message_id, number, at, outcome, code, detail)
         select $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5 from message_attempts where message_id = $1",
        id.0,
        at,
        outcome,
        code,
        detail
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Changes the fate of a message that is still in `from`. `false` when it is not any more.
pub async fn change_fate(
    conn: &mut PgConnection,
    id: MessageId,
    from: Fate,
    to: Fate,
    smtp_message_id: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "update messages set fate = $3, fate_at = $4, smtp_message_id = coalesce($5, smtp_message_id)
         where message_id = $1 and fate = $2",
        id.0,
        from.as_str(),
        to.as_str(),
        now,
        smtp_message_id
    )
    .execute(conn)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Messages of a pair's older links that were not sent yet are superseded by a newer link.
pub async fn supersede_queued_links(
    conn: &mut PgConnection,
    credential: CredentialId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update messages set fate = 'superseded', fate_at = $2
         where fate = 'queued' and message_id in (
             select message_id from messages join password_links using (link_id)
             where password_links.credential_id = $1
             union all
             select message_id from messages where credential_id = $1 and kind = 'password_link')",
        credential.0,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// E-mails with a letter that did not arrive are of no use once it leaves on another way: nobody sends them again.
/// Returns how many there were.
pub async fn supersede_failed_of_letter(
    conn: &mut PgConnection,
    letter: LetterId,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    Ok(sqlx::query!(
        "update messages set fate = 'superseded', fate_at = $2
         where letter_id = $1 and kind = 'letter_delivery' and fate in ('bounced', 'given_up')",
        letter.0,
        now
    )
    .execute(conn)
    .await?
    .rows_affected())
}

/// A message, locked: who records what became of it takes turns.
pub async fn lock(conn: &mut PgConnection, id: MessageId) -> Result<Option<Message>, StoreError> {
    sqlx::query_as!(
        Row,
        "select message_id, help_desk_number, office_code, request_id, kind, email, letter_id, link_id, not_us_id, proof_id,
                credential_id, data, fate, fate_at, smtp_message_id, created_at, replaces
         from messages where message_id = $1 for update",
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(Message::try_from)
    .transpose()
}

/// A message that did not arrive makes way for the one that is sent in its place.
pub async fn supersede_failed(
    conn: &mut PgConnection,
    id: MessageId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update messages set fate = 'superseded', fate_at = $2
         where message_id = $1 and fate in ('bounced', 'given_up')",
        id.0,
        now
    )
    .execute(conn)
    .await?;
    one_row("messages", written.rows_affected())
}

/// Puts what a message carries into the outbox again, under an id, a number and an address of its own.
pub async fn insert_again(
    conn: &mut PgConnection,
    id: MessageId,
    replaces: MessageId,
    email: &EmailAddress,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "insert into messages (message_id, help_desk_number, office_code, request_id, kind, email, letter_id, link_id,
                               not_us_id, proof_id, credential_id, data, fate, fate_at, created_at, replaces)
         select $1, $2 || lpad(n::text, greatest(6, length(n::text)), '0'), office_code, request_id, kind, $3, letter_id,
                link_id, not_us_id, proof_id, credential_id, data, 'queued', $4, $4, message_id
         from messages, nextval('help_desk_numbers') as n where message_id = $5",
        id.0,
        format!("E-{}-", now.format("%Y%m%d")),
        email.to_string(),
        now,
        replaces.0
    )
    .execute(conn)
    .await?;
    one_row("messages", written.rows_affected())
}

/// What waits to be sent to an address, whatever its case.
pub async fn queued_to(
    conn: &mut PgConnection,
    address: &EmailAddress,
) -> Result<Vec<MessageId>, StoreError> {
    let ids = sqlx::query_scalar!(
        "select message_id from messages where lower(email) = $1 and fate = 'queued' order by created_at, message_id",
        address.canonical()
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(MessageId).collect())
}

/// The fate of a message, locked: who supersedes it waits until this transaction ends.
pub async fn lock_fate(conn: &mut PgConnection, id: MessageId) -> Result<Option<Fate>, StoreError> {
    sqlx::query_scalar!("select fate from messages where message_id = $1 for update", id.0)
        .fetch_optional(conn)
        .await?
        .map(|fate| Column("messages", "fate").parse(&fate))
        .transpose()
}

/// Whether a mail of this kind about this pair was queued since then.
pub async fn were_queued_since(
    conn: &mut PgConnection,
    kind: &str,
    credential: CredentialId,
    since: DateTime<Utc>,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select exists(select from messages where kind = $1 and credential_id = $2 and created_at > $3) as "there!""#,
        kind,
        credential.0,
        since
    )
    .fetch_one(conn)
    .await?)
}
