//! The demo inbox from outside: mail in by SMTP, pages and JSON out by HTTP.

use std::{net::SocketAddr, time::Duration};

use aktivasi::{
    demo::inbox::Inbox,
    domain::email_address::EmailAddress,
    mail::{Attachment, Fate, Mailer, Outgoing, Security, Sender, SmtpMailer, SmtpSettings},
};
use chrono::{TimeZone, Utc};
use serde_json::Value;

struct Demo {
    inbox: Inbox,
    client: reqwest::Client,
}

impl Demo {
    async fn start() -> Self {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { inbox: Inbox::start(any_port, any_port).await.unwrap(), client: reqwest::Client::new() }
    }

    async fn send(&self, to: &str, subject: &str, text: &str, attachments: Vec<Attachment>) {
        self.send_with_html(to, subject, text, None, attachments).await;
    }

    async fn send_with_html(
        &self,
        to: &str,
        subject: &str,
        text: &str,
        html: Option<&str>,
        attachments: Vec<Attachment>,
    ) {
        let to: EmailAddress = to.parse().unwrap();
        let settings = SmtpSettings {
            host: "127.0.0.1".to_owned(),
            port: self.inbox.smtp_addr().port(),
            security: Security::Plain,
            login: None,
            from: Sender::new("KPP Peragaan", "kirim@pajak.example".parse().unwrap()).unwrap(),
            helo: "aktivasi.example".to_owned(),
            timeout: Duration::from_secs(20),
            extra_ca_pem: None,
        };
        let at = Utc.with_ymd_and_hms(2026, 7, 15, 3, 12, 0).unwrap();
        let mail = Outgoing {
            message_id: "m1@pajak.example",
            to: &to,
            return_path: None,
            subject,
            text,
            html,
            attachments,
            at,
        };
        let fate = SmtpMailer::new(settings).unwrap().send(&mail).await;
        assert!(matches!(fate, Fate::Accepted { .. }), "{fate:?}");
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(format!("http://{}{path}", self.inbox.http_addr())).send().await.unwrap()
    }

    async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("script"), "{policy}");
        answer.text().await.unwrap()
    }

    async fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.get(path).await.text().await.unwrap()).unwrap()
    }
}

#[tokio::test]
async fn a_mail_shows_in_the_interface_with_its_attachment() {
    let demo = Demo::start().await;
    let bytes: Vec<u8> = (0..=255).collect();
    let pdf = Attachment {
        filename: "Surat – S-128.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        bytes: bytes.clone(),
    };
    demo.send(
        "pertama@example.com",
        "Permohonan Kode Aktivasi: surat",
        "Yth. Pengurus — isi.\nBaris dua.",
        vec![pdf],
    )
    .await;
    demo.send("kedua@example.com", "Lain", "isi", vec![]).await;

    let found = demo.json("/api/messages?to=PERTAMA@example.com").await;

    let [message] = found["messages"].as_array().unwrap().as_slice() else { panic!("{found}") };
    assert_eq!(message["to"], serde_json::json!(["pertama@example.com"]));
    assert_eq!(message["from"], "KPP Peragaan <kirim@pajak.example>");
    assert_eq!(message["subject"], "Permohonan Kode Aktivasi: surat");
    assert_eq!(message["message_id"], "m1@pajak.example");
    assert_eq!(message["text"].as_str().unwrap().trim_end(), "Yth. Pengurus — isi.\nBaris dua.");
    let file = serde_json::json!({
        "index": 0, "filename": "Surat – S-128.pdf", "media_type": "application/pdf", "size": 256
    });
    assert_eq!(message["attachments"], serde_json::json!([file]));
    assert_eq!(demo.json(&format!("/api/messages/{}", message["id"])).await, *message);
    let download = demo.get(&format!("/api/messages/{}/attachments/0", message["id"])).await;
    assert_eq!(download.headers()["content-type"], "application/pdf");
    assert!(download.headers()["content-disposition"].to_str().unwrap().starts_with("attachment;"));
    assert_eq!(download.bytes().await.unwrap(), bytes);
    let ids: Vec<u64> = demo.json("/api/messages").await["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["id"].as_u64().unwrap())
        .collect();
    assert_eq!(ids, [2, 1], "newest first");
}

#[tokio::test]
async fn what_a_mail_says_is_text_and_never_markup() {
    let demo = Demo::start().await;
    let text = "<script>alert(1)</script>\nBuka https://aktivasi.example/p/a?b=1&c=\"2 sekarang.";
    demo.send("pertama@example.com", "<b>Subjek</b>", text, vec![]).await;

    let list = demo.page("/").await;
    let mail = demo.page("/pesan/1").await;

    assert!(list.contains("&lt;b&gt;Subjek") && !list.contains("<b>"));
    assert!(mail.contains("&lt;script&gt;") && !mail.contains("<script"));
    assert!(
        mail.contains(r#"<a href="https:&#x2f;&#x2f;aktivasi.example&#x2f;p&#x2f;a?b=1&amp;c=" rel="#),
        "{mail}"
    );
}

#[tokio::test]
async fn the_html_of_a_mail_shows_in_a_frame_where_nothing_runs_and_nothing_is_loaded() {
    let demo = Demo::start().await;
    let html = "<p>Isi</p><script>alert(1)</script><a href=\"http://127.0.0.1/p/a\">Buka</a>";
    demo.send_with_html("pertama@example.com", "Subjek", "Isi", Some(html), vec![]).await;
    demo.send("pertama@example.com", "Teks saja", "Isi", vec![]).await;

    let page = demo.page("/pesan/1").await;
    let frame = demo.get("/pesan/1/html").await;

    assert!(page.contains("<iframe") && page.contains("src=\"/pesan/1/html\"") && !page.contains("<script"));
    let policy = frame.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'") && policy.contains("sandbox"), "{policy}");
    assert!(!policy.contains("script") && !policy.contains("allow-same-origin"), "{policy}");
    assert!(frame.text().await.unwrap().contains("<a target=\"_blank\""));
    assert_eq!(demo.json("/api/messages/1").await["html"], html);
    assert!(!demo.page("/pesan/2").await.contains("<iframe"));
    assert_eq!(demo.get("/pesan/2/html").await.status(), 404);
}

#[tokio::test]
async fn the_list_says_when_it_is_empty_and_finds_by_address_or_subject() {
    let demo = Demo::start().await;
    assert!(demo.page("/").await.contains("Belum ada email."));
    demo.send("pertama@example.com", "Tanda terima", "isi", vec![]).await;
    demo.send("kedua@example.com", "Surat terlampir", "isi", vec![]).await;

    let by_address = demo.page("/?cari=KEDUA").await;
    let by_subject = demo.page("/?cari=tanda").await;

    assert!(by_address.contains("Surat terlampir") && !by_address.contains("Tanda terima"));
    assert!(by_subject.contains("Tanda terima") && !by_subject.contains("Surat terlampir"));
    assert!(demo.page("/?cari=tiada").await.contains("Tidak ada email yang cocok"));
}

#[tokio::test]
async fn the_box_can_be_emptied_and_unknown_mails_are_not_found() {
    let demo = Demo::start().await;
    demo.send("pertama@example.com", "Tanda terima", "isi", vec![]).await;
    let all = format!("http://{}/api/messages", demo.inbox.http_addr());

    assert_eq!(demo.client.delete(all).send().await.unwrap().status(), 204);

    assert_eq!(demo.json("/api/messages").await, serde_json::json!({ "messages": [] }));
    for path in [
        "/api/messages/1",
        "/api/messages/x",
        "/api/messages/1/attachments/0",
        "/pesan/1",
        "/pesan/x",
        "/lain",
    ] {
        assert_eq!(demo.get(path).await.status(), 404, "{path}");
    }
    demo.inbox.stop().await;
}
