//! What offices print their letters on and with.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{StoreError, error::one_row};
use crate::domain::{names::OfficePaper, office::OfficeCode};

/// The file of an emblem.
pub async fn emblem(conn: &mut PgConnection, sha256: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(sqlx::query_scalar!("select content from emblems where sha256 = $1", sha256)
        .fetch_optional(conn)
        .await?)
}

/// Keeps a file that was checked. The same file twice is one row.
pub async fn keep_emblem(
    conn: &mut PgConnection,
    sha256: &[u8],
    content: &[u8],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into emblems (sha256, content, added_at) values ($1, $2, $3) on conflict (sha256) do nothing",
        sha256,
        content,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The emblem of the letters that the office signs from now on; none: the placeholder.
pub async fn set_emblem(
    conn: &mut PgConnection,
    code: OfficeCode,
    sha256: Option<&[u8]>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update offices set emblem_sha256 = $2, updated_at = $3, version = version + 1 where office_code = $1",
        code.as_str(),
        sha256,
        now
    )
    .execute(conn)
    .await?;
    one_row("offices", written.rows_affected())
}

/// The paper of the letters that the office signs from now on.
pub async fn set_paper(
    conn: &mut PgConnection,
    code: OfficeCode,
    paper: OfficePaper,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update offices set paper = $2, updated_at = $3, version = version + 1 where office_code = $1",
        code.as_str(),
        paper.as_str(),
        now
    )
    .execute(conn)
    .await?;
    one_row("offices", written.rows_affected())
}
