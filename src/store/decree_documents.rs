//! Decrees that are made here: their papers, numbers and scans.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError,
    error::{Column, one_row, to_json},
    letters::LetterFile,
};
use crate::domain::{
    ids::{DecreeDocumentId, ScanId, StaffId},
    letter_number::DecreeNumber,
    names::named,
    office::OfficeCode,
};

named! {
    /// Where the paper of a decree stands.
    DecreeState {
        /// Can still be read over and thrown away; has no number.
        Prepared = "prepared",
        Discarded = "discarded",
        /// Has its number and waits for a signature in ink.
        Numbered = "numbered",
        /// The scan is here: in force for its officers from its day.
        Signed = "signed",
        /// Was never signed. Its number is not used again.
        Voided = "voided",
    }
}

/// Somebody whom the decree appoints, as it names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appointed {
    pub staff: StaffId,
    pub name: String,
    pub nip: String,
    pub rank: String,
    pub position: String,
}

#[derive(Debug, Clone)]
pub struct DecreeDocument {
    pub id: DecreeDocumentId,
    pub office: OfficeCode,
    pub dated_on: NaiveDate,
    pub in_force_on: NaiveDate,
    /// The last day; `None`: until it is revoked.
    pub until_on: Option<NaiveDate>,
    pub officers: Vec<Appointed>,
    /// Number of a decree of the office that ends when this one begins.
    pub revokes: Option<String>,
    /// What is printed.
    pub data: serde_json::Value,
    pub template_version: i32,
    pub state: DecreeState,
    pub number: Option<String>,
    pub prepared_by: StaffId,
    pub prepared_at: DateTime<Utc>,
    pub numbered_at: Option<DateTime<Utc>>,
    pub signed_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub void_reason: Option<String>,
}

struct Row {
    decree_document_id: Uuid,
    office_code: String,
    dated_on: NaiveDate,
    in_force_on: NaiveDate,
    until_on: Option<NaiveDate>,
    officers: serde_json::Value,
    revokes: Option<String>,
    data: serde_json::Value,
    template_version: i32,
    state: String,
    number: Option<String>,
    prepared_by: Uuid,
    prepared_at: DateTime<Utc>,
    numbered_at: Option<DateTime<Utc>>,
    signed_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    void_reason: Option<String>,
}

impl TryFrom<Row> for DecreeDocument {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let at = |column| Column("decree_documents", column);
        Ok(Self {
            id: DecreeDocumentId(row.decree_document_id),
            office: at("office_code").parse(&row.office_code)?,
            dated_on: row.dated_on,
            in_force_on: row.in_force_on,
            until_on: row.until_on,
            officers: at("officers").json(row.officers)?,
            revokes: row.revokes,
            data: row.data,
            template_version: row.template_version,
            state: at("state").parse(&row.state)?,
            number: row.number,
            prepared_by: StaffId(row.prepared_by),
            prepared_at: row.prepared_at,
            numbered_at: row.numbered_at,
            signed_at: row.signed_at,
            ended_at: row.ended_at,
            void_reason: row.void_reason,
        })
    }
}

pub async fn insert(conn: &mut PgConnection, document: &DecreeDocument) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into decree_documents (decree_document_id, office_code, dated_on, in_force_on, until_on, officers, revokes, data,
                                       template_version, state, prepared_by, prepared_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'prepared', $10, $11)",
        document.id.0,
        document.office.as_str(),
        document.dated_on,
        document.in_force_on,
        document.until_on,
        to_json(&document.officers)?,
        document.revokes,
        document.data,
        document.template_version,
        document.prepared_by.0,
        document.prepared_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn find(
    conn: &mut PgConnection,
    id: DecreeDocumentId,
) -> Result<Option<DecreeDocument>, StoreError> {
    sqlx::query_as!(
        Row,
        "select decree_document_id, office_code, dated_on, in_force_on, until_on, officers, revokes, data, template_version, state,
                number, prepared_by, prepared_at, numbered_at, signed_at, ended_at, void_reason
         from decree_documents where decree_document_id = $1",
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(DecreeDocument::try_from)
    .transpose()
}

/// The same, held until the end of the transaction: acts on one decree take turns.
pub async fn lock(
    conn: &mut PgConnection,
    id: DecreeDocumentId,
) -> Result<Option<DecreeDocument>, StoreError> {
    sqlx::query_as!(
        Row,
        "select decree_document_id, office_code, dated_on, in_force_on, until_on, officers, revokes, data, template_version, state,
                number, prepared_by, prepared_at, numbered_at, signed_at, ended_at, void_reason
         from decree_documents where decree_document_id = $1 for no key update",
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(DecreeDocument::try_from)
    .transpose()
}

/// The decrees of an office, newest first, after the given one; at most `limit`.
pub async fn list(
    conn: &mut PgConnection,
    office: OfficeCode,
    after: Option<(DateTime<Utc>, DecreeDocumentId)>,
    limit: i64,
) -> Result<Vec<DecreeDocument>, StoreError> {
    sqlx::query_as!(
        Row,
        "select decree_document_id, office_code, dated_on, in_force_on, until_on, officers, revokes, data, template_version, state,
                number, prepared_by, prepared_at, numbered_at, signed_at, ended_at, void_reason
         from decree_documents
         where office_code = $1 and ($2::timestamptz is null or (prepared_at, decree_document_id) < ($2, $3))
         order by prepared_at desc, decree_document_id desc limit $4",
        office.as_str(),
        after.map(|(at, _)| at),
        after.map(|(_, id)| id.0),
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(DecreeDocument::try_from)
    .collect()
}

/// The next number of the series `KEP`. The row lock serialises the operators of one office: take it last.
pub async fn allocate_number(
    conn: &mut PgConnection,
    office: OfficeCode,
    year: i32,
) -> Result<DecreeNumber, StoreError> {
    let sequence = sqlx::query_scalar!(
        "insert into letter_series (office_code, series, year, last_number) values ($1, 'KEP', $2, 1)
         on conflict (office_code, series, year) do update set last_number = letter_series.last_number + 1
         returning last_number",
        office.as_str(),
        year
    )
    .fetch_one(conn)
    .await?;
    Ok(DecreeNumber { office, year, sequence })
}

/// From here on the paper is what it is: number and words are frozen.
pub async fn number(
    conn: &mut PgConnection,
    id: DecreeDocumentId,
    number: DecreeNumber,
    data: &serde_json::Value,
    by: StaffId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update decree_documents
         set state = 'numbered', series = 'KEP', year = $2, sequence = $3, number = $4, data = $5, numbered_by = $6, numbered_at = $7
         where decree_document_id = $1 and state = 'prepared'",
        id.0,
        number.year,
        number.sequence,
        number.to_string(),
        data,
        by.0,
        now
    )
    .execute(conn)
    .await?;
    one_row("decree_documents", written.rows_affected())
}

/// Thrown away before it had a number, or voided after: the number stays with it.
pub async fn end(
    conn: &mut PgConnection,
    document: &DecreeDocument,
    reason: &str,
    by: StaffId,
    now: DateTime<Utc>,
) -> Result<DecreeState, StoreError> {
    let (ended, void_reason) = match document.state {
        DecreeState::Prepared => (DecreeState::Discarded, None),
        DecreeState::Numbered | DecreeState::Signed | DecreeState::Discarded | DecreeState::Voided => {
            (DecreeState::Voided, Some(reason))
        }
    };
    let written = sqlx::query!(
        "update decree_documents set state = $2, ended_by = $3, ended_at = $4, void_reason = $5
         where decree_document_id = $1 and state = $6 and state in ('prepared', 'numbered')",
        document.id.0,
        ended.as_str(),
        by.0,
        now,
        void_reason,
        document.state.as_str()
    )
    .execute(conn)
    .await?;
    one_row("decree_documents", written.rows_affected())?;
    Ok(ended)
}

/// The scan is here.
pub async fn sign(
    conn: &mut PgConnection,
    id: DecreeDocumentId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update decree_documents set state = 'signed', signed_at = $2 where decree_document_id = $1 and state = 'numbered'",
        id.0,
        now
    )
    .execute(conn)
    .await?;
    one_row("decree_documents", written.rows_affected())
}

/// The appointment of one officer of a signed decree.
pub async fn appoint(
    conn: &mut PgConnection,
    document: &DecreeDocument,
    officer: StaffId,
    by: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into decrees (decree_id, staff_id, office_code, number, dated_on, in_force_on, until_on, recorded_at, recorded_by,
                              decree_document_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        Uuid::now_v7(),
        officer.0,
        document.office.as_str(),
        document.number,
        document.dated_on,
        document.in_force_on,
        document.until_on,
        now,
        by,
        document.id.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The appointments by another decree of the office end on a day, those that had not begun with their first day.
/// Returns how many.
pub async fn revoke_by_number(
    conn: &mut PgConnection,
    office: OfficeCode,
    number: &str,
    on: NaiveDate,
) -> Result<u64, StoreError> {
    let written = sqlx::query!(
        "update decrees set revoked_on = greatest(in_force_on, $3)
         where office_code = $1 and number = $2 and revoked_on is null",
        office.as_str(),
        number,
        on
    )
    .execute(conn)
    .await?;
    Ok(written.rows_affected())
}

/// Whether a decree of this office has this number, and whether it was made here.
pub async fn knows_number(
    conn: &mut PgConnection,
    office: OfficeCode,
    number: &str,
) -> Result<(bool, bool), StoreError> {
    let found = sqlx::query!(
        r#"select exists (select from decrees where office_code = $1 and number = $2) as "recorded!",
                  exists (select from decree_documents where office_code = $1 and number = $2) as "made_here!""#,
        office.as_str(),
        number
    )
    .fetch_one(conn)
    .await?;
    Ok((found.recorded, found.made_here))
}

/// The bytes of the unsigned paper.
pub async fn file(conn: &mut PgConnection, id: DecreeDocumentId) -> Result<Option<LetterFile>, StoreError> {
    let row = sqlx::query!(
        "select sealed, sha256, pages, renderer_version from decree_files where decree_document_id = $1",
        id.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| LetterFile {
        sealed: row.sealed,
        sha256: row.sha256,
        pages: row.pages,
        renderer_version: row.renderer_version,
        signature: None,
    }))
}

/// Keeps them; the first to store them wins, and theirs are the record.
pub async fn keep_file(
    conn: &mut PgConnection,
    id: DecreeDocumentId,
    file: &LetterFile,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into decree_files (decree_document_id, sealed, sha256, pages, renderer_version, rendered_at)
         values ($1, $2, $3, $4, $5, $6) on conflict (decree_document_id) do nothing",
        id.0,
        file.sealed,
        file.sha256,
        file.pages,
        file.renderer_version,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Which decree a scan shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanOf {
    Document(DecreeDocumentId),
    /// A decree that was made outside and recorded by its number.
    Recorded(Uuid),
}

#[derive(Debug, Clone)]
pub struct Scan {
    pub id: ScanId,
    pub office: OfficeCode,
    pub of: ScanOf,
    pub media_type: String,
    pub file_name: String,
    pub byte_count: i64,
    pub chunk_count: i32,
    pub sha256: Vec<u8>,
    pub uploaded_by: StaffId,
    pub uploaded_at: DateTime<Utc>,
}

impl ScanOf {
    fn keys(self) -> (Option<Uuid>, Option<Uuid>) {
        match self {
            Self::Document(id) => (Some(id.0), None),
            Self::Recorded(id) => (None, Some(id)),
        }
    }
}

pub async fn insert_scan(conn: &mut PgConnection, scan: &Scan) -> Result<(), StoreError> {
    let (document, decree) = scan.of.keys();
    sqlx::query!(
        "insert into decree_scans (scan_id, office_code, decree_document_id, decree_id, media_type, file_name, byte_count,
                                   chunk_count, sha256, uploaded_by, uploaded_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        scan.id.0,
        scan.office.as_str(),
        document,
        decree,
        scan.media_type,
        scan.file_name,
        scan.byte_count,
        scan.chunk_count,
        scan.sha256,
        scan.uploaded_by.0,
        scan.uploaded_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes the facts that are known only when the last byte has come.
pub async fn finish_scan(conn: &mut PgConnection, scan: &Scan) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update decree_scans set byte_count = $2, chunk_count = $3, sha256 = $4 where scan_id = $1",
        scan.id.0,
        scan.byte_count,
        scan.chunk_count,
        scan.sha256
    )
    .execute(conn)
    .await?;
    one_row("decree_scans", written.rows_affected())
}

pub async fn insert_scan_chunk(
    conn: &mut PgConnection,
    id: ScanId,
    number: i32,
    sealed: &[u8],
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into decree_scan_chunks (scan_id, number, sealed) values ($1, $2, $3)",
        id.0,
        number,
        sealed
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn scan_chunk(conn: &mut PgConnection, id: ScanId, number: i32) -> Result<Vec<u8>, StoreError> {
    Ok(sqlx::query_scalar!(
        "select sealed from decree_scan_chunks where scan_id = $1 and number = $2",
        id.0,
        number
    )
    .fetch_one(conn)
    .await?)
}

/// The newest scan of each of these decrees.
pub async fn scans_of(
    conn: &mut PgConnection,
    documents: &[DecreeDocumentId],
) -> Result<Vec<(DecreeDocumentId, Scan)>, StoreError> {
    let ids: Vec<Uuid> = documents.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select distinct on (decree_document_id) decree_document_id as "document!", scan_id, office_code, media_type,
                  file_name, byte_count, chunk_count, sha256, uploaded_by, uploaded_at
           from decree_scans where decree_document_id = any($1)
           order by decree_document_id, uploaded_at desc, scan_id desc"#,
        &ids
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let document = DecreeDocumentId(row.document);
            Ok((
                document,
                Scan {
                    id: ScanId(row.scan_id),
                    office: Column("decree_scans", "office_code").parse(&row.office_code)?,
                    of: ScanOf::Document(document),
                    media_type: row.media_type,
                    file_name: row.file_name,
                    byte_count: row.byte_count,
                    chunk_count: row.chunk_count,
                    sha256: row.sha256,
                    uploaded_by: StaffId(row.uploaded_by),
                    uploaded_at: row.uploaded_at,
                },
            ))
        })
        .collect()
}

/// The newest scan of a decree. Earlier ones are kept beside it.
pub async fn scan_of(conn: &mut PgConnection, of: ScanOf) -> Result<Option<Scan>, StoreError> {
    let (document, decree) = of.keys();
    sqlx::query!(
        "select scan_id, office_code, media_type, file_name, byte_count, chunk_count, sha256, uploaded_by, uploaded_at
         from decree_scans where decree_document_id = $1 or decree_id = $2
         order by uploaded_at desc, scan_id desc limit 1",
        document,
        decree
    )
    .fetch_optional(conn)
    .await?
    .map(|row| {
        Ok(Scan {
            id: ScanId(row.scan_id),
            office: Column("decree_scans", "office_code").parse(&row.office_code)?,
            of,
            media_type: row.media_type,
            file_name: row.file_name,
            byte_count: row.byte_count,
            chunk_count: row.chunk_count,
            sha256: row.sha256,
            uploaded_by: StaffId(row.uploaded_by),
            uploaded_at: row.uploaded_at,
        })
    })
    .transpose()
}
