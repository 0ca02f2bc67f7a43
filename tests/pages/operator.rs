//! The pages of the Operator Console over HTTP, without script.

use chrono::TimeDelta;
use reqwest::Method;
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

#[tokio::test]
async fn an_account_is_made_with_a_password_that_is_shown_once_and_signs_in() {
    TestApp::run(|app| async move {
        let operator = Visitor::staff(&app, "operator").await;
        let form = operator.opens("/operator/pengguna/baru").await.expect(200);
        let wrong = operator
            .sends(&form, "/operator/pengguna/baru", &[("name", "Dewi Contoh"), ("nip", "1990"), ("username", "Dewi")])
            .await
            .expect(422);
        for told in ["NIP terdiri atas 18 angka.", "huruf kecil", "Pilih sedikitnya satu peran."] {
            assert!(wrong.says(told), "{told}: {}", wrong.text());
        }
        assert!(wrong.html.contains("value=\"Dewi Contoh\""), "nothing typed is lost");

        let made = operator
            .sends(
                &wrong,
                "/operator/pengguna/baru",
                &[("name", "Dewi Contoh"), ("nip", "19900101 201501 2 001"), ("username", "dewi"), ("role", "counter")],
            )
            .await
            .expect(200);

        let password = made.html.split("class=\"v\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
        assert_eq!(password.len(), 16);
        let dewi = Visitor::new(&app);
        let page = dewi.opens("/masuk").await;
        dewi.sends(&page, "/masuk", &[("username", "dewi"), ("password", &password)]).await.expect(200);
        assert!(dewi.holds("aktivasi-sesi"));
        let again = operator.opens("/operator/pengguna").await.expect(200);
        assert!(again.says("Dewi Contoh") && !again.html.contains(&password));
        assert_eq!(app.count("select count(*) from audit_events where act = 'add_staff' and actor_kind = 'staff' and office_code = '031'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn an_operator_of_an_office_gives_no_right_beyond_it_and_none_to_themselves() {
    TestApp::run(|app| async move {
        let operator = Visitor::staff(&app, "operator").await;
        let form = operator.opens("/operator/pengguna/baru").await.expect(200);
        let beyond = [
            ("name", "Eka Contoh"),
            ("nip", "199001012015012001"),
            ("username", "eka"),
            ("role", "operator"),
            ("scope", "national"),
        ];
        let refused = operator.sends(&form, "/operator/pengguna/baru", &beyond).await.expect(422);
        assert!(refused.says("Cakupan di luar kantor hanya diberikan operator pusat."), "{}", refused.text());
        let own = "/operator/pengguna/00000000-0000-7000-8000-000000000004";
        let page = operator.opens(own).await.expect(200);
        assert!(page.says("Ini akun Anda."));
        let closing = operator.opens(&format!("{own}/tutup")).await.expect(200);
        let refused = operator.sends(&closing, &format!("{own}/tutup"), &[]).await.expect(422);
        assert!(refused.says("Akun sendiri diatur operator lain."), "{}", refused.text());
        let other = operator.opens("/operator/pengguna/00000000-0000-7000-8000-000000000001").await.expect(200);
        let mut roles = other.hidden("/operator/pengguna/00000000-0000-7000-8000-000000000001/peran");
        roles.push(("role".to_owned(), "section_head".to_owned()));
        let roles: Vec<(&str, &str)> = roles.iter().map(|(name, value)| (&**name, &**value)).collect();
        let refused = operator.asks(Method::POST, &format!("{own}/peran"), None, &roles).await;
        assert!(refused.status.is_client_error(), "{}", refused.text());
        assert_eq!(
            text(&app, "select string_agg(role, ',') from staff_roles where staff_id = '00000000-0000-7000-8000-000000000004'").await,
            "operator"
        );
        operator.opens("/operator/pengguna/00000000-0000-7000-8000-000000000005").await.expect(404);
        assert_eq!(app.count("select count(*) from staff where username = 'eka' or not active").await, 0);
    })
    .await;
}

#[tokio::test]
async fn rights_beyond_an_office_are_out_of_reach_of_its_operator() {
    TestApp::run(|app| async move {
        app.employs("wilayah", "supervisor", "031").await;
        sqlx::query("update staff_roles set scope = 'national' where role = 'supervisor'")
            .execute(&app.pool)
            .await
            .unwrap();
        let id = text(&app, "select staff_id::text from staff where username = 'wilayah'").await;
        let path = format!("/operator/pengguna/{id}");
        let hash = "select password_hash from staff where username = 'wilayah'";
        let before = text(&app, hash).await;
        let operator = Visitor::staff(&app, "operator").await;
        for act in ["sandi", "tutup"] {
            let question = operator.opens(&format!("{path}/{act}")).await.expect(200);
            let refused = operator.sends(&question, &format!("{path}/{act}"), &[]).await.expect(422);
            assert!(!refused.html.contains("ak-password"), "{}", refused.text());
        }
        assert_eq!(text(&app, hash).await, before);
        assert_eq!(app.count("select count(*) from staff where not active").await, 0);
    })
    .await;
}

#[tokio::test]
async fn roles_change_at_once_unless_somebody_else_changed_the_account_meanwhile() {
    TestApp::run(|app| async move {
        let operator = Visitor::staff(&app, "operator").await;
        let path = "/operator/pengguna/00000000-0000-7000-8000-000000000001";
        let roles = format!("{path}/peran");
        let page = operator.opens(path).await.expect(200);
        let saved = operator.sends(&page, &roles, &[("role", "section_head")]).await.expect(200);
        assert!(saved.says("Peran disimpan"));
        let stale = operator.sends(&page, &roles, &[("role", "counter")]).await.expect(200);

        assert!(stale.says("Akun ini diubah orang lain"), "{}", stale.text());
        assert_eq!(
            text(&app, "select string_agg(role, ',') from staff_roles where staff_id = '00000000-0000-7000-8000-000000000001'").await,
            "section_head"
        );
    })
    .await;
}

#[tokio::test]
async fn a_closed_account_is_out_at_once_and_comes_back_when_opened() {
    TestApp::run(|app| async move {
        let desk = Visitor::staff(&app, "tpt").await;
        let operator = Visitor::staff(&app, "operator").await;
        let path = "/operator/pengguna/00000000-0000-7000-8000-000000000001";
        let question = operator.opens(&format!("{path}/tutup")).await.expect(200);
        let closed = operator.sends(&question, &format!("{path}/tutup"), &[]).await.expect(200);
        assert!(closed.says("Akun ditutup dan semua sesinya diakhiri."));
        assert!(!desk.opens("/").await.says("Petugas TPT"), "the session is over");
        let opened = operator.sends(&closed, &format!("{path}/buka"), &[]).await.expect(200);
        assert!(opened.says("Akun dibuka lagi"));
        desk.signs_in("tpt").await.expect(200);
        assert!(desk.holds("aktivasi-sesi"));
    })
    .await;
}

#[tokio::test]
async fn a_decree_and_days_as_acting_head_are_recorded_on_the_account() {
    TestApp::run(|app| async move {
        let operator = Visitor::staff(&app, "operator").await;
        let path = "/operator/pengguna/00000000-0000-7000-8000-000000000002";
        let page = operator.opens(path).await.expect(200);
        assert!(page.says("KEP-1") && page.says("Berlaku"));
        let action = format!("{path}/keputusan");
        let early =
            [("number", "KEP-7/KPP.031/2026"), ("dated_on", "2026-07-10"), ("in_force_on", "2026-07-09")];
        let wrong = operator.sends(&page, &action, &early).await.expect(422);
        assert!(wrong.says("Tanggal berlaku tidak boleh sebelum tanggal keputusan."));
        assert!(
            wrong.html.contains("value=\"KEP-7/KPP.031/2026\"")
                || wrong.html.contains("KEP-7&#x2f;KPP.031&#x2f;2026")
        );
        let right =
            [("number", "KEP-7/KPP.031/2026"), ("dated_on", "2026-07-10"), ("in_force_on", "2026-07-13")];
        let recorded = operator.sends(&wrong, &action, &right).await.expect(200);
        assert!(recorded.says("KEP dicatat.") && recorded.says("Tidak berlaku hari ini"));
        let twice = operator.sends(&recorded, &action, &right).await.expect(200);
        assert!(twice.says("sudah dicatat untuk pegawai ini"));
        let days = [("kind", "Plh."), ("from_on", "2026-07-13"), ("until_on", "2026-07-15")];
        let acting = operator.sends(&recorded, &format!("{path}/pelaksana"), &days).await.expect(200);
        assert!(acting.says("13 Juli 2026 sampai 15 Juli 2026"), "{}", acting.text());
    })
    .await;
}

#[tokio::test]
async fn a_search_for_a_person_stands_in_no_address() {
    TestApp::run(|app| async move {
        let operator = Visitor::staff(&app, "operator").await;
        let page = operator.opens("/operator/pengguna").await.expect(200);
        let found = operator.sends(&page, "/operator/pengguna/cari", &[("cari", "khus")]).await.expect(200);

        assert!(found.says("Khusus") && !found.says("Kasi"), "{}", found.text());
        assert!(found.path.starts_with("/operator/pengguna?cari=") && !found.path.contains("khus"));
        let none = operator.sends(&found, "/operator/pengguna/cari", &[("cari", "%")]).await.expect(200);
        assert!(none.says("Tidak ada pengguna yang cocok"));
    })
    .await;
}

#[tokio::test]
async fn whoever_saves_second_sees_what_was_saved_and_loses_nothing() {
    TestApp::run(|app| async move {
        let (first, second) = (Visitor::staff(&app, "operator").await, Visitor::staff(&app, "pusat").await);
        let path = "/operator/kantor/031";
        let led = first.opens("/operator/kantor").await.expect(200);
        assert_eq!(led.path, path);
        let theirs = second.opens(path).await.expect(200);
        let with = |phone: &'static str| {
            [
                ("address", "Jalan Baru 2"),
                ("phone", phone),
                ("letter_delivery", "post"),
                ("password_delivery", "link"),
                ("signatory_title", "Kepala Seksi Pelayanan"),
                ("drafting_code", "KPP.031"),
            ]
        };
        first.sends(&led, path, &with("(021) 111")).await.expect(200);

        let conflict = second.sends(&theirs, path, &with("(021) 222")).await.expect(409);

        assert!(
            conflict.says("Orang lain menyimpan setelan ini") && conflict.says("(021) 111"),
            "{}",
            conflict.text()
        );
        assert!(conflict.html.contains("value=\"(021) 222\""), "what was typed is still there");
        assert_eq!(text(&app, "select phone from offices where office_code = '031'").await, "(021) 111");
        second.sends(&conflict, path, &with("(021) 222")).await.expect(200);
        assert_eq!(text(&app, "select phone from offices where office_code = '031'").await, "(021) 222");
        let empty = second.sends(&conflict, path, &[("signatory_title", ""), ("phone", "x")]).await;
        assert_eq!(empty.status.as_u16(), 415, "a form of another shape is not ours");
    })
    .await;
}

const CLOSURE: [(&str, &str); 4] = [
    ("from_on", "2026-07-14"),
    ("until_on", "2026-07-14"),
    ("name", "Pemeliharaan listrik gedung"),
    ("source", "PENG-14/KPP.031/2026"),
];

#[tokio::test]
async fn hours_of_a_period_move_what_came_after_them_and_end_again() {
    TestApp::run(|app| async move {
        a_receipt_mail(&app).await;
        let operator = Visitor::staff(&app, "operator").await;
        let (here, due) = ("/operator/kalender/031", "select due_on::text from rounds");
        let year = operator.opens(here).await.expect(200);
        let hours = |closes: &'static str| {
            [
                ("act", "hours"),
                ("from_on", "2026-07-10"),
                ("until_on", "2026-07-10"),
                ("weekdays", "5"),
                ("blocks", closes),
                ("name", "Jumat pendek"),
                ("source", "PENG-15/KPP.031/2026"),
            ]
        };
        let preview = format!("{here}/pratinjau");
        let wrong = operator.sends(&year, &preview, &hours("25")).await.expect(422);
        assert!(wrong.html.contains("value=\"25\"") && wrong.html.contains("value=\"Jumat pendek\""));

        let seen = operator.sends(&year, &preview, &hours("08.00-11.30, 13.00-15.00")).await.expect(200);
        let made = operator.sends(&seen, &format!("{here}/berlaku"), &[]).await.expect(200);

        assert!(made.says("Jumat pendek") && made.says("Jumat: 08.00–11.30, 13.00–15.00"), "{}", made.text());
        assert!(made.says("PENG-15/KPP.031/2026 · diketahui 10 Juli 2026"), "{}", made.text());
        assert_eq!(text(&app, due).await, "2026-07-16", "it came after the counter closed");
        let again = operator.sends(&made, &preview, &hours("08.00-14.00")).await;
        assert_eq!(again.status.as_u16(), 422, "{}", again.text());
        let id = text(&app, "select closing_hours_id::text from closing_hours").await;
        let end = [("act", "end_hours"), ("id", id.as_str()), ("name", "Jumat pendek")];
        let seen = operator.sends(&made, &preview, &end).await.expect(200);
        operator.sends(&seen, &format!("{here}/berlaku"), &[]).await.expect(200);
        assert_eq!(text(&app, due).await, "2026-07-15");
        let past = "select weekdays::text || breaks::text || (ended_version > calendar_version) from past_closing_hours";
        assert_eq!(text(&app, past).await, "{5}{11:30:00,13:00:00}true", "what was taken back stays readable");
    })
    .await;
}

#[tokio::test]
async fn a_closure_is_previewed_with_what_moves_and_holds_only_when_it_is_put_in_force() {
    TestApp::run(|app| async move {
        a_receipt_mail(&app).await;
        let operator = Visitor::staff(&app, "operator").await;
        let year = operator.opens("/operator/kalender").await.expect(200);
        assert_eq!(year.path, "/operator/kalender/031");
        let due = "select due_on::text from rounds";
        assert_eq!(text(&app, due).await, "2026-07-15");
        let missing = operator
            .sends(&year, "/operator/kalender/031/pratinjau", &[("act", "close"), ("from_on", "2026-07-14")])
            .await
            .expect(422);
        assert!(
            missing.html.contains("href=\"#close-source\"") && missing.html.contains("value=\"2026-07-14\"")
        );
        let form: Vec<_> = [("act", "close")].into_iter().chain(CLOSURE).collect();

        let preview = operator.sends(&year, "/operator/kalender/031/pratinjau", &form).await.expect(200);

        assert!(preview.says("1 permohonan terbuka bergeser."), "{}", preview.text());
        assert!(preview.says("Rab 15 Jul Kam 16 Jul"), "from when to when");
        assert_eq!(text(&app, due).await, "2026-07-15", "a look changes nothing");
        assert_eq!(app.count("select count(*) from days_off").await, 0);
        assert_eq!(app.count("select count(*) from messages where kind = 'due_date_changed'").await, 0);
        let made = operator.sends(&preview, "/operator/kalender/031/berlaku", &[]).await.expect(200);
        assert!(
            made.says("1 permohonan terbuka bergeser; pemohon diberi tahu")
                && made.says("Pemeliharaan listrik gedung")
        );
        assert_eq!(text(&app, due).await, "2026-07-16");
        assert_eq!(app.count("select count(*) from messages where kind = 'due_date_changed'").await, 1);
        assert_eq!(
            app.count(
                "select count(*) from audit_events where act = 'close_office_on' and actor_kind = 'staff'"
            )
            .await,
            1
        );

        let closure = text(&app, "select day_off_id::text from days_off").await;
        let undo = [("act", "reopen"), ("id", closure.as_str()), ("from_on", "2026-07-14")];
        assert!(made.html.contains(&format!("name=\"id\" value=\"{closure}\"")));
        let back = operator.sends(&made, "/operator/kalender/031/pratinjau", &undo).await.expect(200);
        assert!(back.says("Penutupan dibatalkan"), "{}", back.text());
        operator.sends(&back, "/operator/kalender/031/berlaku", &[]).await.expect(200);
        assert_eq!(text(&app, due).await, "2026-07-15");
        let gone = operator.sends(&back, "/operator/kalender/031/berlaku", &[]).await;
        assert!(gone.says("sudah dibatalkan"), "{}", gone.text());

        // Thursday, 16 July, 09.00: what is overdue by then would not be any more, which nobody should overlook.
        app.advance(TimeDelta::hours(5 * 24 + 17));
        let operator = Visitor::staff(&app, "operator").await;
        let year = operator.opens("/operator/kalender").await.expect(200);
        let preview = operator.sends(&year, "/operator/kalender/031/pratinjau", &form).await.expect(200);
        assert!(
            preview.says("1 di antaranya sudah lewat jatuh tempo dan menjadi tidak lagi."),
            "{}",
            preview.text()
        );
        let sent = preview.hidden("/operator/kalender/031/berlaku");
        let list = operator.asks(Method::POST, "/operator/kalender/031/bergeser", Some(&sent), &[]).await;
        assert!(list.expect(200).html.ends_with(",2026-07-15,2026-07-16,yes\n"));
    })
    .await;
}

#[tokio::test]
async fn a_preview_of_an_older_calendar_is_shown_anew_before_anything_holds() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let (first, second) = (Visitor::staff(&app, "operator").await, Visitor::staff(&app, "pusat").await);
        let form: Vec<_> = [("act", "close")].into_iter().chain(CLOSURE).collect();
        let page = first.opens("/operator/kalender/031").await.expect(200);
        let slow = first.sends(&page, "/operator/kalender/031/pratinjau", &form).await.expect(200);
        let page = second.opens("/operator/kalender/952").await.expect(200);
        let quick = second.sends(&page, "/operator/kalender/952/pratinjau", &form).await.expect(200);
        second.sends(&quick, "/operator/kalender/952/berlaku", &[]).await.expect(200);

        let again = first.sends(&slow, "/operator/kalender/031/berlaku", &[]).await.expect(409);

        assert!(again.says("Kalender diubah orang lain sejak pratinjau."), "{}", again.text());
        assert_eq!(app.count("select count(*) from days_off where office_code = '031'").await, 0);
        first.sends(&again, "/operator/kalender/031/berlaku", &[]).await.expect(200);
        assert_eq!(app.count("select count(*) from days_off where office_code = '031'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn national_days_come_from_a_file_with_every_fault_told_by_its_row() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let import = "/operator/kalender/impor";
        Visitor::staff(&app, "operator").await.opens(import).await.expect(403);
        let national = Visitor::staff(&app, "pusat").await;
        let form = national.opens(import).await.expect(200);
        let bad = "date,name_id,kind,source\n2028-13-01,Tahun Baru,national,SKB 1\n2028-01-02,,closure,\n";
        let wrong = national.sends(&form, import, &[("content", bad)]).await.expect(422);
        assert!(wrong.says("Ada 4 kesalahan pada berkas.") && wrong.says("Tidak ada yang diimpor."), "{}", wrong.text());
        assert!(wrong.html.contains("2028-13-01"), "what was typed is still there");
        let good = "date,name_id,kind,source\n2028-01-01,Tahun Baru Masehi,national,SKB 1\n2028-08-17,Hari Proklamasi,national,SKB 1\n";

        let preview = national.sends(&wrong, import, &[("content", good)]).await.expect(200);

        assert!(preview.says("Tahun lengkap 2028 Ditambah 2"), "{}", preview.text());
        let make = "/operator/kalender/impor/berlaku";
        let unsure = national.sends(&preview, make, &[]).await.expect(422);
        assert!(unsure.says("dinyatakan lengkap dengan hanya 2 hari libur") && unsure.says("Belum ada yang diimpor."));
        assert_eq!(app.count("select count(*) from calendar_years where year = 2028").await, 0);
        national.sends(&unsure, make, &[("consent", "yes")]).await.expect(200);
        let year = national.opens("/operator/kalender?tahun=2028").await.expect(200);
        assert!(year.says("Hari Proklamasi") && year.says("Libur nasional (2)"), "{}", year.text());
        assert!(national.opens("/operator/kalender?tahun=2029").await.says("Hari libur tahun 2029 belum dimuat."));
    })
    .await;
}

#[tokio::test]
async fn a_file_of_a_part_of_a_year_names_each_day_that_would_go_and_is_confirmed_or_completed() {
    TestApp::run(|app| async move {
        a_receipt_mail(&app).await;
        let national = Visitor::staff(&app, "pusat").await;
        let (import, hold) = ("/operator/kalender/impor", "/operator/kalender/impor/berlaku");
        let rows = (1..=11).map(|day| format!("2026-06-{day:02},Libur {day},national,SKB 1,2026-01-02\n"));
        let whole = format!("date,name_id,kind,source,known_on\n{}", rows.collect::<String>());
        let form = national.opens(import).await.expect(200);
        let preview = national.sends(&form, import, &[("content", &whole)]).await.expect(200);
        assert!(!preview.html.contains("name=\"consent\""), "nothing goes");
        national.sends(&preview, hold, &[]).await.expect(200);
        let year = national.opens("/operator/kalender?tahun=2026").await.expect(200);

        let part = "date,name_id,kind,source,known_on\n2026-06-01,Libur satu,national,SKB 1,2026-01-02\n2026-07-14,Pilkada,national,Keppres 1,\n";
        let preview = national.sends(&form, import, &[("content", part)]).await.expect(200);
        assert!(preview.says("kehilangan 10 hari libur dan tinggal 2"), "{}", preview.text());
        assert!(preview.says("2 Juni 2026 Libur 2") && preview.says("1 Juni 2026 Libur satu (semula Libur 1)"));
        assert!(preview.says("14 Juli 2026 Pilkada") && preview.says("1 permohonan terbuka bergeser."));
        assert!(preview.html.contains("form=\"berlaku\" formaction=") && preview.says("Unduh semua yang bergeser"));
        let (moved, sent) = ("/operator/kalender/impor/bergeser", preview.hidden(hold));
        let list = national.asks(Method::POST, moved, Some(&sent), &[]).await.expect(200);
        assert!(list.html.ends_with(",2026-07-15,2026-07-16,no\n"), "{}", list.html);
        let file = std::env::temp_dir().join(format!("{}.csv", uuid::Uuid::new_v4()));
        std::fs::write(&file, part).unwrap();
        let command = app.command(&["calendar", "import", file.to_str().unwrap()]);
        let told = String::from_utf8(command.stderr).unwrap();
        assert!(command.status.code() == Some(1) && told.contains("kehilangan 10 hari libur") && told.contains("--replace"), "{told}");
        let command = app.command(&["calendar", "import", "--dry-run", file.to_str().unwrap()]);
        let told = String::from_utf8(command.stdout).unwrap();
        assert!(told.contains("- 2026-06-02 Libur 2 (national, SKB 1)\n") && told.contains("10 removed; ") && told.contains("(dry run, nothing is kept)"), "{told}");
        std::fs::remove_file(&file).unwrap();
        let unsure = national.sends(&preview, hold, &[]).await.expect(422);
        assert!(unsure.html.contains("href=\"#consent\"") && unsure.says("11 Juni 2026 Libur 11"), "{}", unsure.text());
        assert_eq!(app.count("select count(*) from days_off").await, 11);

        // One day more needs no file, and a year goes out as it comes in.
        let change = |on: &'static str, kind: &'static str| {
            [("act", "national"), ("from_on", on), ("kind", kind), ("name", "Pilkada"), ("source", "Keppres 1")]
        };
        let add = "/operator/kalender/indonesia/pratinjau";
        let wrong = national.sends(&year, add, &change("", "")).await.expect(422);
        assert!(wrong.html.contains("href=\"#national-kind\"") && wrong.html.contains("value=\"Keppres 1\""));
        let unknown = national.sends(&year, add, &change("2029-07-14", "national")).await.expect(422);
        assert!(unknown.says("Hari libur tahun itu belum dimuat."), "{}", unknown.text());
        let taken = national.sends(&year, add, &change("2026-06-01", "national")).await.expect(422);
        assert!(taken.says("sudah memuat hari libur itu"), "{}", taken.text());
        let seen = national.sends(&year, add, &change("2026-07-14", "joint_leave")).await.expect(200);
        assert!(seen.says("Cuti bersama") && seen.says("1 permohonan terbuka bergeser."), "{}", seen.text());
        let made = national.sends(&seen, "/operator/kalender/indonesia/berlaku", &[]).await.expect(200);
        assert!(made.says("Cuti bersama (1)") && made.says("Libur nasional (11)"), "{}", made.text());
        let file = national.opens("/operator/kalender/unduh/2026").await.expect(200);
        assert!(file.html.contains("2026-07-14,Pilkada,joint_leave,Keppres 1,2026-07-10\n"), "{}", file.html);
        let again = national.sends(&form, import, &[("content", &file.html)]).await.expect(200);
        assert!(again.says("Ditambah 0 Diubah 0 Dihapus 0 Tetap 12"), "{}", again.text());
        national.sends(&unsure, hold, &[("consent", "yes")]).await.expect(409);
        let local = Visitor::staff(&app, "operator").await;
        let own = local.opens("/operator/kalender/031?tahun=2026").await.expect(200);
        let mut fields = own.hidden("/operator/kalender/031/pratinjau");
        fields.retain(|(name, _)| name.starts_with('_'));
        fields.extend(change("2026-07-15", "national").map(|(name, value)| (name.to_owned(), value.to_owned())));
        local.asks(Method::POST, add, Some(&fields), &[]).await.expect(403);
    })
    .await;
}

#[tokio::test]
async fn hours_of_weekdays_come_from_a_file_for_one_office_or_for_all() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let import = "/operator/kalender/impor";
        let national = Visitor::staff(&app, "pusat").await;
        let form = national.opens(import).await.expect(200);
        let file =
            |rows: &str| format!("office_code,from_on,until_on,weekdays,hours,name,source,known_on\n{rows}");
        let wrong = file("999,2026-07-01,2026-07-31,5,08.00-11.30,jam Jumat,KEP-1,\n");
        let wrong = national.sends(&form, import, &[("content", &wrong)]).await.expect(422);
        assert!(wrong.says("2 office_code") && wrong.html.contains("jam Jumat"), "{}", wrong.text());
        let rows = file(
            ",2026-07-01,2026-07-31,1-4,\"08.00-12.00, 13.00-16.00\",jam Juli,SE-1/2026,2026-06-25\n\
             031,2026-07-01,2026-07-31,5,\"08.00-11.30, 13.00-16.00\",jam Jumat,KEP-1,\n",
        );

        let preview = national.sends(&wrong, import, &[("content", &rows)]).await.expect(200);
        assert!(preview.says("Ditambah 2") && preview.says("Tidak ada permohonan terbuka yang bergeser."));
        national.sends(&preview, "/operator/kalender/impor/berlaku", &[]).await.expect(200);

        let here = national.opens("/operator/kalender/031?tahun=2026").await.expect(200);
        assert!(here.says("Jumat: 08.00–11.30, 13.00–16.00"), "{}", here.text());
        assert!(here.says("Senin, Selasa, Rabu, Kamis: 08.00–12.00, 13.00–16.00"), "{}", here.text());
        assert!(here.says("SE-1/2026 · diketahui 25 Juni 2026 · Seluruh Indonesia"), "{}", here.text());
        assert!(!national.opens("/operator/kalender/952?tahun=2026").await.says("Jumat: 08.00"));
        let id =
            text(&app, "select closing_hours_id::text from closing_hours where office_code is null").await;
        let ends = [("act", "end_hours"), ("id", id.as_str()), ("name", "jam Juli")];
        let country = national.opens("/operator/kalender?tahun=2026").await.expect(200);
        let seen =
            national.sends(&country, "/operator/kalender/indonesia/pratinjau", &ends).await.expect(200);
        national.sends(&seen, "/operator/kalender/indonesia/berlaku", &[]).await.expect(200);
        assert_eq!(app.count("select count(*) from closing_hours").await, 1);
        // The operator of one office, with the proof of their own form.
        let local = Visitor::staff(&app, "operator").await;
        let own = local.opens("/operator/kalender/031?tahun=2026").await.expect(200);
        let mut fields = own.hidden("/operator/kalender/031/pratinjau");
        fields.retain(|(name, _)| name.starts_with('_'));
        fields.extend(ends.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let country = "/operator/kalender/indonesia/pratinjau";
        local.asks(Method::POST, country, Some(&fields), &[]).await.expect(403);
    })
    .await;
}

#[tokio::test]
async fn a_calendar_file_of_whole_days_moves_no_day_in_any_zone_and_needs_its_rule() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let import = "/operator/kalender/impor";
        let national = Visitor::staff(&app, "pusat").await;
        let form = national.opens(import).await.expect(200);
        let ics = |event: &str| {
            format!(
                "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//ID\r\nX-WR-TIMEZONE:Pacific/Kiritimati\r\nBEGIN:VEVENT\r\nUID:1\r\n\
                 {event}END:VEVENT\r\nEND:VCALENDAR\r\n"
            )
        };
        let hours = ics("DTSTART:20280101T000000Z\r\nSUMMARY:Tahun Baru\r\n");
        let wrong = national.sends(&form, import, &[("content", &hours), ("source", "SKB 1")]).await.expect(422);
        assert!(wrong.says("Ada 1 kesalahan pada berkas.") && wrong.says("5 DTSTART"), "{}", wrong.text());
        assert!(wrong.says("Harus sehari penuh (VALUE=DATE), bukan jam.") && wrong.html.contains("20280101T000000Z"));
        let whole = ics(
            "DTSTART;VALUE=DATE:20280101\r\nDTEND;VALUE=DATE:20280103\r\nSUMMARY:Cuti Bersama Tahun Baru\r\n",
        );
        let bare = national.sends(&wrong, import, &[("content", &whole)]).await.expect(422);
        assert!(bare.says("Wajib diisi.") && bare.html.contains("href=\"#source\""), "{}", bare.text());

        let fields = [("source", "SKB 1497/2027"), ("content", &whole), ("known_on", "2026-12-01")];
        let early = national.sends(&bare, import, &fields).await.expect(422);
        assert!(early.says("Belum tiba: isi hari ini atau yang sudah lewat."), "{}", early.text());
        assert!(early.html.contains("href=\"#known_on\""));
        assert!(early.html.contains("value=\"2026-12-01\"") && early.says("Cuti Bersama Tahun Baru"));

        let fields = [("source", "SKB 1497/2027"), ("content", ""), ("known_on", "2026-07-01")];
        let preview = national.sends_file_with(&bare, import, &fields, "libur.ics", whole.as_bytes()).await.expect(200);

        assert!(preview.says("Tahun lengkap 2028 Ditambah 2"), "{}", preview.text());
        national.sends(&preview, "/operator/kalender/impor/berlaku", &[("consent", "yes")]).await.expect(200);
        let kept: Vec<(String, String, String)> = sqlx::query_as(
            "select day_on::text, kind, source || ' ' || known_on from days_off where extract(year from day_on) = 2028 order by day_on",
        )
        .fetch_all(&app.pool)
        .await
        .unwrap();
        let row = |day: &str| (day.to_owned(), "joint_leave".to_owned(), "SKB 1497/2027 2026-07-01".to_owned());
        assert_eq!(kept, [row("2028-01-01"), row("2028-01-02")]);
    })
    .await;
}

#[tokio::test]
async fn a_decree_is_prepared_read_numbered_and_in_force_with_its_scan() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        app.employs("baru", "special_officer", "031").await;
        let id: uuid::Uuid = sqlx::query_scalar("delete from decrees using staff where staff.staff_id = decrees.staff_id and username = 'baru' returning staff.staff_id")
            .fetch_one(&app.pool)
            .await
            .unwrap();
        let operator = Visitor::staff(&app, "operator").await;
        let list = operator.opens("/operator/kep").await.expect(200);
        assert!(list.says("Belum ada keputusan yang dibuat di sini"), "{}", list.text());
        let form = operator.opens("/operator/kep/baru").await.expect(200);
        let id = id.to_string();
        let (rank, position) = (format!("rank-{id}"), format!("position-{id}"));
        let few = [("officer", id.as_str()), (rank.as_str(), "Penata Muda/III.a"), ("signatory-name", "Hartati Contoh")];
        let wrong = operator.sends(&form, "/operator/kep/baru", &few).await.expect(422);
        assert!(wrong.says("Isi tanggal yang ada dalam kalender.") && wrong.html.contains("Penata Muda"), "{}", wrong.text());
        let mut all = few.to_vec();
        all.extend([
            ("dated_on", "2026-07-10"),
            ("in_force_on", "2026-07-11"),
            ("signatory-nip", "1970"),
            (position.as_str(), ""),
        ]);
        let wrong = operator.sends(&wrong, "/operator/kep/baru", &all).await.expect(422);
        assert!(wrong.says("NIP terdiri atas 18 angka.") && wrong.says("Isi jabatan petugas ini."), "{}", wrong.text());
        all.truncate(5);
        all.extend([("signatory-nip", "197002021995031999"), (position.as_str(), "Pelaksana Seksi Pelayanan")]);
        let sheet = operator.sends(&wrong, "/operator/kep/baru", &all).await.expect(200);
        assert!(sheet.says("Keputusan disiapkan.") && sheet.says("Belum bernomor"), "{}", sheet.text());
        let paper = operator.opens(&format!("{}/naskah.pdf", sheet.path)).await.expect(200);
        assert_eq!(paper.headers["content-type"], "application/pdf");

        let number = format!("{}/nomor", sheet.path);
        let ask = operator.opens(&number).await.expect(200);
        assert!(ask.says("Beri nomor keputusan ini?") && ask.says("Baru"));
        let numbered = operator.sends(&ask, &number, &[]).await.expect(200);
        assert!(numbered.says("KEP-1/KPP.031/2026") && numbered.says("menunggu tanda tangan basah"), "{}", numbered.text());
        let late = operator.sends(&ask, &number, &[]).await.expect(200);
        assert!(late.says("sudah melewati langkah itu"));
        let scan = format!("{}/pindaian", sheet.path);
        let none = operator.sends_file(&numbered, &scan, "x", "kep.txt", b"bukan pindaian").await.expect(200);
        assert!(none.says("Berkas bukan PDF, JPEG, atau PNG."), "{}", none.text());
        let mut pdf = b"%PDF-1.7\n".to_vec();
        pdf.resize(20_000, b'x');
        let signed = operator.sends_file(&none, &scan, "x", "kep.pdf", &pdf).await.expect(200);
        assert!(signed.says("Keputusan berlaku bagi petugasnya") && signed.says("kep.pdf"), "{}", signed.text());
        assert_eq!(app.count("select count(*) from decrees where number = 'KEP-1/KPP.031/2026'").await, 1);

        let second = operator.sends(&wrong, "/operator/kep/baru", &all).await.expect(200);
        let void = format!("{}/batal", second.path);
        let ask = operator.opens(&void).await.expect(200);
        let empty = operator.sends(&ask, &void, &[]).await.expect(422);
        let ended = operator.sends(&empty, &void, &[("reason", "Salah petugas")]).await.expect(200);
        assert!(ended.says("Dibuang sebelum bernomor"), "{}", ended.text());
    })
    .await;
}

#[tokio::test]
async fn a_wording_is_drafted_by_one_operator_and_approved_by_another() {
    TestApp::run(|app| async move {
        for sql in [
            "insert into staff (staff_id, username, name, nip, password_hash, created_at)
             select gen_random_uuid(), 'pusat2', 'Pusat2', lpad('2', 18, '6'), password_hash, '2026-01-01Z' from staff where username = 'pusat'",
            "insert into staff_roles (staff_id, role, scope) select staff_id, 'operator', 'national' from staff where username = 'pusat2'",
        ] {
            sqlx::query(sql).execute(&app.pool).await.unwrap();
        }
        let (first, second) = (Visitor::staff(&app, "pusat").await, Visitor::staff(&app, "pusat2").await);
        let list = first.opens("/operator/templat").await.expect(200);
        assert!(list.says("Tanda terima") && list.says("Bawaan aplikasi"));
        let built_in = text(&app, "select template_id::text from letter_templates where kind = 'routing_slip'").await;
        let form = first.opens(&format!("/operator/templat/{built_in}/naskah?baru=1")).await.expect(200);
        let path = format!("/operator/templat/{built_in}/naskah");
        let source: String = sqlx::query_scalar("select source from letter_templates where kind = 'routing_slip'")
            .fetch_one(&app.pool)
            .await
            .unwrap();
        let wrong = first.sends(&form, &path, &[("source", &source)]).await.expect(422);
        assert!(wrong.says("version: 1001") && wrong.html.contains("routing_slip"), "nothing written is lost");
        let line = source.lines().find(|line| line.starts_with("version:")).unwrap();
        let new = source.replace(line, "version: 1001");

        let drafted = first.sends(&wrong, &path, &[("source", &new)]).await.expect(200);

        assert!(drafted.says("Konsep disimpan.") && drafted.says("operator lain yang menyetujuinya"), "{}", drafted.text());
        assert!(drafted.says("Naskah benar"));
        let page = second.opens(&drafted.path).await.expect(200);
        let approved = second.sends(&page, &format!("{}/setujui", drafted.path), &[]).await.expect(200);
        assert!(approved.says("Versi disetujui."), "{}", approved.text());
        let day = format!("{}/berlaku", drafted.path);
        let early = second.sends(&approved, &day, &[("in_force_on", "2026-07-10")]).await.expect(422);
        assert!(early.html.contains("href=\"#in_force_on\""));
        let named = second.sends(&early, &day, &[("in_force_on", "2026-07-20")]).await.expect(200);
        assert!(named.says("Berlaku mulai 20 Juli 2026"), "{}", named.text());
        let seen = second.asks(Method::GET, &format!("{}/pratinjau.pdf", drafted.path), None, &[]).await;
        assert_eq!(seen.headers["content-type"], "application/pdf");
    })
    .await;
}

#[tokio::test]
async fn a_registry_file_is_tried_before_it_is_kept_and_its_faults_are_told_by_row() {
    TestApp::run(|app| async move {
        Visitor::staff(&app, "operator").await.opens("/operator/data").await.expect(403);
        let national = Visitor::staff(&app, "pusat").await;
        let form = national.opens("/operator/data").await.expect(200);
        let none = national.sends_file(&form, "/operator/data", "persons", "", b"").await.expect(422);
        assert!(none.says("Pilih berkas CSV."));
        let bad = b"name,position\nWisnu,Direktur\n";
        let wrong =
            national.sends_file(&form, "/operator/data", "persons", "orang.csv", bad).await.expect(422);
        assert!(
            wrong.says("Kolom ini tidak ada di baris pertama.") && wrong.says("Tidak ada yang diimpor."),
            "{}",
            wrong.text()
        );
        story::register(&app, "999991342031000", EMAIL).await;
        let sample = include_str!("../../data/sample/taxpayers.csv");
        let tried = national
            .sends_file(&form, "/operator/data", "taxpayers", "wp.csv", sample.as_bytes())
            .await
            .expect(422);
        assert!(tried.says("Kantor ini belum dikenal"), "{}", tried.text());
        app.imports(aktivasi::admin::import::Content::Offices, include_str!("../../data/offices.csv")).await;
        story::files(&app, "new_credentials", EMAIL, |_| {}).await;
        let half = sample.replace("999991003001000,", "123,");
        let tried = national
            .sends_file(&form, "/operator/data", "taxpayers", "wp.csv", half.as_bytes())
            .await
            .expect(422);
        assert!(tried.says("1 baris salah.") && tried.says("Baris lainnya"), "{}", tried.text());
        let before = app.count("select count(*) from taxpayers").await;
        let tried = national
            .sends_file(&form, "/operator/data", "taxpayers", "wp.csv", sample.as_bytes())
            .await
            .expect(200);
        assert!(tried.says("wp.csv benar. Belum ada yang disimpan."), "{}", tried.text());
        assert!(tried.says("Permohonan terbuka yang data registrasinya berubah"), "{}", tried.text());
        assert_eq!(app.count("select count(*) from taxpayers").await, before);
        assert_eq!(app.count("select count(*) from audit_events where act = 'import_taxpayers'").await, 0);
        let keep = [("kind", "taxpayers"), ("run", "keep")];
        let mut kept = Vec::new();
        for _ in 0..2 {
            let seen = national.sends_file_with(&tried, "/operator/data", &keep, "wp.csv", sample.as_bytes());
            seen.await.expect(200);
            kept.push(app.count("select count(*) from taxpayers").await);
        }
        assert!(kept[0] > before && kept[1] == kept[0], "{before} {kept:?}");
        assert_eq!(
            app.count(
                "select count(*) from audit_events where act = 'import_taxpayers' and actor_kind = 'staff'"
            )
            .await,
            2
        );
    })
    .await;
}

#[tokio::test]
async fn the_scan_of_a_decree_is_kept_and_read_from_the_account() {
    TestApp::run(|app| async move {
        let operator = Visitor::staff(&app, "operator").await;
        let path = "/operator/pengguna/00000000-0000-7000-8000-000000000002";
        let page = operator.opens(path).await.expect(200);
        assert!(page.says("Belum ada pindaian."));
        let action = format!("{path}/pindaian");
        let wrong =
            operator.sends_file(&page, &action, "", "kep.pdf", b"MZ bukan pindaian").await.expect(200);
        assert!(wrong.says("Berkas bukan PDF, JPEG, atau PNG."), "{}", wrong.text());
        let kept = operator.sends_file(&page, &action, "", "kep.pdf", b"%PDF-1.7 contoh").await.expect(200);
        assert!(kept.says("Pindaian disimpan terkunci.") && kept.says("Pindaian ada."), "{}", kept.text());
        let scan = "/operator/keputusan/00000000-0000-7000-8000-0000000000d1/pindaian";
        let seen = operator.asks(Method::GET, scan, None, &[]).await;
        assert_eq!(
            (seen.headers["content-type"].to_str().unwrap(), seen.html.as_str()),
            ("application/pdf", "%PDF-1.7 contoh")
        );
        Visitor::staff(&app, "khusus").await.opens(scan).await.expect(403);
    })
    .await;
}
