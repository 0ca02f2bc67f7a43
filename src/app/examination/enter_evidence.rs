//! The officer enters what the registry lacks, with its source. Nothing is guessed.

use super::super::{
    AppError, Office,
    actor::{self, lock_request},
};
use crate::{
    domain::{
        ids::{RequestId, SessionId},
        names::{EvidenceCase, PkpStatus},
        state::Act,
    },
    store::{
        self,
        audit::{By, Event},
        taxpayers::EnteredEvidence,
    },
};

pub async fn enter_evidence(
    office: &Office,
    session: SessionId,
    id: RequestId,
    entered: &EnteredEvidence,
    expected_version: Option<i32>,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    // The taxpayer before the request, as at intake and signature: nobody waits in a circle.
    let seen = actor::visible_request(&mut tx, &colleague, id).await?;
    store::taxpayers::lock(&mut tx, seen.taxpayer).await?;
    let (request, _) = lock_request(&mut tx, &colleague, id, Act::EnterEvidence, expected_version).await?;
    check(entered)?;
    if let Some(code) = entered.sppkp_office
        && store::offices::find(&mut tx, code).await?.is_none()
    {
        return Err(AppError::fault(
            "/sppkp_office",
            "unknown_office",
            "Kantor dengan kode ini tidak dilayani di sini.",
        ));
    }
    let taxpayer = store::taxpayers::get(&mut tx, request.taxpayer).await?;
    if !taxpayer.is_registered() {
        return Err(AppError::fault(
            "/source",
            "not_in_registry",
            "NPWP ini belum ada pada data PKP. Impor data PKP lebih dahulu, lalu isi bukti.",
        ));
    }
    let by = colleague.id.to_string();
    store::taxpayers::save_evidence(&mut tx, taxpayer.id, entered, &by, now).await?;
    let request = store::requests::touch(&mut tx, request).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), Act::EnterEvidence.as_str())
            .office(request.office)
            .request(id)
            .taxpayer(taxpayer.id)
            .detail(serde_json::json!({ "case": entered.evidence_case, "source": entered.source })),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// A case that rests on a report names it; r1 is the absence of one. A revocation has number and date.
fn check(entered: &EnteredEvidence) -> Result<(), AppError> {
    let rests_on_a_report = entered.evidence_case.is_some_and(|case| case != EvidenceCase::R1);
    if rests_on_a_report && (entered.evidence_number.is_none() || entered.evidence_on.is_none()) {
        return Err(AppError::fault(
            "/evidence_number",
            "required",
            "Isi nomor dan tanggal laporan yang menjadi bukti.",
        ));
    }
    if entered.pkp_status == PkpStatus::Revoked
        && (entered.revocation_number.is_none() || entered.revocation_on.is_none())
    {
        return Err(AppError::fault(
            "/revocation_number",
            "required",
            "Isi nomor dan tanggal Surat Pencabutan SPPKP.",
        ));
    }
    Ok(())
}
