//! `open_filing`: how far a filing has come, for whoever proved its address.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use futures_util::Stream;
use sqlx::PgConnection;

use super::{place_of_ink, unsealed};
use crate::{
    app::{
        AppError, Office,
        callers::{Caller, ProofToken},
        documents::{Download, read_upload},
        email_proof::at_office,
        intake,
        words::SignedOnScreen,
    },
    domain::{
        document_policy::Requirement,
        form::RawForm,
        ids::{DocumentId, FilingId},
        indonesian,
        ink::Ink,
        names::{Sender, Wanted},
        tax_id::TaxId,
    },
    store::{self, documents::Document, saved_filings::SavedFiling},
};

/// What the filer of a filing may see.
pub enum Progress {
    Open(Box<Filing>),
    /// The proof has ended; what was typed is kept, and shown after the address is proven again.
    ProveAgain(FilingId),
    Sent,
}

/// A filing that waits to be sent.
pub struct Filing {
    pub id: FilingId,
    pub wanted: Wanted,
    /// As typed. Its list of documents is empty: see `documents`.
    pub form: RawForm,
    /// Uploaded for it, oldest first.
    pub documents: Vec<Document>,
    /// What the regime asks for, as far as the form says it.
    pub required: Vec<Requirement>,
    /// Today at the office.
    pub today: Option<NaiveDate>,
    pub office_name: Option<String>,
    pub proven_until: DateTime<FixedOffset>,
    pub kept_until: DateTime<FixedOffset>,
    /// Whether its letters may be signed on a screen.
    pub on_screen: bool,
    /// How they were.
    pub signed: Option<SignedOnScreen>,
    /// They were until just now: the letter says something else since.
    pub lapsed: bool,
    /// What the registry says, if the proven address is one that it knows.
    pub known: Option<KnownPkp>,
}

/// A PKP as its own filer may read it, masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPkp {
    pub name: String,
    pub city: String,
    pub office_name: Option<String>,
}

/// Opens the filing of a token. An unknown token, and a filing that was kept long enough, are not there.
pub async fn open_filing(office: &Office, token: &ProofToken) -> Result<Progress, AppError> {
    let mut tx = office.begin().await?;
    let filing = store::saved_filings::lock_by_token(&mut tx, token.sha256()).await?;
    progress(office, &mut tx, filing.ok_or(AppError::NotFound("filing"))?).await
}

pub(super) async fn progress(
    office: &Office,
    conn: &mut PgConnection,
    saved: SavedFiling,
) -> Result<Progress, AppError> {
    let now = office.now();
    if saved.sent_at.is_some() {
        return Ok(Progress::Sent);
    }
    if saved.expires_at <= now {
        return Err(AppError::NotFound("filing"));
    }
    match saved.proof_expires_at.filter(|end| *end > now) {
        None => Ok(Progress::ProveAgain(saved.id)),
        Some(end) => Ok(Progress::Open(Box::new(filing(office, conn, saved, end, now).await?))),
    }
}

async fn filing(
    office: &Office,
    conn: &mut PgConnection,
    saved: SavedFiling,
    proof_ends: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Filing, AppError> {
    let form = unsealed(office, saved.id, &saved.sealed)?;
    let documents = store::documents::of_proof(conn, saved.proof).await?;
    let regime = store::regimes::default(conn).await?;
    let on_screen = regime.letter_on_screen;
    let signed = signed(office, &saved, &documents)?;
    let cases = intake::cases(&form, saved.wanted.kind().is_none());
    let required = regime
        .documents
        .into_iter()
        .filter(|requirement| cases.iter().any(|case| requirement.applies_to(*case)))
        .collect();
    let row = match form.office_code.parse() {
        Ok(code) => store::offices::find(conn, code).await?,
        Err(_) => None,
    };
    let zone = row.as_ref().map_or(chrono_tz::Asia::Jakarta, |row| row.zone);
    Ok(Filing {
        id: saved.id,
        wanted: saved.wanted,
        known: known(conn, &saved, &form).await?,
        form,
        documents,
        required,
        today: row.as_ref().map(|row| now.with_timezone(&row.zone).date_naive()),
        office_name: row.map(|row| row.name),
        on_screen,
        signed,
        lapsed: false,
        proven_until: at_office(proof_ends, zone),
        kept_until: at_office(saved.expires_at, zone),
    })
}

fn signed(
    office: &Office,
    saved: &SavedFiling,
    documents: &[Document],
) -> Result<Option<SignedOnScreen>, AppError> {
    let at = documents.iter().find_map(|document| document.signed_at);
    let Some((at, sealed)) = at.zip(saved.ink.as_ref()) else { return Ok(None) };
    let opened = office.vault.open(&place_of_ink(saved.id), sealed)?;
    let text = std::str::from_utf8(&opened).map_err(|error| AppError::Internal(error.into()))?;
    let ink = Ink::parse(text).map_err(|error| AppError::Internal(error.into()))?;
    Ok(Some(SignedOnScreen { ink, at }))
}

/// Only to whom the registry or the account knows by this very address.
async fn known(
    conn: &mut PgConnection,
    saved: &SavedFiling,
    form: &RawForm,
) -> Result<Option<KnownPkp>, AppError> {
    let Ok(tax_id) = TaxId::parse(&form.tax_id) else { return Ok(None) };
    let Some(taxpayer) = store::taxpayers::find_by_tax_id(conn, &tax_id).await? else { return Ok(None) };
    let account = store::accounts::find(conn, taxpayer.id).await?;
    if !taxpayer.is_registered()
        || intake::standing(&taxpayer, account.as_ref(), &saved.email) != Sender::Known
    {
        return Ok(None);
    }
    let row = match taxpayer.office {
        Some(code) => store::offices::find(conn, code).await?,
        None => None,
    };
    Ok(Some(KnownPkp {
        name: indonesian::masked_name(&taxpayer.name),
        city: taxpayer.city,
        office_name: row.map(|row| row.name),
    }))
}

/// One of its uploads, for its filer to look at.
pub async fn uploaded_document(
    office: &Office,
    token: &ProofToken,
    id: DocumentId,
) -> Result<Download<impl Stream<Item = Result<Vec<u8>, AppError>> + use<>>, AppError> {
    read_upload(office, &Caller::Proof(token.clone()), id).await
}
