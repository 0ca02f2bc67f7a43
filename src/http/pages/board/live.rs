//! Says when the figures of a board changed, as server-sent events: only that they did, and when. The page then fetches itself.
//!
//! A stream ends with its session and with the process, takes one of [`PLACES`], and keeps no session alive.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode, header},
    web::{self, Bytes, Query},
};
use futures_util::stream::unfold;
use serde_json::json;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use super::PATH;
use crate::{
    app::{
        AppError, Office,
        views::pulse::{Pulse, pulse},
    },
    domain::{ids::SessionId, office::OfficeCode},
    http::pages::frame::{Page, PageError, Staff, Typed, WATCHES, page},
};

/// Streams of one process. Who finds none free asks from time to time instead.
static PLACES: Semaphore = Semaphore::const_new(64);
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Looks without news after which a line is sent, so that nothing between cuts the connection.
const QUIET: u32 = 3;

pub(super) fn pages() -> Vec<Page> {
    vec![page("board_news", Method::GET, "/papan/kabar", WATCHES, || web::to(listen))]
}

struct Listener {
    office: Office,
    session: SessionId,
    only: Option<OfficeCode>,
    seen: Pulse,
    stop: CancellationToken,
    _place: SemaphorePermit<'static>,
}

async fn listen(staff: Staff, request: HttpRequest, asked: Query<Typed>) -> Result<HttpResponse, PageError> {
    let by_script = request.headers().get(header::ACCEPT).is_some_and(|kind| kind == "text/event-stream");
    if !by_script {
        return Ok(staff.go(PATH));
    }
    let only = match asked.get("kantor") {
        "" => None,
        code => Some(code.parse().map_err(|_| PageError::Unknown)?),
    };
    let Ok(place) = PLACES.try_acquire() else {
        return Ok(HttpResponse::build(StatusCode::SERVICE_UNAVAILABLE)
            .insert_header((header::RETRY_AFTER, "30"))
            .finish());
    };
    let office = staff.office().clone();
    let seen = pulse(&office, staff.session(), only).await?;
    let stop = office.stopping();
    let listener = Listener { office, session: staff.session(), only, seen, stop, _place: place };
    let opening = Bytes::from_static(b"retry: 10000\n\n");
    let news = unfold((listener, Some(opening)), |(mut listener, opening)| async move {
        let line = match opening {
            Some(opening) => opening,
            None => listener.next().await?,
        };
        Some((Ok::<_, AppError>(line), (listener, None)))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(Box::pin(news)))
}

impl Listener {
    /// The next line. `None`: the session or the process ends.
    async fn next(&mut self) -> Option<Bytes> {
        for _ in 0..QUIET {
            self.stop.run_until_cancelled(sleep(LOOK_EVERY)).await?;
            let seen = match pulse(&self.office, self.session, self.only).await {
                Ok(seen) => seen,
                Err(AppError::Unauthenticated | AppError::Forbidden | AppError::NotFound(_)) => return None,
                // What passes ends no stream: all of them would come back at once.
                Err(_) => continue,
            };
            if seen != self.seen {
                let at = self.office.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
                self.seen = seen;
                return Some(Bytes::from(format!("event: changed\ndata: {}\n\n", json!({ "at": at }))));
            }
        }
        Some(Bytes::from_static(b": still here\n\n"))
    }
}
