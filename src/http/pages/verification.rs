//! `/v/{token}`: whether a letter is genuine. What the QR code of a letter opens.
//!
//! The token is no secret, but unguessable: the page shows what stands on the letter, masked, and nothing else. An upload is
//! hashed while it arrives and never kept.

use actix_multipart::Multipart;
use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode, header::LOCATION},
    web::{self, Data, Query},
};
use chrono::NaiveDate;
use futures_util::{StreamExt, TryStreamExt};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{
    form::{Token, same_origin},
    frame::{Language, Typed},
    linked::Linked,
    trouble::Trouble,
};
use crate::{
    app::{
        AppError, Office,
        verify_letter::{Standing, VerifiedLetter, is_stored_file, verify_letter},
    },
    http::{Operation, extract::From},
    store::letters::{FileSignature, LetterRowKind},
};

/// A letter of ours is a hundredth of it.
const MOST_BYTES: usize = 5 * 1024 * 1024;

pub(super) fn operations() -> Vec<Operation> {
    const PATH: &str = "/v/{token}";
    vec![
        Operation { id: "verification_start", method: Method::GET, path: "/v", register: || web::to(start) },
        Operation { id: "verify_letter", method: Method::GET, path: PATH, register: || web::to(show) },
        Operation { id: "compare_letter", method: Method::POST, path: PATH, register: || web::to(compare) },
    ]
}

/// What stands on the paper, for who reads the page in another language.
fn on_paper(kind: LetterRowKind) -> &'static str {
    match kind {
        LetterRowKind::Receipt => "Bukti Penerimaan",
        LetterRowKind::DeficiencyList => "Daftar Kekurangan",
        LetterRowKind::ActivationNotice => "Pemberitahuan Kode Aktivasi",
        LetterRowKind::RefusalNotice => "Penolakan Permohonan",
        LetterRowKind::EmailChangeNotice => "Pemberitahuan Perubahan Email",
    }
}

/// What an uploaded file turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Compared {
    Same,
    Other,
    NotPdf,
    TooLarge,
    Missing,
}

#[derive(Serialize)]
struct Successor<'a> {
    number: &'a str,
    date: NaiveDate,
}

#[derive(Serialize)]
struct View<'a> {
    kind: &'static str,
    kind_on_paper: &'static str,
    number: &'a str,
    date: NaiveDate,
    office: &'a str,
    addressee: &'a str,
    standing: &'static str,
    /// The letter that holds instead of a replaced one.
    successor: Option<Successor<'a>>,
    seal: Option<SealView<'a>>,
    compared: Option<Compared>,
}

/// What somebody compares with what the PDF reader shows of the seal.
#[derive(Serialize)]
struct SealView<'a> {
    subject: &'a str,
    serial: &'a str,
    sha256: String,
}

impl<'a> SealView<'a> {
    fn of(seal: &'a FileSignature) -> Self {
        let sha256 = data_encoding::HEXLOWER.encode(&seal.certificate_sha256);
        Self { subject: &seal.certificate_subject, serial: &seal.certificate_serial, sha256 }
    }
}

fn page(
    linked: &Linked,
    letter: &VerifiedLetter,
    compared: Option<Compared>,
) -> Result<HttpResponse, Trouble> {
    let (standing, successor) = match &letter.standing {
        Standing::Valid => ("valid", None),
        Standing::PairEnded => ("pair_ended", None),
        Standing::Replaced { number, dated_on } => ("replaced", Some(Successor { number, date: *dated_on })),
    };
    let view = View {
        kind: letter.kind.as_str(),
        kind_on_paper: on_paper(letter.kind),
        number: &letter.number,
        date: letter.dated_on,
        office: &letter.office_name,
        addressee: &letter.addressee,
        standing,
        successor,
        seal: letter.seal.as_ref().map(SealView::of),
        compared,
    };
    let status = match compared {
        None | Some(Compared::Same | Compared::Other) => StatusCode::OK,
        Some(Compared::NotPdf | Compared::TooLarge | Compared::Missing) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    linked.show_as(status, "linked/verification.html", &view)
}

#[derive(Serialize)]
struct StartView {}

/// A field for the characters under the QR code, for who cannot scan it.
async fn start(
    request: HttpRequest,
    linked: Linked,
    Query(typed): Query<Typed>,
) -> Result<HttpResponse, Trouble> {
    let token = typed.get("token");
    if token.is_empty() {
        return linked.show("linked/verification_start.html", &StartView {});
    }
    let bare: String = token.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(64).collect();
    let asked = Language::asked(request.query_string());
    let language = asked.map(|language| format!("?bahasa={}", language.code())).unwrap_or_default();
    let target = format!("/v/{}{language}", if bare.is_empty() { "-" } else { &bare });
    Ok(HttpResponse::SeeOther().insert_header((LOCATION, target)).finish())
}

async fn show(
    request: HttpRequest,
    office: Data<Office>,
    linked: Linked,
    from: From,
) -> Result<HttpResponse, Trouble> {
    let letter = find(&office, &request, from).await?;
    page(&linked, &letter, None)
}

async fn compare(
    request: HttpRequest,
    office: Data<Office>,
    linked: Linked,
    from: From,
    body: Multipart,
) -> Result<HttpResponse, Trouble> {
    same_origin(&request)?;
    let letter = find(&office, &request, from).await?;
    let compared = match hash(body).await? {
        Upload::Pdf(sha256) => {
            if is_stored_file(&office, letter.id, &sha256).await? {
                Compared::Same
            } else {
                Compared::Other
            }
        }
        Upload::NotPdf => Compared::NotPdf,
        Upload::TooLarge => Compared::TooLarge,
        Upload::Missing => Compared::Missing,
    };
    page(&linked, &letter, Some(compared))
}

async fn find(office: &Office, request: &HttpRequest, From(from): From) -> Result<VerifiedLetter, Trouble> {
    verify_letter(office, from, Token::of(request).as_str()).await.map_err(trouble)
}

/// A malformed token and one that no letter has are answered alike.
fn trouble(error: AppError) -> Trouble {
    match error {
        AppError::NotFound(_) => Trouble::UnknownLetter,
        AppError::TooManyAttempts { .. } => Trouble::from(error).while_verifying(),
        other => other.into(),
    }
}

enum Upload {
    Pdf([u8; 32]),
    NotPdf,
    TooLarge,
    Missing,
}

/// Reads the first file of the form to its end, keeping only its hash.
async fn hash(mut body: Multipart) -> Result<Upload, Trouble> {
    let Some(mut field) = body.try_next().await.map_err(|_| Trouble::WrongForm)? else {
        return Ok(Upload::Missing);
    };
    let mut digest = Sha256::new();
    let mut head: Vec<u8> = Vec::new();
    let mut size = 0;
    while let Some(piece) = field.next().await {
        let piece = piece.map_err(|_| Trouble::WrongForm)?;
        size += piece.len();
        if size > MOST_BYTES {
            return Ok(Upload::TooLarge);
        }
        head.extend(piece.iter().take(5 - head.len().min(5)));
        digest.update(&piece);
    }
    Ok(match (size, head.as_slice()) {
        (0, _) => Upload::Missing,
        (_, b"%PDF-") => Upload::Pdf(digest.finalize().into()),
        _ => Upload::NotPdf,
    })
}
