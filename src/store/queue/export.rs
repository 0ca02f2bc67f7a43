//! The list as a file: every row of it, as they come.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use futures_util::{StreamExt, stream::BoxStream};
use sqlx::PgConnection;

use super::{
    super::{StoreError, error::Column},
    Filter, offices,
};
use crate::domain::{
    names::{Kind, Sender},
    office::OfficeCode,
    state::StateName,
    working_days::{DueInstants, Threshold},
};

/// A row of a file: the list with the zone of its office.
#[derive(Debug, Clone)]
pub struct ExportRow {
    pub office: OfficeCode,
    pub zone: Tz,
    pub receipt_number: String,
    pub kind: Kind,
    pub state: StateName,
    pub sender: Sender,
    pub pkp_name: String,
    pub tax_id: String,
    pub received_at: DateTime<Utc>,
    pub round_number: i32,
    pub due_on: Option<NaiveDate>,
    pub due: Option<DueInstants>,
    pub officer: Option<String>,
}

/// Lifts the limit of time on the statements of this transaction: an export lasts as long as its reader reads.
pub async fn let_it_last(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query_scalar!("select set_config('statement_timeout', '0', true)").fetch_one(conn).await?;
    Ok(())
}

/// Every row of the list, as they come: one statement, so that all are of one moment, and never all in memory.
pub fn export<'c>(
    conn: &'c mut PgConnection,
    filter: &Filter,
    now: DateTime<Utc>,
) -> BoxStream<'c, Result<ExportRow, StoreError>> {
    let rows = sqlx::query!(
        r#"select requests.office_code, time_zone, rounds.receipt_number, requests.kind, state, sender, pkp_name, tax_id,
                  rounds.received_at, round_number, due_on, tomorrow_from, today_from, due_at,
                  staff.name as "officer_name?"
           from requests
           join rounds on rounds.request_id = requests.request_id and rounds.number = requests.round_number
           join offices on offices.office_code = requests.office_code
           left join staff on staff.staff_id = officer_id
           where requests.office_code = any($1)
             and ($2::text is null or requests.kind = $2)
             and ($3::text is null or state = $3)
             and ($4::uuid is null or officer_id = $4)
             and (not $5 or state in ('received', 'examining', 'drafted', 'incomplete'))
             and ($6::text is null
                  or (rounds.ended_at is null and threshold_of(tomorrow_from, today_from, due_at, $7) = $6))
           order by coalesce(due_at, 'infinity'), rounds.round_id"#,
        &offices(filter),
        filter.kind.map(Kind::as_str),
        filter.state.map(StateName::as_str),
        filter.officer.map(|id| id.0),
        filter.open_only && filter.state.is_none(),
        filter.threshold.map(Threshold::as_str),
        now
    )
    .fetch(conn);
    rows.map(|row| {
        let row = row?;
        let at = |column| Column("requests", column);
        let due = match (row.tomorrow_from, row.today_from, row.due_at) {
            (Some(tomorrow_from), Some(today_from), Some(due_at)) => {
                Some(DueInstants { tomorrow_from, today_from, due_at })
            }
            _ => None,
        };
        Ok(ExportRow {
            office: at("office_code").parse(&row.office_code)?,
            zone: Column("offices", "time_zone").parse(&row.time_zone)?,
            receipt_number: row.receipt_number,
            kind: at("kind").parse(&row.kind)?,
            state: at("state").parse(&row.state)?,
            sender: at("sender").parse(&row.sender)?,
            pkp_name: row.pkp_name,
            tax_id: row.tax_id,
            received_at: row.received_at,
            round_number: row.round_number,
            due_on: row.due_on,
            due,
            officer: row.officer_name,
        })
    })
    .boxed()
}
