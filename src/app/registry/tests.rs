//! Imports and changes of the calendar against a real database, each in a database of its own.

use std::{str::FromStr, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{Connection, PgConnection, PgPool, postgres::PgConnectOptions};
use uuid::Uuid;

use super::{files::RowError, *};
use crate::{
    app::office::{Office, Rules},
    clock::Clock,
    domain::{
        credential::ActivationCode,
        names::CredentialState,
        working_days::{DayOff, DayOffKind},
    },
    letters::Templates,
    settings::Settings,
    store::{offices::ImportedOffice, taxpayers::ImportedTaxpayer},
    vault::Vault,
};

struct Still(DateTime<Utc>);

impl Clock for Still {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}

/// A migrated database that is dropped at the end, and an office over it whose clock stands still.
struct Trial {
    server: PgConnectOptions,
    name: String,
    office: Office,
}

impl Trial {
    async fn at(now: &str) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the server that tests may use is named by the environment"
        )]
        let url = std::env::var("AKTIVASI_TEST_DATABASE_URL").unwrap();
        let server = PgConnectOptions::from_str(&url).unwrap();
        let name = format!("trial_{}", Uuid::now_v7().simple());
        let mut connection = PgConnection::connect_with(&server).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("create database {name}")))
            .execute(&mut connection)
            .await
            .unwrap();
        let pool = PgPool::connect_with(server.clone().database(&name)).await.unwrap();
        crate::store::health::migrate(&pool).await.unwrap();
        let environment = [("AKTIVASI_DATABASE_URL", "postgres://nobody@localhost/none")];
        let environment = environment.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let settings = Settings::from_layers(None, environment.into()).unwrap();
        let office = Office::new(
            pool,
            Arc::new(Still(now.parse().unwrap())),
            Arc::new(Vault::ephemeral([7; 32]).unwrap()),
            Arc::new(Templates::embedded().unwrap()),
            Rules::new(&settings, "kpp@aktivasi.example".parse().unwrap()),
        );
        Self { server, name, office }
    }

    async fn end(self) {
        self.office.pool.close().await;
        let mut connection = PgConnection::connect_with(&self.server).await.unwrap();
        let drop = format!("drop database {} with (force)", self.name);
        sqlx::raw_sql(sqlx::AssertSqlSafe(drop)).execute(&mut connection).await.unwrap();
    }
}

fn numbered<T>(values: impl IntoIterator<Item = T>) -> Vec<Numbered<T>> {
    values.into_iter().zip(2..).map(|(value, row)| Numbered { row, value }).collect()
}

fn office_031() -> ImportedOffice {
    ImportedOffice {
        code: "031".parse().unwrap(),
        name: "KPP Pratama Contoh".to_owned(),
        kanwil: "Kanwil Contoh".to_owned(),
        city: "Jakarta Barat".to_owned(),
        province: "DKI Jakarta".to_owned(),
        zone: chrono_tz::Asia::Jakarta,
        kind: "pratama".to_owned(),
        address: None,
        phone: None,
        confidence: "high".to_owned(),
        former_name: None,
    }
}

fn taxpayer(npwp15: &str, office: &str) -> ImportedTaxpayer {
    ImportedTaxpayer {
        canonical: TaxId::parse(npwp15).unwrap().canonical(),
        kind: "entity".to_owned(),
        name: "PT Contoh".to_owned(),
        npwp15: Some(npwp15.to_owned()),
        npwp16: None,
        nik: None,
        nitku: None,
        office: office.parse().unwrap(),
        address: "Jalan Contoh 1".to_owned(),
        city: "Jakarta Barat".to_owned(),
        province: "DKI Jakarta".to_owned(),
        email: None,
        status: None,
        evidence_case: None,
        evidence_number: None,
        evidence_on: None,
        sppkp_number: None,
        sppkp_on: None,
        sppkp_office: None,
    }
}

fn pair(number: &str, code: &str, letter: &str, state: CredentialState) -> CredentialEntry {
    CredentialEntry {
        taxpayer: TaxId::parse(number).unwrap(),
        activation_code: ActivationCode::parse(code).unwrap(),
        desktop_code: ActivationCode::parse(code).unwrap(),
        office: "777".parse().unwrap(),
        letter_number: letter.to_owned(),
        letter_on: day("2020-01-10"),
        email: "pajak@contoh.example".parse().unwrap(),
        state,
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn holiday(date: &str) -> HolidayEntry {
    let day = DayOff {
        date: day(date),
        kind: DayOffKind::National,
        name: "Libur".to_owned(),
        source: "SKB 1".to_owned(),
    };
    HolidayEntry { day, known_on: None }
}

fn faults(error: ImportError) -> Vec<(u64, &'static str)> {
    match error {
        ImportError::Rows(faults) => faults.into_iter().map(|fault| (fault.row, fault.column)).collect(),
        ImportError::Faulty(faulty) => panic!("{faulty:?}"),
        ImportError::App(error) => panic!("{error}"),
    }
}

const ONE: &str = "999991003001000";
const TWO: &str = "999991177025000";

#[tokio::test]
async fn the_same_file_twice_changes_nothing() {
    let trial = Trial::at("2026-07-10T03:00:00Z").await;
    let offices = numbered([office_031()]);
    let taxpayers = || rows([taxpayer(ONE, "031")]);
    let pairs = numbered([pair(ONE, "R2P2-QVRD-NFDX", "S-1", CredentialState::Active)]);

    let first = import_offices(&trial.office, &offices, "a").await.unwrap();
    let again = import_offices(&trial.office, &offices, "a").await.unwrap();
    assert_eq!((first.added, again.unchanged), (1, 1));

    let first = import_taxpayers(&trial.office, taxpayers(), "b", |_| ()).await.unwrap();
    let again = import_taxpayers(&trial.office, taxpayers(), "b", |_| ()).await.unwrap();
    assert_eq!((first.added, again.unchanged), (1, 1));

    let first = import_credentials(&trial.office, &pairs, "c").await.unwrap();
    let again = import_credentials(&trial.office, &pairs, "c").await.unwrap();
    assert_eq!((first.added, again.unchanged), (1, 1));

    let days = numbered([holiday("2026-01-01")]);
    let first = import_calendar(&trial.office, &days, "d", Consent::Given).await.unwrap();
    let again = import_calendar(&trial.office, &days, "d", Consent::Given).await.unwrap();
    assert!(first.version.is_some());
    assert_eq!((again.version, again.days.unchanged), (None, 1));
    trial.end().await;
}

#[tokio::test]
async fn every_fault_is_told_and_nothing_is_taken() {
    let trial = Trial::at("2026-07-10T03:00:00Z").await;
    import_offices(&trial.office, &numbered([office_031()]), "a").await.unwrap();
    let both = ImportedTaxpayer { npwp16: Some("0999991177025000".to_owned()), ..taxpayer(ONE, "031") };
    let second = ImportedTaxpayer { npwp16: Some("0999991177025000".to_owned()), ..taxpayer(TWO, "031") };
    import_taxpayers(&trial.office, rows([taxpayer(ONE, "031"), second]), "b", |_| ()).await.unwrap();

    let wrong = rows([taxpayer("999993389217000", "217"), both]);
    let refused = import_taxpayers(&trial.office, wrong, "b", |_| ()).await;

    let ImportError::Faulty(faulty) = refused.unwrap_err() else { panic!("not told by row") };
    let places: Vec<(u64, &str)> =
        faulty.listed.iter().map(|fault| (fault.row, fault.column.as_str())).collect();
    assert_eq!(places, [(2, "office_code"), (3, "npwp15")]);
    assert_eq!((faulty.rows, faulty.total), (2, 2));
    let unknown = TaxId::parse("999993389217000").unwrap();
    let mut connection = trial.office.begin().await.unwrap();
    assert!(taxpayers::find_by_tax_id(&mut connection, &unknown).await.unwrap().is_none());
    drop(connection);
    trial.end().await;
}

#[tokio::test]
async fn a_taxpayer_has_one_pair_in_force() {
    let trial = Trial::at("2026-07-10T03:00:00Z").await;
    import_offices(&trial.office, &numbered([office_031()]), "a").await.unwrap();
    import_taxpayers(&trial.office, rows([taxpayer(ONE, "031")]), "b", |_| ()).await.unwrap();
    let active = pair(ONE, "R2P2-QVRD-NFDX", "S-1", CredentialState::Active);
    import_credentials(&trial.office, &numbered([active]), "c").await.unwrap();

    let refused = import_credentials(
        &trial.office,
        &numbered([
            pair(ONE, "SN2M-H74A-BA99", "S-2", CredentialState::Suspended),
            pair(ONE, "R2P2-QVRD-NFDX", "S-3", CredentialState::Revoked),
            pair(TWO, "UH39-W56A-Q6C9", "S-4", CredentialState::Active),
        ]),
        "c",
    )
    .await;

    assert_eq!(faults(refused.unwrap_err()), [(2, "state"), (3, "activation_code"), (4, "npwp15")]);
    trial.end().await;
}

/// Rows as a file brings them.
fn rows(
    values: impl IntoIterator<Item = ImportedTaxpayer>,
) -> impl Iterator<Item = Result<Numbered<ImportedTaxpayer>, Vec<RowError>>> + Send {
    numbered(values).into_iter().map(Ok)
}

/// An open request received on Friday 10 July 2026 at 10:00 WIB, due on Wednesday 15 July.
async fn open_round(office: &Office) {
    use crate::{
        domain::working_days::{Calendar, due},
        store::error::StoreError,
    };
    let calendar = Calendar::new(chrono_tz::Asia::Jakarta, "1").with_complete_years([2026]);
    let due = due(&calendar, "2026-07-10T03:00:00Z".parse().unwrap(), 3).unwrap();
    let instants = due.instants().unwrap();
    let (request, round) = (Uuid::now_v7(), Uuid::now_v7());
    let insert = async || -> Result<(), StoreError> {
        sqlx::query(
            "insert into requests (request_id, office_code, taxpayer_id, kind, regime_code, channel, sender, address_proof,
                                   tracking_key_id, tax_id, pkp_name, pkp_address, letter_number, letter_place, letter_on,
                                   signer_name, signer_position, signer_capacity, email, first_received_at, state,
                                   round_number)
             select $1, '031', taxpayer_id, 'new_credentials', 'per24_se20', 'online', 'known', 'proven', 'k', npwp15, name,
                    'Alamat', 'S-1', 'Jakarta', '2026-07-09', 'Budi', 'Direktur', 'pengurus', 'pajak@contoh.example', $2,
                    'received', 1 from taxpayers limit 1",
        )
        .bind(request)
        .bind(due.derivation.received_at)
        .execute(&office.pool)
        .await?;
        sqlx::query(
            "insert into rounds (round_id, request_id, office_code, number, receipt_number, received_at, limit_days, due_on,
                                 tomorrow_from, today_from, due_at, derivation, calendar_version)
             values ($1, $2, '031', 1, 'BPE-031-1', $3, 3, $4, $5, $6, $7, $8, (select max(calendar_version) from calendar_versions))",
        )
        .bind(round)
        .bind(request)
        .bind(due.derivation.received_at)
        .bind(due.due_on)
        .bind(instants.tomorrow_from)
        .bind(instants.today_from)
        .bind(instants.due_at)
        .bind(serde_json::to_value(&due.derivation).unwrap())
        .execute(&office.pool)
        .await?;
        Ok(())
    };
    insert().await.unwrap();
}

async fn with_open_round(now: &str, first: &[HolidayEntry]) -> Trial {
    let trial = Trial::at(now).await;
    import_offices(&trial.office, &numbered([office_031()]), "a").await.unwrap();
    import_taxpayers(&trial.office, rows([taxpayer(ONE, "031")]), "b", |_| ()).await.unwrap();
    import_calendar(&trial.office, &numbered(first.to_vec()), "2026.csv", Consent::Given).await.unwrap();
    open_round(&trial.office).await;
    trial
}

#[tokio::test]
async fn a_new_holiday_moves_open_rounds_and_tells_the_filer() {
    let trial = with_open_round("2026-07-13T03:00:00Z", &[holiday("2026-01-01")]).await;

    let days = numbered([holiday("2026-01-01"), holiday("2026-07-14")]);
    let outcome = import_calendar(&trial.office, &days, "2026.csv", Consent::Given).await.unwrap();

    assert_eq!(outcome.moved.len(), 1);
    assert_eq!(outcome.moved[0].old_due_on, Some(day("2026-07-15")));
    assert_eq!(outcome.moved[0].new_due_on, day("2026-07-16"));
    let mails: i64 = sqlx::query_scalar(
        "select count(*) from messages where kind = 'due_date_changed' and fate = 'queued'",
    )
    .fetch_one(&trial.office.pool)
    .await
    .unwrap();
    assert_eq!(mails, 1);
    trial.end().await;
}

#[tokio::test]
async fn no_due_date_is_set_before_now() {
    // Due on Thursday because of the holiday; on Thursday noon the holiday is taken back, which would make it Wednesday.
    let before = [holiday("2026-01-01"), holiday("2026-07-14")];
    let trial = with_open_round("2026-07-16T05:00:00Z", &before).await;
    sqlx::query("update rounds set due_on = '2026-07-16', due_at = '2026-07-16T17:00:00Z'")
        .execute(&trial.office.pool)
        .await
        .unwrap();

    let outcome =
        import_calendar(&trial.office, &numbered([holiday("2026-01-01")]), "2026.csv", Consent::Given)
            .await
            .unwrap();

    assert!(outcome.version.is_some());
    assert_eq!(outcome.moved, [], "today is the first business day that has not ended");
    trial.end().await;
}

#[tokio::test]
async fn a_year_that_would_lose_days_or_has_few_is_imported_with_consent_only() {
    let trial = Trial::at("2026-07-10T03:00:00Z").await;
    let asks = async |days: &[&str]| {
        let rows = numbered(days.iter().map(|day| holiday(day)).collect::<Vec<_>>());
        match import_calendar(&trial.office, &rows, "d", Consent::Missing).await {
            Ok(_) => Vec::new(),
            Err(ImportError::App(AppError::Invalid(faults))) => faults,
            Err(error) => panic!("{error}"),
        }
    };
    let whole: Vec<String> = (1..=10).map(|day| format!("2026-06-{day:02}")).collect();
    let whole: Vec<&str> = whole.iter().map(String::as_str).collect();
    let few = asks(&whole[..9]).await;
    assert_eq!((few[0].pointer.as_str(), few[0].code.as_str()), (CONSENT, "few_days"));
    assert!(asks(&whole).await.is_empty(), "ten days are a year");

    let lost = asks(&[&whole[1..], &["2026-08-17", "2027-01-01"]].concat()).await;

    assert_eq!(lost.iter().map(|fault| fault.code.as_str()).collect::<Vec<_>>(), ["loses_days", "few_days"]);
    assert!(lost[0].detail.contains("kehilangan 1 hari libur (2026-06-01 Libur)"), "{}", lost[0].detail);
    assert!(asks(&[&whole[..], &["2026-08-17"]].concat()).await.is_empty(), "none goes");
    let rows = numbered([holiday("2026-06-01")]);
    let outcome = import_calendar(&trial.office, &rows, "d", Consent::Given).await.unwrap();
    assert_eq!((outcome.removed, outcome.differences.len(), outcome.doubts[0].lost.len()), (10, 10, 10));
    trial.end().await;
}

#[tokio::test]
async fn an_overdue_round_stays_overdue_unless_its_new_date_lies_ahead() {
    let trial = with_open_round("2026-07-20T03:00:00Z", &[holiday("2026-01-01")]).await;

    let days = numbered([holiday("2026-01-01"), holiday("2026-07-14")]);
    let outcome = import_calendar(&trial.office, &days, "2026.csv", Consent::Given).await.unwrap();

    assert_eq!(outcome.moved, []);
    trial.end().await;
}

#[tokio::test]
async fn a_due_date_that_stays_is_explained_by_the_calendar_as_it_is_now() {
    let trial = with_open_round("2026-07-12T03:00:00Z", &[holiday("2026-01-01")]).await;
    let eve = "update rounds set tomorrow_from = today_from";
    sqlx::query(eve).execute(&trial.office.pool).await.unwrap();

    let days = numbered([holiday("2026-01-01"), holiday("2026-12-25")]);
    let outcome = import_calendar(&trial.office, &days, "2026.csv", Consent::Given).await.unwrap();

    assert_eq!(outcome.moved, []);
    let tuesday: bool = sqlx::query_scalar("select tomorrow_from = '2026-07-13T17:00:00Z' from rounds")
        .fetch_one(&trial.office.pool)
        .await
        .unwrap();
    assert!(tuesday);
    trial.end().await;
}

#[tokio::test]
async fn the_calendar_does_not_change_while_a_round_is_being_opened() {
    let trial = Trial::at("2026-07-10T03:00:00Z").await;
    let (mut opening, mut importing) =
        (trial.office.begin().await.unwrap(), trial.office.begin().await.unwrap());
    crate::store::calendar::hold(&mut opening).await.unwrap();

    let may_change: bool =
        sqlx::query_scalar("select pg_try_advisory_xact_lock(hashtext('calendar_versions'))")
            .fetch_one(&mut *importing)
            .await
            .unwrap();
    assert!(!may_change);
    drop((opening, importing));
    trial.end().await;
}
