//! Kept letters by range, for their proof.

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::{StoreError, error::Column};
use crate::domain::{ids::LetterId, office::OfficeCode};

/// Which letters; `None` is every.
#[derive(Debug, Clone, Copy)]
pub struct Range<'a> {
    pub office: Option<OfficeCode>,
    pub from: Option<NaiveDate>,
    pub until: Option<NaiveDate>,
    pub number: Option<&'a str>,
}

/// A letter by what people know it by.
#[derive(Debug, Clone)]
pub struct Kept {
    pub id: LetterId,
    pub kind: String,
    pub number: Option<String>,
    pub copy_number: Option<i32>,
    pub receipt_number: String,
}

pub async fn count(conn: &mut PgConnection, range: Range<'_>) -> Result<u64, StoreError> {
    let counted = sqlx::query_scalar!(
        r#"select count(*) as "count!" from letters join rounds using (round_id)
           where ($1::text is null or letters.office_code = $1) and ($2::date is null or dated_on >= $2)
             and ($3::date is null or dated_on <= $3)
             and ($4::text is null or letters.number = $4 or receipt_number = $4)"#,
        range.office.map(String::from),
        range.from,
        range.until,
        range.number
    )
    .fetch_one(conn)
    .await?;
    Column("letters", "count").convert(counted)
}

/// The letters after the given one in the order in which they were made, at most `limit`.
pub async fn page(
    conn: &mut PgConnection,
    range: Range<'_>,
    after: Option<LetterId>,
    limit: i64,
) -> Result<Vec<Kept>, StoreError> {
    Ok(sqlx::query!(
        "select letter_id, kind, letters.number, copy_number, receipt_number
         from letters join rounds using (round_id)
         where ($1::text is null or letters.office_code = $1) and ($2::date is null or dated_on >= $2)
           and ($3::date is null or dated_on <= $3)
           and ($4::text is null or letters.number = $4 or receipt_number = $4)
           and ($5::uuid is null or letter_id > $5)
         order by letter_id limit $6",
        range.office.map(String::from),
        range.from,
        range.until,
        range.number,
        after.map(|id| id.0),
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| Kept {
        id: LetterId(row.letter_id),
        kind: row.kind,
        number: row.number,
        copy_number: row.copy_number,
        receipt_number: row.receipt_number,
    })
    .collect())
}
