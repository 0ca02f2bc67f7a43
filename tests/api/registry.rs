//! The registry of taxpayers: written one by one, imported from files, and what open requests say of its changes.

use std::{
    fmt::Write as _,
    io::{Cursor, Read},
};

use aktivasi::{
    admin::import::Content,
    app::{
        desk::Desk,
        registry::{Faulty, ImportError, Run, Source, TaxpayersImported, files, import_taxpayers},
    },
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    story::{self, EMAIL, NAME},
    support::{Answer, TestApp, judge::CONTRACT},
    walk::appoints_everybody,
};

const NPWP: &str = "999991342031000";
const PATH: &str = "/taxpayers/999991342031000";
pub const HEADER: &str = "name,taxpayer_kind,npwp15,npwp16,nik,nitku,office_code,address,city,province,email,pkp_status,evidence_case,\
    evidence_number,evidence_date,sppkp_number,sppkp_date,sppkp_office\n";
const TAXPAYERS: &str = "select count(*) from taxpayers";
const CHANGES: &str = "select count(*) from taxpayer_changes";
const AUDITED: &str = "select count(*) from audit_events where act in ('put_taxpayer', 'import_taxpayers')";

async fn puts(app: &TestApp, token: &str, path: &str, seen: Option<&str>, body: &Value) -> Answer {
    let mut request = app.client.put(app.url(path)).bearer_auth(token).json(body);
    if let Some(seen) = seen {
        request = request.header("if-match", seen);
    }
    Answer::of(request).await
}

fn body() -> Value {
    CONTRACT.example("put_taxpayer", "tirtaloka")
}

/// A row of office 031 as files bring it.
pub fn row(npwp15: &str, address: &str) -> String {
    format!(
        "PT Contoh,entity,{npwp15},,,,031,{address},Jakarta Barat,DKI Jakarta,,confirmed,b,LHV-1,2020-01-02,,,\n"
    )
}

async fn imports(
    app: &TestApp,
    run: Run,
    reader: impl Read + Send + 'static,
) -> Result<TaxpayersImported, ImportError> {
    let source = Source { desk: Desk::Console, name: "wp.csv", run };
    import_taxpayers(app.office(), files::taxpayers(reader), source, |_| ()).await
}

fn faulty(refused: Result<TaxpayersImported, ImportError>) -> Faulty {
    let ImportError::Faulty(faulty) = refused.unwrap_err() else { panic!("not told by row") };
    *faulty
}

fn places(faulty: &Faulty) -> Vec<(u64, &str)> {
    faulty.listed.iter().map(|fault| (fault.row, fault.column.as_str())).collect()
}

#[tokio::test]
async fn a_taxpayer_is_written_whole_and_the_same_twice_leaves_no_trace() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let operator = app.signs_in("operator").await;
        let first = puts(&app, &operator, PATH, None, &body()).await;
        assert_eq!((first.status, first.header("etag")), (201, "\"v1\""), "{}", first.json);

        let again = puts(&app, &operator, PATH, None, &body()).await;
        assert_eq!((again.status, again.header("etag")), (200, "\"v1\""));
        assert_eq!((app.count(CHANGES).await, app.count(AUDITED).await), (1, 1));

        let mut other = body();
        other["address"] = json!("Jl. Baru No. 1");
        other["evidence"] = Value::Null;
        // Any form of the number leads there.
        let changed = puts(&app, &operator, "/taxpayers/0999991342031000", Some("\"v1\""), &other).await;
        assert_eq!(changed.status, 200, "{}", changed.json);
        assert_eq!((&changed.json["evidence"], &changed.json["version"]), (&Value::Null, &json!(2)));
        puts(&app, &operator, PATH, Some("\"v1\""), &body()).await.is_problem(412, "stale");

        let (columns, before, after): (Value, String, String) = sqlx::query_as(
            "select detail -> 'columns', before ->> 'address', after ->> 'address'
             from audit_events, taxpayer_changes where act = 'put_taxpayer' and before is not null
             order by event_id desc limit 1",
        )
        .fetch_one(&app.pool)
        .await
        .unwrap();
        assert_eq!(columns, json!(["address", "evidence_case", "evidence_number", "evidence_on"]));
        assert_eq!((before.as_str(), after.as_str()), ("Jl. Percobaan Cendana No. 13", "Jl. Baru No. 1"));
        let read = app.get(PATH, Some(&operator)).await;
        assert_eq!(read.header("etag"), "\"v2\"");
        assert_eq!(read.expect(200), changed.json);
    })
    .await;
}

#[tokio::test]
async fn an_operator_of_an_office_writes_its_taxpayers_and_moves_nobody() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        appoints_everybody(&app, "952").await;
        let (own, other, national) =
            (app.signs_in("operator").await, app.signs_in("operator.952").await, app.signs_in("pusat").await);
        let mut moved = body();
        moved["office_code"] = json!("952");
        puts(&app, &other, PATH, None, &body()).await.is_problem(403, "forbidden");
        assert_eq!(puts(&app, &own, PATH, None, &body()).await.status, 201);
        puts(&app, &own, PATH, None, &moved).await.is_problem(403, "forbidden");
        puts(&app, &other, PATH, None, &moved).await.is_problem(404, "not-found");
        app.get(PATH, Some(&other)).await.is_problem(404, "not-found");
        assert_eq!(app.count(CHANGES).await, 1);

        assert_eq!(puts(&app, &national, PATH, None, &moved).await.status, 200);
        app.get(PATH, Some(&own)).await.is_problem(404, "not-found");
        assert_eq!(app.get(PATH, Some(&other)).await.expect(200)["office_code"], "952");
    })
    .await;
}

#[tokio::test]
async fn every_fault_of_a_taxpayer_is_told_at_once_and_numbers_belong_to_one() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let operator = app.signs_in("operator").await;
        let pointers = |answer: &Answer| -> Vec<String> {
            answer.is_problem(422, "invalid");
            let faults = answer.json["errors"].as_array().unwrap().iter();
            faults.map(|fault| fault["pointer"].as_str().unwrap().to_owned()).collect()
        };
        let mut wrong = body();
        wrong["name"] = json!(" ");
        wrong["npwp16"] = json!("0999991003001000");
        wrong["office_code"] = json!("31");
        wrong["evidence"] = json!({ "case": "b", "number": null, "date": null });
        wrong["sppkp"]["date"] = json!("2015-9-25");
        let told = puts(&app, &operator, PATH, None, &wrong).await;
        assert_eq!(pointers(&told), ["/name", "/npwp16", "/office_code", "/evidence/number", "/sppkp/date"]);
        let told = puts(&app, &operator, "/taxpayers/999991003001000", None, &body()).await;
        assert_eq!(pointers(&told), ["/npwp15"]);
        assert_eq!(app.count(TAXPAYERS).await, 0);

        let mut person = body();
        person["taxpayer_kind"] = json!("person");
        person["npwp16"] = Value::Null;
        assert_eq!(puts(&app, &operator, PATH, None, &person).await.status, 201);
        person["npwp15"] = Value::Null;
        person["nik"] = json!("3171014101900001");
        assert_eq!(puts(&app, &operator, "/taxpayers/3171014101900001", None, &person).await.status, 201);
        person["npwp15"] = json!(NPWP);
        let told = puts(&app, &operator, PATH, None, &person).await;
        assert_eq!(pointers(&told), ["/npwp15"], "the numbers of two");
        assert_eq!(app.count(CHANGES).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_number_that_somebody_filed_under_becomes_the_taxpayer() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let receipt = story::files(&app, "new_credentials", EMAIL, |_| {}).await;
        let (operator, officer) = (app.signs_in("operator").await, app.signs_in("khusus").await);
        app.get(PATH, Some(&operator)).await.is_problem(404, "not-found");
        let mut filed = body();
        filed["address"] = json!("Jl. Tercatat No. 2");
        assert_eq!(puts(&app, &operator, PATH, None, &filed).await.status, 201);
        assert_eq!(app.count(TAXPAYERS).await, 1);

        let path = format!("/requests/{}", receipt["request_id"].as_str().unwrap());
        let request = app.get(&path, Some(&officer)).await.expect(200);
        assert_eq!(request["taxpayer"]["kind"], "entity");
        let changes = request["registry_changes"].as_array().unwrap();
        let told = |at: usize| (&changes[at]["field"], &changes[at]["old"], &changes[at]["new"]);
        assert_eq!(changes.len(), 3);
        assert_eq!(told(0), (&json!("office"), &Value::Null, &json!("031")));
        assert_eq!(told(1), (&json!("status"), &Value::Null, &json!("confirmed")));
        assert_eq!(changes[2]["new"], "Jl. Tercatat No. 2, Jakarta Barat, DKI Jakarta");
        assert_eq!(changes[0]["source"], "Data registrasi 10 Juli 2026");
    })
    .await;
}

#[tokio::test]
async fn a_change_of_office_status_or_address_shows_on_open_requests_and_the_verdict_uses_it() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, NPWP, EMAIL).await;
        let officer = app.signs_in("khusus").await;
        let receipt = story::files(&app, "new_credentials", EMAIL, |_| {}).await;
        let path = format!("/requests/{}", receipt["request_id"].as_str().unwrap());
        assert_eq!(app.get(&path, Some(&officer)).await.expect(200)["registry_changes"], json!([]));

        let row = |status: &str, address: &str, email: &str| {
            format!(
                "{HEADER}{NAME},entity,{NPWP},,,,031,{address},Jakarta Barat,DKI Jakarta,{email},{status},b,LHV-529,2019-06-11,\
                 S-125,2015-09-25,031\n"
            )
        };
        let address = "Jl. Percobaan Cendana No. 13";
        app.imports(Content::Taxpayers, &row("confirmed", address, "lain@example.com")).await;
        let seen = app.get(&path, Some(&officer)).await.expect(200);
        assert_eq!(seen["registry_changes"], json!([]), "another e-mail is nothing to examine again");

        let tried = imports(&app, Run::Try, Cursor::new(row("revoked", "Jl. Baru", EMAIL))).await.unwrap();
        assert_eq!((tried.changed, tried.open_requests), (1, 1));
        app.imports(Content::Taxpayers, &row("revoked", "Jl. Baru", EMAIL)).await;
        let seen = app.get(&path, Some(&officer)).await.expect(200);
        let fields: Vec<&Value> =
            seen["registry_changes"].as_array().unwrap().iter().map(|change| &change["field"]).collect();
        assert_eq!(fields, ["status", "address"]);
        assert_eq!(seen["registry_changes"][0]["old"], "confirmed");
        assert_eq!(seen["registry_changes"][1]["new"], "Jl. Baru, Jakarta Barat, DKI Jakarta");
        let verdict = app.get(&format!("{path}/verdict"), Some(&officer)).await.expect(200);
        assert_eq!(verdict["verdict"], "refuse");

        app.imports(Content::Taxpayers, &row("confirmed", address, EMAIL)).await;
        let seen = app.get(&path, Some(&officer)).await.expect(200);
        assert_eq!(seen["registry_changes"], json!([]), "what came back is no change");
    })
    .await;
}

#[tokio::test]
async fn twenty_thousand_rows_are_taken_and_only_what_differs_is_written() {
    const COUNT: u64 = 20_000;
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let file = |later: bool| {
            let mut text = HEADER.to_owned();
            for n in 0..COUNT {
                let street = if later && n % 100 == 0 { "Jl. Baru" } else { "Jl. Lama" };
                let npwp = 100_000_000 + n;
                let _ = writeln!(
                    text,
                    "PT Contoh {n},entity,{npwp}031000,0{npwp}031000,,,031,{street} {n},Jakarta Barat,DKI Jakarta,\
                     a.{n}@example.com,confirmed,b,LHV-{n},2020-01-02,S-{n},2020-01-02,031"
                );
            }
            Cursor::new(text)
        };
        let counted = |done: &TaxpayersImported| (done.added, done.changed, done.unchanged);

        let tried = imports(&app, Run::Try, file(false)).await.unwrap();
        assert_eq!((counted(&tried), app.count(TAXPAYERS).await), ((COUNT, 0, 0), 0));
        let first = imports(&app, Run::Keep, file(false)).await.unwrap();
        assert_eq!((counted(&first), app.count(TAXPAYERS).await), ((COUNT, 0, 0), 20_000));
        let again = imports(&app, Run::Keep, file(false)).await.unwrap();
        assert_eq!((counted(&again), app.count(CHANGES).await), ((0, 0, COUNT), 0));
        let later = imports(&app, Run::Keep, file(true)).await.unwrap();
        assert_eq!((counted(&later), app.count(CHANGES).await), ((0, 200, 19_800), 200));
        assert_eq!(
            app.count(
                "select count(*) from taxpayer_changes join taxpayers using (taxpayer_id)
                 where before ->> 'address' like 'Jl. Lama%' and after ->> 'address' = address and version = 2"
            )
            .await,
            200
        );
        assert_eq!(app.count("select count(*) from taxpayer_import_rows").await, 0);
        assert_eq!(app.count(AUDITED).await, 3);
    })
    .await;
}

#[tokio::test]
async fn faulty_rows_are_listed_and_counted_and_a_dry_run_says_what_becomes_of_the_others() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        app.imports(
            Content::Taxpayers,
            &format!(
                "{HEADER}{}{}",
                row("999991003001000", "Jl. Satu").replace(",,,,031,", ",,,0999991003001000000000,031,"),
                row("999991177025000", "Jl. Dua")
            ),
        )
        .await;
        let mut text = HEADER.to_owned();
        text.push_str(&row("999991003001000", "Jl. Pindah"));
        text.push_str(&row("999993389217000", "Jl. Tiga"));
        // The same number in another form, the numbers of two, a wrong number, an unknown office.
        text.push_str("PT Contoh,entity,,0999993389217000,,,031,J,C,P,,confirmed,,,,,,\n");
        text.push_str(
            "PT Contoh,entity,999991177025000,,,0999991003001000000000,031,J,C,P,,confirmed,,,,,,\n",
        );
        text.push_str(&row("123", "Jl. Empat"));
        text.push_str(&row("999994454529000", "Jl. Lima").replace(",031,", ",777,"));
        let file = || Cursor::new(text.clone());

        let tried = faulty(imports(&app, Run::Try, file()).await);
        assert_eq!(
            places(&tried),
            [(4, "npwp16"), (5, "npwp15"), (6, "npwp15"), (7, "office_code")],
            "{tried:?}"
        );
        assert_eq!((tried.rows, tried.total), (4, 4));
        let others = tried.others.unwrap();
        assert_eq!((others.added, others.changed, others.unchanged), (1, 1, 0));
        let refused = faulty(imports(&app, Run::Keep, file()).await);
        assert_eq!((places(&refused), refused.others), (places(&tried), None));
        assert_eq!((app.count(TAXPAYERS).await, app.count(CHANGES).await), (2, 0));

        let mut many = HEADER.to_owned();
        for _ in 0..600 {
            many.push_str(&row("123", ""));
        }
        let many = faulty(imports(&app, Run::Keep, Cursor::new(many)).await);
        assert_eq!((many.rows, many.total, many.listed.len()), (600, 1200, 500));
    })
    .await;
}

/// A file whose medium fails after what is there.
struct BreaksOff(Cursor<String>);

impl Read for BreaksOff {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match Read::read(&mut self.0, buffer)? {
            0 => Err(std::io::Error::other("the medium failed")),
            read => Ok(read),
        }
    }
}

async fn sends(app: &TestApp, token: &str, query: &str, file: String) -> Answer {
    let request = app.client.post(app.url(&format!("/taxpayers/imports?{query}"))).bearer_auth(token);
    Answer::of(request.header("content-type", "text/csv").body(file)).await
}

#[tokio::test]
async fn another_system_sends_a_file_tries_it_first_and_is_told_its_faults_by_row() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let operator = app.signs_in("pusat").await;
        let good = row("999991003001000", "Jl. Satu");
        let bad = row("999991516041000", "Jl. Dua").replace(",031,", ",999,");
        let half = format!("{HEADER}{good}{bad}{}", row("123", "Jl. Tiga"));

        let tried = sends(&app, &operator, "file_name=wp.csv&dry_run=true", half.clone()).await;
        tried.is_problem(422, "invalid");
        assert_eq!(
            (&tried.json["faulty_rows"], &tried.json["fault_count"]),
            (&json!(2), &json!(2)),
            "{}",
            tried.json
        );
        let errors = &tried.json["errors"];
        assert_eq!(
            (&errors[0]["pointer"], &errors[0]["code"]),
            (&json!("/3/office_code"), &json!("office_unknown"))
        );
        assert_eq!(errors[0]["detail"], "Kantor ini belum dikenal; impor data kantor lebih dahulu.");
        assert_eq!(errors[1]["pointer"], "/4/npwp15");
        assert_eq!(tried.json["others"]["added"], 1);
        let refused = sends(&app, &operator, "file_name=wp.csv", half).await;
        assert_eq!((refused.status, &refused.json["others"]), (422, &Value::Null));
        let whole = || format!("{HEADER}{good}");
        let tried = sends(&app, &operator, "file_name=wp.csv&dry_run=true", whole()).await.expect(200);
        assert_eq!((&tried["dry_run"], &tried["added"]), (&json!(true), &json!(1)));
        assert_eq!((app.count(TAXPAYERS).await, app.count(AUDITED).await), (0, 0));

        let kept = sends(&app, &operator, "file_name=wp.csv", whole()).await.expect(200);
        assert_eq!((&kept["dry_run"], &kept["added"]), (&json!(false), &json!(1)));
        let again = sends(&app, &operator, "file_name=wp.csv", whole()).await.expect(200);
        assert_eq!((&again["added"], &again["unchanged"]), (&json!(0), &json!(1)));
        assert_eq!(app.count("select count(*) from taxpayers where source = 'wp.csv'").await, 1);
        let json = app
            .client
            .post(app.url("/taxpayers/imports?file_name=wp.csv"))
            .bearer_auth(&operator)
            .json(&json!({}));
        Answer::of(json).await.is_problem(415, "unsupported-media-type");
        sends(&app, &operator, "file_name=", whole()).await.is_problem(422, "invalid");
    })
    .await;
}

#[tokio::test]
async fn a_file_whose_sender_goes_away_is_never_taken_for_a_shorter_one() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let operator = app.signs_in("pusat").await;
        let file = format!("{HEADER}{}", row("999991003001000", "Jl. Satu"));
        let mut sender = TcpStream::connect(app.address).await.unwrap();
        let head = format!(
            "POST /api/v1/taxpayers/imports?file_name=wp.csv HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {operator}\r\n\
             Content-Type: text/csv\r\nContent-Length: {}\r\n\r\n",
            file.len() + 400
        );
        sender.write_all(head.as_bytes()).await.unwrap();
        sender.write_all(file.as_bytes()).await.unwrap();
        sender.shutdown().await.unwrap();
        let mut answer = Vec::new();
        // Whether there is an answer depends on how fast the end is seen; that nothing was taken does not.
        let _ = sender.read_to_end(&mut answer).await;
        assert!(!String::from_utf8_lossy(&answer).contains(" 200 "), "{}", String::from_utf8_lossy(&answer));
        // The next import waits for nobody only when the one before it is over.
        let kept = async {
            loop {
                let again = sends(&app, &operator, "file_name=wp.csv&dry_run=true", file.clone()).await;
                if again.status != 409 {
                    return again;
                }
            }
        };
        assert_eq!(kept.await.expect(200)["added"], 1);
        assert_eq!((app.count(TAXPAYERS).await, app.count(AUDITED).await), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_file_that_breaks_off_changes_nothing_and_two_imports_never_run_at_once() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let file = || Cursor::new(format!("{HEADER}{}", row("999991003001000", "Jl. Satu")));
        let broken = faulty(imports(&app, Run::Keep, BreaksOff(file())).await);
        assert!(broken.listed[0].message.contains("the medium failed"), "{broken:?}");
        assert_eq!(app.count(TAXPAYERS).await, 0);

        let mut other = app.pool.begin().await.unwrap();
        sqlx::query("select pg_advisory_xact_lock(hashtext('taxpayer_import_rows'))")
            .execute(&mut *other)
            .await
            .unwrap();
        let refused = imports(&app, Run::Keep, file()).await;
        assert!(matches!(refused, Err(ImportError::App(_))), "{refused:?}");
        other.rollback().await.unwrap();
        assert_eq!(imports(&app, Run::Keep, file()).await.unwrap().added, 1);
    })
    .await;
}

#[tokio::test]
async fn a_file_that_does_not_know_the_evidence_leaves_what_an_officer_found() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        app.imports(Content::Taxpayers, &format!("{HEADER}{}", row("999991003001000", "Jl. Satu"))).await;
        let silent = row("999991003001000", "Jl. Baru").replace(",b,LHV-1,2020-01-02,", ",,,,");
        app.imports(Content::Taxpayers, &format!("{HEADER}{silent}")).await;
        let kept: (String, String) = sqlx::query_as("select evidence_number, address from taxpayers")
            .fetch_one(&app.pool)
            .await
            .unwrap();
        assert_eq!(kept, ("LHV-1".to_owned(), "Jl. Baru".to_owned()));
    })
    .await;
}
