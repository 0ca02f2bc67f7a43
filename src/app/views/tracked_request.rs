//! A request as its filer follows it: what was filed and what became of it. Nothing from the registry, no names of
//! staff, no code and no password.

use chrono::NaiveDate;
use serde::Serialize;

use super::{
    parts::{AtOffice, Due},
    request_parts::{self, DeficiencyItem, DocumentView},
};
use crate::{
    app::{AppError, Office, intake::documents_in_view},
    domain::{
        ids::RequestId,
        names::{Delivery, Fate, Kind, Outcome, WithdrawnReason},
        office::OfficeCode,
        state::{Act, State, StateName},
        working_days::Derivation,
    },
    store::{
        self,
        audit::HistoryRow,
        letters::{Letter, LetterRowKind},
        messages::Message,
    },
};

#[derive(Debug, Serialize)]
pub struct TrackedRequest {
    pub receipt_number: String,
    pub kind: Kind,
    pub state: StateName,
    pub state_text: &'static str,
    pub office: TrackedOffice,
    pub round: TrackedRound,
    pub due: Due,
    pub returned: Option<Returned>,
    pub outcome: Option<Outcome>,
    pub letter: Option<TrackedLetter>,
    pub documents: Vec<DocumentView>,
    pub history: Vec<Step>,
}

#[derive(Debug, Serialize)]
pub struct TrackedOffice {
    pub office_code: OfficeCode,
    pub name: String,
    pub address: Option<String>,
    pub phone: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct TrackedRound {
    pub number: i32,
    pub receipt_number: String,
    pub received_at: AtOffice,
    pub due: Due,
    /// For the pages, which draw the days.
    #[serde(skip)]
    pub derivation: Option<Derivation>,
}

#[derive(Debug, Serialize)]
pub struct Returned {
    pub items: Vec<DeficiencyItem>,
    pub supply_by_on: NaiveDate,
}

#[derive(Debug, Serialize)]
pub struct TrackedLetter {
    pub number: String,
    pub dated_on: NaiveDate,
    pub delivery: Delivery,
    pub fate: Option<Fate>,
    /// What to do when the mail did not arrive. Names no address: it may be that of the account.
    pub note: Option<&'static str>,
}

#[derive(Debug, Serialize)]
pub struct Step {
    pub at: AtOffice,
    pub what: &'static str,
    /// For the pages, which say it in two languages.
    #[serde(skip)]
    pub act: &'static str,
}

/// The act that begins every history.
const FILED: &str = "file_request";

/// What the holder of the tracking code of this request may know.
pub async fn tracked_request(office: &Office, id: RequestId) -> Result<TrackedRequest, AppError> {
    let mut tx = office.begin().await?;
    let request = store::requests::find(&mut tx, id).await?.ok_or(AppError::Unauthenticated)?;
    let row = store::offices::find(&mut tx, request.office).await?.ok_or(AppError::NotFound("office"))?;
    let round = store::rounds::current(&mut tx, id).await?;
    let last_return = store::returns::of_request(&mut tx, id).await?.pop();
    let letters = store::letters::of_request(&mut tx, id).await?;
    let messages = store::messages::of_request(&mut tx, id).await?;
    let documents = documents_in_view(&mut tx, &request).await?;
    let events = store::audit::of_request(&mut tx, id).await?;
    tx.rollback().await?;

    let zone = row.zone;
    let due = Due::new(round.due.as_ref(), round.received_at, zone);
    let returned = last_return.filter(|_| request.state.name() == StateName::Incomplete);
    let returned = match returned {
        Some(returned) => Some(Returned {
            items: request_parts::items(office, &row, &returned.items)?,
            supply_by_on: returned.supply_by_on,
        }),
        None => None,
    };
    Ok(TrackedRequest {
        receipt_number: round.receipt_number.clone(),
        kind: request.kind,
        state: request.state.name(),
        state_text: state_text(&request.state),
        round: TrackedRound {
            number: round.number,
            receipt_number: round.receipt_number,
            received_at: AtOffice(round.received_at, zone),
            due: due.clone(),
            derivation: round.due.map(|due| due.derivation),
        },
        due,
        returned,
        outcome: match request.state {
            State::Issued { outcome, .. } => Some(outcome),
            State::Received { .. }
            | State::Examining { .. }
            | State::Drafted { .. }
            | State::Incomplete { .. }
            | State::Withdrawn { .. }
            | State::Lapsed { .. } => None,
        },
        letter: letter(letters, &messages),
        documents: documents.iter().map(DocumentView::from).collect(),
        history: events.iter().filter_map(|event| step(event, zone)).collect(),
        office: TrackedOffice {
            office_code: row.code,
            name: row.name,
            address: row.address,
            phone: row.phone,
        },
    })
}

/// The signed letter, and what became of the e-mail that carries it.
fn letter(letters: Vec<Letter>, messages: &[Message]) -> Option<TrackedLetter> {
    // The last one: a correction takes the place of the letter before it.
    letters.into_iter().rev().find_map(|letter| match letter.kind {
        LetterRowKind::Receipt | LetterRowKind::DeficiencyList => None,
        LetterRowKind::ActivationNotice | LetterRowKind::RefusalNotice | LetterRowKind::EmailChangeNotice => {
            let carried = messages.iter().rfind(|message| {
                message.letter == Some(letter.id)
                    && message.kind == crate::letters::EmailKind::LetterDelivery.as_str()
            });
            let fate = carried.map(|message| message.fate);
            Some(TrackedLetter {
                number: letter.number?,
                dated_on: letter.dated_on,
                delivery: letter.delivery,
                fate,
                note: fate.filter(|_| letter.delivery == Delivery::Email).and_then(note),
            })
        }
    })
}

/// A mail that did not arrive, in words for who waits for it.
fn note(fate: Fate) -> Option<&'static str> {
    match fate {
        Fate::Queued | Fate::Accepted | Fate::Superseded => None,
        Fate::Bounced => Some(
            "Email yang membawa surat ini tidak diterima server tujuan. Hubungi kantor, atau ajukan update email.",
        ),
        Fate::GivenUp => {
            Some("Email yang membawa surat ini belum dapat diserahkan kepada server tujuan. Hubungi kantor.")
        }
    }
}

fn state_text(state: &State) -> &'static str {
    match state {
        State::Received { .. } => "Diterima lengkap, menunggu penelitian",
        State::Examining { .. } => "Sedang diteliti",
        State::Drafted { .. } => "Selesai diteliti, menunggu tanda tangan",
        State::Incomplete { .. } => "Dikembalikan untuk dilengkapi",
        State::Issued { outcome: Outcome::Granted, .. } => "Dikabulkan, surat sudah terbit",
        State::Issued { outcome: Outcome::Refused, .. } => "Ditolak, surat sudah terbit",
        State::Withdrawn { reason: WithdrawnReason::Own, .. } => "Ditarik kembali oleh pemohon",
        State::Withdrawn { reason: WithdrawnReason::Moved, .. } => "Berakhir karena PKP pindah kantor",
        State::Withdrawn { reason: WithdrawnReason::Displaced, .. } => "Berakhir, digantikan permohonan lain",
        State::Lapsed { .. } => "Berakhir karena tidak dilengkapi",
    }
}

/// What the filer should hear of an event; most of them are the office's own business.
fn step(event: &HistoryRow, zone: chrono_tz::Tz) -> Option<Step> {
    let (act, what) = if event.act == FILED {
        (FILED, "Permohonan diterima lengkap")
    } else {
        let act = event.act.parse::<Act>().ok()?;
        let what = match act {
            Act::Claim => "Permohonan mulai diteliti",
            Act::Return => "Permohonan dikembalikan untuk dilengkapi",
            Act::Resupply => "Permohonan dilengkapi dan diterima kembali",
            Act::Sign => "Surat ditandatangani",
            Act::Withdraw => "Permohonan berakhir sebelum diputuskan",
            Act::Lapse => "Permohonan berakhir karena tidak dilengkapi",
            Act::SignCorrection => "Surat diralat; surat penggantinya ditandatangani",
            Act::Release
            | Act::Reassign
            | Act::Waive
            | Act::EnterEvidence
            | Act::Draft
            | Act::SendBack
            | Act::DraftCorrection
            | Act::SendBackCorrection => return None,
        };
        (act.as_str(), what)
    };
    Some(Step { at: AtOffice(event.at, zone), what, act })
}
