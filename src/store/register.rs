//! The register of an office: what was received in a month, and the letter numbers that were used.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::{StoreError, error::Column};
use crate::domain::{
    names::{Delivery, Fate, Kind, RoundEnding},
    office::OfficeCode,
    working_days::{Derivation, Outcome},
};

/// One receipt, and what became of it.
#[derive(Debug, Clone)]
pub struct RegisterRow {
    pub receipt_number: String,
    pub received_at: DateTime<Utc>,
    pub tax_id: String,
    pub pkp_name: String,
    pub kind: Kind,
    pub due_on: Option<NaiveDate>,
    /// From which the business days count; none while a year has no calendar.
    pub day_zero: Option<NaiveDate>,
    pub ending: Option<RoundEnding>,
    pub ended_at: Option<DateTime<Utc>>,
    /// `None`: it runs, or had no due date.
    pub breached: Option<bool>,
    /// The request lapsed after this receipt.
    pub lapsed: bool,
    pub officer: Option<String>,
    pub letter: Option<RegisterLetter>,
}

#[derive(Debug, Clone)]
pub struct RegisterLetter {
    pub number: String,
    pub dated_on: NaiveDate,
    /// Numbers of the letters of this round that it replaces.
    pub replaces: Option<String>,
    pub delivery: Delivery,
    pub handed_out: bool,
    pub returned: bool,
    /// Of its last e-mail.
    pub fate: Option<Fate>,
}

/// Everything received from `from` to before `until`, in the order of receipt.
pub async fn received(
    conn: &mut PgConnection,
    office: OfficeCode,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<RegisterRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select rounds.receipt_number, rounds.received_at, requests.tax_id, requests.pkp_name, requests.kind, rounds.due_on,
                  rounds.derivation, rounds.ending, rounds.ended_at,
                  case when rounds.due_at is not null then rounds.breached end as breached,
                  (requests.state = 'lapsed' and rounds.number = requests.round_number) as "lapsed!", staff.name as "officer?",
                  letters.number as "letter_number?", letters.dated_on as "letter_on?", letters.delivery as "delivery?",
                  letters.handed_out_at, letters.returned_at,
                  (select string_agg(wrong.number, ', ' order by wrong.sequence) from letters as wrong
                   where wrong.round_id = rounds.round_id and wrong.superseded_at is not null) as replaces,
                  (select fate from messages where messages.letter_id = letters.letter_id and messages.kind = 'letter_delivery'
                   order by created_at desc, message_id desc limit 1) as fate
           from rounds
           join requests using (request_id)
           left join letters on letters.round_id = rounds.round_id and letters.signed_by is not null
                                and letters.superseded_at is null
           left join staff on staff.staff_id = coalesce(letters.drafted_by, requests.officer_id)
           where rounds.office_code = $1 and rounds.received_at >= $2 and rounds.received_at < $3
           order by rounds.received_at, rounds.receipt_number"#,
        office.as_str(),
        from,
        until
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let (letter, round) = (|column| Column("letters", column), |column| Column("rounds", column));
            let derivation: Option<Derivation> =
                row.derivation.map(|derivation| round("derivation").json(derivation)).transpose()?;
            Ok(RegisterRow {
                receipt_number: row.receipt_number,
                received_at: row.received_at,
                tax_id: row.tax_id,
                pkp_name: row.pkp_name,
                kind: Column("requests", "kind").parse(&row.kind)?,
                due_on: row.due_on,
                day_zero: derivation.and_then(|derivation| {
                    derivation
                        .steps
                        .iter()
                        .find(|step| step.outcome == Outcome::DayZero)
                        .map(|step| step.date)
                }),
                ending: round("ending").parse_some(row.ending.as_deref())?,
                ended_at: row.ended_at,
                breached: row.breached,
                lapsed: row.lapsed,
                officer: row.officer,
                letter: match (row.letter_number, row.letter_on, row.delivery) {
                    (Some(number), Some(dated_on), Some(delivery)) => Some(RegisterLetter {
                        number,
                        dated_on,
                        replaces: row.replaces,
                        delivery: letter("delivery").parse(&delivery)?,
                        handed_out: row.handed_out_at.is_some(),
                        returned: row.returned_at.is_some(),
                        fate: Column("messages", "fate").parse_some(row.fate.as_deref())?,
                    }),
                    _ => None,
                },
            })
        })
        .collect()
}

/// The numbers of the series `S` that letters of these days took, and the last one before them in the same year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumbersUsed {
    /// In order.
    pub used: Vec<i32>,
    /// 0 when these are the first of the year.
    pub before: i32,
}

impl NumbersUsed {
    /// The numbers between the last one before and the last one used that nothing took.
    #[must_use]
    pub fn missing(&self) -> Vec<i32> {
        let last = self.used.last().copied().unwrap_or(self.before);
        (self.before + 1..=last).filter(|number| self.used.binary_search(number).is_err()).collect()
    }
}

/// The numbers of the series `KEP` that were given from one instant to before another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecreeNumbers {
    pub numbers: NumbersUsed,
    /// Number and reason of those that were never signed.
    pub voided: Vec<(String, String)>,
}

pub async fn decree_numbers(
    conn: &mut PgConnection,
    office: OfficeCode,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    year: i32,
) -> Result<DecreeNumbers, StoreError> {
    let rows = sqlx::query!(
        r#"select sequence as "sequence!", number as "number!", void_reason from decree_documents
           where office_code = $1 and series = 'KEP' and numbered_at >= $2 and numbered_at < $3 order by sequence"#,
        office.as_str(),
        from,
        until
    )
    .fetch_all(&mut *conn)
    .await?;
    let used: Vec<i32> = rows.iter().map(|row| row.sequence).collect();
    let before = sqlx::query_scalar!(
        r#"select coalesce(max(sequence), 0) as "before!" from decree_documents
           where office_code = $1 and series = 'KEP' and year = $2 and numbered_at < $3"#,
        office.as_str(),
        year,
        from
    )
    .fetch_one(conn)
    .await?;
    let voided = rows.into_iter().filter_map(|row| Some((row.number, row.void_reason?))).collect();
    Ok(DecreeNumbers { numbers: NumbersUsed { used, before }, voided })
}

pub async fn numbers_used(
    conn: &mut PgConnection,
    office: OfficeCode,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<NumbersUsed, StoreError> {
    let used: Vec<i32> = sqlx::query_scalar!(
        r#"select sequence as "sequence!" from letters
           where office_code = $1 and series = 'S' and dated_on >= $2 and dated_on < $3 order by sequence"#,
        office.as_str(),
        from,
        until
    )
    .fetch_all(&mut *conn)
    .await?;
    let before = sqlx::query_scalar!(
        r#"select coalesce(max(sequence), 0) as "before!" from letters
           where office_code = $1 and series = 'S' and dated_on < $2 and year = extract(year from $2)::int"#,
        office.as_str(),
        from
    )
    .fetch_one(conn)
    .await?;
    Ok(NumbersUsed { used, before })
}
