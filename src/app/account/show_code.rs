//! A code is shown on purpose only: on record, and told to the account's address.

use super::owner;
use crate::{
    app::{
        AppError, Office,
        secrets::codes::{self, CodeOf},
        words::extras::AccountChange,
    },
    domain::{credential::ActivationCode, ids::AccountSessionId, names::named},
    store,
};

named! {
    /// Which of the two codes of a pair.
    WhichCode {
        Account = "account",
        Desktop = "desktop",
    }
}

/// Opens one code of the own pair.
///
/// Errors: [`AppError::Unauthenticated`].
pub async fn show_code(
    office: &Office,
    session: AccountSessionId,
    which: WhichCode,
) -> Result<ActivationCode, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let owner = owner(office, &mut tx, session, now).await?;
    let sealed = store::credentials::sealed_codes(&mut tx, owner.pair.id)
        .await?
        .ok_or(AppError::NotFound("credential"))?;
    let (of, bytes, act, change) = match which {
        WhichCode::Account => (CodeOf::Account, &sealed.code, "show_code", AccountChange::CodeShown),
        WhichCode::Desktop => {
            (CodeOf::Desktop, &sealed.desktop, "show_desktop_code", AccountChange::DesktopCodeShown)
        }
    };
    let code = codes::open(office, owner.pair.id, of, bytes)?;
    owner.done(office, &mut tx, act, change, now).await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(code)
}
