//! What readiness and the start ask of the database.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, migrate::MigrateError};

use super::{MIGRATOR, StoreError};

/// The clock of the database.
pub async fn database_now(conn: &mut PgConnection) -> Result<DateTime<Utc>, StoreError> {
    Ok(sqlx::query_scalar!(r#"select clock_timestamp() as "now!""#).fetch_one(conn).await?)
}

/// The last year whose calendar is complete, when every year from `year` on to it is.
pub async fn calendar_reaches(conn: &mut PgConnection, year: i32) -> Result<Option<i32>, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select max(year) as "year" from (
               select year, year - row_number() over (order by year) as run from calendar_years where year >= $1) years
           where run = $1 - 1"#,
        year
    )
    .fetch_one(conn)
    .await?)
}

/// Applies what is missing, as the owner of the schema, and lets the runtime role see how far it is.
pub async fn migrate(owner: &PgPool) -> Result<(), MigrateError> {
    MIGRATOR.run(owner).await?;
    sqlx::query("grant select on _sqlx_migrations to aktivasi_app").execute(owner).await?;
    Ok(())
}

/// Whether every migration of this program is applied.
pub async fn is_migrated(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let newest = MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or_default();
    // Written without the macro: the table is made by the migrator itself, not by a migration.
    let known: Option<String> =
        sqlx::query_scalar("select to_regclass('_sqlx_migrations')::text").fetch_one(&mut *conn).await?;
    if known.is_none() {
        return Ok(false);
    }
    Ok(sqlx::query_scalar("select exists(select from _sqlx_migrations where version >= $1 and success)")
        .bind(newest)
        .fetch_one(conn)
        .await?)
}
