//! Calendar data: years that are complete, days off, hours of the counter, versions.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use sqlx::{PgConnection, types::Json};

use super::{StoreError, error::Column};
use crate::domain::{
    office::OfficeCode,
    working_days::{Blocks, Calendar, DayOff, DayOffKind, OPENS_AT, SpecialHours, Weekdays},
};

/// The calendar of an office around a day, and the version of the data.
#[derive(Debug, Clone)]
pub struct LoadedCalendar {
    pub calendar: Calendar,
    pub version: i64,
}

#[derive(Debug, Deserialize)]
struct DayOffRow {
    day_on: NaiveDate,
    kind: String,
    name: String,
    source: String,
}

impl TryFrom<DayOffRow> for DayOff {
    type Error = StoreError;
    fn try_from(row: DayOffRow) -> Result<Self, StoreError> {
        let kind = DayOffKind::parse(&row.kind).ok_or_else(|| Column("days_off", "kind").wrong())?;
        Ok(Self { date: row.day_on, kind, name: row.name, source: row.source })
    }
}

#[derive(Debug, Deserialize)]
struct HoursRow {
    from_on: NaiveDate,
    until_on: NaiveDate,
    weekdays: Vec<i16>,
    opens_at: Option<NaiveTime>,
    closes_at: NaiveTime,
    breaks: Vec<NaiveTime>,
    name: String,
}

impl TryFrom<HoursRow> for SpecialHours {
    type Error = StoreError;
    fn try_from(row: HoursRow) -> Result<Self, StoreError> {
        let at = |column| Column("closing_hours", column);
        let opens_at = row.opens_at.unwrap_or(OPENS_AT);
        let blocks = if row.breaks.is_empty() && row.closes_at <= opens_at {
            Blocks::until(row.closes_at)
        } else {
            Blocks::with_breaks(opens_at, row.closes_at, &row.breaks).map_err(|_| at("breaks").wrong())?
        };
        Ok(Self {
            from: row.from_on,
            until: row.until_on,
            weekdays: Weekdays::new(row.weekdays).map_err(|_| at("weekdays").wrong())?,
            blocks,
            name: row.name,
        })
    }
}

/// The days around one on which a limit may start: it never reaches further than half a year.
fn around(day: NaiveDate) -> (NaiveDate, NaiveDate) {
    (day.checked_sub_days(Days::new(15)).unwrap_or(day), day.checked_add_days(Days::new(185)).unwrap_or(day))
}

fn assembled(
    zone: Tz,
    version: i64,
    years: Vec<i32>,
    days_off: Vec<DayOffRow>,
    hours: Vec<HoursRow>,
) -> Result<LoadedCalendar, StoreError> {
    let days_off = days_off.into_iter().map(DayOff::try_from).collect::<Result<Vec<_>, StoreError>>()?;
    let hours = hours.into_iter().map(SpecialHours::try_from).collect::<Result<Vec<_>, StoreError>>()?;
    let calendar = Calendar::new(zone, version.to_string())
        .with_complete_years(years)
        .with_days_off(days_off)
        .with_special_hours(hours);
    Ok(LoadedCalendar { calendar, version })
}

/// Loads what can matter for a limit that starts on a day.
pub async fn load(
    conn: &mut PgConnection,
    office: OfficeCode,
    zone: Tz,
    day: NaiveDate,
) -> Result<LoadedCalendar, StoreError> {
    load_between(conn, office, zone, around(day)).await
}

/// Loads what is known of the days from first to last.
pub async fn load_between(
    conn: &mut PgConnection,
    office: OfficeCode,
    zone: Tz,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<LoadedCalendar, StoreError> {
    // One statement, so that version and days are of one moment, and one round trip for each filing.
    let row = sqlx::query!(
        r#"select coalesce((select max(calendar_version) from calendar_versions), 0) as "version!",
                  array(select year from calendar_years where year between $1 and $2) as "years!",
                  coalesce((select jsonb_agg(to_jsonb(days_off)) from days_off
                            where day_on between $3 and $4 and (office_code is null or office_code = $5)), '[]')
                      as "days_off!: Json<Vec<DayOffRow>>",
                  coalesce((select jsonb_agg(to_jsonb(closing_hours) order by office_code nulls first, closing_hours_id)
                            from closing_hours
                            where until_on >= $3 and from_on <= $4 and (office_code is null or office_code = $5)), '[]')
                      as "hours!: Json<Vec<HoursRow>>""#,
        from.year(),
        until.year(),
        from,
        until,
        office.as_str()
    )
    .fetch_one(conn)
    .await?;
    assembled(zone, row.version, row.years, row.days_off.0, row.hours.0)
}

/// The same as it was with a version: what came later is not there, what went later is. `None`: the history does not
/// reach that far back.
pub async fn load_as_of(
    conn: &mut PgConnection,
    office: OfficeCode,
    zone: Tz,
    day: NaiveDate,
    version: i64,
) -> Result<Option<LoadedCalendar>, StoreError> {
    let (from, until) = around(day);
    let row = sqlx::query!(
        r#"select (select begins_with from calendar_history) <= $6 as "kept!",
                  array(select year from calendar_years
                        where year between $1 and $2 and coalesce(complete_since, 0) <= $6) as "years!",
                  coalesce((select jsonb_agg(to_jsonb(known)) from (
                      select day_on, kind, name, source from days_off
                      where day_on between $3 and $4 and (office_code is null or office_code = $5)
                        and calendar_version <= $6
                      union all
                      select day_on, kind, name, source from past_days_off
                      where day_on between $3 and $4 and (office_code is null or office_code = $5)
                        and calendar_version <= $6 and ended_version > $6) known), '[]')
                      as "days_off!: Json<Vec<DayOffRow>>",
                  coalesce((select jsonb_agg(to_jsonb(known) order by office_code nulls first, closing_hours_id) from (
                      select closing_hours_id, office_code, from_on, until_on, weekdays, opens_at, closes_at, breaks, name
                      from closing_hours
                      where until_on >= $3 and from_on <= $4 and (office_code is null or office_code = $5)
                        and calendar_version <= $6
                      union all
                      select closing_hours_id, office_code, from_on, until_on, weekdays, opens_at, closes_at, breaks, name
                      from past_closing_hours
                      where until_on >= $3 and from_on <= $4 and (office_code is null or office_code = $5)
                        and calendar_version <= $6 and ended_version > $6) known), '[]')
                      as "hours!: Json<Vec<HoursRow>>""#,
        from.year(),
        until.year(),
        from,
        until,
        office.as_str(),
        version
    )
    .fetch_one(conn)
    .await?;
    if !row.kept {
        return Ok(None);
    }
    assembled(zone, version, row.years, row.days_off.0, row.hours.0).map(Some)
}

/// Whether the calendar of a year was declared complete.
pub async fn knows_year(conn: &mut PgConnection, year: i32) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(r#"select exists(select from calendar_years where year = $1) as "known!""#, year)
        .fetch_one(conn)
        .await?)
}

/// A day off as an import brings it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImportedDay {
    pub date: NaiveDate,
    pub kind: String,
    pub name: String,
    pub source: String,
    /// When it became known.
    pub known_on: NaiveDate,
}

/// The national days of a year as they are stored, in order.
pub async fn national_days(conn: &mut PgConnection, year: i32) -> Result<Vec<ImportedDay>, StoreError> {
    let rows = sqlx::query!(
        "select day_on, kind, name, source, known_on from days_off
         where office_code is null and extract(year from day_on)::int = $1 order by day_on, kind",
        year
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ImportedDay {
            date: row.day_on,
            kind: row.kind,
            name: row.name,
            source: row.source,
            known_on: row.known_on,
        })
        .collect())
}

/// Keeps the calendar as it is until the end of the transaction. Whoever opens a round takes it before any row is
/// locked: a change either sees the round when it computes due dates anew, or came before the round's was computed.
pub async fn hold(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!(r#"select pg_advisory_xact_lock_shared(hashtext('calendar_versions'))::text as "void""#)
        .fetch_one(conn)
        .await?;
    Ok(())
}

/// Records that the calendar changes now; every row written after it carries this version.
pub async fn new_version(
    conn: &mut PgConnection,
    by: &str,
    note: &str,
    now: DateTime<Utc>,
) -> Result<i64, StoreError> {
    // One change at a time: versions are in the order of their commits. An advisory lock, because the runtime role may
    // not lock a table that it cannot update.
    sqlx::query!("select pg_advisory_xact_lock(hashtext('calendar_versions'))").execute(&mut *conn).await?;
    Ok(sqlx::query_scalar!(
        "insert into calendar_versions (changed_at, changed_by, note) values ($1, $2, $3) returning calendar_version",
        now,
        by,
        note
    )
    .fetch_one(conn)
    .await?)
}

/// Makes the national days of a year these and declares it complete. What stays as it was keeps its version.
pub async fn replace_year(
    conn: &mut PgConnection,
    year: i32,
    days: &[ImportedDay],
    version: i64,
) -> Result<(), StoreError> {
    let stored = national_days(conn, year).await?;
    for gone in stored.iter().filter(|day| !days.contains(day)) {
        sqlx::query!(
            "delete from days_off where office_code is null and day_on = $1 and kind = $2",
            gone.date,
            gone.kind
        )
        .execute(&mut *conn)
        .await?;
    }
    for day in days.iter().filter(|day| !stored.contains(day)) {
        sqlx::query!(
            "insert into days_off (day_on, kind, name, source, known_on, calendar_version)
             values ($1, $2, $3, $4, $5, $6)",
            day.date,
            day.kind,
            day.name,
            day.source,
            day.known_on,
            version
        )
        .execute(&mut *conn)
        .await?;
    }
    sqlx::query!(
        "insert into calendar_years (year, calendar_version, complete_since) values ($1, $2, $2)
         on conflict (year) do update set calendar_version = $2",
        year,
        version
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds a national day off to a year that is complete. `false`: there is one of that kind on that day already.
pub async fn add_national(
    conn: &mut PgConnection,
    on: NaiveDate,
    kind: DayOffKind,
    entry: Entry<'_>,
    version: i64,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "with year as (update calendar_years set calendar_version = $6 where year = extract(year from $1::date)::int)
         insert into days_off (day_on, kind, name, source, known_on, calendar_version)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        on,
        kind.as_str(),
        entry.name,
        entry.source,
        entry.known_on,
        version
    )
    .execute(conn)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// A day off of a year as operators see it.
#[derive(Debug, Clone)]
pub struct KnownDay {
    pub id: i64,
    pub day: DayOff,
    pub known_on: NaiveDate,
}

/// Other hours for a period.
#[derive(Debug, Clone)]
pub struct KnownHours {
    pub id: i64,
    pub hours: SpecialHours,
    pub source: String,
    pub known_on: NaiveDate,
    /// Of the office alone, not of the whole country.
    pub own: bool,
}

/// The calendar of a year: national days, and those of an office when one is named.
#[derive(Debug, Clone)]
pub struct Year {
    pub complete: bool,
    pub days: Vec<KnownDay>,
    pub hours: Vec<KnownHours>,
    /// The version of the whole calendar, and when it came.
    pub version: i64,
    pub changed_at: Option<DateTime<Utc>>,
}

/// A year as it stands.
pub async fn year(
    conn: &mut PgConnection,
    office: Option<OfficeCode>,
    year: i32,
) -> Result<Year, StoreError> {
    let office = office.map(String::from);
    let days = sqlx::query!(
        "select day_off_id, day_on, kind, name, source, known_on from days_off
         where extract(year from day_on)::int = $1 and (office_code is null or office_code = $2)
         order by day_on, office_code nulls first",
        year,
        office
    )
    .fetch_all(&mut *conn)
    .await?
    .into_iter()
    .map(|row| {
        let day = DayOffRow { day_on: row.day_on, kind: row.kind, name: row.name, source: row.source };
        Ok(KnownDay { id: row.day_off_id, day: day.try_into()?, known_on: row.known_on })
    })
    .collect::<Result<_, StoreError>>()?;
    let hours = sqlx::query!(
        r#"select closing_hours_id, from_on, until_on, weekdays, opens_at, closes_at, breaks, name, source, known_on,
                  office_code is not null as "own!"
           from closing_hours
           where extract(year from from_on)::int <= $1 and extract(year from until_on)::int >= $1
             and (office_code is null or office_code = $2)
           order by from_on, weekdays, office_code nulls first"#,
        year,
        office
    )
    .fetch_all(&mut *conn)
    .await?
    .into_iter()
    .map(|row| {
        let hours = HoursRow {
            from_on: row.from_on,
            until_on: row.until_on,
            weekdays: row.weekdays,
            opens_at: row.opens_at,
            closes_at: row.closes_at,
            breaks: row.breaks,
            name: row.name,
        };
        Ok(KnownHours {
            id: row.closing_hours_id,
            hours: hours.try_into()?,
            source: row.source,
            known_on: row.known_on,
            own: row.own,
        })
    })
    .collect::<Result<_, StoreError>>()?;
    let now = sqlx::query!(
        r#"select exists(select from calendar_years where year = $1) as "complete!",
                  coalesce((select max(calendar_version) from calendar_versions), 0) as "version!",
                  (select max(changed_at) from calendar_versions) as changed_at"#,
        year
    )
    .fetch_one(conn)
    .await?;
    Ok(Year { complete: now.complete, days, hours, version: now.version, changed_at: now.changed_at })
}

/// The version of the calendar as it stands.
pub async fn current_version(conn: &mut PgConnection) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select coalesce(max(calendar_version), 0) as "version!" from calendar_versions"#
    )
    .fetch_one(conn)
    .await?)
}

/// The version before this one; 0 before the first.
pub async fn before(conn: &mut PgConnection, version: i64) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select coalesce(max(calendar_version), 0) as "version!" from calendar_versions where calendar_version < $1"#,
        version
    )
    .fetch_one(conn)
    .await?)
}

/// Records a version without waiting for whoever changes the calendar: for a transaction that is rolled back.
pub async fn version_to_try(
    conn: &mut PgConnection,
    by: &str,
    now: DateTime<Utc>,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        "insert into calendar_versions (changed_at, changed_by, note) values ($1, $2, '') returning calendar_version",
        now,
        by
    )
    .fetch_one(conn)
    .await?)
}

/// What the calendar says of an entry.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    pub name: &'a str,
    pub source: &'a str,
    pub known_on: NaiveDate,
}

/// Closes an office on a day. `false`: it is closed on that day already.
pub async fn close_on(
    conn: &mut PgConnection,
    office: OfficeCode,
    on: NaiveDate,
    entry: Entry<'_>,
    version: i64,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "insert into days_off (day_on, office_code, kind, name, source, known_on, calendar_version)
         values ($1, $2, 'closure', $3, $4, $5, $6) on conflict do nothing",
        on,
        office.as_str(),
        entry.name,
        entry.source,
        entry.known_on,
        version
    )
    .execute(conn)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Takes a closure of an office back. `None`: there is none of that number.
pub async fn reopen(
    conn: &mut PgConnection,
    office: OfficeCode,
    id: i64,
) -> Result<Option<NaiveDate>, StoreError> {
    Ok(sqlx::query_scalar!(
        "delete from days_off where day_off_id = $1 and office_code = $2 and kind = 'closure' returning day_on",
        id,
        office.as_str()
    )
    .fetch_optional(conn)
    .await?)
}

/// Sets other hours for a period; `None`: for every office.
pub async fn set_hours(
    conn: &mut PgConnection,
    office: Option<OfficeCode>,
    hours: &SpecialHours,
    (source, known_on): (&str, NaiveDate),
    version: i64,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into closing_hours (office_code, from_on, until_on, weekdays, opens_at, closes_at, breaks, name, source,
                                    known_on, calendar_version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        office.map(String::from),
        hours.from,
        hours.until,
        &hours.weekdays.numbers(),
        hours.blocks.opens_at(),
        hours.blocks.closes_at(),
        &hours.blocks.breaks(),
        hours.name,
        source,
        known_on,
        version
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes hours of an office back; `None`: hours of every office. `false`: there are none of that number.
pub async fn end_hours(
    conn: &mut PgConnection,
    office: Option<OfficeCode>,
    id: i64,
) -> Result<bool, StoreError> {
    let deleted = sqlx::query!(
        "delete from closing_hours where closing_hours_id = $1 and office_code is not distinct from $2",
        id,
        office.map(String::from)
    )
    .execute(conn)
    .await?;
    Ok(deleted.rows_affected() == 1)
}

/// Takes hours back that a new entry replaces: of the same office, first day and weekdays. `true`: there were some.
pub async fn end_hours_of(
    conn: &mut PgConnection,
    office: Option<OfficeCode>,
    hours: &SpecialHours,
) -> Result<bool, StoreError> {
    let deleted = sqlx::query!(
        "delete from closing_hours
         where office_code is not distinct from $1 and from_on = $2 and weekdays = $3",
        office.map(String::from),
        hours.from,
        &hours.weekdays.numbers()
    )
    .execute(conn)
    .await?;
    Ok(deleted.rows_affected() > 0)
}
