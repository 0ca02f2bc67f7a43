//! `/operator/pengguna/{staff}`: one account: roles, decrees, days as acting head, password, closed or open.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode},
    web,
};
use chrono::NaiveDate;
use secrecy::ExposeSecret;
use serde::Serialize;
use uuid::Uuid;

use super::{
    accounts::{PATH, SecretView, everywhere, roles_of},
    confirm::{self, Fact, Question},
    desk,
    faults::in_words,
    path_id,
};
use crate::{
    app::{
        AppError,
        decrees::{record_decree, revoke_decree},
        notices::set_address,
        staff_accounts::{
            Account, appoint_acting, disable, enable, get_account, random_password, set_password, set_roles,
        },
    },
    domain::{
        email_address::EmailAddress,
        fault::{Fault, Faults},
        ids::StaffId,
        names::{Role, Scope},
        office::OfficeCode,
    },
    http::pages::frame::{
        Flash, FormFaults, OPERATOR, Page, PageError, ProtectedForm, Staff, Typed, Visit, page,
    },
};

pub(super) fn pages() -> Vec<Page> {
    let get = |id, path, register| page(id, Method::GET, path, OPERATOR, register);
    let post = |id, path, register| page(id, Method::POST, path, OPERATOR, register);
    vec![
        get("operator_account", "/operator/pengguna/{staff}", || web::to(show)),
        post("set_roles", "/operator/pengguna/{staff}/peran", || web::to(roles)),
        post("set_staff_email", "/operator/pengguna/{staff}/email", || web::to(email)),
        post("record_decree_on_page", "/operator/pengguna/{staff}/keputusan", || web::to(decree)),
        post("appoint_acting_on_page", "/operator/pengguna/{staff}/pelaksana", || web::to(acting)),
        get("ask_for_new_password", "/operator/pengguna/{staff}/sandi", || web::to(ask_password)),
        post("new_password", "/operator/pengguna/{staff}/sandi", || web::to(password)),
        get("ask_to_close_account", "/operator/pengguna/{staff}/tutup", || web::to(ask_close)),
        post("close_account", "/operator/pengguna/{staff}/tutup", || web::to(close)),
        post("open_account", "/operator/pengguna/{staff}/buka", || web::to(open)),
        post("revoke_decree_on_page", "/operator/pengguna/{staff}/cabut", || web::to(revoke)),
    ]
}

#[derive(Serialize)]
struct View<'a> {
    id: StaffId,
    name: &'a str,
    username: &'a str,
    nip: &'a str,
    office: Option<OfficeCode>,
    kanwil: Option<&'a str>,
    active: bool,
    own: bool,
    version: i32,
    roles: Vec<&'static str>,
    scope: &'static str,
    all_roles: &'static [Role],
    scopes: &'static [Scope],
    everywhere: bool,
    decrees: Vec<DecreeLine<'a>>,
    acting: Vec<ActingLine<'a>>,
    /// Where they get mails about limits, or what was typed for it.
    email: String,
    typed: Shown<'a>,
    faults: FormFaults,
}

/// What was typed into the forms of the page.
#[derive(Serialize)]
struct Shown<'a> {
    number: &'a str,
    dated_on: &'a str,
    in_force_on: &'a str,
    kind: &'a str,
    from_on: &'a str,
    until_on: &'a str,
    revoked_on: &'a str,
    decree: &'a str,
}

#[derive(Serialize)]
struct DecreeLine<'a> {
    id: Uuid,
    number: &'a str,
    dated_on: NaiveDate,
    in_force_on: NaiveDate,
    until_on: Option<NaiveDate>,
    revoked_on: Option<NaiveDate>,
    made_here: bool,
    in_force: bool,
    has_scan: bool,
}

#[derive(Serialize)]
struct ActingLine<'a> {
    kind: &'a str,
    from_on: NaiveDate,
    until_on: NaiveDate,
}

impl<'a> Shown<'a> {
    fn of(typed: &'a Typed) -> Self {
        Self {
            number: typed.get("number"),
            dated_on: typed.get("dated_on"),
            in_force_on: typed.get("in_force_on"),
            kind: typed.get("kind"),
            from_on: typed.get("from_on"),
            until_on: typed.get("until_on"),
            revoked_on: typed.get("revoked_on"),
            decree: typed.get("decree"),
        }
    }
}

impl<'a> View<'a> {
    fn of(account: &'a Account, staff: &Staff, typed: &'a Typed, faults: FormFaults) -> Self {
        let member = &account.staff;
        let scope = account.roles.iter().map(|(_, scope)| *scope).max().unwrap_or(Scope::Office);
        Self {
            id: member.id,
            name: &member.name,
            username: &member.username,
            nip: &member.nip,
            office: member.office,
            kanwil: member.kanwil.as_deref(),
            active: member.active,
            own: account.own,
            version: account.version,
            roles: account.roles.iter().map(|(role, _)| role.as_str()).collect(),
            scope: scope.as_str(),
            all_roles: Role::ALL,
            scopes: Scope::ALL,
            everywhere: everywhere(staff),
            decrees: account
                .decrees
                .iter()
                .map(|decree| DecreeLine {
                    id: decree.id,
                    number: &decree.number,
                    dated_on: decree.dated_on,
                    in_force_on: decree.in_force_on,
                    until_on: decree.until_on,
                    revoked_on: decree.revoked_on,
                    made_here: decree.document.is_some(),
                    in_force: decree.in_force,
                    has_scan: decree.has_scan,
                })
                .collect(),
            acting: account
                .acting
                .iter()
                .map(|row| ActingLine { kind: &row.kind, from_on: row.from_on, until_on: row.until_on })
                .collect(),
            email: match typed.get("email") {
                "" => account.email.as_ref().map(ToString::to_string).unwrap_or_default(),
                text => text.to_owned(),
            },
            typed: Shown::of(typed),
            faults,
        }
    }
}

async fn show(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let account = get_account(staff.office(), desk(&staff), path_id(&request)?).await?;
    let typed = Typed::default();
    staff.show("operator/account.html", &View::of(&account, &staff, &typed, FormFaults::default()))
}

/// The page once more, with what was typed and what is wrong with it.
async fn again(
    staff: &Staff,
    id: StaffId,
    typed: &Typed,
    faults: &[Fault],
) -> Result<HttpResponse, PageError> {
    let account = get_account(staff.office(), desk(staff), id).await?;
    let view = View::of(&account, staff, typed, in_words(staff, faults));
    staff.show_as(StatusCode::UNPROCESSABLE_ENTITY, "operator/account.html", &view)
}

/// Leads on after an act, or shows the form once more.
async fn settled(
    staff: &Staff,
    id: StaffId,
    typed: &Typed,
    done: Result<(), AppError>,
    words: &str,
) -> Result<HttpResponse, PageError> {
    let path = path(id);
    match done {
        Ok(()) => staff.go_saying(&path, &Flash::done(words)),
        Err(AppError::Invalid(faults)) => again(staff, id, typed, &faults).await,
        Err(AppError::Stale) => staff.go_saying(&path, &Flash::stopped("op.account.stale")),
        Err(AppError::AlreadyDone(what)) => {
            staff.go_saying(&path, &Flash::stopped(&format!("op.account.{what}")))
        }
        Err(error) => Err(error.into()),
    }
}

fn path(id: StaffId) -> String {
    format!("{PATH}/{}", id.0)
}

/// A form about an account: staff, the account, what was typed.
fn read(
    visit: &Visit,
    request: &HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<(Staff, StaffId, Typed), PageError> {
    let (staff, sent) = form.from_staff(visit)?;
    Ok((staff, path_id(request)?, sent.typed))
}

/// Days as browsers send them; every one that is missing or wrong is told.
pub(super) fn days<const N: usize>(typed: &Typed, names: [&str; N]) -> Result<[NaiveDate; N], AppError> {
    let mut faults = Faults::default();
    let mut days = [NaiveDate::MIN; N];
    for (day, name) in days.iter_mut().zip(names) {
        match typed.get(name).parse() {
            Ok(read) => *day = read,
            Err(_) => faults.add(format!("/{name}"), "date", "Isi tanggal, misalnya 2026-07-15."),
        }
    }
    if faults.is_empty() { Ok(days) } else { Err(AppError::Invalid(faults.into_vec())) }
}

async fn roles(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, id, typed) = read(&visit, &request, form)?;
    let version = typed.get("version").parse().map_err(|_| PageError::WrongForm)?;
    let done = set_roles(staff.office(), desk(&staff), id, version, &roles_of(&typed)).await;
    settled(&staff, id, &typed, done, "op.account.roles_saved").await
}

async fn email(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, id, typed) = read(&visit, &request, form)?;
    let text = typed.get("email");
    let address: Result<Option<EmailAddress>, _> =
        if text.is_empty() { Ok(None) } else { text.parse().map(Some) };
    let done = match address {
        Ok(address) => set_address(staff.office(), desk(&staff), id, address.as_ref()).await,
        Err(_) => Err(AppError::fault("/email", "email", "no e-mail address")),
    };
    settled(&staff, id, &typed, done, "notices.address_saved").await
}

async fn decree(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, id, typed) = read(&visit, &request, form)?;
    let done = match days(&typed, ["dated_on", "in_force_on"]) {
        Ok([dated, force]) => {
            let number = typed.get("number");
            record_decree(staff.office(), staff.session(), id, number, dated, force).await.map(|_| ())
        }
        Err(error) => Err(error),
    };
    settled(&staff, id, &typed, done, "op.account.decree_recorded_now").await
}

async fn revoke(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, id, typed) = read(&visit, &request, form)?;
    let decree = typed.get("decree").parse().map_err(|_| PageError::WrongForm)?;
    let done = match days(&typed, ["revoked_on"]) {
        Ok([on]) => revoke_decree(staff.office(), staff.session(), decree, on).await.map(|_| ()),
        Err(error) => Err(error),
    };
    settled(&staff, id, &typed, done, "op.account.decree_ended_now").await
}

async fn acting(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, id, typed) = read(&visit, &request, form)?;
    let done = match days(&typed, ["from_on", "until_on"]) {
        Ok([from, until]) => {
            appoint_acting(staff.office(), desk(&staff), id, typed.get("kind"), from, until).await
        }
        Err(error) => Err(error),
    };
    settled(&staff, id, &typed, done, "op.account.acting_saved").await
}

/// A question about an account.
async fn question(staff: &Staff, id: StaffId, words: &'static str, act: &str) -> Result<Question, PageError> {
    let account = get_account(staff.office(), desk(staff), id).await?;
    Ok(Question {
        words,
        facts: vec![
            Fact::text("op.fact.name", account.staff.name),
            Fact::text("op.fact.username", account.staff.username),
        ],
        action: format!("{}/{act}", path(id)),
        back: path(id),
        danger: words == "op.close",
        asks_why: false,
    })
}

async fn ask_password(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    confirm::ask(&staff, &question(&staff, path_id(&request)?, "op.password", "sandi").await?)
}

async fn password(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, id, _) = read(&visit, &request, form)?;
    let account = get_account(staff.office(), desk(&staff), id).await?;
    let password = random_password(staff.office());
    set_password(staff.office(), desk(&staff), id, &password).await?;
    let view = SecretView {
        username: &account.staff.username,
        password: password.expose_secret(),
        path: path(id),
        new: false,
    };
    staff.show("operator/secret.html", &view)
}

async fn ask_close(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    confirm::ask(&staff, &question(&staff, path_id(&request)?, "op.close", "tutup").await?)
}

async fn close(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, id, typed) = read(&visit, &request, form)?;
    let done = disable(staff.office(), desk(&staff), id).await;
    settled(&staff, id, &typed, done, "op.account.closed_now").await
}

async fn open(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, id, typed) = read(&visit, &request, form)?;
    let done = enable(staff.office(), desk(&staff), id).await;
    settled(&staff, id, &typed, done, "op.account.opened_now").await
}
