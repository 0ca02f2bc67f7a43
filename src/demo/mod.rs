//! What only a demonstration on one machine needs. Nothing of it runs in `serve`.

mod guide;
pub mod inbox;
pub mod load;
mod registry;
mod staff;
pub mod walk;

use std::{
    collections::HashMap,
    fs::{self, DirBuilder},
    io::Write,
    net::SocketAddr,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

use secrecy::SecretString;

use crate::{
    admin::Failure,
    app::Office,
    clock::{Clock, SystemClock},
    settings::Settings,
    startup::{self, Application},
    telemetry,
    vault::{entropy::OsEntropy, key_file::KeyFile},
};

use self::inbox::Inbox;

/// What `aktivasi demo` takes from the environment.
pub(super) struct Place {
    pub(super) database_url: String,
    pub(super) owner_url: SecretString,
    pub(super) http_port: u16,
    pub(super) inbox_port: u16,
    /// Keys and log-ins; only the owner enters it.
    pub(super) state_dir: PathBuf,
}

impl Place {
    pub(super) fn from_environment() -> Result<Self, Failure> {
        let needed = |name: &str| {
            startup::environment(name).ok_or_else(|| {
                Failure::usage(format!("{name} is not set; make run sets it and starts everything"))
            })
        };
        let port = |name: &str, default: u16| match startup::environment(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| Failure::usage(format!("{name} is not a port number"))),
        };
        Ok(Self {
            database_url: needed("AKTIVASI_DATABASE_URL")?,
            owner_url: SecretString::from(needed("AKTIVASI_OWNER_DATABASE_URL")?),
            http_port: port("AKTIVASI_HTTP_PORT", 8080)?,
            inbox_port: port("AKTIVASI_INBOX_PORT", 8025)?,
            state_dir: PathBuf::from(needed("AKTIVASI_STATE_DIR")?),
        })
    }

    fn key_file(&self) -> PathBuf {
        self.state_dir.join("keys.toml")
    }

    pub(super) fn staff_file(&self) -> PathBuf {
        self.state_dir.join("demo-staff.txt")
    }

    /// The settings of the demo: defaults, this place, and the catcher as relay. The settings file of a real service
    /// on the same machine is not read.
    pub(super) fn settings(&self, smtp: Option<SocketAddr>) -> Result<Settings, Failure> {
        let text = |value: &Path| value.to_string_lossy().into_owned();
        let mut layer: HashMap<String, String> = HashMap::from([
            ("AKTIVASI_DATABASE_URL".to_owned(), self.database_url.clone()),
            ("AKTIVASI__SERVER__BIND".to_owned(), format!("127.0.0.1:{}", self.http_port)),
            ("AKTIVASI__SERVER__PUBLIC_URL".to_owned(), format!("http://127.0.0.1:{}", self.http_port)),
            ("AKTIVASI__KEYS__FILE".to_owned(), text(&self.key_file())),
            ("AKTIVASI__SMTP__HOST".to_owned(), "127.0.0.1".to_owned()),
            ("AKTIVASI__SMTP__SECURITY".to_owned(), "plain".to_owned()),
            ("AKTIVASI__SMTP__FROM_NAME".to_owned(), "Aktivasi (demo)".to_owned()),
            ("AKTIVASI__SMTP__FROM_ADDRESS".to_owned(), "aktivasi@demo.example".to_owned()),
            // Everybody in the demo writes from the domains for examples, which take no mail.
            ("AKTIVASI__MAIL_DOMAINS__CHECK".to_owned(), "false".to_owned()),
            ("AKTIVASI__LOGGING__FORMAT".to_owned(), "text".to_owned()),
            ("AKTIVASI__LOGGING__FILTER".to_owned(), "warn".to_owned()),
        ]);
        if let Some(address) = smtp {
            layer.insert("AKTIVASI__SMTP__PORT".to_owned(), address.port().to_string());
        }
        Ok(Settings::from_layers(None, layer)?)
    }

    fn prepare(&self) -> Result<(), Failure> {
        let told = |error| Failure::new(format!("{} cannot be prepared: {error}", self.state_dir.display()));
        DirBuilder::new().recursive(true).mode(0o700).create(&self.state_dir).map_err(told)?;
        fs::set_permissions(&self.state_dir, fs::Permissions::from_mode(0o700)).map_err(told)?;
        if !self.key_file().exists() {
            let today = SystemClock.now().format("%Y-%m-%d").to_string();
            KeyFile::generate(&OsEntropy, &today)
                .and_then(|keys| keys.create(&self.key_file()))
                .map_err(|error| Failure::new(format!("no key file can be made: {error}")))?;
        }
        Ok(())
    }
}

/// `aktivasi demo`: until Ctrl-C or SIGTERM. Run again, also after a crash, it goes on with what is there.
pub async fn run() -> Result<(), Failure> {
    let place = Place::from_environment()?;
    // Before anything is printed, so that a signal from now on always stops in good order.
    let stop = startup::stop_signal()?;
    place.prepare()?;
    startup::migrate_with(&place.owner_url).await?;

    let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
    let inbox = Inbox::start(loopback(0), loopback(place.inbox_port))
        .await
        .map_err(|error| Failure::new(format!("{error}; AKTIVASI_INBOX_PORT takes another one")))?;
    let settings = place.settings(Some(inbox.smtp_addr()))?;
    telemetry::init(&settings.logging).map_err(|error| Failure::new(error.to_string()))?;
    let application = Application::build(&settings).await?;
    furnish(application.office(), &place).await?;
    guide::print(&place, &application.address(), &inbox.http_addr(), &mut std::io::stdout())?;

    let served = application.run_until(stop).await;
    inbox.stop().await;
    served
}

async fn furnish(office: &Office, place: &Place) -> Result<(), Failure> {
    registry::import(office).await?;
    staff::make(office, &place.staff_file()).await
}

/// Writes a file that only its owner reads, whole or not at all.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let new = path.with_extension("new");
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(new, path)
}
