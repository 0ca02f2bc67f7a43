//! An operator records a public key of another system. The private half never comes here.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{
    kept_in_use,
    see::{ClientView, view},
};
use crate::{
    app::{AppError, Office, desk::Desk},
    domain::ids::ClientId,
    store::{
        self,
        audit::{self, By, Event},
        clients::{Client, ClientKeyRow},
    },
    vault::client_key::{ClientKey, ClientKeyError},
};

/// The members of a public JWK, and when the key ends by itself.
#[derive(Debug, Clone)]
pub struct NewKey {
    pub curve: String,
    pub x: String,
    pub y: Option<String>,
    pub not_after: Option<DateTime<Utc>>,
}

/// Adds a key. A client may have several, so that it changes from one to the next without a failed call.
///
/// Errors: [`AppError::Invalid`]: no key of the two curves, taken before, or over already; [`AppError::AlreadyDone`].
pub async fn add_key(
    office: &Office,
    desk: Desk,
    id: ClientId,
    new: &NewKey,
) -> Result<ClientView, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    let client = kept_in_use(&mut tx, &keeper, id).await?;
    record_key(&mut tx, &client, keeper.by, new, now).await?;
    let view = view(&mut tx, client).await?;
    tx.commit().await?;
    Ok(view)
}

/// Writes a key beside its client.
pub(super) async fn record_key(
    conn: &mut PgConnection,
    client: &Client,
    by: By,
    new: &NewKey,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let key = ClientKey::parse(&new.curve, &new.x, new.y.as_deref()).map_err(told)?;
    if new.not_after.is_some_and(|end| end <= now) {
        return Err(AppError::fault("/not_after", "past", "Isi waktu yang akan datang."));
    }
    let row = ClientKeyRow {
        thumbprint: key.thumbprint(),
        client: client.id,
        curve: key.curve().to_owned(),
        x: key.x().to_owned(),
        y: key.y().map(str::to_owned),
        added_at: now,
        not_after: new.not_after,
        retired_at: None,
        last_used_at: None,
    };
    store::clients::insert_key(conn, &row).await.map_err(|error| match error.constraint() {
        Some("client_keys_pkey") => {
            AppError::fault("/jwk", "taken", "Kunci ini pernah didaftarkan; buat pasangan kunci baru.")
        }
        _ => error.into(),
    })?;
    let mut event = Event::new(by, "add_client_key")
        .subject(client.id.0)
        .detail(serde_json::json!({ "key": row.thumbprint }));
    event.office = client.office;
    audit::record(conn, event, now).await?;
    Ok(())
}

fn told(error: ClientKeyError) -> AppError {
    match error {
        ClientKeyError::Curve => {
            AppError::fault("/jwk/crv", "curve", "Pakai kunci Ed25519 (OKP) atau P-256 (EC).")
        }
        ClientKeyError::Coordinate => AppError::fault(
            "/jwk/x",
            "coordinate",
            "Isi x (dan y untuk P-256) sebagai 32 byte dalam base64url tanpa padding.",
        ),
        ClientKeyError::Point => {
            AppError::fault("/jwk/x", "point", "Ini bukan kunci publik pada kurvanya; periksa salinannya.")
        }
    }
}
