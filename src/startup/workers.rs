//! The workers of this process.

use std::sync::Arc;

use super::Database;
use crate::{app::Office, mail::Mailer};

/// Workers that run until they are stopped.
pub(super) struct Workers {
    _office: Office,
    _mailer: Arc<dyn Mailer>,
}

impl Workers {
    pub(super) fn start(_database: &Database, office: Office, mailer: Arc<dyn Mailer>) -> Self {
        Self { _office: office, _mailer: mailer }
    }

    /// Takes no more jobs and hands back those in hand.
    pub(super) async fn stop(self) {}
}
