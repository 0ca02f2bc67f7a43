//! Stored due dates are proven: one that does not follow from its record is named, and the command fails.

use aktivasi::admin::calendar_verify::{VerifyArgs, run};
use chrono::{NaiveDate, TimeDelta};
use serde_json::json;

use crate::{
    story::{self, EMAIL, files},
    support::TestApp,
};

async fn sql(app: &TestApp, sql: &'static str) {
    sqlx::raw_sql(sql).execute(&app.pool).await.unwrap();
}

/// Exit code and what was said, by the clock of the test.
async fn verify(app: &TestApp, office: Option<&str>) -> (u8, String) {
    let args = VerifyArgs { office: office.map(|code| code.parse().unwrap()) };
    let (mut out, mut progress) = (Vec::new(), Vec::new());
    let done = run(app.office(), &args, &mut out, &mut progress).await;
    (done.map_or_else(|failure| failure.code(), |()| 0), String::from_utf8(out).unwrap())
}

/// A granted request, a returned one, and one that runs; the receipt numbers of the last two.
async fn rounds(app: &TestApp) -> (String, String) {
    story::prepare(app).await;
    story::register(app, "999991342031000", EMAIL).await;
    story::is_granted(app, "new_credentials", EMAIL).await;
    let returned = files(app, "reprint", EMAIL, |_| {}).await;
    let officer = app.signs_in("khusus").await;
    let id = returned["request_id"].as_str().unwrap();
    app.post(&format!("/requests/{id}/claim"), Some(&officer), json!({})).await.expect(200);
    let items = json!({ "items": [{ "code": "identitas_tidak_terbaca" }] });
    app.post(&format!("/requests/{id}/return"), Some(&officer), items).await.expect(200);
    let running = files(app, "update_email", EMAIL, |_| {}).await;
    let number = |receipt: &serde_json::Value| receipt["receipt_number"].as_str().unwrap().to_owned();
    (number(&returned), number(&running))
}

#[tokio::test]
async fn due_dates_that_nobody_touched_follow_from_their_records_also_after_the_calendar_changed() {
    TestApp::run(|app| async move {
        rounds(&app).await;
        let all = "3 rounds: 3 due dates follow from their records, 0 without a due date, 0 differ\n";
        assert_eq!(verify(&app, None).await, (0, all.to_owned()));
        let command = app.command(&["calendar", "verify", "--office", "031"]);
        assert_eq!(
            (command.status.code(), String::from_utf8(command.stdout).unwrap()),
            (Some(0), all.to_owned())
        );

        // The last day of the limit becomes a day off in its afternoon, and a day off of the limit is taken back after it.
        let due_on: NaiveDate = sqlx::query_scalar("select due_on from rounds where ended_at is null")
            .fetch_one(&app.pool)
            .await
            .unwrap();
        app.advance(TimeDelta::days(4));
        let holiday = format!("date,name_id,kind,source\n{due_on},Pilkada,national,Keppres 1\n");
        app.imports(aktivasi::admin::import::Content::Calendar, &holiday).await;
        assert_eq!(app.count("select count(*) from due_date_changes").await, 1);
        assert_eq!(verify(&app, None).await, (0, all.to_owned()));
        let none = "date,name_id,kind,source\n2026-12-25,Natal,national,SKB\n";
        app.advance(TimeDelta::days(2));
        app.imports(aktivasi::admin::import::Content::Calendar, none).await;
        let counted = "select count(*) from rounds where derivation->'steps'->-1->>'n' = '4'";
        assert_eq!(
            app.count(counted).await,
            1,
            "the limit had passed by the new calendar: one more day is counted"
        );
        assert_eq!(verify(&app, None).await, (0, all.to_owned()));
    })
    .await;
}

#[tokio::test]
async fn another_zone_of_an_office_moves_its_open_rounds_and_leaves_what_has_ended_true() {
    TestApp::run(|app| async move {
        rounds(&app).await;
        let at_midnight_in_papua =
            "select count(*) from rounds where ended_at is null and due_at = '2026-07-16T15:00:00Z'";
        assert_eq!(app.count(at_midnight_in_papua).await, 0);

        let offices = include_str!("../../data/offices.csv").replace(
            "031,KPP Pratama Jakarta Palmerah,Kanwil DJP Jakarta Barat,Jakarta Barat,DKI Jakarta,Asia/Jakarta",
            "031,KPP Pratama Jakarta Palmerah,Kanwil DJP Jakarta Barat,Jakarta Barat,DKI Jakarta,Asia/Jayapura",
        );
        app.imports(aktivasi::admin::import::Content::Offices, &offices).await;

        assert_eq!(app.count(at_midnight_in_papua).await, 1, "it came after closing by the clock of Papua, where the day ends with midnight");
        let all = "3 rounds: 3 due dates follow from their records, 0 without a due date, 0 differ\n";
        assert_eq!(verify(&app, None).await, (0, all.to_owned()));
    })
    .await;
}

#[tokio::test]
async fn each_due_date_that_does_not_follow_is_named_and_the_command_fails() {
    TestApp::run(|app| async move {
        let (returned, running) = rounds(&app).await;
        let office = Some("031");
        let said = |(code, text): (u8, String), number: &str, words: &str| {
            assert_eq!(code, 1, "{text}");
            let line = text.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{text}"));
            assert!(line.starts_with(number), "{text}");
        };
        // Round by round, each planted as somebody would who goes around the service.
        sql(&app, "update rounds set due_on = due_on + 1 where ended_at is null").await;
        said(verify(&app, office).await, &running, "the derivation leads to 2026-07-15");
        sql(&app, "update rounds set due_on = due_on - 1, due_at = due_at + interval '1 second' where ended_at is null").await;
        said(verify(&app, office).await, &running, "the derivation leads to 2026-07-15, or to other instants");
        sql(&app, "update rounds set due_at = due_at - interval '1 second', limit_days = 2 where ended_at is null").await;
        said(verify(&app, office).await, &running, "counts 3 business days");
        sql(&app, "update rounds set limit_days = 3, received_at = received_at - interval '1 hour' where ended_at is null").await;
        said(verify(&app, office).await, &running, "another instant of receipt");
        sql(&app, "update rounds set received_at = received_at + interval '1 hour',
                       derivation = jsonb_set(derivation, '{calendar_version}', '\"77\"') where ended_at is null").await;
        said(verify(&app, office).await, &running, "another version of the calendar");
        sql(&app, "update rounds set derivation = jsonb_set(derivation, '{calendar_version}', to_jsonb(calendar_version::text)) where ended_at is null").await;
        assert_eq!(verify(&app, office).await.0, 0);

        // A holiday that went past the service is seen in what is open, and not held against what has ended.
        sql(&app, "insert into days_off (day_on, kind, name, source, calendar_version)
                   values ('2026-07-14', 'national', 'Contoh', 'Keppres', 1)").await;
        said(verify(&app, office).await, &running, "by the calendar as it is it is due on 2026-07-16");
        sql(&app, "delete from days_off where name = 'Contoh'").await;

        // What was known with a version does not change afterwards: the service may not even write there.
        sql(&app, "insert into past_days_off values (0, '2026-07-14', null, 'national', 'Contoh', 'Keppres', '2026-01-01', 1, 99)").await;
        said(verify(&app, office).await, "BPE-031-20260710-00001", "of the version that it names it would have been due on 2026-07-16");
        sql(&app, "delete from past_days_off where name = 'Contoh'").await;
        let mut conn = app.pool.acquire().await.unwrap().detach();
        sqlx::query("set role aktivasi_app").execute(&mut conn).await.unwrap();
        let written = sqlx::query("insert into past_days_off select * from past_days_off").execute(&mut conn).await;
        assert!(written.unwrap_err().to_string().contains("permission denied"));

        // What has ended cannot be changed by the service; the owner of the database could.
        sql(&app, "alter table rounds disable trigger rounds_ended_are_final;
                   update rounds set derivation = jsonb_set(derivation, '{steps,1,outcome}', '\"day_zero\"')
                       where ending = 'returned';
                   alter table rounds enable trigger rounds_ended_are_final").await;
        let (code, text) = verify(&app, office).await;
        said((code, text.clone()), &returned, "counted again from the derivation, other days count");
        assert!(text.ends_with("3 rounds: 2 due dates follow from their records, 0 without a due date, 1 differ\n"), "{text}");
        assert_eq!(verify(&app, Some("952")).await.0, 0);
        let command = app.command(&["calendar", "verify"]);
        assert_eq!(command.status.code(), Some(1), "a difference is a failure of the command");
    })
    .await;
}

#[tokio::test]
async fn a_round_that_waits_for_a_calendar_that_is_there_is_named() {
    TestApp::run(|app| async move {
        story::register(&app, "999991342031000", EMAIL).await;
        files(&app, "new_credentials", EMAIL, |_| {}).await;
        let waits = "1 rounds: 0 due dates follow from their records, 1 without a due date, 0 differ\n";
        assert_eq!(verify(&app, None).await, (0, waits.to_owned()));
        story::prepare(&app).await;
        let (code, text) = verify(&app, None).await;
        assert_eq!(code, 1);
        assert!(
            text.contains("\t-\tthe round is open, and by the calendar as it is it is due on 2026-07-15"),
            "{text}"
        );
    })
    .await;
}
