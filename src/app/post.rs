//! E-mails are queued in the transaction of the act that causes them.

use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{AppError, Office};
use crate::{
    domain::{
        email_address::EmailAddress,
        ids::{CredentialId, LetterId, LinkId, MessageId, NotUsId, ProofId, RequestId},
        names::Fate,
        office::OfficeCode,
    },
    letters::EmailKind,
    store::{self, messages::Message},
};

/// An e-mail to be sent after the commit.
pub(in crate::app) struct NewMail {
    pub kind: EmailKind,
    pub to: EmailAddress,
    pub office_code: Option<OfficeCode>,
    pub request: Option<RequestId>,
    pub letter: Option<LetterId>,
    pub link: Option<LinkId>,
    pub not_us: Option<NotUsId>,
    pub proof: Option<ProofId>,
    pub credential: Option<CredentialId>,
    pub data: Value,
}

/// Queues an e-mail.
pub(in crate::app) async fn queue_mail(
    office: &Office,
    conn: &mut PgConnection,
    mail: NewMail,
) -> Result<MessageId, AppError> {
    let now = office.now();
    let message = Message {
        id: MessageId(Uuid::now_v7()),
        help_desk_number: store::messages::next_help_desk_number(conn, now).await?,
        office: mail.office_code,
        request: mail.request,
        kind: mail.kind.to_string(),
        email: mail.to,
        letter: mail.letter,
        link: mail.link,
        not_us: mail.not_us,
        proof: mail.proof,
        credential: mail.credential,
        data: mail.data,
        fate: Fate::Queued,
        fate_at: now,
        created_at: now,
    };
    store::messages::insert(conn, &message).await?;
    Ok(message.id)
}
