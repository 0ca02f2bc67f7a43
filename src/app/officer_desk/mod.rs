//! The desk of those who examine: the queue with its counts, search, saved views, a checklist that remembers, notes, and
//! who else has the same request open.

pub mod check;
pub mod intake;
pub mod note;
pub mod queue;
pub mod saved_views;
pub mod search;
pub mod view;
