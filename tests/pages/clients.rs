//! Other systems on their pages.

use serde_json::{Value, json};

use crate::{
    support::{
        TestApp,
        other_system::{OtherSystem, jwk, new_key, thumbprint},
    },
    visitor::Visitor,
};

const NEW: &str = "/operator/klien/baru";
// RFC 8037, appendix A.2, as `openssl pkey -pubout` writes it, and its thumbprint (A.3).
const PEM: &str = "-----BEGIN PUBLIC KEY-----\r\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\r\n-----END PUBLIC KEY-----\r\n";
const KID: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";

/// Clients of office 031, of which one has keys, retired ones too: its id and the thumbprint of one in use.
pub async fn a_client_with_keys(app: &TestApp, each: i32) -> (String, String) {
    for sql in [
        "insert into clients (client_id, name, office_code, scopes, created_at)
         select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Sistem ' || n, '031',
                '{credentials:activation,credentials:password}', '2026-07-01Z' from generate_series(1, $1) as n",
        "insert into client_keys (thumbprint, client_id, curve, x, added_at, last_used_at)
         select lpad(n::text, 43, 'k'), '00000000-0000-7000-8000-000000000001', 'Ed25519', lpad(n::text, 43, 'x'),
                '2026-07-02Z'::timestamptz + n * interval '1 hour', '2026-07-09 03:00Z' from generate_series(1, $1) as n",
        "insert into client_keys (thumbprint, client_id, curve, x, added_at, retired_at)
         select lpad(n::text, 43, 'r'), '00000000-0000-7000-8000-000000000001', 'Ed25519', lpad(n::text, 43, 'y'),
                '2026-07-01Z', '2026-07-05Z' from generate_series(1, $1) as n",
    ] {
        sqlx::query(sql).bind(each).execute(&app.pool).await.unwrap();
    }
    ("00000000-0000-7000-8000-000000000001".to_owned(), format!("{:k>43}", 1))
}

#[tokio::test]
async fn a_system_is_registered_with_its_key_and_what_is_wrong_is_said_at_once() {
    TestApp::run(|app| async move {
        let operator = Visitor::staff(&app, "operator").await;
        let list = operator.opens("/operator/klien").await.expect(200);
        assert!(list.says("Belum ada sistem yang terdaftar"));
        assert!(list.says(&app.office().page_link("/api/v1/oauth/token")), "{}", list.text());
        let form = operator.opens(NEW).await.expect(200);
        assert!(!form.says("Kosongkan untuk kode dari semua kantor"), "their office is meant");
        let wrong = [("name", ""), ("scopes", "credentials:password"), ("key", "ssh-ed25519 AAAAC3Nz")];
        let wrong = operator.sends(&form, NEW, &wrong).await.expect(422);
        for fault in
            ["Isi nama sistem.", "Pilih sedikitnya satu kode", "Ini bukan kunci publik yang lengkap."]
        {
            assert!(wrong.says(fault), "{fault}: {}", wrong.text());
        }
        assert!(wrong.html.contains("ssh-ed25519 AAAAC3Nz"), "nothing typed is lost");
        let right = [("name", "e-Nofa"), ("scopes", "credentials:activation"), ("key", PEM)];
        let made = operator.sends(&wrong, NEW, &right).await.expect(200);
        assert!(made.says("e-Nofa sudah terdaftar.") && made.says(KID), "{}", made.text());
        assert!(made.says("Aktif") && made.says("031") && made.says("belum tercatat"));
        let again = operator.sends(&form, NEW, &right).await.expect(422);
        assert!(again.says("Nama ini sudah dipakai sistem lain."), "{}", again.text());
        let other = [("name", "e-Faktur"), ("scopes", "credentials:desktop"), ("key", PEM)];
        let other = operator.sends(&again, NEW, &other).await.expect(422);
        assert!(other.says("Kunci ini pernah didaftarkan."), "{}", other.text());
        assert_eq!(app.count("select count(*) from clients").await, 1, "with its key or not at all");
        let acts = "select count(*) from audit_events where act in ('register_client', 'add_client_key')";
        assert_eq!(app.count(acts).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_private_key_is_neither_kept_nor_sent_back() {
    TestApp::run(|app| async move {
        let operator = Visitor::staff(&app, "operator").await;
        let form = operator.opens(NEW).await.expect(200);
        let private = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0"}"#;
        let fields = [("name", "e-Nofa"), ("scopes", "credentials:activation"), ("key", private)];
        let refused = operator.sends(&form, NEW, &fields).await.expect(422);
        assert!(refused.says("Anggap kunci itu bocor"), "{}", refused.text());
        assert!(!refused.html.contains("nWGxne_9WmC6hEr0") && refused.html.contains("value=\"e-Nofa\""));
        assert_eq!(app.count("select count(*) from clients").await, 0);
    })
    .await;
}

#[tokio::test]
async fn keys_change_without_a_gap_and_each_page_says_which_was_used() {
    TestApp::run(|app| async move {
        let system = app.registers(Some("031"), &["credentials:activation"]).await;
        let one = format!("/operator/klien/{}", system.id);
        let operator = Visitor::staff(&app, "operator").await;
        assert!(operator.opens(&one).await.says("belum tercatat"));
        app.access_token(&system).await;
        let used = operator.opens(&one).await.expect(200);
        assert!(!used.says("belum tercatat"), "{}", used.text());

        let key = format!("{one}/kunci");
        let form = operator.opens(&key).await.expect(200);
        let empty = operator.sends(&form, &key, &[("key", "")]).await.expect(422);
        assert!(empty.says("Tempel kunci publik sistem ini."));
        let next = new_key();
        let pasted = jwk(&next).to_string();
        let added = operator.sends(&empty, &key, &[("key", &pasted)]).await.expect(200);
        assert!(added.says("Kunci sudah ditambahkan.") && added.says(&thumbprint(&next)));
        let next = OtherSystem { id: system.id.clone(), key: next };

        let old = format!("{key}/{}", thumbprint(&system.key));
        let question = operator.opens(&old).await.expect(200);
        assert!(question.says("Tidak dapat dibatalkan.") && !question.says("tidak ada kunci lain"));
        let retired = operator.sends(&question, &old, &[]).await.expect(200);
        assert!(retired.says("Kunci sudah dicabut.") && retired.says("Dicabut"));
        assert_eq!(app.proves_itself(&app.assertion(&system)).await.status, 401);
        app.access_token(&next).await;
        let again = operator.opens(&old).await.expect(200);
        assert!(again.says("Kunci ini sudah dicabut."));
        let last = operator.opens(&format!("{key}/{}", thumbprint(&next.key))).await.expect(200);
        assert!(last.says("tidak ada kunci lain"), "{}", last.text());

        let seen: Value =
            app.get(&format!("/clients/{}", system.id), Some(&app.signs_in("operator").await)).await.json;
        let expected = json!([true, true]);
        let dates: Vec<bool> =
            seen["keys"].as_array().unwrap().iter().map(|key| key["last_used_at"].is_string()).collect();
        assert_eq!(json!(dates), expected);
    })
    .await;
}

#[tokio::test]
async fn a_system_is_ended_with_a_reason_and_stays_so() {
    TestApp::run(|app| async move {
        let system = app.registers(Some("031"), &["credentials:activation"]).await;
        let one = format!("/operator/klien/{}", system.id);
        let end = format!("{one}/hentikan");
        let operator = Visitor::staff(&app, "operator").await;
        let question = operator.opens(&end).await.expect(200);
        assert!(question.says("tidak dapat diaktifkan lagi"));
        let why = operator.sends(&question, &end, &[("reason", "")]).await.expect(422);
        assert!(why.says("Isi alasan tindakan ini."));
        let ended = operator.sends(&why, &end, &[("reason", "Diganti sistem baru")]).await.expect(200);
        assert!(ended.says("Akses sistem ini sudah berakhir.") && ended.says("Diganti sistem baru"));
        assert!(!ended.says("Tambah kunci"), "{}", ended.text());
        assert_eq!(app.proves_itself(&app.assertion(&system)).await.status, 401);
        assert!(operator.opens(&end).await.says("Sistem ini sudah dihentikan."));
        assert!(operator.opens(&format!("{one}/kunci")).await.says("Sistem ini sudah dihentikan."));
    })
    .await;
}

#[tokio::test]
async fn an_operator_of_one_office_sees_and_registers_systems_of_that_office_only() {
    TestApp::run(|app| async move {
        let everywhere = app.registers(None, &["credentials:activation"]).await;
        let operator = Visitor::staff(&app, "operator").await;
        assert!(operator.opens("/operator/klien").await.says("Belum ada sistem yang terdaftar"));
        operator.opens(&format!("/operator/klien/{}", everywhere.id)).await.expect(404);
        let form = operator.opens(NEW).await.expect(200);
        let fields = [("name", "e-Nofa"), ("scopes", "credentials:activation"), ("office_code", "952")];
        let made = operator.sends(&form, NEW, &fields).await.expect(200);
        assert!(made.says("Belum ada kunci yang berlaku") && made.says("031") && !made.says("952"));
        let national = Visitor::staff(&app, "pusat").await;
        let list = national.opens("/operator/klien").await.expect(200);
        assert!(list.says("e-Nofa") && list.says("Semua kantor"));
        let form = national.opens(NEW).await.expect(200);
        let fields = [("name", "e-Faktur"), ("scopes", "credentials:desktop"), ("office_code", "999")];
        assert!(national.sends(&form, NEW, &fields).await.expect(422).says("Kantor ini tidak ada."));
    })
    .await;
}
