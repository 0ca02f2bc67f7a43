//! *Pemberitahuan Kode Aktivasi*, its copies, and the copy of a letter that this service did not write.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{
    addressee::Addressee,
    office_words::OfficeWords,
    phrases,
    signed_letter::{Sheet, previous_office, tanda_terima},
};
use crate::{
    domain::{
        credential::{DOTS, LINK_DAYS},
        indonesian,
        line::Line,
        names::PasswordDelivery,
        regime::Regime,
        request::{Request, Round},
    },
    store::taxpayers::Taxpayer,
};

/// A granted request for a new pair.
#[derive(Clone, Copy)]
pub struct ActivationNotice<'a> {
    pub sheet: Sheet<'a>,
    pub regime: &'a Regime,
    pub request: &'a Request,
    pub round: &'a Round,
    pub taxpayer: &'a Taxpayer,
    /// Name of the previous office where the register of offices knows it.
    pub previous_office: Option<&'a str>,
}

/// The data of `letters/activation_notice`, with dots for the code.
pub fn activation_notice(input: &ActivationNotice<'_>) -> Value {
    let ActivationNotice { sheet, regime, request, round, taxpayer, .. } = *input;
    let filed = &request.filed;
    phrases::merged(
        base(&sheet, taxpayer, sheet.office.password_delivery),
        json!({
            "surat": { "dari_impor": false },
            "pkp": Addressee::granted(request, taxpayer).pkp(),
            "permohonan": {
                "jenis": request.kind,
                "nomor_surat": filed.letter_number,
                "tanggal_surat": indonesian::date(filed.letter_on),
                "email_tersamar": filed.email.masked(),
                "kpp_lama": previous_office(filed.previous_office.as_ref().map(Line::as_str), input.previous_office),
                "surat_lama_nomor": filed.old_letter_number.as_ref().map(Line::as_str).unwrap_or_default(),
                "surat_lama_tanggal": phrases::date(filed.old_letter_on),
            },
            "regime": citations(regime),
            "tanda_terima": tanda_terima(round, sheet.office),
        }),
    )
}

/// The letter of a pair that came by import, so far as it is known: its number and date (those of the sheet) and who
/// the PKP is. What the letter answered and rested on is not known and is not printed.
pub fn activation_of_imported_pair(sheet: &Sheet<'_>, taxpayer: &Taxpayer) -> Value {
    phrases::merged(
        base(sheet, taxpayer, sheet.office.password_delivery),
        json!({
            "surat": { "dari_impor": true },
            "permohonan": {
                "jenis": "new_credentials", "nomor_surat": "", "tanggal_surat": "", "email_tersamar": "",
                "kpp_lama": "", "surat_lama_nomor": "", "surat_lama_tanggal": "",
            },
            "regime": { "dasar_surat": "", "kutipan_se_lengkap": "" },
            "tanda_terima": { "nama": "", "nomor": "", "tanggal": "", "pukul": "" },
        }),
    )
}

/// The data of the *n*-th copy: those of the original and the note in the margin. `receipt_number` is that of the
/// request for the copy.
pub fn activation_copy(
    original: &Value,
    copy_number: i32,
    dated_on: NaiveDate,
    receipt_number: &str,
) -> Value {
    phrases::merged(
        original.clone(),
        json!({ "cetak_ulang": {
            "ke": copy_number,
            "tanggal": indonesian::date(dated_on),
            "nomor_tanda_terima": receipt_number,
        } }),
    )
}

/// The archive sheet of a letter.
pub fn archive_sheet(letter: &Value) -> Value {
    phrases::merged(letter.clone(), json!({ "surat": { "lembar": 2 }, "kredensial": { "kode_cetak": DOTS } }))
}

fn base(sheet: &Sheet<'_>, taxpayer: &Taxpayer, password: PasswordDelivery) -> Value {
    let words = OfficeWords::new(sheet.office);
    json!({
        "cetak_ulang": null,
        "kop": words.kop(),
        "kpp": words.kpp(),
        "pkp": Addressee::registered(taxpayer).pkp(),
        "kredensial": phrases::merged(password_words(password), json!({ "kode_cetak": DOTS })),
        "penandatangan": sheet.penandatangan(),
        "surat": phrases::merged(sheet.surat(), json!({ "lembar": 1 })),
    })
}

/// How the password reaches the PKP.
pub(super) fn password_words(password: PasswordDelivery) -> Value {
    json!({
        "cara_password": password_way(password),
        "masa_tautan_hari": LINK_DAYS.to_string(),
        "masa_tautan_terbilang": indonesian::words(LINK_DAYS.unsigned_abs()),
    })
}

/// `kredensial.cara_password`
pub(super) fn password_way(password: PasswordDelivery) -> &'static str {
    match password {
        PasswordDelivery::Link => "tautan",
        PasswordDelivery::Email => "email",
    }
}

pub(super) fn citations(regime: &Regime) -> Value {
    json!({ "dasar_surat": regime.letter_basis, "kutipan_se_lengkap": regime.circular })
}
