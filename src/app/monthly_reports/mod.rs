//! The report of a month of an office (*Laporan Bulanan*): made on the first business day after it, read as a draft that is
//! computed anew each time, and frozen by its signature: figures, paper and file.

mod compute;
mod list;
mod make;
mod read;
mod sign;

use sqlx::PgConnection;

use super::{
    AppError,
    actor::{self, Colleague},
    views::sla_summary::scope,
    words::Signatory,
};
use crate::{
    domain::{
        ids::SessionId,
        names::{Role, Scope},
        office::OfficeCode,
    },
    store::{self, offices::OfficeRow},
};

pub use compute::ReportFigures;
pub use list::{ReportLine, ReportList, list_reports};
pub use make::{make_report, make_reports};
pub use read::{ReportView, SignedView, open_report, read_report, report_paper};
pub use sign::sign_report;

/// Who reads reports of this office: its section head, and supervisors whose scope has it.
async fn reader(
    conn: &mut PgConnection,
    session: SessionId,
    code: OfficeCode,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(Colleague, OfficeRow), AppError> {
    let colleague = actor::authenticate(conn, session, now).await?;
    scope(conn, &colleague, Some(code)).await?;
    let row = store::offices::find(conn, code).await?.ok_or(AppError::NotFound("office"))?;
    Ok((colleague, row))
}

/// How this person signs for the office; nobody else of the scope does.
fn signatory(colleague: &Colleague, row: &OfficeRow) -> Result<Signatory, AppError> {
    if let Ok(head) = colleague.section_head()
        && head.office == row.code
    {
        return Ok(Signatory::of(row, &head.name, &head.nip, &head.acting));
    }
    let heads_the_office =
        colleague.office == Some(row.code) && colleague.roles.contains(&(Role::Supervisor, Scope::Office));
    if !heads_the_office {
        return Err(AppError::Forbidden);
    }
    Ok(Signatory {
        title: "Kepala Kantor".to_owned(),
        name: colleague.name.clone(),
        nip: colleague.nip.clone(),
        acting: String::new(),
        on_behalf: false,
    })
}
