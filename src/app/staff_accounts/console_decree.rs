use chrono::NaiveDate;
use uuid::Uuid;

use super::{Whose, home, kept_account};
use crate::{
    app::{AppError, Office, desk::Desk},
    store::{
        audit::{self, Event},
        decree_documents,
        staff::{self, Decree},
    },
};

/// Records the decree (KEP) that appoints a special officer of their office, from the command line.
pub async fn record_decree(
    office: &Office,
    username: &str,
    number: &str,
    dated_on: NaiveDate,
    in_force_on: NaiveDate,
) -> Result<(), AppError> {
    if in_force_on < dated_on {
        return Err(AppError::fault(
            "/in_force_on",
            "before_date",
            "a decree is not in force before its date",
        ));
    }
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = Desk::Console.keeper(&mut tx, now).await?;
    let member = kept_account(&mut tx, &keeper, &Whose::from(username)).await?;
    let decree = Decree {
        id: Uuid::now_v7(),
        staff: member.id,
        office: home(&member)?,
        number: number.to_owned(),
        dated_on,
        in_force_on,
        until_on: None,
        revoked_on: None,
        document: None,
    };
    if decree_documents::knows_number(&mut tx, decree.office, number).await?.1 {
        return Err(AppError::fault(
            "/number",
            "made_here",
            "this decree is in force with its scan, not by its number",
        ));
    }
    staff::insert_decree(&mut tx, &decree, "console", now).await.map_err(|error| {
        match error.constraint() {
            Some("decrees_number_key") => {
                AppError::fault("/number", "recorded", "this decree is recorded already")
            }
            _ => error.into(),
        }
    })?;
    let event = Event::new(keeper.by, "record_decree").office(decree.office).subject(decree.id);
    audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(())
}
