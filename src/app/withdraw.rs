//! Withdrawal: by the filer, at the counter, or because another request or a move ends this one.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::{
    AppError, Office,
    actor::{self, lock_request},
    post::{NewMail, queue_mail, to_json},
    words::extras,
};
use crate::{
    domain::{
        fault::Faults,
        ids::{RequestId, SessionId},
        line::Line,
        names::{RoundEnding, WithdrawnReason},
        request::Request,
        state::{Act, State},
    },
    letters::EmailKind,
    store::{
        self,
        audit::{By, Event},
        drafts::DraftEnding,
    },
};

/// The filer withdraws their own request with the tracking code.
pub async fn withdraw(office: &Office, id: RequestId) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let request = store::requests::lock(&mut tx, id).await?.ok_or(AppError::NotFound("request"))?;
    end_by_withdrawal(office, &mut tx, request, WithdrawnReason::Own, By::Taxpayer, now).await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(())
}

/// The letter that a filer withdraws with, as it was typed.
#[derive(Debug, Clone)]
pub struct RawWithdrawalLetter {
    pub number: String,
    /// ISO 8601.
    pub date: String,
}

impl RawWithdrawalLetter {
    /// What the audit row keeps of it.
    fn check(&self, today: NaiveDate) -> Result<serde_json::Value, AppError> {
        let mut faults = Faults::default();
        let number = Line::<60>::parse(&self.number).map_err(|error| (error.code(), error.detail()));
        let number = faults.take("/letter/number", number);
        let date = NaiveDate::parse_from_str(self.date.trim(), "%Y-%m-%d")
            .map_err(|_| ("date", "Isi tanggal surat.".to_owned()));
        let date = faults.take("/letter/date", date);
        if date.is_some_and(|date| date > today) {
            faults.add("/letter/date", "after_receipt", "Tanggal surat tidak boleh melewati hari ini.");
        }
        match (number, date) {
            (Some(number), Some(date)) if faults.is_empty() => {
                Ok(json!({ "letter_number": number.as_str(), "letter_date": date }))
            }
            _ => Err(AppError::Invalid(faults.into_vec())),
        }
    }
}

/// The counter records a letter of withdrawal.
pub async fn withdraw_at_counter(
    office: &Office,
    session: SessionId,
    id: RequestId,
    letter: Option<&RawWithdrawalLetter>,
    expected_version: Option<i32>,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let (request, _) = lock_request(&mut tx, &colleague, id, Act::Withdraw, expected_version).await?;
    let letter = match letter {
        Some(letter) => Some(letter.check(actor::local_day(&mut tx, request.office, now).await?)?),
        None => None,
    };
    let by = By::Staff(colleague.id);
    end(office, &mut tx, request, WithdrawnReason::Own, letter, by, now).await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(())
}

/// Ends a locked request, its draft and its running round; tells the address of the request.
pub(in crate::app) async fn end_by_withdrawal(
    office: &Office,
    conn: &mut PgConnection,
    request: Request,
    reason: WithdrawnReason,
    by: By,
    now: DateTime<Utc>,
) -> Result<Request, AppError> {
    end(office, conn, request, reason, None, by, now).await
}

async fn end(
    office: &Office,
    conn: &mut PgConnection,
    request: Request,
    reason: WithdrawnReason,
    letter: Option<serde_json::Value>,
    by: By,
    now: DateTime<Utc>,
) -> Result<Request, AppError> {
    let state = request.state.withdraw(reason, now)?;
    if let Some(draft) = store::drafts::open(conn, request.id).await? {
        store::drafts::end(conn, draft.id, DraftEnding::Withdrawn, now).await?;
    }
    match request.state {
        State::Received { .. } | State::Examining { .. } | State::Drafted { .. } => {
            let round = store::rounds::current(conn, request.id).await?;
            store::rounds::end(conn, &round, RoundEnding::Withdrawn, None, None, now).await?;
        }
        // A return has ended the round already.
        State::Incomplete { .. } | State::Issued { .. } | State::Withdrawn { .. } | State::Lapsed { .. } => {}
    }
    let request = store::requests::save_state(conn, request, state).await?;
    let mut detail = letter.unwrap_or_else(|| json!({}));
    detail["reason"] = json!(reason);
    store::audit::record(
        conn,
        Event::new(by, Act::Withdraw.as_str())
            .office(request.office)
            .request(request.id)
            .taxpayer(request.taxpayer)
            .detail(detail),
        now,
    )
    .await?;
    queue_mail(
        office,
        conn,
        NewMail {
            office_code: Some(request.office),
            request: Some(request.id),
            data: to_json(&extras::Ended { how: extras::EndedHow::Withdrawn })?,
            ..NewMail::new(EmailKind::RequestEnded, request.filed.email.clone())
        },
    )
    .await?;
    Ok(request)
}
