//! Every page. A page is one file; the foundation that all of them stand on is in `frame`.
//!
//! The pages that mails and letters lead to (`password_link`, `not_us`, `verification`, all [`linked`]) are plain forms: no
//! script, no cookie, nothing from elsewhere. In the two links of mails the token in the path is the secret. Logs hold the pattern
//! of the route only, answers are not stored and send no referrer, and a GET changes nothing, whoever opens it.

pub mod account;
pub mod board;
pub mod calculator;
pub mod corrections;
pub mod counter;
mod email_doubt;
pub mod everyone;
mod form;
pub mod frame;
pub mod head;
pub mod help;
mod linked;
mod not_us;
pub mod notices;
pub mod officer;
pub mod operator;
mod password_link;
pub mod patterns;
pub mod post;
mod said;
pub mod taxpayer;
mod trouble;
mod verification;

use super::Operation;
use frame::Page;

/// The pages that mails and letters lead to; they are part of the contract.
pub fn operations() -> Vec<Operation> {
    [password_link::operations(), not_us::operations(), verification::operations()].concat()
}

/// The pages of the site, for people only.
pub fn site() -> Vec<Page> {
    [
        account::pages(),
        board::pages(),
        calculator::pages(),
        corrections::pages(),
        counter::pages(),
        everyone::pages(),
        head::pages(),
        help::pages(),
        notices::pages(),
        officer::pages(),
        operator::pages(),
        patterns::pages(),
        post::pages(),
        taxpayer::pages(),
    ]
    .concat()
}
