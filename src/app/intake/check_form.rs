//! May this form be received? Every fault is told at once.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::{
    documents::{cases, completeness, own_uploads},
    sender::standing,
};
use crate::{
    app::{AppError, Office},
    domain::{
        email_address::EmailAddress,
        fault::Faults,
        form::{Filing, Form},
        names::{Channel, Sender},
        regime::Regime,
        tax_id::TaxId,
    },
    store::{
        self,
        accounts::Account,
        documents::{Document, Owner},
        offices::OfficeRow,
        taxpayers::Taxpayer,
    },
};

use super::{file_request::FilingCall, filer::Checked};

/// A form that may be received.
pub(super) struct Accepted {
    pub(super) form: Form,
    pub(super) row: OfficeRow,
    pub(super) regime: Regime,
    pub(super) taxpayer: Taxpayer,
    pub(super) documents: Vec<Document>,
}

pub(super) async fn check_form(
    office: &Office,
    conn: &mut PgConnection,
    checked: &Checked,
    call: &FilingCall<'_>,
    mut faults: Faults,
    now: DateTime<Utc>,
) -> Result<Accepted, AppError> {
    let raw = call.form;
    let row = match raw.office_code.parse() {
        Ok(code) => store::offices::find(conn, code).await?,
        Err(_) => None,
    };
    let today = row.as_ref().map(|row| now.with_timezone(&row.zone).date_naive());
    let form = match Form::parse(raw, call.filing, today) {
        Ok(form) => Some(form),
        Err(found) => {
            for fault in found {
                faults.add(fault.pointer, &fault.code, fault.detail);
            }
            None
        }
    };
    if row.is_none() && raw.office_code.parse::<crate::domain::office::OfficeCode>().is_ok() {
        faults.add(
            "/office_code",
            "unknown_office",
            "Kantor dengan kode ini tidak dilayani di sini. Periksa daftar kantor.",
        );
    }
    if let (Some(counter), Some(row)) = (checked.counter, &row)
        && counter.office != row.code
    {
        faults.add(
            "/office_code",
            "other_office",
            "Surat ditujukan ke kantor lain; sampaikan ke kantor tersebut.",
        );
    }
    if let Some(proof) = &checked.proof
        && let Ok(email) = raw.email.parse::<EmailAddress>()
        && !email.is_same_mailbox(&proof.email)
    {
        faults.add(
            "/email",
            "not_proven",
            "Alamat ini bukan alamat yang dibuktikan dengan kode. Minta kode untuk alamat ini.",
        );
    }
    let taxpayer = match raw.tax_id.parse::<TaxIdText>() {
        Ok(TaxIdText(tax_id)) => registered_or_plausible(conn, &tax_id, &mut faults).await?,
        Err(_) => None,
    };
    let regime = store::regimes::default(conn).await?;
    let limits = &office.rules.limits;
    if raw.documents.len() > limits.documents_per_request {
        faults.add(
            "/documents",
            "too_many",
            format!("Paling banyak {} dokumen.", limits.documents_per_request),
        );
    }
    let uploaded_after = kept_since(conn, checked.owner, limits.unused_document, now).await?;
    let mut documents = own_uploads(conn, &raw.documents, checked.owner, uploaded_after, &mut faults).await?;
    let supplied: Vec<_> = documents
        .iter()
        .map(|document| document.kind)
        .chain(raw.cannot_supply.iter().filter_map(|exemption| exemption.document.parse().ok()))
        .collect();
    completeness(&regime, &cases(raw, call.filing == Filing::Bundle), &supplied, &mut faults);

    if !faults.is_empty() {
        return Err(AppError::Invalid(faults.into_vec()));
    }
    let (Some(form), Some(row)) = (form, row) else { return Err(AppError::Invalid(Vec::new())) };
    let taxpayer = match taxpayer {
        Some(taxpayer) => taxpayer,
        None => store::taxpayers::provisional(conn, &form.tax_id, form.pkp_name.as_str(), now).await?,
    };
    // As a receipt lists them.
    documents.sort_by_key(|document| (document.uploaded_at, document.id.0));
    Ok(Accepted { form, row, regime, taxpayer, documents })
}

/// Older uploads are gone. Those of a saved filing are kept as long as it is.
async fn kept_since(
    conn: &mut PgConnection,
    owner: Owner,
    lifetime: TimeDelta,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, AppError> {
    let saved = match owner {
        Owner::Proof(proof) => store::saved_filings::kept_until(conn, proof).await?,
        Owner::Staff(_) | Owner::Request(_) => None,
    };
    Ok(if saved.is_some_and(|end| end > now) { DateTime::<Utc>::MIN_UTC } else { now - lifetime })
}

/// Whether we know who sends this.
pub(super) fn sender(checked: &Checked, taxpayer: &Taxpayer, account: Option<&Account>) -> Sender {
    match (checked.channel, &checked.proof) {
        (Channel::Counter, _) => Sender::Counter,
        (Channel::Post, _) => Sender::Post,
        (Channel::Online, Some(proof)) => standing(taxpayer, account, &proof.email),
        (Channel::Online, None) => Sender::Unknown,
    }
}

/// A number that parses; its faults are told by the form.
struct TaxIdText(TaxId);

impl std::str::FromStr for TaxIdText {
    type Err = crate::domain::tax_id::TaxIdError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        TaxId::parse(text).map(Self)
    }
}

/// Whoever the number belongs to. A number that looks like a typing mistake is accepted only when the registry
/// knows it; what else the registry knows is not told.
async fn registered_or_plausible(
    conn: &mut PgConnection,
    tax_id: &TaxId,
    faults: &mut Faults,
) -> Result<Option<Taxpayer>, AppError> {
    let found = store::taxpayers::find_by_tax_id(conn, tax_id).await?;
    if !found.as_ref().is_some_and(Taxpayer::is_registered)
        && let Some(suspicion) = tax_id.suspicion()
    {
        faults.add("/tax_id", "typing_mistake", suspicion.message_id());
    }
    Ok(found)
}
