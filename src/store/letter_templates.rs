//! Versions of the wording of letters. What was approved never changes.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError,
    error::{Column, one_row, to_json},
};
use crate::domain::{
    ids::{StaffId, TemplateId},
    letter_template::{TemplateOrigin, TemplateState, TemplateStateName},
};

/// A version without its text.
#[derive(Debug, Clone)]
pub struct TemplateRow {
    pub id: TemplateId,
    pub kind: String,
    pub version: i32,
    pub origin: TemplateOrigin,
    pub sha256: Vec<u8>,
    pub state: TemplateState,
    /// None for the wording of a program.
    pub drafted_by: Option<StaffId>,
    /// Drafted, or recorded.
    pub drafted_at: DateTime<Utc>,
    /// Rises with every change; the `ETag`.
    pub revision: i32,
}

/// The text of a version: the file of the letter and the pieces that it includes.
#[derive(Debug, Clone)]
pub struct Text {
    pub source: String,
    pub pieces: BTreeMap<String, String>,
    pub sha256: Vec<u8>,
}

/// Names a version and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub version: i32,
    pub sha256: Vec<u8>,
}

struct Row {
    template_id: Uuid,
    kind: String,
    version: i32,
    origin: String,
    sha256: Vec<u8>,
    state: String,
    drafted_by: Option<Uuid>,
    drafted_at: DateTime<Utc>,
    approved_by: Option<Uuid>,
    approved_at: Option<DateTime<Utc>>,
    in_force_on: Option<NaiveDate>,
    withdrawn_by: Option<Uuid>,
    withdrawn_at: Option<DateTime<Utc>>,
    revision: i32,
}

impl TryFrom<Row> for TemplateRow {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let at = |column| Column("letter_templates", column);
        let state = match at("state").parse(&row.state)? {
            TemplateStateName::Draft => TemplateState::Draft,
            TemplateStateName::Approved => TemplateState::Approved {
                by: row.approved_by.map(StaffId),
                at: row.approved_at.ok_or_else(|| at("approved_at").wrong())?,
                in_force_on: row.in_force_on,
            },
            TemplateStateName::Withdrawn => TemplateState::Withdrawn {
                by: StaffId(row.withdrawn_by.ok_or_else(|| at("withdrawn_by").wrong())?),
                at: row.withdrawn_at.ok_or_else(|| at("withdrawn_at").wrong())?,
            },
        };
        Ok(Self {
            id: TemplateId(row.template_id),
            kind: row.kind,
            version: row.version,
            origin: at("origin").parse(&row.origin)?,
            sha256: row.sha256,
            state,
            drafted_by: row.drafted_by.map(StaffId),
            drafted_at: row.drafted_at,
            revision: row.revision,
        })
    }
}

/// The version in force on a day, by the day of the office that asks.
pub async fn in_force(
    conn: &mut PgConnection,
    kind: &str,
    on: NaiveDate,
) -> Result<Option<Named>, StoreError> {
    Ok(sqlx::query_as!(
        Named,
        "select version, sha256 from letter_templates
         where kind = $1 and state = 'approved' and in_force_on <= $2 order by in_force_on desc limit 1",
        kind,
        on
    )
    .fetch_optional(conn)
    .await?)
}

/// An approved version by its number.
pub async fn kept(conn: &mut PgConnection, kind: &str, version: i32) -> Result<Option<Named>, StoreError> {
    Ok(sqlx::query_as!(
        Named,
        "select version, sha256 from letter_templates where kind = $1 and version = $2 and state = 'approved'",
        kind,
        version
    )
    .fetch_optional(conn)
    .await?)
}

/// The text of a version, whatever its state.
pub async fn text(conn: &mut PgConnection, kind: &str, version: i32) -> Result<Option<Text>, StoreError> {
    sqlx::query!(
        "select source, pieces, sha256 from letter_templates where kind = $1 and version = $2",
        kind,
        version
    )
    .fetch_optional(conn)
    .await?
    .map(|row| {
        let pieces = Column("letter_templates", "pieces").json(row.pieces)?;
        Ok(Text { source: row.source, pieces, sha256: row.sha256 })
    })
    .transpose()
}

/// The approved versions of a kind that have a day, first to last.
pub async fn dated(conn: &mut PgConnection, kind: &str) -> Result<Vec<(NaiveDate, Named)>, StoreError> {
    Ok(sqlx::query!(
        r#"select version, sha256, in_force_on as "in_force_on!" from letter_templates
           where kind = $1 and state = 'approved' and in_force_on is not null order by in_force_on"#,
        kind
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| (row.in_force_on, Named { version: row.version, sha256: row.sha256 }))
    .collect())
}

/// The recorded wordings of programs, also those that were withdrawn.
pub async fn built_in(conn: &mut PgConnection, kind: &str) -> Result<Vec<Named>, StoreError> {
    Ok(sqlx::query_as!(
        Named,
        "select version, sha256 from letter_templates where kind = $1 and origin = 'built_in' order by version",
        kind
    )
    .fetch_all(conn)
    .await?)
}

/// The last day from which an approved version of the kind is in force.
pub async fn last_day(conn: &mut PgConnection, kind: &str) -> Result<Option<NaiveDate>, StoreError> {
    Ok(sqlx::query_scalar!(
        "select max(in_force_on) from letter_templates where kind = $1 and state = 'approved'",
        kind
    )
    .fetch_one(conn)
    .await?)
}

pub async fn find(conn: &mut PgConnection, id: TemplateId) -> Result<Option<TemplateRow>, StoreError> {
    sqlx::query_as!(
        Row,
        "select template_id, kind, version, origin, sha256, state, drafted_by, drafted_at, approved_by, approved_at,
                in_force_on, withdrawn_by, withdrawn_at, revision
         from letter_templates where template_id = $1",
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(TemplateRow::try_from)
    .transpose()
}

/// The same, held until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: TemplateId) -> Result<Option<TemplateRow>, StoreError> {
    sqlx::query_as!(
        Row,
        "select template_id, kind, version, origin, sha256, state, drafted_by, drafted_at, approved_by, approved_at,
                in_force_on, withdrawn_by, withdrawn_at, revision
         from letter_templates where template_id = $1 for update",
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(TemplateRow::try_from)
    .transpose()
}

/// Versions by kind, newest number first; those after the given one, at most `limit`.
pub async fn list_page(
    conn: &mut PgConnection,
    kind: Option<&str>,
    after: Option<(String, i32)>,
    limit: i64,
) -> Result<Vec<TemplateRow>, StoreError> {
    let (after_kind, after_version) =
        after.map_or((None, None), |(kind, version)| (Some(kind), Some(version)));
    sqlx::query_as!(
        Row,
        "select template_id, kind, version, origin, sha256, state, drafted_by, drafted_at, approved_by, approved_at,
                in_force_on, withdrawn_by, withdrawn_at, revision
         from letter_templates
         where ($1::text is null or kind = $1)
           and ($2::text is null or kind > $2 or (kind = $2 and version < $3::integer))
         order by kind, version desc limit $4",
        kind,
        after_kind,
        after_version,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(TemplateRow::try_from)
    .collect()
}

/// The highest number that an own version of the kind has, those of withdrawn ones included.
pub async fn highest_own(conn: &mut PgConnection, kind: &str) -> Result<Option<i32>, StoreError> {
    Ok(sqlx::query_scalar!(
        "select max(version) from letter_templates where kind = $1 and origin = 'own'",
        kind
    )
    .fetch_one(conn)
    .await?)
}

/// Whether an own version of the kind was approved.
pub async fn has_own(conn: &mut PgConnection, kind: &str) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from letter_templates where kind = $1 and origin = 'own' and state = 'approved') as "has!""#,
        kind
    )
    .fetch_one(conn)
    .await?)
}

/// Serialises the recording of programs that start at once, for the rest of the transaction.
pub async fn take_turn(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!(r#"select pg_advisory_xact_lock(hashtextextended('letter_templates', 0))::text as "void""#)
        .fetch_one(conn)
        .await?;
    Ok(())
}

/// Adds the wording of a program, approved with its release.
pub async fn insert_built_in(
    conn: &mut PgConnection,
    id: TemplateId,
    kind: &str,
    version: i32,
    text: &Text,
    in_force_on: Option<NaiveDate>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into letter_templates (template_id, kind, version, origin, source, pieces, sha256, state, drafted_at,
             approved_at, in_force_on, dated_at)
         values ($1, $2, $3, 'built_in', $4, $5, $6, 'approved', $7, $7, $8, $9)",
        id.0,
        kind,
        version,
        text.source,
        to_json(&text.pieces)?,
        text.sha256,
        now,
        in_force_on,
        in_force_on.map(|_| now)
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn insert_draft(
    conn: &mut PgConnection,
    id: TemplateId,
    kind: &str,
    version: i32,
    text: &Text,
    by: StaffId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into letter_templates (template_id, kind, version, origin, source, pieces, sha256, state, drafted_by, drafted_at)
         values ($1, $2, $3, 'own', $4, $5, $6, 'draft', $7, $8)",
        id.0,
        kind,
        version,
        text.source,
        to_json(&text.pieces)?,
        text.sha256,
        by.0,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Another text for a draft, when nobody else changed it.
pub async fn save_text(
    conn: &mut PgConnection,
    id: TemplateId,
    revision: i32,
    text: &Text,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update letter_templates set source = $3, pieces = $4, sha256 = $5, revision = revision + 1
         where template_id = $1 and revision = $2 and state = 'draft'",
        id.0,
        revision,
        text.source,
        to_json(&text.pieces)?,
        text.sha256
    )
    .execute(conn)
    .await?;
    one_row("letter_templates", written.rows_affected())
}

/// Another state of a version that is locked.
pub async fn save_state(
    conn: &mut PgConnection,
    row: &TemplateRow,
    state: TemplateState,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (id, revision, name) = (row.id.0, row.revision, state.name().as_str());
    let written = match state {
        TemplateState::Draft => return Err(Column("letter_templates", "state").wrong()),
        TemplateState::Approved { by, at, in_force_on } => {
            sqlx::query!(
                "update letter_templates
                 set state = $3, approved_by = $4, approved_at = $5, in_force_on = $6, dated_at = $7, revision = revision + 1
                 where template_id = $1 and revision = $2",
                id,
                revision,
                name,
                by.map(|by| by.0),
                at,
                in_force_on,
                in_force_on.map(|_| now)
            )
            .execute(conn)
            .await?
        }
        TemplateState::Withdrawn { by, at } => {
            sqlx::query!(
                "update letter_templates set state = $3, withdrawn_by = $4, withdrawn_at = $5, revision = revision + 1
                 where template_id = $1 and revision = $2",
                id,
                revision,
                name,
                by.0,
                at
            )
            .execute(conn)
            .await?
        }
    };
    one_row("letter_templates", written.rows_affected())
}
