//! Notices: people hear of a limit before it breaks, one step up the office at a time, in the hours of their office, each
//! of them once.
//!
//! What was told is a row, unique by round, due date, threshold and person; it is written in one transaction with the
//! mails that carry it. So a crash loses none and repeats none, two workers tell nothing twice, and a due date that moved
//! is told anew.

mod acknowledge;
mod address;
mod channels;
mod digest;
mod raise;
mod see;

pub use acknowledge::{acknowledge, acknowledge_all, acknowledge_these};
pub use address::{get_address, set_address};
pub use digest::{DigestFigures, DueRow, make_digests};
pub use raise::raise_notices;
pub use see::{NoticeView, Notices, see_notices};

pub(in crate::app) use channels::standing_rows;
