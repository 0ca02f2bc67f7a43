//! The daily balance of letters.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Data, Query},
};
use chrono::NaiveDate;
use serde::Deserialize;

use super::text::{self, Page};
use crate::{
    app::{
        Office,
        views::letter_balance::{Wanted, letter_balance, letters_of_figure},
    },
    domain::{delivery::LetterClass, ids::LetterId, office::OfficeCode},
    http::{Operation, extract::StaffSession, problem::ApiError},
};

pub(super) fn operations() -> Vec<Operation> {
    let get = |id, path, register| Operation { id, method: Method::GET, path, register };
    vec![
        get("letter_balance", "/api/v1/letter-balance", || web::to(balance)),
        get("letters_of_figure", "/api/v1/letter-balance/letters", || web::to(behind)),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    office_code: Option<OfficeCode>,
    on: Option<NaiveDate>,
}

async fn balance(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    asked: Query<Asked>,
) -> Result<HttpResponse, ApiError> {
    let wanted = Wanted { office: asked.office_code, on: asked.on };
    Ok(HttpResponse::Ok().json(letter_balance(&office, session, wanted).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedLetters {
    class: Class,
    office_code: Option<OfficeCode>,
    on: Option<NaiveDate>,
    limit: Option<i64>,
    cursor: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Class {
    Delivered,
    Pending,
    Returned,
    GivenUp,
    Unexplained,
}

impl Class {
    fn class(self) -> Option<LetterClass> {
        match self {
            Self::Delivered => Some(LetterClass::Delivered),
            Self::Pending => Some(LetterClass::Pending),
            Self::Returned => Some(LetterClass::Returned),
            Self::GivenUp => Some(LetterClass::GivenUp),
            Self::Unexplained => None,
        }
    }
}

async fn behind(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    asked: Query<AskedLetters>,
) -> Result<HttpResponse, ApiError> {
    let limit = text::limit(asked.limit)?;
    let after = text::read_cursor(asked.cursor.as_deref())?.map(|(_, id)| LetterId(id));
    let wanted = Wanted { office: asked.office_code, on: asked.on };
    let rows = letters_of_figure(&office, session, wanted, asked.class.class(), (after, limit + 1)).await?;
    let page = Page::new(
        rows,
        usize::try_from(limit).unwrap_or_default(),
        |row| text::cursor("", row.letter_id.0),
        |row| row,
    );
    Ok(HttpResponse::Ok().json(page))
}
