//! `/operator/templat`: versions of the wording of letters: drafted by one operator, approved by another, in force from
//! a day on.

use std::collections::BTreeMap;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method, StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    web,
    web::Query,
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    ZONE,
    account::days,
    accounts::everywhere,
    confirm::{self, Fact, Question},
    path_id,
};
use crate::{
    app::{
        AppError,
        letter_templates::{
            approve::approve_version,
            check::check_version,
            come_in_force::bring_into_force,
            difference::version_difference,
            draft::{RawText, draft_version, edit_version},
            preview::preview_version,
            view::{TemplateView, get_version, list_versions},
            withdraw::withdraw_version,
        },
        views::parts::AtOffice,
    },
    domain::{
        fault::Fault,
        ids::TemplateId,
        letter_template::{TemplateOrigin, TemplateState, TemplateStateName},
    },
    http::pages::frame::{
        Flash, FormFaults, OPERATOR, Page, PageError, ProtectedForm, Staff, Typed, Visit, page,
    },
    letters::LetterKind,
};

const PATH: &str = "/operator/templat";
/// Versions of all kinds together: a program brings one of each, an installation adds a few.
const MOST: i64 = 200;

pub(super) fn pages() -> Vec<Page> {
    let get = |id, path, register| page(id, Method::GET, path, OPERATOR, register);
    let post = |id, path, register| page(id, Method::POST, path, OPERATOR, register);
    vec![
        get("operator_wording", PATH, || web::to(show)),
        get("wording_version", "/operator/templat/{template}", || web::to(version)),
        get("wording_preview", "/operator/templat/{template}/pratinjau.pdf", || web::to(preview)),
        get("wording_form", "/operator/templat/{template}/naskah", || web::to(ask)),
        post("save_wording", "/operator/templat/{template}/naskah", || web::to(save)),
        post("approve_wording", "/operator/templat/{template}/setujui", || web::to(approve)),
        post("wording_in_force", "/operator/templat/{template}/berlaku", || web::to(in_force)),
        get("ask_to_withdraw_wording", "/operator/templat/{template}/tarik", || web::to(ask_withdraw)),
        post("withdraw_wording", "/operator/templat/{template}/tarik", || web::to(withdraw)),
    ]
}

#[derive(Serialize)]
struct View {
    kinds: Vec<KindLines>,
    changes: bool,
}

#[derive(Serialize)]
struct KindLines {
    kind: &'static str,
    versions: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    id: TemplateId,
    version: i32,
    built_in: bool,
    state: TemplateStateName,
    in_force_on: Option<NaiveDate>,
    /// In force today, by the day of the capital.
    current: bool,
    drafted_by: Option<String>,
    drafted_at: AtOffice,
}

impl Line {
    fn of(view: &TemplateView) -> Self {
        let row = &view.row;
        Self {
            id: row.id,
            version: row.version,
            built_in: row.origin == TemplateOrigin::BuiltIn,
            state: row.state.name(),
            in_force_on: row.state.in_force_on(),
            current: false,
            drafted_by: row.drafted_by.map(|id| view.name_of(id).to_owned()),
            drafted_at: AtOffice(row.drafted_at, ZONE),
        }
    }
}

async fn show(staff: Staff) -> Result<HttpResponse, PageError> {
    let all = list_versions(staff.office(), staff.session(), None, None, MOST).await?;
    let today = staff.office().now().with_timezone(&ZONE).date_naive();
    let kinds = LetterKind::ALL.map(|kind| {
        let mut versions: Vec<Line> =
            all.iter().filter(|view| view.row.kind == kind.as_str()).map(Line::of).collect();
        // The one whose day came last holds.
        let newest = versions
            .iter()
            .filter(|line| line.in_force_on.is_some_and(|day| day <= today))
            .max_by_key(|line| (line.in_force_on, line.version))
            .map(|line| line.id);
        for line in &mut versions {
            line.current = Some(line.id) == newest;
        }
        KindLines { kind: kind.as_str(), versions }
    });
    staff.show("operator/wording.html", &View { kinds: kinds.into(), changes: everywhere(&staff) })
}

#[derive(Serialize)]
struct VersionView<'a> {
    line: Line,
    kind: &'a str,
    revision: i32,
    source: &'a str,
    pages: Option<u32>,
    faults_of_text: Vec<Fault>,
    /// The version in force today.
    against: i32,
    difference: String,
    approved_by: Option<String>,
    /// Whether whoever looks drafted it: somebody else approves.
    own: bool,
    changes: bool,
    in_force_on: &'a str,
    faults: FormFaults,
}

async fn version(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    draw(&staff, StatusCode::OK, path_id(&request)?, "", FormFaults::default()).await
}

async fn draw(
    staff: &Staff,
    status: StatusCode,
    id: TemplateId,
    in_force_on: &str,
    faults: FormFaults,
) -> Result<HttpResponse, PageError> {
    let (view, text) = get_version(staff.office(), staff.session(), id).await?;
    let checked = check_version(staff.office(), staff.session(), id).await?;
    let difference = version_difference(staff.office(), staff.session(), id).await?;
    let approved_by = match view.row.state {
        TemplateState::Approved { by, .. } => by.map(|by| view.name_of(by).to_owned()),
        TemplateState::Draft | TemplateState::Withdrawn { .. } => None,
    };
    let shown = VersionView {
        line: Line::of(&view),
        kind: &view.row.kind,
        revision: view.row.revision,
        source: &text.source,
        pages: checked.pages,
        faults_of_text: checked.faults,
        against: difference.against,
        difference: difference.text,
        approved_by,
        own: view.row.drafted_by == Some(staff.who().colleague.id),
        changes: everywhere(staff),
        in_force_on,
        faults,
    };
    staff.show_as(status, "operator/wording_version.html", &shown)
}

/// The letter as the version makes it of sample data.
async fn preview(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let rendered = preview_version(staff.office(), staff.session(), path_id(&request)?).await;
    match rendered {
        Ok(rendered) => Ok(HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "application/pdf"))
            .insert_header((CONTENT_DISPOSITION, "inline; filename=\"naskah-pratinjau.pdf\""))
            .body(rendered.pdf)),
        Err(AppError::TemplateFaulty(_)) => {
            let id: TemplateId = path_id(&request)?;
            staff.go_saying(&path(id), &Flash::stopped("op.wording.no_preview"))
        }
        Err(error) => Err(error.into()),
    }
}

fn path(id: TemplateId) -> String {
    format!("{PATH}/{id}")
}

#[derive(Deserialize)]
struct Asked {
    /// Whether a new version begins with this one's text.
    baru: Option<String>,
}

#[derive(Serialize)]
struct FormView<'a> {
    id: TemplateId,
    kind: &'a str,
    version: i32,
    /// `None`: a new version.
    revision: Option<i32>,
    source: &'a str,
    faults: FormFaults,
}

/// The text to be written: of a draft, or of the new version that follows this one.
async fn ask(staff: Staff, request: HttpRequest, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let (view, text) = get_version(staff.office(), staff.session(), path_id(&request)?).await?;
    let new = asked.baru.is_some() || view.row.state.name() != TemplateStateName::Draft;
    let form = FormView {
        id: view.row.id,
        kind: &view.row.kind,
        version: view.row.version,
        revision: (!new).then_some(view.row.revision),
        source: &text.source,
        faults: FormFaults::default(),
    };
    staff.show("operator/wording_form.html", &form)
}

async fn save(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let id = path_id(&request)?;
    let (view, _) = get_version(staff.office(), staff.session(), id).await?;
    let source = sent.typed.get("source").to_owned() + "\n";
    let raw = RawText { source: source.clone(), pieces: BTreeMap::new() };
    let revision: Option<i32> = sent.typed.get("revision").parse().ok();
    let saved = if let Some(revision) = revision {
        edit_version(staff.office(), staff.session(), id, revision, raw).await.map(|()| id)
    } else {
        let kind = view.row.kind.parse().map_err(|_| PageError::Unknown)?;
        draft_version(staff.office(), staff.session(), kind, raw).await
    };
    let again = |status, faults| {
        let form = FormView {
            id,
            kind: &view.row.kind,
            version: view.row.version,
            // What somebody else saved meanwhile is told, and the next press replaces it.
            revision: revision.map(|_| view.row.revision),
            source: &source,
            faults,
        };
        staff.show_as(status, "operator/wording_form.html", &form)
    };
    match saved {
        Ok(saved) => staff.go_saying(&path(saved), &Flash::done("op.wording.saved")),
        Err(AppError::Invalid(faults)) => {
            let faults: Vec<Fault> =
                faults.into_iter().map(|fault| Fault { pointer: "/source".to_owned(), ..fault }).collect();
            again(StatusCode::UNPROCESSABLE_ENTITY, FormFaults::told(&staff, "op.wording", &faults))
        }
        Err(AppError::Stale | AppError::TemplateNotPossible(_)) => {
            let mut faults = FormFaults::default();
            faults.add("source", staff.say("op.wording.stale", &[]));
            again(StatusCode::CONFLICT, faults)
        }
        Err(error) => Err(error.into()),
    }
}

/// A form about a version as it was seen.
fn read(
    visit: &Visit,
    request: &HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<(Staff, TemplateId, i32, Typed), PageError> {
    let (staff, sent) = form.from_staff(visit)?;
    let revision = sent.typed.get("revision").parse().map_err(|_| PageError::WrongForm)?;
    Ok((staff, path_id(request)?, revision, sent.typed))
}

async fn approve(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, id, revision, _) = read(&visit, &request, form)?;
    let flash = match approve_version(staff.office(), staff.session(), id, revision).await {
        Ok(()) => Flash::done("op.wording.approved_now"),
        Err(AppError::ApproverDraftedIt) => Flash::stopped("op.wording.own"),
        Err(AppError::TemplateFaulty(_)) => Flash::stopped("op.wording.faulty"),
        Err(AppError::Stale | AppError::TemplateNotPossible(_)) => Flash::stopped("op.wording.stale"),
        Err(error) => return Err(error.into()),
    };
    staff.go_saying(&path(id), &flash)
}

async fn in_force(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, id, revision, typed) = read(&visit, &request, form)?;
    let named = match days(&typed, ["in_force_on"]) {
        Ok([day]) => bring_into_force(staff.office(), staff.session(), id, revision, day).await,
        Err(error) => Err(error),
    };
    match named {
        Ok(()) => staff.go_saying(&path(id), &Flash::done("op.wording.day_named")),
        Err(AppError::Invalid(faults)) => {
            let faults = FormFaults::told(&staff, "op.wording", &faults);
            draw(&staff, StatusCode::UNPROCESSABLE_ENTITY, id, typed.get("in_force_on"), faults).await
        }
        Err(AppError::Stale | AppError::TemplateNotPossible(_)) => {
            staff.go_saying(&path(id), &Flash::stopped("op.wording.stale"))
        }
        Err(error) => Err(error.into()),
    }
}

async fn question(staff: &Staff, id: TemplateId) -> Result<(Question, i32), PageError> {
    let (view, _) = get_version(staff.office(), staff.session(), id).await?;
    let question = Question {
        words: "op.withdraw",
        facts: vec![
            Fact::key("op.wording.kind", format!("op.kind.{}", view.row.kind)),
            Fact::text("op.wording.version", view.row.version.to_string()),
        ],
        action: format!("{}/tarik", path(id)),
        back: path(id),
        danger: true,
        asks_why: true,
    };
    Ok((question, view.row.revision))
}

async fn ask_withdraw(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    confirm::ask(&staff, &question(&staff, path_id(&request)?).await?.0)
}

async fn withdraw(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let id = path_id(&request)?;
    let (question, revision) = question(&staff, id).await?;
    let typed = sent.typed.get("reason");
    let reason = match confirm::reason(typed) {
        Ok(reason) => reason,
        Err(AppError::Invalid(faults)) => return confirm::ask_again(&staff, &question, typed, &faults),
        Err(error) => return Err(error.into()),
    };
    let flash = match withdraw_version(staff.office(), staff.session(), id, revision, &reason).await {
        Ok(()) => Flash::done("op.withdraw.done"),
        Err(AppError::Stale | AppError::TemplateNotPossible(_)) => Flash::stopped("op.wording.stale"),
        Err(error) => return Err(error.into()),
    };
    staff.go_saying(&path(id), &flash)
}
