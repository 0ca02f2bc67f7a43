//! Notices of limits: whom they concern, who was told, who acknowledged.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, error::Column};
use crate::domain::{
    email_address::EmailAddress,
    ids::{NoticeId, RequestId, RoundId, StaffId},
    names::{Kind, Scope},
    notices::Tier,
    office::OfficeCode,
    state::StateName,
    working_days::Threshold,
};

/// A running round whose limit is near, and the due date it has.
#[derive(Debug, Clone)]
pub struct Near {
    pub request: RequestId,
    pub round: RoundId,
    pub threshold: Threshold,
    pub due_on: NaiveDate,
    /// The last logged change of the due date; 0: it never moved.
    pub due_change: i64,
    pub officer: Option<StaffId>,
    pub drafted: bool,
}

/// Offices with a limit that is near.
pub async fn offices_near(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<Vec<OfficeCode>, StoreError> {
    sqlx::query_scalar!(
        "select distinct office_code from rounds where ended_at is null and tomorrow_from <= $1 order by 1",
        now
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|code| Column("rounds", "office_code").parse(&code))
    .collect()
}

/// The running rounds of an office whose limit is near, in the order of their ids: who writes notices of them at the same
/// time takes turns.
pub async fn near(
    conn: &mut PgConnection,
    office: OfficeCode,
    now: DateTime<Utc>,
) -> Result<Vec<Near>, StoreError> {
    sqlx::query!(
        r#"select request_id, round_id, threshold_of(tomorrow_from, today_from, due_at, $2) as "threshold!",
                  due_on as "due_on!", officer_id, state,
                  coalesce((select max(change_id) from due_date_changes
                            where due_date_changes.round_id = rounds.round_id), 0) as "due_change!"
           from requests join rounds using (request_id)
           where rounds.office_code = $1 and rounds.number = round_number and rounds.ended_at is null
             and state in ('received', 'examining', 'drafted') and tomorrow_from <= $2
           order by round_id"#,
        office.as_str(),
        now
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        let at = |column| Column("rounds", column);
        let state: StateName = Column("requests", "state").parse(&row.state)?;
        Ok(Near {
            request: RequestId(row.request_id),
            round: RoundId(row.round_id),
            threshold: Threshold::parse(&row.threshold).ok_or_else(|| at("due_at").wrong())?,
            due_on: row.due_on,
            due_change: row.due_change,
            officer: row.officer_id.map(StaffId),
            drafted: state == StateName::Drafted,
        })
    })
    .collect()
}

/// That somebody was told.
#[derive(Debug, Clone)]
pub struct Told {
    pub round: RoundId,
    pub due_change: i64,
    pub threshold: Threshold,
    pub tier: Tier,
    pub staff: StaffId,
    pub raised_at: DateTime<Utc>,
    pub acknowledged: bool,
}

/// Everybody who was told about running rounds of an office.
pub async fn told(conn: &mut PgConnection, office: OfficeCode) -> Result<Vec<Told>, StoreError> {
    let at = |column| Column("notices", column);
    sqlx::query!(
        r#"select round_id, due_change, threshold, tier, staff_id, raised_at, acknowledged_at is not null as "acknowledged!"
           from notices where office_code = $1 and withdrawn_at is null"#,
        office.as_str()
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(Told {
            round: RoundId(row.round_id),
            due_change: row.due_change,
            threshold: Threshold::parse(&row.threshold).ok_or_else(|| at("threshold").wrong())?,
            tier: at("tier").parse(&row.tier)?,
            staff: StaffId(row.staff_id),
            raised_at: row.raised_at,
            acknowledged: row.acknowledged,
        })
    })
    .collect()
}

/// A notice that is about to be raised.
#[derive(Debug, Clone, Copy)]
pub struct NewNotice<'a> {
    pub id: NoticeId,
    pub office: OfficeCode,
    pub about: &'a Near,
    pub tier: Tier,
    pub staff: StaffId,
}

/// Raises a notice, or one that was withdrawn and is so again. `None`: this person was told of it before, as the unique row
/// says, or acknowledged it.
pub async fn raise(
    conn: &mut PgConnection,
    notice: &NewNotice<'_>,
    now: DateTime<Utc>,
) -> Result<Option<NoticeId>, StoreError> {
    let about = notice.about;
    let raised = sqlx::query!(
        r#"insert into notices (notice_id, office_code, request_id, round_id, due_change, due_on, threshold, tier, staff_id, raised_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict on constraint notices_once do update set withdrawn_at = null where notices.withdrawn_at is not null
         returning notice_id, acknowledged_at is not null as "acknowledged!""#,
        notice.id.0,
        notice.office.as_str(),
        about.request.0,
        about.round.0,
        about.due_change,
        about.due_on,
        about.threshold.as_str(),
        notice.tier.as_str(),
        notice.staff.0,
        now
    )
    .fetch_optional(conn)
    .await?;
    Ok(raised.filter(|row| !row.acknowledged).map(|row| NoticeId(row.notice_id)))
}

/// Takes back what is no longer so: the round ended, its due date moved, or the next threshold came.
pub async fn withdraw_stale(
    conn: &mut PgConnection,
    office: OfficeCode,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let written = sqlx::query!(
        "update notices set withdrawn_at = $2
         from rounds
         where notices.office_code = $1 and notices.withdrawn_at is null and rounds.round_id = notices.round_id
           and (rounds.ended_at is not null
                or threshold_of(tomorrow_from, today_from, due_at, $2) is distinct from notices.threshold
                or due_change <> coalesce((select max(change_id) from due_date_changes
                                           where due_date_changes.round_id = rounds.round_id), 0))",
        office.as_str(),
        now
    )
    .execute(conn)
    .await?;
    Ok(written.rows_affected())
}

/// A notice that is still so, as the person reads it.
#[derive(Debug, Clone)]
pub struct StandingNotice {
    pub id: NoticeId,
    pub office: OfficeCode,
    pub zone: chrono_tz::Tz,
    pub request: RequestId,
    pub receipt_number: String,
    pub kind: Kind,
    pub state: StateName,
    pub officer: Option<String>,
    pub threshold: Threshold,
    pub tier: Tier,
    pub due_on: NaiveDate,
    pub due_at: DateTime<Utc>,
    pub raised_at: DateTime<Utc>,
}

/// The notices of a person that are still so and that they did not acknowledge, most urgent first; as officer, of what they
/// still have in hand. `among`: of these only,
/// acknowledged or not.
pub async fn standing(
    conn: &mut PgConnection,
    staff: StaffId,
    among: Option<&[NoticeId]>,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<StandingNotice>, StoreError> {
    let among: Option<Vec<Uuid>> = among.map(|ids| ids.iter().map(|id| id.0).collect());
    sqlx::query!(
        r#"select notice_id, notices.office_code, time_zone, notices.request_id, receipt_number, requests.kind, requests.state,
                  threshold, tier,
                  notices.due_on, due_at as "due_at!", raised_at, officer.name as "officer?"
           from notices
           join rounds using (round_id)
           join requests on requests.request_id = notices.request_id
           join offices on offices.office_code = notices.office_code
           left join staff officer on officer.staff_id = requests.officer_id
           where notices.staff_id = $1 and notices.withdrawn_at is null
             and (($2::uuid[] is null and acknowledged_at is null) or notice_id = any($2))
             and rounds.ended_at is null and (tier <> 'officer' or requests.officer_id = notices.staff_id)
             and threshold_of(tomorrow_from, today_from, due_at, $3) = threshold
             and due_change = coalesce((select max(change_id) from due_date_changes
                                        where due_date_changes.round_id = rounds.round_id), 0)
           order by due_at, notice_id limit $4"#,
        staff.0,
        among.as_deref(),
        now,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        let at = |column| Column("notices", column);
        Ok(StandingNotice {
            id: NoticeId(row.notice_id),
            office: at("office_code").parse(&row.office_code)?,
            zone: Column("offices", "time_zone").parse(&row.time_zone)?,
            request: RequestId(row.request_id),
            receipt_number: row.receipt_number,
            kind: Column("requests", "kind").parse(&row.kind)?,
            state: Column("requests", "state").parse(&row.state)?,
            officer: row.officer,
            threshold: Threshold::parse(&row.threshold).ok_or_else(|| at("threshold").wrong())?,
            tier: at("tier").parse(&row.tier)?,
            due_on: row.due_on,
            due_at: row.due_at,
            raised_at: row.raised_at,
        })
    })
    .collect()
}

/// How many notices stand that this person did not acknowledge.
pub async fn count(conn: &mut PgConnection, staff: StaffId, now: DateTime<Utc>) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from notices
           join rounds using (round_id)
           join requests on requests.request_id = notices.request_id
           where staff_id = $1 and acknowledged_at is null and withdrawn_at is null and rounds.ended_at is null
             and (tier <> 'officer' or requests.officer_id = notices.staff_id)
             and threshold_of(tomorrow_from, today_from, due_at, $2) = threshold
             and due_change = coalesce((select max(change_id) from due_date_changes
                                        where due_date_changes.round_id = rounds.round_id), 0)"#,
        staff.0,
        now
    )
    .fetch_one(conn)
    .await?)
}

/// Whom a notice was for, and what it is about.
#[derive(Debug, Clone, Copy)]
pub struct Owned {
    pub staff: StaffId,
    pub office: OfficeCode,
    pub request: RequestId,
    pub acknowledged: bool,
}

/// A notice, locked.
pub async fn lock(conn: &mut PgConnection, id: NoticeId) -> Result<Option<Owned>, StoreError> {
    sqlx::query!(
        r#"select staff_id, office_code, request_id, acknowledged_at is not null as "acknowledged!" from notices
           where notice_id = $1 for no key update"#,
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(|row| {
        Ok(Owned {
            staff: StaffId(row.staff_id),
            office: Column("notices", "office_code").parse(&row.office_code)?,
            request: RequestId(row.request_id),
            acknowledged: row.acknowledged,
        })
    })
    .transpose()
}

pub async fn acknowledge(
    conn: &mut PgConnection,
    id: NoticeId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update notices set acknowledged_at = $2 where notice_id = $1 and acknowledged_at is null",
        id.0,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Who heads the section of an office on a day: by role, or as Plh. or Plt.
pub async fn section_heads(
    conn: &mut PgConnection,
    office: OfficeCode,
    on: NaiveDate,
) -> Result<Vec<StaffId>, StoreError> {
    Ok(sqlx::query_scalar!(
        "select staff_id from staff
         where active and office_code = $1
           and (exists (select from staff_roles held where held.staff_id = staff.staff_id and role = 'section_head')
                or exists (select from acting_appointments acting where acting.staff_id = staff.staff_id
                             and acting.office_code = $1 and $2 between from_on and until_on))
         order by staff_id",
        office.as_str(),
        on
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(StaffId)
    .collect())
}

/// A supervisor with what they watch.
#[derive(Debug, Clone)]
pub struct Supervisor {
    pub id: StaffId,
    pub name: String,
    pub email: Option<EmailAddress>,
    pub office: Option<OfficeCode>,
    pub kanwil: Option<String>,
    pub scope: Scope,
}

/// Everybody who watches limits.
pub async fn supervisors(conn: &mut PgConnection) -> Result<Vec<Supervisor>, StoreError> {
    sqlx::query!(
        "select staff_id, name, email, office_code, kanwil, scope from staff join staff_roles using (staff_id)
         where active and role = 'supervisor' order by staff_id"
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        let at = |column| Column("staff", column);
        Ok(Supervisor {
            id: StaffId(row.staff_id),
            name: row.name,
            email: at("email").parse_some(row.email.as_deref())?,
            office: at("office_code").parse_some(row.office_code.as_deref())?,
            kanwil: row.kanwil,
            scope: Column("staff_roles", "scope").parse(&row.scope)?,
        })
    })
    .collect()
}

/// Where a member of staff gets mails. `None`: nowhere, or the account is closed.
pub async fn address(conn: &mut PgConnection, id: StaffId) -> Result<Option<EmailAddress>, StoreError> {
    let email = sqlx::query_scalar!("select email from staff where staff_id = $1 and active", id.0)
        .fetch_optional(conn)
        .await?
        .flatten();
    Column("staff", "email").parse_some(email.as_deref())
}

pub async fn set_address(
    conn: &mut PgConnection,
    id: StaffId,
    email: Option<&EmailAddress>,
) -> Result<(), StoreError> {
    sqlx::query!("update staff set email = $2 where staff_id = $1", id.0, email.map(ToString::to_string))
        .execute(conn)
        .await?;
    Ok(())
}
