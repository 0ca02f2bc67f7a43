//! What operators see and do about work that is not done and mails that did not arrive.

mod give_up_mail;
mod list;
mod overview;
mod retry;

pub use give_up_mail::give_up_mail;
pub use list::{Wanted, find, list};
pub use overview::{Overview, failed_mail, held_addresses, mail_of_desk, overview};
pub use retry::{retry, retry_buried};
