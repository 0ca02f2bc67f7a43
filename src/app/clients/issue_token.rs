//! An access token for another system, which proves itself with an assertion that it signed (RFC 6749 section 4.4, RFC 7523).

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::token_keys::{TOKEN_PATH, signing_key};
use crate::{
    app::{
        AppError, Office, callers,
        limits::{self, CallerAddress},
    },
    domain::{clients::ClientScope, ids::ClientId, token_keys::TOKEN_LIFETIME},
    store::{
        self,
        audit::{By, Event},
        clients::Client,
    },
    vault::{
        access_token::AccessClaims,
        client_key::{self, Assertion, ClientKey},
    },
};

const GRANT: &str = "client_credentials";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// An assertion lives no longer than this.
const ASSERTION_LIFETIME: TimeDelta = TimeDelta::minutes(5);
/// How far the clock of another system may be from ours.
const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(30);
const LONGEST_JTI: usize = 255;

/// The parameters of the form, as far as they were sent.
#[derive(Debug, Default)]
pub struct TokenRequest {
    pub grant_type: Option<String>,
    pub client_assertion_type: Option<String>,
    pub client_assertion: Option<String>,
    pub client_id: Option<String>,
    pub scope: Option<String>,
}

/// What came of a request.
#[derive(Debug)]
pub enum Outcome {
    Issued(Issued),
    Refused(Refusal),
}

/// Shown once; `Debug` hides the token.
pub struct Issued {
    pub access_token: String,
    /// Seconds.
    pub expires_in: i64,
    pub scopes: Vec<ClientScope>,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Issued(..)")
    }
}

/// Why there is no token (RFC 6749 section 5.2). Says nothing of which part of a proof was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Names the parameter that is missing or wrong.
    InvalidRequest(&'static str),
    UnsupportedGrantType,
    InvalidClient,
    InvalidScope,
}

/// Issues a token for fifteen minutes. The assertion is signed by a key of the client that is in use, is meant for us, lives at
/// most five minutes, and works once. Tokens are signed with the key whose time has come.
///
/// Errors: [`AppError::TooManyAttempts`], after many refusals from one network.
pub async fn issue_token(
    office: &Office,
    request: &TokenRequest,
    from: CallerAddress,
) -> Result<Outcome, AppError> {
    let assertion = match read(request) {
        Ok(assertion) => assertion,
        Err(refusal) => return Ok(Outcome::Refused(refusal)),
    };
    let gate = office.network_gate(limits::CLIENT_NETWORK, from);
    let now = office.now();
    let mut tx = office.begin().await?;
    gate.pass(&mut tx, now).await?;
    let Some((client, key)) = prove(office, &mut tx, request, assertion, now).await? else {
        gate.count(&mut tx, now).await?;
        store::audit::record(&mut tx, Event::new(By::Stranger, "client_token_refused"), now).await?;
        tx.commit().await?;
        return Ok(Outcome::Refused(Refusal::InvalidClient));
    };
    let Some(scopes) = granted(&client, request.scope.as_deref()) else {
        // The assertion is used up all the same.
        tx.commit().await?;
        return Ok(Outcome::Refused(Refusal::InvalidScope));
    };
    let signing = signing_key(office, &mut tx, now).await?;
    store::clients::use_key(&mut tx, &key, now).await?;
    let issued = sign(office, &signing, &client, key, scopes, now)?;
    let mut event = Event::new(By::Client(client.id), "issue_client_token")
        .subject(client.id.0)
        .detail(serde_json::json!({ "signed_by": signing.key.id }));
    event.office = client.office;
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(Outcome::Issued(issued))
}

/// The assertion of a request that is one for a token.
fn read(request: &TokenRequest) -> Result<&str, Refusal> {
    match request.grant_type.as_deref() {
        None => return Err(Refusal::InvalidRequest("grant_type")),
        Some(GRANT) => {}
        Some(_) => return Err(Refusal::UnsupportedGrantType),
    }
    if request.client_assertion_type.as_deref() != Some(ASSERTION_TYPE) {
        return Err(Refusal::InvalidRequest("client_assertion_type"));
    }
    request.client_assertion.as_deref().ok_or(Refusal::InvalidRequest("client_assertion"))
}

/// The client that signed the assertion, with the thumbprint of its key.
async fn prove(
    office: &Office,
    conn: &mut PgConnection,
    request: &TokenRequest,
    assertion: &str,
    now: DateTime<Utc>,
) -> Result<Option<(Client, String)>, AppError> {
    let Some(thumbprint) = client_key::named_key(assertion) else { return Ok(None) };
    let Some(row) = store::clients::find_key(conn, &thumbprint).await? else { return Ok(None) };
    let key = ClientKey::parse(&row.curve, &row.x, row.y.as_deref())
        .map_err(|error| AppError::Internal(error.into()))?;
    let Some(claims) = key.read_assertion(assertion) else { return Ok(None) };
    let said = request.client_id.as_deref().is_none_or(|id| id.parse() == Ok(row.client));
    if !said || !holds(&claims, row.client, &office.rules.public_url.join(TOKEN_PATH), now) {
        return Ok(None);
    }
    let Some(client) = store::clients::find_live(conn, row.client, &thumbprint, now).await? else {
        return Ok(None);
    };
    let expires_at = DateTime::from_timestamp(claims.exp, 0).unwrap_or(now + ASSERTION_LIFETIME);
    let first =
        store::clients::use_assertion(conn, client.id, &callers::hash(&claims.jti), expires_at).await?;
    Ok(first.then_some((client, thumbprint)))
}

/// Whether an assertion of this client is meant for us, now.
fn holds(claims: &Assertion, client: ClientId, audience: &str, now: DateTime<Utc>) -> bool {
    let id = client.to_string();
    let (seconds, skew) = (now.timestamp(), CLOCK_SKEW.num_seconds());
    claims.iss == id
        && claims.sub == id
        && claims.aud.iter().any(|meant| meant == audience)
        && seconds < claims.exp
        && claims.exp <= seconds + ASSERTION_LIFETIME.num_seconds() + skew
        && claims.nbf.is_none_or(|from| from <= seconds + skew)
        && claims.iat.is_none_or(|at| at <= seconds + skew)
        && (1..=LONGEST_JTI).contains(&claims.jti.len())
}

/// What is granted: what was asked for, or everything that the client has. `None`: more was asked for than it has.
fn granted(client: &Client, asked: Option<&str>) -> Option<Vec<ClientScope>> {
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else { return Some(client.scopes.clone()) };
    let asked: Option<Vec<ClientScope>> = asked.split(' ').map(|scope| scope.parse().ok()).collect();
    let mut asked = asked?;
    asked.sort_unstable();
    asked.dedup();
    asked.iter().all(|scope| client.scopes.contains(scope)).then_some(asked)
}

fn sign(
    office: &Office,
    signing: &store::token_keys::StoredTokenKey,
    client: &Client,
    client_key: String,
    scopes: Vec<ClientScope>,
    now: DateTime<Utc>,
) -> Result<Issued, AppError> {
    let service = office.rules.public_url.as_str().to_owned();
    let words: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    let claims = AccessClaims {
        iss: service.clone(),
        aud: service,
        sub: client.id,
        client_id: client.id,
        client_key,
        scope: words.join(" "),
        iat: now.timestamp(),
        exp: (now + TOKEN_LIFETIME).timestamp(),
        jti: Uuid::new_v4(),
    };
    let access_token = office.vault.sign_access_token(signing.key.id, &signing.sealed, &claims)?;
    Ok(Issued { access_token, expires_in: TOKEN_LIFETIME.num_seconds(), scopes })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "https://djp.example/api/v1/oauth/token";

    fn now() -> DateTime<Utc> {
        "2026-07-10T09:00:00Z".parse().unwrap()
    }

    fn client() -> ClientId {
        ClientId(Uuid::from_u128(5))
    }

    fn assertion() -> Assertion {
        Assertion {
            iss: client().to_string(),
            sub: client().to_string(),
            aud: vec![HERE.to_owned()],
            exp: now().timestamp() + 60,
            nbf: None,
            iat: Some(now().timestamp()),
            jti: "1".to_owned(),
        }
    }

    #[test]
    fn an_assertion_holds_for_its_client_for_us_and_for_minutes_only() {
        let seconds = now().timestamp();
        let changed = |change: fn(&mut Assertion, i64)| {
            let mut claims = assertion();
            change(&mut claims, seconds);
            holds(&claims, client(), HERE, now())
        };

        assert!(changed(|_, _| {}));
        assert!(changed(|claims, _| claims.aud.push("https://elsewhere.example".to_owned())));
        assert!(changed(|claims, now| claims.exp = now + 300));
        assert!(!changed(|claims, _| claims.aud = vec!["https://djp.example".to_owned()]));
        assert!(!changed(|claims, _| claims.aud.clear()));
        assert!(!changed(|claims, _| claims.iss = "somebody".to_owned()));
        assert!(!changed(|claims, _| claims.sub = "somebody".to_owned()));
        assert!(!changed(|claims, now| claims.exp = now));
        assert!(!changed(|claims, now| claims.exp = now + 331));
        assert!(!changed(|claims, now| claims.nbf = Some(now + 31)));
        assert!(!changed(|claims, now| claims.iat = Some(now + 31)));
        assert!(!changed(|claims, _| claims.jti.clear()));
        assert!(!changed(|claims, _| claims.jti = "x".repeat(256)));
    }

    #[test]
    fn nobody_is_granted_more_than_the_client_has() {
        let client = Client {
            id: client(),
            name: "e-Nofa".to_owned(),
            office: None,
            scopes: vec![ClientScope::Activation, ClientScope::Password],
            created_at: now(),
            disabled_at: None,
            disabled_reason: None,
        };

        assert_eq!(granted(&client, None), Some(client.scopes.clone()));
        assert_eq!(granted(&client, Some("credentials:activation")), Some(vec![ClientScope::Activation]));
        for more in ["credentials:desktop", "credentials:activation credentials:desktop", "everything", " "] {
            assert_eq!(granted(&client, Some(more)), None, "{more}");
        }
    }
}
