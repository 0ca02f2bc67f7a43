//! The receipt (BPE online, BPS at the counter) as answer, letter and e-mail.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    app::{
        AppError, Office,
        letter_templates::shelf,
        post::{NewMail, queue_mail},
        words,
    },
    domain::{
        email_address::EmailAddress,
        ids::{BundleId, LetterId, RequestId},
        names::{AddressProof, Channel, Delivery, Kind, Sender},
        office::OfficeCode,
        regime::Regime,
        request::{Request, Round, RoundDue},
    },
    letters::{EmailKind, LetterKind},
    store::{
        self,
        documents::Document,
        letters::{Letter, LetterRowKind},
        offices::OfficeRow,
    },
};

/// What the filer gets in hand.
#[derive(Debug, Clone)]
pub struct Receipt {
    pub request: RequestId,
    pub receipt_number: String,
    pub kind: Kind,
    pub office: OfficeCode,
    pub zone: chrono_tz::Tz,
    pub received_at: DateTime<Utc>,
    pub due: Option<RoundDue>,
    pub tracking_code: String,
    /// Of a request that was filed together with another one.
    pub bundle: Option<BundleId>,
    pub sibling_receipt_number: Option<String>,
}

/// `BPE` online, `BPS` at the counter and by post.
pub(in crate::app) fn prefix(channel: Channel) -> &'static str {
    match channel {
        Channel::Online => "BPE",
        Channel::Counter | Channel::Post => "BPS",
    }
}

/// Rebuilds the receipt that a filing was answered with, from the rows of the request: nothing of it is stored twice.
/// It is that of the first round, whatever came after.
pub(in crate::app) async fn rebuild(
    office: &Office,
    conn: &mut PgConnection,
    id: RequestId,
) -> Result<Receipt, AppError> {
    let request = store::requests::find(conn, id).await?.ok_or(AppError::NotFound("request"))?;
    let row = store::offices::find(conn, request.office).await?.ok_or(AppError::NotFound("office"))?;
    let round = store::rounds::first(conn, id).await?;
    let sibling = sibling_receipt(conn, &request).await?;
    of(office, &request, &round, &row, sibling.map(|(number, _)| number))
}

/// Receipt number and kind of the other request of a bundle.
pub(in crate::app) async fn sibling_receipt(
    conn: &mut PgConnection,
    request: &Request,
) -> Result<Option<(String, Kind)>, AppError> {
    match store::requests::sibling(conn, request).await? {
        Some((id, kind, _)) => Ok(Some((store::rounds::current(conn, id).await?.receipt_number, kind))),
        None => Ok(None),
    }
}

pub(super) fn of(
    office: &Office,
    request: &Request,
    round: &Round,
    row: &OfficeRow,
    sibling_receipt_number: Option<String>,
) -> Result<Receipt, AppError> {
    Ok(Receipt {
        request: request.id,
        receipt_number: round.receipt_number.clone(),
        kind: request.kind,
        office: request.office,
        zone: row.zone,
        received_at: round.received_at,
        due: round.due.clone(),
        tracking_code: office.vault.tracking_code(&request.tracking_key_id, &[request.id.0.as_bytes()])?,
        bundle: request.bundle,
        sibling_receipt_number,
    })
}

/// What a receipt letter is made of, beside the request.
pub(super) struct Making<'a> {
    pub office: &'a Office,
    pub row: &'a OfficeRow,
    pub regime: &'a Regime,
    pub request: &'a Request,
    pub round: &'a Round,
    /// Receipt number and kind of the other request of a bundle.
    pub sibling: Option<(&'a str, Kind)>,
    /// The documents of the request, those of its sibling included.
    pub documents: &'a [Document],
    /// The rounds before this one, first to last.
    pub earlier: &'a [Round],
    /// The address that we know of the taxpayer, when it is another one.
    pub also_to: Option<&'a EmailAddress>,
    pub now: DateTime<Utc>,
}

/// Writes the receipt letter and queues its e-mails, in the transaction of the intake.
pub(super) async fn issue(conn: &mut PgConnection, making: &Making<'_>) -> Result<(), AppError> {
    let Making { office, row, request, round, also_to, now, .. } = *making;
    let verification = office.new_verification_token();
    let data = data(conn, making, Some(&office.verification_link(&verification))).await?;
    let dated_on = round.received_at.with_timezone(&row.zone).date_naive();
    let letter = Letter {
        id: LetterId(Uuid::now_v7()),
        office: request.office,
        request: request.id,
        round: round.id,
        kind: LetterRowKind::Receipt,
        number: None,
        allocated: None,
        dated_on,
        copy_of: None,
        copy_number: None,
        credential: None,
        verification: Some(verification),
        template_version: shelf::version_in_force(conn, LetterKind::Receipt, dated_on).await?,
        data,
        addressee: Some(request.filed.email.clone()),
        delivery: Delivery::Email,
        delivery_reason: None,
        drafted_by: None,
        signed_by: None,
        created_at: now,
        printed_count: 0,
        handed_out_at: None,
        tracking_number: None,
        returned_at: None,
    };
    store::letters::insert(conn, &letter).await?;
    let corrected =
        if round.number > 1 { store::mail_addresses::find(conn, request.id).await? } else { None };
    let mail = NewMail {
        office_code: Some(request.office),
        request: Some(request.id),
        letter: Some(letter.id),
        ..NewMail::new(EmailKind::Receipt, corrected.unwrap_or_else(|| request.filed.email.clone()))
    };
    queue_mail(office, conn, mail.clone()).await?;
    // Without the tracking code, hence without the letter that shows it.
    if let Some(known) = also_to.filter(|known| !known.is_same_mailbox(&request.filed.email))
        && request.sender != Sender::Unknown
    {
        queue_mail(office, conn, NewMail { to: known.clone(), letter: None, ..mail }).await?;
    }
    Ok(())
}

/// How the letter will leave, as far as it can be told at receipt.
fn expected_delivery(row: &OfficeRow, request: &Request) -> Delivery {
    let in_doubt = request.sender == Sender::Unknown || request.address_proof == AddressProof::Unproven;
    let is_reprint = request.kind == Kind::Reprint;
    match row.letter_delivery {
        Delivery::Email if is_reprint && (in_doubt || request.bundle.is_some()) => Delivery::Counter,
        Delivery::Post if is_reprint => Delivery::Counter,
        Delivery::Email if in_doubt && request.kind != Kind::UpdateEmail => Delivery::Post,
        usual @ (Delivery::Email | Delivery::Post | Delivery::Counter) => usual,
    }
}

/// The data of a receipt letter that is printed again, marked as SALINAN.
pub(in crate::app) async fn copy_data(
    office: &Office,
    conn: &mut PgConnection,
    row: &OfficeRow,
    regime: &Regime,
    request: &Request,
    round: &Round,
    sibling: Option<(&str, Kind)>,
) -> Result<serde_json::Value, AppError> {
    let documents = documents_in_view(conn, request).await?;
    let earlier = store::rounds::of_request(conn, request.id).await?;
    let making = Making {
        office,
        row,
        regime,
        request,
        round,
        sibling,
        documents: &documents,
        earlier: &earlier,
        also_to: None,
        now: office.now(),
    };
    data(conn, &making, None).await
}

async fn data(
    conn: &mut PgConnection,
    making: &Making<'_>,
    link_of_first: Option<&str>,
) -> Result<serde_json::Value, AppError> {
    let request = making.request;
    let staff = match request.keyed_in_by {
        Some(id) => store::staff::find(conn, id).await?,
        None => None,
    };
    // A copy leads to the same page as the receipt that was issued.
    let link_on_paper = match link_of_first {
        Some(_) => String::new(),
        None => store::letters::receipt_token(conn, making.round.id)
            .await?
            .map(|token| making.office.verification_link(&token))
            .unwrap_or_default(),
    };
    Ok(words::receipt(&words::Receipt {
        office: making.row,
        links: &making.office.rules.links,
        regime: making.regime,
        request,
        earlier: making.earlier,
        round: making.round,
        documents: making.documents,
        delivery: expected_delivery(making.row, request),
        staff: staff.as_ref(),
        sibling: making.sibling,
        is_copy: link_of_first.is_none(),
        verification_link: match link_of_first {
            Some(link) => link,
            None => &link_on_paper,
        },
    }))
}

/// The documents of a request; in a bundle those of its sibling count as well.
pub(in crate::app) async fn documents_in_view(
    conn: &mut PgConnection,
    request: &Request,
) -> Result<Vec<store::documents::Document>, AppError> {
    let mut documents = store::documents::of_request(conn, request.id).await?;
    if let Some((sibling, _, _)) = store::requests::sibling(conn, request).await? {
        documents.extend(store::documents::of_request(conn, sibling).await?);
    }
    Ok(documents)
}
