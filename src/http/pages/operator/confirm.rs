//! The page before what is not taken back: what it is about, what follows, and why.

use actix_web::{HttpResponse, http::StatusCode};
use serde::Serialize;

use super::faults::in_words;
use crate::{
    app::AppError,
    domain::{fault::Fault, line::Line},
    http::pages::frame::{FormFaults, PageError, Staff},
};

/// A fact of what an act is about.
#[derive(Debug, Serialize)]
pub(super) struct Fact {
    /// The key of its label.
    label: &'static str,
    /// The key of what it says, or what it says itself.
    key: Option<String>,
    text: String,
}

impl Fact {
    pub(super) fn text(label: &'static str, text: impl Into<String>) -> Self {
        Self { label, key: None, text: text.into() }
    }

    pub(super) fn key(label: &'static str, key: impl Into<String>) -> Self {
        Self { label, key: Some(key.into()), text: String::new() }
    }
}

/// What is asked. `words` begins the keys of title, explanation and button.
#[derive(Debug, Serialize)]
pub(super) struct Question {
    pub words: &'static str,
    pub facts: Vec<Fact>,
    pub action: String,
    pub back: String,
    /// What cannot be taken back looks so.
    pub danger: bool,
    /// Whether a reason is asked for and recorded.
    pub asks_why: bool,
}

#[derive(Serialize)]
struct View<'a> {
    ask: &'a Question,
    reason: &'a str,
    faults: FormFaults,
}

pub(super) fn ask(staff: &Staff, question: &Question) -> Result<HttpResponse, PageError> {
    let view = View { ask: question, reason: "", faults: FormFaults::default() };
    staff.show("operator/confirm.html", &view)
}

/// The same question once more, with what was typed and what is wrong with it.
pub(super) fn ask_again(
    staff: &Staff,
    question: &Question,
    reason: &str,
    faults: &[Fault],
) -> Result<HttpResponse, PageError> {
    let view = View { ask: question, reason, faults: in_words(staff, faults) };
    staff.show_as(StatusCode::UNPROCESSABLE_ENTITY, "operator/confirm.html", &view)
}

/// The reason as it is recorded.
pub(super) fn reason(typed: &str) -> Result<Line<500>, AppError> {
    Line::parse(typed).map_err(|error| match typed.trim() {
        "" => AppError::fault("/reason", "required", "Isi alasan tindakan ini."),
        _ => AppError::fault("/reason", error.code(), &error.detail()),
    })
}
