//! The signature under a report. The file is made first, outside of any transaction, because a seal may be put on by a
//! service far away; then figures, paper and file are frozen in one. Of two signers the first wins.

use serde_json::json;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{read::Found, reader, signatory};
use crate::{
    app::{
        AppError, Office,
        office_seal::{OfficeSeal, seal_of},
        render_letter::render_sealed,
        secrets,
        signing::digest::hex,
        words::Signatory,
    },
    domain::{figures::Month, ids::SessionId, office::OfficeCode},
    letters::RENDERER_VERSION,
    store::{
        self,
        audit::{By, Event},
        monthly_reports::{Frozen, ReportRow},
        offices::OfficeRow,
    },
};

/// Signs the report whose figures were read; `seen` is their digest.
///
/// Errors: those of [`super::read_report`]; [`AppError::Forbidden`] for supervisors of more than the office,
/// [`AppError::DraftChanged`] when the figures are not those that were read, [`AppError::ReportSigned`],
/// [`AppError::OfficeWithoutAddress`], [`AppError::SignerAway`].
pub async fn sign_report(
    office: &Office,
    session: SessionId,
    code: OfficeCode,
    month: Month,
    seen: &[u8],
) -> Result<(), AppError> {
    let Found { colleague, row, report, computed, now } = Found::load(office, session, code, month).await?;
    let signs = signatory(&colleague, &row)?;
    check_open(&report, &row)?;
    if row.address.as_deref().is_none_or(|address| address.trim().is_empty()) {
        return Err(AppError::OfficeWithoutAddress);
    }
    if !bool::from(computed.digest.ct_eq(seen)) {
        return Err(AppError::DraftChanged);
    }
    let data = computed.data(Some(&signs));
    let seal = seal_of(office, code).await?;
    let certificate_name = seal.as_ref().map(OfficeSeal::name);
    let rendered =
        render_sealed(office, computed.template.clone(), data.clone(), certificate_name.clone()).await?;
    let pages = i32::try_from(rendered.pages).map_err(|error| AppError::Internal(error.into()))?;
    let pdf = match seal {
        None => rendered.pdf,
        Some(seal) => seal.put_on(office, rendered).await?.pdf,
    };
    let sha256 = Sha256::digest(&pdf).to_vec();
    let template_version =
        i32::try_from(computed.template.version()).map_err(|error| AppError::Internal(error.into()))?;
    let frozen = Frozen {
        by: colleague.id,
        signatory: named(&signs),
        figures: computed.kept,
        data,
        computed_at: computed.at,
        digest: computed.digest,
        template_version,
        sealed: secrets::seal_report(office, report.id, &pdf)?,
        sha256,
        pages,
        renderer_version: RENDERER_VERSION.to_owned(),
        certificate_name,
    };

    let mut tx = office.begin().await?;
    // Whoever lost the right while the file was made does not sign.
    let (colleague, row) = reader(&mut tx, session, code, now).await?;
    signatory(&colleague, &row)?;
    if !store::monthly_reports::freeze(&mut tx, report.id, &frozen, now).await? {
        let signed = store::monthly_reports::find(&mut tx, code, month).await?;
        check_open(&signed.ok_or(AppError::NotFound("report"))?, &row)?;
        return Err(AppError::Stale);
    }
    let event = Event::new(By::Staff(colleague.id), "sign_monthly_report")
        .office(code)
        .subject(report.id.0)
        .detail(json!({ "month": month, "digest": hex(&frozen.digest), "sha256": hex(&frozen.sha256) }));
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(())
}

fn check_open(report: &ReportRow, row: &OfficeRow) -> Result<(), AppError> {
    match &report.signed {
        None => Ok(()),
        Some(signed) => Err(AppError::ReportSigned {
            signatory: signed.signatory.clone(),
            signed_at: signed.at,
            zone: row.zone,
        }),
    }
}

/// `Larasati Contoh, Plh. Kepala Seksi Pelayanan`
fn named(signs: &Signatory) -> String {
    let acting = if signs.acting.is_empty() { String::new() } else { format!("{} ", signs.acting) };
    format!("{}, {acting}{}", signs.name, signs.title)
}
