//! What happened to the pair of a PKP: every change and every look at a code, when, on which way, and why.

use chrono_tz::Tz;
use serde::Serialize;
use sqlx::PgConnection;

use super::owner;
use crate::{
    app::{AppError, Office, views::parts::AtOffice},
    domain::ids::{AccountSessionId, TaxpayerId},
    store::{self, audit::TaxpayerEvent},
};

/// Acts that a PKP hears of, as the audit names them.
pub(super) const ACTS: [&str; 17] = [
    "mint_pair",
    "change_account_email",
    "reveal_password",
    "password_made",
    "resend_password_link",
    "send_forgotten_password",
    "warn_forgotten_password",
    "change_password",
    "show_code",
    "show_desktop_code",
    "reset_desktop_code",
    "download_letter",
    "report_not_us",
    "suspend_own_pair",
    "lift_suspension",
    "supersede_pair",
    "revoke_pair",
];
/// Of these, the ones that made the password what it is. Looked up apart: much else may have happened since.
pub(super) const PASSWORD_ACTS: [&str; 3] = ["reveal_password", "password_made", "change_password"];

/// What was done, when, on which way, and the request that it came of.
#[derive(Debug, Clone, Serialize)]
pub struct Happening {
    /// Where the next page begins.
    #[serde(skip)]
    pub id: i64,
    pub act: String,
    pub at: AtOffice,
    pub way: Way,
    pub receipt_number: Option<String>,
}

/// On which way something was done, as the PKP would say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    Account,
    Link,
    Office,
    Service,
    /// By somebody who did not prove to be the PKP.
    Stranger,
}

/// What happened, the latest first; with `before` only what is older than that.
///
/// Errors: [`AppError::Unauthenticated`].
pub async fn history(
    office: &Office,
    session: AccountSessionId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Happening>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let owner = owner(office, &mut tx, session, now).await?;
    let row = store::offices::find(&mut tx, owner.office).await?.ok_or(AppError::NotFound("office"))?;
    let events = store::audit::of_taxpayer(&mut tx, owner.pair.taxpayer, &ACTS, before, limit).await?;
    // Keeps that the session is in use.
    tx.commit().await?;
    Ok(events.into_iter().map(|event| happening(event, row.zone)).collect())
}

/// The latest of these acts.
pub(super) async fn latest(
    conn: &mut PgConnection,
    taxpayer: TaxpayerId,
    acts: &[&str],
    limit: i64,
    zone: Tz,
) -> Result<Vec<Happening>, AppError> {
    let events = store::audit::of_taxpayer(conn, taxpayer, acts, None, limit).await?;
    Ok(events.into_iter().map(|event| happening(event, zone)).collect())
}

fn happening(event: TaxpayerEvent, zone: Tz) -> Happening {
    let way = match (event.act.as_str(), event.actor_kind.as_str()) {
        ("reveal_password" | "report_not_us", _) => Way::Link,
        ("warn_forgotten_password", _) => Way::Stranger,
        (_, "taxpayer") => Way::Account,
        (_, "staff") => Way::Office,
        _ => Way::Service,
    };
    Happening {
        id: event.event_id,
        act: event.act,
        at: AtOffice(event.at, zone),
        way,
        receipt_number: event.receipt_number,
    }
}
