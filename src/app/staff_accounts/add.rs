use secrecy::SecretString;
use uuid::Uuid;

use super::{check_roles, password::hash};
use crate::{
    app::{AppError, Office, desk::Desk},
    domain::{
        fault::Fault,
        ids::StaffId,
        names::{Role, Scope},
        office::OfficeCode,
    },
    store::{
        audit::{self, Event},
        offices,
        staff::{self, NewStaff},
    },
};

/// An account to be made. `roles` with their scope; `scope` beyond the office is for supervisors and operators.
#[derive(Debug, Clone)]
pub struct NewAccount {
    pub username: String,
    pub name: String,
    pub nip: String,
    pub office: Option<OfficeCode>,
    pub kanwil: Option<String>,
    pub roles: Vec<(Role, Scope)>,
    /// Refused by a service whose public URL is not loopback.
    pub demo: bool,
}

/// Makes an account. The user name is taken by nobody else, the NIP has 18 digits, the office exists. Every fault is told
/// at once.
pub async fn add(
    office: &Office,
    desk: Desk,
    account: &NewAccount,
    password: &SecretString,
) -> Result<StaffId, AppError> {
    let mut faults = check_person(account);
    let hash = match hash(office, password).await {
        Ok(hash) => hash,
        Err(AppError::Invalid(more)) => {
            faults.extend(more);
            String::new()
        }
        Err(error) => return Err(error),
    };
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    if let Err(AppError::Invalid(more)) = check_roles(&keeper, account.office, &account.roles) {
        faults.extend(more);
    }
    if staff::find_by_username(&mut tx, &account.username).await?.is_some() {
        faults.push(fault("/username", "taken", "another account has this user name"));
    }
    if let Some(code) = account.office
        && offices::find(&mut tx, code).await?.is_none()
    {
        faults.push(fault("/office", "unknown", "no such office; import the offices first"));
    }
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults));
    }
    let id = StaffId(Uuid::now_v7());
    let new = NewStaff {
        id,
        username: &account.username,
        name: &account.name,
        nip: &account.nip,
        office: account.office,
        kanwil: account.kanwil.as_deref(),
        password_hash: &hash,
        demo: account.demo,
    };
    staff::insert(&mut tx, &new, now).await.map_err(|error| match error.constraint() {
        Some("staff_username_key") => {
            AppError::fault("/username", "taken", "another account has this user name")
        }
        _ => error.into(),
    })?;
    for &(role, scope) in &account.roles {
        staff::grant_role(&mut tx, id, role, scope).await?;
    }
    let roles: Vec<_> = account.roles.iter().map(|(role, scope)| (role.as_str(), scope.as_str())).collect();
    let mut event =
        Event::new(keeper.by, "add_staff").subject(id.0).detail(serde_json::json!({ "roles": roles }));
    event.office = account.office;
    audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(id)
}

fn fault(pointer: &str, code: &str, detail: &str) -> Fault {
    Fault { pointer: pointer.to_owned(), code: code.to_owned(), detail: detail.to_owned() }
}

fn check_person(account: &NewAccount) -> Vec<Fault> {
    let mut faults = Vec::new();
    let username_is_good = (2..=40).contains(&account.username.len())
        && account.username.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && account
            .username
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c));
    if !username_is_good {
        faults.push(fault("/username", "shape", "2 to 40 of a-z, 0-9, dot, hyphen, underscore"));
    }
    if account.name.trim().is_empty() {
        faults.push(fault("/name", "empty", "the name is empty"));
    }
    if account.nip.len() != 18 || !account.nip.bytes().all(|byte| byte.is_ascii_digit()) {
        faults.push(fault("/nip", "shape", "a NIP has 18 digits"));
    }
    faults
}
