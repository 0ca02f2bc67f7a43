//! Puts mail into the outbox, inside the transaction of the act that causes it. Nothing is sent here: after the
//! commit a job does that.

use chrono::TimeDelta;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{AppError, Office};
use crate::{
    domain::{
        credential::{LINK_DAYS, NOT_US_DAYS},
        email_address::EmailAddress,
        ids::{CredentialId, LetterId, LinkId, MessageId, NotUsId, ProofId, RequestId, TaxpayerId},
        names::PasswordDelivery,
        office::OfficeCode,
    },
    letters::EmailKind,
    store::{
        self,
        jobs::SendMessage,
        letters::LetterRowKind,
        links::{NewNotUsLink, NewPasswordLink},
        messages::NewMessage,
    },
    vault::key_file::KeyPurpose,
};

/// An e-mail to be queued. Its words are made when it is sent; what belongs to this moment goes into `data`.
#[derive(Debug, Clone)]
pub(in crate::app) struct NewMail {
    pub kind: EmailKind,
    /// Frozen with the row: a later change of the account's address does not redirect it.
    pub to: EmailAddress,
    /// The office that hears when it does not arrive.
    pub office_code: Option<OfficeCode>,
    pub request: Option<RequestId>,
    /// The letter it is about; attached as PDF to `receipt`, `letter_delivery` and `returned_incomplete`.
    pub letter: Option<LetterId>,
    pub link: Option<LinkId>,
    pub not_us: Option<NotUsId>,
    pub proof: Option<ProofId>,
    /// The pair it is about. In a `password_link` it means that the job makes the password and sends it.
    pub credential: Option<CredentialId>,
    /// Words frozen now; never a secret.
    pub data: Value,
}

impl NewMail {
    /// A mail about nothing yet; callers set the fields they need.
    pub(in crate::app) fn new(kind: EmailKind, to: EmailAddress) -> Self {
        Self {
            kind,
            to,
            office_code: None,
            request: None,
            letter: None,
            link: None,
            not_us: None,
            proof: None,
            credential: None,
            data: json!({}),
        }
    }
}

/// Queues an e-mail and the job that sends it, in the caller's transaction. The caller rings the bell after its commit.
pub(in crate::app) async fn queue_mail(
    office: &Office,
    conn: &mut PgConnection,
    mail: NewMail,
) -> Result<MessageId, AppError> {
    let now = office.now();
    let to = corrected(conn, &mail).await?.unwrap_or(mail.to);
    let message = NewMessage {
        id: MessageId(Uuid::now_v7()),
        office: mail.office_code,
        request: mail.request,
        kind: mail.kind.as_str(),
        email: to,
        letter: mail.letter,
        link: mail.link,
        not_us: mail.not_us,
        proof: mail.proof,
        credential: mail.credential,
        data: mail.data,
        created_at: now,
    };
    store::messages::insert(conn, &message).await?;
    store::jobs::enqueue(conn, &SendMessage { message_id: message.id }, now, now).await?;
    Ok(message.id)
}

/// The corrected address of the request, for what goes to the address of the request.
async fn corrected(conn: &mut PgConnection, mail: &NewMail) -> Result<Option<EmailAddress>, AppError> {
    match mail.request {
        // A first receipt has nothing before it that could have been corrected; later ones ask themselves.
        Some(request)
            if mail.kind != EmailKind::Receipt && goes_to_the_filer(conn, mail.kind, mail.letter).await? =>
        {
            Ok(store::mail_addresses::find(conn, request).await?)
        }
        Some(_) | None => Ok(None),
    }
}

/// Whether a mail of this kind goes to the address of the request, not to that of an account or of the registry.
pub(in crate::app) async fn goes_to_the_filer(
    conn: &mut PgConnection,
    kind: EmailKind,
    letter: Option<LetterId>,
) -> Result<bool, AppError> {
    match kind {
        // The known address hears of a receipt without its letter.
        EmailKind::Receipt => Ok(letter.is_some()),
        EmailKind::ReturnedIncomplete
        | EmailKind::DueDateChanged
        | EmailKind::RequestEnded
        | EmailKind::PostalReturn => Ok(true),
        EmailKind::LetterDelivery => {
            let letter = match letter {
                Some(id) => store::letters::find(conn, id).await?,
                None => None,
            };
            Ok(letter.is_some_and(|letter| letter.kind == LetterRowKind::RefusalNotice))
        }
        EmailKind::ProofCode
        | EmailKind::PasswordLink
        | EmailKind::ChangeNoticeOldAddress
        | EmailKind::ReprintNotice
        | EmailKind::AccountChanged
        | EmailKind::AccountSuspended
        | EmailKind::ForgotPasswordAttempt
        | EmailKind::UnknownSenderNotice
        | EmailKind::DueReminderOfficer
        | EmailKind::DueReminderSectionHead
        | EmailKind::DueReminderSupervisor
        | EmailKind::SupervisorDigest => Ok(false),
    }
}

/// A password that the PKP is to get.
#[derive(Debug, Clone)]
pub(in crate::app) struct NewPassword {
    pub credential: CredentialId,
    /// Decides how passwords are delivered.
    pub office_code: OfficeCode,
    pub request: Option<RequestId>,
    /// By a link also where the office e-mails passwords: who asks has not proven to be the PKP, and a password that is sent ends
    /// the one in use.
    pub always_link: bool,
    /// The account's address.
    pub to: EmailAddress,
    /// Words frozen now; never a secret.
    pub data: Value,
}

/// Gives a pair a way to its password, as its office delivers passwords, and queues the mail for it: a fresh one-time
/// link (7 days), or the password itself, which the job makes. Older links of the pair are closed and their
/// unsent mails superseded either way. In the caller's transaction.
pub(in crate::app) async fn open_password_link(
    office: &Office,
    conn: &mut PgConnection,
    new: NewPassword,
) -> Result<MessageId, AppError> {
    let now = office.now();
    let row = store::offices::find(conn, new.office_code).await?.ok_or(AppError::NotFound("office"))?;
    store::messages::supersede_queued_links(conn, new.credential, now).await?;
    let mut mail = NewMail {
        office_code: Some(new.office_code),
        request: new.request,
        data: new.data,
        ..NewMail::new(EmailKind::PasswordLink, new.to)
    };
    let way = if new.always_link { PasswordDelivery::Link } else { row.password_delivery };
    match way {
        PasswordDelivery::Link => {
            let link = NewPasswordLink {
                id: LinkId(Uuid::now_v7()),
                credential: new.credential,
                office: new.office_code,
                key_id: office.vault.active_key(KeyPurpose::Token).as_str(),
                email: &mail.to,
                expires_at: now + TimeDelta::days(LINK_DAYS),
            };
            store::links::insert_password_link(conn, &link, now).await?;
            mail.link = Some(link.id);
        }
        PasswordDelivery::Email => {
            store::links::close_password_links(conn, new.credential, now).await?;
            mail.credential = Some(new.credential);
        }
    }
    queue_mail(office, conn, mail).await
}

/// Opens a "this was not us" link (14 days), whose id goes into [`NewMail::not_us`] of the mail that warns.
/// `cause` names the act that is warned of. In the caller's transaction.
pub(in crate::app) async fn open_not_us_link(
    office: &Office,
    conn: &mut PgConnection,
    taxpayer: TaxpayerId,
    office_code: OfficeCode,
    request: Option<RequestId>,
    cause: &'static str,
) -> Result<NotUsId, AppError> {
    let now = office.now();
    let link = NewNotUsLink {
        id: NotUsId(Uuid::now_v7()),
        taxpayer,
        office: office_code,
        request,
        cause,
        key_id: office.vault.active_key(KeyPurpose::Token).as_str(),
        expires_at: now + TimeDelta::days(NOT_US_DAYS),
    };
    store::links::insert_not_us(conn, &link, now).await?;
    Ok(link.id)
}

/// Words frozen for a mail.
pub(in crate::app) fn to_json(words: &impl serde::Serialize) -> Result<Value, AppError> {
    serde_json::to_value(words).map_err(|error| AppError::Internal(error.into()))
}
