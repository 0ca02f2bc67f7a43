//! A version as a letter, made from the sample data of the program with dots for the code.

use std::sync::Arc;

use super::{faults, find, kind_of, text_of};
use crate::{
    app::{AppError, Office, actor, render_letter::preview_letter},
    domain::ids::{SessionId, TemplateId},
    letters::{LetterTemplate, Rendered, Tried, VersionFault},
};

/// The letter. A text that cannot be made into one answers with its faults.
pub async fn preview_version(
    office: &Office,
    session: SessionId,
    id: TemplateId,
) -> Result<Rendered, AppError> {
    let mut tx = office.begin().await?;
    actor::authenticate(&mut tx, session, office.now()).await?.operator()?;
    let row = find(&mut tx, id).await?;
    let text = text_of(&mut tx, &row).await?;
    tx.rollback().await?;
    let kind = kind_of(&row)?;
    let faulty = |found: Vec<VersionFault>| AppError::TemplateFaulty(faults::all(&found));
    let template = LetterTemplate::read(kind, &text)
        .map_err(|found| faulty(found.into_iter().map(VersionFault::Wording).collect()))?;
    match preview_letter(office, Arc::new(template), office.templates.sample(kind)).await {
        Err(AppError::NotRenderable(error)) => {
            Err(faulty(vec![VersionFault::NotRenderable { tried: Tried::Sample, error }]))
        }
        rendered => rendered,
    }
}
