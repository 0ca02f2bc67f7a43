//! Everything on a request, for staff.

use chrono::NaiveDate;
use serde::Serialize;
use sqlx::PgConnection;

use super::{
    list_requests::round_runs,
    parts::{AtOffice, Names, PersonRef},
    request_parts::{
        self, AttachedDocument, BundleView, DraftView, ExemptionView, FormView, LetterView, MessageView,
        RegimeView, RegistryChangeView, ReturnView, RoundView, TaxpayerView,
    },
};
use crate::{
    app::{
        AppError, Office,
        actor::{self, Colleague, visible_request},
        bounces::mail_in_care,
        intake::documents_in_view,
    },
    domain::{
        ids::{LetterId, MessageId, RequestId, SessionId},
        names::{AddressProof, Channel, Kind, Outcome, Sender, WithdrawnReason},
        office::OfficeCode,
        request::Request,
        state::{Act, State, StateName},
        working_days::{Threshold, threshold},
    },
    store::{
        self,
        audit::{By, Event},
    },
};

#[derive(Debug, Serialize)]
pub struct RequestView {
    pub request_id: RequestId,
    pub version: i32,
    pub office_code: OfficeCode,
    pub kind: Kind,
    pub state: StateName,
    pub outcome: Option<Outcome>,
    pub withdrawn_reason: Option<WithdrawnReason>,
    pub ended_at: Option<AtOffice>,
    pub channel: Channel,
    pub sender: Sender,
    pub address_proof: AddressProof,
    pub unproven_reason: Option<String>,
    pub bundle: Option<BundleView>,
    pub regime: RegimeView,
    pub form: FormView,
    pub taxpayer: TaxpayerView,
    /// Of an open request: what the registry says otherwise than at the receipt.
    pub registry_changes: Vec<RegistryChangeView>,
    pub officer: Option<PersonRef>,
    pub proposed_officer: Option<PersonRef>,
    pub keyed_in_by: Option<PersonRef>,
    pub arrived_on: Option<NaiveDate>,
    pub first_received_at: AtOffice,
    pub round_number: i32,
    pub threshold: Option<Threshold>,
    pub rounds: Vec<RoundView>,
    pub documents: Vec<AttachedDocument>,
    pub exemptions: Vec<ExemptionView>,
    pub returns: Vec<ReturnView>,
    pub draft: Option<DraftView>,
    pub letters: Vec<LetterView>,
    pub messages: Vec<MessageView>,
    pub available_acts: Vec<Act>,
}

/// A request of an office that the caller may see. An audited look at personal data.
pub async fn get_request(
    office: &Office,
    session: SessionId,
    id: RequestId,
) -> Result<RequestView, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let (colleague, request) = seen(office, &mut tx, session, id).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), "view_request")
            .office(request.office)
            .request(id)
            .taxpayer(request.taxpayer),
        now,
    )
    .await?;
    let view = view(office, &mut tx, &colleague, request).await?;
    tx.commit().await?;
    Ok(view)
}

/// The answer of an act on a request: how it stands now. The act itself is what was recorded.
pub async fn after_act(office: &Office, session: SessionId, id: RequestId) -> Result<RequestView, AppError> {
    let mut tx = office.begin().await?;
    let (colleague, request) = seen(office, &mut tx, session, id).await?;
    let view = view(office, &mut tx, &colleague, request).await?;
    tx.rollback().await?;
    Ok(view)
}

/// The answer of an act on a letter.
pub async fn letter_after_act(
    office: &Office,
    session: SessionId,
    id: LetterId,
) -> Result<LetterView, AppError> {
    let mut tx = office.begin().await?;
    let letter = store::letters::find(&mut tx, id).await?.ok_or(AppError::NotFound("letter"))?;
    let (_, request) = seen(office, &mut tx, session, letter.request).await?;
    let row = store::offices::find(&mut tx, request.office).await?.ok_or(AppError::NotFound("office"))?;
    let marks = store::letters::marks(&mut tx, request.id).await?;
    let signer: Vec<_> = letter.signed_by.into_iter().collect();
    let names = Names(store::staff::names(&mut tx, &signer).await?);
    tx.rollback().await?;
    Ok(LetterView::new(letter, &marks, &names, row.zone))
}

/// The answer of an act on an e-mail.
pub async fn message_after_act(
    office: &Office,
    session: SessionId,
    id: MessageId,
) -> Result<MessageView, AppError> {
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, office.now()).await?;
    let (message, request, _) = mail_in_care(&mut tx, &colleague, id).await?;
    let row = store::offices::find(&mut tx, request.office).await?.ok_or(AppError::NotFound("office"))?;
    let view = MessageView::load(office, &mut tx, vec![message], row.zone).await?.pop();
    tx.rollback().await?;
    view.ok_or(AppError::NotFound("message"))
}

async fn seen(
    office: &Office,
    conn: &mut PgConnection,
    session: SessionId,
    id: RequestId,
) -> Result<(Colleague, Request), AppError> {
    let colleague = actor::authenticate(conn, session, office.now()).await?;
    if colleague.visible_offices(conn).await?.is_empty() {
        return Err(AppError::Forbidden);
    }
    let request = visible_request(conn, &colleague, id).await?;
    Ok((colleague, request))
}

/// What belongs to the end of a request, by its state.
struct End {
    outcome: Option<Outcome>,
    withdrawn_reason: Option<WithdrawnReason>,
    at: Option<chrono::DateTime<chrono::Utc>>,
}

impl From<&State> for End {
    fn from(state: &State) -> Self {
        let (outcome, withdrawn_reason, at) = match *state {
            State::Received { .. }
            | State::Examining { .. }
            | State::Drafted { .. }
            | State::Incomplete { .. } => (None, None, None),
            State::Issued { outcome, at, .. } => (Some(outcome), None, Some(at)),
            State::Withdrawn { reason, at, .. } => (None, Some(reason), Some(at)),
            State::Lapsed { at } => (None, None, Some(at)),
        };
        Self { outcome, withdrawn_reason, at }
    }
}

async fn view(
    office: &Office,
    conn: &mut PgConnection,
    colleague: &Colleague,
    request: Request,
) -> Result<RequestView, AppError> {
    let id = request.id;
    let row = store::offices::find(conn, request.office).await?.ok_or(AppError::NotFound("office"))?;
    let zone = row.zone;
    let regime = store::regimes::get(conn, &request.regime).await?;
    let rounds = store::rounds::of_request(conn, id).await?;
    let exemptions = store::exemptions::of_request(conn, id).await?;
    let returns = store::returns::of_request(conn, id).await?;
    let draft = store::drafts::open(conn, id).await?;
    let letters = store::letters::of_request(conn, id).await?;
    let marks = store::letters::marks(conn, id).await?;
    let messages = store::messages::of_request(conn, id).await?;
    let messages = MessageView::load(office, conn, messages, zone).await?;
    let proposed = match request.state {
        State::Received { proposed } | State::Incomplete { proposed } => proposed,
        State::Examining { .. }
        | State::Drafted { .. }
        | State::Issued { .. }
        | State::Withdrawn { .. }
        | State::Lapsed { .. } => None,
    };
    let mut staff = request_parts::staff_of(&exemptions, &returns, draft.as_ref(), &letters);
    staff.extend([request.state.officer(), proposed, request.keyed_in_by].into_iter().flatten());
    let names = Names(store::staff::names(conn, &staff).await?);
    let running = round_runs(request.state.name());
    let due = rounds.last().and_then(|round| round.due.as_ref()).filter(|_| running);
    let End { outcome, withdrawn_reason, at } = End::from(&request.state);
    Ok(RequestView {
        request_id: id,
        version: request.version,
        office_code: request.office,
        kind: request.kind,
        state: request.state.name(),
        outcome,
        withdrawn_reason,
        ended_at: at.map(|at| AtOffice(at, zone)),
        channel: request.channel,
        sender: request.sender,
        address_proof: request.address_proof,
        unproven_reason: request.unproven_reason.clone(),
        bundle: request_parts::bundle(conn, &request).await?,
        regime: RegimeView::new(&regime, &request),
        form: (&request.filed).into(),
        taxpayer: request_parts::taxpayer(conn, request.taxpayer, zone).await?,
        registry_changes: match at {
            None => request_parts::registry_changes(conn, &request, zone).await?,
            Some(_) => Vec::new(),
        },
        officer: names.of_some(request.state.officer()),
        proposed_officer: names.of_some(proposed),
        keyed_in_by: names.of_some(request.keyed_in_by),
        arrived_on: request.arrived_on,
        first_received_at: AtOffice(request.first_received_at, zone),
        round_number: request.round_number,
        threshold: due.map(|due| threshold(&due.instants, office.now())),
        documents: documents_in_view(conn, &request)
            .await?
            .iter()
            .map(|document| AttachedDocument::new(document, zone))
            .collect(),
        exemptions: exemptions.into_iter().map(|one| ExemptionView::new(one, &names, zone)).collect(),
        returns: returns
            .iter()
            .map(|returned| ReturnView::new(office, &row, returned, &rounds, &names))
            .collect::<Result<_, _>>()?,
        draft: draft.map(|draft| DraftView::new(office, &row, draft, &names)).transpose()?,
        letters: letters.into_iter().map(|letter| LetterView::new(letter, &marks, &names, zone)).collect(),
        messages,
        available_acts: Act::available(request.state.name(), &colleague.positions(&request)),
        rounds: rounds.iter().map(|round| RoundView::new(round, zone)).collect(),
    })
}
