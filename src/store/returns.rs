//! Returns as incomplete.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError,
    error::{Column, to_json},
};
use crate::domain::ids::{RequestId, RoundId, StaffId};

/// An item of `deficiency-items.csv` with the values that its texts need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnItem {
    pub code: String,
    #[serde(default)]
    pub values: BTreeMap<String, String>,
}

#[derive(Debug, Clone)]
pub struct Return {
    pub round: RoundId,
    pub items: Vec<ReturnItem>,
    pub returned_by: StaffId,
    pub returned_at: DateTime<Utc>,
    /// The last day to complete it, in the zone of the office.
    pub supply_by_on: NaiveDate,
    /// The end of that day.
    pub lapses_at: DateTime<Utc>,
}

pub async fn insert(conn: &mut PgConnection, request: RequestId, new: &Return) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into returns (return_id, request_id, round_id, items, returned_by, returned_at, supply_by_on, lapses_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        Uuid::now_v7(),
        request.0,
        new.round.0,
        to_json(&new.items)?,
        new.returned_by.0,
        new.returned_at,
        new.supply_by_on,
        new.lapses_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The returns of a request, first to last.
pub async fn of_request(conn: &mut PgConnection, request: RequestId) -> Result<Vec<Return>, StoreError> {
    sqlx::query!(
        "select round_id, items, returned_by, returned_at, supply_by_on, lapses_at
         from returns where request_id = $1 order by returned_at",
        request.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(Return {
            round: RoundId(row.round_id),
            items: Column("returns", "items").json(row.items)?,
            returned_by: StaffId(row.returned_by),
            returned_at: row.returned_at,
            supply_by_on: row.supply_by_on,
            lapses_at: row.lapses_at,
        })
    })
    .collect()
}

/// Requests that were not completed in time.
pub async fn lapsed(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<RequestId>, StoreError> {
    Ok(sqlx::query_scalar!(
        "select request_id from requests
         where state = 'incomplete'
           and (select max(lapses_at) from returns where returns.request_id = requests.request_id) <= $1
         order by request_id limit $2",
        now,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(RequestId)
    .collect())
}
