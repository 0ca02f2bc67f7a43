use chrono::NaiveDate;

use super::{Whose, home, kept_account};
use crate::{
    app::{AppError, Office, desk::Desk},
    store::{
        audit::{self, By, Event},
        staff::{self, NewActing},
    },
};

/// Lets somebody sign as `Plh.` or `Plt.` on the days from `from_on` to `until_on`.
pub async fn appoint_acting(
    office: &Office,
    desk: Desk,
    whose: impl Into<Whose>,
    kind: &str,
    from_on: NaiveDate,
    until_on: NaiveDate,
) -> Result<(), AppError> {
    if !["Plh.", "Plt."].contains(&kind) {
        return Err(AppError::fault("/kind", "unknown", "must be Plh. or Plt."));
    }
    if until_on < from_on {
        return Err(AppError::fault("/until_on", "before_start", "the last day lies before the first"));
    }
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    let member = kept_account(&mut tx, &keeper, &whose.into()).await?;
    let by = match keeper.by {
        By::Staff(id) => staff::find(&mut tx, id).await?.map_or_else(String::new, |staff| staff.username),
        By::Taxpayer | By::Stranger | By::System | By::Console | By::Client(_) => "console".to_owned(),
    };
    let new = NewActing { staff: member.id, office: home(&member)?, kind, from_on, until_on };
    staff::insert_acting(&mut tx, &new, &by, now).await?;
    let event = Event::new(keeper.by, "appoint_acting").office(new.office).subject(member.id.0);
    audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(())
}
