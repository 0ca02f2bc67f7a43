//! A decision with everything that its letter needs.

use sqlx::PgConnection;

use crate::{
    app::AppError,
    domain::{
        eligibility::FoundReason,
        names::{CredentialState, Decision},
        regime::Regime,
        request::{Request, Round},
    },
    store::{
        self, accounts::Account, credentials::Credential, letters::Letter, offices::OfficeRow,
        taxpayers::Taxpayer,
    },
};

/// What was decided, and the rows that the letter speaks of.
#[derive(Debug, Clone)]
pub(in crate::app) struct Decided {
    pub request: Request,
    pub round: Round,
    pub decision: Decision,
    pub reasons: Vec<FoundReason>,
    pub row: OfficeRow,
    pub regime: Regime,
    pub taxpayer: Taxpayer,
    pub account: Option<Account>,
    /// The pair in force, if there is one.
    pub pair: Option<Credential>,
    /// The letter that first carried its code; `None` for an imported pair.
    pub original: Option<Letter>,
    pub copies: i32,
    /// Name of the office before a move, where the register of offices knows it.
    pub previous_office: Option<String>,
}

/// Loads what belongs to a decision on a request.
pub(in crate::app) async fn load(
    conn: &mut PgConnection,
    request: Request,
    decision: Decision,
    reasons: Vec<FoundReason>,
) -> Result<Decided, AppError> {
    let round = store::rounds::current(conn, request.id).await?;
    let row = store::offices::find(conn, request.office).await?.ok_or(AppError::NotFound("office"))?;
    let regime = store::regimes::get(conn, &request.regime).await?;
    let taxpayer = store::taxpayers::get(conn, request.taxpayer).await?;
    let account = store::accounts::find(conn, request.taxpayer).await?;
    let pair = store::credentials::of_taxpayer(conn, request.taxpayer)
        .await?
        .into_iter()
        .find(|pair| matches!(pair.state, CredentialState::Active | CredentialState::Suspended));
    let (original, copies) = match &pair {
        Some(pair) => {
            (store::letters::original_of(conn, pair.id).await?, store::letters::copies(conn, pair.id).await?)
        }
        None => (None, 0),
    };
    let previous_office =
        match request.filed.previous_office.as_ref().and_then(|named| named.as_str().parse().ok()) {
            Some(code) => store::offices::find(conn, code).await?.map(|office| office.name),
            None => None,
        };
    Ok(Decided {
        request,
        round,
        decision,
        reasons,
        row,
        regime,
        taxpayer,
        account,
        pair,
        original,
        copies,
        previous_office,
    })
}
