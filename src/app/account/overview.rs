//! What a PKP sees of itself: both codes as dots, what happened to them, its requests and letters, where it is signed in.

use chrono::NaiveDate;
use serde::Serialize;

use super::{
    history::{self, Happening},
    owner,
    sign_in::Contact,
};
use crate::{
    app::{AppError, Office, views::parts::AtOffice},
    domain::{
        ids::{AccountSessionId, LetterId},
        names::{Kind, Outcome},
        state::StateName,
    },
    store::{self, letters::LetterRowKind},
};

/// How many events of the history are shown with everything else.
const EVENTS: i64 = 10;

#[derive(Debug, Serialize)]
pub struct Overview {
    pub pkp_name: String,
    /// Digits, as the PKP knows it.
    pub npwp: String,
    pub office: Contact,
    pub letter_number: String,
    pub letter_on: NaiveDate,
    /// Without the parts that a look over the shoulder must not catch.
    pub email: Option<String>,
    pub desktop_reset_at: Option<AtOffice>,
    pub password_set: Option<Happening>,
    pub history: Vec<Happening>,
    pub requests: Vec<RequestLine>,
    pub letters: Vec<LetterLine>,
    pub sessions: Vec<SessionLine>,
}

#[derive(Debug, Serialize)]
pub struct RequestLine {
    pub receipt_number: String,
    pub kind: Kind,
    pub state: StateName,
    pub outcome: Option<Outcome>,
    pub office_name: String,
    pub received_at: AtOffice,
    pub ended_at: Option<AtOffice>,
}

#[derive(Debug, Serialize)]
pub struct LetterLine {
    pub id: LetterId,
    pub kind: LetterRowKind,
    pub number: String,
    pub dated_on: NaiveDate,
    pub shows_code: bool,
}

#[derive(Debug, Serialize)]
pub struct SessionLine {
    pub id: AccountSessionId,
    pub began_at: AtOffice,
    pub used_at: AtOffice,
    /// The session that looks.
    pub own: bool,
}

/// The account of whoever holds this session.
///
/// Errors: [`AppError::Unauthenticated`].
pub async fn overview(office: &Office, session: AccountSessionId) -> Result<Overview, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let owner = owner(office, &mut tx, session, now).await?;
    let row = store::offices::find(&mut tx, owner.office).await?.ok_or(AppError::NotFound("office"))?;
    let taxpayer = store::taxpayers::get(&mut tx, owner.pair.taxpayer).await?;
    let account = store::accounts::find(&mut tx, taxpayer.id).await?;
    let history = history::latest(&mut tx, taxpayer.id, &history::ACTS, EVENTS, row.zone).await?;
    let password = history::latest(&mut tx, taxpayer.id, &history::PASSWORD_ACTS, 1, row.zone).await?;
    let reset = history::latest(&mut tx, taxpayer.id, &["reset_desktop_code"], 1, row.zone).await?;
    let requests = store::requests::of_taxpayer(&mut tx, taxpayer.id).await?;
    let letters = store::letters::to_taxpayer(&mut tx, taxpayer.id).await?;
    let used_after = now - office.rules.sessions.idle;
    let sessions = store::account_sessions::of_credential(&mut tx, owner.pair.id, used_after, now).await?;
    // Keeps that the session is in use.
    tx.commit().await?;

    let zone = row.zone;
    Ok(Overview {
        pkp_name: taxpayer.name,
        npwp: [taxpayer.npwp15, taxpayer.npwp16, taxpayer.nik]
            .into_iter()
            .flatten()
            .next()
            .unwrap_or_default(),
        office: Contact { name: row.name, phone: row.phone },
        letter_number: owner.pair.letter_number,
        letter_on: owner.pair.letter_on,
        email: account.map(|account| account.email.masked()),
        desktop_reset_at: reset.into_iter().next().map(|reset| reset.at),
        password_set: password.into_iter().next(),
        history,
        requests: requests
            .into_iter()
            .map(|request| RequestLine {
                receipt_number: request.receipt_number,
                kind: request.kind,
                state: request.state,
                outcome: request.outcome,
                office_name: request.office_name,
                received_at: AtOffice(request.received_at, zone),
                ended_at: request.ended_at.map(|at| AtOffice(at, zone)),
            })
            .collect(),
        letters: letters
            .into_iter()
            .map(|letter| LetterLine {
                id: letter.id,
                kind: letter.kind,
                number: letter.number,
                dated_on: letter.dated_on,
                shows_code: letter.credential.is_some(),
            })
            .collect(),
        sessions: sessions
            .into_iter()
            .map(|other| SessionLine {
                began_at: AtOffice(other.created_at, zone),
                used_at: AtOffice(if other.id == session { now } else { other.last_seen_at }, zone),
                own: other.id == session,
                id: other.id,
            })
            .collect(),
    })
}
