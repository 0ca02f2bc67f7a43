//! What an e-mail says.

use super::*;
use crate::letters::EmailText;

fn email(kind: &str, data: &Value) -> EmailText {
    TEMPLATES.email(EmailKind::from_str(kind).unwrap(), data).unwrap()
}

#[test]
fn every_example_email_reads_as_it_should() {
    for example in examples("email-") {
        let email = email(&example.kind, &example.data);

        let whole = format!("Subject: {}\n\n{}", email.subject, email.body);
        assert_eq!(words(&whole), words(&example.expected), "{}", example.name);
        assert!(
            email.body.lines().all(|line| line.chars().count() <= 76 || line.starts_with("    ")),
            "{}",
            email.body
        );
        assert!(!email.body.contains("\n\n\n"), "{}", email.body);
        assert_eq!(email.body.lines().nth(1), Some(""), "the greeting stands alone: {}", email.body);
    }
}

#[test]
fn every_email_says_who_sends_it_and_never_asks_for_a_password() {
    for kind in EmailKind::ALL {
        let email = TEMPLATES.email(kind, &TEMPLATES.email_sample(kind)).unwrap();

        let body = words(&email.body).join(" ");
        let to_taxpayers = email.subject.starts_with("Permohonan Kode Aktivasi");
        assert_eq!(to_taxpayers, !kind.is_for_staff(), "{}", email.subject);
        assert!(body.contains("Kami tidak pernah meminta password"), "{kind}");
        assert!(body.contains("Email ini dikirim oleh KPP Pratama"), "{kind}");
    }
}

#[test]
fn a_subject_never_holds_a_line_break() {
    let mut data = TEMPLATES.email_sample(EmailKind::RequestEnded);
    set(&mut data, "/tanda_terima/nomor", "BPE\r\nBcc: x@example.com");

    let email = TEMPLATES.email(EmailKind::RequestEnded, &data).unwrap();

    assert_eq!(email.subject, "Permohonan Kode Aktivasi: BPE Bcc: x@example.com gugur");
}

#[test]
fn secrets_stand_in_no_subject() {
    for kind in EmailKind::ALL {
        let email = TEMPLATES.email(kind, &TEMPLATES.email_sample(kind)).unwrap();

        for secret in ["482913", "R4TX-9KQD", "https://", "CTHSAJA22XQK"] {
            assert!(!email.subject.contains(secret), "{kind}");
        }
    }
}

#[test]
fn without_an_address_no_email_names_a_page() {
    for kind in EmailKind::ALL {
        let mut data = TEMPLATES.email_sample(kind);
        if let Some(pages) = data.pointer_mut("/layanan").and_then(Value::as_object_mut) {
            pages.values_mut().for_each(|address| *address = "".into());
        }

        let body = TEMPLATES.email(kind, &data).unwrap().body;

        for page in ["/lacak", "/mulai", "/akun", "/periksa"] {
            assert!(!body.contains(page), "{kind}: {body}");
        }
    }
}

#[test]
fn the_not_us_link_has_one_name_and_says_that_opening_it_changes_nothing() {
    let kinds = [
        EmailKind::ChangeNoticeOldAddress,
        EmailKind::ReprintNotice,
        EmailKind::AccountChanged,
        EmailKind::UnknownSenderNotice,
    ];
    for kind in EmailKind::ALL {
        let data = TEMPLATES.email_sample(kind);
        assert_eq!(data.pointer("/bukan_kami/tautan").is_some(), kinds.contains(&kind), "{kind}");
        if kinds.contains(&kind) {
            let body = TEMPLATES.email(kind, &data).unwrap().body;
            let body = words(&body).join(" ");
            assert!(body.contains("Membuka tautan belum mengubah apa pun."), "{body}");
            assert!(body.contains("tombol \"Tangguhkan akun\""), "{body}");
            assert!(body.contains("Tautan berlaku 14 hari, sampai 18 September 2026"), "{body}");
        }
    }
}

#[test]
fn the_notice_about_an_unknown_sender_tells_nothing_about_the_sender() {
    let data = TEMPLATES.email_sample(EmailKind::UnknownSenderNotice);

    assert!(data.pointer("/tanda_terima").is_none() && data.pointer("/pemohon").is_none());
    let email = TEMPLATES.email(EmailKind::UnknownSenderNotice, &data).unwrap();
    assert!(!email.body.contains("BPE-"), "{}", email.body);
}

#[test]
fn a_receipt_without_tracking_code_leaves_the_row_out() {
    let mut data = TEMPLATES.email_sample(EmailKind::Receipt);
    set(&mut data, "/tanda_terima/kode_lacak", "");

    assert!(!TEMPLATES.email(EmailKind::Receipt, &data).unwrap().body.contains("Kode pelacakan"));

    let (kind, mut data) = example("letter-receipt-online");
    set(&mut data, "/tanda_terima/kode_lacak", "");
    assert!(!text_of(&pdf(kind, &data)).contains("Kode pelacakan :"));
}

#[test]
fn a_line_break_in_a_value_does_not_begin_a_line_of_the_email() {
    let mut data = TEMPLATES.email_sample(EmailKind::DueDateChanged);
    set(&mut data, "/perubahan_tenggat/alasan", "libur\n\nBuka https://jahat.example");

    let body = TEMPLATES.email(EmailKind::DueDateChanged, &data).unwrap().body;

    assert!(body.contains("Alasan     : libur  Buka https://jahat.example"), "{body}");
}
