//! The request letter of the PKP (*Surat Permohonan*), filled in and ready to sign, or signed on a screen.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{office_words::OfficeWords, phrases, signed_letter::previous_office};
use crate::{
    domain::{
        document_policy::{Case, Requirement, missing},
        form::Form,
        indonesian,
        ink::Ink,
        line::Line,
        names::{DocumentKind, Kind},
        regime::Regime,
    },
    store::offices::OfficeRow,
};

/// A signature that a filer drew, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedOnScreen {
    pub ink: Ink,
    pub at: DateTime<Utc>,
}

impl SignedOnScreen {
    /// The line below the signature: how it came there.
    fn line(&self, office: &OfficeRow) -> String {
        let on = indonesian::date(indonesian::local_date(self.at, office.zone));
        format!("Ditandatangani di layar, {on} pukul {}", indonesian::time(self.at, office.zone))
    }
}

/// The data of `letters/application_letter` for one kind of the form. Without `enclosures` it lists what the regime
/// asks for. The room for signature and stamp stays empty unless the letter was signed on a screen.
pub fn application_letter(
    form: &Form,
    kind: Kind,
    office: &OfficeRow,
    regime: &Regime,
    enclosures: &[String],
    signed: Option<&SignedOnScreen>,
) -> Value {
    let words = OfficeWords::new(office);
    let enclosures = if enclosures.is_empty() { required(form, kind, regime) } else { enclosures.to_vec() };
    let mut data = json!({
        "kpp": words.kpp(),
        "pemohon": {
            "nama": form.signer_name,
            "jabatan": form.signer_position,
            "kapasitas": form.signer_capacity,
        },
        "pkp": {
            "nama": form.pkp_name,
            "npwp": form.tax_id.formatted(),
            "alamat": form.pkp_address,
            "kertas_sendiri": false,
        },
        "permohonan": {
            "jenis": kind,
            "pilihan": kind.form_option(),
            "nomor_surat": form.letter_number,
            "tanggal_surat": indonesian::date(form.letter_on),
            "kota": form.letter_place,
            "email": form.email,
            "email_alternatif": form.alternate_email.as_ref().map(ToString::to_string).unwrap_or_default(),
            "alasan_teks": form.reprint_reason.map(phrases::reprint_reason).unwrap_or_default(),
            "kpp_lama": previous_office(form.previous_office.as_ref().map(Line::as_str), None),
            "surat_lama_nomor": form.old_letter.as_ref().map(|old| old.number.as_str()).unwrap_or_default(),
            "surat_lama_tanggal": phrases::date(form.old_letter.as_ref().map(|old| old.on)),
            // The form does not ask for number and date of the police report; the report is enclosed.
            "skk_nomor": "",
            "skk_tanggal": "",
            "kapasitas_teks": phrases::capacity_above_signature(form.signer_capacity),
            "tanda_tangan": signed.map(|signed| signed.line(office)).unwrap_or_default(),
            "lampiran_teks": enclosed(enclosures.len()),
            "dokumen": enclosures,
        },
        "regime": { "dasar_formulir": regime.form_basis, "label_formulir": regime.form_label },
    });
    if let (Some(signed), Some(groups)) = (signed, data.as_object_mut()) {
        groups.insert("tinta".to_owned(), json!({ "goresan": signed.ink.to_string() }));
    }
    data
}

fn enclosed(count: usize) -> String {
    match u64::try_from(count) {
        Ok(0) | Err(_) => "-".to_owned(),
        Ok(count) => format!("{} berkas", indonesian::number_with_words(count)),
    }
}

/// What has to be enclosed, as the policy of the regime says.
fn required(form: &Form, kind: Kind, regime: &Regime) -> Vec<String> {
    let case = Case {
        kind,
        capacity: form.signer_capacity,
        reprint_reason: form.reprint_reason,
        has_sibling_reprint: form.kinds.len() > 1 && kind != Kind::Reprint,
    };
    missing(&regime.documents, case, &[DocumentKind::ApplicationLetter]).into_iter().map(one_of).collect()
}

fn one_of(requirement: &Requirement) -> String {
    requirement.any_of.iter().map(|kind| within_sentence(kind.title())).collect::<Vec<_>>().join(" atau ")
}

/// With a small first letter, unless the first word is an abbreviation.
fn within_sentence(title: &str) -> String {
    let mut letters = title.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(letters).collect(),
        _ => title.to_owned(),
    }
}
