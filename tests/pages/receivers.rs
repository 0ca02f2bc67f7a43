//! Receivers of events on their pages.

use crate::{support::TestApp, visitor::Visitor};

/// A receiver of office 031 that got some events, waits for others, and to which others were given up; its id.
pub async fn a_receiver_with_log(app: &TestApp, each: i32) -> String {
    for sql in [
        "insert into webhook_endpoints (endpoint_id, name, url, office_code, kinds, with_personal_data, created_at, failures)
         select '00000000-0000-7000-8000-0000000000c1', 'e-Faktur', 'https://efaktur.example.go.id/peristiwa', '031',
                '{request.received,letter.issued,message.bounced,credential.changed}', false, '2026-07-01Z', 3 where $1 > 0",
        "insert into events (kind, office_code, occurred_at)
         select kind, '031', '2026-07-09 03:00Z'::timestamptz + n * interval '1 minute'
         from unnest(array['request.received', 'letter.issued', 'credential.changed']) as kind, generate_series(1, $1) as n",
        "insert into webhook_attempts (endpoint_id, event_no, number, at, outcome, status, duration_ms)
         select endpoint_id, event_no, 1, next_at, case when kind = 'letter.issued' then 'delivered' else 'refused' end,
                case when kind = 'letter.issued' then 204 else 503 end, 41 + 0 * $1
         from webhook_deliveries join events using (event_no)",
        "update webhook_deliveries set tries = 1, next_at = '2026-07-10 12:00Z',
             state = case kind when 'request.received' then 'pending' when 'letter.issued' then 'delivered' else 'given_up' end,
             ended_at = case when kind <> 'request.received' then '2026-07-09 04:00Z'::timestamptz end
         from events where events.event_no = webhook_deliveries.event_no and $1 > 0",
        "insert into tasks (task_id, office_code, endpoint_id, kind, detail, opened_at)
         select '00000000-0000-7000-8000-0000000000f7', '031', endpoint_id, 'events_given_up', name, '2026-07-09 04:00Z'
         from webhook_endpoints where $1 > 0",
    ] {
        sqlx::query(sql).bind(each).execute(&app.pool).await.unwrap();
    }
    "00000000-0000-7000-8000-0000000000c1".to_owned()
}

#[tokio::test]
async fn a_receiver_is_added_its_secret_is_shown_once_and_what_is_wrong_is_said_at_once() {
    TestApp::run(|app| async move {
        let operator = Visitor::staff(&app, "operator").await;
        let list = operator.opens("/operator/penerima").await.expect(200);
        assert!(list.says("Belum ada penerima"));
        let form = operator.opens("/operator/penerima/baru").await.expect(200);
        assert!(!form.says("Kosongkan untuk peristiwa di semua kantor"), "their office is meant");
        let wrong = [("name", "e-Faktur"), ("url", "http://efaktur.example.go.id/")];
        let wrong = operator.sends(&form, "/operator/penerima/baru", &wrong).await.expect(422);
        assert!(wrong.says("Alamat harus dimulai dengan https://."), "{}", wrong.text());
        assert!(wrong.says("Pilih paling sedikit satu peristiwa."));
        assert!(wrong.html.contains("value=\"e-Faktur\""), "nothing typed is lost");
        let inside = [("name", "e-Faktur"), ("url", "https://10.0.0.1/"), ("kinds", "letter.issued")];
        let inside = operator.sends(&wrong, "/operator/penerima/baru", &inside).await.expect(422);
        assert!(inside.says("jaringan tertutup"), "{}", inside.text());
        let right =
            [("name", "e-Faktur"), ("url", "https://efaktur.example.go.id/"), ("kinds", "letter.issued")];
        let added = operator.sends(&inside, "/operator/penerima/baru", &right).await.expect(200);
        assert!(added.text().contains("whsec_") && added.says("hanya tampil satu kali"));
        let [one] = &added.leads_to("/operator/penerima/")[..] else { panic!("{}", added.html) };
        let seen = operator.opens(one).await.expect(200);
        assert!(seen.says("e-Faktur") && seen.says("Aktif") && seen.says("031"));
        assert!(!seen.html.contains("whsec_"));

        let question = operator.opens(&format!("{one}/rahasia")).await.expect(200);
        let rotated = operator.sends(&question, &format!("{one}/rahasia"), &[]).await.expect(200);
        assert!(rotated.text().contains("whsec_") && rotated.says("Selama 24 jam"));
        assert!(operator.opens(one).await.says("Kunci lama ikut menandatangani sampai"));
        let acts = "select count(*) from audit_events where act in ('create_webhook_endpoint', 'rotate_webhook_secret')";
        assert_eq!(app.count(acts).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_receiver_is_changed_and_switched_off_unless_somebody_else_changed_it_meanwhile() {
    TestApp::run(|app| async move {
        let one = format!("/operator/penerima/{}", a_receiver_with_log(&app, 1).await);
        let operator = Visitor::staff(&app, "operator").await;
        let form = operator.opens(&format!("{one}/ubah")).await.expect(200);
        let page = operator.opens(&one).await.expect(200);
        let new = [("name", "Faktur"), ("url", "https://faktur.example.go.id/"), ("kinds", "letter.issued")];
        let changed = operator.sends(&form, &format!("{one}/ubah"), &new).await.expect(200);
        assert!(changed.says("Penerima sudah diubah.") && changed.says("https://faktur.example.go.id/"));
        let stale = operator.sends(&form, &format!("{one}/ubah"), &new).await.expect(409);
        assert!(stale.says("baru saja diubah orang lain"));
        operator.sends(&stale, &format!("{one}/ubah"), &new).await.expect(200);

        let not = operator.sends(&page, &format!("{one}/aktif"), &[]).await.expect(200);
        assert!(not.says("Lihat keadaannya sekarang") && not.says("Aktif"));
        let off = operator.sends(&not, &format!("{one}/aktif"), &[]).await.expect(200);
        assert!(off.says("Penerima dihentikan") && off.says("Aktifkan lagi"));
        let on = operator.sends(&off, &format!("{one}/aktif"), &[]).await.expect(200);
        assert!(on.says("Penerima aktif lagi."));
    })
    .await;
}

#[tokio::test]
async fn what_was_given_up_is_sent_again_one_by_one_or_all_at_once() {
    TestApp::run(|app| async move {
        let one = format!("/operator/penerima/{}", a_receiver_with_log(&app, 3).await);
        let operator = Visitor::staff(&app, "operator").await;
        let page = operator.opens(&one).await.expect(200);
        assert!(
            page.says("Gagal 3 kali berturut-turut") && page.says("Ditolak penerima HTTP 503 · 41 ms"),
            "{}",
            page.text()
        );
        assert!(page.says("Tugas terbuka sejak"));
        let events: Vec<uuid::Uuid> = sqlx::query_scalar(
            "select event_id from events where kind = 'credential.changed' order by event_no desc",
        )
        .fetch_all(&app.pool)
        .await
        .unwrap();
        let first = events[0].to_string();
        let again = operator.sends(&page, &format!("{one}/kirim"), &[("event", &first)]).await.expect(200);
        assert!(again.says("Peristiwa dikirim lagi."));
        assert!(again.says("Tugas terbuka sejak"), "two are left");
        let twice = operator.sends(&again, &format!("{one}/kirim"), &[("event", &first)]).await.expect(200);
        assert!(twice.says("sudah menunggu dikirim"));
        let all = operator.sends(&twice, &format!("{one}/kirim-semua"), &[]).await.expect(200);
        assert!(all.says("2 peristiwa dikirim lagi.") && !all.says("Tugas terbuka"), "{}", all.text());
        assert_eq!(app.count("select count(*) from webhook_deliveries where state = 'given_up'").await, 0);
        let delivered = operator.opens(&format!("{one}?keadaan=sampai")).await.expect(200);
        assert!(delivered.says("Surat terbit") && delivered.says("HTTP 204"));
    })
    .await;
}

#[tokio::test]
async fn the_task_about_a_receiver_is_closed_with_a_reason_where_nothing_is_sent_again() {
    TestApp::run(|app| async move {
        let one = format!("/operator/penerima/{}", a_receiver_with_log(&app, 1).await);
        let task = format!("{one}/tugas");
        let operator = Visitor::staff(&app, "operator").await;
        let question = operator.opens(&task).await.expect(200);
        let why = operator.sends(&question, &task, &[("reason", "")]).await.expect(422);
        assert!(why.says("Isi alasan tindakan ini."));
        let closed = operator.sends(&why, &task, &[("reason", "Sudah tidak perlu")]).await.expect(200);
        assert!(closed.says("Tugas sudah ditutup.") && !closed.says("Tugas terbuka"), "{}", closed.text());
        let again = operator.sends(&why, &task, &[("reason", "Sudah tidak perlu")]).await.expect(200);
        assert!(again.says("Tidak ada tugas terbuka untuk penerima ini."));
        let notes = "select count(*) from tasks where closing_note = 'Sudah tidak perlu'";
        assert_eq!(app.count(notes).await, 1);
    })
    .await;
}
