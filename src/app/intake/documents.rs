//! Are the documents there, and is anything still missing?

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::{
    app::AppError,
    domain::{
        document_policy::{self, Case},
        fault::Faults,
        form::RawForm,
        ids::DocumentId,
        names::{Capacity, DocumentKind, Kind, ReprintReason},
        regime::Regime,
        request::Request,
        state::StateName,
    },
    store::{
        self,
        documents::{Document, Owner},
    },
};

/// The uploads that the form names, if they are the filer's own, unused and recent; a fault for every one that is not.
pub(super) async fn own_uploads(
    conn: &mut PgConnection,
    ids: &[DocumentId],
    owner: Owner,
    uploaded_after: DateTime<Utc>,
    faults: &mut Faults,
) -> Result<Vec<Document>, AppError> {
    let found = store::documents::find_many(conn, ids).await?;
    let mut own = Vec::new();
    for (index, id) in ids.iter().enumerate() {
        match found.iter().find(|document| document.id == *id) {
            Some(document)
                if document.owner == owner && !document.attached && document.uploaded_at > uploaded_after =>
            {
                own.push(document.clone());
            }
            _ => faults.add(
                format!("/documents/{index}"),
                "unknown_document",
                "Dokumen ini tidak ada, sudah dipakai, atau kedaluwarsa. Unggah kembali.",
            ),
        }
    }
    Ok(own)
}

/// What decides which documents are needed, as far as the form says it.
pub(in crate::app) fn cases(raw: &RawForm, bundle: bool) -> Vec<Case> {
    let kinds = if bundle {
        vec![Kind::UpdateEmail, Kind::Reprint]
    } else {
        raw.kind.as_deref().and_then(|kind| kind.parse().ok()).into_iter().collect()
    };
    let capacity = raw.signer.capacity.parse::<Capacity>().unwrap_or(Capacity::Pkp);
    let reason = raw.reprint.as_ref().and_then(|reprint| reprint.reason.parse::<ReprintReason>().ok());
    kinds
        .into_iter()
        .map(|kind| Case {
            kind,
            capacity,
            reprint_reason: reason.filter(|_| kind == Kind::Reprint),
            has_sibling_reprint: bundle && kind == Kind::UpdateEmail,
        })
        .collect()
}

/// What decides which documents a received request needs. A sibling that was withdrawn or lapsed counts no more:
/// otherwise a bundle would be a way around the original letter.
pub(in crate::app) async fn case_of(conn: &mut PgConnection, request: &Request) -> Result<Case, AppError> {
    let sibling = store::requests::sibling(conn, request).await?;
    let has_sibling_reprint = sibling.is_some_and(|(_, kind, state)| {
        kind == Kind::Reprint && !matches!(state, StateName::Withdrawn | StateName::Lapsed)
    });
    Ok(Case {
        kind: request.kind,
        capacity: request.filed.signer_capacity,
        reprint_reason: request.filed.reprint_reason,
        has_sibling_reprint,
    })
}

/// A fault for every requirement that is neither met nor declared as *cannot supply*.
pub(super) fn completeness(regime: &Regime, cases: &[Case], supplied: &[DocumentKind], faults: &mut Faults) {
    let mut told = Vec::new();
    for requirement in
        cases.iter().flat_map(|case| document_policy::missing(&regime.documents, *case, supplied))
    {
        if told.contains(&requirement) {
            continue;
        }
        told.push(requirement);
        let names = requirement.any_of.iter().map(|kind| kind.title()).collect::<Vec<_>>().join(" atau ");
        let codes = requirement.any_of.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" atau ");
        faults.add(
            "/documents",
            "missing_document",
            format!(
                "{names} belum dilampirkan. Unggah sebagai {codes}, atau sebutkan pada cannot_supply beserta alasannya."
            ),
        );
    }
}
