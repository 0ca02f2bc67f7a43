//! Who calls with an access token.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use crate::{
    app::{AppError, Office},
    domain::{
        clients::{ClientScope, Reach},
        ids::ClientId,
        office::OfficeCode,
    },
    store,
    vault::access_token,
};

/// How far ahead of ours the clock of the replica that signed may be.
const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(5);

/// A token of the shape of ours. Whether it is genuine and its client still may is looked up by the act.
#[derive(Clone)]
pub struct AccessToken(String);

impl std::fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessToken(..)")
    }
}

impl AccessToken {
    /// `None`: a token of another kind.
    pub fn parse(bearer: &str) -> Option<Self> {
        access_token::named_key(bearer).map(|_| Self(bearer.to_owned()))
    }
}

/// Another system that may call now. A value is the proof of a check made in the transaction of the act.
#[derive(Debug, Clone)]
pub(in crate::app) struct ServiceClient {
    pub id: ClientId,
    /// `None`: pairs of every office.
    pub office: Option<OfficeCode>,
    /// What the token was asked for and the client still has.
    pub scopes: Vec<ClientScope>,
}

/// The client behind a token: signed by a key of ours that was not revoked, not expired, of a client that is in use, by a key of
/// the client that is in use.
///
/// Errors: [`AppError::Unauthenticated`].
pub(in crate::app) async fn authenticate(
    office: &Office,
    conn: &mut PgConnection,
    token: &AccessToken,
    now: DateTime<Utc>,
) -> Result<ServiceClient, AppError> {
    let key = access_token::named_key(&token.0).ok_or(AppError::Unauthenticated)?;
    let public = store::token_keys::public(conn, key).await?.ok_or(AppError::Unauthenticated)?;
    let claims = access_token::read(&token.0, &public, office.rules.public_url.as_str())
        .filter(|claims| now.timestamp() < claims.exp)
        .filter(|claims| claims.iat <= (now + CLOCK_SKEW).timestamp())
        .ok_or(AppError::Unauthenticated)?;
    let client = store::clients::find_live(conn, claims.sub, &claims.client_key, now)
        .await?
        .ok_or(AppError::Unauthenticated)?;
    let asked: Vec<ClientScope> = claims.scope.split(' ').filter_map(|scope| scope.parse().ok()).collect();
    let scopes = client.scopes.into_iter().filter(|scope| asked.contains(scope)).collect();
    Ok(ServiceClient { id: client.id, office: client.office, scopes })
}

impl ServiceClient {
    /// Errors: [`AppError::Forbidden`].
    pub fn must_have(&self, scope: ClientScope) -> Result<(), AppError> {
        if self.scopes.contains(&scope) { Ok(()) } else { Err(AppError::Forbidden) }
    }

    /// Whose codes this client may ask about.
    ///
    /// Errors: [`AppError::Forbidden`], when it may ask about no code at all.
    pub fn reach(&self) -> Result<Reach, AppError> {
        let has = |scope| self.scopes.contains(&scope);
        let (activation, desktop) = (has(ClientScope::Activation), has(ClientScope::Desktop));
        if !activation && !desktop {
            return Err(AppError::Forbidden);
        }
        Ok(Reach { office: self.office, activation, desktop })
    }
}
