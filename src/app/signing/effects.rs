//! What a grant does to pair and account, in the transaction of the signature.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::decided::Decided;
use crate::{
    app::{
        AppError, Office,
        post::{NewMail, NewPassword, open_not_us_link, open_password_link, queue_mail, to_json},
        secrets::codes::{self, CodeOf},
        withdraw::end_by_withdrawal,
        words::extras::ChangeNotice,
    },
    domain::{
        email_address::EmailAddress,
        ids::CredentialId,
        indonesian,
        names::{AddressProof, CredentialState, Kind, Sender, WithdrawnReason},
        office::OfficeCode,
    },
    letters::EmailKind,
    store::{
        self,
        audit::{By, Event},
        credentials::{NewCredential, SealedCode},
    },
};

/// Before the number is allocated: everything that takes locks. `new_credentials` and `move_office` end what must
/// end; `update_email` changes the account.
pub(super) async fn before_the_number(
    office: &Office,
    conn: &mut PgConnection,
    decided: &Decided,
    by: By,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    match decided.request.kind {
        Kind::NewCredentials | Kind::Reprint => Ok(()),
        Kind::MoveOffice => end_at_the_old_office(office, conn, decided, by, now).await,
        Kind::UpdateEmail => change_email(office, conn, decided, by, now).await,
    }
}

/// The address of the account after the signature. An existing account keeps its address: only `update_email` changes
/// it, and a new grant may when the request's address is proven and known.
pub(super) fn account_email(decided: &Decided) -> EmailAddress {
    let request = &decided.request;
    let trusted = request.sender != Sender::Unknown && request.address_proof == AddressProof::Proven;
    match (&decided.account, request.kind) {
        (None, _) | (Some(_), Kind::UpdateEmail) => request.filed.email.clone(),
        (Some(_), Kind::NewCredentials) if trusted => request.filed.email.clone(),
        (Some(account), Kind::NewCredentials | Kind::Reprint | Kind::MoveOffice) => account.email.clone(),
    }
}

/// A new pair with its account and the way to its password.
pub(super) async fn mint_pair(
    office: &Office,
    conn: &mut PgConnection,
    decided: &Decided,
    letter_number: &str,
    letter_on: NaiveDate,
    by: By,
    now: DateTime<Utc>,
) -> Result<CredentialId, AppError> {
    let id = CredentialId(Uuid::now_v7());
    let code = codes::mint(office);
    // Equal at first; a reset of the e-Faktur client changes the desktop code only.
    let account_code = codes::seal(office, id, CodeOf::Account, &code)?;
    let desktop_code = codes::seal(office, id, CodeOf::Desktop, &code)?;
    store::credentials::insert(
        conn,
        &NewCredential {
            id,
            taxpayer: decided.taxpayer.id,
            office: decided.row.code.as_str(),
            origin: "issued",
            letter_number,
            letter_on,
            code: Some(SealedCode { sealed: &account_code.sealed, lookup: &account_code.lookup }),
            desktop: Some(SealedCode { sealed: &desktop_code.sealed, lookup: &desktop_code.lookup }),
            state: CredentialState::Active,
            state_reason: None,
        },
        now,
    )
    .await?;
    let email = account_email(decided);
    // An account that keeps its address keeps both of them: only an e-mail change may change them.
    let stays = decided.account.as_ref().is_some_and(|account| account.email.is_same_mailbox(&email));
    if !stays {
        let alternate = decided.request.filed.alternate_email.as_ref();
        store::accounts::open(conn, decided.taxpayer.id, &email, alternate, now).await?;
    }
    store::audit::record(
        conn,
        Event::new(by, "mint_pair")
            .office(decided.row.code)
            .request(decided.request.id)
            .taxpayer(decided.taxpayer.id)
            .subject(id.0),
        now,
    )
    .await?;
    password_mail(office, conn, decided, id, email).await?;
    Ok(id)
}

async fn password_mail(
    office: &Office,
    conn: &mut PgConnection,
    decided: &Decided,
    credential: CredentialId,
    to: EmailAddress,
) -> Result<(), AppError> {
    let new = NewPassword {
        always_link: false,
        credential,
        office_code: decided.row.code,
        request: Some(decided.request.id),
        to,
        data: serde_json::json!({}),
    };
    open_password_link(office, conn, new).await?;
    Ok(())
}

/// The old pair is superseded; what the PKP has open at another office is withdrawn.
async fn end_at_the_old_office(
    office: &Office,
    conn: &mut PgConnection,
    decided: &Decided,
    by: By,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    match &decided.pair {
        Some(pair) => {
            store::credentials::change_state(conn, pair, CredentialState::Superseded, "moved", now).await?;
            store::links::close_password_links(conn, pair.id, now).await?;
            store::messages::supersede_queued_links(conn, pair.id, now).await?;
            store::audit::record(
                conn,
                Event::new(by, "supersede_pair")
                    .office(decided.row.code)
                    .request(decided.request.id)
                    .taxpayer(decided.taxpayer.id)
                    .subject(pair.id.0),
                now,
            )
            .await?;
        }
        None => record_external_pair(conn, decided, by, now).await?,
    }
    for open in store::requests::lock_open_of_taxpayer(conn, decided.taxpayer.id).await? {
        if open.office != decided.row.code {
            end_by_withdrawal(office, conn, open, WithdrawnReason::Moved, By::System, now).await?;
        }
    }
    Ok(())
}

/// The old office is not served here: its pair is recorded as external, so that the history is whole.
async fn record_external_pair(
    conn: &mut PgConnection,
    decided: &Decided,
    by: By,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let filed = &decided.request.filed;
    let (Some(previous), Some(number), Some(on)) =
        (&filed.previous_office, &filed.old_letter_number, filed.old_letter_on)
    else {
        return Ok(());
    };
    let new = NewCredential {
        id: CredentialId(Uuid::now_v7()),
        taxpayer: decided.taxpayer.id,
        office: previous.as_str(),
        origin: "external",
        letter_number: number.as_str(),
        letter_on: on,
        code: None,
        desktop: None,
        state: CredentialState::Superseded,
        state_reason: Some("moved"),
    };
    store::credentials::insert(conn, &new, now).await?;
    let event = Event::new(by, "record_external_pair").office(decided.row.code).request(decided.request.id);
    Ok(store::audit::record(conn, event.taxpayer(decided.taxpayer.id).subject(new.id.0), now).await?)
}

/// The account's address changes, the password ends, the old address is told.
async fn change_email(
    office: &Office,
    conn: &mut PgConnection,
    decided: &Decided,
    by: By,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let (Some(account), Some(pair)) = (&decided.account, &decided.pair) else {
        return Err(AppError::VerdictForbids);
    };
    let request = &decided.request;
    let alternate = request.filed.alternate_email.as_ref();
    store::accounts::change_email(conn, account.taxpayer, &request.filed.email, alternate, now).await?;
    store::credentials::set_password(conn, pair.id, None, None, now).await?;
    store::audit::record(
        conn,
        Event::new(by, "change_account_email")
            .office(decided.row.code)
            .request(request.id)
            .taxpayer(account.taxpayer)
            .subject(pair.id.0),
        now,
    )
    .await?;
    password_mail(office, conn, decided, pair.id, request.filed.email.clone()).await?;
    let not_us = warn_link(office, conn, decided, "email_changed").await?;
    let notice = ChangeNotice {
        old_masked: account.email.masked(),
        new_masked: request.filed.email.masked(),
        changed_at: now,
        signer_masked: indonesian::masked_name(request.filed.signer_name.as_str()),
        capacity: request.filed.signer_capacity,
    };
    queue_mail(
        office,
        conn,
        NewMail {
            office_code: Some(decided.row.code),
            request: Some(request.id),
            not_us: Some(not_us),
            data: to_json(&notice)?,
            ..NewMail::new(EmailKind::ChangeNoticeOldAddress, account.email.clone())
        },
    )
    .await?;
    Ok(())
}

/// A "this was not us" link for a notice of this signature.
pub(super) async fn warn_link(
    office: &Office,
    conn: &mut PgConnection,
    decided: &Decided,
    cause: &'static str,
) -> Result<crate::domain::ids::NotUsId, AppError> {
    let code: OfficeCode = decided.row.code;
    open_not_us_link(office, conn, decided.taxpayer.id, code, Some(decided.request.id), cause).await
}
