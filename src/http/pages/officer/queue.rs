//! `/antrean`: what is open, soonest due first.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web::{self, Query},
};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    claim::{Outcomes, outcomes},
    filters::{Filters, OPEN, PATH},
    saved_views::{self, View},
    search::{self, Searched},
};
use crate::{
    app::{
        AppError,
        examination::claim::claim_next,
        exports::{self, Format, export_requests},
        officer_desk::queue::{Narrowed, OpenRequests, Queue, queue},
        views::{
            list_requests::{InHandOf, RequestRow},
            parts::AtOffice,
        },
    },
    domain::{
        names::{Kind, Role},
        state::StateName,
        working_days::Threshold,
    },
    http::pages::frame::{
        Flash, FormFaults, OFFICER, Page, PageError, ProtectedForm, Staff, Typed, Visit, WORKS, list_file,
        page,
    },
};

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("queue_page", Method::GET, PATH, WORKS, || web::to(show)),
        page("export_queue", Method::GET, "/antrean/unduh", WORKS, || web::to(download)),
        page("claim_next_page", Method::POST, "/antrean/berikutnya", OFFICER, || web::to(next)),
    ]
}

async fn show(staff: Staff, asked: Query<Typed>) -> Result<HttpResponse, PageError> {
    if let Some(sought) = search::sought(&staff, asked.get("cari")) {
        return search::show(&staff, &sought).await;
    }
    let filters = Filters::read(&asked);
    let after = asked.get("setelah");
    let outcomes = match asked.get("hasil") {
        "" => None,
        note => outcomes(&staff, note).await?,
    };
    draw(&staff, StatusCode::OK, filters, after, Asides { outcomes, ..Asides::default() }).await
}

/// The list of an address as a file.
async fn download(staff: Staff, asked: Query<Typed>) -> Result<HttpResponse, PageError> {
    let format = Format::parse(asked.get("bentuk")).ok_or(PageError::Unknown)?;
    let Filters { office, kind, state, threshold, officer } = Filters::read(&asked);
    let asked = exports::Asked { format, office, kind, state, threshold, officer };
    let export = export_requests(staff.office(), staff.session(), asked).await?;
    Ok(list_file(export))
}

/// What a form of the page says when it was not done.
#[derive(Default)]
pub struct Asides<'a> {
    pub faults: FormFaults,
    /// As it was typed into the search.
    pub typed: &'a str,
    /// As it was typed as the name of a view.
    pub name: &'a str,
    /// What came of taking several requests.
    pub outcomes: Option<Outcomes>,
}

pub async fn draw(
    staff: &Staff,
    status: StatusCode,
    filters: Filters,
    after: &str,
    asides: Asides<'_>,
) -> Result<HttpResponse, PageError> {
    let queue = queue(staff.office(), staff.session(), &filters.wanted(after)).await?;
    staff.show_as(status, "officer/queue.html", &QueueView::new(staff, queue, filters, after, asides))
}

async fn next(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let (staff, _) = form.from_staff(&visit)?;
    match claim_next(staff.office(), staff.session()).await {
        Ok(Some(id)) => staff.go_saying(&format!("/permohonan/{id}"), &Flash::done("claim.done")),
        Ok(None) => staff.go_saying(PATH, &Flash::note("claim.nothing")),
        Err(AppError::NoDecree) => staff.go_saying(PATH, &Flash::stopped("o.decree.none")),
        Err(error) => Err(error.into()),
    }
}

/// Whether this person takes requests in hand.
fn may_claim(staff: &Staff) -> bool {
    staff.who().colleague.roles.iter().any(|(role, _)| *role == Role::SpecialOfficer)
}

/// The page, also when it shows what a search found.
#[derive(Serialize)]
pub struct QueueView<'a> {
    may_claim: bool,
    open: Option<OpenView>,
    filters: super::filters::Named,
    rows: Vec<Row>,
    /// How many rows the filters leave.
    shown: i64,
    filtered: bool,
    first: Option<String>,
    next: Option<String>,
    searched: Option<Searched>,
    typed: &'a str,
    faults: FormFaults,
    views: Vec<View>,
    query: String,
    name: &'a str,
    outcomes: Option<Outcomes>,
}

/// The numbers that lead to parts of the list.
#[derive(Serialize)]
struct OpenView {
    total: i64,
    mine: i64,
    unclaimed: i64,
    waiting_for_calendar: i64,
    tiles: Vec<Tile>,
    all: Tile,
    kinds: Vec<Choice>,
    states: Vec<Choice>,
    officers: Vec<Choice>,
}

#[derive(Serialize)]
struct Tile {
    threshold: &'static str,
    count: i64,
    unclaimed: i64,
    drafted: i64,
    href: String,
    current: bool,
    key: usize,
}

#[derive(Serialize)]
struct Choice {
    value: String,
    /// The name of a person; the others are words of the catalogue.
    name: Option<String>,
    count: i64,
    current: bool,
}

/// A row of the list.
#[derive(Serialize)]
pub struct Row {
    #[serde(flatten)]
    shown: RequestRow,
    href: String,
    number: String,
    /// The next business day is the due date, but it is not tomorrow.
    after_a_break: bool,
}

impl<'a> QueueView<'a> {
    fn new(staff: &Staff, queue: Queue, filters: Filters, after: &str, asides: Asides<'a>) -> Self {
        let query = filters.query();
        let next = queue.next_cursor.as_ref().map(|cursor| {
            let join = if query.is_empty() { "" } else { "&" };
            format!("{PATH}?{query}{join}setelah={cursor}")
        });
        Self {
            may_claim: may_claim(staff),
            shown: queue.open.count(filters.narrowed()),
            filters: filters.named(),
            filtered: !query.is_empty(),
            first: (!after.is_empty()).then(|| filters.path()),
            next,
            views: saved_views::shown(&queue.views, &query),
            open: Some(OpenView::new(&queue.open, filters)),
            rows: rows(queue.rows, staff.office().now()),
            searched: None,
            typed: asides.typed,
            faults: asides.faults,
            query,
            name: asides.name,
            outcomes: asides.outcomes,
        }
    }

    pub fn found(staff: &Staff, found: Vec<RequestRow>, typed: &'a str, searched: Searched) -> Self {
        Self {
            may_claim: may_claim(staff),
            open: None,
            filters: Filters::default().named(),
            shown: i64::try_from(found.len()).unwrap_or(i64::MAX),
            rows: rows(found, staff.office().now()),
            filtered: false,
            first: None,
            next: None,
            searched: Some(searched),
            typed,
            faults: FormFaults::default(),
            views: Vec::new(),
            query: String::new(),
            name: "",
            outcomes: None,
        }
    }
}

impl OpenView {
    fn new(open: &OpenRequests, filters: Filters) -> Self {
        let now = filters.narrowed();
        let tile = |threshold: Option<Threshold>, key: usize| {
            let narrowed = Narrowed { threshold, ..now };
            let in_state = |state| match filters.state {
                Some(other) if other != state => 0,
                _ => open.count(Narrowed { state: Some(state), ..narrowed }),
            };
            Tile {
                threshold: threshold.map_or("all", Threshold::as_str),
                count: open.count(narrowed),
                unclaimed: in_state(StateName::Received),
                drafted: in_state(StateName::Drafted),
                href: Filters { threshold, ..filters }.path(),
                current: filters.threshold == threshold,
                key,
            }
        };
        let urgent = [Threshold::Overdue, Threshold::DueToday, Threshold::DueTomorrow, Threshold::OnTrack];
        let word =
            |value: &str, count, current| Choice { value: value.to_owned(), name: None, count, current };
        let mut officers = vec![word(
            "saya",
            open.count(Narrowed { officer: Some(InHandOf::Me), ..now }),
            filters.officer == Some(InHandOf::Me),
        )];
        officers.extend(open.officers.iter().map(|(id, name)| {
            let officer = Some(InHandOf::Officer(*id));
            Choice {
                value: id.to_string(),
                name: Some(name.clone()),
                count: open.count(Narrowed { officer, ..now }),
                current: filters.officer == officer,
            }
        }));
        Self {
            total: open.count(Narrowed::default()),
            mine: open.count(Narrowed { officer: Some(InHandOf::Me), ..Narrowed::default() }),
            unclaimed: open.count(Narrowed { state: Some(StateName::Received), ..Narrowed::default() }),
            waiting_for_calendar: open.waiting_for_calendar(),
            tiles: urgent.into_iter().zip(1..).map(|(threshold, key)| tile(Some(threshold), key)).collect(),
            all: tile(None, urgent.len() + 1),
            kinds: Kind::ALL
                .iter()
                .map(|&kind| {
                    let count = open.count(Narrowed { kind: Some(kind), ..now });
                    word(kind.as_str(), count, filters.kind == Some(kind))
                })
                .collect(),
            states: OPEN
                .into_iter()
                .map(|state| {
                    let count = open.count(Narrowed { state: Some(state), ..now });
                    word(state.as_str(), count, filters.state == Some(state))
                })
                .collect(),
            officers,
        }
    }
}

fn rows(rows: Vec<RequestRow>, now: DateTime<Utc>) -> Vec<Row> {
    let one_office =
        rows.iter().all(|row| rows.first().is_some_and(|first| first.office_code == row.office_code));
    rows.into_iter()
        .map(|row| Row {
            href: format!("/permohonan/{}", row.request_id),
            number: if one_office { short(&row.receipt_number) } else { row.receipt_number.clone() },
            after_a_break: after_a_break(&row, now),
            shown: row,
        })
        .collect()
}

/// Whether the due date is the next business day, but not tomorrow.
fn after_a_break(row: &RequestRow, now: DateTime<Utc>) -> bool {
    let Some(AtOffice(_, zone)) = row.due_at else { return false };
    row.threshold == Some(Threshold::DueTomorrow)
        && row.due_on != now.with_timezone(&zone).date_naive().succ_opt()
}

/// `BPE-031-20260710-00037` within one office: `BPE 0710-00037`.
fn short(number: &str) -> String {
    let mut parts = number.splitn(4, '-');
    match (parts.next(), parts.next(), parts.next().and_then(|date| date.get(4..)), parts.next()) {
        (Some(prefix), Some(_), Some(day), Some(serial)) => format!("{prefix} {day}-{serial}"),
        _ => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_shortened_only_when_it_is_one_of_ours() {
        assert_eq!(short("BPE-031-20260710-00037"), "BPE 0710-00037");
        assert_eq!(short("BPS-031-20260710-123456"), "BPS 0710-123456");
        assert_eq!(short("X-1"), "X-1");
    }
}
