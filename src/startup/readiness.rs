//! Whether this replica should get requests.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use sqlx::PgPool;

use super::Database;
use crate::{
    app::{
        AppError, Office,
        calendar_coverage::{Coverage, today},
        database_clock,
    },
    clock::SharedClock,
    http::health::{Check, Readiness, ReadinessReport},
    store,
};

const PATIENCE: Duration = Duration::from_secs(3);

pub(super) struct DatabaseReadiness {
    pool: PgPool,
    office: Office,
    clock: SharedClock,
}

impl DatabaseReadiness {
    pub(super) fn new(database: &Database, office: Office, clock: SharedClock) -> Self {
        Self { pool: database.pool(), office, clock }
    }

    async fn ask(&self) -> Result<(TimeDelta, Option<i32>, DateTime<Utc>), AppError> {
        let mut connection = self.pool.acquire().await?;
        let offset = database_clock::offset(&mut connection, || self.clock.now()).await?;
        let after = self.clock.now();
        let reaches = store::health::calendar_reaches(&mut connection, today(after).year()).await?;
        Ok((offset, reaches, after))
    }
}

#[async_trait]
impl Readiness for DatabaseReadiness {
    async fn check(&self) -> ReadinessReport {
        let told = tokio::time::timeout(PATIENCE, self.office.certificate_warnings()).await;
        let certificates = told.map_or_else(
            |_| Check::Warning { detail: "the signers do not answer".to_owned() },
            |warnings| certificates(&warnings),
        );
        if let Ok(Ok((offset, reaches, now))) = tokio::time::timeout(PATIENCE, self.ask()).await {
            ReadinessReport {
                database: Check::Ok,
                clock: clock(offset),
                calendar: calendar(reaches, now),
                certificates,
            }
        } else {
            let unknown = || failed("the database was not asked");
            ReadinessReport {
                database: failed("the database does not answer"),
                clock: unknown(),
                calendar: unknown(),
                certificates,
            }
        }
    }
}

fn failed(detail: &str) -> Check {
    Check::Failed { detail: detail.to_owned() }
}

fn clock(offset: TimeDelta) -> Check {
    if database_clock::is_near(offset) {
        return Check::Ok;
    }
    failed(&format!("the clock is {} ms off the database's", offset.num_milliseconds()))
}

/// `reaches` is the last year of the unbroken run of known years that begins with this one. A year without a calendar takes no
/// replica out of service: requests are still received, and the page that imports the calendar has to be there.
fn calendar(reaches: Option<i32>, now: DateTime<Utc>) -> Check {
    let today = today(now);
    let coverage = Coverage::of(reaches, today);
    let needed = coverage.next_year(today);
    let Some(last) = reaches else {
        let detail = format!("the calendar of {needed} is not loaded, due dates wait for it; import it");
        return Check::Warning { detail };
    };
    if !coverage.is_short() {
        return Check::Ok;
    }
    Check::Warning { detail: format!("the calendar ends with {last}; import the one of {needed}") }
}

/// An office whose certificate has ended stops sending its own letters; the replica goes on serving.
fn certificates(warnings: &[String]) -> Check {
    if warnings.is_empty() { Check::Ok } else { Check::Warning { detail: warnings.join("; ") } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_seconds_off_is_the_limit() {
        assert_eq!(clock(TimeDelta::seconds(-2)), Check::Ok);
        assert!(matches!(clock(TimeDelta::milliseconds(2001)), Check::Failed { .. }));
        assert!(matches!(clock(TimeDelta::milliseconds(-2001)), Check::Failed { .. }));
    }

    #[test]
    fn the_end_of_the_calendar_is_told_sixty_days_ahead() {
        let at = |text: &str| text.parse().unwrap();
        assert_eq!(calendar(Some(2027), at("2027-10-31T12:00:00Z")), Check::Ok);
        assert!(matches!(calendar(Some(2027), at("2027-11-01T12:00:00Z")), Check::Warning { .. }));
    }

    #[test]
    fn a_year_without_a_calendar_is_named_and_takes_no_replica_out_of_service() {
        let check = calendar(None, "2028-01-01T12:00:00Z".parse().unwrap());
        assert!(matches!(&check, Check::Warning { detail } if detail.contains("2028")), "{check:?}");
        let ok = Check::Ok;
        let report =
            ReadinessReport { database: ok.clone(), clock: ok.clone(), calendar: check, certificates: ok };
        assert!(report.is_ready());
    }
}
