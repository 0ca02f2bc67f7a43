//! A signed letter that is wrong is replaced by one that names it.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    smtp_peer::{At, Behaviour},
    story::{self, EMAIL, NAME, codes_in, drafts, files, is_granted, mails_to, pdf_text, signs},
    support::{Answer, TestApp},
};

const RIGHT_NAME: &str = "CV Tirtaloka Semburat Raya";

/// Words only: where lines end is the layout's business.
fn words(pdf: &[u8]) -> String {
    pdf_text(pdf).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn name(name: &str) -> Value {
    json!({ "reason": "Nama tidak sesuai SPPKP", "corrections": { "pkp_name": name } })
}

async fn drafts_correction(app: &TestApp, officer: &str, letter: &str, body: Value) -> Answer {
    app.post(&format!("/letters/{letter}/corrections"), Some(officer), body).await
}

pub async fn signs_correction(app: &TestApp, head: &str, draft: &Value) -> Answer {
    let path = format!("/corrections/{}/signature", draft["correction_id"].as_str().unwrap());
    let tag = format!("\"{}\"", draft["digest"].as_str().unwrap());
    Answer::of(app.client.post(app.url(&path)).bearer_auth(head).header("if-match", tag)).await
}

/// The signed letter of a request that is not a copy.
fn letter_of(request: &Value) -> String {
    let signed = |letter: &&Value| letter["number"].is_string() && letter["superseded_at"].is_null();
    let letters = request["letters"].as_array().unwrap();
    letters.iter().find(signed).unwrap()["letter_id"].as_str().unwrap().to_owned()
}

/// A granted request for a new pair, its letter mailed.
async fn granted(app: &TestApp) -> Value {
    story::prepare(app).await;
    story::register(app, "999991342031000", EMAIL).await;
    let issued = is_granted(app, "new_credentials", EMAIL).await;
    app.run_ready_jobs().await;
    issued
}

/// Drafts and signs a correction; the correction as it stands then.
async fn is_corrected(app: &TestApp, letter: &str, body: Value) -> Value {
    let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
    let draft = drafts_correction(app, &officer, letter, body).await.expect(201);
    let signed = signs_correction(app, &head, &draft).await.expect(200);
    app.run_ready_jobs().await;
    signed
}

/// The page of the letter with this number, as its QR code opens it.
async fn page_of(app: &TestApp, number: &str) -> String {
    let token: String = sqlx::query_scalar("select verification_token from letters where number = $1")
        .bind(number)
        .fetch_one(&app.pool)
        .await
        .unwrap();
    let answer = Answer::of(app.client.get(app.page(&format!("/v/{token}")))).await;
    String::from_utf8(answer.bytes).unwrap().replace("&#x2f;", "/")
}

/// The PDFs that the PKP got by mail, in order, each with the text of its mail.
fn mailed(app: &TestApp) -> Vec<(String, String)> {
    let mails = mails_to(app, EMAIL).into_iter();
    let with_letter = mails.filter_map(|mut mail| Some((mail.attachments.pop()?.bytes, mail.text)));
    with_letter.map(|(pdf, text)| (words(&pdf), text)).filter(|(pdf, _)| pdf.contains("Hal :")).collect()
}

#[tokio::test]
async fn a_correction_names_the_wrong_letter_and_takes_its_place_with_the_same_code() {
    TestApp::run(|app| async move {
        let issued = granted(&app).await;
        let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
        let letter = letter_of(&issued);

        let draft = drafts_correction(&app, &officer, &letter, name(RIGHT_NAME)).await;
        assert_eq!(draft.header("etag"), format!("\"{}\"", draft.json["digest"].as_str().unwrap()));
        let draft = draft.expect(201);
        let preview = format!("/corrections/{}/preview", draft["correction_id"].as_str().unwrap());
        let preview = app.get(&preview, Some(&head)).await;
        let seen = words(&preview.bytes);
        let waiting = app.get("/corrections", Some(&head)).await.expect(200);
        let signed = signs_correction(&app, &head, &draft).await.expect(200);
        app.run_ready_jobs().await;

        assert_eq!(preview.header("etag"), format!("\"{}\"", draft["digest"].as_str().unwrap()));
        assert!(seen.contains("Ralat Pemberitahuan Kode Aktivasi") && codes_in(&seen).is_empty(), "{seen}");
        assert_eq!(waiting["items"], json!([draft]));
        assert_eq!(
            draft["rows"],
            json!([{ "subject": "Nama PKP", "printed": NAME, "correct": RIGHT_NAME }])
        );
        assert_eq!((&signed["ending"], &signed["issued_number"]), (&json!("signed"), &json!("S-2/KPP.031/2026")));
        let [(wrong, _), (right, mail)] = &mailed(&app)[..] else { panic!("two letters") };
        for said in [
            "Hal : Ralat Pemberitahuan Kode Aktivasi",
            "pada surat kami Nomor S-1/KPP.031/2026 tanggal 10 Juli 2026 hal Pemberitahuan Kode Aktivasi terdapat kekeliruan",
            "Surat ini menggantikan surat Nomor S-1/KPP.031/2026 tanggal 10 Juli 2026",
            &format!("Yth. Pengurus {RIGHT_NAME}"),
            "tidak berubah karena ralat ini",
        ] {
            assert!(right.contains(said), "{said} is missing in {right}");
        }
        assert_eq!((codes_in(right).len(), codes_in(right)), (1, codes_in(wrong)));
        assert!(mail.contains("menggantikan surat Nomor S-1/KPP.031/2026"), "{mail}");
        assert!(!mail.contains("untuk memperoleh password"), "{mail}");
        let (old, new) = (page_of(&app, "S-1/KPP.031/2026").await, page_of(&app, "S-2/KPP.031/2026").await);
        for said in ["Surat ini asli, tetapi sudah diganti", "S-2/KPP.031/2026", "tanggal 10 Juli 2026"] {
            assert!(old.contains(said), "{said} is missing in {old}");
        }
        assert!(new.contains("Surat ini asli dan berlaku"));
        let now = app.get(&format!("/requests/{}", issued["request_id"].as_str().unwrap()), Some(&head)).await;
        let now = now.expect(200);
        assert_eq!((&now["state"], &now["rounds"]), (&json!("issued"), &issued["rounds"]));
        let old = now["letters"].as_array().unwrap().iter().find(|one| one["letter_id"] == letter).unwrap();
        assert_eq!(old["superseded_by"], signed["issued_letter_id"]);
    })
    .await;
}

#[tokio::test]
async fn a_correction_can_be_corrected_again_and_copies_repeat_the_last_one() {
    TestApp::run(|app| async move {
        let issued = granted(&app).await;
        let first = letter_of(&issued);
        let second = is_corrected(&app, &first, name("CV Tirtaloka Semburat Rayya")).await;
        let second = second["issued_letter_id"].as_str().unwrap();
        is_corrected(&app, second, name(RIGHT_NAME)).await;
        let officer = app.signs_in("khusus").await;

        let late = drafts_correction(&app, &officer, &first, name(RIGHT_NAME)).await;
        let pages = [
            page_of(&app, "S-1/KPP.031/2026").await,
            page_of(&app, "S-2/KPP.031/2026").await,
            page_of(&app, "S-3/KPP.031/2026").await,
        ];
        let copy = is_granted(&app, "reprint", EMAIL).await;
        app.run_ready_jobs().await;

        late.is_problem(409, "letter-replaced");
        assert_eq!(
            (&late.json["number"], &late.json["signed_by"]),
            (&json!("S-3/KPP.031/2026"), &json!("Kasi"))
        );
        assert!(pages[0].contains("surat ralat Nomor <strong>S-3/KPP.031/2026"), "{}", pages[0]);
        assert!(pages[1].contains("surat ralat Nomor <strong>S-3/KPP.031/2026"), "{}", pages[1]);
        assert!(pages[2].contains("asli dan berlaku"));
        let copied = copy["letters"].as_array().unwrap().iter().find(|one| one["copy_number"] == 1).unwrap();
        assert_eq!(copied["number"], "S-3/KPP.031/2026");
        let (printed, _) = mailed(&app).pop().unwrap();
        for said in
            ["CETAK ULANG KE-1", "Nomor : S-3/KPP.031/2026", RIGHT_NAME, "surat kami Nomor S-2/KPP.031/2026"]
        {
            assert!(printed.contains(said), "{said} is missing in {printed}");
        }
        assert_eq!(codes_in(&printed).len(), 1);
        let copy = copied["letter_id"].as_str().unwrap();
        drafts_correction(&app, &officer, copy, name(NAME)).await.is_problem(409, "not-correctable");
    })
    .await;
}

#[tokio::test]
async fn the_evidence_of_a_refusal_is_put_right_and_the_refusal_stays() {
    TestApp::run(|app| async move {
        granted(&app).await;
        let receipt = files(&app, "reprint", EMAIL, |_| {}).await;
        let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
        let reason = |number: &str| {
            json!([{ "code": "identitas_tidak_sesuai",
                     "evidence": { "ba_nomor": number, "ba_tanggal": "2026-07-10" } }])
        };
        let id = receipt["request_id"].as_str().unwrap();
        let drafted = drafts(&app, &officer, id, "refuse", reason("BA-4/KPP.031/2026")).await;
        let refused = signs(&app, &head, &drafted).await.expect(200);
        let letter = letter_of(&refused);
        let body = |reasons: Value| {
            json!({ "reason": "Nomor berita acara keliru", "corrections": { "reasons": reasons } })
        };

        let same = drafts_correction(&app, &officer, &letter, body(reason("BA-4/KPP.031/2026"))).await;
        let unfounded = json!([{ "code": "pkp_dicabut" }]);
        let unfounded = drafts_correction(&app, &officer, &letter, body(unfounded)).await;
        let npwp = json!({ "reason": "x", "corrections": { "tax_id": story::NPWP, "previous_office": "KPP X" } });
        let npwp = drafts_correction(&app, &officer, &letter, npwp).await;
        let corrected = json!([{ "code": "identitas_tidak_sesuai", "evidence": { "ba_nomor": "BA-5/KPP.031/2026" } }]);
        let corrected = is_corrected(&app, &letter, body(corrected)).await;

        let codes = |answer: Answer| -> Vec<String> {
            assert_eq!(answer.status, 422, "{}", answer.json);
            let errors = answer.json["errors"].as_array().unwrap().clone();
            errors.iter().map(|error| error["code"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(codes(same), ["same_as_printed"]);
        assert_eq!(codes(unfounded), ["reason"]);
        assert_eq!(codes(npwp), ["not_printed", "not_printed"]);
        assert_eq!(corrected["rows"][0]["subject"], "Bukti alasan huruf a");
        let (printed, mail) = mailed(&app).pop().unwrap();
        for said in [
            "Hal : Ralat Penolakan Permohonan Cetak Ulang Kode Aktivasi",
            "S-2/KPP.031/2026 tanggal 10 Juli 2026 hal Penolakan Permohonan Cetak Ulang Kode Aktivasi terdapat kekeliruan",
            "tidak dapat dikabulkan",
        ] {
            assert!(printed.contains(said), "{said} is missing in {printed}");
        }
        assert_eq!(printed.matches("BA-5/KPP.031/2026").count(), 2, "{printed}");
        assert!(mail.contains("Keputusan atas permohonan tidak berubah"), "{mail}");
    })
    .await;
}

#[tokio::test]
async fn what_is_not_a_correction_is_refused_with_its_reason() {
    TestApp::run(|app| async move {
        let issued = granted(&app).await;
        story::register(&app, "999991342032000", "lain@example.com").await;
        let (officer, counter, elsewhere) =
            (app.signs_in("khusus").await, app.signs_in("tpt").await, app.signs_in("khusus.952").await);
        let letter = letter_of(&issued);
        let receipt =
            issued["letters"].as_array().unwrap().iter().find(|one| one["kind"] == "receipt").unwrap();
        let receipt = receipt["letter_id"].as_str().unwrap();
        let with = |corrections: Value| json!({ "reason": "Salah ketik", "corrections": corrections });
        let fault = async |corrections: Value| {
            let answer = drafts_correction(&app, &officer, &letter, with(corrections)).await;
            assert_eq!(answer.status, 422, "{}", answer.json);
            let fault = &answer.json["errors"][0];
            format!("{} {}", fault["pointer"].as_str().unwrap(), fault["code"].as_str().unwrap())
        };

        assert_eq!(fault(json!({})).await, "/corrections required");
        assert_eq!(fault(json!({ "pkp_name": NAME })).await, "/corrections/pkp_name same_as_printed");
        assert_eq!(
            fault(json!({ "tax_id": "99.999.134.2-032.000" })).await,
            "/corrections/tax_id another_taxpayer"
        );
        assert_eq!(
            fault(json!({ "old_letter": { "number": "S-9", "date": "2020-01-02" } })).await,
            "/corrections/old_letter not_printed"
        );
        drafts_correction(&app, &officer, receipt, name(RIGHT_NAME)).await.is_problem(409, "not-correctable");
        drafts_correction(&app, &counter, &letter, name(RIGHT_NAME)).await.is_problem(403, "forbidden");
        drafts_correction(&app, &elsewhere, &letter, name(RIGHT_NAME)).await.is_problem(404, "not-found");
        let pair: Uuid =
            sqlx::query_scalar("select credential_id from credentials").fetch_one(&app.pool).await.unwrap();
        let head = app.signs_in("kasi").await;
        let reason = json!({ "reason": "Permintaan PKP secara tertulis" });
        app.post(&format!("/credentials/{pair}/revocation"), Some(&head), reason).await.expect(200);
        drafts_correction(&app, &officer, &letter, name(RIGHT_NAME))
            .await
            .is_problem(409, "pair-not-possible");
    })
    .await;
}

#[tokio::test]
async fn a_correction_needs_another_signer_and_the_digest_that_was_read() {
    TestApp::run(|app| async move {
        let issued = granted(&app).await;
        let letter = letter_of(&issued);
        let both = app.employs("ganda", "special_officer", "031").await;
        sqlx::query("insert into staff_roles (staff_id, role, scope) select staff_id, 'section_head', 'office' from staff where username = 'ganda'")
            .execute(&app.pool)
            .await
            .unwrap();
        let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);

        let first = drafts_correction(&app, &both, &letter, name("CV Tirtaloka")).await.expect(201);
        drafts_correction(&app, &officer, &letter, name(RIGHT_NAME)).await.is_problem(409, "not-possible");
        let own = signs_correction(&app, &both, &first).await;
        let second = drafts_correction(&app, &both, &letter, name(RIGHT_NAME)).await.expect(201);
        let replaced = signs_correction(&app, &head, &first).await;
        let mut other = second.clone();
        other["digest"] = json!("0".repeat(64));
        let unread = signs_correction(&app, &head, &other).await;
        sqlx::query("update offices set signatory_title = 'Kepala Seksi Pelayanan I'").execute(&app.pool).await.unwrap();
        let stale = signs_correction(&app, &head, &second).await;
        let back = format!("/corrections/{}/send-back", second["correction_id"].as_str().unwrap());
        let reason = json!({ "reason": "Jabatan berubah, susun ulang" });
        let returned = app.post(&back, Some(&head), reason.clone()).await.expect(200);
        let again = app.post(&back, Some(&head), reason).await;

        own.is_problem(403, "signer-drafted-it");
        replaced.is_problem(412, "draft-changed");
        unread.is_problem(412, "draft-changed");
        stale.is_problem(412, "draft-changed");
        assert_eq!(returned["ending"], "sent_back");
        again.is_problem(412, "draft-changed");
        assert_eq!(app.count("select count(*) from letters where superseded_at is not null").await, 0);
    })
    .await;
}

#[tokio::test]
async fn what_went_on_paper_is_corrected_on_paper_and_the_wrong_letter_goes_out_no_more() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        sqlx::query("update offices set letter_delivery = 'post'").execute(&app.pool).await.unwrap();
        let issued = is_granted(&app, "new_credentials", EMAIL).await;
        app.run_ready_jobs().await;
        sqlx::query("update offices set letter_delivery = 'email'").execute(&app.pool).await.unwrap();
        let letter = letter_of(&issued);
        let officer = app.signs_in("khusus").await;
        let reason = json!({ "reason": "Dikirim melalui pos" });

        let signed = is_corrected(&app, &letter, name(RIGHT_NAME)).await;

        let wrong = format!("/letters/{letter}/print");
        app.post(&wrong, Some(&officer), reason.clone()).await.is_problem(409, "letter-replaced");
        let right = format!("/letters/{}/print", signed["issued_letter_id"].as_str().unwrap());
        let printed = app.post(&right, Some(&officer), reason).await;
        assert_eq!(codes_in(&words(&printed.bytes)).len(), 1);
        assert_eq!(mailed(&app).len(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_mail_that_still_carries_the_wrong_letter_is_not_sent_any_more() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let issued = is_granted(&app, "new_credentials", EMAIL).await;
        app.smtp.behave(Behaviour::Answer(At::Recipient, "451 4.3.0 try again later".to_owned()));
        app.run_ready_jobs().await;
        app.smtp.behave(Behaviour::Accept);

        is_corrected(&app, &letter_of(&issued), name(RIGHT_NAME)).await;
        app.advance(chrono::TimeDelta::hours(5));
        app.run_ready_jobs().await;

        let letters = mailed(&app);
        assert_eq!(letters.len(), 1);
        assert!(letters[0].0.contains("Nomor : S-2/KPP.031/2026"), "{}", letters[0].0);
        let superseded =
            "select count(*) from messages where kind = 'letter_delivery' and fate = 'superseded'";
        assert_eq!(app.count(superseded).await, 1);
    })
    .await;
}

#[tokio::test]
async fn the_register_has_one_row_for_the_receipt_and_both_numbers() {
    TestApp::run(|app| async move {
        let issued = granted(&app).await;
        is_corrected(&app, &letter_of(&issued), name(RIGHT_NAME)).await;
        let head = app.signs_in("kasi").await;

        let register =
            words(&app.get("/offices/031/monthly-register?month=2026-07", Some(&head)).await.bytes);

        for said in [
            "Penerimaan : 1",
            "Dikabulkan : 1",
            "Terbit tepat waktu : 1 dari 1",
            "S-1 sampai dengan S-2, berurutan tanpa celah",
        ] {
            assert!(register.contains(said), "{said} is missing in {register}");
        }
        assert!(
            register.contains("S-2/KPP.031/2026") && register.contains("atas S-1/KPP.031/2026"),
            "{register}"
        );
    })
    .await;
}
