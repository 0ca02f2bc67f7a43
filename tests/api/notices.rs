//! People hear of a limit before it breaks: in the hours of their office, one step up at a time, each of them once.

use aktivasi::{
    app::notices::{acknowledge_all, make_digests, raise_notices},
    domain::ids::SessionId,
    jobs::one_periodic_round,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;

use crate::{
    story::{self, EMAIL, files, mails_to},
    support::{Answer, TestApp},
};

const OFFICER: &str = "khusus@kpp.example";
const HEAD: &str = "kasi@kpp.example";
const KANWIL: &str = "kanwil@kpp.example";

/// Sets the clock by the clock on the wall of an office: `2026-07-14T08:00:00+07:00`.
fn it_is(app: &TestApp, local: &str) {
    let at: DateTime<Utc> = DateTime::parse_from_rfc3339(local).unwrap().into();
    app.advance(at - app.now());
}

async fn sql(app: &TestApp, sql: &'static str) {
    sqlx::raw_sql(sql).execute(&app.pool).await.unwrap();
}

/// What is told now: how many notices came.
async fn told(app: &TestApp, local: &str) -> usize {
    it_is(app, local);
    raise_notices(app.office()).await.unwrap()
}

/// A request that an officer has in hand, received on Friday, 10 July at 16.00 WIB: due on Wednesday, 15 July. Officer,
/// section head and the supervisor of the Kanwil have addresses. The id of the request.
async fn in_hand(app: &TestApp) -> String {
    story::prepare(app).await;
    story::register(app, "999991342031000", EMAIL).await;
    sql(
        app,
        "update staff set email = username || '@kpp.example' where username in ('khusus', 'kasi', 'kanwil')",
    )
    .await;
    let receipt = files(app, "new_credentials", EMAIL, |_| {}).await;
    let id = receipt["request_id"].as_str().unwrap().to_owned();
    let officer = app.signs_in("khusus").await;
    app.post(&format!("/requests/{id}/claim"), Some(&officer), json!({})).await.expect(200);
    id
}

/// Somebody signs in and says that they read everything.
async fn reads_all(app: &TestApp, username: &str) -> usize {
    app.signs_in(username).await;
    let session: Uuid = sqlx::query_scalar(
        "select session_id from sessions join staff using (staff_id) where username = $1 order by sessions.created_at desc limit 1",
    )
    .bind(username)
    .fetch_one(&app.pool)
    .await
    .unwrap();
    acknowledge_all(app.office(), SessionId(session)).await.unwrap()
}

/// The subjects of the reminders that an address got, in the order in which they came.
fn reminders(app: &TestApp, address: &str) -> Vec<String> {
    let subjects = mails_to(app, address).into_iter().map(|mail| mail.subject);
    subjects.filter(|subject| subject.starts_with('[')).collect()
}

#[tokio::test]
async fn a_threshold_is_told_to_the_officer_then_up_the_office_in_its_hours_and_once() {
    TestApp::run(|app| async move {
        in_hand(&app).await;

        // Tuesday is the last business day before the due date; nobody is told at midnight.
        assert_eq!(told(&app, "2026-07-13T15:00:00+07:00").await, 0, "on track");
        assert_eq!(told(&app, "2026-07-14T00:00:00+07:00").await, 0);
        assert_eq!(told(&app, "2026-07-14T07:59:59+07:00").await, 0);
        assert_eq!(told(&app, "2026-07-14T08:00:00+07:00").await, 1);
        assert_eq!(told(&app, "2026-07-14T09:59:59+07:00").await, 0);
        assert_eq!(told(&app, "2026-07-14T10:00:00+07:00").await, 1, "two hours later the section head");
        assert_eq!(
            told(&app, "2026-07-14T15:30:00+07:00").await,
            0,
            "what is due tomorrow goes no further up"
        );
        app.run_ready_jobs().await;
        assert_eq!(reminders(&app, OFFICER), ["[Jatuh tempo besok] 1 permohonan menunggu tindakan Anda"]);
        assert_eq!(reminders(&app, HEAD), ["[Jatuh tempo besok] 1 permohonan, 0 menunggu tanda tangan"]);
        let mail = mails_to(&app, OFFICER).pop().unwrap().text;
        assert!(mail.contains("jatuh tempo Rabu, 15 Juli 2026"), "{mail}");
        let words = mail.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            words.contains("sisa waktu kerja 8 jam 30 menit"),
            "half an hour of today and all of tomorrow: {words}"
        );
        assert!(!mail.contains(story::NAME) && !mail.contains("99.999"), "no name and no NPWP: {mail}");

        // The next threshold is told anew; a section head who read it stops the climb.
        assert_eq!(told(&app, "2026-07-15T08:00:00+07:00").await, 1);
        assert_eq!(told(&app, "2026-07-15T10:00:00+07:00").await, 1);
        assert_eq!(reads_all(&app, "kasi").await, 1, "the notice of yesterday is no longer so");
        assert_eq!(told(&app, "2026-07-15T16:00:00+07:00").await, 0);

        // Overdue, and nobody reads it: the supervisor that is nearest hears of it.
        assert_eq!(told(&app, "2026-07-16T08:00:00+07:00").await, 1);
        assert_eq!(told(&app, "2026-07-16T10:00:00+07:00").await, 1);
        assert_eq!(told(&app, "2026-07-16T12:00:00+07:00").await, 1);
        assert_eq!(told(&app, "2026-07-17T12:00:00+07:00").await, 0, "each of them once");
        app.run_ready_jobs().await;
        assert_eq!(
            reminders(&app, KANWIL),
            ["[Lewat jatuh tempo] 1 permohonan di KPP Pratama Jakarta Palmerah perlu perhatian"]
        );
        assert_eq!(app.count("select count(*) from notices").await, 7);
        assert_eq!(app.count("select count(*) from audit_events where act = 'acknowledge_notice'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn an_officer_who_read_it_is_left_to_work_and_what_is_done_is_told_to_nobody() {
    TestApp::run(|app| async move {
        let id = in_hand(&app).await;
        assert_eq!(told(&app, "2026-07-14T08:00:00+07:00").await, 1);
        assert_eq!(reads_all(&app, "khusus").await, 1);
        assert_eq!(told(&app, "2026-07-14T15:00:00+07:00").await, 0);

        // A draft waits for its signature: the officer has nothing more to do, and the section head is told at once.
        let officer = app.signs_in("khusus").await;
        let draft = json!({ "decision": "grant", "reasons": [] });
        let drafted = app.post(&format!("/requests/{id}/draft"), Some(&officer), draft).await.expect(200);
        assert_eq!(told(&app, "2026-07-14T15:01:00+07:00").await, 1);
        app.run_ready_jobs().await;
        assert_eq!(reminders(&app, HEAD), ["[Jatuh tempo besok] 1 permohonan, 1 menunggu tanda tangan"]);

        let head = app.signs_in("kasi").await;
        story::signs(&app, &head, &drafted).await.expect(200);
        assert_eq!(reads_all(&app, "kasi").await, 0, "what was signed stands no more");
        assert_eq!(told(&app, "2026-07-15T08:00:00+07:00").await, 0);
    })
    .await;
}

#[tokio::test]
async fn what_was_handed_on_is_told_to_who_has_it_now_and_stands_no_more_with_who_had_it() {
    TestApp::run(|app| async move {
        let id = in_hand(&app).await;
        assert_eq!(told(&app, "2026-07-14T08:00:00+07:00").await, 1);
        let head = app.signs_in("kasi").await;
        let to = json!({ "officer_id": "00000000-0000-7000-8000-000000000011", "reason": "Petugas cuti" });
        let url = app.url(&format!("/requests/{id}/reassignment"));
        let call = app.client.post(url).bearer_auth(&head).header("if-match", "\"v2\"").json(&to);
        Answer::of(call).await.expect(200);

        assert_eq!(told(&app, "2026-07-14T08:01:00+07:00").await, 1, "the other officer");
        app.run_ready_jobs().await;
        assert_eq!(
            reminders(&app, OFFICER),
            [""; 0],
            "the mail had not left, and reminds of nothing any more"
        );
        assert_eq!(reads_all(&app, "khusus").await, 0);
        assert_eq!(reads_all(&app, "khusus2").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_step_up_is_counted_in_working_time_over_closing_weekend_and_ramadan() {
    TestApp::run(|app| async move {
        in_hand(&app).await;
        // Overdue since Thursday; the workers were down until Friday afternoon.
        assert_eq!(told(&app, "2026-07-17T15:00:00+07:00").await, 1);
        assert_eq!(told(&app, "2026-07-17T16:00:00+07:00").await, 0);
        assert_eq!(told(&app, "2026-07-18T10:00:00+07:00").await, 0, "Saturday");
        assert_eq!(told(&app, "2026-07-20T08:59:59+07:00").await, 0);
        assert_eq!(told(&app, "2026-07-20T09:00:00+07:00").await, 1, "an hour on Friday and one on Monday");

        // Other hours for a period, from 08.30 to 09.30. The head was told at 09.00 on Monday.
        sql(&app, "insert into closing_hours (office_code, from_on, until_on, opens_at, closes_at, name, source, calendar_version)
                   values (null, '2026-07-20', '2026-07-24', '08:30', '09:30', 'Ramadan', 'SE-1', 1)").await;
        assert_eq!(told(&app, "2026-07-20T11:00:00+07:00").await, 0, "closed by these hours");
        assert_eq!(told(&app, "2026-07-21T08:29:59+07:00").await, 0);
        assert_eq!(told(&app, "2026-07-21T09:30:00+07:00").await, 0, "half an hour and an hour");
        assert_eq!(told(&app, "2026-07-22T08:59:59+07:00").await, 0);
        assert_eq!(told(&app, "2026-07-22T09:00:00+07:00").await, 1, "the supervisor");
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_is_a_day_behind_does_no_periodic_work_and_what_it_withdrew_stands_again() {
    TestApp::run(|app| async move {
        in_hand(&app).await;
        assert_eq!(told(&app, "2026-07-14T08:00:00+07:00").await, 1);
        assert_eq!(told(&app, "2026-07-15T08:00:00+07:00").await, 1, "due today");
        let standing = "select count(*) from notices where withdrawn_at is null and threshold = 'due_today'";
        assert_eq!(told(&app, "2026-07-14T09:00:00+07:00").await, 1, "by that clock it is due tomorrow");
        assert_eq!(app.count(standing).await, 0);
        assert_eq!(told(&app, "2026-07-15T08:05:00+07:00").await, 1);
        assert_eq!((app.count(standing).await, app.count("select count(*) from notices").await), (1, 2));
        assert_eq!(told(&app, "2026-07-15T08:06:00+07:00").await, 0, "and once");

        app.lives_now();
        assert!(one_periodic_round(&app.pool, app.office()).await.unwrap());
        app.advance(TimeDelta::days(-1));
        assert!(!one_periodic_round(&app.pool, app.office()).await.unwrap());
        app.advance(TimeDelta::days(1) + TimeDelta::hours(1));
        assert!(!one_periodic_round(&app.pool, app.office()).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_due_date_that_moves_takes_its_notices_back_and_arms_them_anew() {
    TestApp::run(|app| async move {
        in_hand(&app).await;
        let calendar = |day: &str| format!("date,name_id,kind,source\n{day},Pilkada,national,Keppres 1\n");
        let import = aktivasi::admin::import::Content::Calendar;
        assert_eq!(told(&app, "2026-07-14T08:00:00+07:00").await, 1);

        // Away by a day, and tomorrow's is still the next business day: the date that was told is wrong now.
        app.imports(import, &calendar("2026-07-15")).await;
        assert_eq!(told(&app, "2026-07-14T08:05:00+07:00").await, 1);
        // Nearer again.
        app.imports(import, &calendar("2026-12-25")).await;
        assert_eq!(told(&app, "2026-07-14T08:10:00+07:00").await, 1);
        assert_eq!(told(&app, "2026-07-14T08:11:00+07:00").await, 0);
        let standing = "select count(*) from notices where withdrawn_at is null";
        assert_eq!(app.count(standing).await, 1);
        assert_eq!(app.count("select count(*) from notices").await, 3);
        // Only what is still so is mailed.
        app.run_ready_jobs().await;
        assert_eq!(reminders(&app, OFFICER).len(), 1);
        assert_eq!(app.count("select count(*) from messages where kind = 'due_reminder_officer' and fate = 'superseded'").await, 2);

        // So far away that it is on track: nobody is told until the day comes.
        app.imports(import, &calendar("2026-07-14")).await;
        assert_eq!(told(&app, "2026-07-14T09:00:00+07:00").await, 0, "a day off");
        assert_eq!(told(&app, "2026-07-15T08:00:00+07:00").await, 1);
        assert_eq!(app.count("select count(*) from notices where threshold = 'due_tomorrow' and due_on = '2026-07-16' and withdrawn_at is null").await, 1);
    })
    .await;
}

#[tokio::test]
async fn workers_at_once_and_a_crash_before_the_commit_tell_everybody_once() {
    TestApp::run(|app| async move {
        in_hand(&app).await;
        sql(&app, "create function fails() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
                   create trigger fails before insert on jobs execute function fails()").await;
        assert_eq!(told(&app, "2026-07-14T08:00:00+07:00").await, 0);
        assert_eq!(app.count("select count(*) from notices").await, 0, "without its mail there is no notice");
        sql(&app, "drop trigger fails on jobs").await;

        let office = app.office();
        let both = tokio::join!(raise_notices(office), raise_notices(office), raise_notices(office));
        assert_eq!(both.0.unwrap() + both.1.unwrap() + both.2.unwrap(), 1);
        assert_eq!(app.count("select count(*) from messages where kind = 'due_reminder_officer'").await, 1);
        app.run_ready_jobs().await;
        assert_eq!(reminders(&app, OFFICER).len(), 1);

        // A replica whose clock is two seconds behind takes nothing back and tells nothing twice.
        assert_eq!(told(&app, "2026-07-14T07:59:58+07:00").await, 0);
        assert_eq!(told(&app, "2026-07-14T08:00:00+07:00").await, 0);
        assert_eq!(app.count("select count(*) from notices where withdrawn_at is null").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_reminder_that_could_not_leave_before_closing_waits_for_the_morning() {
    TestApp::run(|app| async move {
        in_hand(&app).await;
        app.run_ready_jobs().await;
        assert_eq!(told(&app, "2026-07-16T15:59:00+07:00").await, 1);
        it_is(&app, "2026-07-16T16:00:01+07:00");
        app.run_ready_jobs().await;
        it_is(&app, "2026-07-16T23:30:00+07:00");
        app.run_ready_jobs().await;
        assert_eq!(reminders(&app, OFFICER), [""; 0]);
        it_is(&app, "2026-07-17T08:00:00+07:00");
        app.run_ready_jobs().await;
        assert_eq!(reminders(&app, OFFICER), ["[Lewat jatuh tempo] 1 permohonan menunggu tindakan Anda"]);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_told_in_a_year_whose_hours_are_not_known_nor_without_anybody_to_tell() {
    TestApp::run(|app| async move {
        in_hand(&app).await;
        assert_eq!(told(&app, "2027-12-30T09:00:00+07:00").await, 1);
        assert_eq!(told(&app, "2028-01-03T15:00:00+07:00").await, 0, "2028 is not known");
        // Nobody has it in hand, and nobody heads the section: the supervisor is the first who can do something.
        sql(
            &app,
            "update requests set state = 'received', officer_id = null;
                   delete from staff_roles where role = 'section_head'",
        )
        .await;
        assert_eq!(told(&app, "2027-12-30T10:00:00+07:00").await, 1);
        assert_eq!(app.count("select count(*) from notices where tier = 'supervisor'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn each_supervisor_gets_the_summary_of_the_morning_at_eight_of_each_zone_on_days_of_work() {
    TestApp::run(|app| async move {
        in_hand(&app).await;
        sql(&app, "update staff set email = 'nasional@kpp.example' where username = 'nasional'").await;
        let digests = async |local: &str| {
            it_is(&app, local);
            make_digests(app.office()).await.unwrap()
        };
        assert_eq!(digests("2026-07-14T05:59:59+07:00").await, 0);
        assert_eq!(digests("2026-07-14T06:00:00+07:00").await, 1, "08.00 WIT, for the office in Papua");
        assert_eq!(digests("2026-07-14T07:59:59+07:00").await, 0);
        let (one, two) = {
            it_is(&app, "2026-07-14T08:00:00+07:00");
            tokio::join!(make_digests(app.office()), make_digests(app.office()))
        };
        assert_eq!(
            one.unwrap() + two.unwrap(),
            2,
            "the Kanwil and the country, for the offices in WIB, once"
        );
        assert_eq!(digests("2026-07-14T11:00:00+07:00").await, 0);
        app.run_ready_jobs().await;
        assert_eq!(digests("2026-07-18T08:00:00+07:00").await, 0, "Saturday");
        assert_eq!(app.count("select count(*) from digests").await, 3);

        let mail = mails_to(&app, KANWIL).pop().unwrap();
        assert_eq!(mail.subject, "Rangkuman Aktivasi Kanwil DJP Jakarta Barat, Selasa, 14 Juli 2026");
        assert!(mail.text.contains("pukul 08.00 WIB"), "{}", mail.text);
        let words = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("Jatuh tempo besok : 1") && words.contains("Sesuai waktu : 0"), "{words}");
        assert!(words.contains("petugas Khusus; Jatuh tempo besok; Rabu, 15 Juli 2026"), "{words}");
        let mut country: Vec<String> =
            mails_to(&app, "nasional@kpp.example").into_iter().map(|mail| mail.subject).collect();
        country.sort();
        assert_eq!(country[0], "Rangkuman Aktivasi seluruh kantor (WIB), Selasa, 14 Juli 2026");
        assert_eq!(country[1], "Rangkuman Aktivasi seluruh kantor (WIT), Selasa, 14 Juli 2026");

        // The relay was away: what is read on its day only comes at no other hour, and never several at once.
        assert_eq!(digests("2026-07-15T08:00:00+07:00").await, 3);
        it_is(&app, "2026-07-15T14:30:00+07:00");
        app.run_ready_jobs().await;
        assert_eq!(mails_to(&app, KANWIL).len(), 2, "in the afternoon of its day");
        assert_eq!(digests("2026-07-16T08:00:00+07:00").await, 3);
        it_is(&app, "2026-07-16T16:00:01+07:00");
        app.run_ready_jobs().await;
        assert_eq!(digests("2026-07-17T08:00:00+07:00").await, 3);
        it_is(&app, "2026-07-20T08:00:00+07:00");
        app.run_ready_jobs().await;
        assert_eq!(mails_to(&app, KANWIL).len(), 2);
        let superseded =
            "select count(*) from messages where kind = 'supervisor_digest' and fate = 'superseded'";
        assert_eq!(app.count(superseded).await, 7, "the one of Papua is over at 14.00 WIB already");
    })
    .await;
}
