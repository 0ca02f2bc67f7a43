//! The daily balance of letters: every issued one is delivered, pending, returned or given up.
//!
//! Where a letter is, says one function of the database (`letter_classes`), from the history of its deliveries and e-mails.
//! Two other things know about letters and are held against it: the series of numbers, which has no gaps, and the rows as they
//! stand now (`letter_classes_now`).

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, error::Column, letters::LetterRowKind};
use crate::domain::{
    delivery::LetterClass,
    ids::{LetterId, RequestId},
    names::Delivery,
    office::OfficeCode,
};

/// The balance of an office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    pub office: OfficeCode,
    pub issued: i64,
    pub delivered: i64,
    pub pending: i64,
    pub returned: i64,
    pub given_up: i64,
    /// Letters whose history says something else than their rows as they stand, or nothing.
    pub unexplained: i64,
}

impl Balance {
    /// What is missing on one of the two sides; not zero means that a letter is lost to the books.
    #[must_use]
    pub fn difference(&self) -> i64 {
        self.issued - (self.delivered + self.pending + self.returned + self.given_up)
    }

    #[must_use]
    pub fn holds(&self) -> bool {
        self.difference() == 0 && self.unexplained == 0
    }

    /// How many letters are in a class.
    #[must_use]
    pub fn of(&self, class: LetterClass) -> i64 {
        match class {
            LetterClass::Delivered => self.delivered,
            LetterClass::Pending => self.pending,
            LetterClass::Returned => self.returned,
            LetterClass::GivenUp => self.given_up,
        }
    }
}

struct Row {
    office_code: String,
    issued: i64,
    delivered: i64,
    pending: i64,
    returned: i64,
    given_up: i64,
    unexplained: i64,
}

impl TryFrom<Row> for Balance {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            office: Column("offices", "office_code").parse(&row.office_code)?,
            issued: row.issued,
            delivered: row.delivered,
            pending: row.pending,
            returned: row.returned,
            given_up: row.given_up,
            unexplained: row.unexplained,
        })
    }
}

/// The balance as it is now. `issued` comes from the numbers that were given, and the copies, which take none. One statement,
/// so that nothing moves meanwhile.
pub async fn live(conn: &mut PgConnection, offices: &[OfficeCode]) -> Result<Vec<Balance>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"with numbers as (
               select office_code, sum(last_number)::bigint as issued from letter_series
               where series = 'S' and office_code = any($1) group by 1),
           copies as (
               select office_code, count(*) as issued from letters
               where signed_by is not null and sequence is null and office_code = any($1) group by 1),
           classes as (
               select coalesce(history.office_code, present.office_code) as office_code, history.class,
                      history.class is null or history.class is distinct from present.class as unexplained
               from (select * from letter_classes('infinity') where office_code = any($1)) as history
                    full join (select * from letter_classes_now() where office_code = any($1)) as present using (letter_id)),
           counted as (
               select office_code,
                      count(*) filter (where class = 'delivered') as delivered,
                      count(*) filter (where class = 'pending') as pending,
                      count(*) filter (where class = 'returned') as returned,
                      count(*) filter (where class = 'given_up') as given_up,
                      count(*) filter (where unexplained) as unexplained
               from classes group by 1)
           select office_code as "office_code!",
                  coalesce(numbers.issued, 0) + coalesce(copies.issued, 0) as "issued!",
                  coalesce(delivered, 0) as "delivered!", coalesce(pending, 0) as "pending!",
                  coalesce(returned, 0) as "returned!", coalesce(given_up, 0) as "given_up!",
                  coalesce(unexplained, 0) as "unexplained!"
           from offices left join numbers using (office_code) left join copies using (office_code)
                left join counted using (office_code)
           where office_code = any($1) order by office_code"#,
        &texts(offices)
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Balance::try_from)
    .collect()
}

/// Keeps balances as they were counted.
pub async fn keep(
    conn: &mut PgConnection,
    balances: &[Balance],
    counted_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let each = |of: fn(&Balance) -> i64| balances.iter().map(of).collect::<Vec<_>>();
    sqlx::query!(
        "insert into letter_balances (office_code, counted_at, issued, delivered, pending, returned, given_up, unexplained)
         select office, $1, issued, delivered, pending, returned, given_up, unexplained
         from unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
              as b (office, issued, delivered, pending, returned, given_up, unexplained)
         on conflict (office_code) do update set
             counted_at = excluded.counted_at, issued = excluded.issued, delivered = excluded.delivered,
             pending = excluded.pending, returned = excluded.returned, given_up = excluded.given_up,
             unexplained = excluded.unexplained",
        counted_at,
        &balances.iter().map(|balance| balance.office.to_string()).collect::<Vec<_>>(),
        &each(|balance| balance.issued),
        &each(|balance| balance.delivered),
        &each(|balance| balance.pending),
        &each(|balance| balance.returned),
        &each(|balance| balance.given_up),
        &each(|balance| balance.unexplained)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The balances of offices together as they were kept.
#[derive(Debug, Clone, Copy)]
pub struct KeptBalance {
    /// When the office that was counted first was.
    pub counted_at: DateTime<Utc>,
    pub issued: i64,
    pub delivered: i64,
    pub pending: i64,
    pub returned: i64,
    pub given_up: i64,
    pub unexplained: i64,
}

/// What is kept of these offices together. `None`: not all of them were counted yet.
pub async fn kept(
    conn: &mut PgConnection,
    offices: &[OfficeCode],
) -> Result<Option<KeptBalance>, StoreError> {
    Ok(sqlx::query_as!(
        KeptBalance,
        r#"select min(counted_at) as "counted_at!", sum(issued)::bigint as "issued!", sum(delivered)::bigint as "delivered!",
                  sum(pending)::bigint as "pending!", sum(returned)::bigint as "returned!", sum(given_up)::bigint as "given_up!",
                  sum(unexplained)::bigint as "unexplained!"
           from letter_balances where office_code = any($1) having count(*) = cardinality($1)"#,
        &texts(offices)
    )
    .fetch_optional(conn)
    .await?)
}

/// The balance at the end of a day, each office's in its own zone, from the history.
pub async fn at_end_of(
    conn: &mut PgConnection,
    offices: &[OfficeCode],
    day: NaiveDate,
) -> Result<Vec<Balance>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"select offices.office_code as "office_code!", count(letter_id) as "issued!",
                  count(*) filter (where class = 'delivered') as "delivered!",
                  count(*) filter (where class = 'pending') as "pending!",
                  count(*) filter (where class = 'returned') as "returned!",
                  count(*) filter (where class = 'given_up') as "given_up!",
                  count(letter_id) filter (where class is null) as "unexplained!"
           from offices
           left join lateral (
               select letter_id, class from letter_classes(($2::date + 1)::timestamp at time zone offices.time_zone) as found
               where found.office_code = offices.office_code) as letters on true
           where offices.office_code = any($1) group by 1 order by 1"#,
        &texts(offices),
        day
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Balance::try_from)
    .collect()
}

/// A letter behind a figure.
#[derive(Debug, Clone)]
pub struct BalanceLetter {
    pub letter: LetterId,
    pub office: OfficeCode,
    pub request: RequestId,
    pub kind: LetterRowKind,
    pub number: String,
    pub copy_number: Option<i32>,
    pub delivery: Delivery,
    pub issued_at: DateTime<Utc>,
    pub zone: chrono_tz::Tz,
}

struct LetterRow {
    letter_id: Uuid,
    office_code: String,
    request_id: Uuid,
    kind: String,
    number: Option<String>,
    copy_number: Option<i32>,
    delivery: String,
    created_at: DateTime<Utc>,
    time_zone: String,
}

impl TryFrom<LetterRow> for BalanceLetter {
    type Error = StoreError;
    fn try_from(row: LetterRow) -> Result<Self, StoreError> {
        let at = |column| Column("letters", column);
        Ok(Self {
            letter: LetterId(row.letter_id),
            office: at("office_code").parse(&row.office_code)?,
            request: RequestId(row.request_id),
            kind: at("kind").parse(&row.kind)?,
            number: row.number.unwrap_or_default(),
            copy_number: row.copy_number,
            delivery: at("delivery").parse(&row.delivery)?,
            issued_at: row.created_at,
            zone: Column("offices", "time_zone").parse(&row.time_zone)?,
        })
    }
}

/// Which figure.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    /// `None`: the letters that nothing explains.
    pub class: Option<LetterClass>,
    /// `None`: as it is now.
    pub day: Option<NaiveDate>,
}

/// The letters behind a figure, in the order of their ids; those after the given one.
pub async fn letters(
    conn: &mut PgConnection,
    offices: &[OfficeCode],
    figure: Figure,
    after: Option<LetterId>,
    limit: i64,
) -> Result<Vec<BalanceLetter>, StoreError> {
    sqlx::query_as!(
        LetterRow,
        r#"select letters.letter_id, letters.office_code, letters.request_id, letters.kind, letters.number, letters.copy_number,
                  letters.delivery, letters.created_at, offices.time_zone
           from offices
           join lateral letter_classes(case when $3::date is null then 'infinity'
                else ($3::date + 1)::timestamp at time zone offices.time_zone end) as history
                on history.office_code = offices.office_code
           join letters on letters.letter_id = history.letter_id
           left join lateral (
               select class from letter_classes_now() as present
               where present.letter_id = history.letter_id and $3::date is null) as present on true
           where offices.office_code = any($1)
             and case when $2::text is not null then history.class = $2
                      else history.class is null or ($3::date is null and history.class is distinct from present.class) end
             and ($4::uuid is null or letters.letter_id > $4)
           order by letters.letter_id limit $5"#,
        &texts(offices),
        figure.class.map(LetterClass::as_str),
        figure.day,
        after.map(|id| id.0),
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(BalanceLetter::try_from)
    .collect()
}

fn texts(offices: &[OfficeCode]) -> Vec<String> {
    offices.iter().map(ToString::to_string).collect()
}
