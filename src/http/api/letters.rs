//! Letters and e-mails after they were issued.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Data},
};
use serde::Deserialize;

use super::answers::{self, Reason};
use crate::{
    app::{
        AppError, Office,
        letters::{
            hand_out::{HandOver, hand_out},
            postal_return::record_postal_return,
            preview::preview,
            print::print_letter,
            resend_message::resend_message,
        },
        views::get_request::{letter_after_act, message_after_act},
    },
    domain::{
        fault::Faults,
        ids::{LetterId, MessageId},
    },
    http::{
        Operation,
        extract::{PathId, StaffSession},
        json::Json,
        problem::ApiError,
    },
};

pub(super) fn operations() -> Vec<Operation> {
    let post = |id, path, register| Operation { id, method: Method::POST, path, register };
    vec![
        Operation {
            id: "letter_preview",
            method: Method::GET,
            path: "/api/v1/letters/{letter_id}/preview",
            register: || web::to(see),
        },
        post("print_letter", "/api/v1/letters/{letter_id}/print", || web::to(print)),
        post("hand_out_letter", "/api/v1/letters/{letter_id}/handover", || web::to(hand_over)),
        post("record_postal_return", "/api/v1/letters/{letter_id}/postal-return", || web::to(came_back)),
        post("resend_message", "/api/v1/messages/{message_id}/resend", || web::to(resend)),
    ]
}

async fn see(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<LetterId>,
) -> Result<HttpResponse, ApiError> {
    Ok(answers::pdf("surat-pratinjau.pdf", preview(&office, session, id).await?.pdf))
}

async fn print(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<LetterId>,
    Json(body): Json<Reason>,
) -> Result<HttpResponse, ApiError> {
    Ok(answers::pdf("surat.pdf", print_letter(&office, session, id, &body.line()?).await?.pdf))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Handover {
    way: Way,
    tracking_number: Option<String>,
    identity_seen: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Way {
    Post,
    Counter,
}

impl Handover {
    fn read(&self) -> Result<HandOver, AppError> {
        let mut faults = Faults::default();
        let how = match (&self.way, &self.tracking_number) {
            (Way::Post, Some(number)) => answers::take_line(&mut faults, "/tracking_number", number)
                .map(|tracking_number| HandOver::Posted { tracking_number }),
            (Way::Post, None) => {
                faults.add("/tracking_number", "required", "Isi nomor resi pos.");
                None
            }
            (Way::Counter, Some(_)) => {
                faults.add(
                    "/tracking_number",
                    "not_allowed",
                    "Hanya untuk surat yang diposkan; hapus isian ini.",
                );
                None
            }
            (Way::Counter, None) if !self.identity_seen => {
                faults.add(
                    "/identity_seen",
                    "required",
                    "Lihat identitas asli lebih dahulu, lalu nyatakan sudah dilihat.",
                );
                None
            }
            (Way::Counter, None) => Some(HandOver::Collected),
        };
        how.ok_or_else(|| AppError::Invalid(faults.into_vec()))
    }
}

async fn hand_over(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<LetterId>,
    Json(body): Json<Handover>,
) -> Result<HttpResponse, ApiError> {
    hand_out(&office, session, id, &body.read()?).await?;
    Ok(HttpResponse::Ok().json(letter_after_act(&office, session, id).await?))
}

async fn came_back(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<LetterId>,
    Json(body): Json<Reason>,
) -> Result<HttpResponse, ApiError> {
    record_postal_return(&office, session, id, &body.line()?).await?;
    Ok(HttpResponse::Ok().json(letter_after_act(&office, session, id).await?))
}

async fn resend(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<MessageId>,
    Json(body): Json<Reason>,
) -> Result<HttpResponse, ApiError> {
    resend_message(&office, session, id, &body.line()?).await?;
    Ok(HttpResponse::Ok().json(message_after_act(&office, session, id).await?))
}
