//! Clients as operators see them.

use std::collections::HashMap;

use sqlx::PgConnection;

use crate::{
    app::{AppError, Office, desk::Desk},
    domain::ids::ClientId,
    store::{
        self,
        clients::{Client, ClientKeyRow},
    },
};

#[derive(Debug, Clone)]
pub struct ClientView {
    pub client: Client,
    /// Oldest first.
    pub keys: Vec<ClientKeyRow>,
}

pub(super) async fn view(conn: &mut PgConnection, client: Client) -> Result<ClientView, AppError> {
    let keys = store::clients::keys(conn, &[client.id]).await?;
    Ok(ClientView { client, keys })
}

/// A client that this operator looks after.
///
/// Errors: [`AppError::NotFound`].
pub async fn get_client(office: &Office, desk: Desk, id: ClientId) -> Result<ClientView, AppError> {
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, office.now()).await?;
    let client = store::clients::find(&mut tx, id)
        .await?
        .filter(|client| keeper.looks_after(client.office))
        .ok_or(AppError::NotFound("client"))?;
    view(&mut tx, client).await
}

/// Clients that this operator looks after, by name, after the given one; at most `limit`.
pub async fn list_clients(
    office: &Office,
    desk: Desk,
    after: Option<(String, ClientId)>,
    limit: i64,
) -> Result<Vec<ClientView>, AppError> {
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, office.now()).await?;
    let clients = store::clients::list_page(&mut tx, keeper.office, after, limit).await?;
    let ids: Vec<ClientId> = clients.iter().map(|client| client.id).collect();
    let mut keys: HashMap<ClientId, Vec<ClientKeyRow>> = HashMap::new();
    for key in store::clients::keys(&mut tx, &ids).await? {
        keys.entry(key.client).or_default().push(key);
    }
    let with_keys = |client: Client| ClientView { keys: keys.remove(&client.id).unwrap_or_default(), client };
    Ok(clients.into_iter().map(with_keys).collect())
}
