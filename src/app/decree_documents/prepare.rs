//! An operator prepares a decree. It has no number yet and is rendered once, so that it can be signed as it is.

use chrono::NaiveDate;
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::operates;
use crate::{
    app::{
        AppError, Office,
        actor::{self},
        letter_templates::shelf,
        render_letter::preview_letter,
        signing::letter_data::version,
        words::{self, SpecialOfficerDecree},
    },
    domain::{
        fault::Faults,
        ids::{DecreeDocumentId, SessionId, StaffId},
        line::Line,
        names::Role,
        office::OfficeCode,
    },
    letters::LetterKind,
    store::{
        self,
        audit::{By, Event},
        decree_documents::{Appointed, DecreeDocument, DecreeState},
        offices::OfficeRow,
    },
};

/// Most officers that one decree appoints.
const MOST_OFFICERS: usize = 50;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawDecree {
    pub dated_on: NaiveDate,
    pub in_force_on: NaiveDate,
    pub until_on: Option<NaiveDate>,
    pub officers: Vec<RawOfficer>,
    /// Number of a decree of the office that ends when this one begins.
    pub revokes: Option<String>,
    pub signatory: RawSignatory,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawOfficer {
    pub staff_id: StaffId,
    pub rank: String,
    pub position: String,
}

/// Who will sign it in ink.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSignatory {
    pub name: String,
    pub nip: String,
    pub acting: Option<Acting>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub enum Acting {
    #[serde(rename = "Plh.")]
    Plh,
    #[serde(rename = "Plt.")]
    Plt,
}

impl Acting {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Plh => "Plh.",
            Self::Plt => "Plt.",
        }
    }
}

/// The number of a decree that has none yet: as long as the real one will be.
pub(super) fn number_to_come(office: OfficeCode) -> String {
    format!("KEP-…/KPP.{office}/…")
}

/// Keeps a decree that can be signed: its officers work at the office as special officers, its days follow each other, the
/// decree that it revokes is one of the office, and it renders.
pub async fn prepare_decree(
    office: &Office,
    session: SessionId,
    code: OfficeCode,
    raw: &RawDecree,
) -> Result<DecreeDocumentId, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let operator = operates(&colleague, code)?;
    let row = store::offices::find(&mut tx, code).await?.ok_or(AppError::NotFound("office"))?;
    let today = now.with_timezone(&row.zone).date_naive();
    let template = shelf::in_force(office, &mut tx, LetterKind::SpecialOfficerDecree, today).await?;
    let document = draft(office, &mut tx, &row, raw, (operator.id, version(&template))).await?;
    tx.rollback().await?;

    // Glyphs and pages are proven before anything is kept.
    preview_letter(office, template, document.data.clone()).await?;

    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let operator = operates(&colleague, code)?;
    store::decree_documents::insert(&mut tx, &document).await?;
    let officers: Vec<StaffId> = document.officers.iter().map(|officer| officer.staff).collect();
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(operator.id), "prepare_decree")
            .office(code)
            .subject(document.id.0)
            .detail(serde_json::json!({ "officers": officers, "in_force_on": document.in_force_on })),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(document.id)
}

async fn draft(
    office: &Office,
    conn: &mut PgConnection,
    row: &OfficeRow,
    raw: &RawDecree,
    (by, template_version): (StaffId, i32),
) -> Result<DecreeDocument, AppError> {
    if row.address.as_deref().is_none_or(|address| address.trim().is_empty()) {
        return Err(AppError::OfficeWithoutAddress);
    }
    let mut faults = Faults::default();
    check_days(raw, &mut faults);
    let officers = officers(conn, row.code, raw, &mut faults).await?;
    let revokes = revoked(conn, row.code, raw.revokes.as_deref(), &mut faults).await?;
    let name: Option<Line<100>> = line("/signatory/name", &raw.signatory.name, &mut faults);
    let nip = raw.signatory.nip.trim();
    if nip.len() != 18 || !nip.bytes().all(|byte| byte.is_ascii_digit()) {
        faults.add("/signatory/nip", "nip", "NIP terdiri atas 18 angka.");
    }
    let Some(name) = name.filter(|_| faults.is_empty()) else {
        return Err(AppError::Invalid(faults.into_vec()));
    };
    let regime = store::regimes::default(conn).await?;
    let data = words::special_officer_decree(&SpecialOfficerDecree {
        office: row,
        regime: &regime,
        number: &number_to_come(row.code),
        dated_on: raw.dated_on,
        in_force_on: raw.in_force_on,
        until_on: raw.until_on,
        officers: &officers,
        revokes: revokes.as_deref(),
        signatory: (name.as_str(), nip, raw.signatory.acting.map_or("", Acting::as_str)),
    });
    Ok(DecreeDocument {
        id: DecreeDocumentId(Uuid::now_v7()),
        office: row.code,
        dated_on: raw.dated_on,
        in_force_on: raw.in_force_on,
        until_on: raw.until_on,
        officers,
        revokes,
        data,
        template_version,
        state: DecreeState::Prepared,
        number: None,
        prepared_by: by,
        prepared_at: office.now(),
        numbered_at: None,
        signed_at: None,
        ended_at: None,
        void_reason: None,
    })
}

fn check_days(raw: &RawDecree, faults: &mut Faults) {
    if raw.in_force_on < raw.dated_on {
        faults.add("/in_force_on", "too_early", "Tanggal berlaku tidak boleh sebelum tanggal keputusan.");
    }
    if raw.until_on.is_some_and(|until| until < raw.in_force_on) {
        faults.add("/until_on", "too_early", "Hari terakhir tidak boleh sebelum tanggal berlaku.");
    }
}

async fn officers(
    conn: &mut PgConnection,
    office: OfficeCode,
    raw: &RawDecree,
    faults: &mut Faults,
) -> Result<Vec<Appointed>, AppError> {
    if raw.officers.is_empty() || raw.officers.len() > MOST_OFFICERS {
        faults.add("/officers", "count", format!("Sebutkan 1 sampai {MOST_OFFICERS} petugas."));
        return Ok(Vec::new());
    }
    let mut appointed: Vec<Appointed> = Vec::new();
    for (index, given) in raw.officers.iter().enumerate() {
        let rank: Option<Line<60>> = line(&format!("/officers/{index}/rank"), &given.rank, faults);
        let position: Option<Line<100>> =
            line(&format!("/officers/{index}/position"), &given.position, faults);
        let member = store::staff::find(conn, given.staff_id)
            .await?
            .filter(|staff| staff.active && staff.office == Some(office));
        let roles = store::staff::roles(conn, given.staff_id).await?;
        let examines = roles.iter().any(|(role, _)| *role == Role::SpecialOfficer);
        let twice = appointed.iter().any(|earlier| earlier.staff == given.staff_id);
        match (member, rank, position) {
            (Some(member), rank, position) if examines && !twice => {
                appointed.extend(rank.zip(position).map(|(rank, position)| Appointed {
                    staff: member.id,
                    name: member.name,
                    nip: member.nip,
                    rank: rank.into(),
                    position: position.into(),
                }));
            }
            _ => faults.add(
                format!("/officers/{index}/staff_id"),
                "officer",
                "Pilih pegawai aktif kantor ini dengan peran Petugas Khusus, masing-masing satu kali.",
            ),
        }
    }
    Ok(appointed)
}

async fn revoked(
    conn: &mut PgConnection,
    office: OfficeCode,
    typed: Option<&str>,
    faults: &mut Faults,
) -> Result<Option<String>, AppError> {
    let Some(number) = typed.and_then(|typed| line::<60>("/revokes", typed, faults)) else { return Ok(None) };
    let (recorded, _) = store::decree_documents::knows_number(conn, office, number.as_str()).await?;
    if !recorded {
        faults.add("/revokes", "unknown", "Keputusan dengan nomor ini tidak tercatat pada kantor ini.");
    }
    Ok(Some(number.into()))
}

fn line<const MAX: usize>(pointer: &str, typed: &str, faults: &mut Faults) -> Option<Line<MAX>> {
    faults.take(pointer, Line::parse(typed).map_err(|error| (error.code(), error.detail())))
}
