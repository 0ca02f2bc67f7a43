//! The pages about the interface itself (contract, problems): one shell, templates inside the binary, every value escaped.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use serde::Serialize;

use super::assets;
use super::headers::PAGE_POLICY;
use super::problem::{self, ApiError};

/// Every template, by name. Pages start with `{% extends "base.html" %}` and fill `title` and `main`.
const TEMPLATES: [(&str, &str); 3] = [
    ("base.html", include_str!("templates/base.html")),
    ("docs.html", include_str!("templates/docs.html")),
    ("problem.html", include_str!("templates/problem.html")),
];

static ENVIRONMENT: LazyLock<Result<Environment<'static>, minijinja::Error>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_global("style", assets::style_path());
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    Ok(environment)
});

/// Whether all templates can be read. Called at start, so that a broken one never waits for its first reader.
pub fn check_templates() -> Result<(), &'static minijinja::Error> {
    ENVIRONMENT.as_ref().map(|_| ())
}

/// A page as HTML text.
pub fn html(template: &str, view: &impl Serialize) -> Result<String, ApiError> {
    let rendered = ENVIRONMENT.as_ref().map_err(ToString::to_string).and_then(|environment| {
        environment
            .get_template(template)
            .and_then(|template| template.render(Value::from(minijinja::value::Serde(view))))
            .map_err(|error| error.to_string())
    });
    rendered.map_err(|error| {
        // The message names template and line; values are not part of it.
        tracing::error!(template, error, "page cannot be rendered");
        problem::internal().into()
    })
}

/// A page as an answer, with the policy of pages.
pub fn respond(status: StatusCode, html: impl Into<String>) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY))
        .insert_header((CONTENT_LANGUAGE, "id"))
        .body(html.into())
}

/// Renders and answers.
pub fn render(status: StatusCode, template: &str, view: &impl Serialize) -> Result<HttpResponse, ApiError> {
    Ok(respond(status, html(template, view)?))
}
