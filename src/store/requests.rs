//! Requests: one row each, its state with the shape that the enum has.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError,
    error::{Column, one_row},
};
use crate::domain::{
    ids::{BundleId, RequestId, StaffId, TaxpayerId},
    names::{Kind, Outcome, WithdrawnReason},
    request::{Filed, Request},
    state::{State, StateName},
};

struct Row {
    request_id: Uuid,
    office_code: String,
    taxpayer_id: Uuid,
    kind: String,
    regime_code: String,
    channel: String,
    sender: String,
    address_proof: String,
    unproven_reason: Option<String>,
    bundle_id: Option<Uuid>,
    tracking_key_id: String,
    tax_id: String,
    letter_number: String,
    letter_place: String,
    letter_on: NaiveDate,
    signer_name: String,
    signer_position: String,
    signer_capacity: String,
    pkp_name: String,
    pkp_address: String,
    email: String,
    alternate_email: Option<String>,
    reprint_reason: Option<String>,
    previous_office: Option<String>,
    old_letter_number: Option<String>,
    old_letter_on: Option<NaiveDate>,
    keyed_in_by: Option<Uuid>,
    arrived_on: Option<NaiveDate>,
    first_received_at: DateTime<Utc>,
    state: String,
    officer_id: Option<Uuid>,
    proposed_officer: Option<Uuid>,
    outcome: Option<String>,
    ended_at: Option<DateTime<Utc>>,
    withdrawn_reason: Option<String>,
    round_number: i32,
    version: i32,
}

const fn at(column: &'static str) -> Column {
    Column("requests", column)
}

impl Row {
    fn state(&self) -> Result<State, StoreError> {
        let officer = self.officer_id.map(StaffId);
        let proposed = self.proposed_officer.map(StaffId);
        let ended = || self.ended_at.ok_or_else(|| at("ended_at").wrong());
        let in_hand = || officer.ok_or_else(|| at("officer_id").wrong());
        Ok(match at("state").parse::<StateName>(&self.state)? {
            StateName::Received => State::Received { proposed },
            StateName::Examining => State::Examining { officer: in_hand()? },
            StateName::Drafted => State::Drafted { officer: in_hand()? },
            StateName::Incomplete => State::Incomplete { proposed },
            StateName::Issued => State::Issued {
                officer: in_hand()?,
                outcome: at("outcome").parse::<Outcome>(self.outcome.as_deref().unwrap_or_default())?,
                at: ended()?,
            },
            StateName::Withdrawn => State::Withdrawn {
                officer,
                reason: at("withdrawn_reason")
                    .parse::<WithdrawnReason>(self.withdrawn_reason.as_deref().unwrap_or_default())?,
                at: ended()?,
            },
            StateName::Lapsed => State::Lapsed { at: ended()? },
        })
    }
}

impl TryFrom<Row> for Request {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let state = row.state()?;
        Ok(Self {
            id: RequestId(row.request_id),
            office: at("office_code").parse(&row.office_code)?,
            taxpayer: TaxpayerId(row.taxpayer_id),
            kind: at("kind").parse(&row.kind)?,
            regime: row.regime_code,
            channel: at("channel").parse(&row.channel)?,
            sender: at("sender").parse(&row.sender)?,
            address_proof: at("address_proof").parse(&row.address_proof)?,
            unproven_reason: row.unproven_reason,
            bundle: row.bundle_id.map(BundleId),
            tracking_key_id: row.tracking_key_id,
            filed: Filed {
                tax_id: at("tax_id").convert(row.tax_id)?,
                pkp_name: at("pkp_name").convert(row.pkp_name)?,
                pkp_address: at("pkp_address").convert(row.pkp_address)?,
                letter_number: at("letter_number").convert(row.letter_number)?,
                letter_place: at("letter_place").convert(row.letter_place)?,
                letter_on: row.letter_on,
                signer_name: at("signer_name").convert(row.signer_name)?,
                signer_position: at("signer_position").convert(row.signer_position)?,
                signer_capacity: at("signer_capacity").parse(&row.signer_capacity)?,
                email: at("email").parse(&row.email)?,
                alternate_email: at("alternate_email").parse_some(row.alternate_email.as_deref())?,
                reprint_reason: at("reprint_reason").parse_some(row.reprint_reason.as_deref())?,
                previous_office: row
                    .previous_office
                    .map(|text| at("previous_office").convert(text))
                    .transpose()?,
                old_letter_number: row
                    .old_letter_number
                    .map(|text| at("old_letter_number").convert(text))
                    .transpose()?,
                old_letter_on: row.old_letter_on,
            },
            keyed_in_by: row.keyed_in_by.map(StaffId),
            arrived_on: row.arrived_on,
            first_received_at: row.first_received_at,
            state,
            round_number: row.round_number,
            version: row.version,
        })
    }
}

/// The state in the columns of its row.
struct StateColumns {
    name: &'static str,
    officer: Option<Uuid>,
    proposed: Option<Uuid>,
    outcome: Option<&'static str>,
    ended_at: Option<DateTime<Utc>>,
    withdrawn_reason: Option<&'static str>,
}

impl From<&State> for StateColumns {
    fn from(state: &State) -> Self {
        let (proposed, outcome, ended_at, withdrawn_reason) = match *state {
            State::Received { proposed } | State::Incomplete { proposed } => (proposed, None, None, None),
            State::Examining { .. } | State::Drafted { .. } => (None, None, None, None),
            State::Issued { outcome, at, .. } => (None, Some(outcome.as_str()), Some(at), None),
            State::Withdrawn { reason, at, .. } => (None, None, Some(at), Some(reason.as_str())),
            State::Lapsed { at } => (None, None, Some(at), None),
        };
        Self {
            name: state.name().as_str(),
            officer: state.officer().map(|id| id.0),
            proposed: proposed.map(|id| id.0),
            outcome,
            ended_at,
            withdrawn_reason,
        }
    }
}

pub async fn insert(conn: &mut PgConnection, request: &Request) -> Result<(), StoreError> {
    let state = StateColumns::from(&request.state);
    let filed = &request.filed;
    sqlx::query!(
        "insert into requests (request_id, office_code, taxpayer_id, kind, regime_code, channel, sender, address_proof,
             unproven_reason, bundle_id, tracking_key_id, tax_id, letter_number, letter_place, letter_on, signer_name,
             signer_position, signer_capacity, pkp_name, pkp_address, email, alternate_email, reprint_reason, previous_office,
             old_letter_number, old_letter_on, keyed_in_by, arrived_on, first_received_at, state, officer_id,
             proposed_officer, outcome, ended_at, withdrawn_reason, round_number, version, taxpayer_version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
             $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37,
             (select version from taxpayers where taxpayer_id = $3))",
        request.id.0,
        request.office.as_str(),
        request.taxpayer.0,
        request.kind.as_str(),
        request.regime,
        request.channel.as_str(),
        request.sender.as_str(),
        request.address_proof.as_str(),
        request.unproven_reason,
        request.bundle.map(|id| id.0),
        request.tracking_key_id,
        filed.tax_id.digits(),
        filed.letter_number.as_str(),
        filed.letter_place.as_str(),
        filed.letter_on,
        filed.signer_name.as_str(),
        filed.signer_position.as_str(),
        filed.signer_capacity.as_str(),
        filed.pkp_name.as_str(),
        filed.pkp_address.as_str(),
        filed.email.to_string(),
        filed.alternate_email.as_ref().map(ToString::to_string),
        filed.reprint_reason.map(crate::domain::names::ReprintReason::as_str),
        filed.previous_office.as_ref().map(|line| line.as_str().to_owned()),
        filed.old_letter_number.as_ref().map(|line| line.as_str().to_owned()),
        filed.old_letter_on,
        request.keyed_in_by.map(|id| id.0),
        request.arrived_on,
        request.first_received_at,
        state.name,
        state.officer,
        state.proposed,
        state.outcome,
        state.ended_at,
        state.withdrawn_reason,
        request.round_number,
        request.version
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Reads a request and locks it for the rest of the transaction. Rows that refer to it may still be written: whoever
/// writes a mail or a letter about a request does not wait for its lock.
pub async fn lock(conn: &mut PgConnection, id: RequestId) -> Result<Option<Request>, StoreError> {
    sqlx::query_as!(Row, "select request_id, office_code, taxpayer_id, kind, regime_code, channel, sender, address_proof,
             unproven_reason, bundle_id, tracking_key_id, tax_id, letter_number, letter_place, letter_on, signer_name,
             signer_position, signer_capacity, pkp_name, pkp_address, email, alternate_email, reprint_reason, previous_office,
             old_letter_number, old_letter_on, keyed_in_by, arrived_on, first_received_at, state, officer_id,
             proposed_officer, outcome, ended_at, withdrawn_reason, round_number, version
         from requests where request_id = $1 for no key update", id.0)
        .fetch_optional(conn)
        .await?
        .map(Request::try_from)
        .transpose()
}

/// Reads a request without locking it.
pub async fn find(conn: &mut PgConnection, id: RequestId) -> Result<Option<Request>, StoreError> {
    sqlx::query_as!(Row, "select request_id, office_code, taxpayer_id, kind, regime_code, channel, sender, address_proof,
             unproven_reason, bundle_id, tracking_key_id, tax_id, letter_number, letter_place, letter_on, signer_name,
             signer_position, signer_capacity, pkp_name, pkp_address, email, alternate_email, reprint_reason, previous_office,
             old_letter_number, old_letter_on, keyed_in_by, arrived_on, first_received_at, state, officer_id,
             proposed_officer, outcome, ended_at, withdrawn_reason, round_number, version
         from requests where request_id = $1", id.0)
        .fetch_optional(conn)
        .await?
        .map(Request::try_from)
        .transpose()
}

/// Saves the state, when nobody else changed the request since it was read. Returns it with its new version.
pub async fn save_state(
    conn: &mut PgConnection,
    mut request: Request,
    state: State,
) -> Result<Request, StoreError> {
    let columns = StateColumns::from(&state);
    let written = sqlx::query!(
        "update requests
         set state = $3, officer_id = $4, proposed_officer = $5, outcome = $6, ended_at = $7, withdrawn_reason = $8,
             round_number = $9, version = version + 1
         where request_id = $1 and version = $2",
        request.id.0,
        request.version,
        columns.name,
        columns.officer,
        columns.proposed,
        columns.outcome,
        columns.ended_at,
        columns.withdrawn_reason,
        request.round_number
    )
    .execute(conn)
    .await?;
    one_row("requests", written.rows_affected())?;
    request.state = state;
    request.version += 1;
    Ok(request)
}

/// Marks a request as changed although its state stays (waiver, evidence): a draft made on the old version is stale.
pub async fn touch(conn: &mut PgConnection, mut request: Request) -> Result<Request, StoreError> {
    let written = sqlx::query!(
        "update requests set version = version + 1 where request_id = $1 and version = $2",
        request.id.0,
        request.version
    )
    .execute(conn)
    .await?;
    one_row("requests", written.rows_affected())?;
    request.version += 1;
    Ok(request)
}

/// The fields of the form that a resupply may correct.
pub async fn save_corrections(conn: &mut PgConnection, request: &Request) -> Result<(), StoreError> {
    let filed = &request.filed;
    let written = sqlx::query!(
        "update requests
         set letter_number = $2, letter_place = $3, letter_on = $4, signer_name = $5, signer_position = $6,
             signer_capacity = $7, pkp_name = $8, pkp_address = $9, old_letter_number = $10, old_letter_on = $11
         where request_id = $1",
        request.id.0,
        filed.letter_number.as_str(),
        filed.letter_place.as_str(),
        filed.letter_on,
        filed.signer_name.as_str(),
        filed.signer_position.as_str(),
        filed.signer_capacity.as_str(),
        filed.pkp_name.as_str(),
        filed.pkp_address.as_str(),
        filed.old_letter_number.as_ref().map(|line| line.as_str().to_owned()),
        filed.old_letter_on
    )
    .execute(conn)
    .await?;
    one_row("requests", written.rows_affected())
}

/// The open requests of a taxpayer, locked in the order of their ids (no two acts wait for each other in a circle).
pub async fn lock_open_of_taxpayer(
    conn: &mut PgConnection,
    taxpayer: TaxpayerId,
) -> Result<Vec<Request>, StoreError> {
    sqlx::query_as!(Row, "select request_id, office_code, taxpayer_id, kind, regime_code, channel, sender, address_proof,
             unproven_reason, bundle_id, tracking_key_id, tax_id, letter_number, letter_place, letter_on, signer_name,
             signer_position, signer_capacity, pkp_name, pkp_address, email, alternate_email, reprint_reason, previous_office,
             old_letter_number, old_letter_on, keyed_in_by, arrived_on, first_received_at, state, officer_id,
             proposed_officer, outcome, ended_at, withdrawn_reason, round_number, version
         from requests
         where taxpayer_id = $1 and state in ('received', 'examining', 'drafted', 'incomplete')
         order by request_id for no key update", taxpayer.0)
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(Request::try_from)
        .collect()
}

/// The other request of a bundle.
pub async fn sibling(
    conn: &mut PgConnection,
    request: &Request,
) -> Result<Option<(RequestId, Kind, StateName)>, StoreError> {
    let Some(bundle) = request.bundle else { return Ok(None) };
    sqlx::query!(
        "select request_id, kind, state from requests where bundle_id = $1 and request_id <> $2",
        bundle.0,
        request.id.0
    )
    .fetch_optional(conn)
    .await?
    .map(|row| Ok((RequestId(row.request_id), at("kind").parse(&row.kind)?, at("state").parse(&row.state)?)))
    .transpose()
}

/// The request that a receipt number belongs to.
pub async fn find_by_receipt(
    conn: &mut PgConnection,
    receipt_number: &str,
) -> Result<Option<(RequestId, String)>, StoreError> {
    Ok(sqlx::query!(
        "select requests.request_id, tracking_key_id
         from rounds join requests using (request_id) where receipt_number = $1",
        receipt_number
    )
    .fetch_optional(conn)
    .await?
    .map(|row| (RequestId(row.request_id), row.tracking_key_id)))
}

/// How many other requests of the same taxpayer and kind are open.
pub async fn open_beside(conn: &mut PgConnection, request: &Request) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from requests
           where taxpayer_id = $1 and kind = $2 and request_id <> $3
             and state in ('received', 'examining', 'drafted', 'incomplete')"#,
        request.taxpayer.0,
        request.kind.as_str(),
        request.id.0
    )
    .fetch_one(conn)
    .await?)
}

/// A request of a PKP, in its account.
#[derive(Debug, Clone)]
pub struct OwnRequest {
    pub id: RequestId,
    pub receipt_number: String,
    pub kind: Kind,
    pub state: StateName,
    pub outcome: Option<Outcome>,
    pub office_name: String,
    pub received_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// The requests of a taxpayer, the latest first. What strangers filed in its name is not among them.
pub async fn of_taxpayer(
    conn: &mut PgConnection,
    taxpayer: TaxpayerId,
) -> Result<Vec<OwnRequest>, StoreError> {
    let at = |column| Column("requests", column);
    sqlx::query!(
        "select request_id, receipt_number, requests.kind, state, outcome, offices.name, first_received_at,
                requests.ended_at
         from requests
         join rounds using (request_id)
         join offices on offices.office_code = requests.office_code
         where taxpayer_id = $1 and sender <> 'unknown' and number = round_number
         order by first_received_at desc, request_id desc limit 50",
        taxpayer.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(OwnRequest {
            id: RequestId(row.request_id),
            receipt_number: row.receipt_number,
            kind: at("kind").parse(&row.kind)?,
            state: at("state").parse(&row.state)?,
            outcome: at("outcome").parse_some(row.outcome.as_deref())?,
            office_name: row.name,
            received_at: row.first_received_at,
            ended_at: row.ended_at,
        })
    })
    .collect()
}
