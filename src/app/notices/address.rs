use crate::{
    app::{
        AppError, Office,
        desk::Desk,
        staff_accounts::{Whose, changeable, kept_account},
    },
    domain::{email_address::EmailAddress, ids::StaffId},
    store::{
        self,
        audit::{self, Event},
    },
};

/// Where a member of staff gets mails about limits. `None`: notices stand on their page only.
pub async fn set_address(
    office: &Office,
    desk: Desk,
    whose: impl Into<Whose>,
    email: Option<&EmailAddress>,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    let member = changeable(&mut tx, &keeper, &whose.into()).await?;
    store::notices::set_address(&mut tx, member.id, email).await?;
    // The address itself is personal and stands in no audit row.
    let mut event = Event::new(keeper.by, "set_staff_email")
        .subject(member.id.0)
        .detail(serde_json::json!({ "given": email.is_some() }));
    event.office = member.office;
    audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The address of an account that the keeper looks after.
pub async fn get_address(office: &Office, desk: Desk, id: StaffId) -> Result<Option<EmailAddress>, AppError> {
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, office.now()).await?;
    let member = kept_account(&mut tx, &keeper, &id.into()).await?;
    Ok(store::notices::address(&mut tx, member.id).await?)
}
