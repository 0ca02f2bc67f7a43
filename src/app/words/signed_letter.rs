//! What every signed letter has: number, date, signature, and the receipt that it answers.

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::{
    domain::{
        indonesian,
        names::Channel,
        office::OfficeCode,
        request::{Request, Round},
    },
    letters::LetterTemplate,
    store::offices::OfficeRow,
};

/// Who signs, as the letter names them.
#[derive(Debug, Clone)]
pub struct Signatory {
    /// `Kepala Seksi Pelayanan`
    pub title: String,
    pub name: String,
    pub nip: String,
    /// `Plh.`, `Plt.` or empty.
    pub acting: String,
    /// Whether the letter says *a.n. Kepala Kantor*.
    pub on_behalf: bool,
}

impl Signatory {
    /// With title and *a.n.* from the settings of the office.
    pub fn of(office: &OfficeRow, name: &str, nip: &str, acting: &str) -> Self {
        Self {
            title: office.signatory_title.clone(),
            name: name.to_owned(),
            nip: nip.to_owned(),
            acting: acting.to_owned(),
            on_behalf: office.signs_on_behalf,
        }
    }
}

/// The sheet on which a letter stands.
#[derive(Clone, Copy)]
pub struct Sheet<'a> {
    /// The wording of the letter: it says subject and grade.
    pub template: &'a LetterTemplate,
    pub office: &'a OfficeRow,
    /// As printed; a preview puts a placeholder.
    pub number: &'a str,
    /// The day of the signature in the zone of the office.
    pub dated_on: NaiveDate,
    pub signatory: &'a Signatory,
    /// Address of the page that says whether the letter is genuine; empty for a letter that has none.
    pub verification_link: &'a str,
}

impl Sheet<'_> {
    /// `surat`
    pub(super) fn surat(&self) -> Value {
        json!({
            "nomor": self.number,
            "tanggal": indonesian::date(self.dated_on),
            "hal": self.template.hal(),
            "sifat": self.template.sifat(),
            "lampiran": "-",
            "kode_konsep": self.office.drafting_code,
            "tembusan": [],
            "tautan_periksa": self.verification_link,
        })
    }

    /// `penandatangan`: every letter is signed in the service.
    pub(super) fn penandatangan(&self) -> Value {
        let Signatory { title, name, nip, acting, on_behalf } = self.signatory;
        json!({
            "jabatan": title,
            "nama": name,
            "nip": nip,
            "pelaksana": acting,
            "atas_nama": on_behalf,
            "elektronik": true,
        })
    }
}

/// `tanda_terima` of a letter that answers a request.
pub(super) fn tanda_terima(round: &Round, office: &OfficeRow) -> Value {
    let name = if is_electronic(round) { "Bukti Penerimaan Elektronik" } else { "Bukti Penerimaan Surat" };
    json!({
        "nama": name,
        "nomor": round.receipt_number,
        "tanggal": indonesian::date(indonesian::local_date(round.received_at, office.zone)),
        "pukul": indonesian::time(round.received_at, office.zone),
    })
}

/// Whether the receipt of a round is a BPE. A later round may come another way than the request did.
pub(super) fn is_electronic(round: &Round) -> bool {
    round.receipt_number.starts_with("BPE")
}

/// The way on which a round was received.
pub(super) fn received_through(request: &Request, round: &Round) -> &'static str {
    match request.channel {
        _ if is_electronic(round) => "online",
        Channel::Post => "pos",
        Channel::Online | Channel::Counter => "loket",
    }
}

/// The previous office of a move as a letter names it. People may type its code alone.
pub(super) fn previous_office(typed: Option<&str>, registered_name: Option<&str>) -> String {
    let typed = typed.unwrap_or_default();
    match registered_name {
        Some(name) => name.to_owned(),
        None if typed.parse::<OfficeCode>().is_ok() => format!("KPP dengan kode {typed}"),
        None => typed.to_owned(),
    }
}
