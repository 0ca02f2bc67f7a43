//! Documents of the filer: taken in, thrown away, read by the office. Bytes pass through in chunks and are never held
//! whole; at rest they are sealed.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt, stream};
use secrecy::zeroize::Zeroizing;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

pub use super::streamed::UploadError;
use super::{
    AppError, Office, actor,
    actor::Colleague,
    callers::{self, Caller},
    streamed::{Sink, clean_name, receive},
};
use crate::{
    domain::{
        ids::{DocumentId, RequestId, SessionId},
        names::DocumentKind,
        pdf_pages::PdfPages,
        state::{Act, StateName, Who},
    },
    store::{
        self,
        audit::{By, Event},
        documents::{Document, Owner},
    },
    vault::seal::Aad,
};

/// How every PDF begins.
const PDF: &[u8] = b"%PDF-";
/// How long an upload may take: 5 MiB over a poor mobile link.
const LONGEST: Duration = Duration::from_mins(5);

/// Takes a document in. The type is judged by content; a broken-off upload leaves nothing.
pub async fn upload_document<B, E>(
    office: &Office,
    caller: &Caller,
    kind: DocumentKind,
    file_name: &str,
    bytes: impl Stream<Item = Result<B, E>> + Unpin,
) -> Result<Document, UploadError>
where
    B: AsRef<[u8]>,
{
    let _place = Arc::clone(&office.uploads).try_acquire_owned().map_err(|_| AppError::UploadsBusy)?;
    let taken = take_in(office, caller, kind, file_name, bytes);
    tokio::time::timeout(LONGEST, taken).await.map_err(|_| UploadError::BrokenOff)?
}

async fn take_in<B: AsRef<[u8]>, E>(
    office: &Office,
    caller: &Caller,
    kind: DocumentKind,
    file_name: &str,
    bytes: impl Stream<Item = Result<B, E>> + Unpin,
) -> Result<Document, UploadError> {
    let mut tx = office.begin().await?;
    let now = office.now();
    let (owner, by) = owner_of(&mut tx, caller, now).await?;
    let coming = Coming { owner, by, kind, file_name, signed_at: None, now };
    let document = keep_document(office, &mut tx, coming, bytes).await?;
    tx.commit().await?;
    Ok(document)
}

/// A file on its way to become a document.
pub(in crate::app) struct Coming<'a> {
    pub owner: Owner,
    pub by: By,
    pub kind: DocumentKind,
    pub file_name: &'a str,
    /// Made here and signed on a screen.
    pub signed_at: Option<DateTime<Utc>>,
    pub now: DateTime<Utc>,
}

/// Every document comes in this way: judged by content, hashed, sealed, counted, and its place taken.
pub(in crate::app) async fn keep_document<B: AsRef<[u8]>, E>(
    office: &Office,
    tx: &mut PgConnection,
    coming: Coming<'_>,
    bytes: impl Stream<Item = Result<B, E>> + Unpin,
) -> Result<Document, UploadError> {
    let Coming { owner, by, kind, file_name, signed_at, now } = coming;
    let limit = i64::try_from(office.rules.limits.documents_per_request).unwrap_or(i64::MAX);
    room_for(store::documents::count_unused(tx, owner).await? + 1, limit)?;
    let mut document = Document {
        id: DocumentId(Uuid::now_v7()),
        owner,
        request: None,
        round_number: None,
        office: None,
        kind,
        media_type: String::new(),
        file_name: clean_name(file_name)?,
        byte_count: 0,
        chunk_count: 0,
        sha256: Vec::new(),
        pages: None,
        signed_at,
        uploaded_at: now,
        attached: false,
    };
    let place = place(document.id);
    let mut copy = PdfCopy::default();
    let bytes = bytes.inspect(|piece| copy.take(piece.as_ref().ok(), office.rules.limits.upload_max_bytes));
    let received = receive(office, tx, place, &mut DocumentSink(&mut document), bytes).await?;
    document.pages = copy.pages().await;
    document.byte_count = received.byte_count;
    document.chunk_count = received.chunk_count;
    document.sha256 = received.sha256;
    store::documents::finish(tx, &document).await?;
    // Uploads of one owner end one after the other: together they cannot exceed the limit.
    store::documents::lock_owner(tx, owner).await?;
    room_for(store::documents::count_unused(tx, owner).await?, limit)?;
    let mut event =
        Event::new(by, "upload_document").subject(document.id.0).detail(json!({ "kind": kind.as_str() }));
    if let Owner::Request(request) = owner {
        event = event.request(request);
    }
    store::audit::record(tx, event, now).await?;
    Ok(document)
}

/// A PDF on its way in, held until its pages are counted: as many as there are places for uploads.
#[derive(Default)]
struct PdfCopy(Zeroizing<Vec<u8>>);

impl PdfCopy {
    /// Takes a piece, as long as it is one of a PDF and within the limit that the upload itself has.
    fn take<B: AsRef<[u8]>>(&mut self, piece: Option<&B>, most: usize) {
        let piece = piece.map(AsRef::as_ref).unwrap_or_default();
        let begins = self.0.len().min(PDF.len());
        if self.0[..begins] == PDF[..begins] && self.0.len() + piece.len() <= most {
            self.0.extend_from_slice(piece);
        }
    }

    /// Counting is work for a processor, not for a thread that serves others.
    async fn pages(self) -> Option<PdfPages> {
        if !self.0.starts_with(PDF) {
            return None;
        }
        tokio::task::spawn_blocking(move || PdfPages::of(&self.0)).await.ok()
    }
}

fn room_for(unused: i64, limit: i64) -> Result<(), AppError> {
    if unused <= limit {
        return Ok(());
    }
    let detail = format!("Paling banyak {limit} berkas. Hapus yang tidak dipakai, lalu unggah lagi.");
    Err(AppError::fault("", "too_many_documents", &detail))
}

/// Whose upload it will be: proof, request that waits for documents, or Petugas TPT.
async fn owner_of(
    conn: &mut PgConnection,
    caller: &Caller,
    now: DateTime<Utc>,
) -> Result<(Owner, By), AppError> {
    match caller {
        Caller::Stranger | Caller::Service(_) | Caller::Account(_) => Err(AppError::Unauthenticated),
        Caller::Proof(token) => {
            Ok((Owner::Proof(callers::live_proof(conn, token, now).await?.id), By::Taxpayer))
        }
        Caller::Tracking(request) => {
            let state =
                store::requests::find(conn, *request).await?.ok_or(AppError::Unauthenticated)?.state.name();
            if state == StateName::Incomplete {
                Ok((Owner::Request(*request), By::Taxpayer))
            } else {
                Err(AppError::NotPossible { act: Act::Resupply, state, officer: None })
            }
        }
        Caller::Staff(session) => {
            let counter = actor::authenticate(conn, *session, now).await?.counter()?;
            Ok((Owner::Staff(counter.id), By::Staff(counter.id)))
        }
    }
}

/// The row of a document, and its chunks.
struct DocumentSink<'a>(&'a mut Document);

impl Sink for DocumentSink<'_> {
    async fn begin(&mut self, conn: &mut PgConnection, media_type: &'static str) -> Result<(), AppError> {
        media_type.clone_into(&mut self.0.media_type);
        let provisional = Document { byte_count: 1, chunk_count: 1, sha256: vec![0; 32], ..self.0.clone() };
        Ok(store::documents::insert(conn, &provisional).await?)
    }

    async fn chunk(&mut self, conn: &mut PgConnection, number: i32, sealed: &[u8]) -> Result<(), AppError> {
        Ok(store::documents::insert_chunk(conn, self.0.id, number, sealed).await?)
    }
}

/// Where the chunks of a document are sealed to.
pub(in crate::app) fn place(id: DocumentId) -> Aad {
    Aad::new("document_chunks", "sealed", id.0)
}

/// Throws an upload away that no request uses; only its owner may.
pub async fn discard_document(office: &Office, caller: &Caller, id: DocumentId) -> Result<(), AppError> {
    let mut tx = office.begin().await?;
    let now = office.now();
    let (owner, by) = match caller {
        Caller::Tracking(request) => (Owner::Request(*request), By::Taxpayer),
        Caller::Stranger | Caller::Proof(_) | Caller::Staff(_) | Caller::Service(_) | Caller::Account(_) => {
            owner_of(&mut tx, caller, now).await?
        }
    };
    let document = store::documents::find(&mut tx, id)
        .await?
        .filter(|document| document.owner == owner)
        .ok_or(AppError::NotFound("document"))?;
    if document.attached {
        return Err(AppError::AlreadyDone("document_in_use"));
    }
    store::documents::discard(&mut tx, id).await?;
    store::audit::record(&mut tx, Event::new(by, "discard_document").subject(id.0), now).await?;
    tx.commit().await?;
    Ok(())
}

/// A document that is being read: its facts, and its bytes chunk by chunk.
pub struct Download<S> {
    pub document: Document,
    pub chunks: S,
}

/// Opens a document of a request for staff of its office. Who read it is recorded before the first byte leaves.
pub async fn download_document(
    office: &Office,
    session: SessionId,
    id: DocumentId,
) -> Result<Download<impl Stream<Item = Result<Vec<u8>, AppError>> + use<>>, AppError> {
    let mut tx = office.begin().await?;
    let now = office.now();
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    colleague.works_on_requests()?;
    let document = store::documents::find(&mut tx, id).await?.filter(|document| document.attached);
    let document = document.ok_or(AppError::NotFound("document"))?;
    let request = document.request.ok_or(AppError::NotFound("document"))?;
    may_read(&mut tx, &colleague, request).await?;
    let event = Event::new(By::Staff(colleague.id), "document_viewed").request(request).subject(id.0);
    let event = Event { office: document.office, ..event };
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(streaming(office, document))
}

/// What was uploaded for the next resupply of a request and not sent yet, as long as it may be sent.
pub async fn waiting_uploads(office: &Office, request: RequestId) -> Result<Vec<Document>, AppError> {
    let mut tx = office.begin().await?;
    let uploaded_after = office.now() - office.rules.limits.unused_document;
    let mut waiting = store::documents::waiting_for(&mut tx, request).await?;
    waiting.retain(|document| document.uploaded_at > uploaded_after);
    Ok(waiting)
}

/// Opens an upload that no request took yet, for whoever uploaded it.
pub async fn read_upload(
    office: &Office,
    caller: &Caller,
    id: DocumentId,
) -> Result<Download<impl Stream<Item = Result<Vec<u8>, AppError>> + use<>>, AppError> {
    let mut tx = office.begin().await?;
    let now = office.now();
    let (owner, by) = owner_of(&mut tx, caller, now).await?;
    let document = store::documents::find(&mut tx, id)
        .await?
        .filter(|document| document.owner == owner && !document.attached)
        .ok_or(AppError::NotFound("document"))?;
    store::audit::record(&mut tx, Event::new(by, "upload_viewed").subject(id.0), now).await?;
    tx.commit().await?;
    Ok(streaming(office, document))
}

fn streaming(
    office: &Office,
    document: Document,
) -> Download<impl Stream<Item = Result<Vec<u8>, AppError>> + use<>> {
    let (id, count) = (document.id, document.chunk_count);
    let chunks = stream::try_unfold((office.clone(), 0), move |(office, number)| async move {
        if number >= count {
            return Ok(None);
        }
        let opened = office.open_chunk(id, number, number + 1 == count).await?;
        Ok(Some((opened, (office, number + 1))))
    });
    Download { document, chunks }
}

/// The people who work on requests of the office read documents; supervisors and operators do not.
async fn may_read(
    conn: &mut PgConnection,
    colleague: &Colleague,
    request: RequestId,
) -> Result<(), AppError> {
    let request = actor::visible_request(conn, colleague, request).await.map_err(|error| match error {
        AppError::NotFound(_) => AppError::NotFound("document"),
        other => other,
    })?;
    let works_on_it = |who: &Who| {
        matches!(who, Who::Counter | Who::SpecialOfficer | Who::AssignedOfficer | Who::SectionHead)
    };
    if colleague.positions(&request).iter().any(works_on_it) {
        return Ok(());
    }
    match colleague.special_officer() {
        Err(AppError::NoDecree) => Err(AppError::NoDecree),
        _ => Err(AppError::Forbidden),
    }
}

impl Office {
    async fn open_chunk(&self, id: DocumentId, number: i32, last: bool) -> Result<Vec<u8>, AppError> {
        let mut tx = self.begin().await?;
        let sealed = store::documents::chunk(&mut tx, id, number).await?;
        let index = u32::try_from(number).map_err(|error| AppError::Internal(error.into()))?;
        Ok(self.vault.open_chunk(&place(id), index, last, &sealed)?.to_vec())
    }
}
