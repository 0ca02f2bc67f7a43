//! Letters that wait for print, and the batches that clerks make of them.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, error::Column, letters::LetterRowKind};
use crate::domain::{
    delivery::PaperPlace,
    ids::{LetterId, PrintBatchId, StaffId},
    names::Delivery,
    office::OfficeCode,
};

/// A letter as a clerk sees it in a list: where its envelope goes, never its code.
#[derive(Debug, Clone)]
pub struct PaperLetter {
    pub letter: LetterId,
    pub office: OfficeCode,
    pub kind: LetterRowKind,
    pub number: String,
    pub copy_number: Option<i32>,
    pub delivery: Delivery,
    pub addressee: String,
    pub address: String,
    /// The envelope goes to another address than the letter shows.
    pub other_address: bool,
    /// Of the round that the letter ended.
    pub receipt_number: String,
    pub issued_at: DateTime<Utc>,
    pub printed_count: i32,
    /// It still leaves on this way and did not leave yet.
    pub to_print: bool,
}

struct Row {
    letter_id: Uuid,
    office_code: String,
    kind: String,
    number: Option<String>,
    copy_number: Option<i32>,
    way: String,
    addressee: Option<String>,
    address: Option<String>,
    other_address: bool,
    receipt_number: String,
    created_at: DateTime<Utc>,
    printed_count: i32,
    to_print: bool,
}

impl TryFrom<Row> for PaperLetter {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let at = |column| Column("letters", column);
        Ok(Self {
            letter: LetterId(row.letter_id),
            office: at("office_code").parse(&row.office_code)?,
            kind: at("kind").parse(&row.kind)?,
            number: row.number.unwrap_or_default(),
            copy_number: row.copy_number,
            delivery: at("delivery").parse(&row.way)?,
            addressee: row.addressee.unwrap_or_default(),
            address: row.address.unwrap_or_default(),
            other_address: row.other_address,
            receipt_number: row.receipt_number,
            issued_at: row.created_at,
            printed_count: row.printed_count,
            to_print: row.to_print,
        })
    }
}

/// How many letters of an office are where; a place without letters is missing.
pub async fn counts(
    conn: &mut PgConnection,
    office: OfficeCode,
) -> Result<Vec<(PaperPlace, i64)>, StoreError> {
    let rows = sqlx::query!(
        r#"select place as "place!", count(*) as "letters!" from paper_letters
           where office_code = $1 and (to_print or came_back) group by place"#,
        office.as_str()
    )
    .fetch_all(conn)
    .await?;
    let place = Column("paper_letters", "place");
    rows.into_iter().map(|row| Ok((place.parse(&row.place)?, row.letters))).collect()
}

/// The letters of a place, in the order of their envelopes; those after the given one.
pub async fn at_place(
    conn: &mut PgConnection,
    office: OfficeCode,
    place: PaperPlace,
    after: Option<LetterId>,
    limit: i64,
) -> Result<Vec<PaperLetter>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"select letter_id as "letter_id!", office_code as "office_code!", kind as "kind!", number, copy_number, way as "way!",
                  addressee, address, other_address as "other_address!", receipt_number as "receipt_number!",
                  created_at as "created_at!", printed_count as "printed_count!", to_print as "to_print!"
           from paper_letters
           where office_code = $1 and (to_print or came_back) and place = $2
             and ($3::uuid is null or (way, envelope, letter_id)
                  > (select way, envelope, letter_id from paper_letters where letter_id = $3))
           order by way, envelope, letter_id limit $4"#,
        office.as_str(),
        place.as_str(),
        after.map(|id| id.0),
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(PaperLetter::try_from)
    .collect()
}

/// Which letters that wait.
#[derive(Debug, Clone, Copy)]
pub struct Waiting {
    pub office: OfficeCode,
    pub delivery: Option<Delivery>,
    pub kind: Option<LetterRowKind>,
}

/// Letters that nobody printed for the way on which they leave now and that no batch has, in the order of their
/// envelopes; those after the given one.
pub async fn waiting(
    conn: &mut PgConnection,
    wanted: &Waiting,
    after: Option<LetterId>,
    limit: i64,
) -> Result<Vec<PaperLetter>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"select letter_id as "letter_id!", office_code as "office_code!", kind as "kind!", number, copy_number, way as "way!",
                  addressee, address, other_address as "other_address!", receipt_number as "receipt_number!",
                  created_at as "created_at!", printed_count as "printed_count!", to_print as "to_print!"
           from paper_letters
           where office_code = $1 and waits and ($2::text is null or way = $2) and ($3::text is null or kind = $3)
             and ($4::uuid is null or (way, envelope, letter_id)
                  > (select way, envelope, letter_id from paper_letters where letter_id = $4))
           order by way, envelope, letter_id limit $5"#,
        wanted.office.as_str(),
        wanted.delivery.map(Delivery::as_str),
        wanted.kind.map(LetterRowKind::as_str),
        after.map(|id| id.0),
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(PaperLetter::try_from)
    .collect()
}

/// Holds letters that wait until the end of the transaction, in the order of their envelopes. One that somebody else
/// holds is left to them.
pub async fn take_waiting(
    conn: &mut PgConnection,
    wanted: &Waiting,
    limit: i64,
) -> Result<Vec<LetterId>, StoreError> {
    // The lock is on the letter, as every act on one takes it; what was read before the lock is read again below it.
    let held = sqlx::query_scalar!(
        r#"select letters.letter_id from letters
           join paper_letters on paper_letters.letter_id = letters.letter_id
           where paper_letters.office_code = $1 and waits and ($2::text is null or way = $2)
             and ($3::text is null or paper_letters.kind = $3)
           order by envelope, letters.letter_id limit $4
           for no key update of letters skip locked"#,
        wanted.office.as_str(),
        wanted.delivery.map(Delivery::as_str),
        wanted.kind.map(LetterRowKind::as_str),
        limit
    )
    .fetch_all(&mut *conn)
    .await?;
    Ok(sqlx::query_scalar!(
        r#"select letter_id as "letter_id!" from paper_letters
           where letter_id = any($1) and waits and ($2::text is null or way = $2)
           order by envelope, letter_id"#,
        &held,
        wanted.delivery.map(Delivery::as_str)
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(LetterId)
    .collect())
}

/// A batch as its row.
#[derive(Debug, Clone)]
pub struct BatchRow {
    pub id: PrintBatchId,
    pub office: OfficeCode,
    pub delivery: Delivery,
    pub created_at: DateTime<Utc>,
    pub created_by: StaffId,
    pub printed_count: i32,
    pub printed_at: Option<DateTime<Utc>>,
    pub letters: i64,
}

struct RawBatch {
    batch_id: Uuid,
    office_code: String,
    delivery: String,
    created_at: DateTime<Utc>,
    created_by: Uuid,
    printed_count: i32,
    printed_at: Option<DateTime<Utc>>,
    letters: i64,
}

impl TryFrom<RawBatch> for BatchRow {
    type Error = StoreError;
    fn try_from(row: RawBatch) -> Result<Self, StoreError> {
        let at = |column| Column("print_batches", column);
        Ok(Self {
            id: PrintBatchId(row.batch_id),
            office: at("office_code").parse(&row.office_code)?,
            delivery: at("delivery").parse(&row.delivery)?,
            created_at: row.created_at,
            created_by: StaffId(row.created_by),
            printed_count: row.printed_count,
            printed_at: row.printed_at,
            letters: row.letters,
        })
    }
}

/// Makes a batch of letters that are held, in this order, and takes them off the waiting list.
pub async fn insert(
    conn: &mut PgConnection,
    id: PrintBatchId,
    (office, delivery): (OfficeCode, Delivery),
    letters: &[LetterId],
    by: StaffId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let letters: Vec<Uuid> = letters.iter().map(|letter| letter.0).collect();
    sqlx::query!(
        "insert into print_batches (batch_id, office_code, delivery, created_at, created_by) values ($1, $2, $3, $4, $5)",
        id.0,
        office.as_str(),
        delivery.as_str(),
        now,
        by.0
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into print_batch_letters (batch_id, position, letter_id)
         select $1, position, letter_id from unnest($2::uuid[]) with ordinality as held (letter_id, position)",
        id.0,
        &letters
    )
    .execute(&mut *conn)
    .await?;
    let written = sqlx::query!(
        "update letter_deliveries set batch_id = $1
         where letter_id = any($2) and batch_id is null
           and number = (select max(number) from letter_deliveries as other where other.letter_id = letter_deliveries.letter_id)",
        id.0,
        &letters
    )
    .execute(conn)
    .await?;
    // Each is in this batch now, and in no other.
    if u64::try_from(letters.len()).is_ok_and(|wanted| wanted == written.rows_affected()) {
        Ok(())
    } else {
        Err(StoreError::Stale { table: "letter_deliveries" })
    }
}

pub async fn find(conn: &mut PgConnection, id: PrintBatchId) -> Result<Option<BatchRow>, StoreError> {
    sqlx::query_as!(
        RawBatch,
        r#"select batch_id, office_code, delivery, created_at, created_by, printed_count, printed_at,
                  (select count(*) from print_batch_letters where print_batch_letters.batch_id = print_batches.batch_id) as "letters!"
           from print_batches where batch_id = $1"#,
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(BatchRow::try_from)
    .transpose()
}

/// Two who print the same batch take turns.
pub async fn lock(conn: &mut PgConnection, id: PrintBatchId) -> Result<(), StoreError> {
    sqlx::query!("select batch_id from print_batches where batch_id = $1 for no key update", id.0)
        .fetch_optional(conn)
        .await?;
    Ok(())
}

/// Batches of an office, newest first; those before the given one.
pub async fn list(
    conn: &mut PgConnection,
    office: OfficeCode,
    before: Option<(DateTime<Utc>, PrintBatchId)>,
    limit: i64,
) -> Result<Vec<BatchRow>, StoreError> {
    let (at, id) = before.map_or((None, None), |(at, id)| (Some(at), Some(id.0)));
    sqlx::query_as!(
        RawBatch,
        r#"select batch_id, office_code, delivery, created_at, created_by, printed_count, printed_at,
                  (select count(*) from print_batch_letters where print_batch_letters.batch_id = print_batches.batch_id) as "letters!"
           from print_batches
           where office_code = $1 and ($2::timestamptz is null or (created_at, batch_id) < ($2, $3::uuid))
           order by created_at desc, batch_id desc limit $4"#,
        office.as_str(),
        at,
        id,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(BatchRow::try_from)
    .collect()
}

/// The letters of a batch in the order of their envelopes, as they are now.
pub async fn letters(conn: &mut PgConnection, id: PrintBatchId) -> Result<Vec<PaperLetter>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"select paper_letters.letter_id as "letter_id!", paper_letters.office_code as "office_code!", kind as "kind!", number,
                  copy_number, way as "way!", addressee, address, other_address as "other_address!",
                  receipt_number as "receipt_number!", paper_letters.created_at as "created_at!",
                  paper_letters.printed_count as "printed_count!", (to_print and way = delivery) as "to_print!"
           from print_batch_letters
           join print_batches using (batch_id)
           join paper_letters on paper_letters.letter_id = print_batch_letters.letter_id
           where batch_id = $1 order by position"#,
        id.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(PaperLetter::try_from)
    .collect()
}

/// Holds the letters of a batch until the end of the transaction, each in the order of the ids.
pub async fn lock_letters(conn: &mut PgConnection, id: PrintBatchId) -> Result<(), StoreError> {
    sqlx::query!(
        "select letter_id from letters
         where letter_id in (select letter_id from print_batch_letters where batch_id = $1)
         order by letter_id for no key update",
        id.0
    )
    .fetch_all(conn)
    .await?;
    Ok(())
}

/// One print more of the batch; returns how many there were with this one.
pub async fn count_print(
    conn: &mut PgConnection,
    id: PrintBatchId,
    now: DateTime<Utc>,
) -> Result<i32, StoreError> {
    Ok(sqlx::query_scalar!(
        "update print_batches set printed_count = printed_count + 1, printed_at = coalesce(printed_at, $2)
         where batch_id = $1 returning printed_count",
        id.0,
        now
    )
    .fetch_one(conn)
    .await?)
}
