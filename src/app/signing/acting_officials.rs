//! Who signs for the office today, and who acts for the section head from when to when.

use chrono::{Days, NaiveDate};
use serde::Serialize;

use crate::{
    app::{AppError, Office, actor},
    domain::ids::SessionId,
    store,
};

/// Appointments that ended longer ago are found in the audit trail.
const LOOK_BACK: Days = Days::new(365);
const MOST: i64 = 100;

#[derive(Debug, Serialize)]
pub struct ActingOfficials {
    pub today: NaiveDate,
    /// Section heads by role.
    pub heads: Vec<String>,
    pub appointments: Vec<AppointmentView>,
}

#[derive(Debug, Serialize)]
pub struct AppointmentView {
    pub name: String,
    /// `Plh.` or `Plt.`
    pub kind: String,
    pub from_on: NaiveDate,
    pub until_on: NaiveDate,
    pub standing: Standing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Ahead,
    Now,
    Over,
}

/// For those who sign. Appointments are recorded by the operator.
pub async fn acting_officials(office: &Office, session: SessionId) -> Result<ActingOfficials, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let head = actor::authenticate(&mut tx, session, now).await?.section_head()?;
    let today = actor::local_day(&mut tx, head.office, now).await?;
    let heads = store::signing::section_heads(&mut tx, head.office).await?;
    let since = today.checked_sub_days(LOOK_BACK).unwrap_or(today);
    let appointments = store::signing::appointments(&mut tx, head.office, since, MOST).await?;
    tx.rollback().await?;
    let view = |one: store::signing::Appointment| AppointmentView {
        standing: if one.from_on > today {
            Standing::Ahead
        } else if one.until_on < today {
            Standing::Over
        } else {
            Standing::Now
        },
        name: one.name,
        kind: one.kind,
        from_on: one.from_on,
        until_on: one.until_on,
    };
    Ok(ActingOfficials { today, heads, appointments: appointments.into_iter().map(view).collect() })
}
