//! What a version changes of the wording that is in force today.

use std::{collections::BTreeSet, fmt::Write as _};

use similar::TextDiff;

use super::{ZONE, find, kind_of, text_of};
use crate::{
    app::{AppError, Office, actor},
    domain::ids::{SessionId, TemplateId},
    letters::{LetterKind, TemplateText},
    store,
};

/// The changes, in the unified form that programmers know.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The version in force today in Jakarta.
    pub against: i32,
    /// Empty when nothing differs.
    pub text: String,
}

pub async fn version_difference(
    office: &Office,
    session: SessionId,
    id: TemplateId,
) -> Result<Difference, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    actor::authenticate(&mut tx, session, now).await?.operator()?;
    let row = find(&mut tx, id).await?;
    let kind = kind_of(&row)?;
    let new = text_of(&mut tx, &row).await?;
    let today = now.with_timezone(&ZONE).date_naive();
    let named = store::letter_templates::in_force(&mut tx, &row.kind, today).await?;
    let against = named.map_or(row.version, |named| named.version);
    let old = store::letter_templates::text(&mut tx, &row.kind, against)
        .await?
        .ok_or(AppError::NotFound("letter_template"))?;
    tx.rollback().await?;
    let old = TemplateText { source: old.source, pieces: old.pieces };
    Ok(Difference { against, text: between(kind, (against, &old), (row.version, &new)) })
}

/// The file of the letter first, then each piece that either of them has.
fn between(kind: LetterKind, old: (i32, &TemplateText), new: (i32, &TemplateText)) -> String {
    let mut text = String::new();
    let mut file = |name: &str, before: &str, after: &str| {
        if before != after {
            let _ = write!(
                text,
                "{}",
                TextDiff::from_lines(before, after)
                    .unified_diff()
                    .header(&format!("{name}, versi {}", old.0), &format!("{name}, versi {}", new.0))
            );
        }
    };
    file(&format!("letters/{kind}"), &old.1.source, &new.1.source);
    let names: BTreeSet<&String> = old.1.pieces.keys().chain(new.1.pieces.keys()).collect();
    for name in names {
        let piece = |of: &TemplateText| of.pieces.get(name).cloned().unwrap_or_default();
        file(name, &piece(old.1), &piece(new.1));
    }
    text
}
