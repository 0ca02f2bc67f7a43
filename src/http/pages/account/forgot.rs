//! `/akun/lupa`: *Lupa password*. Whatever was typed, the answer is the same.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use serde::Serialize;

use crate::{
    app::{AppError, account::forgot_password::forgot_password},
    domain::{credential::ActivationCode, email_address::EmailAddress, tax_id::TaxId},
    http::{
        extract::From,
        pages::frame::{Access, FormFaults, Page, PageError, ProtectedForm, Typed, Visit, page, seconds},
    },
};

const PATH: &str = "/akun/lupa";
const TEMPLATE: &str = "account/forgot.html";

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("forgot_password_page", Method::GET, PATH, Access::Everyone, || web::to(ask)),
        page("forgot_own_password", Method::POST, PATH, Access::Everyone, || web::to(send)),
    ]
}

#[derive(Default, Serialize)]
struct View<'a> {
    npwp: &'a str,
    email: &'a str,
    faults: FormFaults,
    /// It was taken in.
    asked: bool,
}

async fn ask(visit: Visit) -> Result<HttpResponse, PageError> {
    visit.show(TEMPLATE, &View::default())
}

async fn send(
    visit: Visit,
    From(address): From,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let typed = form.from_anyone(&visit)?.typed;
    let (npwp, email) = (typed.get("npwp"), typed.get("email"));
    let mut faults = FormFaults::default();
    let tax_id = TaxId::parse(npwp);
    if tax_id.is_err() {
        faults.add("npwp", visit.say("account.no_npwp", &[]));
    }
    let code = ActivationCode::parse(typed.get("kode"));
    if code.is_err() {
        faults.add("kode", visit.say("account.forgot.no_code", &[]));
    }
    let mailbox = email.parse::<EmailAddress>();
    if mailbox.is_err() {
        faults.add("email", visit.say("account.forgot.no_email", &[]));
    }
    let (Ok(tax_id), Ok(code), Ok(mailbox)) = (tax_id, code, mailbox) else {
        let view = View { npwp, email, faults, asked: false };
        return visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, TEMPLATE, &view);
    };
    match forgot_password(visit.office(), &tax_id, &code, &mailbox, address).await {
        Ok(()) => visit.show(TEMPLATE, &View { asked: true, ..View::default() }),
        Err(AppError::TooManyAttempts { retry_after }) => {
            faults.add("npwp", visit.say("sign_in.wait", &[("n", &seconds(retry_after))]));
            let view = View { npwp, email, faults, asked: false };
            visit.show_as(StatusCode::TOO_MANY_REQUESTS, TEMPLATE, &view)
        }
        Err(error) => Err(error.into()),
    }
}
