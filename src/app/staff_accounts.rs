//! Accounts of staff, as the operator's command line keeps them.

use chrono::NaiveDate;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::{AppError, Office};
use crate::{
    domain::{
        code_alphabet,
        ids::StaffId,
        names::{Role, Scope},
        office::OfficeCode,
    },
    store::{
        audit::{self, By, Event},
        decree_documents, offices, sessions,
        staff::{self, Decree, NewActing, NewStaff, Staff},
    },
};

/// Characters that a password of staff has at least.
pub const PASSWORD_MIN_CHARACTERS: usize = 12;

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

/// Makes an account. The user name is taken by nobody else, the NIP has 18 digits, the office exists.
pub async fn add(
    office: &Office,
    account: &NewAccount,
    password: &SecretString,
) -> Result<StaffId, AppError> {
    check(account)?;
    let hash = hash(office, password).await?;
    let now = office.now();
    let mut tx = office.begin().await?;
    if staff::find_by_username(&mut tx, &account.username).await?.is_some() {
        return Err(AppError::fault("/username", "taken", "another account has this user name"));
    }
    if let Some(code) = account.office
        && offices::find(&mut tx, code).await?.is_none()
    {
        return Err(AppError::fault("/office", "unknown", "no such office; import the offices first"));
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
    staff::insert(&mut tx, &new, now).await?;
    for &(role, scope) in &account.roles {
        staff::grant_role(&mut tx, id, role, scope).await?;
    }
    let roles: Vec<_> = account.roles.iter().map(|(role, scope)| (role.as_str(), scope.as_str())).collect();
    let event =
        Event::new(By::Console, "add_staff").subject(id.0).detail(serde_json::json!({ "roles": roles }));
    audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(id)
}

/// Whether an account of this user name exists.
pub async fn exists(office: &Office, username: &str) -> Result<bool, AppError> {
    let mut tx = office.begin().await?;
    Ok(staff::find_by_username(&mut tx, username).await?.is_some())
}

/// Replaces the password and ends every session: whoever knew the old one is out.
pub async fn set_password(office: &Office, username: &str, password: &SecretString) -> Result<(), AppError> {
    let hash = hash(office, password).await?;
    let now = office.now();
    let mut tx = office.begin().await?;
    let member = named(&mut tx, username).await?;
    staff::set_password(&mut tx, member.id, &hash).await?;
    sessions::end_all(&mut tx, member.id, now).await?;
    audit::record(&mut tx, Event::new(By::Console, "set_staff_password").subject(member.id.0), now).await?;
    tx.commit().await?;
    Ok(())
}

/// Closes an account: from the next call on nobody is signed in with it.
pub async fn disable(office: &Office, username: &str) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let member = named(&mut tx, username).await?;
    staff::set_active(&mut tx, member.id, false).await?;
    sessions::end_all(&mut tx, member.id, now).await?;
    audit::record(&mut tx, Event::new(By::Console, "disable_staff").subject(member.id.0), now).await?;
    tx.commit().await?;
    Ok(())
}

/// Records the decree (KEP) that appoints a special officer of their office.
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
    let member = named(&mut tx, username).await?;
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
    let event = Event::new(By::Console, "record_decree").office(decree.office).subject(decree.id);
    audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Lets somebody sign as `Plh.` or `Plt.` on the days from `from_on` to `until_on`.
pub async fn appoint_acting(
    office: &Office,
    username: &str,
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
    let member = named(&mut tx, username).await?;
    let new = NewActing { staff: member.id, office: home(&member)?, kind, from_on, until_on };
    staff::insert_acting(&mut tx, &new, "console", now).await?;
    let event = Event::new(By::Console, "appoint_acting").office(new.office).subject(member.id.0);
    audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(())
}

/// A random password of staff: 16 characters of the code alphabet, 79 bits.
pub fn random_password(office: &Office) -> SecretString {
    SecretString::from(code_alphabet::sample(16, || {
        let mut byte = [0];
        office.vault.entropy().fill(&mut byte);
        byte[0]
    }))
}

async fn named(conn: &mut sqlx::PgConnection, username: &str) -> Result<Staff, AppError> {
    Ok(staff::find_by_username(conn, username).await?.ok_or(AppError::NotFound("account"))?.0)
}

fn home(member: &Staff) -> Result<OfficeCode, AppError> {
    member.office.ok_or_else(|| AppError::fault("/username", "no_office", "the account belongs to no office"))
}

fn check(account: &NewAccount) -> Result<(), AppError> {
    let username_is_good = (2..=40).contains(&account.username.len())
        && account.username.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && account
            .username
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c));
    if !username_is_good {
        return Err(AppError::fault("/username", "shape", "2 to 40 of a-z, 0-9, dot, hyphen, underscore"));
    }
    if account.nip.len() != 18 || !account.nip.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AppError::fault("/nip", "shape", "a NIP has 18 digits"));
    }
    if account.name.trim().is_empty() {
        return Err(AppError::fault("/name", "empty", "the name is empty"));
    }
    if account.roles.len() > 1 && account.roles.iter().any(|(role, _)| *role == Role::Operator) {
        return Err(AppError::fault("/roles", "operator", "an operator holds no other role"));
    }
    for (role, scope) in &account.roles {
        let beyond = match role {
            Role::Supervisor | Role::Operator => true,
            Role::Counter | Role::SpecialOfficer | Role::SectionHead => false,
        };
        if *scope != Scope::Office && !beyond {
            return Err(AppError::fault(
                "/scope",
                "role",
                "only supervisors and operators see beyond their office",
            ));
        }
        if account.office.is_none() && (!beyond || *scope == Scope::Office) {
            return Err(AppError::fault("/office", "missing", "this role needs an office"));
        }
    }
    Ok(())
}

/// The hash to keep, of a password that is long enough.
async fn hash(office: &Office, password: &SecretString) -> Result<String, AppError> {
    if password.expose_secret().chars().count() < PASSWORD_MIN_CHARACTERS {
        return Err(AppError::fault("/password", "short", "a password has at least 12 characters"));
    }
    office.passwords.hash(password.clone(), office.vault.entropy()).await
}
