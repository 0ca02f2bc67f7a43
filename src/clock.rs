//! The one place where the present is read.

use std::sync::Arc;

use chrono::{DateTime, Utc};

/// A source of the present instant. Passed in everywhere, so that tests can stand still.
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> DateTime<Utc>;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// A clock shared by the parts of one process.
pub type SharedClock = Arc<dyn Clock>;
