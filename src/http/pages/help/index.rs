//! `/bantuan`: all topics, or those that a question is about.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Query},
};
use minijinja::Value;
use serde::{Deserialize, Serialize};

use super::{
    GROUPS,
    find::{Found, find},
    texts::help,
};
use crate::http::pages::frame::{Access, Page, PageError, Visit, page};

/// A question of this many letters says it.
const LONGEST: usize = 200;

pub(super) fn pages() -> Vec<Page> {
    vec![page("help", Method::GET, "/bantuan", Access::Everyone, || web::to(show))]
}

#[derive(Deserialize)]
struct Asked {
    q: Option<String>,
}

#[derive(Serialize)]
struct View<'a> {
    intro: Value,
    question: &'a str,
    /// `None`: nothing was asked.
    found: Option<Vec<Found<'a>>>,
    groups: Vec<Group<'a>>,
}

/// Topics under one heading.
#[derive(Serialize)]
struct Group<'a> {
    key: &'static str,
    topics: Vec<Heading<'a>>,
}

/// A topic by its title.
#[derive(Serialize)]
pub(super) struct Heading<'a> {
    pub name: &'a str,
    pub title: &'a str,
}

async fn show(visit: Visit, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let help = help(visit.preferences().language)?;
    let question: String = asked.q.as_deref().unwrap_or_default().trim().chars().take(LONGEST).collect();
    let heading = |name: &&'static str| {
        help.topic(name).map(|topic| Heading { name: &topic.name, title: &topic.title })
    };
    let view = View {
        intro: Value::from_safe_string(help.intro.clone()),
        found: (!question.is_empty()).then(|| find(help, &question)),
        groups: GROUPS
            .iter()
            .map(|(key, topics)| Group { key, topics: topics.iter().filter_map(heading).collect() })
            .collect(),
        question: &question,
    };
    visit.show("help/index.html", &view)
}
