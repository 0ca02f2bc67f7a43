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
pub mod reports;
mod said;
pub mod taxpayer;
mod trouble;
mod verification;

use std::{collections::HashMap, sync::LazyLock};

use actix_web::http::Method;

use super::Operation;
use frame::{Access, Page};

static ACCESS: LazyLock<HashMap<(Method, &'static str), Access>> = LazyLock::new(|| {
    site().into_iter().map(|page| ((page.operation.method, page.operation.path), page.access)).collect()
});

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
        reports::pages(),
        taxpayer::pages(),
    ]
    .concat()
}

/// Whom the table of pages gives this route to. What is not in the table is for everyone.
fn access_to(method: &Method, pattern: Option<&str>) -> Access {
    let table: &HashMap<(Method, &str), Access> = &ACCESS;
    let given = pattern.and_then(|pattern| table.get(&(method.clone(), pattern)));
    given.copied().unwrap_or(Access::Everyone)
}
