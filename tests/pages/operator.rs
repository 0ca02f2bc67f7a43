//! The pages of the Operator Console over HTTP, without script.

use serde_json::{Value, json};

use crate::{
    smtp_peer::{At, Behaviour},
    story::{self, EMAIL},
    support::TestApp,
    visitor::Visitor,
};

/// A request keyed in at the counter of 031, whose receipt is its only mail.
pub async fn a_receipt_mail(app: &TestApp) -> Value {
    story::prepare(app).await;
    story::register(app, "999991342031000", EMAIL).await;
    let counter = app.signs_in("tpt").await;
    let documents = vec![
        story::uploads(app, &counter, "application_letter").await,
        story::uploads(app, &counter, "identity_card").await,
    ];
    let mut body = story::form("new_credentials", &documents);
    body["counter"] = json!({ "channel": "counter", "unproven_reason": "Telepon tidak dibawa" });
    story::sends(app, &counter, "loket", &body).await.expect(201)
}

pub fn refuses(answer: &str) -> Behaviour {
    Behaviour::Answer(At::Recipient, answer.to_owned())
}

pub async fn the_job(app: &TestApp) -> i64 {
    sqlx::query_scalar("select max(job_id) from jobs").fetch_one(&app.pool).await.unwrap()
}

pub async fn the_mail(app: &TestApp) -> uuid::Uuid {
    sqlx::query_scalar(
        "select message_id from messages where fate <> 'superseded' order by created_at desc limit 1",
    )
    .fetch_one(&app.pool)
    .await
    .unwrap()
}

async fn text(app: &TestApp, sql: &'static str) -> String {
    sqlx::query_scalar(sql).fetch_one(&app.pool).await.unwrap()
}

/// Work that stopped for a reason.
pub async fn is_buried(app: &TestApp, job: i64, reason: &str) {
    sqlx::query("update jobs set finished_at = created_at, buried = true, failed_reason = $2, attempts = 4 where job_id = $1")
        .bind(job)
        .bind(reason)
        .execute(&app.pool)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_operator_sees_why_work_stopped_and_lets_it_run_again() {
    TestApp::run(|app| async move {
        a_receipt_mail(&app).await;
        let job = the_job(&app).await;
        is_buried(&app, job, "the letter cannot be rendered: no field pkp.nama").await;
        let operator = Visitor::staff(&app, "operator").await;

        let page = operator.opens("/").await.expect(200);

        assert_eq!(page.path, "/operator/pekerjaan", "operators begin here");
        assert!(page.says("Tanda terima E-20260710-"), "{}", page.text());
        assert!(page.says("Surat tidak dapat dibuat dari naskah dan datanya"));
        assert!(page.says("no field pkp.nama"), "what was recorded is there for programmers");
        let after =
            operator.sends(&page, &format!("/operator/pekerjaan/{job}/jalankan"), &[]).await.expect(200);
        assert!(after.says("Pekerjaan dijalankan lagi."));
        assert_eq!(
            text(&app, "select act from audit_events order by event_id desc limit 1").await,
            "retry_job"
        );
        app.run_ready_jobs().await;
        assert_eq!(text(&app, "select fate from messages").await, "accepted");
        let calm = operator.opens("/operator/pekerjaan").await.expect(200);
        assert!(calm.says("Tidak ada pekerjaan yang berhenti"));
    })
    .await;
}

#[tokio::test]
async fn all_that_stopped_runs_again_at_once_and_only_of_the_own_office() {
    TestApp::run(|app| async move {
        a_receipt_mail(&app).await;
        sqlx::query(
            "insert into jobs (queue, payload, run_at, created_at, finished_at, buried, failed_reason)
             select queue, payload, run_at, created_at, created_at, true, 'panicked' from jobs, generate_series(1, 2)
             union all select 'send_message', '{}', run_at, created_at, created_at, true, 'panicked' from jobs",
        )
        .execute(&app.pool)
        .await
        .unwrap();
        let operator = Visitor::staff(&app, "operator").await;
        let page = operator.opens("/operator/pekerjaan").await.expect(200);
        assert!(page.says("Jalankan semua 2 lagi"), "{}", page.text());

        let after = operator.sends(&page, "/operator/pekerjaan/jalankan-semua", &[]).await.expect(200);

        assert!(after.says("2 pekerjaan dijalankan lagi."));
        assert_eq!(app.count("select count(*) from jobs where buried").await, 1, "what is of no office is not theirs");
        let national = Visitor::staff(&app, "pusat").await;
        assert!(national.opens("/operator/pekerjaan").await.says("Pekerjaan yang tidak dikenal"));
    })
    .await;
}

#[tokio::test]
async fn a_mail_is_given_up_with_a_reason_and_becomes_a_task_of_its_office() {
    TestApp::run(|app| async move {
        a_receipt_mail(&app).await;
        app.smtp.behave(refuses("451 4.3.0 Try again later"));
        app.run_ready_jobs().await;
        let job = the_job(&app).await;
        let action = format!("/operator/pekerjaan/{job}/hentikan");
        let operator = Visitor::staff(&app, "operator").await;
        let list = operator.opens("/operator/pekerjaan").await.expect(200);
        assert!(list.says("Server tujuan meminta dicoba lagi nanti."), "{}", list.text());
        assert!(list.html.contains(&action));
        let question = operator.opens(&action).await.expect(200);
        assert!(question.says("Hentikan pengiriman email ini?"));
        let again = operator.sends(&question, &action, &[("reason", " ")]).await.expect(422);
        assert!(again.html.contains("href=\"#reason\"") && again.html.contains("<title>Galat:"));

        let after =
            operator.sends(&again, &action, &[("reason", "Alamat perusahaan lama")]).await.expect(200);

        assert!(after.says("Pengiriman dihentikan."));
        assert_eq!(text(&app, "select fate from messages").await, "given_up");
        assert_eq!(
            app.count("select count(*) from tasks where kind = 'mail_failed' and closed_at is null").await,
            1
        );
        assert_eq!(app.count("select count(*) from jobs where finished_at is null or buried").await, 0);
        let twice = operator.sends(&again, &action, &[("reason", "sekali lagi")]).await.expect(200);
        assert!(twice.says("sudah selesai atau sudah dihentikan"));
    })
    .await;
}

#[tokio::test]
async fn a_mail_that_failed_is_sent_again_once_its_address_is_released() {
    TestApp::run(|app| async move {
        a_receipt_mail(&app).await;
        app.smtp.behave(refuses("550 5.1.1 <pajak.tirtaloka@example.com> unknown"));
        app.run_ready_jobs().await;
        app.smtp.behave(Behaviour::Accept);
        let mail = the_mail(&app).await;
        let operator = Visitor::staff(&app, "operator").await;
        let failed = operator.opens("/operator/email").await.expect(200);
        assert!(failed.says("Ditolak: Alamat tidak dikenal di server tujuan."), "{}", failed.text());
        assert!(failed.says("p***a@example.com") && !failed.html.contains(EMAIL), "the address is masked");
        assert!(failed.says("Alamat ditahan"));
        let send = format!("/operator/email/{mail}/kirim");
        let question = operator.opens(&send).await.expect(200);
        let held = operator.sends(&question, &send, &[("reason", "Coba")]).await.expect(200);
        assert!(held.says("Alamat ini sedang ditahan"), "{}", held.text());

        let release = format!("/operator/email/{mail}/buka");
        let question = operator.opens(&release).await.expect(200);
        let opened =
            operator.sends(&question, &release, &[("reason", "Kotak surat sudah ada")]).await.expect(200);
        assert!(opened.says("Alamat dibuka.") && opened.says("Tidak ada alamat yang ditahan"));
        let question = operator.opens(&send).await.expect(200);
        let queued =
            operator.sends(&question, &send, &[("reason", "Kotak surat sudah ada")]).await.expect(200);

        assert!(queued.says("Email masuk antrean kirim.") && queued.says("Semua email sudah diterima"));
        app.run_ready_jobs().await;
        assert_eq!(app.count("select count(*) from messages where fate = 'accepted'").await, 1);
        assert_eq!(app.count("select count(*) from tasks where closed_at is null").await, 0);
        let twice = operator.sends(&question, &send, &[("reason", "lagi")]).await.expect(200);
        assert!(twice.says("tidak lagi gagal"));
    })
    .await;
}

#[tokio::test]
async fn what_belongs_to_another_office_is_not_there_and_only_operators_look() {
    TestApp::run(|app| async move {
        a_receipt_mail(&app).await;
        let (job, mail) = (the_job(&app).await, the_mail(&app).await);
        app.employs("operator.952", "operator", "952").await;
        let other = Visitor::staff(&app, "operator.952").await;
        assert!(
            other.opens("/operator/pekerjaan").await.expect(200).says("Tidak ada pekerjaan yang berhenti")
        );
        for path in [format!("/operator/pekerjaan/{job}/hentikan"), format!("/operator/email/{mail}/kirim")] {
            other.opens(&path).await.expect(404);
        }
        other.opens("/operator/email?lihat=asing").await.expect(403);
        let officer = Visitor::staff(&app, "khusus").await;
        for path in ["/operator/pekerjaan", "/operator/email"] {
            officer.opens(path).await.expect(403);
        }
    })
    .await;
}

#[tokio::test]
async fn returned_mail_is_read_by_the_operator_of_all_offices_and_each_look_is_recorded() {
    TestApp::run(|app| async move {
        use aktivasi::app::bounces::{Courier, record_bounce::record_bounce};
        let mail = "From: orang@tujuan.example\r\nSubject: Libur\r\n\r\n<b>Saya libur</b>\r\n";
        record_bounce(app.office(), Courier::Console, None, mail.as_bytes()).await.unwrap();
        let id = text(&app, "select kept_id::text from kept_mail").await;
        let national = Visitor::staff(&app, "pusat").await;
        let list = national.opens("/operator/email?lihat=asing").await.expect(200);
        assert!(list.html.contains(&id));

        let page = national.opens(&format!("/operator/email/asing/{id}")).await.expect(200);

        assert!(page.html.contains("&lt;b&gt;Saya libur"), "shown as text, never as a page");
        assert_eq!(
            app.count(
                "select count(*) from audit_events where act = 'view_kept_mail' and actor_kind = 'staff'"
            )
            .await,
            1
        );
        let after =
            national.sends(&page, &format!("/operator/email/asing/{id}/buang"), &[]).await.expect(200);
        assert!(after.says("Kiriman dibuang.") && after.says("Tidak ada kiriman balik"));
    })
    .await;
}
