//! Corrections as officers and section heads read them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;

use super::{Wrong, data_of_draft, hidden, letter_of, load, wording_of_draft};
use crate::{
    app::{
        AppError, Office,
        actor::{self, Colleague, visible_request},
        render_letter::{draw_signed, preview_signed},
        signing::{digest::hex, waiting::Hindrance},
        views::parts::{AtOffice, PersonRef},
        words::CorrectedRow,
    },
    domain::{
        ids::{CorrectionId, LetterId, RequestId, SessionId, StaffId},
        office::OfficeCode,
    },
    letters::{DrawnPage, Rendered},
    store::{
        self,
        audit::{By, Event},
        corrections::{CorrectionDraft, CorrectionEnding},
        letters::LetterRowKind,
    },
};

/// A correction, waiting or ended.
#[derive(Debug, Serialize)]
pub struct CorrectionView {
    pub correction_id: CorrectionId,
    /// The wrong one.
    pub letter_id: LetterId,
    pub letter_number: Option<String>,
    pub kind: LetterRowKind,
    pub request_id: RequestId,
    pub office_code: OfficeCode,
    pub reason: String,
    pub rows: Vec<CorrectedRow>,
    pub digest: String,
    pub template_version: i32,
    pub drafted_by: PersonRef,
    pub drafted_at: AtOffice,
    /// `None`: it waits for a signature.
    pub ending: Option<CorrectionEnding>,
    pub sent_back_reason: Option<String>,
    pub signed_by: Option<PersonRef>,
    pub issued_letter_id: Option<LetterId>,
    pub issued_number: Option<String>,
}

/// A correction of an office that the caller may see. An audited look at personal data.
pub async fn get_correction(
    office: &Office,
    session: SessionId,
    id: CorrectionId,
) -> Result<CorrectionView, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let draft = visible(&mut tx, &colleague, id).await?;
    look(&mut tx, &colleague, &draft, now).await?;
    let view = view(office, &mut tx, draft).await?;
    tx.commit().await?;
    Ok(view)
}

/// The answer of an act on a correction: the act itself is what was recorded.
pub async fn correction_after_act(
    office: &Office,
    session: SessionId,
    id: CorrectionId,
) -> Result<CorrectionView, AppError> {
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, office.now()).await?;
    let draft = visible(&mut tx, &colleague, id).await?;
    let view = view(office, &mut tx, draft).await?;
    tx.rollback().await?;
    Ok(view)
}

/// The corrections that wait for a signature at the caller's offices, oldest first.
pub async fn list_corrections(
    office: &Office,
    session: SessionId,
    after: Option<(DateTime<Utc>, CorrectionId)>,
    limit: i64,
) -> Result<Vec<CorrectionView>, AppError> {
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, office.now()).await?;
    colleague.judges()?;
    let offices = colleague.visible_offices(&mut tx).await?;
    let mut views = Vec::new();
    for draft in store::corrections::list_waiting(&mut tx, &offices, after, limit).await? {
        views.push(view(office, &mut tx, draft).await?);
    }
    tx.rollback().await?;
    Ok(views)
}

/// The correcting letter as it would be signed, with dots for the code.
#[derive(Debug)]
pub struct CorrectionPreview {
    pub digest: Vec<u8>,
    pub rendered: Rendered,
}

/// Only while it waits: afterwards the signed letter is what is read.
pub async fn preview_correction(
    office: &Office,
    session: SessionId,
    id: CorrectionId,
) -> Result<CorrectionPreview, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let draft = visible(&mut tx, &colleague, id).await?;
    if draft.ending.is_some() {
        return Err(AppError::NotFound("correction"));
    }
    let wrong = wrong(&mut tx, &draft).await?;
    let template = wording_of_draft(office, &mut tx, &wrong, draft.template_version).await?;
    let data = data_of_draft(office, &wrong, &draft.corrections, &template)?;
    look(&mut tx, &colleague, &draft, now).await?;
    tx.commit().await?;
    let rendered = preview_signed(office, draft.office, template, data).await?;
    Ok(CorrectionPreview { digest: draft.digest, rendered })
}

/// A correction as its signer reads it.
#[derive(Debug, Serialize)]
pub struct CorrectionSheet {
    #[serde(flatten)]
    pub correction: CorrectionView,
    pub pkp_name: String,
    /// This person signs for the office of the letter.
    pub signs: bool,
    /// Why this person may not sign it; `None`: nothing is in the way.
    pub hindrance: Option<Hindrance>,
    /// The letter as it would be signed, with dots for the code; none once the correction has ended.
    #[serde(skip)]
    pub pages: Vec<DrawnPage>,
}

/// An audited look at a correction and its letter.
pub async fn read_correction(
    office: &Office,
    session: SessionId,
    id: CorrectionId,
) -> Result<CorrectionSheet, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let draft = visible(&mut tx, &colleague, id).await?;
    let letter = store::letters::find(&mut tx, draft.letter).await?.ok_or(AppError::NotFound("letter"))?;
    let request =
        store::requests::find(&mut tx, letter.request).await?.ok_or(AppError::NotFound("request"))?;
    let pkp_name = request.filed.pkp_name.as_str().to_owned();
    let signs = colleague.section_head().is_ok_and(|head| head.office == draft.office);
    let keyed_it_in = store::signing::keyed_in(&mut tx, request.id, colleague.id).await?;
    let hindrance = Hindrance::find(draft.drafted_by == colleague.id, keyed_it_in, false);
    let drawing = if draft.ending.is_none() {
        let wrong = load(&mut tx, request, letter).await?;
        let template = wording_of_draft(office, &mut tx, &wrong, draft.template_version).await?;
        let data = data_of_draft(office, &wrong, &draft.corrections, &template)?;
        Some((template, data))
    } else {
        None
    };
    let code = draft.office;
    look(&mut tx, &colleague, &draft, now).await?;
    let correction = view(office, &mut tx, draft).await?;
    tx.commit().await?;
    let pages = match drawing {
        Some((template, data)) => draw_signed(office, code, template, data).await?,
        None => Vec::new(),
    };
    Ok(CorrectionSheet { correction, pkp_name, signs, hindrance, pages })
}

async fn wrong(conn: &mut PgConnection, draft: &CorrectionDraft) -> Result<Wrong, AppError> {
    let letter = store::letters::find(conn, draft.letter).await?.ok_or(AppError::NotFound("letter"))?;
    let request = store::requests::find(conn, letter.request).await?.ok_or(AppError::NotFound("request"))?;
    load(conn, request, letter).await
}

/// For whoever judges requests of that office.
async fn visible(
    conn: &mut PgConnection,
    colleague: &Colleague,
    id: CorrectionId,
) -> Result<CorrectionDraft, AppError> {
    colleague.judges()?;
    let missing = "correction";
    let draft = store::corrections::find(conn, id).await?.ok_or(AppError::NotFound(missing))?;
    let letter = letter_of(conn, colleague, draft.letter, missing).await?;
    visible_request(conn, colleague, letter.request).await.map_err(|error| hidden(error, missing))?;
    Ok(draft)
}

async fn look(
    conn: &mut PgConnection,
    colleague: &Colleague,
    draft: &CorrectionDraft,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let event = Event::new(By::Staff(colleague.id), "view_correction").office(draft.office);
    let letter = store::letters::find(conn, draft.letter).await?.ok_or(AppError::NotFound("letter"))?;
    Ok(store::audit::record(conn, event.request(letter.request).subject(draft.id.0), now).await?)
}

async fn view(
    office: &Office,
    conn: &mut PgConnection,
    draft: CorrectionDraft,
) -> Result<CorrectionView, AppError> {
    let letter = store::letters::find(conn, draft.letter).await?.ok_or(AppError::NotFound("letter"))?;
    let row = store::offices::find(conn, draft.office).await?.ok_or(AppError::NotFound("office"))?;
    let issued = match draft.issued_letter {
        Some(id) => store::letters::find(conn, id).await?,
        None => None,
    };
    let people: Vec<StaffId> = [Some(draft.drafted_by), draft.signed_by].into_iter().flatten().collect();
    let names = store::staff::names(conn, &people).await?;
    let person = |id: StaffId| PersonRef { id, name: names.get(&id).cloned().unwrap_or_default() };
    Ok(CorrectionView {
        correction_id: draft.id,
        letter_id: letter.id,
        letter_number: letter.number.clone(),
        kind: letter.kind,
        request_id: letter.request,
        office_code: draft.office,
        reason: draft.reason,
        rows: super::rows(office, &row, &letter, &draft.corrections)?,
        digest: hex(&draft.digest),
        template_version: draft.template_version,
        drafted_by: person(draft.drafted_by),
        drafted_at: AtOffice(draft.drafted_at, row.zone),
        ending: draft.ending,
        sent_back_reason: draft.sent_back_reason,
        signed_by: draft.signed_by.map(person),
        issued_letter_id: draft.issued_letter,
        issued_number: issued.and_then(|letter| letter.number),
    })
}
