//! `/n/{token}`: "this was not us".

use actix_web::{
    HttpRequest, HttpResponse,
    http::Method,
    web::{self, Data},
};
use serde::Serialize;

use super::{
    form::{Token, same_origin},
    linked::Linked,
    trouble::Trouble,
};
use crate::{
    app::{
        Office,
        credentials::report_not_us::{NotUsView, report_not_us, view_not_us},
    },
    domain::credential::LinkState,
    http::Operation,
};

pub(super) fn operations() -> Vec<Operation> {
    const PATH: &str = "/n/{token}";
    vec![
        Operation { id: "not_us_form", method: Method::GET, path: PATH, register: || web::to(explain) },
        Operation { id: "report_not_us", method: Method::POST, path: PATH, register: || web::to(report) },
    ]
}

#[derive(Serialize)]
struct View<'a> {
    office_name: &'a str,
    office_phone: Option<&'a str>,
}

fn show(linked: &Linked, template: &str, link: &NotUsView) -> Result<HttpResponse, Trouble> {
    linked
        .show(template, &View { office_name: &link.office_name, office_phone: link.office_phone.as_deref() })
}

async fn explain(
    request: HttpRequest,
    office: Data<Office>,
    linked: Linked,
) -> Result<HttpResponse, Trouble> {
    let link = view_not_us(&office, Token::of(&request).as_str()).await?;
    match link.state {
        LinkState::Open => show(&linked, "linked/not_us_form.html", &link),
        ended @ (LinkState::Revealed | LinkState::Closed | LinkState::Expired) => Err(Trouble::Ended(ended)),
    }
}

async fn report(request: HttpRequest, office: Data<Office>, linked: Linked) -> Result<HttpResponse, Trouble> {
    same_origin(&request)?;
    let link = report_not_us(&office, Token::of(&request).as_str()).await?;
    show(&linked, "linked/not_us_done.html", &link)
}
