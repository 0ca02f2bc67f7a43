//! `file_request` and `file_bundle`: the one way in, for a filer with a proven address and for the counter.

use chrono::{DateTime, NaiveDate, Utc};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    documents::{cases, completeness, own_uploads},
    receipt::{self, Making, Receipt},
    sender::{known_of, standing},
};
use crate::{
    app::{
        AppError, Office,
        actor::{self, Counter},
        due_date::due_date,
        post::{NewMail, open_not_us_link, queue_mail},
        withdraw::end_by_withdrawal,
    },
    domain::{
        email_address::EmailAddress,
        fault::Faults,
        form::{Filing, Form, RawForm},
        ids::{BundleId, RequestId, RoundId, SessionId, TaskId, TaxpayerId},
        names::{AddressProof, Channel, Kind, Sender, WithdrawnReason},
        regime::Regime,
        request::{Filed, Request, Round},
        state::State,
        tax_id::TaxId,
    },
    letters::EmailKind,
    store::{
        self,
        accounts::Account,
        audit::{By, Event},
        documents::{Document, Owner},
        idempotency::IdempotencyKey,
        offices::OfficeRow,
        proofs::Proof,
        rounds::NewRound,
        tasks::{Task, TaskKind},
        taxpayers::Taxpayer,
    },
    vault::key_file::KeyPurpose,
};

/// Who files.
#[derive(Debug, Clone, Copy)]
pub enum Filer<'a> {
    /// SHA-256 of the proof token.
    Proof(&'a [u8]),
    Counter(SessionId),
}

/// What only the counter says (product section 4).
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawCounter {
    pub channel: String,
    /// SHA-256 is looked up; the token itself was read from the taxpayer's phone.
    #[serde(default)]
    pub proof_token: Option<String>,
    #[serde(default)]
    pub unproven_reason: Option<String>,
    #[serde(default)]
    pub arrived_on: Option<NaiveDate>,
}

/// Everything of one call.
#[derive(Debug)]
pub struct FilingCall<'a> {
    pub filing: Filing,
    pub form: &'a RawForm,
    pub counter: Option<&'a RawCounter>,
    pub idempotency_key: &'a str,
}

/// Who files, checked, with what follows from it.
struct Checked {
    owner: Owner,
    principal: String,
    by: By,
    channel: Channel,
    counter: Option<Counter>,
    proof: Option<Proof>,
    unproven_reason: Option<String>,
    arrived_on: Option<NaiveDate>,
}

/// Files one request or a bundle. All rules pass → received, with receipt, due date and tracking code; anything
/// missing → nothing is received and every fault is told (422).
///
/// A repeated call with the same key and body gives the same answer and receives nothing again.
pub async fn file_request(
    office: &Office,
    filer: Filer<'_>,
    call: &FilingCall<'_>,
) -> Result<Vec<Receipt>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let operation = match call.filing {
        Filing::Single => "file_request",
        Filing::Bundle => "file_bundle",
    };
    let (principal, proof) = principal(&mut tx, filer, now).await?;
    let key = IdempotencyKey { operation, principal: &principal, key: call.idempotency_key };
    let body_hash = body_hash(call)?;
    if proof.is_none() {
        store::idempotency::lock(&mut tx, key).await?;
    }
    let kept_since = now - office.rules.limits.idempotency;
    if let Some(earlier) = store::idempotency::earlier(&mut tx, key, kept_since).await? {
        if earlier.body_hash != body_hash {
            return Err(AppError::IdempotencyMismatch);
        }
        let mut receipts = Vec::new();
        for id in earlier.requests {
            receipts.push(receipt::rebuild(office, &mut tx, id).await?);
        }
        return Ok(receipts);
    }

    store::calendar::hold(&mut tx).await?;
    let mut faults = Faults::default();
    let checked = check_filer(&mut tx, filer, proof, call, principal.clone(), &mut faults, now).await?;
    let accepted = check_form(office, &mut tx, &checked, call, faults, now).await?;
    let receipts = receive(office, &mut tx, &checked, accepted, now).await?;
    if let Some(proof) = &checked.proof {
        store::proofs::consume(&mut tx, proof.id, now).await?;
    }
    let ids: Vec<RequestId> = receipts.iter().map(|receipt| receipt.request).collect();
    store::idempotency::remember(&mut tx, key, &body_hash, &ids, now).await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(receipts)
}

/// The parsed body, so that spaces and the order of fields do not matter.
fn body_hash(call: &FilingCall<'_>) -> Result<Vec<u8>, AppError> {
    let body = serde_json::json!({ "form": call.form, "counter": call.counter });
    let canonical = serde_json::to_vec(&body).map_err(|error| AppError::Internal(error.into()))?;
    Ok(Sha256::digest(canonical).to_vec())
}

/// To whom an idempotency key belongs. A proof that was used already still finds its answer; it is locked, so that
/// two calls with one proof take turns.
async fn principal(
    conn: &mut PgConnection,
    filer: Filer<'_>,
    now: DateTime<Utc>,
) -> Result<(String, Option<Proof>), AppError> {
    match filer {
        Filer::Proof(token_hash) => {
            let proof =
                store::proofs::lock_by_token(conn, token_hash).await?.ok_or(AppError::Unauthenticated)?;
            Ok((format!("proof:{}", proof.id), Some(proof)))
        }
        Filer::Counter(session) => {
            let colleague = actor::authenticate(conn, session, now).await?;
            Ok((format!("session:{}", colleague.session), None))
        }
    }
}

fn is_usable(proof: &Proof, now: DateTime<Utc>) -> bool {
    proof.used_at.is_none() && proof.proof_expires_at.is_some_and(|end| end > now)
}

async fn check_filer(
    conn: &mut PgConnection,
    filer: Filer<'_>,
    proof: Option<Proof>,
    call: &FilingCall<'_>,
    principal: String,
    faults: &mut Faults,
    now: DateTime<Utc>,
) -> Result<Checked, AppError> {
    match filer {
        Filer::Proof(_) => {
            if call.counter.is_some() {
                faults.add(
                    "/counter",
                    "not_allowed",
                    "Bagian ini hanya untuk petugas loket; hapus bagian ini.",
                );
            }
            let proof = proof.filter(|proof| is_usable(proof, now)).ok_or(AppError::Unauthenticated)?;
            Ok(Checked {
                owner: Owner::Proof(proof.id),
                principal,
                by: By::Taxpayer,
                channel: Channel::Online,
                counter: None,
                proof: Some(proof),
                unproven_reason: None,
                arrived_on: None,
            })
        }
        Filer::Counter(session) => {
            let counter = actor::authenticate(conn, session, now).await?.counter()?;
            let raw = call.counter.cloned().unwrap_or_default();
            check_counter(conn, counter, &raw, principal, faults, now).await
        }
    }
}

async fn check_counter(
    conn: &mut PgConnection,
    counter: Counter,
    raw: &RawCounter,
    principal: String,
    faults: &mut Faults,
    now: DateTime<Utc>,
) -> Result<Checked, AppError> {
    let channel = match raw.channel.parse() {
        Ok(channel @ (Channel::Counter | Channel::Post)) => channel,
        Ok(Channel::Online) | Err(_) => {
            faults.add("/counter/channel", "channel", "Pilih counter (loket) atau post (pos).");
            Channel::Counter
        }
    };
    let proof = match &raw.proof_token {
        None => None,
        Some(token) => {
            let proof = store::proofs::lock_by_token(conn, &Sha256::digest(token.as_bytes()))
                .await?
                .filter(|proof| is_usable(proof, now));
            if proof.is_none() {
                faults.add(
                    "/counter/proof_token",
                    "proof",
                    "Bukti alamat email tidak berlaku lagi; minta kode baru.",
                );
            }
            proof
        }
    };
    let reason = raw.unproven_reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    match (&raw.proof_token, reason) {
        (None, None) => faults.add(
            "/counter/unproven_reason",
            "required",
            "Buktikan alamat email dengan kode, atau sebutkan alasan alamat belum terbukti.",
        ),
        (Some(_), Some(_)) => faults.add(
            "/counter/unproven_reason",
            "not_allowed",
            "Alamat sudah dibuktikan dengan kode; hapus alasan ini.",
        ),
        (Some(_), None) | (None, Some(_)) => {}
    }
    match (channel, raw.arrived_on) {
        (Channel::Post, None) => {
            faults.add("/counter/arrived_on", "required", "Isi tanggal surat tiba melalui pos.");
        }
        (Channel::Counter, Some(_)) => {
            faults.add("/counter/arrived_on", "not_allowed", "Hanya untuk permohonan yang tiba melalui pos.");
        }
        _ => {}
    }
    let today = actor::local_day(conn, counter.office, now).await?;
    if raw.arrived_on.is_some_and(|on| on > today) {
        faults.add("/counter/arrived_on", "after_receipt", "Tanggal tiba tidak boleh melewati hari ini.");
    }
    Ok(Checked {
        owner: Owner::Staff(counter.id),
        principal,
        by: By::Staff(counter.id),
        channel,
        counter: Some(counter),
        unproven_reason: if proof.is_some() { None } else { reason.map(str::to_owned) },
        proof,
        arrived_on: raw.arrived_on,
    })
}

/// A form that may be received.
struct Accepted {
    form: Form,
    row: OfficeRow,
    regime: Regime,
    taxpayer: Taxpayer,
    documents: Vec<Document>,
}

async fn check_form(
    office: &Office,
    conn: &mut PgConnection,
    checked: &Checked,
    call: &FilingCall<'_>,
    mut faults: Faults,
    now: DateTime<Utc>,
) -> Result<Accepted, AppError> {
    let raw = call.form;
    let row = match raw.office_code.parse() {
        Ok(code) => store::offices::find(conn, code).await?,
        Err(_) => None,
    };
    let today = row.as_ref().map(|row| now.with_timezone(&row.zone).date_naive());
    let form = match Form::parse(raw, call.filing, today) {
        Ok(form) => Some(form),
        Err(found) => {
            for fault in found {
                faults.add(fault.pointer, &fault.code, fault.detail);
            }
            None
        }
    };
    if row.is_none() && raw.office_code.parse::<crate::domain::office::OfficeCode>().is_ok() {
        faults.add(
            "/office_code",
            "unknown_office",
            "Kantor dengan kode ini tidak dilayani di sini. Periksa daftar kantor.",
        );
    }
    if let (Some(counter), Some(row)) = (checked.counter, &row)
        && counter.office != row.code
    {
        faults.add(
            "/office_code",
            "other_office",
            "Surat ditujukan ke kantor lain; sampaikan ke kantor tersebut.",
        );
    }
    if let Some(proof) = &checked.proof
        && let Ok(email) = raw.email.parse::<EmailAddress>()
        && !email.is_same_mailbox(&proof.email)
    {
        faults.add(
            "/email",
            "not_proven",
            "Alamat ini bukan alamat yang dibuktikan dengan kode. Minta kode untuk alamat ini.",
        );
    }
    let taxpayer = match raw.tax_id.parse::<TaxIdText>() {
        Ok(TaxIdText(tax_id)) => registered_or_plausible(conn, &tax_id, &mut faults).await?,
        Err(_) => None,
    };
    let regime = store::regimes::default(conn).await?;
    let limits = &office.rules.limits;
    if raw.documents.len() > limits.documents_per_request {
        faults.add(
            "/documents",
            "too_many",
            format!("Paling banyak {} dokumen.", limits.documents_per_request),
        );
    }
    let mut documents =
        own_uploads(conn, &raw.documents, checked.owner, limits.unused_document, &mut faults, now).await?;
    let supplied: Vec<_> = documents
        .iter()
        .map(|document| document.kind)
        .chain(raw.cannot_supply.iter().filter_map(|exemption| exemption.document.parse().ok()))
        .collect();
    completeness(&regime, &cases(raw, call.filing == Filing::Bundle), &supplied, &mut faults);

    if !faults.is_empty() {
        return Err(AppError::Invalid(faults.into_vec()));
    }
    let (Some(form), Some(row)) = (form, row) else { return Err(AppError::Invalid(Vec::new())) };
    let taxpayer = match taxpayer {
        Some(taxpayer) => taxpayer,
        None => store::taxpayers::provisional(conn, &form.tax_id, form.pkp_name.as_str(), now).await?,
    };
    // As a receipt lists them.
    documents.sort_by_key(|document| (document.uploaded_at, document.id.0));
    Ok(Accepted { form, row, regime, taxpayer, documents })
}

/// Whether we know who sends this.
fn sender(checked: &Checked, taxpayer: &Taxpayer, account: Option<&Account>) -> Sender {
    match (checked.channel, &checked.proof) {
        (Channel::Counter, _) => Sender::Counter,
        (Channel::Post, _) => Sender::Post,
        (Channel::Online, Some(proof)) => standing(taxpayer, account, &proof.email),
        (Channel::Online, None) => Sender::Unknown,
    }
}

/// A number that parses; its faults are told by the form.
struct TaxIdText(TaxId);

impl std::str::FromStr for TaxIdText {
    type Err = crate::domain::tax_id::TaxIdError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        TaxId::parse(text).map(Self)
    }
}

/// Whoever the number belongs to. A number that looks like a typing mistake is accepted only when the registry
/// knows it; what else the registry knows is not told.
async fn registered_or_plausible(
    conn: &mut PgConnection,
    tax_id: &TaxId,
    faults: &mut Faults,
) -> Result<Option<Taxpayer>, AppError> {
    let found = store::taxpayers::find_by_tax_id(conn, tax_id).await?;
    if !found.as_ref().is_some_and(Taxpayer::is_registered)
        && let Some(suspicion) = tax_id.suspicion()
    {
        faults.add("/tax_id", "typing_mistake", suspicion.message_id());
    }
    Ok(found)
}

/// Writes everything of the receipt, in one transaction.
async fn receive(
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
    let round = open_round(conn, &request, row, regime, now).await?;
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

/// Opens a round: receipt number, instant of the server, due date.
pub(super) async fn open_round(
    conn: &mut PgConnection,
    request: &Request,
    row: &OfficeRow,
    regime: &Regime,
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
    Ok(store::rounds::open(conn, round, receipt::prefix(request.channel), today).await?)
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
        closed_at: None,
    };
    Ok(store::tasks::open(conn, &task).await?)
}
