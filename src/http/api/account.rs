//! The account of a PKP, for programs: the acts of the pages at `/akun`.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Data, Query},
};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    answers,
    text::{self, Page},
};
use crate::{
    app::{
        AppError, Office,
        account::{
            change_password::change_password,
            download_letter::download_letter,
            history::{Happening, history},
            lifetimes,
            overview::overview,
            reset_desktop::reset_desktop,
            sessions,
            show_code::{WhichCode, show_code},
            sign_in::{Contact, Replaced, SignIn, sign_in},
            suspend::suspend,
        },
    },
    domain::{
        ids::{AccountSessionId, LetterId},
        names::CredentialState,
        tax_id::TaxId,
    },
    http::{
        Operation,
        extract::{AtHome, From, PathId},
        json::Json,
        problem::{ApiError, IntoProblem, Problem},
    },
};

pub(super) fn operations() -> Vec<Operation> {
    const SESSIONS: &str = "/api/v1/account/sessions";
    let operation = |id, method, path, register| Operation { id, method, path, register };
    let get = |id, path, register| operation(id, Method::GET, path, register);
    let post = |id, path, register| operation(id, Method::POST, path, register);
    let delete = |id, path, register| operation(id, Method::DELETE, path, register);
    vec![
        post("account_sign_in", SESSIONS, || web::to(begin)),
        delete("end_other_account_sessions", SESSIONS, || web::to(end_others)),
        delete("account_sign_out", "/api/v1/account/sessions/current", || web::to(leave)),
        delete("end_account_session", "/api/v1/account/sessions/{session_id}", || web::to(end)),
        get("get_account", "/api/v1/account", || web::to(account)),
        get("get_account_history", "/api/v1/account/history", || web::to(happened)),
        post("show_account_code", "/api/v1/account/codes", || web::to(code)),
        post("reset_desktop_code", "/api/v1/account/desktop-code", || web::to(desktop)),
        post("change_account_password", "/api/v1/account/password", || web::to(password)),
        post("download_own_letter", "/api/v1/account/letters/{letter_id}/download", || web::to(letter)),
        post("suspend_own_pair", "/api/v1/account/suspension", || web::to(suspended)),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    npwp: String,
    password: SecretString,
}

async fn begin(
    office: Data<Office>,
    From(address): From,
    Json(body): Json<Credentials>,
) -> Result<HttpResponse, ApiError> {
    let npwp =
        TaxId::parse(&body.npwp).map_err(|error| AppError::fault("/npwp", "tax_id", &error.message_id()))?;
    let session = match sign_in(&office, &npwp, body.password, address).await {
        Ok(SignIn::Home(session)) => session,
        Ok(SignIn::Suspended(whom)) => return Err(is_suspended(&whom).into()),
        Ok(SignIn::Superseded(replaced)) => return Err(is_superseded(&replaced).into()),
        Err(wrong @ AppError::WrongCredentials) => {
            let said = "NPWP atau password belum cocok. Periksa keduanya, lalu coba lagi.";
            return Err(wrong.into_problem().detail(said).into());
        }
        Err(error) => return Err(error.into()),
    };
    let (idle, absolute) = lifetimes(&office);
    Ok(HttpResponse::Created().json(json!({
        "access_token": office.account_token(session),
        "expires_in": absolute.num_seconds(),
        "idle_seconds": idle.num_seconds(),
    })))
}

/// The password is right, but its pair is suspended: whom to ask.
fn is_suspended(whom: &Contact) -> Problem {
    AppError::PairNotPossible(CredentialState::Suspended)
        .into_problem()
        .detail(format!("Akun ini ditangguhkan. Datanglah ke {} dengan identitas asli.", whom.name))
}

/// The password is right, but another pair took the place of its own: which letter counts now.
fn is_superseded(replaced: &Replaced) -> Problem {
    let now = match &replaced.now_with {
        Some(now) => format!("Yang berlaku sekarang: surat {} dari {}.", now.letter_number, now.office.name),
        None => "Ajukan kode dan password baru di KPP tempat Anda terdaftar sekarang.".to_owned(),
    };
    AppError::PairNotPossible(CredentialState::Superseded)
        .into_problem()
        .detail(format!("Kode dan password dari {} sudah digantikan. {now}", replaced.old_office))
}

async fn leave(office: Data<Office>, AtHome(session): AtHome) -> Result<HttpResponse, ApiError> {
    sessions::end(&office, session, session).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn end(
    office: Data<Office>,
    AtHome(session): AtHome,
    PathId(other): PathId<AccountSessionId>,
) -> Result<HttpResponse, ApiError> {
    sessions::end(&office, session, other).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn end_others(office: Data<Office>, AtHome(session): AtHome) -> Result<HttpResponse, ApiError> {
    let ended = sessions::end_others(&office, session).await?;
    Ok(HttpResponse::Ok().json(json!({ "ended": ended })))
}

async fn account(office: Data<Office>, AtHome(session): AtHome) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(overview(&office, session).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn happened(
    office: Data<Office>,
    AtHome(session): AtHome,
    asked: Query<Asked>,
) -> Result<HttpResponse, ApiError> {
    let limit = text::limit(asked.limit)?;
    let before = match text::read_cursor(asked.cursor.as_deref())? {
        Some((id, _)) => Some(id.parse().map_err(|_| text::bad_cursor())?),
        None => None,
    };
    let happened = history(&office, session, before, limit + 1).await?;
    let cursor = |last: &Happening| text::cursor(&last.id.to_string(), Uuid::nil());
    let page = Page::new(happened, usize::try_from(limit).unwrap_or_default(), cursor, |one| one);
    Ok(HttpResponse::Ok().json(page))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    which: WhichCode,
}

async fn code(
    office: Data<Office>,
    AtHome(session): AtHome,
    Json(body): Json<Wanted>,
) -> Result<HttpResponse, ApiError> {
    let code = show_code(&office, session, body.which).await?;
    Ok(HttpResponse::Ok().json(json!({ "which": body.which, "code": code.grouped() })))
}

async fn desktop(
    office: Data<Office>,
    AtHome(session): AtHome,
    _: answers::Nothing,
) -> Result<HttpResponse, ApiError> {
    reset_desktop(&office, session).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    present_password: SecretString,
    new_password: SecretString,
}

async fn password(
    office: Data<Office>,
    AtHome(session): AtHome,
    Json(body): Json<Change>,
) -> Result<HttpResponse, ApiError> {
    match change_password(&office, session, body.present_password, body.new_password).await {
        Ok(()) => Ok(HttpResponse::NoContent().finish()),
        // The session is right: only the field is not.
        Err(AppError::WrongCredentials) => {
            Err(AppError::fault("/present_password", "wrong", "Password sekarang belum cocok.").into())
        }
        Err(error) => Err(error.into()),
    }
}

async fn letter(
    office: Data<Office>,
    AtHome(session): AtHome,
    PathId(id): PathId<LetterId>,
    _: answers::Nothing,
) -> Result<HttpResponse, ApiError> {
    let downloaded = download_letter(&office, session, id).await?;
    Ok(answers::pdf(&downloaded.file_name, downloaded.letter.pdf))
}

async fn suspended(
    office: Data<Office>,
    AtHome(session): AtHome,
    _: answers::Nothing,
) -> Result<HttpResponse, ApiError> {
    let whom = suspend(&office, session).await?;
    Ok(HttpResponse::Ok().json(json!({ "office": whom })))
}
