//! `/operator/email`: mails that did not arrive, addresses that get none for now, and what came back unplaced.

use actix_web::{HttpRequest, HttpResponse, http::Method, web, web::Query};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    ZONE,
    confirm::{self, Fact, Question},
    desk, path_id,
    why::{of_status, why},
    zone,
};
use crate::{
    app::{
        AppError,
        bounces::{kept, lift_suppression::lift_of_message},
        jobs_desk::{self, Overview},
        letters::resend_message::{ResendTo, resend_message},
        views::parts::AtOffice,
    },
    domain::{fault::Fault, ids::MessageId, line::Line, names::Fate, office::OfficeCode},
    http::pages::frame::{Flash, OPERATOR, Page, PageError, ProtectedForm, Staff, Typed, Visit, page},
    store::failed_mail::{FailedMail, HeldAddress},
};

const FAILED: &str = "/operator/email";
const HELD: &str = "/operator/email?lihat=ditahan";
const KEPT: &str = "/operator/email?lihat=asing";
const ROWS: i64 = 50;

pub(super) fn pages() -> Vec<Page> {
    let get = |id, path, register| page(id, Method::GET, path, OPERATOR, register);
    let post = |id, path, register| page(id, Method::POST, path, OPERATOR, register);
    vec![
        get("operator_mail", FAILED, || web::to(show)),
        get("ask_to_send_mail_again", "/operator/email/{message}/kirim", || web::to(ask_to_send)),
        post("send_mail_again", "/operator/email/{message}/kirim", || web::to(send)),
        get("ask_to_release_address", "/operator/email/{message}/buka", || web::to(ask_to_release)),
        post("release_address", "/operator/email/{message}/buka", || web::to(release)),
        get("kept_mail", "/operator/email/asing/{kept}", || web::to(read_kept)),
        post("discard_kept_mail", "/operator/email/asing/{kept}/buang", || web::to(discard_kept)),
    ]
}

#[derive(Deserialize)]
struct Asked {
    lihat: Option<String>,
    sesudah: Option<String>,
}

#[derive(Serialize)]
struct View {
    overview: Overview,
    here: &'static str,
    offices: bool,
    failed: Vec<FailedLine>,
    held: Vec<HeldLine>,
    kept: Vec<KeptLine>,
    next: Option<MessageId>,
}

#[derive(Serialize)]
struct FailedLine {
    id: MessageId,
    number: String,
    what: String,
    to: String,
    office: Option<OfficeCode>,
    fate: Fate,
    fate_at: AtOffice,
    why: &'static str,
    said: Option<String>,
    suppressed: bool,
    can_send: bool,
}

#[derive(Serialize)]
struct HeldLine {
    id: MessageId,
    number: String,
    to: String,
    office: Option<OfficeCode>,
    why: &'static str,
    since: AtOffice,
    until: AtOffice,
    waiting: i64,
    can_release: bool,
}

#[derive(Serialize)]
struct KeptLine {
    id: Uuid,
    at: AtOffice,
    bytes: i32,
    known: bool,
}

impl FailedLine {
    fn of(mail: FailedMail, zone: chrono_tz::Tz) -> Self {
        Self {
            id: mail.id,
            number: mail.number,
            what: format!("op.mail.{}", mail.kind),
            to: mail.email.masked(),
            office: mail.office,
            fate: mail.fate,
            fate_at: AtOffice(mail.fate_at, zone),
            why: why(mail.said.as_deref().unwrap_or_default()),
            said: mail.said,
            suppressed: mail.suppressed,
            can_send: mail.request.is_some() && !mail.suppressed,
        }
    }
}

impl HeldLine {
    fn of(held: HeldAddress, zone: chrono_tz::Tz) -> Self {
        Self {
            id: held.message,
            number: held.number,
            to: held.email.masked(),
            office: held.office,
            why: held.status.map_or("op.why.refused", of_status),
            since: AtOffice(held.since, zone),
            until: AtOffice(held.until, zone),
            waiting: held.waiting,
            can_release: held.request.is_some(),
        }
    }
}

async fn show(staff: Staff, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let zone = zone(&staff);
    let overview = jobs_desk::overview(staff.office(), desk(&staff)).await?;
    let mut view = View {
        overview,
        here: "failed",
        offices: overview.kept.is_some(),
        failed: Vec::new(),
        held: Vec::new(),
        kept: Vec::new(),
        next: None,
    };
    match asked.lihat.as_deref() {
        Some("ditahan") => {
            view.here = "held";
            let held = jobs_desk::held_addresses(staff.office(), desk(&staff)).await?;
            view.held = held.into_iter().map(|held| HeldLine::of(held, zone)).collect();
        }
        Some("asing") => {
            view.here = "kept";
            let kept = kept::list(staff.office(), desk(&staff)).await?;
            view.kept = kept
                .into_iter()
                .map(|kept| KeptLine {
                    id: kept.id,
                    at: AtOffice(kept.received_at, ZONE),
                    bytes: kept.byte_count,
                    known: kept.message.is_some(),
                })
                .collect();
        }
        _ => {
            let after = asked.sesudah.as_deref().and_then(|id| id.parse().ok());
            let mut failed = jobs_desk::failed_mail(staff.office(), desk(&staff), after, ROWS + 1).await?;
            let rows = usize::try_from(ROWS).unwrap_or_default();
            let more = failed.len() > rows;
            failed.truncate(rows);
            view.next = failed.last().map(|mail| mail.id).filter(|_| more);
            view.failed = failed.into_iter().map(|mail| FailedLine::of(mail, zone)).collect();
        }
    }
    staff.show("operator/mail.html", &view)
}

fn send_question(id: MessageId) -> Question {
    Question {
        words: "op.send_again",
        facts: Vec::new(),
        action: format!("{FAILED}/{id}/kirim"),
        back: FAILED.to_owned(),
        danger: false,
        asks_why: true,
    }
}

fn release_question(id: MessageId) -> Question {
    Question {
        words: "op.release",
        facts: Vec::new(),
        action: format!("{FAILED}/{id}/buka"),
        back: HELD.to_owned(),
        danger: false,
        asks_why: true,
    }
}

/// The mail that a question is about, as the list shows it.
async fn facts(staff: &Staff, id: MessageId) -> Result<Vec<Fact>, PageError> {
    let mail = jobs_desk::mail_of_desk(staff.office(), desk(staff), id).await?;
    Ok(vec![
        Fact::key("op.fact.what", format!("op.mail.{}", mail.kind)),
        Fact::text("op.fact.number", mail.help_desk_number),
        Fact::text("op.fact.to", mail.email.masked()),
    ])
}

async fn ask_to_send(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let id = path_id(&request)?;
    let facts = facts(&staff, id).await?;
    confirm::ask(&staff, &Question { facts, ..send_question(id) })
}

async fn ask_to_release(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let id = path_id(&request)?;
    let facts = facts(&staff, id).await?;
    confirm::ask(&staff, &Question { facts, ..release_question(id) })
}

/// Opens a form about a mail: staff, the mail, what was typed and the reason that it makes.
fn read(
    visit: &Visit,
    request: &HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<(Staff, MessageId, String, Result<Line<500>, AppError>), PageError> {
    let (staff, sent) = form.from_staff(visit)?;
    let typed = sent.typed.get("reason").to_owned();
    let reason = confirm::reason(&typed);
    Ok((staff, path_id(request)?, typed, reason))
}

async fn again(
    staff: &Staff,
    question: Question,
    id: MessageId,
    typed: &str,
    faults: &[Fault],
) -> Result<HttpResponse, PageError> {
    let facts = facts(staff, id).await?;
    confirm::ask_again(staff, &Question { facts, ..question }, typed, faults)
}

async fn send(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, id, typed, reason) = read(&visit, &request, form)?;
    let done = match reason {
        Ok(reason) => resend_message(staff.office(), staff.session(), id, &ResendTo::Same, &reason).await,
        Err(error) => Err(error),
    };
    let flash = match done {
        Ok(_) => Flash::done("op.send_again.done"),
        Err(AppError::Invalid(faults)) => {
            // What is wrong with the address is told where the reason is asked for.
            let faults: Vec<Fault> =
                faults.into_iter().map(|fault| Fault { pointer: "/reason".to_owned(), ..fault }).collect();
            return again(&staff, send_question(id), id, &typed, &faults).await;
        }
        Err(AppError::NotFailed) => Flash::note("op.send_again.not_failed"),
        Err(AppError::AddressSuppressed) => Flash::stopped("op.send_again.held"),
        Err(AppError::LetterReplaced { .. }) => Flash::stopped("op.send_again.replaced"),
        Err(error) => return Err(error.into()),
    };
    staff.go_saying(FAILED, &flash)
}

async fn release(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, id, typed, reason) = read(&visit, &request, form)?;
    let reason = match reason {
        Ok(reason) => reason,
        Err(AppError::Invalid(faults)) => {
            return again(&staff, release_question(id), id, &typed, &faults).await;
        }
        Err(error) => return Err(error.into()),
    };
    lift_of_message(staff.office(), staff.session(), id, &reason).await?;
    staff.go_saying(HELD, &Flash::done("op.release.done"))
}

#[derive(Serialize)]
struct KeptView {
    id: Uuid,
    content: String,
}

/// What came back holds addresses of people: each look is recorded.
async fn read_kept(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let id = path_id(&request)?;
    let content = kept::show(staff.office(), desk(&staff), id).await?;
    let view = KeptView { id, content: String::from_utf8_lossy(&content).replace('\r', "") };
    staff.show("operator/kept_mail.html", &view)
}

async fn discard_kept(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, _sent) = form.from_staff(&visit)?;
    match kept::discard(staff.office(), desk(&staff), path_id(&request)?).await {
        Ok(()) => staff.go_saying(KEPT, &Flash::done("op.kept.discarded")),
        Err(AppError::NotFound(_)) => staff.go_saying(KEPT, &Flash::note("op.kept.gone")),
        Err(error) => Err(error.into()),
    }
}
