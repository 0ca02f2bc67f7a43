//! The main job through real HTTP and a real relay: from the form to letter and password.

use serde_json::json;

use crate::{
    story::{
        self, EMAIL, NPWP, codes_in, drafts, files, is_granted, link, mails_to, page_url, pdf_text, signs,
    },
    support::{Answer, TestApp},
};

const WITH_PASSWORD: &str = "select count(*) from credentials where password_hash is not null";

#[tokio::test]
async fn a_pkp_gets_its_code_by_letter_and_its_password_by_link() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let receipt = files(&app, "new_credentials", EMAIL, |_| {}).await;
        let id = receipt["request_id"].as_str().unwrap();
        assert_eq!(receipt["due"]["due_on"], "2026-07-15");
        assert_eq!(receipt["received_at"], "2026-07-10T16:00:00+07:00");

        let officer = app.signs_in("khusus").await;
        let list = app.get("/requests", Some(&officer)).await.expect(200);
        assert_eq!(list["items"][0]["request_id"], id);
        assert_eq!(list["items"][0]["sender"], "known");
        assert_eq!(list["items"][0]["threshold"], "on_track");
        assert_eq!(list["counts"]["by_state"]["received"], 1);
        let claimed = app.post(&format!("/requests/{id}/claim"), Some(&officer), json!({})).await;
        assert_eq!(claimed.header("etag"), "\"v2\"");
        assert_eq!(claimed.expect(200)["state"], "examining");
        let verdict = app.get(&format!("/requests/{id}/verdict"), Some(&officer)).await.expect(200);
        assert_eq!(verdict["verdict"], "grant", "{verdict}");
        let entry = json!({ "decision": "grant", "reasons": [] });
        let drafted = app.post(&format!("/requests/{id}/draft"), Some(&officer), entry).await.expect(200);
        let preview = app.get(&format!("/requests/{id}/draft/preview"), Some(&officer)).await;
        assert_eq!(preview.header("etag"), format!("\"{}\"", drafted["draft"]["digest"].as_str().unwrap()));
        assert_eq!(codes_in(&pdf_text(&preview.bytes)), [] as [String; 0]);

        let head = app.signs_in("kasi").await;
        let signed = signs(&app, &head, &drafted).await.expect(200);
        assert_eq!(signed["state"], "issued");
        assert_eq!(signed["outcome"], "granted");
        assert_eq!(signed["available_acts"], json!([]));
        app.run_ready_jobs().await;

        let mails = mails_to(&app, EMAIL);
        let letter = mails
            .iter()
            .find(|mail| {
                mail.attachments.iter().any(|file| pdf_text(&file.bytes).contains("S-1/KPP.031/2026"))
            })
            .unwrap();
        assert_eq!(codes_in(&pdf_text(&letter.attachments[0].bytes)).len(), 1);
        assert!(mails.iter().all(|mail| codes_in(&mail.text).is_empty()));
        the_link_shows_a_password_five_times(&app).await;
        follows_with_the_tracking_code(&app, &receipt).await;
    })
    .await;
}

async fn the_link_shows_a_password_five_times(app: &TestApp) {
    let url = page_url(app, &link(app, EMAIL, "/p/"));
    for _ in 0..3 {
        let page = Answer::of(app.client.get(&url)).await;
        assert_eq!(page.status, 200);
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert!(page.header("content-security-policy").contains("form-action 'self'"));
    }
    assert_eq!(app.count(WITH_PASSWORD).await, 0);
    let typed = |npwp: &str| {
        let request = app.client.post(&url).header("content-type", "application/x-www-form-urlencoded");
        request.body(format!("tax_id={npwp}"))
    };
    let wrong = Answer::of(typed("99.999.389.2-321.000")).await;
    assert_eq!(wrong.status, 422);
    assert!(String::from_utf8(wrong.bytes).unwrap().contains("value=\"99.999.389.2-321.000\""));
    let elsewhere = Answer::of(typed(NPWP).header("sec-fetch-site", "cross-site")).await;
    assert_eq!((elsewhere.status, app.count(WITH_PASSWORD).await), (415, 0));

    for left in (0..5).rev() {
        let shown = Answer::of(typed(NPWP)).await;
        assert_eq!(shown.status, 200);
        let page = String::from_utf8(shown.bytes).unwrap();
        let said = page.contains(&format!("<strong>{left} kali</strong>"));
        assert_eq!(said, left > 0, "{page}");
    }
    assert_eq!(app.count(WITH_PASSWORD).await, 1);
    assert_eq!(Answer::of(typed(NPWP)).await.status, 410);
    assert_eq!(Answer::of(app.client.get(&url)).await.status, 410);
    let unknown = format!("{}A", &url[..url.len() - 1]);
    assert_eq!(Answer::of(app.client.get(page_url(app, "/p/akp_x"))).await.status, 404);
    assert!([404, 410].contains(&Answer::of(app.client.get(unknown)).await.status));
}

async fn follows_with_the_tracking_code(app: &TestApp, receipt: &serde_json::Value) {
    let key =
        json!({ "receipt_number": receipt["receipt_number"], "tracking_code": receipt["tracking_code"] });
    let token = app.post("/tracking", None, key).await.expect(200)["token"].as_str().unwrap().to_owned();
    let tracked = app.get("/tracking/request", Some(&token)).await.expect(200);
    assert_eq!(tracked["state"], "issued");
    assert_eq!(tracked["letter"]["number"], "S-1/KPP.031/2026");
    assert_eq!(tracked["letter"]["fate"], "accepted");
    let text = tracked.to_string();
    assert!(!text.contains("Khusus") && !text.contains("Kasi") && !text.contains("LHV-529"), "{text}");
    let pdf = app.get("/tracking/receipt", Some(&token)).await;
    assert!(pdf_text(&pdf.bytes).contains(receipt["tracking_code"].as_str().unwrap()));
}

#[tokio::test]
async fn a_reprint_is_the_same_letter_with_the_same_code() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        is_granted(&app, "new_credentials", EMAIL).await;
        app.run_ready_jobs().await;

        let copied = is_granted(&app, "reprint", EMAIL).await;
        app.run_ready_jobs().await;

        let letter = copied["letters"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["kind"] == "activation_notice")
            .unwrap();
        assert_eq!((&letter["number"], &letter["copy_number"]), (&json!("S-1/KPP.031/2026"), &json!(1)));
        let codes: Vec<String> = mails_to(&app, EMAIL)
            .iter()
            .flat_map(|mail| {
                mail.attachments.iter().flat_map(|file| codes_in(&pdf_text(&file.bytes))).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(codes.len(), 2);
        assert_eq!(codes[0], codes[1]);
    })
    .await;
}

#[tokio::test]
async fn an_email_update_tells_the_old_address_which_can_stop_it() {
    TestApp::run(|app| async move {
        const NEW: &str = "keuangan.tirtaloka@example.com";
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        is_granted(&app, "new_credentials", EMAIL).await;
        let receipt = files(&app, "update_email", NEW, |_| {}).await;
        let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
        let drafted =
            drafts(&app, &officer, receipt["request_id"].as_str().unwrap(), "grant", json!([])).await;
        signs(&app, &head, &drafted).await.expect(200);
        app.run_ready_jobs().await;

        assert!(mails_to(&app, NEW).iter().any(|mail| mail.text.contains("/p/")));
        let url = page_url(&app, &link(&app, EMAIL, "/n/"));
        let suspended = "select count(*) from credentials where state = 'suspended'";
        assert_eq!(Answer::of(app.client.get(&url)).await.status, 200);
        assert_eq!(app.count(suspended).await, 0);
        assert_eq!(Answer::of(app.client.post(&url)).await.status, 200);
        assert_eq!(app.count(suspended).await, 1);
        assert_eq!(Answer::of(app.client.post(&url)).await.status, 410);
        assert_eq!(Answer::of(app.client.get(&url)).await.status, 410);

        let found =
            app.post("/taxpayers/credentials", Some(&officer), json!({ "tax_id": NPWP })).await.expect(200);
        let pair = found["items"][0]["id"].as_str().unwrap();
        assert_eq!(found["items"][0]["state"], "suspended");
        let seen = json!({ "reason": "Identitas dipastikan di loket", "identity_seen": true });
        let lifted =
            app.post(&format!("/credentials/{pair}/reinstatement"), Some(&officer), seen.clone()).await;
        assert_eq!(lifted.expect(200)["state"], "active");
        let again = app.post(&format!("/credentials/{pair}/reinstatement"), Some(&officer), seen).await;
        again.is_problem(409, "pair-not-possible");
    })
    .await;
}

#[tokio::test]
async fn a_move_mints_a_pair_and_keeps_the_old_letter_in_the_history() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;

        let moved = is_granted(&app, "move_office", EMAIL).await;
        app.run_ready_jobs().await;

        let pairs = moved["taxpayer"]["pairs"].as_array().unwrap();
        let states: Vec<_> = pairs
            .iter()
            .map(|pair| (pair["origin"].as_str().unwrap(), pair["state"].as_str().unwrap()))
            .collect();
        assert!(
            states.contains(&("issued", "active")) && states.contains(&("external", "superseded")),
            "{states:?}"
        );
        assert!(mails_to(&app, EMAIL).iter().any(|mail| mail.text.contains("/p/")));
    })
    .await;
}

#[tokio::test]
async fn a_refusal_states_its_reason_and_mints_nothing() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let receipt = files(&app, "reprint", EMAIL, |_| {}).await;
        let id = receipt["request_id"].as_str().unwrap();
        let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
        let verdict = app.get(&format!("/requests/{id}/verdict"), Some(&officer)).await.expect(200);
        assert_eq!(verdict["reasons"][0]["code"], "pasangan_aktif_tidak_ada", "{verdict}");
        let reasons = json!([{ "code": "pasangan_aktif_tidak_ada", "evidence": {} }]);
        let drafted = drafts(&app, &officer, id, "refuse", reasons).await;
        assert!(
            drafted["draft"]["reasons"][0]["text"].as_str().unwrap().contains("tidak terdapat Kode Aktivasi")
        );

        let signed = signs(&app, &head, &drafted).await.expect(200);
        app.run_ready_jobs().await;

        assert_eq!(signed["outcome"], "refused");
        assert_eq!(app.count("select count(*) from credentials").await, 0);
        let mails = mails_to(&app, EMAIL);
        assert!(mails.iter().any(|mail| {
            mail.attachments.iter().any(|file| pdf_text(&file.bytes).contains("S-1/KPP.031/2026"))
        }));
        assert!(!mails.iter().any(|mail| mail.text.contains("/p/")));
    })
    .await;
}

#[tokio::test]
async fn a_returned_request_comes_back_with_a_new_round() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let receipt = files(&app, "new_credentials", EMAIL, |_| {}).await;
        let id = receipt["request_id"].as_str().unwrap();
        let officer = app.signs_in("khusus").await;
        app.post(&format!("/requests/{id}/claim"), Some(&officer), json!({})).await.expect(200);
        let items = json!({ "items": [{ "code": "identitas_tidak_terbaca" }] });
        let returned = app.post(&format!("/requests/{id}/return"), Some(&officer), items).await.expect(200);
        assert_eq!(returned["state"], "incomplete");
        assert_eq!(returned["returns"][0]["supply_by_on"], "2026-07-24");
        let key =
            json!({ "receipt_number": receipt["receipt_number"], "tracking_code": receipt["tracking_code"] });
        let token = app.post("/tracking", None, key).await.expect(200)["token"].as_str().unwrap().to_owned();
        let tracked = app.get("/tracking/request", Some(&token)).await.expect(200);
        assert_eq!(tracked["returned"]["items"][0]["code"], "identitas_tidak_terbaca");

        let document = story::uploads(&app, &token, "identity_card").await;
        let body =
            json!({ "documents": [document], "corrections": { "signer": { "name": "Satria Adiwangsa" } } });
        let again = app.post("/tracking/resupply", Some(&token), body).await.expect(200);

        assert_ne!(again["receipt_number"], receipt["receipt_number"]);
        let request = app.get(&format!("/requests/{id}"), Some(&officer)).await.expect(200);
        assert_eq!(request["state"], "received");
        assert_eq!(request["round_number"], 2);
        assert_eq!(request["form"]["signer"]["name"], "Satria Adiwangsa");
        assert_eq!(request["proposed_officer"]["name"], "Khusus");
        let history = app.get(&format!("/requests/{id}/history"), Some(&officer)).await.expect(200);
        let acts: Vec<_> =
            history["items"].as_array().unwrap().iter().map(|item| item["act"].as_str().unwrap()).collect();
        assert_eq!(acts, ["file_request", "claim", "return", "upload_document", "resupply"]);
        app.post("/tracking/withdrawal", Some(&token), json!({})).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn the_letter_to_sign_is_rendered_or_every_fault_is_named() {
    TestApp::run(|app| async move {
        let form = story::form("reprint", &[]);
        let letter = app.post("/application-letters", None, form).await;
        assert_eq!(letter.header("content-type"), "application/pdf");
        assert!(pdf_text(&letter.bytes).contains("Wisnu Mandalika"));

        let faulty =
            app.post("/application-letters", None, json!({ "kind": "reprint", "enclosures": [""] })).await;
        faulty.is_problem(422, "invalid");
        assert!(faulty.json["errors"].as_array().unwrap().len() > 8, "{}", faulty.json);
        let counter = json!({ "channel": "counter" });
        let refused = app.post("/application-letters", None, json!({ "counter": counter })).await;
        assert_eq!(refused.json["errors"][0]["pointer"], "/counter");
    })
    .await;
}
