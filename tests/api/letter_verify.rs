//! Kept letters are proven: what was changed is named by its number, and the command fails.

use serde_json::json;

use crate::{
    story::{self, EMAIL, files},
    support::TestApp,
};

/// A granted letter with its receipt, and a receipt whose request was returned.
async fn letters(app: &TestApp) -> String {
    story::prepare(app).await;
    story::register(app, "999991342031000", EMAIL).await;
    let issued = story::is_granted(app, "new_credentials", EMAIL).await;
    let receipt = files(app, "reprint", EMAIL, |_| {}).await;
    let officer = app.signs_in("khusus").await;
    let id = receipt["request_id"].as_str().unwrap();
    app.post(&format!("/requests/{id}/claim"), Some(&officer), json!({})).await.expect(200);
    let items = json!({ "items": [{ "code": "identitas_tidak_terbaca" }] });
    app.post(&format!("/requests/{id}/return"), Some(&officer), items).await.expect(200);
    app.run_ready_jobs().await;
    let letters = issued["letters"].as_array().unwrap();
    let letter = letters.iter().find(|letter| letter["kind"] == "activation_notice").unwrap();
    letter["number"].as_str().unwrap().to_owned()
}

async fn sql(app: &TestApp, sql: &'static str) {
    let done = sqlx::query(sql).execute(&app.pool).await.unwrap();
    assert_eq!(done.rows_affected(), 1, "{sql}");
}

#[tokio::test]
async fn letters_that_nobody_touched_are_made_again_with_the_same_bytes() {
    TestApp::run(|app| async move {
        letters(&app).await;

        let run = app.command(&["letter", "verify"]);

        let said = String::from_utf8(run.stdout).unwrap();
        assert!(run.status.success(), "{said}");
        assert!(said.starts_with("4 letters: 4 made again with the same bytes, 0 of another renderer"), "{said}");
        let opened = "select count(*) from audit_events where act = 'code_opened_to_verify' and actor_kind = 'operator_console'";
        assert_eq!(app.count(opened).await, 1);
        assert_eq!(app.count("select count(*) from audit_events where act = 'code_printed'").await, 1);
        assert_eq!(app.count("select count(*) from audit_events where act = 'verify_letters'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn each_tampered_letter_is_named_and_the_command_fails() {
    TestApp::run(|app| async move {
        let number = letters(&app).await;
        let own = format!("verify --number {number}");
        let own: Vec<&str> = ["letter"].into_iter().chain(own.split(' ')).collect();
        let said = |arguments: &[&str]| {
            let run = app.command(arguments);
            (run.status.code(), String::from_utf8(run.stdout).unwrap())
        };
        assert_eq!(said(&own).0, Some(0));

        // Data that were changed in the database.
        sql(&app, "update letters set data = jsonb_set(data, '{pkp,nama}', '\"PT Lain\"') where kind = 'activation_notice'").await;
        let (code, text) = said(&own);
        assert_eq!(code, Some(1));
        assert!(text.starts_with(&format!("{number}\tmade again it has other bytes")), "{text}");

        // Bytes that came from elsewhere.
        sql(&app, "update letter_files set sha256 = sha256('x') where letter_id = (select letter_id from letters where kind = 'activation_notice')").await;
        assert!(said(&own).1.starts_with(&format!("{number}\tthe bytes do not have the SHA-256")));
        sql(&app, "update letter_files set sealed = set_byte(sealed, length(sealed) - 1, get_byte(sealed, length(sealed) - 1) # 1)
                   where letter_id = (select letter_id from letters where kind = 'activation_notice')").await;
        assert!(said(&own).1.starts_with(&format!("{number}\tthe sealed bytes cannot be opened")));

        // A wording that was never recorded, and a renderer that is not ours.
        sql(&app, "update letters set template_version = 77 where kind = 'deficiency_list'").await;
        sqlx::query("update letter_files set renderer_version = '1' where letter_id in (select letter_id from letters where kind = 'receipt')")
            .execute(&app.pool)
            .await
            .unwrap();
        let (code, text) = said(&["letter", "verify", "--office", "031", "--from", "2026-07-10", "--until", "2026-07-10"]);
        assert_eq!(code, Some(1));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(lines[0].starts_with(&number), "{text}");
        assert!(lines[1].contains("(deficiency_list)\tthe letter cannot be made again: the wording of deficiency_list, version 77, was never recorded"), "{text}");
        assert_eq!(lines[2], "4 letters: 0 made again with the same bytes, 2 of another renderer with their SHA-256, 0 not made yet, 2 differ");
        assert_eq!(said(&["letter", "verify", "--office", "952"]).0, Some(0));
        assert_eq!(said(&["letter", "verify", "--number", "S-99/KPP.031/2026"]).0, Some(2));
    })
    .await;
}
