//! A new version is drafted, and its drafter changes the text until it is approved.

use std::collections::BTreeMap;

use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{ZONE, faults, kind_of, lock, national, record_act, text_of};
use crate::{
    app::{AppError, Office, actor},
    domain::{
        ids::{SessionId, TemplateId},
        letter_template::BUILT_IN_BELOW,
    },
    letters::{LetterKind, TemplateText, version_of},
    store::{self, letter_templates::Text},
};

/// The text as it was written. Pieces that are left out stay as they are in the version that it follows.
#[derive(Debug, Clone)]
pub struct RawText {
    pub source: String,
    pub pieces: BTreeMap<String, String>,
}

/// Keeps a draft. It may still have faults; only its front matter must be readable, and bear the next number.
pub async fn draft_version(
    office: &Office,
    session: SessionId,
    kind: LetterKind,
    raw: RawText,
) -> Result<TemplateId, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let operator = national(&actor::authenticate(&mut tx, session, now).await?)?;
    let number = next_number(&mut tx, kind).await?;
    let earlier = pieces_in_force(office, &mut tx, kind).await?;
    let text = read(kind, raw, earlier, number)?;
    let id = TemplateId(Uuid::now_v7());
    store::letter_templates::insert_draft(&mut tx, id, kind.as_str(), number, &text, operator.id, now)
        .await
        .map_err(|error| match error.constraint() {
            // Somebody drafted a version with this number meanwhile.
            Some("letter_templates_version_key") => wrong_number(kind, number + 1),
            _ => error.into(),
        })?;
    let row = (id, kind.as_str(), number);
    record_act(office, &mut tx, operator, "draft_letter_template", row, json!({})).await?;
    tx.commit().await?;
    Ok(id)
}

/// Replaces the text of a draft, by its drafter, when it was not changed since `revision`.
pub async fn edit_version(
    office: &Office,
    session: SessionId,
    id: TemplateId,
    revision: i32,
    raw: RawText,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let operator = national(&actor::authenticate(&mut tx, session, now).await?)?;
    let row = lock(&mut tx, id, revision).await?;
    let kind = kind_of(&row)?;
    row.state.edit()?;
    if row.drafted_by != Some(operator.id) {
        return Err(AppError::Forbidden);
    }
    let earlier = text_of(&mut tx, &row).await?.pieces;
    let text = read(kind, raw, earlier, row.version)?;
    store::letter_templates::save_text(&mut tx, id, revision, &text).await?;
    let of = (id, row.kind.as_str(), row.version);
    record_act(
        office,
        &mut tx,
        operator,
        "edit_letter_template",
        of,
        json!({ "replaced_revision": revision }),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

async fn next_number(conn: &mut PgConnection, kind: LetterKind) -> Result<i32, AppError> {
    let highest = store::letter_templates::highest_own(conn, kind.as_str()).await?;
    Ok(highest.unwrap_or(BUILT_IN_BELOW) + 1)
}

async fn pieces_in_force(
    office: &Office,
    conn: &mut PgConnection,
    kind: LetterKind,
) -> Result<BTreeMap<String, String>, AppError> {
    let today = office.now().with_timezone(&ZONE).date_naive();
    let named = store::letter_templates::in_force(conn, kind.as_str(), today).await?;
    let text = match named {
        Some(named) => store::letter_templates::text(conn, kind.as_str(), named.version).await?,
        None => None,
    };
    Ok(text.map(|text| text.pieces).unwrap_or_default())
}

fn read(
    kind: LetterKind,
    raw: RawText,
    mut pieces: BTreeMap<String, String>,
    number: i32,
) -> Result<Text, AppError> {
    pieces.extend(raw.pieces.into_iter().map(|(name, text)| (name, plain_lines(&text))));
    let source = plain_lines(&raw.source);
    if source.contains('\0') || pieces.values().any(|text| text.contains('\0')) {
        return Err(AppError::fault("/source", "character", "Hapus karakter U+0000 dari naskah."));
    }
    let named = version_of(kind, &source).map_err(|error| faults::of_draft(&error))?;
    if i64::from(named) != i64::from(number) {
        return Err(wrong_number(kind, number));
    }
    let text = TemplateText::complete(kind, source, &pieces).map_err(|error| faults::of_draft(&error))?;
    let sha256 = text.sha256(kind).to_vec();
    Ok(Text { source: text.source, pieces: text.pieces, sha256 })
}

fn wrong_number(kind: LetterKind, number: i32) -> AppError {
    AppError::fault(
        "/source",
        "version",
        &format!("Tulis version: {number} di kepala letters/{kind}; itu nomor versi berikutnya."),
    )
}

/// A text that was written on Windows says the same.
fn plain_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}
