use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{
    compute::{Computed, numbers},
    reader, signatory,
};
use crate::{
    app::{
        AppError, Office,
        actor::Colleague,
        letter_templates::shelf,
        render_letter::{draw, render},
        secrets,
        signing::digest::hex,
        views::parts::AtOffice,
    },
    domain::{figures::Month, ids::SessionId, office::OfficeCode},
    letters::{DrawnPage, LetterKind, LetterTemplate},
    store::{
        self,
        monthly_reports::{ReportRow, SignedRow},
        offices::OfficeRow,
    },
};

/// A report as it stands: a draft with figures of this moment, or what was signed.
#[derive(Debug, Serialize)]
pub struct ReportView {
    pub office_code: OfficeCode,
    pub month: Month,
    pub made_at: AtOffice,
    /// None: by the service.
    pub made_by: Option<String>,
    pub computed_at: AtOffice,
    /// SHA-256 of what was read: a signature names it.
    pub digest: String,
    pub figures: Value,
    pub signed: Option<SignedView>,
    /// The figures of this moment are others than those that were signed.
    pub differs_now: bool,
    #[serde(skip)]
    pub may_sign: bool,
    #[serde(skip)]
    pub office_name: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct SignedView {
    pub at: AtOffice,
    /// Name and position as printed.
    pub signatory: String,
    /// Of the file.
    pub sha256: String,
    pub pages: i32,
    /// Of the seal on the file, if the office has one.
    pub certificate: Option<String>,
}

/// One report.
///
/// Errors: [`AppError::Forbidden`] for other roles, [`AppError::NotFound`] for an office outside of the scope and for a month
/// without a report.
pub async fn read_report(
    office: &Office,
    session: SessionId,
    code: OfficeCode,
    month: Month,
) -> Result<ReportView, AppError> {
    Ok(Found::load(office, session, code, month).await?.view())
}

/// One report with its paper, drawn for a screen.
///
/// Errors: those of [`read_report`].
pub async fn open_report(
    office: &Office,
    session: SessionId,
    code: OfficeCode,
    month: Month,
) -> Result<(ReportView, Vec<DrawnPage>), AppError> {
    let found = Found::load(office, session, code, month).await?;
    let view = found.view();
    let pages = match &found.report.signed {
        None => draw(office, found.computed.template.clone(), found.computed.data(None), None).await?,
        Some(signed) => {
            let template = wording_of(office, signed).await?;
            draw(office, template, signed.data.clone(), signed.certificate_name.clone()).await?
        }
    };
    Ok((view, pages))
}

async fn wording_of(office: &Office, signed: &SignedRow) -> Result<Arc<LetterTemplate>, AppError> {
    let mut conn = office.pool.acquire().await?;
    shelf::kept(office, &mut conn, LetterKind::MonthlyReport, signed.template_version).await?.ok_or_else(
        || AppError::Internal(anyhow::anyhow!("the wording of a signed report was never recorded")),
    )
}

fn signed_view(signed: &SignedRow, zone: chrono_tz::Tz) -> SignedView {
    SignedView {
        at: AtOffice(signed.at, zone),
        signatory: signed.signatory.clone(),
        sha256: hex(&signed.sha256),
        pages: signed.pages,
        certificate: signed.certificate_name.clone(),
    }
}

/// The paper as PDF: the file that was signed, byte for byte, or a draft that says so on each page.
///
/// Errors: those of [`read_report`].
pub async fn report_paper(
    office: &Office,
    session: SessionId,
    code: OfficeCode,
    month: Month,
) -> Result<Vec<u8>, AppError> {
    let found = Found::load(office, session, code, month).await?;
    if found.report.signed.is_none() {
        let data = found.computed.data(None);
        return Ok(render(office, found.computed.template, data).await?.pdf);
    }
    let mut conn = office.pool.acquire().await?;
    let file = store::monthly_reports::file(&mut conn, found.report.id).await?;
    let (sealed, sha256) = file.ok_or(AppError::NotFound("report"))?;
    let pdf = secrets::open_report(office, found.report.id, &sealed)?;
    if !bool::from(Sha256::digest(&pdf).as_slice().ct_eq(&sha256)) {
        return Err(AppError::Internal(anyhow::anyhow!("a signed report does not have its SHA-256")));
    }
    Ok(pdf)
}

/// A report with the figures of this moment, all of it of one moment.
pub(super) struct Found {
    pub colleague: Colleague,
    pub row: OfficeRow,
    pub report: ReportRow,
    pub computed: Computed,
    pub now: DateTime<Utc>,
}

impl Found {
    pub(super) async fn load(
        office: &Office,
        session: SessionId,
        code: OfficeCode,
        month: Month,
    ) -> Result<Self, AppError> {
        let now = office.now();
        let mut tx = office.begin().await?;
        store::summaries::as_of_one_moment(&mut tx).await?;
        let (colleague, row) = reader(&mut tx, session, code, now).await?;
        let report =
            store::monthly_reports::find(&mut tx, code, month).await?.ok_or(AppError::NotFound("report"))?;
        let computed = Computed::load(office, &mut tx, row.clone(), month, now).await?;
        tx.rollback().await?;
        Ok(Self { colleague, row, report, computed, now })
    }

    fn view(&self) -> ReportView {
        let zone = self.row.zone;
        let kept = &self.computed.kept;
        let (computed_at, digest, figures, differs_now) = match &self.report.signed {
            None => (self.computed.at, hex(&self.computed.digest), kept.clone(), false),
            Some(signed) => {
                let differs = numbers(&signed.figures) != numbers(kept);
                (signed.computed_at, hex(&signed.digest), signed.figures.clone(), differs)
            }
        };
        ReportView {
            office_code: self.row.code,
            month: self.report.month,
            made_at: AtOffice(self.report.made_at, zone),
            made_by: self.report.made_by.clone(),
            computed_at: AtOffice(computed_at, zone),
            digest,
            figures,
            signed: self.report.signed.as_ref().map(|signed| signed_view(signed, zone)),
            differs_now,
            may_sign: self.report.signed.is_none() && signatory(&self.colleague, &self.row).is_ok(),
            office_name: self.row.name.clone(),
        }
    }
}
