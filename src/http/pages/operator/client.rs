//! `/operator/klien/{client}`: one other system: what it may ask, its keys, and how its access ends.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode},
    web,
};
use serde::Serialize;

use super::{
    clients::{Addresses, Line, PATH, beside_fields, in_use, without_private_key},
    confirm::{self, Fact, Question},
    desk, path_id, zone,
};
use crate::{
    app::{
        AppError,
        clients::{ClientView, NewKey, add_key, disable, get_client, retire_key},
        views::parts::AtOffice,
    },
    domain::ids::ClientId,
    http::pages::frame::{
        Flash, FormFaults, OPERATOR, Page, PageError, ProtectedForm, Staff, Typed, Visit, page,
    },
    store::clients::ClientKeyRow,
};

pub(super) fn pages() -> Vec<Page> {
    let get = |id, path, register| page(id, Method::GET, path, OPERATOR, register);
    let post = |id, path, register| page(id, Method::POST, path, OPERATOR, register);
    vec![
        get("operator_client", "/operator/klien/{client}", || web::to(show)),
        get("client_key_form", "/operator/klien/{client}/kunci", || web::to(ask_key)),
        post("new_client_key", "/operator/klien/{client}/kunci", || web::to(key)),
        get("ask_to_retire_client_key", "/operator/klien/{client}/kunci/{thumbprint}", || {
            web::to(ask_retire)
        }),
        post("end_client_key", "/operator/klien/{client}/kunci/{thumbprint}", || web::to(retire)),
        get("ask_to_disable_client", "/operator/klien/{client}/hentikan", || web::to(ask_disable)),
        post("end_client", "/operator/klien/{client}/hentikan", || web::to(end)),
    ]
}

#[derive(Serialize)]
struct View {
    one: Line,
    disabled_at: Option<AtOffice>,
    reason: Option<String>,
    created_at: AtOffice,
    /// Those in use first.
    keys: Vec<Key>,
    addresses: Addresses,
}

#[derive(Serialize)]
struct Key {
    thumbprint: String,
    curve: String,
    in_use: bool,
    added_at: AtOffice,
    not_after: Option<AtOffice>,
    retired_at: Option<AtOffice>,
    last_used_at: Option<AtOffice>,
}

impl Key {
    fn of(row: &ClientKeyRow, staff: &Staff) -> Self {
        let at = |instant| AtOffice(instant, zone(staff));
        Self {
            thumbprint: row.thumbprint.clone(),
            curve: row.curve.clone(),
            in_use: in_use(row, staff.office().now()),
            added_at: at(row.added_at),
            not_after: row.not_after.map(at),
            retired_at: row.retired_at.map(at),
            last_used_at: row.last_used_at.map(at),
        }
    }
}

fn path_of(id: ClientId) -> String {
    format!("{PATH}/{id}")
}

async fn the_client(staff: &Staff, request: &HttpRequest) -> Result<ClientView, PageError> {
    Ok(get_client(staff.office(), desk(staff), path_id(request)?).await?)
}

async fn show(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let found = the_client(&staff, &request).await?;
    let at = |instant| AtOffice(instant, zone(&staff));
    let mut keys: Vec<Key> = found.keys.iter().map(|row| Key::of(row, &staff)).collect();
    keys.sort_by_key(|key| !key.in_use);
    let view = View {
        one: Line::of(&found, &staff),
        disabled_at: found.client.disabled_at.map(at),
        created_at: at(found.client.created_at),
        reason: found.client.disabled_reason,
        keys,
        addresses: Addresses::of(&staff),
    };
    staff.show("operator/client.html", &view)
}

#[derive(Serialize)]
struct KeyView<'a> {
    id: ClientId,
    name: &'a str,
    key: &'a str,
    faults: FormFaults,
}

/// A client that is over takes no key any more; its page says why.
fn is_over(staff: &Staff, found: &ClientView) -> Option<Result<HttpResponse, PageError>> {
    found.client.disabled_at.map(|_| staff.go_saying(&path_of(found.client.id), &Flash::note("client.over")))
}

async fn ask_key(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let found = the_client(&staff, &request).await?;
    if let Some(over) = is_over(&staff, &found) {
        return over;
    }
    let view =
        KeyView { id: found.client.id, name: &found.client.name, key: "", faults: FormFaults::default() };
    staff.show("operator/client_key.html", &view)
}

async fn key(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let found = the_client(&staff, &request).await?;
    let id = found.client.id;
    let pasted = match sent.typed.get("key") {
        "" => Err(AppError::fault("/key", "required", "Tempel kunci publik sistem ini.")),
        text => NewKey::pasted(text).map_err(|error| AppError::fault("/key", error.code(), &error.detail())),
    };
    let added = match pasted {
        Ok(new) => add_key(staff.office(), desk(&staff), id, &new).await,
        Err(error) => Err(error),
    };
    match added {
        Ok(_) => staff.go_saying(&path_of(id), &Flash::done("client.key_added")),
        Err(AppError::AlreadyDone(_)) => staff.go_saying(&path_of(id), &Flash::note("client.over")),
        Err(AppError::Invalid(faults)) => {
            let typed = without_private_key(sent.typed, &faults);
            let faults = beside_fields(&staff, faults);
            let view = KeyView { id, name: &found.client.name, key: typed.get("key"), faults };
            staff.show_as(StatusCode::UNPROCESSABLE_ENTITY, "operator/client_key.html", &view)
        }
        Err(error) => Err(error.into()),
    }
}

/// The key of this client that the path names.
fn named_key<'a>(found: &'a ClientView, request: &HttpRequest) -> Result<&'a ClientKeyRow, PageError> {
    let named = request.match_info().get("thumbprint").unwrap_or_default();
    found.keys.iter().find(|key| key.thumbprint == named).ok_or(PageError::Unknown)
}

async fn ask_retire(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let found = the_client(&staff, &request).await?;
    let key = named_key(&found, &request)?;
    let back = path_of(found.client.id);
    if key.retired_at.is_some() {
        return staff.go_saying(&back, &Flash::note("client.key_over"));
    }
    let now = staff.office().now();
    let others = found.keys.iter().any(|other| other.thumbprint != key.thumbprint && in_use(other, now));
    let mut facts = vec![
        Fact::text("client.name", found.client.name.clone()),
        Fact::text("client.kid", key.thumbprint.clone()),
    ];
    if !others && found.client.disabled_at.is_none() {
        facts.push(Fact::key("client.after", "client.retire.last"));
    }
    let question = Question {
        words: "client.retire",
        facts,
        action: format!("{back}/kunci/{}", key.thumbprint),
        back,
        danger: true,
        asks_why: false,
    };
    confirm::ask(&staff, &question)
}

async fn retire(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, _sent) = form.from_staff(&visit)?;
    let found = the_client(&staff, &request).await?;
    let thumbprint = &named_key(&found, &request)?.thumbprint;
    let flash = match retire_key(staff.office(), desk(&staff), thumbprint).await {
        Ok(_) => Flash::done("client.key_retired"),
        Err(AppError::AlreadyDone(_)) => Flash::note("client.key_over"),
        Err(error) => return Err(error.into()),
    };
    staff.go_saying(&path_of(found.client.id), &flash)
}

fn disabling(found: &ClientView) -> Question {
    let back = path_of(found.client.id);
    Question {
        words: "client.disable",
        facts: vec![Fact::text("client.name", found.client.name.clone())],
        action: format!("{back}/hentikan"),
        back,
        danger: true,
        asks_why: true,
    }
}

async fn ask_disable(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let found = the_client(&staff, &request).await?;
    if let Some(over) = is_over(&staff, &found) {
        return over;
    }
    confirm::ask(&staff, &disabling(&found))
}

async fn end(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let found = the_client(&staff, &request).await?;
    let typed = sent.typed.get("reason");
    let ended = match confirm::reason(typed) {
        Ok(reason) => disable(staff.office(), desk(&staff), found.client.id, &reason).await,
        Err(error) => Err(error),
    };
    let flash = match ended {
        Ok(_) => Flash::done("client.disabled"),
        Err(AppError::AlreadyDone(_)) => Flash::note("client.over"),
        Err(AppError::Invalid(faults)) => {
            return confirm::ask_again(&staff, &disabling(&found), typed, &faults);
        }
        Err(error) => return Err(error.into()),
    };
    staff.go_saying(&path_of(found.client.id), &flash)
}
