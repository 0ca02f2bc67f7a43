use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use sqlx::PgConnection;

use crate::{
    app::{
        AppError, Office,
        desk::{Desk, Keeper},
        recompute_due_dates::{Moved, recompute_in, would_move},
        registry::{
            Consent, Difference, Doubt, HolidayEntry, Numbered, Summary, agreed, files::HoursRow,
            replace_national_days, today_of_the_country,
        },
    },
    domain::{
        office::OfficeCode,
        working_days::{DayOffKind, SpecialHours},
    },
    store::{
        audit::{self, By, Event},
        calendar,
        offices::{self, OfficeRow},
        staff,
    },
};

/// Most days that one closure covers.
const LONGEST_CLOSURE: usize = 31;

/// What an operator changes. Each one names the rule that says so.
#[derive(Debug, Clone)]
pub enum Change {
    /// The office is closed from the first to the last day.
    Close {
        office: OfficeCode,
        from: NaiveDate,
        until: NaiveDate,
        name: String,
        source: String,
        /// When it became known. `None`: today.
        known_on: Option<NaiveDate>,
    },
    /// A closure is taken back.
    Reopen {
        office: OfficeCode,
        day: i64,
    },
    /// Other hours for a period; without an office, those of every office.
    Hours {
        office: Option<OfficeCode>,
        hours: SpecialHours,
        source: String,
        known_on: Option<NaiveDate>,
    },
    EndHours {
        office: Option<OfficeCode>,
        hours: i64,
    },
    /// Hours from a file. Each takes the place of one of the same office, first day and weekdays.
    ManyHours {
        rows: Vec<Numbered<HoursRow>>,
        source: String,
    },
    /// The national days off of whole years, which are complete from now on.
    National {
        rows: Vec<Numbered<HolidayEntry>>,
        source: String,
        /// To what is doubtful about the rows; a preview asks for none.
        consent: Consent,
    },
    /// One national day off or *cuti bersama* more, of a year that is complete without it.
    AddNational {
        entry: HolidayEntry,
    },
}

impl Change {
    /// The one office whose days change; `None`: those of all.
    pub fn office(&self) -> Option<OfficeCode> {
        match self {
            Self::Close { office, .. } | Self::Reopen { office, .. } => Some(*office),
            Self::Hours { office, .. } | Self::EndHours { office, .. } => *office,
            Self::ManyHours { .. } | Self::National { .. } | Self::AddNational { .. } => None,
        }
    }
}

/// What a change of the calendar did, or would do.
#[derive(Debug, Clone, Default)]
pub struct Made {
    /// Days off that came, changed or stayed; those that went are in `removed`.
    pub days: Summary,
    pub removed: u64,
    pub years: BTreeSet<i32>,
    /// The days off of the country that come, change or go.
    pub differences: Vec<Difference>,
    /// Years of which a file may hold only a part.
    pub doubts: Vec<Doubt>,
    /// Open rounds whose due date moves.
    pub moved: Vec<Moved>,
}

/// A change before it is made.
#[derive(Debug)]
pub struct Preview {
    pub made: Made,
    /// The calendar that it was tried on: [`make_change`] takes no other.
    pub version: i64,
}

/// What a change would do. Nothing is kept; only another change of the same days waits meanwhile.
pub async fn preview_change(office: &Office, desk: Desk, change: &Change) -> Result<Preview, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    let current = calendar::current_version(&mut tx).await?;
    let tried = calendar::version_to_try(&mut tx, "preview", now).await?;
    let mut made = apply(&mut tx, &keeper, change, tried, now).await?;
    made.moved = would_move(&mut tx, change.office(), now).await?;
    tx.rollback().await?;
    Ok(Preview { made, version: current })
}

/// Makes a change, computes the due date of every open round anew and tells the filers, in one transaction.
///
/// Errors: [`AppError::Stale`] when somebody else changed the calendar since it was previewed; [`AppError::Invalid`] at
/// [`CONSENT`](crate::app::registry::CONSENT) when a file may hold only a part of a year and nobody consented.
pub async fn make_change(
    office: &Office,
    desk: Desk,
    change: &Change,
    version: i64,
) -> Result<Made, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    let by = author(&mut tx, &keeper).await?;
    let made_as = calendar::new_version(&mut tx, &by, &note(change), now).await?;
    if calendar::before(&mut tx, made_as).await? != version {
        return Err(AppError::Stale);
    }
    let mut made = apply(&mut tx, &keeper, change, made_as, now).await?;
    if let Change::National { consent, .. } = change {
        agreed(&made.doubts, *consent)?;
    }
    made.moved = recompute_in(office, &mut tx, change.office(), &reason(change, &made), now).await?;
    record(&mut tx, &keeper, change, &made, made_as, now).await?;
    tx.commit().await?;
    if !made.moved.is_empty() {
        office.wake().ring();
    }
    Ok(made)
}

async fn author(conn: &mut PgConnection, keeper: &Keeper) -> Result<String, AppError> {
    Ok(match keeper.by {
        By::Staff(id) => staff::find(conn, id).await?.map_or_else(String::new, |staff| staff.username),
        By::Taxpayer | By::Stranger | By::System | By::Console | By::Client(_) => "console".to_owned(),
    })
}

async fn apply(
    conn: &mut PgConnection,
    keeper: &Keeper,
    change: &Change,
    version: i64,
    now: DateTime<Utc>,
) -> Result<Made, AppError> {
    let mut made = Made::default();
    match change {
        Change::Close { office, from, until, name, source, known_on } => {
            let zone = kept(conn, keeper, *office).await?.zone;
            let known_on = known("/known_on", *known_on, now.with_timezone(&zone).date_naive())?;
            let entry = calendar::Entry { name, source, known_on };
            let days = days_of_closure(*from, *until)?;
            for day in days {
                if calendar::close_on(conn, *office, day, entry, version).await? {
                    made.days.added += 1;
                } else {
                    made.days.unchanged += 1;
                }
            }
            if made.days.added == 0 {
                return Err(AppError::fault(
                    "/from_on",
                    "closed",
                    "the office is closed on these days already",
                ));
            }
        }
        Change::Reopen { office, day } => {
            kept(conn, keeper, *office).await?;
            calendar::reopen(conn, *office, *day).await?.ok_or(AppError::NotFound("closure"))?;
            made.removed = 1;
        }
        Change::Hours { office, hours, source, known_on } => {
            let today = today_where(conn, keeper, *office, now).await?;
            let known_on = known("/known_on", *known_on, today)?;
            if hours.until < hours.from {
                return Err(AppError::fault(
                    "/until_on",
                    "before_start",
                    "the last day lies before the first",
                ));
            }
            calendar::set_hours(conn, *office, hours, (source, known_on), version).await.map_err(
                |error| match error.constraint() {
                    Some("closing_hours_once") => {
                        AppError::fault("/from_on", "taken", "other hours begin on that day already")
                    }
                    _ => error.into(),
                },
            )?;
            made.days.added = 1;
        }
        Change::EndHours { office, hours } => {
            today_where(conn, keeper, *office, now).await?;
            if !calendar::end_hours(conn, *office, *hours).await? {
                return Err(AppError::NotFound("closing hours"));
            }
            made.removed = 1;
        }
        Change::ManyHours { rows, .. } => {
            keeper.of_everything()?;
            let today = today_of_the_country(now);
            for Numbered { row, value } in rows {
                if let Some(code) = value.office
                    && offices::find(conn, code).await?.is_none()
                {
                    let at = format!("/rows/{row}/office_code");
                    return Err(AppError::fault(&at, "unknown", &format!("office {code} is not known")));
                }
                let replaced = calendar::end_hours_of(conn, value.office, &value.hours).await?;
                let known_on = known(&format!("/rows/{row}/known_on"), value.known_on, today)?;
                calendar::set_hours(conn, value.office, &value.hours, (&value.source, known_on), version)
                    .await?;
                made.days.changed += u64::from(replaced);
                made.days.added += u64::from(!replaced);
            }
        }
        Change::National { rows, .. } => {
            keeper.of_everything()?;
            let today = today_of_the_country(now);
            for Numbered { row, value } in rows {
                known(&format!("/rows/{row}/known_on"), value.known_on, today)?;
            }
            let replaced = replace_national_days(conn, rows, version, now).await?;
            (made.days, made.removed, made.years) = (replaced.days, replaced.removed, replaced.years);
            (made.differences, made.doubts) = (replaced.differences, replaced.doubts);
        }
        Change::AddNational { entry } => {
            keeper.of_everything()?;
            add_national(conn, entry, version, now).await?;
            made.days.added = 1;
        }
    }
    Ok(made)
}

/// From first to last, which are in order and not too many.
fn days_of_closure(from: NaiveDate, until: NaiveDate) -> Result<Vec<NaiveDate>, AppError> {
    let days: Vec<NaiveDate> =
        from.iter_days().take_while(|day| *day <= until).take(LONGEST_CLOSURE + 1).collect();
    if days.is_empty() {
        return Err(AppError::fault("/until_on", "before_start", "the last day lies before the first"));
    }
    if days.len() > LONGEST_CLOSURE {
        return Err(AppError::fault("/until_on", "too_long", "a closure covers at most 31 days"));
    }
    Ok(days)
}

/// One day off more of a year that is there.
async fn add_national(
    conn: &mut PgConnection,
    entry: &HolidayEntry,
    version: i64,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let known_on = known("/known_on", entry.known_on, today_of_the_country(now))?;
    let day = &entry.day;
    if day.kind == DayOffKind::Closure {
        return Err(AppError::fault("/kind", "one_of", "a closure is of one office"));
    }
    if !calendar::knows_year(conn, day.date.year()).await? {
        let detail = "the calendar of that year is not loaded; import the whole year first";
        return Err(AppError::fault("/from_on", "year_unknown", detail));
    }
    let about = calendar::Entry { name: &day.name, source: &day.source, known_on };
    if !calendar::add_national(conn, day.date, day.kind, about, version).await? {
        let detail = "the calendar has such a day off already";
        return Err(AppError::fault("/from_on", "day_taken", detail));
    }
    Ok(())
}

/// The office is one that the keeper looks after.
async fn kept(conn: &mut PgConnection, keeper: &Keeper, code: OfficeCode) -> Result<OfficeRow, AppError> {
    if !keeper.looks_after(Some(code)) {
        return Err(AppError::NotFound("office"));
    }
    offices::find(conn, code).await?.ok_or(AppError::NotFound("office"))
}

/// Today at an office that the keeper looks after; without one, today for a keeper of every office.
async fn today_where(
    conn: &mut PgConnection,
    keeper: &Keeper,
    code: Option<OfficeCode>,
    now: DateTime<Utc>,
) -> Result<NaiveDate, AppError> {
    let Some(code) = code else {
        keeper.of_everything()?;
        return Ok(today_of_the_country(now));
    };
    Ok(now.with_timezone(&kept(conn, keeper, code).await?.zone).date_naive())
}

/// Nothing is known before its day. `at` is the field that says it.
fn known(at: &str, known_on: Option<NaiveDate>, today: NaiveDate) -> Result<NaiveDate, AppError> {
    match known_on {
        Some(day) if day > today => Err(AppError::fault(at, "future", "nothing is known before its day")),
        Some(day) => Ok(day),
        None => Ok(today),
    }
}

/// What stands beside the version.
fn note(change: &Change) -> String {
    let of = |office: &Option<OfficeCode>| office.map_or_else(|| "ID".to_owned(), String::from);
    match change {
        Change::Close { office, source, .. } => format!("{office}: {source}"),
        Change::Hours { office, source, .. } => format!("{}: {source}", of(office)),
        Change::Reopen { office, .. } => format!("{office}"),
        Change::EndHours { office, .. } => of(office),
        Change::ManyHours { source, .. } | Change::National { source, .. } => source.clone(),
        Change::AddNational { entry } => format!("ID: {}", entry.day.source),
    }
}

/// As the filers whose due date moves read it.
fn reason(change: &Change, made: &Made) -> String {
    match change {
        Change::Close { name, source, .. } => format!("kantor tutup: {name} ({source})"),
        Change::Reopen { .. } => "penutupan kantor dibatalkan".to_owned(),
        Change::Hours { hours, source, .. } => format!("jam loket berubah: {} ({source})", hours.name),
        Change::EndHours { .. } => "jam loket kembali seperti biasa".to_owned(),
        Change::ManyHours { source, .. } => format!("jam loket berubah ({source})"),
        Change::National { .. } => {
            let years: Vec<String> = made.years.iter().map(ToString::to_string).collect();
            format!("kalender hari libur tahun {} telah dimuat", years.join(", "))
        }
        Change::AddNational { entry } => {
            format!("hari libur baru: {} ({})", entry.day.name, entry.day.source)
        }
    }
}

async fn record(
    conn: &mut PgConnection,
    keeper: &Keeper,
    change: &Change,
    made: &Made,
    version: i64,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let act = match change {
        Change::Close { .. } => "close_office_on",
        Change::Reopen { .. } => "reopen_office_on",
        Change::Hours { .. } => "set_closing_hours",
        Change::EndHours { .. } => "end_closing_hours",
        Change::ManyHours { .. } => "import_closing_hours",
        Change::National { .. } => "import_calendar",
        Change::AddNational { .. } => "add_national_day",
    };
    let mut event = Event::new(keeper.by, act).detail(serde_json::json!({
        "calendar_version": version, "note": note(change), "summary": made.days, "removed": made.removed,
        "moved": made.moved.len(),
    }));
    event.office = change.office();
    Ok(audit::record(conn, event, now).await?)
}
