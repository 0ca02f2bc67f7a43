use clap::Parser;

use super::*;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: ExplainArgs,
}

fn explain(args: &[&str]) -> Result<String, String> {
    let cli = Cli::try_parse_from([&["explain"], args].concat()).map_err(|error| error.to_string())?;
    let mut out = Vec::new();
    match run(&cli.args, &mut out) {
        Ok(()) => Ok(String::from_utf8(out).unwrap()),
        Err(error) => {
            assert!(out.is_empty(), "nothing is written beside an error");
            Err(error.to_string())
        }
    }
}

fn json(args: &[&str]) -> serde_json::Value {
    serde_json::from_str(&explain(&[args, &["--json"]].concat()).unwrap()).unwrap()
}

/// A calendar file that is removed with the test.
struct CalendarFile(PathBuf);

impl CalendarFile {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("aktivasi-{}-{name}.csv", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for CalendarFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn the_json_explains_each_day() {
    let json = json(&["--zone", "Asia/Makassar", "--at", "2026-03-16T09:00:00", "--days", "3"]);

    assert_eq!(json["day_zero"], "2026-03-16");
    assert_eq!(json["due_on"], "2026-03-26");
    assert_eq!(json["due_at"], "2026-03-26T16:00:00Z");
    assert_eq!(json["steps"].as_array().unwrap().len(), 11);
    assert_eq!(json["steps"][3]["reason"]["source"], "SKB 1497/2025, 2/2025, 5/2025");
}

#[test]
fn every_published_case_holds() {
    let cases = include_str!("../../../tests/data/business-day-cases.csv");
    for case in csv::Reader::from_reader(cases.as_bytes()).records() {
        let case = case.unwrap();
        for at in [&case[1], &case[3]] {
            let json = json(&["--zone", &case[2], "--at", at]);
            for (key, column) in [("day_zero", 4), ("due_on", 5), ("due_at", 6)] {
                assert_eq!(json[key], case[column], "{case:?}");
            }
        }
    }
}

#[test]
fn the_table_is_readable() {
    let table = explain(&["--zone", "Asia/Jayapura", "--at", "2026-08-24 09:30", "--days", "1"]).unwrap();
    assert_eq!(
        table,
        "Tanggal                     Keterangan\n\
         Senin, 24 Agustus 2026      hari ke-0\n\
         Selasa, 25 Agustus 2026     tidak dihitung: libur nasional: Maulid Nabi Muhammad\n\
         Rabu, 26 Agustus 2026       hari kerja ke-1; jatuh tempo\n\n\
         Diterima lengkap Senin, 24 Agustus 2026 pukul 09.30 WIT; hari itu adalah hari ke-0. Tidak dihitung: \
         Selasa, 25 Agustus (libur nasional: Maulid Nabi Muhammad). Hari kerja ke-1 Rabu, 26 Agustus 2026. \
         Surat diterbitkan paling lambat Rabu, 26 Agustus 2026 pukul 24.00 WIT.\n\
         Dasar: kalender bawaan 2019–2027, waktu setempat Asia/Jayapura (WIT).\n"
    );
}

#[test]
fn an_unknown_year_is_an_error_and_says_what_is_known() {
    for at in ["2027-12-29T10:00:00", "2028-01-03T10:00:00", "2018-12-31T10:00:00"] {
        let error = explain(&["--zone", "Asia/Jakarta", "--at", at, "--json"]).unwrap_err();
        assert!(error.contains("no due date is guessed") && error.contains("2019–2027"), "{error}");
    }
}

#[test]
fn a_calendar_file_replaces_the_built_in_one() {
    let file = CalendarFile::new(
        "own",
        "kind,source,name_id,date\nnational,KEP,Libur B,2030-01-02\nnational,KEP,Libur A,2030-01-01\n",
    );
    let own = json(&[
        "--zone",
        "Asia/Jakarta",
        "--at",
        "2030-01-01T08:00:00",
        "--days",
        "1",
        "--calendar",
        file.path(),
    ]);
    assert_eq!((&own["day_zero"], &own["due_on"]), (&"2030-01-03".into(), &"2030-01-04".into()));

    let error =
        explain(&["--zone", "Asia/Jakarta", "--at", "2026-07-06T08:00:00", "--calendar", file.path()])
            .unwrap_err();
    assert!(error.contains("2026") && error.contains("known years: 2030"), "{error}");
}

#[test]
fn a_faulty_calendar_file_names_its_rows() {
    let file =
        CalendarFile::new("faulty", "date,name_id,kind,source\n2030-02-30,A,national,S\n2030-01-01,A,x,S\n");
    let empty = CalendarFile::new("empty", "date,name_id,kind,source\n");
    let with = |path: &str| {
        explain(&["--zone", "Asia/Jakarta", "--at", "2030-01-01T08:00:00", "--calendar", path]).unwrap_err()
    };

    let error = with(file.path());
    assert!(error.contains("row 2, column date") && error.contains("row 3, column kind"), "{error}");
    assert!(with(empty.path()).contains("no year is known"));
    assert!(
        with("/nonexistent/calendar.csv")
            .starts_with("--calendar /nonexistent/calendar.csv cannot be opened")
    );
    assert!(with("/").starts_with("--calendar / "));
}

#[test]
fn a_wrong_argument_is_named() {
    let error = |zone, at, days| explain(&["--zone", zone, "--at", at, "--days", days]).unwrap_err();

    assert!(error("Asia/Bandung", "2026-07-06T08:00:00", "3").starts_with("--zone \"Asia/Bandung\""));
    for at in ["", "kemarin", "2026-02-30T08:00:00", "2026-07-06", "2026-07-06T25:00:00", "-1"] {
        assert!(error("Asia/Jakarta", at, "3").starts_with("--at "), "{at}");
    }
    assert!(error("Asia/Jakarta", "+99999-07-06T08:00:00", "3").starts_with("--at "));
    assert!(error("Europe/Berlin", "2026-03-29T02:30:00", "3").contains("clocks were changed"));
    for days in ["367", "-1", "tiga", "99999"] {
        assert!(error("Asia/Jakarta", "2026-07-06T08:00:00", days).contains("--days"), "{days}");
    }
    let none =
        explain(&["--zone", "Asia/Jakarta", "--at", "2026-07-04T08:00:00", "--days", "0", "--json"]).unwrap();
    assert!(none.contains("\"due_on\": \"2026-07-06\""));
}
