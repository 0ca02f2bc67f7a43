//! `/lacak/permohonan`: a request as its filer follows it, and its receipt.

use actix_web::{
    HttpResponse,
    http::{Method, header::CONTENT_DISPOSITION},
    web,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::tracking;
use crate::{
    app::views::{
        parts::AtOffice,
        receipt_pdf::tracked_receipt,
        tracked_request::{TrackedRequest, tracked_request},
    },
    domain::{
        names::Outcome,
        state::{Act, StateName, Who},
        working_days::{self, SkipReason},
    },
    http::pages::frame::{Access, Page, PageError, Visit, page},
};

pub(super) const PATH: &str = "/lacak/permohonan";
pub(super) fn pages() -> Vec<Page> {
    vec![
        page("tracked_page", Method::GET, PATH, Access::Everyone, || web::to(show)),
        page("tracked_receipt_page", Method::GET, "/lacak/tanda-terima", Access::Everyone, || {
            web::to(receipt)
        }),
    ]
}

/// What the template shows; the keys of its texts are made of these names.
#[derive(Serialize)]
pub(super) struct View {
    pub(super) request: TrackedRequest,
    /// `issued_granted`, and the names of the other states.
    state: &'static str,
    /// The limit runs.
    running: bool,
    overdue: bool,
    pub(super) withdrawable: bool,
    pub(super) days: Vec<Day>,
    steps: Vec<PastStep>,
    ahead: &'static [&'static str],
}

#[derive(Serialize)]
struct PastStep {
    act: &'static str,
    at: AtOffice,
    bad: bool,
}

/// One day of the strip.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(in crate::http::pages) struct Day {
    date: NaiveDate,
    /// `zero`, `count`, `due` or `skip`.
    mark: &'static str,
    n: Option<u16>,
    reason: Option<&'static str>,
    name: Option<String>,
}

impl View {
    pub(super) fn new(request: TrackedRequest, now: DateTime<Utc>) -> Self {
        let running =
            matches!(request.state, StateName::Received | StateName::Examining | StateName::Drafted);
        let days =
            request.round.derivation.as_ref().map(|derivation| days(&derivation.steps)).unwrap_or_default();
        let steps = request.history.iter().map(|step| PastStep {
            act: step.act,
            at: step.at,
            bad: [Act::Return, Act::Withdraw, Act::Lapse].iter().any(|act| act.as_str() == step.act),
        });
        Self {
            state: match request.outcome {
                Some(Outcome::Granted) => "issued_granted",
                Some(Outcome::Refused) => "issued_refused",
                None => request.state.as_str(),
            },
            running,
            overdue: running && request.due.due_at.is_some_and(|due| due.0 < now),
            withdrawable: Act::available(request.state, &[Who::Taxpayer]).contains(&Act::Withdraw),
            days,
            steps: steps.collect(),
            ahead: match request.state {
                StateName::Received => &["claim", "draft", "sign", "deliver"],
                StateName::Examining => &["draft", "sign", "deliver"],
                StateName::Drafted => &["sign", "deliver"],
                StateName::Incomplete => &["resupply"],
                StateName::Issued | StateName::Withdrawn | StateName::Lapsed => &[],
            },
            request,
        }
    }
}

/// The days from receipt to the due date, with what each counts for.
pub(in crate::http::pages) fn days(steps: &[working_days::Step]) -> Vec<Day> {
    let last = steps.last().map(|step| step.date);
    let day = |step: &working_days::Step| {
        let due = if Some(step.date) == last { "due" } else { "count" };
        let (mark, n, reason, name) = match &step.outcome {
            working_days::Outcome::DayZero => ("zero", None, None, None),
            working_days::Outcome::Counted { n } => (due, Some(*n), None, None),
            working_days::Outcome::Skipped { reason } => {
                let (reason, name) = match reason {
                    SkipReason::Weekend => ("weekend", None),
                    SkipReason::National { name, .. } => ("national", Some(name.clone())),
                    SkipReason::JointLeave { name, .. } => ("joint_leave", Some(name.clone())),
                    SkipReason::Closure { name, .. } => ("closure", Some(name.clone())),
                    SkipReason::AfterClosing => ("after_closing", None),
                };
                ("skip", None, Some(reason), name)
            }
        };
        Day { date: step.date, mark, n, reason, name }
    };
    steps.iter().map(day).collect()
}

/// The request that this browser follows.
pub(super) async fn followed(visit: &Visit) -> Result<Option<View>, PageError> {
    let Some(id) = visit.tracked() else { return Ok(None) };
    let request = tracked_request(visit.office(), id).await?;
    Ok(Some(View::new(request, visit.office().now())))
}

async fn show(visit: Visit) -> Result<HttpResponse, PageError> {
    match followed(&visit).await? {
        Some(view) => visit.show("taxpayer/tracked.html", &view),
        None => tracking::ask_again(&visit),
    }
}

async fn receipt(visit: Visit) -> Result<HttpResponse, PageError> {
    match visit.tracked() {
        Some(id) => Ok(HttpResponse::Ok()
            .content_type("application/pdf")
            .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"bukti-penerimaan.pdf\""))
            .body(tracked_receipt(visit.office(), id).await?)),
        None => tracking::ask_again(&visit),
    }
}
