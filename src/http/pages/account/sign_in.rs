//! `/akun/masuk`: a PKP signs in. Who proves a pair that another one replaced learns by which, and what to do.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{PATH as HOME, SIGN_IN as PATH};
use crate::{
    app::{
        AppError,
        account::{
            sessions::sign_out,
            sign_in::{Replaced, SignIn, sign_in},
        },
    },
    domain::tax_id::TaxId,
    http::{
        extract::From,
        pages::frame::{
            Access, FormFaults, Page, PageError, ProtectedForm, Remembered, Visit, page, seconds,
        },
    },
};

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("account_sign_in_page", Method::GET, PATH, Access::Everyone, || web::to(ask)),
        page("sign_in_to_account", Method::POST, PATH, Access::Everyone, || web::to(begin)),
    ]
}

#[derive(Serialize)]
struct View<'a> {
    npwp: &'a str,
    faults: FormFaults,
}

#[derive(Serialize)]
struct SupersededView {
    replaced: Replaced,
}

#[derive(Deserialize)]
struct Typed {
    npwp: String,
    password: SecretString,
}

async fn ask(visit: Visit) -> Result<HttpResponse, PageError> {
    visit.show("account/sign_in.html", &View { npwp: "", faults: FormFaults::default() })
}

async fn begin(
    visit: Visit,
    From(address): From,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let typed = form.from_anyone(&visit)?.typed;
    let npwp = typed.npwp.trim();
    let again = |status, field: &str, text: String| {
        let mut faults = FormFaults::default();
        faults.add(field, text);
        visit.show_as(status, "account/sign_in.html", &View { npwp, faults })
    };
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    let Ok(tax_id) = TaxId::parse(npwp) else {
        return again(wrong, "npwp", visit.say("account.no_npwp", &[]));
    };
    if typed.password.expose_secret().is_empty() {
        return again(wrong, "password", visit.say("account.no_password", &[]));
    }
    match sign_in(visit.office(), &tax_id, typed.password, address).await {
        Ok(SignIn::Home(session)) => {
            // The browser leaves the session that it had before.
            if let Some(before) = visit.account() {
                sign_out(visit.office(), before).await?;
            }
            let mut response = visit.go(HOME);
            visit.remember(&mut response, &Remembered::Account(session));
            Ok(response)
        }
        Ok(SignIn::Suspended(office)) => {
            let text = match &office.phone {
                Some(phone) => visit.say("ac.signin.suspended", &[("kpp", &office.name), ("telepon", phone)]),
                None => visit.say("account.suspended", &[("kpp", &office.name)]),
            };
            again(StatusCode::FORBIDDEN, "npwp", text)
        }
        Ok(SignIn::Superseded(replaced)) => {
            visit.show("account/superseded.html", &SupersededView { replaced })
        }
        Err(AppError::WrongCredentials) => again(wrong, "npwp", visit.say("ac.signin.fail", &[])),
        Err(AppError::TooManyAttempts { retry_after }) => again(
            StatusCode::TOO_MANY_REQUESTS,
            "npwp",
            visit.say("sign_in.wait", &[("n", &seconds(retry_after))]),
        ),
        Err(error) => Err(error.into()),
    }
}
