//! Sends an e-mail again that did not arrive: to the address that was frozen, to that of the account as it is now, or to
//! a corrected one that was proven. The mail that failed is superseded by the new one, so that what still comes back
//! about it disturbs nothing; it is the same letter, never a second one.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    app::{
        AppError, Office, actor,
        bounces::{mail_in_care, suppression},
        callers::ProofToken,
        post::goes_to_the_filer,
        signing::delivery::SETTLED_AFTER,
    },
    domain::{
        email_address::EmailAddress,
        ids::{MessageId, SessionId},
        line::Line,
        request::Request,
    },
    letters::EmailKind,
    store::{
        self, StoreError,
        audit::{By, Event},
        jobs::SendMessage,
        letters::LetterRowKind,
        mail_addresses::Correction,
        messages::Message,
        proofs::Proof,
        tasks::TaskKind,
    },
};

/// Where it goes this time.
#[derive(Debug, Clone)]
pub enum ResendTo {
    /// The address that was frozen with the mail.
    Same,
    /// The address of the account as it is now, for what goes to the account.
    Account,
    /// A corrected address, proven by the code that was sent to it, after the identity was seen. For what goes to the
    /// address of the request; later mails of the request go there too.
    Corrected(ProofToken),
}

impl ResendTo {
    fn name(&self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Account => "account",
            Self::Corrected(_) => "corrected",
        }
    }
}

/// The mail that takes the place of the one that failed. Operators send to the same address only.
pub async fn resend_message(
    office: &Office,
    session: SessionId,
    id: MessageId,
    to: &ResendTo,
    reason: &Line<500>,
) -> Result<MessageId, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let (_, request, caretaker) = mail_in_care(&mut tx, &colleague, id).await?;
    // Another address is a decision about the request.
    if caretaker.operates && !matches!(to, ResendTo::Same) {
        return Err(AppError::Forbidden);
    }
    let proof = proof_of(&mut tx, to, now).await?;
    // What changes the address of an account holds its taxpayer.
    store::taxpayers::lock(&mut tx, request.taxpayer).await?;
    let failed = store::messages::lock(&mut tx, id).await?.ok_or(AppError::NotFound("message"))?;
    if let Some(letter) = failed.letter {
        super::still_stands(&mut tx, letter).await?;
    }
    let email = address(&mut tx, to, proof.as_ref(), &failed, &request, now).await?;
    if suppression::of_address(office, &mut tx, &email, now).await?.is_some() {
        return Err(AppError::AddressSuppressed);
    }
    store::messages::supersede_failed(&mut tx, id, now).await.map_err(|error| match error {
        StoreError::Stale { .. } => AppError::NotFailed,
        StoreError::Database(_) | StoreError::Inconsistent { .. } => error.into(),
    })?;
    let again = MessageId(Uuid::now_v7());
    store::messages::insert_again(&mut tx, again, id, &email, now).await?;
    store::jobs::enqueue(&mut tx, &SendMessage { message_id: again }, now, now).await?;
    if let Some(proof) = &proof {
        store::proofs::consume(&mut tx, proof.id, now).await?;
        let correction = Correction { request: request.id, email: &email, proof: proof.id, by: caretaker.id };
        store::mail_addresses::correct(&mut tx, &correction, now).await?;
    }
    store::tasks::close_about(
        &mut tx,
        (request.office, TaskKind::MailFailed, &failed.help_desk_number),
        caretaker.id,
        reason.as_str(),
        now,
    )
    .await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(caretaker.id), "resend_message")
            .office(request.office)
            .request(request.id)
            .subject(id.0)
            .detail(serde_json::json!({
                "reason": reason.as_str(), "to": to.name(), "identity_seen": proof.is_some(), "by": again,
            })),
        now,
    )
    .await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(again)
}

/// The proof of a corrected address, locked.
async fn proof_of(
    conn: &mut PgConnection,
    to: &ResendTo,
    now: DateTime<Utc>,
) -> Result<Option<Proof>, AppError> {
    let ResendTo::Corrected(token) = to else { return Ok(None) };
    let proof = store::proofs::lock_by_token(conn, token.sha256()).await?;
    let usable =
        |proof: &Proof| proof.used_at.is_none() && proof.proof_expires_at.is_some_and(|end| end > now);
    proof.filter(usable).map(Some).ok_or_else(|| {
        AppError::fault("/proof_token", "proof", "Bukti alamat email tidak berlaku lagi; minta kode baru.")
    })
}

/// Never to an address that nobody proved, and letters with a code only to that of the account.
async fn address(
    conn: &mut PgConnection,
    to: &ResendTo,
    proof: Option<&Proof>,
    failed: &Message,
    request: &Request,
    now: DateTime<Utc>,
) -> Result<EmailAddress, AppError> {
    let kind: EmailKind = failed
        .kind
        .parse()
        .map_err(|_| AppError::Internal(anyhow::anyhow!("a message has an unknown kind")))?;
    let for_filer = goes_to_the_filer(conn, kind, failed.letter).await?;
    let for_account = !for_filer && matches!(kind, EmailKind::LetterDelivery | EmailKind::PasswordLink);
    let account = store::accounts::find(conn, request.taxpayer).await?;
    match (to, proof, account) {
        // A letter or password of the account never goes to an address that the account has left.
        (ResendTo::Same, _, Some(account))
            if for_account && !account.email.is_same_mailbox(&failed.email) =>
        {
            Err(AppError::fault(
                "/to",
                "address_changed",
                "Alamat akun PKP sudah diganti; pilih alamat akun (account).",
            ))
        }
        (ResendTo::Same, ..) => Ok(failed.email.clone()),
        (ResendTo::Corrected(_), Some(proof), _) if for_filer => Ok(proof.email.clone()),
        (ResendTo::Corrected(_), ..) => Err(AppError::fault(
            "/to",
            "account_only",
            "Email ini hanya untuk alamat akun PKP, yang diganti lewat permohonan update email.",
        )),
        (ResendTo::Account, _, Some(account)) if for_account => {
            let shows_a_code = match failed.letter {
                Some(id) => store::letters::find(conn, id)
                    .await?
                    .is_some_and(|letter| letter.kind == LetterRowKind::ActivationNotice),
                None => false,
            };
            let settled = account.email_changed_at.is_none_or(|changed| now - changed >= SETTLED_AFTER);
            if shows_a_code && !settled {
                return Err(AppError::fault(
                    "/to",
                    "email_changed_recently",
                    "Alamat akun baru saja diganti; surat dengan kode keluar lewat pos atau loket.",
                ));
            }
            Ok(account.email)
        }
        (ResendTo::Account, ..) => {
            Err(AppError::fault("/to", "not_for_account", "Email ini tidak ditujukan ke alamat akun PKP."))
        }
    }
}
