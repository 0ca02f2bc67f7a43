//! The office's electronic seal on its letters, from the settings to the mailbox.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use aktivasi::{
    demo::inbox::mail::ReadableMail,
    pades::{CertificateChain, PdfSigner, SignerFailure, Signers, open_file, unsigned_length},
};
use async_trait::async_trait;
use chrono::TimeDelta;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::Barrier;

use crate::{
    office_certificate::{Key, NAME, OfficeCertificate, PASSPHRASE},
    story::{self, EMAIL, codes_in, files, is_granted, mails_to, pdf_text},
    support::{Answer, TestApp},
};

fn signer(certificate: &OfficeCertificate) -> Arc<dyn PdfSigner> {
    open_file(&certificate.path("office.p12"), &PASSPHRASE.into()).unwrap()
}

fn signers(signer: Arc<dyn PdfSigner>) -> Signers {
    [("031".parse().unwrap(), signer)].into_iter().collect()
}

/// The attachments of the mails that the PKP got so far.
fn attachments(app: &TestApp) -> Vec<Vec<u8>> {
    let mails: Vec<ReadableMail> = mails_to(app, EMAIL);
    mails.into_iter().flat_map(|mail| mail.attachments).map(|file| file.bytes).collect()
}

/// The activation notice, when it was mailed.
fn notice(app: &TestApp) -> Option<Vec<u8>> {
    attachments(app).into_iter().find(|pdf| !codes_in(&pdf_text(pdf)).is_empty())
}

async fn signs_a_grant(app: &TestApp) {
    story::prepare(app).await;
    story::register(app, "999991342031000", EMAIL).await;
    is_granted(app, "new_credentials", EMAIL).await;
}

#[tokio::test]
async fn the_letter_of_an_official_leaves_sealed_and_the_receipt_as_it_was() {
    let certificate = OfficeCertificate::new(Key::P256);
    TestApp::run_sealing(signers(signer(&certificate)), |app| async move {
        signs_a_grant(&app).await;
        app.run_ready_jobs().await;

        let letter = notice(&app).unwrap();
        let said = &certificate.pyhanko(&letter)[0];
        assert_eq!(
            (&said["bottom_line"], &said["coverage"]),
            (&json!(true), &json!("ENTIRE_FILE")),
            "{said}"
        );
        assert!(said["signer"].as_str().unwrap().contains(NAME), "{said}");
        assert_eq!(said["time"], json!(app.now().format("%Y-%m-%dT%H:%M:%S+00:00").to_string()));
        let words = pdf_text(&letter).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(&format!("disegel secara elektronik dengan sertifikat {NAME}")), "{words}");
        let (sealed, plain): (Vec<_>, Vec<_>) =
            attachments(&app).into_iter().partition(|pdf| unsigned_length(pdf).is_some());
        assert_eq!((sealed.len(), plain.len()), (1, 1));

        // What is stored is what was sent, and names the certificate as openssl does.
        let openssl = |what: &[&str]| {
            let said = certificate.openssl(&[&["x509", "-in", "office.pem", "-noout"], what].concat());
            said.trim().split('=').nth(1).unwrap().replace(':', "").to_lowercase()
        };
        let (sha256, length, subject, serial, fingerprint): (Vec<u8>, i32, String, String, Vec<u8>) =
            sqlx::query_as(
                "select sha256, unsigned_length, certificate_subject, certificate_serial, certificate_sha256
                 from letter_files where unsigned_length is not null",
            )
            .fetch_one(&app.pool)
            .await
            .unwrap();
        assert_eq!(sha256, Sha256::digest(&letter).to_vec());
        assert_eq!(usize::try_from(length).ok(), unsigned_length(&letter));
        assert!(subject.contains(NAME));
        assert_eq!(serial.trim_start_matches('0'), openssl(&["-serial"]).trim_start_matches('0'));
        let fingerprint = data_encoding::HEXLOWER.encode(&fingerprint);
        assert_eq!(fingerprint, openssl(&["-fingerprint", "-sha256"]));

        let proven = app.command(&["letter", "verify"]);
        let proven = String::from_utf8(proven.stdout).unwrap();
        assert!(proven.starts_with("2 letters: 2 made again with the same bytes"), "{proven}");

        let token: String =
            sqlx::query_scalar("select verification_token from letters where kind = 'activation_notice'")
                .fetch_one(&app.pool)
                .await
                .unwrap();
        let page = Answer::of(app.client.get(app.page(&format!("/v/{token}")))).await;
        let page = String::from_utf8(page.bytes).unwrap();
        for shown in [NAME, &serial, &fingerprint, "Segel bukan tanda tangan pribadi pejabat"] {
            assert!(page.contains(shown), "{shown} is missing in {page}");
        }
    })
    .await;
}

/// What is wrong with the service of a [`Faulty`] signer.
#[derive(Clone, Copy)]
enum Fault {
    /// Does not answer so many times.
    Away(usize),
    Refuses,
}

/// A service over the network, as BSrE is one: it answers with a CMS when it does.
struct Faulty {
    inner: Arc<dyn PdfSigner>,
    fault: Fault,
    asked: Arc<AtomicUsize>,
}

#[async_trait]
impl PdfSigner for Faulty {
    async fn chain(&self) -> Result<Arc<CertificateChain>, SignerFailure> {
        self.inner.chain().await
    }

    async fn sign(&self, document: &[u8; 32]) -> Result<Vec<u8>, SignerFailure> {
        let before = self.asked.fetch_add(1, Ordering::SeqCst);
        match self.fault {
            Fault::Away(times) if before < times => Err(SignerFailure::Away("503".to_owned())),
            Fault::Away(_) => self.inner.sign(document).await,
            Fault::Refuses => Err(SignerFailure::Refused("the contract has ended".to_owned())),
        }
    }
}

fn faulty(certificate: &OfficeCertificate, fault: Fault) -> (Signers, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let signer = Faulty { inner: signer(certificate), fault, asked: Arc::clone(&asked) };
    (signers(Arc::new(signer)), asked)
}

#[tokio::test]
async fn a_letter_waits_for_a_signer_that_is_away_and_leaves_sealed_when_it_is_back() {
    let certificate = OfficeCertificate::new(Key::P256);
    let (signers, asked) = faulty(&certificate, Fault::Away(2));
    TestApp::run_sealing(signers, |app| async move {
        signs_a_grant(&app).await;
        app.run_ready_jobs().await;
        assert!(notice(&app).is_none());
        app.advance(TimeDelta::seconds(5));
        app.run_ready_jobs().await;
        assert!(notice(&app).is_none());

        app.advance(TimeDelta::seconds(10));
        app.run_ready_jobs().await;

        assert_eq!(certificate.pyhanko(&notice(&app).unwrap())[0]["bottom_line"], true);
        assert_eq!(asked.load(Ordering::SeqCst), 3);
        assert_eq!(app.count("select count(*) from tasks").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_signer_that_refuses_is_asked_once_and_a_task_says_that_a_letter_is_stuck() {
    let certificate = OfficeCertificate::new(Key::P256);
    let (signers, asked) = faulty(&certificate, Fault::Refuses);
    TestApp::run_sealing(signers, |app| async move {
        signs_a_grant(&app).await;

        app.run_ready_jobs().await;
        app.advance(TimeDelta::hours(2));
        app.run_ready_jobs().await;

        assert!(notice(&app).is_none());
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        assert_eq!(app.count("select count(*) from tasks where kind = 'letter_not_rendered'").await, 1);
        let stored =
            "select count(*) from letter_files join letters using (letter_id) where signed_by is not null";
        assert_eq!(app.count(stored).await, 0);
    })
    .await;
}

/// Answers when as many others have been asked as the barrier holds.
struct Together {
    inner: Arc<dyn PdfSigner>,
    barrier: Arc<Barrier>,
}

#[async_trait]
impl PdfSigner for Together {
    async fn chain(&self) -> Result<Arc<CertificateChain>, SignerFailure> {
        self.inner.chain().await
    }

    async fn sign(&self, document: &[u8; 32]) -> Result<Vec<u8>, SignerFailure> {
        self.barrier.wait().await;
        self.inner.sign(document).await
    }
}

#[tokio::test]
async fn two_replicas_that_seal_at_once_keep_and_send_what_the_first_of_them_stored() {
    let certificates = [OfficeCertificate::new(Key::P256), OfficeCertificate::new(Key::P384)];
    let barrier = Arc::new(Barrier::new(2));
    let [first, second] = [&certificates[0], &certificates[1]].map(|certificate| {
        signers(Arc::new(Together { inner: signer(certificate), barrier: Arc::clone(&barrier) }))
    });
    TestApp::run_sealing(first, |app| async move {
        signs_a_grant(&app).await;
        // The same letter is wanted twice: for the mail, and by a job that renders it.
        sqlx::query(
            "insert into jobs (queue, payload, run_at, created_at)
             select 'render_letter', jsonb_build_object('letter_id', letter_id), known.run_at, known.created_at
             from letters cross join (select run_at, created_at from jobs limit 1) as known
             where signed_by is not null",
        )
        .execute(&app.pool)
        .await
        .unwrap();

        tokio::join!(app.run_ready_jobs(), app.run_ready_jobs_of_a_replica(second));

        let sent = notice(&app).unwrap();
        let (sha256, subject): (Vec<u8>, Vec<u8>) = sqlx::query_as(
            "select sha256, certificate_sha256 from letter_files where unsigned_length is not null",
        )
        .fetch_one(&app.pool)
        .await
        .unwrap();
        assert_eq!(Sha256::digest(&sent).to_vec(), sha256);
        let mut by = Vec::new();
        for certificate in &certificates {
            let own = signer(certificate).chain().await.unwrap();
            by.push((certificate.pyhanko(&sent)[0]["bottom_line"] == true, own.sha256()[..] == subject[..]));
        }
        by.sort_unstable();
        assert_eq!(by, [(false, false), (true, true)]);
    })
    .await;
}

#[tokio::test]
async fn a_preview_names_the_seal_as_the_letter_will() {
    let certificate = OfficeCertificate::new(Key::P256);
    TestApp::run_sealing(signers(signer(&certificate)), |app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let receipt = files(&app, "new_credentials", EMAIL, |_| {}).await;
        let officer = app.signs_in("khusus").await;
        let id = receipt["request_id"].as_str().unwrap();
        story::drafts(&app, &officer, id, "grant", json!([])).await;

        let request = app.client.get(app.url(&format!("/requests/{id}/draft/preview"))).bearer_auth(&officer);
        let preview = Answer::of(request).await;

        let words = pdf_text(&preview.bytes).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(&format!("disegel secara elektronik dengan sertifikat {NAME}")), "{words}");
        assert_eq!(unsigned_length(&preview.bytes), None);
    })
    .await;
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_stops_the_start_and_its_key_is_named() {
    TestApp::run(|app| async move {
        let good = OfficeCertificate::new(Key::P256);
        let ended = OfficeCertificate::in_years(2018, 2020);
        let [good, ended] = [good.path("office.p12"), ended.path("office.p12")].map(|path| {
            let kept = std::env::temp_dir().join(format!("aktivasi-{}.p12", uuid::Uuid::new_v4()));
            std::fs::copy(path, &kept).unwrap();
            kept.to_str().unwrap().to_owned()
        });
        for (file, passphrase, said) in [
            (good.as_str(), "salah", "setting signature.031.passphrase: does not open"),
            ("/nowhere.p12", PASSPHRASE, "setting signature.031.pkcs12_file: /nowhere.p12: cannot be read"),
            (
                ended.as_str(),
                PASSPHRASE,
                "setting signature.031.pkcs12_file: the certificate was valid until",
            ),
        ] {
            let settings = [
                ("AKTIVASI__SIGNATURE__031__PKCS12_FILE", file),
                ("AKTIVASI__SIGNATURE__031__PASSPHRASE", passphrase),
            ];
            let errors = app.refuses_to_serve(&settings);
            assert!(errors.contains(said), "{said} is missing in {errors}");
            assert!(!errors.contains(PASSPHRASE), "{errors}");
        }
        for file in [good, ended] {
            std::fs::remove_file(file).unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn operators_hear_of_a_certificate_thirty_days_before_it_ends() {
    let certificate = OfficeCertificate::ending_in_days(29);
    certificate.write("passphrase", PASSPHRASE);
    TestApp::run(|app| async move {
        let [file, passphrase] =
            ["office.p12", "passphrase"].map(|name| certificate.path(name).to_str().unwrap().to_owned());
        let settings = [
            ("AKTIVASI__SIGNATURE__031__PKCS12_FILE", file.as_str()),
            ("AKTIVASI__SIGNATURE__031__PASSPHRASE_FILE", passphrase.as_str()),
        ];

        let (service, base) = app.starts_service(&settings).await;

        service.says("the certificate of office 031 ends at").await;
        let answer = Answer::of(app.client.get(format!("{base}/readyz"))).await;
        let report: serde_json::Value = serde_json::from_slice(&answer.bytes).unwrap();
        let checks = report.get("checks").unwrap();
        assert_eq!(checks["certificates"]["status"], "warning", "{report}");
        assert!(
            checks["certificates"]["detail"].as_str().unwrap().contains("office 031 ends at"),
            "{report}"
        );
    })
    .await;
}
