//! *Pemberitahuan Perubahan Email*.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{
    activation_notice::password_words,
    addressee::Addressee,
    office_words::OfficeWords,
    phrases,
    signed_letter::{Sheet, tanda_terima},
};
use crate::{
    domain::{
        email_address::EmailAddress,
        indonesian,
        request::{Request, Round},
    },
    store::taxpayers::Taxpayer,
};

#[derive(Clone, Copy)]
pub struct EmailChangeNotice<'a> {
    pub sheet: Sheet<'a>,
    pub request: &'a Request,
    pub round: &'a Round,
    pub taxpayer: &'a Taxpayer,
    /// The address of the account until now; the new one is that of the request.
    pub old_email: &'a EmailAddress,
    /// Number and date of the letter of the pair, which stays valid.
    pub notice: Option<(&'a str, NaiveDate)>,
}

/// The data of `letters/email_change_notice`. Addresses are masked.
pub fn email_change_notice(input: &EmailChangeNotice<'_>) -> Value {
    let EmailChangeNotice { sheet, request, round, taxpayer, .. } = *input;
    let words = OfficeWords::new(sheet.office);
    let filed = &request.filed;
    json!({
        "kop": words.kop(),
        "kpp": words.kpp(),
        "pkp": Addressee::granted(request, taxpayer).pkp(),
        "kredensial": password_words(sheet.office.password_delivery),
        "penandatangan": sheet.penandatangan(),
        "permohonan": {
            "nomor_surat": filed.letter_number,
            "tanggal_surat": indonesian::date(filed.letter_on),
            "surat_lama_nomor": input.notice.map(|(number, _)| number).unwrap_or_default(),
            "surat_lama_tanggal": phrases::date(input.notice.map(|(_, on)| on)),
        },
        "perubahan": {
            "email_lama_tersamar": input.old_email.masked(),
            "email_baru_tersamar": filed.email.masked(),
            "email_alternatif_tersamar":
                filed.alternate_email.as_ref().map(EmailAddress::masked).unwrap_or_default(),
        },
        "surat": sheet.surat(),
        "tanda_terima": tanda_terima(round, sheet.office),
    })
}
