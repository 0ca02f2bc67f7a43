//! `/masuk`: staff sign in, and return to where they were with what they had typed.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web::{self, Query},
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    app::{
        AppError,
        sign_in::{SignedIn, sign_in},
    },
    http::{
        extract::From,
        pages::frame::{
            Access, FormFaults, Kept, LocalPath, Page, PageError, ProtectedForm, Remembered, Resume, Visit,
            home, page,
        },
    },
};

const PATH: &str = "/masuk";

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("sign_in_page", Method::GET, PATH, Access::Everyone, || web::to(ask)),
        page("sign_in_to_pages", Method::POST, PATH, Access::Everyone, || web::to(begin)),
    ]
}

/// The sign-in page that leads back to a path.
pub fn sign_in_path(back: &LocalPath) -> String {
    if *back == LocalPath::start() {
        return PATH.to_owned();
    }
    let encoded = back.as_str().bytes().map(|byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.') {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    format!("{PATH}?back={}", encoded.collect::<String>())
}

#[derive(Serialize)]
struct View<'a> {
    back: &'a str,
    kept: Option<&'a str>,
    username: &'a str,
    faults: FormFaults,
}

/// The answer to a form that came after the end of the session.
pub fn sign_in_again(visit: &Visit, kept: &str) -> Result<HttpResponse, PageError> {
    let view = View { back: "/", kept: Some(kept), username: "", faults: FormFaults::default() };
    visit.show_as(StatusCode::UNAUTHORIZED, "everyone/sign_in.html", &view)
}

#[derive(Deserialize)]
struct Asked {
    back: Option<String>,
}

async fn ask(visit: Visit, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let back = asked.into_inner().back.and_then(|text| text.parse().ok()).unwrap_or_else(LocalPath::start);
    if visit.at_work().is_some() {
        return Ok(visit.go(back.as_str()));
    }
    let view = View { back: back.as_str(), kept: None, username: "", faults: FormFaults::default() };
    visit.show("everyone/sign_in.html", &view)
}

#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: SecretString,
    back: Option<LocalPath>,
    kept: Option<String>,
}

async fn begin(
    visit: Visit,
    From(address): From,
    form: ProtectedForm<Credentials>,
) -> Result<HttpResponse, PageError> {
    let typed = form.from_anyone(&visit)?.typed;
    let back = typed.back.unwrap_or_else(LocalPath::start);
    let again = |status, faults| {
        let view =
            View { back: back.as_str(), kept: typed.kept.as_deref(), username: &typed.username, faults };
        visit.show_as(status, "everyone/sign_in.html", &view)
    };
    let mut faults = FormFaults::default();
    if typed.username.trim().is_empty() {
        faults.add("username", visit.say("sign_in.no_username", &[]));
    }
    if secrecy::ExposeSecret::expose_secret(&typed.password).is_empty() {
        faults.add("password", visit.say("sign_in.no_password", &[]));
    }
    if !faults.is_empty() {
        return again(StatusCode::UNPROCESSABLE_ENTITY, faults);
    }
    match sign_in(visit.office(), &typed.username, typed.password, address).await {
        Ok(signed_in) => go_on(&visit, &signed_in, &back, typed.kept.as_deref()).await,
        Err(AppError::WrongCredentials) => {
            faults.add("username", visit.say("sign_in.wrong", &[]));
            again(StatusCode::UNPROCESSABLE_ENTITY, faults)
        }
        Err(AppError::TooManyAttempts { retry_after }) => {
            let seconds = ((retry_after.num_milliseconds() + 999) / 1_000).max(1).to_string();
            faults.add("username", visit.say("sign_in.wait", &[("n", &seconds)]));
            again(StatusCode::TOO_MANY_REQUESTS, faults)
        }
        Err(error) => Err(error.into()),
    }
}

/// To where the person was. A form that was kept for this very person is shown once more.
async fn go_on(
    visit: &Visit,
    signed_in: &SignedIn,
    back: &LocalPath,
    note: Option<&str>,
) -> Result<HttpResponse, PageError> {
    let who = &signed_in.colleague;
    let visit_now = visit.signed_in(who.session).await?;
    let owners = [who.id.0.to_string(), visit.guest()];
    let kept = note.and_then(|note| owners.iter().find_map(|owner| Kept::open(visit.office(), owner, note)));
    let mut response = match kept {
        Some(kept) => visit_now.show("resume.html", &Resume::of(&kept, true))?,
        None if *back == LocalPath::start() => visit_now.go(visit_now.at_work().map_or("/", |who| home(who))),
        None => visit_now.go(back.as_str()),
    };
    visit_now.remember(&mut response, &Remembered::Session(who.session));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_survives_in_the_address() {
        let back: LocalPath = "/antrean?jenis=reprint&halaman=a+b".parse().unwrap();
        assert_eq!(sign_in_path(&back), "/masuk?back=/antrean%3Fjenis%3Dreprint%26halaman%3Da%2Bb");
        assert_eq!(sign_in_path(&LocalPath::start()), "/masuk");
    }
}
