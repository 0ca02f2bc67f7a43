//! `/operator/kep`: decrees (KEP Penunjukan Petugas Khusus) of an office: prepared, read over, numbered, signed in ink, scanned.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode},
    web::{self, Query},
};
use chrono::NaiveDate;
use serde::Serialize;

use super::path_id;
use crate::{
    app::{
        AppError,
        decree_documents::{
            prepare::{Acting, RawDecree, RawOfficer, RawSignatory, prepare_decree},
            read::{
                DecreeDocumentView, decree_paper, get_decree_document, list_decree_documents,
                officers_to_appoint,
            },
        },
    },
    domain::{ids::StaffId, office::OfficeCode},
    http::pages::frame::{
        Flash, FormFaults, OPERATOR, Page, PageError, ProtectedForm, Staff, Typed, Visit, page, pdf,
    },
    store::staff_list::SpecialOfficerRow,
};

pub(super) const PATH: &str = "/operator/kep";
/// Decrees of one look. An office makes a few in a year.
const ROWS: i64 = 50;

pub(super) fn pages() -> Vec<Page> {
    let get = |id, path, register| page(id, Method::GET, path, OPERATOR, register);
    vec![
        get("decree_documents_page", PATH, || web::to(list)),
        get("prepare_decree_form", "/operator/kep/baru", || web::to(ask)),
        page("prepare_decree_on_page", Method::POST, "/operator/kep/baru", OPERATOR, || web::to(prepare)),
        get("decree_document_page", "/operator/kep/{decree}", || web::to(show)),
        get("decree_document_paper", "/operator/kep/{decree}/naskah.pdf", || web::to(paper)),
    ]
}

/// The office that is looked after: the own one, or the one that the address names.
fn office_of(staff: &Staff, asked: &str) -> Result<Option<OfficeCode>, PageError> {
    match (staff.who().colleague.operator()?.office, asked) {
        (Some(own), _) => Ok(Some(own)),
        (None, "") => Ok(None),
        (None, code) => code.parse().map(Some).map_err(|_| PageError::Unknown),
    }
}

#[derive(Serialize)]
struct ListView {
    office: Option<OfficeCode>,
    everywhere: bool,
    rows: Vec<DecreeDocumentView>,
}

async fn list(staff: Staff, asked: Query<Typed>) -> Result<HttpResponse, PageError> {
    let office = office_of(&staff, asked.get("kantor"))?;
    let rows = match office {
        Some(code) => list_decree_documents(staff.office(), staff.session(), code, None, ROWS).await?,
        None => Vec::new(),
    };
    let everywhere = staff.who().colleague.operator()?.office.is_none();
    staff.show("operator/decrees.html", &ListView { office, everywhere, rows })
}

#[derive(Serialize)]
struct FormView<'a> {
    office: OfficeCode,
    officers: Vec<Officer<'a>>,
    dated_on: &'a str,
    in_force_on: &'a str,
    until_on: &'a str,
    revokes: &'a str,
    name: &'a str,
    nip: &'a str,
    acting: &'a str,
    faults: FormFaults,
}

#[derive(Serialize)]
struct Officer<'a> {
    #[serde(flatten)]
    row: SpecialOfficerRow,
    chosen: bool,
    rank: &'a str,
    position: &'a str,
    /// The place among those that are chosen, by which faults name it.
    index: Option<usize>,
}

async fn ask(staff: Staff, asked: Query<Typed>) -> Result<HttpResponse, PageError> {
    draw(&staff, StatusCode::OK, &asked, FormFaults::default()).await
}

async fn draw(
    staff: &Staff,
    status: StatusCode,
    typed: &Typed,
    faults: FormFaults,
) -> Result<HttpResponse, PageError> {
    let Some(office) = office_of(staff, typed.get("kantor"))? else { return Ok(staff.go(PATH)) };
    let rows = officers_to_appoint(staff.office(), staff.session(), office).await?;
    let chosen: Vec<&str> = typed.all("officer").collect();
    let officers = rows.into_iter().map(|row| {
        let id = row.staff_id.to_string();
        let index = chosen.iter().position(|chosen| *chosen == id);
        let field = |name: &str| typed.get(&format!("{name}-{id}"));
        Officer { chosen: index.is_some(), rank: field("rank"), position: field("position"), index, row }
    });
    let view = FormView {
        office,
        officers: officers.collect(),
        dated_on: typed.get("dated_on"),
        in_force_on: typed.get("in_force_on"),
        until_on: typed.get("until_on"),
        revokes: typed.get("revokes"),
        name: typed.get("signatory-name"),
        nip: typed.get("signatory-nip"),
        acting: typed.get("signatory-acting"),
        faults,
    };
    staff.show_as(status, "operator/decree_form.html", &view)
}

/// A day that was typed; needed unless it may be left empty.
fn day(staff: &Staff, faults: &mut FormFaults, typed: &Typed, field: &str) -> Option<NaiveDate> {
    let day = typed.get(field).parse().ok();
    if day.is_none() {
        faults.add(field, staff.say("e.any.date", &[]));
    }
    day
}

fn read(staff: &Staff, typed: &Typed) -> Result<RawDecree, FormFaults> {
    let mut faults = FormFaults::default();
    let dated_on = day(staff, &mut faults, typed, "dated_on");
    let in_force_on = day(staff, &mut faults, typed, "in_force_on");
    let until_on =
        if typed.get("until_on").is_empty() { None } else { day(staff, &mut faults, typed, "until_on") };
    let officers = typed.all("officer").filter_map(|id| {
        let field = |name: &str| typed.get(&format!("{name}-{id}")).to_owned();
        Some(RawOfficer {
            staff_id: StaffId(id.parse().ok()?),
            rank: field("rank"),
            position: field("position"),
        })
    });
    let officers: Vec<RawOfficer> = officers.collect();
    if officers.is_empty() {
        faults.add("officers", staff.say("op.e.officers.count", &[]));
    }
    let acting = match typed.get("signatory-acting") {
        "Plh." => Some(Acting::Plh),
        "Plt." => Some(Acting::Plt),
        _ => None,
    };
    match (dated_on, in_force_on) {
        (Some(dated_on), Some(in_force_on)) if faults.is_empty() => Ok(RawDecree {
            dated_on,
            in_force_on,
            until_on,
            officers,
            revokes: Some(typed.get("revokes").to_owned()).filter(|number| !number.is_empty()),
            signatory: RawSignatory {
                name: typed.get("signatory-name").to_owned(),
                nip: typed.get("signatory-nip").to_owned(),
                acting,
            },
        }),
        _ => Err(faults),
    }
}

async fn prepare(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let typed = &sent.typed;
    let Some(code) = office_of(&staff, typed.get("kantor"))? else { return Ok(staff.go(PATH)) };
    let raw = match read(&staff, typed) {
        Ok(raw) => raw,
        Err(faults) => return draw(&staff, StatusCode::UNPROCESSABLE_ENTITY, typed, faults).await,
    };
    match prepare_decree(staff.office(), staff.session(), code, &raw).await {
        Ok(id) => staff.go_saying(&format!("{PATH}/{id}"), &Flash::done("op.kep.prepared")),
        Err(AppError::Invalid(of_act)) => {
            let faults = FormFaults::told(&staff, "op", &of_act);
            draw(&staff, StatusCode::UNPROCESSABLE_ENTITY, typed, faults).await
        }
        Err(AppError::OfficeWithoutAddress) => {
            staff.go_saying(&format!("/operator/kantor/{code}"), &Flash::stopped("op.kep.no_address"))
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Serialize)]
struct View {
    #[serde(flatten)]
    decree: DecreeDocumentView,
}

async fn show(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    staff.who().colleague.operator()?;
    let decree = get_decree_document(staff.office(), staff.session(), path_id(&request)?).await?;
    staff.show("operator/decree.html", &View { decree })
}

async fn paper(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    staff.who().colleague.operator()?;
    Ok(pdf("naskah-kep.pdf", decree_paper(staff.office(), staff.session(), path_id(&request)?).await?))
}
