//! Before it is sent, and sending it: the same checks and the same act as for any other filing.

use super::{Filing, Progress, open_filing};
use crate::{
    app::{
        AppError, Office,
        callers::ProofToken,
        intake::{
            Receipt,
            file_request::{Filer, FilingCall, file_request},
            preflight::preflight,
        },
    },
    domain::{
        fault::Fault,
        form::{Filing as Files, RawForm},
        names::Wanted,
    },
};

/// What would be wrong if it were sent now. Tells nothing that the registry or another request says.
pub async fn check_filing(
    office: &Office,
    token: &ProofToken,
    filing: &Filing,
) -> Result<Vec<Fault>, AppError> {
    let form = form(filing);
    preflight(office, Filer::Proof(token.sha256()), &call(filing, &form, "")).await
}

/// Sends it. Sent twice, it is received once.
pub async fn send_filing(office: &Office, token: &ProofToken) -> Result<Vec<Receipt>, AppError> {
    match open_filing(office, token).await? {
        Progress::Open(filing) => {
            let form = form(&filing);
            let key = filing.id.to_string();
            file_request(office, Filer::Proof(token.sha256()), &call(&filing, &form, &key)).await
        }
        Progress::ProveAgain(_) => Err(AppError::Unauthenticated),
        Progress::Sent => Err(AppError::AlreadyDone("filing_sent")),
    }
}

fn form(filing: &Filing) -> RawForm {
    let documents = filing.documents.iter().map(|document| document.id).collect();
    RawForm { documents, ..filing.form.clone() }
}

fn call<'a>(filing: &Filing, form: &'a RawForm, key: &'a str) -> FilingCall<'a> {
    FilingCall { filing: files(filing.wanted), form, counter: None, idempotency_key: key }
}

/// How it is filed.
pub(super) fn files(wanted: Wanted) -> Files {
    match wanted {
        Wanted::NewCredentials | Wanted::Reprint | Wanted::UpdateEmail | Wanted::MoveOffice => Files::Single,
        Wanted::Bundle => Files::Bundle,
    }
}
