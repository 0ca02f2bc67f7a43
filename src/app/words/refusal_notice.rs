//! *Penolakan Permohonan*.

use serde_json::{Value, json};

use super::{
    activation_notice::citations,
    addressee::Addressee,
    office_words::OfficeWords,
    phrases,
    signed_letter::{Sheet, tanda_terima},
};
use crate::{
    domain::{
        indonesian,
        regime::Regime,
        request::{Request, Round},
    },
    letters::ReasonText,
    store::taxpayers::Taxpayer,
};

#[derive(Clone, Copy)]
pub struct RefusalNotice<'a> {
    pub sheet: Sheet<'a>,
    pub regime: &'a Regime,
    pub request: &'a Request,
    pub round: &'a Round,
    pub taxpayer: &'a Taxpayer,
    /// At least one, in the order of the letter.
    pub reasons: &'a [ReasonText],
}

/// The data of `letters/refusal_notice`.
pub fn refusal_notice(input: &RefusalNotice<'_>) -> Value {
    let RefusalNotice { sheet, regime, request, round, taxpayer, reasons } = *input;
    let words = OfficeWords::new(sheet.office);
    json!({
        "kop": words.kop(),
        "kpp": words.kpp(),
        "pkp": Addressee::refused(request, taxpayer).pkp(),
        "permohonan": {
            "jenis": request.kind,
            "hal_jenis": phrases::kind_in_hal(request.kind),
            "nomor_surat": request.filed.letter_number,
            "tanggal_surat": indonesian::date(request.filed.letter_on),
        },
        "penandatangan": sheet.penandatangan(),
        "regime": citations(regime),
        "surat": sheet.surat(),
        "tanda_terima": tanda_terima(round, sheet.office),
        "alasan": lettered_reasons(reasons),
    })
}

/// `alasan`: each reason under its letter.
pub(super) fn lettered_reasons(reasons: &[ReasonText]) -> Vec<Value> {
    let lettered = ('a'..='z').zip(reasons).map(|(letter, reason)| {
        json!({
            "huruf": letter,
            "teks": reason.text,
            "bukti": reason.evidence,
            "langkah": reason.next_step,
        })
    });
    lettered.collect()
}
