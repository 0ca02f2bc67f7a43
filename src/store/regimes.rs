//! Legal regimes.

use sqlx::PgConnection;

use super::{StoreError, error::Column};
use crate::domain::regime::{Regime, RegimeParts};

struct Row {
    regime_code: String,
    letter_basis: String,
    circular: String,
    form_basis: String,
    form_label: String,
    limit_days: serde_json::Value,
    document_policy: serde_json::Value,
    supply_days: i32,
    refuses_incomplete: bool,
    letter_on_screen: bool,
}

impl TryFrom<Row> for Regime {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let at = |column| Column("regimes", column);
        Self::new(RegimeParts {
            code: row.regime_code,
            letter_basis: row.letter_basis,
            circular: row.circular,
            form_basis: row.form_basis,
            form_label: row.form_label,
            limit_days: at("limit_days").json(row.limit_days)?,
            documents: at("document_policy").json(row.document_policy)?,
            supply_days: at("supply_days").convert(row.supply_days)?,
            refuses_incomplete: row.refuses_incomplete,
            letter_on_screen: row.letter_on_screen,
        })
        .map_err(|_| at("limit_days").wrong())
    }
}

/// The regime that new requests get.
pub async fn default(conn: &mut PgConnection) -> Result<Regime, StoreError> {
    sqlx::query_as!(
        Row,
        "select regime_code, letter_basis, circular, form_basis, form_label, limit_days, document_policy, supply_days,
                refuses_incomplete, letter_on_screen
         from regimes where is_default"
    )
    .fetch_one(conn)
    .await?
    .try_into()
}

/// The regime that a request got.
pub async fn get(conn: &mut PgConnection, code: &str) -> Result<Regime, StoreError> {
    sqlx::query_as!(
        Row,
        "select regime_code, letter_basis, circular, form_basis, form_label, limit_days, document_policy, supply_days,
                refuses_incomplete, letter_on_screen
         from regimes where regime_code = $1",
        code
    )
    .fetch_one(conn)
    .await?
    .try_into()
}
