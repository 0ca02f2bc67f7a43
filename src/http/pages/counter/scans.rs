//! Scans that come with a form. Each is taken in at once, whatever else is wrong with the form: it is there when the form is
//! shown again.

use crate::{
    app::{
        AppError,
        callers::Caller,
        documents::{UploadError, upload_document},
    },
    domain::{ids::DocumentId, names::DocumentKind},
    http::pages::frame::{FormFaults, PageError, SentFiles, Staff},
};

/// Those that were taken in before, and those that come now.
pub(super) async fn take_scans(
    staff: &Staff,
    sent: &mut SentFiles,
    faults: &mut FormFaults,
) -> Result<Vec<DocumentId>, PageError> {
    let caller = Caller::Staff(staff.session());
    let mut documents: Vec<DocumentId> =
        sent.typed.all("document").filter_map(|id| id.parse().ok()).collect();
    while let Some(file) = sent.next_file().await? {
        let Some(kind) =
            file.field.strip_prefix("berkas-").and_then(|kind| kind.parse::<DocumentKind>().ok())
        else {
            continue;
        };
        if file.name.is_empty() {
            continue;
        }
        let why = match upload_document(staff.office(), &caller, kind, &file.name, file.bytes).await {
            Ok(document) => {
                documents.push(document.id);
                continue;
            }
            Err(UploadError::BrokenOff) => return Err(PageError::WrongForm),
            Err(UploadError::App(AppError::Invalid(found))) => {
                let count = found.iter().any(|fault| fault.code == "too_many_documents");
                staff.say(if count { "e.file.count" } else { "filing.file.none" }, &[])
            }
            Err(UploadError::App(AppError::UploadsBusy)) => staff.say("intake.busy", &[]),
            Err(UploadError::App(AppError::UnsupportedFile)) => staff.say("intake.unsupported", &[]),
            Err(UploadError::App(AppError::TooLarge { .. })) => staff.say("intake.too_large", &[]),
            Err(UploadError::App(error)) => return Err(error.into()),
        };
        faults.add(&file.field, why);
    }
    Ok(documents)
}
