//! *Keputusan Penunjukan Petugas Khusus*, for a signature in ink.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::OfficeWords;
use crate::{
    domain::{indonesian, regime::Regime},
    store::{decree_documents::Appointed, offices::OfficeRow},
};

/// What the decree of an office is made from.
#[derive(Clone, Copy)]
pub struct SpecialOfficerDecree<'a> {
    pub office: &'a OfficeRow,
    pub regime: &'a Regime,
    pub number: &'a str,
    pub dated_on: NaiveDate,
    pub in_force_on: NaiveDate,
    pub until_on: Option<NaiveDate>,
    pub officers: &'a [Appointed],
    /// Number of the decree that ends with this one.
    pub revokes: Option<&'a str>,
    /// Kepala Kantor, or who acts: name, NIP, `Plh.`, `Plt.` or empty.
    pub signatory: (&'a str, &'a str, &'a str),
}

/// The data of `letters/special_officer_decree`.
pub fn special_officer_decree(input: &SpecialOfficerDecree<'_>) -> Value {
    let words = OfficeWords::new(input.office);
    let (name, nip, acting) = input.signatory;
    json!({
        "kop": words.kop(),
        "kpp": { "kota": input.office.city, "nama_lengkap": words.full_name },
        "regime": { "mengingat": [input.regime.letter_basis, input.regime.circular] },
        "penandatangan": { "nama": name, "nip": nip, "pelaksana": acting },
        "keputusan": {
            "nomor": input.number,
            "tanggal": indonesian::date(input.dated_on),
            "berlaku_mulai": indonesian::date(input.in_force_on),
            "berlaku_sampai": input.until_on.map(indonesian::date).unwrap_or_default(),
            "mencabut": input.revokes.map(|number| format!("Keputusan Nomor {number}")).unwrap_or_default(),
            "petugas": input.officers.iter().map(|officer| json!({
                "nama": officer.name,
                "nip": officer.nip,
                "pangkat": officer.rank,
                "jabatan": officer.position,
            })).collect::<Vec<_>>(),
        },
    })
}
