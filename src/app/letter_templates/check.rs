//! Every fault that keeps a version from being approved.

use std::sync::Arc;

use super::{faults, find, kind_of, text_of};
use crate::{
    app::{AppError, Office, actor},
    domain::{
        fault::Fault,
        ids::{SessionId, TemplateId},
    },
    letters::{LetterKind, TemplateText},
};

/// What a check found.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Of the letter made from the sample; none when there are faults.
    pub pages: Option<u32>,
    pub faults: Vec<Fault>,
}

/// Front matter, statements, fields, and letters made dry from the sample and its variants.
pub async fn check_version(office: &Office, session: SessionId, id: TemplateId) -> Result<Checked, AppError> {
    let mut tx = office.begin().await?;
    actor::authenticate(&mut tx, session, office.now()).await?.operator()?;
    let row = find(&mut tx, id).await?;
    let text = text_of(&mut tx, &row).await?;
    tx.rollback().await?;
    Ok(match proven(office, kind_of(&row)?, text).await? {
        Ok(pages) => Checked { pages: Some(pages), faults: Vec::new() },
        Err(faults) => Checked { pages: None, faults },
    })
}

/// The pages of the sample, or every fault.
pub(super) async fn proven(
    office: &Office,
    kind: LetterKind,
    text: TemplateText,
) -> Result<Result<u32, Vec<Fault>>, AppError> {
    let templates = Arc::clone(&office.templates);
    let checked = tokio::task::spawn_blocking(move || templates.check_version(kind, &text))
        .await
        .map_err(|error| AppError::Internal(error.into()))?;
    Ok(checked.map_err(|faults| faults::all(&faults)))
}
