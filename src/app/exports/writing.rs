use std::sync::Arc;

use futures_util::{Stream, TryStreamExt, stream::BoxStream};
use sqlx::{Acquire, PgConnection, PgPool};
use tokio::sync::OwnedSemaphorePermit;

use super::{Cell, Export, Format, LONGEST, Piece, Pieces, Table};
use crate::{
    app::{AppError, Office},
    store::{self, StoreError},
};

/// The statement whose rows a file holds.
pub(super) type Rows =
    Box<dyn for<'c> FnOnce(&'c mut PgConnection) -> BoxStream<'c, Result<Vec<Cell>, StoreError>> + Send>;

/// A place among the files that this process writes at once.
pub(super) fn place(office: &Office) -> Result<OwnedSemaphorePermit, AppError> {
    Arc::clone(&office.exports)
        .try_acquire_owned()
        .map_err(|_| AppError::Unavailable(anyhow::anyhow!("too many exports at once")))
}

/// Begins to write a file; its bytes come as they are read.
pub(super) fn written(
    office: &Office,
    place: OwnedSemaphorePermit,
    format: Format,
    file_name: String,
    (table, rows): (Table, Rows),
) -> Export<impl Stream<Item = Piece> + Send + 'static> {
    let (pieces, bytes) = Pieces::channel();
    let pool = office.pool.clone();
    office.spawn(async move {
        let _place = place;
        if let Err(error) = write(&pool, rows, table, &pieces).await {
            // The reader sees that the body broke off; there may be no reader any more.
            let _ = pieces.send(Err(error)).await;
        }
    });
    Export { file_name, format, bytes }
}

/// Rows of one statement, and so of one moment. A reader who leaves ends the statement with its connection.
async fn write(pool: &PgPool, rows: Rows, table: Table, pieces: &Pieces) -> Result<(), AppError> {
    let mut conn = pool.acquire().await?;
    let mut tx = conn.begin().await?;
    let written = tokio::time::timeout(LONGEST, all_rows(&mut tx, rows, table, pieces)).await;
    if let Ok(Ok(true)) = written {
        tx.rollback().await?;
    } else {
        drop(tx);
        drop(conn.detach());
    }
    match written {
        Ok(written) => written.map(|_| ()),
        Err(_) => Err(AppError::Unavailable(anyhow::anyhow!("a file took too long"))),
    }
}

/// `false`: nobody reads any more.
async fn all_rows(
    conn: &mut PgConnection,
    rows: Rows,
    mut table: Table,
    pieces: &Pieces,
) -> Result<bool, AppError> {
    // The statement lasts as long as its reader reads.
    store::queue::let_it_last(conn).await?;
    let mut rows = rows(conn);
    while let Some(row) = rows.try_next().await? {
        table.row(&row).map_err(AppError::Internal)?;
        if let Some(piece) = table.piece().map_err(AppError::Internal)?
            && pieces.send(Ok(piece)).await.is_err()
        {
            return Ok(false);
        }
    }
    let rest = table.end().map_err(AppError::Internal)?;
    Ok(pieces.send(Ok(rest)).await.is_ok() && pieces.end().await.is_ok())
}
