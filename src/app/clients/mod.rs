//! Other systems of the DJP: registered by operators, known by the keys that they sign with, held to their scopes.

mod add_key;
mod disable;
mod issue_token;
mod pasted_key;
mod register;
mod retire_key;
mod see;
mod service;
mod token_keys;

use sqlx::PgConnection;

use super::{AppError, desk::Keeper};
use crate::{
    domain::ids::ClientId,
    store::{self, clients::Client},
};

pub use add_key::{NewKey, add_key};
pub use disable::disable;
pub use issue_token::{Issued, Outcome, Refusal, TokenRequest, issue_token};
pub use pasted_key::PastedKeyError;
pub use register::{NewClient, register};
pub use retire_key::retire_key;
pub use see::{ClientView, get_client, list_clients};
pub use service::AccessToken;
pub(in crate::app) use service::{ServiceClient, authenticate};
pub use token_keys::{PublishedKey, Rotated, Rotation, TOKEN_PATH, published_keys, rotate, rotate_when_due};

/// A client that the keeper looks after, locked; any other is not there.
async fn kept(conn: &mut PgConnection, keeper: &Keeper, id: ClientId) -> Result<Client, AppError> {
    store::clients::lock(conn, id)
        .await?
        .filter(|client| keeper.looks_after(client.office))
        .ok_or(AppError::NotFound("client"))
}

/// As [`kept`], and still in use.
async fn kept_in_use(conn: &mut PgConnection, keeper: &Keeper, id: ClientId) -> Result<Client, AppError> {
    let client = kept(conn, keeper, id).await?;
    if client.disabled_at.is_some() {
        return Err(AppError::AlreadyDone("client_disabled"));
    }
    Ok(client)
}
