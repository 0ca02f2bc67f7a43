//! The screen itself, also as it answers an act that was not done.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web::{self, Query},
};
use serde::Serialize;

use super::{
    super::InPath,
    document::{Turned, Viewer},
    path_of,
};
use crate::{
    app::{
        AppError,
        officer_desk::view::{Desk, desk},
        verdict::{VerdictView, get_verdict},
        views::{
            get_request::{RequestView, get_request},
            history::{HistoryItem, get_history},
            parts::AtOffice,
        },
    },
    domain::{
        eligibility::{Unknown, Verdict, same_name},
        ids::RequestId,
        state::{Act, StateName},
        working_days::Threshold,
    },
    http::{
        pages::frame::{Flash, FormFaults, Page, PageError, Staff, Typed, WORKS, page},
        problem::IntoProblem,
    },
};

pub(super) fn pages() -> Vec<Page> {
    vec![page("request_page", Method::GET, "/permohonan/{request_id}", WORKS, || web::to(show))]
}

async fn show(
    staff: Staff,
    InPath(id): InPath<RequestId>,
    asked: Query<Typed>,
) -> Result<HttpResponse, PageError> {
    let screen = Screen::load(&staff, id, Turned::read(&asked), Told::default()).await?;
    staff.show("officer/request.html", &screen)
}

/// What the screen says of an act that was not done; nothing that was typed is lost.
#[derive(Default)]
pub struct Told {
    pub stopped: Option<Stopped>,
    pub faults: FormFaults,
    /// Texts that cannot be sent any more: the name of the field, and what was typed.
    pub typed: Vec<(String, String)>,
    /// A note that was not kept.
    pub note: String,
    /// The reason of a hand-over that was not done.
    pub reason: String,
}

/// Why an act was not done.
pub enum Stopped {
    /// Somebody was faster, or the state does not allow it.
    Lost {
        officer: Option<String>,
    },
    /// Changed since the page was drawn.
    Changed,
    NoDecree,
    /// In the words of the act.
    Refused {
        title: String,
        detail: String,
    },
}

/// A refusal that leaves the person on the screen: its title and sentence. Everything else becomes a page of its own.
fn told_by_the_act(error: AppError) -> Result<(StatusCode, Stopped), PageError> {
    match error {
        AppError::VerdictForbids
        | AppError::Undetermined(_)
        | AppError::ExemptionsOpen(_)
        | AppError::NeedsSectionHead
        | AppError::NotRenderable(_) => {
            let problem = error.into_problem();
            let detail = problem.sentence().unwrap_or_default().to_owned();
            Ok((problem.status(), Stopped::Refused { title: problem.title().to_owned(), detail }))
        }
        other => Err(other.into()),
    }
}

/// Leads on after an act; shows the fresh state with what stopped it otherwise.
pub async fn answer(
    staff: &Staff,
    id: RequestId,
    done: Result<(), AppError>,
    flash: &Flash,
    mut told: Told,
) -> Result<HttpResponse, PageError> {
    let (status, stopped) = match done {
        Ok(()) => return staff.go_saying(&path_of(id), flash),
        Err(AppError::NotPossible { officer, .. }) => (StatusCode::CONFLICT, Stopped::Lost { officer }),
        Err(AppError::Stale) => (StatusCode::CONFLICT, Stopped::Changed),
        Err(AppError::NoDecree) => (StatusCode::FORBIDDEN, Stopped::NoDecree),
        Err(AppError::Invalid(faults)) => {
            told.faults = FormFaults::told(staff, "desk", &faults);
            let screen = Screen::load(staff, id, Turned::default(), told).await?;
            return staff.show_as(StatusCode::UNPROCESSABLE_ENTITY, "officer/request.html", &screen);
        }
        Err(error) => told_by_the_act(error)?,
    };
    told.stopped = Some(stopped);
    let screen = Screen::load(staff, id, Turned::default(), told).await?;
    staff.show_as(status, "officer/request.html", &screen)
}

/// The number of the request as its last round has it.
pub fn receipt_number(request: &RequestView) -> &str {
    request.rounds.last().map_or("", |round| &round.receipt_number)
}

#[derive(Serialize)]
pub struct Screen {
    path: String,
    number: String,
    due: Badge,
    verdict: Option<VerdictPart>,
    history: Vec<Happened>,
    may: May,
    stopped: Option<StoppedView>,
    faults: FormFaults,
    typed: Vec<(String, String)>,
    note: String,
    reason: String,
    same_name: bool,
    same_address: bool,
    registered_address: String,
    viewer: Option<Viewer>,
    desk: Desk,
    request: RequestView,
}

/// As the badge of the lists takes it.
#[derive(Serialize)]
struct Badge {
    waiting_for_calendar: bool,
    threshold: Option<Threshold>,
    after_a_break: bool,
    due_on: Option<chrono::NaiveDate>,
    explanation: String,
}

#[derive(Serialize)]
struct VerdictPart {
    /// `grant`, `refuse` or `undetermined`.
    name: &'static str,
    reasons: Vec<Reason>,
    unknown: Vec<Unknown>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct Reason {
    text: String,
    evidence: Vec<(String, String)>,
    missing: Vec<String>,
}

impl From<VerdictView> for VerdictPart {
    fn from(view: VerdictView) -> Self {
        let (name, unknown) = match view.verdict {
            Verdict::Grant => ("grant", Vec::new()),
            Verdict::Refuse { .. } => ("refuse", Vec::new()),
            Verdict::Undetermined { unknown } => ("undetermined", unknown),
        };
        let reasons = view.reasons.into_iter().map(|reason| Reason {
            text: reason.text,
            evidence: reason.found.evidence.into_iter().collect(),
            missing: reason.missing,
        });
        Self { name, reasons: reasons.collect(), unknown, warnings: view.warnings }
    }
}

/// One line of the history.
#[derive(Serialize)]
struct Happened {
    /// The key of the words.
    key: String,
    at: AtOffice,
    by: Option<String>,
    /// A reason that somebody gave.
    why: Option<String>,
    /// The letter of a withdrawal: its number and date.
    letter: Option<(String, String)>,
    tone: &'static str,
}

/// Acts that have words of their own; everything else is told by its name.
const TOLD: [&str; 17] = [
    "claim",
    "check",
    "draft",
    "due_date_changed",
    "enter_evidence",
    "file_request",
    "lapse",
    "note",
    "reassign",
    "release",
    "resupply",
    "return",
    "send_back",
    "sign",
    "verdict_changed",
    "waive",
    "withdraw",
];

impl From<HistoryItem> for Happened {
    fn from(item: HistoryItem) -> Self {
        let known = TOLD.contains(&item.act.as_str());
        let tone = match item.act.as_str() {
            "return" | "lapse" | "withdraw" | "send_back" | "verdict_changed" => "bad",
            _ => "done",
        };
        let key = if known { item.act.clone() } else { "other".to_owned() };
        let text = |name: &str| item.detail.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
        let letter = text("letter_number").zip(text("letter_date"));
        // Why a request was withdrawn is a word for programs.
        let why = match item.act.as_str() {
            "withdraw" => None,
            _ if known => text("reason"),
            other => Some(other.to_owned()),
        };
        Self { key: format!("history.{key}"), at: item.at, by: item.by.name, why, letter, tone }
    }
}

/// What this person can press.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each says whether one button is there")]
struct May {
    claim: bool,
    release: bool,
    reassign: bool,
    give_back: bool,
    draft: bool,
    grant: bool,
    enter_evidence: bool,
    waive: bool,
    judge: bool,
    see_draft: bool,
    /// At the counter: what was returned comes back, or is withdrawn on a letter.
    resupply: bool,
    withdraw: bool,
    /// The copy of the receipt shows the tracking code: at the counter only.
    receipt: bool,
}

#[derive(Serialize)]
struct StoppedView {
    key: &'static str,
    /// Who won; or the title of a refusal.
    name: String,
    detail: String,
    at: Option<AtOffice>,
}

impl Screen {
    pub async fn load(staff: &Staff, id: RequestId, turned: Turned, told: Told) -> Result<Self, PageError> {
        let (office, session) = (staff.office(), staff.session());
        let request = get_request(office, session, id).await?;
        let verdict = match get_verdict(office, session, id).await {
            Ok(verdict) => Some(VerdictPart::from(verdict)),
            // The counter reads the request, not the verdict.
            Err(AppError::Forbidden) => None,
            Err(error) => return Err(error.into()),
        };
        let history = get_history(office, session, id).await?.items;
        let desk = desk(office, session, id).await?;
        let who = &staff.who().colleague;
        let reads = who.office == Some(request.office_code)
            && (who.counter().is_ok() || who.special_officer().is_ok() || who.section_head().is_ok());
        let grant = verdict.as_ref().is_some_and(|verdict| verdict.name == "grant")
            && desk.open_exemptions.is_empty();
        let acts = &request.available_acts;
        let may = May {
            claim: acts.contains(&Act::Claim),
            release: acts.contains(&Act::Release),
            reassign: acts.contains(&Act::Reassign) && !desk.officers.is_empty(),
            give_back: acts.contains(&Act::Return),
            draft: acts.contains(&Act::Draft),
            grant,
            enter_evidence: acts.contains(&Act::EnterEvidence),
            waive: acts.contains(&Act::Waive),
            judge: verdict.is_some(),
            see_draft: verdict.is_some() && request.draft.is_some(),
            resupply: acts.contains(&Act::Resupply),
            withdraw: acts.contains(&Act::Withdraw),
            receipt: who.office == Some(request.office_code) && who.counter().is_ok(),
        };
        let stopped = told.stopped.map(|stopped| told_as(stopped, &request, &history));
        let registered_address = [&request.taxpayer.address, &request.taxpayer.city]
            .into_iter()
            .filter(|part| !part.is_empty())
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        let registered = request.taxpayer.office_code.is_some();
        Ok(Self {
            path: path_of(id),
            number: receipt_number(&request).to_owned(),
            due: due(&request, office.now()),
            verdict,
            history: history.into_iter().rev().map(Happened::from).collect(),
            may,
            stopped,
            faults: told.faults,
            typed: told.typed,
            note: told.note,
            reason: told.reason,
            same_name: !registered || same_name(&request.taxpayer.name, &request.form.pkp_name),
            same_address: !registered || same_name(&registered_address, &request.form.pkp_address),
            registered_address,
            viewer: reads.then(|| Viewer::new(id, &request, turned)),
            desk,
            request,
        })
    }
}

/// Who won and when, or how it stands.
fn told_as(stopped: Stopped, request: &RequestView, history: &[HistoryItem]) -> StoppedView {
    let plain = |key| StoppedView { key, name: String::new(), detail: String::new(), at: None };
    match stopped {
        Stopped::Changed => plain("lost.changed"),
        Stopped::NoDecree => plain("o.decree.none"),
        Stopped::Refused { title, detail } => StoppedView { name: title, detail, ..plain("lost.refused") },
        Stopped::Lost { officer } => {
            let taken = history.iter().rev().find(|item| matches!(item.act.as_str(), "claim" | "reassign"));
            match (officer, taken, request.state) {
                (Some(name), Some(taken), StateName::Examining) => {
                    StoppedView { name, at: Some(taken.at), ..plain("o.claim.lost") }
                }
                _ => plain("lost.state"),
            }
        }
    }
}

fn due(request: &RequestView, now: chrono::DateTime<chrono::Utc>) -> Badge {
    let round = request.rounds.last();
    let due = round.map(|round| &round.due);
    let tomorrow = due
        .and_then(|due| due.due_at)
        .and_then(|AtOffice(_, zone)| now.with_timezone(&zone).date_naive().succ_opt());
    let due_on = due.and_then(|due| due.due_on);
    Badge {
        waiting_for_calendar: round
            .is_some_and(|round| round.due.waiting_for_calendar && round.ended_at.is_none()),
        threshold: request.threshold,
        after_a_break: request.threshold == Some(Threshold::DueTomorrow) && due_on != tomorrow,
        due_on,
        explanation: due.map(|due| due.explanation.clone()).unwrap_or_default(),
    }
}
