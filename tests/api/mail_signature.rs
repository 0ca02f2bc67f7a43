//! The DKIM signature, as dkimpy sees it: a verifier that shares no code with the library that signs.

use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use aktivasi::{
    domain::email_address::EmailAddress,
    mail::{
        Attachment, Dkim, DkimRecord, Fate, Mailer, Outgoing, Security, Sender, SmtpMailer, SmtpSettings,
    },
};
use chrono::{TimeZone, Utc};
use ed25519_dalek::pkcs8::EncodePrivateKey;
use rsa::{RsaPrivateKey, pkcs8::LineEnding};
use secrecy::{ExposeSecret, SecretString};

use crate::smtp_peer::{DEADLINE, SmtpPeer};

/// The Python that `scripts/test` prepares.
pub fn python() -> PathBuf {
    if let Some(python) = std::env::var_os("AKTIVASI_TEST_PYTHON") {
        return python.into();
    }
    let tools = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/tools");
    let prepared =
        std::fs::read_dir(&tools).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let verifiers =
        prepared.filter(|path| path.join("complete").exists() && path.to_string_lossy().contains("/verify-"));
    let newest = verifiers.max_by_key(|path| path.metadata().and_then(|metadata| metadata.modified()).ok());
    let Some(newest) = newest else {
        panic!("scripts/test tools brings the verifiers that are missing here")
    };
    newest.join("bin/python")
}

fn verifies(message: &[u8], record: &DkimRecord) -> bool {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/support/verify_dkim.py");
    let mut verifier = Command::new(python())
        .arg(script)
        .args([&record.name, &record.value])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    verifier.stdin.take().unwrap().write_all(message).unwrap();
    let answer = verifier.wait_with_output().unwrap();
    match answer.stdout.trim_ascii() {
        b"pass" => true,
        b"fail" => false,
        _ => panic!("the verifier did not answer: {answer:?}"),
    }
}

fn ed25519() -> SecretString {
    let pem = ed25519_dalek::SigningKey::from_bytes(&[7; 32]).to_pkcs8_pem(LineEnding::LF).unwrap();
    SecretString::from(pem.to_string())
}

fn rsa() -> SecretString {
    let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
    SecretString::from(rsa::pkcs8::EncodePrivateKey::to_pkcs8_pem(&key, LineEnding::LF).unwrap().to_string())
}

fn mailer(peer: &SmtpPeer) -> SmtpMailer {
    SmtpMailer::new(SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port: peer.port(),
        security: Security::Plain,
        login: None,
        from: Sender::new(
            "KPP Pratama Jakarta Palmerah \u{2014} Pelayanan",
            "kirim@kpp.example".parse().unwrap(),
        )
        .unwrap(),
        helo: "aktivasi.kpp.example".to_owned(),
        timeout: DEADLINE,
        extra_ca_pem: None,
    })
    .unwrap()
}

/// A letter as it goes out: a subject that is folded, both texts, a file.
async fn sent_through(mailer: &SmtpMailer, peer: &SmtpPeer) -> Vec<u8> {
    let to: EmailAddress = "pertama@example.com".parse().unwrap();
    let mail = Outgoing {
        message_id: "0197f000-0000-7000-8000-000000000001@kpp.example",
        to: &to,
        return_path: None,
        subject: "Permohonan Kode Aktivasi: surat S-128/KPP.031/2026 (BPE-031-20260710-00037) \u{2014} \u{2018}dikabulkan\u{2019}",
        text: "Yth. Pengurus,\n\n.baris dengan titik  \n    kolom : isi\n\n\n",
        html: Some("<!doctype html>\n<p>Yth. Pengurus,</p>\n<p>loket 08.00\u{2013}16.00 WIB</p>\n"),
        attachments: vec![Attachment {
            filename: "Surat.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            bytes: (0..=255).cycle().take(3000).collect(),
        }],
        at: Utc.with_ymd_and_hms(2026, 7, 15, 3, 12, 0).unwrap(),
    };
    let fate = mailer.send(&mail).await;
    assert!(matches!(fate, Fate::Accepted { .. }), "{fate:?}");
    peer.received().pop().unwrap().content
}

/// The message with the first `old` made `new`.
fn changed(message: &[u8], old: &str, new: &str) -> Vec<u8> {
    let text = std::str::from_utf8(message).unwrap();
    assert!(text.contains(old), "{old} is not in the message:\n{text}");
    text.replacen(old, new, 1).into_bytes()
}

#[tokio::test]
async fn a_signed_mail_passes_with_either_kind_of_key_and_fails_with_any_other_record() {
    let peer = SmtpPeer::start().await;
    let other = Dkim::new("kpp.example", "aktivasi", &ed25519()).unwrap();
    for key in [ed25519(), rsa()] {
        let dkim = Dkim::new("kpp.example", "aktivasi", &key).unwrap();
        let record = dkim.record().clone();

        let message = sent_through(&mailer(&peer).signing(dkim), &peer).await;

        assert!(verifies(&message, &record), "{record:?}");
        if record != *other.record() {
            assert!(!verifies(&message, other.record()));
        }
    }
}

#[tokio::test]
async fn what_somebody_changes_on_the_way_breaks_the_signature() {
    let peer = SmtpPeer::start().await;
    let dkim = Dkim::new("kpp.example", "aktivasi", &ed25519()).unwrap();
    let record = dkim.record().clone();
    let message = sent_through(&mailer(&peer).signing(dkim), &peer).await;
    assert!(verifies(&message, &record));

    for (old, new) in [
        ("kirim@kpp.example", "kirim@jahat.example"),
        ("pertama@example.com", "kedua@example.com"),
        ("Subject: Permohonan", "Subject: Pembatalan"),
        ("Date: Wed, 15 Jul", "Date: Thu, 16 Jul"),
        ("0197f000", "0197f001"),
        ("Auto-Submitted: auto-generated", "Auto-Submitted: no"),
        ("multipart/mixed", "multipart/related"),
        ("Yth. Pengurus,", "Yth. Penipu,"),
        ("<p>Yth.", "<p>Halo"),
        ("AAECAwQF", "AAECAwQG"),
    ] {
        assert!(!verifies(&changed(&message, old, new), &record), "{old} became {new}");
    }
}

#[tokio::test]
async fn what_relays_do_to_every_mail_does_not_break_the_signature() {
    let peer = SmtpPeer::start().await;
    let dkim = Dkim::new("kpp.example", "aktivasi", &ed25519()).unwrap();
    let record = dkim.record().clone();
    let message = sent_through(&mailer(&peer).signing(dkim), &peer).await;

    let stamped =
        [b"Received: from a by b; Wed, 15 Jul 2026 03:12:01 +0000\r\n".as_slice(), &message].concat();
    let folded = changed(&message, "Date: Wed, 15 Jul", "Date:   Wed,\r\n 15 Jul");
    let with_blanks = [message.as_slice(), b"\r\n\r\n"].concat();

    for message in [stamped, folded, with_blanks] {
        assert!(verifies(&message, &record));
    }
}

#[tokio::test]
async fn a_mail_without_a_key_carries_no_signature() {
    let peer = SmtpPeer::start().await;

    let message = sent_through(&mailer(&peer), &peer).await;

    assert!(!String::from_utf8(message).unwrap().to_lowercase().contains("dkim-signature"));
}

/// The program with a key file for the signature; it ends before it would need a database.
fn aktivasi(arguments: &[&str], domain: &str, pem: &str) -> (bool, String) {
    let file = std::env::temp_dir().join(format!("aktivasi-dkim-{}.pem", uuid::Uuid::now_v7()));
    std::fs::write(&file, pem).unwrap();
    let ended = Command::new(env!("CARGO_BIN_EXE_aktivasi"))
        .args(arguments)
        .env_clear()
        .env("AKTIVASI_DATABASE_URL", "postgres://unused")
        .env("AKTIVASI__SMTP__FROM_ADDRESS", "kirim@surat.kpp.example")
        .env("AKTIVASI__DKIM__DOMAIN", domain)
        .env("AKTIVASI__DKIM__SELECTOR", "aktivasi-2026")
        .env("AKTIVASI__DKIM__PRIVATE_KEY_FILE", &file)
        .output()
        .unwrap();
    std::fs::remove_file(&file).unwrap();
    let said = if ended.status.success() { ended.stdout } else { ended.stderr };
    (ended.status.success(), String::from_utf8(said).unwrap())
}

#[test]
fn the_program_prints_the_record_that_belongs_to_the_key() {
    let key = ed25519();
    let record = Dkim::new("kpp.example", "aktivasi-2026", &key).unwrap().record().clone();

    let said = aktivasi(&["mail", "dkim"], "kpp.example", key.expose_secret());

    assert_eq!(said, (true, format!("{}\n", record.zone_line())));
}

#[test]
fn a_key_or_domain_that_cannot_sign_stops_the_start_and_is_named() {
    for (domain, pem, key) in [
        ("kpp.example", "rahasia", "dkim.private_key_file"),
        ("lain.example", ed25519().expose_secret(), "dkim.domain"),
        ("kpp", ed25519().expose_secret(), "dkim.domain"),
    ] {
        let (started, said) = aktivasi(&["worker"], domain, pem);

        assert!(!started && said.contains(&format!("setting {key}: ")), "{said}");
        assert!(!said.contains("rahasia") && !said.contains("PRIVATE KEY"), "{said}");
    }
}
