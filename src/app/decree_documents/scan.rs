//! The scan of a signed decree: streamed in and sealed as documents are. With the first scan the decree is in force for its
//! officers from its day; a later one is kept beside it and read instead of it.

use std::{sync::Arc, time::Duration};

use futures_util::{Stream, stream};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{lock, may_read, past};
use crate::{
    app::{
        AppError, Office, actor,
        actor::Colleague,
        streamed::{Sink, UploadError, clean_name, receive},
    },
    domain::ids::{DecreeDocumentId, ScanId, SessionId, StaffId},
    store::{
        self,
        audit::{By, Event},
        decree_documents::{DecreeDocument, DecreeState, Scan, ScanOf},
    },
    vault::seal::Aad,
};

/// How long an upload may take, as for documents.
const LONGEST: Duration = Duration::from_mins(5);

/// Takes the scan in. The type is judged by content; a broken-off upload leaves nothing and puts nothing in force.
pub async fn upload_scan<B: AsRef<[u8]>, E>(
    office: &Office,
    session: SessionId,
    of: ScanOf,
    file_name: &str,
    bytes: impl Stream<Item = Result<B, E>> + Unpin,
) -> Result<(), UploadError> {
    let _place = Arc::clone(&office.uploads).try_acquire_owned().map_err(|_| AppError::UploadsBusy)?;
    let taken = take_in(office, session, of, file_name, bytes);
    tokio::time::timeout(LONGEST, taken).await.map_err(|_| UploadError::BrokenOff)?
}

async fn take_in<B: AsRef<[u8]>, E>(
    office: &Office,
    session: SessionId,
    of: ScanOf,
    file_name: &str,
    bytes: impl Stream<Item = Result<B, E>> + Unpin,
) -> Result<(), UploadError> {
    let now = office.now();
    // Looked at before the first byte is read, and held by no lock while they come.
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let code = match of {
        ScanOf::Document(id) => signable(&mut tx, &colleague, id).await?.office,
        ScanOf::Recorded(id) => recorded(&mut tx, &colleague, id).await?.office,
    };
    tx.rollback().await?;

    let mut tx = office.begin().await?;
    let mut scan = Scan {
        id: ScanId(Uuid::now_v7()),
        office: code,
        of,
        media_type: String::new(),
        file_name: clean_name(file_name)?,
        byte_count: 1,
        chunk_count: 1,
        sha256: vec![0; 32],
        uploaded_by: colleague.id,
        uploaded_at: now,
    };
    let received = receive(office, &mut tx, place(scan.id), &mut ScanSink(&mut scan), bytes).await?;
    scan.byte_count = received.byte_count;
    scan.chunk_count = received.chunk_count;
    scan.sha256 = received.sha256;
    store::decree_documents::finish_scan(&mut tx, &scan).await?;
    if let ScanOf::Document(id) = of {
        let (_, document) = lock(&mut tx, &colleague, id).await?;
        put_in_force(office, &mut tx, &document, colleague.id).await?;
    }
    let subject = match of {
        ScanOf::Document(id) => id.0,
        ScanOf::Recorded(id) => id,
    };
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), "upload_decree_scan")
            .office(code)
            .subject(subject)
            .detail(json!({ "scan_id": scan.id })),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// A decree that has its number and was not voided.
async fn signable(
    conn: &mut PgConnection,
    colleague: &Colleague,
    id: DecreeDocumentId,
) -> Result<DecreeDocument, AppError> {
    let operator = colleague.operator()?;
    let document = store::decree_documents::find(conn, id)
        .await?
        .filter(|document| operator.office.is_none_or(|scope| scope == document.office))
        .ok_or(AppError::NotFound("decree"))?;
    match document.state {
        DecreeState::Numbered | DecreeState::Signed => Ok(document),
        DecreeState::Prepared | DecreeState::Discarded | DecreeState::Voided => Err(past(document.state)),
    }
}

/// A decree that was made outside, within the operator's scope. One that was made here has its scan with its document.
async fn recorded(
    conn: &mut PgConnection,
    colleague: &Colleague,
    id: Uuid,
) -> Result<store::staff::Decree, AppError> {
    let operator = colleague.operator()?;
    store::staff::find_decree(conn, id)
        .await?
        .filter(|decree| operator.office.is_none_or(|scope| scope == decree.office))
        .ok_or(AppError::NotFound("decree"))
}

/// The appointments of the decree, and the end of the decree that it revokes.
async fn put_in_force(
    office: &Office,
    conn: &mut PgConnection,
    document: &DecreeDocument,
    by: StaffId,
) -> Result<(), AppError> {
    let now = office.now();
    match document.state {
        DecreeState::Signed => return Ok(()),
        DecreeState::Numbered => {}
        DecreeState::Prepared | DecreeState::Discarded | DecreeState::Voided => {
            return Err(past(document.state));
        }
    }
    store::decree_documents::sign(conn, document.id, now).await?;
    let name = store::staff::find(conn, by).await?.map_or_else(String::new, |staff| staff.username);
    for officer in &document.officers {
        store::decree_documents::appoint(conn, document, officer.staff, &name, now).await.map_err(
            |error| match error.constraint() {
                Some("decrees_number_key") => AppError::AlreadyDone("decree_recorded"),
                _ => error.into(),
            },
        )?;
    }
    let mut ended = 0;
    if let Some(number) = &document.revokes {
        let on = document.in_force_on;
        ended = store::decree_documents::revoke_by_number(conn, document.office, number, on).await?;
    }
    store::audit::record(
        conn,
        Event::new(By::Staff(by), "decree_in_force").office(document.office).subject(document.id.0).detail(
            json!({
                "number": document.number, "in_force_on": document.in_force_on, "revokes": document.revokes,
                "appointments_ended": ended,
            }),
        ),
        now,
    )
    .await?;
    Ok(())
}

struct ScanSink<'a>(&'a mut Scan);

impl Sink for ScanSink<'_> {
    async fn begin(&mut self, conn: &mut PgConnection, media_type: &'static str) -> Result<(), AppError> {
        media_type.clone_into(&mut self.0.media_type);
        Ok(store::decree_documents::insert_scan(conn, self.0).await?)
    }

    async fn chunk(&mut self, conn: &mut PgConnection, number: i32, sealed: &[u8]) -> Result<(), AppError> {
        Ok(store::decree_documents::insert_scan_chunk(conn, self.0.id, number, sealed).await?)
    }
}

/// Where the chunks of a scan are sealed to.
fn place(id: ScanId) -> Aad {
    Aad::new("decree_scan_chunks", "sealed", id.0)
}

/// A scan that is being read: its facts, and its bytes chunk by chunk.
pub struct ScanDownload<S> {
    pub scan: Scan,
    pub chunks: S,
}

/// Opens the newest scan of a decree for operators and supervisors of its office. Who read it is recorded before the first
/// byte leaves.
pub async fn download_scan(
    office: &Office,
    session: SessionId,
    of: ScanOf,
) -> Result<ScanDownload<impl Stream<Item = Result<Vec<u8>, AppError>> + use<>>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let scan = store::decree_documents::scan_of(&mut tx, of).await?;
    may_read(&mut tx, &colleague, scan.as_ref().map(|scan| scan.office)).await?;
    let scan = scan.ok_or(AppError::NotFound("decree"))?;
    let event = Event::new(By::Staff(colleague.id), "view_decree_scan").office(scan.office);
    store::audit::record(&mut tx, event.subject(scan.id.0), now).await?;
    tx.commit().await?;
    let (id, count) = (scan.id, scan.chunk_count);
    let chunks = stream::try_unfold((office.clone(), 0), move |(office, number)| async move {
        if number >= count {
            return Ok(None);
        }
        let opened = office.open_scan_chunk(id, number, number + 1 == count).await?;
        Ok(Some((opened, (office, number + 1))))
    });
    Ok(ScanDownload { scan, chunks })
}

impl Office {
    async fn open_scan_chunk(&self, id: ScanId, number: i32, last: bool) -> Result<Vec<u8>, AppError> {
        let mut tx = self.begin().await?;
        let sealed = store::decree_documents::scan_chunk(&mut tx, id, number).await?;
        let index = u32::try_from(number).map_err(|error| AppError::Internal(error.into()))?;
        Ok(self.vault.open_chunk(&place(id), index, last, &sealed)?.to_vec())
    }
}
