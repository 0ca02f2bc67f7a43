//! From a row to a mail that can be sent: words, secrets, the letter as PDF.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::{
    app::{
        AppError, Office,
        notices::{DigestFigures, standing_rows},
        render_letter::{put, render_letter},
        secrets::{self, links, passwords},
        words,
    },
    domain::{
        credential::LinkState,
        ids::{CredentialId, LetterId, LinkId, NotUsId, ProofId, RequestId},
        names::{CredentialState, Fate},
    },
    letters::{EmailKind, EmailText},
    mail::Attachment,
    store::{
        self,
        audit::{By, Event},
        letters::{Letter, LetterRowKind},
        messages::Message,
    },
};

/// What is to be done with a message now.
pub(super) enum Prepared {
    Ready(Ready),
    /// Not queued any more.
    NothingToDo,
    /// It carries a code that expired, a link that is closed, or a password for a pair that is not in use; or it reminds of
    /// what is no longer so, or sums up a morning that is over.
    Superseded,
}

/// A mail in words.
pub(super) struct Ready {
    /// One per content: the same content keeps it, another password gets another.
    pub message_id: String,
    pub text: EmailText,
    pub attachments: Vec<Attachment>,
    pub dated: DateTime<Utc>,
}

pub(super) async fn prepare(office: &Office, message: &Message) -> Result<Prepared, AppError> {
    if message.fate != Fate::Queued {
        return Ok(Prepared::NothingToDo);
    }
    let kind: EmailKind = message.kind.parse().map_err(|_| internal("a message has an unknown kind"))?;
    let Some(mut data) = read_words(office, message, kind).await? else {
        return Ok(Prepared::Superseded);
    };
    let attachments = match message.letter.filter(|_| carries_its_letter(kind)) {
        Some(letter) => vec![attachment(office, letter).await?],
        None => vec![],
    };
    let (mut left, mut dated) = (message.id.to_string(), message.created_at);
    if let Some(credential) = message.credential.filter(|_| kind == EmailKind::PasswordLink) {
        // Last, because from its commit on the old password is dead.
        match fresh_password(office, message, credential).await? {
            Fresh::Password { password, attempt } => {
                put(&mut data, "kredensial", "password", password.reveal())?;
                left = format!("{left}.{attempt}.{}", nonce(office));
                dated = office.now();
            }
            Fresh::NotQueued => return Ok(Prepared::NothingToDo),
            Fresh::NotInUse => return Ok(Prepared::Superseded),
        }
    }
    let text = office.templates.email(kind, &data).map_err(AppError::NotRenderable)?;
    let message_id = format!("{left}@{}", office.rules.sender.domain());
    Ok(Prepared::Ready(Ready { message_id, text, attachments, dated }))
}

fn carries_its_letter(kind: EmailKind) -> bool {
    match kind {
        EmailKind::Receipt | EmailKind::ReturnedIncomplete | EmailKind::LetterDelivery => true,
        EmailKind::ProofCode
        | EmailKind::PasswordLink
        | EmailKind::ChangeNoticeOldAddress
        | EmailKind::ReprintNotice
        | EmailKind::AccountChanged
        | EmailKind::AccountSuspended
        | EmailKind::ForgotPasswordAttempt
        | EmailKind::DueDateChanged
        | EmailKind::RequestEnded
        | EmailKind::UnknownSenderNotice
        | EmailKind::PostalReturn
        | EmailKind::DueReminderOfficer
        | EmailKind::DueReminderSectionHead
        | EmailKind::DueReminderSupervisor
        | EmailKind::SupervisorDigest => false,
    }
}

/// The words with their derived secrets. `None`: what the mail carries has no use any more.
async fn read_words(office: &Office, message: &Message, kind: EmailKind) -> Result<Option<Value>, AppError> {
    let mut tx = office.begin().await?;
    // What it reminds of was dealt with, moved, or went on to the next threshold.
    if kind.is_reminder() && standing_rows(office, &mut tx, message).await?.1.is_empty() {
        return Ok(None);
    }
    // A summary of a morning is read on that day, or not at all: the next one says how things are by then.
    if kind == EmailKind::SupervisorDigest {
        let figures: DigestFigures =
            serde_json::from_value(message.data.clone()).map_err(|error| AppError::Internal(error.into()))?;
        if figures.is_over(office.now())? {
            return Ok(None);
        }
    }
    let mut data = words::email_data(office, &mut tx, message).await?;
    if let Some(proof) = message.proof
        && !add_proof_code(office, &mut tx, proof, &mut data).await?
    {
        return Ok(None);
    }
    if let Some(link) = message.link
        && !add_password_link(office, &mut tx, link, &mut data).await?
    {
        return Ok(None);
    }
    if let Some(link) = message.not_us {
        add_not_us_link(office, &mut tx, link, &mut data).await?;
    }
    // The known address hears of a receipt without its letter and without the code that opens it.
    if let (EmailKind::Receipt, Some(request), Some(_)) = (kind, message.request, message.letter) {
        add_tracking_code(office, &mut tx, request, &mut data).await?;
    }
    tx.commit().await?;
    Ok(Some(data))
}

async fn add_proof_code(
    office: &Office,
    conn: &mut PgConnection,
    id: ProofId,
    data: &mut Value,
) -> Result<bool, AppError> {
    let proof = store::proofs::find(conn, id).await?.ok_or(AppError::NotFound("proof"))?;
    let of_use = office.now() < proof.code_expires_at;
    if of_use {
        put(data, "bukti", "kode", &secrets::proof_code(office, id, &proof.key_id)?)?;
    }
    Ok(of_use)
}

async fn add_password_link(
    office: &Office,
    conn: &mut PgConnection,
    id: LinkId,
    data: &mut Value,
) -> Result<bool, AppError> {
    let link = store::links::find_password_link(conn, id).await?.ok_or(AppError::NotFound("link"))?;
    match link.state(office.now()) {
        LinkState::Open | LinkState::Revealed => {
            put(data, "kredensial", "tautan", &links::password_url(office, &link)?)?;
            Ok(true)
        }
        LinkState::Closed | LinkState::Expired => Ok(false),
    }
}

/// The warning goes out even when its link is of no use any more; the words then name the office instead.
async fn add_not_us_link(
    office: &Office,
    conn: &mut PgConnection,
    id: NotUsId,
    data: &mut Value,
) -> Result<(), AppError> {
    let link = store::links::find_not_us(conn, id).await?.ok_or(AppError::NotFound("link"))?;
    let of_use = link.used_at.is_none() && office.now() < link.expires_at;
    let url = if of_use { links::not_us_url(office, &link)? } else { String::new() };
    put(data, "bukan_kami", "tautan", &url)
}

async fn add_tracking_code(
    office: &Office,
    conn: &mut PgConnection,
    id: RequestId,
    data: &mut Value,
) -> Result<(), AppError> {
    let request = store::requests::find(conn, id).await?.ok_or(AppError::NotFound("request"))?;
    put(data, "tanda_terima", "kode_lacak", &secrets::tracking_code(office, &request)?)
}

async fn attachment(office: &Office, id: LetterId) -> Result<Attachment, AppError> {
    let rendered = render_letter(office, id).await?;
    let mut conn = office.pool.acquire().await?;
    let letter = store::letters::find(&mut conn, id).await?.ok_or(AppError::NotFound("letter"))?;
    Ok(Attachment {
        filename: filename(&letter),
        media_type: "application/pdf".to_owned(),
        bytes: rendered.pdf,
    })
}

/// `Pemberitahuan-Kode-Aktivasi-S-128-KPP.031-2026.pdf`: says what it is, and nothing that a mailbox or a disk minds.
fn filename(letter: &Letter) -> String {
    let title = match letter.kind {
        LetterRowKind::Receipt => "Bukti-Penerimaan",
        LetterRowKind::DeficiencyList => "Daftar-Kekurangan",
        LetterRowKind::ActivationNotice => "Pemberitahuan-Kode-Aktivasi",
        LetterRowKind::RefusalNotice => "Penolakan-Permohonan",
        LetterRowKind::EmailChangeNotice => "Pemberitahuan-Perubahan-Email",
    };
    match &letter.number {
        Some(number) => format!("{title}-{}.pdf", safe(number)),
        None => format!("{title}.pdf"),
    }
}

fn safe(number: &str) -> String {
    number.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect()
}

enum Fresh {
    Password { password: crate::domain::credential::FreshPassword, attempt: usize },
    NotQueued,
    NotInUse,
}

/// Makes a password and commits its hash. Under the lock of the message: a newer mail that supersedes this one waits,
/// so that the last password made is always the one of the last mail.
async fn fresh_password(office: &Office, message: &Message, id: CredentialId) -> Result<Fresh, AppError> {
    let password = passwords::mint(office);
    let hash = passwords::hash(office, &password).await?;
    let mut tx = office.begin().await?;
    // Taxpayer and pair first, as every act does that supersedes mails of a pair.
    let not_found = || AppError::NotFound("credential");
    let owner = store::credentials::find_unlocked(&mut tx, id).await?.ok_or_else(not_found)?.taxpayer;
    store::taxpayers::lock(&mut tx, owner).await?;
    let pair = store::credentials::find(&mut tx, id).await?.ok_or_else(not_found)?;
    if store::messages::lock_fate(&mut tx, message.id).await? != Some(Fate::Queued) {
        return Ok(Fresh::NotQueued);
    }
    match pair.state {
        CredentialState::Active => {}
        CredentialState::Suspended | CredentialState::Superseded | CredentialState::Revoked => {
            return Ok(Fresh::NotInUse);
        }
    }
    store::credentials::set_password(&mut tx, id, Some(&hash), None, office.now()).await?;
    let attempt = store::messages::attempts(&mut tx, message.id).await?.len() + 1;
    let event = Event::new(By::System, "password_made").taxpayer(pair.taxpayer).subject(id.0);
    let event = Event {
        office: message.office,
        request: message.request,
        detail: json!({ "message_id": message.id }),
        ..event
    };
    store::audit::record(&mut tx, event, office.now()).await?;
    tx.commit().await?;
    Ok(Fresh::Password { password, attempt })
}

/// Tells apart two passwords of one attempt, when a crash left no trace of the first.
fn nonce(office: &Office) -> String {
    let mut bytes = [0; 4];
    office.vault.entropy().fill(&mut bytes);
    format!("{:08x}", u32::from_be_bytes(bytes))
}

fn internal(what: &'static str) -> AppError {
    AppError::Internal(anyhow::anyhow!(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_holds_only_what_every_disk_takes() {
        assert_eq!(safe("S-128/KPP.031/2026"), "S-128-KPP.031-2026");
        assert_eq!(safe("a\r\nb/../c\u{202e}"), "a--b-..-c-");
    }

    #[test]
    fn only_three_mails_carry_a_letter() {
        let carrying: Vec<&str> = EmailKind::ALL
            .into_iter()
            .filter(|kind| carries_its_letter(*kind))
            .map(EmailKind::as_str)
            .collect();

        assert_eq!(carrying, ["receipt", "returned_incomplete", "letter_delivery"]);
    }
}
