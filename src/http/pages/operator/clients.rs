//! `/operator/klien`: other systems that may ask about codes, and new ones.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
    web::Query,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{accounts::everywhere, desk, zone};
use crate::{
    app::{
        AppError,
        clients::{ClientView, NewClient, PastedKeyError, TOKEN_PATH, get_client, list_clients, register},
        views::parts::AtOffice,
    },
    domain::{clients::ClientScope, fault::Fault, ids::ClientId, office::OfficeCode},
    http::pages::frame::{
        Flash, FormFaults, OPERATOR, Page, PageError, ProtectedForm, Staff, Typed, Visit, page,
    },
    store::clients::ClientKeyRow,
};

pub(super) const PATH: &str = "/operator/klien";
const NEW: &str = "/operator/klien/baru";
const ROWS: i64 = 50;
const JWKS_PATH: &str = "/.well-known/jwks.json";

pub(super) fn pages() -> Vec<Page> {
    let get = |id, path, register| page(id, Method::GET, path, OPERATOR, register);
    let post = |id, path, register| page(id, Method::POST, path, OPERATOR, register);
    vec![
        get("operator_clients", PATH, || web::to(show)),
        get("new_client_form", NEW, || web::to(ask)),
        post("new_client", NEW, || web::to(add)),
    ]
}

/// What the developers of another system need to know of this installation.
#[derive(Serialize)]
pub(super) struct Addresses {
    token: String,
    keys: String,
    contract: String,
}

impl Addresses {
    pub(super) fn of(staff: &Staff) -> Self {
        let link = |path| staff.office().page_link(path);
        Self { token: link(TOKEN_PATH), keys: link(JWKS_PATH), contract: link("/docs") }
    }
}

/// How a client does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Standing {
    On,
    /// No key of it is in use: it gets no token.
    NoKey,
    Off,
}

#[derive(Serialize)]
pub(super) struct Line {
    pub id: ClientId,
    pub name: String,
    pub office: Option<OfficeCode>,
    pub scopes: Vec<ClientScope>,
    pub standing: Standing,
    pub last_used_at: Option<AtOffice>,
}

/// Whether a key proves anybody now.
pub(super) fn in_use(key: &ClientKeyRow, now: DateTime<Utc>) -> bool {
    key.retired_at.is_none() && key.not_after.is_none_or(|end| end > now)
}

impl Line {
    pub(super) fn of(view: &ClientView, staff: &Staff) -> Self {
        let ClientView { client, keys } = view;
        let now = staff.office().now();
        let standing = if client.disabled_at.is_some() {
            Standing::Off
        } else if keys.iter().any(|key| in_use(key, now)) {
            Standing::On
        } else {
            Standing::NoKey
        };
        let last_used_at = keys.iter().filter_map(|key| key.last_used_at).max();
        Self {
            id: client.id,
            name: client.name.clone(),
            office: client.office,
            scopes: client.scopes.clone(),
            standing,
            last_used_at: last_used_at.map(|at| AtOffice(at, zone(staff))),
        }
    }
}

#[derive(Deserialize)]
struct Asked {
    sesudah: Option<ClientId>,
}

#[derive(Serialize)]
struct View {
    rows: Vec<Line>,
    offices: bool,
    /// Behind which the next page begins.
    next: Option<ClientId>,
    addresses: Addresses,
}

async fn show(staff: Staff, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let after = match asked.sesudah {
        Some(id) => Some((get_client(staff.office(), desk(&staff), id).await?.client.name, id)),
        None => None,
    };
    let mut found = list_clients(staff.office(), desk(&staff), after, ROWS + 1).await?;
    let most = usize::try_from(ROWS).unwrap_or_default();
    let more = found.len() > most;
    found.truncate(most);
    let view = View {
        rows: found.iter().map(|one| Line::of(one, &staff)).collect(),
        offices: everywhere(&staff),
        next: found.last().map(|last| last.client.id).filter(|_| more),
        addresses: Addresses::of(&staff),
    };
    staff.show("operator/clients.html", &view)
}

#[derive(Serialize)]
struct FormView<'a> {
    name: &'a str,
    office_code: &'a str,
    scopes: Vec<&'a str>,
    key: &'a str,
    all_scopes: &'static [ClientScope],
    everywhere: bool,
    faults: FormFaults,
}

impl<'a> FormView<'a> {
    fn of(typed: &'a Typed, staff: &Staff, faults: FormFaults) -> Self {
        Self {
            name: typed.get("name"),
            office_code: typed.get("office_code"),
            scopes: typed.all("scopes").collect(),
            key: typed.get("key"),
            all_scopes: ClientScope::ALL,
            everywhere: everywhere(staff),
            faults,
        }
    }
}

async fn ask(staff: Staff) -> Result<HttpResponse, PageError> {
    staff.who().colleague.operator()?;
    let typed = Typed::default();
    staff.show("operator/client_form.html", &FormView::of(&typed, &staff, FormFaults::default()))
}

/// What was typed. An operator of one office registers clients of that office.
fn entry(typed: &Typed, staff: &Staff) -> Result<NewClient, AppError> {
    let unknown = || AppError::fault("/office_code", "office", "Isi kode kantor, tiga angka.");
    let office = match typed.get("office_code") {
        _ if !everywhere(staff) => staff.who().colleague.office,
        "" => None,
        code => Some(code.parse().map_err(|_| unknown())?),
    };
    let key = Some(typed.get("key")).filter(|text| !text.is_empty());
    Ok(NewClient {
        name: typed.get("name").to_owned(),
        office,
        // One that nobody offered is not there.
        scopes: typed.all("scopes").filter_map(|scope| scope.parse().ok()).collect(),
        key: key.map(str::to_owned),
    })
}

/// Faults beside the fields of the pages: every fault of a key is one of the field that it was pasted into.
pub(super) fn beside_fields(staff: &Staff, faults: Vec<Fault>) -> FormFaults {
    let moved = |mut fault: Fault| {
        if fault.pointer.starts_with("/jwk") {
            "/key".clone_into(&mut fault.pointer);
        }
        fault
    };
    FormFaults::told(staff, "client", &faults.into_iter().map(moved).collect::<Vec<_>>())
}

/// What was typed as it may be shown again: a private key is sent back to nobody.
pub(super) fn without_private_key(typed: Typed, faults: &[Fault]) -> Typed {
    if !faults.iter().any(|fault| fault.code == PastedKeyError::Private.code()) {
        return typed;
    }
    Typed(typed.0.into_iter().filter(|(name, _)| name != "key").collect())
}

async fn add(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    staff.who().colleague.operator()?;
    let made = match entry(&sent.typed, &staff) {
        Ok(new) => register(staff.office(), desk(&staff), &new).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(view) => staff.go_saying(
            &format!("{PATH}/{}", view.client.id),
            &Flash::done("client.made").with("nama", view.client.name),
        ),
        Err(AppError::Invalid(faults)) => {
            let typed = without_private_key(sent.typed, &faults);
            let view = FormView::of(&typed, &staff, beside_fields(&staff, faults));
            staff.show_as(StatusCode::UNPROCESSABLE_ENTITY, "operator/client_form.html", &view)
        }
        Err(error) => Err(error.into()),
    }
}
