//! KEP Penunjukan Petugas Khusus (SE-20/PJ/2020): in force from the day it names until it is revoked.

use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    AppError, Office,
    actor::{self, Operator},
};
use crate::{
    domain::{
        fault::Faults,
        ids::{SessionId, StaffId},
        line::Line,
        names::{Role, Scope},
    },
    store::{
        self,
        audit::{By, Event},
        staff::{Decree, Staff},
    },
};

/// An account with what an operator sees of it.
pub struct StaffMember {
    pub staff: Staff,
    pub roles: Vec<(Role, Scope)>,
    pub decrees: Vec<Decree>,
}

/// Accounts within the operator's scope by name, after the given one; at most `limit`.
pub async fn list_staff(
    office: &Office,
    session: SessionId,
    after: Option<(String, StaffId)>,
    limit: i64,
) -> Result<Vec<StaffMember>, AppError> {
    let mut tx = office.begin().await?;
    let operator = actor::authenticate(&mut tx, session, office.now()).await?.operator()?;
    let mut members = Vec::new();
    for staff in store::staff::list_page(&mut tx, operator.office, after, limit).await? {
        let roles = store::staff::roles(&mut tx, staff.id).await?;
        let decrees = store::staff::decrees(&mut tx, staff.id).await?;
        members.push(StaffMember { staff, roles, decrees });
    }
    Ok(members)
}

/// Records an appointment. The same number twice for one person is refused.
pub async fn record_decree(
    office: &Office,
    session: SessionId,
    staff: StaffId,
    number: &str,
    dated_on: NaiveDate,
    in_force_on: NaiveDate,
) -> Result<Decree, AppError> {
    let mut tx = office.begin().await?;
    let now = office.now();
    let operator = actor::authenticate(&mut tx, session, now).await?.operator()?;
    let member = store::staff::find(&mut tx, staff).await?.ok_or(AppError::NotFound("staff"))?;
    let kpp = member.office.filter(|own| operator.office.is_none_or(|scope| scope == *own));
    let kpp = kpp.ok_or(AppError::NotFound("staff"))?;

    let mut faults = Faults::default();
    let number = Line::<60>::parse(number).map_err(|error| (error.code(), error.detail()));
    let number = faults.take("/number", number);
    if in_force_on < dated_on {
        faults.add("/in_force_on", "too_early", "Tanggal berlaku tidak boleh sebelum tanggal keputusan.");
    }
    let Some(number) = number.filter(|_| faults.is_empty()) else {
        return Err(AppError::Invalid(faults.into_vec()));
    };
    // A decree of ours is put in force by its scan, not by its number.
    if store::decree_documents::knows_number(&mut tx, kpp, number.as_str()).await?.1 {
        return Err(AppError::AlreadyDone("decree_made_here"));
    }
    let decree = Decree {
        id: Uuid::now_v7(),
        staff,
        office: kpp,
        number: number.into(),
        dated_on,
        in_force_on,
        until_on: None,
        revoked_on: None,
        document: None,
    };
    let name =
        store::staff::find(&mut tx, operator.id).await?.map_or_else(String::new, |staff| staff.username);
    store::staff::insert_decree(&mut tx, &decree, &name, now).await.map_err(|error| {
        match error.constraint() {
            Some("decrees_number_key") => AppError::AlreadyDone("decree_recorded"),
            _ => error.into(),
        }
    })?;
    let event = Event::new(By::Staff(operator.id), "record_decree").office(kpp).subject(decree.id);
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(decree)
}

/// Ends an appointment from a day on; once only, and not before it began.
pub async fn revoke_decree(
    office: &Office,
    session: SessionId,
    id: Uuid,
    revoked_on: NaiveDate,
) -> Result<Decree, AppError> {
    let mut tx = office.begin().await?;
    let now = office.now();
    let operator = actor::authenticate(&mut tx, session, now).await?.operator()?;
    let decree = in_scope(&mut tx, operator, id).await?;
    if decree.revoked_on.is_some() {
        return Err(AppError::AlreadyDone("decree_revoked"));
    }
    if revoked_on < decree.in_force_on {
        return Err(AppError::fault(
            "/revoked_on",
            "too_early",
            "Tanggal pencabutan tidak boleh sebelum tanggal berlaku.",
        ));
    }
    store::staff::revoke_decree(&mut tx, id, revoked_on).await?;
    let event = Event::new(By::Staff(operator.id), "revoke_decree").office(decree.office).subject(id);
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(Decree { revoked_on: Some(revoked_on), ..decree })
}

async fn in_scope(conn: &mut PgConnection, operator: Operator, id: Uuid) -> Result<Decree, AppError> {
    store::staff::find_decree(conn, id)
        .await?
        .filter(|decree| operator.office.is_none_or(|scope| scope == decree.office))
        .ok_or(AppError::NotFound("decree"))
}
