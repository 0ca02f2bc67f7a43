//! The logs of the real program at their most talkative, through the whole main job: nothing of a person, no secret.

use serde_json::{Value, json};

use crate::{
    story::{
        self, EMAIL, NAME, NPWP, SIGNER, codes_in, drafts, files, is_granted, link, mails_to, pdf_text, signs,
    },
    support::{Answer, PASSWORD, TestApp},
};

const NEW: &str = "keuangan.tirtaloka@example.com";

/// Everything that was said to the program or by it and must not be in its logs.
#[derive(Default)]
struct Planted(Vec<String>);

impl Planted {
    fn add(&mut self, secret: &str) {
        assert!(secret.len() >= 6, "too short to be told from other text");
        self.0.push(secret.to_owned());
    }

    fn found_in(&self, logs: &str) -> Vec<&str> {
        let logs = logs.to_lowercase();
        self.0.iter().map(String::as_str).filter(|secret| stands_in(&logs, &secret.to_lowercase())).collect()
    }
}

/// Whether the text stands there as a word of its own: six digits also occur inside ids and instants.
fn stands_in(logs: &str, secret: &str) -> bool {
    logs.match_indices(secret).any(|(at, _)| {
        let before = logs[..at].chars().next_back();
        let after = logs[at + secret.len()..].chars().next();
        ![before, after].into_iter().flatten().any(char::is_alphanumeric)
    })
}

#[test]
fn the_scan_finds_words_and_not_parts_of_numbers() {
    assert!(stands_in("\"code\":\"123456\"", "123456"));
    assert!(!stands_in("12:00:00.123456z 9123456", "123456"));
}

#[tokio::test]
async fn logs_hold_no_secret_and_nothing_of_a_person() {
    TestApp::run(|app| async move {
        app.lives_now();
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let (service, url) = app.starts_service(&[]).await;
        app.talks_to(&url);
        let mut planted = Planted::default();
        for text in [
            NAME,
            SIGNER,
            EMAIL,
            NEW,
            NPWP,
            PASSWORD,
            "999991342031000",
            "0999991342031000",
            "Jl. Percobaan Cendana",
            "pajak.tirtaloka",
            "keuangan.tirtaloka",
        ] {
            planted.add(text);
        }

        is_refused(&app).await;
        is_granted(&app, "new_credentials", EMAIL).await;
        app.run_ready_jobs().await;
        let password = reveals(&app, EMAIL, &mut planted).await;
        comes_home(&app, &password, &mut planted).await;
        is_granted(&app, "reprint", EMAIL).await;
        changes_address(&app, &mut planted).await;
        moves(&app, &mut planted).await;
        is_asked_about_codes(&app, &mut planted).await;
        fails_on_purpose(&app).await;
        plant_what_the_mails_carried(&app, &mut planted);

        let logs = service.logs();
        assert!(logs.lines().count() > 50, "too little was logged: {logs}");
        for event in ["\"e-mail: Accepted\"", "http.request"] {
            assert!(logs.contains(event), "{event}");
        }
        assert_eq!(planted.found_in(&logs), [] as [&str; 0]);
    })
    .await;
}

async fn is_refused(app: &TestApp) {
    let receipt = files(app, "reprint", EMAIL, |_| {}).await;
    let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
    let reasons = json!([{ "code": "pasangan_aktif_tidak_ada", "evidence": {} }]);
    let drafted = drafts(app, &officer, receipt["request_id"].as_str().unwrap(), "refuse", reasons).await;
    signs(app, &head, &drafted).await.expect(200);
}

async fn press(app: &TestApp, path: &str, npwp: &str) -> Answer {
    let request = app.client.post(app.page(path)).header("content-type", "application/x-www-form-urlencoded");
    Answer::of(request.body(format!("tax_id={npwp}"))).await
}

async fn reveals(app: &TestApp, address: &str, planted: &mut Planted) -> String {
    let path = link(app, address, "/p/");
    Answer::of(app.client.get(app.page(&path))).await;
    assert_eq!(press(app, &path, "99.999.389.2-321.000").await.status, 422);
    planted.add("99.999.389.2-321.000");
    let shown = press(app, &path, NPWP).await;
    assert_eq!(shown.status, 200);
    let html = String::from_utf8(shown.bytes).unwrap();
    let (_, rest) = html.split_once("translate=\"no\">").unwrap();
    let password = rest.split_once('<').unwrap().0;
    planted.add(password);
    password.to_owned()
}

/// A PKP in its account: password, token and a code.
async fn comes_home(app: &TestApp, password: &str, planted: &mut Planted) {
    let typed = json!({ "npwp": NPWP, "password": password });
    let session = app.post("/account/sessions", None, typed).await.expect(201);
    let token = session["access_token"].as_str().unwrap();
    let shown = app.post("/account/codes", Some(token), json!({ "which": "desktop" })).await.expect(200);
    let chosen = "perahu-di-tepi-danau";
    let change = json!({ "present_password": password, "new_password": chosen });
    assert_eq!(app.post("/account/password", Some(token), change).await.status, 204);
    for secret in [token, shown["code"].as_str().unwrap(), chosen] {
        planted.add(secret);
    }
}

async fn changes_address(app: &TestApp, planted: &mut Planted) {
    is_granted(app, "update_email", NEW).await;
    app.run_ready_jobs().await;
    reveals(app, NEW, planted).await;
    let path = link(app, EMAIL, "/n/");
    assert_eq!(press(app, &path, "").await.status, 200);
    let officer = app.signs_in("khusus").await;
    let found =
        app.post("/taxpayers/credentials", Some(&officer), json!({ "tax_id": NPWP })).await.expect(200);
    let pair = found["items"][0]["id"].as_str().unwrap();
    let seen = json!({ "reason": "Identitas Satria Adiwangsa dipastikan", "identity_seen": true });
    planted.add("Satria Adiwangsa");
    app.post(&format!("/credentials/{pair}/reinstatement"), Some(&officer), seen).await.expect(200);
}

/// Codes, passwords, assertions and tokens of another system.
async fn is_asked_about_codes(app: &TestApp, planted: &mut Planted) {
    let system = app.registers(None, &["credentials:activation", "credentials:password"]).await;
    let assertion = app.assertion(&system);
    let token = app.proves_itself(&assertion).await.expect(200)["access_token"].as_str().unwrap().to_owned();
    let (code, password) = ("R2P2-QVRD-NFDX", "sandi-e-nofa-contoh");
    let question = json!({ "tax_id": NPWP, "code": code, "password": password });
    app.post("/credentials/verify", Some(&token), question).await.expect(200);
    for secret in [assertion.as_str(), token.as_str(), code, "R2P2QVRDNFDX", password] {
        planted.add(secret);
    }
}

async fn moves(app: &TestApp, planted: &mut Planted) {
    for sql in [
        "update offices set address = 'Jalan Contoh 2' where office_code = '952'",
        "update taxpayers set sppkp_office = '952', office_code = '952'",
    ] {
        sqlx::query(sql).execute(&app.pool).await.unwrap();
    }
    let receipt = files(app, "move_office", NEW, |form| form["office_code"] = json!("952")).await;
    planted.add(receipt["tracking_code"].as_str().unwrap());
    let (officer, head) = (app.signs_in("khusus.952").await, app.signs_in("kasi.952").await);
    let drafted: Value =
        drafts(app, &officer, receipt["request_id"].as_str().unwrap(), "grant", json!([])).await;
    signs(app, &head, &drafted).await.expect(200);
    let key =
        json!({ "receipt_number": receipt["receipt_number"], "tracking_code": receipt["tracking_code"] });
    let token = app.post("/tracking", None, key).await.expect(200)["token"].as_str().unwrap().to_owned();
    app.get("/tracking/request", Some(&token)).await.expect(200);
    app.run_ready_jobs().await;
    for secret in [officer, head, token] {
        planted.add(&secret);
    }
}

/// Errors are logged too: wrong passwords, unknown paths with a secret in them, a body that is no JSON.
async fn fails_on_purpose(app: &TestApp) {
    app.tries_to_sign_in("kasi", "bukan-kata-sandi-uji").await.is_problem(401, "wrong-credentials");
    Answer::of(app.client.get(app.page(&format!("/tidak-ada/{EMAIL}")))).await;
    Answer::of(app.client.post(app.url("/requests")).body(format!("{{ {NPWP}"))).await;
    app.get(&format!("/requests?q={NPWP}"), None).await;
}

/// Tokens of links, codes of proofs and letters.
fn plant_what_the_mails_carried(app: &TestApp, planted: &mut Planted) {
    let before = planted.0.len();
    for address in [EMAIL, NEW] {
        for mail in mails_to(app, address) {
            for word in mail.text.split_whitespace() {
                let token = word.split_once("/p/").or_else(|| word.split_once("/n/"));
                let is_proof_code = word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
                if let Some((_, token)) = token {
                    planted.add(token);
                } else if is_proof_code {
                    planted.add(word);
                }
            }
            for code in mail.attachments.iter().flat_map(|file| codes_in(&pdf_text(&file.bytes))) {
                planted.add(&code.replace('-', ""));
                planted.add(&code);
            }
        }
    }
    assert!(planted.0.len() >= before + 10, "mails carry secrets");
}
