//! What follows a signature: paper, mail that failed, pairs, and many signatures at once.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    deliveries::collected,
    smtp_peer::{At, Behaviour},
    story::{self, EMAIL, NPWP, codes_in, drafts, files, is_granted, link, page_url, pdf_text, sends, signs},
    support::{Answer, TestApp},
};

/// A request keyed in at the counter without a proven address, signed.
pub async fn on_paper(app: &TestApp) -> Value {
    let counter = app.signs_in("tpt").await;
    let documents = [
        story::uploads(app, &counter, "application_letter").await,
        story::uploads(app, &counter, "identity_card").await,
    ];
    let mut body = story::form("new_credentials", &documents);
    body["counter"] =
        json!({ "channel": "counter", "unproven_reason": "Pembawa surat tidak membawa telepon" });
    let receipt = sends(app, &counter, &Uuid::new_v4().to_string(), &body).await;
    assert_eq!(
        receipt.header("location"),
        format!("/api/v1/requests/{}", receipt.json["request_id"].as_str().unwrap())
    );
    let receipt = receipt.expect(201);
    assert!(receipt["receipt_number"].as_str().unwrap().starts_with("BPS-031-"));
    let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
    let drafted = drafts(app, &officer, receipt["request_id"].as_str().unwrap(), "grant", json!([])).await;
    signs(app, &head, &drafted).await.expect(200)
}

#[tokio::test]
async fn a_letter_on_paper_is_printed_posted_comes_back_and_is_collected() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let issued = on_paper(&app).await;
        app.run_ready_jobs().await;
        let letters = issued["letters"].as_array().unwrap();
        let letter = letters.iter().find(|letter| letter["kind"] == "activation_notice").unwrap();
        assert_eq!(letter["delivery"], "post");
        assert_eq!(letter["delivery_reason"], "Alamat email belum dibuktikan");
        let at = |what: &str| format!("/letters/{}/{what}", letter["letter_id"].as_str().unwrap());
        let officer = app.signs_in("khusus").await;
        let post = json!({ "way": "post", "tracking_number": "P2607130042871", "identity_seen": false });
        let reason = json!({ "reason": "Dikirim melalui pos" });

        let seen = app.get(&at("preview"), Some(&officer)).await;
        assert_eq!(codes_in(&pdf_text(&seen.bytes)).len(), 0);
        app.post(&at("handover"), Some(&officer), post.clone()).await.is_problem(409, "not-printed-yet");
        let unknown = json!({ "reason": "unknown" });
        app.post(&at("postal-return"), Some(&officer), unknown.clone()).await.is_problem(409, "not-posted");
        let printed = app.post(&at("print"), Some(&officer), reason).await;
        assert_eq!(codes_in(&pdf_text(&printed.bytes)).len(), 1);
        let sent = app.post(&at("handover"), Some(&officer), post.clone()).await.expect(200);
        assert_eq!((&sent["printed_count"], &sent["tracking_number"]), (&json!(1), &json!("P2607130042871")));
        app.post(&at("handover"), Some(&officer), post).await.is_problem(409, "handed-out-already");
        let returned = app.post(&at("postal-return"), Some(&officer), unknown).await.expect(200);
        assert!(returned["returned_at"].is_string());
        let collected = collected(issued["rounds"][0]["receipt_number"].as_str().unwrap());
        let mut unseen = collected.clone();
        unseen["identity_seen"] = json!(false);
        app.post(&at("handover"), Some(&officer), unseen).await.is_problem(422, "invalid");
        let collected = app.post(&at("handover"), Some(&officer), collected).await.expect(200);
        assert_eq!((&collected["delivery"], &collected["returned_at"]), (&json!("counter"), &Value::Null));
        let tasks = app.get("/tasks?open=true", Some(&officer)).await.expect(200);
        assert_eq!(tasks["items"][0]["kind"], "postal_return");
    })
    .await;
}

#[tokio::test]
async fn a_letter_that_goes_by_email_is_not_printed_and_a_failed_mail_is_sent_again() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let issued = is_granted(&app, "new_credentials", EMAIL).await;
        app.smtp.behave(Behaviour::Answer(At::Recipient, "554 5.6.1 message refused".to_owned()));
        app.run_ready_jobs().await;
        app.smtp.behave(Behaviour::Accept);
        let officer = app.signs_in("khusus").await;
        let id = issued["request_id"].as_str().unwrap();
        let request = app.get(&format!("/requests/{id}"), Some(&officer)).await.expect(200);
        let mails = request["messages"].as_array().unwrap();
        let mail = mails.iter().find(|mail| mail["kind"] == "letter_delivery").unwrap();
        assert_eq!(mail["attempts"][0]["code"], 554, "{mail}");
        let letter = mail["letter_id"].as_str().unwrap();
        let reason = json!({ "reason": "Kotak surat sudah dapat menerima" });

        app.post(&format!("/letters/{letter}/print"), Some(&officer), reason.clone())
            .await
            .is_problem(409, "goes-by-email");
        let resend = format!("/messages/{}/resend", mail["message_id"].as_str().unwrap());
        let queued = app.post(&resend, Some(&officer), reason.clone()).await.expect(200);
        assert_eq!(queued["fate"], "queued");
        app.run_ready_jobs().await;
        let with_letter =
            story::mails_to(&app, EMAIL).iter().filter(|mail| !mail.attachments.is_empty()).count();
        assert_eq!(with_letter, 1);
        app.post(&resend, Some(&officer), reason).await.is_problem(409, "not-failed");
    })
    .await;
}

#[tokio::test]
async fn a_new_link_closes_the_old_one_and_a_revoked_pair_has_none() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        is_granted(&app, "new_credentials", EMAIL).await;
        app.run_ready_jobs().await;
        let first = page_url(&app, &link(&app, EMAIL, "/p/"));
        let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
        let search = json!({ "tax_id": NPWP });
        let found = app.post("/taxpayers/credentials", Some(&officer), search.clone()).await.expect(200);
        let pair = format!("/credentials/{}", found["items"][0]["id"].as_str().unwrap());
        let unseen = json!({ "reason": "Email terhapus", "identity_seen": false });
        let seen = json!({ "reason": "Email terhapus", "identity_seen": true });

        app.post(&format!("{pair}/password-links"), Some(&officer), unseen).await.is_problem(422, "invalid");
        let sent = app.post(&format!("{pair}/password-links"), Some(&officer), seen).await.expect(201);
        assert_eq!(sent["expires_at"], "2026-07-17T16:00:00+07:00");
        app.run_ready_jobs().await;
        let second = page_url(&app, &link(&app, EMAIL, "/p/"));
        assert_ne!(first, second);
        assert_eq!(Answer::of(app.client.get(&first)).await.status, 410);
        assert_eq!(Answer::of(app.client.get(&second)).await.status, 200);
        let reason = json!({ "reason": "Pengukuhan PKP dicabut" });
        app.post(&format!("{pair}/revocation"), Some(&officer), reason.clone())
            .await
            .is_problem(403, "forbidden");
        let revoked = app.post(&format!("{pair}/revocation"), Some(&head), reason.clone()).await.expect(200);
        assert_eq!((&revoked["state"], &revoked["links"][0]["state"]), (&json!("revoked"), &json!("closed")));
        assert_eq!(Answer::of(app.client.get(&second)).await.status, 410);
        app.post(&format!("{pair}/revocation"), Some(&head), reason)
            .await
            .is_problem(409, "pair-not-possible");
        let elsewhere = app.signs_in("khusus.952").await;
        app.post("/taxpayers/credentials", Some(&elsewhere), search).await.is_problem(404, "not-found");
    })
    .await;
}

#[tokio::test]
async fn of_many_signatures_one_that_fails_does_not_touch_the_others() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let receipt = files(&app, "new_credentials", EMAIL, |_| {}).await;
        let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
        let drafted =
            drafts(&app, &officer, receipt["request_id"].as_str().unwrap(), "grant", json!([])).await;
        let items = json!({ "items": [
            { "request_id": Uuid::now_v7(), "digest": "0".repeat(64) },
            { "request_id": drafted["request_id"], "digest": drafted["draft"]["digest"] },
        ] });

        app.post("/signatures", Some(&officer), items.clone()).await.is_problem(403, "forbidden");
        let wrong = json!({ "items": [{ "request_id": Uuid::now_v7(), "digest": "zz" }] });
        app.post("/signatures", Some(&head), wrong).await.is_problem(422, "invalid");
        let signed = app.post("/signatures", Some(&head), items).await.expect(200);

        assert_eq!(
            (&signed["items"][0]["status"], &signed["items"][1]["status"]),
            (&json!(404), &json!(200))
        );
        assert_eq!(signed["items"][0]["problem"]["type"], "/problems/not-found");
        assert_eq!(signed["items"][1]["letter_number"], "S-1/KPP.031/2026");
    })
    .await;
}

#[tokio::test]
async fn of_two_who_saw_the_same_version_the_slower_one_reads_again() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let receipt = files(&app, "new_credentials", EMAIL, |_| {}).await;
        let id = receipt["request_id"].as_str().unwrap();
        let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
        let act = |who: &str, what: &str, tag: &str, body: Value| {
            let url = app.url(&format!("/requests/{id}/{what}"));
            Answer::of(app.client.post(url).bearer_auth(who).header("if-match", tag).json(&body))
        };

        act(&officer, "claim", "\"v1\"", json!({})).await.expect(200);
        act(&officer, "claim", "\"v1\"", json!({})).await.is_problem(412, "stale");
        act(&officer, "release", "v2", json!({})).await.is_problem(400, "malformed");
        let other = "00000000-0000-7000-8000-000000000011";
        let handed_on = json!({ "officer_id": other, "reason": "Petugas cuti" });
        let moved = act(&head, "reassignment", "\"v2\"", handed_on).await.expect(200);
        assert_eq!(moved["officer"]["name"], "Khusus2");
        act(&officer, "release", "\"v3\"", json!({})).await.is_problem(409, "not-possible");
        let evidence = json!({
            "pkp_status": "confirmed", "evidence_case": "b", "evidence_number": "LHV-1", "evidence_date": "2019-06-11",
            "sppkp_office": "999", "source": "Berkas induk",
        });
        let second = app.signs_in("khusus2").await;
        let entry = |body: &Value| {
            Answer::of(app.client.put(app.url(&format!("/requests/{id}/evidence"))).bearer_auth(&second).json(body))
        };
        entry(&evidence).await.is_problem(422, "invalid");
        let mut right = evidence.clone();
        right["sppkp_office"] = json!("031");
        assert_eq!(entry(&right).await.expect(200)["version"], 4);
        right.as_object_mut().unwrap().remove("evidence_date");
        entry(&right).await.is_problem(422, "invalid");
    })
    .await;
}

#[tokio::test]
async fn of_a_bundle_the_email_update_is_signed_first() {
    TestApp::run(|app| async move {
        const NEW: &str = "keuangan.tirtaloka@example.com";
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        is_granted(&app, "new_credentials", EMAIL).await;
        let token = app.proves_address(NEW).await;
        let documents = [
            story::uploads(&app, &token, "application_letter").await,
            story::uploads(&app, &token, "identity_card").await,
        ];
        let mut body = story::form("reprint", &documents);
        body["email"] = json!(NEW);
        let file = |body: &Value| {
            let request = app
                .client
                .post(app.url("/bundles"))
                .bearer_auth(&token)
                .header("idempotency-key", "bundle-1");
            Answer::of(request.json(body))
        };
        file(&body).await.is_problem(422, "invalid");
        body.as_object_mut().unwrap().remove("kind");
        let bundle = file(&body).await.expect(201);
        assert_eq!(file(&body).await.expect(201), bundle);
        let ids: Vec<&str> = bundle["requests"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["request_id"].as_str().unwrap())
            .collect();
        let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
        let update = drafts(&app, &officer, ids[0], "grant", json!([])).await;
        let reprint = drafts(&app, &officer, ids[1], "grant", json!([])).await;
        assert_eq!(reprint["bundle"]["sibling_request_id"], ids[0]);

        signs(&app, &head, &reprint).await.is_problem(409, "sibling-first");
        signs(&app, &head, &update).await.expect(200);
        let copy = signs(&app, &head, &reprint).await.expect(200);
        let letter = copy["letters"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["kind"] == "activation_notice")
            .unwrap();
        assert_eq!(
            (&letter["delivery"], &letter["delivery_reason"]),
            (&json!("counter"), &json!("Diajukan bersama update email"))
        );
    })
    .await;
}
