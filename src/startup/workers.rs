//! How many workers a process runs, and how long it waits for them when it stops.

use std::{num::NonZero, sync::Arc, thread, time::Duration};

use super::Database;
use crate::{app::Office, jobs, mail::Mailer, webhook::Sender};

/// A job in hand may take this long before it is handed back.
const GRACE: Duration = Duration::from_secs(10);

/// Mail waits for relays more than it computes: twice as many as cores.
pub(super) fn start(
    database: &Database,
    office: Office,
    mailer: Arc<dyn Mailer>,
    sender: &Sender,
) -> jobs::Workers {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    jobs::Workers::start(database.pool(), office, mailer, sender, cores * 2)
}

/// Takes no more jobs, finishes those in hand within the grace, hands back the rest.
pub(super) async fn stop(workers: jobs::Workers) {
    workers.stop(GRACE).await;
}
