//! Resupply: what was returned as incomplete comes back complete. A new round with a new due date begins.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::{
    documents::{case_of, completeness, own_uploads},
    receipt::{self, Making, Receipt},
    receive::{open_round, open_task},
    sender::known_address,
};
use crate::{
    app::{
        AppError, Office,
        actor::{self, lock_request},
    },
    domain::{
        fault::Faults,
        form::RawExemption,
        ids::{DocumentId, RequestId, SessionId},
        line::Line,
        names::{Capacity, Channel, DocumentKind},
        request::{Filed, Request},
        state::{Act, StateName},
    },
    store::{
        self,
        audit::{By, Event},
        documents::Owner,
        tasks::TaskKind,
    },
};

/// What a resupply brings.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawResupply {
    pub documents: Vec<DocumentId>,
    pub cannot_supply: Vec<RawExemption>,
    pub corrections: RawCorrections,
}

/// Fields of the form that may be corrected. Identity number, kind, office and address stay: they were proven.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawCorrections {
    pub pkp_name: Option<String>,
    pub pkp_address: Option<String>,
    pub letter: Option<RawLetterCorrection>,
    pub signer: Option<RawSignerCorrection>,
    pub old_letter: Option<RawOldLetterCorrection>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawLetterCorrection {
    pub number: Option<String>,
    pub place: Option<String>,
    pub date: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawSignerCorrection {
    pub name: Option<String>,
    pub position: Option<String>,
    pub capacity: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawOldLetterCorrection {
    pub number: Option<String>,
    pub date: Option<String>,
}

/// The filer completes their request with the tracking code.
pub async fn resupply(office: &Office, id: RequestId, raw: &RawResupply) -> Result<Receipt, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    store::calendar::hold(&mut tx).await?;
    let request = store::requests::lock(&mut tx, id).await?.ok_or(AppError::NotFound("request"))?;
    request.state.permits(Act::Resupply)?;
    let receipt = receive_again(office, &mut tx, request, raw, Owner::Request(id), By::Taxpayer, now).await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(receipt)
}

/// The counter takes what the filer brings.
pub async fn resupply_at_counter(
    office: &Office,
    session: SessionId,
    id: RequestId,
    raw: &RawResupply,
    expected_version: Option<i32>,
) -> Result<Receipt, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    store::calendar::hold(&mut tx).await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let (request, _) = lock_request(&mut tx, &colleague, id, Act::Resupply, expected_version).await?;
    let (owner, by) = (Owner::Staff(colleague.id), By::Staff(colleague.id));
    let receipt = receive_again(office, &mut tx, request, raw, owner, by, now).await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(receipt)
}

async fn receive_again(
    office: &Office,
    conn: &mut PgConnection,
    mut request: Request,
    raw: &RawResupply,
    owner: Owner,
    by: By,
    now: DateTime<Utc>,
) -> Result<Receipt, AppError> {
    // The job that lapses it may come late; the time to supply does not depend on that.
    if store::returns::of_request(conn, request.id).await?.last().is_some_and(|last| last.lapses_at <= now) {
        return Err(AppError::NotPossible { act: Act::Resupply, state: StateName::Lapsed, officer: None });
    }
    let row = store::offices::find(conn, request.office).await?.ok_or(AppError::NotFound("office"))?;
    let regime = store::regimes::get(conn, &request.regime).await?;
    let mut faults = Faults::default();
    check_bounds(raw, owner, office.rules.limits.documents_per_request, &mut faults);
    correct(&mut request.filed, &raw.corrections, now.with_timezone(&row.zone).date_naive(), &mut faults);
    let limits = &office.rules.limits;
    let uploads = own_uploads(conn, &raw.documents, owner, now - limits.unused_document, &mut faults).await?;
    let exemptions = exemptions(raw, &mut faults);

    let case = case_of(conn, &request).await?;
    let mut supplied: Vec<DocumentKind> = uploads.iter().map(|upload| upload.kind).collect();
    supplied.extend(receipt::documents_in_view(conn, &request).await?.iter().map(|document| document.kind));
    supplied.extend(exemptions.iter().map(|(document, _)| *document));
    supplied.extend(
        store::exemptions::of_request(conn, request.id).await?.iter().map(|exemption| exemption.document),
    );
    completeness(&regime, &[case], &supplied, &mut faults);
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults.into_vec()));
    }

    let state = request.state.resupply()?;
    request.round_number += 1;
    store::requests::save_corrections(conn, &request).await?;
    let request = store::requests::save_state(conn, request, state).await?;
    let channel = match by {
        By::Staff(_) => Channel::Counter,
        _ => request.channel,
    };
    let round = open_round(conn, &request, &row, &regime, channel, now).await?;
    if let By::Staff(keyer) = by {
        store::rounds::note_keyer(conn, round.id, keyer).await?;
    }
    store::documents::attach(conn, &raw.documents, request.id, round.number, row.code, now).await?;
    for (document, reason) in exemptions {
        store::exemptions::insert(conn, request.id, document, reason.as_str(), now).await?;
    }
    let taxpayer = store::taxpayers::get(conn, request.taxpayer).await?;
    let known = known_address(conn, &taxpayer).await?;
    let sibling = receipt::sibling_receipt(conn, &request).await?;
    let documents = receipt::documents_in_view(conn, &request).await?;
    let earlier = store::rounds::of_request(conn, request.id).await?;
    receipt::issue(
        conn,
        &Making {
            office,
            row: &row,
            regime: &regime,
            request: &request,
            round: &round,
            sibling: sibling.as_ref().map(|(number, kind)| (number.as_str(), *kind)),
            documents: &documents,
            earlier: &earlier,
            also_to: known.as_ref(),
            now,
        },
    )
    .await?;
    if round.due.is_none() {
        open_task(conn, &request, TaskKind::AwaitingCalendar, now).await?;
    }
    store::audit::record(
        conn,
        Event::new(by, Act::Resupply.as_str())
            .office(request.office)
            .request(request.id)
            .taxpayer(request.taxpayer)
            .detail(serde_json::json!({ "round": round.number, "receipt_number": round.receipt_number })),
        now,
    )
    .await?;
    receipt::of(office, &request, &round, &row, sibling.map(|(number, _)| number))
}

/// Something must come (at the counter it may have been shown), no more than a request may have, each document once.
fn check_bounds(raw: &RawResupply, owner: Owner, most: usize, faults: &mut Faults) {
    let at_a_distance = match owner {
        Owner::Request(_) | Owner::Proof(_) => true,
        Owner::Staff(_) => false,
    };
    let brings_nothing = at_a_distance
        && raw.documents.is_empty()
        && raw.cannot_supply.is_empty()
        && raw.corrections == RawCorrections::default();
    if brings_nothing {
        faults.add(
            "/documents",
            "required",
            "Lampirkan dokumen, perbaiki isian, atau sebutkan yang tidak dapat dilampirkan.",
        );
    }
    if raw.documents.len() > most {
        faults.add("/documents", "too_many", format!("Paling banyak {most} dokumen."));
    }
    for (index, document) in raw.documents.iter().enumerate() {
        if raw.documents[..index].contains(document) {
            faults.add(format!("/documents/{index}"), "duplicate", "Dokumen ini disebut dua kali.");
        }
    }
}

fn exemptions(raw: &RawResupply, faults: &mut Faults) -> Vec<(DocumentKind, Line<500>)> {
    let mut found = Vec::new();
    for (index, exemption) in raw.cannot_supply.iter().enumerate() {
        let document = faults.take(
            &format!("/cannot_supply/{index}/document"),
            exemption
                .document
                .parse::<DocumentKind>()
                .map_err(|_| ("document", "Jenis dokumen tidak dikenal.".to_owned())),
        );
        let reason = faults.take(
            &format!("/cannot_supply/{index}/reason"),
            Line::parse(&exemption.reason).map_err(|error| (error.code(), error.detail())),
        );
        found.extend(document.zip(reason));
    }
    found
}

/// Puts corrected fields in the place of the filed ones.
fn correct(filed: &mut Filed, raw: &RawCorrections, today: NaiveDate, faults: &mut Faults) {
    replace_line(&mut filed.pkp_name, raw.pkp_name.as_deref(), "/corrections/pkp_name", faults);
    replace_line(&mut filed.pkp_address, raw.pkp_address.as_deref(), "/corrections/pkp_address", faults);
    if let Some(letter) = &raw.letter {
        replace_line(
            &mut filed.letter_number,
            letter.number.as_deref(),
            "/corrections/letter/number",
            faults,
        );
        replace_line(&mut filed.letter_place, letter.place.as_deref(), "/corrections/letter/place", faults);
        if let Some(on) = date(letter.date.as_deref(), "/corrections/letter/date", faults) {
            if on > today {
                faults.add(
                    "/corrections/letter/date",
                    "after_receipt",
                    "Tanggal surat tidak boleh melewati hari ini.",
                );
            }
            filed.letter_on = on;
        }
    }
    if let Some(signer) = &raw.signer {
        replace_line(&mut filed.signer_name, signer.name.as_deref(), "/corrections/signer/name", faults);
        replace_line(
            &mut filed.signer_position,
            signer.position.as_deref(),
            "/corrections/signer/position",
            faults,
        );
        if let Some(capacity) = signer.capacity.as_deref() {
            let parsed = capacity
                .parse::<Capacity>()
                .map_err(|_| ("capacity", "Pilih salah satu: pkp, pengurus, atau kuasa.".to_owned()));
            if let Some(capacity) = faults.take("/corrections/signer/capacity", parsed) {
                filed.signer_capacity = capacity;
            }
        }
    }
    if let Some(old) = &raw.old_letter {
        if let Some(number) = old.number.as_deref() {
            let parsed = Line::parse(number).map_err(|error| (error.code(), error.detail()));
            filed.old_letter_number = faults.take("/corrections/old_letter/number", parsed);
        }
        if let Some(on) = date(old.date.as_deref(), "/corrections/old_letter/date", faults) {
            filed.old_letter_on = Some(on);
        }
    }
}

fn replace_line<const MAX: usize>(
    line: &mut Line<MAX>,
    text: Option<&str>,
    pointer: &str,
    faults: &mut Faults,
) {
    if let Some(text) = text
        && let Some(parsed) =
            faults.take(pointer, Line::parse(text).map_err(|error| (error.code(), error.detail())))
    {
        *line = parsed;
    }
}

fn date(text: Option<&str>, pointer: &str, faults: &mut Faults) -> Option<NaiveDate> {
    let parsed = NaiveDate::parse_from_str(text?.trim(), "%Y-%m-%d")
        .map_err(|_| ("date", "Tulis tanggal sebagai tahun-bulan-hari, misalnya 2026-07-09.".to_owned()));
    faults.take(pointer, parsed)
}
