//! Receives what may be received: request, round, receipt, mails and audit rows, in one transaction.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    receipt::{self, Making, Receipt},
    sender::known_of,
};
use crate::{
    app::{
        AppError, Office,
        due_date::due_date,
        post::{NewMail, open_not_us_link, queue_mail},
        withdraw::end_by_withdrawal,
    },
    domain::{
        form::Form,
        ids::{BundleId, RequestId, RoundId, TaskId, TaxpayerId},
        names::{AddressProof, Channel, Kind, Sender, WithdrawnReason},
        regime::Regime,
        request::{Filed, Request, Round},
        state::State,
    },
    letters::EmailKind,
    store::{
        self,
        audit::{By, Event},
        offices::OfficeRow,
        rounds::NewRound,
        tasks::{Task, TaskKind},
    },
    vault::key_file::KeyPurpose,
};

use super::{
    check_form::{Accepted, sender},
    filer::Checked,
};

/// Writes everything of the receipt, in one transaction.
pub(super) async fn receive(
    office: &Office,
    conn: &mut PgConnection,
    checked: &Checked,
    accepted: Accepted,
    now: DateTime<Utc>,
) -> Result<Vec<Receipt>, AppError> {
    let Accepted { form, row, regime, taxpayer, documents } = accepted;
    store::taxpayers::lock(conn, taxpayer.id).await?;
    let account = store::accounts::find(conn, taxpayer.id).await?;
    let sender = sender(checked, &taxpayer, account.as_ref());
    let known = known_of(&taxpayer, account);
    let displaced_at_once = make_room(office, conn, &form, taxpayer.id, sender, now).await?;

    let bundle = (form.kinds.len() > 1).then(|| BundleId(Uuid::now_v7()));
    let mut filed = Vec::new();
    for &kind in &form.kinds {
        filed.push(
            insert_request(
                office,
                conn,
                checked,
                &form,
                kind,
                &row,
                &regime,
                taxpayer.id,
                sender,
                bundle,
                now,
            )
            .await?,
        );
    }
    // The documents hang on the first request of a bundle; its sibling sees them.
    if let Some((request, round)) = filed.first() {
        store::documents::attach(conn, &form.documents, request.id, round.number, row.code, now).await?;
    }
    let mut receipts = Vec::new();
    for (index, (request, round)) in filed.iter().enumerate() {
        let sibling = filed
            .iter()
            .enumerate()
            .find(|(other, _)| *other != index)
            .map(|(_, (request, round))| (round.receipt_number.as_str(), request.kind));
        receipt::issue(
            conn,
            &Making {
                office,
                row: &row,
                regime: &regime,
                request,
                round,
                sibling,
                documents: &documents,
                earlier: &[],
                also_to: known.as_ref(),
                now,
            },
        )
        .await?;
        receipts.push(receipt::of(
            office,
            request,
            round,
            &row,
            sibling.map(|(number, _)| number.to_owned()),
        )?);
        if round.due.is_none() {
            open_task(conn, request, TaskKind::AwaitingCalendar, now).await?;
            tracing::error!(request.id = %request.id, "a request waits for a calendar that is not loaded");
        }
    }
    if sender == Sender::Unknown
        && let Some(known) = known
        && let Some((request, _)) = filed.first()
    {
        let link =
            open_not_us_link(office, conn, taxpayer.id, row.code, Some(request.id), "unknown_sender").await?;
        queue_mail(
            office,
            conn,
            NewMail {
                office_code: Some(row.code),
                request: Some(request.id),
                not_us: Some(link),
                ..NewMail::new(EmailKind::UnknownSenderNotice, known)
            },
        )
        .await?;
    }
    for (request, _) in filed {
        if displaced_at_once.contains(&request.kind) {
            end_by_withdrawal(office, conn, request, WithdrawnReason::Displaced, checked.by, now).await?;
        }
    }
    Ok(receipts)
}

/// Makes room for a filing of the taxpayer's own: filings from unknown addresses give way. Returns the kinds for
/// which, the other way round, this filing from an unknown address gives way to an open one of the taxpayer's own.
async fn make_room(
    office: &Office,
    conn: &mut PgConnection,
    form: &Form,
    taxpayer: TaxpayerId,
    sender: Sender,
    now: DateTime<Utc>,
) -> Result<Vec<Kind>, AppError> {
    let mut gives_way = Vec::new();
    for open in store::requests::lock_open_of_taxpayer(conn, taxpayer).await? {
        if !form.kinds.contains(&open.kind) {
            continue;
        }
        match (sender, open.sender) {
            (Sender::Known | Sender::Counter, Sender::Unknown) => {
                end_by_withdrawal(office, conn, open, WithdrawnReason::Displaced, By::System, now).await?;
            }
            (Sender::Unknown, Sender::Unknown) if open.filed.email.is_same_mailbox(&form.email) => {
                return Err(duplicate(conn, &open).await?);
            }
            (Sender::Unknown | Sender::Post, Sender::Unknown) => {}
            (Sender::Unknown, Sender::Known | Sender::Counter | Sender::Post) => gives_way.push(open.kind),
            (
                Sender::Known | Sender::Counter | Sender::Post,
                Sender::Known | Sender::Counter | Sender::Post,
            ) => {
                return Err(duplicate(conn, &open).await?);
            }
        }
    }
    Ok(gives_way)
}

async fn duplicate(conn: &mut PgConnection, open: &Request) -> Result<AppError, AppError> {
    let receipt_number = store::rounds::current(conn, open.id).await?.receipt_number;
    Ok(AppError::DuplicateRequest { receipt_number: Some(receipt_number) })
}

#[expect(clippy::too_many_arguments, reason = "all of it is one row, and each comes from another step")]
async fn insert_request(
    office: &Office,
    conn: &mut PgConnection,
    checked: &Checked,
    form: &Form,
    kind: Kind,
    row: &OfficeRow,
    regime: &Regime,
    taxpayer: TaxpayerId,
    sender: Sender,
    bundle: Option<BundleId>,
    now: DateTime<Utc>,
) -> Result<(Request, Round), AppError> {
    let request = Request {
        id: RequestId(Uuid::now_v7()),
        office: row.code,
        taxpayer,
        kind,
        regime: regime.code.clone(),
        channel: checked.channel,
        sender,
        address_proof: if checked.proof.is_some() { AddressProof::Proven } else { AddressProof::Unproven },
        unproven_reason: checked.unproven_reason.clone(),
        bundle,
        tracking_key_id: office.vault.active_key(KeyPurpose::Token).as_str().to_owned(),
        filed: filed(form, kind),
        keyed_in_by: checked.counter.map(|counter| counter.id),
        arrived_on: checked.arrived_on,
        first_received_at: now,
        state: State::Received { proposed: None },
        round_number: 1,
        version: 1,
    };
    store::requests::insert(conn, &request).await?;
    let round = open_round(conn, &request, row, regime, request.channel, now).await?;
    for exemption in &form.cannot_supply {
        store::exemptions::insert(conn, request.id, exemption.document, exemption.reason.as_str(), now)
            .await?;
    }
    store::audit::record(
        conn,
        Event::new(checked.by, "file_request")
            .office(row.code)
            .request(request.id)
            .taxpayer(taxpayer)
            .detail(serde_json::json!({
                "kind": kind, "channel": checked.channel, "sender": sender, "principal": checked.principal,
                "receipt_number": round.receipt_number,
            })),
        now,
    )
    .await?;
    Ok((request, round))
}

/// Opens a round: receipt number, which says through which channel it came, instant of the server, due date.
pub(super) async fn open_round(
    conn: &mut PgConnection,
    request: &Request,
    row: &OfficeRow,
    regime: &Regime,
    channel: Channel,
    now: DateTime<Utc>,
) -> Result<Round, AppError> {
    let limit_days = regime.limit(request.kind);
    let today = now.with_timezone(&row.zone).date_naive();
    let round = NewRound {
        id: RoundId(Uuid::now_v7()),
        request: request.id,
        office: row.code,
        number: request.round_number,
        received_at: now,
        limit_days,
        due: due_date(conn, row, now, limit_days).await?,
    };
    Ok(store::rounds::open(conn, round, receipt::prefix(channel), today).await?)
}

fn filed(form: &Form, kind: Kind) -> Filed {
    Filed {
        tax_id: form.tax_id.clone(),
        pkp_name: form.pkp_name.clone(),
        pkp_address: form.pkp_address.clone(),
        letter_number: form.letter_number.clone(),
        letter_place: form.letter_place.clone(),
        letter_on: form.letter_on,
        signer_name: form.signer_name.clone(),
        signer_position: form.signer_position.clone(),
        signer_capacity: form.signer_capacity,
        email: form.email.clone(),
        alternate_email: form.alternate_email.clone(),
        reprint_reason: form.reprint_reason.filter(|_| kind == Kind::Reprint),
        previous_office: form.previous_office.clone().filter(|_| kind == Kind::MoveOffice),
        old_letter_number: form.old_letter.as_ref().map(|old| old.number.clone()),
        old_letter_on: form.old_letter.as_ref().map(|old| old.on),
    }
}

pub(super) async fn open_task(
    conn: &mut PgConnection,
    request: &Request,
    kind: TaskKind,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let task = Task {
        id: TaskId(Uuid::now_v7()),
        office: request.office,
        request: Some(request.id),
        taxpayer: Some(request.taxpayer),
        kind,
        detail: String::new(),
        opened_at: now,
    };
    Ok(store::tasks::open(conn, &task).await?)
}
