//! The report of a month: the figures of the board, made once by the service, and frozen by its signature.

use actix_web::web::Bytes;
use aktivasi::{
    app::monthly_reports::make_reports,
    demo::load::{Plan, load},
    pades::{Signers, open_file},
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    office_certificate::{Key, NAME, OfficeCertificate, PASSPHRASE},
    story::{self, pdf_text},
    support::{Answer, TestApp},
};

const JUNE: &str = "/offices/031/monthly-reports/2026-06";

async fn puts(app: &TestApp, path: &str, token: &str) -> Answer {
    Answer::of(app.client.put(app.url(path)).bearer_auth(token)).await
}

async fn signs(app: &TestApp, token: &str, digest: &str) -> Answer {
    let url = app.url(&format!("{JUNE}/signature"));
    Answer::of(app.client.post(url).bearer_auth(token).header("if-match", format!("\"{digest}\""))).await
}

async fn paper(app: &TestApp, token: &str) -> Vec<u8> {
    let answer = app.get(&format!("{JUNE}/paper"), Some(token)).await;
    assert_eq!(answer.status, 200, "{}", answer.json);
    answer.bytes
}

fn digest(report: &Value) -> String {
    report["digest"].as_str().unwrap().to_owned()
}

/// A correction of data: one more receipt in June.
async fn one_more(app: &TestApp) {
    sqlx::query(
        "insert into figure_changes (office_code, day_on, kind, measure, amount) values ('031', '2026-06-10', 'reprint', 'received', 1)",
    )
    .execute(&app.pool)
    .await
    .unwrap();
}

/// The office with a year behind it, the report of June as a draft, and the section head.
async fn drafted(app: &TestApp) -> (String, Value) {
    story::prepare(app).await;
    load(&app.pool, Plan { requests: 1_500, days: 365, now: app.now() }).await.unwrap();
    let head = app.signs_in("kasi").await;
    let report = puts(app, JUNE, &head).await.expect(200);
    (head, report)
}

#[tokio::test]
async fn a_report_has_the_figures_of_the_board_and_stays_as_it_was_signed() {
    TestApp::run(|app| async move {
        let (head, report) = drafted(&app).await;
        let this = &report["figures"]["this"];
        let board = app.get("/figures", Some(&head)).await.expect(200);
        let june =
            board["months"].as_array().unwrap().iter().find(|line| line["month"] == "2026-06-01").unwrap();
        let sum = |names: &[&str]| names.iter().map(|name| this[name].as_i64().unwrap()).sum::<i64>();
        assert_eq!(june["arrived"], sum(&["received", "resupplied"]));
        assert_eq!(
            june["ended"],
            sum(&["issued_on_time", "issued_late", "returned_on_time", "returned_late"])
        );
        assert_eq!(june["on_time_share"], this["on_time_share"]);
        assert!(sum(&["received"]) > 10, "{this}");
        for measure in [
            "received",
            "resupplied",
            "issued_on_time",
            "issued_late",
            "returned_on_time",
            "returned_late",
            "withdrawn",
        ] {
            let path = format!("/figures/rounds?limit=1&measure={measure}&from=2026-06-01&until=2026-06-30");
            assert_eq!(app.get(&path, Some(&head)).await.expect(200)["total"], this[measure], "{measure}");
        }
        let open = "select count(*) from rounds where office_code = '031' and received_on <= '2026-06-30'
                    and (ended_on is null or ended_on > '2026-06-30')";
        assert_eq!(this["running"], app.count(open).await, "what ran at the end of the month");
        let late = report["figures"]["late_letters"].as_array().unwrap();
        assert_eq!(i64::try_from(late.len()).unwrap(), sum(&["issued_late"]));
        let draft = pdf_text(&paper(&app, &head).await);
        assert!(draft.contains("KONSEP: belum ditandatangani"), "{draft}");

        // What was read is not there any more: nothing is signed, and the fresh figures are read.
        one_more(&app).await;
        signs(&app, &head, &digest(&report)).await.is_problem(412, "draft-changed");
        let fresh = app.get(JUNE, Some(&head)).await.expect(200);
        assert_eq!(fresh["figures"]["this"]["received"], sum(&["received"]) + 1);
        let signed = signs(&app, &head, &digest(&fresh)).await.expect(200);
        assert_eq!(signed["figures"], fresh["figures"]);
        assert_eq!(signed["signed"]["signatory"], "Kasi, Kepala Seksi Pelayanan");
        let frozen = paper(&app, &head).await;
        let sha256 = format!("{:x}", Bytes::copy_from_slice(&Sha256::digest(&frozen)));
        assert_eq!(signed["signed"]["sha256"], sha256);
        let text = pdf_text(&frozen);
        for words in
            ["LAPORAN BULANAN", "Bulan Juni 2026", "Ditandatangani secara elektronik", "Halaman 1 dari"]
        {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(!text.contains("KONSEP"), "{text}");

        // The world goes on; the report does not.
        one_more(&app).await;
        let after = app.get(JUNE, Some(&head)).await.expect(200);
        assert_eq!((&after["figures"], &after["signed"]), (&signed["figures"], &signed["signed"]));
        assert_eq!((&signed["differs_now"], &after["differs_now"]), (&json!(false), &json!(true)));
        assert_eq!(paper(&app, &head).await, frozen);
        assert_eq!(puts(&app, JUNE, &head).await.expect(200)["signed"], signed["signed"]);
        for change in [
            "update monthly_reports set figures = '{}'",
            "update monthly_reports set signed_at = null",
            "delete from monthly_reports",
        ] {
            let refused = sqlx::query(change).execute(&app.pool).await.unwrap_err();
            assert!(refused.to_string().contains("final"), "{refused}");
        }
    })
    .await;
}

#[tokio::test]
async fn of_two_signers_one_wins_and_the_other_is_told_who() {
    TestApp::run(|app| async move {
        let (head, report) = drafted(&app).await;
        let chief = app.employs("kepala", "supervisor", "031").await;
        let seen = digest(&report);
        let (one, two) = tokio::join!(signs(&app, &head, &seen), signs(&app, &chief, &seen));
        let (won, lost) = if one.status == 200 { (one, two) } else { (two, one) };
        let winner = won.expect(200)["signed"]["signatory"].as_str().unwrap().to_owned();
        lost.is_problem(409, "not-possible");
        assert!(lost.json["detail"].as_str().unwrap().contains(&winner), "{}", lost.json);
        assert!(
            ["Kasi, Kepala Seksi Pelayanan", "Kepala, Kepala Kantor"].contains(&winner.as_str()),
            "{winner}"
        );
        assert_eq!(app.count("select count(*) from audit_events where act = 'sign_monthly_report'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn reports_are_read_within_the_scope_and_signed_by_the_office_alone() {
    TestApp::run(|app| async move {
        let (head, report) = drafted(&app).await;
        let (kanwil, officer) = (app.signs_in("kanwil").await, app.signs_in("khusus").await);
        let elsewhere = app.employs("kasi.jauh", "section_head", "952").await;
        app.get(JUNE, Some(&kanwil)).await.expect(200);
        signs(&app, &kanwil, &digest(&report)).await.is_problem(403, "forbidden");
        for path in [JUNE, "/offices/031/monthly-reports"] {
            app.get(path, Some(&elsewhere)).await.is_problem(404, "not-found");
            app.get(path, Some(&officer)).await.is_problem(403, "forbidden");
        }
        signs(&app, &elsewhere, &digest(&report)).await.is_problem(404, "not-found");
        app.get("/offices/031/monthly-reports/2026-05", Some(&head)).await.is_problem(404, "not-found");
        app.get("/offices/031/monthly-reports/2026-13", Some(&head)).await.is_problem(404, "not-found");
        puts(&app, "/offices/031/monthly-reports/2026-07", &head).await.is_problem(422, "invalid");
        let nothing = puts(&app, "/offices/952/monthly-reports/2020-01", &elsewhere).await.expect(200);
        assert_eq!(nothing["figures"]["this"]["on_time_share"], json!(null));
        puts(&app, "/offices/031/monthly-reports/2026-05", &head).await.expect(200);
        let first = app.get("/offices/031/monthly-reports?limit=1", Some(&head)).await.expect(200);
        assert_eq!(first["items"][0]["month"], "2026-06");
        let cursor = first["next_cursor"].as_str().unwrap();
        let next = app
            .get(&format!("/offices/031/monthly-reports?limit=1&cursor={cursor}"), Some(&head))
            .await
            .expect(200);
        assert_eq!((&next["items"][0]["month"], &next["next_cursor"]), (&json!("2026-05"), &json!(null)));
    })
    .await;
}

#[tokio::test]
async fn the_service_makes_one_report_of_each_office_at_eight_of_its_first_business_day() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let it_is = |local: &str| app.advance(local.parse::<DateTime<Utc>>().unwrap() - app.now());
        let made = async || {
            // Two replicas at once.
            let (one, two) = tokio::join!(make_reports(app.office()), make_reports(app.office()));
            i64::try_from(one.unwrap() + two.unwrap()).unwrap()
        };
        let offices = app.count("select count(*) from offices").await;
        let west = app.count("select count(*) from offices where time_zone = 'Asia/Jakarta'").await;
        let east = app.count("select count(*) from offices where time_zone = 'Asia/Jayapura'").await;
        assert!(west > 0 && east > 0);
        assert_eq!(made().await, offices, "June, of every office, later than its day");
        it_is("2026-08-01T10:00:00+07:00");
        assert_eq!(made().await, 0, "Saturday");
        it_is("2026-08-03T05:59:59+07:00");
        assert_eq!(made().await, 0);
        it_is("2026-08-03T06:00:00+07:00");
        assert_eq!(made().await, east, "08.00 WIT");
        it_is("2026-08-03T08:00:00+07:00");
        assert_eq!(made().await, offices - east);
        // Nothing ran for three months.
        it_is("2026-11-10T10:00:00+07:00");
        assert_eq!(made().await, 3 * offices);
        assert_eq!(made().await, 0);
        let twice = "select count(*) from (select from monthly_reports group by office_code, month_on having count(*) > 1) twice";
        assert_eq!(app.count(twice).await, 0);
        let audited = "select count(*) from audit_events where act = 'make_monthly_report' and actor_kind = 'system'";
        assert_eq!(app.count(audited).await, 5 * offices);
    })
    .await;
}

#[tokio::test]
async fn the_file_of_a_report_is_sealed_with_the_certificate_of_its_office() {
    let certificate = OfficeCertificate::new(Key::P256);
    let key = open_file(&certificate.path("office.p12"), &PASSPHRASE.into()).unwrap();
    let signers: Signers = [("031".parse().unwrap(), key)].into_iter().collect();
    TestApp::run_sealing(signers, |app| async move {
        story::prepare(&app).await;
        let head = app.signs_in("kasi").await;
        let report = puts(&app, JUNE, &head).await.expect(200);
        let signed = signs(&app, &head, &digest(&report)).await.expect(200);
        let file = paper(&app, &head).await;
        let said = &certificate.pyhanko(&file)[0];
        assert_eq!((&said["bottom_line"], &said["coverage"]), (&json!(true), &json!("ENTIRE_FILE")));
        assert!(signed["signed"]["certificate"].as_str().unwrap().starts_with(NAME), "{signed}");
        assert!(pdf_text(&file).contains("disegel secara elektronik"));
    })
    .await;
}
