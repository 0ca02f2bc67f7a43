//! The summary of a morning: at 08.00 on the clock of the offices it is about, on each day on which one of them works.
//!
//! A supervisor of several zones gets one for each, so that each speaks of its offices at one hour of theirs.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::{
    app::{
        AppError, Office,
        post::{NewMail, queue_mail, to_json},
    },
    domain::{
        email_address::EmailAddress,
        ids::StaffId,
        names::{Kind, Scope},
        office::OfficeCode,
        state::StateName,
        working_days::{SkipReason, Threshold},
    },
    letters::EmailKind,
    store::{
        self,
        audit::{self, By, Event},
        notices::Supervisor,
        offices::OfficeRow,
    },
};

const FROM: NaiveTime = NaiveTime::MIN.overflowing_add_signed(TimeDelta::hours(8)).0;
/// When nothing ran at 08.00, it comes as soon as something runs, but not in the evening.
const UNTIL: NaiveTime = NaiveTime::MIN.overflowing_add_signed(TimeDelta::hours(16)).0;
/// Most rows of the list; the figures above it count everything.
const MOST_ROWS: i64 = 30;

/// What stands in a summary, frozen at its hour. No name of a PKP, no NPWP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestFigures {
    pub to: String,
    /// What it is about: an office, a Kanwil, or the country; with its zone when there are several.
    pub scope: String,
    pub at: DateTime<Utc>,
    /// Name of the zone whose hour it was.
    pub zone: String,
    pub on_track: i64,
    pub due_tomorrow: i64,
    pub due_today: i64,
    pub overdue: i64,
    pub awaiting_calendar: i64,
    /// Rounds that ended this month, and how many of them in time.
    pub ended: i64,
    pub on_time: i64,
    pub letters_issued: i64,
    pub letters_delivered: i64,
    pub letters_pending: i64,
    pub letters_returned: i64,
    pub letters_given_up: i64,
    pub rows: Vec<DueRow>,
    /// How many more are due than the list has.
    pub more: i64,
}

impl DigestFigures {
    /// The zone whose hour it was.
    pub fn zone(&self) -> Result<Tz, AppError> {
        self.zone.parse().map_err(|_| AppError::Internal(anyhow::anyhow!("a summary has an unknown zone")))
    }

    /// Whether it comes too late to be read: its day is over there, or the hour until which it is made.
    pub(in crate::app) fn is_over(&self, now: DateTime<Utc>) -> Result<bool, AppError> {
        let zone = self.zone()?;
        let (made, now) = (self.at.with_timezone(&zone), now.with_timezone(&zone));
        Ok(now.date_naive() != made.date_naive() || now.time() > UNTIL)
    }
}

/// A request that is overdue, due today or due tomorrow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueRow {
    pub office: OfficeCode,
    pub receipt_number: String,
    pub kind: Kind,
    pub state: StateName,
    pub officer: Option<String>,
    pub threshold: Threshold,
    pub due_on: NaiveDate,
}

/// Makes the summaries whose hour has come. Returns how many. Each in its own transaction.
pub async fn make_digests(office: &Office) -> Result<usize, AppError> {
    let now = office.now();
    let (supervisors, offices) = {
        let mut tx = office.begin().await?;
        (store::notices::supervisors(&mut tx).await?, store::offices::list(&mut tx, "").await?)
    };
    let mut made = 0;
    for supervisor in &supervisors {
        let Some(email) = &supervisor.email else { continue };
        let watched = by_zone(supervisor, &offices);
        for (zone, rows) in &watched {
            let hour = now.with_timezone(zone).time();
            if !(FROM..=UNTIL).contains(&hour) {
                continue;
            }
            let digest = Digest { supervisor, email, zone: *zone, offices: rows, of_many: watched.len() > 1 };
            match digest.make(office, now).await {
                Ok(true) => made += 1,
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(staff.id = %supervisor.id, "a summary could not be made: {error}");
                }
            }
        }
    }
    if made > 0 {
        office.wake().ring();
    }
    Ok(made)
}

type ByZone<'a> = Vec<(Tz, Vec<&'a OfficeRow>)>;

/// The offices that a supervisor watches, by their zone.
fn by_zone<'a>(supervisor: &Supervisor, offices: &'a [OfficeRow]) -> ByZone<'a> {
    let mut zones: BTreeMap<&str, (Tz, Vec<&OfficeRow>)> = BTreeMap::new();
    let watched = offices.iter().filter(|row| match supervisor.scope {
        Scope::Office => supervisor.office == Some(row.code),
        Scope::Kanwil => supervisor.kanwil.as_deref() == Some(&row.kanwil),
        Scope::National => true,
    });
    for row in watched {
        zones.entry(row.zone.name()).or_insert((row.zone, Vec::new())).1.push(row);
    }
    zones.into_values().collect()
}

struct Digest<'a> {
    supervisor: &'a Supervisor,
    email: &'a EmailAddress,
    zone: Tz,
    offices: &'a [&'a OfficeRow],
    of_many: bool,
}

impl Digest<'_> {
    /// `false`: it was made before, or nobody works today.
    async fn make(&self, office: &Office, now: DateTime<Utc>) -> Result<bool, AppError> {
        let mut tx = office.begin().await?;
        let today = now.with_timezone(&self.zone).date_naive();
        let id = self.supervisor.id;
        if store::digests::is_made(&mut tx, id, self.zone, today).await?
            || !self.works(&mut tx, today).await?
        {
            return Ok(false);
        }
        let figures = self.figures(&mut tx, today, now).await?;
        let mail = NewMail {
            office_code: self.offices.first().map(|row| row.code),
            data: to_json(&figures)?,
            ..NewMail::new(EmailKind::SupervisorDigest, self.email.clone())
        };
        let message = queue_mail(office, &mut tx, mail).await?;
        if !store::digests::record(&mut tx, id, self.zone, today, message, now).await? {
            return Ok(false);
        }
        record(&mut tx, id, self.zone, today, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Whether one of the offices works on that day. A year that is not known is no working day: nothing is guessed.
    async fn works(&self, conn: &mut PgConnection, today: NaiveDate) -> Result<bool, AppError> {
        for row in self.offices {
            let calendar = store::calendar::load(conn, row.code, self.zone, today).await?.calendar;
            match calendar.day_off(today) {
                Ok(None) => return Ok(true),
                // Of this office alone: another one may work.
                Ok(Some(SkipReason::Closure { .. })) => {}
                Ok(Some(_)) | Err(_) => return Ok(false),
            }
        }
        Ok(false)
    }

    async fn figures(
        &self,
        conn: &mut PgConnection,
        today: NaiveDate,
        now: DateTime<Utc>,
    ) -> Result<DigestFigures, AppError> {
        let codes: Vec<OfficeCode> = self.offices.iter().map(|row| row.code).collect();
        let open = store::sla::open_rounds(conn, &codes, now).await?;
        let of = |threshold: Option<Threshold>| -> i64 {
            open.iter().filter(|group| group.threshold == threshold).map(|group| group.count).sum()
        };
        let month = today.with_day(1).unwrap_or(today);
        let closed = store::sla::closed(conn, &codes, month, today).await?;
        let balances = store::balance::live(conn, &codes).await?;
        let letters = |count: fn(&store::balance::Balance) -> i64| balances.iter().map(count).sum::<i64>();
        let rows = store::digests::due(conn, &codes, now, MOST_ROWS).await?;
        let (due_tomorrow, due_today, overdue) =
            (of(Some(Threshold::DueTomorrow)), of(Some(Threshold::DueToday)), of(Some(Threshold::Overdue)));
        let listed = i64::try_from(rows.len()).unwrap_or(MOST_ROWS);
        Ok(DigestFigures {
            to: self.supervisor.name.clone(),
            scope: self.scope(),
            at: now,
            zone: self.zone.name().to_owned(),
            on_track: of(Some(Threshold::OnTrack)),
            due_tomorrow,
            due_today,
            overdue,
            awaiting_calendar: of(None),
            ended: closed.total,
            on_time: closed.on_time,
            letters_issued: letters(|balance| balance.issued),
            letters_delivered: letters(|balance| balance.delivered),
            letters_pending: letters(|balance| balance.pending),
            letters_returned: letters(|balance| balance.returned),
            letters_given_up: letters(|balance| balance.given_up),
            more: (due_tomorrow + due_today + overdue - listed).max(0),
            rows: rows
                .into_iter()
                .map(|row| DueRow {
                    office: row.office,
                    receipt_number: row.receipt_number,
                    kind: row.kind,
                    state: row.state,
                    officer: row.officer,
                    threshold: row.threshold,
                    due_on: row.due_on,
                })
                .collect(),
        })
    }

    fn scope(&self) -> String {
        let whole = match (self.supervisor.scope, self.offices.first()) {
            (Scope::Office, Some(row)) => row.name.clone(),
            (Scope::Kanwil, Some(row)) => row.kanwil.clone(),
            (Scope::National, _) | (_, None) => "seluruh kantor".to_owned(),
        };
        if self.of_many {
            format!("{whole} ({})", crate::domain::indonesian::zone_name(self.zone))
        } else {
            whole
        }
    }
}

async fn record(
    conn: &mut PgConnection,
    staff: StaffId,
    zone: Tz,
    on: NaiveDate,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let detail = serde_json::json!({ "zone": zone.name(), "day": on });
    audit::record(conn, Event::new(By::System, "make_digest").subject(staff.0).detail(detail), now).await?;
    Ok(())
}
