//! The form of a request (PER-24/PJ/2012 Lampiran IVA, PER-17/PJ/2014 Lampiran IE), as sent and as parsed.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    email_address::EmailAddress,
    fault::{Fault, Faults},
    ids::DocumentId,
    line::Line,
    names::{Capacity, DocumentKind, Kind, ReprintReason},
    office::OfficeCode,
    tax_id::TaxId,
};

/// The form as it was sent: nothing is checked yet, so that every fault can be told at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(default)]
    pub office_code: String,
    #[serde(default)]
    pub tax_id: String,
    #[serde(default)]
    pub pkp_name: String,
    #[serde(default)]
    pub pkp_address: String,
    #[serde(default)]
    pub letter: RawLetter,
    #[serde(default)]
    pub signer: RawSigner,
    #[serde(default)]
    pub email: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternate_email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reprint: Option<RawReprint>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_letter: Option<RawOldLetter>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_office: Option<String>,
    #[serde(default)]
    pub documents: Vec<DocumentId>,
    #[serde(default)]
    pub cannot_supply: Vec<RawExemption>,
}

impl RawForm {
    /// Whether the request letter would say the same.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let letter = |form: &Self| Self { documents: Vec::new(), cannot_supply: Vec::new(), ..form.clone() };
        letter(self) == letter(other)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawLetter {
    pub number: String,
    pub place: String,
    pub date: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawSigner {
    pub name: String,
    pub position: String,
    pub capacity: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawReprint {
    pub reason: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawOldLetter {
    pub number: String,
    pub date: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawExemption {
    pub document: String,
    pub reason: String,
}

/// A form whose fields hold. Documents and registry are not looked at here.
#[derive(Debug, Clone)]
pub struct Form {
    pub kinds: Vec<Kind>,
    pub office: OfficeCode,
    pub tax_id: TaxId,
    pub pkp_name: Line<150>,
    pub pkp_address: Line<250>,
    pub letter_number: Line<60>,
    pub letter_place: Line<60>,
    pub letter_on: NaiveDate,
    pub signer_name: Line<100>,
    /// `-` for an individual without a position.
    pub signer_position: Line<100>,
    pub signer_capacity: Capacity,
    pub email: EmailAddress,
    pub alternate_email: Option<EmailAddress>,
    pub reprint_reason: Option<ReprintReason>,
    pub previous_office: Option<Line<100>>,
    pub old_letter: Option<OldLetter>,
    pub documents: Vec<DocumentId>,
    pub cannot_supply: Vec<Exemption>,
}

#[derive(Debug, Clone)]
pub struct OldLetter {
    pub number: Line<60>,
    pub on: NaiveDate,
}

#[derive(Debug, Clone)]
pub struct Exemption {
    pub document: DocumentKind,
    pub reason: Line<500>,
}

/// What is being filed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filing {
    /// One request; its kind stands in the form.
    Single,
    /// Lost code and dead mailbox: a reprint and an e-mail update together.
    Bundle,
}

impl Form {
    /// Parses the form; `today` is the day at the office. Returns every fault of the form itself.
    pub fn parse(raw: &RawForm, filing: Filing, today: Option<NaiveDate>) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::default();
        let kinds = kinds(raw, filing, &mut faults);
        let has = |kind: Kind| kinds.as_ref().is_some_and(|kinds| kinds.contains(&kind));

        let office = office(raw, &mut faults);
        let tax_id =
            faults.take("/tax_id", TaxId::parse(&raw.tax_id).map_err(|error| ("tax_id", error.message_id())));
        let pkp_name = line(&mut faults, "/pkp_name", &raw.pkp_name);
        let pkp_address = line(&mut faults, "/pkp_address", &raw.pkp_address);
        let letter_number = line(&mut faults, "/letter/number", &raw.letter.number);
        let letter_place = line(&mut faults, "/letter/place", &raw.letter.place);
        let letter_on = letter_date(raw, today, &mut faults);
        let signer_name = line(&mut faults, "/signer/name", &raw.signer.name);
        let signer_capacity = faults.take(
            "/signer/capacity",
            raw.signer
                .capacity
                .parse::<Capacity>()
                .map_err(|_| ("capacity", "Pilih salah satu: pkp, pengurus, atau kuasa.".to_owned())),
        );
        let position = match (raw.signer.position.trim(), signer_capacity) {
            ("", Some(Capacity::Pkp)) => "-",
            (text, _) => text,
        };
        let signer_position = line(&mut faults, "/signer/position", position);
        let email = email(&mut faults, "/email", &raw.email);
        let alternate_email = raw
            .alternate_email
            .as_deref()
            .filter(|text| !text.trim().is_empty())
            .map(|text| self::email(&mut faults, "/alternate_email", text));

        let reprint_reason = reprint_reason(raw, has(Kind::Reprint), &mut faults);
        let previous_office = previous_office(raw, has(Kind::MoveOffice), &mut faults);
        let old_letter = raw.old_letter.as_ref().and_then(|old| {
            let number = line(&mut faults, "/old_letter/number", &old.number);
            let on = date(&mut faults, "/old_letter/date", &old.date);
            Some(OldLetter { number: number?, on: on? })
        });
        let cannot_supply = exemptions(raw, &mut faults);
        duplicates(raw, &mut faults);

        if !faults.is_empty() {
            return Err(faults.into_vec());
        }
        let parsed = || {
            Some(Self {
                kinds: kinds?,
                office: office?,
                tax_id: tax_id?,
                pkp_name: pkp_name?,
                pkp_address: pkp_address?,
                letter_number: letter_number?,
                letter_place: letter_place?,
                letter_on: letter_on?,
                signer_name: signer_name?,
                signer_position: signer_position?,
                signer_capacity: signer_capacity?,
                email: email?,
                alternate_email: alternate_email.flatten(),
                reprint_reason,
                previous_office,
                old_letter,
                documents: raw.documents.clone(),
                cannot_supply,
            })
        };
        // Every `None` above has left a fault, so this cannot be empty.
        parsed().ok_or_else(Vec::new)
    }
}

fn kinds(raw: &RawForm, filing: Filing, faults: &mut Faults) -> Option<Vec<Kind>> {
    match (filing, raw.kind.as_deref()) {
        (Filing::Bundle, None) => Some(vec![Kind::UpdateEmail, Kind::Reprint]),
        (Filing::Bundle, Some(_)) => {
            faults.add(
                "/kind",
                "not_for_a_bundle",
                "Berkas bersama selalu cetak ulang dan update email; hapus bagian ini.",
            );
            None
        }
        (Filing::Single, kind) => faults
            .take(
                "/kind",
                kind.unwrap_or_default().parse::<Kind>().map_err(|_| {
                    (
                        "kind",
                        "Pilih jenis permohonan: new_credentials, reprint, update_email, atau move_office."
                            .to_owned(),
                    )
                }),
            )
            .map(|kind| vec![kind]),
    }
}

fn office(raw: &RawForm, faults: &mut Faults) -> Option<OfficeCode> {
    let detail = "Kode kantor terdiri dari tiga angka, misalnya 031. Pilih KPP tempat PKP terdaftar.";
    faults.take("/office_code", raw.office_code.parse().map_err(|_| ("office_code", detail.to_owned())))
}

fn letter_date(raw: &RawForm, today: Option<NaiveDate>, faults: &mut Faults) -> Option<NaiveDate> {
    let on = date(faults, "/letter/date", &raw.letter.date)?;
    if today.is_some_and(|today| on > today) {
        faults.add("/letter/date", "after_receipt", "Tanggal surat tidak boleh melewati hari ini.");
    }
    Some(on)
}

fn reprint_reason(raw: &RawForm, wanted: bool, faults: &mut Faults) -> Option<ReprintReason> {
    match (&raw.reprint, wanted) {
        (Some(reprint), true) => {
            let detail = "Pilih alasan: lost, damaged, illegible, atau never_received.";
            let parsed = reprint.reason.parse().map_err(|_| ("reprint_reason", detail.to_owned()));
            faults.take("/reprint/reason", parsed)
        }
        (None, true) => {
            faults.add("/reprint/reason", "required", "Sebutkan alasan cetak ulang.");
            None
        }
        (Some(_), false) => {
            let detail = "Hanya untuk permohonan cetak ulang; hapus bagian ini.";
            faults.add("/reprint", "not_for_this_kind", detail);
            None
        }
        (None, false) => None,
    }
}

fn previous_office(raw: &RawForm, wanted: bool, faults: &mut Faults) -> Option<Line<100>> {
    match (raw.previous_office.as_deref().map(str::trim), wanted) {
        (Some(text), true) if !text.is_empty() => line(faults, "/previous_office", text),
        (_, true) => {
            let detail = "Sebutkan KPP sebelum pindah: kode tiga angka atau namanya.";
            faults.add("/previous_office", "required", detail);
            None
        }
        (Some(_), false) => {
            let detail = "Hanya untuk permohonan pindah KPP; hapus bagian ini.";
            faults.add("/previous_office", "not_for_this_kind", detail);
            None
        }
        (None, false) => None,
    }
}

fn exemptions(raw: &RawForm, faults: &mut Faults) -> Vec<Exemption> {
    let mut found = Vec::new();
    for (index, exemption) in raw.cannot_supply.iter().enumerate() {
        let document = faults.take(
            &format!("/cannot_supply/{index}/document"),
            exemption
                .document
                .parse::<DocumentKind>()
                .map_err(|_| ("document", "Jenis dokumen tidak dikenal.".to_owned())),
        );
        let reason = line(faults, &format!("/cannot_supply/{index}/reason"), &exemption.reason);
        if let (Some(document), Some(reason)) = (document, reason) {
            found.push(Exemption { document, reason });
        }
    }
    found
}

fn duplicates(raw: &RawForm, faults: &mut Faults) {
    for (index, document) in raw.documents.iter().enumerate() {
        if raw.documents[..index].contains(document) {
            faults.add(format!("/documents/{index}"), "duplicate", "Dokumen ini disebut dua kali.");
        }
    }
    for (index, exemption) in raw.cannot_supply.iter().enumerate() {
        if raw.cannot_supply[..index].iter().any(|earlier| earlier.document == exemption.document) {
            faults.add(format!("/cannot_supply/{index}"), "duplicate", "Dokumen ini disebut dua kali.");
        }
    }
}

fn line<const MAX: usize>(faults: &mut Faults, pointer: &str, text: &str) -> Option<Line<MAX>> {
    faults.take(pointer, Line::parse(text).map_err(|error| (error.code(), error.detail())))
}

fn email(faults: &mut Faults, pointer: &str, text: &str) -> Option<EmailAddress> {
    faults.take(
        pointer,
        text.parse::<EmailAddress>().map_err(|error| {
            let _ = error;
            ("email", "Penulisan alamat email tidak benar. Periksa tanda @ dan bagian sesudahnya, contoh nama@perusahaan.co.id.".to_owned())
        }),
    )
}

fn date(faults: &mut Faults, pointer: &str, text: &str) -> Option<NaiveDate> {
    faults.take(
        pointer,
        NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d")
            .map_err(|_| ("date", "Tulis tanggal sebagai tahun-bulan-hari, misalnya 2026-07-09.".to_owned())),
    )
}
