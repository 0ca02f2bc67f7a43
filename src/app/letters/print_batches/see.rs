//! What waits for print, and what was made of it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;

use super::{own_batch, prints_for};
use crate::{
    app::{
        AppError, Office, actor,
        views::parts::{AtOffice, Names, PersonRef},
    },
    domain::{
        ids::{LetterId, PrintBatchId, SessionId},
        names::Delivery,
        office::OfficeCode,
    },
    store::{
        self,
        letters::LetterRowKind,
        offices::OfficeRow,
        print_batches::{BatchRow, PaperLetter, Waiting},
    },
};

/// A letter of a list; never its code.
#[derive(Debug, Serialize)]
pub struct PaperView {
    pub letter_id: LetterId,
    pub kind: LetterRowKind,
    pub number: String,
    pub copy_number: Option<i32>,
    pub delivery: Delivery,
    pub addressee: String,
    pub address: String,
    pub other_address: bool,
    pub receipt_number: String,
    pub issued_at: AtOffice,
    pub printed_count: i32,
    pub to_print: bool,
}

#[derive(Debug, Serialize)]
pub struct BatchView {
    pub batch_id: PrintBatchId,
    pub delivery: Delivery,
    pub created_at: AtOffice,
    pub created_by: PersonRef,
    pub letter_count: i64,
    pub printed_count: i32,
    pub printed_at: Option<AtOffice>,
}

/// A batch with its letters.
#[derive(Debug, Serialize)]
pub struct WholeBatch {
    #[serde(flatten)]
    pub batch: BatchView,
    pub letters: Vec<PaperView>,
}

/// Letters of the own office that wait, in the order of their envelopes.
pub async fn waiting_letters(
    office: &Office,
    session: SessionId,
    (delivery, kind): (Option<Delivery>, Option<LetterRowKind>),
    after: Option<LetterId>,
    limit: i64,
) -> Result<Vec<PaperView>, AppError> {
    let mut tx = office.begin().await?;
    let row = own_office(office, &mut tx, session).await?;
    let wanted = Waiting { office: row.code, delivery, kind };
    let letters = store::print_batches::waiting(&mut tx, &wanted, after, limit).await?;
    Ok(letters.into_iter().map(|letter| paper(letter, &row)).collect())
}

/// Batches of the own office, newest first.
pub async fn batches(
    office: &Office,
    session: SessionId,
    before: Option<(DateTime<Utc>, PrintBatchId)>,
    limit: i64,
) -> Result<Vec<BatchView>, AppError> {
    let mut tx = office.begin().await?;
    let row = own_office(office, &mut tx, session).await?;
    let rows = store::print_batches::list(&mut tx, row.code, before, limit).await?;
    let makers: Vec<_> = rows.iter().map(|batch| batch.created_by).collect();
    let names = Names(store::staff::names(&mut tx, &makers).await?);
    Ok(rows.into_iter().map(|batch| view(&batch, &names, &row)).collect())
}

pub async fn batch(office: &Office, session: SessionId, id: PrintBatchId) -> Result<WholeBatch, AppError> {
    let mut tx = office.begin().await?;
    let row = own_office(office, &mut tx, session).await?;
    let batch = own_batch(&mut tx, row.code, id).await?;
    let letters = store::print_batches::letters(&mut tx, id).await?;
    let names = Names(store::staff::names(&mut tx, &[batch.created_by]).await?);
    Ok(WholeBatch {
        batch: view(&batch, &names, &row),
        letters: letters.into_iter().map(|letter| paper(letter, &row)).collect(),
    })
}

pub(in crate::app::letters) async fn own_office(
    office: &Office,
    conn: &mut PgConnection,
    session: SessionId,
) -> Result<OfficeRow, AppError> {
    let colleague = actor::authenticate(conn, session, office.now()).await?;
    let code: OfficeCode = prints_for(&colleague)?;
    store::offices::find(conn, code).await?.ok_or(AppError::NotFound("office"))
}

pub(in crate::app::letters) fn paper(letter: PaperLetter, office: &OfficeRow) -> PaperView {
    PaperView {
        letter_id: letter.letter,
        kind: letter.kind,
        number: letter.number,
        copy_number: letter.copy_number,
        delivery: letter.delivery,
        addressee: letter.addressee,
        address: letter.address,
        other_address: letter.other_address,
        receipt_number: letter.receipt_number,
        issued_at: AtOffice(letter.issued_at, office.zone),
        printed_count: letter.printed_count,
        to_print: letter.to_print,
    }
}

pub(in crate::app::letters) fn view(batch: &BatchRow, names: &Names, office: &OfficeRow) -> BatchView {
    BatchView {
        batch_id: batch.id,
        delivery: batch.delivery,
        created_at: AtOffice(batch.created_at, office.zone),
        created_by: names.of(batch.created_by),
        letter_count: batch.letters,
        printed_count: batch.printed_count,
        printed_at: batch.printed_at.map(|at| AtOffice(at, office.zone)),
    }
}
