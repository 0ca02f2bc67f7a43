//! The list of causes for a letter that was issued late.

use serde::Serialize;
use sqlx::PgConnection;

use super::StoreError;

/// A cause with its words.
#[derive(Debug, Clone, Serialize)]
pub struct OverdueCause {
    pub code: String,
    pub label_id: String,
    pub label_en: String,
    /// It says nothing without a sentence beside it.
    pub needs_detail: bool,
}

/// The causes that can be chosen, in their order.
pub async fn list(conn: &mut PgConnection) -> Result<Vec<OverdueCause>, StoreError> {
    Ok(sqlx::query_as!(
        OverdueCause,
        "select code, label_id, label_en, needs_detail from overdue_causes where active order by position"
    )
    .fetch_all(conn)
    .await?)
}

/// A cause by its code, also one that is chosen no more.
pub async fn find(conn: &mut PgConnection, code: &str) -> Result<Option<OverdueCause>, StoreError> {
    Ok(sqlx::query_as!(
        OverdueCause,
        "select code, label_id, label_en, needs_detail from overdue_causes where code = $1",
        code
    )
    .fetch_optional(conn)
    .await?)
}
