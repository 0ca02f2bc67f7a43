//! What went wrong on a page: each case is a page that says what happened, what to do, and loses nothing.

use actix_web::{
    Error, HttpRequest, HttpResponse, ResponseError,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{ACCEPT, RETRY_AFTER},
    },
    middleware::Next,
};
use serde::Serialize;

use super::{flash::Flash, kept::Kept, local_path::LocalPath, preferences::Language, visit::Visit};
use crate::{
    app::{AppError, page_session},
    http::{
        pages::{linked::Linked, trouble::Trouble},
        problem::{self, IntoProblem, Problem},
        problem_catalogue::PROBLEM_TYPES,
        request_id,
    },
};

/// Why a page cannot show what was asked for. `Debug` shows nothing that was sent.
#[derive(Debug)]
pub enum PageError {
    /// Nobody is signed in; a form that was sent is kept until somebody is.
    SignIn(Option<Box<Kept>>),
    /// A form of another site.
    Forged,
    /// Our form, with a token that is not good any more: its sender is asked to send it again.
    AskAgain(Box<Kept>),
    /// The form came in another shape than the page sends it.
    WrongForm,
    TooLarge,
    /// Another page comes first, and says why.
    Elsewhere(Box<(LocalPath, Flash)>),
    /// What an act answered.
    Refused(RefusedProblem),
    /// No such page.
    Unknown,
    /// A fault of ours; the cause is in the log.
    Broken,
}

/// A problem that shows its slug only.
pub struct RefusedProblem(Box<Problem>);

impl std::fmt::Debug for RefusedProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.slug())
    }
}

impl From<AppError> for PageError {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Unauthenticated => Self::SignIn(None),
            other => Self::Refused(RefusedProblem(Box::new(other.into_problem()))),
        }
    }
}

impl std::fmt::Display for PageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.status_code())
    }
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::SignIn(_) => StatusCode::UNAUTHORIZED,
            Self::Forged => StatusCode::FORBIDDEN,
            Self::AskAgain(_) => StatusCode::CONFLICT,
            Self::WrongForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Elsewhere(_) => StatusCode::SEE_OTHER,
            Self::Refused(RefusedProblem(problem)) => problem.status(),
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Where no page can be drawn. [`dress`] puts the page in its place.
    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Unknown => problem::unknown_path().response(),
            _ => problem::internal().response(),
        }
    }
}

/// What the page says.
#[derive(Serialize)]
struct Stopped<'a> {
    title: &'a str,
    detail: &'a str,
    action: Option<&'a str>,
    /// Keys of the catalogue instead of texts.
    from_catalogue: bool,
    request_id: Option<String>,
}

impl PageError {
    /// Leads to another page, which says why.
    pub fn elsewhere(path: &str, said: Flash) -> Self {
        Self::Elsewhere(Box::new((path.parse().unwrap_or_else(|_| LocalPath::start()), said)))
    }

    fn stopped(&self, language: Language) -> Stopped<'_> {
        let ours =
            |title, detail| Stopped { title, detail, action: None, from_catalogue: true, request_id: None };
        match self {
            Self::Refused(RefusedProblem(problem)) => refused(problem, language),
            Self::Forged => ours("stop.forged.title", "stop.forged.detail"),
            Self::WrongForm | Self::SignIn(_) | Self::AskAgain(_) | Self::Elsewhere(_) => {
                ours("stop.form.title", "stop.form.detail")
            }
            Self::TooLarge => ours("stop.large.title", "stop.large.detail"),
            Self::Unknown => ours("stop.unknown.title", "stop.unknown.detail"),
            Self::Broken => Stopped {
                request_id: request_id::current(),
                ..ours("stop.broken.title", "stop.broken.detail")
            },
        }
    }

    async fn page(&self, visit: &Visit) -> Result<HttpResponse, Self> {
        match self {
            Self::SignIn(None) => Ok(visit.go(&crate::http::pages::everyone::sign_in_path(visit.path()))),
            Self::SignIn(Some(kept)) => {
                let owner = match visit.ended() {
                    Some(session) => page_session::owner(visit.office(), session).await?,
                    None => None,
                };
                let owner = owner.map_or_else(|| visit.guest(), |staff| staff.0.to_string());
                let note = kept.seal(visit.office(), &owner)?;
                crate::http::pages::everyone::sign_in_again(visit, &note)
            }
            Self::AskAgain(kept) => {
                visit.show_as(self.status_code(), "resume.html", &Resume::of(kept, false))
            }
            Self::Elsewhere(to) => visit.go_saying(to.0.as_str(), &to.1),
            other => {
                let status = other.status_code();
                let mut response =
                    visit.show_as(status, "stopped.html", &other.stopped(visit.preferences().language))?;
                if let Self::Refused(RefusedProblem(problem)) = other {
                    for (name, value) in problem.headers().iter().filter(|(name, _)| *name == RETRY_AFTER) {
                        response.headers_mut().insert(name.clone(), value.clone());
                    }
                }
                Ok(response)
            }
        }
    }
}

fn refused(problem: &Problem, language: Language) -> Stopped<'_> {
    let known = PROBLEM_TYPES.iter().find(|known| known.slug == problem.slug());
    let fault_of_ours = problem.status().is_server_error();
    let (title, detail, action) = match (language, known) {
        (Language::Id, known) => {
            (problem.title(), problem.sentence().unwrap_or_default(), known.map(|known| known.action))
        }
        (Language::En, Some(known)) => (known.meaning_en, "", Some(known.action_en)),
        (Language::En, None) => (problem.title(), problem.sentence().unwrap_or_default(), None),
    };
    Stopped {
        title,
        detail,
        action,
        from_catalogue: false,
        request_id: request_id::current().filter(|_| fault_of_ours),
    }
}

/// A form that is shown once more, to be sent with a fresh token.
#[derive(Serialize)]
pub struct Resume<'a> {
    path: &'a str,
    fields: Vec<(&'a str, &'a str)>,
    signed_in: bool,
}

impl<'a> Resume<'a> {
    pub fn of(kept: &'a Kept, signed_in: bool) -> Self {
        let fields = kept.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Self { path: kept.path.as_str(), fields, signed_in }
    }
}

/// Draws the pages of errors: with the frame, the language and the navigation of whoever asked.
pub async fn dress<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let answer = next.call(request).await?;
    let request = answer.request();
    let page = match answer.response().error() {
        None => None,
        Some(error) => match (error.as_error::<PageError>(), error.as_error::<Trouble>()) {
            (Some(error), _) => draw(request, error).await,
            (None, Some(trouble)) => Linked::of(request).and_then(|linked| trouble.page(&linked)),
            (None, None) => None,
        },
    };
    Ok(match page {
        None => answer.map_into_left_body(),
        Some(page) => ServiceResponse::new(answer.request().clone(), page).map_into_right_body(),
    })
}

async fn draw(request: &HttpRequest, error: &PageError) -> Option<HttpResponse> {
    // When not even the visitor can be read, the page is drawn for a guest.
    let visit = match Visit::read(request).await {
        Some(visit) => visit,
        None => Visit::bare(request)?,
    };
    match error.page(&visit).await {
        Ok(page) => Some(page),
        Err(again) => again.plain(&visit),
    }
}

impl PageError {
    fn plain(&self, visit: &Visit) -> Option<HttpResponse> {
        visit.show_as(self.status_code(), "stopped.html", &self.stopped(visit.preferences().language)).ok()
    }
}

/// Whether a person opens an address.
pub fn reads_pages(request: &HttpRequest) -> bool {
    let accepted = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    request.method() == Method::GET && accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

/// Whoever reads pages gets one for a path that does not exist; programs get the problem.
pub async fn unknown_page(request: HttpRequest) -> Result<HttpResponse, PageError> {
    if reads_pages(&request) { Err(PageError::Unknown) } else { Ok(problem::unknown_path().response()) }
}
