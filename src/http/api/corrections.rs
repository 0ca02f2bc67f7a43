//! Corrections of signed letters: drafted, read, sent back, signed.

use actix_web::{
    HttpResponse,
    http::{
        Method,
        header::{ETAG, LOCATION},
    },
    web::{self, Data, Query},
};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;

use super::{
    answers::{self, Nothing, Reason},
    text::{self, Page, bad_cursor},
};
use crate::{
    app::{
        AppError, Office,
        corrections::{
            draft::{RawCorrection, draft_correction},
            read::{
                CorrectionView, correction_after_act, get_correction, list_corrections, preview_correction,
            },
            send_back::send_back_correction,
            sign::sign_correction,
        },
        signing::digest::hex,
    },
    domain::ids::{CorrectionId, LetterId, SessionId},
    http::{
        Operation,
        extract::{IfMatch, PathId, StaffSession},
        json::Json,
        problem::ApiError,
    },
};

pub(super) fn operations() -> Vec<Operation> {
    const ONE: &str = "/api/v1/corrections/{correction_id}";
    let get = |id, path, register| Operation { id, method: Method::GET, path, register };
    let post = |id, path, register| Operation { id, method: Method::POST, path, register };
    vec![
        post("draft_correction", "/api/v1/letters/{letter_id}/corrections", || web::to(draft)),
        get("list_corrections", "/api/v1/corrections", || web::to(list)),
        get("get_correction", ONE, || web::to(see)),
        get("preview_correction", "/api/v1/corrections/{correction_id}/preview", || web::to(preview)),
        post("send_back_correction", "/api/v1/corrections/{correction_id}/send-back", || web::to(sent_back)),
        post("sign_correction", "/api/v1/corrections/{correction_id}/signature", || web::to(sign)),
    ]
}

/// A correction with the digest as its `ETag`.
fn shown(mut answer: actix_web::HttpResponseBuilder, view: &CorrectionView) -> HttpResponse {
    answer.insert_header((ETAG, format!("\"{}\"", view.digest))).json(view)
}

async fn after(office: &Office, session: SessionId, id: CorrectionId) -> Result<HttpResponse, ApiError> {
    Ok(shown(HttpResponse::Ok(), &correction_after_act(office, session, id).await?))
}

async fn draft(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(letter): PathId<LetterId>,
    Json(body): Json<RawCorrection>,
) -> Result<HttpResponse, ApiError> {
    let id = draft_correction(&office, session, letter, &body).await?;
    let view = correction_after_act(&office, session, id).await?;
    let mut answer = HttpResponse::Created();
    answer.insert_header((LOCATION, format!("/api/v1/corrections/{id}")));
    Ok(shown(answer, &view))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn list(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    asked: Query<Asked>,
) -> Result<HttpResponse, ApiError> {
    let limit = text::limit(asked.limit)?;
    let after = match text::read_cursor(asked.cursor.as_deref())? {
        None => None,
        Some((at, id)) => {
            let at: DateTime<Utc> = at.parse().map_err(|_| ApiError::from(bad_cursor()))?;
            Some((at, CorrectionId(id)))
        }
    };
    let views = list_corrections(&office, session, after, limit + 1).await?;
    let cursor = |view: &CorrectionView| {
        text::cursor(&view.drafted_at.0.to_rfc3339_opts(SecondsFormat::Micros, true), view.correction_id.0)
    };
    let page = Page::new(views, usize::try_from(limit).unwrap_or_default(), cursor, |view| view);
    Ok(HttpResponse::Ok().json(page))
}

async fn see(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<CorrectionId>,
) -> Result<HttpResponse, ApiError> {
    Ok(shown(HttpResponse::Ok(), &get_correction(&office, session, id).await?))
}

async fn preview(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<CorrectionId>,
) -> Result<HttpResponse, ApiError> {
    let preview = preview_correction(&office, session, id).await?;
    let mut answer = answers::pdf("ralat-pratinjau.pdf", preview.rendered.pdf);
    let tag = format!("\"{}\"", hex(&preview.digest)).parse().map_err(anyhow::Error::from);
    answer.headers_mut().insert(ETAG, tag.map_err(AppError::Internal)?);
    Ok(answer)
}

async fn sent_back(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<CorrectionId>,
    Json(body): Json<Reason>,
) -> Result<HttpResponse, ApiError> {
    send_back_correction(&office, session, id, &body.line()?).await?;
    after(&office, session, id).await
}

async fn sign(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<CorrectionId>,
    seen: IfMatch,
    _: Nothing,
) -> Result<HttpResponse, ApiError> {
    let IfMatch::Digest(digest) = seen else {
        // A version is never the digest of a draft.
        return Err(AppError::DraftChanged.into());
    };
    sign_correction(&office, session, id, &digest).await?;
    after(&office, session, id).await
}
