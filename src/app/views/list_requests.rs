//! The list that officers work from, soonest due first, with the counts beside it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    figures::{ByKind, ByState, ByThreshold, count_of},
    parts::{AtOffice, Names, PersonRef},
};
use crate::{
    app::{
        AppError, Office,
        actor::{self, Colleague},
    },
    domain::{
        ids::{RequestId, SessionId, StaffId},
        indonesian,
        names::{Kind, Sender},
        office::OfficeCode,
        state::StateName,
        tax_id::TaxId,
        working_days::{Threshold, threshold},
    },
    store::{
        self,
        audit::{By, Event},
        queue::{After, Counts, Filter, QueueRow},
    },
};

/// Whose requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InHandOf {
    Me,
    Officer(StaffId),
}

/// What the caller wants to see. Without state and receipt number: what is open.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// `None`: every office that the caller may see.
    pub office: Option<OfficeCode>,
    pub kind: Option<Kind>,
    pub state: Option<StateName>,
    pub threshold: Option<Threshold>,
    pub officer: Option<InHandOf>,
    pub receipt_number: Option<String>,
    pub page: Page,
}

/// Which part of a list.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// From 1.
    pub limit: i64,
    pub after: Option<After>,
}

impl Default for Page {
    fn default() -> Self {
        Self { limit: 50, after: None }
    }
}

#[derive(Debug, Serialize)]
pub struct RequestPage {
    pub items: Vec<RequestRow>,
    pub next_cursor: Option<String>,
    pub counts: RequestCounts,
}

#[derive(Debug, Serialize)]
pub struct RequestCounts {
    pub by_state: ByState,
    pub by_threshold: ByThreshold,
    pub by_kind: ByKind,
}

#[derive(Debug, Serialize)]
pub struct RequestRow {
    pub request_id: RequestId,
    pub receipt_number: String,
    pub kind: Kind,
    pub state: StateName,
    pub office_code: OfficeCode,
    pub round_number: i32,
    pub tax_id_masked: String,
    pub pkp_name: String,
    pub sender: Sender,
    pub received_at: AtOffice,
    pub due_on: Option<NaiveDate>,
    pub due_at: Option<AtOffice>,
    pub waiting_for_calendar: bool,
    pub threshold: Option<Threshold>,
    pub officer: Option<PersonRef>,
    pub proposed_officer: Option<PersonRef>,
    pub version: i32,
}

/// Requests of the offices that the caller may see.
///
/// Errors: [`AppError::Forbidden`] for staff who process no requests.
pub async fn list_requests(
    office: &Office,
    session: SessionId,
    wanted: &Wanted,
) -> Result<RequestPage, AppError> {
    let mut tx = office.begin().await?;
    let (colleague, offices) = reader(office, &mut tx, session).await?;
    let filter = Filter {
        offices: narrowed(offices, wanted.office)?,
        kind: wanted.kind,
        state: wanted.state,
        threshold: wanted.threshold,
        officer: wanted.officer.map(|officer| match officer {
            InHandOf::Me => colleague.id,
            InHandOf::Officer(id) => id,
        }),
        receipt_number: wanted.receipt_number.clone(),
        taxpayer: None,
        open_only: wanted.receipt_number.is_none(),
    };
    let page = page(office, &mut tx, &filter, wanted.page).await?;
    tx.rollback().await?;
    Ok(page)
}

/// All requests of one taxpayer within the offices that the caller may see, in every state. An audited look: it tells
/// that a number has filed.
pub async fn search_requests(
    office: &Office,
    session: SessionId,
    tax_id: &TaxId,
    wanted: Page,
) -> Result<RequestPage, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let (colleague, offices) = reader(office, &mut tx, session).await?;
    let Some(taxpayer) = store::taxpayers::find_by_tax_id(&mut tx, tax_id).await? else {
        let counts =
            counts(&store::queue::counts(&mut tx, &Filter { offices, ..Filter::default() }, now).await?);
        return Ok(RequestPage { items: Vec::new(), next_cursor: None, counts });
    };
    let filter = Filter { offices, taxpayer: Some(taxpayer.id), ..Filter::default() };
    let page = page(office, &mut tx, &filter, wanted).await?;
    let mut event = Event::new(By::Staff(colleague.id), "search_requests").taxpayer(taxpayer.id);
    event.office = colleague.office;
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(page)
}

pub(in crate::app) async fn reader(
    office: &Office,
    conn: &mut PgConnection,
    session: SessionId,
) -> Result<(Colleague, Vec<OfficeCode>), AppError> {
    let colleague = actor::authenticate(conn, session, office.now()).await?;
    let offices = colleague.visible_offices(conn).await?;
    if offices.is_empty() { Err(AppError::Forbidden) } else { Ok((colleague, offices)) }
}

/// One of the offices, or all of them.
pub(in crate::app) fn narrowed(
    mut offices: Vec<OfficeCode>,
    only: Option<OfficeCode>,
) -> Result<Vec<OfficeCode>, AppError> {
    offices.retain(|office| only.is_none_or(|only| only == *office));
    if offices.is_empty() { Err(AppError::NotFound("office")) } else { Ok(offices) }
}

async fn page(
    office: &Office,
    conn: &mut PgConnection,
    filter: &Filter,
    wanted: Page,
) -> Result<RequestPage, AppError> {
    let now = office.now();
    let (items, next_cursor) = rows(conn, filter, wanted, now).await?;
    let counts = counts(&store::queue::counts(conn, filter, now).await?);
    Ok(RequestPage { items, next_cursor, counts })
}

/// A page of rows, and where the next one begins.
pub(in crate::app) async fn rows(
    conn: &mut PgConnection,
    filter: &Filter,
    wanted: Page,
    now: DateTime<Utc>,
) -> Result<(Vec<RequestRow>, Option<String>), AppError> {
    // One row more than the page has says that there is a next page.
    let mut rows = store::queue::page(conn, filter, wanted.after, wanted.limit + 1, now).await?;
    let size = usize::try_from(wanted.limit).unwrap_or_default();
    let more = rows.len() > size;
    rows.truncate(size);
    let next_cursor = rows.last().filter(|_| more).map(cursor);
    Ok((in_words(conn, rows, now).await?, next_cursor))
}

/// Rows as they are shown.
pub(in crate::app) async fn in_words(
    conn: &mut PgConnection,
    rows: Vec<QueueRow>,
    now: DateTime<Utc>,
) -> Result<Vec<RequestRow>, AppError> {
    let proposed: Vec<StaffId> = rows.iter().filter_map(|row| row.proposed_officer).collect();
    let names = Names(store::staff::names(conn, &proposed).await?);
    let mut items = Vec::with_capacity(rows.len());
    let mut zones = std::collections::HashMap::new();
    for row in rows {
        let zone = if let Some(zone) = zones.get(&row.office) {
            *zone
        } else {
            let zone = zone_of(conn, row.office).await?;
            zones.insert(row.office, zone);
            zone
        };
        items.push(show(row, zone, &names, now));
    }
    Ok(items)
}

async fn zone_of(conn: &mut PgConnection, code: OfficeCode) -> Result<chrono_tz::Tz, AppError> {
    Ok(store::offices::find(conn, code).await?.ok_or(AppError::NotFound("office"))?.zone)
}

fn show(row: QueueRow, zone: chrono_tz::Tz, names: &Names, now: DateTime<Utc>) -> RequestRow {
    let running = round_runs(row.state);
    RequestRow {
        request_id: row.id,
        receipt_number: row.receipt_number,
        kind: row.kind,
        state: row.state,
        office_code: row.office,
        round_number: row.round_number,
        tax_id_masked: indonesian::masked_tax_id(&row.tax_id),
        pkp_name: row.pkp_name,
        sender: row.sender,
        received_at: AtOffice(row.received_at, zone),
        due_on: row.due_on,
        due_at: row.due.map(|due| AtOffice(due.due_at, zone)),
        waiting_for_calendar: row.due.is_none(),
        threshold: row.due.filter(|_| running).map(|due| threshold(&due, now)),
        officer: row.officer.map(|(id, name)| PersonRef { id, name }),
        proposed_officer: names.of_some(row.proposed_officer),
        version: row.version,
    }
}

/// Whether the last round of a request in this state still runs.
pub(in crate::app) fn round_runs(state: StateName) -> bool {
    match state {
        StateName::Received | StateName::Examining | StateName::Drafted => true,
        StateName::Incomplete | StateName::Issued | StateName::Withdrawn | StateName::Lapsed => false,
    }
}

fn counts(counts: &Counts) -> RequestCounts {
    let state = |state: StateName| count_of(&counts.by_state, state.as_str());
    let mut by_threshold = ByThreshold::default();
    for threshold in Threshold::ALL {
        by_threshold.add(threshold, count_of(&counts.by_threshold, threshold.as_str()));
    }
    let mut by_kind = ByKind::default();
    for &kind in Kind::ALL {
        by_kind.add(kind, count_of(&counts.by_kind, kind.as_str()));
    }
    RequestCounts {
        by_state: ByState {
            received: state(StateName::Received),
            examining: state(StateName::Examining),
            drafted: state(StateName::Drafted),
            incomplete: state(StateName::Incomplete),
            issued: state(StateName::Issued),
            withdrawn: state(StateName::Withdrawn),
            lapsed: state(StateName::Lapsed),
        },
        by_threshold,
        by_kind,
    }
}

/// What the list is ordered by, for the last row of a page.
fn cursor(row: &QueueRow) -> String {
    write_cursor(After { due_at: row.due.map(|due| due.due_at), round: row.round })
}

/// A place in a list of rounds that is ordered by due date.
pub fn write_cursor(after: After) -> String {
    let due_at = after.due_at.map_or_else(String::new, |due_at| due_at.timestamp_micros().to_string());
    URL_SAFE_NO_PAD.encode(format!("{}{due_at}", after.round))
}

/// Reads a cursor of ours. `None`: it is not.
pub fn read_cursor(text: &str) -> Option<After> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (round, due_at) = text.split_at_checked(Uuid::max().to_string().len())?;
    let due_at = match due_at {
        "" => None,
        micros => Some(DateTime::from_timestamp_micros(micros.parse().ok()?)?),
    };
    Some(After { due_at, round: round.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn garbage_is_no_cursor() {
        for garbage in ["", "!", "AAAA", "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ"] {
            assert!(read_cursor(garbage).is_none(), "{garbage}");
        }
    }

    #[test]
    fn a_cursor_keeps_the_microsecond() {
        let round = Uuid::from_u128(7);
        let at: DateTime<Utc> = "2026-07-16T17:00:00.000001Z".parse().unwrap();
        let text = URL_SAFE_NO_PAD.encode(format!("{round}{}", at.timestamp_micros()));

        let after = read_cursor(&text).unwrap();

        assert_eq!((after.round, after.due_at), (round, Some(at)));
    }
}
