//! Which wording a letter takes. The database says it anew for each letter, so that every replica knows of a version as
//! soon as it is approved; the text is read and parsed once in a process, under the SHA-256 that names it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::NaiveDate;
use sqlx::PgConnection;

use crate::{
    app::{AppError, Office},
    letters::{LetterKind, LetterTemplate, TemplateText, Templates},
    store::{self, letter_templates::Named},
};

/// More versions than an installation has; a shelf that is full is cleared.
const MOST: usize = 256;

/// Parsed versions, by kind and SHA-256 of the text.
#[derive(Default)]
pub(in crate::app) struct Shelf(Mutex<Parsed>);

type Parsed = HashMap<(LetterKind, Vec<u8>), Arc<LetterTemplate>>;

impl Shelf {
    /// Begins with the wording that the program carries in itself.
    pub(in crate::app) fn with(templates: &Templates) -> Self {
        let shelf = Self::default();
        for template in LetterKind::ALL.iter().filter_map(|kind| templates.built_in(*kind).ok()) {
            shelf.put(Arc::clone(template));
        }
        shelf
    }

    fn get(&self, kind: LetterKind, sha256: &[u8]) -> Option<Arc<LetterTemplate>> {
        self.held().get(&(kind, sha256.to_vec())).cloned()
    }

    fn put(&self, template: Arc<LetterTemplate>) {
        let mut held = self.held();
        if held.len() >= MOST {
            held.clear();
        }
        held.insert((template.kind(), template.sha256().to_vec()), template);
    }

    fn held(&self) -> MutexGuard<'_, Parsed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The wording in force on a day of an office.
pub(in crate::app) async fn in_force(
    office: &Office,
    conn: &mut PgConnection,
    kind: LetterKind,
    on: NaiveDate,
) -> Result<Arc<LetterTemplate>, AppError> {
    let named = named_in_force(conn, kind, on).await?;
    parsed(office, conn, kind, &named).await
}

/// Its number, for a letter that is rendered later.
pub(in crate::app) async fn version_in_force(
    conn: &mut PgConnection,
    kind: LetterKind,
    on: NaiveDate,
) -> Result<i32, AppError> {
    Ok(named_in_force(conn, kind, on).await?.version)
}

/// The wording that a letter or a draft was made with; `None` when this database never recorded it.
pub(in crate::app) async fn kept(
    office: &Office,
    conn: &mut PgConnection,
    kind: LetterKind,
    version: i32,
) -> Result<Option<Arc<LetterTemplate>>, AppError> {
    match store::letter_templates::kept(conn, kind.as_str(), version).await? {
        Some(named) => Ok(Some(parsed(office, conn, kind, &named).await?)),
        None => Ok(None),
    }
}

async fn named_in_force(conn: &mut PgConnection, kind: LetterKind, on: NaiveDate) -> Result<Named, AppError> {
    store::letter_templates::in_force(conn, kind.as_str(), on)
        .await?
        .ok_or_else(|| AppError::Internal(anyhow::anyhow!("no wording of {kind} is in force on {on}")))
}

pub(super) async fn parsed(
    office: &Office,
    conn: &mut PgConnection,
    kind: LetterKind,
    named: &Named,
) -> Result<Arc<LetterTemplate>, AppError> {
    if let Some(template) = office.shelf.get(kind, &named.sha256) {
        return Ok(template);
    }
    let wrong = |what: &str| {
        AppError::Internal(anyhow::anyhow!("the wording of {kind}, version {}, {what}", named.version))
    };
    let text = store::letter_templates::text(conn, kind.as_str(), named.version)
        .await?
        .ok_or_else(|| wrong("is not there"))?;
    let text = TemplateText { source: text.source, pieces: text.pieces };
    let template = LetterTemplate::read(kind, &text).map_err(|faults| {
        wrong(&format!("cannot be read: {}", faults.first().map(ToString::to_string).unwrap_or_default()))
    })?;
    if template.sha256().as_slice() != named.sha256 {
        return Err(wrong("does not have its SHA-256"));
    }
    let template = Arc::new(template);
    office.shelf.put(Arc::clone(&template));
    Ok(template)
}
