use super::{Whose, changeable, check_roles, not_their_own};
use crate::{
    app::{AppError, Office, desk::Desk},
    domain::names::{Role, Scope},
    store::{
        audit::{self, Event},
        staff,
    },
};

/// Replaces the roles of an account when nobody else changed it since `version`.
pub async fn set_roles(
    office: &Office,
    desk: Desk,
    whose: impl Into<Whose>,
    version: i32,
    roles: &[(Role, Scope)],
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    let member = changeable(&mut tx, &keeper, &whose.into()).await?;
    not_their_own(&keeper, &member)?;
    check_roles(&keeper, member.office, roles)?;
    staff::touch(&mut tx, member.id, version).await?;
    let before = staff::roles(&mut tx, member.id).await?;
    staff::revoke_roles(&mut tx, member.id).await?;
    for &(role, scope) in roles {
        staff::grant_role(&mut tx, member.id, role, scope).await?;
    }
    let names = |roles: &[(Role, Scope)]| -> Vec<_> {
        roles.iter().map(|(role, scope)| (role.as_str(), scope.as_str())).collect()
    };
    let detail = serde_json::json!({ "before": names(&before), "after": names(roles) });
    let mut event = Event::new(keeper.by, "set_staff_roles").subject(member.id.0).detail(detail);
    event.office = member.office;
    audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(())
}
