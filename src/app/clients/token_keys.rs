//! The keys that sign access tokens: made when there is none, followed by others in time, published for whoever reads tokens.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    app::{AppError, Office},
    domain::{
        ids::TokenKeyId,
        token_keys::{self, TokenKey},
    },
    store::{
        self,
        audit::{By, Event},
        token_keys::StoredTokenKey,
    },
    vault::access_token,
};

/// Where tokens are asked for; with the public URL before it, the audience of assertions.
pub const TOKEN_PATH: &str = "/api/v1/oauth/token";

/// A public key that tokens may be signed with.
#[derive(Debug, Clone)]
pub struct PublishedKey {
    pub id: TokenKeyId,
    pub x: String,
}

/// How the next key comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// Published first, signing later: no call fails.
    InTime,
    /// For a key that leaked: every earlier one is revoked, and so is every token. Callers get a new one.
    AtOnce,
}

/// What came of a rotation.
#[derive(Debug, Clone, Copy)]
pub enum Rotated {
    Made {
        id: TokenKeyId,
        signs_from: DateTime<Utc>,
    },
    /// One that was made before waits for its time.
    Waits,
}

/// The key that signs now. The first one is made here.
pub(super) async fn signing_key(
    office: &Office,
    conn: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<StoredTokenKey, AppError> {
    if let Some(key) = current(store::token_keys::all(conn).await?, now) {
        return Ok(key);
    }
    store::token_keys::lock(conn).await?;
    if let Some(key) = current(store::token_keys::all(conn).await?, now) {
        return Ok(key);
    }
    make(office, conn, By::System, now, now).await
}

fn current(stored: Vec<StoredTokenKey>, now: DateTime<Utc>) -> Option<StoredTokenKey> {
    let id = token_keys::signing(&times(&stored), now)?;
    stored.into_iter().find(|stored| stored.key.id == id)
}

fn times(stored: &[StoredTokenKey]) -> Vec<TokenKey> {
    stored.iter().map(|stored| stored.key).collect()
}

/// Makes a key, its lock being held.
async fn make(
    office: &Office,
    conn: &mut PgConnection,
    by: By,
    signs_from: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<StoredTokenKey, AppError> {
    let id = TokenKeyId(Uuid::new_v4());
    let made = office.vault.make_token_key(id)?;
    let key = StoredTokenKey {
        key: TokenKey { id, signs_from },
        public: made.public.to_vec(),
        sealed: made.sealed,
    };
    store::token_keys::insert(conn, &key, now).await?;
    let event = Event::new(by, "make_token_key")
        .subject(id.0)
        .detail(serde_json::json!({ "signs_from": signs_from }));
    store::audit::record(conn, event, now).await?;
    Ok(key)
}

/// Makes the next key from the command line.
pub async fn rotate(office: &Office, rotation: Rotation) -> Result<Rotated, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    store::token_keys::lock(&mut tx).await?;
    let signs_from = match rotation {
        Rotation::InTime => token_keys::next_signs_from(&times(&store::token_keys::all(&mut tx).await?), now),
        Rotation::AtOnce => {
            let revoked = store::token_keys::revoke_all(&mut tx, now).await?;
            let event = Event::new(By::Console, "revoke_token_keys")
                .detail(serde_json::json!({ "revoked": revoked }));
            store::audit::record(&mut tx, event, now).await?;
            Some(now)
        }
    };
    let Some(signs_from) = signs_from else { return Ok(Rotated::Waits) };
    let made = make(office, &mut tx, By::Console, signs_from, now).await?;
    tx.commit().await?;
    Ok(Rotated::Made { id: made.key.id, signs_from })
}

/// Makes the next key when the last one has signed for long enough, or when there is none. Says whether it did.
pub async fn rotate_when_due(office: &Office) -> Result<bool, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    if !token_keys::is_due(&times(&store::token_keys::all(&mut tx).await?), now) {
        return Ok(false);
    }
    store::token_keys::lock(&mut tx).await?;
    let keys = times(&store::token_keys::all(&mut tx).await?);
    let Some(signs_from) = token_keys::next_signs_from(&keys, now).filter(|_| token_keys::is_due(&keys, now))
    else {
        return Ok(false);
    };
    make(office, &mut tx, By::System, signs_from, now).await?;
    tx.commit().await?;
    Ok(true)
}

/// Every key that a token may be signed with, now or while this list is kept.
pub async fn published_keys(office: &Office) -> Result<Vec<PublishedKey>, AppError> {
    let now = office.now();
    let mut conn = office.pool.acquire().await?;
    let stored = store::token_keys::all(&mut conn).await?;
    let keys = times(&stored);
    Ok(stored
        .iter()
        .filter(|stored| token_keys::is_published(&keys, &stored.key, now))
        .map(|stored| PublishedKey { id: stored.key.id, x: access_token::jwk_x(&stored.public) })
        .collect())
}
