//! The kept figures are those that a full count gives, at every moment; and each is the number of its rounds.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use aktivasi::{
    app::{AppError, views::pulse::pulse},
    demo::load::{Plan, load},
    domain::ids::SessionId,
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::{Executor, PgPool, Row};
use uuid::Uuid;

use crate::{
    story::{self, EMAIL},
    support::{TestApp, database::TestDatabase},
};

/// Office, day, kind, measure with its detail.
type Key = (String, NaiveDate, String, String);

/// A row of small numbers, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.roll(from.len() as u64)).unwrap()]
    }
}

const KINDS: [&str; 2] = ["new_credentials", "update_email"];
const ENDINGS: [&str; 4] = ["granted", "refused", "returned", "withdrawn"];

async fn prepare(pool: &PgPool) {
    pool.execute(
        "insert into offices (office_code, name, kanwil, city, province, time_zone, kind, updated_at)
         values ('801', 'KPP Makassar', 'Kanwil Sulawesi', 'Makassar', 'Sulawesi', 'Asia/Makassar', 'pratama', '2026-01-01Z');
         insert into taxpayers (taxpayer_id, canonical, kind, name, source, updated_at)
         select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'x' || n, 'provisional', 'PT ' || n, 'test', '2026-07-01Z'
         from generate_series(1, 400) as n",
    )
    .await
    .unwrap();
}

/// What one writer does to the requests that are its own: one of everything that may ever happen to a round.
async fn write(app: PgPool, seed: u64, from: &str, taxpayers: std::ops::Range<u64>, written: Arc<AtomicI64>) {
    let mut dice = Dice(seed);
    let base: DateTime<Utc> = from.parse().unwrap();
    for n in taxpayers {
        let request =
            Uuid::from_u128(0x7000_8000_0000_0000_0000_0000 + u128::from(n) + (u128::from(seed) << 100));
        let office = dice.pick(&["031", "801", "952"]);
        let kind = dice.pick(&KINDS);
        let mut at = base + TimeDelta::minutes(i64::try_from(dice.roll(60 * 24 * 90)).unwrap());
        sqlx::query(
            "insert into requests (request_id, office_code, taxpayer_id, kind, regime_code, channel, sender, address_proof,
                 tracking_key_id, tax_id, letter_number, letter_place, letter_on, signer_name, signer_position, signer_capacity,
                 pkp_name, pkp_address, email, first_received_at, state)
             values ($1, $2, $3, $4, 'per24_se20', 'online', 'known', 'proven', 'k', '999991342031000', '1', 'Jakarta', '2026-07-01',
                 'A', 'Direktur', 'pengurus', 'PT', 'Jalan 1', 'a@example.com', $5, 'received')",
        )
        .bind(request)
        .bind(office)
        .bind(format!("00000000-0000-7000-8000-{n:012}").parse::<Uuid>().unwrap())
        .bind(kind)
        .bind(at)
        .execute(&app)
        .await
        .unwrap();
        for number in 1..=i32::try_from(1 + dice.roll(3)).unwrap() {
            let round = opens(&app, &mut dice, (request, office, number), at).await;
            written.fetch_add(1, Ordering::Relaxed);
            if dice.roll(6) == 0 {
                break;
            }
            at += TimeDelta::minutes(i64::try_from(dice.roll(60 * 24 * 9)).unwrap());
            ends(&app, &mut dice, (request, round), at).await;
        }
    }
}

/// A round; its due date is computed and moves, and an act on it is taken back.
async fn opens(
    app: &PgPool,
    dice: &mut Dice,
    (request, office, number): (Uuid, &str, i32),
    at: DateTime<Utc>,
) -> Uuid {
    let round = Uuid::new_v4();
    sqlx::query(
        "insert into rounds (round_id, request_id, office_code, number, receipt_number, received_at, limit_days)
         values ($1, $2, $3, $4, $5, $6, 3)",
    )
    .bind(round)
    .bind(request)
    .bind(office)
    .bind(number)
    .bind(round.to_string())
    .bind(at)
    .execute(app)
    .await
    .unwrap();
    if dice.roll(4) == 0 {
        for days in [3, 5] {
            sqlx::query(
                "update rounds set due_on = '2026-01-05', tomorrow_from = received_at, today_from = received_at,
                     due_at = received_at + $2 * interval '1 day', derivation = '{}', calendar_version = (select max(calendar_version) from calendar_versions)
                 where round_id = $1 and exists (select from calendar_versions)",
            )
            .bind(round)
            .bind(days)
            .execute(app)
            .await
            .unwrap();
        }
    }
    if dice.roll(5) == 0 {
        let mut tx = app.begin().await.unwrap();
        sqlx::query(
            "update rounds set ended_at = received_at, ending = 'withdrawn', breached = false where round_id = $1",
        )
        .bind(round)
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.rollback().await.unwrap();
    }
    round
}

/// It ends in one of the ways there are; a letter may be measured at once, later, or never.
async fn ends(app: &PgPool, dice: &mut Dice, (request, round): (Uuid, Uuid), at: DateTime<Utc>) {
    let ending = dice.pick(&ENDINGS);
    let worked = (dice.roll(3) > 0).then(|| i32::try_from(dice.roll(3_000)).unwrap());
    let letter = ["granted", "refused"].contains(&ending);
    let mut tx = app.begin().await.unwrap();
    if ending == "returned" {
        sqlx::query(
            "insert into returns (return_id, request_id, round_id, items, returned_by, returned_at, supply_by_on, lapses_at)
             values (gen_random_uuid(), $1, $2, $3, '00000000-0000-7000-8000-000000000002', $4, '2026-09-01', $4)",
        )
        .bind(request)
        .bind(round)
        .bind(json!([{ "code": dice.pick(&["identitas_tidak_ada", "salah_kantor"]) }, { "code": "kuasa" }, { "code": "kuasa" }]))
        .bind(at)
        .execute(&mut *tx)
        .await
        .unwrap();
    }
    sqlx::query(
        "update rounds set ended_at = $2, ending = $3, breached = (due_at is not null and $2 >= due_at),
             worked_minutes = $4, overdue_cause = 'sebab' where round_id = $1",
    )
    .bind(round)
    .bind(at)
    .bind(ending)
    .bind(worked.filter(|_| letter))
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    if letter && worked.is_none() && dice.roll(2) == 0 {
        let measured = i32::try_from(dice.roll(3_000)).unwrap();
        sqlx::query("update rounds set worked_minutes = $2 where round_id = $1")
            .bind(round)
            .bind(measured)
            .execute(app)
            .await
            .unwrap();
    }
}

/// Counted from the rounds and returns themselves, in this language and not in that of the triggers.
fn counted_again(rounds: &[sqlx::postgres::PgRow], returns: &[sqlx::postgres::PgRow]) -> BTreeMap<Key, i64> {
    let mut counts = BTreeMap::new();
    let mut count = |office: &str, day: NaiveDate, kind: &str, measure: String| {
        *counts.entry((office.to_owned(), day, kind.to_owned(), measure)).or_default() += 1;
    };
    let day = |at: DateTime<Utc>, zone: &str| {
        let hours = match zone {
            "Asia/Jakarta" => 7,
            "Asia/Makassar" => 8,
            _ => 9,
        };
        (at + TimeDelta::hours(hours)).date_naive()
    };
    for row in rounds {
        let (office, kind, zone): (&str, &str, &str) =
            (row.get("office_code"), row.get("kind"), row.get("time_zone"));
        let first = row.get::<i32, _>("number") == 1;
        let measure = if first { "received" } else { "resupplied" };
        count(office, day(row.get("received_at"), zone), kind, measure.to_owned());
        let Some(ended_at) = row.get::<Option<DateTime<Utc>>, _>("ended_at") else { continue };
        let due_at = row.get::<Option<DateTime<Utc>>, _>("due_at");
        let when = match due_at {
            None => "undated",
            Some(due_at) if ended_at >= due_at => "late",
            Some(_) => "on_time",
        };
        let ended_on = day(ended_at, zone);
        match row.get("ending") {
            "withdrawn" => count(office, ended_on, kind, "withdrawn".to_owned()),
            "returned" => count(office, ended_on, kind, format!("returned_{when}")),
            _ => {
                count(office, ended_on, kind, format!("issued_{when}"));
                if let Some(minutes) = row.get::<Option<i32>, _>("worked_minutes") {
                    count(office, ended_on, kind, format!("worked {}", (minutes / 30).min(64)));
                }
            }
        }
    }
    for row in returns {
        let on = day(row.get("returned_at"), row.get("time_zone"));
        let items = row.get::<Value, _>("items");
        // One that a return names twice is one reason of it.
        let codes: BTreeSet<&str> =
            items.as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap()).collect();
        for code in codes {
            let measure = format!("returned_for {code}");
            count(row.get("office_code"), on, row.get("kind"), measure);
        }
    }
    counts
}

/// Figures by month where they are kept by month only.
fn with_months(counts: BTreeMap<Key, i64>) -> BTreeMap<Key, i64> {
    let mut months: BTreeMap<Key, i64> = BTreeMap::new();
    for ((office, day, kind, measure), count) in counts {
        let first = chrono::Datelike::with_day(&day, 1).unwrap();
        for area in [office, "*".to_owned()] {
            if !measure.contains(' ') {
                *months.entry((area.clone(), day, kind.clone(), measure.clone())).or_default() += count;
            }
            *months.entry((area, first, kind.clone(), format!("month {measure}"))).or_default() += count;
        }
    }
    months.retain(|_, count| *count != 0);
    months
}

const KEPT: &str = "
    select area, day_on, kind, measure, n::bigint from figure_days,
        lateral (values ('received', received), ('resupplied', resupplied), ('issued_on_time', issued_on_time), ('issued_late', issued_late), ('issued_undated', issued_undated),
            ('returned_on_time', returned_on_time), ('returned_late', returned_late), ('returned_undated', returned_undated), ('withdrawn', withdrawn)) as counts (measure, n)
    union all
    select area, month_on, kind, 'month ' || measure, n from figure_months,
        lateral (values ('received', received), ('resupplied', resupplied), ('issued_on_time', issued_on_time), ('issued_late', issued_late), ('issued_undated', issued_undated),
            ('returned_on_time', returned_on_time), ('returned_late', returned_late), ('returned_undated', returned_undated), ('withdrawn', withdrawn)) as counts (measure, n)
    union all
    select area, month_on, kind, 'month worked ' || (place - 1), n
    from figure_months, unnest(worked) with ordinality as steps (n, place)
    union all
    select area, month_on, kind, 'month returned_for ' || item, returned from figure_items";
const CHANGES: &str = "select office_code, day_on, kind, rtrim(measure || ' ' || detail) as measure, amount::bigint as n from figure_changes";

/// What readers see and what a full count gives, both of one moment.
async fn seen_and_counted(app: &PgPool) -> (BTreeMap<Key, i64>, BTreeMap<Key, i64>) {
    let mut tx = app.begin().await.unwrap();
    tx.execute("set transaction isolation level repeatable read, read only").await.unwrap();
    let mut seen: BTreeMap<Key, i64> = BTreeMap::new();
    let read = |row: &sqlx::postgres::PgRow| {
        ((row.get(0), row.get(1), row.get(2), row.get(3)), row.get::<i64, _>(4))
    };
    let mut waiting = BTreeMap::new();
    for (key, n) in sqlx::query(CHANGES).fetch_all(&mut *tx).await.unwrap().iter().map(read) {
        *waiting.entry(key).or_default() += n;
    }
    for (key, n) in sqlx::query(KEPT).fetch_all(&mut *tx).await.unwrap().iter().map(read) {
        *seen.entry(key).or_default() += n;
    }
    for (key, n) in with_months(waiting) {
        *seen.entry(key).or_default() += n;
    }
    seen.retain(|_, count| *count != 0);
    let rounds = sqlx::query("select rounds.office_code, number, received_at, rounds.ended_at, due_at, ending, worked_minutes, requests.kind, time_zone from rounds join requests using (request_id) join offices on offices.office_code = rounds.office_code")
        .fetch_all(&mut *tx)
        .await
        .unwrap();
    let returns = sqlx::query("select returns.*, requests.office_code, requests.kind, time_zone from returns join requests using (request_id) join offices using (office_code)")
        .fetch_all(&mut *tx)
        .await
        .unwrap();
    tx.rollback().await.unwrap();
    (seen, with_months(counted_again(&rounds, &returns)))
}

async fn fold(app: &PgPool, at_most: i32) -> i64 {
    sqlx::query_scalar("select fold_figures($1)").bind(at_most).fetch_one(app).await.unwrap()
}

#[tokio::test]
async fn a_backlog_is_folded_at_once_also_when_the_database_believes_that_there_is_none() {
    let database = TestDatabase::create().await;
    let owner = database.pool_as_superuser().await;
    let app = database.pool_as_app().await;
    let waits = "insert into figure_changes (office_code, day_on, kind, measure, amount)
                 select '031', date '2026-01-01' + (n % 100)::integer, 'new_credentials', 'received', 1 from generate_series(1, 40000) as n";
    owner.execute(waits).await.unwrap();
    owner.execute("delete from figure_changes").await.unwrap();
    // What the database remembers: pages, and no row in them.
    owner.execute("vacuum (analyze, truncate false) figure_changes").await.unwrap();
    owner.execute(waits).await.unwrap();

    let mut conn = app.acquire().await.unwrap();
    conn.execute("set statement_timeout = '20s'").await.unwrap();
    let folded: i64 = sqlx::query_scalar("select fold_figures(40000)")
        .fetch_one(&mut *conn)
        .await
        .expect("it takes too long");

    assert_eq!(folded, 40_000);
    let kept: i64 = sqlx::query_scalar("select sum(received) from figure_days where area = '*'")
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    assert_eq!(kept, 40_000);
    drop(conn);
    app.close().await;
    database.drop(&owner).await;
}

#[tokio::test]
async fn kept_figures_are_a_full_count_at_every_moment_while_many_write_and_fold() {
    let database = TestDatabase::create().await;
    let owner = database.pool_as_superuser().await;
    let app = database.pool_as_app().await;
    prepare(&owner).await;
    owner.execute("insert into calendar_versions (changed_at, changed_by, note) values ('2026-01-01Z', 'test', 'test')").await.unwrap();
    let written = Arc::new(AtomicI64::new(0));
    let writers: Vec<_> = (0..4u64)
        .map(|n| {
            tokio::spawn(write(
                app.clone(),
                11 + n,
                "2025-12-30T20:00:00Z",
                n * 100 + 1..n * 100 + 41,
                Arc::clone(&written),
            ))
        })
        .collect();
    let folders: Vec<_> = [7, 100]
        .map(|at_most| {
            let app = app.clone();
            tokio::spawn(async move { while fold(&app, at_most).await >= 0 && app.size() > 0 {} })
        })
        .into();
    let mut looks = 0;
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        let (seen, counted) = seen_and_counted(&app).await;
        assert_eq!(seen, counted, "while they write, after {} rounds", written.load(Ordering::Relaxed));
        looks += 1;
    }
    for writer in writers {
        writer.await.unwrap();
    }
    folders.iter().for_each(tokio::task::JoinHandle::abort);
    assert!(looks > 1, "{looks}");

    while fold(&app, 1_000).await > 0 {}
    let (folded, counted) = seen_and_counted(&app).await;
    assert_eq!(folded, counted);
    assert!(counted.len() > 500, "{}", counted.len());
    let waiting: i64 =
        sqlx::query_scalar("select count(*) from figure_changes").fetch_one(&app).await.unwrap();
    assert_eq!(waiting, 0);
    app.close().await;
    database.drop(&owner).await;
}

#[tokio::test]
async fn ten_years_of_loaded_requests_count_as_a_full_count_does_and_lead_to_their_rounds() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        app.pool.execute("insert into offices (office_code, name, kanwil, city, province, time_zone, kind, updated_at)
            values ('801', 'KPP Makassar', 'Kanwil Sulawesi', 'Makassar', 'Sulawesi', 'Asia/Makassar', 'pratama', '2026-01-01Z')").await.unwrap();
        let plan = Plan { requests: 20_000, days: 3_650, now: app.now() };
        let rounds = load(&app.pool, plan).await.unwrap();
        assert!(rounds > 20_500, "{rounds}");
        let (seen, counted) = seen_and_counted(&app.pool).await;
        assert_eq!(seen, counted);
        // It looks like offices: most is in time, some is not, something is open, and days off are quiet.
        let head = app.signs_in("kasi").await;
        let board = app.get("/figures", Some(&head)).await.expect(200);
        let year: f64 = board["months"].as_array().unwrap().iter().filter_map(|month| month["on_time_share"].as_f64()).sum::<f64>() / 13.0;
        assert!((0.6..0.995).contains(&year), "{year}");
        assert!(board["open"]["running"].as_i64().unwrap() > 0, "{}", board["open"]);
        assert_eq!(board["open"]["running"], board["this_month"]["running"]);
        let ran = "select count(*) from rounds where office_code = '031' and received_on <= '2026-06-10' and (ended_on is null or ended_on > '2026-06-10')";
        assert_eq!(board["last_month"]["running"], app.count(ran).await);
        let ran = "select count(*) from rounds where office_code = '031' and received_on <= '2025-07-10' and (ended_on is null or ended_on > '2025-07-10')";
        assert_eq!(board["last_year"]["running"], app.count(ran).await);
        for (query, figure) in leads(&board) {
            let behind = app.get(&format!("/figures/rounds?limit=1&{query}"), Some(&head)).await.expect(200);
            assert_eq!(behind["total"], figure, "{query}");
        }
        let kanwil = app.signs_in("kanwil").await;
        assert_eq!(app.get("/figures", Some(&kanwil)).await.expect(200)["this_month"], board["this_month"]);
        let nation = app.signs_in("nasional").await;
        let nation = app.get("/figures", Some(&nation)).await.expect(200);
        let all = nation["open"]["by_office"].as_array().unwrap();
        assert_eq!(all.len(), 3);
        assert_eq!(all.iter().map(|line| line["total"].as_i64().unwrap()).sum::<i64>(), nation["open"]["running"]);
    })
    .await;
}

#[tokio::test]
async fn the_service_cannot_write_figures_and_nobody_changes_what_has_ended() {
    let database = TestDatabase::create().await;
    let owner = database.pool_as_superuser().await;
    let app = database.pool_as_app().await;
    prepare(&owner).await;
    write(app.clone(), 5, "2026-03-01T00:00:00Z", 1..20, Arc::default()).await;
    for sql in [
        "update figure_days set received = 0",
        "delete from figure_changes",
        "insert into figure_items values ('031', '2026-01-01', 'reprint', 'x', 1)",
        "update rounds set ended_on = ended_on + 1 where ended_at is not null",
        "update rounds set worked_minutes = 1 where worked_minutes is not null",
        "update rounds set worked_minutes = 1, overdue_cause = 'x' where ended_at is not null",
        "update requests set kind = 'move_office'",
    ] {
        assert!(app.execute(sql).await.is_err(), "{sql}");
    }
    app.close().await;
    database.drop(&owner).await;
}

#[tokio::test]
async fn what_ended_without_a_due_date_is_neither_on_time_nor_late() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        app.pool.execute("delete from calendar_years").await.unwrap();
        story::register(&app, "999991342031000", EMAIL).await;

        story::is_granted(&app, "new_credentials", EMAIL).await;

        let head = app.signs_in("kasi").await;
        let this = &app.get("/figures", Some(&head)).await.expect(200)["this_month"];
        for (measure, count) in [("issued_undated", 1), ("issued_on_time", 0), ("issued_late", 0)] {
            assert_eq!(this[measure], count, "{this}");
        }
        assert_eq!(this["on_time_share"], Value::Null, "nobody knows: {this}");
        for (measure, count) in [("undated", 1), ("issued_undated", 1), ("on_time", 0), ("ended", 1)] {
            let path = format!("/figures/rounds?measure={measure}&from=2026-07-01&until=2026-07-31");
            let behind = app.get(&path, Some(&head)).await.expect(200);
            assert_eq!(behind["total"], count, "{measure}");
            assert!(
                behind["items"].as_array().unwrap().iter().all(|row| row["breached"].is_null()),
                "{behind}"
            );
        }
        let closed = &app.get("/sla/summary", Some(&head)).await.expect(200)["closed"];
        let told = json!({ "total": 1, "on_time": 0, "breached": 0, "undated": 1, "on_time_share": null });
        assert_eq!(*closed, told);
    })
    .await;
}

/// The latest session of somebody who signs in.
async fn session(app: &TestApp, username: &str) -> SessionId {
    app.signs_in(username).await;
    let latest = "select session_id from sessions join staff using (staff_id) where username = $1 order by sessions.created_at desc limit 1";
    SessionId(sqlx::query_scalar(latest).bind(username).fetch_one(&app.pool).await.unwrap())
}

#[tokio::test]
async fn a_look_that_serves_many_serves_only_who_may_see_that_board() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let (head, nation) = (session(&app, "kasi").await, session(&app, "nasional").await);
        let own = "031".parse().ok();
        let (kept, whole) = (
            pulse(app.office(), nation, own).await.unwrap(),
            pulse(app.office(), nation, None).await.unwrap(),
        );
        assert_ne!(kept, whole, "an office is not the country");

        let other = session(&app, "kanwil").await;
        app.pool.execute("update staff set kanwil = 'Kanwil lain' where username = 'kanwil'").await.unwrap();
        assert!(pulse(app.office(), other, own).await.is_err(), "outside of the scope");
        app.pool.execute("update sessions set ended_at = now()").await.unwrap();
        for gone in [head, nation] {
            let refused = pulse(app.office(), gone, own).await;
            assert!(matches!(refused, Err(AppError::Unauthenticated)), "{refused:?}");
        }
    })
    .await;
}

/// Every figure of the board that leads to rounds, with the question that it leads to.
fn leads(board: &Value) -> Vec<(String, i64)> {
    let mut leads = Vec::new();
    for period in ["this_month", "last_month", "last_year"] {
        let period = &board[period];
        let days =
            format!("from={}&until={}", period["from"].as_str().unwrap(), period["until"].as_str().unwrap());
        for measure in [
            "received",
            "resupplied",
            "issued_on_time",
            "issued_late",
            "issued_undated",
            "returned_on_time",
            "returned_late",
            "returned_undated",
            "withdrawn",
        ] {
            leads.push((format!("measure={measure}&{days}"), period[measure].as_i64().unwrap()));
        }
    }
    let this = &board["this_month"];
    let days = format!("from={}&until={}", this["from"].as_str().unwrap(), this["until"].as_str().unwrap());
    for line in board["by_kind"].as_array().unwrap() {
        let kind = line["kind"].as_str().unwrap();
        leads.push((format!("measure=received&kind={kind}&{days}"), line["received"].as_i64().unwrap()));
    }
    for line in board["returned_for"].as_array().unwrap() {
        let item = line["item"].as_str().unwrap();
        leads.push((format!("measure=returned&item={item}&{days}"), line["returned"].as_i64().unwrap()));
    }
    for line in board["days"].as_array().unwrap() {
        let day = line["day"].as_str().unwrap();
        for (measure, name) in [("arrived", "arrived"), ("ended", "ended")] {
            leads.push((format!("measure={measure}&from={day}&until={day}"), line[name].as_i64().unwrap()));
        }
    }
    for line in board["open"]["by_age"].as_array().unwrap() {
        leads.push((format!("measure=running&age_days={}", line["days"]), line["total"].as_i64().unwrap()));
    }
    leads.push(("measure=running".to_owned(), board["open"]["running"].as_i64().unwrap()));
    leads
}

#[tokio::test]
async fn every_figure_is_the_number_of_its_rounds_folded_or_not() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        prepare(&app.pool).await;
        app.advance(TimeDelta::days(20));
        write(app.pool.clone(), 3, "2026-04-01T20:00:00Z", 1..160, Arc::default()).await;
        app.pool
            .execute(
                "update requests set round_number = number, state = case when rounds.ended_at is null then 'received' else 'withdrawn' end,
                     ended_at = rounds.ended_at, withdrawn_reason = case when rounds.ended_at is null then null else 'own' end
                 from rounds where rounds.request_id = requests.request_id
                     and number = (select max(number) from rounds last where last.request_id = requests.request_id)",
            )
            .await
            .unwrap();
        let head = app.signs_in("kasi").await;
        for folds in [0, 150, i32::MAX] {
            fold(&app.pool, folds).await;
            let board = app.get("/figures", Some(&head)).await.expect(200);
            let mut rounds = 0;
            for (query, figure) in leads(&board) {
                let behind = app.get(&format!("/figures/rounds?limit=100&{query}"), Some(&head)).await.expect(200);
                let rows = behind["items"].as_array().unwrap();
                assert_eq!(behind["total"], figure, "{query}");
                assert_eq!(i64::try_from(rows.len()).unwrap(), figure.min(100), "{query}");
                assert!(rows.iter().all(|row| row["office_code"] == "031"), "{query}");
                rounds += figure;
            }
            assert!(rounds > 60, "{rounds}");
        }
        let refused = app.get("/figures?office_code=952", Some(&head)).await;
        refused.expect(404);
    })
    .await;
}

#[tokio::test]
async fn a_letter_is_measured_in_opening_hours_when_it_is_signed_or_as_soon_as_its_calendar_is_known() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let receipt = story::files(&app, "new_credentials", EMAIL, |_| {}).await;
        // Friday, 16.00 to Tuesday, 10.30: the counter was open for eight hours on Monday, and from 8.00.
        app.advance(TimeDelta::minutes(3 * 24 * 60 + 18 * 60 + 30));
        let officer = app.signs_in("khusus").await;
        let id = receipt["request_id"].as_str().unwrap();
        let drafted = story::drafts(&app, &officer, id, "grant", json!([])).await;
        let head = app.signs_in("kasi").await;
        story::signs(&app, &head, &drafted).await.expect(200);

        let board = app.get("/figures", Some(&head)).await.expect(200);
        let worked = json!({ "measured": 1, "median": { "from_minutes": 630, "until_minutes": 660 },
                             "p90": { "from_minutes": 630, "until_minutes": 660 } });
        assert_eq!(board["this_month"]["worked"], worked);

        // As a release before this one would have left it.
        app.pool
            .execute(
                "alter table rounds disable trigger rounds_ended_are_final; update rounds set worked_minutes = null;
                 alter table rounds enable trigger rounds_ended_are_final",
            )
            .await
            .unwrap();
        let board = app.get("/figures", Some(&head)).await.expect(200);
        assert_eq!(board["this_month"]["worked"]["measured"], 0);
        assert_eq!(aktivasi::app::figures::measure_letters(app.office()).await.unwrap(), 1);
        assert_eq!(aktivasi::app::figures::measure_letters(app.office()).await.unwrap(), 0);
        aktivasi::app::figures::fold_figures(app.office()).await.unwrap();
        let board = app.get("/figures", Some(&head)).await.expect(200);
        assert_eq!(board["this_month"]["worked"], worked);
        assert_eq!((&board["this_month"]["issued_on_time"], &board["open"]["total"]), (&json!(1), &json!(0)));
    })
    .await;
}
