//! Wakes the workers after a commit. Never called inside a business transaction: a NOTIFY there would serialise
//! commits.

use std::sync::Arc;

use tokio::sync::Notify;

/// A bell that acts ring after they committed new jobs. Several rings before anybody looks count as one.
#[derive(Debug, Clone, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// Says that there may be new jobs.
    pub fn ring(&self) {
        self.0.notify_one();
    }

    /// Waits for the next ring.
    pub async fn rung(&self) {
        self.0.notified().await;
    }
}
