//! `/p/{token}`: the one-time link to a password.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode},
    web::{self, Data},
};
use serde::Serialize;

use super::{
    form::{Token, TypedTaxId, same_origin},
    linked::Linked,
    trouble::Trouble,
};
use crate::{
    app::{
        AppError, Office,
        credentials::reveal_password::{LinkView, Revealed, reveal_password, view_link},
    },
    domain::credential::{LinkState, MAX_REVEALS, REVEAL_WINDOW_MINUTES},
    http::Operation,
};

pub(super) fn operations() -> Vec<Operation> {
    const PATH: &str = "/p/{token}";
    vec![
        Operation { id: "password_link_form", method: Method::GET, path: PATH, register: || web::to(form) },
        Operation { id: "reveal_password", method: Method::POST, path: PATH, register: || web::to(reveal) },
    ]
}

#[derive(Serialize)]
struct FormView<'a> {
    office_name: &'a str,
    office_phone: Option<&'a str>,
    /// A password was shown already; another one takes its place.
    again: bool,
    most: i32,
    window_minutes: i64,
    typed: &'a str,
    /// The NPWP that was typed is not the one of the link.
    wrong: bool,
}

fn form_page(linked: &Linked, link: &LinkView, wrong: Option<&str>) -> Result<HttpResponse, Trouble> {
    let view = FormView {
        office_name: &link.office_name,
        office_phone: link.office_phone.as_deref(),
        again: link.state == LinkState::Revealed,
        most: MAX_REVEALS,
        window_minutes: REVEAL_WINDOW_MINUTES,
        typed: wrong.unwrap_or_default(),
        wrong: wrong.is_some(),
    };
    let status = if view.wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    linked.show_as(status, "linked/password_form.html", &view)
}

/// The link, while it can be used.
async fn usable(office: &Office, token: &Token) -> Result<LinkView, Trouble> {
    let link = view_link(office, token.as_str()).await?;
    match link.state {
        LinkState::Open | LinkState::Revealed => Ok(link),
        ended @ (LinkState::Closed | LinkState::Expired) => Err(Trouble::Ended(ended)),
    }
}

async fn form(request: HttpRequest, office: Data<Office>, linked: Linked) -> Result<HttpResponse, Trouble> {
    let link = usable(&office, &Token::of(&request)).await?;
    form_page(&linked, &link, None)
}

#[derive(Serialize)]
struct ShownView<'a> {
    pkp_name: &'a str,
    password: &'a str,
    reveals_left: i32,
    window_minutes: i64,
}

async fn reveal(
    request: HttpRequest,
    office: Data<Office>,
    linked: Linked,
    TypedTaxId(typed): TypedTaxId,
) -> Result<HttpResponse, Trouble> {
    same_origin(&request)?;
    let token = Token::of(&request);
    match reveal_password(&office, token.as_str(), &typed).await {
        Ok(revealed) => shown(&linked, &revealed),
        Err(AppError::Invalid(_)) => {
            let link = usable(&office, &token).await?;
            let typed: String = typed.chars().take(60).collect();
            form_page(&linked, &link, Some(&typed))
        }
        Err(error) => Err(error.into()),
    }
}

fn shown(linked: &Linked, revealed: &Revealed) -> Result<HttpResponse, Trouble> {
    let view = ShownView {
        pkp_name: &revealed.pkp_name,
        password: revealed.password.reveal(),
        reveals_left: revealed.reveals_left,
        window_minutes: REVEAL_WINDOW_MINUTES,
    };
    linked.show("linked/password_shown.html", &view)
}
