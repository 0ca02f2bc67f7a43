//! One taxpayer as the registry has it, for who looks after it.

use serde::Serialize;
use sqlx::PgConnection;

use crate::{
    app::{
        AppError, Office,
        desk::Desk,
        views::{
            parts::AtOffice,
            request_parts::{EvidenceView, PaperRef, SppkpView},
        },
    },
    domain::{ids::TaxpayerId, names::PkpStatus, office::OfficeCode, tax_id::TaxId},
    store::{
        audit::{self, Event},
        offices,
        taxpayers::{self, Taxpayer},
    },
};

#[derive(Debug, Serialize)]
pub struct TaxpayerEntryView {
    pub taxpayer_id: TaxpayerId,
    pub version: i32,
    pub name: String,
    pub taxpayer_kind: String,
    pub npwp15: Option<String>,
    pub npwp16: Option<String>,
    pub nik: Option<String>,
    pub nitku: Option<String>,
    pub office_code: OfficeCode,
    pub address: String,
    pub city: String,
    pub province: String,
    pub email: Option<String>,
    pub pkp_status: Option<PkpStatus>,
    pub revocation: Option<PaperRef>,
    pub evidence: Option<EvidenceView>,
    pub sppkp: Option<SppkpView>,
    pub source: String,
    pub updated_at: AtOffice,
}

/// The taxpayer of a number, in any of its forms. An audited look at personal data; one of another office answers as
/// one that is not there.
pub async fn see_taxpayer(
    office: &Office,
    desk: Desk,
    number: &TaxId,
) -> Result<TaxpayerEntryView, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    let found = taxpayers::find_by_tax_id(&mut tx, number)
        .await?
        .filter(|found| found.is_registered() && keeper.looks_after(found.office))
        .ok_or(AppError::NotFound("taxpayer"))?;
    let mut event = Event::new(keeper.by, "view_taxpayer").taxpayer(found.id);
    event.office = found.office;
    audit::record(&mut tx, event, now).await?;
    let entry = entry_of(&mut tx, found.id).await?;
    tx.commit().await?;
    Ok(entry)
}

pub(super) async fn entry_of(conn: &mut PgConnection, id: TaxpayerId) -> Result<TaxpayerEntryView, AppError> {
    let found: Taxpayer = taxpayers::get(conn, id).await?;
    let particulars = taxpayers::particulars(conn, id).await?;
    let code = found.office.ok_or(AppError::NotFound("taxpayer"))?;
    let zone = offices::find(conn, code).await?.ok_or(AppError::NotFound("office"))?.zone;
    let (number, date) = (particulars.sppkp_number, particulars.sppkp_on);
    let has_sppkp = number.is_some() || date.is_some() || found.sppkp_office.is_some();
    Ok(TaxpayerEntryView {
        taxpayer_id: id,
        version: found.version,
        name: found.name,
        taxpayer_kind: found.kind,
        npwp15: found.npwp15,
        npwp16: found.npwp16,
        nik: found.nik,
        nitku: found.nitku,
        office_code: code,
        address: found.address,
        city: found.city,
        province: found.province,
        email: found.email,
        pkp_status: found.status,
        revocation: found.revocation.map(PaperRef::from),
        evidence: found.evidence.map(EvidenceView::from),
        sppkp: has_sppkp.then_some(SppkpView { number, date, office_code: found.sppkp_office }),
        source: found.source,
        updated_at: AtOffice(particulars.updated_at, zone),
    })
}
