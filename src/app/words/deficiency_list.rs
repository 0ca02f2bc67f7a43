//! *Daftar Kekurangan Permohonan*: everything that is missing, at once.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use super::{office_words::OfficeWords, phrases, receipt::staff};
use crate::{
    domain::{indonesian, names::Kind, regime::Regime, request::Request},
    letters::ItemText,
    settings::LinkSettings,
    store::{offices::OfficeRow, staff::Staff},
};

/// The request that lacks something; before receipt it exists on paper only.
#[derive(Debug, Clone)]
pub struct Subject {
    pub pkp_name: String,
    /// As it is to be printed.
    pub tax_id: String,
    pub kind: Kind,
    pub letter_number: String,
    /// `None`: the letter bears no date.
    pub letter_on: Option<NaiveDate>,
}

impl From<&Request> for Subject {
    fn from(request: &Request) -> Self {
        let filed = &request.filed;
        Self {
            pkp_name: filed.pkp_name.as_str().to_owned(),
            tax_id: filed.tax_id.formatted(),
            kind: request.kind,
            letter_number: filed.letter_number.as_str().to_owned(),
            letter_on: Some(filed.letter_on),
        }
    }
}

/// Where the request stands.
#[derive(Debug, Clone, Copy)]
pub enum Stage<'a> {
    /// No receipt was given and no limit runs.
    BeforeReceipt,
    /// Returned by the officer; the limit has stopped.
    AfterExamination { receipt_number: &'a str, supply_by_on: NaiveDate },
}

#[derive(Clone, Copy)]
pub struct DeficiencyList<'a> {
    pub office: &'a OfficeRow,
    pub links: &'a LinkSettings,
    pub regime: &'a Regime,
    pub subject: &'a Subject,
    pub stage: Stage<'a>,
    /// At least one.
    pub items: &'a [ItemText],
    pub checked_at: DateTime<Utc>,
    pub staff: &'a Staff,
}

/// The data of `letters/deficiency_list`.
pub fn deficiency_list(input: &DeficiencyList<'_>) -> Value {
    let DeficiencyList { office, regime, subject, .. } = *input;
    let words = OfficeWords::new(office);
    let limit = regime.limit(subject.kind);
    let receipt_number = match input.stage {
        Stage::BeforeReceipt => "",
        Stage::AfterExamination { receipt_number, .. } => receipt_number,
    };
    json!({
        "kop": words.kop(),
        "kpp": words.kpp(),
        "layanan": phrases::pages(input.links),
        "pkp": { "nama": subject.pkp_name, "npwp": subject.tax_id },
        "permohonan": {
            "jenis_teks": subject.kind.title(),
            "nomor_surat": subject.letter_number,
            "tanggal_surat": subject.letter_on.map_or_else(|| "tanpa tanggal".to_owned(), indonesian::date),
        },
        "petugas": staff(Some(input.staff)),
        "regime": {
            "batas_hari": limit.to_string(),
            "batas_hari_terbilang": indonesian::words(limit.into()),
        },
        "tanda_terima": { "nomor": receipt_number },
        "kekurangan": shortcomings(input),
    })
}

fn shortcomings(input: &DeficiencyList<'_>) -> Value {
    let zone = input.office.zone;
    let stage = match input.stage {
        Stage::BeforeReceipt => json!({
            "tahap": "sebelum_diterima", "batas_hari": "", "batas_tanggal": "", "masa_hari": "",
        }),
        Stage::AfterExamination { supply_by_on, .. } => phrases::merged(
            last_day(supply_by_on),
            json!({ "tahap": "setelah_penelitian", "masa_hari": input.regime.supply_days.to_string() }),
        ),
    };
    phrases::merged(
        stage,
        phrases::merged(checked(input.checked_at, zone), json!({ "butir": items(input.items) })),
    )
}

/// The day to complete the request by.
pub(super) fn last_day(supply_by_on: NaiveDate) -> Value {
    json!({
        "batas_hari": indonesian::day_name(supply_by_on),
        "batas_tanggal": indonesian::date(supply_by_on),
    })
}

/// When it was checked.
pub(super) fn checked(at: DateTime<Utc>, zone: chrono_tz::Tz) -> Value {
    let on = indonesian::local_date(at, zone);
    json!({
        "hari": indonesian::day_name(on),
        "tanggal": indonesian::date(on),
        "pukul": indonesian::time(at, zone),
    })
}

pub(super) fn items(items: &[ItemText]) -> Vec<Value> {
    items
        .iter()
        .map(|item| json!({ "nama": item.name, "hasil": item.finding, "cara": item.remedy }))
        .collect()
}
