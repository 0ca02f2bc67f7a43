//! The pool, and what must hold in the database before anything runs.

use std::{str::FromStr, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{
    admin::Failure,
    settings::Settings,
    store::{self, StoreError},
};

/// Connections of the runtime role.
#[derive(Clone)]
pub(super) struct Database(PgPool);

impl Database {
    /// Connects, so that a wrong address shows at the start and not at the first request.
    pub(super) async fn connect(settings: &Settings, name: &str) -> Result<Self, Failure> {
        let options = options(&settings.database.url, name)?.options([
            // A statement that takes longer is not waited for by anybody.
            ("statement_timeout", "30s"),
            ("lock_timeout", "10s"),
            ("idle_in_transaction_session_timeout", "60s"),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(settings.database.max_connections)
            .acquire_timeout(Duration::from_secs(5))
            .connect_with(options)
            .await
            .map_err(unreachable)?;
        Ok(Self(pool))
    }

    pub(super) fn pool(&self) -> PgPool {
        self.0.clone()
    }

    pub(super) async fn refuse_unmigrated(&self) -> Result<(), Failure> {
        let mut connection = self.0.acquire().await.map_err(unreachable)?;
        if store::health::is_migrated(&mut connection).await.map_err(failed)? {
            return Ok(());
        }
        Err(Failure::new("the database is older than this program: run aktivasi migrate as its owner first"))
    }

    pub(super) async fn refuse_demo_accounts(&self) -> Result<(), Failure> {
        let mut connection = self.0.acquire().await.map_err(unreachable)?;
        if store::staff::any_demo(&mut connection).await.map_err(failed)? {
            return Err(Failure::new(
                "the database holds demo accounts and server.public_url is not loopback: use another database, or \
                 close them with aktivasi user disable",
            ));
        }
        Ok(())
    }

    pub(super) async fn close(&self) {
        self.0.close().await;
    }
}

/// Applies migrations with a URL of the owner role.
pub(super) async fn migrate(url: &SecretString) -> Result<(), Failure> {
    let options = options(url, "aktivasi migrate")?;
    let pool = PgPoolOptions::new().max_connections(1).connect_with(options).await.map_err(unreachable)?;
    let done = store::health::migrate(&pool).await;
    pool.close().await;
    done.map_err(|error| {
        Failure::new(format!("the migrations were not applied: {:#}", anyhow::Error::from(error)))
    })
}

/// The parser's own error would show the URL, and with it the password.
fn options(url: &SecretString, name: &str) -> Result<PgConnectOptions, Failure> {
    PgConnectOptions::from_str(url.expose_secret()).map(|options| options.application_name(name)).map_err(
        |_| Failure::usage("setting database.url: is not a URL of the form postgres://user@host:port/name"),
    )
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function of map_err")]
fn unreachable(error: sqlx::Error) -> Failure {
    Failure::new(format!(
        "the database cannot be reached: {error}; check database.url and that PostgreSQL runs"
    ))
}

fn failed(error: StoreError) -> Failure {
    Failure::new(format!("{:#}", anyhow::Error::from(error)))
}
