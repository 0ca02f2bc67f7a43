//! Documents of the filer: taken in, thrown away, read by the office. Bytes pass through in chunks and are never held
//! whole; at rest they are sealed.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt, stream};
use secrecy::zeroize::Zeroizing;
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    AppError, Office, actor,
    actor::Colleague,
    callers::{self, Caller},
};
use crate::{
    domain::{
        ids::{DocumentId, RequestId, SessionId},
        names::DocumentKind,
        state::{Act, StateName, Who},
    },
    store::{
        self, StoreError,
        audit::{By, Event},
        documents::{Document, Owner},
    },
    vault::{VaultError, chunks::ChunkSealer, seal::Aad},
};

/// How long an upload may stand still before its place is given to somebody else.
const STALLED: Duration = Duration::from_secs(20);
/// How long an upload may take: 5 MiB over a poor mobile link.
const LONGEST: Duration = Duration::from_mins(5);
/// Bytes that tell the type of a file.
const HEAD_BYTES: usize = 8;
/// Characters of a stored file name.
const NAME_CHARACTERS: usize = 120;

/// Why an upload came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    #[error(transparent)]
    App(#[from] AppError),
    /// The client went away or stood still.
    #[error("the upload broke off")]
    BrokenOff,
}

impl From<StoreError> for UploadError {
    fn from(error: StoreError) -> Self {
        Self::App(error.into())
    }
}

impl From<sqlx::Error> for UploadError {
    fn from(error: sqlx::Error) -> Self {
        Self::App(error.into())
    }
}

impl From<VaultError> for UploadError {
    fn from(error: VaultError) -> Self {
        Self::App(error.into())
    }
}

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
    let limit = i64::try_from(office.rules.limits.documents_per_request).unwrap_or(i64::MAX);
    room_for(store::documents::count_unused(&mut tx, owner).await? + 1, limit)?;
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
        uploaded_at: now,
        attached: false,
    };
    receive(office, &mut tx, &mut document, bytes).await?;
    // Uploads of one owner end one after the other: together they cannot exceed the limit.
    store::documents::lock_owner(&mut tx, owner).await?;
    room_for(store::documents::count_unused(&mut tx, owner).await?, limit)?;
    let mut event =
        Event::new(by, "upload_document").subject(document.id.0).detail(json!({ "kind": kind.as_str() }));
    if let Owner::Request(request) = owner {
        event = event.request(request);
    }
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(document)
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
        Caller::Stranger => Err(AppError::Unauthenticated),
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

/// Streams the bytes into sealed chunks. The row comes first, because the chunks refer to it, and gets its facts last.
async fn receive<B: AsRef<[u8]>, E>(
    office: &Office,
    conn: &mut PgConnection,
    document: &mut Document,
    mut bytes: impl Stream<Item = Result<B, E>> + Unpin,
) -> Result<(), UploadError> {
    let limit_bytes = office.rules.limits.upload_max_bytes;
    let mut sealer = ChunkSealer::new(&office.vault, place(document.id));
    let mut hasher = Sha256::new();
    let mut head = Zeroizing::new(Vec::with_capacity(HEAD_BYTES));
    let (mut total, mut chunks) = (0_usize, 0_i32);
    loop {
        let piece = match tokio::time::timeout(STALLED, bytes.next()).await {
            Ok(Some(Ok(piece))) => piece,
            Ok(None) => break,
            Ok(Some(Err(_))) | Err(_) => return Err(UploadError::BrokenOff),
        };
        let piece = piece.as_ref();
        total += piece.len();
        if total > limit_bytes {
            return Err(AppError::TooLarge { limit_bytes }.into());
        }
        if document.media_type.is_empty() {
            let missing = HEAD_BYTES - head.len();
            head.extend_from_slice(&piece[..piece.len().min(missing)]);
            if head.len() == HEAD_BYTES {
                begin(conn, document, &head).await?;
            }
        }
        hasher.update(piece);
        for sealed in sealer.push(piece)? {
            store::documents::insert_chunk(conn, document.id, chunks, &sealed).await?;
            chunks += 1;
        }
    }
    if document.media_type.is_empty() {
        return Err(AppError::UnsupportedFile.into());
    }
    store::documents::insert_chunk(conn, document.id, chunks, &sealer.finish()?).await?;
    document.chunk_count = chunks + 1;
    document.byte_count = i64::try_from(total).map_err(|_| AppError::TooLarge { limit_bytes })?;
    document.sha256 = hasher.finalize().to_vec();
    store::documents::finish(conn, document).await?;
    Ok(())
}

async fn begin(conn: &mut PgConnection, document: &mut Document, head: &[u8]) -> Result<(), AppError> {
    media_type(head).ok_or(AppError::UnsupportedFile)?.clone_into(&mut document.media_type);
    let provisional = Document { byte_count: 1, chunk_count: 1, sha256: vec![0; 32], ..document.clone() };
    Ok(store::documents::insert(conn, &provisional).await?)
}

/// PDF, JPEG or PNG, by the bytes that every such file begins with.
fn media_type(head: &[u8]) -> Option<&'static str> {
    [
        ("application/pdf", b"%PDF-".as_slice()),
        ("image/jpeg", &[0xff, 0xd8, 0xff]),
        ("image/png", &[0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a]),
    ]
    .into_iter()
    .find_map(|(media_type, magic)| head.starts_with(magic).then_some(media_type))
}

/// The last part of a path, without control characters and signs that reverse the reading direction.
fn clean_name(given: &str) -> Result<String, AppError> {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let name: String =
        last.chars().filter(shown).collect::<String>().trim().chars().take(NAME_CHARACTERS).collect();
    if matches!(name.as_str(), "" | "." | "..") {
        Err(AppError::fault("/file_name", "required", "Nama berkas wajib ada."))
    } else {
        Ok(name)
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
        Caller::Stranger | Caller::Proof(_) | Caller::Staff(_) => owner_of(&mut tx, caller, now).await?,
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
    let count = document.chunk_count;
    let chunks = stream::try_unfold((office.clone(), 0), move |(office, number)| async move {
        if number >= count {
            return Ok(None);
        }
        let opened = office.open_chunk(id, number, number + 1 == count).await?;
        Ok(Some((opened, (office, number + 1))))
    });
    Ok(Download { document, chunks })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        assert_eq!(media_type(b"%PDF-1.7"), Some("application/pdf"));
        assert_eq!(media_type(&[0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0]), Some("image/jpeg"));
        assert_eq!(media_type(b"\x89PNG\r\n\x1a\n"), Some("image/png"));
        for other in [b"MZ\x90\0\x03\0\0\0".as_slice(), b"<html>..", b"PK\x03\x04....", b"GIF89a..", b""] {
            assert_eq!(media_type(other), None);
        }
    }

    #[test]
    fn a_file_name_keeps_no_path_and_nothing_that_does_not_show() {
        assert_eq!(clean_name("C:\\data\\surat permohonan.pdf").unwrap(), "surat permohonan.pdf");
        assert_eq!(clean_name("../../etc/passwd").unwrap(), "passwd");
        assert_eq!(clean_name("a\r\nb\u{202e}fdp.exe").unwrap(), "abfdp.exe");
        assert_eq!(clean_name(&"é".repeat(200)).unwrap().chars().count(), NAME_CHARACTERS);
        for nothing in ["", " ", "a/", "..", "\n"] {
            assert!(matches!(clean_name(nothing), Err(AppError::Invalid(_))));
        }
    }
}
