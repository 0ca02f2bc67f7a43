//! The past of an office is what it was: the queue, the load and the figures that were seen live after every act are found
//! again at each of these moments, whatever happened since. And what would have been due when with another calendar.

use std::collections::{BTreeMap, BTreeSet};

use aktivasi::admin::import::Content;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::{
    story::{self, EMAIL, files},
    support::{Answer, TestApp},
};

/// A row of small numbers, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// What the pages of an office show of it: the rows of the queue in their order, what is open, and the month so far.
type Seen = (Vec<Value>, Value, Value);

const OF_A_ROW: [&str; 14] = [
    "request_id",
    "receipt_number",
    "kind",
    "pkp_name",
    "round_number",
    "received_at",
    "state",
    "officer",
    "proposed_officer",
    "due_on",
    "due_at",
    "waiting_for_calendar",
    "threshold",
    "office_code",
];
const OF_A_MONTH: [&str; 12] = [
    "from",
    "until",
    "received",
    "resupplied",
    "issued_on_time",
    "issued_late",
    "issued_undated",
    "returned_on_time",
    "returned_late",
    "returned_undated",
    "withdrawn",
    "on_time_share",
];

fn only(of: &Value, keys: &[&str]) -> Value {
    keys.iter().map(|key| ((*key).to_owned(), of[*key].clone())).collect::<serde_json::Map<_, _>>().into()
}

async fn live(app: &TestApp) -> Seen {
    let head = app.signs_in("kasi").await;
    let queue = app.get("/requests?limit=100", Some(&head)).await.expect(200);
    let figures = app.get("/figures", Some(&head)).await.expect(200);
    let rows = queue["items"].as_array().unwrap().iter().map(|row| only(row, &OF_A_ROW)).collect();
    (rows, figures["open"].clone(), only(&figures["this_month"], &OF_A_MONTH))
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

async fn past(app: &TestApp, head: &str, at: DateTime<Utc>, more: &str) -> Answer {
    app.get(&format!("/offices/031/past?at={}{more}", written(at)), Some(head)).await
}

async fn again(app: &TestApp, head: &str, at: DateTime<Utc>) -> Seen {
    let past = past(app, head, at, "&limit=100").await.expect(200);
    assert_eq!(past["not_known"], json!({ "state": 0, "threshold": 0 }));
    let row = |row: &Value| {
        let mut row = row.clone();
        assert_eq!(row["threshold_known"], true);
        row["office_code"] = past["office_code"].clone();
        only(&row, &OF_A_ROW)
    };
    let rows = past["items"].as_array().unwrap().iter().map(row).collect();
    (rows, past["open"].clone(), only(&past["month"], &OF_A_MONTH))
}

/// The office at work: what was seen at each moment, and which acts there were.
struct Life<'a> {
    app: &'a TestApp,
    dice: Dice,
    seen: BTreeMap<DateTime<Utc>, Seen>,
    done: BTreeSet<&'static str>,
}

impl Life<'_> {
    /// Does an act some time later, and looks at the office afterwards.
    async fn act(&mut self, name: &'static str, id: &str) -> bool {
        let minutes = [0, 1, 7, 50, 200][self.dice.roll(5)];
        self.app.advance(TimeDelta::minutes(minutes) + TimeDelta::milliseconds(137));
        let done = self.does(name, id).await;
        if done {
            self.done.insert(name);
            self.seen.insert(self.app.now(), live(self.app).await);
        }
        done
    }

    async fn does(&self, name: &str, id: &str) -> bool {
        let app = self.app;
        let head = app.signs_in("kasi").await;
        let officer =
            match app.get(&format!("/requests/{id}"), Some(&head)).await.json["officer"]["id"].as_str() {
                Some("00000000-0000-7000-8000-000000000011") => "khusus2",
                _ => "khusus",
            };
        let path = |end: &str| format!("/requests/{id}/{end}");
        let answer = match name {
            "claim" => {
                let who = app.signs_in(["khusus", "khusus2"][self.seen.len() % 2]).await;
                app.post(&path(name), Some(&who), json!({})).await
            }
            "release" => app.post(&path(name), Some(&head), json!({})).await,
            "reassign" => {
                let to = match officer {
                    "khusus" => "00000000-0000-7000-8000-000000000011".to_owned(),
                    _ => sqlx::query_scalar::<_, uuid::Uuid>(
                        "select staff_id from staff where username = 'khusus'",
                    )
                    .fetch_one(&app.pool)
                    .await
                    .unwrap()
                    .to_string(),
                };
                app.post(&path("reassignment"), Some(&head), json!({ "officer_id": to, "reason": "Cuti" }))
                    .await
            }
            "return" => {
                let items = json!({ "items": [{ "code": "identitas_tidak_terbaca" }] });
                app.post(&path(name), Some(&head), items).await
            }
            "resupply" => {
                let stands = app.get(&format!("/requests/{id}"), Some(&head)).await.json;
                if stands["state"] != "incomplete" {
                    return false;
                }
                let counter = app.signs_in("tpt").await;
                let document = story::uploads(app, &counter, "identity_card").await;
                app.post(&path(name), Some(&counter), json!({ "documents": [document] })).await
            }
            "draft" => {
                let officer = app.signs_in(officer).await;
                app.post(&path(name), Some(&officer), json!({ "decision": "grant", "reasons": [] })).await
            }
            "send_back" => {
                app.post(&path("send-back"), Some(&head), json!({ "reason": "Periksa lagi" })).await
            }
            "sign" => {
                let drafted = app.get(&format!("/requests/{id}"), Some(&head)).await.json;
                let Some(_) = drafted["draft"]["digest"].as_str() else { return false };
                story::signs(app, &head, &drafted).await
            }
            "withdraw" => {
                let counter = app.signs_in("tpt").await;
                app.post(&path("withdrawal"), Some(&counter), json!({})).await
            }
            _ => unreachable!("{name}"),
        };
        (200..300).contains(&answer.status)
    }

    async fn files(&mut self, npwp: &str, kind: &str) -> String {
        self.app.advance(TimeDelta::minutes(11));
        let email = format!("pajak{npwp}@example.com");
        let receipt = files(self.app, kind, &email, |form| form["tax_id"] = json!(npwp)).await;
        self.seen.insert(self.app.now(), live(self.app).await);
        receipt["request_id"].as_str().unwrap().to_owned()
    }

    async fn calendar_changes(&mut self, csv: &str) {
        self.app.advance(TimeDelta::minutes(3));
        self.app.imports(Content::Calendar, csv).await;
        self.done.insert("calendar");
        self.seen.insert(self.app.now(), live(self.app).await);
    }
}

const ACTS: [&str; 9] =
    ["claim", "release", "reassign", "return", "resupply", "draft", "send_back", "sign", "withdraw"];

#[tokio::test]
async fn at_every_moment_the_past_is_what_was_seen_then() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let before = app.now() - TimeDelta::days(1);
        let mut life = Life { app: &app, dice: Dice(5), seen: BTreeMap::new(), done: BTreeSet::new() };
        let mut requests = Vec::new();
        for npwp in ["999991342031000", "999991516041000"] {
            story::register(&app, npwp, &format!("pajak{npwp}@example.com")).await;
            for kind in ["new_credentials", "reprint", "update_email"] {
                requests.push(life.files(npwp, kind).await);
            }
        }
        for (name, which) in [
            ("claim", 0), ("draft", 0), ("send_back", 0), ("draft", 0), ("reassign", 0), ("draft", 0), ("sign", 0),
            ("claim", 1), ("release", 1), ("claim", 1), ("return", 1), ("resupply", 1), ("claim", 2), ("withdraw", 2),
        ] {
            assert!(life.act(name, &requests[which]).await, "{name} {which}");
        }
        // The facts change before a signature: the draft goes back.
        assert!(life.act("claim", &requests[3]).await && life.act("draft", &requests[3]).await);
        sqlx::query("update taxpayers set pkp_status = 'revoked' where npwp15 = '999991516041000'").execute(&app.pool).await.unwrap();
        assert!(!life.act("sign", &requests[3]).await);
        sqlx::query("update taxpayers set pkp_status = 'confirmed'").execute(&app.pool).await.unwrap();
        assert_eq!(app.count("select count(*) from audit_events where act = 'verdict_changed'").await, 1);
        life.seen.insert(app.now(), live(&app).await);

        life.calendar_changes("date,name_id,kind,source\n2026-07-14,Pilkada,national,Keppres 1\n").await;
        assert!(app.count("select count(*) from past_due_dates where instants_known").await > 2);
        for _ in 0..40 {
            let (name, which) = (ACTS[life.dice.roll(ACTS.len())], life.dice.roll(requests.len()));
            let id = requests[which].clone();
            life.act(name, &id).await;
        }
        let holidays = "date,name_id,kind,source\n2026-07-15,Pilkada,national,Keppres 2\n2026-07-20,Libur,national,Keppres 2\n";
        life.calendar_changes(holidays).await;
        app.advance(TimeDelta::days(4));
        life.seen.insert(app.now(), live(&app).await);
        for _ in 0..15 {
            let (name, which) = (ACTS[life.dice.roll(ACTS.len())], life.dice.roll(requests.len()));
            let id = requests[which].clone();
            life.act(name, &id).await;
        }
        // What still waits for its filer lapses.
        let waits = life.files("999991516041000", "new_credentials").await;
        assert!(life.act("claim", &waits).await && life.act("return", &waits).await);
        app.advance(TimeDelta::days(60));
        assert!(aktivasi::app::lapse::lapse_due(app.office()).await.unwrap() > 0);
        life.seen.insert(app.now(), live(&app).await);
        let every = ACTS.into_iter().chain(["calendar"]).collect();
        assert_eq!(life.done, every);

        app.advance(TimeDelta::days(3));
        let head = app.signs_in("kasi").await;
        for (at, seen) in &life.seen {
            assert_eq!(again(&app, &head, *at).await, *seen, "at {at}");
            // And until the next act: a moment later only the thresholds may have moved, so nothing else is compared.
            let later = past(&app, &head, *at + TimeDelta::microseconds(1), "&limit=100").await.expect(200);
            assert_eq!(later["open"]["total"], seen.1["total"], "after {at}");
        }
        // The same in pages of two.
        let (at, seen) = life.seen.iter().max_by_key(|(_, seen)| seen.0.len()).unwrap();
        let (mut cursor, mut rows) = (String::new(), Vec::new());
        loop {
            let page = past(&app, &head, *at, &format!("&limit=2{cursor}")).await.expect(200);
            rows.extend(page["items"].as_array().unwrap().iter().map(|row| row["request_id"].clone()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(rows, seen.0.iter().map(|row| row["request_id"].clone()).collect::<Vec<_>>());

        let nothing = past(&app, &head, before, "").await.expect(200);
        assert_eq!((&nothing["items"], &nothing["open"]["total"]), (&json!([]), &json!(0)));
        assert_eq!(nothing["begins_on"], "2026-07-10");
        let ahead = past(&app, &head, app.now() + TimeDelta::seconds(1), "").await;
        assert_eq!(ahead.json["errors"][0]["pointer"], "/at");
        ahead.is_problem(422, "invalid");
        app.get("/offices/031/past?at=kemarin", Some(&head)).await.is_problem(400, "malformed");
        app.get(&format!("/offices/952/past?at={}", written(before)), Some(&head)).await.is_problem(404, "not-found");
        let officer = app.signs_in("khusus").await;
        past(&app, &officer, before, "").await.is_problem(403, "forbidden");
    })
    .await;
}

#[tokio::test]
async fn what_was_not_recorded_is_said_to_be_unknown_and_never_guessed() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let receipt = files(&app, "new_credentials", EMAIL, |_| {}).await;
        let id = receipt["request_id"].as_str().unwrap();
        app.advance(TimeDelta::minutes(1));
        let officer = app.signs_in("khusus").await;
        app.post(&format!("/requests/{id}/claim"), Some(&officer), json!({})).await.expect(200);
        let claimed = app.now();
        // As rows from before their officer was recorded, and of a move from before instants were kept.
        sqlx::raw_sql(
            "update audit_events set actor_id = null where act = 'claim';
             insert into past_due_dates (round_id, due_on, instants_known, until_at)
             select round_id, '2026-07-14', false, received_at + interval '30 minutes' from rounds",
        )
        .execute(&app.pool)
        .await
        .unwrap();
        app.advance(TimeDelta::hours(1));
        let head = app.signs_in("kasi").await;
        let then = past(&app, &head, claimed, "").await.expect(200);
        assert_eq!(then["not_known"], json!({ "state": 1, "threshold": 1 }));
        let row = &then["items"][0];
        assert_eq!(
            (&row["state"], &row["officer"], &row["threshold"]),
            (&Value::Null, &Value::Null, &Value::Null)
        );
        assert_eq!((&row["threshold_known"], &row["due_on"]), (&json!(false), &json!("2026-07-14")));
        let open = &then["open"];
        assert_eq!(
            (&open["total"], &open["running"], &open["awaiting_calendar"]),
            (&json!(1), &json!(1), &json!(0))
        );
        assert_eq!((&open["unclaimed"], &open["by_officer"]), (&json!(0), &json!([])));
    })
    .await;
}

#[tokio::test]
async fn replicas_whose_clocks_disagree_by_the_two_seconds_they_may_leave_a_past_that_is_whole() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let receipt = files(&app, "new_credentials", EMAIL, |_| {}).await;
        let id = receipt["request_id"].as_str().unwrap();
        app.advance(TimeDelta::minutes(1));
        let (one, two) = (app.signs_in("khusus").await, app.signs_in("khusus2").await);
        let claimed = app.now();
        app.post(&format!("/requests/{id}/claim"), Some(&one), json!({})).await.expect(200);
        // The other replica is two seconds behind: its acts carry earlier times than the claim that they follow.
        app.advance(-TimeDelta::seconds(2));
        app.post(&format!("/requests/{id}/release"), Some(&one), json!({})).await.expect(200);
        app.advance(TimeDelta::seconds(1));
        app.post(&format!("/requests/{id}/claim"), Some(&two), json!({})).await.expect(200);
        let items = json!({ "items": [{ "code": "identitas_tidak_terbaca" }] });
        app.post(&format!("/requests/{id}/return"), Some(&two), items).await.expect(200);
        app.advance(TimeDelta::seconds(1));
        let seen = live(&app).await;
        assert_eq!(seen.0[0]["state"], "incomplete");

        app.advance(TimeDelta::minutes(1));
        let head = app.signs_in("kasi").await;
        assert_eq!(again(&app, &head, claimed).await, seen);
        assert_eq!(again(&app, &head, app.now()).await.0, seen.0);
        let before = again(&app, &head, claimed - TimeDelta::microseconds(1)).await;
        assert_eq!((before.0.len(), &before.0[0]["state"]), (1, &json!("received")));
    })
    .await;
}

async fn what_if(app: &TestApp, token: &str, added: Value, removed: Value) -> Answer {
    let asked = json!({ "received_from": "2026-07-01", "received_until": "2026-07-31",
        "days_off_added": added, "days_off_removed": removed });
    app.post("/offices/031/what-if", Some(token), asked).await
}

#[tokio::test]
async fn with_another_calendar_other_rounds_are_late_and_with_the_same_one_none() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        app.imports(Content::Calendar, "date,name_id,kind,source\n2026-07-20,Libur,national,Keppres 1\n").await;
        story::register(&app, "999991342031000", EMAIL).await;
        // Friday, 10 July: due on Wednesday. One letter is signed on Monday, another request is returned on Thursday, too late.
        story::is_granted(&app, "new_credentials", EMAIL).await;
        let late = files(&app, "reprint", EMAIL, |_| {}).await["request_id"].as_str().unwrap().to_owned();
        let runs = files(&app, "update_email", EMAIL, |_| {}).await["request_id"].as_str().unwrap().to_owned();
        app.advance(TimeDelta::days(6));
        let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
        app.post(&format!("/requests/{late}/claim"), Some(&officer), json!({})).await.expect(200);
        let items = json!({ "items": [{ "code": "identitas_tidak_terbaca" }] });
        app.post(&format!("/requests/{late}/return"), Some(&head), items).await.expect(200);
        let stored = "select count(*) from rounds where due_on = '2026-07-15'";
        assert_eq!(app.count(stored).await, 3);

        let ended = |answer: &Value| {
            ["on_time", "late", "on_time_if", "late_if", "became_on_time", "became_late"]
                .map(|key| answer["ended"][key].as_i64().unwrap())
        };
        // Days off already, or never open: the same calendar.
        let same = what_if(&app, &head, json!(["2026-07-20", "2026-07-12"]), json!(["2026-07-11"])).await.expect(200);
        assert_eq!((&same["looked_at"], &same["not_counted"], &same["moved"]), (&json!(3), &json!(0), &json!(0)));
        assert_eq!((ended(&same), &same["items"]), ([1, 1, 1, 1, 0, 0], &json!([])));

        let holiday = what_if(&app, &head, json!(["2026-07-14"]), json!([])).await.expect(200);
        assert_eq!((&holiday["moved"], ended(&holiday)), (&json!(3), [1, 1, 2, 0, 1, 0]));
        let row = holiday["items"].as_array().unwrap().iter().find(|row| row["request_id"] == *late).unwrap();
        assert_eq!((&row["due_on"], &row["due_on_if"]), (&json!("2026-07-15"), &json!("2026-07-16")));
        assert_eq!((&row["breached"], &row["breached_if"]), (&json!(true), &json!(false)));
        let row = holiday["items"].as_array().unwrap().iter().find(|row| row["request_id"] == *runs).unwrap();
        assert_eq!((&row["ended_at"], &row["breached_if"]), (&Value::Null, &Value::Null));
        // All three came after the closing time that this would have been, and count from Monday.
        let closes = |at: &str| {
            let asked = json!({ "received_from": "2026-07-01", "received_until": "2026-07-31", "closes_at": at });
            app.post("/offices/031/what-if", Some(&head), asked)
        };
        let earlier = closes("09:30").await.expect(200);
        assert_eq!((&earlier["moved"], ended(&earlier)), (&json!(3), [1, 1, 2, 0, 1, 0]));
        let later = closes("23:00").await.expect(200);
        assert_eq!((&later["looked_at"], &later["moved"]), (&json!(3), &json!(0)));
        let early = closes("08:00").await;
        assert_eq!(early.json["errors"][0]["pointer"], "/closes_at");
        early.is_problem(422, "invalid");
        // Nothing was stored.
        assert_eq!((app.count(stored).await, app.count("select count(*) from days_off").await), (3, 1));

        // The calendar that a round was computed with counts, whatever came later.
        app.imports(Content::Calendar, "date,name_id,kind,source\n2026-07-14,Pilkada,national,Keppres 2\n").await;
        let same = what_if(&app, &head, json!([]), json!(["2026-07-14"])).await.expect(200);
        // Only the one that runs was moved by it, and would be due a day earlier without.
        assert_eq!((&same["moved"], ended(&same)), (&json!(1), [1, 1, 1, 1, 0, 0]));
        assert_eq!(&same["items"][0]["request_id"], &json!(runs));

        for (added, removed, pointer) in [
            (json!([]), json!([]), "/days_off_added"),
            (json!(["2026-07-14"]), json!(["2026-07-14"]), "/days_off_removed"),
        ] {
            let refused = what_if(&app, &head, added, removed).await;
            assert_eq!(refused.json["errors"][0]["pointer"], pointer);
            refused.is_problem(422, "invalid");
        }
        let wide = json!({ "received_from": "2025-01-01", "received_until": "2026-07-31", "days_off_added": ["2026-07-14"] });
        let wide = app.post("/offices/031/what-if", Some(&head), wide).await;
        assert_eq!(wide.json["errors"][0]["pointer"], "/received_until");
        what_if(&app, &officer, json!(["2026-07-14"]), json!([])).await.is_problem(403, "forbidden");
    })
    .await;
}
