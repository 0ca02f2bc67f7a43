use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::Serialize;

use crate::{
    app::{
        AppError, Office, actor,
        signing::digest::hex,
        views::{parts::AtOffice, sla_summary::scope},
    },
    domain::{
        figures::Month,
        ids::{ReportId, SessionId},
        office::OfficeCode,
    },
    store::{self, monthly_reports::ReportRow},
};

/// A report in the list of an office.
#[derive(Debug, Clone, Serialize)]
pub struct ReportLine {
    #[serde(skip)]
    pub id: ReportId,
    pub month: Month,
    pub made_at: AtOffice,
    /// None: by the service.
    pub made_by: Option<String>,
    pub signed_at: Option<AtOffice>,
    pub signatory: Option<String>,
    /// Of the signed file.
    pub sha256: Option<String>,
}

/// Reports of one office.
#[derive(Debug)]
pub struct ReportList {
    pub office: OfficeCode,
    pub office_name: String,
    pub zone: Tz,
    pub lines: Vec<ReportLine>,
}

/// The reports of an office, the latest first; those before a month. `code` `None`: the own office, or the first of the scope.
///
/// Errors: [`AppError::Forbidden`] for other roles, [`AppError::NotFound`] for an office outside of the scope.
pub async fn list_reports(
    office: &Office,
    session: SessionId,
    code: Option<OfficeCode>,
    before: Option<NaiveDate>,
    limit: i64,
) -> Result<ReportList, AppError> {
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, office.now()).await?;
    let (_, offices) = scope(&mut tx, &colleague, code).await?;
    let own = colleague.office.filter(|own| offices.contains(own));
    let code = code.or(own).or(offices.first().copied()).ok_or(AppError::Forbidden)?;
    let row = store::offices::find(&mut tx, code).await?.ok_or(AppError::NotFound("office"))?;
    let rows = store::monthly_reports::list(&mut tx, code, before, limit).await?;
    tx.rollback().await?;
    let line = |report: ReportRow| {
        let signed = report.signed.as_ref();
        ReportLine {
            id: report.id,
            month: report.month,
            made_at: AtOffice(report.made_at, row.zone),
            made_by: report.made_by.clone(),
            signed_at: signed.map(|signed| AtOffice(signed.at, row.zone)),
            signatory: signed.map(|signed| signed.signatory.clone()),
            sha256: signed.map(|signed| hex(&signed.sha256)),
        }
    };
    let lines = rows.into_iter().map(line).collect();
    Ok(ReportList { office: code, office_name: row.name, zone: row.zone, lines })
}
