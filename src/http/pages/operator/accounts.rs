//! `/operator/pengguna`: who works here, and new accounts.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
    web::Query,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::{desk, faults::in_words};
use crate::{
    app::{
        AppError,
        staff_accounts::{self, NewAccount, list_accounts, random_password},
    },
    domain::{
        ids::StaffId,
        names::{Role, Scope},
        office::OfficeCode,
    },
    http::pages::frame::{FormFaults, OPERATOR, Page, PageError, ProtectedForm, Staff, Typed, Visit, page},
    store::staff_list::AccountRow,
};

pub(super) const PATH: &str = "/operator/pengguna";
const NEW: &str = "/operator/pengguna/baru";
const ROWS: i64 = 50;
/// Keeps what was searched for apart from other sealed notes.
const SEARCH: &str = "staff_search";

pub(super) fn pages() -> Vec<Page> {
    let get = |id, path, register| page(id, Method::GET, path, OPERATOR, register);
    let post = |id, path, register| page(id, Method::POST, path, OPERATOR, register);
    vec![
        get("operator_accounts", PATH, || web::to(show)),
        post("search_accounts", "/operator/pengguna/cari", || web::to(search)),
        get("new_account_form", NEW, || web::to(ask)),
        post("new_account", NEW, || web::to(add)),
    ]
}

#[derive(Deserialize)]
struct Asked {
    cari: Option<String>,
    sesudah: Option<String>,
}

#[derive(Serialize)]
struct View<'a> {
    words: &'a str,
    /// The search as it travels in addresses: sealed, because it may be the name of a person.
    note: Option<&'a str>,
    rows: Vec<Line>,
    offices: bool,
    next: Option<StaffId>,
}

#[derive(Serialize)]
struct Line {
    id: StaffId,
    name: String,
    username: String,
    office: Option<OfficeCode>,
    active: bool,
    roles: Vec<Role>,
    /// Examines requests without a decree in force.
    lacks_decree: bool,
    decree: Option<String>,
    acting: Option<String>,
}

impl From<AccountRow> for Line {
    fn from(row: AccountRow) -> Self {
        Self {
            lacks_decree: row.active && row.decree.is_none() && row.roles.contains(&Role::SpecialOfficer),
            id: row.id,
            name: row.name,
            username: row.username,
            office: row.office,
            active: row.active,
            roles: row.roles,
            decree: row.decree,
            acting: row.acting,
        }
    }
}

fn searcher(staff: &Staff) -> String {
    staff.who().colleague.id.0.to_string()
}

async fn show(staff: Staff, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let asked = asked.into_inner();
    let words = asked
        .cari
        .as_deref()
        .and_then(|note| staff.office().open_note(SEARCH, &searcher(&staff), note))
        .and_then(|words| String::from_utf8(words).ok());
    let after = asked.sesudah.as_deref().and_then(|id| id.parse().ok());
    let found = words.as_deref().unwrap_or_default();
    let mut rows = list_accounts(staff.office(), desk(&staff), found, after, ROWS + 1).await?;
    let most = usize::try_from(ROWS).unwrap_or_default();
    let more = rows.len() > most;
    rows.truncate(most);
    let view = View {
        words: found,
        note: asked.cari.as_deref().filter(|_| words.is_some()),
        next: rows.last().map(|row| row.id).filter(|_| more),
        rows: rows.into_iter().map(Line::from).collect(),
        offices: everywhere(&staff),
    };
    staff.show("operator/accounts.html", &view)
}

async fn search(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let words: String = sent.typed.get("cari").chars().take(100).collect();
    if words.is_empty() {
        return Ok(staff.go(PATH));
    }
    let note = staff.office().seal_note(SEARCH, &searcher(&staff), words.as_bytes())?;
    Ok(staff.go(&format!("{PATH}?cari={note}")))
}

/// Whether this operator looks after every office. What follows from it is checked by the acts.
pub(super) fn everywhere(staff: &Staff) -> bool {
    staff.who().colleague.operator().is_ok_and(|operator| operator.office.is_none())
}

#[derive(Serialize)]
struct NewView<'a> {
    name: &'a str,
    nip: &'a str,
    username: &'a str,
    office: &'a str,
    kanwil: &'a str,
    roles: Vec<&'a str>,
    scope: &'a str,
    all_roles: &'static [Role],
    scopes: &'static [Scope],
    everywhere: bool,
    faults: FormFaults,
}

impl<'a> NewView<'a> {
    fn of(typed: &'a Typed, staff: &'a Staff, faults: FormFaults) -> Self {
        let own = staff.who().colleague.office.as_ref().map_or("", |code| code.as_str());
        let everywhere = everywhere(staff);
        Self {
            name: typed.get("name"),
            nip: typed.get("nip"),
            username: typed.get("username"),
            office: if everywhere { typed.get("office") } else { own },
            kanwil: typed.get("kanwil"),
            roles: typed.all("role").collect(),
            scope: match typed.get("scope") {
                "" => Scope::Office.as_str(),
                chosen => chosen,
            },
            all_roles: Role::ALL,
            scopes: Scope::ALL,
            everywhere,
            faults,
        }
    }
}

async fn ask(staff: Staff) -> Result<HttpResponse, PageError> {
    staff.who().colleague.operator()?;
    let typed = Typed::default();
    staff.show("operator/new_account.html", &NewView::of(&typed, &staff, FormFaults::default()))
}

/// Roles with the scope that was chosen for those that see beyond their office.
pub(super) fn roles_of(typed: &Typed) -> Vec<(Role, Scope)> {
    let scope = typed.get("scope").parse().unwrap_or(Scope::Office);
    let with_scope = |role| match role {
        Role::Supervisor | Role::Operator => (role, scope),
        Role::Counter | Role::SpecialOfficer | Role::SectionHead => (role, Scope::Office),
    };
    typed.all("role").filter_map(|role| role.parse().ok()).map(with_scope).collect()
}

#[derive(Serialize)]
pub(super) struct SecretView<'a> {
    pub username: &'a str,
    pub password: &'a str,
    pub path: String,
    pub new: bool,
}

async fn add(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let typed = sent.typed;
    let view = NewView::of(&typed, &staff, FormFaults::default());
    let digits: String = view.nip.chars().filter(|c| !c.is_whitespace()).collect();
    let account = NewAccount {
        username: view.username.to_owned(),
        name: view.name.to_owned(),
        nip: digits,
        office: view.office.parse().ok(),
        kanwil: Some(view.kanwil.to_owned()).filter(|kanwil| !kanwil.is_empty()),
        roles: roles_of(&typed),
        demo: false,
    };
    let password = random_password(staff.office());
    match staff_accounts::add(staff.office(), desk(&staff), &account, &password).await {
        // Shown in the answer to the press itself: nothing else ever holds it.
        Ok(id) => staff.show(
            "operator/secret.html",
            &SecretView {
                username: &account.username,
                password: password.expose_secret(),
                path: format!("{PATH}/{}", id.0),
                new: true,
            },
        ),
        Err(AppError::Invalid(faults)) => {
            let view = NewView { faults: in_words(&staff, &faults), ..view };
            staff.show_as(StatusCode::UNPROCESSABLE_ENTITY, "operator/new_account.html", &view)
        }
        Err(error) => Err(error.into()),
    }
}
