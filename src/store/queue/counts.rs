//! How many requests there are, by everything that the list is narrowed by.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;

use super::{
    super::{StoreError, error::Column},
    Filter, offices,
};
use crate::domain::{
    ids::StaffId, names::Kind, office::OfficeCode, state::StateName, working_days::Threshold,
};

/// How many requests there are of one value of a column.
#[derive(Debug, Clone, Serialize)]
pub struct Count {
    pub name: String,
    pub count: i64,
}

/// Requests of offices by state; the open ones by kind and threshold.
#[derive(Debug, Clone, Serialize)]
pub struct Counts {
    pub by_state: Vec<Count>,
    pub by_kind: Vec<Count>,
    pub by_threshold: Vec<Count>,
}

pub async fn counts(
    conn: &mut PgConnection,
    filter: &Filter,
    now: DateTime<Utc>,
) -> Result<Counts, StoreError> {
    let rows = sqlx::query!(
        r#"with open as (
               select state, kind, case
                    when rounds.ended_at is not null then 'not_running'
                    else coalesce(threshold_of(tomorrow_from, today_from, due_at, $2), 'awaiting_calendar')
                    end as threshold
               from requests join rounds on rounds.request_id = requests.request_id and number = round_number
               where requests.office_code = any($1) and state in ('received', 'examining', 'drafted', 'incomplete'))
           select 'state' as "what!", state as "name!", count(*) as "count!" from requests
           where office_code = any($1) group by state
           union all select 'kind', kind, count(*) from open group by kind
           union all select 'threshold', threshold, count(*) from open group by threshold
           order by 1, 2"#,
        &offices(filter),
        now
    )
    .fetch_all(conn)
    .await?;
    let of = |what: &str| {
        rows.iter()
            .filter(|row| row.what == what)
            .map(|row| Count { name: row.name.clone(), count: row.count })
            .collect()
    };
    Ok(Counts { by_state: of("state"), by_kind: of("kind"), by_threshold: of("threshold") })
}

/// How many open requests share state, kind, threshold and officer.
#[derive(Debug, Clone, Copy)]
pub struct OpenGroup {
    pub state: StateName,
    pub kind: Kind,
    /// `None`: the round does not run, or has no due date yet.
    pub threshold: Option<Threshold>,
    pub waits_for_calendar: bool,
    pub officer: Option<StaffId>,
    pub count: i64,
}

/// The open requests of offices, counted in one look by everything that the queue is narrowed by.
pub async fn open_groups(
    conn: &mut PgConnection,
    offices: &[OfficeCode],
    now: DateTime<Utc>,
) -> Result<Vec<OpenGroup>, StoreError> {
    let offices: Vec<String> = offices.iter().map(|office| office.as_str().to_owned()).collect();
    let at = |column| Column("requests", column);
    sqlx::query!(
        r#"select state as "state!", kind as "kind!", officer_id, threshold as "threshold!", count(*) as "count!"
           from (
               select state, kind, officer_id,
                      coalesce(threshold_of(tomorrow_from, today_from, due_at, $2), 'awaiting_calendar') as threshold
               from requests join rounds on rounds.request_id = requests.request_id and number = round_number
               where requests.office_code = any($1) and state in ('received', 'examining', 'drafted')
                 and rounds.office_code = any($1) and rounds.ended_at is null
               union all
               select state, kind, officer_id, 'not_running' from requests
               where office_code = any($1) and state = 'incomplete'
           ) as open
           group by 1, 2, 3, 4"#,
        &offices,
        now
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(OpenGroup {
            state: at("state").parse(&row.state)?,
            kind: at("kind").parse(&row.kind)?,
            threshold: Threshold::parse(&row.threshold),
            waits_for_calendar: row.threshold == "awaiting_calendar",
            officer: row.officer_id.map(StaffId),
            count: row.count,
        })
    })
    .collect()
}
