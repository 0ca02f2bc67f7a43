//! `/operator/kantor`: what an office says of itself and how its letters leave. Two who edit at once lose nothing: the
//! second one sees what the first one saved, beside what they typed.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode},
    web,
    web::Query,
};
use serde::{Deserialize, Serialize};

use super::{accounts::everywhere, path_id};
use crate::{
    app::{
        AppError,
        list_offices::list_offices,
        office_settings::{SettingsEntry, get_office_settings, put_office_settings},
    },
    domain::office::OfficeCode,
    http::pages::frame::{
        Flash, FormFaults, OPERATOR, Page, PageError, ProtectedForm, Staff, Typed, Visit, page,
    },
    store::offices::OfficeRow,
};

const PATH: &str = "/operator/kantor";
/// Most offices of one look.
const MOST: usize = 60;

pub(super) fn pages() -> Vec<Page> {
    let get = |id, path, register| page(id, Method::GET, path, OPERATOR, register);
    vec![
        get("operator_offices", PATH, || web::to(choose)),
        get("office_settings", "/operator/kantor/{office}", || web::to(show)),
        page("save_office_settings", Method::POST, "/operator/kantor/{office}", OPERATOR, || web::to(save)),
    ]
}

#[derive(Deserialize)]
struct Asked {
    cari: Option<String>,
}

#[derive(Serialize)]
struct ChooseView<'a> {
    words: &'a str,
    rows: Vec<OfficeLine>,
    more: bool,
}

#[derive(Serialize)]
struct OfficeLine {
    code: OfficeCode,
    name: String,
    kanwil: String,
    /// Without an address nothing can be signed.
    lacks_address: bool,
}

/// Who looks after one office is led to it.
async fn choose(staff: Staff, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    if let Some(own) = staff.who().colleague.operator()?.office {
        return Ok(staff.go(&format!("{PATH}/{own}")));
    }
    let words = asked.cari.as_deref().unwrap_or_default();
    let mut rows = list_offices(staff.office(), words).await?;
    let more = rows.len() > MOST;
    rows.truncate(MOST);
    let line = |row: OfficeRow| OfficeLine {
        code: row.code,
        name: row.name,
        kanwil: row.kanwil,
        lacks_address: row.address.is_none(),
    };
    let view = ChooseView { words, rows: rows.into_iter().map(line).collect(), more };
    staff.show("operator/offices.html", &view)
}

/// The settings as they stand in the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Form {
    address: String,
    phone: String,
    fax: String,
    password_delivery: String,
    letter_delivery: String,
    signatory_title: String,
    signs_on_behalf: bool,
    drafting_code: String,
}

impl Form {
    fn saved(row: &OfficeRow) -> Self {
        Self {
            address: row.address.clone().unwrap_or_default(),
            phone: row.phone.clone().unwrap_or_default(),
            fax: row.fax.clone().unwrap_or_default(),
            password_delivery: row.password_delivery.to_string(),
            letter_delivery: row.letter_delivery.to_string(),
            signatory_title: row.signatory_title.clone(),
            signs_on_behalf: row.signs_on_behalf,
            drafting_code: row.drafting_code.clone(),
        }
    }

    fn typed(typed: &Typed) -> Self {
        let text = |name| typed.get(name).to_owned();
        Self {
            address: text("address"),
            phone: text("phone"),
            fax: text("fax"),
            password_delivery: text("password_delivery"),
            letter_delivery: text("letter_delivery"),
            signatory_title: text("signatory_title"),
            signs_on_behalf: typed.get("signs_on_behalf") == "yes",
            drafting_code: text("drafting_code"),
        }
    }

    fn entry(&self) -> Result<SettingsEntry, PageError> {
        let optional = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let (Ok(password_delivery), Ok(letter_delivery)) =
            (self.password_delivery.parse(), self.letter_delivery.parse())
        else {
            return Err(PageError::WrongForm);
        };
        Ok(SettingsEntry {
            address: optional(&self.address),
            phone: optional(&self.phone),
            fax: optional(&self.fax),
            password_delivery,
            letter_delivery,
            signatory_title: self.signatory_title.clone(),
            signs_on_behalf: self.signs_on_behalf,
            drafting_code: self.drafting_code.clone(),
        })
    }

    /// What somebody else saved otherwise than it was typed here: the key of each field, and what is saved.
    fn saved_otherwise(&self, saved: &Self) -> Vec<Otherwise> {
        let text = |field, typed: &String, saved: &String| {
            (typed != saved).then(|| Otherwise { field, key: None, text: saved.clone() })
        };
        let chosen = |field, typed: &String, saved: &String| {
            (typed != saved).then(|| Otherwise {
                field,
                key: Some(format!("op.office.{saved}")),
                text: String::new(),
            })
        };
        let behalf = if saved.signs_on_behalf { "op.office.behalf.yes" } else { "op.office.behalf.no" };
        let behalf = (self.signs_on_behalf != saved.signs_on_behalf).then(|| Otherwise {
            field: "op.office.behalf",
            key: Some(behalf.to_owned()),
            text: String::new(),
        });
        [
            text("op.office.address", &self.address, &saved.address),
            text("op.office.phone", &self.phone, &saved.phone),
            text("op.office.fax", &self.fax, &saved.fax),
            text("op.office.signatory", &self.signatory_title, &saved.signatory_title),
            behalf,
            text("op.office.drafting", &self.drafting_code, &saved.drafting_code),
            chosen("op.office.letters", &self.letter_delivery, &saved.letter_delivery),
            chosen("op.office.passwords", &self.password_delivery, &saved.password_delivery),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Otherwise {
    field: &'static str,
    key: Option<String>,
    text: String,
}

#[derive(Serialize)]
struct View<'a> {
    code: OfficeCode,
    name: &'a str,
    kanwil: &'a str,
    zone: &'a str,
    everywhere: bool,
    version: i32,
    form: Form,
    /// Somebody else saved meanwhile.
    conflict: bool,
    otherwise: Vec<Otherwise>,
    faults: FormFaults,
}

impl<'a> View<'a> {
    fn of(row: &'a OfficeRow, staff: &Staff, form: Form) -> Self {
        Self {
            code: row.code,
            name: &row.name,
            kanwil: &row.kanwil,
            zone: row.zone.name(),
            everywhere: everywhere(staff),
            version: row.version,
            form,
            conflict: false,
            otherwise: Vec::new(),
            faults: FormFaults::default(),
        }
    }
}

async fn show(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let row = get_office_settings(staff.office(), staff.session(), path_id(&request)?).await?;
    staff.show("operator/office.html", &View::of(&row, &staff, Form::saved(&row)))
}

async fn save(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let code: OfficeCode = path_id(&request)?;
    let form = Form::typed(&sent.typed);
    let version = sent.typed.get("version").parse().map_err(|_| PageError::WrongForm)?;
    match put_office_settings(staff.office(), staff.session(), code, version, form.entry()?).await {
        Ok(_) => staff.go_saying(&format!("{PATH}/{code}"), &Flash::done("op.office.saved")),
        Err(AppError::Invalid(faults)) => {
            let row = get_office_settings(staff.office(), staff.session(), code).await?;
            let faults = FormFaults::told(&staff, "op", &faults);
            // The version stays the one that was read: what somebody else saved is told at the next press.
            let view = View { version, faults, ..View::of(&row, &staff, form) };
            staff.show_as(StatusCode::UNPROCESSABLE_ENTITY, "operator/office.html", &view)
        }
        Err(AppError::Stale) => {
            let row = get_office_settings(staff.office(), staff.session(), code).await?;
            let otherwise = form.saved_otherwise(&Form::saved(&row));
            let view = View { conflict: true, otherwise, ..View::of(&row, &staff, form) };
            staff.show_as(StatusCode::CONFLICT, "operator/office.html", &view)
        }
        Err(error) => Err(error.into()),
    }
}
