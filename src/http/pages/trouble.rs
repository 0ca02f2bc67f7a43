//! Pages for what went wrong, each with what to do next.

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header::RETRY_AFTER},
};
use serde::Serialize;

use super::linked::Linked;
use crate::{
    app::AppError,
    domain::credential::LinkState,
    http::{problem, request_id},
};

/// Why a page cannot show what was asked for. Holds nothing that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    Unknown,
    /// No letter has this token.
    UnknownLetter,
    Ended(LinkState),
    /// The form came in another shape than the page sends it, or from another site.
    WrongForm,
    TooOften {
        seconds: i64,
    },
    /// Too many letters were looked up from one network.
    TooManyLetters {
        seconds: i64,
    },
    Unavailable,
    Broken,
}

#[derive(Serialize)]
struct View {
    /// `{key}.title` and `{key}.meaning` are texts of the catalogue, each of `next` is one.
    key: &'static str,
    next: &'static [&'static str],
    seconds: Option<i64>,
    request_id: Option<String>,
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.status_code())
    }
}

impl From<AppError> for Trouble {
    fn from(error: AppError) -> Self {
        match error {
            AppError::NotFound(_) => Self::Unknown,
            AppError::LinkEnded(state) => Self::Ended(state),
            AppError::TooManyAttempts { retry_after } => {
                Self::TooOften { seconds: ((retry_after.num_milliseconds() + 999) / 1_000).max(1) }
            }
            AppError::Unavailable(error) => {
                tracing::warn!(error = format!("{error:#}"), "a page could not be served for now");
                Self::Unavailable
            }
            other => {
                tracing::error!(
                    error = format!("{:#}", anyhow::Error::new(other)),
                    "a page failed by our fault"
                );
                Self::Broken
            }
        }
    }
}

impl Trouble {
    /// The same, said of looking letters up.
    pub const fn while_verifying(self) -> Self {
        match self {
            Self::TooOften { seconds } => Self::TooManyLetters { seconds },
            Self::Unknown
            | Self::UnknownLetter
            | Self::Ended(_)
            | Self::WrongForm
            | Self::TooManyLetters { .. }
            | Self::Unavailable
            | Self::Broken => self,
        }
    }

    fn view(self) -> View {
        let (key, next): (_, &[&str]) = match self {
            Self::Unknown => ("l.unknown", &["l.unknown.open", "l.unknown.office"]),
            Self::UnknownLetter => ("l.no_letter", &["l.no_letter.typed", "l.no_letter.office"]),
            Self::TooManyLetters { .. } => ("l.many_letters", &["l.many_letters.after"]),
            Self::Ended(LinkState::Expired) => ("l.expired", &["l.ask_office"]),
            Self::Ended(LinkState::Open | LinkState::Revealed | LinkState::Closed) => {
                ("l.closed", &["l.closed.newer", "l.closed.noted", "l.ask_office"])
            }
            Self::WrongForm => ("l.wrong_form", &["l.wrong_form.open"]),
            Self::TooOften { .. } => ("l.too_often", &["l.too_often.prepare", "l.too_often.right"]),
            Self::Unavailable => ("l.unavailable", &["l.unavailable.again"]),
            Self::Broken => ("l.broken", &["l.broken.again", "l.broken.number"]),
        };
        let shows_id = matches!(self, Self::Broken);
        View { key, next, seconds: self.seconds(), request_id: request_id::current().filter(|_| shows_id) }
    }

    const fn seconds(self) -> Option<i64> {
        match self {
            Self::TooOften { seconds } | Self::TooManyLetters { seconds } => Some(seconds),
            Self::Unknown
            | Self::UnknownLetter
            | Self::Ended(_)
            | Self::WrongForm
            | Self::Unavailable
            | Self::Broken => None,
        }
    }

    /// The page that says it, in the language of whoever came. `None`: not even that can be drawn.
    pub fn page(self, linked: &Linked) -> Option<HttpResponse> {
        let mut response = linked.show_as(self.status_code(), "linked/trouble.html", &self.view()).ok()?;
        let wait = self.seconds().or_else(|| matches!(self, Self::Unavailable).then_some(5));
        if let Some(seconds) = wait {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        Some(response)
    }
}

impl ResponseError for Trouble {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Unknown | Self::UnknownLetter => StatusCode::NOT_FOUND,
            Self::Ended(_) => StatusCode::GONE,
            Self::WrongForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooOften { .. } | Self::TooManyLetters { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Where no page can be drawn: the frame puts the page in its place.
    fn error_response(&self) -> HttpResponse {
        problem::internal().response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::pages::frame::{Language, word};

    #[test]
    fn every_trouble_says_in_both_languages_what_it_means_and_what_to_do() {
        let states = [LinkState::Open, LinkState::Revealed, LinkState::Closed, LinkState::Expired];
        let troubles = [
            Trouble::Unknown,
            Trouble::UnknownLetter,
            Trouble::WrongForm,
            Trouble::TooOften { seconds: 4 },
            Trouble::TooManyLetters { seconds: 4 },
            Trouble::Unavailable,
            Trouble::Broken,
        ];
        for trouble in troubles.into_iter().chain(states.map(Trouble::Ended)) {
            let view = trouble.view();
            let own = ["title", "meaning"].map(|part| format!("{}.{part}", view.key));
            let keys = own.iter().map(String::as_str).chain(view.next.iter().copied());
            for key in keys {
                for language in Language::ALL {
                    let text = word(language, key).unwrap_or_else(|| panic!("{trouble:?}: no text {key}"));
                    assert!(!text.contains("{seconds}") || view.seconds.is_some(), "{key}");
                }
            }
            assert!(!view.next.is_empty());
            assert_ne!(trouble.status_code(), StatusCode::OK);
        }
    }
}
