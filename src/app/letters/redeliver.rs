//! Another way for a letter that came back, bounced, or waits on the wrong one. Every attempt before it stays in the history.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{HeldLetter, hold, may_redirect, still_stands, visible_letter};
use crate::{
    app::{
        AppError, Office, actor,
        bounces::suppression,
        post::{NewMail, queue_mail},
        signing::delivery::SETTLED_AFTER,
    },
    domain::{
        ids::{LetterId, SessionId},
        line::Line,
        names::{AddressProof, Delivery, Sender},
        request::Request,
    },
    letters::EmailKind,
    store::{
        self,
        audit::{By, Event},
        deliveries::NewDelivery,
        letters::LetterRowKind,
    },
};

/// How the letter leaves now.
#[derive(Debug, Clone)]
pub enum NewWay {
    /// To the address on the letter, or to another one that the PKP has proven to be right.
    Post {
        address: Option<Line<250>>,
    },
    Counter,
    /// To the address that was frozen with the letter.
    Email,
}

impl NewWay {
    fn name(&self) -> Delivery {
        match self {
            Self::Post { .. } => Delivery::Post,
            Self::Counter => Delivery::Counter,
            Self::Email => Delivery::Email,
        }
    }
}

/// Not a letter that is out: it came back first, or never left.
pub async fn redeliver(
    office: &Office,
    session: SessionId,
    id: LetterId,
    way: &NewWay,
    reason: &Line<500>,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let seen = visible_letter(&mut tx, &colleague, id).await?;
    may_redirect(&colleague, &seen)?;
    // Messages before letters: whoever needs both locks them in this order.
    let failed = store::messages::supersede_failed_of_letter(&mut tx, id, now).await?;
    let held = hold(&mut tx, &colleague, id).await?;
    still_stands(&mut tx, id).await?;
    check(&held, failed)?;
    let address = match way {
        NewWay::Post { address } => address.as_ref(),
        NewWay::Counter | NewWay::Email => None,
    };
    let to = allowed(office, &mut tx, &held, way, now).await?;
    let new = NewDelivery {
        letter: id,
        way: way.name(),
        by: colleague.id,
        reason: reason.as_str(),
        address: address.map(Line::as_str),
    };
    let number = store::deliveries::begin(&mut tx, &new, now).await?;
    if let Some(to) = to {
        let mail = NewMail {
            office_code: Some(held.letter.office),
            request: Some(held.letter.request),
            letter: Some(id),
            ..NewMail::new(EmailKind::LetterDelivery, to)
        };
        queue_mail(office, &mut tx, mail).await?;
    }
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), "redeliver_letter")
            .office(held.letter.office)
            .request(held.letter.request)
            .subject(id.0)
            .detail(serde_json::json!({
                "way": way.name(), "number": number, "reason": reason.as_str(), "other_address": address.is_some(),
            })),
        now,
    )
    .await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(())
}

fn check(held: &HeldLetter, failed_mails: u64) -> Result<(), AppError> {
    match held.current.way {
        Delivery::Email if failed_mails == 0 && !held.given_up => Err(AppError::NotFailed),
        Delivery::Post | Delivery::Counter if held.current.is_out() => Err(AppError::HandedOutAlready),
        Delivery::Email | Delivery::Post | Delivery::Counter => Ok(()),
    }
}

/// Whether this letter may leave on this way; for an e-mail, its address.
async fn allowed(
    office: &Office,
    conn: &mut PgConnection,
    held: &HeldLetter,
    way: &NewWay,
    now: DateTime<Utc>,
) -> Result<Option<crate::domain::email_address::EmailAddress>, AppError> {
    let letter = &held.letter;
    match way {
        NewWay::Post { .. } if letter.copy_number.is_some() => Err(AppError::fault(
            "/way",
            "counter_only",
            "Cetak ulang hanya diserahkan di loket setelah identitas asli dilihat.",
        )),
        NewWay::Post { .. } | NewWay::Counter => Ok(None),
        // The same address again is what `resend_message` is for.
        NewWay::Email if held.current.way == Delivery::Email => Err(not_by_email()),
        NewWay::Email => {
            let request =
                store::requests::find(conn, letter.request).await?.ok_or(AppError::NotFound("request"))?;
            let account = store::accounts::find(conn, request.taxpayer).await?;
            let settled = account.as_ref().is_some_and(|account| {
                account.email_changed_at.is_none_or(|changed| now - changed >= SETTLED_AFTER)
            });
            let to = letter.addressee.clone().ok_or_else(not_by_email)?;
            let accounts_own = account.is_some_and(|account| account.email.is_same_mailbox(&to));
            let right = match letter.kind {
                LetterRowKind::RefusalNotice => trusted(&request),
                _ => trusted(&request) && accounts_own && settled && request.bundle.is_none(),
            };
            if !right {
                return Err(not_by_email());
            }
            if suppression::of_address(office, conn, &to, now).await?.is_some() {
                return Err(AppError::AddressSuppressed);
            }
            Ok(Some(to))
        }
    }
}

fn trusted(request: &Request) -> bool {
    request.sender != Sender::Unknown && request.address_proof == AddressProof::Proven
}

fn not_by_email() -> AppError {
    AppError::fault(
        "/way",
        "not_permitted",
        "Surat ini tidak boleh dikirim lewat email: alamatnya belum terbukti milik PKP, baru diganti, atau pernah gagal.",
    )
}
