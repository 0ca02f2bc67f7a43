//! `/ajukan/mulai/{what}`: which office, and which address. A code goes to it.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web::{self, Path},
};
use serde::Serialize;

use super::{super::situation, code};
use crate::{
    app::{AppError, email_proof::request_email_proof, list_offices::list_offices},
    domain::{email_address::EmailAddress, names::Wanted, office::OfficeCode},
    http::{
        extract::From,
        pages::{
            email_doubt::EmailDoubt,
            frame::{Access, Flash, FormFaults, Page, PageError, ProtectedForm, Typed, Visit, page, seconds},
            said::email_fault,
        },
    },
};

pub(super) fn pages() -> Vec<Page> {
    const PATH: &str = "/ajukan/mulai/{what}";
    vec![
        page("begin_filing_page", Method::GET, PATH, Access::Everyone, || web::to(show)),
        page("ask_filing_code_page", Method::POST, PATH, Access::Everyone, || web::to(ask)),
    ]
}

#[derive(Serialize)]
struct View<'a> {
    what: &'a str,
    wanted: Wanted,
    /// Code and name.
    offices: Vec<(String, String)>,
    office_code: &'a str,
    email: &'a str,
    email_repeat: &'a str,
    doubt: EmailDoubt,
    faults: FormFaults,
}

async fn offices(visit: &Visit) -> Result<Vec<(String, String)>, PageError> {
    let rows = list_offices(visit.office(), "").await?;
    Ok(rows.into_iter().map(|row| (row.code.to_string(), format!("{} ({})", row.name, row.code))).collect())
}

async fn show(visit: Visit, what: Path<String>) -> Result<HttpResponse, PageError> {
    let wanted = situation::wanted(&what).ok_or(PageError::Unknown)?;
    let view = View {
        what: &what,
        wanted,
        offices: offices(&visit).await?,
        office_code: "",
        email: "",
        email_repeat: "",
        doubt: EmailDoubt::default(),
        faults: FormFaults::default(),
    };
    visit.show("taxpayer/filing/begin.html", &view)
}

async fn ask(
    visit: Visit,
    what: Path<String>,
    From(address): From,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let typed = form.from_anyone(&visit)?.typed;
    let wanted = situation::wanted(&what).ok_or(PageError::Unknown)?;
    // The suggestion was taken: it stands for both fields.
    let instead = typed.get("instead");
    let (email, repeat) =
        if instead.is_empty() { (typed.get("email"), typed.get("email_repeat")) } else { (instead, instead) };
    let office_code = typed.get("office_code");
    let mut faults = FormFaults::default();
    if office_code.parse::<OfficeCode>().is_err() {
        faults.add("office_code", visit.say("e.office.empty", &[]));
    }
    let parsed = email.parse::<EmailAddress>();
    if let Err(error) = &parsed {
        faults.add("email", visit.say(email_fault(*error), &[]));
    } else if !email.eq_ignore_ascii_case(repeat) {
        faults.add("email_repeat", visit.say("e.email.repeat", &[]));
    }
    let again = async |status, faults, doubt| {
        let offices = offices(&visit).await?;
        let view =
            View { what: &what, wanted, offices, office_code, email, email_repeat: repeat, doubt, faults };
        visit.show_as(status, "taxpayer/filing/begin.html", &view)
    };
    let decided = !instead.is_empty() || typed.get("keep") == email;
    let doubt = match &parsed {
        Ok(address) if !decided => EmailDoubt::of(&visit, address).await,
        _ => EmailDoubt::default(),
    };
    if !faults.is_empty() || !doubt.is_none() {
        return again(StatusCode::UNPROCESSABLE_ENTITY, faults, doubt).await;
    }
    match request_email_proof(visit.office(), email, office_code, None, address).await {
        Ok(asked) => {
            let masked = email.parse::<EmailAddress>().map(|address| address.masked()).unwrap_or_default();
            let said = Flash::done("filing.code_sent").with("email", masked);
            visit.go_saying(&code::path(&what, asked.proof), &said)
        }
        Err(AppError::TooManyAttempts { retry_after }) => {
            faults.add("email", visit.say("e.email_code.wait", &[("n", &seconds(retry_after))]));
            again(StatusCode::TOO_MANY_REQUESTS, faults, EmailDoubt::default()).await
        }
        Err(AppError::Invalid(found)) => {
            for fault in found {
                let key = if fault.pointer == "/office_code" { "e.office.empty" } else { "e.email.domain" };
                faults.add(fault.pointer.trim_start_matches('/'), visit.say(key, &[]));
            }
            again(StatusCode::UNPROCESSABLE_ENTITY, faults, EmailDoubt::default()).await
        }
        Err(error) => Err(error.into()),
    }
}
