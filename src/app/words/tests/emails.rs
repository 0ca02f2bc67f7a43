//! E-mails, from values that a message would load. Loading itself needs a database.

use serde_json::{Value, json};

use super::TEMPLATES;
use crate::{
    app::words::{
        Addressee, OfficeWords, activation_copy, email_bodies,
        extras::{
            AccountChange, AccountChanged, ChangeNotice, ChangeWay, DueChanged, Ended, EndedHow, Suspended,
            SuspensionReason,
        },
        item_data, phrases, samples,
    },
    domain::names::{Capacity, Kind},
    letters::EmailKind,
    store::letters::LetterRowKind,
};

const ZONE: chrono_tz::Tz = chrono_tz::Tz::Asia__Jakarta;

/// Subject and words of the e-mail that these fields make.
fn email(kind: EmailKind, parts: impl IntoIterator<Item = Value>) -> String {
    let office = OfficeWords::new(&samples::office());
    let sender = "efaktur@pajak.example".parse().unwrap();
    let frame = email_bodies::frame(&office, &samples::links(), &sender, "E-20260715-000412");
    let data = parts.into_iter().fold(frame, phrases::merged);
    let email = TEMPLATES.email(kind, &data).unwrap();
    format!("{} | {}", email.subject, email.body).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn filer() -> Value {
    phrases::merged(
        email_bodies::addressed(&Addressee::as_filed(&samples::request().filed)),
        email_bodies::about(&samples::request(), &samples::round()),
    )
}

fn pkp() -> Value {
    email_bodies::addressed(&Addressee::registered(&samples::taxpayer()))
}

fn not_us() -> Value {
    email_bodies::not_us(Some(samples::at("2026-09-18T03:00:00Z")), ZONE)
}

fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

#[test]
fn a_proof_code_says_how_long_it_holds() {
    let (sent, end) = (samples::at("2026-07-10T08:50:00Z"), samples::at("2026-07-10T09:05:00Z"));

    let text = email(EmailKind::ProofCode, [email_bodies::proof_code(sent, end, ZONE)]);

    says(
        &text,
        &["15 menit, sampai pukul 16.05 WIB", "Nomor email: E-20260715-000412", "efaktur@pajak.example"],
    );
}

#[test]
fn a_proof_code_without_an_office_comes_from_the_directorate() {
    let sender = "efaktur@pajak.example".parse().unwrap();
    let frame = email_bodies::frame(&OfficeWords::headquarters(), &samples::links(), &sender, "E-1");
    let sent = samples::at("2026-07-10T08:50:00Z");
    let data = phrases::merged(frame, email_bodies::proof_code(sent, sent, ZONE));

    says(&TEMPLATES.email(EmailKind::ProofCode, &data).unwrap().body, &["Direktorat Jenderal Pajak"]);
}

#[test]
fn a_receipt_goes_to_the_filer_with_masked_number_and_due_date() {
    let text = email(EmailKind::Receipt, [filer(), email_bodies::receipt(&samples::round(), ZONE)]);

    says(
        &text,
        &[
            "tanda terima BPE-031-20260710-00037",
            "Yth. Pengurus CV Tirtaloka Semburat Jaya",
            "99.***.***.2-031.000",
            "Jumat, 10 Juli 2026, pukul 16.20 WIB",
            "Kamis, 16 Juli 2026, pukul 24.00 WIB",
        ],
    );
    // The tracking code is put in by whoever sends.
    assert!(!text.contains("Kode pelacakan"));
}

#[test]
fn a_return_lists_every_item_and_the_last_day() {
    let item = TEMPLATES
        .item_text(
            "identitas_tidak_terbaca",
            &item_data(&std::collections::BTreeMap::new(), &samples::office()),
        )
        .unwrap();
    let (at, by) = (samples::at("2026-07-14T07:05:00Z"), "2026-07-28".parse().unwrap());

    let text =
        email(EmailKind::ReturnedIncomplete, [filer(), email_bodies::returned(&[item], at, by, 3, ZONE)]);

    says(&text, &["1. Identitas penanda tangan: tidak terbaca", "Batas melengkapi: Selasa, 28 Juli 2026"]);
}

#[test]
fn a_delivery_says_what_the_letter_says() {
    let mut request = samples::request();
    let delivery = |kind, request: &_| {
        let letter = samples::letter(kind);
        let body =
            email_bodies::letter_delivery(&letter, None, request, Some("KPP Madya Pekanbaru"), &TEMPLATES);
        email(EmailKind::LetterDelivery, [pkp(), email_bodies::about(request, &samples::round()), body])
    };

    says(
        &delivery(LetterRowKind::RefusalNotice, &request),
        &[
            "Surat Penolakan Permohonan Kode Aktivasi dan Password Nomor S-128/KPP.031/2026 tanggal 15 Juli 2026",
            "Permohonan tidak dapat dikabulkan",
        ],
    );
    request.kind = Kind::MoveOffice;
    says(
        &delivery(LetterRowKind::ActivationNotice, &request),
        &["password dari KPP Madya Pekanbaru tidak berlaku lagi"],
    );
}

#[test]
fn a_password_link_says_when_it_ends_and_whether_the_old_password_did() {
    let until = Some(samples::at("2026-07-22T03:12:00Z"));

    let new = email(
        EmailKind::PasswordLink,
        [pkp(), email_bodies::password(until, Some(Kind::NewCredentials), ZONE)],
    );
    let changed =
        email(EmailKind::PasswordLink, [pkp(), email_bodies::password(until, Some(Kind::UpdateEmail), ZONE)]);
    let direct = email(EmailKind::PasswordLink, [pkp(), email_bodies::password(None, None, ZONE)]);

    says(&new, &["7 hari, sampai Rabu, 22 Juli 2026, pukul 10.12 WIB", "Begitu password baru dibuat"]);
    says(&changed, &["Password sebelumnya sudah tidak berlaku."]);
    assert!(!direct.contains("Buka tautan"));
}

#[test]
fn the_old_address_reads_what_changed_in_masked_words() {
    let extra = ChangeNotice {
        old_masked: "p***a@example.com".to_owned(),
        new_masked: "k***n@example.com".to_owned(),
        changed_at: samples::at("2026-09-04T03:12:00Z"),
        signer_masked: "N***a C***h".to_owned(),
        capacity: Capacity::Kuasa,
    };

    let text = email(
        EmailKind::ChangeNoticeOldAddress,
        [pkp(), not_us(), email_bodies::change_notice(&extra, ZONE)],
    );

    says(&text, &["k***n@example.com", "Jumat, 4 September 2026, pukul 10.12 WIB", "N***a C***h, kuasa"]);
}

#[test]
fn with_its_link_put_in_a_notice_says_how_long_it_holds() {
    let link = json!({ "bukan_kami": { "tautan": "https://aktivasi.example/bukan-kami/x" } });
    let extra = AccountChanged {
        change: AccountChange::Password,
        way: ChangeWay::Account,
        at: samples::at("2026-07-22T02:02:00Z"),
    };

    let text = email(
        EmailKind::AccountChanged,
        [pkp(), not_us(), link, email_bodies::account_changed(&extra, ZONE)],
    );

    says(
        &text,
        &["14 hari, sampai 18 September 2026", "password diganti", "Rabu, 22 Juli 2026, pukul 09.02 WIB"],
    );
}

#[test]
fn a_reprint_notice_reads_the_note_of_the_copy() {
    let mut copy = samples::letter(LetterRowKind::ActivationNotice);
    copy.data = activation_copy(&copy.data, 2, "2026-08-05".parse().unwrap(), "BPS-031-20260803-00009");

    let text = email(EmailKind::ReprintNotice, [pkp(), not_us(), email_bodies::reprint_notice(&copy)]);

    says(&text, &["pada 5 Agustus 2026", "BPS-031-20260803-00009", "cetak ulang ke-2", "S-128/KPP.031/2026"]);
}

#[test]
fn a_suspension_gives_its_reason_and_when_the_office_opens() {
    let mut extra = Suspended {
        reason: SuspensionReason::OwnWish,
        at: samples::at("2026-07-11T14:40:00Z"),
        event_number: "P-20260711-003".to_owned(),
        opens_at: Some(samples::at("2026-07-13T01:00:00Z")),
    };

    let text = email(EmailKind::AccountSuspended, [pkp(), email_bodies::suspended(&extra, ZONE)]);
    extra.opens_at = None;
    let open = email(EmailKind::AccountSuspended, [pkp(), email_bodies::suspended(&extra, ZONE)]);

    says(
        &text,
        &[
            "Sabtu, 11 Juli 2026, pukul 21.40 WIB, karena atas permintaan PKP.",
            "Kantor buka kembali Senin, 13 Juli 2026, pukul 08.00 WIB.",
            "P-20260711-003",
        ],
    );
    assert!(!open.contains("buka kembali"));
}

#[test]
fn a_moved_due_date_names_both_dates() {
    let extra =
        DueChanged { old_due_on: None, reason: "kalender hari libur tahun 2027 telah dimuat".to_owned() };

    let text =
        email(EmailKind::DueDateChanged, [filer(), email_bodies::due_changed(&extra, &samples::round())]);

    says(&text, &["menjadi 16 Juli 2026", "Sebelumnya : menunggu kalender", "tahun 2027 telah dimuat"]);
}

#[test]
fn an_ended_request_says_how_it_ended() {
    let day = Some("2026-07-28".parse().unwrap());

    let lapsed =
        email(EmailKind::RequestEnded, [filer(), email_bodies::ended(&Ended { how: EndedHow::Lapsed }, day)]);
    let withdrawn = email(
        EmailKind::RequestEnded,
        [filer(), email_bodies::ended(&Ended { how: EndedHow::Withdrawn }, None)],
    );

    says(&lapsed, &["BPE-031-20260710-00037 gugur", "Selasa, 28 Juli 2026"]);
    says(&withdrawn, &["ditarik kembali atas permintaan Anda"]);
}

#[test]
fn a_notice_of_an_unknown_sender_names_neither_receipt_nor_filer() {
    let request = samples::request();
    let parts = [
        pkp(),
        not_us(),
        email_bodies::about(&request, &samples::round()),
        email_bodies::unknown_sender(request.first_received_at, ZONE),
    ];

    let text = email(EmailKind::UnknownSenderNotice, parts);

    says(&text, &["Jumat, 10 Juli 2026, pukul 16.20 WIB"]);
    for hidden in ["BPE-", "Wisnu", "example.com"] {
        assert!(!text.contains(hidden), "{hidden}");
    }
}
