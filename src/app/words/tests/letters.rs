//! Letters.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use super::TEMPLATES;
use crate::{
    app::words::{
        ActivationNotice, DeficiencyList, EmailChangeNotice, Receipt, RefusalNotice, Sheet, Signatory, Stage,
        Subject, activation_copy, activation_notice, activation_of_imported_pair, application_letter,
        archive_sheet, deficiency_list, email_change_notice, item_data, reason_data, receipt, refusal_notice,
        samples,
    },
    domain::{
        credential::DOTS,
        form::{Filing, Form, RawForm},
        names::{Channel, Delivery, Kind},
        request::{Request, Round},
    },
    letters::LetterKind,
};

const LINK: &str = "https://aktivasi.kpp.example/v/WM4T-2HCF-PY7E-N9KD-R3XB-6VAQ";

/// The words of a letter, as a PDF reader finds them.
fn text(kind: LetterKind, data: &Value) -> String {
    let path = std::env::temp_dir().join(format!("aktivasi-words-{}.pdf", uuid::Uuid::new_v4()));
    std::fs::write(&path, TEMPLATES.render(kind, data).unwrap().pdf).unwrap();
    let output = Command::new("pdftotext").arg("-raw").arg(&path).arg("-").output().unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

fn signatory() -> Signatory {
    Signatory::of(&samples::office(), "Larasati Contoh", "197803032003122999", "Plh.")
}

fn received(change: impl FnOnce(&mut Request, &mut Round)) -> Value {
    let (mut request, mut round) = (samples::request(), samples::round());
    change(&mut request, &mut round);
    receipt(&Receipt {
        office: &samples::office(),
        links: &samples::links(),
        regime: &samples::regime(),
        request: &request,
        earlier: &[samples::round()],
        round: &round,
        documents: &[samples::document()],
        delivery: Delivery::Email,
        staff: Some(&samples::staff()),
        sibling: None,
        is_copy: false,
        verification_link: LINK,
    })
}

#[test]
fn a_receipt_names_the_due_date_and_what_was_received() {
    let text = text(LetterKind::Receipt, &received(|_, _| {}));

    says(
        &text,
        &[
            "BUKTI PENERIMAAN ELEKTRONIK Nomor BPE-031-20260710-00037",
            "Jumat, 10 Juli 2026, pukul 16.20 WIB",
            "Diterima melalui : online",
            "99.999.134.2-031.000",
            "Identitas penanda tangan: PDF, 120 KiB",
            "paling lambat Kamis, 16 Juli 2026, pukul 24.00 WIB, yaitu 3 (tiga) hari kerja",
            "setelah loket tutup pukul 16.00",
            "••••-••••",
            "p***a@example.com",
        ],
    );
}

#[test]
fn a_receipt_that_waits_for_a_calendar_names_no_date() {
    let text = text(LetterKind::Receipt, &received(|_, round| round.due = None));

    says(&text, &["Tanggal jatuh tempo: menunggu kalender"]);
}

#[test]
fn a_counter_receipt_of_a_later_round_names_the_earlier_one_and_the_officer() {
    let data = received(|request, round| {
        request.channel = Channel::Counter;
        round.number = 2;
        round.receipt_number = "BPS-031-20260720-00040".to_owned();
    });

    says(
        &text(LetterKind::Receipt, &data),
        &[
            "BUKTI PENERIMAAN SURAT",
            "Diterima melalui : loket",
            "2 (penerimaan sebelumnya BPE-031-20260710-00037 tanggal 10 Juli 2026, dikembalikan untuk dilengkapi)",
            "Danendra Contoh NIP 199001012015021999",
        ],
    );
}

#[test]
fn a_copy_of_a_receipt_is_marked_and_names_the_sibling_of_a_bundle() {
    let (request, round) = (samples::request(), samples::round());
    let data = receipt(&Receipt {
        office: &samples::office(),
        links: &samples::links(),
        regime: &samples::regime(),
        request: &request,
        earlier: &[],
        round: &round,
        documents: &[],
        delivery: Delivery::Post,
        staff: None,
        sibling: Some(("BPE-031-20260710-00038", Kind::UpdateEmail)),
        is_copy: true,
        verification_link: LINK,
    });

    let text = text(LetterKind::Receipt, &data);

    says(&text, &["SALINAN", "BPE-031-20260710-00038 (Update Email)", "melalui pos"]);
}

fn deficiencies(stage: Stage<'_>) -> String {
    let values = BTreeMap::from([("kpp_tertulis".to_owned(), "KPP Pratama Serpong".to_owned())]);
    let item = TEMPLATES.item_text("salah_kantor", &item_data(&values, &samples::office())).unwrap();
    let data = deficiency_list(&DeficiencyList {
        office: &samples::office(),
        links: &samples::links(),
        regime: &samples::regime(),
        subject: &Subject::from(&samples::request()),
        stage,
        items: &[item],
        checked_at: samples::at("2026-07-14T07:05:00Z"),
        staff: &samples::staff(),
    });
    text(LetterKind::DeficiencyList, &data)
}

#[test]
fn a_list_after_examination_names_the_last_day_to_complete() {
    let supply_by_on = "2026-07-28".parse().unwrap();

    let text =
        deficiencies(Stage::AfterExamination { receipt_number: "BPE-031-20260710-00037", supply_by_on });

    says(
        &text,
        &[
            "Selasa, 14 Juli 2026, pukul 14.05 WIB",
            "BPE-031-20260710-00037",
            "paling lambat Selasa, 28 Juli 2026 (14 hari",
            "surat ditujukan ke KPP Pratama",
            "Senin sampai dengan Jumat, pukul 08.00–16.00 WIB",
        ],
    );
}

#[test]
fn a_list_before_receipt_is_no_receipt() {
    let text = deficiencies(Stage::BeforeReceipt);

    says(&text, &["(bukan tanda terima)", "belum diterima"]);
    assert!(!text.contains("BPE-"));
}

fn granted(change: impl FnOnce(&mut Request)) -> Value {
    let mut request = samples::request();
    change(&mut request);
    activation_notice(&ActivationNotice {
        sheet: Sheet {
            template: TEMPLATES.built_in(LetterKind::ActivationNotice).unwrap(),
            office: &samples::office(),
            number: "S-128/KPP.031/2026",
            dated_on: "2026-07-15".parse().unwrap(),
            signatory: &signatory(),
            verification_link: LINK,
        },
        regime: &samples::regime(),
        request: &request,
        round: &samples::round(),
        taxpayer: &samples::taxpayer(),
        previous_office: None,
    })
}

#[test]
fn an_activation_notice_names_what_it_answers_and_holds_dots_for_the_code() {
    let data = granted(|_| {});

    assert_eq!(data["kredensial"]["kode_cetak"], DOTS);
    says(
        &text(LetterKind::ActivationNotice, &data),
        &[
            "Sifat : Rahasia",
            "Yth. Pengurus CV Tirtaloka Semburat Jaya Jl. Percobaan Cendana No. 13",
            "surat Saudara Nomor 014/TSJ/VII/2026 tanggal 9 Juli 2026",
            "Bukti Penerimaan Elektronik Nomor BPE-031-20260710-00037",
            "p***a@example.com",
            "7 (tujuh) hari sejak dikirim",
            "a.n. Kepala Kantor Plh. Kepala Seksi Pelayanan,",
            "Lembar ke-1 untuk PKP.",
        ],
    );
}

#[test]
fn a_move_names_the_previous_office() {
    let data = granted(|request| {
        request.kind = Kind::MoveOffice;
        request.filed.previous_office = Some("218".to_owned().try_into().unwrap());
    });

    let text = text(LetterKind::ActivationNotice, &data);

    says(&text, &["perpindahan Saudara dari KPP dengan kode 218", "diterbitkan oleh kantor tersebut"]);
}

#[test]
fn a_copy_differs_by_its_note_only() {
    let original = granted(|_| {});

    let mut copy = activation_copy(&original, 2, "2026-08-05".parse().unwrap(), "BPS-031-20260803-00009");

    let text = text(LetterKind::ActivationNotice, &copy);
    says(&text, &["CETAK ULANG KE-2, 5 Agustus 2026 · BPS-031-20260803-00009"]);
    copy["cetak_ulang"] = Value::Null;
    assert_eq!(copy, original);
}

#[test]
fn the_archive_sheet_holds_dots_even_when_the_code_was_put_in() {
    let mut letter = granted(|_| {});
    letter["kredensial"]["kode_cetak"] = "K7QM-3XWB-9TRD".into();

    let text = text(LetterKind::ActivationNotice, &archive_sheet(&letter));

    says(&text, &[DOTS, "Lembar ke-2 untuk arsip KPP."]);
    assert!(!text.contains("K7QM"));
}

#[test]
fn the_letter_of_an_imported_pair_invents_no_reference() {
    let sheet = Sheet {
        template: TEMPLATES.built_in(LetterKind::ActivationNotice).unwrap(),
        office: &samples::office(),
        number: "S-12/KPP.031/2019",
        dated_on: "2019-05-14".parse().unwrap(),
        signatory: &signatory(),
        verification_link: LINK,
    };
    let data = activation_of_imported_pair(&sheet, &samples::taxpayer());

    let data = activation_copy(&data, 1, "2026-08-05".parse().unwrap(), "BPE-031-20260803-00009");

    let text = text(LetterKind::ActivationNotice, &data);
    says(
        &text,
        &["CETAK ULANG KE-1", "Nomor S-12/KPP.031/2019 tanggal 14 Mei 2019", "telah diberikan Kode Aktivasi"],
    );
    for invented in ["surat Saudara Nomor", "dikabulkan", "berdasarkan", "@"] {
        let body = text.split_once("Yth.").unwrap().1;
        assert!(!body.contains(invented), "{invented}: {body}");
    }
}

#[test]
fn a_refusal_letters_its_reasons_and_writes_their_dates_out() {
    let evidence = BTreeMap::from([
        ("lhv_nomor".to_owned(), "LHV-913".to_owned()),
        ("lhv_tanggal".to_owned(), "2023-03-06".to_owned()),
    ]);
    let reason = TEMPLATES
        .reason_text("verifikasi_simpul_ditolak", &reason_data(&evidence, &samples::office()))
        .unwrap();
    let data = refusal_notice(&RefusalNotice {
        sheet: Sheet {
            template: TEMPLATES.built_in(LetterKind::RefusalNotice).unwrap(),
            office: &samples::office(),
            number: "S-33/KPP.031/2026",
            dated_on: "2026-07-15".parse().unwrap(),
            signatory: &signatory(),
            verification_link: LINK,
        },
        regime: &samples::regime(),
        request: &samples::request(),
        round: &samples::round(),
        taxpayer: &samples::taxpayer(),
        reasons: &[reason.clone(), reason],
    });

    let text = text(LetterKind::RefusalNotice, &data);

    says(
        &text,
        &[
            "Hal : Penolakan Permohonan Kode Aktivasi dan Password",
            "a. Laporan Hasil Verifikasi",
            "b. Laporan Hasil Verifikasi",
            "Nomor LHV-913 tanggal 6 Maret 2023",
        ],
    );
}

#[test]
fn every_reason_and_item_can_be_filled_from_its_own_fields() {
    let office = samples::office();
    let values = |fields: &[String]| {
        fields.iter().map(|f| (f.clone(), "2026-07-14".to_owned())).collect::<BTreeMap<_, _>>()
    };
    for reason in TEMPLATES.refusal_reasons() {
        TEMPLATES.reason_text(&reason.code, &reason_data(&values(&reason.evidence_fields), &office)).unwrap();
    }
    for item in TEMPLATES.deficiency_items() {
        TEMPLATES.item_text(&item.code, &item_data(&values(&item.fields), &office)).unwrap();
    }
}

#[test]
fn an_email_change_notice_masks_both_addresses() {
    let data = email_change_notice(&EmailChangeNotice {
        sheet: Sheet {
            template: TEMPLATES.built_in(LetterKind::EmailChangeNotice).unwrap(),
            office: &samples::office(),
            number: "S-203/KPP.031/2026",
            dated_on: "2026-09-04".parse().unwrap(),
            signatory: &signatory(),
            verification_link: LINK,
        },
        request: &Request { kind: Kind::UpdateEmail, ..samples::request() },
        round: &samples::round(),
        taxpayer: &samples::taxpayer(),
        old_email: &"lama.sekali@example.com".parse().unwrap(),
        notice: Some(("S-128/KPP.031/2026", "2026-07-15".parse().unwrap())),
    });

    let text = text(LetterKind::EmailChangeNotice, &data);

    says(&text, &["l***i@example.com", "p***a@example.com", "Nomor S-128/KPP.031/2026 tanggal 15 Juli 2026"]);
    assert!(!text.contains("lama.sekali") && !text.contains("pajak.tirtaloka"));
}

fn form(json: &Value) -> Form {
    let mut raw = serde_json::json!({
        "kind": "new_credentials", "office_code": "031", "tax_id": "99.999.134.2-031.000",
        "pkp_name": "CV Tirtaloka Semburat Jaya", "pkp_address": "Jl. Percobaan Cendana No. 13",
        "letter": { "number": "014/TSJ/VII/2026", "place": "Jakarta Barat", "date": "2026-07-09" },
        "signer": { "name": "Wisnu Mandalika", "position": "Direktur Utama", "capacity": "pengurus" },
        "email": "pajak.tirtaloka@example.com",
    });
    for (key, value) in json.as_object().unwrap() {
        raw[key] = value.clone();
    }
    let raw: RawForm = serde_json::from_value(raw).unwrap();
    Form::parse(&raw, Filing::Single, None).unwrap()
}

fn application(json: &Value, enclosures: &[String]) -> String {
    let form = form(json);
    let kind = form.kinds[0];
    let data = application_letter(&form, kind, &samples::office(), &samples::regime(), enclosures, None);
    text(LetterKind::ApplicationLetter, &data)
}

#[test]
fn a_request_letter_lists_its_enclosures_or_what_the_regime_asks_for() {
    let own = application(&serde_json::json!({}), &["Fotokopi KTP Wisnu Mandalika".to_owned()]);
    let moved = application(
        &serde_json::json!({ "kind": "move_office", "previous_office": "KPP Madya Pekanbaru" }),
        &[],
    );

    says(
        &own,
        &["Lampiran : 1 (satu) berkas", "1. Fotokopi KTP Wisnu Mandalika.", "Lampiran IE PER-17/PJ/2014"],
    );
    says(
        &moved,
        &[
            "3 (tiga) berkas",
            "1. identitas penanda tangan;",
            "2. asli surat Pemberitahuan Kode Aktivasi atau surat keterangan kehilangan dari kepolisian; dan",
            "3. SPPKP dari kantor baru.",
            "wilayah kerja KPP Madya Pekanbaru",
            "surat keterangan kehilangan dari kepolisian yang kami lampirkan.",
        ],
    );
}

#[test]
fn a_request_for_a_reprint_gives_its_reason() {
    let text = application(
        &serde_json::json!({
            "kind": "reprint", "reprint": { "reason": "illegible" },
            "old_letter": { "number": "S-1/KPP.031/2020", "date": "2020-05-14" },
        }),
        &["surat yang rusak".to_owned()],
    );

    says(&text, &["Nomor S-1/KPP.031/2020 tanggal 14 Mei 2020 tidak tercetak dengan jelas."]);
}
