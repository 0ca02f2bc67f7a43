//! `/operator/pekerjaan`: work that is not done, why, and what to do about it.

use actix_web::{HttpRequest, HttpResponse, http::Method, web, web::Query};
use serde::{Deserialize, Serialize};

use super::{
    confirm::{self, Fact, Question},
    desk, path_id,
    why::why,
    zone,
};
use crate::{
    app::{
        AppError,
        jobs_desk::{self, Overview, Wanted},
        views::parts::AtOffice,
    },
    domain::office::OfficeCode,
    http::pages::frame::{Flash, OPERATOR, Page, PageError, ProtectedForm, Staff, Typed, Visit, page},
    store::open_jobs::{About, JobState, OpenJob},
};

const PATH: &str = "/operator/pekerjaan";
const ROWS: i64 = 50;

pub(super) fn pages() -> Vec<Page> {
    let get = |id, path, register| page(id, Method::GET, path, OPERATOR, register);
    let post = |id, path, register| page(id, Method::POST, path, OPERATOR, register);
    vec![
        get("operator_jobs", PATH, || web::to(show)),
        post("retry_job", "/operator/pekerjaan/{job}/jalankan", || web::to(retry)),
        post("retry_buried_jobs", "/operator/pekerjaan/jalankan-semua", || web::to(retry_all)),
        get("ask_to_give_up_mail", "/operator/pekerjaan/{job}/hentikan", || web::to(ask)),
        post("give_up_mail", "/operator/pekerjaan/{job}/hentikan", || web::to(give_up)),
    ]
}

#[derive(Deserialize)]
struct Asked {
    keadaan: Option<String>,
    sesudah: Option<i64>,
}

#[derive(Serialize)]
struct View {
    overview: Overview,
    here: &'static str,
    path: &'static str,
    rows: Vec<Line>,
    /// Whether the office is told with each row.
    offices: bool,
    /// Where the next page begins.
    next: Option<i64>,
}

#[derive(Serialize)]
struct Line {
    id: i64,
    /// The key of what it does.
    what: String,
    number: Option<String>,
    state: JobState,
    run_at: AtOffice,
    attempts: i32,
    why: Option<&'static str>,
    /// As it was recorded.
    said: Option<String>,
    office: Option<OfficeCode>,
    can_run: bool,
    can_give_up: bool,
}

impl Line {
    fn of(job: OpenJob, zone: chrono_tz::Tz) -> Self {
        Self {
            id: job.id,
            what: what(&job.about),
            state: job.state,
            run_at: AtOffice(job.run_at, zone),
            attempts: job.attempts,
            why: job.failed_reason.as_deref().map(why),
            said: job.failed_reason,
            office: job.office,
            can_run: job.state != JobState::Running,
            can_give_up: matches!(job.about, About::Mail { .. }),
            number: match job.about {
                About::Mail { number, .. } => Some(number),
                About::Letter { number, .. } => number,
                About::Nothing => None,
            },
        }
    }
}

fn what(about: &About) -> String {
    match about {
        About::Mail { kind, .. } => format!("op.mail.{kind}"),
        About::Letter { kind, .. } => format!("op.letter.{kind}"),
        About::Nothing => "op.job.other".to_owned(),
    }
}

/// What needs somebody comes first.
fn state_asked(asked: Option<&str>, overview: &Overview) -> JobState {
    match asked {
        Some("berhenti") => JobState::Buried,
        Some("diulang") => JobState::Retrying,
        Some("menunggu") => JobState::Waiting,
        _ if overview.buried > 0 => JobState::Buried,
        _ if overview.retrying > 0 => JobState::Retrying,
        _ if overview.waiting > 0 => JobState::Waiting,
        _ => JobState::Buried,
    }
}

fn path_of(state: JobState) -> &'static str {
    match state {
        JobState::Buried => "/operator/pekerjaan?keadaan=berhenti",
        JobState::Retrying => "/operator/pekerjaan?keadaan=diulang",
        JobState::Waiting | JobState::Running => "/operator/pekerjaan?keadaan=menunggu",
    }
}

async fn show(staff: Staff, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let overview = jobs_desk::overview(staff.office(), desk(&staff)).await?;
    let state = state_asked(asked.keadaan.as_deref(), &overview);
    let wanted = Wanted { state: Some(state), after: asked.sesudah, limit: Some(ROWS + 1) };
    let mut jobs = jobs_desk::list(staff.office(), desk(&staff), wanted).await?;
    let more = jobs.len() > usize::try_from(ROWS).unwrap_or_default();
    jobs.truncate(usize::try_from(ROWS).unwrap_or_default());
    let view = View {
        next: jobs.last().map(|job| job.id).filter(|_| more),
        overview,
        here: state.as_str(),
        path: path_of(state),
        rows: jobs.into_iter().map(|job| Line::of(job, zone(&staff))).collect(),
        offices: overview.kept.is_some(),
    };
    staff.show("operator/jobs.html", &view)
}

async fn retry(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, _sent) = form.from_staff(&visit)?;
    let id = path_id(&request)?;
    let state = match jobs_desk::find(staff.office(), desk(&staff), id).await {
        Ok(job) => job.state,
        Err(AppError::NotFound(_)) => return staff.go_saying(PATH, &Flash::note("op.job.gone")),
        Err(error) => return Err(error.into()),
    };
    let flash = match jobs_desk::retry(staff.office(), desk(&staff), id).await {
        Ok(()) => Flash::done("op.job.runs"),
        Err(AppError::AlreadyDone(_)) => Flash::note("op.job.runs_already"),
        Err(AppError::NotFound(_)) => Flash::note("op.job.gone"),
        Err(error) => return Err(error.into()),
    };
    staff.go_saying(path_of(state), &flash)
}

async fn retry_all(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let (staff, _sent) = form.from_staff(&visit)?;
    let count = jobs_desk::retry_buried(staff.office(), desk(&staff)).await?;
    staff.go_saying(PATH, &Flash::done("op.job.all_run").with("n", count.to_string()))
}

async fn question(staff: &Staff, id: i64) -> Result<Question, PageError> {
    let job = jobs_desk::find(staff.office(), desk(staff), id).await?;
    let About::Mail { number, .. } = &job.about else { return Err(PageError::Unknown) };
    let mut facts = vec![
        Fact::key("op.fact.what", what(&job.about)),
        Fact::text("op.fact.number", number),
        Fact::text("op.fact.attempts", job.attempts.to_string()),
    ];
    facts.extend(job.failed_reason.as_deref().map(|reason| Fact::key("op.fact.why", why(reason))));
    Ok(Question {
        words: "op.give_up",
        facts,
        action: format!("{PATH}/{id}/hentikan"),
        back: path_of(job.state).to_owned(),
        danger: true,
        asks_why: true,
    })
}

async fn ask(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    confirm::ask(&staff, &question(&staff, path_id(&request)?).await?)
}

async fn give_up(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let id = path_id(&request)?;
    let typed = sent.typed.get("reason");
    let reason = match confirm::reason(typed) {
        Ok(reason) => reason,
        Err(AppError::Invalid(faults)) => {
            return confirm::ask_again(&staff, &question(&staff, id).await?, typed, &faults);
        }
        Err(error) => return Err(error.into()),
    };
    let flash = match jobs_desk::give_up_mail(staff.office(), desk(&staff), id, &reason).await {
        Ok(()) => Flash::done("op.give_up.done"),
        // Sent or ended meanwhile: the list says how it is now.
        Err(AppError::AlreadyDone(_) | AppError::NotFound(_)) => Flash::note("op.job.gone"),
        Err(error) => return Err(error.into()),
    };
    staff.go_saying(PATH, &flash)
}
