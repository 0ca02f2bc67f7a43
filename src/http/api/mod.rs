//! The operations of the interface, one file per noun.

mod account;
mod answers;
mod clients;
mod corrections;
mod credentials;
mod decrees;
mod documents;
mod email_proofs;
mod examination;
mod figures;
mod filing;
mod forecast;
mod form_body;
mod letter_balance;
mod letter_templates;
mod letters;
mod mail_reports;
mod monthly_reports;
mod notices;
mod oauth;
mod offices;
mod past;
mod printing;
mod requests;
mod sessions;
mod signing;
mod staff;
mod supervision;
mod tasks;
mod taxpayer_imports;
mod taxpayers;
mod text;
mod tracked;
mod tracking;
mod webhooks;

use super::{Operation, metrics, pages};

/// Every operation that needs the office: all under `/api/v1`, and the pages that mails lead to.
pub fn operations() -> Vec<Operation> {
    [
        offices::operations(),
        account::operations(),
        email_proofs::operations(),
        documents::operations(),
        filing::operations(),
        tracking::operations(),
        tracked::operations(),
        requests::operations(),
        examination::operations(),
        signing::operations(),
        letters::operations(),
        letter_templates::operations(),
        corrections::operations(),
        mail_reports::operations(),
        printing::operations(),
        figures::operations(),
        forecast::operations(),
        past::operations(),
        letter_balance::operations(),
        credentials::operations(),
        clients::operations(),
        oauth::operations(),
        supervision::operations(),
        pages::operations(),
        metrics::operations(),
        monthly_reports::operations(),
        notices::operations(),
        sessions::operations(),
        tasks::operations(),
        webhooks::operations(),
        taxpayer_imports::operations(),
        taxpayers::operations(),
        staff::operations(),
        decrees::operations(),
    ]
    .concat()
}
