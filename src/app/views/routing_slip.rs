//! The routing slip of a request (*LPAD*), as PDF: for the file of the office, never for the taxpayer.

use sqlx::PgConnection;

use crate::{
    app::{
        AppError, Office,
        actor::{self, visible_request},
        intake::documents_in_view,
        letter_templates::shelf,
        render_letter::{preview_letter, template_of},
        words::{self, RoutingSlip},
    },
    domain::{
        ids::{RequestId, SessionId},
        request::{Request, Round},
        working_days::{DueError, Outcome},
    },
    letters::LetterKind,
    store::{
        self,
        audit::{By, Event},
        letters::Letter,
        offices::OfficeRow,
    },
};

/// Made anew from the history each time and stored nowhere. An audited look at personal data.
pub async fn routing_slip(office: &Office, session: SessionId, id: RequestId) -> Result<Vec<u8>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    if colleague.visible_offices(&mut tx).await?.is_empty() {
        return Err(AppError::Forbidden);
    }
    let request = visible_request(&mut tx, &colleague, id).await?;
    let row = store::offices::find(&mut tx, request.office).await?.ok_or(AppError::NotFound("office"))?;
    let data = data(office, &mut tx, &row, &request).await?;
    let today = now.with_timezone(&row.zone).date_naive();
    let template = shelf::in_force(office, &mut tx, LetterKind::RoutingSlip, today).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), "view_routing_slip")
            .office(request.office)
            .request(id)
            .taxpayer(request.taxpayer),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(preview_letter(office, template, data).await?.pdf)
}

async fn data(
    office: &Office,
    conn: &mut PgConnection,
    row: &OfficeRow,
    request: &Request,
) -> Result<serde_json::Value, AppError> {
    let regime = store::regimes::get(conn, &request.regime).await?;
    let round = store::rounds::current(conn, request.id).await?;
    let taxpayer = store::taxpayers::get(conn, request.taxpayer).await?;
    let documents = documents_in_view(conn, request).await?.len();
    let history = store::audit::of_request(conn, request.id).await?;
    let letters = store::letters::of_request(conn, request.id).await?;
    let issued = letters.iter().rfind(|letter| letter.round == round.id && letter.signed_by.is_some());
    let letter = issued.map(|letter| (letter, hal(office, letter)));
    let days_used = days_used(office, conn, row, &round).await?;
    let code = round.end.as_ref().and_then(|end| end.overdue_cause_code.as_deref());
    let cause = match code {
        Some(code) => store::overdue_causes::find(conn, code).await?,
        None => None,
    };
    Ok(words::routing_slip(&RoutingSlip {
        office: row,
        request,
        round: &round,
        taxpayer: &taxpayer,
        circular: &regime.circular,
        documents,
        history: &history,
        letter,
        days_used,
        overdue_cause: cause.as_ref().map(|cause| cause.label_id.as_str()),
    }))
}

/// What the letter is about, in the words that it was made with.
fn hal<'a>(office: &'a Office, letter: &'a Letter) -> &'a str {
    let said = letter.data.pointer("/surat/hal").and_then(serde_json::Value::as_str);
    said.unwrap_or_else(|| office.templates.hal(template_of(letter.kind)))
}

async fn days_used(
    office: &Office,
    conn: &mut PgConnection,
    row: &OfficeRow,
    round: &Round,
) -> Result<Option<u32>, AppError> {
    let Some(due) = &round.due else { return Ok(None) };
    let day_zero = due.derivation.steps.iter().find(|step| step.outcome == Outcome::DayZero);
    let until = round.end.as_ref().map_or_else(|| office.now(), |end| end.at);
    let until = until.with_timezone(&row.zone).date_naive();
    let loaded = store::calendar::load(conn, row.code, row.zone, until).await?;
    let Some(day_zero) = day_zero.map(|step| step.date) else { return Ok(None) };
    match loaded.calendar.business_days_between(day_zero, until) {
        Ok(days) => Ok(Some(days)),
        Err(DueError::YearUnknown(_)) => Ok(None),
        Err(error) => Err(AppError::Internal(error.into())),
    }
}
