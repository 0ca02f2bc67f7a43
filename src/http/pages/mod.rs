//! The pages that mails and letters lead to. They are plain forms: no script, no cookie, nothing from elsewhere.
//!
//! In the two links of mails the token in the path is the secret. Logs hold the pattern of the route only, answers are not stored and send no
//! referrer, and a GET changes nothing, whoever opens it.

mod form;
mod not_us;
mod password_link;
mod trouble;
mod verification;

use super::Operation;

/// Every operation of the pages.
pub fn operations() -> Vec<Operation> {
    [password_link::operations(), not_us::operations(), verification::operations()].concat()
}

#[cfg(test)]
mod tests;
