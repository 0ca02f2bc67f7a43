//! Logs: one line for each event, JSON for machines or text for a person at a terminal, on standard output.
//!
//! What may be logged: ids, names of acts and states, counts, durations. Never a code, password, token, tax number,
//! name, address, path with a secret, client address or user agent.

use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use thiserror::Error;
use tracing::{Dispatch, Subscriber};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

use crate::settings::{LogFormat, LoggingSettings};

/// Names of the fields, so that one thing has one name in every log line. Units stand in the name.
pub mod field {
    pub const REQUEST_ID: &str = "request.id";
    pub const OFFICER_ID: &str = "officer.id";
    pub const JOB_ID: &str = "job.id";
    pub const HTTP_REQUEST_ID: &str = "http.request_id";
    pub const HTTP_METHOD: &str = "http.method";
    pub const HTTP_ROUTE: &str = "http.route";
    pub const HTTP_STATUS: &str = "http.status";
    pub const DURATION_MS: &str = "duration_ms";
}

/// Why logging could not be started.
#[derive(Debug, Error)]
pub enum TelemetryError {
    #[error("setting logging.filter is not a filter such as \"info,aktivasi=debug\"")]
    Filter(#[source] tracing_subscriber::filter::ParseError),
    #[error("logging is already running in this process")]
    Twice(#[source] tracing_subscriber::util::TryInitError),
}

/// Starts logging for the whole process. Call once, first.
pub fn init(settings: &LoggingSettings) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(&settings.filter).map_err(TelemetryError::Filter)?;
    match settings.format {
        LogFormat::Json => json(filter, io::stdout).try_init(),
        LogFormat::Text => tracing_subscriber::registry()
            .with(filter)
            .with(fmt::layer().with_writer(io::stdout).with_target(true))
            .try_init(),
    }
    .map_err(TelemetryError::Twice)
}

fn json<W>(filter: EnvFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    tracing_subscriber::registry().with(filter).with(
        fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(true)
            .with_writer(writer),
    )
}

/// Everything that was logged while this lives, in the production format. For tests that read the logs.
#[derive(Clone, Default)]
pub struct CapturedLogs(Arc<Mutex<Vec<u8>>>);

impl CapturedLogs {
    /// The lines so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for CapturedLogs {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for CapturedLogs {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

/// A subscriber that writes JSON lines at every level into a buffer, and the buffer.
///
/// Use with `tracing::subscriber::set_default` for one thread, or `set_global_default` for a whole test process.
pub fn capture() -> (impl Subscriber + Send + Sync, CapturedLogs) {
    // With a single subscriber, `tracing` lets the thread that reaches a log statement first decide for good whether
    // it is wanted: a thread of another test, which has no subscriber, would switch it off. With two it asks both.
    static COMPANION: LazyLock<Dispatch> =
        LazyLock::new(|| Dispatch::new(tracing_subscriber::registry().with(EnvFilter::new("trace"))));
    LazyLock::force(&COMPANION);
    let logs = CapturedLogs::default();
    (json(EnvFilter::new("trace"), logs.clone()), logs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_captured_line_is_json_with_the_fields_of_its_spans() {
        let (subscriber, logs) = capture();

        tracing::subscriber::with_default(subscriber, || {
            let _span = tracing::info_span!("http.request", http.request_id = "abc").entered();
            tracing::info!(duration_ms = 12, "done");
        });

        let line: serde_json::Value = serde_json::from_str(logs.text().lines().next().unwrap()).unwrap();
        assert_eq!(line["message"], "done");
        assert_eq!(line["duration_ms"], 12);
        assert_eq!(line["spans"][0]["http.request_id"], "abc");
    }
}
