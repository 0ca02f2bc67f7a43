//! The signature of a correction: one transaction in which the wrong letter gives way to a new one. The code, the
//! password and the clock of the request stay as they are.

use chrono::{DateTime, Datelike, Utc};
use sqlx::PgConnection;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::{Frame, Wrong, data, digest, hidden, letter_of, load, wording_of_draft};
use crate::{
    app::{
        AppError, Office,
        actor::{self, SectionHead, lock_request, visible_request},
        post::{NewMail, queue_mail},
        signing::{
            delivery::delivery,
            sign::{check_address, check_signer},
        },
        words::Signatory,
    },
    domain::{
        email_address::EmailAddress,
        ids::{CorrectionId, LetterId, SessionId},
        names::{Decision, Delivery},
        state::Act,
    },
    letters::EmailKind,
    store::{
        self,
        audit::{By, Event},
        corrections::{CorrectionDraft, CorrectionEnding, End},
        jobs::RenderLetter,
        letters::Letter,
    },
};

/// Signs the draft that was seen, named by its digest. Locks as every signature: taxpayer, request, pair, number last.
///
/// Of two who sign at once one wins; the other is told the number and the signer ([`AppError::LetterReplaced`]).
pub async fn sign_correction(
    office: &Office,
    session: SessionId,
    id: CorrectionId,
    seen: &[u8],
) -> Result<(), AppError> {
    let now = office.now();
    let missing = "correction";
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    colleague.works_on_requests()?;
    let draft = store::corrections::find(&mut tx, id).await?.ok_or(AppError::NotFound(missing))?;
    let letter = letter_of(&mut tx, &colleague, draft.letter, missing).await?;
    let request =
        visible_request(&mut tx, &colleague, letter.request).await.map_err(|error| hidden(error, missing))?;
    store::taxpayers::lock(&mut tx, request.taxpayer).await?;
    let (request, _) = lock_request(&mut tx, &colleague, letter.request, Act::SignCorrection, None).await?;
    let head = colleague.section_head()?;
    // As they stand under the locks.
    let draft = store::corrections::find(&mut tx, id).await?.ok_or(AppError::NotFound(missing))?;
    let wrong = load(&mut tx, request, letter).await?;
    match draft.ending {
        None => {}
        Some(CorrectionEnding::Signed | CorrectionEnding::SentBack | CorrectionEnding::Redrafted) => {
            return Err(AppError::DraftChanged);
        }
    }
    check_signer(&mut tx, &head, &wrong.decided.request, draft.drafted_by).await?;
    check_digest(&wrong, &draft, seen)?;
    check_address(&wrong.decided)?;
    issue(office, &mut tx, &wrong, &draft, &head, now).await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(())
}

/// What is signed is what was seen, and what was seen is what would be printed now.
fn check_digest(wrong: &Wrong, draft: &CorrectionDraft, seen: &[u8]) -> Result<(), AppError> {
    let now = digest(wrong, &draft.reason, &draft.corrections, draft.template_version)?;
    if bool::from(draft.digest.ct_eq(seen)) && now == draft.digest {
        Ok(())
    } else {
        Err(AppError::DraftChanged)
    }
}

async fn issue(
    office: &Office,
    conn: &mut PgConnection,
    wrong: &Wrong,
    draft: &CorrectionDraft,
    head: &SectionHead,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    store::corrections::supersede_queued_mails(conn, wrong.letter.id, now).await?;
    let letter = write_letter(office, conn, wrong, draft, head, now).await?;
    let number = letter.number.clone().unwrap_or_default();
    store::corrections::replace(conn, wrong.letter.id, letter.id, now).await?;
    if let Some(credential) = letter.credential {
        store::corrections::rename_letter_of_pair(conn, credential, &number, letter.dated_on).await?;
    }
    store::corrections::end(conn, draft.id, End::Signed { by: head.id, letter: letter.id }, now).await?;
    send(office, conn, wrong, &letter).await?;
    store::audit::record(
        conn,
        Event::new(By::Staff(head.id), Act::SignCorrection.as_str())
            .office(letter.office)
            .request(letter.request)
            .taxpayer(wrong.decided.taxpayer.id)
            .subject(letter.id.0)
            .detail(serde_json::json!({
                "letter_number": number, "replaces": wrong.letter.number, "acting": head.acting,
            })),
        now,
    )
    .await?;
    Ok(())
}

/// The new letter, of the same kind and about the same pair, with a number and an address of its own.
async fn write_letter(
    office: &Office,
    conn: &mut PgConnection,
    wrong: &Wrong,
    draft: &CorrectionDraft,
    head: &SectionHead,
    now: DateTime<Utc>,
) -> Result<Letter, AppError> {
    let row = &wrong.decided.row;
    let signed_on = now.with_timezone(&row.zone).date_naive();
    let (way, way_reason) = way(wrong, now);
    let signatory = Signatory::of(row, &head.name, &head.nip, &head.acting);
    let verification = office.new_verification_token();
    let template = wording_of_draft(office, conn, wrong, draft.template_version).await?;
    let allocated = store::letters::allocate_number(conn, row.code, signed_on.year()).await?;
    let number = allocated.to_string();
    let frame = Frame {
        template: &template,
        number: &number,
        dated_on: signed_on,
        signatory: &signatory,
        verification_link: &office.verification_link(&verification),
    };
    let letter = Letter {
        id: LetterId(Uuid::now_v7()),
        office: row.code,
        request: wrong.letter.request,
        round: wrong.letter.round,
        kind: wrong.letter.kind,
        allocated: Some(allocated),
        dated_on: signed_on,
        copy_of: None,
        copy_number: None,
        credential: wrong.letter.credential,
        verification: Some(verification.clone()),
        template_version: draft.template_version,
        data: data(office, wrong, &draft.corrections, &frame)?,
        number: Some(number.clone()),
        addressee: Some(addressee(wrong)),
        delivery: way,
        delivery_reason: way_reason.map(str::to_owned),
        drafted_by: Some(draft.drafted_by),
        signed_by: Some(head.id),
        created_at: now,
        printed_count: 0,
        handed_out_at: None,
        tracking_number: None,
        returned_at: None,
    };
    store::letters::insert(conn, &letter).await?;
    Ok(letter)
}

/// By the rules of today, but what went on paper before never goes by e-mail now.
fn way(wrong: &Wrong, now: DateTime<Utc>) -> (Delivery, Option<&'static str>) {
    match (delivery(&wrong.decided, now), wrong.letter.delivery) {
        ((Delivery::Email, _), paper @ (Delivery::Post | Delivery::Counter)) => (paper, Some("correction")),
        (way, _) => way,
    }
}

/// A refusal goes to the request's address; what was granted to the account's address of today.
fn addressee(wrong: &Wrong) -> EmailAddress {
    match (wrong.decided.decision, &wrong.decided.account) {
        (Decision::Grant, Some(account)) => account.email.clone(),
        (Decision::Grant, None) | (Decision::Refuse, _) => wrong.decided.request.filed.email.clone(),
    }
}

async fn send(
    office: &Office,
    conn: &mut PgConnection,
    wrong: &Wrong,
    letter: &Letter,
) -> Result<(), AppError> {
    match letter.delivery {
        Delivery::Email => {
            let mail = NewMail {
                office_code: Some(letter.office),
                request: Some(letter.request),
                letter: Some(letter.id),
                ..NewMail::new(EmailKind::LetterDelivery, addressee(wrong))
            };
            queue_mail(office, conn, mail).await?;
        }
        Delivery::Post | Delivery::Counter => {
            let now = office.now();
            store::jobs::enqueue(conn, &RenderLetter { letter_id: letter.id }, now, now).await?;
        }
    }
    Ok(())
}
