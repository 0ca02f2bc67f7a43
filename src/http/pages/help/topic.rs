//! `/bantuan/{topic}`: one answer, and what is asked beside it.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Path},
};
use minijinja::Value;
use serde::Serialize;

use super::{GROUPS, index::Heading, texts::help};
use crate::http::pages::frame::{Access, Page, PageError, Visit, page};

pub(super) fn pages() -> Vec<Page> {
    vec![page("help_topic", Method::GET, "/bantuan/{topic}", Access::Everyone, || web::to(show))]
}

#[derive(Serialize)]
struct View<'a> {
    title: &'a str,
    text: Value,
    group: &'static str,
    beside: Vec<Heading<'a>>,
}

async fn show(visit: Visit, name: Path<String>) -> Result<HttpResponse, PageError> {
    let help = help(visit.preferences().language)?;
    let topic = help.topic(&name).ok_or(PageError::Unknown)?;
    let (group, names) =
        GROUPS.iter().find(|(_, names)| names.contains(&topic.name.as_str())).ok_or(PageError::Unknown)?;
    let beside = names
        .iter()
        .filter(|other| **other != topic.name)
        .filter_map(|other| help.topic(other))
        .map(|other| Heading { name: &other.name, title: &other.title })
        .collect();
    let text = Value::from_safe_string(topic.html.clone());
    visit.show("help/topic.html", &View { title: &topic.title, text, group, beside })
}
