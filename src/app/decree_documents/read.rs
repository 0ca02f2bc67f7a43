//! Decrees as operators and supervisors read them.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use subtle::ConstantTimeEq;

use super::{may_read, operates};
use crate::{
    app::{
        AppError, Office, actor,
        letter_templates::shelf,
        render_letter::preview_letter,
        secrets,
        signing::digest::hex,
        views::parts::{AtOffice, Names, PersonRef},
    },
    domain::{
        ids::{DecreeDocumentId, SessionId, StaffId},
        office::OfficeCode,
    },
    letters::{LetterKind, LetterTemplate, RENDERER_VERSION},
    store::{
        self,
        audit::{By, Event},
        decree_documents::{Appointed, DecreeDocument, DecreeState, Scan},
        letters::LetterFile,
        staff_list::SpecialOfficerRow,
    },
};

#[derive(Debug, Serialize)]
pub struct DecreeDocumentView {
    pub decree_document_id: DecreeDocumentId,
    pub office_code: OfficeCode,
    pub state: DecreeState,
    pub number: Option<String>,
    pub dated_on: NaiveDate,
    pub in_force_on: NaiveDate,
    pub until_on: Option<NaiveDate>,
    pub officers: Vec<OfficerView>,
    pub revokes: Option<String>,
    pub prepared_by: PersonRef,
    pub prepared_at: AtOffice,
    pub numbered_at: Option<AtOffice>,
    pub signed_at: Option<AtOffice>,
    pub ended_at: Option<AtOffice>,
    pub void_reason: Option<String>,
    pub scan: Option<ScanView>,
}

#[derive(Debug, Serialize)]
pub struct OfficerView {
    pub staff_id: StaffId,
    pub name: String,
    pub nip: String,
    pub rank: String,
    pub position: String,
}

impl From<Appointed> for OfficerView {
    fn from(officer: Appointed) -> Self {
        Self {
            staff_id: officer.staff,
            name: officer.name,
            nip: officer.nip,
            rank: officer.rank,
            position: officer.position,
        }
    }
}

/// The facts of the newest scan.
#[derive(Debug, Serialize)]
pub struct ScanView {
    pub media_type: String,
    pub file_name: String,
    pub byte_count: i64,
    pub sha256: String,
    pub uploaded_at: AtOffice,
}

/// A decree of an office in the reader's scope.
pub async fn get_decree_document(
    office: &Office,
    session: SessionId,
    id: DecreeDocumentId,
) -> Result<DecreeDocumentView, AppError> {
    let mut tx = office.begin().await?;
    let document = readable(&mut tx, office, session, id).await?.0;
    let view = views(&mut tx, document.office, vec![document]).await?.pop();
    tx.rollback().await?;
    view.ok_or(AppError::NotFound("decree"))
}

/// The decrees of an office, newest first.
pub async fn list_decree_documents(
    office: &Office,
    session: SessionId,
    code: OfficeCode,
    after: Option<(DateTime<Utc>, DecreeDocumentId)>,
    limit: i64,
) -> Result<Vec<DecreeDocumentView>, AppError> {
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, office.now()).await?;
    may_read(&mut tx, &colleague, Some(code)).await?;
    let documents = store::decree_documents::list(&mut tx, code, after, limit).await?;
    let views = views(&mut tx, code, documents).await?;
    tx.rollback().await?;
    Ok(views)
}

/// The paper: of a prepared decree as it would be, of a numbered one as it was stored. An audited look.
pub async fn decree_paper(
    office: &Office,
    session: SessionId,
    id: DecreeDocumentId,
) -> Result<Vec<u8>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let (document, reader) = readable(&mut tx, office, session, id).await?;
    let template = wording(office, &mut tx, &document).await?;
    let event = Event::new(By::Staff(reader), "view_decree").office(document.office).subject(id.0);
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    match document.state {
        DecreeState::Prepared | DecreeState::Discarded => {
            Ok(preview_letter(office, template, document.data).await?.pdf)
        }
        DecreeState::Numbered | DecreeState::Signed | DecreeState::Voided => keep_paper(office, id).await,
    }
}

/// The stored bytes of a numbered decree; rendered and stored now when nobody did. The first stored are the record.
pub(super) async fn keep_paper(office: &Office, id: DecreeDocumentId) -> Result<Vec<u8>, AppError> {
    let mut conn = office.pool.acquire().await?;
    if let Some(file) = store::decree_documents::file(&mut conn, id).await? {
        return open(office, id, &file);
    }
    let document = store::decree_documents::find(&mut conn, id).await?.ok_or(AppError::NotFound("decree"))?;
    let template = wording(office, &mut conn, &document).await?;
    drop(conn);
    let rendered = preview_letter(office, template, document.data).await?;
    let file = LetterFile {
        sealed: secrets::seal_decree(office, id, &rendered.pdf)?,
        sha256: Sha256::digest(&rendered.pdf).to_vec(),
        pages: i32::try_from(rendered.pages).map_err(|error| AppError::Internal(error.into()))?,
        renderer_version: RENDERER_VERSION.to_owned(),
        // For a signature in ink.
        signature: None,
    };
    let mut tx = office.begin().await?;
    store::decree_documents::keep_file(&mut tx, id, &file, office.now()).await?;
    let kept = store::decree_documents::file(&mut tx, id).await?.ok_or(AppError::NotFound("decree"))?;
    tx.commit().await?;
    open(office, id, &kept)
}

/// The wording that the decree was prepared with, whatever came in force since.
async fn wording(
    office: &Office,
    conn: &mut PgConnection,
    document: &DecreeDocument,
) -> Result<Arc<LetterTemplate>, AppError> {
    let kept = shelf::kept(office, conn, LetterKind::SpecialOfficerDecree, document.template_version).await?;
    kept.ok_or_else(|| AppError::Internal(anyhow::anyhow!("the wording of a decree was never recorded")))
}

fn open(office: &Office, id: DecreeDocumentId, file: &LetterFile) -> Result<Vec<u8>, AppError> {
    let pdf = secrets::open_decree(office, id, &file.sealed)?;
    if bool::from(Sha256::digest(&pdf).as_slice().ct_eq(&file.sha256)) {
        Ok(pdf)
    } else {
        Err(AppError::Internal(anyhow::anyhow!("the stored bytes of a decree do not have their SHA-256")))
    }
}

/// The decree with the reader. Whoever may not read decrees at all hears so before anything is looked up.
async fn readable(
    conn: &mut PgConnection,
    office: &Office,
    session: SessionId,
    id: DecreeDocumentId,
) -> Result<(DecreeDocument, StaffId), AppError> {
    let colleague = actor::authenticate(conn, session, office.now()).await?;
    let document = store::decree_documents::find(conn, id).await?;
    may_read(conn, &colleague, document.as_ref().map(|document| document.office)).await?;
    Ok((document.ok_or(AppError::NotFound("decree"))?, colleague.id))
}

/// Decrees of one office, with their scans and who prepared them looked up once for all.
async fn views(
    conn: &mut PgConnection,
    code: OfficeCode,
    documents: Vec<DecreeDocument>,
) -> Result<Vec<DecreeDocumentView>, AppError> {
    let row = store::offices::find(conn, code).await?.ok_or(AppError::NotFound("office"))?;
    let ids: Vec<DecreeDocumentId> = documents.iter().map(|document| document.id).collect();
    let mut scans: HashMap<DecreeDocumentId, Scan> =
        store::decree_documents::scans_of(conn, &ids).await?.into_iter().collect();
    let people: Vec<StaffId> = documents.iter().map(|document| document.prepared_by).collect();
    let names = Names(store::staff::names(conn, &people).await?);
    let view = |document: DecreeDocument| {
        let scan = scans.remove(&document.id);
        view(document, scan, &names, row.zone)
    };
    Ok(documents.into_iter().map(view).collect())
}

fn view(document: DecreeDocument, scan: Option<Scan>, names: &Names, zone: Tz) -> DecreeDocumentView {
    let at = |at: Option<DateTime<Utc>>| at.map(|at| AtOffice(at, zone));
    DecreeDocumentView {
        decree_document_id: document.id,
        office_code: document.office,
        state: document.state,
        number: document.number,
        dated_on: document.dated_on,
        in_force_on: document.in_force_on,
        until_on: document.until_on,
        officers: document.officers.into_iter().map(OfficerView::from).collect(),
        revokes: document.revokes,
        prepared_by: names.of(document.prepared_by),
        prepared_at: AtOffice(document.prepared_at, zone),
        numbered_at: at(document.numbered_at),
        signed_at: at(document.signed_at),
        ended_at: at(document.ended_at),
        void_reason: document.void_reason,
        scan: scan.map(|scan| ScanView {
            media_type: scan.media_type,
            file_name: scan.file_name,
            byte_count: scan.byte_count,
            sha256: hex(&scan.sha256),
            uploaded_at: AtOffice(scan.uploaded_at, zone),
        }),
    }
}

/// Who may be appointed by a decree of an office: its active special officers.
pub async fn officers_to_appoint(
    office: &Office,
    session: SessionId,
    code: OfficeCode,
) -> Result<Vec<SpecialOfficerRow>, AppError> {
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, office.now()).await?;
    operates(&colleague, code)?;
    Ok(store::staff_list::special_officers(&mut tx, code).await?)
}
