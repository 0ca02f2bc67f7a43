//! An operator registers another system.

use uuid::Uuid;

use super::{
    add_key::{NewKey, record_key},
    see::{ClientView, view},
};
use crate::{
    app::{AppError, Office, desk::Desk},
    domain::{clients::ClientScope, fault::Faults, ids::ClientId, line::Line, office::OfficeCode},
    store::{
        self,
        audit::{self, By, Event},
        clients::Client,
    },
};

/// A client to be registered.
#[derive(Debug, Clone)]
pub struct NewClient {
    pub name: String,
    /// `None`: pairs of every office; only whoever looks after all offices gives that.
    pub office: Option<OfficeCode>,
    pub scopes: Vec<ClientScope>,
    /// Its first public key, as pasted. Without one it gets no token.
    pub key: Option<String>,
}

/// Registers a client, with its key or nothing. A name is given once, so that sending again registers nothing twice.
///
/// Errors: [`AppError::Invalid`] with every fault at once.
pub async fn register(office: &Office, desk: Desk, new: &NewClient) -> Result<ClientView, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    let mut faults = Faults::default();
    let name = Line::<80>::parse(&new.name).map_err(|error| (error.code(), error.detail()));
    let name = faults.take("/name", name);
    let mut scopes = new.scopes.clone();
    scopes.sort_unstable();
    scopes.dedup();
    if !scopes.iter().any(|scope| *scope != ClientScope::Password) {
        faults.add("/scopes", "required", "Pilih sedikitnya satu kode yang boleh diperiksa.");
    }
    let served = match new.office {
        Some(code) => store::offices::find(&mut tx, code).await?.is_some(),
        None => true,
    };
    if !served || !keeper.looks_after(new.office) {
        faults.add("/office_code", "unknown", "Isi kantor yang Anda kelola.");
    }
    let key =
        new.key.as_deref().map(|text| NewKey::pasted(text).map_err(|error| (error.code(), error.detail())));
    let key = key.and_then(|key| faults.take("/key", key));
    let Some(name) = name.filter(|_| faults.is_empty()) else {
        return Err(AppError::Invalid(faults.into_vec()));
    };
    let client = Client {
        id: ClientId(Uuid::now_v7()),
        name: name.into(),
        office: new.office,
        scopes,
        created_at: now,
        disabled_at: None,
        disabled_reason: None,
    };
    let by = match keeper.by {
        By::Staff(id) => Some(id),
        By::Taxpayer | By::Stranger | By::System | By::Console | By::Client(_) => None,
    };
    store::clients::insert(&mut tx, &client, by).await.map_err(|error| match error.constraint() {
        Some("clients_name_key") => {
            AppError::fault("/name", "taken", "Nama ini sudah dipakai klien lain; pilih nama lain.")
        }
        _ => error.into(),
    })?;
    let mut event = Event::new(keeper.by, "register_client")
        .subject(client.id.0)
        .detail(serde_json::json!({ "scopes": client.scopes }));
    event.office = client.office;
    audit::record(&mut tx, event, now).await?;
    if let Some(key) = &key {
        record_key(&mut tx, &client, keeper.by, key, now).await?;
    }
    let view = view(&mut tx, client).await?;
    tx.commit().await?;
    Ok(view)
}
