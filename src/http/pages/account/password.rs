//! `/akun/password`: another Password e-Nofa.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{PATH as HOME, at_home, session};
use crate::{
    app::{AppError, account::change_password::change_password},
    http::pages::frame::{Access, Flash, FormFaults, Page, PageError, ProtectedForm, Visit, page, seconds},
};

const PATH: &str = "/akun/password";

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("change_password_page", Method::GET, PATH, Access::Everyone, || web::to(ask)),
        page("change_own_password", Method::POST, PATH, Access::Everyone, || web::to(change)),
    ]
}

#[derive(Serialize)]
struct View {
    faults: FormFaults,
}

#[derive(Deserialize)]
struct Change {
    password: SecretString,
    new_password: SecretString,
    repeated: SecretString,
}

async fn ask(visit: Visit) -> Result<HttpResponse, PageError> {
    session(&visit)?;
    visit.show("account/password.html", &View { faults: FormFaults::default() })
}

async fn change(visit: Visit, form: ProtectedForm<Change>) -> Result<HttpResponse, PageError> {
    let typed = form.from_anyone(&visit)?.typed;
    let session = session(&visit)?;
    let mut faults = FormFaults::default();
    if typed.password.expose_secret().is_empty() {
        faults.add("password", visit.say("account.password.no_present", &[]));
    }
    if typed.new_password.expose_secret() != typed.repeated.expose_secret() {
        faults.add("repeated", visit.say("account.password.differs", &[]));
    }
    if !faults.is_empty() {
        return visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, "account/password.html", &View { faults });
    }
    let status = match change_password(visit.office(), session, typed.password, typed.new_password).await {
        Ok(()) => return visit.go_saying(HOME, &Flash::done("account.password.done")),
        Err(AppError::WrongCredentials) => {
            faults.add("password", visit.say("account.password.wrong", &[]));
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Err(AppError::TooManyAttempts { retry_after }) => {
            faults.add("password", visit.say("sign_in.wait", &[("n", &seconds(retry_after))]));
            StatusCode::TOO_MANY_REQUESTS
        }
        Err(AppError::Invalid(found)) => {
            for fault in found {
                let text = visit.known(&format!("account.password.{}", fault.code));
                faults.add("new_password", text.unwrap_or(fault.detail));
            }
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Err(error) => return at_home(Err(error)),
    };
    visit.show_as(status, "account/password.html", &View { faults })
}
