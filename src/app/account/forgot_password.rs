//! *Lupa password*: NPWP, Kode Aktivasi and the registered address bring a link to a new password.
//!
//! Asking keeps what was typed, sealed, and leaves the comparing to a job: answer and work are the same for everybody, right or
//! wrong, known or not. Nothing but the mailbox tells what came of it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::{
    app::{
        AppError, Office,
        limits::{self, CallerAddress},
        post::{NewMail, NewPassword, open_password_link, queue_mail, to_json},
        secrets::codes::{self, CodeOf},
        words::extras::ForgottenAttempt,
    },
    domain::{
        credential::ActivationCode, email_address::EmailAddress, ids::ForgottenId, names::CredentialState,
        office::OfficeCode, tax_id::TaxId,
    },
    letters::EmailKind,
    store::{
        self,
        accounts::Account,
        audit::{By, Event},
        credentials::Credential,
        jobs::CompareForgotten,
    },
    vault::seal::Aad,
};

/// Wrong attempts are told to the account's address at most this often.
const TOLD_EVERY: TimeDelta = TimeDelta::hours(24);

/// What was typed, until it is compared.
#[derive(Serialize, Deserialize)]
struct Typed {
    npwp: String,
    code: String,
    email: String,
}

/// Takes an attempt in. Limits hold for each NPWP, mailbox and network, on all replicas together.
///
/// Errors: [`AppError::TooManyAttempts`].
pub async fn forgot_password(
    office: &Office,
    npwp: &TaxId,
    code: &ActivationCode,
    email: &EmailAddress,
    from: CallerAddress,
) -> Result<(), AppError> {
    let gates = [
        office.gate(limits::FORGOT_NPWP, &npwp.canonical()),
        office.gate(limits::FORGOT_MAILBOX, &email.canonical()),
        office.network_gate(limits::FORGOT_NETWORK, from),
    ];
    let now = office.now();
    let mut tx = office.begin().await?;
    for gate in &gates {
        gate.pass(&mut tx, now).await?;
    }
    for gate in &gates {
        gate.count(&mut tx, now).await?;
    }
    let id = ForgottenId(Uuid::now_v7());
    let typed =
        Typed { npwp: npwp.digits().to_owned(), code: code.bare().to_owned(), email: email.to_string() };
    let text = serde_json::to_vec(&typed).map_err(|error| AppError::Internal(error.into()))?;
    let sealed = office.vault.seal(&place(id), &text)?;
    store::forgotten_passwords::insert(&mut tx, id, &sealed, now).await?;
    store::jobs::enqueue(&mut tx, &CompareForgotten { forgotten_id: id }, now, now).await?;
    store::audit::record(&mut tx, Event::new(By::Stranger, "forgot_password").subject(id.0), now).await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(())
}

/// Compares an attempt once: a link to the account's address when all of it is right, else a warning there, at most one a day.
pub async fn compare_forgotten(office: &Office, id: ForgottenId) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let Some(sealed) = store::forgotten_passwords::lock(&mut tx, id).await? else { return Ok(()) };
    let text = office.vault.open(&place(id), &sealed)?;
    let typed: Typed = serde_json::from_slice(&text).map_err(|error| AppError::Internal(error.into()))?;
    store::forgotten_passwords::compared(&mut tx, id, now).await?;
    if let Some((pair, account)) = meant(&mut tx, &typed).await? {
        let issuer: OfficeCode = pair.office.parse().map_err(|_| AppError::NotFound("office"))?;
        let mut warned = false;
        let right = is_right(office, &mut tx, &typed, &pair, &account).await?;
        if right {
            let new = NewPassword {
                credential: pair.id,
                office_code: issuer,
                request: None,
                always_link: true,
                to: account.email,
                data: serde_json::json!({}),
            };
            open_password_link(office, &mut tx, new).await?;
        } else {
            warned = warn(office, &mut tx, &pair, issuer, account, now).await?;
        }
        let act = match (right, warned) {
            (true, _) => "send_forgotten_password",
            (false, true) => "warn_forgotten_password",
            (false, false) => "refuse_forgotten_password",
        };
        let event = Event::new(By::System, act).office(issuer).taxpayer(pair.taxpayer).subject(pair.id.0);
        store::audit::record(&mut tx, event, now).await?;
    }
    tx.commit().await?;
    office.wake.ring();
    Ok(())
}

/// The active pair of the NPWP with its account, its taxpayer locked.
async fn meant(conn: &mut PgConnection, typed: &Typed) -> Result<Option<(Credential, Account)>, AppError> {
    let Ok(npwp) = TaxId::parse(&typed.npwp) else { return Ok(None) };
    let Some(taxpayer) = store::taxpayers::find_by_tax_id(conn, &npwp).await? else { return Ok(None) };
    store::taxpayers::lock(conn, taxpayer.id).await?;
    let (current, _) = store::credentials::presented(conn, Some(taxpayer.id)).await?;
    let pair = current.map(|current| current.pair).filter(|pair| pair.state == CredentialState::Active);
    let account = store::accounts::find(conn, taxpayer.id).await?;
    Ok(pair.zip(account))
}

async fn is_right(
    office: &Office,
    conn: &mut PgConnection,
    typed: &Typed,
    pair: &Credential,
    account: &Account,
) -> Result<bool, AppError> {
    let kept = store::credentials::code_lookup(conn, pair.id).await?.unwrap_or_default();
    let code = ActivationCode::parse(&typed.code).ok();
    let same_code = code.is_some_and(|code| {
        bool::from(codes::lookup(office, CodeOf::Account, &code).as_slice().ct_eq(&kept))
    });
    let same_address =
        typed.email.parse::<EmailAddress>().is_ok_and(|email| account.email.is_same_mailbox(&email));
    Ok(same_code && same_address)
}

/// Whether it was told now.
async fn warn(
    office: &Office,
    conn: &mut PgConnection,
    pair: &Credential,
    issuer: OfficeCode,
    account: Account,
    now: DateTime<Utc>,
) -> Result<bool, AppError> {
    let kind = EmailKind::ForgotPasswordAttempt;
    if store::messages::were_queued_since(conn, kind.as_str(), pair.id, now - TOLD_EVERY).await? {
        return Ok(false);
    }
    let mail = NewMail {
        office_code: Some(issuer),
        credential: Some(pair.id),
        data: to_json(&ForgottenAttempt { at: now })?,
        ..NewMail::new(kind, account.email)
    };
    queue_mail(office, conn, mail).await?;
    Ok(true)
}

fn place(id: ForgottenId) -> Aad {
    Aad::new("forgotten_passwords", "typed_sealed", id.0)
}
