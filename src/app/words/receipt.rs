//! Receipts: *Bukti Penerimaan Elektronik* and *Bukti Penerimaan Surat*.

use serde_json::{Value, json};

use super::{
    office_words::OfficeWords,
    phrases,
    signed_letter::{is_electronic, received_through},
};
use crate::{
    domain::{
        indonesian,
        names::Delivery,
        regime::Regime,
        request::{Request, Round},
    },
    settings::LinkSettings,
    store::{documents::Document, offices::OfficeRow, staff::Staff},
};

/// What stands for the tracking code until the receipt is rendered.
pub const TRACKING_DOTS: &str = "••••-••••";

/// What a receipt is made from. Everything of the PKP is as filed: strangers read it.
#[derive(Clone, Copy)]
pub struct Receipt<'a> {
    pub office: &'a OfficeRow,
    pub links: &'a LinkSettings,
    pub regime: &'a Regime,
    pub request: &'a Request,
    /// The rounds of the request, first to last; the last one is what the receipt is for.
    pub earlier: &'a [Round],
    pub round: &'a Round,
    pub documents: &'a [Document],
    /// How the letter will reach the PKP.
    pub delivery: Delivery,
    /// Who keyed it in at the office.
    pub staff: Option<&'a Staff>,
    /// Receipt number of the other request of the bundle, with its kind.
    pub sibling: Option<(&'a str, crate::domain::names::Kind)>,
    /// Marked SALINAN.
    pub is_copy: bool,
    /// Address of the page that says whether the receipt is genuine.
    pub verification_link: &'a str,
}

/// The data of `letters/receipt`.
pub fn receipt(input: &Receipt<'_>) -> Value {
    let Receipt { office, regime, request, round, .. } = *input;
    let words = OfficeWords::new(office);
    let filed = &request.filed;
    let limit = round.limit_days;
    json!({
        "kop": words.kop(),
        "kpp": words.kpp(),
        "layanan": phrases::pages(input.links),
        "pkp": { "nama": filed.pkp_name, "npwp": filed.tax_id.formatted() },
        "pemohon": { "nama": filed.signer_name, "sebagai": phrases::capacity(filed.signer_capacity) },
        "permohonan": {
            "jenis": request.kind,
            "jenis_teks": request.kind.title(),
            "nomor_surat": filed.letter_number,
            "tanggal_surat": indonesian::date(filed.letter_on),
            "email_tersamar": filed.email.masked(),
        },
        "penyampaian": { "cara_teks": phrases::delivery(input.delivery) },
        "petugas": staff(input.staff),
        "regime": {
            "kode": regime.code,
            "batas_hari": limit.to_string(),
            "batas_hari_terbilang": indonesian::words(limit.into()),
        },
        "tanda_terima": stamp(input),
        "tenggat": phrases::due(round),
    })
}

fn stamp(input: &Receipt<'_>) -> Value {
    let Receipt { office, round, .. } = *input;
    let electronic = is_electronic(round);
    let received_on = indonesian::local_date(round.received_at, office.zone);
    let earlier = input.earlier.iter().rfind(|earlier| earlier.number < round.number);
    json!({
        "judul": if electronic { "BUKTI PENERIMAAN ELEKTRONIK" } else { "BUKTI PENERIMAAN SURAT" },
        "singkatan": if electronic { "BPE" } else { "BPS" },
        "nomor": round.receipt_number,
        "hari": indonesian::day_name(received_on),
        "tanggal": indonesian::date(received_on),
        "pukul": indonesian::time(round.received_at, office.zone),
        "saluran": received_through(input.request, round),
        "kode_lacak": TRACKING_DOTS,
        "tautan_periksa": input.verification_link,
        "salinan": input.is_copy,
        "bundel": input.request.bundle.is_some(),
        "nomor_berkas_lain": input.sibling.map(|(number, kind)| format!("{number} ({})", kind.title())).unwrap_or_default(),
        "penerimaan_ke": round.number,
        "penerimaan_sebelumnya": earlier.map(|earlier| format!(
            "{} tanggal {}",
            earlier.receipt_number,
            indonesian::date(indonesian::local_date(earlier.received_at, office.zone))
        )).unwrap_or_default(),
        "dokumen": input.documents.iter().map(|document| json!({
            "nama": document.kind.title(),
            "keterangan": phrases::file(&document.media_type, document.byte_count),
        })).collect::<Vec<_>>(),
    })
}

/// `petugas`
pub(super) fn staff(staff: Option<&Staff>) -> Value {
    json!({
        "nama": staff.map_or("-", |staff| &staff.name),
        "nip": staff.map_or("-", |staff| &staff.nip),
    })
}
