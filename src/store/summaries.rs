//! The kept figures: summaries, and the changes that are not folded into them yet. A reader needs both, of one moment:
//! [`as_of_one_moment`] comes first in its transaction.

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, error::Column};
use crate::domain::{
    figures::{Counted, Timeliness},
    ids::{RequestId, RoundId, StaffId},
    names::{Kind, RoundEnding},
    office::OfficeCode,
    state::StateName,
    working_days::Threshold,
};

/// Whose figures.
#[derive(Debug, Clone)]
pub enum Area {
    Offices(Vec<OfficeCode>),
    /// Every office, which is summed up beforehand.
    Country,
}

impl Area {
    fn keys(&self) -> Vec<String> {
        match self {
            Self::Offices(offices) => texts(offices),
            Self::Country => vec!["*".to_owned()],
        }
    }
}

fn texts(offices: &[OfficeCode]) -> Vec<String> {
    offices.iter().map(ToString::to_string).collect()
}

/// What the transaction reads from here on is of one moment, and it writes nothing.
pub async fn as_of_one_moment(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!("set transaction isolation level repeatable read, read only").execute(conn).await?;
    Ok(())
}

/// The day that it is at these offices; where their zones disagree, the later one, so that nothing is left out.
pub async fn today(
    conn: &mut PgConnection,
    offices: &[OfficeCode],
    now: DateTime<Utc>,
) -> Result<Option<NaiveDate>, StoreError> {
    Ok(sqlx::query_scalar!(
        "select max(($2::timestamptz at time zone time_zone)::date) from offices where office_code = any($1)",
        &texts(offices),
        now
    )
    .fetch_one(conn)
    .await?)
}

/// Counts of a day or a month.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    pub on: NaiveDate,
    pub kind: Kind,
    pub counted: Counted,
}

struct Row {
    on: NaiveDate,
    key: String,
    received: i64,
    resupplied: i64,
    issued_on_time: i64,
    issued_late: i64,
    issued_undated: i64,
    returned_on_time: i64,
    returned_late: i64,
    returned_undated: i64,
    withdrawn: i64,
}

impl Row {
    fn counted(&self) -> Counted {
        Counted {
            received: self.received,
            resupplied: self.resupplied,
            issued_on_time: self.issued_on_time,
            issued_late: self.issued_late,
            issued_undated: self.issued_undated,
            returned_on_time: self.returned_on_time,
            returned_late: self.returned_late,
            returned_undated: self.returned_undated,
            withdrawn: self.withdrawn,
        }
    }
}

fn of_kinds(rows: &[Row]) -> Result<Vec<Kept>, StoreError> {
    let kind = Column("figure_days", "kind");
    rows.iter()
        .map(|row| Ok(Kept { on: row.on, kind: kind.parse(&row.key)?, counted: row.counted() }))
        .collect()
}

/// The folded days from first to last.
pub async fn days(
    conn: &mut PgConnection,
    area: &Area,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<Kept>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select day_on as "on", kind as key, sum(received) as "received!", sum(resupplied) as "resupplied!",
                  sum(issued_on_time) as "issued_on_time!", sum(issued_late) as "issued_late!", sum(issued_undated) as "issued_undated!",
                  sum(returned_on_time) as "returned_on_time!", sum(returned_late) as "returned_late!", sum(returned_undated) as "returned_undated!",
                  sum(withdrawn) as "withdrawn!"
           from figure_days where area = any($1) and day_on between $2 and $3 group by 1, 2"#,
        &area.keys(),
        from,
        until
    )
    .fetch_all(conn)
    .await?;
    of_kinds(&rows)
}

/// The folded months whose first days lie between two.
pub async fn months(
    conn: &mut PgConnection,
    area: &Area,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<Kept>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select month_on as "on", kind as key, sum(received) as "received!", sum(resupplied) as "resupplied!",
                  sum(issued_on_time) as "issued_on_time!", sum(issued_late) as "issued_late!", sum(issued_undated) as "issued_undated!",
                  sum(returned_on_time) as "returned_on_time!", sum(returned_late) as "returned_late!", sum(returned_undated) as "returned_undated!",
                  sum(withdrawn) as "withdrawn!"
           from figure_months where area = any($1) and month_on between $2 and $3 group by 1, 2"#,
        &area.keys(),
        from,
        until
    )
    .fetch_all(conn)
    .await?;
    of_kinds(&rows)
}

/// Letters of a month by the steps of their working time.
#[derive(Debug, Clone)]
pub struct KeptWork {
    pub month_on: NaiveDate,
    pub kind: Kind,
    pub steps: Vec<i32>,
}

/// The folded working times of some months.
pub async fn worked(
    conn: &mut PgConnection,
    area: &Area,
    months: &[NaiveDate],
) -> Result<Vec<KeptWork>, StoreError> {
    sqlx::query!(
        "select month_on, kind, worked from figure_months where area = any($1) and month_on = any($2)",
        &area.keys(),
        months
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        let kind = Column("figure_months", "kind").parse(&row.kind)?;
        Ok(KeptWork { month_on: row.month_on, kind, steps: row.worked })
    })
    .collect()
}

/// How often each deficiency was named in the returns of a month, folded.
pub async fn items(
    conn: &mut PgConnection,
    area: &Area,
    month_on: NaiveDate,
) -> Result<Vec<(String, i64)>, StoreError> {
    Ok(sqlx::query!(
        r#"select item, sum(returned) as "returned!" from figure_items
           where area = any($1) and month_on = $2 group by item"#,
        &area.keys(),
        month_on
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| (row.item, row.returned))
    .collect())
}

/// What each office did in a month, folded.
pub async fn months_of_offices(
    conn: &mut PgConnection,
    offices: &[OfficeCode],
    month_on: NaiveDate,
) -> Result<Vec<(OfficeCode, Counted)>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select $2::date as "on!", area as key, sum(received) as "received!", sum(resupplied) as "resupplied!",
                  sum(issued_on_time) as "issued_on_time!", sum(issued_late) as "issued_late!", sum(issued_undated) as "issued_undated!",
                  sum(returned_on_time) as "returned_on_time!", sum(returned_late) as "returned_late!", sum(returned_undated) as "returned_undated!",
                  sum(withdrawn) as "withdrawn!"
           from figure_months where area = any($1) and month_on = $2 group by area"#,
        &texts(offices),
        month_on
    )
    .fetch_all(conn)
    .await?;
    let area = Column("figure_months", "area");
    rows.iter().map(|row| Ok((area.parse(&row.key)?, row.counted()))).collect()
}

/// A figure that changed and is not folded yet.
#[derive(Debug, Clone)]
pub struct Change {
    pub office: OfficeCode,
    pub day_on: NaiveDate,
    pub kind: Kind,
    pub measure: String,
    /// Step of the working time, or code of the deficiency.
    pub detail: String,
    pub amount: i64,
}

/// What is not folded yet.
pub async fn changes(conn: &mut PgConnection, area: &Area) -> Result<Vec<Change>, StoreError> {
    let offices = match area {
        Area::Offices(offices) => Some(texts(offices)),
        Area::Country => None,
    };
    let at = |column| Column("figure_changes", column);
    sqlx::query!(
        r#"select office_code, day_on, kind, measure, detail, sum(amount) as "amount!" from figure_changes
           where $1::text[] is null or office_code = any($1) group by 1, 2, 3, 4, 5"#,
        offices.as_deref()
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(Change {
            office: at("office_code").parse(&row.office_code)?,
            day_on: row.day_on,
            kind: at("kind").parse(&row.kind)?,
            measure: row.measure,
            detail: row.detail,
            amount: row.amount,
        })
    })
    .collect()
}

/// Adds changes to the summaries, the oldest first. Returns how many it took.
pub async fn fold(conn: &mut PgConnection, at_most: i32) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(r#"select fold_figures($1) as "folded!""#, at_most).fetch_one(conn).await?)
}

/// A letter whose working time nobody measured, of a time whose calendar is known.
#[derive(Debug, Clone)]
pub struct Unmeasured {
    pub round: RoundId,
    pub office: OfficeCode,
    pub zone: chrono_tz::Tz,
    pub received_at: DateTime<Utc>,
    pub ended_at: DateTime<Utc>,
}

pub async fn unmeasured(conn: &mut PgConnection, limit: i64) -> Result<Vec<Unmeasured>, StoreError> {
    sqlx::query!(
        r#"select round_id, office_code, time_zone, received_at, ended_at as "ended_at!"
           from rounds join offices using (office_code)
           where ending in ('granted', 'refused') and worked_minutes is null
             and (select count(*) from calendar_years where year between extract(year from received_on) and extract(year from ended_on))
                 = extract(year from ended_on) - extract(year from received_on) + 1
           order by round_id limit $1"#,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(Unmeasured {
            round: RoundId(row.round_id),
            office: Column("rounds", "office_code").parse(&row.office_code)?,
            zone: Column("offices", "time_zone").parse(&row.time_zone)?,
            received_at: row.received_at,
            ended_at: row.ended_at,
        })
    })
    .collect()
}

/// Notes the working time of a letter, unless somebody did.
pub async fn save_worked(conn: &mut PgConnection, round: RoundId, minutes: i32) -> Result<(), StoreError> {
    sqlx::query!(
        "update rounds set worked_minutes = $2
         where round_id = $1 and ending in ('granted', 'refused') and worked_minutes is null",
        round.0,
        minutes
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many open requests are alike.
#[derive(Debug, Clone, Copy)]
pub struct OpenGroup {
    pub office: OfficeCode,
    pub kind: Kind,
    pub state: StateName,
    pub officer: Option<StaffId>,
    /// `None`: waits for the calendar, or its round has ended.
    pub threshold: Option<Threshold>,
    /// Days since the round was received, by the clock of the office; those of [`OLDEST`] days and more are together.
    pub age: i32,
    pub count: i64,
}

/// From here on ages are not told apart.
pub const OLDEST: i32 = 10;

/// What is open at these offices, in groups.
pub async fn open(
    conn: &mut PgConnection,
    offices: &[OfficeCode],
    now: DateTime<Utc>,
) -> Result<Vec<OpenGroup>, StoreError> {
    let at = |column| Column("requests", column);
    sqlx::query!(
        r#"select office_code as "office_code!", open.kind as "kind!", state as "state!", officer_id, threshold,
                  greatest(0, least(($2::timestamptz at time zone time_zone)::date - received_on, $3)) as "age!", count(*) as "count!"
           from (
               select requests.office_code, kind, state, officer_id, received_on,
                      threshold_of(tomorrow_from, today_from, due_at, $2) as threshold
               from requests join rounds on rounds.request_id = requests.request_id and number = round_number
               where requests.office_code = any($1) and state in ('received', 'examining', 'drafted')
                 and rounds.office_code = any($1) and rounds.ended_at is null
               union all
               select requests.office_code, kind, state, officer_id, received_on, null
               from requests join rounds on rounds.request_id = requests.request_id and number = round_number
               where requests.office_code = any($1) and state = 'incomplete'
           ) as open join offices using (office_code)
           group by 1, 2, 3, 4, 5, 6"#,
        &texts(offices),
        now,
        OLDEST
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(OpenGroup {
            office: at("office_code").parse(&row.office_code)?,
            kind: at("kind").parse(&row.kind)?,
            state: at("state").parse(&row.state)?,
            officer: row.officer_id.map(StaffId),
            threshold: row.threshold.as_deref().and_then(Threshold::parse),
            age: row.age,
            count: row.count,
        })
    })
    .collect()
}

/// Names of offices.
pub async fn office_names(
    conn: &mut PgConnection,
    offices: &[OfficeCode],
) -> Result<Vec<(OfficeCode, String)>, StoreError> {
    sqlx::query!(
        "select office_code, name from offices where office_code = any($1) order by office_code",
        &texts(offices)
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| Ok((Column("offices", "office_code").parse(&row.office_code)?, row.name)))
    .collect()
}

/// Which rounds are behind a figure.
#[derive(Debug, Clone)]
pub enum Behind {
    /// Received on these days; `again`: completed after a return, or not; `None`: both.
    Received { from: NaiveDate, until: NaiveDate, again: Option<bool> },
    /// Ended on these days in one of these ways; `timeliness` `None`: in time or not.
    Ended {
        from: NaiveDate,
        until: NaiveDate,
        endings: Vec<RoundEnding>,
        timeliness: Option<Timeliness>,
        /// Returned for this deficiency.
        item: Option<String>,
    },
    /// Runs now.
    Running(Running),
}

/// Which of the rounds that run; every part that is set narrows.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Running {
    /// In days, as [`OpenGroup::age`] counts them.
    pub age: Option<i32>,
    pub limit: Option<LimitIs>,
    /// The first and the last due date; one may be open.
    pub due: (Option<NaiveDate>, Option<NaiveDate>),
}

/// How near the limit of a running round is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitIs {
    At(Threshold),
    /// It waits for the calendar.
    NotKnown,
}

const NO_CALENDAR: &str = "no_calendar";

impl LimitIs {
    pub fn parse(text: &str) -> Option<Self> {
        if text == NO_CALENDAR { Some(Self::NotKnown) } else { Threshold::parse(text).map(Self::At) }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::At(threshold) => threshold.as_str(),
            Self::NotKnown => NO_CALENDAR,
        }
    }
}

/// A round behind a figure.
#[derive(Debug, Clone)]
pub struct RoundBehind {
    pub round: RoundId,
    pub request: RequestId,
    pub office: OfficeCode,
    pub zone: chrono_tz::Tz,
    pub receipt_number: String,
    pub kind: Kind,
    pub pkp_name: String,
    pub received_at: DateTime<Utc>,
    /// What the list is ordered by.
    pub day_on: NaiveDate,
    pub due_on: Option<NaiveDate>,
    pub ended_at: Option<DateTime<Utc>>,
    pub ending: Option<RoundEnding>,
    /// `None`: it runs, or had no due date.
    pub breached: Option<bool>,
    pub worked_minutes: Option<i32>,
}

/// How many rounds there are behind a figure, and a part of them: those after a day and round, oldest first.
pub async fn behind(
    conn: &mut PgConnection,
    offices: &[OfficeCode],
    kind: Option<Kind>,
    figure: &Behind,
    after: Option<(NaiveDate, Uuid)>,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<(i64, Vec<RoundBehind>), StoreError> {
    let asked = Asked::of(offices, kind, figure);
    let (total, rows) = asked.rows(conn, after, limit, now).await?;
    if rows.is_empty() && after.is_some() {
        // The rows carry the figure; there are none after this place.
        return Ok((asked.rows(conn, None, 1, now).await?.0, rows));
    }
    Ok((total, rows))
}

/// Every round behind a figure as they come, oldest first: one statement, and never all in memory.
pub fn all_behind<'c>(
    conn: &'c mut PgConnection,
    offices: &[OfficeCode],
    kind: Option<Kind>,
    figure: &Behind,
    now: DateTime<Utc>,
) -> BoxStream<'c, Result<RoundBehind, StoreError>> {
    Asked::of(offices, kind, figure).stream(conn, None, i64::MAX, now).map_ok(|(_, row)| row).boxed()
}

#[derive(Default)]
struct Asked {
    offices: Vec<String>,
    kind: Option<&'static str>,
    what: &'static str,
    days: Option<(NaiveDate, NaiveDate)>,
    again: Option<bool>,
    endings: Vec<String>,
    timeliness: Option<&'static str>,
    item: Option<String>,
    running: Running,
}

impl Asked {
    fn of(offices: &[OfficeCode], kind: Option<Kind>, figure: &Behind) -> Self {
        let mut asked = Self { offices: texts(offices), kind: kind.map(Kind::as_str), ..Self::default() };
        match figure {
            Behind::Received { from, until, again } => {
                asked.what = "received";
                asked.days = Some((*from, *until));
                asked.again = *again;
            }
            Behind::Ended { from, until, endings, timeliness, item } => {
                asked.what = "ended";
                asked.days = Some((*from, *until));
                asked.endings = endings.iter().map(|ending| ending.as_str().to_owned()).collect();
                asked.timeliness = timeliness.map(Timeliness::as_str);
                asked.item.clone_from(item);
            }
            Behind::Running(running) => {
                asked.what = "running";
                asked.running = *running;
            }
        }
        asked
    }

    async fn rows(
        &self,
        conn: &mut PgConnection,
        after: Option<(NaiveDate, Uuid)>,
        limit: i64,
        now: DateTime<Utc>,
    ) -> Result<(i64, Vec<RoundBehind>), StoreError> {
        let rows: Vec<(i64, RoundBehind)> = self.stream(conn, after, limit, now).try_collect().await?;
        let total = rows.first().map_or(0, |(total, _)| *total);
        Ok((total, rows.into_iter().map(|(_, row)| row).collect()))
    }

    /// Each row with how many there are.
    fn stream<'c>(
        &self,
        conn: &'c mut PgConnection,
        after: Option<(NaiveDate, Uuid)>,
        limit: i64,
        now: DateTime<Utc>,
    ) -> BoxStream<'c, Result<(i64, RoundBehind), StoreError>> {
        let Running { age, limit: of_limit, due } = self.running;
        let threshold = match of_limit {
            Some(LimitIs::At(threshold)) => Some(threshold.as_str()),
            Some(LimitIs::NotKnown) | None => None,
        };
        let rows = sqlx::query!(
            r#"with found as materialized (
                   select round_id, request_id, rounds.office_code, time_zone, receipt_number, requests.kind, pkp_name, received_at,
                          due_on, rounds.ended_at, ending, case when due_at is not null then breached end as breached, worked_minutes,
                          case $3 when 'ended' then ended_on else received_on end as day_on
                   from rounds join requests using (request_id) join offices on offices.office_code = rounds.office_code
                   where rounds.office_code = any($1) and ($2::text is null or requests.kind = $2)
                     and case $3
                         when 'received' then received_on between $4 and $5 and ($6::boolean is null or (number > 1) = $6)
                         when 'ended' then ended_on between $4 and $5 and ending = any($7)
                              and ($8::text is null or timeliness_of(rounds.ended_at, due_at, rounds.breached) = $8)
                              and ($9::text is null or exists (
                                  select from returns, jsonb_array_elements(items) item
                                  where returns.round_id = rounds.round_id and item ->> 'code' = $9))
                         else rounds.ended_at is null and number = round_number
                              and ($10::integer is null or greatest(0, least(($11::timestamptz at time zone time_zone)::date - received_on, $12)) = $10)
                              and ($16::text is null or threshold_of(tomorrow_from, today_from, due_at, $11) = $16)
                              and (not $17 or due_on is null)
                              and ($18::date is null or due_on >= $18) and ($19::date is null or due_on <= $19)
                         end
               )
               select (select count(*) from found) as "total!", round_id, request_id, office_code, time_zone, receipt_number, kind,
                      pkp_name, received_at, day_on as "day_on!", due_on, ended_at, ending, breached, worked_minutes
               from found
               where $13::date is null or (day_on, round_id) > ($13, $14::uuid)
               order by day_on, round_id limit $15"#,
            &self.offices,
            self.kind,
            self.what,
            self.days.map(|(from, _)| from),
            self.days.map(|(_, until)| until),
            self.again,
            &self.endings,
            self.timeliness,
            self.item,
            age,
            now,
            OLDEST,
            after.map(|(day, _)| day),
            after.map(|(_, round)| round),
            limit,
            threshold,
            of_limit == Some(LimitIs::NotKnown),
            due.0,
            due.1
        )
        .fetch(conn);
        rows.map(|row| {
            let row = row?;
            let at = |column| Column("rounds", column);
            let behind = RoundBehind {
                round: RoundId(row.round_id),
                request: RequestId(row.request_id),
                office: at("office_code").parse(&row.office_code)?,
                zone: Column("offices", "time_zone").parse(&row.time_zone)?,
                receipt_number: row.receipt_number,
                kind: Column("requests", "kind").parse(&row.kind)?,
                pkp_name: row.pkp_name,
                received_at: row.received_at,
                day_on: row.day_on,
                due_on: row.due_on,
                ended_at: row.ended_at,
                ending: row.ending.map(|ending| at("ending").parse(&ending)).transpose()?,
                breached: row.breached,
                worked_minutes: row.worked_minutes,
            };
            Ok((row.total, behind))
        })
        .boxed()
    }
}
