//! The counter, over a browser without script: a letter on paper becomes a request.

use reqwest::Method;

use crate::{
    story::{self, EMAIL, NAME, NPWP, SIGNER},
    support::TestApp,
    visitor::{Seen, Visitor},
};

const LETTER: [(&str, &str); 12] = [
    ("channel", "counter"),
    ("kind", "new_credentials"),
    ("tax_id", NPWP),
    ("pkp_name", NAME),
    ("pkp_address", "Jl. Percobaan Cendana No. 13, Jakarta Barat"),
    ("letter-number", "014/TSJ/VII/2026"),
    ("letter-place", "Jakarta Barat"),
    ("letter-date", "2026-07-09"),
    ("signer-name", SIGNER),
    ("signer-position", "Direktur Utama"),
    ("email", EMAIL),
    ("counter-unproven_reason", "PKP tidak membawa telepon"),
];

/// A counter with two scans that were taken in, and the empty form.
pub async fn at_the_counter(app: &TestApp) -> (Visitor<'_>, Seen, Vec<String>) {
    story::prepare(app).await;
    story::register(app, "999991342031000", EMAIL).await;
    let token = app.signs_in("tpt").await;
    let scans = vec![
        story::uploads(app, &token, "application_letter").await,
        story::uploads(app, &token, "identity_card").await,
    ];
    let counter = Visitor::staff(app, "tpt").await;
    let form = counter.opens("/loket").await.expect(200);
    (counter, form, scans)
}

pub fn filled<'a>(scans: &'a [String], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields: Vec<(&str, &str)> =
        LETTER.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name)).collect();
    fields.extend(scans.iter().map(|id| ("document", id.as_str())));
    fields.extend(more);
    fields
}

#[tokio::test]
async fn a_letter_on_paper_becomes_a_request_and_its_receipt_is_printed_at_once() {
    TestApp::run(|app| async move {
        let (counter, form, scans) = at_the_counter(&app).await;
        let done = counter
            .sends(&form, "/loket", &filled(&scans, &[("signer-capacity", "pengurus"), ("act", "file")]))
            .await
            .expect(200);

        assert!(done.path.starts_with("/loket/") && done.says("BPS-031-20260710-"), "{}", done.text());
        assert!(done.says("paling lambat Rabu, 15 Juli 2026"));
        let paper = format!("/permohonan/{}/tanda-terima.pdf", &done.path["/loket/".len()..]);
        let receipt = counter.asks(Method::GET, &paper, None, &[]).await;
        assert_eq!(
            (receipt.status.as_u16(), receipt.headers["content-type"].to_str().unwrap()),
            (200, "application/pdf")
        );
        let officer = Visitor::staff(&app, "khusus").await;
        assert_eq!(officer.asks(Method::GET, &paper, None, &[]).await.status, 403);

        // The same press once more answers alike; another press of the same letter is told of the open request.
        let again = counter
            .sends(&form, "/loket", &filled(&scans, &[("signer-capacity", "pengurus"), ("act", "file")]))
            .await
            .expect(200);
        assert_eq!(again.path, done.path);
        let fresh = filled(&scans, &[("signer-capacity", "pengurus"), ("act", "file"), ("_once", "other")]);
        let other = counter.sends(&form, "/loket", &fresh).await;
        assert!(other.status.is_client_error(), "{}", other.text());
        assert_eq!(app.count("select count(*) from requests").await, 1);
    })
    .await;
}

#[tokio::test]
async fn every_fault_of_the_form_is_told_at_once_and_nothing_typed_or_scanned_is_lost() {
    TestApp::run(|app| async move {
        let (counter, form, scans) = at_the_counter(&app).await;
        let fields = filled(&scans[..1], &[("email", "tanpa-et"), ("channel", "post"), ("act", "file")]);
        let seen = counter.sends(&form, "/loket", &fields).await.expect(422);

        for field in ["email", "signer-capacity", "counter-arrived_on"] {
            assert!(seen.html.contains(&format!("href=\"#{field}\"")), "{field}: {}", seen.text());
        }
        assert!(seen.html.contains("value=\"tanpa-et\"") && seen.html.contains("<title>Galat:"));
        assert!(seen.html.contains(&scans[0]) && seen.says("Surat permohonan: berkas.pdf"));
        assert_eq!(app.count("select count(*) from requests").await, 0);
    })
    .await;
}

#[tokio::test]
async fn name_and_address_are_filled_from_the_registry() {
    TestApp::run(|app| async move {
        let (counter, form, _) = at_the_counter(&app).await;
        let asked = [("tax_id", "0999991342031000"), ("act", "look_up"), ("letter-number", "7/A")];
        let seen = counter.sends(&form, "/loket", &asked).await.expect(200);
        assert!(
            seen.html.contains(&format!("value=\"{NAME}\""))
                && seen.html.contains("Jl. Percobaan Cendana No. 13")
        );
        assert!(seen.html.replace("&#x2f;", "/").contains("value=\"7/A\""));

        let other = [("tax_id", "0999991342031000"), ("act", "look_up"), ("pkp_name", "CV Seperti di Surat")];
        let seen = counter.sends(&form, "/loket", &other).await.expect(200);
        assert!(seen.html.contains("value=\"CV Seperti di Surat\""), "what was typed stays");

        let unknown = [("tax_id", "999991226031000"), ("act", "look_up")];
        let seen = counter.sends(&form, "/loket", &unknown).await.expect(422);

        assert!(seen.says("belum ada pada data PKP"), "{}", seen.text());
        assert_eq!(app.count("select count(*) from audit_events where act = 'look_up_taxpayer'").await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_request_that_is_open_already_is_named() {
    TestApp::run(|app| async move {
        let (counter, form, scans) = at_the_counter(&app).await;
        let receipt = story::files(&app, "new_credentials", EMAIL, |_| {}).await;
        let fields = filled(&scans, &[("signer-capacity", "pengurus"), ("act", "file")]);

        let seen = counter.sends(&form, "/loket", &fields).await.expect(409);

        assert!(seen.says(receipt["receipt_number"].as_str().unwrap()), "{}", seen.text());
        assert!(seen.html.contains(&format!("value=\"{NAME}\"")));
    })
    .await;
}
