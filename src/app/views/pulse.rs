//! Whether a board shows something else than before. Many who watch one scope cost one look.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::Value;
use tokio::{sync::Mutex as Turn, time::Instant};

use super::{board::board, sla_summary::scope};
use crate::{
    app::{AppError, Office, actor, page_session},
    domain::{ids::SessionId, names::Scope, office::OfficeCode},
};

/// For so long a look serves everybody. Shorter than the time between two looks of one who watches.
const FRESH: Duration = Duration::from_secs(4);

/// What a board showed, to find out whether it shows something else now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pulse(u64);

/// What a board is of: people with the same one see the same figures.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Watched {
    scope: Scope,
    office: Option<OfficeCode>,
    kanwil: Option<String>,
}

type Last = Arc<Turn<Option<(Instant, Pulse)>>>;

/// The last look at each board of this process. There are as many as offices and Kanwil at most.
#[derive(Default)]
pub struct Pulses(Mutex<HashMap<Watched, Last>>);

impl Pulses {
    fn of(&self, watched: Watched) -> Last {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(watched).or_default().clone()
    }
}

/// What the board shows now, in short, or did up to four seconds ago.
///
/// Errors: those of [`board`], also when the session has ended or was idle for too long; who asks is looked at each time.
pub async fn pulse(office: &Office, session: SessionId, only: Option<OfficeCode>) -> Result<Pulse, AppError> {
    if page_session::look(office, session).await?.is_none() {
        return Err(AppError::Unauthenticated);
    }
    let last = office.pulses.of(watched(office, session, only).await?);
    let mut last = last.lock().await;
    if let Some((_, pulse)) = last.filter(|(at, _)| at.elapsed() < FRESH) {
        return Ok(pulse);
    }
    let looked_at = Instant::now();
    let pulse = look(office, session, only).await?;
    *last = Some((looked_at, pulse));
    Ok(pulse)
}

async fn watched(office: &Office, session: SessionId, only: Option<OfficeCode>) -> Result<Watched, AppError> {
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, office.now()).await?;
    let (scope, offices) = scope(&mut tx, &colleague, only).await?;
    tx.rollback().await?;
    Ok(Watched {
        scope,
        office: offices.first().copied().filter(|_| scope == Scope::Office),
        kanwil: colleague.kanwil.filter(|_| scope == Scope::Kanwil),
    })
}

async fn look(office: &Office, session: SessionId, only: Option<OfficeCode>) -> Result<Pulse, AppError> {
    let mut board = serde_json::to_value(board(office, session, only).await?)
        .map_err(|error| AppError::Internal(error.into()))?;
    board["as_of"] = Value::Null;
    // Counted again is no news, counted otherwise is.
    if let Some(letters) = board["letters"].as_object_mut() {
        letters.remove("counted_at");
    }
    let mut hasher = DefaultHasher::new();
    board.to_string().hash(&mut hasher);
    Ok(Pulse(hasher.finish()))
}
