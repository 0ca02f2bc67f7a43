//! A search over receipt number, identity number in any form, and name with typing errors.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;

use super::super::{
    AppError, Office,
    views::list_requests::{Page, RequestRow, in_words, reader, rows},
};
use crate::{
    domain::{ids::SessionId, tax_id::TaxId},
    store::{
        self,
        audit::{By, Event},
        queue::{Filter, QueueRow},
    },
};

/// Whoever needs more narrows the search.
pub const MOST: i64 = 50;
const MOST_CHARACTERS: usize = 100;
const FEWEST_LETTERS: usize = 3;

/// What was typed, by what it looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Term {
    Receipt(String),
    TaxId(TaxId),
    Name(String),
}

/// Why something cannot be searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsearchable {
    Empty,
    /// Fewer than three letters find half of the office.
    TooShort,
    TooLong,
}

impl Term {
    /// Reads what was typed.
    pub fn read(typed: &str) -> Result<Self, Unsearchable> {
        let typed = typed.split_whitespace().collect::<Vec<_>>().join(" ");
        if typed.is_empty() {
            return Err(Unsearchable::Empty);
        }
        if typed.chars().count() > MOST_CHARACTERS {
            return Err(Unsearchable::TooLong);
        }
        let number = typed.to_ascii_uppercase().replace(' ', "-");
        if number.starts_with("BPE-") || number.starts_with("BPS-") {
            return Ok(Self::Receipt(number));
        }
        if let Ok(tax_id) = TaxId::parse(&typed) {
            return Ok(Self::TaxId(tax_id));
        }
        if typed.chars().filter(|letter| letter.is_alphanumeric()).count() < FEWEST_LETTERS {
            return Err(Unsearchable::TooShort);
        }
        Ok(Self::Name(typed))
    }

    /// As it stands in the field.
    pub fn typed(&self) -> String {
        match self {
            Self::Receipt(text) | Self::Name(text) => text.clone(),
            Self::TaxId(tax_id) => tax_id.formatted(),
        }
    }
}

/// At most [`MOST`] requests in every state, and whether there are more. An audited look when it is about a person.
pub async fn search(
    office: &Office,
    session: SessionId,
    term: &Term,
) -> Result<(Vec<RequestRow>, bool), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let (colleague, offices) = reader(office, &mut tx, session).await?;
    let filter = Filter { offices, ..Filter::default() };
    let page = Page { limit: MOST, after: None };
    let mut event = Event::new(By::Staff(colleague.id), "search_requests");
    event.office = colleague.office;
    let found = match term {
        Term::Receipt(number) => {
            let filter = Filter { receipt_number: Some(number.clone()), ..filter };
            return Ok((rows(&mut tx, &filter, page, now).await?.0, false));
        }
        Term::TaxId(tax_id) => match store::taxpayers::find_by_tax_id(&mut tx, tax_id).await? {
            None => return Ok((Vec::new(), false)),
            Some(taxpayer) => {
                event = event.taxpayer(taxpayer.id);
                let found = store::queue::latest_of(&mut tx, &filter.offices, taxpayer.id, MOST + 1).await?;
                first(&mut tx, found, now).await?
            }
        },
        Term::Name(name) => {
            event = event.detail(json!({ "by": "name" }));
            let found = store::queue::named_about(&mut tx, &filter.offices, name, MOST + 1).await?;
            first(&mut tx, found, now).await?
        }
    };
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(found)
}

/// The first [`MOST`] rows, and whether there are more.
async fn first(
    conn: &mut PgConnection,
    mut found: Vec<QueueRow>,
    now: DateTime<Utc>,
) -> Result<(Vec<RequestRow>, bool), AppError> {
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    let more = found.len() > most;
    found.truncate(most);
    Ok((in_words(conn, found, now).await?, more))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_read_as_what_it_is() {
        let number = || Term::Receipt("BPE-031-20260710-00037".to_owned());
        assert_eq!(Term::read(" bpe-031-20260710-00037 "), Ok(number()));
        assert_eq!(Term::read("BPE 031 20260710 00037"), Ok(number()));
        for npwp in ["99.999.134.2-031.000", "999991342031000", "0999991342031000", "99 999 134 2 031 000"] {
            assert!(matches!(Term::read(npwp), Ok(Term::TaxId(_))), "{npwp}");
        }
        assert_eq!(Term::read("cv  tirtaloka"), Ok(Term::Name("cv tirtaloka".to_owned())));
    }

    #[test]
    fn what_would_find_everything_is_not_searched_for() {
        assert_eq!(Term::read("  "), Err(Unsearchable::Empty));
        assert_eq!(Term::read("PT"), Err(Unsearchable::TooShort));
        assert_eq!(Term::read("--- "), Err(Unsearchable::TooShort));
        assert_eq!(Term::read(&"a".repeat(101)), Err(Unsearchable::TooLong));
    }
}
