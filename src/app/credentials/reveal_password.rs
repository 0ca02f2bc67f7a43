//! The one-time password link: GET changes nothing, POST shows a fresh password.

use chrono::{DateTime, TimeDelta, Utc};

use super::{AppError, Office};
use crate::{
    app::secrets::{
        links::{Presented, is_for_password_link},
        passwords,
    },
    domain::{
        credential::{FreshPassword, LinkState, MAX_REVEALS},
        names::CredentialState,
        tax_id::TaxId,
    },
    store::{
        self,
        audit::{By, Event},
        links::PasswordLink,
        throttles::Limit,
    },
};

/// Wrong NPWPs on one link slow down; the right one after the pause is always taken.
const WRONG_NPWP: Limit = Limit {
    bucket: "reveal_password",
    free: 5,
    first_pause: TimeDelta::seconds(2),
    longest_pause: TimeDelta::minutes(5),
    forgotten_after: TimeDelta::hours(1),
};

/// What the page of a link shows before anything is pressed.
#[derive(Debug, Clone)]
pub struct LinkView {
    pub state: LinkState,
    pub office_name: String,
    pub office_phone: Option<String>,
}

/// A password, shown once on the page.
#[derive(Debug)]
pub struct Revealed {
    pub password: FreshPassword,
    pub pkp_name: String,
    /// How often it may still be replaced within the window.
    pub reveals_left: i32,
}

/// What GET shows. Changes nothing: mail scanners open every link.
pub async fn view_link(office: &Office, token: &str) -> Result<LinkView, AppError> {
    let mut tx = office.begin().await?;
    let link = genuine(office, &mut tx, token).await?;
    let row = store::offices::find(&mut tx, link.office).await?.ok_or(AppError::NotFound("office"))?;
    tx.rollback().await?;
    Ok(LinkView { state: link.state(office.now()), office_name: row.name, office_phone: row.phone })
}

/// Makes a fresh password, keeps its hash, and gives it back to be shown. Each replaces the last, so that a lost
/// answer harms nobody; the fifth, or fifteen minutes after the first, closes the link.
pub async fn reveal_password(office: &Office, token: &str, npwp: &str) -> Result<Revealed, AppError> {
    {
        // Strangers with no link of ours get no costly hash.
        let mut tx = office.begin().await?;
        usable(&genuine(office, &mut tx, token).await?, office.now())?;
    }
    let password = passwords::mint(office);
    // Hashed before any row is locked: it takes long on purpose.
    let hash = passwords::hash(office, &password).await?;

    let now = office.now();
    let mut tx = office.begin().await?;
    let seen = genuine(office, &mut tx, token).await?;
    // Taxpayer, pair, link: in the order of every act that ends links, so that nobody waits in a circle.
    let not_found = || AppError::NotFound("credential");
    let owner =
        store::credentials::find_unlocked(&mut tx, seen.credential).await?.ok_or_else(not_found)?.taxpayer;
    store::taxpayers::lock(&mut tx, owner).await?;
    let pair = store::credentials::find(&mut tx, seen.credential).await?.ok_or_else(not_found)?;
    let link = store::links::lock_password_link(&mut tx, seen.id).await?.ok_or(AppError::NotFound("link"))?;
    let subject = office.vault.lookup("throttle.password_link", &link.id.to_string());
    if let Some(retry_after) = store::throttles::waiting(&mut tx, &WRONG_NPWP, &subject, now).await? {
        return Err(AppError::TooManyAttempts { retry_after });
    }
    usable(&link, now)?;
    if pair.state != CredentialState::Active {
        return Err(AppError::LinkEnded(LinkState::Closed));
    }
    let typed = match TaxId::parse(npwp) {
        Ok(tax_id) => store::taxpayers::find_by_tax_id(&mut tx, &tax_id).await?.map(|taxpayer| taxpayer.id),
        Err(_) => None,
    };
    if typed != Some(pair.taxpayer) {
        store::throttles::hit(&mut tx, &WRONG_NPWP, &subject, now).await?;
        tx.commit().await?;
        return Err(AppError::fault(
            "/npwp",
            "npwp",
            "NPWP tidak cocok dengan tautan ini. Periksa kembali, lalu coba lagi.",
        ));
    }
    store::throttles::forget(&mut tx, &WRONG_NPWP, &subject).await?;
    store::links::count_reveal(&mut tx, &link, now).await?;
    store::credentials::set_password(&mut tx, pair.id, Some(&hash), None, now).await?;
    let taxpayer = store::taxpayers::get(&mut tx, pair.taxpayer).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Taxpayer, "reveal_password")
            .office(link.office)
            .taxpayer(pair.taxpayer)
            .subject(pair.id.0)
            .detail(serde_json::json!({ "reveal": link.reveals + 1 })),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(Revealed { password, pkp_name: taxpayer.name, reveals_left: MAX_REVEALS - link.reveals - 1 })
}

fn usable(link: &PasswordLink, now: DateTime<Utc>) -> Result<(), AppError> {
    match link.state(now) {
        LinkState::Open | LinkState::Revealed => Ok(()),
        state @ (LinkState::Closed | LinkState::Expired) => Err(AppError::LinkEnded(state)),
    }
}

/// The link that a token belongs to. Forged and unknown ones are the same: not found.
async fn genuine(
    office: &Office,
    conn: &mut sqlx::PgConnection,
    token: &str,
) -> Result<PasswordLink, AppError> {
    let presented = Presented::parse(token).ok_or(AppError::NotFound("link"))?;
    let link = store::links::find_password_link(conn, presented.password_link())
        .await?
        .ok_or(AppError::NotFound("link"))?;
    if is_for_password_link(office, &link, &presented)? { Ok(link) } else { Err(AppError::NotFound("link")) }
}
