use super::{Whose, kept_account};
use crate::{
    app::{AppError, Office, desk::Desk},
    domain::{
        ids::StaffId,
        names::{Role, Scope},
    },
    store::{
        staff::{self, Staff},
        staff_list::{self, AccountRow, ActingRow, DecreeRow},
    },
};

/// An account with everything that gives it rights.
#[derive(Debug)]
pub struct Account {
    pub staff: Staff,
    pub version: i32,
    pub roles: Vec<(Role, Scope)>,
    pub decrees: Vec<DecreeRow>,
    pub acting: Vec<ActingRow>,
    /// Whether it is the account of whoever looks.
    pub own: bool,
    /// Where they get mails about limits.
    pub email: Option<crate::domain::email_address::EmailAddress>,
}

/// Accounts of the desk's scope by name, after the given one; those whose name, user name or NIP holds the words.
pub async fn list_accounts(
    office: &Office,
    desk: Desk,
    words: &str,
    after: Option<StaffId>,
    limit: i64,
) -> Result<Vec<AccountRow>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let scope = desk.keeper(&mut tx, now).await?.office;
    Ok(staff_list::list(&mut tx, scope, words, after, limit, now).await?)
}

/// One account of the desk's scope.
pub async fn get_account(office: &Office, desk: Desk, id: StaffId) -> Result<Account, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    let staff = kept_account(&mut tx, &keeper, &Whose::Id(id)).await?;
    let version = staff::version(&mut tx, id).await?;
    let roles = staff::roles(&mut tx, id).await?;
    let decrees = staff_list::decrees(&mut tx, id, now).await?;
    let acting = staff_list::acting(&mut tx, id).await?;
    let own = keeper.by == crate::store::audit::By::Staff(id);
    let email = crate::store::notices::address(&mut tx, id).await?;
    Ok(Account { staff, version, roles, decrees, acting, own, email })
}
