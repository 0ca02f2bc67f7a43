//! Everything that rights are read from, for the person behind a session: one look for each act.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, error::Column, staff::Decree};
use crate::domain::{
    ids::{DecreeDocumentId, SessionId, StaffId},
    names::{Role, Scope},
    office::OfficeCode,
};

/// A person of the staff with a live session, on the present day of their office.
#[derive(Debug, Clone)]
pub struct AtWork {
    pub session: SessionId,
    pub last_seen_at: DateTime<Utc>,
    pub staff: StaffId,
    pub name: String,
    pub nip: String,
    pub office: Option<OfficeCode>,
    pub office_name: Option<String>,
    pub zone: Option<Tz>,
    pub kanwil: Option<String>,
    pub roles: Vec<(Role, Scope)>,
    /// The decree (KEP) in force today.
    pub decree: Option<Decree>,
    /// `Plh.` or `Plt.` when acting as section head today.
    pub acting: Option<String>,
}

struct Row {
    staff_id: Uuid,
    last_seen_at: DateTime<Utc>,
    name: String,
    nip: String,
    office_code: Option<String>,
    office_name: Option<String>,
    time_zone: Option<String>,
    kanwil: Option<String>,
    roles: Vec<String>,
    scopes: Vec<String>,
    decree_id: Option<Uuid>,
    number: Option<String>,
    dated_on: Option<NaiveDate>,
    in_force_on: Option<NaiveDate>,
    until_on: Option<NaiveDate>,
    revoked_on: Option<NaiveDate>,
    decree_document_id: Option<Uuid>,
    acting: Option<String>,
}

/// Who is behind a session that has neither ended nor expired, while the account is open.
pub async fn find(
    conn: &mut PgConnection,
    session: SessionId,
    now: DateTime<Utc>,
) -> Result<Option<AtWork>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"select staff.staff_id, sessions.last_seen_at, staff.name, staff.nip, staff.office_code,
                  offices.name as "office_name?", offices.time_zone as "time_zone?", staff.kanwil,
                  array(select role from staff_roles held where held.staff_id = staff.staff_id order by role) as "roles!",
                  array(select scope from staff_roles held where held.staff_id = staff.staff_id order by role) as "scopes!",
                  decree.decree_id as "decree_id?", decree.number as "number?", decree.dated_on as "dated_on?",
                  decree.in_force_on as "in_force_on?", decree.until_on, decree.revoked_on,
                  decree.decree_document_id, appointment.kind as "acting?"
           from sessions
           join staff using (staff_id)
           left join offices on offices.office_code = staff.office_code
           left join lateral (
               select decree_id, number, dated_on, in_force_on, until_on, revoked_on, decree_document_id from decrees
               where decrees.staff_id = staff.staff_id and decrees.office_code = staff.office_code
                 and in_force_on <= ($2 at time zone time_zone)::date
                 and (revoked_on is null or revoked_on > ($2 at time zone time_zone)::date)
                 and (until_on is null or until_on >= ($2 at time zone time_zone)::date)
               order by in_force_on desc limit 1) decree on true
           left join lateral (
               select kind from acting_appointments acting
               where acting.staff_id = staff.staff_id and acting.office_code = staff.office_code
                 and ($2 at time zone time_zone)::date between from_on and until_on
               order by from_on desc limit 1) appointment on true
           where session_id = $1 and ended_at is null and expires_at > $2 and active"#,
        session.0,
        now
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| row.read(session)).transpose()
}

impl Row {
    fn read(self, session: SessionId) -> Result<AtWork, StoreError> {
        let staff = StaffId(self.staff_id);
        let office: Option<OfficeCode> =
            Column("staff", "office_code").parse_some(self.office_code.as_deref())?;
        let decree = match (self.decree_id, self.number, self.dated_on, self.in_force_on, office) {
            (Some(id), Some(number), Some(dated_on), Some(in_force_on), Some(office)) => Some(Decree {
                id,
                staff,
                office,
                number,
                dated_on,
                in_force_on,
                until_on: self.until_on,
                revoked_on: self.revoked_on,
                document: self.decree_document_id.map(DecreeDocumentId),
            }),
            _ => None,
        };
        let roles = self.roles.iter().zip(&self.scopes).map(|(role, scope)| {
            Ok((Column("staff_roles", "role").parse(role)?, Column("staff_roles", "scope").parse(scope)?))
        });
        Ok(AtWork {
            session,
            last_seen_at: self.last_seen_at,
            staff,
            name: self.name,
            nip: self.nip,
            office,
            office_name: self.office_name,
            zone: Column("offices", "time_zone").parse_some(self.time_zone.as_deref())?,
            kanwil: self.kanwil,
            roles: roles.collect::<Result<_, StoreError>>()?,
            decree,
            acting: self.acting,
        })
    }
}
