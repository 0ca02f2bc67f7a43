//! The mailer against a real SMTP listener that behaves and misbehaves.

use std::{net::TcpListener, sync::Arc, time::Duration};

use aktivasi::{
    domain::email_address::EmailAddress,
    mail::{
        Attachment, Cause, Fate, Fault, Login, Mailer, MailerError, Outgoing, Security, Sender, SmtpMailer,
        SmtpSettings, Stage,
    },
};
use chrono::{TimeZone, Utc};

use crate::smtp_peer::{At, Behaviour, DEADLINE, SmtpPeer};

const TEXT: &str = "Yth. Pengurus CV Tirtaloka Semburat Jaya,\n\nSurat Pemberitahuan Kode Aktivasi Nomor \
S-128/KPP.031/2026 tanggal 15 Juli 2026 kami sampaikan sebagai lampiran — loket buka 08.00–16.00 WIB.\n\n\
.baris yang diawali titik\nSimpan “surat” ini.\n";

fn settings(port: u16, security: Security) -> SmtpSettings {
    SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port,
        security,
        login: None,
        from: Sender::new("KPP Pratama Jakarta Palmerah — Pelayanan", address("kirim@pajak.example"))
            .unwrap(),
        helo: "aktivasi.pajak.example".to_owned(),
        timeout: DEADLINE,
        extra_ca_pem: None,
    }
}

fn mailer(peer: &SmtpPeer) -> SmtpMailer {
    SmtpMailer::new(settings(peer.port(), Security::Plain)).unwrap()
}

fn impatient(peer: &SmtpPeer) -> SmtpMailer {
    let timeout = Duration::from_millis(300);
    SmtpMailer::new(SmtpSettings { timeout, ..settings(peer.port(), Security::Plain) }).unwrap()
}

fn address(text: &str) -> EmailAddress {
    text.parse().unwrap()
}

fn mail(to: &EmailAddress) -> Outgoing<'_> {
    Outgoing {
        message_id: "m-000412.v1@pajak.example",
        to,
        return_path: None,
        subject: "Permohonan Kode Aktivasi: surat S-128/KPP.031/2026 (BPE-031-20260710-00037) — ‘dikabulkan’",
        text: TEXT,
        html: None,
        attachments: vec![],
        at: Utc.with_ymd_and_hms(2026, 7, 15, 3, 12, 0).unwrap(),
    }
}

fn transient(fate: Fate) -> Fault {
    match fate {
        Fate::Transient { reason } => reason,
        Fate::Accepted { .. } | Fate::Permanent { .. } => panic!("not transient: {fate:?}"),
    }
}

fn permanent(fate: Fate) -> Fault {
    match fate {
        Fate::Permanent { reason } => reason,
        Fate::Accepted { .. } | Fate::Transient { .. } => panic!("not permanent: {fate:?}"),
    }
}

fn assert_accepted(fate: &Fate) {
    assert!(matches!(fate, Fate::Accepted { code: 250, .. }), "{fate:?}");
}

#[tokio::test]
async fn an_accepted_message_arrives_with_its_exact_headers_and_text() {
    let peer = SmtpPeer::start().await;
    let to = address("Pertama@example.com");

    let fate = mailer(&peer).send(&mail(&to)).await;

    assert_eq!(fate, Fate::Accepted { code: 250, text: "2.0.0 Ok: taken".to_owned() });
    let envelope = &peer.received()[0];
    assert_eq!(envelope.from, "kirim@pajak.example");
    assert_eq!(envelope.to, ["Pertama@example.com"]);
    assert!(envelope.content.is_ascii());
    let got = peer.mail(1).await;
    assert_eq!(got.from, "KPP Pratama Jakarta Palmerah — Pelayanan <kirim@pajak.example>");
    assert_eq!(got.to, ["Pertama@example.com"]);
    assert_eq!(got.subject, mail(&to).subject);
    assert_eq!(got.message_id, "m-000412.v1@pajak.example");
    assert_eq!(got.header("Date"), Some("Wed, 15 Jul 2026 03:12:00 +0000"));
    assert_eq!(got.header("Auto-Submitted"), Some("auto-generated"));
    assert_eq!(got.header("MIME-Version"), Some("1.0"));
    assert_eq!(got.text.trim_end(), TEXT.trim_end());
}

#[tokio::test]
async fn attachments_arrive_byte_for_byte() {
    let peer = SmtpPeer::start().await;
    let to = address("pertama@example.com");
    let every_byte: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let lines = b"a\nb\r\nc\r.\n..\n".to_vec();
    let file = |filename: &str, media_type: &str, bytes: &Vec<u8>| Attachment {
        filename: filename.to_owned(),
        media_type: media_type.to_owned(),
        bytes: bytes.clone(),
    };
    let attachments = vec![
        file("Surat S-128 KPP.031 2026.pdf", "application/pdf", &every_byte),
        file("Salinan – “lama”.csv", "text/csv", &lines),
    ];

    assert_accepted(&mailer(&peer).send(&Outgoing { attachments, ..mail(&to) }).await);

    let got = peer.mail(1).await;
    assert_eq!(got.text.trim_end(), TEXT.trim_end());
    let files: Vec<_> =
        got.attachments.iter().map(|f| (f.filename.as_str(), f.media_type.as_str(), &f.bytes)).collect();
    assert_eq!(
        files,
        [
            ("Surat S-128 KPP.031 2026.pdf", "application/pdf", &every_byte),
            ("Salinan – “lama”.csv", "text/csv", &lines)
        ]
    );
}

#[tokio::test]
async fn a_4xx_is_retried_wherever_it_comes() {
    let peer = SmtpPeer::start().await;
    let mailer = mailer(&peer);
    let to = address("pertama@example.com");
    for (at, stage) in [
        (At::Greeting, Stage::Connect),
        (At::Mail, Stage::Sender),
        (At::Recipient, Stage::Recipient),
        (At::Data, Stage::Data),
        (At::End, Stage::Content),
    ] {
        peer.behave(Behaviour::Answer(at, "451 4.3.0 Try again later".to_owned()));

        let fault = transient(mailer.send(&mail(&to)).await);

        assert_eq!((fault.stage, fault.code()), (stage, Some(451)));
        assert!(!fault.is_ours());
    }
    assert!(peer.received().is_empty());
}

#[tokio::test]
async fn a_5xx_about_the_recipient_or_the_content_is_final_and_names_no_address() {
    let peer = SmtpPeer::start().await;
    let mailer = mailer(&peer);
    let to = address("pertama@example.com");
    for (at, stage) in [(At::Recipient, Stage::Recipient), (At::Data, Stage::Data), (At::End, Stage::Content)]
    {
        peer.behave(Behaviour::Answer(at, "550 5.1.1 <pertama@example.com>: User unknown".to_owned()));

        let fault = permanent(mailer.send(&mail(&to)).await);

        assert_eq!((fault.stage, fault.code()), (stage, Some(550)));
        assert_eq!(fault.enhanced().unwrap().to_string(), "5.1.1");
        assert_eq!(fault.text, "5.1.1 [address] User unknown");
        assert!(!format!("{fault:?}").contains("pertama"));
    }
    assert!(peer.received().is_empty());
}

#[tokio::test]
async fn a_5xx_about_us_is_retried_and_raises_an_alarm() {
    let peer = SmtpPeer::start().await;
    let mailer = mailer(&peer);
    let to = address("pertama@example.com");
    for (at, line) in [
        (At::Greeting, "554 No SMTP service here"),
        (At::Mail, "530 5.7.0 Authentication required"),
        (At::Recipient, "554 5.7.1 Relay access denied"),
    ] {
        peer.behave(Behaviour::Answer(at, line.to_owned()));

        assert!(transient(mailer.send(&mail(&to)).await).is_ours(), "{line}");
    }
}

#[tokio::test]
async fn an_answer_that_is_neither_yes_nor_no_is_not_taken_for_acceptance() {
    let peer = SmtpPeer::start().await;
    peer.behave(Behaviour::Answer(At::End, "354 Go on".to_owned()));

    let fault = transient(mailer(&peer).send(&mail(&address("pertama@example.com"))).await);

    assert_eq!((fault.stage, fault.cause), (Stage::Content, Cause::Connection));
}

#[tokio::test]
async fn silence_ends_with_the_timeout_and_is_retried() {
    let peer = SmtpPeer::start().await;
    let to = address("pertama@example.com");
    for (at, stage) in
        [(At::Greeting, Stage::Connect), (At::Recipient, Stage::Recipient), (At::End, Stage::Content)]
    {
        peer.behave(Behaviour::Hold(at));

        let fault = transient(impatient(&peer).send(&mail(&to)).await);

        assert_eq!((fault.stage, fault.cause), (stage, Cause::Timeout));
    }
}

#[tokio::test]
async fn a_slow_relay_is_waited_for() {
    let peer = Arc::new(SmtpPeer::start().await);
    peer.behave(Behaviour::Hold(At::End));
    let mailer = mailer(&peer);
    let sending = tokio::spawn(async move { mailer.send(&mail(&address("pertama@example.com"))).await });

    peer.wait_until_held(1).await;
    assert!(!sending.is_finished());
    peer.release();

    assert_accepted(&sending.await.unwrap());
}

#[tokio::test]
async fn a_connection_lost_in_the_middle_of_the_content_is_retried_and_nothing_was_taken() {
    let peer = SmtpPeer::start().await;
    let mailer = mailer(&peer);
    let to = address("pertama@example.com");
    peer.behave(Behaviour::DropMidData);

    let fault = transient(mailer.send(&mail(&to)).await);

    assert_eq!((fault.stage, fault.cause), (Stage::Content, Cause::Connection));
    assert!(peer.received().is_empty());
    peer.behave(Behaviour::Accept);
    assert_accepted(&mailer.send(&mail(&to)).await);
}

#[tokio::test]
async fn a_connection_lost_after_the_final_dot_is_retried_under_the_same_message_id() {
    let peer = SmtpPeer::start().await;
    let mailer = mailer(&peer);
    let to = address("pertama@example.com");
    peer.behave(Behaviour::DropAfterFinalDot);
    let fault = transient(mailer.send(&mail(&to)).await);
    assert_eq!((fault.stage, fault.cause), (Stage::Content, Cause::Connection));

    peer.behave(Behaviour::Accept);
    assert_accepted(&mailer.send(&mail(&to)).await);

    let both = peer.wait_for(2).await;
    assert_eq!(both[0].content, both[1].content, "a repeat is the same bytes, its Message-ID among them");
}

#[tokio::test]
async fn a_send_given_up_in_the_middle_leaves_nothing_behind_for_the_next_one() {
    let peer = SmtpPeer::start().await;
    let mailer = Arc::new(mailer(&peer));
    let to = address("pertama@example.com");
    assert_accepted(&mailer.send(&mail(&to)).await);
    peer.behave(Behaviour::Hold(At::Data));
    let abandoned = tokio::spawn({
        let mailer = Arc::clone(&mailer);
        async move { mailer.send(&mail(&address("kedua@example.com"))).await }
    });
    peer.wait_until_held(1).await;
    abandoned.abort();
    peer.behave(Behaviour::Accept);

    assert_accepted(&mailer.send(&mail(&to)).await);

    let stored = peer.received();
    assert_eq!(stored.len(), 2);
    assert_eq!(stored[0].content, stored[1].content);
}

#[tokio::test]
async fn one_connection_serves_several_messages() {
    let peer = SmtpPeer::start().await;
    let mailer = mailer(&peer);
    let to = address("pertama@example.com");
    for _ in 0..3 {
        assert_accepted(&mailer.send(&mail(&to)).await);
    }

    assert_eq!((peer.received().len(), peer.connections()), (3, 1));
}

#[tokio::test]
async fn mails_sent_at_once_share_as_few_connections_as_there_are_senders() {
    let peer = SmtpPeer::start().await;
    let mailer = Arc::new(mailer(&peer));
    let senders = (0..3).map(|_| {
        let mailer = Arc::clone(&mailer);
        tokio::spawn(async move {
            for _ in 0..8 {
                assert_accepted(&mailer.send(&mail(&address("pertama@example.com"))).await);
            }
        })
    });
    for sender in senders.collect::<Vec<_>>() {
        sender.await.unwrap();
    }

    assert_eq!(peer.received().len(), 24);
    assert!(peer.connections() <= 3, "{} connections", peer.connections());
}

#[tokio::test]
async fn a_kept_connection_that_the_relay_closed_is_no_failure_of_the_next_mail() {
    let peer = SmtpPeer::start().await;
    let mailer = mailer(&peer);
    let to = address("pertama@example.com");
    assert_accepted(&mailer.send(&mail(&to)).await);
    peer.behave(Behaviour::HangUpOnce(At::Mail));

    assert_accepted(&mailer.send(&mail(&to)).await);

    assert_eq!((peer.received().len(), peer.connections()), (2, 2));
}

#[tokio::test]
async fn a_fresh_connection_that_the_relay_closes_is_a_failure_to_be_retried() {
    let peer = SmtpPeer::start().await;
    peer.behave(Behaviour::HangUpOnce(At::Mail));

    let fault = transient(mailer(&peer).send(&mail(&address("pertama@example.com"))).await);

    assert_eq!((fault.stage, fault.cause, peer.connections()), (Stage::Sender, Cause::Connection, 1));
}

#[tokio::test]
async fn text_and_html_travel_side_by_side_and_the_file_below_them() {
    let peer = SmtpPeer::start().await;
    let to = address("pertama@example.com");
    let html = "<!doctype html><p>Yth. Pengurus \u{2014} isi</p>";
    let file = Attachment {
        filename: "Surat.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        bytes: b"%PDF".to_vec(),
    };

    let full = Outgoing { html: Some(html), attachments: vec![file], ..mail(&to) };
    assert_accepted(&mailer(&peer).send(&full).await);

    let got = peer.mail(1).await;
    assert_eq!(got.text.trim_end(), TEXT.trim_end());
    assert_eq!(got.html.as_deref().map(str::trim_end), Some(html));
    assert_eq!(got.attachments.len(), 1);
    let content = String::from_utf8(peer.received()[0].content.clone()).unwrap();
    let order = ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf"];
    let places: Vec<_> = order.iter().map(|part| content.find(part).unwrap()).collect();
    assert!(places.is_sorted(), "{content}");
}

#[tokio::test]
async fn a_refused_connection_is_retried() {
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let mailer = SmtpMailer::new(settings(port, Security::Plain)).unwrap();

    let fault = transient(mailer.send(&mail(&address("pertama@example.com"))).await);

    assert_eq!((fault.stage, fault.cause), (Stage::Connect, Cause::Connection));
}

#[tokio::test]
async fn starttls_carries_the_message_when_the_certificate_is_trusted() {
    let peer = SmtpPeer::start_with_starttls().await;
    let trusting = SmtpSettings {
        extra_ca_pem: Some(peer.ca_pem().to_vec()),
        ..settings(peer.port(), Security::StartTls)
    };

    assert_accepted(&SmtpMailer::new(trusting).unwrap().send(&mail(&address("pertama@example.com"))).await);

    assert!(peer.received()[0].encrypted);
}

#[tokio::test]
async fn nothing_is_sent_to_a_relay_whose_certificate_is_not_trusted() {
    let peer = SmtpPeer::start_with_starttls().await;
    let mailer = SmtpMailer::new(settings(peer.port(), Security::StartTls)).unwrap();

    let fault = transient(mailer.send(&mail(&address("pertama@example.com"))).await);

    assert_eq!((fault.stage, fault.cause), (Stage::StartTls, Cause::Connection));
    assert!(fault.text.contains("certificate"), "{}", fault.text);
    assert!(peer.received().is_empty());
}

#[tokio::test]
async fn nothing_is_sent_in_the_clear_when_starttls_is_required_but_not_offered() {
    let peer = SmtpPeer::start().await;
    let mailer = SmtpMailer::new(settings(peer.port(), Security::StartTls)).unwrap();

    let fault = transient(mailer.send(&mail(&address("pertama@example.com"))).await);

    assert_eq!((fault.stage, fault.cause), (Stage::StartTls, Cause::NotOffered));
    assert!(fault.is_ours());
    assert!(peer.received().is_empty());
}

#[tokio::test]
async fn a_relay_that_offers_no_log_in_is_our_fault_and_is_retried() {
    let peer = SmtpPeer::start_with_starttls().await;
    let login = Login { username: "aktivasi".to_owned(), password: "rahasia-uji".into() };
    let with_login = SmtpSettings {
        login: Some(login),
        extra_ca_pem: Some(peer.ca_pem().to_vec()),
        ..settings(peer.port(), Security::StartTls)
    };
    assert!(!format!("{with_login:?}").contains("rahasia-uji"));

    let fate = SmtpMailer::new(with_login).unwrap().send(&mail(&address("pertama@example.com"))).await;

    let fault = transient(fate);
    assert_eq!((fault.stage, fault.cause), (Stage::Login, Cause::NotOffered));
    assert!(fault.is_ours());
}

#[tokio::test]
async fn a_message_that_cannot_be_put_together_is_final_and_opens_no_connection() {
    let peer = SmtpPeer::start().await;
    let to = address("pertama@example.com");
    let bad = Outgoing { message_id: "x>\r\nBcc: kedua@example.com", ..mail(&to) };

    let fault = permanent(mailer(&peer).send(&bad).await);

    assert_eq!((fault.stage, fault.cause), (Stage::Compose, Cause::Message));
    assert_eq!(peer.connections(), 0);
}

#[test]
fn settings_that_cannot_work_are_refused_at_start() {
    let with = |change: fn(&mut SmtpSettings)| {
        let mut settings = settings(25, Security::StartTls);
        change(&mut settings);
        SmtpMailer::new(settings).err()
    };
    let clear_login: fn(&mut SmtpSettings) = |settings| {
        settings.security = Security::Plain;
        settings.login = Some(Login { username: "a".to_owned(), password: "b".into() });
    };

    assert!(with(|_| ()).is_none());
    assert!(matches!(with(|s| s.host = "smtp.example\r\n".to_owned()), Some(MailerError::Host)));
    assert!(matches!(with(|s| s.helo = "a b".to_owned()), Some(MailerError::Helo)));
    assert!(matches!(with(|s| s.timeout = Duration::ZERO), Some(MailerError::Timeout)));
    assert!(matches!(with(|s| s.extra_ca_pem = Some(b"kosong".to_vec())), Some(MailerError::NoCertificate)));
    assert!(matches!(with(clear_login), Some(MailerError::LoginInTheClear)));
}
