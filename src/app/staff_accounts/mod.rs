//! Accounts of staff, as operators keep them on their pages and on the command line.
//!
//! An operator of an office keeps the accounts of that office, as far as their rights end there, and gives no role beyond
//! it; nobody changes the rights of their own account.

mod acting;
mod active;
mod add;
mod console_decree;
mod password;
mod roles;
mod see;

use sqlx::PgConnection;

use super::{AppError, Office, desk::Keeper};
use crate::{
    domain::{
        code_alphabet,
        ids::StaffId,
        names::{Role, Scope},
        office::OfficeCode,
    },
    store::{
        audit::By,
        staff::{self, Staff},
    },
};
use secrecy::SecretString;

pub use acting::appoint_acting;
pub use active::{disable, enable};
pub use add::{NewAccount, add};
pub use console_decree::record_decree;
pub use password::{PASSWORD_MIN_CHARACTERS, set_password};
pub use roles::set_roles;
pub use see::{Account, get_account, list_accounts};

/// Whose account is meant.
#[derive(Debug, Clone)]
pub enum Whose {
    Username(String),
    Id(StaffId),
}

impl From<&str> for Whose {
    fn from(username: &str) -> Self {
        Self::Username(username.to_owned())
    }
}

impl From<StaffId> for Whose {
    fn from(id: StaffId) -> Self {
        Self::Id(id)
    }
}

/// Whether an account of this user name exists.
pub async fn exists(office: &Office, username: &str) -> Result<bool, AppError> {
    let mut tx = office.begin().await?;
    Ok(staff::find_by_username(&mut tx, username).await?.is_some())
}

/// A random password of staff: 16 characters of the code alphabet, 79 bits.
pub fn random_password(office: &Office) -> SecretString {
    SecretString::from(code_alphabet::sample(16, || {
        let mut byte = [0];
        office.vault.entropy().fill(&mut byte);
        byte[0]
    }))
}

/// An account that the keeper looks after; any other is not there.
pub(in crate::app) async fn kept_account(
    conn: &mut PgConnection,
    keeper: &Keeper,
    whose: &Whose,
) -> Result<Staff, AppError> {
    let found = match whose {
        Whose::Username(username) => staff::find_by_username(conn, username).await?.map(|(staff, _)| staff),
        Whose::Id(id) => staff::find(conn, *id).await?,
    };
    found.filter(|member| keeper.looks_after(member.office)).ok_or(AppError::NotFound("account"))
}

/// An account that the keeper looks after and that reaches no further than the keeper does: who looks after one office
/// gets no hold of rights beyond it.
pub(in crate::app) async fn changeable(
    conn: &mut PgConnection,
    keeper: &Keeper,
    whose: &Whose,
) -> Result<Staff, AppError> {
    let member = kept_account(conn, keeper, whose).await?;
    let roles = staff::roles(conn, member.id).await?;
    if keeper.office.is_some() && roles.iter().any(|(_, scope)| *scope != Scope::Office) {
        return Err(AppError::fault(
            "/scope",
            "beyond",
            "only who looks after every office changes this account",
        ));
    }
    Ok(member)
}

/// Nobody takes rights from their own account or gives it any.
fn not_their_own(keeper: &Keeper, member: &Staff) -> Result<(), AppError> {
    if keeper.by == By::Staff(member.id) {
        return Err(AppError::fault("/roles", "own", "another operator changes this account"));
    }
    Ok(())
}

fn home(member: &Staff) -> Result<OfficeCode, AppError> {
    member.office.ok_or_else(|| AppError::fault("/username", "no_office", "the account belongs to no office"))
}

/// Whether an account of this office may hold these roles, and whether this keeper may give them.
fn check_roles(keeper: &Keeper, office: Option<OfficeCode>, roles: &[(Role, Scope)]) -> Result<(), AppError> {
    if roles.is_empty() {
        return Err(AppError::fault("/roles", "required", "the account needs a role"));
    }
    if roles.len() > 1 && roles.iter().any(|(role, _)| *role == Role::Operator) {
        return Err(AppError::fault("/roles", "operator", "an operator holds no other role"));
    }
    for (role, scope) in roles {
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
        if *scope != Scope::Office && keeper.office.is_some() {
            return Err(AppError::fault(
                "/scope",
                "beyond",
                "only who looks after every office gives this scope",
            ));
        }
        if office.is_none() && (!beyond || *scope == Scope::Office) {
            return Err(AppError::fault("/office", "missing", "this role needs an office"));
        }
    }
    if !keeper.looks_after(office) {
        return Err(AppError::fault("/office", "unknown", "no such office; import the offices first"));
    }
    Ok(())
}
