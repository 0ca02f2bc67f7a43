//! Uploaded documents: their facts, and their bytes in sealed chunks.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError,
    error::{Column, one_row},
};
use crate::domain::{
    ids::{DocumentId, ProofId, RequestId, StaffId},
    names::DocumentKind,
    office::OfficeCode,
    pdf_pages::PdfPages,
};

/// Whose upload it is, until a request takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    Proof(ProofId),
    Staff(StaffId),
    /// Uploaded with a tracking code, for the next resupply of this request.
    Request(RequestId),
}

#[derive(Debug, Clone)]
pub struct Document {
    pub id: DocumentId,
    pub owner: Owner,
    pub request: Option<RequestId>,
    pub round_number: Option<i32>,
    pub office: Option<OfficeCode>,
    pub kind: DocumentKind,
    pub media_type: String,
    pub file_name: String,
    pub byte_count: i64,
    pub chunk_count: i32,
    pub sha256: Vec<u8>,
    /// Of a PDF.
    pub pages: Option<PdfPages>,
    /// When its filer signed it on a screen: it was made here, of what the form says and what was drawn.
    pub signed_at: Option<DateTime<Utc>>,
    pub uploaded_at: DateTime<Utc>,
    pub attached: bool,
}

struct Row {
    document_id: Uuid,
    proof_id: Option<Uuid>,
    staff_id: Option<Uuid>,
    request_id: Option<Uuid>,
    round_number: Option<i32>,
    office_code: Option<String>,
    kind: String,
    media_type: String,
    file_name: String,
    byte_count: i64,
    chunk_count: i32,
    sha256: Vec<u8>,
    page_count: Option<i32>,
    page_fault: Option<String>,
    signed_at: Option<DateTime<Utc>>,
    uploaded_at: DateTime<Utc>,
    attached: bool,
}

impl TryFrom<Row> for Document {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let at = |column| Column("documents", column);
        let owner = match (row.proof_id, row.staff_id, row.request_id) {
            (Some(id), _, _) => Owner::Proof(ProofId(id)),
            (None, Some(id), _) => Owner::Staff(StaffId(id)),
            (None, None, Some(id)) => Owner::Request(RequestId(id)),
            (None, None, None) => return Err(at("proof_id").wrong()),
        };
        Ok(Self {
            id: DocumentId(row.document_id),
            owner,
            request: row.request_id.map(RequestId),
            round_number: row.round_number,
            office: at("office_code").parse_some(row.office_code.as_deref())?,
            kind: at("kind").parse(&row.kind)?,
            media_type: row.media_type,
            file_name: row.file_name,
            byte_count: row.byte_count,
            chunk_count: row.chunk_count,
            sha256: row.sha256,
            pages: PdfPages::from_parts(row.page_count, row.page_fault.as_deref()),
            signed_at: row.signed_at,
            uploaded_at: row.uploaded_at,
            attached: row.attached,
        })
    }
}

pub async fn insert(conn: &mut PgConnection, document: &Document) -> Result<(), StoreError> {
    let (proof, staff, request) = match document.owner {
        Owner::Proof(id) => (Some(id.0), None, None),
        Owner::Staff(id) => (None, Some(id.0), None),
        Owner::Request(id) => (None, None, Some(id.0)),
    };
    sqlx::query!(
        "insert into documents (document_id, proof_id, staff_id, request_id, kind, media_type, file_name, byte_count,
                                chunk_count, sha256, signed_at, uploaded_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        document.id.0,
        proof,
        staff,
        request,
        document.kind.as_str(),
        document.media_type,
        document.file_name,
        document.byte_count,
        document.chunk_count,
        document.sha256,
        document.signed_at,
        document.uploaded_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn insert_chunk(
    conn: &mut PgConnection,
    id: DocumentId,
    number: i32,
    sealed: &[u8],
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into document_chunks (document_id, number, sealed) values ($1, $2, $3)",
        id.0,
        number,
        sealed
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn chunk(conn: &mut PgConnection, id: DocumentId, number: i32) -> Result<Vec<u8>, StoreError> {
    Ok(sqlx::query_scalar!(
        "select sealed from document_chunks where document_id = $1 and number = $2",
        id.0,
        number
    )
    .fetch_one(conn)
    .await?)
}

pub async fn find(conn: &mut PgConnection, id: DocumentId) -> Result<Option<Document>, StoreError> {
    Ok(find_many(conn, &[id]).await?.pop())
}

/// The documents of these ids, locked, in the order of their ids; unknown ids are left out.
pub async fn find_many(conn: &mut PgConnection, ids: &[DocumentId]) -> Result<Vec<Document>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        Row,
        r#"select document_id, proof_id, staff_id, request_id, round_number, office_code, kind, media_type, file_name,
                  byte_count, chunk_count, sha256, page_count, page_fault, signed_at, uploaded_at,
                  attached_at is not null as "attached!"
           from documents where document_id = any($1) order by document_id for no key update"#,
        &ids
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Document::try_from)
    .collect()
}

/// The documents of a request, oldest first.
pub async fn of_request(conn: &mut PgConnection, request: RequestId) -> Result<Vec<Document>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"select document_id, proof_id, staff_id, request_id, round_number, office_code, kind, media_type, file_name,
                  byte_count, chunk_count, sha256, page_count, page_fault, signed_at, uploaded_at,
                  attached_at is not null as "attached!"
           from documents where request_id = $1 and attached_at is not null order by uploaded_at, document_id"#,
        request.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Document::try_from)
    .collect()
}

/// The uploads of a proof that no request took yet, oldest first.
pub async fn of_proof(conn: &mut PgConnection, proof: ProofId) -> Result<Vec<Document>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"select document_id, proof_id, staff_id, request_id, round_number, office_code, kind, media_type, file_name,
                  byte_count, chunk_count, sha256, page_count, page_fault, signed_at, uploaded_at,
                  attached_at is not null as "attached!"
           from documents where proof_id = $1 and attached_at is null order by uploaded_at, document_id"#,
        proof.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Document::try_from)
    .collect()
}

/// The uploads that wait for the next resupply of a request, oldest first.
pub async fn waiting_for(conn: &mut PgConnection, request: RequestId) -> Result<Vec<Document>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"select document_id, proof_id, staff_id, request_id, round_number, office_code, kind, media_type, file_name,
                  byte_count, chunk_count, sha256, page_count, page_fault, signed_at, uploaded_at,
                  attached_at is not null as "attached!"
           from documents
           where request_id = $1 and attached_at is null and proof_id is null and staff_id is null
           order by uploaded_at, document_id"#,
        request.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Document::try_from)
    .collect()
}

/// How many uploads of this owner are not used yet.
pub async fn count_unused(conn: &mut PgConnection, owner: Owner) -> Result<i64, StoreError> {
    let (proof, staff, request) = match owner {
        Owner::Proof(id) => (Some(id.0), None, None),
        Owner::Staff(id) => (None, Some(id.0), None),
        Owner::Request(id) => (None, None, Some(id.0)),
    };
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from documents
           where attached_at is null
             and (proof_id = $1 or staff_id = $2 or (request_id = $3 and proof_id is null and staff_id is null))"#,
        proof,
        staff,
        request
    )
    .fetch_one(conn)
    .await?)
}

/// A request takes its documents; fails as stale when another request took one of them meanwhile.
pub async fn attach(
    conn: &mut PgConnection,
    ids: &[DocumentId],
    request: RequestId,
    round_number: i32,
    office: OfficeCode,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let raw: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let written = sqlx::query!(
        "update documents set request_id = $2, round_number = $3, office_code = $4, attached_at = $5
         where document_id = any($1) and attached_at is null",
        &raw,
        request.0,
        round_number,
        office.as_str(),
        now
    )
    .execute(conn)
    .await?;
    if written.rows_affected() == ids.len() as u64 {
        Ok(())
    } else {
        Err(StoreError::Stale { table: "documents" })
    }
}

/// Deletes one that no request uses.
pub async fn discard(conn: &mut PgConnection, id: DocumentId) -> Result<(), StoreError> {
    let written = sqlx::query!("delete from documents where document_id = $1 and attached_at is null", id.0)
        .execute(conn)
        .await?;
    one_row("documents", written.rows_affected())
}

/// Deletes the letters of a proof that were signed on a screen and that no request uses. Returns how many.
pub async fn discard_signed(conn: &mut PgConnection, proof: ProofId) -> Result<u64, StoreError> {
    let written = sqlx::query!(
        "delete from documents where proof_id = $1 and attached_at is null and signed_at is not null",
        proof.0
    )
    .execute(conn)
    .await?;
    Ok(written.rows_affected())
}

/// Deletes uploads that no request took before `uploaded_before` and that belong to no saved filing. Returns how many.
pub async fn delete_unused(
    conn: &mut PgConnection,
    uploaded_before: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let written = sqlx::query!(
        "delete from documents where attached_at is null and uploaded_at < $1
             and not exists (select from saved_filings where saved_filings.proof_id = documents.proof_id)",
        uploaded_before
    )
    .execute(conn)
    .await?;
    Ok(written.rows_affected())
}

/// Writes the facts that are known only when the last byte has come.
pub async fn finish(conn: &mut PgConnection, document: &Document) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update documents set byte_count = $2, chunk_count = $3, sha256 = $4, page_count = $5, page_fault = $6
         where document_id = $1 and attached_at is null",
        document.id.0,
        document.byte_count,
        document.chunk_count,
        document.sha256,
        document.pages.and_then(PdfPages::count),
        document.pages.and_then(PdfPages::fault)
    )
    .execute(conn)
    .await?;
    one_row("documents", written.rows_affected())
}

/// Makes uploads of one owner take turns until the end of the transaction.
pub async fn lock_owner(conn: &mut PgConnection, owner: Owner) -> Result<(), StoreError> {
    let id = match owner {
        Owner::Proof(id) => id.0,
        Owner::Staff(id) => id.0,
        Owner::Request(id) => id.0,
    };
    sqlx::query!(
        r#"select pg_advisory_xact_lock(hashtextextended($1, 0))::text as "void""#,
        format!("documents of {id}")
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}
