//! Versions as operators see them.

use std::collections::HashMap;

use sqlx::PgConnection;

use super::{find, text_of};
use crate::{
    app::{AppError, Office, actor},
    domain::{
        ids::{SessionId, StaffId, TemplateId},
        letter_template::TemplateState,
    },
    letters::{LetterKind, TemplateText},
    store::{self, letter_templates::TemplateRow},
};

/// A version with the names of who acted on it.
#[derive(Debug, Clone)]
pub struct TemplateView {
    pub row: TemplateRow,
    names: HashMap<StaffId, String>,
}

impl TemplateView {
    /// The foreign keys of the database guarantee that everybody has a name.
    pub fn name_of(&self, id: StaffId) -> &str {
        self.names.get(&id).map_or("", String::as_str)
    }
}

/// Versions by kind, newest number first, after the given one; at most `limit`.
pub async fn list_versions(
    office: &Office,
    session: SessionId,
    kind: Option<LetterKind>,
    after: Option<(String, i32)>,
    limit: i64,
) -> Result<Vec<TemplateView>, AppError> {
    let mut tx = office.begin().await?;
    actor::authenticate(&mut tx, session, office.now()).await?.operator()?;
    let kind = kind.map(LetterKind::as_str);
    let rows = store::letter_templates::list_page(&mut tx, kind, after, limit).await?;
    let people: Vec<StaffId> = rows.iter().flat_map(people).collect();
    let names = store::staff::names(&mut tx, &people).await?;
    Ok(rows.into_iter().map(|row| TemplateView { row, names: names.clone() }).collect())
}

/// A version with its text.
pub async fn get_version(
    office: &Office,
    session: SessionId,
    id: TemplateId,
) -> Result<(TemplateView, TemplateText), AppError> {
    let mut tx = office.begin().await?;
    actor::authenticate(&mut tx, session, office.now()).await?.operator()?;
    let row = find(&mut tx, id).await?;
    let text = text_of(&mut tx, &row).await?;
    Ok((view(&mut tx, row).await?, text))
}

async fn view(conn: &mut PgConnection, row: TemplateRow) -> Result<TemplateView, AppError> {
    let names = store::staff::names(conn, &people(&row)).await?;
    Ok(TemplateView { row, names })
}

fn people(row: &TemplateRow) -> Vec<StaffId> {
    let acted = match row.state {
        TemplateState::Draft => None,
        TemplateState::Approved { by, .. } => by,
        TemplateState::Withdrawn { by, .. } => Some(by),
    };
    row.drafted_by.into_iter().chain(acted).collect()
}
