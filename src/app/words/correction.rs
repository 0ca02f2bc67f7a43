//! A letter that replaces a wrong one: the printed letter with what was wrong put right, on the sheet of today.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Value, json};

use super::{office_words::OfficeWords, phrases, refusal_notice::lettered_reasons, signed_letter::Sheet};
use crate::{
    domain::{
        correction::{Corrections, PaperReference},
        indonesian,
        tax_id::TaxId,
    },
    letters::ReasonText,
    store::letters::{Letter, LetterRowKind},
};

/// One thing that is put right, as the letter and the screens name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CorrectedRow {
    /// Where it stands in `corrections`.
    #[serde(skip)]
    pub field: &'static str,
    #[serde(rename = "subject")]
    pub uraian: String,
    #[serde(rename = "printed")]
    pub tertulis: String,
    #[serde(rename = "correct")]
    pub seharusnya: String,
}

const ON_THIS_LETTER: &str = "sebagaimana tercantum pada surat ini";
const ON_THAT_LETTER: &str = "sebagaimana tercantum pada surat tersebut";

/// What a correction changes about the data of the wrong letter.
#[derive(Clone, Copy)]
pub struct Correction<'a> {
    pub wrong: &'a Letter,
    pub corrections: &'a Corrections,
    /// The reasons of the corrections in words.
    pub reasons: Option<&'a [ReasonText]>,
}

/// Everything that a correcting letter is made from.
#[derive(Clone, Copy)]
pub struct CorrectingLetter<'a> {
    pub correction: Correction<'a>,
    /// Subject of the wrong letter.
    pub wrong_subject: &'a str,
    /// The day of the first letter of the chain.
    pub first_on: NaiveDate,
    pub sheet: Sheet<'a>,
}

impl Correction<'_> {
    fn printed(&self, pointer: &str) -> String {
        self.wrong.data.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    fn is_move(&self) -> bool {
        self.wrong.kind == LetterRowKind::ActivationNotice
            && self.printed("/permohonan/jenis") == "move_office"
    }

    /// The fields of these corrections that such a letter does not print.
    pub fn not_printed(&self) -> Vec<&'static str> {
        let kind = self.wrong.kind;
        let refusal = kind == LetterRowKind::RefusalNotice;
        let old_letter = self.is_move() || kind == LetterRowKind::EmailChangeNotice;
        let Corrections { tax_id, old_letter: old, previous_office, reasons, .. } = self.corrections;
        [
            ("tax_id", tax_id.is_some() && refusal),
            ("old_letter", old.is_some() && !old_letter),
            ("previous_office", previous_office.is_some() && !self.is_move()),
            ("reasons", reasons.is_some() && !refusal),
        ]
        .into_iter()
        .filter_map(|(field, wrong)| wrong.then_some(field))
        .collect()
    }

    /// What is put right, in the order of the letter. A row whose two sides are the same changes nothing.
    pub fn rows(&self) -> Vec<CorrectedRow> {
        let row = |field, uraian: &str, tertulis: String, seharusnya: String| CorrectedRow {
            field,
            uraian: uraian.to_owned(),
            tertulis,
            seharusnya,
        };
        let paper = |paper: &PaperReference| reference(paper.number.as_str(), &indonesian::date(paper.date));
        let printed_paper = |number: &str, date: &str| reference(&self.printed(number), &self.printed(date));
        let wanted = self.corrections;
        let mut rows = Vec::new();
        if let Some(name) = &wanted.pkp_name {
            rows.push(row("pkp_name", "Nama PKP", self.printed("/pkp/nama"), name.as_str().to_owned()));
        }
        if let Some(tax_id) = &wanted.tax_id {
            rows.push(row("tax_id", "NPWP", self.printed("/pkp/npwp"), tax_id.formatted()));
        }
        if let Some(address) = &wanted.pkp_address {
            let printed = self.printed("/pkp/alamat");
            rows.push(row("pkp_address", "Alamat PKP", printed, address.as_str().to_owned()));
        }
        if let Some(is_entity) = wanted.is_entity {
            let was = self.wrong.data.pointer("/pkp/badan").and_then(Value::as_bool).unwrap_or_default();
            let addressed = |entity| if entity { "Yth. Pengurus" } else { "Yth." }.to_owned();
            rows.push(row("is_entity", "Sapaan", addressed(was), addressed(is_entity)));
        }
        if let Some(letter) = &wanted.request_letter {
            let printed = printed_paper("/permohonan/nomor_surat", "/permohonan/tanggal_surat");
            rows.push(row("request_letter", "Surat permohonan", printed, paper(letter)));
        }
        if let Some(office) = &wanted.previous_office {
            let printed = self.printed("/permohonan/kpp_lama");
            rows.push(row("previous_office", "KPP sebelumnya", printed, office.as_str().to_owned()));
        }
        if let Some(letter) = &wanted.old_letter {
            let printed = printed_paper("/permohonan/surat_lama_nomor", "/permohonan/surat_lama_tanggal");
            rows.push(row("old_letter", "Surat pemberitahuan lama", printed, paper(letter)));
        }
        rows.extend(self.reason_rows());
        if wanted.signatory {
            rows.push(row("signatory", "Penanda tangan", self.signatory(), ON_THIS_LETTER.to_owned()));
        }
        if wanted.letterhead {
            rows.push(row("letterhead", "Kop surat", ON_THAT_LETTER.to_owned(), ON_THIS_LETTER.to_owned()));
        }
        rows
    }

    /// The evidence of each reason that stays; or that the list of reasons is another one.
    fn reason_rows(&self) -> Vec<CorrectedRow> {
        let Some(reasons) = self.reasons else { return Vec::new() };
        let row = |uraian, tertulis: &str, seharusnya: &str| CorrectedRow {
            field: "reasons",
            uraian,
            tertulis: tertulis.to_owned(),
            seharusnya: seharusnya.to_owned(),
        };
        let wanted = lettered_reasons(reasons);
        let printed = self.wrong.data.get("alasan").and_then(Value::as_array).cloned().unwrap_or_default();
        let text = |reason: &Value, field: &str| reason[field].as_str().unwrap_or_default().to_owned();
        let stay = printed.len() == wanted.len()
            && printed.iter().zip(&wanted).all(|(was, is)| was["teks"] == is["teks"]);
        if !stay {
            return vec![row("Alasan penolakan".to_owned(), ON_THAT_LETTER, ON_THIS_LETTER)];
        }
        let mut rows: Vec<CorrectedRow> = printed
            .iter()
            .zip(&wanted)
            .filter(|(was, is)| was["bukti"] != is["bukti"])
            .map(|(was, is)| {
                let uraian = format!("Bukti alasan huruf {}", text(is, "huruf"));
                row(uraian, &text(was, "bukti"), &text(is, "bukti"))
            })
            .collect();
        if rows.is_empty() {
            // Both sides the same: told to whoever drafts it.
            rows.push(row("Alasan penolakan".to_owned(), ON_THAT_LETTER, ON_THAT_LETTER));
        }
        rows
    }

    fn signatory(&self) -> String {
        let on_behalf = self.wrong.data.pointer("/penandatangan/atas_nama").and_then(Value::as_bool);
        let parts = [
            if on_behalf == Some(true) { "a.n. Kepala Kantor,".to_owned() } else { String::new() },
            self.printed("/penandatangan/pelaksana"),
            self.printed("/penandatangan/jabatan"),
        ];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// The fields that the corrections set.
    fn changes(&self) -> Value {
        let Corrections { pkp_name, pkp_address, is_entity, tax_id, request_letter, old_letter, .. } =
            self.corrections;
        let mut changes = json!({});
        let mut set = |value: Option<Value>| {
            if let Some(value) = value {
                changes = phrases::merged(changes.take(), value);
            }
        };
        set(pkp_name.as_ref().map(|name| json!({ "pkp": { "nama": name } })));
        set(pkp_address.as_ref().map(|address| json!({ "pkp": { "alamat": address } })));
        set(is_entity.map(|entity| json!({ "pkp": { "badan": entity } })));
        set(tax_id.as_ref().map(|number: &TaxId| {
            json!({ "pkp": { "npwp": number.formatted(), "npwp_tersamar": number.masked() } })
        }));
        set(request_letter.as_ref().map(|letter| {
            json!({ "permohonan": {
                "nomor_surat": letter.number, "tanggal_surat": indonesian::date(letter.date),
            } })
        }));
        set(old_letter.as_ref().map(|letter| {
            json!({ "permohonan": {
                "surat_lama_nomor": letter.number, "surat_lama_tanggal": indonesian::date(letter.date),
            } })
        }));
        let previous = self.corrections.previous_office.as_ref();
        set(previous.map(|office| json!({ "permohonan": { "kpp_lama": office } })));
        set(self.reasons.map(|reasons| json!({ "alasan": lettered_reasons(reasons) })));
        changes
    }
}

fn reference(number: &str, date: &str) -> String {
    match (number, date) {
        ("", _) => "–".to_owned(),
        (number, "") => format!("Nomor {number}"),
        (number, date) => format!("Nomor {number} tanggal {date}"),
    }
}

/// The data of the correcting letter: those of the wrong one, so that nothing that was not corrected can differ, with
/// letterhead, number, date and signature of today.
pub fn correcting_letter(input: &CorrectingLetter<'_>) -> Value {
    let CorrectingLetter { correction, wrong_subject, first_on, sheet } = *input;
    let wrong = correction.wrong;
    let words = OfficeWords::new(sheet.office);
    let hal = format!("Ralat {}", sheet.template.hal());
    let rows: Vec<Value> = correction
        .rows()
        .into_iter()
        .map(|row| json!({ "uraian": row.uraian, "tertulis": row.tertulis, "seharusnya": row.seharusnya }))
        .collect();
    let frame = json!({
        "kop": words.kop(),
        "kpp": words.kpp(),
        "penandatangan": sheet.penandatangan(),
        "surat": phrases::merged(sheet.surat(), json!({ "hal": hal })),
        "ralat": {
            "nomor": wrong.number,
            "tanggal": indonesian::date(wrong.dated_on),
            "hal": wrong_subject,
            "tanggal_asal": indonesian::date(first_on),
            "baris": rows,
        },
    });
    phrases::merged(phrases::merged(wrong.data.clone(), frame), correction.changes())
}

/// The subject of a letter as its reference block prints it.
pub fn printed_subject(letter: &Letter) -> String {
    let printed = |pointer: &str| letter.data.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let is_correction = letter.data.get("ralat").is_some_and(|ralat| !ralat.is_null());
    match letter.kind {
        LetterRowKind::RefusalNotice => {
            let prefix = if is_correction { "Ralat " } else { "" };
            format!("{prefix}Penolakan Permohonan {}", printed("/permohonan/hal_jenis"))
        }
        LetterRowKind::Receipt
        | LetterRowKind::DeficiencyList
        | LetterRowKind::ActivationNotice
        | LetterRowKind::EmailChangeNotice => printed("/surat/hal").to_owned(),
    }
}
