//! The mails of the demo, in memory and bounded.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};

use super::{
    mail::ReadableMail,
    smtp::{Delivery, Desk, Moment, Verdict},
};
use crate::clock::SharedClock;

/// A mail with its number. `to` is the envelope, so a blind copy shows where it went.
#[derive(Debug)]
pub(super) struct Kept {
    /// Counts up from 1 and is never used again, also not after the box was emptied.
    pub id: u64,
    pub at: DateTime<Utc>,
    pub to: Vec<String>,
    pub size: usize,
    pub mail: ReadableMail,
}

/// The last mails, newest first. Holds at most [`Mailbox::MAX_MAILS`] and [`Mailbox::MAX_BYTES`]; the oldest go first.
pub(super) struct Mailbox {
    clock: SharedClock,
    kept: Mutex<Shelf>,
}

#[derive(Default)]
struct Shelf {
    last_id: u64,
    bytes: usize,
    mails: VecDeque<Arc<Kept>>,
}

impl Mailbox {
    const MAX_MAILS: usize = 500;
    const MAX_BYTES: usize = 128 * 1024 * 1024;

    pub fn new(clock: SharedClock) -> Self {
        Self { clock, kept: Mutex::default() }
    }

    pub fn put(&self, delivery: &Delivery) {
        let at = self.clock.now();
        let mail = ReadableMail::parse(&delivery.content);
        let size = delivery.content.len();
        let mut store = self.shelf();
        store.last_id += 1;
        store.bytes += size;
        let id = store.last_id;
        store.mails.push_front(Arc::new(Kept { id, at, to: delivery.to.clone(), size, mail }));
        while store.mails.len() > Self::MAX_MAILS || (store.bytes > Self::MAX_BYTES && store.mails.len() > 1)
        {
            let gone = store.mails.pop_back().map_or(0, |kept| kept.size);
            store.bytes -= gone;
        }
    }

    pub fn find(&self, id: u64) -> Option<Arc<Kept>> {
        self.shelf().mails.iter().find(|kept| kept.id == id).cloned()
    }

    /// Newest first, those that the filter lets through.
    pub fn list(&self, filter: impl Fn(&Kept) -> bool) -> Vec<Arc<Kept>> {
        self.shelf().mails.iter().filter(|kept| filter(kept)).cloned().collect()
    }

    pub fn clear(&self) {
        let mut store = self.shelf();
        store.mails.clear();
        store.bytes = 0;
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk for Mailbox {
    async fn decide(&self, _: Moment) -> Verdict {
        Verdict::GoOn
    }

    async fn take(&self, delivery: Delivery) -> Verdict {
        self.put(&delivery);
        Verdict::GoOn
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    fn delivery(bytes: usize) -> Delivery {
        let mut content = b"Subject: s\r\n\r\n".to_vec();
        content.resize(bytes, b'x');
        Delivery { from: String::new(), to: vec!["a@example.com".to_owned()], content, encrypted: false }
    }

    #[test]
    fn only_the_last_500_mails_are_kept_newest_first() {
        let mailbox = Mailbox::new(Arc::new(SystemClock));
        (0..502).for_each(|_| mailbox.put(&delivery(20)));

        let ids: Vec<u64> = mailbox.list(|_| true).iter().map(|kept| kept.id).collect();
        assert_eq!((ids.len(), ids[0], ids[499]), (500, 502, 3));
        mailbox.clear();
        mailbox.put(&delivery(20));
        assert_eq!(mailbox.list(|_| true)[0].id, 503, "a number is never used again");
    }

    #[test]
    fn large_mails_push_older_ones_out() {
        let mailbox = Mailbox::new(Arc::new(SystemClock));
        (0..5).for_each(|_| mailbox.put(&delivery(Mailbox::MAX_BYTES / 4)));

        assert_eq!(mailbox.list(|_| true).len(), 4);
    }
}
