//! Connections that wait for the next message.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// What is kept longer is closed; relays close them after minutes.
const IDLE_FOR: Duration = Duration::from_secs(30);
const MAX_IDLE: usize = 4;

/// Holds at most [`MAX_IDLE`] connections and gives none away that waited for [`IDLE_FOR`]. What falls off is closed, at
/// the next message at the latest.
pub(super) struct Shelf<T>(Mutex<Vec<(T, Instant)>>);

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Shelf<T> {
    /// The one that was used last, so that the others grow old and go.
    pub(super) fn take(&self, now: Instant) -> Option<T> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(_, since)| now.saturating_duration_since(*since) < IDLE_FOR);
        idle.pop().map(|(connection, _)| connection)
    }

    pub(super) fn put(&self, connection: T, now: Instant) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(_, since)| now.saturating_duration_since(*since) < IDLE_FOR);
        if idle.len() < MAX_IDLE {
            idle.push((connection, now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_used_last_comes_first_and_no_more_than_four_wait() {
        let (shelf, now) = (Shelf::default(), Instant::now());
        (1..=5).for_each(|connection| shelf.put(connection, now));

        let taken: Vec<i32> = std::iter::from_fn(|| shelf.take(now)).collect();

        assert_eq!(taken, [4, 3, 2, 1]);
    }

    #[test]
    fn those_that_waited_too_long_keep_no_place() {
        let (shelf, now) = (Shelf::default(), Instant::now());
        (1..=4).for_each(|_| shelf.put("old", now));

        shelf.put("new", now + IDLE_FOR);

        assert_eq!(shelf.take(now + IDLE_FOR), Some("new"));
    }

    #[test]
    fn a_connection_that_waited_too_long_is_not_used_again() {
        let (shelf, now) = (Shelf::default(), Instant::now());
        shelf.put("old", now);
        shelf.put("young", now + IDLE_FOR / 2);

        let later = now + IDLE_FOR;

        assert_eq!(shelf.take(later), Some("young"));
        assert_eq!(shelf.take(later), None);
    }
}
