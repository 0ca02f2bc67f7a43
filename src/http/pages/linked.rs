//! The pages that mails and letters lead to: what their address holds is all that they ask for.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::{
        StatusCode,
        header::{CONTENT_SECURITY_POLICY, HeaderValue},
    },
};
use serde::Serialize;

use super::{frame::Visit, trouble::Trouble};
use crate::http::headers::PAGE_POLICY;

pub const TEMPLATES: &[(&str, &str)] = &[
    ("linked/frame.html", include_str!("../templates/linked/frame.html")),
    ("linked/not_us_done.html", include_str!("../templates/linked/not_us_done.html")),
    ("linked/not_us_form.html", include_str!("../templates/linked/not_us_form.html")),
    ("linked/password_form.html", include_str!("../templates/linked/password_form.html")),
    ("linked/password_shown.html", include_str!("../templates/linked/password_shown.html")),
    ("linked/trouble.html", include_str!("../templates/linked/trouble.html")),
    ("linked/verification.html", include_str!("../templates/linked/verification.html")),
    ("linked/verification_start.html", include_str!("../templates/linked/verification_start.html")),
];

/// Somebody who followed a link or a QR code. Nobody is known by a session here, and no cookie is set.
pub struct Linked(Visit);

impl Linked {
    /// `None`: there is no office to visit.
    pub fn of(request: &HttpRequest) -> Option<Self> {
        Visit::linked(request).map(Self)
    }

    pub fn show(&self, template: &str, view: &impl Serialize) -> Result<HttpResponse, Trouble> {
        self.show_as(StatusCode::OK, template, view)
    }

    pub fn show_as(
        &self,
        status: StatusCode,
        template: &str,
        view: &impl Serialize,
    ) -> Result<HttpResponse, Trouble> {
        let mut response = self.0.show_as(status, template, view).map_err(|_| Trouble::Broken)?;
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
        Ok(response)
    }
}

impl FromRequest for Linked {
    type Error = Trouble;
    type Future = Ready<Result<Self, Trouble>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request).ok_or(Trouble::Broken))
    }
}
