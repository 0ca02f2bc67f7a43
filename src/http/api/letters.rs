//! Letters and e-mails after they were issued.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Data},
};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answers::{self, Reason};
use crate::{
    app::{
        AppError, Office,
        bounces::lift_suppression::lift_of_message,
        callers::ProofToken,
        letters::{
            give_up::give_up,
            hand_out::{Collection, HandOver, Posting, hand_out},
            post_many::{Posted, post_many},
            postal_return::{PostalReturn, record_postal_return},
            preview::preview,
            print::print_letter,
            redeliver::{NewWay, redeliver},
            resend_message::{ResendTo, resend_message},
        },
        views::{
            deliveries::deliveries,
            get_request::{letter_after_act, message_after_act},
        },
    },
    domain::{
        delivery::{IdentityKind, LastFour, ReturnReason, TrackingNumber},
        fault::Faults,
        ids::{LetterId, MessageId},
        line::Line,
    },
    http::{
        Operation,
        extract::{PathId, StaffSession},
        json::Json,
        problem::{ApiError, IntoProblem},
    },
};

/// Most lines of the list of the post office in one call.
const MOST: usize = 200;

pub(super) fn operations() -> Vec<Operation> {
    let get = |id, path, register| Operation { id, method: Method::GET, path, register };
    let post = |id, path, register| Operation { id, method: Method::POST, path, register };
    vec![
        get("letter_preview", "/api/v1/letters/{letter_id}/preview", || web::to(see)),
        get("list_deliveries", "/api/v1/letters/{letter_id}/deliveries", || web::to(ways)),
        post("print_letter", "/api/v1/letters/{letter_id}/print", || web::to(print)),
        post("hand_out_letter", "/api/v1/letters/{letter_id}/handover", || web::to(hand_over)),
        post("post_letters", "/api/v1/postings", || web::to(post_list)),
        post("record_postal_return", "/api/v1/letters/{letter_id}/postal-return", || web::to(came_back)),
        post("redeliver_letter", "/api/v1/letters/{letter_id}/redelivery", || web::to(again)),
        post("give_up_letter", "/api/v1/letters/{letter_id}/abandonment", || web::to(abandon)),
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

async fn ways(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<LetterId>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(json!({ "items": deliveries(&office, session, id).await? })))
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
    posted_on: Option<NaiveDate>,
    collector: Option<Collector>,
    identity_seen: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Collector {
    receipt_number: String,
    name: String,
    identity: IdentityKind,
    last_four: String,
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
        let how = match self.way {
            Way::Post => self.posted(&mut faults),
            Way::Counter => self.collected(&mut faults),
        };
        how.filter(|_| faults.is_empty()).ok_or_else(|| AppError::Invalid(faults.into_vec()))
    }

    fn posted(&self, faults: &mut Faults) -> Option<HandOver> {
        if self.collector.is_some() {
            faults.add(
                "/collector",
                "not_allowed",
                "Hanya untuk surat yang diambil di loket; hapus isian ini.",
            );
        }
        let Some(number) = &self.tracking_number else {
            faults.add("/tracking_number", "required", "Isi nomor resi pos.");
            return None;
        };
        let tracking_number = tracking_number(faults, "/tracking_number", number)?;
        Some(HandOver::Posted(Posting { on: self.posted_on, tracking_number }))
    }

    fn collected(&self, faults: &mut Faults) -> Option<HandOver> {
        for (given, pointer) in
            [(self.tracking_number.is_some(), "/tracking_number"), (self.posted_on.is_some(), "/posted_on")]
        {
            if given {
                faults.add(pointer, "not_allowed", "Hanya untuk surat yang diposkan; hapus isian ini.");
            }
        }
        if !self.identity_seen {
            faults.add(
                "/identity_seen",
                "required",
                "Lihat identitas asli lebih dahulu, lalu nyatakan sudah dilihat.",
            );
        }
        let Some(collector) = &self.collector else {
            faults.add("/collector", "required", "Isi tanda terima dan identitas orang yang mengambil.");
            return None;
        };
        let receipt_number =
            answers::take_line(faults, "/collector/receipt_number", &collector.receipt_number);
        let name = answers::take_line(faults, "/collector/name", &collector.name);
        let last_four = collector.last_four.parse::<LastFour>().ok();
        if last_four.is_none() {
            faults.add("/collector/last_four", "four", "Isi tepat empat huruf atau angka terakhir.");
        }
        Some(HandOver::Collected(Collection {
            receipt_number: receipt_number?,
            name: name?,
            identity: collector.identity,
            last_four: last_four?,
        }))
    }
}

fn tracking_number(faults: &mut Faults, pointer: &str, typed: &str) -> Option<TrackingNumber> {
    let read = typed.parse().ok();
    if read.is_none() {
        faults.add(
            pointer,
            "tracking_number",
            "Isi nomor resi: 6 sampai 40 huruf dan angka, tanpa tanda lain.",
        );
    }
    read
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Postings {
    posted_on: Option<NaiveDate>,
    items: Vec<PostingLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PostingLine {
    letter_number: String,
    tracking_number: String,
}

impl Postings {
    fn lines(&self) -> Result<Vec<Posted>, AppError> {
        let mut faults = Faults::default();
        if self.items.is_empty() || self.items.len() > MOST {
            faults.add("/items", "count", format!("Kirim 1 sampai {MOST} baris."));
        }
        let mut lines = Vec::with_capacity(self.items.len());
        for (index, item) in self.items.iter().enumerate() {
            let letter = answers::take_line(
                &mut faults,
                &format!("/items/{index}/letter_number"),
                &item.letter_number,
            );
            let tracking = tracking_number(
                &mut faults,
                &format!("/items/{index}/tracking_number"),
                &item.tracking_number,
            );
            if let (Some(letter_number), Some(tracking_number)) = (letter, tracking) {
                lines.push(Posted { letter_number, tracking_number });
            }
        }
        answers::hold(faults)?;
        Ok(lines)
    }
}

async fn post_list(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    Json(body): Json<Postings>,
) -> Result<HttpResponse, ApiError> {
    let lines = body.lines()?;
    let results = post_many(&office, session, body.posted_on, &lines).await?;
    let items: Vec<Value> = lines.iter().zip(results).map(show).collect();
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}

fn show((line, result): (&Posted, Result<(), AppError>)) -> Value {
    let problem = result.err().map(IntoProblem::into_problem);
    json!({
        "letter_number": line.letter_number.as_str(),
        "status": problem.as_ref().map_or(200, |problem| problem.status().as_u16()),
        "problem": problem.map(|problem| problem.json()),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kempos {
    reason: ReturnReason,
    returned_on: Option<NaiveDate>,
    note: Option<String>,
}

async fn came_back(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<LetterId>,
    Json(body): Json<Kempos>,
) -> Result<HttpResponse, ApiError> {
    let note = body.note.as_deref().map(|text| answers::line("/note", text)).transpose()?;
    let returned = PostalReturn { reason: body.reason, on: body.returned_on, note };
    record_postal_return(&office, session, id, &returned).await?;
    Ok(HttpResponse::Ok().json(letter_after_act(&office, session, id).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Redelivery {
    way: AnyWay,
    address: Option<String>,
    reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum AnyWay {
    Email,
    Post,
    Counter,
}

async fn again(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<LetterId>,
    Json(body): Json<Redelivery>,
) -> Result<HttpResponse, ApiError> {
    let mut faults = Faults::default();
    let address = body.address.as_deref().and_then(|text| answers::take_line(&mut faults, "/address", text));
    let reason = answers::take_line(&mut faults, "/reason", &body.reason);
    let way = match body.way {
        AnyWay::Post => NewWay::Post { address },
        AnyWay::Counter => NewWay::Counter,
        AnyWay::Email => NewWay::Email,
    };
    if body.address.is_some() && !matches!(way, NewWay::Post { .. }) {
        faults.add("/address", "not_allowed", "Hanya untuk pengiriman melalui pos; hapus isian ini.");
    }
    let reason = reason.filter(|_| faults.is_empty()).ok_or_else(|| AppError::Invalid(faults.into_vec()))?;
    redeliver(&office, session, id, &way, &reason).await?;
    Ok(HttpResponse::Ok().json(letter_after_act(&office, session, id).await?))
}

async fn abandon(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<LetterId>,
    Json(body): Json<Reason>,
) -> Result<HttpResponse, ApiError> {
    give_up(&office, session, id, &body.line()?).await?;
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
