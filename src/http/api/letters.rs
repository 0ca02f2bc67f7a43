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
        bounces::lift_suppression::lift_of_message,
        callers::ProofToken,
        letters::{
            hand_out::{HandOver, hand_out},
            postal_return::record_postal_return,
            preview::preview,
            print::print_letter,
            resend_message::{ResendTo, resend_message},
        },
        views::get_request::{letter_after_act, message_after_act},
    },
    domain::{
        fault::Faults,
        ids::{LetterId, MessageId},
        line::Line,
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
        post("lift_suppression", "/api/v1/messages/{message_id}/suppression-lift", || web::to(lift)),
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Resend {
    reason: String,
    #[serde(default)]
    to: To,
    proof_token: Option<String>,
    #[serde(default)]
    identity_seen: bool,
}

#[derive(Deserialize, Default, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum To {
    #[default]
    Same,
    Account,
    Corrected,
}

impl Resend {
    fn read(&self) -> Result<(ResendTo, Line<500>), AppError> {
        let mut faults = Faults::default();
        let reason = answers::take_line(&mut faults, "/reason", &self.reason);
        if self.to == To::Corrected && !self.identity_seen {
            faults.add(
                "/identity_seen",
                "required",
                "Lihat identitas asli lebih dahulu, lalu nyatakan sudah dilihat.",
            );
        }
        let to = match (&self.to, &self.proof_token) {
            (To::Same, None) => Some(ResendTo::Same),
            (To::Account, None) => Some(ResendTo::Account),
            (To::Same | To::Account, Some(_)) => {
                faults.add(
                    "/proof_token",
                    "not_allowed",
                    "Hanya untuk alamat yang diperbaiki; hapus isian ini.",
                );
                None
            }
            (To::Corrected, token) => {
                let token = token.as_deref().and_then(ProofToken::parse);
                if token.is_none() {
                    faults.add(
                        "/proof_token",
                        "proof",
                        "Buktikan alamat yang baru dengan kode yang dikirim ke alamat itu.",
                    );
                }
                token.map(ResendTo::Corrected)
            }
        };
        match (to, reason) {
            (Some(to), Some(reason)) if faults.is_empty() => Ok((to, reason)),
            _ => Err(AppError::Invalid(faults.into_vec())),
        }
    }
}

async fn resend(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<MessageId>,
    Json(body): Json<Resend>,
) -> Result<HttpResponse, ApiError> {
    let (to, reason) = body.read()?;
    let again = resend_message(&office, session, id, &to, &reason).await?;
    Ok(HttpResponse::Ok().json(message_after_act(&office, session, again).await?))
}

async fn lift(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<MessageId>,
    Json(body): Json<Reason>,
) -> Result<HttpResponse, ApiError> {
    lift_of_message(&office, session, id, &body.line()?).await?;
    Ok(HttpResponse::Ok().json(message_after_act(&office, session, id).await?))
}
