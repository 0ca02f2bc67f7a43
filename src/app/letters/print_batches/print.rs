//! The print act for a whole batch: every letter counted and audited for itself, before any byte leaves.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{own_batch, prints_for};
use crate::{
    app::{
        AppError, Office,
        actor::{self, Colleague},
        render_letter::{read_stored, render_letter},
        words::{self, PrintList},
    },
    domain::{
        ids::{PrintBatchId, SessionId},
        line::Line,
    },
    letters::{Batch, BatchError, LetterKind},
    store::{
        self,
        audit::{By, Event},
        print_batches::{BatchRow, PaperLetter},
    },
};

/// How to print.
#[derive(Debug, Clone)]
pub struct Print {
    /// Why; needed when the batch was printed before.
    pub reason: Option<Line<500>>,
    /// Each letter begins on a sheet of its own.
    pub duplex: bool,
}

/// The list for the clerk, then the letters of the batch that still leave on its way, in the order of their envelopes. One that
/// was handed out, replaced or given up meanwhile is left out.
///
/// The count is committed before the bytes leave: what is lost on the way to the printer is printed again with a reason.
/// Errors: [`AppError::NothingToPrint`], [`AppError::Invalid`] without a reason for another print.
pub async fn print_batch(
    office: &Office,
    session: SessionId,
    id: PrintBatchId,
    print: &Print,
) -> Result<Vec<u8>, AppError> {
    // Rendered before the act: no letter is rendered inside a transaction.
    for letter in to_print(office, session, id, print).await? {
        render_letter(office, letter.letter).await?;
    }
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let code = prints_for(&colleague)?;
    store::print_batches::lock(&mut tx, id).await?;
    let batch = own_batch(&mut tx, code, id).await?;
    needs_reason(&batch, print)?;
    store::print_batches::lock_letters(&mut tx, id).await?;
    let mut letters = store::print_batches::letters(&mut tx, id).await?;
    letters.retain(|letter| letter.to_print);
    if letters.is_empty() {
        return Err(AppError::NothingToPrint);
    }
    let pdf = assemble(office, &mut tx, &batch, &letters, print.duplex, now).await?;
    count(&mut tx, &colleague, &batch, &letters, print, now).await?;
    tx.commit().await?;
    Ok(pdf)
}

async fn to_print(
    office: &Office,
    session: SessionId,
    id: PrintBatchId,
    print: &Print,
) -> Result<Vec<PaperLetter>, AppError> {
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, office.now()).await?;
    let batch = own_batch(&mut tx, prints_for(&colleague)?, id).await?;
    needs_reason(&batch, print)?;
    let mut letters = store::print_batches::letters(&mut tx, id).await?;
    letters.retain(|letter| letter.to_print);
    Ok(letters)
}

fn needs_reason(batch: &BatchRow, print: &Print) -> Result<(), AppError> {
    if batch.printed_count > 0 && print.reason.is_none() {
        return Err(AppError::fault(
            "/reason",
            "required",
            "Berkas cetak ini sudah pernah dicetak. Tulis alasan mencetaknya lagi.",
        ));
    }
    Ok(())
}

/// One letter at a time is in memory beside the growing file.
async fn assemble(
    office: &Office,
    conn: &mut PgConnection,
    batch: &BatchRow,
    letters: &[PaperLetter],
    duplex: bool,
    now: DateTime<Utc>,
) -> Result<Vec<u8>, AppError> {
    let mut whole = Batch::new(duplex);
    let mut sheets = Vec::with_capacity(letters.len());
    for letter in letters {
        let stored = read_stored(office, conn, letter.letter)
            .await?
            .ok_or_else(|| AppError::Internal(anyhow::anyhow!("a letter of a batch is not rendered")))?;
        whole = off_the_threads(move || {
            whole.add(&stored.pdf)?;
            Ok(whole)
        })
        .await?;
        sheets.push(stored.pages);
    }
    let row = store::offices::find(conn, batch.office).await?.ok_or(AppError::NotFound("office"))?;
    let list =
        words::print_list(&PrintList { office: &row, batch, letters, pages: &sheets, printed_at: now });
    let templates = std::sync::Arc::clone(&office.templates);
    off_the_threads(move || {
        let cover = templates.render(LetterKind::PrintList, &list).map_err(AppError::NotRenderable)?;
        whole.add_cover(&cover.pdf)?;
        Ok(whole.finish())
    })
    .await
}

async fn off_the_threads<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
) -> Result<T, AppError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| AppError::Internal(error.into()))?
}

impl From<BatchError> for AppError {
    fn from(error: BatchError) -> Self {
        Self::Internal(error.into())
    }
}

async fn count(
    conn: &mut PgConnection,
    colleague: &Colleague,
    batch: &BatchRow,
    letters: &[PaperLetter],
    print: &Print,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let by = By::Staff(colleague.id);
    let reason = print.reason.as_ref().map(Line::as_str);
    for paper in letters {
        let id = paper.letter;
        let letter = store::letters::find(conn, id).await?.ok_or(AppError::NotFound("letter"))?;
        let count = store::letters::count_print(conn, id).await?;
        store::deliveries::mark_printed(conn, id, now).await?;
        store::audit::record(
            conn,
            Event::new(by, "print_letter")
                .office(letter.office)
                .request(letter.request)
                .subject(id.0)
                .detail(serde_json::json!({ "reason": reason, "print": count, "print_batch": batch.id })),
            now,
        )
        .await?;
    }
    let count = store::print_batches::count_print(conn, batch.id, now).await?;
    store::audit::record(
        conn,
        Event::new(by, "print_batch").office(batch.office).subject(batch.id.0).detail(serde_json::json!({
            "reason": reason, "print": count, "letters": letters.len(),
        })),
        now,
    )
    .await?;
    Ok(())
}
