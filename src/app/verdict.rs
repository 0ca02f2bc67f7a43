//! The verdict on a request, as officers see it.

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::{
    AppError, Office,
    actor::{self, visible_request},
    facts::facts,
    words,
};
use crate::{
    domain::{
        eligibility::{FoundReason, Verdict, assess},
        ids::{RequestId, SessionId},
        names::{AddressProof, Sender},
        request::Request,
        state::StateName,
    },
    store::{
        self,
        audit::{By, Event},
        offices::OfficeRow,
    },
};

/// The verdict with the words of its reasons and what the officer should know beside it.
#[derive(Debug)]
pub struct VerdictView {
    pub verdict: Verdict,
    /// For each reason of a refusal: its text as far as its evidence is known, and the fields that are missing.
    pub reasons: Vec<ReasonView>,
    pub sender: Sender,
    /// Indonesian sentences.
    pub warnings: Vec<String>,
}

#[derive(Debug)]
pub struct ReasonView {
    pub found: FoundReason,
    /// As the letter would say it, with dots for what is missing.
    pub text: String,
    pub missing: Vec<String>,
}

/// Assesses a request as of a day.
pub(in crate::app) async fn verdict_on(
    conn: &mut PgConnection,
    request: &Request,
    row: &OfficeRow,
    examined_on: NaiveDate,
) -> Result<Verdict, AppError> {
    Ok(assess(&facts(conn, request, row, examined_on).await?))
}

/// The verdict for the officer's screen. Looking at it is an audited view of registry data.
pub async fn get_verdict(
    office: &Office,
    session: SessionId,
    id: RequestId,
) -> Result<VerdictView, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    colleague.judges()?;
    let request = visible_request(&mut tx, &colleague, id).await?;
    let row = store::offices::find(&mut tx, request.office).await?.ok_or(AppError::NotFound("office"))?;
    let today = now.with_timezone(&row.zone).date_naive();
    let verdict = verdict_on(&mut tx, &request, &row, today).await?;
    let warnings = warnings(&mut tx, &request).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), "view_verdict")
            .office(request.office)
            .request(id)
            .taxpayer(request.taxpayer),
        now,
    )
    .await?;
    tx.commit().await?;
    let found = match &verdict {
        Verdict::Refuse { reasons } => reasons.as_slice(),
        Verdict::Grant | Verdict::Undetermined { .. } => &[],
    };
    let reasons = found.iter().map(|reason| reason_view(office, &row, reason)).collect::<Result<_, _>>()?;
    Ok(VerdictView { verdict, reasons, sender: request.sender, warnings })
}

fn reason_view(office: &Office, row: &OfficeRow, found: &FoundReason) -> Result<ReasonView, AppError> {
    let missing = missing_evidence(office, found);
    let mut evidence = found.evidence.clone();
    evidence.extend(missing.iter().map(|field| (field.clone(), "…".to_owned())));
    let text = office
        .templates
        .reason_text(&found.code, &words::reason_data(&evidence, row))
        .map_err(AppError::NotRenderable)?
        .text;
    Ok(ReasonView { found: found.clone(), text, missing })
}

/// The evidence fields of a reason that have no value yet.
pub(in crate::app) fn missing_evidence(office: &Office, reason: &FoundReason) -> Vec<String> {
    office
        .templates
        .refusal_reasons()
        .iter()
        .find(|known| known.code == reason.code)
        .map(|known| known.evidence_fields.clone())
        .unwrap_or_default()
        .into_iter()
        .filter(|field| reason.evidence.get(field).is_none_or(|value| value.trim().is_empty()))
        .collect()
}

async fn warnings(conn: &mut PgConnection, request: &Request) -> Result<Vec<String>, AppError> {
    let mut warnings = Vec::new();
    if request.sender == Sender::Unknown {
        warnings.push(
            "Permohonan dikirim dari alamat email yang tidak tercatat. Surat akan keluar melalui pos atau loket.".to_owned(),
        );
    }
    if request.address_proof == AddressProof::Unproven {
        warnings.push("Alamat email belum dibuktikan. Surat akan keluar melalui pos atau loket.".to_owned());
    }
    let taxpayer = store::taxpayers::get(conn, request.taxpayer).await?;
    if taxpayer.is_registered()
        && !crate::domain::eligibility::same_name(&taxpayer.name, request.filed.pkp_name.as_str())
    {
        warnings.push("Nama PKP pada surat berbeda dengan data PKP.".to_owned());
    }
    if taxpayer.is_registered()
        && !crate::domain::eligibility::same_name(
            &taxpayer.address_line(),
            request.filed.pkp_address.as_str(),
        )
    {
        warnings.push("Alamat pada surat berbeda dengan data PKP.".to_owned());
    }
    let open = store::requests::open_beside(conn, request).await?;
    if open > 0 {
        warnings
            .push(format!("Ada {open} permohonan lain yang terbuka untuk PKP ini dengan jenis yang sama."));
    }
    if let Some((_, kind, state)) = store::requests::sibling(conn, request).await? {
        warnings.push(format!(
            "Diajukan bersama permohonan {} ({}).",
            kind.title(),
            if state == StateName::Issued { "sudah terbit" } else { "belum terbit" }
        ));
    }
    Ok(warnings)
}
