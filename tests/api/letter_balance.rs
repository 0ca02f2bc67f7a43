//! The books of letters: issued = delivered + pending + returned + given up, now and at the end of every day.

use aktivasi::app::balance_alarm::check_balance;
use chrono::{NaiveDate, TimeDelta};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    deliveries::collected,
    print_batches::letters_on_paper,
    story::{self, EMAIL, is_granted},
    support::{Answer, TestApp},
    walk::appoints_everybody,
};

async fn balance(app: &TestApp, query: &str) -> Value {
    let head = app.signs_in("kasi").await;
    app.get(&format!("/letter-balance{query}"), Some(&head)).await.expect(200)
}

fn figures(of: &Value) -> [i64; 7] {
    ["issued", "delivered", "pending", "returned", "given_up", "difference", "unexplained"]
        .map(|name| of[name].as_i64().unwrap())
}

#[tokio::test]
async fn a_letter_moves_through_the_books_and_yesterday_stays_as_it_was() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        is_granted(&app, "new_credentials", EMAIL).await;
        assert_eq!(figures(&balance(&app, "").await["total"]), [1, 0, 1, 0, 0, 0, 0]);
        app.advance(TimeDelta::days(1));
        app.run_ready_jobs().await;

        let today = balance(&app, "").await;
        assert_eq!((figures(&today["total"]), &today["live"]), ([1, 1, 0, 0, 0, 0, 0], &json!(true)));
        let yesterday = balance(&app, "?on=2026-07-10").await;
        assert_eq!(
            (figures(&yesterday["total"]), &yesterday["live"]),
            ([1, 0, 1, 0, 0, 0, 0], &json!(false))
        );
        assert_eq!(figures(&balance(&app, "?on=2026-07-09").await["total"]), [0; 7]);
        let head = app.signs_in("kasi").await;
        app.get("/letter-balance?on=2026-07-12", Some(&head)).await.is_problem(422, "invalid");
        let behind = |query: &str| format!("/letter-balance/letters?{query}");
        let delivered = app.get(&behind("class=delivered"), Some(&head)).await.expect(200);
        assert_eq!(delivered["items"][0]["number"], "S-1/KPP.031/2026");
        let was = app.get(&behind("class=pending&on=2026-07-10"), Some(&head)).await.expect(200);
        assert_eq!(was["items"][0]["letter_id"], delivered["items"][0]["letter_id"]);
        let none = app.get(&behind("class=unexplained"), Some(&head)).await.expect(200);
        assert_eq!(none["items"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn everybody_sees_the_books_of_their_scope_only() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        is_granted(&app, "new_credentials", EMAIL).await;
        appoints_everybody(&app, "952").await;

        let seen_by = async |username: &str| {
            let token = app.signs_in(username).await;
            let seen = app.get("/letter-balance", Some(&token)).await.expect(200);
            let rows = seen["by_office"].as_array().unwrap().clone();
            rows.iter().map(|row| row["office_code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(seen_by("kasi").await, ["031"]);
        assert_eq!(seen_by("kasi.952").await, ["952"]);
        assert!(seen_by("nasional").await.len() > seen_by("kanwil").await.len());
        let kanwil = app.signs_in("kanwil").await;
        app.get("/letter-balance?office_code=952", Some(&kanwil)).await.is_problem(404, "not-found");
        let officer = app.signs_in("khusus").await;
        app.get("/letter-balance", Some(&officer)).await.is_problem(403, "forbidden");
    })
    .await;
}

#[tokio::test]
async fn a_difference_of_one_is_an_alarm_and_one_task_for_the_operators() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        is_granted(&app, "new_credentials", EMAIL).await;
        let head = app.signs_in("kasi").await;
        let on_the_board = async || app.get("/figures", Some(&head)).await.expect(200)["letters"].clone();
        assert_eq!(on_the_board().await, Value::Null, "nobody counted yet");
        assert_eq!(check_balance(app.office()).await.unwrap(), []);
        let counted = on_the_board().await;
        assert_eq!((&counted["issued"], &counted["pending"], &counted["unexplained"]), (&json!(1), &json!(1), &json!(0)));

        // A number that no letter has: somebody lost one.
        sqlx::query("update letter_series set last_number = 2").execute(&app.pool).await.unwrap();
        let wrong = check_balance(app.office()).await.unwrap();
        assert_eq!((wrong.len(), wrong[0].difference()), (1, 1));
        check_balance(app.office()).await.unwrap();
        let operator = app.signs_in("operator").await;
        let tasks = app.get("/tasks?open=true", Some(&operator)).await.expect(200);
        let alarms = tasks["items"].as_array().unwrap().iter();
        assert_eq!(alarms.filter(|task| task["kind"] == "letters_out_of_balance").count(), 1, "{tasks}");
        sqlx::query("update letter_series set last_number = 1").execute(&app.pool).await.unwrap();

        // A hand-over that only one of the two books knows of.
        sqlx::query("update letters set delivery = 'post', handed_out_at = created_at, handed_out_by = signed_by where sequence = 1")
            .execute(&app.pool)
            .await
            .unwrap();
        let wrong = check_balance(app.office()).await.unwrap();
        assert_eq!((wrong[0].difference(), wrong[0].unexplained), (0, 1));
        assert_eq!(on_the_board().await["unexplained"], 1);
        let which = app.get("/letter-balance/letters?class=unexplained", Some(&head)).await.expect(200);
        assert_eq!(which["items"][0]["number"], "S-1/KPP.031/2026");
    })
    .await;
}

/// A letter as the regulations see it, in terms of its own.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the letter")]
#[derive(Debug, Clone)]
struct Model {
    id: String,
    by_email: bool,
    fate: &'static str,
    out: bool,
    back: bool,
    ended: bool,
    replaced: bool,
}

impl Model {
    fn class(&self) -> usize {
        let delivered = if self.by_email { self.fate == "accepted" } else { self.out && !self.back };
        match () {
            () if delivered => 0,
            () if self.ended || self.replaced => 3,
            () if !self.by_email => {
                if self.back {
                    2
                } else {
                    1
                }
            }
            () => match self.fate {
                "queued" => 1,
                "bounced" => 2,
                _ => 3,
            },
        }
    }

    /// Waits on another way.
    fn begins(&mut self, by_email: bool) {
        (self.by_email, self.out, self.back, self.ended) = (by_email, false, false, false);
        if by_email {
            self.fate = "queued";
        }
    }
}

fn recount(letters: &[Model]) -> [i64; 7] {
    let count =
        |class: usize| i64::try_from(letters.iter().filter(|one| one.class() == class).count()).unwrap();
    let all = i64::try_from(letters.len()).unwrap();
    [all, count(0), count(1), count(2), count(3), 0, 0]
}

/// The same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }
}

struct Staff {
    desk: String,
    officer: String,
    head: String,
}

/// One random act on a letter; whatever the office allows changes the model too.
async fn something_happens(app: &TestApp, staff: &Staff, dice: &mut Dice, letter: &mut Model, receipt: &str) {
    let at = |what: &str| format!("/letters/{}/{what}", letter.id);
    let reason = json!({ "reason": "Uji acak" });
    let ok = |answer: Answer| {
        assert!([200, 409, 422].contains(&answer.status), "{} {}", answer.status, answer.json);
        answer.status == 200
    };
    match dice.up_to(9) {
        0 => {
            ok(app.post(&at("print"), Some(&staff.desk), reason).await);
        }
        1 => {
            let number = format!("P{:012}", dice.up_to(1 << 30));
            let body = json!({ "way": "post", "tracking_number": number, "identity_seen": false });
            if ok(app.post(&at("handover"), Some(&staff.desk), body).await) {
                (letter.out, letter.back) = (true, false);
            }
        }
        2 => {
            if ok(app.post(&at("handover"), Some(&staff.desk), collected(receipt)).await) {
                (letter.out, letter.back) = (true, false);
            }
        }
        3 => {
            if ok(app.post(&at("postal-return"), Some(&staff.desk), json!({ "reason": "moved" })).await) {
                letter.back = true;
            }
        }
        4 => {
            let way = ["post", "counter", "email"][dice.up_to(3)];
            let body = json!({ "way": way, "reason": "Uji acak" });
            if ok(app.post(&at("redelivery"), Some(&staff.officer), body).await) {
                letter.begins(way == "email");
            }
        }
        5 => {
            if ok(app.post(&at("abandonment"), Some(&staff.head), reason).await) {
                letter.ended = true;
                if letter.by_email {
                    letter.fate = "superseded";
                }
            }
        }
        6 | 7 => {
            // The relay, a bounce that comes later, the end of the days.
            let (from, to): (&str, &'static str) = [
                ("queued", "accepted"),
                ("accepted", "bounced"),
                ("queued", "given_up"),
                ("bounced", "queued"),
            ][dice.up_to(4)];
            if letter.by_email && letter.fate == from {
                changes_fate(app, &letter.id, to).await;
                letter.fate = to;
            }
        }
        _ => {
            if dice.up_to(6) == 0 && !letter.replaced {
                sqlx::query(
                    "update letters set superseded_at = $2,
                            superseded_by = (select letter_id from letters as next where next.sequence = letters.sequence % 8 + 1)
                     where letter_id = $1",)
                    .bind(letter.id.parse::<Uuid>().unwrap())
                    .bind(app.now())
                    .execute(&app.pool)
                    .await
                    .unwrap();
                letter.replaced = true;
            }
        }
    }
}

async fn changes_fate(app: &TestApp, letter: &str, fate: &str) {
    sqlx::query(
        "update messages set fate = $2, fate_at = $3 where message_id = (
             select message_id from messages where letter_id = $1 and kind = 'letter_delivery'
             order by created_at desc, message_id desc limit 1)",
    )
    .bind(letter.parse::<Uuid>().unwrap())
    .bind(fate)
    .bind(app.now())
    .execute(&app.pool)
    .await
    .unwrap();
}

/// Half of the letters leave by e-mail.
async fn some_letters(app: &TestApp) -> (Vec<Model>, String) {
    let more: Vec<(String, String)> =
        (0..7).map(|n| (format!("CV Ke-{n}"), format!("Jalan Contoh Nomor {n}, Bogor 16111"))).collect();
    let more: Vec<(&str, &str)> =
        more.iter().map(|(name, address)| (name.as_str(), address.as_str())).collect();
    let issued = letters_on_paper(app, &more).await;
    for sql in [
        "update requests set address_proof = 'proven', unproven_reason = null",
        "update accounts set email_changed_at = null",
        "update letters set delivery = 'email' where sequence > 4",
        "update letter_deliveries set way = 'email' where letter_id in (select letter_id from letters where sequence > 4)",
        "insert into messages (message_id, help_desk_number, office_code, request_id, kind, email, letter_id, fate, fate_at, created_at)
         select gen_random_uuid(), 'E-' || sequence, office_code, request_id, 'letter_delivery', 'x@example.com', letter_id, 'queued',
                created_at, created_at
         from letters where sequence > 4",
    ] {
        sqlx::query(sql).execute(&app.pool).await.unwrap();
    }
    let rows: Vec<(Uuid, bool)> = sqlx::query_as(
        "select letter_id, delivery = 'email' from letters where signed_by is not null order by sequence",
    )
    .fetch_all(&app.pool)
    .await
    .unwrap();
    let letters = rows.into_iter().map(|(id, by_email)| Model {
        id: id.to_string(),
        by_email,
        fate: if by_email { "queued" } else { "" },
        out: false,
        back: false,
        ended: false,
        replaced: false,
    });
    (letters.collect(), issued["rounds"][0]["receipt_number"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn whatever_happens_to_letters_the_books_balance_and_equal_a_recount() {
    TestApp::run(|app| async move {
        let (mut letters, receipt) = some_letters(&app).await;
        let mut dice = Dice(20_260_710);
        let mut days: Vec<(NaiveDate, [i64; 7])> = Vec::new();
        for _ in 0..12 {
            let (desk, officer, head) =
                (app.signs_in("tpt").await, app.signs_in("khusus").await, app.signs_in("kasi").await);
            let staff = Staff { desk, officer, head };
            for _ in 0..16 {
                let which = dice.up_to(letters.len());
                something_happens(&app, &staff, &mut dice, &mut letters[which], &receipt).await;
                app.advance(TimeDelta::seconds(7));
                let live = app.get("/letter-balance", Some(&staff.head)).await.expect(200);
                assert_eq!(figures(&live["total"]), recount(&letters), "{letters:#?}");
            }
            days.push(((app.now() + TimeDelta::hours(7)).date_naive(), recount(&letters)));
            app.advance(TimeDelta::days(1));
        }

        let seen: std::collections::BTreeSet<_> = days.iter().map(|(_, figures)| *figures).collect();
        assert!(seen.len() > 5, "hardly anything happened: {days:?}");
        for (day, counted) in days {
            let told = balance(&app, &format!("?on={day}")).await;
            assert_eq!(figures(&told["total"]), counted, "{day}");
        }
        assert_eq!(check_balance(app.office()).await.unwrap(), []);
    })
    .await;
}
