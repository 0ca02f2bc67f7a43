//! The signature: one transaction. No rendering inside, nothing is sent before the commit, and no code or password
//! exists before it.

use chrono::{DateTime, Datelike, Utc};
use sqlx::PgConnection;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::{
    decided::{self, Decided},
    delivery::delivery,
    digest::digest,
    effects,
    letter_data::{letter_data, letter_kind, row_kind, wording_of_draft},
    overdue_cause::{StatedCause, check_cause},
    waiting::Hindrance,
};
use crate::{
    app::{
        AppError, Office,
        actor::{self, SectionHead, lock_request, visible_request},
        figures::worked_minutes,
        post::{NewMail, queue_mail},
        verdict::verdict_on,
        words::Signatory,
    },
    domain::{
        eligibility::Verdict,
        email_address::EmailAddress,
        ids::{LetterId, RequestId, SessionId, StaffId},
        line::Line,
        names::{Decision, Delivery, Kind},
        request::Request,
        state::Act,
    },
    letters::{EmailKind, LetterTemplate},
    store::{
        self,
        audit::{By, Event},
        drafts::{Draft, DraftEnding},
        jobs::RenderLetter,
        letters::Letter,
        rounds::Cause,
    },
};

/// What the section head signs.
#[derive(Debug, Clone)]
pub struct Signature {
    pub request: RequestId,
    /// SHA-256 of the draft that was seen.
    pub digest: Vec<u8>,
    /// Why it is late; needed when it is, and kept only then.
    pub overdue_cause: Option<StatedCause>,
}

/// What came of a signature.
#[derive(Debug, Clone)]
pub struct Signed {
    pub request: RequestId,
    pub letter_number: String,
}

/// Signs a draft. Locks the taxpayer, then the requests by id, then the number last, so that two signers never wait
/// for each other in a circle.
///
/// When the verdict is no longer the one that was drafted on, the request goes back to its drafter: that is
/// committed, and the signer is told ([`AppError::VerdictChanged`]).
pub async fn sign(office: &Office, session: SessionId, signature: &Signature) -> Result<Signed, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let seen = visible_request(&mut tx, &colleague, signature.request).await?;
    store::taxpayers::lock(&mut tx, seen.taxpayer).await?;
    store::requests::lock_open_of_taxpayer(&mut tx, seen.taxpayer).await?;
    let (request, _) = lock_request(&mut tx, &colleague, signature.request, Act::Sign, None).await?;
    let head = colleague.section_head()?;
    let draft = store::drafts::open(&mut tx, request.id).await?.ok_or(AppError::Stale)?;
    let decided = decided::load(&mut tx, request, draft.decision, draft.reasons.clone()).await?;
    check_signer(&mut tx, &head, &decided.request, draft.drafted_by).await?;
    check_draft(&decided, &draft, &signature.digest)?;
    let template = wording_of_draft(office, &mut tx, &decided, &draft).await?;
    if verdict_changed(&mut tx, &decided, &draft).await? {
        send_back_for_another_verdict(&mut tx, decided, &draft, &head, now).await?;
        tx.commit().await?;
        return Err(AppError::VerdictChanged);
    }
    let cause = late_cause(&mut tx, &decided, signature, now).await?;
    check_office(&mut tx, &decided).await?;
    let signing = Signing { draft: &draft, template: &template, head: &head, now };
    let letter_number = issue(office, &mut tx, decided, &signing, cause).await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(Signed { request: signature.request, letter_number })
}

/// Drafter ≠ signer; who keyed the request or what completes it in does not sign it.
pub(in crate::app) async fn check_signer(
    conn: &mut PgConnection,
    head: &SectionHead,
    request: &Request,
    drafted_by: StaffId,
) -> Result<(), AppError> {
    let keyed_it_in = store::signing::keyed_in(conn, request.id, head.id).await?;
    match Hindrance::find(drafted_by == head.id, keyed_it_in, false) {
        Some(Hindrance::DraftedIt) => Err(AppError::SignerDraftedIt),
        Some(Hindrance::KeyedItIn) => Err(AppError::SignerKeyedItIn),
        Some(Hindrance::SiblingFirst) => Err(AppError::SiblingFirst),
        None => Ok(()),
    }
}

/// What is signed is what was seen, and what was seen is what stands there now.
fn check_draft(decided: &Decided, draft: &Draft, seen: &[u8]) -> Result<(), AppError> {
    let kind = letter_kind(decided.request.kind, decided.decision);
    // The wording that was seen: a version that came in force since is for later drafts.
    let now = digest(decided, kind, draft.template_version)?;
    if bool::from(draft.digest.ct_eq(seen)) && now == draft.digest {
        Ok(())
    } else {
        Err(AppError::DraftChanged)
    }
}

/// Runs eligibility again, as of the day of the draft: only facts can have changed.
async fn verdict_changed(
    conn: &mut PgConnection,
    decided: &Decided,
    draft: &Draft,
) -> Result<bool, AppError> {
    let drafted_on = draft.drafted_at.with_timezone(&decided.row.zone).date_naive();
    let verdict: Verdict = verdict_on(conn, &decided.request, &decided.row, drafted_on).await?;
    Ok(verdict != draft.verdict)
}

async fn send_back_for_another_verdict(
    conn: &mut PgConnection,
    decided: Decided,
    draft: &Draft,
    head: &SectionHead,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    store::drafts::end(conn, draft.id, DraftEnding::VerdictChanged, now).await?;
    let state = decided.request.state.send_back()?;
    let request = store::requests::save_state(conn, decided.request, state).await?;
    store::audit::record(
        conn,
        Event::new(By::Staff(head.id), "verdict_changed")
            .office(request.office)
            .request(request.id)
            .subject(draft.id.0),
        now,
    )
    .await?;
    Ok(())
}

/// Without an address there is no letterhead.
pub(in crate::app) fn check_address(decided: &Decided) -> Result<(), AppError> {
    let missing = decided.row.address.as_deref().is_none_or(|address| address.trim().is_empty());
    if missing { Err(AppError::OfficeWithoutAddress) } else { Ok(()) }
}

/// The cause of what is overdue. What is in time has none, whatever was said.
async fn late_cause<'a>(
    conn: &mut PgConnection,
    decided: &Decided,
    signature: &'a Signature,
    now: DateTime<Utc>,
) -> Result<Option<&'a StatedCause>, AppError> {
    let overdue = decided.round.due.as_ref().is_some_and(|due| now >= due.instants.due_at);
    if !overdue {
        return Ok(None);
    }
    check_cause(conn, signature.overdue_cause.as_ref()).await?;
    Ok(signature.overdue_cause.as_ref())
}

async fn check_office(conn: &mut PgConnection, decided: &Decided) -> Result<(), AppError> {
    check_address(decided)?;
    // In a bundle the e-mail update is signed first: the reprint speaks of its result.
    if store::signing::sibling_comes_first(conn, decided.request.id).await? {
        return Err(AppError::SiblingFirst);
    }
    Ok(())
}

/// The draft with its wording, who signs it, and when.
#[derive(Clone, Copy)]
struct Signing<'a> {
    draft: &'a Draft,
    template: &'a LetterTemplate,
    head: &'a SectionHead,
    now: DateTime<Utc>,
}

async fn issue(
    office: &Office,
    conn: &mut PgConnection,
    decided: Decided,
    signing: &Signing<'_>,
    overdue_cause: Option<&StatedCause>,
) -> Result<String, AppError> {
    let Signing { draft, head, now, .. } = *signing;
    let by = By::Staff(head.id);
    let outcome = decided.decision.outcome();
    let cause = overdue_cause
        .map(|cause| Cause { code: &cause.code, detail: cause.detail.as_ref().map(Line::as_str) });
    store::drafts::end(conn, draft.id, DraftEnding::Signed { by: head.id }, now).await?;
    let worked =
        worked_minutes(conn, decided.row.code, decided.row.zone, decided.round.received_at, now).await?;
    store::rounds::end(conn, &decided.round, outcome.into(), cause, worked, now).await?;
    let state = decided.request.state.sign(outcome, now)?;
    store::requests::save_state(conn, decided.request.clone(), state).await?;
    if decided.decision == Decision::Grant {
        effects::before_the_number(office, conn, &decided, by, now).await?;
    }
    let letter = write_letter(office, conn, &decided, signing).await?;
    send_letter(office, conn, &decided, &letter).await?;
    store::audit::record(
        conn,
        Event::new(by, Act::Sign.as_str())
            .office(decided.row.code)
            .request(decided.request.id)
            .taxpayer(decided.taxpayer.id)
            .subject(letter.id.0)
            .detail(serde_json::json!({
                "outcome": outcome, "letter_number": letter.number, "acting": head.acting,
                "overdue_cause_code": cause.map(|cause| cause.code),
                "overdue_cause": cause.and_then(|cause| cause.detail),
            })),
        now,
    )
    .await?;
    Ok(letter.number.unwrap_or_default())
}

/// The letter row, with its number and, for a new pair, the pair itself.
async fn write_letter(
    office: &Office,
    conn: &mut PgConnection,
    decided: &Decided,
    signing: &Signing<'_>,
) -> Result<Letter, AppError> {
    let Signing { draft, template, head, now } = *signing;
    let signed_on = now.with_timezone(&decided.row.zone).date_naive();
    let copied = copied_letter(decided);
    let (allocated, number) = if let Some(copied) = &copied {
        // A copy takes no number: it is the same letter.
        (None, copied.number.clone())
    } else {
        let allocated = store::letters::allocate_number(conn, decided.row.code, signed_on.year()).await?;
        (Some(allocated), allocated.to_string())
    };
    let credential = match (decided.decision, decided.request.kind) {
        (Decision::Grant, Kind::NewCredentials | Kind::MoveOffice) => {
            let by = By::Staff(head.id);
            Some(effects::mint_pair(office, conn, decided, &number, signed_on, by, now).await?)
        }
        (Decision::Grant, Kind::Reprint) => decided.pair.as_ref().map(|pair| pair.id),
        (Decision::Grant, Kind::UpdateEmail) | (Decision::Refuse, _) => None,
    };
    let signatory = Signatory::of(&decided.row, &head.name, &head.nip, &head.acting);
    // A copy shows the address of the letter that it repeats.
    let verification = copied.is_none().then(|| office.new_verification_token());
    let link = verification.as_ref().map(|token| office.verification_link(token)).unwrap_or_default();
    let data = letter_data(office, decided, template, &signatory, &number, signed_on, &link)?;
    let (way, way_reason) = delivery(decided, now);
    let letter = Letter {
        id: LetterId(Uuid::now_v7()),
        office: decided.row.code,
        request: decided.request.id,
        round: decided.round.id,
        kind: row_kind(decided.request.kind, decided.decision),
        number: Some(number),
        allocated,
        dated_on: copied.as_ref().map_or(signed_on, |copied| copied.dated_on),
        copy_of: copied.as_ref().and_then(|copied| copied.original),
        copy_number: copied.as_ref().map(|_| decided.copies + 1),
        credential,
        verification,
        template_version: draft.template_version,
        data,
        addressee: Some(addressee(decided)),
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

/// The letter that a reprint copies: number and date stay.
struct Copied {
    original: Option<LetterId>,
    number: String,
    dated_on: chrono::NaiveDate,
}

fn copied_letter(decided: &Decided) -> Option<Copied> {
    let is_copy = decided.request.kind == Kind::Reprint && decided.decision == Decision::Grant;
    decided.pair.as_ref().filter(|_| is_copy).map(|pair| Copied {
        original: decided.original.as_ref().map(|original| original.id),
        number: pair.letter_number.clone(),
        dated_on: pair.letter_on,
    })
}

/// Whom the letter is for: a refusal goes to the request's address, a reprint to the account's only.
fn addressee(decided: &Decided) -> EmailAddress {
    match (decided.decision, &decided.account) {
        (Decision::Refuse, _) => decided.request.filed.email.clone(),
        (Decision::Grant, _) => effects::account_email(decided),
    }
}

async fn send_letter(
    office: &Office,
    conn: &mut PgConnection,
    decided: &Decided,
    letter: &Letter,
) -> Result<(), AppError> {
    let request = &decided.request;
    let mail = |kind: EmailKind, to: EmailAddress| NewMail {
        office_code: Some(decided.row.code),
        request: Some(request.id),
        letter: Some(letter.id),
        ..NewMail::new(kind, to)
    };
    match letter.delivery {
        Delivery::Email => {
            queue_mail(office, conn, mail(EmailKind::LetterDelivery, addressee(decided))).await?;
        }
        Delivery::Post | Delivery::Counter => {
            let now = office.now();
            store::jobs::enqueue(conn, &RenderLetter { letter_id: letter.id }, now, now).await?;
        }
    }
    let reprinted = request.kind == Kind::Reprint && decided.decision == Decision::Grant;
    if let Some(account) = decided.account.as_ref().filter(|_| reprinted) {
        let not_us = effects::warn_link(office, conn, decided, "reprinted").await?;
        let notice =
            NewMail { not_us: Some(not_us), ..mail(EmailKind::ReprintNotice, account.email.clone()) };
        queue_mail(office, conn, notice).await?;
    }
    Ok(())
}

/// One row of a bulk signature.
#[derive(Debug)]
pub struct BulkRow {
    pub request: RequestId,
    pub result: Result<Signed, AppError>,
}

/// Signs many drafts, each in its own transaction: one that fails holds up no other.
pub async fn sign_many(
    office: &Office,
    session: SessionId,
    signatures: &[Signature],
) -> Result<Vec<BulkRow>, AppError> {
    let now = office.now();
    {
        let mut tx = office.begin().await?;
        actor::authenticate(&mut tx, session, now).await?.section_head()?;
    }
    let mut rows = Vec::with_capacity(signatures.len());
    for signature in signatures {
        rows.push(BulkRow { request: signature.request, result: sign(office, session, signature).await });
    }
    Ok(rows)
}
