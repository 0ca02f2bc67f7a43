//! What can go wrong in the database, and how a stored text becomes a domain value.

use std::str::FromStr;

/// A failed statement, a lost race, or a row that the domain does not accept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database refused or failed")]
    Database(#[from] sqlx::Error),
    /// The row changed since it was read, or is gone.
    #[error("a row of {table} changed meanwhile")]
    Stale { table: &'static str },
    /// A stored value that the domain does not accept. Names the place, never the value.
    #[error("{table}.{column} holds a value that is not allowed")]
    Inconsistent { table: &'static str, column: &'static str },
}

impl StoreError {
    /// The constraint that was violated, if it was one: rules are told apart by their names.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Database(error) => error.as_database_error().and_then(|error| error.constraint()),
            Self::Stale { .. } | Self::Inconsistent { .. } => None,
        }
    }
}

/// Where a value stands; used to say where an inconsistent one was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column(pub &'static str, pub &'static str);

impl Column {
    pub(super) fn wrong(self) -> StoreError {
        StoreError::Inconsistent { table: self.0, column: self.1 }
    }

    /// Parses a stored text.
    pub(super) fn parse<T: FromStr>(self, text: &str) -> Result<T, StoreError> {
        text.parse().map_err(|_| self.wrong())
    }

    pub(super) fn parse_some<T: FromStr>(self, text: Option<&str>) -> Result<Option<T>, StoreError> {
        text.map(|text| self.parse(text)).transpose()
    }

    pub(super) fn convert<T, U: TryFrom<T>>(self, value: T) -> Result<U, StoreError> {
        U::try_from(value).map_err(|_| self.wrong())
    }

    pub(super) fn json<T: serde::de::DeserializeOwned>(
        self,
        value: serde_json::Value,
    ) -> Result<T, StoreError> {
        serde_json::from_value(value).map_err(|_| self.wrong())
    }
}

/// Every UPDATE of one row checks that it was one.
pub(super) fn one_row(table: &'static str, written: u64) -> Result<(), StoreError> {
    if written == 1 { Ok(()) } else { Err(StoreError::Stale { table }) }
}

/// A value as JSON. Fails only for values that have no JSON form, which ours all have.
pub(super) fn to_json(value: &impl serde::Serialize) -> Result<serde_json::Value, StoreError> {
    serde_json::to_value(value).map_err(|error| StoreError::Database(sqlx::Error::Encode(Box::new(error))))
}
