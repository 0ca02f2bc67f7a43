//! Who a bearer token speaks for. A token proves only where to look: rights are read in the transaction of the act.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{AppError, Office, clients::AccessToken};
use crate::domain::ids::{AccountSessionId, RequestId, SessionId};

/// How a token of a proven address begins.
pub const PROOF_PREFIX: &str = "prf_";
/// How a token of a followed request begins.
pub const TRACKING_PREFIX: &str = "trk_";
/// How a token of a PKP in its account begins.
pub const ACCOUNT_PREFIX: &str = "akn_";
/// How a refresh token of staff begins.
pub const REFRESH_PREFIX: &str = "rfr_";

/// How long a followed request stays open without its code.
pub(in crate::app) const TRACKING_LIFETIME: TimeDelta = TimeDelta::minutes(30);

const TRACKING_PURPOSE: &str = "tracking_session";
const ACCOUNT_PURPOSE: &str = "account_session";
/// Request id, end in seconds since 1970, MAC.
const TRACKING_FIXED_BYTES: usize = 16 + 8 + 32;

/// Who calls.
#[derive(Debug, Clone)]
pub enum Caller {
    /// Without a token.
    Stranger,
    /// With a token of a proven address; whether it still holds is looked up by the act.
    Proof(ProofToken),
    /// With a token of this request, made by `open_tracking` and not expired.
    Tracking(RequestId),
    /// With a token of a session that we signed; whether the session lives is looked up by the act.
    Staff(SessionId),
    /// With an access token of another system; whether it is genuine and the client still may is looked up by the act.
    Service(AccessToken),
    /// With a token of a PKP in its account; whether the session lives is looked up by the act.
    Account(AccountSessionId),
}

/// A token of a proven address, as SHA-256: the token itself is kept nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct ProofToken(pub(in crate::app) [u8; 32]);

impl std::fmt::Debug for ProofToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProofToken(..)")
    }
}

impl ProofToken {
    /// Reads a token that has our prefix.
    pub fn parse(token: &str) -> Option<Self> {
        token.starts_with(PROOF_PREFIX).then(|| Self(hash(token)))
    }

    /// What is kept of the token.
    pub fn sha256(&self) -> &[u8] {
        &self.0
    }
}

/// SHA-256 of a token. Tokens hold 32 random bytes, so a plain hash cannot be guessed back.
pub(in crate::app) fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

impl Office {
    /// Says who a bearer token speaks for. `None`: nobody we know, an expired token, or a forged one.
    pub fn identify(&self, bearer: &str) -> Option<Caller> {
        if let Some(token) = ProofToken::parse(bearer) {
            return Some(Caller::Proof(token));
        }
        if bearer.starts_with(TRACKING_PREFIX) {
            return self.read_tracking_token(bearer, self.now()).map(Caller::Tracking);
        }
        if let Some(token) = AccessToken::parse(bearer) {
            return Some(Caller::Service(token));
        }
        if let Some(token) = bearer.strip_prefix(ACCOUNT_PREFIX) {
            let session = self.proven(ACCOUNT_PURPOSE, token, &[]);
            return session.map(|id| Caller::Account(AccountSessionId(Uuid::from_bytes(id))));
        }
        self.vault.verify_session(bearer, self.now()).ok().map(|id| Caller::Staff(SessionId(id)))
    }

    /// 32 unpredictable bytes behind a prefix.
    pub(in crate::app) fn random_token(&self, prefix: &str, lead: &[u8]) -> String {
        let mut bytes = [0; 32];
        self.vault.entropy().fill(&mut bytes);
        format!("{prefix}{}", URL_SAFE_NO_PAD.encode([lead, &bytes].concat()))
    }

    /// A token for one request that every replica can check without the database.
    pub(in crate::app) fn tracking_token(&self, request: RequestId, expires_at: DateTime<Utc>) -> String {
        let end = expires_at.timestamp().to_be_bytes();
        let (key, mac) = self.vault.token(TRACKING_PURPOSE, &[request.0.as_bytes(), &end]);
        let bytes = [request.0.as_bytes().as_slice(), &end, &mac, key.as_str().as_bytes()].concat();
        format!("{TRACKING_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// A token for a session of an account. It says no more than which row to look at: the row says when it ends.
    pub fn account_token(&self, session: AccountSessionId) -> String {
        format!("{ACCOUNT_PREFIX}{}", self.proof(ACCOUNT_PURPOSE, *session.0.as_bytes(), &[]))
    }

    fn read_tracking_token(&self, token: &str, now: DateTime<Utc>) -> Option<RequestId> {
        let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(TRACKING_PREFIX)?).ok()?;
        let (fixed, key) = bytes.split_at_checked(TRACKING_FIXED_BYTES)?;
        let (request, rest) = fixed.split_at(16);
        let (end, mac) = rest.split_at(8);
        let key = std::str::from_utf8(key).ok()?;
        let genuine = self.vault.token_matches(key, TRACKING_PURPOSE, &[request, end], mac).ok()?;
        let alive = now.timestamp() < i64::from_be_bytes(end.try_into().ok()?);
        (genuine && alive).then(|| Uuid::from_slice(request).ok().map(RequestId)).flatten()
    }
}

/// The proof that a token stands for: proven, not used, not expired.
pub(in crate::app) async fn live_proof(
    conn: &mut sqlx::PgConnection,
    token: &ProofToken,
    now: DateTime<Utc>,
) -> Result<crate::store::proofs::Proof, AppError> {
    crate::store::proofs::find_by_token(conn, &token.0)
        .await?
        .filter(|proof| proof.used_at.is_none() && proof.proof_expires_at.is_some_and(|end| end > now))
        .ok_or(AppError::Unauthenticated)
}
