//! The ways on which letters are sent. The last row of a letter says how it leaves now; older ones are history.
//!
//! Every change writes the row and the summary in `letters` together: the daily balance holds the two against each other.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError,
    error::{Column, one_row},
    letters::LetterRowKind,
};
use crate::domain::{
    delivery::{IdentityKind, LastFour, ReturnReason, TrackingNumber},
    ids::{LetterId, StaffId},
    names::Delivery,
    office::OfficeCode,
};

/// One way on which a letter was sent.
#[derive(Debug, Clone)]
pub struct DeliveryRow {
    pub letter: LetterId,
    /// From 1, the way that the signature decided.
    pub number: i32,
    pub way: Delivery,
    pub decided_at: DateTime<Utc>,
    pub decided_by: Option<StaffId>,
    pub reason: Option<String>,
    /// Where the envelope goes instead of to the address on the letter.
    pub address: Option<String>,
    pub printed_at: Option<DateTime<Utc>>,
    pub handed_out_at: Option<DateTime<Utc>>,
    pub handed_out_by: Option<StaffId>,
    pub posted_on: Option<NaiveDate>,
    pub tracking_number: Option<String>,
    pub collected: Option<Collected>,
    pub returned_at: Option<DateTime<Utc>>,
    pub returned_on: Option<NaiveDate>,
    pub return_reason: Option<ReturnReason>,
    pub return_note: Option<String>,
    pub given_up_at: Option<DateTime<Utc>>,
    pub given_up_reason: Option<String>,
}

impl DeliveryRow {
    /// It left the office and did not come back.
    pub fn is_out(&self) -> bool {
        self.handed_out_at.is_some() && self.returned_at.is_none()
    }
}

/// Who collected a letter, as seen at the counter.
#[derive(Debug, Clone)]
pub struct Collected {
    pub receipt_number: String,
    pub name: String,
    pub identity: IdentityKind,
    pub last_four: String,
}

struct Row {
    letter_id: Uuid,
    number: i32,
    way: String,
    decided_at: DateTime<Utc>,
    decided_by: Option<Uuid>,
    reason: Option<String>,
    address: Option<String>,
    printed_at: Option<DateTime<Utc>>,
    handed_out_at: Option<DateTime<Utc>>,
    handed_out_by: Option<Uuid>,
    posted_on: Option<NaiveDate>,
    tracking_number: Option<String>,
    receipt_number: Option<String>,
    collector_name: Option<String>,
    collector_identity: Option<String>,
    collector_last4: Option<String>,
    returned_at: Option<DateTime<Utc>>,
    returned_on: Option<NaiveDate>,
    return_reason: Option<String>,
    return_note: Option<String>,
    given_up_at: Option<DateTime<Utc>>,
    given_up_reason: Option<String>,
}

impl TryFrom<Row> for DeliveryRow {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let at = |column| Column("letter_deliveries", column);
        let identity = at("collector_identity").parse_some(row.collector_identity.as_deref())?;
        let collected = match (row.receipt_number, row.collector_name, identity, row.collector_last4) {
            (Some(receipt_number), Some(name), Some(identity), Some(last_four)) => {
                Some(Collected { receipt_number, name, identity, last_four })
            }
            _ => None,
        };
        Ok(Self {
            letter: LetterId(row.letter_id),
            number: row.number,
            way: at("way").parse(&row.way)?,
            decided_at: row.decided_at,
            decided_by: row.decided_by.map(StaffId),
            reason: row.reason,
            address: row.address,
            printed_at: row.printed_at,
            handed_out_at: row.handed_out_at,
            handed_out_by: row.handed_out_by.map(StaffId),
            posted_on: row.posted_on,
            tracking_number: row.tracking_number,
            collected,
            returned_at: row.returned_at,
            returned_on: row.returned_on,
            return_reason: at("return_reason").parse_some(row.return_reason.as_deref())?,
            return_note: row.return_note,
            given_up_at: row.given_up_at,
            given_up_reason: row.given_up_reason,
        })
    }
}

/// Holds a letter until the end of the transaction, so that acts on one take turns. Whether it is given up; `None`: no such
/// letter.
pub async fn lock(conn: &mut PgConnection, letter: LetterId) -> Result<Option<bool>, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select given_up_at is not null as "given_up!" from letters where letter_id = $1 for no key update"#,
        letter.0
    )
    .fetch_optional(conn)
    .await?)
}

/// How a letter leaves now. Every issued letter has a way.
pub async fn current(conn: &mut PgConnection, letter: LetterId) -> Result<Option<DeliveryRow>, StoreError> {
    Ok(of_letter(conn, letter).await?.pop())
}

/// All ways of a letter, the first one first.
pub async fn of_letter(conn: &mut PgConnection, letter: LetterId) -> Result<Vec<DeliveryRow>, StoreError> {
    sqlx::query_as!(
        Row,
        "select letter_id, number, way, decided_at, decided_by, reason, address, printed_at, handed_out_at, handed_out_by,
                posted_on, tracking_number, receipt_number, collector_name, collector_identity, collector_last4,
                returned_at, returned_on, return_reason, return_note, given_up_at, given_up_reason
         from letter_deliveries where letter_id = $1 order by number",
        letter.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(DeliveryRow::try_from)
    .collect()
}

/// Another way for a letter, on which it waits again.
#[derive(Debug, Clone)]
pub struct NewDelivery<'a> {
    pub letter: LetterId,
    pub way: Delivery,
    pub by: StaffId,
    pub reason: &'a str,
    pub address: Option<&'a str>,
}

/// Returns the number of the new way.
pub async fn begin(
    conn: &mut PgConnection,
    new: &NewDelivery<'_>,
    now: DateTime<Utc>,
) -> Result<i32, StoreError> {
    let number = sqlx::query_scalar!(
        "insert into letter_deliveries (letter_id, number, office_code, way, decided_at, decided_by, reason, address)
         select letter_id, (select max(number) + 1 from letter_deliveries where letter_id = $1), office_code, $2, $3, $4, $5, $6
         from letters where letter_id = $1 returning number",
        new.letter.0,
        new.way.as_str(),
        now,
        new.by.0,
        new.reason,
        new.address
    )
    .fetch_one(&mut *conn)
    .await?;
    let written = sqlx::query!(
        "update letters set delivery = $2, delivery_reason = 'decided', handed_out_at = null, handed_out_by = null,
                tracking_number = null, returned_at = null, given_up_at = null
         where letter_id = $1",
        new.letter.0,
        new.way.as_str()
    )
    .execute(conn)
    .await?;
    one_row("letters", written.rows_affected())?;
    Ok(number)
}

/// What is written down of a hand-over.
#[derive(Debug, Clone)]
pub enum HandOver {
    Posted { on: NaiveDate, tracking_number: TrackingNumber },
    Collected { receipt_number: String, name: String, identity: IdentityKind, last_four: LastFour },
}

/// Posted, or collected at the counter. Once for each way.
pub async fn hand_out(
    conn: &mut PgConnection,
    letter: LetterId,
    number: i32,
    how: &HandOver,
    by: StaffId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (posted_on, tracking_number, collected) = match how {
        HandOver::Posted { on, tracking_number } => (Some(*on), Some(tracking_number.as_str()), None),
        HandOver::Collected { receipt_number, name, identity, last_four } => (
            None,
            None,
            Some((receipt_number.as_str(), name.as_str(), identity.as_str(), last_four.as_str())),
        ),
    };
    let written = sqlx::query!(
        "update letter_deliveries
         set handed_out_at = $3, handed_out_by = $4, posted_on = $5, tracking_number = $6, receipt_number = $7,
             collector_name = $8, collector_identity = $9, collector_last4 = $10
         where letter_id = $1 and number = $2 and handed_out_at is null",
        letter.0,
        number,
        now,
        by.0,
        posted_on,
        tracking_number,
        collected.map(|(receipt, ..)| receipt),
        collected.map(|(_, name, ..)| name),
        collected.map(|(_, _, identity, _)| identity),
        collected.map(|(.., last_four)| last_four)
    )
    .execute(&mut *conn)
    .await?;
    one_row("letter_deliveries", written.rows_affected())?;
    let written = sqlx::query!(
        "update letters set handed_out_at = $2, handed_out_by = $3, tracking_number = $4, returned_at = null
         where letter_id = $1",
        letter.0,
        now,
        by.0,
        tracking_number
    )
    .execute(conn)
    .await?;
    one_row("letters", written.rows_affected())
}

/// What the post brought back.
#[derive(Debug, Clone)]
pub struct Returned<'a> {
    pub on: NaiveDate,
    pub reason: ReturnReason,
    pub note: Option<&'a str>,
    pub by: StaffId,
}

/// *Kempos*: the post brought it back.
pub async fn bring_back(
    conn: &mut PgConnection,
    letter: LetterId,
    number: i32,
    returned: &Returned<'_>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update letter_deliveries set returned_at = $3, returned_on = $4, return_reason = $5, return_note = $6, returned_by = $7
         where letter_id = $1 and number = $2 and way = 'post' and handed_out_at is not null and returned_at is null",
        letter.0,
        number,
        now,
        returned.on,
        returned.reason.as_str(),
        returned.note,
        returned.by.0
    )
    .execute(&mut *conn)
    .await?;
    one_row("letter_deliveries", written.rows_affected())?;
    let written = sqlx::query!(
        "update letters set returned_at = $2 where letter_id = $1 and returned_at is null",
        letter.0,
        now
    )
    .execute(conn)
    .await?;
    one_row("letters", written.rows_affected())
}

/// Nobody tries any more to bring a letter to its addressee. Not one that is out.
pub async fn give_up(
    conn: &mut PgConnection,
    letter: LetterId,
    number: i32,
    reason: &str,
    by: StaffId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update letter_deliveries set given_up_at = $3, given_up_by = $4, given_up_reason = $5
         where letter_id = $1 and number = $2 and given_up_at is null and (handed_out_at is null or returned_at is not null)",
        letter.0,
        number,
        now,
        by.0,
        reason
    )
    .execute(&mut *conn)
    .await?;
    one_row("letter_deliveries", written.rows_affected())?;
    let written = sqlx::query!("update letters set given_up_at = $2 where letter_id = $1", letter.0, now)
        .execute(conn)
        .await?;
    one_row("letters", written.rows_affected())
}

/// The way is not waiting for print any more.
pub async fn mark_printed(
    conn: &mut PgConnection,
    letter: LetterId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update letter_deliveries set printed_at = $2
         where letter_id = $1 and printed_at is null
           and number = (select max(number) from letter_deliveries where letter_id = $1)",
        letter.0,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The letter with this number that went out from the office itself; copies, which share the number, do not.
pub async fn numbered(
    conn: &mut PgConnection,
    office: OfficeCode,
    number: &str,
) -> Result<Option<LetterId>, StoreError> {
    Ok(sqlx::query_scalar!(
        "select letter_id from letters where office_code = $1 and number = $2 and sequence is not null",
        office.as_str(),
        number
    )
    .fetch_optional(conn)
    .await?
    .map(LetterId))
}

/// The numbers of the receipts of the request of a letter.
pub async fn receipts(conn: &mut PgConnection, letter: LetterId) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        "select receipt_number from rounds join letters using (request_id) where letter_id = $1 order by rounds.number",
        letter.0
    )
    .fetch_all(conn)
    .await?)
}

/// An issued letter that a search found.
#[derive(Debug, Clone)]
pub struct FoundLetter {
    pub letter: LetterId,
    pub kind: LetterRowKind,
    pub number: String,
    pub copy_number: Option<i32>,
    pub addressee: String,
    pub way: Delivery,
    pub receipt_number: String,
}

/// Issued letters of an office by what is written on them, on their envelope or on the receipt of their request; the newest
/// first.
pub async fn find_issued(
    conn: &mut PgConnection,
    office: OfficeCode,
    text: &str,
    limit: i64,
) -> Result<Vec<FoundLetter>, StoreError> {
    let at = |column| Column("letters", column);
    let rows = sqlx::query!(
        r#"select letters.letter_id, letters.kind, letters.number, letters.copy_number, letters.delivery,
                  letters.data #>> '{pkp,nama}' as addressee, rounds.receipt_number
           from letters join rounds on rounds.round_id = letters.round_id
           where letters.office_code = $1 and letters.signed_by is not null and letters.letter_id in (
               select letter_id from letters where office_code = $1 and number = $2
               union select letter_id from letter_deliveries where tracking_number = $2
               union select letter_id from rounds as received join letters using (request_id)
                     where received.receipt_number = $2)
           order by letters.created_at desc, letters.letter_id limit $3"#,
        office.as_str(),
        text,
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(FoundLetter {
                letter: LetterId(row.letter_id),
                kind: at("kind").parse(&row.kind)?,
                number: row.number.unwrap_or_default(),
                copy_number: row.copy_number,
                addressee: row.addressee.unwrap_or_default(),
                way: at("delivery").parse(&row.delivery)?,
                receipt_number: row.receipt_number,
            })
        })
        .collect()
}
