//! Who is signed in, as of today.

use super::{
    AppError, Office,
    actor::{self, Colleague},
};
use crate::{
    domain::ids::SessionId,
    store::{self, staff::ActingDays},
};

/// The person of the session and the days on which they act as section head, when today is one of them.
pub async fn who_am_i(
    office: &Office,
    session: SessionId,
) -> Result<(Colleague, Option<ActingDays>), AppError> {
    let mut tx = office.begin().await?;
    let now = office.now();
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let acting = match colleague.office {
        Some(code) => {
            let today = actor::local_day(&mut tx, code, now).await?;
            store::staff::acting_days(&mut tx, colleague.id, code, today).await?
        }
        None => None,
    };
    Ok((colleague, acting))
}
