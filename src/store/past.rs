//! What is needed to see an office at a past moment: its requests of then, what was recorded about them, their due dates of
//! then, and the counts of the month until then. A reader needs all of it of one moment:
//! [`super::summaries::as_of_one_moment`] comes first in its transaction.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, error::Column, rounds};
use crate::domain::{
    figures::{Counted, Days},
    history::{self, Record, Standing},
    ids::{RequestId, RoundId, StaffId},
    names::Kind,
    office::OfficeCode,
    request::Round,
    working_days::DueInstants,
};

/// Replicas are no further apart than this: an end that carries a time before the moment may have come after it.
const APART: TimeDelta = TimeDelta::seconds(10);

/// A request that may have been open at a moment, as it stands now.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub request: RequestId,
    pub kind: Kind,
    pub pkp_name: String,
    pub stands: Standing,
    pub first_received_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// Every request of the office that was open at the moment is among them.
pub async fn candidates(
    conn: &mut PgConnection,
    office: OfficeCode,
    moment: DateTime<Utc>,
) -> Result<Vec<Candidate>, StoreError> {
    let at = |column| Column("requests", column);
    sqlx::query!(
        r#"select request_id as "request_id!", kind as "kind!", pkp_name as "pkp_name!", state as "state!", officer_id,
                  proposed_officer, round_number as "round_number!", first_received_at as "first_received_at!", ended_at
           from (
               select * from requests
               where office_code = $1 and state in ('received', 'examining', 'drafted', 'incomplete')
               union all
               select * from requests where office_code = $1 and ended_at is not null and ended_at > $3
           ) as requests
           where first_received_at <= $2"#,
        office.as_str(),
        moment,
        moment - APART
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(Candidate {
            request: RequestId(row.request_id),
            kind: at("kind").parse(&row.kind)?,
            pkp_name: row.pkp_name,
            stands: Standing {
                state: at("state").parse(&row.state)?,
                officer: row.officer_id.map(StaffId),
                proposed: row.proposed_officer.map(StaffId),
                round: row.round_number,
            },
            first_received_at: row.first_received_at,
            ended_at: row.ended_at,
        })
    })
    .collect()
}

/// What was recorded about these requests, each in the order of the acts; without what leaves a state as it is.
pub async fn records(
    conn: &mut PgConnection,
    requests: &[RequestId],
) -> Result<HashMap<RequestId, Vec<Record>>, StoreError> {
    let at = |column| Column("audit_events", column);
    let stateless: Vec<String> = history::stateless().map(str::to_owned).collect();
    let rows = sqlx::query!(
        r#"select request_id as "request_id!", at, act, case when actor_kind = 'staff' then actor_id end as by,
                  subject_id, detail ->> 'outcome' as outcome, detail ->> 'reason' as reason
           from audit_events where request_id = any($1) and act <> all($2) order by event_id"#,
        &ids(requests),
        &stateless
    )
    .fetch_all(conn)
    .await?;
    let mut records: HashMap<RequestId, Vec<Record>> = HashMap::new();
    for row in rows {
        let record = Record {
            at: row.at,
            by: row.by.map(StaffId),
            subject: row.subject_id,
            outcome: row.outcome.map(|outcome| at("detail").parse(&outcome)).transpose()?,
            // Other acts have reasons in words.
            reason: row.reason.and_then(|reason| reason.parse().ok()),
            act: row.act,
        };
        records.entry(RequestId(row.request_id)).or_default().push(record);
    }
    Ok(records)
}

fn ids(requests: &[RequestId]) -> Vec<Uuid> {
    requests.iter().map(|id| id.0).collect()
}

/// A round with its due date as it was known at a moment.
#[derive(Debug, Clone)]
pub struct RoundThen {
    pub round: RoundId,
    pub number: i32,
    pub receipt_number: String,
    pub received_at: DateTime<Utc>,
    /// The day at the office.
    pub received_on: NaiveDate,
    pub ended_at: Option<DateTime<Utc>>,
    pub due_on: Option<NaiveDate>,
    pub due: Option<DueInstants>,
    /// The day is known and nothing else: of moves before instants were kept.
    pub instants_known: bool,
}

/// All rounds of these requests, first to last.
pub async fn rounds(
    conn: &mut PgConnection,
    requests: &[RequestId],
    moment: DateTime<Utc>,
) -> Result<HashMap<RequestId, Vec<RoundThen>>, StoreError> {
    let rows = sqlx::query!(
        r#"select rounds.request_id, rounds.round_id, number, receipt_number, received_at, received_on, ended_at,
                  past.round_id is null or past.instants_known as "instants_known!",
                  case when past.round_id is null then rounds.due_on else past.due_on end as due_on,
                  case when past.round_id is null then rounds.tomorrow_from else past.tomorrow_from end as tomorrow_from,
                  case when past.round_id is null then rounds.today_from else past.today_from end as today_from,
                  case when past.round_id is null then rounds.due_at else past.due_at end as due_at
           from rounds left join lateral (
               select * from past_due_dates
               where past_due_dates.round_id = rounds.round_id and until_at > $2
               order by until_at, past_due_date_id limit 1) past on true
           where rounds.request_id = any($1) order by rounds.request_id, number"#,
        &ids(requests),
        moment
    )
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<RequestId, Vec<RoundThen>> = HashMap::new();
    for row in rows {
        let due = match (row.tomorrow_from, row.today_from, row.due_at) {
            (Some(tomorrow_from), Some(today_from), Some(due_at)) => {
                Some(DueInstants { tomorrow_from, today_from, due_at })
            }
            _ => None,
        };
        found.entry(RequestId(row.request_id)).or_default().push(RoundThen {
            round: RoundId(row.round_id),
            number: row.number,
            receipt_number: row.receipt_number,
            received_at: row.received_at,
            received_on: row.received_on,
            ended_at: row.ended_at,
            due_on: row.due_on,
            due,
            instants_known: row.instants_known,
        });
    }
    Ok(found)
}

/// What came and ended on these days at the office, until the moment.
pub async fn counted(
    conn: &mut PgConnection,
    office: OfficeCode,
    days: Days,
    moment: DateTime<Utc>,
) -> Result<Counted, StoreError> {
    let rows = sqlx::query!(
        r#"select measure as "measure!", count(*) as "count!"
           from rounds, figures_of(received_on, ended_on, number, ending, timeliness_of(ended_at, due_at, breached), worked_minutes)
           where office_code = $1 and received_on between $2 and $3 and received_at <= $4
             and measure in ('received', 'resupplied')
           group by 1
           union all
           select measure, count(*)
           from rounds, figures_of(received_on, ended_on, number, ending, timeliness_of(ended_at, due_at, breached), worked_minutes)
           where office_code = $1 and ended_on between $2 and $3 and ended_at <= $4
             and measure not in ('received', 'resupplied', 'worked')
           group by 1"#,
        office.as_str(),
        days.from,
        days.until,
        moment
    )
    .fetch_all(conn)
    .await?;
    let mut counted = Counted::default();
    for row in rows {
        counted.add_named(&row.measure, row.count);
    }
    Ok(counted)
}

/// The first day on which the office received anything.
pub async fn first_day(conn: &mut PgConnection, office: OfficeCode) -> Result<Option<NaiveDate>, StoreError> {
    Ok(sqlx::query_scalar!("select min(received_on) from rounds where office_code = $1", office.as_str())
        .fetch_one(conn)
        .await?)
}

/// The rounds that an office received on some days, oldest first, after a place.
pub async fn received(
    conn: &mut PgConnection,
    office: OfficeCode,
    days: Days,
    after: Option<(NaiveDate, RoundId)>,
    limit: i64,
) -> Result<Vec<(NaiveDate, Round)>, StoreError> {
    let (after_on, after_round) = after.unzip();
    let rows = sqlx::query!(
        "select round_id, request_id, office_code, number, receipt_number, received_at, received_on, limit_days, due_on,
                tomorrow_from, today_from, due_at, derivation, calendar_version, ended_at, ending, breached,
                overdue_cause_code, overdue_cause
         from rounds
         where office_code = $1 and received_on between $2 and $3
           and ($4::date is null or (received_on, round_id) > ($4, $5::uuid))
         order by received_on, round_id limit $6",
        office.as_str(),
        days.from,
        days.until,
        after_on,
        after_round.map(|id| id.0),
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let received_on = row.received_on;
            let round = rounds::row_of!(row);
            Ok((received_on, Round::try_from(round)?))
        })
        .collect()
}
