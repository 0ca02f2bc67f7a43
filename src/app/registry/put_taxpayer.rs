//! One taxpayer of the registry, written whole.

use chrono::NaiveDate;
use serde::Deserialize;

use super::see_taxpayer::{TaxpayerEntryView, entry_of};
use crate::{
    app::{AppError, Office, desk::Desk},
    domain::{
        eligibility::Reference,
        email_address::EmailAddress,
        fault::Faults,
        line::Line,
        names::{EvidenceCase, PkpStatus},
        office::OfficeCode,
        registered::{Contradiction, Numbers, TaxpayerKind},
        tax_id::{TaxId, TaxIdKind},
    },
    store::{
        StoreError,
        audit::{self, Event},
        offices,
        taxpayers::{self, Imported, ImportedTaxpayer, Replacement, Taxpayer},
    },
};

/// A taxpayer as it was sent: nothing is checked yet, so that every fault can be told at once. What is left out is
/// not known.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawTaxpayer {
    pub name: String,
    pub taxpayer_kind: String,
    pub npwp15: Option<String>,
    pub npwp16: Option<String>,
    pub nik: Option<String>,
    pub nitku: Option<String>,
    pub office_code: String,
    pub address: String,
    pub city: String,
    pub province: String,
    pub email: Option<String>,
    pub pkp_status: String,
    pub revocation: Option<RawPaper>,
    pub evidence: Option<RawEvidence>,
    pub sppkp: Option<RawSppkp>,
    pub source: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawPaper {
    pub number: String,
    pub date: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawEvidence {
    pub case: String,
    pub number: Option<String>,
    pub date: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSppkp {
    pub number: String,
    pub date: String,
    pub office_code: String,
}

/// What became of it.
#[derive(Debug)]
pub struct Put {
    pub outcome: Imported,
    pub entry: TaxpayerEntryView,
}

struct Checked {
    numbers: Numbers,
    taxpayer: ImportedTaxpayer,
    revocation: Option<Reference>,
    source: String,
}

/// Writes all of a taxpayer. The same twice changes nothing and leaves no trace. An operator of one office writes
/// the taxpayers of that office and moves nobody to another one; the address of an account is never touched.
///
/// `seen` is the version that was read, where the caller read one.
pub async fn put_taxpayer(
    office: &Office,
    desk: Desk,
    number: &TaxId,
    raw: &RawTaxpayer,
    seen: Option<i32>,
) -> Result<Put, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    let known = taxpayers::find_by_tax_id(&mut tx, number).await?.filter(Taxpayer::is_registered);
    if known.as_ref().is_some_and(|known| !keeper.looks_after(known.office)) {
        return Err(AppError::NotFound("taxpayer"));
    }
    let Checked { numbers, taxpayer, revocation, source } = check(raw)?;
    if !keeper.looks_after(Some(taxpayer.office)) {
        return Err(AppError::Forbidden);
    }
    let mut faults = Faults::default();
    if !numbers.hold(number) {
        let detail = "Nomor pada alamat permintaan harus salah satu nomor wajib pajak ini.";
        faults.add("/npwp15", "other_number", detail);
    }
    let served = [("/office_code", Some(taxpayer.office)), ("/sppkp/office_code", taxpayer.sppkp_office)];
    for (pointer, code) in served {
        if let Some(code) = code
            && offices::find(&mut tx, code).await?.is_none()
        {
            faults.add(pointer, "unknown_office", "Kantor dengan kode ini tidak dilayani di sini.");
        }
    }
    let mut holders = taxpayers::registered_under(&mut tx, &taxpayer).await?;
    holders.extend(known.map(|known| known.id));
    holders.sort_unstable();
    holders.dedup();
    let target = match holders.as_slice() {
        [] => taxpayers::provisional_under(&mut tx, &taxpayer.canonical).await?,
        [first, ..] => Some(*first),
    };
    let mut version = None;
    if let Some(target) = target {
        taxpayers::lock(&mut tx, target).await?;
        let found = taxpayers::get(&mut tx, target).await?;
        if holders.len() > 1 || (found.is_registered() && !keeper.looks_after(found.office)) {
            faults.add("/npwp15", "taken", TAKEN);
        }
        version = Some(found).filter(Taxpayer::is_registered).map(|found| found.version);
    }
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults.into_vec()));
    }
    if seen.is_some() && seen != version {
        return Err(AppError::Stale);
    }
    let by = keeper.by.name();
    let replacement =
        Replacement { taxpayer: &taxpayer, revocation: revocation.as_ref(), source: &source, by: &by };
    let replaced = taxpayers::replace(&mut tx, target, replacement, now).await.map_err(taken)?;
    let entry = entry_of(&mut tx, replaced.id).await?;
    if replaced.outcome != Imported::Unchanged {
        let detail = serde_json::json!({ "columns": replaced.columns, "source": source });
        let event = Event::new(keeper.by, "put_taxpayer").office(taxpayer.office).taxpayer(replaced.id);
        audit::record(&mut tx, event.detail(detail), now).await?;
    }
    tx.commit().await?;
    Ok(Put { outcome: replaced.outcome, entry })
}

const TAKEN: &str = "Salah satu nomor sudah tercatat untuk wajib pajak lain.";

/// Somebody filed under the number, or wrote it, since it was looked at.
fn taken(error: StoreError) -> AppError {
    let is_a_number =
        error.constraint().is_some_and(|name| name.starts_with("taxpayers_") && name.ends_with("_key"));
    if is_a_number { AppError::fault("/npwp15", "taken", TAKEN) } else { error.into() }
}

fn line<const MAX: usize>(faults: &mut Faults, pointer: &str, text: &str) -> Option<String> {
    let parsed = Line::<MAX>::parse(text).map_err(|error| (error.code(), error.detail()));
    faults.take(pointer, parsed).map(|line| line.as_str().to_owned())
}

fn day(faults: &mut Faults, pointer: &str, text: &str) -> Option<NaiveDate> {
    // Strictly ISO: `parse` alone would take 2026-1-2 as well.
    let date = (text.len() == 10).then(|| text.parse().ok()).flatten();
    let wrong = || ("date", "Tulis tanggal yang ada sebagai TTTT-BB-HH, misalnya 2026-07-10.".to_owned());
    faults.take(pointer, date.ok_or_else(wrong))
}

fn listed<T>(faults: &mut Faults, pointer: &str, parsed: Option<T>) -> Option<T> {
    faults.take(
        pointer,
        parsed.ok_or_else(|| ("unknown_value", "Isi dengan salah satu nilai yang ada.".to_owned())),
    )
}

fn office_code(faults: &mut Faults, pointer: &str, text: &str) -> Option<OfficeCode> {
    let wrong = |_| ("office_code", "Kode kantor terdiri atas tiga angka.".to_owned());
    faults.take(pointer, text.parse().map_err(wrong))
}

/// A number of one of `kinds`. A suspicious one is taken: the registry decides, and this is it.
fn number(faults: &mut Faults, pointer: &str, text: Option<&String>, kinds: &[TaxIdKind]) -> Option<TaxId> {
    let parsed = TaxId::parse(text?).ok().filter(|id| kinds.contains(&id.kind()));
    let wrong = || ("number", "Nomor tidak benar, atau bukan jenis nomor untuk isian ini.".to_owned());
    faults.take(pointer, parsed.ok_or_else(wrong))
}

fn numbers(faults: &mut Faults, raw: &RawTaxpayer, kind: Option<TaxpayerKind>) -> Numbers {
    let numbers = Numbers {
        npwp15: number(faults, "/npwp15", raw.npwp15.as_ref(), &[TaxIdKind::Npwp15]),
        npwp16: number(faults, "/npwp16", raw.npwp16.as_ref(), &[TaxIdKind::Npwp16, TaxIdKind::Nik16]),
        nik: number(faults, "/nik", raw.nik.as_ref(), &[TaxIdKind::Nik16]),
        nitku: number(faults, "/nitku", raw.nitku.as_ref(), &[TaxIdKind::Nitku22]),
    };
    let given = [&raw.npwp15, &raw.npwp16, &raw.nik, &raw.nitku].into_iter().any(Option::is_some);
    for found in numbers.contradictions(kind) {
        let detail = match found {
            // A number of the wrong shape is told already.
            Contradiction::NoNumber if given => continue,
            Contradiction::NoNumber => "Isi sedikitnya satu dari npwp15, npwp16, nik, atau nitku.",
            Contradiction::NotOfNpwp15 => "NPWP 16 angka yang diawali 0 harus 0 dan angka npwp15.",
            Contradiction::NotTheNik => "NPWP 16 angka orang pribadi adalah NIK-nya.",
            Contradiction::NotOfNpwp16 => "NITKU harus dimulai dengan angka npwp16.",
            Contradiction::NikOfNoPerson => "Hanya orang pribadi yang mempunyai NIK.",
        };
        faults.add(format!("/{}", found.field()), "contradiction", detail);
    }
    numbers
}

/// Case, number and date: every case but r1 (not verified yet) names its report.
fn evidence(
    faults: &mut Faults,
    raw: Option<&RawEvidence>,
) -> (Option<EvidenceCase>, Option<String>, Option<NaiveDate>) {
    let Some(raw) = raw else { return (None, None, None) };
    let case = listed(faults, "/evidence/case", raw.case.parse::<EvidenceCase>().ok());
    let number = raw.number.as_ref().and_then(|text| line::<60>(faults, "/evidence/number", text));
    let on = raw.date.as_ref().and_then(|text| day(faults, "/evidence/date", text));
    let needed =
        case.is_some_and(|case| case != EvidenceCase::R1) || raw.number.is_some() || raw.date.is_some();
    if needed && (raw.number.is_none() || raw.date.is_none()) {
        let missing = if raw.number.is_none() { "/evidence/number" } else { "/evidence/date" };
        faults.add(missing, "required", "Isi nomor dan tanggal laporan yang menjadi bukti.");
    }
    (case, number, on)
}

fn check(raw: &RawTaxpayer) -> Result<Checked, AppError> {
    let mut faults = Faults::default();
    let found = &mut faults;
    let name = line::<150>(found, "/name", &raw.name);
    let kind = listed(found, "/taxpayer_kind", raw.taxpayer_kind.parse::<TaxpayerKind>().ok());
    let numbers = numbers(found, raw, kind);
    let office = office_code(found, "/office_code", &raw.office_code);
    let address = line::<250>(found, "/address", &raw.address);
    let city = line::<60>(found, "/city", &raw.city);
    let province = line::<60>(found, "/province", &raw.province);
    let email = raw.email.as_ref().and_then(|text| {
        let wrong = |_| ("email", "Alamat email tidak benar.".to_owned());
        found.take("/email", text.parse::<EmailAddress>().map_err(wrong))
    });
    let status = listed(found, "/pkp_status", raw.pkp_status.parse::<PkpStatus>().ok());
    let revocation = raw.revocation.as_ref().and_then(|paper| {
        let number = line::<60>(found, "/revocation/number", &paper.number);
        let on = day(found, "/revocation/date", &paper.date);
        Some(Reference { number: number?, on: on? })
    });
    let (evidence_case, evidence_number, evidence_on) = evidence(found, raw.evidence.as_ref());
    let sppkp = raw.sppkp.as_ref().map(|sppkp| {
        (
            line::<60>(found, "/sppkp/number", &sppkp.number),
            day(found, "/sppkp/date", &sppkp.date),
            office_code(found, "/sppkp/office_code", &sppkp.office_code),
        )
    });
    let (sppkp_number, sppkp_on, sppkp_office) = sppkp.unwrap_or_default();
    let source = line::<200>(found, "/source", &raw.source);
    let (Some(name), Some(kind), Some(office), Some(status)) = (name, kind, office, status) else {
        return Err(AppError::Invalid(faults.into_vec()));
    };
    let (Some(address), Some(city), Some(province), Some(source)) = (address, city, province, source) else {
        return Err(AppError::Invalid(faults.into_vec()));
    };
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults.into_vec()));
    }
    let digits = |number: &Option<TaxId>| number.as_ref().map(|id| id.digits().to_owned());
    let taxpayer = ImportedTaxpayer {
        canonical: numbers.canonical(),
        kind: kind.as_str().to_owned(),
        name,
        npwp15: digits(&numbers.npwp15),
        npwp16: digits(&numbers.npwp16),
        nik: digits(&numbers.nik),
        nitku: digits(&numbers.nitku),
        office,
        address,
        city,
        province,
        email: email.map(|address| address.to_string()),
        status: Some(status),
        evidence_case,
        evidence_number,
        evidence_on,
        sppkp_number,
        sppkp_on,
        sppkp_office,
    };
    Ok(Checked { numbers, taxpayer, revocation, source })
}
