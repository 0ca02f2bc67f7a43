//! Tells receivers of events, apart from all other work: nothing else waits for a receiver, and a receiver waits for no other.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use tokio::time::sleep;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    app::{AppError, Office, webhooks::deliver_next},
    webhook::Sender,
};

/// Receivers that one process talks to at the same time.
const AT_ONCE: usize = 8;
/// Events are looked for this often: acts do not ring for them.
const POLL: Duration = Duration::from_secs(1);

/// Starts the senders of one process.
pub(super) fn start(tasks: &TaskTracker, office: &Office, sender: &Sender, stop: &CancellationToken) {
    for _ in 0..AT_ONCE {
        tasks.spawn(keep_sending(office.clone(), sender.clone(), stop.clone()));
    }
}

/// Sends until the stop. A message that is on its way then is seen to its end, which is ten seconds away at most; one that is cut
/// off is sent again under its id.
async fn keep_sending(office: Office, sender: Sender, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match AssertUnwindSafe(deliver_next(&office, &sender)).catch_unwind().await {
            Ok(Ok(Some(_))) => continue,
            Ok(Ok(None)) => {}
            Ok(Err(error)) => tracing::error!("a sender of events cannot reach the database: {error}"),
            Err(_) => tracing::error!("a sender of events panicked; its message will be sent again"),
        }
        stop.run_until_cancelled(sleep(POLL)).await;
    }
}

/// Sends every event that is due, one after the other. Returns how many tries that were. For tests.
pub async fn send_ready(office: &Office, sender: &Sender) -> Result<usize, AppError> {
    let mut tries = 0;
    while deliver_next(office, sender).await?.is_some() {
        tries += 1;
    }
    Ok(tries)
}
