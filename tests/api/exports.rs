//! The list as a file: complete, of one moment, harmless, and read by a program that shares no code with it.

use std::process::Command;

use chrono::TimeDelta;

use crate::{
    lists::many,
    mail_signature::python,
    story::{self, EMAIL},
    support::{Answer, TestApp},
};

async fn exports(app: &TestApp, token: &str, query: &str) -> Answer {
    let url = app.url(&format!("/requests/export?{query}"));
    Answer::of(app.client.get(url).bearer_auth(token)).await
}

fn rows(csv: &[u8]) -> Vec<csv::StringRecord> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(csv);
    reader.records().map(Result::unwrap).collect()
}

/// What openpyxl reads: the cover, how many rows the second sheet has, and its second and last one.
fn read_by_openpyxl(bytes: &[u8]) -> String {
    let path = std::env::temp_dir().join(format!("aktivasi-{}.xlsx", uuid::Uuid::now_v7()));
    std::fs::write(&path, bytes).unwrap();
    let script = "import sys, openpyxl\nbook = openpyxl.load_workbook(sys.argv[1])\nprint(book.sheetnames)\n\
                  for row in book['Sampul'].iter_rows(values_only=True): print(row)\n\
                  data = list(book['Data'].iter_rows(values_only=True))\n\
                  print(len(data))\nprint(data[0])\nprint(data[1])\nprint(data[-1])\n\
                  print([c.data_type for c in book['Data'][2]])\n";
    let read = Command::new(python()).args(["-c", script]).arg(&path).output().unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    String::from_utf8(read.stdout).unwrap()
}

#[tokio::test]
async fn twenty_thousand_rows_come_whole_in_both_forms_and_are_opened_by_another_program() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        many(&app, 20_000).await;
        sqlx::query("update requests set pkp_name = '=HYPERLINK(\"http://x\")' where pkp_name = 'PT 1'")
            .execute(&app.pool)
            .await
            .unwrap();
        let token = app.signs_in("khusus").await;

        let csv = exports(&app, &token, "format=csv").await;
        assert_eq!((csv.status, csv.header("content-type")), (200, "text/csv; charset=utf-8"));
        assert!(csv.header("content-disposition").contains("permohonan-20260710-1600.csv"));
        let listed = rows(&csv.bytes);
        assert!(csv.bytes.starts_with("\u{feff}Daftar,Permohonan terbuka\r\n".as_bytes()));
        assert_eq!(&listed[1][1], "031 KPP Pratama Jakarta Palmerah");
        assert_eq!(listed.iter().filter(|row| row[0].starts_with("BPE-")).count(), 20_000);
        let text = String::from_utf8(csv.bytes).unwrap();
        assert!(text.contains("\"'=HYPERLINK(\"\"http://x\"\")\"") && !text.contains("999991342031000"));

        let book = exports(&app, &token, "format=xlsx&kind=reprint").await;
        let read = read_by_openpyxl(&book.bytes);
        assert!(read.contains("['Sampul', 'Data']") && read.contains("('Jenis', 'Cetak Ulang"), "{read}");
        assert!(read.contains("\n10001\n"), "{read}");
        assert!(read.contains("datetime.datetime(2026, 7, 1, 7, 0)") && read.contains("'menunggu kalender'"), "{read}");
        let book = exports(&app, &token, "format=xlsx&kind=new_credentials").await;
        let read = read_by_openpyxl(&book.bytes);
        assert!(read.contains("'=HYPERLINK(\"http://x\")'") && !read.contains("'f'"), "a text, no formula: {read}");
        let audited = "select count(*) from audit_events where act = 'export_requests' and actor_kind = 'staff' and office_code = '031'";
        assert_eq!(app.count(audited).await, 3);
    })
    .await;
}

#[tokio::test]
async fn a_file_holds_the_rows_of_the_list_of_its_caller_and_of_the_moment_it_was_asked_for() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        story::files(&app, "new_credentials", EMAIL, |_| {}).await;
        let numbers =
            |answer: Answer| rows(&answer.bytes).iter().filter(|row| row[0].starts_with("BPE-")).count();
        let officer = app.signs_in("khusus").await;
        assert_eq!(numbers(exports(&app, &officer, "format=csv").await), 1);
        assert_eq!(numbers(exports(&app, &officer, "format=csv&officer=me").await), 0);
        assert_eq!(numbers(exports(&app, &officer, "format=csv&state=issued").await), 0);
        assert_eq!(numbers(exports(&app, &officer, "format=csv&threshold=on_track").await), 1);
        let elsewhere = app.employs("jauh", "special_officer", "952").await;
        assert_eq!(numbers(exports(&app, &elsewhere, "format=csv").await), 0);
        assert_eq!(numbers(exports(&app, &officer, "format=csv&office_code=031").await), 1);
        exports(&app, &officer, "format=csv&office_code=952").await.is_problem(404, "not-found");
        let list = app.get("/requests?office_code=031", Some(&officer)).await.expect(200);
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        app.get("/requests?office_code=952", Some(&officer)).await.is_problem(404, "not-found");
        let operator = app.signs_in("operator").await;
        exports(&app, &operator, "format=csv").await.is_problem(403, "forbidden");
        exports(&app, &officer, "format=pdf").await.is_problem(400, "malformed");
        app.advance(TimeDelta::days(10));
        let officer = app.signs_in("khusus").await;
        let late = exports(&app, &officer, "format=csv").await;
        assert!(String::from_utf8(late.bytes).unwrap().contains("Lewat jatuh tempo"));
    })
    .await;
}

/// The rounds of a figure as a file, by its caller.
async fn behind(app: &TestApp, token: &str, query: &str) -> Answer {
    let url = app.url(&format!("/figures/rounds/export?{query}"));
    Answer::of(app.client.get(url).bearer_auth(token)).await
}

#[tokio::test]
async fn a_file_of_a_figure_holds_exactly_the_rounds_that_the_figure_counts() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        many(&app, 2_500).await;
        let head = app.signs_in("kasi").await;
        let days = "from=2026-06-01&until=2026-07-31";
        for query in [
            "measure=running",
            "measure=running&kind=reprint",
            &format!("measure=received&{days}"),
            &format!("measure=issued&{days}"),
        ] {
            let listed = app.get(&format!("/figures/rounds?limit=1&{query}"), Some(&head)).await.expect(200);
            let file = behind(&app, &head, &format!("format=csv&{query}")).await;
            assert_eq!(file.status, 200);
            let count = rows(&file.bytes).iter().filter(|row| row[0].starts_with("BPE-")).count();
            assert_eq!(listed["total"], count, "{query}");
        }
        let file =
            behind(&app, &head, &format!("format=csv&measure=received&kind=reprint&office_code=031&{days}"))
                .await;
        let cover = String::from_utf8(file.bytes).unwrap();
        for line in [
            "Daftar,Permohonan di balik angka: Diterima pertama kali",
            "Kantor,031 KPP",
            "Hari pertama,1 Juni 2026",
            "Jenis,Cetak Ulang",
        ] {
            assert!(cover.contains(line), "{line}: {}", &cover[..400]);
        }
        let book = behind(&app, &head, "format=xlsx&measure=running").await;
        let read = read_by_openpyxl(&book.bytes);
        assert!(read.contains("\n2501\n") && read.contains("'Masih berjalan'"), "{read}");
        behind(&app, &head, "format=csv&measure=running&office_code=952").await.is_problem(404, "not-found");
        behind(&app, &head, "format=csv&measure=running&item=x").await.is_problem(400, "malformed");
        let officer = app.signs_in("khusus").await;
        behind(&app, &officer, "format=csv&measure=running").await.is_problem(403, "forbidden");
        assert_eq!(
            app.count(
                "select count(*) from audit_events where act = 'export_rounds' and office_code = '031'"
            )
            .await,
            6
        );
    })
    .await;
}
