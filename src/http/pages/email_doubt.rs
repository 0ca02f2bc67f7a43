//! What makes a typed address doubtful. Whoever typed it decides.

use serde::Serialize;

use super::frame::Visit;
use crate::{
    app::mail_domains::takes_no_mail,
    domain::{email_address::EmailAddress, email_typo},
};

#[derive(Debug, Default, Serialize)]
pub struct EmailDoubt {
    /// What was probably meant.
    meant: Option<String>,
    /// The domain, which takes no mail.
    no_mail: Option<String>,
}

impl EmailDoubt {
    pub async fn of(visit: &Visit, email: &EmailAddress) -> Self {
        if let Some(meant) = email_typo::meant(email) {
            return Self { meant: Some(meant.to_string()), no_mail: None };
        }
        let silent = takes_no_mail(visit.office(), email).await;
        Self { meant: None, no_mail: silent.then(|| email.domain().to_owned()) }
    }

    pub fn is_none(&self) -> bool {
        self.meant.is_none() && self.no_mail.is_none()
    }
}
