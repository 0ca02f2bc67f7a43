//! What the forecast of an office is made from.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, error::Column};
use crate::domain::{
    forecast::Work,
    ids::{RequestId, RoundId, StaffId},
    names::Kind,
    office::OfficeCode,
    state::StateName,
};

/// A running round with its request.
#[derive(Debug, Clone)]
pub struct OpenRound {
    pub request: RequestId,
    pub round: RoundId,
    pub receipt_number: String,
    pub kind: Kind,
    pub version: i32,
    pub work: Work,
    /// Its due date, and the first instant that is too late.
    pub due: Option<(NaiveDate, DateTime<Utc>)>,
}

/// What runs at an office, the soonest due first.
pub async fn open_rounds(conn: &mut PgConnection, office: OfficeCode) -> Result<Vec<OpenRound>, StoreError> {
    let at = |column| Column("requests", column);
    sqlx::query!(
        r#"select requests.request_id, round_id, receipt_number, kind, version, state, officer_id, due_on, due_at
           from requests join rounds on rounds.request_id = requests.request_id and number = round_number
           where requests.office_code = $1 and state in ('received', 'examining', 'drafted')
             and rounds.office_code = $1 and rounds.ended_at is null
           order by coalesce(due_at, 'infinity'), round_id"#,
        office.as_str()
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        let work = match at("state").parse(&row.state)? {
            StateName::Received => Work::Waiting,
            StateName::Examining => {
                Work::InHand(StaffId(row.officer_id.ok_or_else(|| at("officer_id").wrong())?))
            }
            StateName::Drafted => Work::Drafted,
            StateName::Incomplete | StateName::Issued | StateName::Withdrawn | StateName::Lapsed => {
                return Err(at("state").wrong());
            }
        };
        Ok(OpenRound {
            request: RequestId(row.request_id),
            round: RoundId(row.round_id),
            receipt_number: row.receipt_number,
            kind: at("kind").parse(&row.kind)?,
            version: row.version,
            work,
            due: row.due_on.zip(row.due_at),
        })
    })
    .collect()
}

/// What the office ended from the first to the last day, by who did it: the drafter of a letter, whoever returned.
pub async fn completions(
    conn: &mut PgConnection,
    office: OfficeCode,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<HashMap<StaffId, u64>, StoreError> {
    let rows = sqlx::query!(
        r#"select by as "by!", count(*) as "count!"
           from (select case when ending = 'returned' then returned_by else requests.officer_id end as by
                 from rounds join requests on requests.request_id = rounds.request_id
                 left join returns on returns.round_id = rounds.round_id
                 where rounds.office_code = $1 and ended_on between $2 and $3
                   and ending in ('granted', 'refused', 'returned')) as ended
           where by is not null group by by"#,
        office.as_str(),
        from,
        until
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (StaffId(row.by), row.count.try_into().unwrap_or(0))).collect())
}

/// Somebody who has to do with the requests of an office.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: StaffId,
    pub name: String,
    /// Special officer of the office with a decree in force on the day.
    pub may_take: bool,
    /// Section head of the office, or acting as one on the day.
    pub signs: bool,
}

/// The special officers of an office, and these people besides.
pub async fn people(
    conn: &mut PgConnection,
    office: OfficeCode,
    also: &[StaffId],
    today: NaiveDate,
) -> Result<Vec<Person>, StoreError> {
    let also: Vec<Uuid> = also.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select staff_id, name,
                  active and office_code is not distinct from $1 and officer and not operator
                      and exists (select from decrees where decrees.staff_id = held.staff_id and decrees.office_code = $1
                                    and in_force_on <= $3 and (revoked_on is null or revoked_on > $3)
                                    and (until_on is null or until_on >= $3)) as "may_take!",
                  office_code is not distinct from $1
                      and (head or exists (select from acting_appointments acting where acting.staff_id = held.staff_id
                                             and acting.office_code = $1 and $3 between from_on and until_on)) as "signs!"
           from (select staff.*,
                        exists (select from staff_roles r where r.staff_id = staff.staff_id and role = 'special_officer') as officer,
                        exists (select from staff_roles r where r.staff_id = staff.staff_id and role = 'operator') as operator,
                        exists (select from staff_roles r where r.staff_id = staff.staff_id and role = 'section_head') as head
                 from staff) as held
           where staff_id = any($2) or (office_code = $1 and officer)
           order by staff_id"#,
        office.as_str(),
        &also,
        today
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Person {
            id: StaffId(row.staff_id),
            name: row.name,
            may_take: row.may_take,
            signs: row.signs,
        })
        .collect())
}
