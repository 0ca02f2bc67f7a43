//! Events for other systems: who receives them, what was delivered, and the delivery itself.

mod change;
mod create;
mod deliver;
mod entry;
mod replay;
mod rotate;
mod see;

pub use change::change_endpoint;
pub use create::create_endpoint;
pub use deliver::deliver_next;
pub use entry::RawEndpoint;
pub use replay::{replay_given_up, replay_one};
pub use rotate::rotate_secret;
pub use see::{DeliveryView, deliveries, delivery, endpoint, endpoints};

use sqlx::PgConnection;
use uuid::Uuid;

use super::{AppError, Office, desk::Keeper};
use crate::{
    domain::{event::OLD_SECRET_SIGNS_FOR, ids::EndpointId},
    store::{
        self, StoreError,
        webhooks::{Endpoint, Wanted},
    },
    vault::seal::Aad,
    webhook::Secret,
};

/// A receiver that the keeper looks after.
async fn own(
    office: &Office,
    conn: &mut PgConnection,
    keeper: &Keeper,
    id: EndpointId,
) -> Result<Endpoint, AppError> {
    let found = store::webhooks::list(conn, keeper.office, Some(id), None, 1, office.now()).await?.pop();
    found.ok_or(AppError::NotFound("webhook endpoint"))
}

/// What a keeper may have: receivers of their own office, or of any for who looks after all.
async fn check(
    office: &Office,
    conn: &mut PgConnection,
    keeper: &Keeper,
    wanted: &Wanted,
) -> Result<(), AppError> {
    if !keeper.looks_after(wanted.office) {
        return Err(AppError::fault(
            "/office_code",
            "scope",
            "Isi kode kantor Anda; penerima untuk semua kantor diatur operator pusat.",
        ));
    }
    if let Some(code) = wanted.office
        && store::offices::find(conn, code).await?.is_none()
    {
        return Err(AppError::fault("/office_code", "unknown", "Kantor ini tidak ada."));
    }
    if !office.rules.receivers.may_be_one(&wanted.url) {
        return Err(AppError::fault(
            "/url",
            "private_network",
            "Alamat ini berada di jaringan tertutup, yang tidak dipanggil oleh instalasi ini.",
        ));
    }
    Ok(())
}

fn name_is_taken(error: StoreError) -> AppError {
    match error.constraint() {
        Some("webhook_endpoints_name_key") => {
            AppError::fault("/name", "taken", "Nama ini sudah dipakai penerima lain.")
        }
        _ => error.into(),
    }
}

fn place(secret: Uuid) -> Aad {
    Aad::new("webhook_secrets", "sealed", secret)
}

/// Makes a secret and keeps it sealed; the one before it signs for a day more.
async fn new_secret(
    office: &Office,
    conn: &mut PgConnection,
    endpoint: EndpointId,
) -> Result<Secret, AppError> {
    let now = office.now();
    let secret = Secret::mint(office.vault.entropy());
    let id = Uuid::now_v7();
    let sealed = office.vault.seal(&place(id), secret.bytes())?;
    let old_ends = now + OLD_SECRET_SIGNS_FOR;
    store::webhooks::add_secret(conn, endpoint, (id, &sealed), old_ends, now).await?;
    Ok(secret)
}
